"""Sounds of the Fire Knight: blade, armour, shield, the Aegis and death.

Each function draws from the generator it is given and returns an unfinished mono signal. A swing is loudest
when its blade connects, 8 ticks (of 60 a second) after it began.
"""

from tools.audio.sources import (
    PLATE,
    bell,
    bubbles,
    burst,
    crackle,
    falling,
    gust,
    hall,
    layered,
    metal,
    rattle,
    thump,
)
from tools.audio.synth import (
    bandpass,
    curve,
    drift,
    fall,
    filtered,
    glide,
    highpass,
    length,
    lowpass,
    modal,
    sine,
)


def swing(rng):
    """A blade through air: a gust that rises and falls in pitch around the hit frames."""
    count = length(0.34)
    level = curve(count, (0, 0), (0.05, 0.12), (0.13, 1), (0.17, 0.75), (0.26, 0.15), (0.34, 0)) ** 1.6
    centre = glide(count, (0, 500), (0.13, 2300), (0.2, 1500), (0.34, 600))
    edge = sine(centre * 2.1) * level**3 * 0.03
    return gust(rng, level, centre, 2.0) + 0.4 * gust(rng, level**2, centre * 2.6, 3.0) + edge


def sword_hit(rng):
    """Steel into slime: an edge of noise, a wet body, a short ring."""
    cut = burst(rng, 0.12, 0.07, bandpass(3200, 0.7), highpass(900))
    squelch = burst(rng, 0.25, 0.16, bandpass(620, 1.4), lowpass(2400))
    wobble = 1.0 + 0.6 * drift(rng, squelch.size, 45.0, 1.0)
    ring = metal(rng, 0.45, 1850, 0.4, brightness=0.6)
    return layered(
        0.6,
        (0, 1.3, cut),
        (0, 0.75, thump(0.25, 190, 72, 0.18, 0.015)),
        (0.006, 1.3, squelch * wobble),
        (0.03, 0.35, bubbles(rng, 0.4, 14, 170, 620, 0, 0.25)),
        (0, 0.4, ring),
    )


def sword_guarded(rng):
    """Steel on hardened slime: a hard clank that rings, over a dull stone knock."""
    return hall(
        layered(
            0.8,
            (0, 0.8, burst(rng, 0.05, 0.025, highpass(2500))),
            (0, 1.4, metal(rng, 0.9, 940, 1.1, brightness=0.8)),
            (0, 0.8, metal(rng, 0.7, 2310, 0.8, brightness=0.6)),
            (0, 0.8, burst(rng, 0.15, 0.07, bandpass(420, 2.0))),
            (0, 0.45, thump(0.2, 150, 95, 0.13)),
        ),
        0.05,
        0.5,
        0.7,
    )


def roll(rng):
    """Cloth, leather and plate over stone: a push, a heavy middle, a footfall."""
    count = length(0.52)
    level = curve(count, (0, 0), (0.03, 0.6), (0.1, 0.3), (0.2, 1), (0.3, 0.35), (0.4, 0.55), (0.52, 0))
    cloth = gust(rng, level, glide(count, (0, 700), (0.2, 1500), (0.52, 500)), 0.9)
    return layered(
        0.56,
        (0, 0.75, cloth),
        (0.17, 0.36, thump(0.2, 110, 58, 0.16)),
        (0.17, 0.25, burst(rng, 0.12, 0.08, lowpass(500))),
        (0.39, 0.35, thump(0.15, 140, 75, 0.1)),
        (0, 0.24, rattle(rng, 0.56, 9, 1500, 4200, 0.02, 0.42, 0.06)),
    )


def block_raise(rng):
    """The shield comes up: leather, a wooden knock, a rim's clink."""
    count = length(0.16)
    cloth = gust(rng, curve(count, (0, 0), (0.04, 1), (0.16, 0)), glide(count, (0, 900), (0.16, 2400)), 1.2)
    wood = modal(length(0.2), ((230, 1, 0.13), (415, 0.7, 0.1), (690, 0.5, 0.07), (1130, 0.3, 0.05)), rng)
    return layered(
        0.36,
        (0, 0.4, cloth),
        (0.055, 0.5, wood),
        (0.055, 0.25, burst(rng, 0.05, 0.02, bandpass(2200, 0.8))),
        (0.06, 0.14, metal(rng, 0.3, 1420, 0.28, ratios=PLATE[:8])),
    )


