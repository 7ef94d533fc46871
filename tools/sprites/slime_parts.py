"""What the Demon Slime carries: horns, spines, face, and the swords left in its back."""

import math

import numpy as np

from tools.sprites.posing import turn
from tools.sprites.shading import capsule, curve, ellipse, path, polygon, rounded, smoothstep


def horn(canvas, frame, near):
    """A ringed horn sweeping up and forwards."""
    points = (
        ((24.0, 98.0), (15.0, 108.0), (14.0, 121.0), (24.0, 132.0), (40.0, 135.0))
        if near
        else ((44.0, 97.0), (45.0, 108.0), (50.0, 118.0), (59.0, 123.0), (69.0, 122.0))
    )
    line = path([frame.head_at(*point) for point in points], 7)
    count = len(line) - 1
    thick = 8.8 if near else 6.4
    for i in range(count):
        radius = [max(thick * (1.0 - j / count) ** 0.8, 0.7) for j in (i, i + 1)]
        ring = -0.10 if i % 4 == 3 else 0.04
        shape = capsule(line[i], line[i + 1], *radius)
        canvas.paint(shape, "horn", bias=ring - (0.0 if near else 0.20), gloss=0.15, edge=i == 0, shadow=0)


def trophies(canvas, frame, behind):
    """Swords of earlier knights: two behind the hump, one in the flesh of the flank."""
    melt = frame.pose["melt"]
    stuck = (
        (((-34.0, 80.0), 122.0, 30.0), ((-14.0, 90.0), 101.0, 24.0))
        if behind
        else (((-44.0, 46.0), 148.0, 15.0),)
    )
    for root, angle, length in stuck:
        x, y = frame.at(*root)
        angle = angle - 14.0 * melt

        def plate(points, x=x, y=y, angle=angle):
            moved = (turn(point, angle) for point in points)
            return np.array([(x + px, y - py) for px, py in moved])

        canvas.paint(
            polygon(plate(((-8, -1.7), (length - 8, -1.7), (length - 8, 1.7), (-8, 1.7))), 2, 0.5), "steel"
        )
        guard = ((length - 9, -5.0), (length - 6.5, -5.0), (length - 6.5, 5.0), (length - 9, 5.0))
        canvas.paint(polygon(plate(guard), 1.5, 0.7), "horn", bias=-0.05)
        grip = plate(((length - 6, 0.0), (length, 0.0)))
        canvas.paint(capsule(grip[0], grip[1], 1.3, 1.3), "maw", bias=0.1)
        canvas.paint(ellipse(grip[1], 1.9, 1.9), "horn", bias=0.05)


def drips(canvas, frame):
    """Drops that swell under the jaw, hang on a thread and fall."""
    pose = frame.pose
    if pose["melt"] > 0.6 or pose["shell"] > 0.5:
        return
    for number, (x, y) in enumerate(((50.0, 66.0), (36.0, 62.0), (58.0, 74.0))):
        life = (pose["wobble"] + 0.27 * number) % 1.0
        top = frame.head_at(x, y)
        fall = 3.0 + 15.0 * life * life
        swell = 2.4 - 1.0 * life
        canvas.paint(
            capsule(top, (top[0], top[1] + fall * 0.7), 2.8 - 1.6 * life, 0.8),
            "body",
            bias=0.02,
            gloss=0.3,
            edge=False,
        )
        canvas.paint(
            ellipse((top[0], top[1] + fall), swell * 0.85, swell * 1.2),
            "body",
            bias=0.08,
            gloss=0.7,
            edge=False,
        )


