#!/usr/bin/env python3
"""Writes the Unicode tables of src/llm/tokenizer/unicode.h as C++ source.

    make_unicode_tables.py OUTPUT

Source: Python's own unicodedata. Where that is older than Unicode 15.1, which the tokenizers in use
were made with, the code points added since 14.0 are filled in from the list below, so that the
result does not depend on the machine that builds.
"""
import sys
import unicodedata

MAX_CODE_POINT = 0x110000
PAGE = 256
# The order is that of enum class UnicodeClass.
CLASSES = {"Cn": 0, "N": 1, "L": 2, "Z": 3, "M": 4, "P": 5, "S": 6, "C": 7}
WHITESPACE_FLAG = 8
WHITESPACE = [*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029,
              0x202F, 0x205F, 0x3000]
# First, last, class: assigned by Unicode 15.0 and 15.1 (UnicodeData.txt).
ADDED_SINCE_14 = """
0cf3 0cf3 M  0ece 0ece M  2ffc 2fff S  31ef 31ef S  10efd 10eff M  1123f 11240 L  11241 11241 M
11b00 11b09 P  11f00 11f01 M  11f02 11f02 L  11f03 11f03 M  11f04 11f10 L  11f12 11f33 L
11f34 11f3a M  11f3e 11f42 M  11f43 11f4f P  11f50 11f59 N  1342f 1342f L  13439 1343f C
13440 13440 M  13441 13446 L  13447 13455 M  1b132 1b132 L  1b155 1b155 L  1d2c0 1d2d3 N
1df25 1df2a L  1e030 1e06d L  1e08f 1e08f M  1e4d0 1e4eb L  1e4ec 1e4ef M  1e4f0 1e4f9 N
1f6dc 1f6dc S  1f774 1f776 S  1f77b 1f77f S  1f7d9 1f7d9 S  1fa75 1fa77 S  1fa87 1fa88 S
1faad 1faaf S  1fabb 1fabd S  1fabf 1fabf S  1face 1facf S  1fada 1fadb S  1fae8 1fae8 S
1faf7 1faf8 S  2b739 2b739 L  2ebf0 2ee5d L  31350 323af L
"""
HANGUL = range(0xAC00, 0xD7A4)  # decomposed by arithmetic in unicode.cc


def class_table():
    table = bytearray(MAX_CODE_POINT)
    for point in range(MAX_CODE_POINT):
        category = unicodedata.category(chr(point))
        table[point] = CLASSES["Cn"] if category == "Cn" else CLASSES[category[0]]
    words = ADDED_SINCE_14.split()
    for first, last, name in zip(words[0::3], words[1::3], words[2::3]):
        for point in range(int(first, 16), int(last, 16) + 1):
            if table[point] == CLASSES["Cn"]:
                table[point] = CLASSES[name]
    for point in WHITESPACE:
        table[point] |= WHITESPACE_FLAG
    return bytes(table)


def paged(table):
    pages, index = {}, []
    for start in range(0, len(table), PAGE):
        index.append(pages.setdefault(table[start:start + PAGE], len(pages)))
    return index, b"".join(pages)


def lower_case():
    for point in range(MAX_CODE_POINT):
        lower = chr(point).lower()
        if lower != chr(point):
            yield point, ord(lower[0])


def first_of_decomposition():
    for point in range(MAX_CODE_POINT):
        first = unicodedata.normalize("NFD", chr(point))[0]
        if first != chr(point) and point not in HANGUL:
            yield point, ord(first)


def numbers(values):
    text = [str(value) for value in values]
    return ",\n".join(",".join(text[i:i + 24]) for i in range(0, len(text), 24))


def pairs(values):
    text = [f"{{{a},{b}}}" for a, b in values]
    return ",\n".join(",".join(text[i:i + 8]) for i in range(0, len(text), 8))


def main():
    index, pages = paged(class_table())
    lower, first = list(lower_case()), list(first_of_decomposition())
    source = f"""// Made by tools/make_unicode_tables.py; do not edit.
#include "llm/tokenizer/unicode_tables.h"

namespace hone::unicode_tables {{

const uint8_t kPageOf[{len(index)}] = {{
{numbers(index)}}};
const uint8_t kPages[{len(pages)}] = {{
{numbers(pages)}}};
const Mapping kLower[{len(lower)}] = {{
{pairs(lower)}}};
const size_t kLowerCount = {len(lower)};
const Mapping kFirstOfDecomposition[{len(first)}] = {{
{pairs(first)}}};
const size_t kFirstOfDecompositionCount = {len(first)};

}}  // namespace hone::unicode_tables
"""
    assert max(index) < 256
    with open(sys.argv[1], "w", encoding="ascii") as file:
        file.write(source)


if __name__ == "__main__":
    main()
