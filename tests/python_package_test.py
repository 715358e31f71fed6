#!/usr/bin/env python3
"""Builds the Python package against an installed libhone, as pip does, and runs its tests:

    HONE_TEST_PYTHON=PYTHON tests/python_package_test.py BUILD MAKE_TINY_MODEL

PYTHON is one that has what python/fetch_tools.py installs; without one the status is 77."""
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    build, make_tiny_model = map(os.path.abspath, sys.argv[1:])
    python = os.environ.get("HONE_TEST_PYTHON")
    if not python:
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        site, prefix = f"{folder}/site", f"{folder}/prefix"
        environment = {**os.environ, "CMAKE_PREFIX_PATH": prefix, "PYTHONPATH": site, "PYTHONDONTWRITEBYTECODE": "1",
                       "HONE_TEST_GGUF": f"{folder}/llama-f32.gguf"}
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-index", "--no-deps"]
        for command in (
                [make_tiny_model, folder, "llama-f32"],
                ["cmake", "--install", build, "--prefix", prefix, "--component", "library"],
                [*pip, "--no-build-isolation", "--target", site, ROOT / "python"],
                [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", ROOT / "python/tests"]):
            subprocess.run([*map(str, command)], check=True, env=environment, cwd=folder, timeout=100)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error}")
