#!/usr/bin/env python3
"""Makes a virtual environment with what builds and tests hone-runtime, and prints its Python:

    python/fetch_tools.py CACHE

What is there already is not fetched again."""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import wheel_files  # noqa: E402

PACKAGES = ["nanobind==3.1.0", "numpy==2.4.6", "pytest==9.2.0", "scikit-build-core==1.1.2"]


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"hone: {wheel_files.last_line(result.stderr)}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1]).resolve() / "python-venv"
    python, stamp = folder / "bin/python3", folder / "packages.txt"
    wanted = "\n".join(PACKAGES)
    if not stamp.is_file() or stamp.read_text() != wanted:
        run(sys.executable, "-m", "venv", "--clear", folder)
        run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--only-binary=:all:", *PACKAGES)
        stamp.write_text(wanted)
    print(python)


if __name__ == "__main__":
    main()
