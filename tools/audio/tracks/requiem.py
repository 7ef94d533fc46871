"""The score of the requiem: F sharp minor, a waltz of 3/4 at 176 beats a minute, grave and fast.

A feast nobody survived: organ, harpsichord, a lone cello and bells. Form: eight bars of organ, then a loop of
64 bars. A (16 bars): the cello, then violins, walk the circle of fifths. A' (16): all strings and the women
climb over a lament in the bass. B (16): music box and a soprano; from the ninth bar the dance returns.
C (16): everyone in B minor, organ and choir; its last two bars lead back to F sharp.
"""

from tools.audio.figures import Form, Note, scale

A, ANSWER, B, C = 0, 16, 32, 48  # first bars of the loop's sections
FORM = Form(
    beats_per_minute=176,
    beats_per_bar=3,
    intro_bars=8,
    chords=(
        "F#m F#m Bm Bm E E A A   D D G#dim G#dim C#7 C#7 F#m C#7 "
        "F#m F#m D D Bm Bm C# C#   F#m F#m E E D D C#7 C#7 "
        "D E C#m F#m Bm G F#m C#   D E C#m F#m Bm G G#dim C#7 "
        "Bm Bm Em Em A A D D   G G C#dim C#dim F#7 F#7 G#dim C#7"
    ),
    scales=(
        (0, scale("F# G# A B C# D E")),
        (C, scale("B C# D E F# G A")),
        (C + 14, scale("F# G# A B C# D E")),
    ),
)

THEME = (
    "C#5:2 F#5:1 | A5:2 G#5:.5 F#5:.5 | F#5:2 D5:1 | B4:2 C#5:.5 D5:.5 |"
    "B4:2 E5:1 | G#5:2 F#5:.5 E5:.5 | E5:2 C#5:1 | A4:2 B4:.5 C#5:.5 |"
    "A4:2 D5:1 | F#5:2 E5:.5 D5:.5 | D5:2 B4:1 | G#4:2 A4:.5 B4:.5 |"
    "C#5:1 F5:1 G#5:1 | B5:2 G#5:1 | A5:1.5 G#5:.5 F#5:1 | F5:3"
)
CLIMB = (
    "F#5:1 G#5:1 A5:1 | C#6:2 B5:.5 A5:.5 | A5:2 F#5:1 | D5:2 E5:.5 F#5:.5 |"
    "D5:1 F#5:1 B5:1 | D6:2 C#6:.5 B5:.5 | C#6:2 G#5:1 | F5:2 G#5:1 |"
    "A5:1.5 B5:.5 A5:1 | F#5:2 C#5:1 | G#5:1.5 A5:.5 G#5:1 | E5:2 B4:1 |"
    "F#5:1.5 G#5:.5 F#5:1 | D5:2 A4:1 | F5:1 G#5:1 B5:1 | C#6:2 B5:1"
)
COUNTER_CLIMB = (
    "A4:3 | F#4:2 G#4:1 | F#4:3 | A4:2 G#4:1 | F#4:3 | B4:2 F#4:1 | G#4:3 | C#5:2 B4:1 |"
    "C#5:3 | A4:3 | B4:3 | G#4:3 | A4:3 | F#4:3 | G#4:3 | F4:3"
)
MEMORY = (
    "A4:3 | B4:2 G#4:1 | G#4:2 E5:1 | C#5:3 | D5:2 F#5:1 | G5:2 D5:1 | C#5:2 F#5:1 | F5:3 |"
    "F#5:3 | G#5:2 E5:1 | G#5:2 E5:1 | A5:3 | F#5:2 B5:1 | B5:2 G5:1 | G#5:1 B5:1 D6:1 | C#6:3"
)
LAST_BARS = "B5:1.5 A5:.5 G#5:1 | F5:1 G#5:1 B5:1"  # instead of the theme's, at the end of C

