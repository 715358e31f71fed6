#!/usr/bin/env python3
"""Checks what ARCHITECTURE.md promises of every source file: who may include whom, where third-party
headers may stand, and how long files and functions may be.

  tools/check_layers.py [--root FOLDER]     prints "file:line: what is wrong"; exit status 1 if anything is
"""
import argparse
import fnmatch
import pathlib
import re
import sys

# Layer: (the layers it may see directly; it sees theirs too, the outside headers its files may include).
# The run half, the compile half, and the application that alone sees both.
LAYERS = {
    "base": ([], {"std", "os", "cpu"}),
    "tensor": (["base"], {"std"}),
    "media": (["tensor"], {"std", "os", "jpeg", "png", "webp", "sndfile"}),
    "op": (["tensor"], {"std"}),
    "engine": (["op"], {"std", "sodium"}),
    "backend": (["engine"], {"std", "cpu"}),
    "plugin": (["engine", "public"], {"std", "os"}),
    "kernels": (["backend"], {"std", "cpu"}),
    "runtime": (["kernels", "plugin"], {"std"}),
    "llm": (["runtime"], {"std"}),
    "tasks": (["runtime", "media"], {"std"}),
    "models": (["base"], {"std", "os", "curl"}),
    "device": (["backend"], {"std", "os"}),
    "serve": (["llm", "tasks", "device"], {"std", "boost", "openssl", "sqlite"}),
    "fleet": (["engine", "device"], {"std", "curl", "openssl", "sodium", "zstd", "sqlite", "postgres"}),
    "ir": (["op"], {"std"}),
    "reference": (["ir"], {"std"}),
    "frontend": (["ir", "engine"], {"std"}),
    "passes": (["ir", "engine"], {"std"}),
    "optimize": (["passes", "frontend"], {"std"}),
    "open": (["llm", "tasks", "models", "optimize"], {"std"}),
    "public": ([], {"std"}),
    "api": (["llm", "tasks", "public"], {"std"}),
    "library": (["api", "open"], {"std"}),
    "app": (["open", "serve", "fleet", "models", "optimize"], {"std", "os", "cli11", "toml", "fmt", "edit"}),
}

# The first pattern that fits a path names its layer.
PATHS = [
    ("src/base/*", "base"),
    ("src/tensor/*", "tensor"),
    ("src/media/*", "media"),
    ("src/ops/*/cpu*", "kernels"),
    ("src/ops/*/host*", "kernels"),
    ("src/ops/*/webgpu*", "kernels"),
    ("src/ops/*/micro*", "kernels"),
    ("src/ops/*/host.cc", "kernels"),
    ("src/ops/*/reference*", "reference"),
    ("src/ops/*/onnx.cc", "frontend"),
    ("src/ops/*/tflite.cc", "frontend"),
    ("src/ops/*", "op"),
    ("src/engine/*", "engine"),
    ("src/backend/plugin/*", "plugin"),
    ("src/backend/*", "backend"),
    ("src/runtime/*", "runtime"),
    ("src/llm/*", "llm"),
    ("src/tasks/*", "tasks"),
    ("src/models/*", "models"),
    ("src/device/*", "device"),
    ("src/serve/*", "serve"),
    ("src/fleet/*", "fleet"),
    ("src/ir/*", "ir"),
    ("src/reference/*", "reference"),
    ("src/frontend/*", "frontend"),
    ("src/passes/*", "passes"),
    ("src/optimize/*", "optimize"),
    ("src/open/*", "open"),
    ("include/*", "public"),
    ("src/api/open_model.cc", "library"),
    ("src/api/*", "api"),
    ("apps/*", "app"),
]

# Outside headers by pattern, but for C++'s own, which have neither dot nor slash.
OUTSIDE = [
    ("std", "std*.h"),
    ("std", "string.h"),
    ("std", "math.h"),
    ("os", "sys/*"),
    ("os", "linux/*"),
    *(("os", f"{name}.h") for name in
      ["unistd", "elf", "link", "fcntl", "poll", "signal", "spawn", "dlfcn", "termios", "pthread", "sched", "pwd", "errno", "malloc",
       "features"]),
    ("cpu", "immintrin.h"),
    ("cpu", "arm_neon.h"),
    ("cpu", "arm_acle.h"),
    ("cpu", "cpuid.h"),
    ("cpu", "wasm_simd128.h"),
    ("cpu", "asm/hwcap.h"),
    ("cpu", "sys/auxv.h"),
    ("curl", "curl/*"),
    ("cli11", "CLI/*"),
    ("toml", "toml++/*"),
    ("fmt", "fmt/*"),
    ("edit", "histedit.h"),
    ("edit", "editline/*"),
    ("boost", "boost/*"),
    ("openssl", "openssl/*"),
    ("sqlite", "sqlite3.h"),
    ("sodium", "sodium.h"),
    ("zstd", "zstd.h"),
    ("postgres", "libpq-fe.h"),
    ("jpeg", "*jpeg*.h"),
    ("png", "png.h"),
    ("webp", "webp/*"),
    ("sndfile", "sndfile.h"),
    ("test", "gtest/*"),
    ("test", "gmock/*"),
]
# These may stand in headers; everything else stays inside a .cc.
IN_HEADERS = {"std", "cpu"}

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 70
# The one list of exceptions: file -> why it may be longer.
LONG_FILES = {}
# file -> why its functions may be longer.
LONG_FUNCTIONS = {}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def layer_of(path):
    return next((layer for pattern, layer in PATHS if fnmatch.fnmatch(path, pattern)), None)


