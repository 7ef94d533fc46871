"""Shapes to pixel art: normals, one key light, ramps, ordered dither, inner edges, rim and outline.

A `Canvas` is painted back to front. Each shape (capsule, ellipse, polygon, height field) gives a mask
and surface normals; the key light turns them into a brightness, which `image` quantises to a short
hue-shifted colour ramp with a 4x4 Bayer matrix. Where a shape covers another, the covered neighbours
become dark inner edges and receive a soft contact shadow; at the end the silhouette gets a rim of light
on its back and a one-pixel outline. Coordinates are pixels, x to the right, y down.

Comparisons are made on values rounded to 1e-6, so that the last bits of different mathematics
libraries cannot change a pixel.
"""

import itertools
import math
from copy import copy
from dataclasses import dataclass, field

import numpy as np

BAYER = (
    np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], dtype=np.float64) + 0.5
) / 16.0 - 0.5


def unit(vector):
    """The vector (sequence of 3 numbers) scaled to length 1, as an array of shape (3,)."""
    array = np.asarray(vector, dtype=np.float64)
    return array / math.sqrt(float((array * array).sum()))


KEY_LIGHT = unit((0.42, -0.78, 0.50))  # from above, a little in front of a fighter who faces right
HALF_VECTOR = unit(KEY_LIGHT + np.array([0.0, 0.0, 1.0]))  # between the light and the viewer


def rounded(array):
    """`array` rounded to 1e-6: ties come out the same on every machine."""
    return np.round(array, 6)


def smoothstep(t):
    """Cubic ease of numbers or arrays from 0 to 1, clamped outside."""
    t = np.clip(t, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def hash_noise(x, y, seed=0):
    """Repeatable noise in [0, 1) for integer arrays `x`, `y` (any broadcastable shapes)."""
    h = (np.asarray(x, dtype=np.int64) * 374761393 + np.asarray(y, dtype=np.int64) * 668265263) & 0xFFFFFFFF
    h = (h + seed * 1442695041) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFFFF) / float(1 << 24)


def value_noise(x, y, seed=0):
    """Smooth noise in [0, 1) with lattice spacing 1, for float arrays `x`, `y`."""
    x0, y0 = np.floor(rounded(x)).astype(np.int64), np.floor(rounded(y)).astype(np.int64)
    fx, fy = smoothstep(x - x0), smoothstep(y - y0)
    top = hash_noise(x0, y0, seed) * (1 - fx) + hash_noise(x0 + 1, y0, seed) * fx
    low = hash_noise(x0, y0 + 1, seed) * (1 - fx) + hash_noise(x0 + 1, y0 + 1, seed) * fx
    return top * (1 - fy) + low * fy


def fractal_noise(x, y, octaves=4, seed=0):
    """Sum of `octaves` value noises of halving weight and doubling frequency, scaled to [0, 1)."""
    total, weight, scale = 0.0, 0.5, 1.0
    for octave in range(octaves):
        total = total + weight * value_noise(x * scale, y * scale, seed + 31 * octave)
        weight, scale = weight / 2, scale * 2
    return total / (1 - 0.5**octaves)


def cells(x, y, size, seed=0):
    """Irregular cells about `size` pixels wide, for float arrays `x`, `y`.

    Returns (seam, key): how far each point is from its cell's border (0: on it), and a number in [0, 1)
    that is the same throughout a cell.
    """
    column, row = np.floor(rounded(x / size)).astype(np.int64), np.floor(rounded(y / size)).astype(np.int64)
    best, second = np.full(x.shape, 1e9), np.full(x.shape, 1e9)
    key = np.zeros(x.shape)
    for i in (column - 1, column, column + 1):
        for j in (row - 1, row, row + 1):
            px = (i + 0.15 + 0.7 * hash_noise(i, j, seed)) * size
            py = (j + 0.15 + 0.7 * hash_noise(i, j, seed + 1)) * size
            distance = rounded(np.sqrt((x - px) ** 2 + (y - py) ** 2))
            nearer = distance < best
            second = np.where(nearer, best, np.minimum(second, distance))
            key = np.where(nearer, hash_noise(i, j, seed + 2), key)
            best = np.where(nearer, distance, best)
    return second - best, key


