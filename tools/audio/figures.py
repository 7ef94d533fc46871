"""Figures of the score: notes, the loop's harmony, and the patterns that turn chords into parts.

Beats are quarter notes, counted from the start of the part; bars count from 0; pitches are MIDI numbers.
Velocities run from 0 to 1. Figures take the range of bars they fill.
"""

from itertools import combinations, pairwise
from typing import NamedTuple

BEATS_PER_MINUTE = 126
BEATS_PER_BAR = 4
INTRO_BARS = 4
LOOP_BARS = 36
A, ANSWER, B, C, TURN = 0, 8, 16, 24, 32  # first bars of the loop's sections

_SPELLINGS = ("C", "C# Db", "D", "D# Eb", "E", "F", "F# Gb", "G", "G# Ab", "A", "A# Bb", "B")
NAMES = {name: number for number, names in enumerate(_SPELLINGS) for name in names.split()}
D_MINOR = frozenset((2, 4, 5, 7, 9, 10, 0))
F_MINOR = frozenset((5, 7, 8, 10, 0, 1, 3))
# root and upper chord tones, bass first
CHORDS = {
    "Dm": ("D", "F", "A"),
    "Gm": ("G", "Bb", "D"),
    "Bb": ("Bb", "D", "F"),
    "F": ("F", "A", "C"),
    "Eb": ("Eb", "G", "Bb"),
    "A": ("A", "C#", "E"),
    "A7": ("A", "C#", "E", "G"),
    "Bbm": ("Bb", "Db", "F"),
    "Edim": ("E", "G", "Bb"),
    "Fm": ("F", "Ab", "C"),
    "Db": ("Db", "F", "Ab"),
    "C": ("C", "E", "G"),
    "Gb": ("Gb", "Bb", "Db"),
}
LOOP_CHORDS = (
    *("Dm", "Dm", "Bb", "A", "Dm", "Gm", "Eb", "A"),
    *("Dm", "F", "Gm", "Eb", "Dm", "Bb", "Gm", "A"),
    *("Dm", "Bbm", "Gm", "A", "Dm", "Bbm", "Edim", "A7"),
    *("Fm", "Fm", "Db", "C", "Fm", "Bbm", "Gb", "C"),
    *("Fm", "Db", "Gm", "A7"),
)


class Note(NamedTuple):
    """One note: `beat` and `beats` in quarter notes from its part's start; `pitch` a MIDI number."""

    beat: float
    track: str
    pitch: int
    beats: float
    velocity: float
    shape: str = "hold"


def pitch_of(name):
    """MIDI number of a name such as `C#4` (middle C is C4, 60)."""
    return NAMES[name[:-1]] + 12 * (int(name[-1]) + 1)


def line(text, bar, track, velocity, transpose=0, shape="hold", legato=0.97):
    """Notes of a written melody from `bar` on; longer and higher notes are played a little louder."""
    notes, beat = [], bar * BEATS_PER_BAR
    for word in text.replace("|", " ").split():
        name, beats = word.split(":")
        pitch, beats = pitch_of(name) + transpose, float(beats)
        stress = 0.05 * (beat % BEATS_PER_BAR == 0) + 0.004 * (pitch - 69) + 0.02 * min(beats, 3)
        notes.append(Note(beat, track, pitch, beats * legato, min(velocity + stress, 1.0), shape))
        beat += beats
    return notes


def chord(bar):
    """Pitch classes of the loop's chord in `bar`, root first."""
    return [NAMES[name] for name in CHORDS[LOOP_CHORDS[bar % LOOP_BARS]]]


def voicings(bars, low, high, voices=4):
    """For each of `bars` the `voices` pitches within [low, high] that move least from the bar before."""
    result, previous = [], None
    for bar in bars:
        tones = chord(bar)
        available = [pitch for pitch in range(low, high + 1) if pitch % 12 in tones]
        best = None
        for pick in combinations(available, voices):
            gaps = [above - below for below, above in pairwise(pick)]
            missing = len({pitch % 12 for pitch in tones[:3]} - {pitch % 12 for pitch in pick})
            cost = 12 * missing + 3 * sum(gap > 9 for gap in gaps) + 2 * sum(gap < 3 for gap in gaps)
            cost += sum(abs(a - b) for a, b in zip(pick, previous, strict=True)) if previous else gaps[-1]
            if best is None or cost < best[0]:
                best = (cost, pick)
        previous = best[1]
        result.append(previous)
    return result


