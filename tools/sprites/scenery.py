"""Painting stone and light: plates of brightness and warmth, masonry, arches and piers.

A `Plate` holds, for each pixel, how bright it is and how warm (0: moonlight, 1: firelight). `image`
picks a ramp by warmth and a colour by brightness, both with ordered dither. Coordinates are pixels.
"""

import math

import numpy as np

from tools.sprites.palettes import rgb
from tools.sprites.shading import BAYER, fractal_noise, hash_noise, rounded, smoothstep


def _ramps(*rows):
    """Colour ramps from rows of colours with spaces between them."""
    return tuple(row.split() for row in rows)


# Three ramps of eleven colours: moonlit stone, stone between, stone by the fire.
STONE = _ramps(
    "#06050b #0b0a14 #11111f #181a2b #212538 #2c3347 #394558 #4a5a6a #61757f #86999a #b8c4b8",
    "#080509 #100a10 #1b1119 #281a24 #38252f #4b333b #614548 #7b5b57 #987768 #ba9b80 #decda8",
    "#0b0506 #190a0a #2b100d #431910 #602613 #823817 #a7501d #cc7026 #ea983c #fac468 #fff0b8",
)
SKY = _ramps(
    "#07060f #0c0b19 #131226 #1b1b35 #252845 #323856 #434e69 #5a6a7c #7a8c90 #a4b3a8 #d8dcc4",
    "#0a0610 #150b1a #221226 #331a32 #48243e #613248 #7e4350 #9e5a56 #be785e #daa070 #f2d49a",
    "#120508 #240a0c #3c100f #5a1712 #7c2214 #a23416 #c8501c #e6772a #f8a444 #ffd27a #fff6cc",
)


