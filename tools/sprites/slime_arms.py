"""The Demon Slime's arms: flesh that sags and streaks, claws, and the cleaver with what it tears up.

A limb is a tapering tube along a bent spine. Its surface streaks run along it and its underside drips,
so that it looks poured from the same slime as the body.
"""

import math

import numpy as np

from tools.sprites.posing import joint, turn
from tools.sprites.shading import (
    Shape,
    capsule,
    cells,
    fractal_noise,
    hash_noise,
    height_field,
    path,
    polygon,
    rounded,
    smoothstep,
    value_noise,
)

UPPER_ARM, FOREARM = 28.0, 25.0
# The cleaver from its root in the wrist, x along the blade, y towards its back: a hooked back with
# thorns, and a bellied edge from which a blow has broken a piece.
CLEAVER_BACK = ((1, 5), (9, 8), (16, 7), (18, 13), (24, 9), (33, 9.5), (36, 16), (42, 11), (52, 12), (59, 18),
                (61, 10))  # fmt: skip
CLEAVER_EDGE = ((63, 2), (61, -9), (54, -16), (43, -20), (39.5, -15.5), (36, -20), (26, -18.5), (15, -13.5),
                (8, -8), (1, -6))  # fmt: skip
CLEAVER_VEINS = (
    ((8, 1), (18, 3.5), (27, 0.5), (36, 4.0), (47, 1.5), (56, 4.0)),
    ((18, 3.5), (22, 8)),
    ((36, 4), (40, 9)),
    ((27, 0.5), (31, -5), (29, -9)),
)


def claw_arm(canvas, frame):
    """The far arm: a limb of slime with three claws."""
    pose = frame.pose
    keep = 1 - pose["melt"]
    shoulder = frame.bend(34.0, 62.0)
    reach = (shoulder[0] + pose["claw"][0], max(shoulder[1] + pose["claw"][1] * (0.3 + 0.7 * keep), 4.0))
    elbow, wrist = joint(shoulder, reach, 20.0, 18.0, -1)
    at = frame.pixel
    base = math.degrees(math.atan2(wrist[1] - elbow[1], wrist[0] - elbow[0]))
    for finger in (-30.0, 2.0, 34.0):
        knuckle = _ahead(wrist, base + finger, 6.0)
        middle = _ahead(knuckle, base + finger, 6.0)
        tip = _ahead(middle, base + finger - 42.0, 7.0)
        canvas.paint(capsule(at(knuckle), at(middle), 3.0, 2.2), "horn", bias=-0.08)
        canvas.paint(capsule(at(middle), at(tip), 2.2, 0.5), "horn", bias=0.02, edge=False)
    if pose["melt"] > 0.5:
        return
    _limb(canvas, frame, [shoulder, elbow, wrist], (11.0, 8.0, 8.5, 6.5), bias=-0.20, seed=7)


def blade_arm(canvas, frame, enraged):
    """The near arm: slime to the wrist, then a cleaver of hardened slime."""
    pose = frame.pose
    keep = 1 - pose["melt"]
    shoulder = frame.bend(4.0, 70.0)
    wrist = (shoulder[0] + pose["arm"][0], max(shoulder[1] + pose["arm"][1] * (0.25 + 0.75 * keep), 5.0))
    elbow, wrist = joint(shoulder, wrist, UPPER_ARM, FOREARM, -1)
    elbow = (elbow[0], max(elbow[1], 9.0))
    if pose["melt"] > 0.5:  # the arm has run away; the cleaver lies where it fell
        _cleaver(canvas, frame, (wrist[0], 13.0), pose["blade"])
        return
    _cleaver(canvas, frame, wrist, pose["blade"])
    radii = (15.5 * (0.4 + 0.6 * keep), 11.5, 8.5, 11.0, 8.0)
    mask = _limb(canvas, frame, [shoulder, elbow, wrist], radii, bias=-0.02, seed=3)
    if enraged or pose["redden"] > 0.6:
        _veins(canvas, frame, (shoulder, elbow, wrist), mask)
    skin = "shell" if pose["shell"] > 0.5 else "body"
    for number, side in enumerate((-56.0, -18.0, 20.0, 58.0)):  # fingers that hold on to the blade
        across = turn((0.0, 9.0 * math.sin(math.radians(side))), pose["blade"])
        start = (wrist[0] + across[0], wrist[1] + across[1])
        end = _ahead(start, pose["blade"] - side * 0.14, 9.0 + (4.5 if number % 2 else 0.0))
        shape = capsule(frame.pixel(start), frame.pixel(end), 3.8, 1.4)
        canvas.paint(shape, skin, bias=0.0, gloss=0.4)


def _ahead(point, degrees, length):
    """The point `length` away from `point` in the direction `degrees` (y up)."""
    return (
        point[0] + length * math.cos(math.radians(degrees)),
        point[1] + length * math.sin(math.radians(degrees)),
    )


