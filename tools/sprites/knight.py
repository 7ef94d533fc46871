"""The Fire Knight: full plate, an ember plume, a torn cape, a greatsword with a burning edge, a shield.

`draw(pose)` paints one frame of 168 x 112 pixels; the feet stand at ANCHOR. The knight faces right, so
the sword arm is the near one. `knight_poses` says how the pose moves.
"""

import math

import numpy as np

from tools.sprites.fire import tongue
from tools.sprites.knight_roll import draw_shroud, draw_tucked
from tools.sprites.palettes import KNIGHT, KNIGHT_RIMS
from tools.sprites.posing import joint, turn
from tools.sprites.shading import (
    Canvas,
    capsule,
    curve,
    ellipse,
    fractal_noise,
    polygon,
    rounded,
    smoothstep,
)

FRAME = (168, 112)
ANCHOR = (73, 104)
UPPER_ARM, FOREARM, THIGH, SHIN = 9.5, 9.5, 13.5, 14.0
BLADE = 38.0  # pixels from the guard to the tip

# The pose at rest. Hands are relative to their shoulder, feet to the origin; angles in degrees,
# counter-clockwise from "forwards" (lean: forwards from upright).
REST = {
    "hip": (0.0, 25.2),
    "lean": 8.0,
    "head": 0.0,
    "near_hand": (6.0, -13.0),
    "far_hand": (9.0, -8.0),
    "near_foot": (-8.0, 0.0),
    "far_foot": (8.0, 0.0),
    "near_toe": 0.0,
    "far_toe": 0.0,
    "sword": -22.0,
    "shield": (3.0, -2.0),  # from the far hand
    "shield_turn": 0.0,
    "shield_width": 0.62,  # 1: seen from its front
    "shield_front": 0.0,  # over 0.5: held before the body
    "shield_size": 1.0,  # larger when it is pushed towards the viewer
    "flare": 0.0,  # light of a blow upon the shield, 0 to 1
    "cape": 22.0,  # degrees the cape is swept back from hanging
    "cape_wave": 0.0,  # phase, turns
    "flame": 0.0,  # phase of the plume, turns
    "flame_size": 1.0,
    "flame_sweep": 35.0,  # degrees the plume is blown back from upright
    "heat": 0.35,  # glow of the sword's edge, 0 to 1
    "spin": 0.0,  # degrees the whole body is turned about the hip
    "tuck": 0.0,  # over 0.5: rolled up into a ball about the hip
    "shroud": 0.0,  # over 0.5: fallen, the cape lies over the body
    "smear_from": 0.0,  # the arc a swing leaves behind: angles and strength
    "smear_to": 0.0,
    "smear": 0.0,
    "smear_radius": 56.0,
    "smear_centre": (6.0, 38.0),
    "visor": 1.0,  # glow of the eyes
    "sword_held": 1.0,  # below 0.5 the sword lies at sword_at
    "sword_at": (20.0, 3.0),
}


class Body:
    """Joint positions of a pose in canvas pixels, and the turning of angles by `spin`."""

    def __init__(self, pose):
        self.pose = pose
        self.hip = pose["hip"]
        lean = math.radians(pose["lean"])
        self.up, self.forward = (math.sin(lean), math.cos(lean)), (math.cos(lean), -math.sin(lean))

    def torso(self, forward, up):
        """Pose-space point from coordinates along the torso, origin at the hip."""
        return (
            self.hip[0] + forward * self.forward[0] + up * self.up[0],
            self.hip[1] + forward * self.forward[1] + up * self.up[1],
        )

    def at(self, point):
        """Canvas pixel of a pose-space point."""
        x, y = turn(point, self.pose["spin"], (self.hip[0], self.hip[1] + 6.0))
        return (ANCHOR[0] + x, ANCHOR[1] - y)

    def plate(self, points, centre, angle):
        """Canvas pixels of a plate given around the origin, turned by `angle`, moved to `centre`."""
        moved = (turn(point, angle) for point in points)
        return np.array([self.at((centre[0] + x, centre[1] + y)) for x, y in moved])

    def torso_plate(self, points):
        """Canvas pixels of points given along the torso."""
        return np.array([self.at(self.torso(*point)) for point in points])


