"""Shows every animation of the fighters at a glance: `docs/images/knight.png` and `slime.png`.

    python -m tools.make_contact_sheets

Frames are cut from the committed sheets in `web/assets/`, so draw those first with `tools.make_sprites`.
Each row is an animation, its name and length above it. The slime is shown smaller than it is, and only
the most telling of its enraged animations.
"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import features
from tools.make_sprites import ASSETS
from tools.sprites.sheets import pixels_of

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
BACKGROUND, LINE, TEXT = (34, 30, 44), (66, 58, 82), (240, 204, 150)
MARGIN, HEADER = 14, 22  # pixels around the picture; above each row
COLUMNS = 10  # frames beside each other; longer animations go on below
COLOURS = 96  # of the written palette
SLIME_SCALE = 0.45
ENRAGED = ("idle", "windup", "lunge", "guard", "death")  # what is shown of the enraged slime


def frames_of(entry, name, sheet):
    """The frames of animation `name` cut from `sheet`: uint8 array (count, height, width, 4)."""
    width, height = entry["frame"]
    first, count = entry["animations"][name]["frames"]
    cut = []
    for number in range(first, first + count):
        y, x = number // entry["columns"] * height, number % entry["columns"] * width
        cut.append(sheet[y : y + height, x : x + width])
    return np.array(cut)


def contact_sheet(rows, scale=1.0):
    """A picture of labelled rows; `rows` is a list of (label, frames (n, h, w, 4)).

    All frames are cut to what any of them shows, so that bodies stand on one line.
    """
    seen = np.any([(frames[..., 3] > 0).any(axis=0) for _, frames in rows], axis=0)
    ys, xs = np.nonzero(seen)
    left, right, bottom = xs.min(), xs.max() + 1, ys.max() + 1
    strips = []  # (label, or "" where a row goes on; frames cut to the strip's own height)
    for label, frames in rows:
        top = np.nonzero((frames[..., 3] > 0).any(axis=(0, 2)))[0].min()
        for first in range(0, len(frames), COLUMNS):
            cut = frames[first : first + COLUMNS, top:bottom, left:right]
            strips.append((label if first == 0 else "", [_scaled(frame, scale) for frame in cut]))
    width = strips[0][1][0].width
    columns = max(len(frames) for _, frames in strips)
    height = sum(frames[0].height + (HEADER if label else 0) for label, frames in strips)
    picture = Image.new("RGB", (columns * width + 2 * MARGIN, height + 2 * MARGIN), BACKGROUND)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(13)
    y = MARGIN
    for label, frames in strips:
        if label:
            pen.line((MARGIN, y, picture.width - MARGIN, y), LINE)
            pen.text((MARGIN, y + 3), label, TEXT, font)
            y += HEADER
        for number, frame in enumerate(frames):
            picture.paste(frame, (MARGIN + number * width, y), frame)
        y += frames[0].height
    return picture


def _scaled(frame, scale):
    image = Image.fromarray(frame)
    return image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BOX)


def rows_of(atlas, fighter, prefix="", only=None):
    """The rows of a fighter's animations; `only`: names of those that are wanted."""
    entry = atlas[fighter]
    sheet = pixels_of(ASSETS / entry["image"])
    rows = []
    for name in only or entry["animations"]:
        frames = frames_of(entry, name, sheet)
        seconds = len(frames) * entry["animations"][name]["ticks"] / features.TICKS_PER_SECOND
        label = f"{prefix}{name.replace('_', ' ')}   {len(frames)} frames, {seconds:.2f} s"
        rows.append((label, frames))
    return rows


def contact_sheets():
    """{file name: picture} of both fighters."""
    atlas = json.loads((ASSETS / "sprites.json").read_text())
    demon = rows_of(atlas, "slime") + rows_of(atlas, "slime_enraged", "enraged ", ENRAGED)
    return {
        "knight.png": contact_sheet(rows_of(atlas, "knight")),
        "slime.png": contact_sheet(demon, SLIME_SCALE),
    }


def main():
    """Writes both pictures; returns the exit status."""
    for name, picture in contact_sheets().items():
        path = FOLDER / name
        small = picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
        print(f"{path}: {picture.width} x {picture.height}, {path.stat().st_size / 1000:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