def visible(layer, seen=None):
    """The layer and all below it."""
    seen = set() if seen is None else seen
    if layer not in seen:
        seen.add(layer)
        for below in LAYERS[layer][0]:
            visible(below, seen)
    return seen


def outside_kinds(header):
    if re.fullmatch(r"[a-z_0-9]+", header):
        return {"std"}
    return {kind for kind, pattern in OUTSIDE if fnmatch.fnmatchcase(header, pattern)}


def is_test(path):
    name = path.rsplit("/", 1)[-1]
    return name.endswith("_test.cc") or name.startswith("test_") or path.startswith("tests/")


def check_inside(root, path, included):
    """An #include "..." of a file under src, apps or include: from there, or beside the including file."""
    for folder in ["src", "include", str(pathlib.PurePosixPath(path).parent)]:
        target = f"{folder}/{included}"
        if (root / target).is_file():
            break
    else:
        # Made at build time, into a folder named like its layer.
        target = f"src/{included}"
    layer, below = layer_of(path), layer_of(target)
    if below is None:
        generated = included.endswith("_list.inc")  # X(name) lists that CMake makes
        return None if generated else f'"{included}" is in no layer'
    if below not in visible(layer):
        return f'{layer} may not see {below} ("{included}")'
    return None


def check_outside(path, header):
    kinds = outside_kinds(header)
    layer = layer_of(path)
    if not kinds:
        return f"<{header}> is unknown to tools/check_layers.py; include own headers in quotes"
    allowed = kinds & LAYERS[layer][1]
    if not allowed:
        return f"{layer} may not include <{header}> ({', '.join(sorted(kinds))})"
    if path.endswith(".h") and not allowed & IN_HEADERS:
        return f"<{header}> may stand in a .cc only"
    return None


def check_includes(root, path, lines):
    if layer_of(path) is None or is_test(path):
        return
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        inside, outside = found.groups()
        problem = check_inside(root, path, inside) if inside else check_outside(path, outside)
        if problem:
            yield number, problem


SKIP = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'|^\s*#(?:\\\n|[^\n])*', re.S | re.M)


def blank(match):
    """Comments, literals and macros hold braces that mean nothing; line breaks stay."""
    return re.sub(r"[^\n]", " ", match.group())


def opens_function(head):
    """Whether a { after `head` (the text since the last ; { or }) begins a function's body."""
    if head.count("(") != head.count(")") or "(" not in head:
        return False
    while "(" in head and (shorter := re.sub(r"\([^()]*\)", "", head)) != head:
        head = shorter
    head = re.sub(r"operator\s*[^\s\w]+", "operator", head)
    while "<" in head and (shorter := re.sub(r"<[^<>]*>", "", head)) != head:
        head = shorter
    return "=" not in head and not re.search(r"\b(namespace|class|struct|union|enum)\b", head)


def functions(text):
    """(line, lines) of every function body."""
    text = SKIP.sub(blank, text)
    containers = []  # True: a function's body
    start = head_begin = 0
    for match in re.finditer(r"[{};]", text):
        sign, at = match.group(), match.start()
        if sign == "{":
            inside = any(containers)
            containers.append(not inside and opens_function(text[head_begin:at]))
            if containers[-1]:
                start = at
        elif sign == "}" and containers:
            if containers.pop():
                yield text.count("\n", 0, start) + 1, text.count("\n", start, at) + 1
        head_begin = at + 1


def check_lengths(path, text):
    count = text.count("\n")
    if count > MAX_FILE_LINES and path not in LONG_FILES:
        yield 1, f"{count} lines; at most {MAX_FILE_LINES} are allowed"
    for line, lines in functions(text):
        if lines > MAX_FUNCTION_LINES and path not in LONG_FUNCTIONS:
            yield line, f"a function of {lines} lines; at most {MAX_FUNCTION_LINES} are allowed"


def sources(root):
    for folder in ["src", "apps", "include", "tests", "fuzz", "bench"]:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in {".h", ".cc"} and file.is_file():
                yield file


def problems(root):
    for file in sources(root):
        path = file.relative_to(root).as_posix()
        text = file.read_text(encoding="utf-8")
        if path.startswith("src/") and layer_of(path) is None:
            yield f"{path}:1: this folder is in no layer"
        for check in [check_includes(root, path, text.splitlines()), check_lengths(path, text)]:
            for line, problem in check:
                yield f"{path}:{line}: {problem}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    found = list(problems(parser.parse_args().root))
    print("\n".join(found) if found else "layers, includes and lengths are as they should be")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
