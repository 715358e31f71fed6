#!/usr/bin/env python3
"""Writes the node cases of PyPI onnx 1.23.2 as files and prints their folder: that package holds them only as
functions that make them.

    write_onnx_cases.py CACHE

CACHE is where wheels are kept; a virtual environment with the package stands there, too. Without a
network it must be there already.
"""
import pathlib
import shutil
import subprocess
import sys

VERSION = "1.23.2"
PACKAGES = [f"onnx=={VERSION}", "numpy==2.4.6", "ml_dtypes==0.6.0", "protobuf==7.36.2",
            "typing_extensions==4.16.0"]


def environment(cache):
    """The environment's Python."""
    folder = cache / f"onnx-{VERSION}-venv"
    python = folder / "bin" / "python3"
    if (folder / "complete").is_file():
        return python
    steps = [[sys.executable, "-m", "venv", "--clear", folder],
             [python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps",
              "--only-binary=:all:", *PACKAGES]]
    for step in steps:
        made = subprocess.run(step, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            lines = (made.stdout + made.stderr).strip().splitlines()
            sys.exit(f"hone: onnx {VERSION} could not be installed: {lines[-1] if lines else 'no word why'}")
    (folder / "complete").touch()
    return python


def message_of(value, info):
    """What a data set's file holds, by the type that the model says."""
    from onnx import TensorProto, numpy_helper
    if isinstance(value, TensorProto):
        return value
    for field, make in [("map_type", numpy_helper.from_dict), ("sequence_type", numpy_helper.from_list),
                        ("optional_type", numpy_helper.from_optional)]:
        if info.type.HasField(field):
            return make(value, info.name)
    return numpy_helper.from_array(value, info.name)


def write_case(case, folder):
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(case.model.SerializeToString())
    for i, (inputs, outputs) in enumerate(case.data_sets):
        data = folder / f"test_data_set_{i}"
        data.mkdir()
        for kind, values, infos in [("input", inputs, case.model.graph.input),
                                    ("output", outputs, case.model.graph.output)]:
            for j, value in enumerate(values):
                (data / f"{kind}_{j}.pb").write_bytes(message_of(value, infos[j]).SerializeToString())


def write(target):
    """Runs in the environment."""
    import numpy as np
    from onnx.backend.test.case.node import collect_testcases
    np.random.seed(0)
    for case in collect_testcases(None):
        write_case(case, target / case.name)


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--write":
        return write(pathlib.Path(sys.argv[2]))
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    cache = pathlib.Path(sys.argv[1])
    target = cache / f"onnx-{VERSION}-cases" / "node"
    if not target.is_dir():
        part = target.with_name("node.part")
        shutil.rmtree(part, ignore_errors=True)
        made = subprocess.run([environment(cache), __file__, "--write", part], capture_output=True, text=True,
                              check=False)
        if made.returncode != 0:
            sys.exit(f"hone: the cases of onnx {VERSION} could not be written: {made.stderr.strip()[-300:]}")
        part.rename(target)
    print(target)


if __name__ == "__main__":
    main()
