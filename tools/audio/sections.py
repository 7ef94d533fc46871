"""Sections of the orchestra: bowed, blown and sung voices. Each note is stereo and includes its release.

A section is several players, each with a slightly different tone, tuning, vibrato, entry and seat.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tools.audio.synth import (
    RATE,
    bandpass,
    clock,
    drift,
    filtered,
    generator,
    hertz,
    length,
    lowpass,
    mixed,
    oscillate,
    peak,
    seat_gains,
    wavetable,
    white,
)

CONTROL = 64  # samples between the values of slow movements
# How loudness runs through a note, as (share of its duration, level) points.
SHAPES = {
    "hold": ((0.0, 0.9), (0.3, 1.0), (1.0, 0.88)),
    "swell": ((0.0, 0.3), (0.85, 1.0), (1.0, 0.95)),
    "fade": ((0.0, 1.0), (1.0, 0.35)),
    "accent": ((0.0, 1.0), (0.25, 0.72), (1.0, 0.6)),
    "arch": ((0.0, 0.5), (0.5, 1.0), (1.0, 0.5)),
}


@dataclass(frozen=True)
class Section:
    """Players of one kind. Frequencies in hertz, times in seconds, detune and vibrato as shares of pitch."""

    players: int
    pan: float  # -1 left to 1 right, the section's centre
    width: float  # spread of seats around it
    tilt: float  # amplitude of harmonic k falls as k ** -tilt
    dark: float  # low-pass of the quiet tone
    bright: float  # low-pass of the loud tone
    body: tuple  # (frequency, gain in dB, q) resonances, or formants when `sung`
    sung: bool = False
    detune: float = 0.004
    vibrato: float = 0.004
    vibrato_rate: float = 5.4
    attack: float = 0.09
    release: float = 0.25
    noise: float = 0.0  # bow or breath, relative to the tone
    noise_band: tuple = (3000.0, 0.6)
    scatter: float = 0.02  # players enter within this time


STRING_BODY = ((290.0, 4.0, 3.0), (480.0, 3.0, 3.0), (1150.0, 3.0, 2.0), (2700.0, 5.0, 1.5))
CELLO_BODY = ((170.0, 4.0, 3.0), (330.0, 3.0, 3.0), (900.0, 3.0, 2.0), (2200.0, 3.0, 1.5))
BASS_BODY = ((95.0, 4.0, 2.0), (210.0, 3.0, 2.0), (700.0, 2.0, 2.0))
HORN_BODY = ((420.0, 4.0, 1.5), (820.0, 3.0, 1.5))
TROMBONE_BODY = ((520.0, 3.0, 1.5), (1100.0, 3.0, 1.5))
TRUMPET_BODY = ((900.0, 3.0, 1.2), (1500.0, 4.0, 1.2), (2600.0, 3.0, 1.5))
AH_WOMEN = ((850.0, 0.0, 7.0), (1250.0, -4.0, 8.0), (2850.0, -14.0, 9.0), (3700.0, -18.0, 10.0))
AH_MEN = ((650.0, 0.0, 6.0), (1080.0, -5.0, 8.0), (2550.0, -15.0, 9.0), (3000.0, -17.0, 10.0))
OO = ((350.0, 0.0, 4.0), (760.0, -9.0, 6.0), (2500.0, -26.0, 9.0))

VIOLINS = Section(
    players=8,
    pan=-0.35,
    width=0.4,
    tilt=0.95,
    dark=2600,
    bright=6500,
    body=STRING_BODY,
    vibrato=0.0055,
    noise=0.02,
    release=0.3,
)
VIOLAS = Section(
    players=7,
    pan=0.12,
    width=0.4,
    tilt=1.05,
    dark=1500,
    bright=3600,
    body=STRING_BODY,
    noise=0.02,
    attack=0.14,
    release=0.4,
)
BASSES = Section(
    players=4, pan=0.3, width=0.2, tilt=1.05, dark=650, bright=1900, body=BASS_BODY, vibrato=0.002, attack=0.1
)
CELLI_SHORT = Section(
    players=6,
    pan=0.3,
    width=0.35,
    tilt=0.95,
    dark=1600,
    bright=3800,
    body=CELLO_BODY,
    vibrato=0.0,
    attack=0.014,
    release=0.09,
    noise=0.12,
    scatter=0.012,
)
BASSES_SHORT = Section(
    players=4,
    pan=0.25,
    width=0.2,
    tilt=1.0,
    dark=900,
    bright=2400,
    body=BASS_BODY,
    vibrato=0.0,
    attack=0.016,
    release=0.1,
    noise=0.1,
    scatter=0.012,
)
VIOLINS_SHORT = Section(
    players=7,
    pan=-0.35,
    width=0.45,
    tilt=1.0,
    dark=3000,
    bright=6000,
    body=STRING_BODY,
    vibrato=0.0,
    attack=0.01,
    release=0.07,
    noise=0.1,
    scatter=0.01,
)
HORNS = Section(
    players=4,
    pan=-0.12,
    width=0.3,
    tilt=0.75,
    dark=700,
    bright=2600,
    body=HORN_BODY,
    vibrato=0.0015,
    attack=0.055,
    release=0.18,
    detune=0.003,
)
TROMBONES = Section(
    players=3,
    pan=0.2,
    width=0.25,
    tilt=0.6,
    dark=800,
    bright=3400,
    body=TROMBONE_BODY,
    vibrato=0.001,
    attack=0.04,
    release=0.14,
    detune=0.003,
)
TRUMPETS = Section(
    players=3,
    pan=0.05,
    width=0.3,
    tilt=0.5,
    dark=1300,
    bright=5200,
    body=TRUMPET_BODY,
    vibrato=0.002,
    attack=0.03,
    release=0.12,
    detune=0.003,
    noise=0.02,
)
CELLI = Section(
    players=6,
    pan=0.3,
    width=0.35,
    tilt=0.95,
    dark=1400,
    bright=3600,
    body=CELLO_BODY,
    vibrato=0.005,
    attack=0.09,
    release=0.3,
    noise=0.02,
)
CELLO = Section(
    players=1,
    pan=0.12,
    width=0.0,
    tilt=0.85,
    dark=1700,
    bright=4600,
    body=CELLO_BODY,
    vibrato=0.008,
    vibrato_rate=5.7,
    attack=0.07,
    release=0.3,
    noise=0.035,
    scatter=0.005,
)
WOMEN = Section(
    players=9,
    pan=-0.1,
    width=0.75,
    tilt=0.8,
    dark=3000,
    bright=5500,
    body=AH_WOMEN,
    sung=True,
    detune=0.006,
    vibrato=0.007,
    vibrato_rate=5.3,
    attack=0.13,
    release=0.4,
    noise=0.05,
    noise_band=(3200, 0.7),
    scatter=0.05,
)
MEN = Section(
    players=9,
    pan=0.1,
    width=0.75,
    tilt=0.7,
    dark=2400,
    bright=4500,
    body=AH_MEN,
    sung=True,
    detune=0.006,
    vibrato=0.005,
    vibrato_rate=4.9,
    attack=0.13,
    release=0.4,
    noise=0.05,
    noise_band=(2600, 0.7),
    scatter=0.05,
)
HUM = Section(
    players=9,
    pan=0.0,
    width=0.8,
    tilt=0.9,
    dark=1300,
    bright=2600,
    body=OO,
    sung=True,
    detune=0.006,
    vibrato=0.005,
    vibrato_rate=4.9,
    attack=0.25,
    release=0.6,
    noise=0.05,
    noise_band=(1500, 0.7),
    scatter=0.08,
)
CHANT = Section(
    players=12,
    pan=0.0,
    width=0.85,
    tilt=0.65,
    dark=3000,
    bright=5500,
    body=AH_MEN,
    sung=True,
    detune=0.007,
    vibrato=0.003,
    vibrato_rate=5.0,
    attack=0.03,
    release=0.16,
    noise=0.3,
    noise_band=(2600, 0.6),
    scatter=0.02,
)
SOPRANO = Section(
    players=2,
    pan=-0.05,
    width=0.1,
    tilt=1.0,
    dark=1800,
    bright=3600,
    body=OO,
    sung=True,
    detune=0.0015,
    vibrato=0.011,
    vibrato_rate=5.6,
    attack=0.16,
    release=0.5,
    noise=0.03,
    noise_band=(3000, 0.7),
    scatter=0.02,
)


def tone(section, frequencies, cutoff, shift):
    """Amplitudes of a voice's harmonics at `frequencies`; `shift` scales its resonances (its size)."""
    s = 1j * frequencies
    order = frequencies / frequencies[0]
    amplitudes = order**-section.tilt * np.abs(lowpass(cutoff, 0.6)(s))
    if section.sung:
        formants = mixed(
            *((10.0 ** (gain / 20.0), bandpass(shift * centre, q)) for centre, gain, q in section.body),
            (0.05, lowpass(6000.0)),
        )
        return amplitudes * np.abs(formants(s))
    for centre, gain, q in section.body:
        amplitudes = amplitudes * np.abs(peak(shift * centre, gain, q)(s))
    return amplitudes