def draw(pose):
    """One frame as a uint8 array (112, 168, 4); `pose` has the keys of REST."""
    canvas = Canvas(*FRAME, KNIGHT, rims=KNIGHT_RIMS, dither=0.34)
    body = Body(pose)
    if pose["tuck"] > 0.5:
        _tucked(canvas, body)
    else:
        _standing(canvas, body)
    canvas.sink(ANCHOR[1] + 2)
    return canvas.image()


def _tucked(canvas, body):
    pose, (x, y) = body.pose, body.hip
    upright = Body(pose | {"spin": 0.0})

    def sword(hand, angle):
        dx, dy = turn(hand, pose["spin"])
        _sword(canvas, upright, (x + dx, y + dy), angle + pose["spin"], 0.4)

    draw_tucked(canvas, (ANCHOR[0] + x, ANCHOR[1] - y), pose["spin"], pose["flame"], sword)


def _standing(canvas, body):
    pose = body.pose
    near_shoulder, far_shoulder = body.torso(-2.0, 18.0), body.torso(3.5, 17.5)
    hands = {
        "near": (near_shoulder[0] + pose["near_hand"][0], near_shoulder[1] + pose["near_hand"][1]),
        "far": (far_shoulder[0] + pose["far_hand"][0], far_shoulder[1] + pose["far_hand"][1]),
    }
    near_elbow, near_hand = joint(near_shoulder, hands["near"], UPPER_ARM, FOREARM, -1)
    far_elbow, far_hand = joint(far_shoulder, hands["far"], UPPER_ARM, FOREARM, -1)

    if pose["sword_held"] < 0.5:
        _sword(canvas, Body(pose | {"spin": 0.0}), pose["sword_at"], pose["sword"], pose["heat"])
    if pose["shroud"] < 0.5:
        _cape(canvas, body)
    shield_front = pose["shield_front"] > 0.5
    if not shield_front:
        _arm(canvas, body, far_shoulder, far_elbow, far_hand, -0.14)
        _shield(canvas, body, far_hand)
    _leg(canvas, body, body.torso(2.5, 0.0), pose["far_foot"], pose["far_toe"], -0.15)
    _leg(canvas, body, body.torso(-1.5, 0.0), pose["near_foot"], pose["near_toe"], 0.0)
    _torso(canvas, body)
    _head(canvas, body, pose["lean"] + pose["head"])
    if shield_front:
        _arm(canvas, body, far_shoulder, far_elbow, far_hand, -0.08)
        _shield(canvas, body, far_hand)
    _smear(canvas, body)
    _near_arm(canvas, body, near_shoulder, near_elbow, near_hand)
    if pose["shroud"] > 0.5:
        draw_shroud(canvas, ANCHOR)


def _leg(canvas, body, hip, foot, toe, bias):
    ankle = (foot[0] - 1.0, foot[1] + 3.5)
    knee, ankle = joint(hip, ankle, THIGH, SHIN, 1)
    at = body.at
    canvas.paint(capsule(at(hip), at(knee), 4.8, 3.9), "steel", bias=bias - 0.06)
    canvas.paint(capsule(at(knee), at(ankle), 3.9, 2.9), "steel", bias=bias, gloss=0.2)
    angle = math.degrees(math.atan2(knee[1] - ankle[1], knee[0] - ankle[0])) - 90
    boot = ((-3.6, -3.4), (-3.4, 1.5), (2.2, 2.6), (5.2, 0.4), (9.2, -2.0), (9.4, -3.4))
    canvas.paint(polygon(body.plate(boot, ankle, toe), 3.0, 0.8), "steel", bias=bias - 0.03, gloss=0.15)
    cop = ((-3.4, -3.0), (-3.0, 3.2), (2.4, 4.2), (4.8, 0.6), (3.0, -3.6))
    canvas.paint(polygon(body.plate(cop, knee, angle), 3.0, 0.8), "gold", bias=bias - 0.12)
    plate = ((-2.2, -2.0), (-1.9, 2.4), (2.0, 3.2), (3.8, 0.6), (2.2, -2.4))
    canvas.paint(
        polygon(body.plate(plate, knee, angle), 2.4, 0.8), "steel", bias=bias + 0.06, gloss=0.4, edge=False
    )


