#!/usr/bin/env python3
"""Tests of check_symbols.py on units compiled here: a clean one, and ones that leak."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parent / "check_symbols.py"
SOURCES = TOOL.parent.parent / "src"
COMPILER = os.environ.get("CXX", "c++")
ARM_COMPILER = shutil.which("aarch64-linux-gnu-g++-12")


def check(source, name="unit.avx2.cc.o", compiler=(COMPILER,)):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "unit.cc"
        file.write_text(source, encoding="utf-8")
        subprocess.run([*compiler, "-std=c++20", "-O0", "-c", str(file), "-o", f"{folder}/{name}"], check=True)
        return subprocess.run([sys.executable, str(TOOL), folder], capture_output=True, text=True)


class Symbols(unittest.TestCase):
    def test_the_own_namespace_is_clean(self):
        result = check("namespace hone::avx2 { struct T { virtual ~T(); virtual int f() const; int x; };"
                       " T::~T() {} int T::f() const { static int n = x; return n; }"
                       " template <class V> int g(V v) { return v; } int h() { return g(1) + g(2l); }"
                       " extern const int k; const int k = 3; } namespace { int own() { return 1; } }"
                       " namespace hone::avx2 { int i() { return own(); } }")
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_an_inline_function_of_another_namespace_is_found(self):
        result = check("namespace hone { inline int shared(int x) { return x; } auto* p() { return &shared; } }")
        self.assertEqual(result.returncode, 1)
        self.assertIn("_ZN4hone6sharedEi (weak)", result.stdout)

    def test_another_set_and_the_standard_library_are_found(self):
        self.assertIn("avx512", check("namespace hone::avx512 { int f() { return 1; } }").stdout)
        library = "#include <vector>\nnamespace hone::avx2 { void f(std::vector<int>& v) { v.push_back(1); } }"
        self.assertEqual(check(library).returncode, 1)

    @unittest.skipUnless(ARM_COMPILER, "no compiler for ARM")
    def test_a_neon_unit_is_what_it_says_whatever_the_compiler_may_use(self):
        compiler = (ARM_COMPILER, "-march=armv8.2-a+dotprod", f"-I{SOURCES}")
        for isa in ["neon", "neon_dotprod"]:
            unit = (f'#define HONE_ISA {isa}\n#include "backend/cpu/simd/{isa}.h"\n'
                    "namespace hone::HONE_ISA { void f(float* x) { store(x, load(x)); } }")
            result = check(unit, f"unit.{isa}.cc.o", compiler)
            self.assertEqual(result.returncode, 0, result.stdout)

    def test_nothing_to_check_is_a_failure(self):
        self.assertEqual(check("int x;", "unit.cc.o").returncode, 1)


if __name__ == "__main__":
    unittest.main()
