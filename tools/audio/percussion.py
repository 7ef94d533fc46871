"""Percussion of the orchestra: drums, iron, cymbals, gongs and bells, each returning a stereo note.

All take `(pitch, seconds, velocity, rng)`: a MIDI note, the written duration (only rolls and swells heed it),
loudness 0 to 1 and the generator to draw from.
"""

import numpy as np

from tools.audio.sources import PLATE, bell, burst, metal, rattle, thump
from tools.audio.synth import (
    bandpass,
    clock,
    curve,
    fall,
    filtered,
    glide,
    hertz,
    highpass,
    length,
    lowpass,
    modal,
    panned,
    place,
    swept,
    white,
)


def taiko(pitch, _seconds, velocity, rng):
    """Barrel drum tuned to MIDI note `pitch`: skin, shell and stick; harder blows bend further."""
    base = hertz(pitch)
    seconds = 1.3
    bend = 1.0 + 0.35 * velocity * np.exp(-clock(length(seconds)) / 0.035)
    skin = (
        (1.0, 1.0, 0.85),
        (1.59, 0.55, 0.5),
        (2.14, 0.35, 0.36),
        (2.3, 0.25, 0.3),
        (2.65, 0.25, 0.25),
        (3.5, 0.18, 0.2),
    )
    partials = [(base * ratio, gain, decay) for ratio, gain, decay in skin]
    drum = modal(length(seconds), partials, rng, bend)
    place(drum, burst(rng, 0.12, 0.07, bandpass(900, 0.6), lowpass(3500)), 0.0, 0.5 * velocity)
    place(drum, burst(rng, 0.03, 0.012, highpass(2000)), 0.0, 0.3 * velocity**2)
    place(drum, burst(rng, 0.3, 0.25, bandpass(260, 1.0)), 0.0, 0.35)
    return panned(drum * velocity, 0.5 * (rng.random() - 0.5))


def side_drum(pitch, _seconds, velocity, rng):
    """Field drum with gut snares, tuned to MIDI note `pitch`."""
    base = hertz(pitch)
    drum = modal(length(0.4), ((base, 1.0, 0.16), (1.6 * base, 0.6, 0.11), (2.3 * base, 0.4, 0.08)), rng)
    place(drum, burst(rng, 0.3, 0.1 + 0.12 * velocity, bandpass(3300, 0.45), highpass(1100)), 0.0, 0.9)
    place(drum, burst(rng, 0.02, 0.008, highpass(4000)), 0.0, 0.5 * velocity)
    return panned(drum * velocity, -0.15)


def timpani(pitch, _seconds, velocity, rng):
    """Kettledrum at MIDI note `pitch`: near-harmonic modes over a soft mallet."""
    base = hertz(pitch)
    modes = (
        (1.0, 1.0, 1.7),
        (1.5, 0.7, 1.4),
        (1.99, 0.4, 1.1),
        (2.44, 0.25, 0.8),
        (2.89, 0.15, 0.6),
        (0.63, 0.3, 0.35),
    )
    drum = modal(length(1.8), [(base * ratio, gain, decay) for ratio, gain, decay in modes], rng)
    place(drum, burst(rng, 0.1, 0.05, bandpass(500, 0.7), lowpass(1800)), 0.0, 0.5 * velocity)
    return panned(drum * velocity, 0.25)


def anvil(pitch, _seconds, velocity, rng):
    """Struck iron bar."""
    ring = metal(rng, 0.9, hertz(pitch), 0.9, brightness=0.8)
    place(ring, burst(rng, 0.03, 0.015, highpass(3000)), 0.0, 0.4)
    return panned(ring * velocity, -0.4)


def cymbal(_pitch, _seconds, velocity, rng):
    """Crash: a dense metallic wash that darkens as it decays."""
    count = length(2.8)
    wash = np.zeros((2, count))
    for channel in range(2):
        noise = white(rng, count)
        for centre, t60 in ((3200.0, 1.9), (5600.0, 1.6), (9000.0, 1.1), (13000.0, 0.7)):
            wash[channel] += filtered(noise, bandpass(centre, 1.1)) * fall(count, t60 * 1.3)
    ring = metal(rng, 2.8, 410, 2.4, ratios=(*PLATE, 13.3, 16.1, 18.7, 22.3), damping=0.35, brightness=1.0)
    return (wash + 0.25 * panned(ring, 0.1)) * velocity * np.minimum(clock(count) / 0.003, 1.0)


