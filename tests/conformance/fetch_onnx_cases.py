#!/usr/bin/env python3
"""Unpacks ONNX's backend conformance cases out of the wheel of PyPI onnx 1.19.1, the last one that
has them as files, and prints their four folders.

    fetch_onnx_cases.py CACHE

CACHE is where wheels are kept (tools/wheel_files.py); without a network the wheel must be there.
"""
import pathlib
import shutil
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import wheel_files  # noqa: E402

VERSION = "1.19.1"
SHA256 = "1839af08ab4a909e4af936b8149c27f8c64b96138981024e251906e0539d8bf9"
PREFIX = "onnx/backend/test/data/"
FOLDERS = ("node", "simple", "pytorch-converted", "pytorch-operator")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    cache = pathlib.Path(sys.argv[1])
    target = cache / f"onnx-{VERSION}-cases"
    if not target.is_dir():
        try:
            wheel = wheel_files.fetch_wheel(cache, "onnx", VERSION, SHA256)
        except wheel_files.Failure as failure:
            sys.exit(f"hone: {failure}")
        part = cache / f"{target.name}.part"
        shutil.rmtree(part, ignore_errors=True)
        with zipfile.ZipFile(wheel) as archive:
            names = [n for n in archive.namelist() if not n.endswith("/")
                     and n.startswith(tuple(f"{PREFIX}{folder}/" for folder in FOLDERS))]
            for name in names:  # the hash of the wheel was checked: its names are what they were
                out = part / name[len(PREFIX):]
                out.parent.mkdir(parents=True, exist_ok=True)
                out.write_bytes(archive.read(name))
        part.rename(target)
    print(*(target / folder for folder in FOLDERS), sep="\n")


if __name__ == "__main__":
    main()
