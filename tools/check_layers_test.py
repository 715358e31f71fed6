#!/usr/bin/env python3
"""Tests of check_layers.py: small trees with one thing wrong must be found out, clean ones must not."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check_layers


def check_tree(files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return list(check_layers.problems(root))


class Layers(unittest.TestCase):
    def test_looking_down_is_allowed(self):
        self.assertEqual([], check_tree({
            "src/base/text.h": "#include <string>\n",
            "src/runtime/session.cc": '#include "base/text.h"\n#include "runtime/session.h"\n',
            "src/runtime/session.h": "#include <vector>\n",
        }))

    def test_looking_up_is_not(self):
        found = check_tree({"src/base/text.cc": '#include "llm/token.h"\n', "src/llm/token.h": ""})
        self.assertEqual(found, ['src/base/text.cc:1: base may not see llm ("llm/token.h")'])

    def test_the_run_half_does_not_see_the_compile_half(self):
        found = check_tree({"src/runtime/a.cc": '\n  #  include "ir/graph.h"\n', "src/ir/graph.h": ""})
        self.assertEqual(len(found), 1)
        self.assertIn("src/runtime/a.cc:2: runtime may not see ir", found[0])

    def test_in_an_op_the_file_name_is_the_layer(self):
        files = {"src/ir/graph.h": "", "src/backend/cpu/simd.h": "", "src/ops/relu/reference.cc": '#include "ir/graph.h"\n',
                 "src/ops/relu/cpu.cc": '#include "backend/cpu/simd.h"\n'}
        self.assertEqual([], check_tree(files))
        found = check_tree(files | {"src/ops/relu/op.h": '#include "ir/graph.h"\n',
                                    "src/ops/relu/shape.cc": '#include "backend/cpu/simd.h"\n'})
        self.assertEqual(len(found), 2, found)

    def test_a_neighbour_is_found_without_its_folder(self):
        found = check_tree({"src/base/a.cc": '#include "b.h"\n', "src/base/b.h": ""})
        self.assertEqual(found, [])

    def test_an_unknown_folder_and_an_unknown_file_are_problems(self):
        self.assertEqual(len(check_tree({"src/utils/a.cc": ""})), 1)
        self.assertEqual(len(check_tree({"src/base/a.cc": '#include "somewhere/b.h"\n'})), 1)

    def test_tests_may_see_more(self):
        self.assertEqual([], check_tree({
            "src/base/text_test.cc": '#include <gtest/gtest.h>\n#include "support/golden.h"\n'}))


class OutsideHeaders(unittest.TestCase):
    def test_third_party_headers_stay_in_their_folder_and_out_of_headers(self):
        self.assertEqual([], check_tree({"src/models/http.cc": "#include <curl/curl.h>\n"}))
        self.assertEqual(len(check_tree({"src/models/http.h": "#include <curl/curl.h>\n"})), 1)
        self.assertEqual(len(check_tree({"src/llm/http.cc": "#include <curl/curl.h>\n"})), 1)
        self.assertEqual(len(check_tree({"src/base/gtest.cc": "#include <gtest/gtest.h>\n"})), 1)
        self.assertEqual(len(check_tree({"src/base/json.cc": "#include <nlohmann/json.hpp>\n"})), 1)

    def test_only_base_and_few_others_call_the_system(self):
        self.assertEqual([], check_tree({"src/base/file.cc": "#include <sys/mman.h>\n"}))
        self.assertEqual(len(check_tree({"src/runtime/file.cc": "#include <sys/mman.h>\n"})), 1)
        self.assertEqual(len(check_tree({"src/runtime/file.cc": "#include <unistd.h>\n"})), 1)
        self.assertEqual(len(check_tree({"src/base/file.h": "#include <unistd.h>\n"})), 1)


class Lengths(unittest.TestCase):
    def function_problem(self, head, lines, tail="}\n"):
        return check_tree({"src/base/a.cc": head + "\n" + "  x();\n" * lines + tail})

    def test_long_functions_are_found_in_every_form(self):
        for head in ["void f() {", "namespace a {\nnamespace {\nint f(int a = 3) {", "struct A {\n  int f() const {",
                     "A::A(int x) : x_{x}, y_(2) {", "template <class T = int>\nauto f(T t) -> std::vector<T> {",
                     "bool operator==(const A& a, const A& b) {"]:
            self.assertEqual(self.function_problem(head, 68), [], head)
            self.assertEqual(len(self.function_problem(head, 69)), 1, head)

    def test_tables_and_texts_are_no_functions(self):
        for head in ["constexpr int kTable[] = {", "constexpr auto kTable = std::to_array<A>({", "enum class A {",
                     "struct A {", "class A : public B<(1 > 0)> {"]:
            self.assertEqual(self.function_problem(head, 100, "};\n"), [], head)
        text = 'const char* kText = R"(' + "void f() {\n" * 100 + ')";\n'
        self.assertEqual(check_tree({"src/base/a.cc": text}), [])

    def test_braces_in_comments_and_literals_do_not_count(self):
        self.assertEqual(len(self.function_problem("void f() {  // }\n  g('}', \"}\\\"}\");  /* } */", 69)), 1)

    def test_long_files_are_found(self):
        self.assertEqual(check_tree({"src/base/a.h": "\n" * 600}), [])
        self.assertEqual(len(check_tree({"src/base/a.h": "\n" * 601})), 1)


class Table(unittest.TestCase):
    def test_no_layer_sees_itself_from_below(self):
        for layer, (below, _) in check_layers.LAYERS.items():
            for lower in below:
                self.assertNotIn(layer, check_layers.visible(lower))

    def test_the_halves_meet_only_in_the_engine(self):
        compile_half = {"ir", "reference", "frontend", "passes", "optimize"}
        for layer in ["runtime", "llm", "tasks", "serve", "fleet", "engine", "backend", "api"]:
            self.assertFalse(check_layers.visible(layer) & compile_half)
        for layer in compile_half:
            self.assertFalse(check_layers.visible(layer) & {"backend", "kernels", "runtime", "llm", "serve"})


if __name__ == "__main__":
    unittest.main()
