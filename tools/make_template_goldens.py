#!/usr/bin/env python3
"""Renders the chat templates of tests/golden/template/ with PyPI jinja2 and writes what they print.

    python3 -m venv .venv && .venv/bin/pip install jinja2==3.1.6
    .venv/bin/python tools/make_template_goldens.py            # rewrites every NAME.golden.json
    .venv/bin/python tools/make_template_goldens.py --templates DIR --out DIR   # other templates

The environment is that of transformers' apply_chat_template: an immutable sandbox with trim_blocks,
lstrip_blocks, loop controls, a json.dumps filter, raise_exception, strftime_now and the generation tag.
Cases come from cases.json; a case that a template refuses is kept as {"raised": message} if the template
says so itself and as {"error": message} otherwise.
"""

import argparse
import datetime
import json
import pathlib

import jinja2
import jinja2.ext
import jinja2.sandbox

HERE = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "template"
NOW = datetime.datetime(2025, 3, 9, 14, 5, 7)


class Generation(jinja2.ext.Extension):
    """{% generation %} marks what the assistant said; it prints as it is."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_call"), [], [], body).set_lineno(line)

    def _call(self, caller):
        return caller()


class Raised(jinja2.exceptions.TemplateError):
    """What a template says by raise_exception."""


def raise_exception(message):
    raise Raised(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def environment():
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda form: NOW.strftime(form)
    return env


def render(template, case):
    variables = {
        "bos_token": "<BOS>",
        "eos_token": "<EOS>",
        "tools": None,
        "documents": None,
        "add_generation_prompt": case.get("add_generation_prompt", True),
    }
    variables.update(case.get("variables", {}))
    if "tools" in case:
        variables["tools"] = case["tools"]
    return template.render(messages=case["messages"], **variables)


def outcomes(source, cases):
    out = {}
    template = environment().from_string(source)
    for case in cases:
        try:
            out[case["name"]] = {"text": render(template, case)}
        except Raised as error:
            out[case["name"]] = {"raised": str(error)}
        except Exception as error:  # any refusal is a result
            out[case["name"]] = {"error": str(error)}
    return out


def snippet_outcomes(snippets):
    """Templates of one expression or two, for the language itself."""
    out = []
    for source in snippets:
        try:
            out.append({"source": source, "text": environment().from_string(source).render()})
        except Exception as error:
            out.append({"source": source, "error": str(error)})
    return out


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--templates", type=pathlib.Path, default=HERE)
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    options = parser.parse_args()
    cases = json.loads((HERE / "cases.json").read_text(encoding="utf-8"))
    for path in sorted(options.templates.glob("*.jinja")):
        golden = outcomes(path.read_bytes().decode("utf-8"), cases)
        write(options.out / (path.stem + ".golden.json"), golden)
    if options.out == HERE:
        snippets = json.loads((HERE / "snippets.json").read_text(encoding="utf-8"))
        write(HERE / "snippets.golden.json", snippet_outcomes(snippets))


if __name__ == "__main__":
    main()
