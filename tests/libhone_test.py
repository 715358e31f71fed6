#!/usr/bin/env python3
"""libhone as others get it: tests/libhone_test.py BUILD MAKE_TINY_MODEL

What it exports, what `cmake --install` puts where, programs that are built against that by CMake and by pkg-config,
and the Debian package."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
MAKE_TINY_MODEL = sys.argv.pop(1)
ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = tempfile.TemporaryDirectory()
HOME = pathlib.Path(FOLDER.name)
PREFIX = HOME / "prefix"
PORTS = ROOT / "tests/api/ports.onnx"


def run(*command, check=True, **settings):
    result = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=100, check=False, **settings)
    if check and result.returncode != 0:
        raise AssertionError(f"{command}: {result.stdout}{result.stderr}")
    return result


def setUpModule():
    run(MAKE_TINY_MODEL, HOME, "llama-f32")
    run("cmake", "--install", BUILD, "--prefix", PREFIX)


def tearDownModule():
    FOLDER.cleanup()


def exported(library):
    """Names that others see, without what libc and the linker add."""
    lines = run("nm", "-D", "--defined-only", "--without-symbol-versions", library).stdout.splitlines()
    return sorted(line.split()[-1] for line in lines if line.split()[-2] != "A")


class Abi(unittest.TestCase):
    def test_the_library_exports_what_the_list_says_and_the_header_declares(self):
        listed = (ROOT / "include/hone/symbols.txt").read_text().split()
        declared = re.findall(r"HONE_API[^;(]*?\b(hone_\w+)\(", (ROOT / "include/hone/hone.h").read_text())
        self.assertEqual(sorted(declared), listed)
        self.assertEqual(exported(PREFIX / "lib/libhone.so"), listed)

    def test_its_name_holds_the_major_version(self):
        dynamic = run("readelf", "-d", PREFIX / "lib/libhone.so").stdout
        self.assertIn("soname: [libhone.so.0]", dynamic)
        needed = set(re.findall(r"\(NEEDED\).*\[(.*?)\]", dynamic))
        self.assertLessEqual({re.sub(r"\.so.*", "", name) for name in needed},
                             {"libc", "libm", "libstdc++", "libgcc_s", "ld-linux-x86-64", "ld-linux-aarch64"})

    def test_every_version_is_the_same(self):
        version = run(PREFIX / "bin/hone", "--version").stdout.split()[1]
        self.assertIn(f'\nversion = "{version}"\n', (ROOT / "python/pyproject.toml").read_text())
        self.assertIn(f"Version: {version}\n", (PREFIX / "lib/pkgconfig/hone.pc").read_text())

    def test_the_header_is_c(self):
        source = HOME / "c.c"
        source.write_text("#include <hone/hone.h>\nint main(void) { return hone_error_code(NULL); }\n")
        run("cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wstrict-prototypes", "-Werror", "-I", ROOT / "include",
            "-fsyntax-only", source)


class Installed(unittest.TestCase):
    def test_examples_build_and_run_with_cmake(self):
        build = HOME / "examples"
        run("cmake", "-S", ROOT / "examples", "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={PREFIX}")
        run("cmake", "--build", build)
        zeros = run(build / "run_tensors_c", PORTS).stdout
        self.assertEqual(zeros, "sum f32[1, 3] 0 0 0\nsame f32[1, 3] 0 0 0\nsizes i64[2]\n")
        missing = run(build / "run_tensors_c", "/no/such/file", check=False)
        self.assertEqual(missing.returncode, 1)
        self.assertIn("not_found: there is no file '/no/such/file'", missing.stderr)
        in_c = run(build / "chat_c", HOME / "llama-f32.gguf", "Hello")
        in_cpp = run(build / "chat", HOME / "llama-f32.gguf", input="Hello\n")
        self.assertTrue(in_c.stdout.strip())
        self.assertTrue(in_cpp.stdout.startswith(in_c.stdout.rstrip("\n")))
        refused = run(build / "classify", PORTS, check=False)
        self.assertIn("takes more than one tensor", refused.stderr)
        picture = run(build / "classify", ROOT / "tests/api/picture.onnx")
        self.assertEqual(picture.stdout, "class 2  3\nclass 1  2\nclass 0  1\n")

    @unittest.skipUnless(shutil.which("pkg-config"), "no pkg-config")
    def test_a_program_builds_with_pkg_config(self):
        environment = {**os.environ, "PKG_CONFIG_PATH": str(PREFIX / "lib/pkgconfig")}
        flags = run("pkg-config", "--cflags", "--libs", "hone", env=environment).stdout.split()
        program = HOME / "by_pkg_config"
        run("cc", "-std=c11", ROOT / "examples/run_tensors.c", "-o", program, *flags, f"-Wl,-rpath,{PREFIX}/lib")
        self.assertIn("sum f32[1, 3] 0 0 0", run(program, PORTS).stdout)

    def test_the_binary_is_there(self):
        self.assertIn("hone ", run(PREFIX / "bin/hone", "--version").stdout)


@unittest.skipUnless(shutil.which("dpkg-shlibdeps"), "no dpkg-dev")
class Package(unittest.TestCase):
    def test_the_debian_package_is_whole(self):
        run("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", HOME / "deb", cwd=HOME)
        (package,) = (HOME / "deb").glob("*.deb")
        self.assertRegex(package.name, r"^hone_[0-9.]+_[a-z0-9]+\.deb$")
        field = {name: run("dpkg-deb", "-f", package, name).stdout.strip() for name in
                 ("Package", "Depends", "Recommends", "Installed-Size")}
        self.assertEqual(field["Package"], "hone")
        for needed in ("libc6 (>= ", "libstdc++6 (>= "):
            self.assertIn(needed, field["Depends"])
        self.assertIn("libcurl4", field["Recommends"])
        listed = run("dpkg-deb", "-c", package).stdout
        size = sum(int(line.split()[2]) for line in listed.splitlines())
        self.assertEqual(int(field["Installed-Size"]), size // 1024 + 1)
        self.assertLess(size, 25 << 20)
        for name in ("bin/hone", "lib/libhone.so.0", "lib/libhone.so ", "include/hone/hone.h", "include/hone/hone.hpp",
                     "lib/cmake/hone/honeConfig.cmake", "lib/pkgconfig/hone.pc", "share/doc/hone/copyright"):
            self.assertIn(f"./usr/{name}", listed)
        unpacked = HOME / "unpacked"
        run("dpkg-deb", "-x", package, unpacked)
        self.assertIn("hone ", run(unpacked / "usr/bin/hone", "--version").stdout)
        self.assertEqual(exported(unpacked / "usr/lib/libhone.so.0"), exported(PREFIX / "lib/libhone.so"))


if __name__ == "__main__":
    unittest.main()
