"""The Demon Slime: a horned demon of molten slime with a cleaver grown from its own arm.

`draw(pose, enraged)` paints one frame of 240 x 220 pixels; the demon's middle stands at ANCHOR, and it
faces right. The body is a smooth union of ellipses that swell, lean and melt together. Its arms and
cleaver are in `slime_arms`, what else it carries (horns, face, swords of earlier knights) in
`slime_parts`.
"""

import math
from copy import copy

import numpy as np

from tools.sprites import slime_arms, slime_parts
from tools.sprites.fire import tongue
from tools.sprites.palettes import SLIME, SLIME_ENRAGED, SLIME_RIMS, rgb
from tools.sprites.shading import (
    Canvas,
    cells,
    fractal_noise,
    hash_noise,
    height_field,
    rounded,
    smoothstep,
    value_noise,
)

FRAME = (240, 220)
ANCHOR = (114, 214)

REST = {
    "wide": 1.0,
    "tall": 1.0,
    "lean": 0.0,  # pixels the crown is pushed forwards
    "lift": 0.0,
    "wobble": 0.0,  # phase of the surface, turns
    "ripple": 1.0,
    "head": (0.0, 0.0),  # offset from its place on the shoulders
    "jaw": 0.25,
    "eyes": 1.0,  # 0: shut
    "dazed": 0.0,
    "arm": (22.0, -30.0),  # from the near shoulder to the wrist
    "blade": -32.0,  # degrees, counter-clockwise from forwards
    "blade_size": 1.12,  # the cleaver grows as fury runs into it
    "claw": (26.0, -26.0),  # the far hand, from its shoulder
    "redden": 0.0,
    "shell": 0.0,
    "heat": 0.4,  # glow of cracks and cleaver
    "blaze": 1.0,  # size of the flames when enraged
    "melt": 0.0,  # 1: a puddle
    "impact": 0.0,  # light and chips where the cleaver strikes the floor
    "smear": 0.0,
    "smear_from": 120.0,
    "smear_to": -20.0,
    "smear_radius": 84.0,
}

# The body at rest: x, y (up), radii; the last two numbers are how far it wobbles and at which phase.
BLOBS = (
    (0.0, 9.0, 63.0, 11.0, 0.6, 0.0),
    (-34.0, 15.0, 27.0, 18.0, 0.8, 0.2),
    (30.0, 13.0, 29.0, 15.0, 0.8, 0.6),
    (-2.0, 36.0, 49.0, 36.0, 1.2, 0.4),
    (-22.0, 64.0, 33.0, 29.0, 1.8, 0.1),
    (14.0, 66.0, 35.0, 27.0, 1.6, 0.7),
    (30.0, 84.0, 24.0, 22.0, 1.6, 0.9),
    (42.0, 79.0, 18.0, 17.0, 1.4, 0.3),
)


class Frame:
    """The deformation of one pose: where points of the body at rest lie on the canvas."""

    def __init__(self, pose):
        self.pose = pose
        self.ys, self.xs = np.mgrid[0 : FRAME[1], 0 : FRAME[0]] + 0.5
        self.tall = pose["tall"] * (1.0 - 0.9 * pose["melt"])

    def bend(self, x, y):
        """Pose-space point of the body point (x, y) after squash, lean, lift and melting.

        The skirt clings to the ground: the lower a point lies, the less of the lift it takes.
        """
        pose = self.pose
        high = max(y, 0.0) / 100.0
        wide = pose["wide"] * (1 + (0.22 - 0.35 * high) * pose["melt"])
        rise = pose["lift"] * (0.25 + 0.75 * float(smoothstep(y / 40.0)))
        return x * wide + pose["lean"] * high**1.4, y * self.tall + rise

    def part(self, window):
        """The same frame, its grid of pixels cut to `window` (two slices)."""
        cut = copy(self)
        cut.ys, cut.xs = self.ys[window], self.xs[window]
        return cut

    def pixel(self, point):
        """Canvas pixel of a pose-space point."""
        return ANCHOR[0] + point[0], ANCHOR[1] - point[1]

    def at(self, x, y):
        """Canvas pixel of a body point."""
        return self.pixel(self.bend(x, y))

    def head_at(self, x, y):
        """Canvas pixel of a point of the head, given at rest: it moves with the head's offset."""
        dx, dy = self.pose["head"]
        keep = 1.0 - self.pose["melt"]
        px, py = self.bend(34.0, 84.0)
        px += 12.0 * self.pose["melt"]  # it slides down the front
        return self.pixel((px + (x - 34.0) + dx * keep, py + (y - 84.0) * (0.35 + 0.65 * keep) + dy * keep))


