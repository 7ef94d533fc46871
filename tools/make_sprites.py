"""Draws every picture of the page into `web/assets/`: fighters, arena, effects, emblem, icon, atlas.

    python -m tools.make_sprites            draw and write
    python -m tools.make_sprites --check    draw and compare with what is there; exit 1 when stale

The comparison is of decoded pixels, so another version of the PNG encoder does not make files stale.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import numpy as np

from tools.sprites.sheets import build, pixels_of, png

ASSETS = Path(__file__).resolve().parent.parent / "web" / "assets"


def atlas_text(atlas):
    """The atlas as the text of `sprites.json`, each innermost list on one line."""
    text = json.dumps(atlas, indent=1)
    return re.sub(r"\[[^][{}]*\]", lambda found: " ".join(found[0].split()), text) + "\n"


def stale(images, atlas, folder=ASSETS):
    """Names of the files in `folder` that differ from what was drawn, are missing or are not drawn here."""
    names = []
    for name, pixels in images.items():
        path = folder / name
        if not path.is_file() or not np.array_equal(pixels_of(path), pixels):
            names.append(name)
    path = folder / "sprites.json"
    if not path.is_file() or json.loads(path.read_text()) != atlas:
        names.append("sprites.json")
    return names + sorted(path.name for path in folder.glob("*.png") if path.name not in images)


def main(arguments=None):
    """Runs the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    options = parser.parse_args(arguments)
    images, atlas = build()
    if options.check:
        names = stale(images, atlas)
        print("stale: " + ", ".join(names) if names else "sprites are up to date")
        return 1 if names else 0
    ASSETS.mkdir(parents=True, exist_ok=True)
    total = 0
    for name, pixels in images.items():
        data = png(pixels)
        (ASSETS / name).write_bytes(data)
        total += len(data)
    (ASSETS / "sprites.json").write_text(atlas_text(atlas))
    print(f"{len(images)} images, {total / 1024:.0f} KiB, and sprites.json in {ASSETS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