@lru_cache(maxsize=256)
def tables(section, pitch):
    """Quiet and loud wavetables of each player of `section` at MIDI note `pitch`."""
    rng = generator(f"players of {pitch}")
    base = hertz(pitch)
    frequencies = base * np.arange(1, max(2, min(int(0.42 * RATE / base), 180)))
    result = []
    for _ in range(section.players):
        shift = 1.0 + 0.1 * (rng.random() - 0.5)
        quiet, loud = (tone(section, frequencies, cutoff, shift) for cutoff in (section.dark, section.bright))
        phases = rng if section.sung else None
        result.append((wavetable(quiet, phases), wavetable(loud, phases)))
    return result


def sustained(section, pitch, seconds, velocity, rng, shape="hold"):
    """A note of `section`: `velocity` 0 to 1 sets loudness and brightness, `shape` names its course."""
    count = length(seconds + 4.0 * section.release)
    times = clock(count)
    share, level = zip(*SHAPES[shape], strict=True)
    course = velocity * np.interp(times / seconds, share, level)
    released = np.maximum(times - seconds, 0.0)
    course *= np.exp(-released / (0.45 * section.release))
    bright = np.clip(course, 0.0, 1.0)
    slow = times[::CONTROL]  # pitch and level of a player move slowly: computed at a lower rate
    result = np.zeros((2, count))
    for player, pair in enumerate(tables(section, pitch)):
        seat = section.pan + section.width * (2.0 * (player + 0.5) / section.players - 1.0)
        rate = section.vibrato_rate * (1.0 + 0.16 * (rng.random() - 0.5))
        onset = np.minimum(slow / 0.5, 1.0)  # vibrato grows in
        sway = section.vibrato * onset * np.sin(2.0 * np.pi * (rate * slow + rng.random()))
        scoop = -0.012 * np.exp(-slow / 0.05) if section.sung else 0.0
        wander = drift(rng, slow.size, 2.5, 0.4 * section.detune, CONTROL)
        tuning = section.detune * (2.0 * rng.random() - 1.0)
        frequency = np.repeat(hertz(pitch) * (1.0 + sway + scoop + wander + tuning), CONTROL)[:count]
        delay = section.scatter * rng.random()
        attack = section.attack * (0.8 + 0.4 * rng.random())
        entry = np.clip((slow - delay) / attack, 0.0, 1.0)
        entry = entry * entry * (3.0 - 2.0 * entry) * (1.0 + drift(rng, slow.size, 4.0, 0.12, CONTROL))
        voice = oscillate(pair, frequency, rng.random(), bright) * np.interp(times, slow, entry)
        left, right = seat_gains(seat)
        result[0] += left * voice
        result[1] += right * voice
    result *= course / np.sqrt(section.players)
    if section.noise:
        result += breathed(section, course, rng)
    return result


@lru_cache(maxsize=32)
def air(band):
    """Stereo noise through `band` (frequency, q), longer than any note: the breath notes take parts of."""
    noise = white(generator(f"air {band}"), 2 * length(14.0)).reshape(2, -1)
    return filtered(noise, bandpass(*band))


def breathed(section, course, rng):
    """Bow or breath noise of a note: strongest at its beginning. Stereo."""
    times = clock(course.size)
    onset = np.minimum(times / 0.006, 1.0) * (0.25 + 0.75 * np.exp(-times / 0.045))
    noise = air(section.noise_band)
    start = int(rng.random() * (noise.shape[1] - course.size))
    return 2.0 * section.noise * onset * course * noise[:, start : start + course.size]