def pads(bars, track, low, high, velocity, voices=4, shape="hold", rise=0.0):
    """Held chords, one a bar; `rise` is added to the velocity over the passage."""
    notes = []
    for index, (bar, pitches) in enumerate(zip(bars, voicings(bars, low, high, voices), strict=True)):
        level = velocity + rise * index / len(bars)
        notes += [Note(bar * BEATS_PER_BAR, track, pitch, 3.95, level, shape) for pitch in pitches]
    return notes


def root(bar, low):
    """Root of the bar's chord, in the octave that starts at MIDI note `low`."""
    return low + (chord(bar)[0] - low) % 12


def neighbour(bar):
    """Semitones from the root to the scale note just above the chord's fifth."""
    scale = F_MINOR if C <= bar % LOOP_BARS < TURN + 2 else D_MINOR
    base, fifth = chord(bar)[0], (chord(bar)[2] - chord(bar)[0]) % 12
    return next(step for step in range(fifth + 1, fifth + 4) if (base + step) % 12 in scale)


def ostinato(bars, track, low, velocity, rise=0.0):
    """The bowed engine: eight quavers a bar around root, fifth and the sighing note above it."""
    notes = []
    for index, bar in enumerate(bars):
        base, tones = root(bar, low), chord(bar)
        third, fifth = (tones[1] - tones[0]) % 12, (tones[2] - tones[0]) % 12
        steps = (0, 0, fifth, 0, neighbour(bar), fifth, 0, third)
        stress = (0.22, 0.0, 0.08, 0.0, 0.16, 0.02, 0.06, 0.02)
        for quaver, step in enumerate(steps):
            level = velocity + stress[quaver] + rise * index / len(bars)
            notes.append(Note(bar * 4 + quaver / 2, track, base + step, 0.3, min(level, 1.0), "accent"))
    return notes


def gallop(bars, track, low, velocity):
    """Quaver and two semiquavers on the root, leaping to fifth and neighbour at the bar's end."""
    notes = []
    for bar in bars:
        base, fifth = root(bar, low), (chord(bar)[2] - chord(bar)[0]) % 12
        for beat, step in enumerate((0, 0, 0, fifth)):
            for offset, stress in ((0.0, 0.15), (0.5, -0.02), (0.75, 0.0)):
                last = neighbour(bar) if beat == 3 and offset == 0.0 else step
                notes.append(
                    Note(bar * 4 + beat + offset, track, base + last, 0.2, velocity + stress, "accent")
                )
    return notes


def arpeggio(bars, track, low, velocity, rise=0.0):
    """Semiquavers up and down the chord, four notes to the figure, accents on the beats."""
    notes = []
    for index, bar in enumerate(bars):
        tones = sorted({low + (tone - low) % 12 for tone in chord(bar)[:3]})
        ladder = [*tones, tones[0] + 12]
        figure = (3, 2, 1, 0, 3, 1, 2, 0, 3, 2, 1, 2, 0, 1, 2, 3)
        for step, rung in enumerate(figure):
            level = velocity + (0.16 if step % 4 == 0 else 0.0) + rise * index / len(bars)
            notes.append(Note(bar * 4 + step / 4, track, ladder[rung], 0.16, min(level, 1.0), "accent"))
    return notes


def beats(bars, track, pitch, pattern, scale=1.0, rise=0.0):
    """Drum pattern of `(beat, velocity)` repeated over `bars`, growing by `rise`."""
    notes = []
    for index, bar in enumerate(bars):
        grow = scale + rise * index / len(bars)
        notes += [
            Note(bar * 4 + beat, track, pitch, 0.5, min(velocity * grow, 1.0)) for beat, velocity in pattern
        ]
    return notes
