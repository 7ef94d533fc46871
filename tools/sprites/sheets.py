"""Frames to files: sheets, the atlas that describes them, palette PNGs.

`build()` draws everything and returns (images, atlas): {file name: uint8 array (height, width, 4)} and
the JSON-ready description that the page reads as `sprites.json`.
"""

import io
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
from PIL import Image

from tools.sprites import arena, arena_near, effects, emblem, knight, knight_poses, slime, slime_poses

COLUMNS = 10


def pack(frames, columns=COLUMNS):
    """Equal frames laid out row by row in one sheet; frame i is at column i % columns, row i // columns."""
    h, w = frames[0].shape[:2]
    columns = min(columns, len(frames))
    rows = -(-len(frames) // columns)
    sheet = np.zeros((rows * h, columns * w, 4), dtype=np.uint8)
    for number, frame in enumerate(frames):
        y, x = number // columns * h, number % columns * w
        sheet[y : y + h, x : x + w] = frame
    return sheet


def fighter(draw, animations, size, anchor, image):
    """The sheet and atlas entry of a fighter: all its animations one after the other."""
    frames, entry = [], {}
    for name, (poses, ticks, repeats) in animations.items():
        entry[name] = {"frames": [len(frames), len(poses)], "ticks": round(ticks, 4), "repeats": repeats}
        frames += [draw(pose) for pose in poses]
    atlas = {
        "image": image,
        "frame": list(size),
        "columns": COLUMNS,
        "anchor": list(anchor),
        "faces": "right",
        "animations": entry,
    }
    return pack(frames), atlas


def _knight():
    return fighter(knight.draw, knight_poses.animations(), knight.FRAME, knight.ANCHOR, "knight.png")


def _slime(enraged):
    def paint(pose):
        return slime.draw(pose, enraged)

    name = "slime_enraged.png" if enraged else "slime.png"
    return fighter(paint, slime_poses.animations(), slime.FRAME, slime.ANCHOR, name)


def build():
    """Every image and the atlas. Takes some seconds, with two workers where there are two cores."""
    images, atlas = {}, {}
    # Workers are started afresh: the caller may have threads, which do not survive a fork.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        drawing = {
            "slime_enraged": pool.submit(_slime, True),
            "slime": pool.submit(_slime, False),
            "scenery": pool.submit(_scenery),
            "knight": pool.submit(_knight),
        }
        done = {name: future.result() for name, future in drawing.items()}
    for name in ("knight", "slime", "slime_enraged"):
        images[name + ".png"], atlas[name] = done[name]
    pictures, others = done["scenery"]
    return images | pictures, atlas | others


def _scenery():
    """The images and atlas entries of all that is not a fighter."""
    images, atlas = {}, {}
    layers = (
        # file, picture, top edge, pixels it shifts while the camera goes from the middle to one end
        ("arena_far.png", arena.far(), 0, (arena.FAR_WIDTH - 960) // 2),
        ("arena_mid.png", arena.mid(), 0, (arena.MID_WIDTH - 960) // 2),
        ("arena_near.png", arena_near.near(), 0, (arena_near.NEAR_WIDTH - 960) // 2),
        ("arena_floor.png", arena_near.floor(), arena_near.FLOOR_TOP, 0),
        ("arena_front.png", arena_near.front(), arena_near.FRONT_TOP, -(arena_near.FRONT_WIDTH - 960) // 2),
    )
    atlas["arena"] = {
        "size": [960, 540],
        "ground": arena_near.GROUND,
        "layers": [
            {
                "image": file,
                "size": [int(picture.shape[1]), int(picture.shape[0])],
                "top": top,
                "shift": shift,
            }
            for file, picture, top, shift in layers
        ],
        "torches": [list(torch) for torch in arena_near.TORCHES],  # on arena_near.png
        "fog": {"image": "fog.png", "size": [512, 112]},
    }
    images |= {file: picture for file, picture, _, _ in layers}
    images["fog.png"] = arena_near.fog()
    atlas["effects"] = {}
    for name, (frames, anchor, blend, ticks, repeats) in effects.effects().items():
        file = f"fx_{name}.png"
        images[file] = pack(frames)
        atlas["effects"][name] = {
            "image": file,
            "frame": [int(frames[0].shape[1]), int(frames[0].shape[0])],
            "columns": min(COLUMNS, len(frames)),
            "anchor": list(anchor),
            "blend": blend,
            "animations": {"play": {"frames": [0, len(frames)], "ticks": ticks, "repeats": repeats}},
        }
    images["emblem.png"], images["favicon.png"] = emblem.emblem(), emblem.favicon()
    return images, atlas


def png(pixels):
    """`pixels` (height, width, 4) as the bytes of a palette PNG; at most 256 different colours."""
    flat = np.ascontiguousarray(pixels).view(np.uint32).reshape(pixels.shape[:2])
    colours, index = np.unique(flat, return_inverse=True)
    if len(colours) > 256:
        raise ValueError(f"{len(colours)} colours do not fit a palette of 256")
    table = colours.view(np.uint8).reshape(-1, 4)
    order = np.argsort(table[:, 3], kind="stable")  # transparent entries first: a shorter tRNS chunk
    place = np.empty(len(order), dtype=np.uint8)
    place[order] = np.arange(len(order), dtype=np.uint8)
    image = Image.fromarray(place[index].reshape(pixels.shape[:2]), "P")
    image.putpalette(table[order, :3].tobytes())
    data = io.BytesIO()
    image.save(data, "PNG", optimize=True, transparency=table[order, 3].tobytes())
    return data.getvalue()


def pixels_of(path):
    """The decoded pixels of an image file: uint8 array (height, width, 4)."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"))
