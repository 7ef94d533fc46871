"""Figures of the scores: notes, a track's metre and harmony, and the patterns that turn chords into parts.

Beats are quarter notes, counted from the start of the part; bars count from 0; pitches are MIDI numbers.
Velocities run from 0 to 1. Figures take the range of bars they fill.
"""

from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import NamedTuple

_SPELLINGS = ("C", "C# Db", "D", "D# Eb", "E", "F", "F# Gb", "G", "G# Ab", "A", "A# Bb", "B")
NAMES = {name: number for number, names in enumerate(_SPELLINGS) for name in names.split()}
# semitones above the root, by what follows it in a chord's name
QUALITIES = {"": (0, 4, 7), "m": (0, 3, 7), "7": (0, 4, 7, 10), "dim": (0, 3, 6)}


class Note(NamedTuple):
    """One note: `beat` and `beats` in quarter notes from its part's start; `pitch` a MIDI number."""

    beat: float
    instrument: str
    pitch: int
    beats: float
    velocity: float
    shape: str = "hold"


def pitch_of(name):
    """MIDI number of a name such as `C#4` (middle C is C4, 60)."""
    return NAMES[name[:-1]] + 12 * (int(name[-1]) + 1)


def scale(names):
    """Pitch classes of a scale written as note names."""
    return frozenset(NAMES[name] for name in names.split())


def chord_of(name):
    """Pitch classes of a chord such as `F#m` or `A7`, root first."""
    root = name[:2] if name[:2] in NAMES else name[:1]
    return [(NAMES[root] + step) % 12 for step in QUALITIES[name.removeprefix(root)]]


@dataclass(frozen=True)
class Form:
    """Metre and harmony of a track. `chords` names one chord for each bar of its loop."""

    beats_per_minute: float
    beats_per_bar: float
    intro_bars: int
    chords: str
    scales: tuple  # (first bar, pitch classes), ascending

    @property
    def loop_bars(self):
        """Bars of the loop."""
        return len(self.chords.split())

    @property
    def beat(self):
        """Seconds of a quarter note."""
        return 60.0 / self.beats_per_minute

    @property
    def bar(self):
        """Seconds of a bar."""
        return self.beat * self.beats_per_bar

    # ------------------------------------------------------------------------ harmony
    def chord(self, bar):
        """Pitch classes of the chord in `bar`, root first."""
        return chord_of(self.chords.split()[bar % self.loop_bars])

    def root(self, bar, low):
        """Root of the bar's chord, in the octave that starts at MIDI note `low`."""
        return low + (self.chord(bar)[0] - low) % 12

    def degrees(self, bar):
        """Semitones above the bar's root, by the letters that `figure` takes."""
        tones = self.chord(bar)
        third, fifth = (tones[1] - tones[0]) % 12, (tones[2] - tones[0]) % 12
        key = next(notes for first, notes in reversed(self.scales) if bar % self.loop_bars >= first)
        above = range(fifth + 1, fifth + 4)
        neighbour = next(step for step in above if (tones[0] + step) % 12 in key)
        return {
            "R": 0,
            "T": third,
            "F": fifth,
            "N": neighbour,  # the scale's note just above the fifth
            "O": 12,
            "U": 12 + third,
            "V": 12 + fifth,
        }

    def voicings(self, bars, low, high, voices=4):
        """For each of `bars` the `voices` pitches within [low, high] that move least from the bar before."""
        result, previous = [], None
        for bar in bars:
            tones = self.chord(bar)
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

    # ------------------------------------------------------------------------ figures
    def line(self, text, bar, instrument, velocity, transpose=0, shape="hold", legato=0.97):
        """Notes of a written melody from `bar` on; longer and higher notes are played a little louder.

        `text` holds `NOTE:BEATS` words, `-` for a rest, and `|` between bars. Errors: ValueError for a bar
        that is not full.
        """
        notes = []
        for index, words in enumerate(text.split("|")):
            start = beat = (bar + index) * self.beats_per_bar
            for name, beats in (word.split(":") for word in words.split()):
                beats = float(beats)
                if name != "-":
                    pitch = pitch_of(name) + transpose
                    stress = 0.05 * (beat == start) + 0.004 * (pitch - 69) + 0.02 * min(beats, 3)
                    level = min(velocity + stress, 1.0)
                    notes.append(Note(beat, instrument, pitch, beats * legato, level, shape))
                beat += beats
            if beat != start + self.beats_per_bar:
                raise ValueError(f"bar {index} of {text!r} lasts {beat - start} beats")
        return notes

    def pads(self, bars, instrument, low, high, velocity, voices=4, shape="hold", rise=0.0):
        """Held chords, one a bar; `rise` is added to the velocity over the passage."""
        notes, held = [], self.beats_per_bar - 0.05
        for index, (bar, pitches) in enumerate(
            zip(bars, self.voicings(bars, low, high, voices), strict=True)
        ):
            level = velocity + rise * index / len(bars)
            start = bar * self.beats_per_bar
            notes += [Note(start, instrument, pitch, held, level, shape) for pitch in pitches]
        return notes

    def stabs(self, bars, instrument, low, high, accents, velocity, voices=4):
        """Short chords on `accents`, `(beat, beats, share of velocity)`, one voicing a bar."""
        notes = []
        for bar, pitches in zip(bars, self.voicings(bars, low, high, voices), strict=True):
            for beat, duration, stress in accents:
                start = bar * self.beats_per_bar + beat
                notes += [
                    Note(start, instrument, pitch, duration, velocity * stress, "accent") for pitch in pitches
                ]
        return notes

    def roots(self, bars, instrument, low, velocity, beats=None, shape="hold"):
        """The root of each bar, held for `beats` or almost the whole bar."""
        held = self.beats_per_bar - 0.2 if beats is None else beats
        start = self.beats_per_bar
        return [Note(start * bar, instrument, self.root(bar, low), held, velocity, shape) for bar in bars]

    def figure(self, bars, instrument, low, text, velocity, rise=0.0, stress=0.16, sounding=0.6):
        """A pattern of the chord's degrees: `DEGREE:BEATS` words, `!` after an accented degree, `-` rests.

        Each note sounds for the share `sounding` of its beats. Patterns of several bars, divided by `|`,
        alternate.
        """
        patterns = [part.split() for part in text.split("|")]
        notes = []
        for index, bar in enumerate(bars):
            base, degrees, beat = self.root(bar, low), self.degrees(bar), bar * self.beats_per_bar
            for word in patterns[index % len(patterns)]:
                degree, beats = word.split(":")
                level = velocity + rise * index / len(bars) + (stress if degree.endswith("!") else 0.0)
                beats = float(beats)
                if degree != "-":
                    pitch = base + degrees[degree.rstrip("!")]
                    notes.append(Note(beat, instrument, pitch, sounding * beats, min(level, 1.0), "accent"))
                beat += beats
        return notes

    def beats(self, bars, instrument, pitch, pattern, scale=1.0, rise=0.0):
        """Drum pattern of `(beat, velocity)` repeated over `bars`, growing by `rise`."""
        notes = []
        for index, bar in enumerate(bars):
            grow = scale + rise * index / len(bars)
            notes += [
                Note(bar * self.beats_per_bar + beat, instrument, pitch, 0.5, min(velocity * grow, 1.0))
                for beat, velocity in pattern
            ]
        return notes
