"""Poses, keyframes and two-bone limbs.

A pose is a dict of numbers and (x, y) tuples. `sample` blends keyframes with an ease; `joint` finds
the elbow or knee between two points. Pose space: origin at the feet, x forwards, y up, pixels.
"""

import itertools
import math

EASES = {
    "smooth": lambda t: t * t * (3 - 2 * t),
    "linear": lambda t: t,
    "out": lambda t: 1 - (1 - t) ** 3,  # fast, then settling
    "in": lambda t: t**3,  # slow, then fast
}


def blend(a, b, t):
    """The pose between `a` (t = 0) and `b` (t = 1); both have the same keys."""
    return {key: _mix(a[key], b[key], t) for key in a}


def _mix(a, b, t):
    if isinstance(a, tuple):
        return tuple(x + (y - x) * t for x, y in zip(a, b, strict=True))
    return a + (b - a) * t


def sample(keys, time, loop=False):
    """The pose at `time` in [0, 1] from `keys`: (time, pose, ease into it), in order of time.

    A looping animation blends from its last key back to its first, as if that stood at time 1.
    """
    keys = [*keys, (1.0, keys[0][1], keys[0][2])] if loop else keys
    if time <= keys[0][0]:
        return dict(keys[0][1])
    for (t0, before, _), (t1, after, ease) in itertools.pairwise(keys):
        if time <= t1:
            return blend(before, after, EASES[ease]((time - t0) / (t1 - t0)))
    return dict(keys[-1][1])


def joint(a, b, upper, lower, bend):
    """Where a limb of lengths `upper`, `lower` bends on its way from `a` to `b`, and its end.

    `bend` is +1 or -1: the side, left or right of the direction a to b (y up). An unreachable end
    is pulled back to the limb's full length. Returns (joint, end).
    """
    dx, dy = b[0] - a[0], b[1] - a[1]
    distance = math.hypot(dx, dy)
    if distance < 1e-6:
        dx, dy, distance = 0.0, -1e-6, 1e-6
    reach = min(max(distance, abs(upper - lower) + 0.01), (upper + lower) * 0.995)
    ux, uy = dx / distance, dy / distance
    along = (upper * upper - lower * lower + reach * reach) / (2 * reach)
    side = bend * math.sqrt(max(upper * upper - along * along, 0.0))
    middle = (a[0] + ux * along - uy * side, a[1] + uy * along + ux * side)
    return middle, (a[0] + ux * reach, a[1] + uy * reach)


def turn(point, degrees, centre=(0.0, 0.0)):
    """`point` turned about `centre` by `degrees`, counter-clockwise with y up."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = point[0] - centre[0], point[1] - centre[1]
    return (centre[0] + x * c - y * s, centre[1] + x * s + y * c)