DANCE = "R!:.5 F:.5 O:.5 F:.5 N:.5 F:.5 | R!:.5 F:.5 O:.5 U:.5 O:.5 F:.5"
RUN = "R!:.5 O:.5 U!:.5 O:.5 V!:.5 U:.5 | V!:.5 U:.5 O!:.5 F:.5 T!:.5 F:.5"
HEMIOLA = "R!:.5 R:.5 F!:.5 R:.5 N!:.5 R:.5 | F:.5 R!:.5 R:.5 O!:.5 N:.5 F!:.5"
OFFBEATS = ((1, 0.5, 1.0), (2, 0.5, 0.85))
LOW_DRUMS = ((0, 0.9), (2.5, 0.4))
FULL_LOW = ((0, 1.0), (1.5, 0.6), (2.5, 0.55))
MID_DRUMS = ((1, 0.45), (1.75, 0.3), (2, 0.5))
SIDE = ((0, 0.45), (0.5, 0.2), (1, 0.55), (1.5, 0.25), (2, 0.6), (2.5, 0.35), (2.75, 0.3))
FILL = (
    (0, 0.7),
    (0.5, 0.6),
    (1, 0.75),
    (1.25, 0.6),
    (1.5, 0.8),
    (2, 0.9),
    (2.25, 0.75),
    (2.5, 0.95),
    (2.75, 0.9),
)
# of the layer
RAGE_SIDE = tuple((step / 4, 0.8 if step == 0 else 0.55 if step % 4 == 0 else 0.28) for step in range(12))
RAGE_LOW = ((0, 0.95), (1.5, 0.75))
RAGE_MID = ((0.75, 0.6), (1.25, 0.5), (2, 0.7), (2.5, 0.8))
HAIL = "R!:.25 F:.25 T:.25 F:.25 O!:.25 F:.25 T:.25 F:.25 N!:.25 F:.25 T:.25 F:.25"
VERDICT = ((0, 0.8, 1.0), (1, 0.4, 0.8), (1.5, 0.4, 0.7), (2, 0.8, 0.9))
JUDGEMENT = (
    "C#5:3 | C#5:2 D5:1 | B4:3 | D5:3 | E5:3 | E5:2 B4:1 | C#5:3 | A4:3 |"
    "A4:3 | A4:2 B4:1 | B4:3 | D5:3 | C#5:3 | F5:2 G#5:1 | F#5:3 | C#5:3"
)


def introduction():
    """Eight bars of organ, four chords down to C sharp; a bell, and the harpsichord lets go of the dance."""
    chords = ((42, 54, 61, 66, 69), (38, 54, 57, 62, 66), (43, 50, 59, 62, 67), (37, 53, 56, 59, 65))
    notes = []
    for index, pitches in enumerate(chords):
        notes += [Note(6 * index, "organ", pitch, 5.9, 0.55 + 0.06 * index) for pitch in pitches]
        notes += [Note(6 * index, "basses", pitches[0], 5.8, 0.4 + 0.1 * index, "swell")]
        notes += [Note(6 * index, "church_bell", 66, 4, 0.7 - 0.08 * index)]
    notes += FORM.line("G6:.5 D6:.5 B5:.5 G5:.5 D5:.5 B4:.5", 5, "harpsichord", 0.5)
    notes += FORM.line("C#6:.5 B5:.5 G#5:.5 F5:.5 C#5:.5 B4:.5", 6, "harpsichord", 0.6)
    notes += FORM.line("G#4:.5 B4:.5 C#5:.5 F5:.5 G#5:.5 B5:.5", 7, "harpsichord", 0.65)
    notes += [
        Note(0, "boom", 0, 4, 0.8),
        Note(18, "drum_roll", 37, 6, 0.7),
        Note(18, "cymbal_swell", 0, 6, 0.6),
    ]
    return notes


def loop():
    """The 64 bars that repeat."""
    return [*section_a(), *section_answer(), *section_b(), *section_c()]


def dance(bars, strength):
    """What turns the wheel: plucked quavers, low strings, a drum on the first beat."""
    notes = FORM.figure(bars, "harpsichord", 54, RUN, 0.5 * strength, sounding=0.95)
    notes += FORM.figure(bars, "celli_short", 42, DANCE, 0.56 * strength)
    notes += FORM.roots(bars, "basses", 30, 0.6 * strength, 1.6, "accent")
    notes += FORM.stabs(bars, "violins_short", 61, 76, OFFBEATS, 0.36 * strength, 3)
    return notes + FORM.beats(bars, "taiko", 33, LOW_DRUMS, 0.85 * strength)