def _limb(canvas, frame, joints, radii, bias, seed):
    """Paints a tube along `joints` (pose space), its radius going through `radii`; returns its mask."""
    pose = frame.pose
    spine = path([frame.pixel(point) for point in joints], 14)
    at = np.linspace(0.0, 1.0, len(spine))
    radius = np.interp(at, np.linspace(0.0, 1.0, len(radii)), radii)
    most = max(radii) + 9.0
    top, left = (max(math.floor(spine[:, k].min() - most), 0) for k in (1, 0))
    window = (
        slice(top, math.ceil(spine[:, 1].max() + most)),
        slice(left, math.ceil(spine[:, 0].max() + most)),
    )
    xs, ys = frame.xs[window], frame.ys[window]
    distance = np.full(xs.shape, 60.0)
    height, along, across = np.zeros(xs.shape), np.zeros(xs.shape), np.zeros(xs.shape)
    for i in range(len(spine) - 1):
        (ax, ay), (bx, by) = spine[i], spine[i + 1]
        dx, dy = bx - ax, by - ay
        length = max(math.hypot(dx, dy), 1e-6)
        t = np.clip(((xs - ax) * dx + (ys - ay) * dy) / length**2, 0.0, 1.0)
        thick = radius[i] + (radius[i + 1] - radius[i]) * t
        away = np.hypot(xs - ax - t * dx, ys - ay - t * dy)
        nearer = rounded(away - thick) < distance
        distance = np.where(nearer, rounded(away - thick), distance)
        along = np.where(nearer, (i + t) * 1.9, along)
        side = np.where(rounded((ys - ay) * dx - (xs - ax) * dy) < 0, -1.0, 1.0)
        across = np.where(nearer, side * away, across)
        height = np.maximum(height, np.sqrt(np.maximum(thick * thick - away * away, 0.0)))
    # The underside hangs in drops that follow the limb.
    column = xs - spine[0][0] + 40.0
    drops = np.clip(value_noise(column / 5.0, np.zeros(xs.shape), seed) - 0.45, 0.0, 1.0) * 14.0
    hanging = smoothstep((distance + 5.0) / 5.0) * (ys > np.interp(xs, *_sorted(spine)))
    soft = 1.0 - smoothstep(pose["shell"] * 2.0)
    mask = rounded(distance - drops * hanging * soft) <= 0
    # The upper arm flows out of the body: no outline where it leaves the shoulder.
    streaks = fractal_noise(across / 4.0 + 9.0, along / 17.0 + seed, 2, seed)
    surface = height + 5.0 * streaks * soft * smoothstep(height / 8.0)
    shape = height_field(top, left, mask, surface)
    painted = canvas.paint(shape, "body", bias=bias, gain=0.9, gloss=0.5, shadow=0.2)
    if pose["shell"] > 0.02:
        share = smoothstep(pose["shell"] * 1.6 - 0.3)
        harden(canvas.part(window), mask & painted[window], along * 1.6, across, surface, xs * 0, share)
    return painted


def _sorted(spine):
    """The spine's columns in rising order and their rows, for interpolation."""
    order = np.argsort(spine[:, 0], kind="stable")
    return spine[order, 0], spine[order, 1]


def harden(canvas, flesh, u, v, height, front, share):
    """Turns `flesh` (mask) to facets of dark glass; `share` of it is hard, where `front` is high first.

    `u` and `v` are surface coordinates in pixels, `height` is the surface towards the viewer.
    """
    seam, key = cells(u, v, 13.0, 3)
    hard = flesh & (rounded(front + 0.25 * key) > 1.25 * (1.0 - share))
    dy, dx = np.gradient(height)
    length = np.sqrt(dx * dx + dy * dy + 1.0)
    nx = np.clip(-dx / length * 0.75 + (key - 0.5) * 0.5, -0.95, 0.95)
    ny = np.clip(-dy / length * 0.75 + ((key * 7.0) % 1.0 - 0.5) * 0.5, -0.95, 0.95)
    limit = np.maximum(np.sqrt(nx * nx + ny * ny), 1.0)
    facets = Shape(0, 0, hard, nx / limit, ny / limit)
    canvas.paint(facets, "shell", bias=-0.06, gain=0.9, gloss=0.4, edge=False, shadow=0)
    canvas.shade(-0.30, hard & (rounded(seam) < 1.3))


def _veins(canvas, frame, joints, mask):
    """Fire that shows through the arm."""
    spine = path([frame.pixel(point) for point in joints], 6)
    for sway, first, seed in ((5.0, 2, 1), (-5.5, 5, 2)):
        points = []
        for i in range(first, len(spine) - 1):
            side = sway * (0.3 + float(hash_noise(i, seed, 5)))
            points.append((spine[i][0] + side * 0.5, spine[i][1] + side + 3.0 * (i % 2)))
        canvas.line(points, "crack", 0.30 + 0.45 * frame.pose["heat"], mask)