class Plate:
    """A layer of scenery: arrays `light`, `warm` (0 to 1) and `alpha` (bool), each (height, width)."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        ys, xs = np.mgrid[0:height, 0:width]
        self.xs, self.ys = xs + 0.5, ys + 0.5
        self.light = np.zeros((height, width))
        self.warm = np.zeros((height, width))
        self.alpha = np.zeros((height, width), dtype=bool)

    def window(self, left, top, right, bottom):
        """The part of the plate between these pixels (cut off at its borders): painting it paints here."""
        view = (slice(max(int(top), 0), max(int(bottom), 0)), slice(max(int(left), 0), max(int(right), 0)))
        part = object.__new__(Plate)
        part.xs, part.ys, part.light, part.warm, part.alpha = (
            array[view] for array in (self.xs, self.ys, self.light, self.warm, self.alpha)
        )
        part.height, part.width = part.xs.shape
        return part

    def put(self, mask, light, warm=0.0):
        """Paints `mask` opaque with a brightness and a warmth (numbers or arrays)."""
        self.light[mask] = np.broadcast_to(light, mask.shape)[mask]
        self.warm[mask] = np.broadcast_to(warm, mask.shape)[mask]
        self.alpha |= mask

    def cut(self, mask):
        """Makes `mask` transparent."""
        self.alpha &= ~mask

    def lamp(self, x, y, radius, strength, warmth=1.0, squash=1.0):
        """Adds a pool of light around a point; firelight warms what it falls on."""
        reach = np.sqrt((self.xs - x) ** 2 + ((self.ys - y) * squash) ** 2) / radius
        glow = np.clip(1.0 - reach, 0.0, 1.0) ** 2
        self.light += strength * glow * (0.25 + 1.5 * self.light)
        self.warm += warmth * glow**0.8

    def image(self, ramps, dither=0.9):
        """uint8 array (height, width, 4); alpha 0 or 255."""
        bayer = np.tile(BAYER, (self.height // 4 + 1, self.width // 4 + 1))[: self.height, : self.width]
        offset = np.roll(bayer, 2, axis=1)  # another phase, so that both choices do not coincide
        table = np.array([[rgb(colour) for colour in ramp] for ramp in ramps], dtype=np.uint8)
        count = table.shape[1]
        kind = np.floor(rounded(np.clip(self.warm, 0, 1) * (len(ramps) - 1) + 0.5 + 0.55 * offset)).astype(
            int
        )
        level = np.floor(rounded(np.clip(self.light, 0, 1) * (count - 1) + 0.5 + dither * bayer)).astype(int)
        out = np.zeros((self.height, self.width, 4), dtype=np.uint8)
        out[..., :3] = table[np.clip(kind, 0, len(ramps) - 1), np.clip(level, 0, count - 1)]
        out[..., 3] = 255
        out[~self.alpha] = 0
        return out


def masonry(xs, ys, width, height, seed=0):
    """Brightness offsets (about -0.16 to 0.1) of a wall of blocks, laid in running bond, worn and chipped."""
    row = np.floor(ys / height)
    shift = (hash_noise(row.astype(np.int64), 7, seed) * 0.5 + 0.5 * (row % 2)) * width
    column = np.floor((xs + shift) / width)
    u, v = (xs + shift) - column * width, ys - row * height
    tone = hash_noise(column.astype(np.int64), row.astype(np.int64), seed + 1) - 0.5
    wear = fractal_noise(xs / 11.0, ys / 11.0, 3, seed + 2) - 0.5
    grain = fractal_noise(xs / 3.0, ys / 3.0, 2, seed + 3) - 0.5
    joint = np.minimum(u, v) + 1.6 * wear
    out = 0.055 * tone + 0.10 * wear + 0.035 * grain
    out = np.where(rounded(joint) < 1.0, out - 0.085, out)
    return np.where((rounded(joint) >= 1.0) & (rounded(joint) < 2.1), out + 0.04, out)


def pointed(xs, ys, centre, spring, half, foot, steep=1.25):
    """Signed inside distance (positive inside, pixels, approximate) of a gothic arch opening.

    It spans `centre` +- `half`, from the line y = `foot` up to the springing at y = `spring` and on
    into a pointed head made of two arcs whose radius is 2 * `steep` * `half`.
    """
    radius = 2.0 * half * steep
    side = radius - half
    across = np.abs(xs - centre)
    head = radius - np.hypot(across + side, np.minimum(ys - spring, 0.0))
    body = half - across
    return np.minimum(np.where(ys < spring, head, body), foot - ys)


def pier(plate, centre, half, top, foot, toward, bright=0.30, seed=0):
    """A compound gothic pier: five shafts, drum joints, a moulded base and a capital.

    `toward` is +1 or -1: the side the light comes from.
    """
    plate = plate.window(centre - 1.5 * half, top, centre + 1.5 * half + 1, foot + 2)
    xs, ys = plate.xs, plate.ys
    u = (xs - centre) / half
    body = (np.abs(u) <= 1.0) & (ys > top) & (ys < foot)
    lobes = u * 2.5
    inner = lobes - np.round(lobes)  # -0.5 to 0.5 across one shaft
    normal = np.clip(0.45 * u + 1.5 * inner, -1.0, 1.0)
    facing = np.clip(0.42 + 0.62 * toward * normal, 0.0, 1.0)
    light = bright * (0.25 + 1.05 * facing) + 0.5 * masonry(
        xs - centre + 3 * half, ys, 2.1 * half, 27.0, seed
    )
    light -= 0.10 * (np.abs(inner) > 0.44)
    plate.put(body, light)
    ring = ((foot - 46, 5, 1.10), (foot - 40, 8, 1.2), (foot - 31, 10, 1.12), (foot - 20, 20, 1.38),
            (top + 92, 4, 1.12),
            (top + 74, 16, 1.3), (top + 58, 6, 1.42))  # fmt: skip
    for y, tall, wide in ring:
        v = (ys - y) / tall
        band = (np.abs(xs - centre) < half * wide) & (v >= 0) & (v < 1)
        curve = np.sin(math.pi * np.clip(v, 0, 1))
        shine = bright * (0.35 + 0.75 * curve * (0.5 + 0.5 * toward * u / wide)) + 0.05
        chips = 0.35 * (fractal_noise(xs / 6.0, ys / 6.0, 2, seed + 5) - 0.5)
        plate.put(band, shine + chips * bright + 0.10 * (v < 1.6 / tall) - 0.12 * (v > 1 - 1.6 / tall))


def chain(plate, x, top, bottom, light=0.2, warm=0.0):
    """Links hanging straight down: face-on and edge-on in turn."""
    plate = plate.window(x - 4, top - 4, x + 5, bottom + 8)
    for y in range(int(top), int(bottom), 5):
        if (y // 5) % 2:
            ring = (np.abs(plate.xs - x) < 2.6) & (np.abs(plate.ys - y - 2.5) < 3)
            hole = (np.abs(plate.xs - x) < 0.8) & (np.abs(plate.ys - y - 2.5) < 1.6)
            plate.put(ring & ~hole, light + 0.05 * (plate.xs < x), warm)
        else:
            plate.put((np.abs(plate.xs - x) < 1.1) & (np.abs(plate.ys - y - 2.5) < 3.4), light + 0.08, warm)


def rubble(plate, centre, foot, spread, tall, seed, bright=0.26):
    """A heap of broken blocks lying on the line y = `foot`."""
    for number in range(int(spread / 2.4)):
        where = float(hash_noise(number, 1, seed)) * 2 - 1
        x = centre + where * spread
        pile = tall * (1 - abs(where)) * float(hash_noise(number, 2, seed))
        half = 4.0 + 9.0 * float(hash_noise(number, 3, seed)) * (1 - 0.5 * abs(where))
        angle = (float(hash_noise(number, 4, seed)) - 0.5) * 1.3
        c, s = math.cos(angle), math.sin(angle)
        part = plate.window(x - 20, foot - pile - 28, x + 21, foot + 6)
        dx, dy = part.xs - x, part.ys - (foot - pile - half * 0.5)
        u, v = dx * c + dy * s, -dx * s + dy * c
        block = (np.abs(u) < half) & (np.abs(v) < half * 0.62) & (part.ys < foot + 3)
        topside = v < -half * 0.62 + 2.6
        chips = 0.10 * (fractal_noise(part.xs / 5, part.ys / 5, 2, seed + number) - 0.5)
        tone = bright * (0.55 + 0.35 * float(hash_noise(number, 5, seed)) + 0.55 * topside)
        rim = (np.abs(u) > half - 1.0) | (v > half * 0.62 - 1.0)
        part.put(block, tone + chips - 0.10 * rim)


def torn(xs, seed, coarse=26.0, fine=6.0):
    """Heights (0 to 1) of a broken masonry line along `xs`, in steps as blocks fall away."""
    base = value_steps(xs, coarse, seed)
    return 0.7 * base + 0.3 * value_steps(xs, fine, seed + 1)


def value_steps(xs, width, seed):
    """Random heights in [0, 1) that stay the same over `width` pixels."""
    return hash_noise(np.floor(xs / width).astype(np.int64), 0, seed)


def soft(distance, width):
    """Ease from 0 to 1 while `distance` goes from 0 to `width`."""
    return smoothstep(distance / width)