def section_a():
    """Cello, then violins an octave above with horns beneath; drums join with them."""
    first, second = range(A, A + 8), range(A + 8, A + 16)
    halves = THEME.split("|")
    notes = dance(first, 0.85) + dance(second, 1.0)
    notes += FORM.line("|".join(halves[:8]), A, "cello", 0.8, -12)
    notes += FORM.line("|".join(halves[8:]), A + 8, "violins", 0.68)
    notes += FORM.line("|".join(halves[8:]), A + 8, "celli", 0.6, -12)
    notes += FORM.pads(first, "hum", 49, 66, 0.4) + FORM.pads(second, "violas", 50, 68, 0.45)
    notes += FORM.pads(second, "horns", 49, 64, 0.34, voices=3)
    notes += FORM.beats(second, "taiko", 45, MID_DRUMS, 0.75)
    notes += FORM.beats(second, "side_drum", 56, SIDE, 0.5, 0.3)
    notes += [Note(0, "church_bell", 66, 4, 0.6), Note(0, "boom", 0, 4, 0.8), Note(0, "cymbal", 0, 4, 0.45)]
    notes += [Note(24, "church_bell", 66, 4, 0.45), Note(42, "cymbal_swell", 0, 6, 0.6)]
    return notes + FORM.beats([A + 15], "taiko", 47, FILL, 0.75)


def section_answer():
    """Violins and women climb, horns move against them, the organ enters under the second half."""
    first, second = range(ANSWER, ANSWER + 8), range(ANSWER + 8, ANSWER + 16)
    both = range(ANSWER, ANSWER + 16)
    start = 3 * ANSWER
    sung = "|".join(CLIMB.split("|")[8:])
    notes = dance(both, 1.0) + FORM.line(CLIMB, ANSWER, "violins", 0.7)
    notes += FORM.line(CLIMB, ANSWER, "celli", 0.6, -12)
    notes += FORM.line(sung, ANSWER + 8, "women", 0.7) + FORM.line(COUNTER_CLIMB, ANSWER, "horns", 0.56)
    notes += FORM.pads(first, "men", 49, 66, 0.45) + FORM.pads(second, "men", 49, 66, 0.55)
    notes += FORM.pads(second, "organ", 54, 73, 0.55) + FORM.roots(second, "organ", 37, 0.6)
    notes += FORM.beats(both, "taiko", 45, MID_DRUMS, 0.85, 0.15)
    notes += FORM.beats(both, "side_drum", 56, SIDE, 0.7, 0.2)
    notes += [Note(3 * bar, "timpani", FORM.root(bar, 37), 2, 0.62) for bar in both]
    notes += [
        Note(start, "cymbal", 0, 4, 0.6),
        Note(start, "boom", 0, 4, 0.8),
        Note(start + 24, "cymbal", 0, 4, 0.55),
    ]
    notes += [Note(start + 42, "drum_roll", 37, 6, 0.7), Note(start + 42, "cymbal_swell", 0, 6, 0.5)]
    return notes + FORM.beats([ANSWER + 15], "taiko", 47, FILL, 0.85)


def section_b():
    """A music box and one voice; then plucked quavers, the cello and a drum gather under them."""
    first, second = range(B, B + 8), range(B + 8, B + 16)
    both, start = range(B, B + 16), 3 * B
    notes = FORM.line(MEMORY, B, "soprano", 0.68, shape="arch", legato=1.0)
    for bar, pitches in zip(both, FORM.voicings(both, 73, 90, 3), strict=True):
        for step, pitch in enumerate((pitches[0], pitches[2], pitches[1])):
            notes.append(Note(3 * bar + step, "small_bell", pitch, 1, 0.6 - 0.1 * (step > 0)))
    notes += FORM.pads(first, "hum", 49, 66, 0.4, shape="arch")
    notes += FORM.pads(second, "hum", 49, 68, 0.5, rise=0.2)
    notes += FORM.roots(both, "basses", 30, 0.4) + FORM.roots(first, "cello", 42, 0.5, shape="arch")
    notes += FORM.figure(second, "harpsichord", 54, RUN, 0.4, 0.3, sounding=0.95)
    notes += FORM.figure(second, "celli_short", 42, DANCE, 0.4, 0.3)
    notes += FORM.pads(second, "violas", 54, 71, 0.35, shape="swell", rise=0.35)
    notes += FORM.line("|".join(MEMORY.split("|")[8:]), B + 8, "violins", 0.46)
    notes += FORM.beats(second, "taiko", 33, ((0, 0.7), (0.75, 0.4)), 0.7, 0.5)
    notes += [
        Note(start, "tam_tam", 0, 4, 0.55),
        Note(start, "boom", 0, 4, 0.7),
        Note(start, "church_bell", 66, 4, 0.5),
    ]
    notes += [Note(start + 39, "drum_roll", 37, 9, 0.9), Note(start + 40, "cymbal_swell", 0, 8, 0.85)]
    return notes + FORM.beats([B + 14, B + 15], "taiko", 45, FILL, 0.85)


