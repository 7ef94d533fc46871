"""Sees to it that tests and benchmarks find a Chromium that starts.

    python -m tools.ensure_chromium

One that is there is used (the program that MM_CHROMIUM names, else one on PATH, else Playwright's own).
Otherwise it is installed: by the system's package manager where that needs no password, else by
Playwright's installer.
"""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import Error, sync_playwright

from tools.browser import find_chromium, launch_chromium

# Commands in order. Ubuntu has no package of this name (its browser is a snap, which cannot be driven):
# there the installation fails and Playwright's is used.
PACKAGE_MANAGERS = {
    "apt-get": (
        ("update",),
        ("install", "--yes", "--no-install-recommends", "chromium-headless-shell", "fonts-liberation"),
    ),
    "dnf": (("install", "--assumeyes", "chromium"),),
    "pacman": (("--sync", "--refresh", "--needed", "--noconfirm", "chromium"),),
}


def problem() -> str | None:
    """Why no Chromium can be started, in one line; None when one can."""
    with sync_playwright() as playwright:
        try:
            launch_chromium(playwright).close()
        except Error as error:
            return str(error).strip().partition("\n")[0]
    return None


def is_root() -> bool:
    """Whether this process may install packages by itself."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def run(*command: str) -> bool:
    """Runs a command, its output passed on; whether it succeeded."""
    print("+", *command, flush=True)
    return subprocess.call(command, stdin=subprocess.DEVNULL) == 0


def install_by_system() -> bool:
    """Installs Chromium by the package manager, as root or by a sudo that asks for nothing."""
    manager = next((name for name in PACKAGE_MANAGERS if shutil.which(name)), None)
    if manager is None:
        return False
    prefix: tuple[str, ...] = ()
    if not is_root():
        sudo = shutil.which("sudo")
        if sudo is None or subprocess.call((sudo, "-n", "true"), stderr=subprocess.DEVNULL) != 0:
            return False
        prefix = (sudo, "-n")
    os.environ.setdefault("DEBIAN_FRONTEND", "noninteractive")
    return all(run(*prefix, manager, *arguments) for arguments in PACKAGE_MANAGERS[manager])


def install_by_playwright() -> bool:
    """Installs Playwright's own Chromium; as root also the libraries it needs."""
    dependencies = ("--with-deps",) if is_root() and shutil.which("apt-get") else ()
    return run(sys.executable, "-m", "playwright", "install", *dependencies, "chromium")


def main() -> int:
    """The command; returns its exit code."""
    reason = problem()
    if reason is not None and find_chromium() is None:
        for install in (install_by_system, install_by_playwright):
            if install() and (reason := problem()) is None:
                break
    if reason is not None:
        chromium = find_chromium() or "Playwright's Chromium"
        print(f"{chromium} does not start: {reason} Name another one with MM_CHROMIUM=...", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