def _cleaver(canvas, frame, wrist, angle):
    pose = frame.pose
    size = pose["blade_size"]

    def plate(points):
        moved = (turn((x * size, y * size), angle) for x, y in points)
        return np.array([frame.pixel((wrist[0] + x, wrist[1] + y)) for x, y in moved])

    whole = plate((*CLEAVER_BACK, *CLEAVER_EDGE))
    mask = canvas.paint(polygon(whole, 4.0, 0.6, (0.0, -0.25)), "shard", bias=-0.12, gain=0.85, gloss=0.3)
    ground = [(x, y * 0.45 - 2.0) for x, y in CLEAVER_EDGE]
    hone = polygon(plate((*CLEAVER_EDGE, *ground[::-1])), 3.0, 0.5, (0.2, -0.3))
    canvas.paint(hone, "shard", bias=0.16, gain=0.9, inside=mask, shadow=0)
    for vein in CLEAVER_VEINS:
        canvas.line(plate(vein), "crack", 0.22 + 0.6 * pose["heat"], mask)
    fury = pose["redden"]
    glow = "warning" if fury > 0.3 else "crack"
    for depth in range(4 if fury > 0.6 else 1):  # fury heats the edge from outside inwards
        line = [(x - 0.9 * depth * (x > 50), y + 1.1 * depth) for x, y in CLEAVER_EDGE]
        canvas.line(plate(line), glow, 0.25 + 0.7 * max(pose["heat"], fury) - 0.2 * depth, mask)


def smear(canvas, frame):
    """The crescent a falling cleaver leaves about the near shoulder, and the floor it breaks."""
    pose = frame.pose
    if pose["smear"] > 0.01:
        shoulder = frame.pixel(frame.bend(6.0, 66.0))
        dx, dy = frame.xs - shoulder[0], frame.ys - shoulder[1]
        radius, angle = np.hypot(dx, dy), np.degrees(np.arctan2(-dy, dx))
        angle = np.where(angle < -120.0, angle + 360.0, angle)  # a swing may begin behind the back
        along = (angle - pose["smear_from"]) / (pose["smear_to"] - pose["smear_from"])
        head = np.clip(along, 0, 1)
        outer = pose["smear_radius"]
        inner = outer * (1.0 - 0.5 * smoothstep(head) * pose["smear"])
        across = np.clip((radius - inner) / np.maximum(outer - inner, 1e-6), 0.0, 1.0)
        # The tail is torn into strands.
        strand = fractal_noise(radius / 5.0, angle / 60.0 + 4.0, 2, 17)
        torn = rounded(strand) < 0.30 + 0.9 * head * pose["smear"]
        inside = (along >= 0) & (along <= 1) & (radius >= inner) & (radius <= outer) & torn & ~canvas.solid
        light = (0.14 + 0.9 * head) * (0.30 + 0.70 * across**1.5)
        canvas.glow(
            np.where(inside, np.clip(light, 0.02, 0.99) * (0.4 + 0.6 * pose["smear"]), 0.0), "warning"
        )
    if pose["impact"] > 0.01:
        _impact(canvas, frame)


def _impact(canvas, frame):
    """Where the cleaver strikes: a fan of light and chips, dying as `impact` falls from 1 to 0."""
    power = frame.pose["impact"]
    x0, y0 = frame.pixel((82.0, 1.0))
    dx, dy = frame.xs - x0, frame.ys - y0
    radius, angle = np.hypot(dx, dy), np.degrees(np.arctan2(-dy, dx))
    field = np.zeros(dx.shape)
    for number, (ray, length) in enumerate(((16, 15), (42, 24), (64, 40), (88, 36), (118, 46), (142, 32))):
        reach = length * (1.25 - 0.5 * power)
        width = 11.0 * power * np.clip(1.0 - radius / reach, 0.0, 1.0)
        away = np.abs(radius * np.sin(np.radians(angle - ray)))
        ahead = (np.abs(angle - ray) < 60.0) & (radius > reach * (1.0 - power) * 0.8)
        lit = ahead & (rounded(away - width * 0.4) < 0)
        field = np.maximum(field, np.where(lit, (0.98 - 0.5 * radius / reach) * (0.4 + 0.6 * power), 0.0))
        far = reach * (0.7 + 0.5 * float(hash_noise(number, 3, 8)))
        chip = (x0 + far * math.cos(math.radians(ray)), y0 - far * math.sin(math.radians(ray)))
        near = np.maximum(np.abs(frame.xs - chip[0]), np.abs(frame.ys - chip[1])) < 1.6 * power
        field = np.maximum(field, np.where(near, 0.7 * power, 0.0))
    canvas.glow(np.where(frame.ys < y0 + 1, field, 0.0), "warning")
