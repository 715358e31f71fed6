#!/usr/bin/env python3
"""Fetches the prose that perplexity is measured on and writes it to a file.

  bench/fetch_text.py OUT

The text is the start of Isaac Newton's Opticks (1730, public domain), which the Debian package
golang-1.19-src carries as test data. An installed copy is used if there is one, else the package is
downloaded with apt-get into a temporary folder; nothing is installed.
"""

import glob
import hashlib
import pathlib
import subprocess
import sys
import tempfile

PACKAGE = "golang-1.19-src"
FILE = "src/testdata/Isaac.Newton-Opticks.txt"
SHA256_FILE = "d4a9ac22462b35e7821a4f2706c211093da678620a8f9997989ee7cf8d507bbd"
START = b"OPTICKS:"
BYTES = 200_000  # then cut back to the last whole line


def installed():
    for root in ["/usr/local/go", *sorted(glob.glob("/usr/share/go-*"))]:
        path = pathlib.Path(root) / FILE
        if path.exists():
            return path.read_bytes()
    return None


def downloaded():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", PACKAGE], cwd=folder, check=True)
        package, = pathlib.Path(folder).glob("*.deb")
        subprocess.run(["dpkg-deb", "-x", package, folder + "/x"], check=True)
        found, = pathlib.Path(folder).glob(f"x/usr/share/go-*/{FILE}")
        return found.read_bytes()


def is_right(data):
    return data is not None and hashlib.sha256(data).hexdigest() == SHA256_FILE


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    data = installed()
    if not is_right(data):
        data = downloaded()
    if not is_right(data):
        sys.exit(f"{PACKAGE} carries another text than the one measured before; see {__file__}")
    begin = data.index(START)
    text = data[begin:begin + BYTES]
    text = text[:text.rindex(b"\n") + 1]
    pathlib.Path(sys.argv[1]).write_bytes(text)
    print(f"{len(text)} bytes, sha256 {hashlib.sha256(text).hexdigest()}")


if __name__ == "__main__":
    main()
