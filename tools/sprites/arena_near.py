"""The nearer layers of the arena: piers and braziers, the flagstones, foreground shapes, fog.

Each function returns a uint8 image (height, width, 4). `TORCHES` are where flames burn in `near()`.
"""

import math

import numpy as np

from tools.sprites.arena import HEIGHT, HORIZON
from tools.sprites.scenery import STONE, Plate, chain, masonry, pier, rubble, soft, torn
from tools.sprites.shading import fractal_noise, hash_noise, rounded, smoothstep

NEAR_WIDTH, FLOOR_WIDTH, FRONT_WIDTH = 1000, 960, 1040
GROUND = 452  # the line the fighters' feet stand on
FLOOR_TOP = HORIZON
FRONT_TOP = 452  # nothing of the front layer is higher
VANISHING = 262.0  # the flagstones' lines meet at this height
TORCHES = ((196, 300), (804, 300), (352, 352), (648, 352))


def near():
    """Piers on both sides, hanging chains and banners, braziers, and rubble along the wall's foot."""
    plate = Plate(NEAR_WIDTH, HEIGHT)
    xs, ys, middle = plate.xs, plate.ys, NEAR_WIDTH / 2
    foot = HORIZON + 16
    for side in (-1, 1):
        _vault(plate, middle + side * 392.0, side)
        pier(plate, middle + side * 455.0, 46.0, -110, foot + 10, -side, 0.25, 11 + side)
        pier(plate, middle + side * 304.0, 27.0, -96, foot, -side, 0.27, 21 + side)
        _banner(plate, middle + side * 376.0, 74, side)
    plinth = (
        (ys > HORIZON - 12 - 5 * (torn(xs, 3, 31.0, 8.0) > 0.55)) & (ys < foot) & (np.abs(xs - middle) > 128)
    )
    plate.put(
        plinth & ~plate.alpha, 0.17 + 0.8 * masonry(xs, ys, 40.0, 14.0, 31) + 0.08 * (ys < HORIZON - 9), 0.2
    )
    for step in range(3):  # the altar's stairs under the window
        half, top = 118 + 14 * step, HORIZON - 10 + 9 * step
        tread = (np.abs(xs - middle) < half) & (ys > top) & (ys < foot + 2)
        plate.put(
            tread,
            0.20 - 0.03 * step + 0.16 * (ys < top + 3) + 0.5 * masonry(xs, ys, 44.0, 9.0, 40 + step),
            0.3,
        )
    for x, spread, tall, seed in (
        (88, 60, 20, 3),
        (262, 34, 16, 5),
        (742, 40, 22, 8),
        (905, 66, 24, 13),
        (586, 22, 8, 2),
    ):
        rubble(plate, x, foot + 3, spread, tall, seed)
    for x, y in TORCHES[:2]:
        chain(plate, x, -2, y - 10, 0.24, 0.5)
        for arm in (-14, 14):
            for k in range(24):
                px, py = x + arm * (k / 24.0), y - 34 + 30 * (k / 24.0)
                part = plate.window(px - 2, py - 2, px + 3, py + 3)
                part.put(np.hypot(part.xs - px, part.ys - py) < 1.1, 0.25, 0.6)
        _bowl(plate, x, y, 19.0)
    for x, y in TORCHES[2:]:
        stem = (np.abs(xs - x) < 2.6) & (ys > y) & (ys < foot - 4)
        plate.put(stem, 0.22 - 0.05 * (xs - x), 0.6)
        for k in (-1, 0, 1):
            leg = np.abs(xs - x - k * (ys - foot + 14) * 0.75) < 2.0
            plate.put(leg & (ys > foot - 14) & (ys < foot), 0.18, 0.5)
        plate.put((np.abs(xs - x) < 5) & (np.abs(ys - y - 30) < 2.5), 0.3, 0.6)
        _bowl(plate, x, y, 13.0)
    for x, y in TORCHES:
        plate.lamp(x, y - 8, 132.0 if y < 320 else 104.0, 0.85, 1.05)
    plate.light -= 0.08 * smoothstep((np.abs(xs - middle) - 330.0) / 200.0)
    return plate.image(STONE, 0.55)


def _bowl(plate, x, y, half):
    plate = plate.window(x - 26, y - 8, x + 27, y + 20)
    u, v = (plate.xs - x) / half, (plate.ys - y) / (half * 0.62)
    bowl = (u * u + v * v < 1) & (v > 0)
    plate.put(bowl, 0.20 + 0.16 * (1 - np.abs(u)) - 0.12 * v, 0.7)
    plate.put((np.abs(u) < 1.12) & (np.abs(plate.ys - y) < 2.0), 0.48 - 0.12 * np.abs(u), 0.8)
    coals = (np.abs(u) < 0.9) & (plate.ys > y - 4.5) & (plate.ys < y - 1.5)
    plate.put(coals & (hash_noise(np.floor(plate.xs / 2).astype(np.int64), 1, 3) > 0.25), 0.62, 1.0)


