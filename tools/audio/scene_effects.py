"""Sounds around the fight: verdicts, the fog gate, the heart near death, the blow that ends it.

Each function draws from the generator it is given and returns an unfinished mono signal.
"""

from tools.audio.sources import PLATE, bell, burst, choir, gust, hall, layered, metal, thump
from tools.audio.synth import (
    bandpass,
    curve,
    filtered,
    glide,
    highpass,
    length,
    lowpass,
    peak,
    saturated,
    white,
)

VOWEL_AH = ((700.0, 6.0, 1.0), (1120.0, 8.0, 0.55), (2600.0, 9.0, 0.2), (3300.0, 10.0, 0.12))
VOWEL_OH = ((430.0, 6.0, 1.0), (820.0, 8.0, 0.5), (2500.0, 10.0, 0.08), (3200.0, 10.0, 0.04))


def victory(rng):
    """Relief: a choir opens from D minor into D major over three bells."""
    first, last = length(1.5), length(3.4)
    dark = choir(
        rng, (146.83, 220.0, 293.66, 349.23), 1.5, curve(first, (0, 0), (0.3, 0.7), (1.5, 0)), VOWEL_OH
    )
    swell = curve(last, (0, 0), (0.5, 0.8), (1.1, 1), (2.2, 0.7), (3.4, 0)) ** 1.2
    light = choir(rng, (146.83, 220.0, 293.66, 369.99, 440.0, 587.33), 3.4, swell, VOWEL_AH, 5)
    bells = [(0.02, 0.3, bell(rng, 2.0, 293.66, 2.4)), (0.95, 0.3, bell(rng, 2.5, 440.0, 2.6))]
    bells.append((1.2, 0.4, bell(rng, 2.8, 587.33, 3.0)))
    return hall(layered(4.3, (0, 0.8, dark), (0.9, 1.0, light), *bells), 0.16, 1.8, 2.4)


def defeat(rng):
    """A gong, a drum, and a low choir that sinks by a semitone into D minor."""
    gong = metal(rng, 3.4, 92, 4.5, ratios=(*PLATE, 13.1, 15.7, 18.3), damping=0.75, brightness=0.55)
    gong = gong * curve(gong.size, (0, 0.4), (0.25, 1))
    first, last = length(1.4), length(3.0)
    above = choir(
        rng, (77.78, 155.56, 185.0, 233.08), 1.4, curve(first, (0, 0), (0.5, 0.8), (1.4, 0)), VOWEL_OH
    )
    swell = curve(last, (0, 0), (0.4, 1), (1.4, 0.8), (3.0, 0))
    below = choir(rng, (73.42, 146.83, 174.61, 220.0), 3.0, swell, VOWEL_OH, 5)
    drum = thump(1.2, 105, 44, 1.0, 0.06)
    return hall(
        layered(4.0, (0, 0.5, gong), (0, 1.0, drum), (0.1, 0.7, above), (1.05, 1.0, below), (1.1, 0.5, drum)),
        0.16,
        1.8,
        2.4,
    )


def fog(rng):
    """Through the fog gate: wind that opens around one, breath, a distant chord."""
    count = length(2.3)
    level = curve(count, (0, 0), (0.5, 0.6), (0.9, 1), (1.4, 0.6), (2.3, 0)) ** 1.4
    wind = gust(rng, level, glide(count, (0, 320), (0.9, 1250), (2.3, 260)), 1.6)
    whistle = gust(rng, level**2, glide(count, (0, 900), (0.9, 2700), (2.3, 800)), 9.0)
    chord = choir(rng, (146.83, 220.0, 311.13), 2.3, level, VOWEL_OH, 3)
    rumble = filtered(white(rng, count), lowpass(120), peak(60, 6)) * level
    layers = layered(2.4, (0, 0.8, wind), (0, 0.22, whistle), (0, 0.25, chord), (0, 1.2, rumble))
    return hall(layers, 0.14, 1.2, 1.6)


def heartbeat(rng):
    """The knight's heart near death: two dull beats, felt more than heard."""

    def beat(strength):
        # the overtones that saturation adds carry the beat on speakers without bass
        body = saturated(2.2 * strength * thump(0.3, 88, 52, 0.2, 0.04), 3.0)
        return filtered(body + 0.25 * strength * burst(rng, 0.3, 0.09, bandpass(130, 1.2)), lowpass(420))

    return layered(0.62, (0, 1.0, beat(1.0)), (0.21, 0.75, beat(0.8)))


def slow_hit(rng):
    """The blow that ends it, as time stretches: an impact, a boom that sinks, air drawn after it."""
    count = length(2.0)
    boom = saturated(1.4 * thump(2.0, 96, 31, 1.9, 0.16), 1.8)
    growl = (
        filtered(white(rng, count), lowpass(150), peak(70, 8))
        * curve(count, (0, 0), (0.08, 1), (2.0, 0)) ** 2
    )
    wake = gust(
        rng, curve(count, (0, 0), (0.12, 1), (0.6, 0.5), (2.0, 0)) ** 1.5, glide(count, (0, 1400), (2.0, 130))
    )
    ring = metal(rng, 2.0, 196, 2.2, damping=0.8, brightness=0.45)
    return hall(
        layered(
            2.1,
            (0, 1.0, boom),
            (0, 1.5, burst(rng, 0.12, 0.06, bandpass(1300, 0.6), highpass(300))),
            (0, 0.5, growl),
            (0.02, 0.4, wake),
            (0, 0.22, ring),
        ),
        0.12,
        1.4,
        2.0,
    )
