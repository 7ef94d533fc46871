"""The arena behind the fighters: an eclipse over ruined spires, and the broken west wall before it.

`far()` and `mid()` each return a uint8 image (540, width, 4). Nearer layers are in `arena_near`. The
layers are wider than the view of 960 pixels by what they shift when the camera moves.
"""

import math

import numpy as np

from tools.sprites.scenery import SKY, STONE, Plate, masonry, pointed, soft, torn
from tools.sprites.shading import fractal_noise, grow, hash_noise, rounded, smoothstep

HEIGHT = 540
FAR_WIDTH, MID_WIDTH = 1080, 1040
HORIZON = 408  # where the hall's floor begins


def far():
    """The sky beyond the ruin: clouds, an eclipsed sun, three rows of spires fading into haze."""
    plate = Plate(FAR_WIDTH, HEIGHT)
    xs, ys, middle = plate.xs, plate.ys, FAR_WIDTH / 2
    drop = ys / 420.0
    warp = 60.0 * fractal_noise(xs / 170.0, ys / 90.0, 3, 3)
    cloud = fractal_noise((xs + warp) / 150.0, (ys + 0.4 * warp) / 46.0, 5, 1)
    light = 0.16 + 0.22 * drop**2 + 0.34 * (cloud - 0.5)
    warm = 0.16 + 0.75 * smoothstep(drop - 0.25) + 0.25 * (cloud - 0.5)
    plate.put(np.ones(xs.shape, dtype=bool), light, warm)
    reach = np.hypot(xs - middle, ys - 168.0)
    angle = np.arctan2(ys - 168.0, xs - middle)
    rays = fractal_noise(angle * 7.0 + 30.0, reach / 260.0, 3, 8)
    halo = np.clip(1.0 - reach / 300.0, 0.0, 1.0) ** 2
    plate.light += 0.62 * halo * (0.55 + 0.9 * rays)
    plate.warm += 0.75 * np.clip(1.0 - reach / 330.0, 0.0, 1.0)
    corona = np.exp(-np.abs(reach - 62.0) / 9.0) * (0.75 + 0.5 * rays) * (reach > 58)
    plate.light += 0.95 * corona
    plate.warm -= 0.25 * corona
    disc = rounded(reach) < 60.0
    plate.put(disc, 0.03 + 0.05 * soft(reach - 46.0, 14.0), 1.0)
    rim = disc & (reach > 57.4) & (np.cos(angle + 0.9) > -0.4)
    plate.put(rim, 0.92, 0.8)
    for row, (base, tone, heat, step, seed) in enumerate(
        ((352, 0.27, 0.85, 47, 2), (384, 0.17, 0.7, 61, 5), (420, 0.09, 0.5, 83, 9))
    ):
        _spires(plate, base, tone, heat, step, seed, row)
    mist = 0.16 * smoothstep((ys - 300.0) / 120.0) * (0.4 + fractal_noise(xs / 130.0, ys / 24.0, 4, 17))
    plate.light += mist
    return plate.image(SKY, 0.7)