def _vault(plate, centre, side):
    """The stump of a rib vault between two piers: an arch seen against the sky, broken towards the middle."""
    xs, ys = plate.xs, plate.ys
    reach = np.hypot(xs - centre, (ys - 150.0) * 0.92)
    for radius, thick, tone in ((118.0, 22.0, 0.17), (108.0, 7.0, 0.30), (127.0, 6.0, 0.25)):
        rib = (np.abs(reach - radius) < thick / 2) & (ys < 96)
        stones = 0.6 * masonry(np.arctan2(ys - 150.0, xs - centre) * 110.0, reach, 19.0, 22.0, 6)
        plate.put(rib, tone + stones + 0.03 * side, 0.25)


def _banner(plate, centre, top, side):
    """A torn banner, crimson where the fire still reaches it, with a flame embroidered in it."""
    plate = plate.window(centre - 34, top - 4, centre + 35, 250)
    xs, ys = plate.xs, plate.ys
    sway = 3.0 * np.sin(ys / 37.0 + side)
    u = (xs - centre - sway) / 23.0
    hem = (
        214.0
        + 22.0 * np.abs(np.sin(u * 4.1 + 0.7 * side))
        + 14.0 * (hash_noise(np.floor(xs / 3).astype(np.int64), 2, 5) - 0.5)
    )
    cloth = (np.abs(u) < 1) & (ys > top) & (ys < hem)
    hole = fractal_noise(xs / 13.0, ys / 19.0, 3, 50 + side) > 0.70
    folds = np.sin(u * 7.0 + ys / 60.0) * 0.055
    plate.put(
        cloth & ~hole, 0.20 + folds - 0.10 * smoothstep((ys - top) / 160.0) + 0.05 * (np.abs(u) > 0.86), 0.95
    )
    v = (ys - 142.0) / 34.0
    half = 0.46 * np.sqrt(np.clip(1 - v * v, 0, 1)) * (0.55 + 0.45 * v) + 0.06 * np.sin(ys / 5.0)
    flame = cloth & ~hole & (np.abs(u) < half) & (np.abs(v) < 1) & (np.abs(u) > half - 0.17)
    plate.put(flame, 0.46, 0.75)
    plate.put((np.abs(u) < 1.25) & (np.abs(ys - top) < 2.4), 0.28, 0.5)


def floor():
    """Flagstones in perspective, light fallen through the rose window, a scorched circle of runes."""
    tall = HEIGHT - FLOOR_TOP
    plate = Plate(FLOOR_WIDTH, tall)
    xs, ys = plate.xs, plate.ys + FLOOR_TOP
    middle = FLOOR_WIDTH / 2
    below = ys - VANISHING
    z = 21000.0 / below  # depth in floor pixels: 0 at the viewer
    x = (xs - middle) * 190.0 / below
    row = np.floor(z / 7.6)
    shift = 24.0 * (row % 2) + 14.0 * hash_noise(row.astype(np.int64), 3, 4)
    column = np.floor((x + shift + 2000.0) / 48.0)
    u, v = (x + shift + 2000.0) / 48.0 - column, z / 7.6 - row
    tone = hash_noise(column.astype(np.int64), row.astype(np.int64), 6)
    wear = fractal_noise(x / 15.0 + 70.0, z / 3.2, 4, 12)
    light = 0.165 + 0.075 * (tone - 0.5) + 0.16 * (wear - 0.5) + 0.06 * (ys - GROUND) / 90.0
    joint_x, joint_z = (
        np.minimum(u, 1 - u) * 48.0 * below / 190.0,
        np.minimum(v, 1 - v) * 7.6 * below**2 / 21000.0,
    )
    crack = np.minimum(joint_x, joint_z) + 2.6 * (wear - 0.5)
    light = np.where(rounded(crack) < 0.9, light - 0.10, np.where(rounded(crack) < 1.9, light + 0.055, light))
    fissure = np.abs(fractal_noise(x / 60.0 + 11.0, z / 11.0 + 4.0, 4, 77) - 0.5)
    light = np.where(rounded(fissure) < 0.006, light - 0.12, light)
    plate.put(np.ones(xs.shape, dtype=bool), light, 0.22)
    pool = np.clip(1 - np.hypot((xs - middle) / 400.0, (ys - 456.0) / 84.0), 0.0, 1.0)
    plate.light += 0.17 * soft(pool, 1.0) * (0.4 + 1.2 * wear)
    plate.warm += 0.22 * pool
    _circle(plate, xs - middle, (ys - 466.0) * 4.3, wear)
    for torch, _ in TORCHES:
        glow = np.clip(1 - np.hypot((xs - torch + 20) / 170.0, (ys - 420.0) / 70.0), 0.0, 1.0) ** 1.6
        plate.light += 0.20 * glow * (0.4 + 1.2 * wear)
        plate.warm += 0.9 * glow
    plate.light -= 0.10 * smoothstep((np.abs(xs - middle) - 300.0) / 190.0)
    plate.light -= 0.13 * smoothstep((ys - 492.0) / 50.0)
    plate.light = np.where(ys < FLOOR_TOP + 5, plate.light * 0.6, plate.light)
    return plate.image(STONE, 0.55)