def draw(pose, enraged=False):
    """One frame as a uint8 array (220, 240, 4); `pose` has the keys of REST."""
    ramps = dict(SLIME_ENRAGED if enraged else SLIME)
    level = min(round(pose["redden"] * 2) / 2, 1.0)
    ramps["body"] = _mixed(ramps["body"], ramps["warning"], 0.5 * level)
    rims = dict(SLIME_RIMS)
    if level > 0.4:
        rims["body"] = "warning"
    canvas = Canvas(*FRAME, ramps, outline="#0a0510", rims=rims, dither=0.12)
    frame = Frame(pose)
    if enraged:
        _flames(canvas, frame)
    slime_parts.trophies(canvas, frame, behind=True)
    slime_parts.horn(canvas, frame, near=False)
    slime_arms.claw_arm(canvas, frame)
    _body(canvas, frame, enraged)
    slime_parts.trophies(canvas, frame, behind=False)
    slime_parts.drips(canvas, frame)
    slime_parts.face(canvas, frame)
    slime_parts.horn(canvas, frame, near=True)
    slime_arms.blade_arm(canvas, frame, enraged)
    slime_arms.smear(canvas, frame)
    if pose["dazed"] > 0.5:
        slime_parts.stars(canvas, frame)
    canvas.sink(ANCHOR[1] + 3)
    return canvas.image()


def _mixed(ramp, other, share):
    """`ramp` with `share` of the colours of `other` (stretched to its length) mixed in."""
    if share == 0:
        return ramp
    out = []
    for i, colour in enumerate(ramp):
        towards = rgb(other[round(i * (len(other) - 1) / (len(ramp) - 1))])
        mixed = (round(a + (b - a) * share) for a, b in zip(rgb(colour), towards, strict=True))
        out.append("#{:02x}{:02x}{:02x}".format(*mixed))
    return tuple(out)


def _blobs(frame):
    """Centres (canvas pixels) and radii of the body's ellipses under the pose."""
    pose = frame.pose
    for number, (x, y, rx, ry, sway, phase) in enumerate(BLOBS):
        wave = math.sin(2 * math.pi * (pose["wobble"] + phase)) * sway * pose["ripple"]
        if number >= 6:  # the head
            cx, cy = frame.head_at(x, y)
        else:
            cx, cy = frame.at(x + 0.6 * wave, y)
        # Melting, what was high runs together in the middle and what was low spreads.
        width = rx * pose["wide"] * (1.0 + (0.22 - 0.0045 * y) * pose["melt"])
        heap = 1.0 + (1.6 * pose["melt"] * (1.0 - pose["melt"]) if number == 3 else 0.0)
        yield cx, cy - 0.5 * wave, width + 0.5 * wave, max(ry * frame.tall * heap - 0.7 * wave, 3.0)


def _body(canvas, frame, enraged):
    """Paints the body; all fields are computed only over the window in which it lies."""
    pose = frame.pose
    blobs = list(_blobs(frame))
    top = max(math.floor(min(cy - ry for _, cy, _, ry in blobs)) - 10, 0)
    left = max(math.floor(min(cx - rx for cx, _, rx, _ in blobs)) - 10, 0)
    right = math.ceil(max(cx + rx for cx, _, rx, _ in blobs)) + 10
    window = (slice(top, ANCHOR[1] + 8), slice(left, right))
    canvas, frame = canvas.part(window), frame.part(window)
    distance = np.full(frame.xs.shape, 60.0)
    fillet = 9.0 * (1.0 - 0.85 * pose["melt"])
    bulge = np.zeros(frame.xs.shape)
    for cx, cy, rx, ry in blobs:
        u, v = (frame.xs - cx) / rx, (frame.ys - cy) / ry
        reach = np.sqrt(u * u + v * v)
        away = (reach - 1.0) * min(rx, ry)
        mix = np.clip(0.5 + 0.5 * (away - distance) / fillet, 0.0, 1.0)
        distance = away + (distance - away) * mix - fillet * mix * (1.0 - mix)
        bulge += (np.sqrt(np.maximum(1.0 - reach * reach, 0.0)) * min(rx, ry)) ** 4
    # Surface in body coordinates, so that streaks move with the flesh instead of sliding over it.
    bx = (frame.xs - ANCHOR[0]) / pose["wide"] - pose["lean"] * 0.4
    by = (ANCHOR[1] - frame.ys - pose["lift"]) / max(frame.tall, 0.1)
    sag = fractal_noise(bx / 9.0 + 3.0, by / 30.0 + 5.0, 2, 61) - 0.5
    loose = smoothstep((by - 3.0) / 14.0) * (1.0 - 0.6 * smoothstep(by / 110.0)) * (1.0 - 0.85 * pose["melt"])
    distance = distance - 7.0 * sag * loose
    floor = frame.ys < ANCHOR[1] - min(pose["lift"], 0.0) + 0.6
    mask = (rounded(distance) <= 0) & floor
    depth = np.clip(-distance, 0.0, 26.0)
    height = (bulge + (np.sqrt(np.maximum(52.0 * depth - depth * depth, 0.0)) * 0.8) ** 4) ** 0.25
    warp = 7.0 * fractal_noise(bx / 24.0 + 9.0, by / 24.0, 2, 5)
    streaks = fractal_noise(
        (bx + warp) / 8.0, by / 26.0 + 0.07 * math.sin(2 * math.pi * pose["wobble"]), 2, 11
    )
    height = height + 7.0 * streaks * smoothstep(depth / 14.0)
    body = canvas.paint(height_field(0, 0, mask, height), "body", bias=-0.10, gain=0.86, gloss=0.55)
    high = np.clip(by / 100.0, 0.0, 1.0)
    canvas.shade(
        0.16 * (1 - smoothstep(depth / 9.0)) * (1 - high) - 0.10 * smoothstep(depth / 26.0) * (1 - high), body
    )
    canvas.shade(0.13 * smoothstep((26.0 - by) / 22.0), body)
    if pose["shell"] > 0.02:
        front = np.clip((bx + 70.0) / 140.0, 0.0, 1.0)
        slime_arms.harden(canvas, body, bx, by, height, front, pose["shell"])
    _cracks(canvas, frame, body, bx, by, depth, enraged)
    if pose["shell"] < 0.5:
        _bubbles(canvas, frame, body)


