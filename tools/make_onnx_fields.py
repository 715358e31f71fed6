#!/usr/bin/env python3
"""Writes the field numbers and enums of ONNX's protobuf schema as a C++ header.

    make_onnx_fields.py OUTPUT PROTO ...

Reads as much of proto2 as those files use: messages, enums and oneofs, nested; comments, reserved
ranges and options are passed over. A message becomes a namespace with one constant a field, an enum
becomes an enum class with a to_string beside it.
"""
import pathlib
import re
import sys

# A comment, which has no group of its own, or a token.
TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|("(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_.]*|0[xX][0-9a-fA-F]+"""
                   r"""|-?[0-9]+|[{}=;,\[\]()<>])""", re.DOTALL)
LABELS = {"optional", "repeated", "required"}


class Scope:
    def __init__(self, name):
        self.name, self.fields, self.enums, self.messages = name, [], [], []


class Parser:
    def __init__(self, text):
        self.tokens = [token for token in TOKEN.findall(text) if token]
        self.at = 0

    def next(self):
        if self.at == len(self.tokens):
            raise ValueError("the schema ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def expect(self, *wanted):
        for token in wanted:
            got = self.next()
            if got != token:
                raise ValueError(f"'{token}' expected, '{got}' found")

    def skip_statement(self):
        while self.next() != ";":
            pass

    def file(self, scope):
        while self.at < len(self.tokens):
            self.member(scope, self.next(), in_message=False)

    def body(self, scope):
        self.expect("{")
        while (token := self.next()) != "}":
            self.member(scope, token, in_message=True)

    def member(self, scope, token, in_message):
        if token == ";":
            return
        if token == "message":
            scope.messages.append(Scope(self.next()))
            self.body(scope.messages[-1])
        elif token == "enum":
            scope.enums.append(self.enum())
        elif token == "oneof":
            self.next()
            self.body(scope)
        elif token in ("syntax", "package", "import", "option", "reserved"):
            self.skip_statement()
        elif in_message:
            if token in LABELS:
                self.next()  # the type
            self.field(scope)
        else:
            raise ValueError(f"'{token}' is not understood")

    def field(self, scope):
        name = self.next()
        self.expect("=")
        scope.fields.append((name, int(self.next())))
        self.skip_statement()

    def enum(self):
        name, values = self.next(), []
        self.expect("{")
        while (token := self.next()) != "}":
            if token in (";",):
                continue
            if token in ("option", "reserved"):
                self.skip_statement()
                continue
            self.expect("=")
            values.append((token, int(self.next(), 0)))
            self.skip_statement()
        return name, values


def write_enum(name, values, out):
    # A leading underscore before a capital is the compiler's.
    values = [(word, number) for word, number in values if not word.startswith("_")]
    out.append(f"enum class {name} : int32_t {{")
    out.extend(f"  {word} = {number}," for word, number in values)
    out += ["};", f"constexpr std::string_view to_string({name} value) {{", "  switch (value) {"]
    out.extend(f'    case {name}::{word}: return "{word}";' for word, _ in values)
    out += ["  }", '  return "?";', "}"]


def write_scope(scope, out):
    for name, values in scope.enums:
        write_enum(name, values, out)
    out.extend(f"inline constexpr uint32_t {name} = {number};" for name, number in scope.fields)
    for message in scope.messages:
        out.append(f"namespace {message.name} {{")
        write_scope(message, out)
        out.append("}")


def header(protos):
    root = Scope("")
    for path in protos:
        try:
            Parser(path.read_text(encoding="utf-8")).file(root)
        except ValueError as error:
            sys.exit(f"{path}: {error}")
    out = [f"// Made by tools/make_onnx_fields.py from {', '.join(path.name for path in protos)}.",
           "#pragma once", "", "#include <cstdint>", "#include <string_view>", "",
           "namespace hone::onnx::field {"]
    write_scope(root, out)
    return "\n".join([*out, "}", ""])


def main(arguments):
    if len(arguments) < 2:
        sys.exit(__doc__)
    pathlib.Path(arguments[0]).write_text(header([pathlib.Path(path) for path in arguments[1:]]))


if __name__ == "__main__":
    main(sys.argv[1:])
