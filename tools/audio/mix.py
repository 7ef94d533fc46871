"""Plays the score with the orchestra, adds the hall and masters it: the finished music and its loop.

`render()` returns stereo samples laid out as introduction, one pass of the loop, then the loop's first
bars again. Loop points lie two bars into either pass, where both sound alike: the tails of what came
before have died away, and a player that jumps between them, however late its decoder, hears no seam.
"""

import numpy as np

from tools.audio import figures, percussion, score, sections
from tools.audio.levels import compressed, limited, mean_loudness
from tools.audio.synth import (
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

BEAT = 60.0 / figures.BEATS_PER_MINUTE
BAR = BEAT * figures.BEATS_PER_BAR
INTRO = figures.INTRO_BARS * BAR
LOOP = figures.LOOP_BARS * BAR
OVERLAP = 2 * BAR
LOOP_START, LOOP_END = INTRO + OVERLAP, INTRO + OVERLAP + LOOP
MARGIN = 0.3  # seconds kept after the loop's end: decoders may shift the whole by a few hundredths
TAIL = 6.0  # seconds in which every note and the hall have died away
LEVEL = -18.0  # dB of levels.mean_loudness
CEILING = 0.8

# track: (section or percussion function, gain, send to the hall)
TRACKS = {
    "violins": (sections.VIOLINS, 0.2, 0.35),
    "violas": (sections.VIOLAS, 0.12, 0.35),
    "celli_short": (sections.CELLI_SHORT, 0.42, 0.2),
    "basses": (sections.BASSES, 0.22, 0.15),
    "basses_short": (sections.BASSES_SHORT, 0.42, 0.12),
    "violins_short": (sections.VIOLINS_SHORT, 0.38, 0.28),
    "horns": (sections.HORNS, 0.25, 0.4),
    "trombones": (sections.TROMBONES, 0.19, 0.3),
    "women": (sections.WOMEN, 0.25, 0.5),
    "men": (sections.MEN, 0.14, 0.5),
    "hum": (sections.HUM, 0.16, 0.55),
    "chant": (sections.CHANT, 0.26, 0.45),
    "soprano": (sections.SOPRANO, 0.25, 0.7),
    "taiko": (percussion.taiko, 0.85, 0.25),
    "side_drum": (percussion.side_drum, 0.24, 0.25),
    "timpani": (percussion.timpani, 0.42, 0.3),
    "drum_roll": (percussion.drum_roll, 0.4, 0.3),
    "anvil": (percussion.anvil, 0.9, 0.35),
    "cymbal": (percussion.cymbal, 0.32, 0.25),
    "cymbal_swell": (percussion.cymbal_swell, 0.35, 0.25),
    "tam_tam": (percussion.tam_tam, 1.3, 0.3),
    "church_bell": (percussion.church_bell, 0.9, 0.5),
    "small_bell": (percussion.small_bell, 0.3, 0.6),
    "boom": (percussion.boom, 0.55, 0.1),
}
VARIANTS = 3  # takes of each short or struck note, so that repeats differ


def sound(track, note, take):
    """One take of `note`, stereo; the same arguments always give the same samples."""
    instrument = TRACKS[track][0]
    name = f"{track} {note.pitch} {note.beats:.2f} {note.velocity:.2f} {note.shape} {take}"
    rng = generator(name)
    if isinstance(instrument, sections.Section):
        return sections.sustained(instrument, note.pitch, note.beats * BEAT, note.velocity, rng, note.shape)
    return instrument(note.pitch, note.beats * BEAT, note.velocity, rng)


def performed(notes, seconds):
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
            takes[key] = sound(note.track, played, index % VARIANTS)
        _, gain, amount = TRACKS[note.track]
        gain = gain * velocity / played.velocity
        at = max(note.beat * BEAT + late, 0.0)
        place(dry, takes[key], at, gain)
        place(send, takes[key], at, gain * amount)
    return dry, send


def in_hall(dry, send):
    """Dry sound plus its reverberation in a large stone hall, cut to the dry sound's length."""
    wet = convolved(filtered(send, highpass(140.0)), impulse("hall", 2.8, 2.5, 1.1, predelay=0.028))
    return dry + 0.9 * wet[:, : dry.shape[1]]


def mastered(signal):
    """Equalised, glued by gentle compression, levelled and limited to CEILING."""
    signal = filtered(signal, highpass(32.0), peak(300.0, -1.5, 0.8), shelf(4500.0, 4.0))
    signal = signal * 10.0 ** ((LEVEL - mean_loudness(signal)) / 20.0)
    signal = compressed(signal, LEVEL + 1.0, 1.8, 0.25)
    return limited(signal * 10.0 ** ((LEVEL - mean_loudness(signal)) / 20.0), CEILING)


def render():
    """The finished music: stereo `(2, n)` at RATE, from the introduction to MARGIN after LOOP_END."""
    total = np.zeros((2, length(LOOP_END + MARGIN)))
    place(total, in_hall(*performed(score.introduction(), INTRO)), 0.0)
    body = in_hall(*performed(score.loop(), LOOP))
    place(total, body, INTRO)
    place(total, body, INTRO + LOOP)
    return faded(mastered(total), 0.005, 0.05)