def curve(points, steps=5):
    """Closed Catmull-Rom spline through `points` (n, 2), sampled `steps` times a segment."""
    p = np.asarray(points, dtype=np.float64)
    t = (np.arange(steps) / steps)[:, None]
    pieces = []
    for i in range(len(p)):
        a, b, c, d = p[i - 1], p[i], p[(i + 1) % len(p)], p[(i + 2) % len(p)]
        pieces.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        )
    return np.concatenate(pieces)


def path(points, steps=6):
    """Open Catmull-Rom spline through `points` (n, 2), both ends included."""
    p = np.asarray(points, dtype=np.float64)
    p = np.concatenate([[2 * p[0] - p[1]], p, [2 * p[-1] - p[-2]]])
    t = (np.arange(steps) / steps)[:, None]
    pieces = []
    for i in range(1, len(p) - 2):
        a, b, c, d = p[i - 1], p[i], p[i + 1], p[i + 2]
        pieces.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        )
    return np.concatenate([*pieces, p[-2:-1]])


@dataclass
class Shape:
    """A rasterised shape: boolean mask and unit normals, both over the window at (top, left)."""

    top: int
    left: int
    mask: np.ndarray
    nx: np.ndarray
    ny: np.ndarray


def _window(x0, y0, x1, y1):
    left, top = math.floor(x0) - 1, math.floor(y0) - 1
    ys, xs = np.mgrid[top : math.ceil(y1) + 2, left : math.ceil(x1) + 2]
    return top, left, xs + 0.5, ys + 0.5


def capsule(a, b, ra, rb):
    """A limb from `a` to `b` (x, y) whose radius goes from `ra` to `rb` pixels."""
    r = max(ra, rb)
    top, left, xs, ys = _window(
        min(a[0], b[0]) - r, min(a[1], b[1]) - r, max(a[0], b[0]) + r, max(a[1], b[1]) + r
    )
    dx, dy = b[0] - a[0], b[1] - a[1]
    t = np.clip(((xs - a[0]) * dx + (ys - a[1]) * dy) / max(dx * dx + dy * dy, 1e-9), 0.0, 1.0)
    radius = ra + (rb - ra) * t
    nx, ny = (xs - a[0] - t * dx) / radius, (ys - a[1] - t * dy) / radius
    return Shape(top, left, rounded(nx * nx + ny * ny) <= 1.0, nx, ny)


def ellipse(centre, rx, ry, angle=0.0):
    """An ellipsoid seen from the side; `angle` in degrees turns it clockwise on the screen."""
    r = max(rx, ry)
    top, left, xs, ys = _window(centre[0] - r, centre[1] - r, centre[0] + r, centre[1] + r)
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    u = ((xs - centre[0]) * c + (ys - centre[1]) * s) / rx
    v = (-(xs - centre[0]) * s + (ys - centre[1]) * c) / ry
    return Shape(top, left, rounded(u * u + v * v) <= 1.0, u * c - v * s, u * s + v * c)


def polygon(points, bevel=3.0, strength=0.85, tilt=(0.0, 0.0)):
    """A plate with corners `points` (n, 2) whose border slopes outwards over `bevel` pixels.

    `strength` is the sine of the slope at the very edge, `tilt` the normal (x, y) of the flat middle.
    """
    p = np.asarray(points, dtype=np.float64)
    top, left, xs, ys = _window(p[:, 0].min(), p[:, 1].min(), p[:, 0].max(), p[:, 1].max())
    inside = np.zeros(xs.shape, dtype=bool)
    best = np.full(xs.shape, np.inf)
    ox, oy = np.zeros(xs.shape), np.zeros(xs.shape)
    for i in range(len(p)):
        (ax, ay), (bx, by) = p[i - 1], p[i]
        if ay != by:
            crossing = ax + (ys - ay) * (bx - ax) / (by - ay)
            inside ^= ((ay > ys) != (by > ys)) & (rounded(xs - crossing) < 0)
        dx, dy = bx - ax, by - ay
        t = np.clip(((xs - ax) * dx + (ys - ay) * dy) / max(dx * dx + dy * dy, 1e-9), 0.0, 1.0)
        ex, ey = ax + t * dx - xs, ay + t * dy - ys
        distance = rounded(ex * ex + ey * ey)
        nearer = distance < best
        best = np.where(nearer, distance, best)
        ox, oy = np.where(nearer, ex, ox), np.where(nearer, ey, oy)
    depth = np.sqrt(np.maximum(best, 1e-9))
    slope = strength * np.clip(1.0 - depth / bevel, 0.0, 1.0)
    keep = 1.0 - slope
    return Shape(top, left, inside, ox / depth * slope + tilt[0] * keep, oy / depth * slope + tilt[1] * keep)


