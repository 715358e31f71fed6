#!/usr/bin/env python3
"""Tests of make_onnx_fields.py on a schema that has what ONNX's has."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parent / "make_onnx_fields.py"
SCHEMA = """
syntax = "proto2"; package x; import "other.proto";
// message Commented { optional int32 no = 9; }
enum Version { _START = 0; NOW = 0x000000000000000E; }  /* message No { */
message Outer {
  reserved 2, 16 to 19; reserved "gone";
  enum Kind { A = 0; B = 11; }
  message Inner {
    oneof value { int64 number = 1; string text = 2; };
    optional string after = 3;
  };
  optional Kind kind = 20;  // optional int32 not_here = 21;
  repeated float floats = 4 [packed = true];
  optional Inner.Deep deep = 5 [default = "a // no comment"];
}
option optimize_for = LITE_RUNTIME;
"""


def make(schema):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "s.proto").write_text(schema, encoding="utf-8")
        result = subprocess.run([sys.executable, "-B", TOOL, folder / "out.h", folder / "s.proto"],
                                capture_output=True, text=True)
        header = folder / "out.h"
        return result, header.read_text() if header.exists() else ""


class Fields(unittest.TestCase):
    def test_messages_become_namespaces(self):
        result, header = make(SCHEMA)
        self.assertEqual(result.returncode, 0, result.stderr)
        outer = header[header.index("namespace Outer {"):]
        for line in ("inline constexpr uint32_t kind = 20;", "inline constexpr uint32_t floats = 4;",
                     "inline constexpr uint32_t deep = 5;"):
            self.assertIn(line, outer)
        inner = outer[outer.index("namespace Inner {"):]
        self.assertEqual(inner.split("\n")[1:5], [
            "inline constexpr uint32_t number = 1;", "inline constexpr uint32_t text = 2;",
            "inline constexpr uint32_t after = 3;", "}"])
        for absent in ("Commented", "not_here", "No", "_START"):
            self.assertNotIn(f" {absent} ", header)

    def test_enums_keep_their_numbers(self):
        header = make(SCHEMA)[1]
        self.assertIn("enum class Version : int32_t {\n  NOW = 14,\n};", header)
        self.assertIn("enum class Kind : int32_t {\n  A = 0,\n  B = 11,\n};", header)
        self.assertIn('case Kind::B: return "B";', header)

    def test_a_schema_that_is_not_understood_is_an_error(self):
        for schema in ("message A {", "service A {}", "message A { optional int32 b 1; }"):
            result, header = make(schema)
            self.assertEqual((result.returncode, header), (1, ""), schema)
            self.assertIn("s.proto: ", result.stderr)
            self.assertNotIn("Traceback", result.stderr)


if __name__ == "__main__":
    unittest.main()
