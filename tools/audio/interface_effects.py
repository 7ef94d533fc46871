"""Sounds of menus, lessons and the mind panel: wood, latches and small bells.

Each function draws from the generator it is given and returns an unfinished mono signal.
"""

from tools.audio.sources import bell, burst, hall, layered, thump
from tools.audio.synth import (
    bandpass,
    curve,
    fall,
    filtered,
    glide,
    length,
    lowpass,
    modal,
    sine,
)


def ui_move(rng):
    """A small wooden tick with a pitch."""
    tick = modal(length(0.1), ((880, 1, 0.06), (1760, 0.35, 0.04), (2637, 0.2, 0.03)), rng)
    return layered(0.11, (0, 0.6, tick), (0, 0.12, burst(rng, 0.02, 0.008, bandpass(3500, 0.8))))


def ui_confirm(rng):
    """Two bells, a fourth apart."""
    low, high = bell(rng, 0.5, 587.33, 0.5, 0.5), bell(rng, 0.6, 880.0, 0.6, 0.5)
    return hall(layered(0.7, (0, 0.5, low), (0.07, 0.6, high)), 0.06, 0.5, 0.8)


def ui_back(rng):
    """The way back: the two bells of `ui_confirm` falling, and muffled."""
    high, low = bell(rng, 0.4, 880.0, 0.35, 0.3), bell(rng, 0.5, 587.33, 0.45, 0.3)
    return filtered(hall(layered(0.6, (0, 0.5, high), (0.06, 0.6, low)), 0.05, 0.4, 0.6), lowpass(3200))


def ui_toggle(rng):
    """A latch: the bolt slides, the bolt falls home."""
    slide = modal(length(0.06), ((1240, 0.6, 0.03), (2480, 0.3, 0.02)), rng)
    home = modal(length(0.12), ((660, 1, 0.07), (1320, 0.5, 0.05), (3050, 0.2, 0.03)), rng)
    tick = burst(rng, 0.02, 0.008, bandpass(3000, 0.8))
    return layered(0.18, (0, 0.35, slide), (0, 0.15, tick), (0.045, 0.6, home), (0.045, 0.2, tick))


def lock(rng):
    """Refused: a knock on something that does not give."""
    wood = modal(length(0.16), ((146, 1, 0.09), (268, 0.6, 0.06), (420, 0.3, 0.04)), rng)
    dull = filtered(burst(rng, 0.08, 0.04, bandpass(500, 0.9)), lowpass(1200))
    return layered(0.18, (0, 0.7, wood), (0, 0.5, thump(0.14, 170, 110, 0.09)), (0, 0.3, dull))


def silence_node(rng):
    """A specialist falls silent: its note slackens, darkens and goes out with a tick."""
    count = length(0.5)
    bend = glide(count, (0, 1.0), (0.08, 0.98), (0.5, 0.42))
    voices = sum(gain * sine(pitch * bend) for pitch, gain in ((880.0, 1.0), (1320.0, 0.5), (1767.0, 0.35)))
    voices = voices * curve(count, (0, 0), (0.006, 1), (0.2, 0.45), (0.42, 0.2), (0.5, 0))
    low = filtered(voices, lowpass(700))
    dark = curve(count, (0, 0), (0.35, 1))
    out = burst(rng, 0.05, 0.02, bandpass(1500, 1.0))
    return hall(
        layered(0.55, (0, 0.6, voices * (1 - dark)), (0, 0.8, low * dark), (0.42, 0.1, out)), 0.1, 0.5, 0.8
    )


def tutorial_step(rng):
    """A step learnt: three bells that climb to the fifth and the octave, a breath of air above."""
    count = length(0.8)
    air = filtered(burst(rng, 0.8, 0.7, bandpass(6500, 1.0)), bandpass(6500, 0.8)) * fall(count, 1.2)
    bells = [
        (0.085 * index, 0.5 + 0.06 * index, bell(rng, 0.9, pitch, 0.8, 0.5))
        for index, pitch in enumerate((587.33, 880.0, 1174.66))
    ]
    return hall(layered(1.1, (0.1, 0.07, air), *bells), 0.1, 0.8, 1.2)
