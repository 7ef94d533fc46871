"""The Fire Knight rolled up and fallen: shapes that a skeleton of straight limbs cannot take.

Rolled up, back plates, helm and knees lie around one centre and turn as a whole; fallen, the cape has
settled over the body.
"""

import math

import numpy as np

from tools.sprites.fire import tongue
from tools.sprites.posing import turn
from tools.sprites.shading import capsule, curve, ellipse, polygon


def draw_tucked(canvas, centre, spin, flame, sword):
    """Paints the curled knight about `centre` (canvas pixel), turned by `spin` degrees (clockwise negative).

    `flame` is the phase of the plume in turns; `sword(hand, angle)` paints the sword at a place and an
    angle given relative to the centre, y up, before turning.
    """

    def at(degrees, reach):
        x, y = turn((reach, 0.0), degrees + spin)
        return centre[0] + x, centre[1] - y

    heat = np.zeros((canvas.height, canvas.width))
    for number, (length, width, lean) in enumerate(
        ((19.0, 4.2, 84.0), (14.0, 3.4, 64.0), (12.0, 3.0, 104.0))
    ):
        tongue(heat, at(62.0, 13.0), length, width, 62.0 + spin + lean, 2 * math.pi * (flame + 0.3 * number))
    sword((17.0, -9.0), 152.0)
    cape = [
        at(a, r)
        for a, r in (
            (68, 9),
            (88, 15.5),
            (120, 17),
            (155, 17.5),
            (190, 17),
            (222, 16),
            (250, 17.5),
            (272, 21),
        )
    ]
    hem = [at(a, r) for a, r in ((266, 15), (281, 15.5), (262, 11.5), (268, 9), (240, 7))]
    canvas.paint(polygon(curve(np.array([*cape, *hem]), 3), 5.0, 0.85), "cloth", bias=0.0)
    canvas.line(np.array(cape[-2:] + hem[:-1]), "ember", 0.5)
    canvas.glow(np.where(heat > 0, 0.12 + 0.9 * heat, 0.0), "ember", over=False)
    canvas.paint(capsule(at(238, 8.0), at(8, 7.0), 4.6, 4.2), "steel", bias=-0.16)  # the far thigh
    for degrees in (236, 202, 168, 134, 101):
        canvas.paint(ellipse(at(degrees, 8.0), 6.2, 5.2, -(degrees + spin)), "steel", bias=-0.02, gloss=0.25)
    canvas.paint(capsule(at(238, 7.0), at(0, 9.5), 4.6, 4.0), "steel", bias=-0.03, gloss=0.2)
    canvas.paint(capsule(at(0, 9.5), at(-70, 10.5), 3.8, 3.0), "steel", bias=-0.02, gloss=0.2)
    boot = [at(a, r) for a, r in ((-88, 7.6), (-84, 13.6), (-64, 15.4), (-42, 15.8), (-46, 12.2), (-62, 8.4))]
    canvas.paint(polygon(np.array(boot), 3.0, 0.8), "steel", bias=-0.04, gloss=0.2)
    canvas.paint(ellipse(at(-1, 10.2), 3.4, 3.4), "gold", bias=-0.04)
    canvas.paint(ellipse(at(50, 10.0), 6.4, 5.8, -(50 + spin)), "steel", bias=0.02, gloss=0.45)
    visor = [at(36, 8.0), at(32, 12.0)]
    canvas.line(np.array(visor), "ember", 0.66)
    canvas.line(np.array([at(70, 13.6), at(52, 15.6), at(36, 15.4)]), "gold", 0.7)
    canvas.paint(capsule(at(88, 4.0), at(-20, 3.0), 3.4, 3.0), "mail", bias=0.06)
    canvas.paint(capsule(at(-20, 3.0), at(-42, 9.0), 3.0, 3.6), "steel", bias=0.02, gloss=0.3)
    canvas.paint(ellipse(at(92, 5.2), 5.2, 4.8), "gold", bias=-0.08)
    canvas.paint(ellipse(at(92, 5.9), 4.9, 4.4), "steel", bias=0.04, gloss=0.45, edge=False)


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