def _spires(plate, base, tone, heat, step, seed, row):
    """A row of towers with pointed roofs, pinnacles and a few lit windows."""
    xs, ys = plate.xs, plate.ys
    mask = ys > base + 14.0 * (fractal_noise(xs / 60.0, 0 * ys, 3, seed) - 0.5)
    lit = np.zeros(mask.shape, dtype=bool)
    for number in range(-1, FAR_WIDTH // step + 2):
        pick = [float(hash_noise(number, k, seed)) for k in range(6)]
        x = number * step + (pick[0] - 0.5) * step * 0.7
        half, tall = 7 + 10 * pick[1] + 3 * row, 26 + 84 * pick[2] ** 1.6
        roof = half * (2.0 + 2.4 * pick[3])
        top = base - tall
        view = np.s_[:, max(int(x - half - 5), 0) : max(int(x + half + 6), 0)]
        wx, wy, tower = xs[view], ys[view], mask[view]
        tower |= (np.abs(wx - x) < half) & (wy > top)
        slant = (wy - (top - roof)) / roof
        tower |= (np.abs(wx - x) < (half + 1.5) * slant) & (wy <= top + 1) & (slant > 0)
        tower |= (np.abs(wx - x) < 0.9) & (wy > top - roof - 9) & (wy <= top)
        for side in (-1, 1):
            edge = x + side * half
            point = (wy - (top - 15)) / 15
            tower |= (np.abs(wx - edge) < 3.0 * np.clip(point, 0, 1)) & (wy > top - 15) & (wy < base)
        if pick[4] > 0.35:
            window = top + 10 + 12 * pick[5]
            lit[view] |= pointed(wx, wy, x, window, 1.6, window + 6) > 0
    shade = tone + 0.05 * (fractal_noise(xs / 9.0, ys / 14.0, 2, seed) - 0.5)
    plate.put(mask, shade + 0.16 * smoothstep((ys - base + 30.0) / 70.0), heat)
    plate.put(lit & mask, 0.62 - 0.1 * row, 1.0)


def _rose(plate, cx, cy, radius):
    """Cuts the rose window; returns masks of its stone tracery and of the panes that still hold glass."""
    xs, ys = plate.xs, plate.ys
    reach, angle = np.hypot(xs - cx, ys - cy), np.arctan2(ys - cy, xs - cx)
    opening = rounded(reach) < radius
    plate.cut(opening)
    turns = angle / (2 * math.pi)
    stone = (
        (np.abs(reach - radius + 4) < 4.5)
        | (np.abs(reach - radius * 0.33) < 3.4)
        | (np.abs(reach - radius * 0.10) < 3.0)
    )
    spoke = np.abs((turns * 12.0) - np.round(turns * 12.0)) / 12.0 * 2 * math.pi * reach
    stone |= (rounded(spoke) < 2.3) & (reach > radius * 0.33) & (reach < radius * 0.72)
    inner = np.abs((turns * 6.0) - np.round(turns * 6.0)) / 6.0 * 2 * math.pi * reach
    stone |= (rounded(inner) < 1.9) & (reach < radius * 0.33) & (reach > radius * 0.10)
    for number in range(12):
        a = 2 * math.pi * (number + 0.5) / 12
        petal = np.hypot(xs - cx - radius * 0.70 * math.cos(a), ys - cy - radius * 0.70 * math.sin(a))
        stone |= np.abs(petal - radius * 0.175) < 2.3
        b = 2 * math.pi * number / 12
        eye = np.hypot(xs - cx - radius * 0.87 * math.cos(b), ys - cy - radius * 0.87 * math.sin(b))
        stone |= np.abs(eye - radius * 0.075) < 1.7
    pane = np.floor((turns + 1.0) * 12.0).astype(np.int64) * 8 + np.floor(reach / radius * 4.0).astype(
        np.int64
    )
    keeps = hash_noise(pane, 3, 21) < 0.52
    gone = (
        fractal_noise(xs / 26.0, ys / 26.0, 3, 33)
        + 0.24 * smoothstep((cy + 30.0 - ys) / 120.0)
        - 0.1 * smoothstep((cx - xs) / 90.0)
        > 0.68
    )
    ring = opening & (reach > radius - 8.5)
    left = opening & (stone | keeps) & ~gone | ring
    view = np.s_[
        max(int(cy - radius) - 2, 0) : int(cy + radius) + 3,
        max(int(cx - radius) - 2, 0) : int(cx + radius) + 3,
    ]
    held, left = ring[view], left[view]
    while True:  # only what still hangs together with the ring has not fallen
        more = grow(held) & left
        if np.array_equal(more, held):
            break
        held = more
    standing = np.zeros(opening.shape, dtype=bool)
    standing[view] = held
    return standing & (stone | ring), standing & ~stone & ~ring, pane


def mid():
    """The hall's end wall: rose window, lancets, buttresses, and the roof torn open above it."""
    plate = Plate(MID_WIDTH, HEIGHT)
    xs, ys, middle = plate.xs, plate.ys, MID_WIDTH / 2
    away = np.abs(xs - middle)
    crest = 40.0 + 96.0 * torn(xs, 4, 38.0, 9.0) * soft(away - 120.0, 130.0) - 40.0 * (away < 150)
    gap = 150.0 * np.exp(-(((xs - middle - 300.0) / 92.0) ** 2)) + 120.0 * np.exp(
        -(((xs - middle + 330.0) / 76.0) ** 2)
    )
    wall = ys > crest + gap * (0.8 + 0.35 * torn(xs, 9, 17.0, 5.0))
    blocks = masonry(xs, ys, 34.0, 17.0, 3)
    near_window = np.clip(1.0 - np.hypot(xs - middle, (ys - 170.0) * 1.1) / 330.0, 0.0, 1.0)
    base = 0.18 + 0.07 * near_window + 0.9 * blocks - 0.03 * smoothstep(ys / 400.0)
    plate.put(wall & (ys < HORIZON + 30), base, 0.22 + 0.2 * near_window)
    edge = wall & ~np.roll(wall, 1, axis=0)
    plate.put(edge | np.roll(edge, 1, axis=0) & wall, 0.40, 0.55)
    _arcade(plate, middle, base)
    frame = np.hypot(xs - middle, ys - 168.0)
    for r, thick, tone in ((134.0, 7.0, 0.31), (126.0, 5.0, 0.20), (120.0, 5.0, 0.36)):
        band = wall & (np.abs(frame - r) < thick / 2)
        up = (168.0 - ys) / np.maximum(frame, 1.0)
        plate.put(band, tone + 0.05 * up + 0.5 * blocks, 0.4)
    stone, glass, pane = _rose(plate, middle, 168.0, 117.0)
    shade = 0.15 + 0.10 * (fractal_noise(xs / 7.0, ys / 7.0, 2, 8) - 0.5)
    plate.put(stone, shade + 0.22 * (stone & ~np.roll(stone, 1, axis=0)), 0.5)
    tint = hash_noise(pane, 11, 5)
    glow = np.clip(1.0 - np.abs(frame - 62.0) / 70.0, 0.0, 1.0)
    lead = (np.floor((xs + ys) / 7.0) + np.floor((xs - ys) / 7.0)) % 2
    plate.put(
        glass,
        0.30 + 0.34 * glow + 0.10 * tint + 0.05 * lead,
        np.where(tint < 0.62, 1.0, np.where(tint < 0.85, 0.5, 0.0)),
    )
    for offset in (-1, 1):
        _niche(plate, middle + offset * 232.0, base, offset)
    dark = 0.10 * smoothstep((away - 300.0) / 220.0)
    plate.light -= dark
    return plate.image(STONE, 0.55)


def _arcade(plate, middle, base):
    """Five tall lancets under the rose and blind arches along the sides."""
    xs, ys = plate.xs, plate.ys
    for number in range(-2, 3):
        centre = middle + number * 47.0
        inside = pointed(xs, ys, centre, 330.0 + 6 * abs(number), 14.5, 392.0)
        plate.put((inside > -7) & (inside <= 0) & (ys < 398), 0.32 - 0.1 * (inside < -4.5), 0.45)
        plate.cut(inside > 0)
        bar = (inside > 0) & ((np.abs(xs - centre) < 1.4) | (np.abs(ys - 352.0) < 1.3))
        broken = fractal_noise(xs / 15.0, ys / 15.0, 2, 60 + number) > 0.58
        plate.put(bar & ~broken, 0.12, 0.4)
    sill = (np.abs(xs - middle) < 134) & (ys > 392) & (ys < 401)
    plate.put(sill, 0.34 - 0.018 * (ys - 392), 0.4)
    cornice = (ys > 298) & (ys < 306) & plate.alpha
    plate.put(cornice, 0.31 - 0.02 * (ys - 298), 0.3)
    for x in (-420, -358, 358, 420):
        inside = pointed(xs, ys, middle + x, 340.0, 22.0, 404.0)
        hood = (inside > -6) & (inside <= 0) & plate.alpha
        plate.put(hood, 0.29 - 0.1 * (inside < -4), 0.2)
        plate.put(
            (inside > 0) & plate.alpha, 0.05 + 0.4 * (base - 0.15) + 0.05 * soft(14 - inside, 14.0), 0.1
        )
    for x in (-176, 176, -296, 296):  # buttresses
        u = (xs - middle - x) / 11.0
        shaft = (np.abs(u) < 1) & plate.alpha & (ys > 60)
        lit = -math.copysign(1.0, x)
        plate.put(shaft, 0.19 + 0.10 * lit * u + 0.6 * (base - 0.15), 0.25)


def _niche(plate, centre, base, side):
    """A niche with the statue of a hooded king leaning on his sword."""
    shown = plate.window(centre - 46, 0, centre + 47, HEIGHT)
    base = base[:, max(int(centre - 46), 0) : int(centre + 47)]
    plate, xs, ys = shown, shown.xs, shown.ys
    inside = pointed(xs, ys, centre, 210.0, 34.0, 388.0, 1.1)
    plate.put((inside > -8) & (inside <= 0) & plate.alpha, 0.33 - 0.12 * (inside < -5), 0.3)
    plate.put((inside > 0) & plate.alpha, 0.045 + 0.3 * (base - 0.15) + 0.04 * soft(10 - inside, 10.0), 0.15)
    plate.put(
        (np.abs(xs - centre) < 30) & (ys > 366) & (ys < 390),
        0.27 - 0.06 * (ys > 371) + 0.4 * (base - 0.15),
        0.25,
    )
    u = xs - centre
    flare = 12.0 + 12.0 * smoothstep((ys - 236.0) / 130.0) + 7.0 * np.exp(-(((ys - 242.0) / 11.0) ** 2))
    robe = (np.abs(u) < flare) & (ys > 232) & (ys < 367)
    folds = np.sin(u * 0.62 + 0.5 * np.sin(ys / 17.0)) * smoothstep((ys - 250.0) / 40.0)
    lit = -side * u / np.maximum(flare, 1.0)
    plate.put(robe, 0.26 + 0.13 * lit + 0.07 * folds + 0.4 * (base - 0.15), 0.3)
    hood = np.hypot(u / 10.5, (ys - 222.0) / 15.0)
    plate.put(hood < 1, 0.30 + 0.13 * lit - 0.10 * np.clip(hood, 0, 1) ** 3, 0.3)
    plate.put(np.hypot(u / 6.0, (ys - 225.0) / 9.0) < 1, 0.02, 0.2)
    crown = (np.abs(u) < 10) & (ys < 214) & (ys > 206 - 5 * np.abs(((u + 30) % 6.0) - 3.0) / 3.0)
    plate.put(crown, 0.44 + 0.1 * lit, 0.5)
    plate.put((np.abs(u) < 2.6) & (ys > 262) & (ys < 366), 0.40 - 0.14 * (u * side > 0), 0.4)
    plate.put((np.abs(u) < 12.5) & (ys > 272) & (ys < 277), 0.33, 0.4)
    for hand in (-3.4, 3.4):
        plate.put(np.hypot(u - hand, (ys - 262.0) * 0.9) < 4.6, 0.34 + 0.1 * lit, 0.3)
