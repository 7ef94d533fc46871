"""Keyboards of the orchestra: pipe organ, harpsichord and a low piano, each returning a stereo note.

All take `(pitch, seconds, velocity, rng)`: a MIDI note, the written duration (the key is then let go),
loudness 0 to 1 and the generator to draw from.
"""

from functools import lru_cache

import numpy as np

from tools.audio.sources import burst
from tools.audio.synth import (
    RATE,
    bandpass,
    clock,
    fall,
    filtered,
    generator,
    hertz,
    highpass,
    length,
    lowpass,
    modal,
    oscillate,
    panned,
    place,
    seat_gains,
    wavetable,
)

# Ranks of the organ: harmonic of the 16-foot pipe at which each begins, weight, how fast its tone thins.
RANKS = ((1, 0.35, 2.2), (2, 1.0, 1.3), (4, 0.7, 1.25), (6, 0.22, 1.6), (8, 0.4, 1.3), (12, 0.16, 1.5))
PLUCKED_AT = 1 / 9  # share of the string at which the quill plucks
STRUCK_AT = 1 / 7.3


@lru_cache(maxsize=128)
def organ_tables(pitch):
    """Wavetables of two divisions of pipes for `pitch`, one octave below it (the 16-foot rank leads)."""
    base = hertz(pitch) / 2.0
    highest = max(4, min(int(9000.0 / base), 160))
    rng = generator(f"organ pipes {pitch}")
    tables = []
    for _ in range(2):
        amplitudes = np.zeros(highest)
        for start, weight, tilt in RANKS:
            order = np.arange(1, highest // start + 1)
            amplitudes[start - 1 :: start][: order.size] += weight * order**-tilt
        amplitudes *= 1.0 + 0.3 * (rng.random(highest) - 0.5)
        tables.append(wavetable(amplitudes, rng))
    return tables


def organ(pitch, seconds, velocity, rng):
    """Full organ: pipes of six ranks in two divisions, a puff of wind as each note speaks."""
    release = 0.14
    count = length(seconds + 3.0 * release)
    times = clock(count)
    level = np.minimum(times / 0.03, 1.0) * np.exp(-np.maximum(times - seconds, 0.0) / (0.4 * release))
    tremble = 1.0 + 0.0006 * np.sin(2.0 * np.pi * (4.1 * times + rng.random()))
    result = np.zeros((2, count))
    for table, seat, tuning in zip(organ_tables(pitch), (-0.6, 0.6), (0.9994, 1.0007), strict=True):
        voice = oscillate((table,), 0.5 * hertz(pitch) * tuning * tremble, rng.random())
        left, right = seat_gains(seat)
        result += np.stack([left * voice, right * voice])
    result *= level
    puff = burst(rng, 0.12, 0.08, bandpass(2.0 * hertz(pitch), 1.5), highpass(200.0))
    place(result, panned(puff, 0.0), 0.0, 0.18)
    return result * velocity


def string_partials(base, stiffness, tilt, position, t60, damping):
    """`(frequency, amplitude, t60)` of a string's partials that is set in motion at share `position`."""
    partials = []
    for order in range(1, 48):
        frequency = base * order * np.sqrt(1.0 + stiffness * order * order)
        if frequency > 14_000.0:
            break
        amplitude = abs(np.sin(np.pi * order * position)) * order**-tilt
        partials.append((frequency, amplitude, t60 / (1.0 + damping * order)))
    return partials


def let_go(signal, seconds, fade):
    """`signal` damped from `seconds` on, as when the key is let go."""
    over = np.maximum(clock(signal.size) - seconds, 0.0)
    return signal * np.exp(-over / fade)


def harpsichord(pitch, seconds, velocity, rng):
    """Two choirs of plucked strings, the second an octave higher, and the quill's tick."""
    base = hertz(pitch)
    count = length(min(seconds, 1.6) + 0.3)
    string = modal(count, string_partials(base, 0.00004, 0.55, PLUCKED_AT, 2.4, 0.09), rng)
    octave = modal(count, string_partials(2.0 * base * 1.0006, 0.00006, 0.6, PLUCKED_AT, 1.6, 0.1), rng)
    sound = let_go(string + 0.55 * octave, seconds, 0.05)
    place(sound, burst(rng, 0.03, 0.012, bandpass(3800.0, 0.8)), 0.0, 0.5)
    return panned(0.4 * sound * velocity, np.clip((pitch - 66) / 40.0, -0.5, 0.5))


def low_piano(pitch, seconds, velocity, rng):
    """Bass strings under a hard hammer: stiff, growling, brighter the harder they are struck."""
    base = hertz(pitch)
    count = length(min(seconds, 2.0) + 0.35)
    tilt = 1.15 - 0.6 * velocity
    left = modal(count, string_partials(base, 0.0003, tilt, STRUCK_AT, 4.5, 0.16), rng)
    right = modal(count, string_partials(base * 1.0015, 0.0003, tilt, STRUCK_AT, 4.2, 0.16), rng)
    knock = burst(rng, 0.15, 0.08, lowpass(420.0)) + 0.3 * burst(rng, 0.15, 0.012, bandpass(2600.0, 0.8))
    sound = np.stack([left + 0.4 * right, right + 0.4 * left]) * fall(count, 6.0)
    sound = sound * np.exp(-np.maximum(np.arange(count) / RATE - seconds, 0.0) / 0.06)
    place(sound, panned(knock, 0.0), 0.0, 0.9)
    return 0.4 * velocity * filtered(sound, highpass(30.0))