def _arm(canvas, body, shoulder, elbow, hand, bias):
    at = body.at
    canvas.paint(capsule(at(shoulder), at(elbow), 3.6, 3.0), "mail", bias=bias + 0.05)
    canvas.paint(capsule(at(elbow), at(hand), 2.8, 3.5), "steel", bias=bias, gloss=0.2)
    canvas.paint(ellipse(at(elbow), 3.2, 3.2), "steel", bias=bias + 0.05, gloss=0.3)
    canvas.paint(ellipse(at(hand), 3.1, 3.1), "leather", bias=bias)


def _near_arm(canvas, body, shoulder, elbow, hand):
    at, pose = body.at, body.pose
    canvas.paint(capsule(at(shoulder), at(elbow), 3.8, 3.1), "mail", bias=0.08)
    if pose["sword_held"] >= 0.5:
        _sword(canvas, body, hand, pose["sword"], pose["heat"])
    canvas.paint(capsule(at(elbow), at(hand), 2.9, 3.8), "steel", bias=0.03, gloss=0.35)
    canvas.paint(ellipse(at(elbow), 3.4, 3.4), "gold", bias=-0.05)
    canvas.paint(ellipse(at(elbow), 2.3, 2.3), "steel", bias=0.1, gloss=0.4, edge=False)
    canvas.paint(ellipse(at(hand), 3.3, 3.3), "steel", bias=0.0, gloss=0.2)
    aim = math.degrees(math.atan2(elbow[1] - shoulder[1], elbow[0] - shoulder[0])) + 90
    tilt = aim * 0.6
    for down, rx, ry in ((5.2, 4.3, 3.2), (2.6, 5.2, 4.0), (0.0, 6.0, 4.9)):
        drop = turn((0.0, -down), tilt)
        centre = (shoulder[0] + drop[0] - 0.4, shoulder[1] + drop[1] + 1.4)
        angle = -(tilt + pose["spin"])
        canvas.paint(ellipse(at((centre[0], centre[1] - 0.8)), rx, ry, angle), "gold", bias=-0.14)
        canvas.paint(
            ellipse(at(centre), rx - 0.5, ry - 0.4, angle), "steel", bias=0.0, gloss=0.45, edge=False
        )


def _torso(canvas, body):
    # Fauld: lames that overlap downwards, then the tabard and the near tasset.
    for low, back, front in ((-6.5, -8.6, 8.4), (-3.2, -7.8, 7.8), (0.0, -6.8, 7.0)):
        lame = ((back + 1.4, low + 4.2), (front - 1.2, low + 4.2), (front, low - 0.6), (back, low - 0.6))
        canvas.paint(polygon(body.torso_plate(lame), 2.2, 0.8, (0.1, 0.1)), "steel", bias=-0.05)
    tabard = ((2.0, 3.0), (7.2, 3.0), (8.6, -8.0), (6.2, -11.5), (4.6, -9.0), (2.6, -12.0), (1.2, -8.0))
    canvas.paint(polygon(body.torso_plate(tabard), 3.0, 0.6), "cloth", bias=0.02)
    tasset = ((-6.4, 2.0), (-0.6, 2.4), (0.4, -4.0), (-2.6, -9.0), (-6.8, -5.0))
    canvas.paint(polygon(body.torso_plate(tasset), 2.6, 0.8), "gold", bias=-0.1)
    inner = ((-5.4, 2.0), (-1.4, 2.4), (-0.6, -3.8), (-2.8, -7.4), (-5.8, -4.6))
    canvas.paint(polygon(body.torso_plate(inner), 2.2, 0.8), "steel", bias=0.02, gloss=0.3, edge=False)
    chest = (
        (-5.6, 2.0),
        (-7.6, 9.0),
        (-7.0, 16.0),
        (-3.6, 21.0),
        (3.6, 21.2),
        (8.2, 16.6),
        (8.8, 10.4),
        (6.0, 2.4),
    )
    outline = curve(body.torso_plate(chest), 4)
    breast = canvas.paint(polygon(outline, 7.0, 0.9, (0.12, -0.05)), "steel", bias=-0.02, gloss=0.35)
    canvas.line(body.torso_plate(((7.4, 12.6), (2.0, 9.6), (-6.6, 10.6))), "steel", 0.16, breast)
    canvas.line(body.torso_plate(((4.6, 20.0), (6.0, 15.0), (5.2, 10.8))), "gold", 0.62, breast)
    belt = ((-6.0, 1.4), (-5.8, 3.6), (6.4, 3.9), (6.2, 1.7))
    canvas.paint(polygon(body.torso_plate(belt), 1.6, 0.6), "leather", bias=0.1)
    canvas.paint(ellipse(body.at(body.torso(3.6, 2.8)), 1.7, 1.7), "gold", bias=0.16)
    gorget = ((-4.6, 18.6), (-3.4, 23.4), (3.8, 23.6), (5.6, 18.8))
    canvas.paint(polygon(body.torso_plate(gorget), 2.6, 0.8), "steel", bias=-0.04, gloss=0.2)