def _cracks(canvas, frame, body, bx, by, depth, enraged):
    """The fire inside, seen through the seams of a crust; wider and hotter when enraged."""
    heat = frame.pose["heat"]
    warp_x = 12.0 * (value_noise(bx / 11.0, by / 11.0, 51) - 0.5)
    warp_y = 12.0 * (value_noise(bx / 11.0 + 5.0, by / 11.0, 52) - 0.5)
    seam, _ = cells(bx + warp_x, by * 0.8 + warp_y, 21.0, 23)
    where = fractal_noise(bx / 34.0 + 1.5, by / 30.0 + 3.0, 2, 41) + 0.16 * (
        1.0 - np.clip(by / 90.0, 0.0, 1.0)
    )
    fade = np.clip((where - (0.36 if enraged else 0.53)) * 5.0, 0.0, 1.0) * smoothstep((depth - 1.0) / 7.0)
    width = (2.3 if enraged else 1.5) * (0.75 + 0.5 * heat) * fade
    strength = np.clip(1.0 - seam / np.maximum(width, 1e-6), 0.0, 1.0) * (fade > 0.3)
    lit = body & (rounded(strength) > 0.0)
    glow = np.clip(1.0 - seam / 7.0, 0.0, 1.0) ** 2 * fade
    canvas.shade((0.24 if enraged else 0.14) * glow * (0.4 + heat), body & ~lit)
    canvas.fill(lit, "crack", np.clip(0.10 + 0.45 * heat + 0.42 * strength, 0.0, 0.98))


def _bubbles(canvas, frame, body):
    for number in range(7):
        life = (frame.pose["wobble"] + hash_noise(number, 1)) % 1.0
        x = -38.0 + 66.0 * float(hash_noise(number, 2)) + 3.0 * math.sin(9.0 * life + number)
        y = 8.0 + 40.0 * float(hash_noise(number, 3)) + 14.0 * life
        radius = (1.4 + 2.4 * float(hash_noise(number, 4))) * (0.6 + 0.5 * life)
        px, py = frame.at(x, y)
        reach = np.hypot(frame.xs - px, frame.ys - py)
        ring = body & (rounded(np.abs(reach - radius)) < 0.55) & (canvas.ramp == canvas.names.index("body"))
        upper = (frame.xs - px) - (frame.ys - py) > 0
        canvas.shade(np.where(upper, 0.20, -0.12), ring)


def _flames(canvas, frame):
    """Fire along the back, painted before the body."""
    pose = frame.pose
    if pose["blaze"] * (1 - pose["melt"]) < 0.05:
        return
    heat = np.zeros(frame.xs.shape)
    size = pose["blaze"] * (1 - pose["melt"])
    roots = (
        (-57.0, 22.0, 22.0, 5.0, 124.0), (-52.0, 44.0, 26.0, 6.0, 120.0), (-47.0, 64.0, 34.0, 7.0, 114.0),
        (-38.0, 76.0, 27.0, 6.0, 108.0), (-28.0, 84.0, 46.0, 9.0, 106.0), (-16.0, 86.0, 30.0, 7.0, 100.0),
        (-6.0, 86.0, 42.0, 8.0, 100.0), (6.0, 88.0, 26.0, 6.0, 94.0), (17.0, 93.0, 33.0, 6.0, 92.0),
        (60.0, 12.0, 15.0, 3.5, 76.0),
    )  # fmt: skip
    for number, (x, y, length, width, angle) in enumerate(roots):
        phase = 2 * math.pi * (2 * pose["wobble"] + 0.31 * number)
        flare = size * (0.85 + 0.22 * math.sin(phase + number))
        tip = tongue(
            heat, frame.at(x, y), length * flare, width * (0.6 + 0.4 * size), angle, phase, 0.55, 0.62
        )
        life = (pose["wobble"] + 0.37 * number) % 1.0
        spark = (round(tip[1] - 4 - 16 * life), round(tip[0] + 4 * math.sin(6 * life + number)))
        if 0 <= spark[0] < FRAME[1] and 0 <= spark[1] < FRAME[0]:
            heat[spark] = max(heat[spark], 0.75 - 0.6 * life)
    canvas.glow(np.where(heat > 0, 0.10 + 0.86 * heat, 0.0), "ember")
