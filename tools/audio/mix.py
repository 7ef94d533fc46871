"""Plays a track with the orchestra, adds the hall and masters it: the finished music, its layer, its loop.

`render()` returns stereo samples laid out as introduction, one pass of the loop, then the loop's first
bars again. Loop points lie at least OVERLAP seconds into either pass, where both sound alike: the tails of
what came before have died away, and a player that jumps between them, however late its decoder, hears no
seam. The layer for the boss's rage is laid out alike, sample for sample, and silent in the introduction.
"""

from math import ceil
from typing import NamedTuple

import numpy as np

from tools.audio.levels import compressed, limited, mean_loudness
from tools.audio.orchestra import INSTRUMENTS, sound
from tools.audio.synth import (
    RATE,
    convolved,
    faded,
    filtered,
    generator,
    highpass,
    impulse,
    length,
    peak,
    place,
    shelf,
)

OVERLAP = 3.2  # seconds
MARGIN = 0.3  # seconds kept after the loop's end: decoders may shift the whole by a few hundredths
TAIL = 6.0  # seconds in which every note and the hall have died away
LEVEL = -18.0  # dB of levels.mean_loudness
RAGE_LEVEL = -19.5  # of the layer, while its loop plays
CEILING = 0.8
SUM_CEILING = 1.0  # of a track and its layer together
VARIANTS = 3  # takes of each short or struck note, so that repeats differ


class Course(NamedTuple):
    """Where a track's parts lie, in seconds of whole samples: first bar of the loop, loop points, end."""

    intro: float
    loop_start: float
    loop_end: float
    end: float


def course(form):
    """The `Course` of a track of `form`."""
    bars = (form.intro_bars, form.intro_bars + ceil(OVERLAP / form.bar), form.loop_bars)
    intro, start, loop = (length(count * form.bar) / RATE for count in bars)
    return Course(intro, start, start + loop, start + loop + MARGIN)


def performed(notes, beat, seconds):
    """Dry and hall-bound stereo of `notes`, `seconds` long plus TAIL, with a human's small deviations."""
    rng = generator("performance")
    dry = np.zeros((2, length(seconds + TAIL)))
    send = np.zeros_like(dry)
    takes = {}
    for index, note in enumerate(sorted(notes)):
        late = 0.009 * (rng.random() + rng.random() - 1.0)
        velocity = note.velocity * (1.0 + 0.12 * (rng.random() - 0.5))
        # Velocities in eighths share takes; what remains of the nuance is gain.
        played = note._replace(beat=0.0, velocity=max(round(velocity * 8.0) / 8.0, 0.125))
        key = (*played, index % VARIANTS)
        if key not in takes:
            takes[key] = sound(played, beat, index % VARIANTS)
        _, gain, amount = INSTRUMENTS[note.instrument]
        gain = gain * velocity / played.velocity
        at = max(note.beat * beat + late, 0.0)
        place(dry, takes[key], at, gain)
        place(send, takes[key], at, gain * amount)
    return dry, send


def in_hall(dry, send):
    """Dry sound plus its reverberation in a large stone hall, cut to the dry sound's length."""
    wet = convolved(filtered(send, highpass(140.0)), impulse("hall", 2.8, 2.5, 1.1, predelay=0.028))
    return dry + 0.9 * wet[:, : dry.shape[1]]


def laid_out(form, introduction, loop):
    """Stereo of the lists of notes `introduction` and `loop`, the latter twice; unmastered."""
    times = course(form)
    total = np.zeros((2, length(times.end)))
    if introduction:
        place(total, in_hall(*performed(introduction, form.beat, times.intro)), 0.0)
    seconds = times.loop_end - times.loop_start
    body = in_hall(*performed(loop, form.beat, seconds))
    place(total, body, times.intro)
    place(total, body, times.intro + seconds)
    return total


def mastered(signal, level, ceiling, heard=0):
    """Equalised, glued by gentle compression, at `level` from sample `heard` on and limited to `ceiling`."""
    signal = filtered(signal, highpass(32.0), peak(300.0, -1.5, 0.8), shelf(4500.0, 4.0))
    signal = signal * 10.0 ** ((level - mean_loudness(signal[:, heard:])) / 20.0)
    signal = compressed(signal, level + 1.0, 1.8, 0.25)
    return limited(signal * 10.0 ** ((level - mean_loudness(signal[:, heard:])) / 20.0), ceiling)


def render(track):
    """The finished music of module `track` and its layer: two stereo arrays `(2, n)` at RATE, equally long.

    The layer gives way where the track peaks, so that their sum stays below SUM_CEILING.
    """
    form = track.FORM
    base = faded(mastered(laid_out(form, track.introduction(), track.loop()), LEVEL, CEILING), 0.005, 0.05)
    room = SUM_CEILING - np.abs(base).max(axis=0)
    layer = mastered(laid_out(form, [], track.rage()), RAGE_LEVEL, room, length(course(form).intro))
    return base, faded(layer, 0.005, 0.05)
