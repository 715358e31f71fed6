#!/usr/bin/env python3
"""Tests of check_docs.py."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check_docs


def check(text, files=("src/ops/add/op.h", "docs/a.md")):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name in files:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("")
        (root / "README.md").write_text(text)
        return list(check_docs.problems(root))


class Documents(unittest.TestCase):
    def test_links_lead_somewhere(self):
        self.assertEqual(check("[a](docs/a.md) [b](https://x.org/y) [c](docs/a.md#part) [d](#here)"), [])
        self.assertEqual(check("one\n[a](docs/b.md)"), ["README.md:2: there is no docs/b.md"])

    def test_paths_in_backticks_exist(self):
        self.assertEqual(check("`src/ops/add/op.h`, `ops/add/op.h`, `src/ops/`, `./docs/a.md`"), [])
        self.assertEqual(check("`src/ops/add/reference.cc`"), ["README.md:1: there is no src/ops/add/reference.cc"])
        self.assertEqual(len(check("`ops/sub/op.h`")), 1)

    def test_patterns_and_placeholders_need_one_that_fits(self):
        self.assertEqual(check("`src/ops/*/op.h` `src/ops/NAME/op.h` `docs/{a,a}.md`"), [])
        self.assertEqual(len(check("`src/ops/*/cpu.cc` `src/ops/NAME/cpu.cc` `docs/{a,b}.md`")), 3)

    def test_what_is_no_path_of_ours_is_left_alone(self):
        self.assertEqual(check("`tokens/s` `/usr/bin` `XDG_DATA_HOME/hone` `build/release/x`"), [])


if __name__ == "__main__":
    unittest.main()