def height_field(top, left, mask, height):
    """A surface given by its height towards the viewer, in pixels, over a window."""
    dy, dx = np.gradient(height)
    length = np.sqrt(dx * dx + dy * dy + 1.0)
    return Shape(top, left, mask, -dx / length, -dy / length)


def _shift(mask, dy, dx):
    """`mask` moved by (dy, dx), with False coming in."""
    h, w = mask.shape
    out = np.zeros_like(mask)
    out[max(dy, 0) : h + min(dy, 0), max(dx, 0) : w + min(dx, 0)] = mask[
        max(-dy, 0) : h + min(-dy, 0), max(-dx, 0) : w + min(-dx, 0)
    ]
    return out


def grow(mask):
    """`mask` with its four-neighbours."""
    return mask | _shift(mask, 1, 0) | _shift(mask, -1, 0) | _shift(mask, 0, 1) | _shift(mask, 0, -1)


@dataclass
class Canvas:
    """A picture in the making: brightness and ramp number of each pixel, painted back to front.

    `ramps` maps a name to its colours, dark to light, each "#rrggbb". `outline` is the colour drawn
    around what is solid; `rims` maps a ramp to the one its back-lit border pixels take.
    """

    width: int
    height: int
    ramps: dict
    outline: str = "#0b0710"
    rims: dict = field(default_factory=dict)
    dither: float = 0.5

    def __post_init__(self):
        shape = (self.height, self.width)
        self.names = list(self.ramps)
        self.value = np.zeros(shape)
        self.ramp = np.full(shape, -1, dtype=np.int16)
        self.solid = np.zeros(shape, dtype=bool)
        self.edge = np.zeros(shape, dtype=bool)

    def part(self, window):
        """The canvas cut to `window` (slices of rows and columns): painting on it paints on this one."""
        cut = copy(self)
        cut.value, cut.ramp, cut.solid, cut.edge = (
            layer[window] for layer in (self.value, self.ramp, self.solid, self.edge)
        )
        cut.height, cut.width = cut.value.shape
        return cut

    def paint(self, shape, ramp, *, bias=0.0, gain=1.0, gloss=0.0, edge=True, shadow=0.16, inside=None):
        """Paints a lit shape and returns its mask on the canvas.

        `bias` and `gain` move and scale the brightness, `gloss` adds a highlight, `edge` darkens what
        borders on the shape, `shadow` what lies just below it, `inside` (mask) limits where it paints.
        """
        painted = np.zeros(self.solid.shape, dtype=bool)
        height, width = shape.mask.shape
        y0, x0 = max(shape.top - 3, 0), max(shape.left - 3, 0)
        y1, x1 = min(shape.top + height + 3, self.height), min(shape.left + width + 3, self.width)
        if y1 <= y0 or x1 <= x0:
            return painted
        here = (slice(y0, y1), slice(x0, x1))
        margin = ((3, 3), (3, 3))
        there = (
            slice(y0 - shape.top + 3, y1 - shape.top + 3),
            slice(x0 - shape.left + 3, x1 - shape.left + 3),
        )
        mask, nx, ny = (np.pad(part, margin)[there] for part in (shape.mask, shape.nx, shape.ny))
        if inside is not None:
            mask = mask & inside[here]
        nz = np.sqrt(np.maximum(0.0, 1.0 - nx * nx - ny * ny))
        light = np.clip(nx * KEY_LIGHT[0] + ny * KEY_LIGHT[1] + nz * KEY_LIGHT[2], 0.0, 1.0)
        shine = np.clip(nx * HALF_VECTOR[0] + ny * HALF_VECTOR[1] + nz * HALF_VECTOR[2], 0.0, 1.0) ** 18
        solid, value = self.solid[here], self.value[here]
        below = grow(_shift(mask, 1, 0) | _shift(mask, 2, 0)) & ~mask & solid
        value[below] -= shadow
        self.edge[here] &= ~mask
        if edge:
            self.edge[here] |= grow(mask) & ~mask & solid
        value[mask] = (bias + gain * (0.10 + 0.76 * light) + gloss * shine)[mask]
        self.ramp[here][mask] = self.names.index(ramp)
        solid[mask] = True
        painted[here] = mask
        return painted

    def fill(self, mask, ramp, value, solid=True):
        """Sets the pixels of `mask` to a ramp and a brightness (number or array), unlit."""
        self.value[mask] = np.broadcast_to(value, mask.shape)[mask]
        self.ramp[mask] = self.names.index(ramp)
        self.edge[mask] = False
        self.solid[mask] = solid

    def line(self, points, ramp, value, inside=None):
        """A one-pixel polyline through `points` (n, 2), optionally only where `inside` is true."""
        for (ax, ay), (bx, by) in itertools.pairwise(points):
            count = math.ceil(max(abs(bx - ax), abs(by - ay)) * 1.5) + 1
            for t in np.linspace(0.0, 1.0, count):
                x, y = ax + (bx - ax) * t, ay + (by - ay) * t
                self.dot(x, y, ramp, value, inside=inside)

    def dot(self, x, y, ramp, value, solid=True, inside=None):
        """One pixel, if it lies on the canvas (and where `inside` is true)."""
        px, py = math.floor(round(float(x), 6)), math.floor(round(float(y), 6))
        if not (0 <= px < self.width and 0 <= py < self.height) or (
            inside is not None and not inside[py, px]
        ):
            return
        self.value[py, px], self.ramp[py, px] = value, self.names.index(ramp)
        self.edge[py, px], self.solid[py, px] = False, solid

    def glow(self, field_value, ramp, over=True):
        """Paints light of brightness `field_value` (array, 0 and below: nothing); no outline."""
        mask = rounded(field_value) > 0
        if not over:
            mask &= ~self.solid
        self.fill(mask, ramp, field_value, solid=False)

    def shade(self, amount, mask=None):
        """Adds `amount` (number or array) to the brightness, everywhere or within `mask`."""
        self.value += amount if mask is None else np.where(mask, amount, 0.0)

    def sink(self, row):
        """Takes away what lies at or below pixel `row`: it is in the ground."""
        self.ramp[row:], self.solid[row:] = -1, False

    def image(self):
        """The finished picture: uint8 array (height, width, 4), alpha 0 or 255."""
        ramp, value = self.ramp.copy(), self.value.copy()
        bare = ~self.solid
        back = self.solid & (_shift(bare, 0, 1) | (_shift(bare, 1, 0) & _shift(bare, 1, 1)))
        for name, lit in self.rims.items():
            here = back & (self.ramp == self.names.index(name))
            ramp[here] = self.names.index(lit)
            self.edge[here] = False
            value[here] += 0.12
        bayer = np.tile(BAYER, (self.height // 4 + 1, self.width // 4 + 1))[: self.height, : self.width]
        out = np.zeros((self.height, self.width, 4), dtype=np.uint8)
        for number, name in enumerate(self.names):
            here = ramp == number
            if not here.any():
                continue
            colours = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in self.ramps[name]])
            level = np.floor(rounded(value[here] * len(colours) + self.dither * bayer[here])).astype(int)
            level = np.where(self.edge[here], np.minimum(level - 2, 1), level)
            out[here, :3] = colours[np.clip(level, 0, len(colours) - 1)]
            out[here, 3] = 255
        border = grow(self.solid) & ~self.solid & (self.ramp < 0)
        out[border, :3] = [int(self.outline[i : i + 2], 16) for i in (1, 3, 5)]
        out[border, 3] = 255
        return out