def _head(canvas, body, tilt):
    pose = body.pose
    centre = body.torso(1.2, 27.4)
    _plume(canvas, body, centre, tilt)
    helm = (
        (-5.4, -5.6), (-6.6, -1.0), (-6.2, 3.4), (-3.0, 6.6), (1.4, 6.8), (4.8, 4.4),
        (6.4, 0.8), (7.8, -2.4), (5.4, -6.2), (0.4, -6.8),
    )  # fmt: skip
    outline = curve(body.plate(helm, centre, -tilt), 3)
    mask = canvas.paint(polygon(outline, 5.5, 0.92, (0.1, -0.1)), "steel", bias=0.02, gloss=0.55)
    lines = (
        ((-1.2, 6.8), (-0.2, 1.4), (-1.0, -6.4)),  # where the visor meets the skull
        ((-0.6, -2.4), (3.4, -2.9), (7.8, -2.6)),
    )
    canvas.line(body.plate(lines[0], centre, -tilt), "steel", 0.2, mask)
    canvas.line(body.plate(lines[1], centre, -tilt), "steel", 0.3, mask)
    canvas.line(
        body.plate(((-5.6, 4.4), (-2.6, 6.4), (1.4, 6.6), (4.6, 4.6)), centre, -tilt), "gold", 0.7, mask
    )
    for rise, tone in ((1.5, 0.0), (-1.0, 0.12)):
        canvas.line(body.plate(((0.4, rise), (6.6, rise - 0.3)), centre, -tilt), "steel", tone, mask)
    slit = body.plate(((0.6, 0.3), (6.8, 0.0)), centre, -tilt)
    canvas.line(slit, "ember", 0.24 + 0.46 * pose["visor"], mask)
    canvas.line(
        slit[-1:] * 0.4 + slit[:1] * 0.6 + [[0, 0], [1.6, 0]], "ember", 0.24 + 0.68 * pose["visor"], mask
    )
    for hole in ((3.4, -4.4), (5.2, -4.4), (4.2, -5.6)):
        canvas.dot(*body.plate((hole,), centre, -tilt)[0], "steel", 0.0)
    canvas.dot(*body.plate(((-0.4, -0.2),), centre, -tilt)[0], "gold", 0.8)


def _plume(canvas, body, centre, tilt):
    """A flame from the helm's crest: tongues of shrinking discs along waving curves."""
    pose = body.pose
    size = pose["flame_size"]
    if size <= 0.02:
        return
    heat = np.zeros((FRAME[1], FRAME[0]))
    root = turn((-2.4, 6.0), -tilt)
    start = (centre[0] + root[0], centre[1] + root[1])
    tongues = ((19.0, 4.4, 1.0, 0.0), (14.0, 3.4, 0.8, 20.0), (11.0, 3.0, 0.8, -22.0))
    for number, (length, width, sweep, spread) in enumerate(tongues):
        phase = 2 * math.pi * (pose["flame"] + 0.37 * number)
        angle = 90 + pose["flame_sweep"] * sweep + spread + pose["spin"]
        tongue(heat, body.at(start), length * size, width * math.sqrt(size), angle, phase)
    canvas.glow(np.where(heat > 0, 0.12 + 0.9 * heat, 0.0), "ember", over=False)
    for number in range(3):  # sparks that leave the flame
        life = (pose["flame"] + number / 3.0) % 1.0
        angle = math.radians(90 + pose["flame_sweep"] * 1.2 + (number - 1) * 16)
        far = (12 + 13 * life) * size
        point = (
            start[0] + math.cos(angle) * far,
            start[1] + math.sin(angle) * far + 3 * math.sin(7 * life + number),
        )
        if life < 0.8 and size > 0.5:
            canvas.dot(*body.at(point), "ember", 0.75 - 0.5 * life, solid=False)


