"""The title's emblem and the page's icon: the eclipse, the demon's horns, the knight's sword."""

import math

import numpy as np

from tools.sprites.fire import tongue
from tools.sprites.palettes import KNIGHT, SLIME
from tools.sprites.shading import Canvas, capsule, ellipse, fractal_noise, path, polygon, rounded

SIZE = 208


def emblem():
    """uint8 array (208, 208, 4): a burning ring held by two horns, and a sword standing through it."""
    ramps = KNIGHT | {"horn": SLIME["horn"], "eye": SLIME["eye"], "maw": SLIME["maw"]}
    canvas = Canvas(SIZE, SIZE, ramps, dither=0.5)
    ys, xs = np.mgrid[0:SIZE, 0:SIZE] + 0.5
    cx, cy = SIZE / 2, 104.0
    reach, angle = np.hypot(xs - cx, ys - cy), np.arctan2(ys - cy, xs - cx)
    heat = np.zeros((SIZE, SIZE))
    for number in range(30):
        a = 2 * math.pi * number / 30
        length = 20.0 + 13.0 * math.sin(5.3 * number) + 5.0 * math.sin(a)
        start = (cx + 62 * math.cos(a), cy - 62 * math.sin(a))
        tongue(heat, start, length, 6.0, math.degrees(a) + 22, 1.7 * number, 0.5, 0.75)
    canvas.glow(np.where(heat > 0, 0.04 + 0.72 * heat, 0.0), "ember")
    ring = np.clip(1.0 - np.abs(reach - 62.0) / 8.0, 0.0, 1.0)
    flow = fractal_noise(angle * 6.0 + 20.0, reach / 12.0, 3, 4)
    canvas.glow(
        np.where(rounded(ring) > 0, np.clip(0.35 + 0.75 * ring + 0.3 * (flow - 0.5), 0.1, 0.99), 0.0), "ember"
    )
    canvas.fill(rounded(reach) < 57, "maw", np.clip(0.02 + 0.25 * (reach / 57.0) ** 6, 0, 0.4))
    for side in (-1, 1):
        points = [(14, 66), (46, 60), (70, 28), (74, -14), (62, -50), (48, -74)]
        line = path([(cx + side * x, cy + y) for x, y in points], 8)
        count = len(line) - 1
        for i in range(count):
            radius = [max(12.5 * (1 - j / count) ** 0.75, 0.8) for j in (i, i + 1)]
            bias = -0.14 if i % 5 == 4 else 0.02
            canvas.paint(
                capsule(line[i], line[i + 1], *radius), "horn", bias=bias, gloss=0.2, edge=False, shadow=0
            )
    for side in (-1, 1):
        eye = [(cx + side * x, cy + y) for x, y in ((10, 15), (21, 7), (34, 6), (29, 14), (19, 18))]
        canvas.paint(polygon(np.array(eye), 3.0, 0.4), "eye", bias=0.05, gloss=0.4, shadow=0)
    for side, tone in ((-1, 0.10), (1, -0.14)):
        blade = [(cx, 22), (cx + side * 6, 34), (cx + side * 6.5, 150), (cx, 150)]
        canvas.paint(
            polygon(np.array(blade), 3.0, 0.3, (side * 0.3, -0.2)), "blade", bias=tone, edge=side < 0
        )
    canvas.line(np.array([(cx - 0.5, 40.0), (cx - 0.5, 144.0)]), "ember", 0.62)
    for y in range(50, 142, 12):
        canvas.line(np.array([(cx - 2.5, y), (cx + 1.5, y + 4)]), "ember", 0.5)
    guard = [
        (cx - 31, 146),
        (cx - 27, 143),
        (cx, 149),
        (cx + 27, 143),
        (cx + 31, 146),
        (cx + 27, 155),
        (cx, 159),
        (cx - 27, 155),
    ]
    canvas.paint(polygon(np.array(guard), 4.0, 0.85), "gold", bias=0.02, gloss=0.4)
    canvas.paint(capsule((cx, 160), (cx, 184), 4.2, 3.6), "leather", bias=0.05)
    for y in (164, 170, 176, 182):
        canvas.line(np.array([(cx - 4, y + 1.5), (cx + 3.6, y - 1)]), "gold", 0.45)
    canvas.paint(ellipse((cx, 190), 7.0, 7.0), "gold", bias=0.04, gloss=0.5)
    canvas.paint(ellipse((cx, 190), 3.2, 3.2), "ember", bias=-0.1, gloss=0.4)
    return canvas.image()


def favicon():
    """uint8 array (32, 32, 4): a burning helm's visor."""
    canvas = Canvas(32, 32, KNIGHT, dither=0.0)
    heat = np.zeros((32, 32))
    for x, length, width, lean, phase in (
        (15.0, 16.0, 5.0, 14.0, 0.6),
        (10.0, 11.0, 4.0, 26.0, 2.0),
        (20.0, 11.0, 4.0, 0.0, 4.0),
    ):
        tongue(heat, (x, 15.0), length, width, 90 + lean, phase, 0.4)
    canvas.glow(np.where(heat > 0, 0.16 + 0.85 * heat, 0.0), "ember")
    helm = [(5, 16), (9, 11.5), (16, 10), (23, 11.5), (27, 16), (27.5, 25), (22, 31), (10, 31), (4.5, 25)]
    mask = canvas.paint(polygon(np.array(helm), 5.0, 0.8), "steel", bias=-0.12, gloss=0.15)
    canvas.line(np.array([(16, 10), (16, 31)]), "gold", 0.66, mask)
    for y in (18.5, 21.5):
        canvas.line(np.array([(6, y), (26, y)]), "steel", 0.0, mask)
    for y, tone in ((19.5, 0.80), (20.5, 0.62)):
        canvas.line(np.array([(7, y), (25, y)]), "ember", tone, mask)
    for x in (10, 13, 19, 22):
        canvas.line(np.array([(x, 24.5), (x, 27.5)]), "steel", 0.0, mask)
    return canvas.image()