def footstep(rng, pitch, jingle):
    """A greave set down softly on stone: heel, sole, a plate that shifts."""
    heel = thump(0.12, pitch, 0.55 * pitch, 0.07, 0.015)
    sole = burst(rng, 0.14, 0.06, bandpass(900, 0.7), lowpass(2600))
    grit = burst(rng, 0.16, 0.1, bandpass(3400, 0.9)) * curve(length(0.16), (0, 0), (0.03, 1), (0.16, 0))
    return layered(
        0.24,
        (0, 0.9, heel),
        (0.004, 0.45, sole),
        (0.02, 0.16, grit),
        (0.01, jingle, rattle(rng, 0.22, 3, 1700, 3800, 0.0, 0.06, 0.03)),
    )


def footstep_a(rng):
    """The left foot."""
    return footstep(rng, 150.0, 0.09)


def footstep_b(rng):
    """The right foot, a little lighter."""
    return footstep(rng, 172.0, 0.12)


def guard_break(rng):
    """A guard bursts: a crack, falling shards of metal, a low boom underneath."""
    shards = rattle(rng, 0.9, 16, 1100, 5200, 0.02, 0.45, 0.12) * fall(length(0.9), 1.4)
    return hall(
        layered(
            1.1,
            (0, 1.5, burst(rng, 0.16, 0.08, highpass(700))),
            (0.028, 1.2, burst(rng, 0.14, 0.1, bandpass(1500, 0.8))),
            (0, 1.3, metal(rng, 1.0, 610, 1.1, brightness=0.9)),
            (0.01, 1.0, shards),
            (0, 0.8, thump(0.6, 150, 46, 0.45, 0.035)),
            (0.02, 0.8, crackle(rng, 0.8, 40, 0, 0.6, 2.0)),
        ),
        0.09,
        0.9,
        1.1,
    )


def aegis_absorb(rng):
    """The bubble swallows a blow: a soft knock, then glass bells that shimmer upwards."""
    notes = (587.33, 880.0, 1174.66, 1760.0, 2637.02)
    chimes = [(0.012 + 0.035 * i, 0.42 - 0.05 * i, bell(rng, 1.0, f, 0.9)) for i, f in enumerate(notes)]
    count = length(0.9)
    shimmer = gust(
        rng, fall(count, 0.8) * curve(count, (0, 0), (0.05, 1)), glide(count, (0, 2500), (0.9, 7000))
    )
    knock = filtered(thump(0.3, 330, 130, 0.22), lowpass(900))
    return hall(layered(1.1, (0, 0.45, knock), (0.01, 0.25, shimmer), *chimes), 0.12, 0.9, 1.3)


def aegis_fade(rng):
    """The bubble dissolves: the same bells falling, thinning into air."""
    notes = (1760.0, 1318.51, 1174.66, 880.0, 587.33)
    chimes = [(0.09 * i, 0.5 - 0.04 * i, bell(rng, 0.9, f, 0.9, 0.6)) for i, f in enumerate(notes)]
    count = length(0.95)
    level = curve(count, (0, 0), (0.12, 0.8), (0.35, 1), (0.95, 0)) ** 1.5
    air = gust(rng, level, glide(count, (0, 6000), (0.95, 1200)), 2.5)
    return hall(layered(1.2, (0, 0.2, air), *chimes), 0.14, 0.9, 1.3)


def knight_death(rng):
    """Armour collapses in three blows while the fire goes out in a long hiss."""
    count = length(1.5)
    hiss = gust(rng, curve(count, (0, 0), (0.25, 0.5), (0.5, 1), (1.5, 0)) ** 1.4, falling(count, 5200, 380))
    falls = []
    for at, gain in ((0.05, 0.8), (0.42, 1.0), (0.68, 0.45)):
        falls.append((at, 0.8 * gain, thump(0.4, 130, 50, 0.25, 0.02)))
        falls.append((at, 0.8 * gain, burst(rng, 0.2, 0.14, bandpass(620, 0.7))))
        falls.append((at, 0.7 * gain, metal(rng, 0.7, 430 + 90 * at, 0.6, brightness=0.85)))
    return hall(
        layered(
            1.7,
            *falls,
            (0, 0.4, rattle(rng, 1.2, 18, 1300, 3900, 0.08, 0.95, 0.09)),
            (0.2, 0.55, hiss),
            (0.3, 0.3, crackle(rng, 1.3, 50, 0, 1.2, 1.5)),
        ),
        0.1,
        1.1,
        1.4,
    )
