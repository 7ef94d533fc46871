"""Light and debris drawn over the fight: glows, the Aegis bubble, sparks, flames, dust, shock waves.

`effects()` returns {name: (frames, anchor, blend, ticks a frame, repeats)}; frames are uint8 arrays
(height, width, 4). Glows are meant to be added to what is below ("add"), the others laid over it.
"""

import math

import numpy as np

from tools.sprites.fire import tongue
from tools.sprites.palettes import EMBER, SLIME, rgb
from tools.sprites.shading import BAYER, Canvas, capsule, ellipse, fractal_noise, hash_noise, rounded

CYAN = ("#06303c", "#0c5a68", "#189aa0", "#4ad8d0", "#a8fff0", "#f0fffc")
RED = ("#3a040c", "#780a14", "#c4161a", "#ff4030", "#ff9a70", "#ffe8d0")
DUST = ("#1a1a26", "#2e2d3c", "#474556", "#676374", "#8c8692")
COLD = ("#1c2440", "#34507a", "#6a94b4", "#b4dce4", "#f4ffff")


def _grid(width, height):
    ys, xs = np.mgrid[0:height, 0:width]
    return xs + 0.5 - width / 2, ys + 0.5 - height / 2


def veil(strength, ramp, most=220, steps=9):
    """`strength` (0 to 1) as light: dithered alpha in a few steps, the colour climbing the ramp."""
    h, w = strength.shape
    bayer = np.tile(BAYER, (h // 4 + 1, w // 4 + 1))[:h, :w]
    level = np.clip(np.floor(rounded(strength * steps + 0.5 + 0.9 * bayer)), 0, steps).astype(int)
    table = np.array([rgb(colour) for colour in ramp], dtype=np.uint8)
    out = np.zeros((h, w, 4), dtype=np.uint8)
    out[..., :3] = table[np.clip(level * len(ramp) // (steps + 1), 0, len(ramp) - 1)]
    out[..., 3] = level * most // steps
    out[level == 0] = 0
    return out


def _painted(field, ramp):
    """Opaque pixels wherever `field` is above 0, coloured by its value."""
    canvas = Canvas(field.shape[1], field.shape[0], {"light": ramp}, dither=0.5)
    canvas.glow(field, "light")
    return canvas.image()


def glow(size, ramp, power=2.0, most=200):
    """A round soft light of `size` pixels."""
    x, y = _grid(size, size)
    return veil(np.clip(1.0 - np.hypot(x, y) / (size / 2), 0.0, 1.0) ** power, ramp, most, 12)


def aegis():
    """The knight's bubble: a bright rim, a drifting lattice of hexagons, a highlight; 8 frames."""
    frames = []
    x, y = _grid(104, 104)
    reach = np.hypot(x, y) / 49.0
    inside = reach < 1.0
    bulge = np.arcsin(np.clip(reach, 0, 1)) / np.maximum(reach, 1e-3)
    for i in range(8):
        px, py = x * bulge / 15.0 + 0.25, y * bulge / 15.0
        q, r = px * 2 / 3, -px / 3 + math.sqrt(3) / 3 * py
        s = -q - r
        rq, rr, rs = np.round(q), np.round(r), np.round(s)
        dq, dr, ds = np.abs(rq - q), np.abs(rr - r), np.abs(rs - s)
        rq, rr = np.where((dq > dr) & (dq > ds), -rr - rs, rq), np.where((dr >= dq) & (dr > ds), -rq - rs, rr)
        fq, fr = q - rq, r - rr
        edge = np.maximum(np.maximum(np.abs(fq - fr), np.abs(2 * fr + fq)), np.abs(2 * fq + fr))
        beat = 0.5 + 0.5 * np.sin(2 * math.pi * (i / 8 - reach) + 2.2 * rq + 1.3 * rr)
        lattice = np.clip((edge - 0.84) * 7.0, 0, 1) * (0.12 + 0.42 * beat) * (0.25 + 0.75 * reach**2)
        rim = np.clip(1 - np.abs(reach - 0.955) / 0.045, 0, 1) + 0.42 * np.clip(reach - 0.66, 0, 1) / 0.34
        shine = np.clip(1 - np.hypot((x + 20) / 17.0, (y + 28) / 8.0), 0, 1) * 0.75
        strength = (
            lattice + rim * (0.78 + 0.12 * np.sin(4 * np.arctan2(y, x) + 2 * math.pi * i / 8)) + shine + 0.04
        )
        frames.append(veil(np.clip(strength, 0, 1) * inside, CYAN, 225, 10))
    return frames


def aegis_shatter():
    """The bubble bursts: a flash along its rim, then its panes fly apart, turn and fade; 8 frames."""
    frames = []
    x, y = _grid(152, 152)
    for i in range(8):
        t = (i + 0.4) / 8
        field = np.clip(1 - np.abs(np.hypot(x, y) - 47 - 22 * t) / (4.0 - 3.0 * t), 0, 1) * (1.0 - 1.6 * t)
        for k in range(30):
            pick = [float(hash_noise(k, n, 61)) for n in range(4)]
            bearing = 2 * math.pi * (k + 0.6 * pick[0]) / 30
            far = 12 + 32 * math.sqrt(pick[1]) + (8 + 18 * pick[2]) * (1 - (1 - t) ** 2)
            px, py = far * math.cos(bearing), far * math.sin(bearing) + 26 * t * t
            spin = bearing + (pick[3] - 0.5) * 7 * t
            u = (x - px) * math.cos(spin) + (y - py) * math.sin(spin)
            v = -(x - px) * math.sin(spin) + (y - py) * math.cos(spin)
            size = (4.0 + 5.5 * pick[3]) * (1 - 0.6 * t)
            squash = 0.45 + 0.55 * abs(math.cos(5 * t + 6 * pick[0]))  # a pane seen as it turns
            inside = 1 - np.maximum(np.abs(v) / squash, np.abs(v) / squash * 0.5 + np.abs(u) * 0.87) / size
            pane = (
                np.where(inside > 0, np.where(inside < 0.32, 0.95, 0.34 + 0.3 * pick[2]), 0) * (1 - t) ** 0.45
            )
            field = np.maximum(field, pane)
        frames.append(veil(np.clip(field, 0, 1), CYAN, 235, 10))
    return frames


def ember_puff():
    """Embers kicked up by a burning knight's foot; 6 frames, standing on the bottom line."""
    frames = []
    for i in range(6):
        t = (i + 0.5) / 6
        x, y = _grid(40, 28)
        field = np.zeros((28, 40))
        for k in range(9):
            pick = [float(hash_noise(k, n, 73)) for n in range(4)]
            px = (pick[0] - 0.5) * (8 + 34 * t)
            py = 12 - (8 + 20 * pick[1]) * t + 9 * t * t + 1.5 * math.sin(7 * t + k)
            size = (1.9 - 1.3 * pick[2]) * (1 - t) + 0.35
            field = np.maximum(field, np.where(np.abs(x - px) + np.abs(y - py) < size, 0.95 - 0.75 * t, 0))
        low = np.clip(1 - np.hypot(x / (7 + 12 * t), (y - 13) / (4.5 - 2 * t)), 0, 1)
        field = np.maximum(field, np.where(low > 0.15 + 0.6 * t, 0.25 + 0.7 * low * (1 - t), 0))
        frames.append(_painted(np.minimum(field, 0.99), EMBER))
    return frames


def spark(ramp, seed, rays=11):
    """A hit: a star of shards flying outwards; 6 frames."""
    frames = []
    for i in range(6):
        t = (i + 0.6) / 6
        field = np.zeros((72, 72))
        x, y = _grid(72, 72)
        reach, angle = np.hypot(x, y), np.arctan2(y, x)
        for k in range(rays):
            pick = [float(hash_noise(k, n, seed)) for n in range(3)]
            a = 2 * math.pi * (k + 0.7 * pick[0]) / rays
            out = (12 + 22 * pick[1]) * (1 - (1 - t) ** 2)
            length = (5 + 17 * pick[2]) * (1 - t) ** 0.7 * min(1, 4 * t)
            along = x * math.cos(a) + y * math.sin(a) - out
            across = np.abs(-x * math.sin(a) + y * math.cos(a))
            width = 2.3 * (1 - t) * np.clip(1 - np.abs(along) / max(length, 1), 0, 1)
            field = np.maximum(
                field, np.where(across < width + 0.25 * (np.abs(along) < length), 1.0 - 0.5 * t, 0)
            )
        if i < 3:
            star = 1 - reach / (17 - 4 * i) * (0.6 + 0.5 * np.abs(np.sin(2 * angle)))
            field = np.maximum(field, np.clip(star, 0, 1) ** 0.5 * (1.02 - 0.1 * i))
        frames.append(_painted(np.minimum(field, 0.99), ramp))
    return frames


def flame():
    """A torch's fire standing on its bowl; 8 frames."""
    frames = []
    for i in range(8):
        heat = np.zeros((56, 40))
        for k, (x, length, width, lean) in enumerate(
            ((20, 40, 7.0, 0), (13, 25, 5.0, 10), (27, 27, 5.0, -9), (17, 31, 4.5, -5))
        ):
            phase = 2 * math.pi * (i / 8 + 0.29 * k)
            tongue(heat, (x, 51), length * (0.85 + 0.15 * math.sin(phase)), width, 90 + lean, phase, 0.36)
        field = np.where(heat > 0, 0.06 + 0.95 * heat, 0.0)
        for k in range(4):
            life = (i / 8 + k / 4) % 1.0
            px, py = 20 + 7 * math.sin(5 * life + 2 * k), 34 - 32 * life
            field[int(py), int(px)] = max(field[int(py), int(px)], 0.8 - 0.5 * life)
        frames.append(_painted(field, EMBER))
    return frames


def dust():
    """Puffs that leave a foot or a landing; 6 frames, standing on the bottom line."""
    frames = []
    for i in range(6):
        t = (i + 0.5) / 6
        canvas = Canvas(72, 32, {"dust": DUST}, dither=0.9)
        field = np.zeros((32, 72))
        for k in range(9):
            pick = [float(hash_noise(k, n, 44)) for n in range(4)]
            x = 36 + (pick[0] - 0.5) * (16 + 56 * t)
            y = 30 - 16 * t * pick[1]
            r = (3.0 + 4.5 * pick[2]) * math.sin(math.pi * min(0.15 + 0.85 * t, 1.0)) + 0.4
            px, py = _grid(72, 32)
            d = np.hypot(px + 36 - x, (py + 16 - y) * 1.2) / r
            field = np.maximum(
                field, np.where(d < 1, np.clip(1 - d, 0, 1) ** 0.5 * (0.9 - 0.6 * t) + 0.05, 0)
            )
        bayer = np.tile(BAYER, (8, 18))
        canvas.glow(np.where(bayer + 0.5 < 1.25 - t, field, 0.0), "dust")
        frames.append(canvas.image())
    return frames


def splash():
    """Slime thrown up by a blow: blobs on arcs; 6 frames."""
    frames = []
    for i in range(6):
        t = (i + 0.7) / 6
        canvas = Canvas(
            80, 64, {"body": SLIME["body"], "crack": SLIME["crack"]}, outline="#0a0510", dither=0.5
        )
        for k in range(10):
            pick = [float(hash_noise(k, n, 91)) for n in range(4)]
            vx, vy = (pick[0] - 0.5) * 62, 26 + 34 * pick[1]
            x, y = 40 + vx * t, 52 - vy * t * 1.6 + 66 * t * t
            size = (1.4 + 3.2 * pick[2]) * (1 - 0.75 * t)
            tail = (x - vx * 0.07, y + (vy * 1.6 - 132 * t) * 0.07)
            canvas.paint(
                capsule((x, y), tail, size, max(size * 0.4, 0.5)),
                "body",
                bias=0.12,
                gloss=0.6,
                edge=False,
                shadow=0,
            )
        if i < 3:
            canvas.paint(ellipse((40, 50), 13 - 3 * i, 7 - 2 * i), "body", bias=0.25, gloss=0.6)
        frames.append(canvas.image())
    return frames


def shockwave():
    """The cleaver on stone: a flat ring of red light with thrown chips; 6 frames."""
    frames = []
    x, y = _grid(176, 48)
    for i in range(6):
        t = (i + 0.8) / 6
        reach = np.hypot(x, (y - 8) * 4.6)
        radius = 18 + 66 * (1 - (1 - t) ** 2)
        ring = np.clip(1 - np.abs(reach - radius) / (13 * (1 - t) + 3), 0, 1) * (1.1 - t)
        teeth = 0.55 + 0.9 * fractal_noise(np.arctan2(y - 8, x) * 6 + 20, reach / 30, 2, 3)
        field = np.where(y > -20, ring * teeth, 0)
        for k in range(14):
            pick = [float(hash_noise(k, n, 12)) for n in range(3)]
            px = (pick[0] - 0.5) * 150 * t
            py = 8 - (20 + 34 * pick[1]) * t + 46 * t * t
            if -22 < py < 16:
                field = np.maximum(field, 0.9 * (1 - t) * (np.abs(x - px) + np.abs(y - py) < 2.2 - t))
        frames.append(veil(np.clip(field, 0, 1), RED, 235, 10))
    return frames


def rays(width=560, height=420):
    """Light falling from the rose window: soft shafts that spread downwards."""
    x, y = _grid(width, height)
    y = y + height / 2
    spread = x / (0.32 + 0.68 * y / height)
    shafts = fractal_noise(spread / 34.0 + 50.0, y / 900.0, 3, 14)
    fade = (
        np.clip(1 - np.abs(spread) / (width * 0.47), 0, 1)
        * np.sin(math.pi * np.clip(y / height, 0, 1)) ** 0.8
    )
    return veil(np.clip((shafts - 0.40) * 2.4, 0, 1) * fade * 0.8, ("#4a3040", "#7a4c44", "#b07a50"), 62, 7)


def shadow(width=112, height=18):
    """The dark patch under a fighter."""
    x, y = _grid(width, height)
    strength = np.clip(1 - np.hypot(x / (width / 2), y / (height / 2)), 0, 1) ** 0.8
    return veil(strength, ("#04030a",), 190, 6)


def effects():
    """{name: (frames, anchor, blend, ticks a frame, repeats)} of every effect."""
    return {
        "ember": ([glow(10, EMBER, 1.2, 255)], (5, 5), "add", 1.0, None),
        "glow_ember": ([glow(192, EMBER[:5], 2.0, 120)], (96, 96), "add", 1.0, None),
        "glow_red": ([glow(256, RED[:4], 1.8, 170)], (128, 128), "add", 1.0, None),
        "glow_cyan": ([glow(160, CYAN[:4], 1.8, 130)], (80, 80), "add", 1.0, None),
        "aegis": (aegis(), (52, 52), "add", 5.0, 0),
        "aegis_shatter": (aegis_shatter(), (76, 76), "add", 3.0, None),
        "spark": (spark(EMBER, 5), (36, 36), "add", 2.5, None),
        "spark_guard": (spark(COLD, 17, 9), (36, 36), "add", 2.5, None),
        "spark_blood": (spark(RED, 29, 13), (36, 36), "add", 3.0, None),
        "splash": (splash(), (40, 56), "normal", 4.0, None),
        "flame": (flame(), (20, 51), "normal", 5.0, 0),
        "ember_puff": (ember_puff(), (20, 27), "normal", 3.0, None),
        "dust": (dust(), (36, 31), "normal", 4.0, None),
        "shockwave": (shockwave(), (88, 32), "add", 3.5, None),
        "rays": ([rays()], (280, 0), "add", 1.0, None),
        "shadow": ([shadow()], (56, 9), "normal", 1.0, None),
    }