def face(canvas, frame):
    """Brow, burning eyes and the toothed maw."""
    pose = frame.pose
    at = frame.head_at
    jaw = pose["jaw"] * (1 - pose["melt"])
    drop = 3.0 + 15.0 * jaw
    upper = [(21.0, 77.0), (30.0, 79.5), (42.0, 80.5), (54.0, 80.0), (61.0, 78.0)]
    lower = [(59.0, 77.0 - 0.55 * drop), (50.0, 77.0 - drop), (38.0, 76.5 - drop), (27.0, 76.0 - 0.6 * drop)]
    maw = canvas.paint(
        polygon(curve([at(*p) for p in (*upper, *lower)], 4), 5.0, 0.5), "maw", bias=-0.12, shadow=0.0
    )
    glow = np.clip(
        1.0 - np.hypot(frame.xs - at(38, 72)[0], (frame.ys - at(38, 72 - drop)[1]) * 1.3) / 17.0, 0.0, 1.0
    )
    canvas.shade(0.75 * glow * (0.3 + 0.7 * pose["heat"]), maw)
    for x, size in ((25.0, 3.6), (31.0, 4.6), (37.0, 5.2), (43.5, 5.2), (50.0, 4.8), (56.0, 3.6)):
        fang = size * (0.7 + 0.5 * jaw)
        root = 79.2 - abs(x - 42.0) * 0.07
        tooth = [at(x - 2.1, root + 1.2), at(x + 2.1, root + 1.2), at(x + 0.5, root - fang)]
        canvas.paint(polygon(np.array(tooth), 2.0, 0.6), "tooth", bias=0.05, edge=False, shadow=0)
    for x, size in ((29.0, 3.4), (35.5, 4.6), (42.0, 4.2), (48.5, 4.8), (54.5, 3.2)):
        root = 76.4 - drop * (1.0 - 0.42 * abs(x - 43.0) / 14.0)
        tooth = [
            at(x - 1.9, root - 1.4),
            at(x + 1.9, root - 1.4),
            at(x - 0.3, root + size * (0.5 + 0.6 * jaw)),
        ]
        canvas.paint(polygon(np.array(tooth), 2.0, 0.6), "tooth", bias=-0.08, edge=False, shadow=0)
    if jaw > 0.4:  # strings of slime across the open mouth
        for x in (33.0, 46.5):
            canvas.line(np.array([at(x, 78.0), at(x - 0.8, 77.0 - drop * 0.9)]), "body", 0.72, maw)
    _eyes(canvas, frame)


def _eyes(canvas, frame):
    pose, at = frame.pose, frame.head_at
    wide = pose["eyes"] * (1 - smoothstep((pose["melt"] - 0.3) / 0.4))
    sockets = (
        ((30.0, 92.5), (36.0, 94.2), (45.0, 88.6), (41.0, 85.6), (33.0, 87.0)),
        ((49.5, 88.4), (56.0, 92.6), (60.0, 91.0), (58.0, 86.2), (52.0, 85.6)),
        ((38.5, 99.0), (43.0, 100.0), (45.5, 96.6), (41.5, 95.2)),
    )
    for socket in sockets:
        hollow = canvas.paint(
            polygon(np.array([at(*p) for p in socket]), 2.0, 0.4), "maw", bias=-0.2, shadow=0
        )
        cx = sum(p[0] for p in socket) / len(socket)
        cy = sum(p[1] for p in socket) / len(socket)
        if pose["dazed"] > 0.5:
            spin = 2 * math.pi * pose["wobble"]
            reach = np.hypot(frame.xs - at(cx, cy)[0], frame.ys - at(cx, cy)[1])
            angle = np.arctan2(frame.ys - at(cx, cy)[1], frame.xs - at(cx, cy)[0])
            canvas.fill(hollow & (rounded(np.sin(reach * 1.9 - angle - spin)) > 0.2), "eye", 0.5)
            continue
        if wide < 0.08:
            canvas.line(np.array([at(*socket[0]), at(cx, cy - 1.0), at(*socket[2])]), "maw", 0.0)
            continue
        inner = [(cx + (x - cx) * 0.80, cy + (y - cy) * 0.80 * wide) for x, y in socket]
        iris = canvas.paint(
            polygon(np.array([at(*p) for p in inner]), 2.4, 0.3), "eye", bias=0.02, edge=False, shadow=0
        )
        reach = np.hypot(frame.xs - at(cx, cy)[0], frame.ys - at(cx, cy)[1])
        canvas.fill(iris, "eye", np.clip(1.02 - reach / 8.0, 0.0, 0.98))
        if len(socket) == 5:
            px, py = at(cx + 0.8, cy)
            canvas.line(np.array([(px, py - 2.0 * wide), (px, py + 1.6 * wide)]), "maw", 0.05, iris)
    brow = ((26.0, 95.0), (33.0, 97.5), (41.0, 95.0), (48.0, 88.6), (55.0, 93.0), (62.0, 95.0), (63.0, 92.4),
            (57.0, 90.4), (49.0, 85.0), (43.0, 89.4), (35.0, 94.0), (28.0, 92.0))  # fmt: skip
    if pose["dazed"] < 0.5:
        canvas.paint(
            polygon(np.array([at(*p) for p in brow]), 2.0, 0.85), "body", bias=-0.06, gloss=0.2, shadow=0.2
        )


def stars(canvas, frame):
    """Sparks that circle a dazed head."""
    for number in range(5):
        angle = 2 * math.pi * (frame.pose["wobble"] + number / 5)
        x, y = frame.head_at(36.0 + 30.0 * math.cos(angle), 112.0 + 6.0 * math.sin(angle))
        bright = 0.55 + 0.35 * (math.sin(angle) < 0)
        for ox, oy in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)):
            canvas.dot(x + ox, y + oy, "eye", bright - (0.3 if (ox or oy) else 0.0), solid=False)