def section_c():
    """The feast in B minor: theme in strings, brass and women, organ chords, choir, all drums."""
    both, start = range(C, C + 16), 3 * C
    theme = "|".join(THEME.split("|")[:14])
    notes = dance(both, 1.1) + FORM.figure(both, "basses_short", 30, HEMIOLA, 0.62)
    for instrument, velocity, transpose in (("violins", 0.8, 5), ("women", 0.8, -7), ("horns", 0.78, -7)):
        notes += FORM.line(theme, C, instrument, velocity, transpose)
        octave = transpose - 5
        notes += FORM.line(LAST_BARS, C + 14, instrument, velocity, octave)
    notes += FORM.line(theme, C, "trumpets", 0.58, -7) + FORM.line(LAST_BARS, C + 14, "trumpets", 0.6, -12)
    notes += FORM.pads(both, "organ", 54, 74, 0.72) + FORM.roots(both, "organ", 35, 0.75)
    notes += FORM.roots(both, "trombones", 40, 0.7, 2.4) + FORM.pads(both, "men", 50, 67, 0.62)
    notes += FORM.beats(both, "taiko", 33, FULL_LOW) + FORM.beats(both, "taiko", 45, MID_DRUMS, 0.95)
    notes += FORM.beats(both, "side_drum", 56, SIDE, 1.0)
    notes += [Note(3 * bar, "timpani", FORM.root(bar, 37), 2, 0.8) for bar in both]
    notes += [
        Note(start + beat, "cymbal", 0, 4, level)
        for beat, level in ((0, 0.9), (12, 0.5), (24, 0.75), (36, 0.6))
    ]
    notes += [Note(start + beat, "boom", 0, 4, level) for beat, level in ((0, 1.0), (24, 0.8))]
    notes += [Note(start + beat, "church_bell", 71, 4, 0.6) for beat in (0, 12, 24)]
    notes += [Note(start + 42, "drum_roll", 37, 6, 0.8), Note(start + 42, "cymbal_swell", 0, 6, 0.7)]
    return notes + FORM.beats([C + 7, C + 15], "taiko", 47, FILL, 0.95)


def rage():
    """The verdict: full organ, a choir that speaks on every beat, brass, drums in semiquavers."""
    every = range(FORM.loop_bars)
    notes = FORM.beats(every, "field_drum", 59, RAGE_SIDE, 0.85)
    notes += FORM.beats(every, "taiko", 42, RAGE_LOW, 0.5)
    notes += FORM.beats(every, "taiko", 49, RAGE_MID, 0.5)
    notes += FORM.stabs(every, "chant", 54, 73, VERDICT, 0.74) + FORM.roots(every, "organ", 37, 0.62)
    notes += FORM.figure(every, "violins_short", 78, HAIL, 0.36)
    notes += FORM.figure(every, "trombones", 42, "R!:1.5 R:.5 N!:.5 F:.5", 0.52, sounding=0.8)
    notes += FORM.beats(every[7::8], "taiko", 50, FILL, 0.95)
    notes += FORM.line(JUDGEMENT, A, "trumpets", 0.6, shape="swell")
    notes += FORM.line(JUDGEMENT, C, "trumpets", 0.64, 5, shape="swell")[:-5]
    notes += FORM.pads(range(ANSWER, ANSWER + 16), "trumpets", 61, 76, 0.5, voices=3, shape="swell")
    notes += FORM.line(MEMORY, B, "trumpets", 0.62, -12) + FORM.line(MEMORY, B, "women", 0.66)
    quiet = range(B, B + 16)
    notes += FORM.figure(quiet, "basses_short", 30, HEMIOLA, 0.6)
    notes += FORM.figure(quiet, "celli_short", 42, DANCE, 0.6)
    notes += FORM.pads(quiet, "organ", 54, 73, 0.6)
    for bar in every[::8]:
        notes += [Note(3 * bar, "cymbal", 0, 4, 0.7), Note(3 * bar, "boom", 0, 4, 0.7)]
        notes += [Note(3 * bar, "church_bell", 66 if bar < C else 71, 4, 0.6)]
    return notes
