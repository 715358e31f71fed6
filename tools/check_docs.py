#!/usr/bin/env python3
"""Checks that what the Markdown files name exists: the targets of relative links, and paths in backticks
that begin with a folder of the repository or of src/. NAME stands for any name.

  tools/check_docs.py [--root FOLDER]     prints "file:line: what is wrong"; exit status 1 if anything is
"""
import argparse
import pathlib
import re
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# A path: a slash somewhere, no spaces; {a,b} and * as in a shell.
PATH = re.compile(r"`((?:\./)?[\w.*{},-]+(?:/[\w.*{},-]*)+)`")
SKIPPED = {"build"}  # made, not written


def alternatives(path):
    """ops/{a,b}.h -> ops/a.h, ops/b.h"""
    found = re.search(r"\{([^{}]*)\}", path)
    if not found:
        return [path]
    return [rest for part in found.group(1).split(",")
            for rest in alternatives(path[:found.start()] + part + path[found.end():])]


def exists(folder, path):
    """Whether something fits the path."""
    pattern = path.replace("NAME", "*").rstrip("/")
    return any(folder.glob(pattern)) if "*" in pattern else (folder / pattern).exists()


def base_of(root, path):
    """The folder that a path in backticks counts from, or None where it is no path of ours."""
    first = path.split("/")[0]
    for folder in [root, root / "src"]:
        if first not in SKIPPED and (folder / first).is_dir():
            return folder
    return None


def problems_of_line(root, file, line):
    for target in LINK.findall(line):
        target = target.split("#")[0]
        if target and "://" not in target and not (file.parent / target).exists():
            yield f"there is no {target}"
    for path in PATH.findall(line):
        path = path.removeprefix("./")
        base = base_of(root, path)
        if base is None:
            continue
        for one in alternatives(path):
            if not exists(base, one):
                yield f"there is no {one}"


def documents(root):
    yield from sorted(root.glob("*.md"))
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and folder.name not in SKIPPED and not folder.name.startswith("."):
            yield from sorted(folder.rglob("*.md"))


def problems(root):
    for file in documents(root):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            for problem in problems_of_line(root, file, line):
                yield f"{file.relative_to(root).as_posix()}:{number}: {problem}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    found = list(problems(parser.parse_args().root))
    print("\n".join(found) if found else "every file that the documents name exists")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
