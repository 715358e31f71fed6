#!/usr/bin/env python3
"""Checks that a unit built for one instruction set exports nothing but its own namespace hone::<isa>.

An inline function compiled with AVX-512 may be the copy that the linker keeps for everyone: a crash on
older processors. So every global or weak symbol of *.<isa>.cc.o must be of hone::<isa>.

  tools/check_symbols.py OBJECT_OR_FOLDER...   a folder: all such objects below it
"""
import pathlib
import re
import subprocess
import sys

ISAS = ["scalar", "sse41", "avx2", "avxvnni", "avx512", "avx512vnni", "avx512bf16", "amx", "neon", "neon_dotprod", "neon_i8mm"]
UNIT = re.compile(r"\.(" + "|".join(ISAS) + r")\.cc\.o$")


def own_symbol(isa):
    """Mangled names (Itanium ABI) of hone::<isa>::...: functions, data, tables, guards, local statics."""
    return re.compile(rf"_Z(?:GV|T[VISTWH])?Z*N[KVrRO]*4hone{len(isa)}{isa}")


def foreign_symbols(isa, nm_lines):
    """`nm --defined-only --extern-only --format=posix` lines ("name type ...") that are not the unit's own."""
    own = own_symbol(isa)
    for line in nm_lines:
        name, kind = line.split()[:2]
        if not own.match(name):
            yield f"{name} ({'weak' if kind in 'wWvVu' else 'global'})"


def objects(arguments):
    for argument in map(pathlib.Path, arguments):
        yield from sorted(argument.rglob("*.cc.o")) if argument.is_dir() else [argument]


def main():
    checked = bad = 0
    for file in objects(sys.argv[1:]):
        unit = UNIT.search(file.name)
        if not unit:
            continue
        checked += 1
        command = ["nm", "--defined-only", "--extern-only", "--format=posix", str(file)]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        for symbol in foreign_symbols(unit.group(1), lines):
            bad += 1
            print(f"{file.name}: {symbol} is outside hone::{unit.group(1)}")
    print(f"{checked} units, {bad} foreign symbols")
    return 1 if bad or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
