"""The Fire Knight rolled up and fallen: shapes that a skeleton of straight limbs cannot take.

Rolled up, back plates, helm and knees lie around one centre and turn as a whole; fallen, the cape has
settled over the body.
"""

import math

import numpy as np

from tools.sprites.fire import tongue
from tools.sprites.posing import turn
from tools.sprites.shading import capsule, curve, ellipse, polygon

# Rolled up: degrees around the centre and distances from it, in pixels.
CAPE_BACK = ((68, 9), (88, 16.5), (120, 18.5), (155, 19), (190, 18.5), (222, 17.5), (250, 19), (274, 25))
CAPE_HEM = ((264, 18), (283, 19), (262, 13.5), (268, 9), (240, 7))
LAME = ((-15, 5.5), (-17, 14.0), (2, 15.6), (19, 14.6), (16, 5.5))  # relative to its own bearing
HELM = ((-5.0, -5.2), (-6.2, -1.0), (-5.8, 3.2), (-2.8, 6.2), (1.4, 6.4), (4.6, 4.2), (6.0, 0.8), (7.4, -2.2),
        (5.2, -5.8), (0.4, -6.4))  # fmt: skip


def draw_tucked(canvas, centre, spin, flame, sword):
    """Paints the curled knight about `centre` (canvas pixel), turned by `spin` degrees (clockwise negative).

    `flame` is the phase of the plume in turns; `sword(hand, angle)` paints the sword at a place and an
    angle given relative to the centre, y up, before turning.
    """

    def at(degrees, reach):
        x, y = turn((reach, 0.0), degrees + spin)
        return centre[0] + x, centre[1] - y

    def helm(points):
        return np.array([_placed(point, at(50, 9.5), spin - 42.0) for point in points])

    heat = np.zeros((canvas.height, canvas.width))
    for number, (length, width, lean) in enumerate(
        ((27.0, 4.6, 84.0), (20.0, 3.6, 68.0), (15.0, 3.0, 104.0))
    ):
        tongue(heat, at(66.0, 13.0), length, width, 62.0 + spin + lean, 2 * math.pi * (flame + 0.3 * number))
    sword((17.0, -9.0), 152.0)
    cape = [at(a, r) for a, r in CAPE_BACK]
    hem = [at(a, r) for a, r in CAPE_HEM]
    canvas.paint(polygon(curve(np.array([*cape, *hem]), 3), 5.0, 0.85), "cloth", bias=0.0)
    canvas.line(np.array(cape[-2:] + hem[:-1]), "ember", 0.5)
    canvas.glow(np.where(heat > 0, 0.12 + 0.9 * heat, 0.0), "ember", over=False)
    canvas.paint(ellipse(at(190, 2.0), 11.5, 11.5), "mail", bias=-0.02)
    canvas.paint(capsule(at(236, 8.0), at(6, 6.0), 4.6, 4.2), "steel", bias=-0.18)  # the far thigh
    for degrees in (238, 207, 176, 145, 114):  # lames down the back, each over the one below
        lame = [at(degrees + a, r) for a, r in LAME]
        canvas.paint(polygon(np.array(lame), 3.0, 0.8), "steel", bias=-0.02, gloss=0.35)
        canvas.line(np.array([lame[1], lame[2]]), "gold", 0.52)
    canvas.paint(capsule(at(232, 7.0), at(-4, 9.0), 5.0, 4.2), "steel", bias=-0.03, gloss=0.25)
    canvas.paint(capsule(at(-4, 9.5), at(-74, 10.5), 3.8, 3.0), "steel", bias=-0.02, gloss=0.25)
    boot = [at(a, r) for a, r in ((-88, 7.6), (-84, 13.6), (-64, 15.4), (-42, 15.8), (-46, 12.2), (-62, 8.4))]
    canvas.paint(polygon(np.array(boot), 3.0, 0.8), "steel", bias=-0.04, gloss=0.2)
    canvas.paint(ellipse(at(-3, 10.4), 3.3, 3.3), "gold", bias=-0.04)
    mask = canvas.paint(polygon(curve(helm(HELM), 3), 5.0, 0.92, (0.1, -0.1)), "steel", bias=0.06, gloss=0.55)
    canvas.line(helm(((-1.2, 6.4), (-0.2, 1.4), (-1.0, -6.0))), "steel", 0.2, mask)
    canvas.line(helm(((-5.2, 4.2), (-2.4, 6.0), (1.4, 6.2), (4.6, 4.2))), "gold", 0.7, mask)
    canvas.line(helm(((0.4, 1.4), (6.6, 1.0))), "steel", 0.0, mask)
    canvas.line(helm(((0.6, 0.2), (6.8, -0.2))), "ember", 0.72, mask)
    canvas.paint(capsule(at(100, 5.0), at(-16, 4.0), 3.3, 2.9), "mail", bias=0.06)
    canvas.paint(capsule(at(-16, 4.0), at(-42, 9.5), 3.0, 3.6), "steel", bias=0.02, gloss=0.3)
    canvas.paint(ellipse(at(100, 7.0), 5.4, 4.8, -(100 + spin)), "gold", bias=-0.08)
    canvas.paint(ellipse(at(100, 7.7), 4.9, 4.3, -(100 + spin)), "steel", bias=0.04, gloss=0.45, edge=False)


def _placed(point, centre, degrees):
    """Canvas pixel of `point` (y up) turned by `degrees` and moved to `centre` (canvas pixel)."""
    x, y = turn(point, degrees)
    return centre[0] + x, centre[1] - y


def draw_shroud(canvas, feet):
    """Lays the cape over a knight who has fallen forwards; `feet` is the anchor's canvas pixel."""
    x, y = feet
    top = [(24, 13), (17, 15.5), (8, 14), (0, 12.5), (-8, 11), (-15, 7.5), (-21, 4.5)]
    hem = [(-26, 0.6), (-20, 1.6), (-16, 0.4), (-9, 3.2), (-3, 1.4), (3, 4.6), (9, 3.0), (15, 6.5), (21, 6.0)]
    cloth = canvas.paint(
        polygon(np.array([(x + a, y - b) for a, b in top + hem]), 5.0, 0.85), "cloth", bias=0.02
    )
    for fold in (((18, 14), (12, 8), (9, 4)), ((8, 13), (2, 8), (-3, 2.5)), ((-4, 11), (-10, 6), (-17, 1.5))):
        canvas.line(np.array([(x + a, y - b) for a, b in fold]), "cloth", 0.12, cloth)
    canvas.line(np.array([(x + a, y - b) for a, b in hem]), "ember", 0.36, cloth)