def cymbal_swell(_pitch, seconds, velocity, rng):
    """Suspended cymbal rolled from nothing to `velocity` over `seconds`, then left to ring briefly."""
    count = length(seconds + 1.2)
    level = (
        curve(count, (0, 0), (0.6 * seconds, 0.2), (seconds, 1), (seconds + 0.25, 0.35), (seconds + 1.2, 0))
        ** 1.4
    )
    centre = glide(count, (0, 2200), (seconds, 6500))
    wash = np.stack([swept(white(rng, count), bandpass, centre, 0.8) for _ in range(2)])
    return wash * level * velocity


def drum_roll(pitch, seconds, velocity, rng):
    """Timpani roll: strokes fourteen a second that grow to `velocity` over `seconds`."""
    result = np.zeros((2, length(seconds + 1.8)))
    strokes = round(seconds * 14.0)
    for stroke in range(strokes):
        share = (stroke + 1) / strokes
        at = (stroke + 0.25 * rng.random()) / 14.0
        place(result, timpani(pitch, 0.0, velocity * (0.12 + 0.5 * share * share), rng), at)
    return result


def tam_tam(_pitch, _seconds, velocity, rng):
    """Large gong that blooms after the stroke."""
    seconds = 4.5
    ratios = (*PLATE, 13.1, 15.7, 18.3, 21.0, 24.4)
    count = length(seconds)
    low = metal(rng, seconds, 68, 5.5, ratios=ratios, damping=0.5, brightness=0.7)
    high = metal(rng, seconds, 240, 3.5, ratios=ratios, damping=0.3, brightness=0.9)
    bloom = curve(count, (0, 0.15), (0.45, 1.0))
    return panned((low * curve(count, (0, 0.6), (0.2, 1)) + 0.5 * high * bloom) * velocity, 0.15)


def church_bell(pitch, _seconds, velocity, rng):
    """Tolling bell with its strike note at MIDI note `pitch`."""
    return panned(bell(rng, 4.0, hertz(pitch), 4.5, 0.8) * velocity, -0.25)


def small_bell(pitch, _seconds, velocity, rng):
    """Celesta-like bar: a soft fundamental and two high partials."""
    base = hertz(pitch)
    modes = ((base, 1.0, 1.6), (4.0 * base, 0.25, 0.6), (9.2 * base, 0.06, 0.2), (2.0 * base, 0.12, 1.0))
    return panned(modal(length(1.6), modes, rng) * velocity, 0.35)


def boom(_pitch, _seconds, velocity, _rng):
    """Sub-bass impact under the great accents."""
    drop = thump(1.8, 78, 36.7, 1.5, 0.09) + 0.35 * filtered(thump(1.8, 160, 60, 0.5, 0.05), lowpass(300))
    return panned(drop * velocity * np.minimum(clock(drop.size) / 0.004, 1.0), 0.0)


def hammer(pitch, _seconds, velocity, rng):
    """Forge hammer on a great block of iron tuned to MIDI note `pitch`: a blow that rings low."""
    ring = metal(rng, 1.4, hertz(pitch), 1.3, damping=0.5, brightness=0.75)
    place(ring, metal(rng, 0.5, 3.1 * hertz(pitch), 0.35, brightness=0.9), 0.0, 0.35)
    place(ring, thump(0.5, 170, 58, 0.35, 0.03), 0.0, 0.9)
    place(ring, burst(rng, 0.08, 0.04, bandpass(1600, 0.5)), 0.0, 0.6 * velocity)
    return panned(ring * velocity, 0.3 * (rng.random() - 0.5))


def chain(_pitch, _seconds, velocity, rng):
    """A handful of chain, shaken once: what keeps the small beats of the forge."""
    links = rattle(rng, 0.22, 7, 2600, 7200, 0.0, 0.05, 0.05)
    place(links, burst(rng, 0.09, 0.05, highpass(5200)), 0.0, 0.5)
    return panned(links * velocity, 0.45)


def bellows(_pitch, seconds, velocity, rng):
    """Bellows of the furnace: air drawn in for two thirds of `seconds`, then pressed through the coals."""
    count = length(seconds)
    turn = 0.62 * seconds
    level = curve(count, (0, 0), (0.8 * turn, 0.45), (turn, 0.1), (turn + 0.12, 1), (seconds, 0)) ** 1.3
    centre = glide(count, (0, 300), (turn, 900), (turn + 0.12, 1300), (seconds, 280))
    return np.stack([swept(white(rng, count), bandpass, centre, 1.4) for _ in range(2)]) * level * velocity