def _circle(plate, u, v, wear):
    """A ring of runes burnt into the floor, still smouldering."""
    reach, angle = np.hypot(u, v), np.arctan2(v, u)
    worn = wear > 0.36
    for radius, thick in ((292.0, 5.0), (246.0, 3.4), (150.0, 2.6)):
        ring = (np.abs(reach - radius) < thick) & worn
        plate.put(ring, 0.27 + 0.22 * (wear - 0.4), 0.95)
    for number in range(28):
        a = 2 * math.pi * number / 28
        along = (reach - 269.0) / 15.0
        across = (np.angle(np.exp(1j * (angle - a)))) * reach / 13.0
        cell = (np.abs(along) < 1) & (np.abs(across) < 1)
        bit = hash_noise(
            np.floor((across + 1) * 2).astype(np.int64) + 9 * number,
            np.floor((along + 1) * 2).astype(np.int64),
            5,
        )
        plate.put(cell & (bit > 0.52) & worn, 0.30 + 0.2 * (wear - 0.4), 1.0)
    for number in range(5):  # a star between the inner rings
        a, b = (2 * math.pi * (k / 5) - math.pi / 2 for k in (number, number + 2))
        ax, ay, bx, by = 246 * math.cos(a), 246 * math.sin(a), 246 * math.cos(b), 246 * math.sin(b)
        t = np.clip(((u - ax) * (bx - ax) + (v - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2), 0, 1)
        near_line = np.hypot(u - ax - t * (bx - ax), v - ay - t * (by - ay)) < 2.6
        plate.put(near_line & worn & (fractal_noise(u / 30.0, v / 30.0, 2, 9) > 0.40), 0.25, 0.9)


def front():
    """Dark shapes before the fighters: broken balusters, rubble, candelabra with dead candles."""
    plate = Plate(FRONT_WIDTH, HEIGHT)
    xs, ys, middle = plate.xs, plate.ys, FRONT_WIDTH / 2
    away = np.abs(xs - middle)
    ground = 540.0 - 26.0 * soft(away - 270.0, 230.0) * (0.5 + torn(xs, 15, 24.0, 7.0))
    plate.put(ys > ground, 0.03 + 0.10 * (ys < ground + 2.0), 0.3)
    for side in (-1, 1):
        for number, tall in enumerate((78, 66, 0, 52)):
            x = middle + side * (500.0 - 34.0 * number)
            if not tall:
                continue
            v = (540.0 - ys) / tall
            half = 5.0 + 3.6 * np.sin(np.clip(v, 0, 1) * math.pi * 2.0 - 0.9)
            lit = (side * (x - xs) > half - 2.0).astype(float)
            plate.put((np.abs(xs - x) < half) & (v > 0) & (v < 1), 0.035 + 0.10 * lit, 0.35)
    return plate.image(STONE, 0.6)[FRONT_TOP:]


def fog(width=512, height=112):
    """A strip of mist that tiles sideways: uint8 (height, width, 4), alpha in eight steps."""
    ys, xs = np.mgrid[0:height, 0:width] + 0.5
    turn = xs / width * 2 * math.pi
    px, py = np.cos(turn) * 2.1 + 20.0, np.sin(turn) * 2.1 + 20.0
    body = fractal_noise(px + ys / 70.0, py + ys / 34.0, 5, 6)
    rise = np.sin(math.pi * np.clip(ys / height, 0, 1)) ** 1.3
    alpha = np.clip((body - 0.34) * 2.3, 0.0, 1.0) * rise
    steps = np.floor(rounded(alpha * 7.0 + 0.5)).astype(int)
    out = np.zeros((height, width, 4), dtype=np.uint8)
    out[..., :3] = (116, 120, 148)
    out[..., 3] = np.clip(steps, 0, 7) * 15
    out[steps == 0] = 0
    return out