def _cape(canvas, body):
    """Cloth from both shoulders, swept back, its torn hem glowing like the edge of burning paper."""
    pose = body.pose
    count, length = 9, 33.0
    lead, trail = [], []
    x, y = body.torso(-2.0, 20.0)
    for step in range(count):
        t = step / (count - 1)
        wave = math.sin(2 * math.pi * (pose["cape_wave"] - 0.8 * t)) * 10.0 * t
        angle = math.radians(270 - pose["cape"] * (0.55 + 0.6 * t) - wave)
        if step:
            x, y = x + math.cos(angle) * length / (count - 1), y + math.sin(angle) * length / (count - 1)
        side = angle + math.pi / 2
        half = 5.0 + 4.6 * t + 1.2 * math.sin(2 * math.pi * (pose["cape_wave"] + 0.3 - 0.7 * t)) * t
        lead.append((x + math.cos(side) * half * 0.75, max(y + math.sin(side) * half * 0.75, 1.0)))
        trail.append((x - math.cos(side) * half, max(y - math.sin(side) * half, 0.6)))
    hem = []
    for tooth in range(1, 8):
        t = tooth / 8.0
        bx, by = (lead[-1][k] + (trail[-1][k] - lead[-1][k]) * t for k in (0, 1))
        depth = (-3.6, 1.8, -5.2, 2.4, -3.0, 2.8, -4.4)[tooth - 1]
        px, py = lead[-1][0] - lead[-2][0], lead[-1][1] - lead[-2][1]
        scale = math.hypot(px, py) or 1.0
        hem.append((bx + px / scale * depth, max(by + py / scale * depth, 0.4)))
    outline = np.array([body.at(p) for p in (*lead, *hem, *trail[::-1])])
    mask = canvas.paint(polygon(outline, 5.0, 0.75, (-0.1, 0.0)), "cloth", bias=0.0)
    for across in (0.28, 0.55, 0.8):  # folds
        fold = [body.at((a[0] + (b[0] - a[0]) * across, a[1] + (b[1] - a[1]) * across))
                for a, b in zip(lead[2:], trail[2:], strict=True)]  # fmt: skip
        canvas.line(np.array(fold), "cloth", 0.14, mask)
    burning = [body.at(p) for p in (lead[-1], *hem, trail[-1])]
    canvas.line(np.array(burning), "ember", 0.42 + 0.2 * math.sin(2 * math.pi * pose["flame"]), mask)
    for number, point in enumerate(burning[1:-1:2]):
        canvas.dot(point[0], point[1] - 0.5, "ember", 0.62 + 0.1 * (number % 2))


def _sword(canvas, body, hand, angle, heat):
    """Grip in `hand`, blade at `angle`; the cutting edge (its forward side) glows by `heat`."""
    plate = body.plate
    grip = plate(((-7.0, 0.0), (3.0, 0.0)), hand, angle)
    canvas.paint(capsule(grip[0], grip[1], 1.5, 1.5), "leather", bias=0.1)
    canvas.paint(ellipse(grip[0], 2.1, 2.1), "gold", bias=0.1)
    tip = 4.0 + BLADE
    upper = ((4.0, 0.2), (4.0, 2.7), (tip - 9.0, 2.1), (tip, 0.2))
    lower = ((4.0, 0.2), (tip, 0.2), (tip - 9.0, -1.9), (4.0, -2.5))
    canvas.paint(polygon(plate(upper, hand, angle), 2.0, 0.3, (0.15, -0.45)), "blade", bias=0.06, gain=0.95)
    canvas.paint(
        polygon(plate(lower, hand, angle), 2.0, 0.3, (-0.1, 0.6)), "blade", bias=-0.12, gain=0.9, edge=False
    )
    glowing = plate(((7.0, -2.2), (tip - 9.0, -1.8), (tip - 0.5, 0.0)), hand, angle)
    canvas.line(glowing, "ember", 0.30 + 0.55 * heat)
    if heat > 0.6:
        canvas.line(
            plate(((8.0, 2.2), (tip - 9.0, 1.8), (tip - 0.5, 0.2)), hand, angle), "ember", 0.2 + 0.6 * heat
        )
    runes = plate([(x, 0.0) for x in (10.0, 14.0, 18.0, 22.0, 26.0)], hand, angle)
    for x, y in runes:
        canvas.dot(x, y, "ember", 0.25 + 0.6 * heat)
    guard = ((2.4, -6.0), (1.4, 0.0), (2.4, 6.0), (4.6, 6.4), (4.2, 0.0), (4.6, -6.4))
    canvas.paint(polygon(plate(guard, hand, angle), 1.8, 0.7), "gold", bias=0.08, gloss=0.3)


