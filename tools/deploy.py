"""Puts the game on a Hugging Face Space: `make deploy SPACE=owner/name`, or

    HF_TOKEN=... python -m tools.deploy owner/name
    python -m tools.deploy owner/name --dry-run      lists what would go, and changes nothing

What goes is what `app.py`, `online.py` and the narrator import, the page, its sounds, the shipped weights and
the narrator's adapters; nothing else.
The Space is created if there is none. One that holds something other than this game is left alone; one that
holds it gets a single commit, in which files that are no longer needed are removed.
"""

import argparse
import ast
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from narrator import PERSONAS
from service.hub import MISSING, REFUSED, Hub, HubError, is_name, is_token
from service.static import MIME_TYPES

ROOT = Path(__file__).resolve().parent.parent
KIND = "space"
# What is run there, and what is loaded by its name alone.
ENTRIES = (
    "app.py",
    "online.py",
    "narrator/__main__.py",
    "narrator/backends/llama_cpp.py",
    "narrator/backends/transformers_backend.py",
    "narrator/backends/inference_api.py",
    "narrator/backends/mock.py",
)
PAGES = ("web", "audio")  # folders that are served
DATA = (
    "weights/mm_weights.npz",
    "weights/manifest.json",
    "weights/knights.npz",
    "docs/data/exploiter_knights.npz",  # of the gate (learning/opponents.py)
    "narrator/lexicon.toml",
    *(f"narrator/voices/{persona}.toml" for persona in PERSONAS),
)
ADAPTERS, ADAPTER_KINDS = "narrator/adapters", (".gguf", ".json")  # a folder, and what goes of it
PAPERS = ("README.md", "LICENSE")  # the header of the first says how the Space is run
REQUIREMENTS = "requirements.txt"
OURS = "modular_mind.py"  # a Space with this file holds this game
OF_A_NEW_SPACE = {".gitattributes", "README.md"}
KEPT = ".gitattributes"  # made by the Hub: which files it stores as large ones
MOST_FILES = 5_000


class DeployError(Exception):
    """Why nothing was deployed, in one line."""


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0] + ".")
    parser.add_argument("space", help="owner/name")
    parser.add_argument("--dry-run", action="store_true", help="list what would go, change nothing")
    parser.add_argument("--private", action="store_true", help="a Space that is created is private")
    options = parser.parse_args(arguments)
    try:
        token = check_settings(options.space, os.environ, options.dry_run)
        content = contents(ROOT)
        if options.dry_run:
            report(options.space, content)
            return 0
        print(f"{options.space} is at {deploy(Hub(token), options.space, content, options.private)}")
    except (DeployError, HubError) as error:
        print(f"Not deployed: {error}", file=sys.stderr)
        return 1
    return 0


def check_settings(space: str, environment: Mapping[str, str], dry_run: bool) -> str:
    """The token, empty for a dry run without one; raises DeployError."""
    if not is_name(space):
        raise DeployError(f"{space!r} is no name of a Space: owner/name, of letters, digits, . _ and -")
    token = environment.get("HF_TOKEN", "").strip()
    if not token and not dry_run:
        raise DeployError(
            "HF_TOKEN is not set: make a token that may write at https://huggingface.co/settings/tokens"
        )
    if token and not is_token(token):
        raise DeployError("HF_TOKEN holds characters that no token has")
    return token


def report(space: str, content: Mapping[str, bytes]) -> None:
    """Prints every file that would go, and their size together."""
    for path, data in sorted(content.items()):
        print(f"{len(data):>9}  {path}")
    total = sum(map(len, content.values())) / 1e6
    print(f"{len(content)} files, {total:.1f} MB would go to {space}. Nothing was changed.")


def deploy(hub: Hub, space: str, content: Mapping[str, bytes], private: bool) -> str:
    """Brings a Space up to these files; returns the commit. Raises DeployError or HubError."""
    try:
        try:
            head = hub.head(KIND, space)
        except HubError as error:
            if error.kind != MISSING:
                raise
            hub.create(KIND, space, private)
            head = hub.head(KIND, space)
        there = hub.files(KIND, space, head.commit, MOST_FILES)
        if OURS not in there and set(there) - OF_A_NEW_SPACE:
            raise DeployError(f"{space} holds something else: name another Space, or empty this one first")
        gone = [path for path in there if path not in content and path != KEPT]
        return hub.commit(KIND, space, head.commit, content, gone, "The duel as it is now")
    except HubError as error:
        if error.kind == REFUSED:
            raise DeployError(f"this token may not write there, or may run no such Space ({error})") from None
        raise


# ---------------------------------------------------------------------------- what goes
def contents(root: Path) -> dict[str, bytes]:
    """Every file of the Space by its path, from a checkout; raises DeployError where one is missing."""
    paths = [*modules(root), *PAPERS, *DATA]
    paths += [
        path.relative_to(root).as_posix()
        for path in sorted((root / ADAPTERS).glob("*"))
        if path.suffix in ADAPTER_KINDS
    ]
    for folder in PAGES:
        found = (path.relative_to(root) for path in sorted((root / folder).rglob("*")) if path.is_file())
        paths += [path.as_posix() for path in found if path.suffix in MIME_TYPES and is_visible(path)]
    try:
        content = {path: (root / path).read_bytes() for path in paths}
        content[REQUIREMENTS] = "".join(requirements(root, REQUIREMENTS)).encode("utf-8")
    except OSError as error:
        raise DeployError(f"{error.filename}: {error.strerror}") from error
    return content


def is_visible(path: Path) -> bool:
    """Whether no step of a path is hidden."""
    return not any(step.startswith(".") for step in path.parts)


def modules(root: Path) -> list[str]:
    """The paths of the entries and of all modules of the project that they import, wherever they do."""
    found: set[str] = set()
    waiting = [name for name in ENTRIES if (root / name).is_file()]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += imported(root, (root / path).read_text("utf-8"))
    return sorted(found)


def imported(root: Path, source: str) -> Iterator[str]:
    """Paths of the project's modules that a source imports, with the packages they lie in."""
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            steps = name.split(".")
            for length in range(1, len(steps) + 1):
                stem = "/".join(steps[:length])
                candidates = (f"{stem}.py", f"{stem}/__init__.py")
                yield from (path for path in candidates if (root / path).is_file())


def requirements(root: Path, name: str) -> Iterator[str]:
    """The lines of a requirements file, with those it includes in place: a Space installs one file alone."""
    for line in (root / name).read_text("utf-8").splitlines(keepends=True):
        included = re.fullmatch(r"-r (\S+)\s*", line)
        if included is None:
            yield line
        else:
            yield from requirements(root, included[1])


if __name__ == "__main__":
    sys.exit(main())
