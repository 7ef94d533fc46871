"""Sounds of the Demon Slime: the wind-up's growl, the cleave, rage and death.

Each function draws from the generator it is given and returns an unfinished mono signal. The wind-up's growl
swells through its 32 ticks (of 60 a second) into the lunge.
"""

from tools.audio.sources import bubbles, burst, growl, gust, hall, layered, metal, thump
from tools.audio.synth import (
    bandpass,
    curve,
    drift,
    filtered,
    glide,
    highpass,
    length,
    lowpass,
    saturated,
    sine,
    white,
)


def cleave_windup(rng):
    """The warning: a wet growl that climbs for 32 ticks and stops where the lunge begins."""
    count = length(0.56)
    swell = curve(count, (0, 0.25), (0.06, 0.55), (0.3, 0.7), (0.5, 1), (0.56, 0))
    pitch = glide(count, (0, 52), (0.25, 68), (0.53, 118))
    formants = (
        (glide(count, (0, 260), (0.53, 620)), 4.0, 1.0),
        (glide(count, (0, 700), (0.53, 1450)), 5.0, 1.1),
        (glide(count, (0, 2100), (0.53, 2900)), 4.0, 0.7),
    )
    voice = growl(rng, pitch, formants, rough=0.7) * swell
    rise = sine(pitch * 4.0) * swell**2
    return layered(
        0.58,
        (0, 1.0, voice),
        (0, 0.06, rise),
        (0, 0.3, bubbles(rng, 0.56, 16, 120, 460, 0, 0.45) * curve(count, (0, 0.4), (0.5, 1))),
    )


def cleave_lunge(rng):
    """The mass leaves the ground: a heavy rush of air with a bark inside it."""
    count = length(0.46)
    level = curve(count, (0, 0), (0.03, 0.5), (0.12, 1), (0.22, 0.6), (0.46, 0)) ** 1.3
    air = gust(rng, level, glide(count, (0, 260), (0.12, 900), (0.46, 220)), 1.1)
    pitch = glide(count, (0, 125), (0.1, 140), (0.46, 60))
    formants = (
        (glide(count, (0, 650), (0.12, 800), (0.46, 380)), 4.0, 1.0),
        (glide(count, (0, 1400), (0.46, 900)), 5.0, 1.0),
    )
    bark = growl(rng, pitch, formants, rough=0.6, breath=0.5) * curve(
        count, (0, 0), (0.02, 1), (0.3, 0.3), (0.46, 0)
    )
    return layered(0.5, (0, 1.0, air), (0, 0.7, bark), (0, 0.8, thump(0.4, 130, 48, 0.35, 0.05)))


def hop_land(rng):
    """The mass comes down from a hop: a soft blow, a wet slap, bubbles that close again."""
    slap = burst(rng, 0.22, 0.14, bandpass(560, 0.9), lowpass(2600))
    slap = slap * (1.0 + drift(rng, slap.size, 40.0, 0.7))
    return layered(
        0.5,
        (0, 0.9, thump(0.3, 118, 46, 0.2, 0.03)),
        (0.004, 0.9, slap),
        (0, 0.22, burst(rng, 0.06, 0.03, highpass(1800))),
        (0.05, 0.4, bubbles(rng, 0.42, 12, 140, 560, 0, 0.25)),
    )


def cleave_hit(rng):
    """The cleave lands: a sub-bass blow, a crunch, a splash of slime over armour."""
    crunch = saturated(1.5 * burst(rng, 0.3, 0.18, bandpass(900, 0.5), highpass(200)), 2.0)
    splash = burst(rng, 0.5, 0.4, bandpass(1500, 0.7)) * (1.0 + drift(rng, length(0.5), 38.0, 0.8))
    return hall(
        layered(
            0.9,
            (0, 1.1, thump(0.7, 150, 40, 0.5, 0.035)),
            (0, 2.0, crunch),
            (0, 1.3, burst(rng, 0.08, 0.05, highpass(1500))),
            (0.015, 1.0, splash),
            (0, 0.9, metal(rng, 0.7, 520, 0.6, brightness=0.8)),
            (0.06, 0.4, bubbles(rng, 0.7, 22, 130, 520, 0, 0.45)),
        ),
        0.07,
        0.8,
        1.0,
    )