def _shield(canvas, body, hand):
    pose = body.pose
    width, angle = pose["shield_width"], pose["shield_turn"]
    centre = (hand[0] + pose["shield"][0], hand[1] + pose["shield"][1])
    size = pose["shield_size"]
    heater = ((-8, 10), (-4, 11.6), (0, 12), (4, 11.6), (8, 10), (8, 1), (5, -7), (0, -13), (-5, -7), (-8, 1))
    scaled = [(x * width * size, y * size) for x, y in heater]
    canvas.paint(polygon(body.plate(scaled, centre, angle), 2.0, 0.8), "gold", bias=0.0, gloss=0.3)
    inner = [(x * 0.78, y * 0.84) for x, y in scaled]
    face = canvas.paint(
        polygon(body.plate(inner, centre, angle), 6.0, 0.7, (0.25, -0.1)), "steel", bias=0.0, gloss=0.25
    )
    flame = (
        (0, 7.5),
        (2.2, 3.5),
        (1.6, 1.5),
        (4.4, 2.6),
        (4.0, -2.5),
        (0, -6.5),
        (-4.0, -2.5),
        (-3.6, 1.0),
        (-1.2, 2.2),
    )
    emblem = polygon(body.plate([(x * width * size, y * size) for x, y in flame], centre, angle), 2.0, 0.6)
    canvas.paint(emblem, "cloth", bias=0.22, inside=face)
    canvas.line(body.plate(((0, 3.0), (0.6 * width, -1.0), (0, -4.0)), centre, angle), "ember", 0.62, face)
    if pose["flare"] > 0.05:
        canvas.line(body.plate([*scaled, scaled[0]], centre, angle), "ember", 0.35 + 0.6 * pose["flare"])
        _flare(canvas, body.plate(((3.0 * width, 0.0),), centre, angle)[0], pose["flare"])


def _flare(canvas, centre, power):
    """A star of light where a blow has struck."""
    ys, xs = np.mgrid[0 : FRAME[1], 0 : FRAME[0]] + 0.5
    dx, dy = np.abs(xs - centre[0]), np.abs(ys - centre[1])
    reach = 15.0 * power
    star = 1.0 - (np.sqrt(dx) + np.sqrt(dy)) ** 2 / reach  # four points
    canvas.glow(np.where(star > 0, np.minimum(0.45 + 0.54 * star, 0.98), 0.0), "ember")


def _smear(canvas, body):
    """The crescent of light a swing leaves between two sword angles, its tail torn into strands."""
    pose = body.pose
    if pose["smear"] <= 0.01:
        return
    ys, xs = np.mgrid[0 : FRAME[1], 0 : FRAME[0]] + 0.5
    cx, cy = body.at(pose["smear_centre"])
    radius = np.sqrt((xs - cx) ** 2 + ((ys - cy) * 1.12) ** 2)
    angle = np.degrees(np.arctan2(-(ys - cy), xs - cx))
    start, end = pose["smear_from"], pose["smear_to"]
    along = (angle - start) / (end - start)  # 0 at the tail, 1 at the blade
    head = np.clip(along, 0, 1)
    outer = pose["smear_radius"]
    inner = outer * (1.0 - 0.5 * smoothstep(head) * pose["smear"])
    across = np.clip((radius - inner) / np.maximum(outer - inner, 1e-6), 0, 1)
    strand = fractal_noise(radius / 4.0, angle / 70.0 + 4.0, 2, 17)
    torn = rounded(strand) < 0.28 + 0.75 * head * pose["smear"] + 0.5 * (pose["smear"] > 0.85)
    inside = (along >= 0) & (along <= 1) & (radius >= inner) & (radius <= outer) & torn
    light = (0.10 + 0.90 * head) * (0.26 + 0.74 * across**1.6) * (0.3 + 0.7 * pose["smear"])
    canvas.glow(np.where(inside, np.clip(light * 1.08, 0.02, 0.99), 0.0), "ember")
