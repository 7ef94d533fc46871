"""Flames: tongues of shrinking discs along waving curves, gathered in one field of heat."""

import math

import numpy as np


def tongue(heat, start, length, width, angle, phase, sway=0.42, cool=0.55):
    """Adds one tongue of flame to `heat` (height, width), in place, and returns its tip (x, y).

    `start` is a canvas pixel, `angle` in degrees counter-clockwise from rightwards, `phase` in radians
    moves the waves along it; `cool` is how much dimmer the tip is than the root. Heat runs from 0 to 1.
    """
    x, y = start
    steps = max(6, round(length * 0.7))
    for step in range(steps):
        t = step / steps
        bearing = math.radians(angle) + sway * math.sin(phase - 3.6 * t) * (0.3 + t)
        x, y = x + math.cos(bearing) * length / steps, y - math.sin(bearing) * length / steps
        radius = max(width * (1 - t) ** 0.75, 0.5)
        left, top = max(math.floor(x - radius), 0), max(math.floor(y - radius), 0)
        part = heat[top : max(math.ceil(y + radius) + 1, 0), left : max(math.ceil(x + radius) + 1, 0)]
        ys, xs = np.mgrid[top : top + part.shape[0], left : left + part.shape[1]] + 0.5
        reach = np.minimum(np.sqrt((xs - x) ** 2 + (ys - y) ** 2) / radius, 1.0)
        np.maximum(part, np.where(reach < 1, (1 - reach) ** 0.6 * (0.95 - cool * t), 0.0), out=part)
    return x, y