def cleave_blocked(rng):
    """The shield holds: a great plate rings under a blunt blow."""
    return hall(
        layered(
            1.1,
            (0, 0.9, thump(0.45, 150, 62, 0.3, 0.025)),
            (0, 1.6, metal(rng, 1.3, 310, 1.5, brightness=0.85)),
            (0, 0.9, metal(rng, 1.0, 1270, 1.0, brightness=0.7)),
            (0, 1.2, burst(rng, 0.1, 0.07, bandpass(1900, 0.6))),
            (0.01, 0.4, burst(rng, 0.3, 0.22, bandpass(480, 1.0))),
        ),
        0.07,
        0.8,
        1.0,
    )


def roar(rng, seconds, pitch, swell, open_mouth):
    """Roar of the slime: two throats, the lower an octave down, formants that open and close."""
    count = length(seconds)
    formants = (
        (220.0 + 560.0 * open_mouth, 3.5, 1.0),
        (700.0 + 700.0 * open_mouth, 4.5, 1.2),
        (2000.0 + 900.0 * open_mouth, 4.0, 0.8),
    )
    high = growl(rng, pitch, formants, rough=0.75, breath=0.4, drive=3.0)
    low = growl(rng, pitch * 0.5, formants, rough=0.4, breath=0.2, drive=3.0)
    air = filtered(white(rng, count), bandpass(1600, 0.5)) * 0.18
    return (0.7 * high + 0.6 * low + air) * swell


def enrage(rng):
    """Below a third of its health the slime roars: up, held rattling, and down into the hall."""
    count = length(1.7)
    swell = curve(count, (0, 0), (0.06, 0.5), (0.3, 1), (1.0, 0.9), (1.7, 0)) ** 1.2
    pitch = glide(count, (0, 62), (0.3, 118), (0.9, 104), (1.7, 50))
    mouth = curve(count, (0, 0.1), (0.3, 1), (1.0, 0.75), (1.7, 0.1))
    voice = roar(rng, 1.7, pitch, swell, mouth)
    return hall(
        layered(
            1.8,
            (0, 1.0, voice),
            (0.02, 0.7, thump(1.2, 90, 36, 1.0, 0.15)),
            (0.1, 0.35, bubbles(rng, 1.5, 40, 110, 420, 0, 1.3)),
        ),
        0.1,
        1.4,
        1.8,
    )


def boss_death(rng):
    """The slime comes apart: a roar that sinks, then it bursts and drips away."""
    count = length(1.15)
    swell = curve(count, (0, 0), (0.05, 1), (0.6, 0.85), (1.0, 0.5), (1.15, 0))
    pitch = glide(count, (0, 132), (0.3, 120), (1.15, 34)) * (1.0 + drift(rng, count, 12.0, 0.1))
    voice = roar(rng, 1.15, pitch, swell, curve(count, (0, 0.8), (0.3, 1), (1.15, 0.0)))
    splat = burst(rng, 0.7, 0.5, bandpass(700, 0.5)) * (1.0 + drift(rng, length(0.7), 30.0, 0.8))
    drips = bubbles(rng, 1.5, 70, 140, 900, 0, 1.0) + bubbles(rng, 1.5, 16, 220, 1200, 0.6, 1.4)
    return hall(
        layered(
            2.6,
            (0, 0.8, voice),
            (1.0, 1.1, thump(1.0, 140, 36, 0.7, 0.04)),
            (1.0, 2.0, splat),
            (1.0, 1.0, burst(rng, 0.2, 0.1, highpass(1200))),
            (1.03, 0.6, drips),
        ),
        0.11,
        1.4,
        1.8,
    )
