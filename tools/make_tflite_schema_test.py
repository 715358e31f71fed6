#!/usr/bin/env python3
"""Tests make_tflite_schema.py on a small package of its own."""
import unittest

import make_tflite_schema as schema

HEAD = schema.HEAD + ", do not modify\n\n"
FLAGS = "flatbuffers.number_types."


def accessor(name, argument, body):
    return f"    # T\n    def {name}(self{argument}):\n        {body}\n\n"


def setter(kind, index, name, default="0"):
    value = f"{FLAGS}UOffsetTFlags.py_type({name})" if kind == "UOffsetTRelative" else name
    return (f"def TAdd{name}(builder, {name}):\n"
            f"    builder.Prepend{kind}Slot({index}, {value}, {default})\n\n")


def table(accessors, setters, fields):
    return (HEAD + "class T(object):\n" + "".join(accessors) +
            f"def TStart(builder):\n    builder.StartObject({fields})\n\n" + "".join(setters))


def enum(**values):
    return HEAD + "class E(object):\n" + "".join(f"    {n} = {v}\n" for n, v in values.items())


MODEL = table(
    [accessor("OperatorCodes", ", j", "x = self._tab.Indirect(x)\n        from tflite.Code import Code"),
     accessor("Name", "", "return self._tab.String(o + self._tab.Pos)"),
     accessor("Sizes", ", j", f"return self._tab.Get({FLAGS}Int64Flags, a + j * 8)"),
     accessor("Options", "", "self._tab.Union(obj, o)"),
     accessor("Code", "", "x = self._tab.Indirect(x)\n        from tflite.Code import Code")],
    [setter("Uint32", 0, "default"), setter("UOffsetTRelative", 1, "operatorCodes"),
     setter("UOffsetTRelative", 2, "name"), setter("UOffsetTRelative", 3, "sizes"),
     setter("Bool", 4, "dilationWFactor", "1"), setter("Float32", 5, "beta", "0.0"),
     setter("UOffsetTRelative", 7, "options"), setter("UOffsetTRelative", 8, "code")], 9)
MODULES = {"Model": MODEL, "Code": table([], [], 0), "BuiltinOperator": enum(ADD=0, SUB=-2),
           "Kinds": enum(NONE=0, Code=1)}


class MakeTfliteSchema(unittest.TestCase):
    def setUp(self):
        self.text = schema.header(MODULES)

    def expect(self, *lines):
        for line in lines:
            self.assertIn(line, self.text)

    def test_fields_have_slot_type_and_default(self):
        self.expect("Scalar<Model, uint32_t> default_{4, 0};", "Refs<Model, Code> operator_codes{6};",
                    "String<Model> name{8};", "Vector<Model, int64_t> sizes{10};",
                    "Scalar<Model, bool> dilation_w_factor{12, true};",
                    "Scalar<Model, float> beta{14, 0.0f};", "Union<Model> options{18};",
                    "Ref<Model, Code> code{20};", "{10, FieldKind::vector, 8}", "{18, FieldKind::table, 4}")

    def test_enums_and_unions(self):
        self.expect("enum class BuiltinOperator : int32_t {\n  ADD = 0,\n  SUB = -2\n};", '{-2, "SUB"}',
                    "static constexpr Kinds kTag = Kinds::Code;", "kKindsFields[] = {\n    {},\n    Code::kFields};")

    def test_what_it_does_not_know_is_an_error(self):
        odd = table([accessor("X", "", "return self._tab.Odd(o)")], [setter("UOffsetTRelative", 0, "x")], 1)
        with self.assertRaisesRegex(schema.Failure, "field X is of a kind"):
            schema.header({**MODULES, "Odd": odd})
        with self.assertRaisesRegex(schema.Failure, "no method reads the field X"):
            schema.header({**MODULES, "Odd": table([], [setter("UOffsetTRelative", 0, "x")], 1)})
        with self.assertRaisesRegex(schema.Failure, "make no sense"):
            schema.header({**MODULES, "Odd": table([], [setter("Int8", 3, "x")], 1)})
        with self.assertRaisesRegex(schema.Failure, "not numbered from NONE"):
            schema.header({**MODULES, "Kinds": enum(NONE=0, Code=2)})
        with self.assertRaisesRegex(schema.Failure, "no tables"):
            schema.header({"Model": MODEL})


if __name__ == "__main__":
    unittest.main()
