"""The score of the duel's theme: D minor, 4/4, 126 beats a minute, as lists of notes.

Form: a four-bar introduction, then a loop of 36 bars. A (8 bars): horns state the theme over a bowed
ostinato. A' (8): violins and women's choir answer it. B (8): the drums stop; a solo voice over slow basses,
chords a third apart, then a heartbeat that grows. C (12): everyone, the theme a minor third higher with
a chanting choir, and four bars that lead back to D.
"""

from tools.audio.figures import Form, Note, scale

A, ANSWER, B, C, TURN = 0, 8, 16, 24, 32  # first bars of the loop's sections
FORM = Form(
    beats_per_minute=126,
    beats_per_bar=4,
    intro_bars=4,
    chords=(
        "Dm Dm Bb A  Dm Gm Eb A    Dm F Gm Eb  Dm Bb Gm A    Dm Bbm Gm A  Dm Bbm Edim A7 "
        "Fm Fm Db C  Fm Bbm Gb C    Fm Db Gm A7"
    ),
    scales=(
        (0, scale("D E F G A Bb C")),
        (C, scale("F G Ab Bb C Db Eb")),
        (TURN + 2, scale("D E F G A Bb C")),
    ),
)

THEME = (
    "D4:1.5 F4:.5 E4:1 A4:1 | G#4:1.5 A4:.5 F4:2 | D5:1.5 C5:.5 Bb4:1 F4:1 | G4:1 F4:.5 E4:.5 C#4:2 |"
    "D4:1.5 F4:.5 A4:1 D5:1 | Bb4:1.5 A4:.5 G4:1 D5:1 | Eb5:2 Bb4:1 G4:1 | A4:1 C#5:1 E5:2"
)
ANSWER_THEME = (
    "A4:1 D5:2 E5:.5 F5:.5 | F5:1.5 E5:.5 C5:2 | D5:1 Bb4:2 C5:.5 D5:.5 | Eb5:1.5 D5:.5 Bb4:2 |"
    "A4:1 D5:2 E5:.5 F5:.5 | F5:1 G5:.5 F5:.5 D5:2 | G5:1.5 F5:.5 Eb5:1 D5:1 | C#5:2 E5:1 A5:1"
)
COUNTER_THEME = "F4:4 | A4:3 G4:1 | G4:2 D4:2 | G4:3 F4:1 | F4:4 | D4:2 F4:2 | D4:2 G4:2 | E4:2 C#4:2"
LAMENT = (
    "A4:3 F4:1 | F4:3 Db5:1 | D5:2 Eb5:1 D5:1 | C#5:4 | D5:1 F5:1 A5:2 | F5:1 Gb5:1 F5:2 | G5:2 E5:2 | A5:4"
)
TURN_THEME = "C5:1.5 Db5:.5 C5:1 Ab4:1 | F5:3 Ab5:1 | G5:1.5 F5:.5 Eb5:1 D5:1 | C#5:1 E5:1 A5:2"

LOW_DRUMS = ((0, 0.9), (1.5, 0.6), (3, 0.75), (3.5, 0.5))
MID_DRUMS = ((0.75, 0.35), (1, 0.5), (2, 0.6), (2.5, 0.4), (2.75, 0.45), (3.75, 0.4))
TUTTI_LOW = ((0, 1.0), (0.75, 0.55), (1.5, 0.85), (2, 0.6), (3, 0.95), (3.5, 0.65))
TUTTI_MID = (
    (0.5, 0.5),
    (1, 0.75),
    (1.25, 0.35),
    (1.75, 0.45),
    (2.5, 0.6),
    (2.75, 0.4),
    (3.25, 0.5),
    (3.75, 0.6),
)
SIDE_LIGHT = ((1, 0.5), (1.75, 0.2), (3, 0.55), (3.5, 0.25), (3.75, 0.35))
SIDE_FULL = (
    *((0.5, 0.3), (1, 0.85), (1.5, 0.3), (1.75, 0.4), (2.5, 0.3)),
    *((3, 0.9), (3.25, 0.35), (3.5, 0.45), (3.75, 0.55)),
)
FILL = ((2, 0.6), (2.25, 0.5), (2.5, 0.65), (2.75, 0.6), (3, 0.8), (3.25, 0.7), (3.5, 0.9), (3.75, 0.95))
CHANT = ((0, 0.75, 1.0), (1.5, 0.4, 0.7), (2, 0.4, 0.75), (3, 0.4, 0.9), (3.5, 0.4, 0.75))

# of the layer: chords the choir shouts, drums, calls over the theme's long notes, a cry over the quiet part
SHOUTS = ((0, 0.3, 1.0), (0.75, 0.3, 0.8), (1.5, 0.4, 0.9), (2.5, 0.3, 0.8), (3, 0.3, 0.9), (3.5, 0.3, 1.0))
RAGE_SIDE = tuple((step / 4, 0.75 if step % 4 == 0 else 0.5 if step % 4 == 3 else 0.28) for step in range(16))
RAGE_LOW = ((0, 0.9), (1.25, 0.6), (2, 0.85), (3.25, 0.7))
RAGE_MID = ((0.5, 0.6), (0.75, 0.5), (1.75, 0.5), (2.5, 0.6), (3.75, 0.75))
HAIL = "O!:.25 F:.25 O:.25 N:.25 O:.25 F:.25 U!:.25 O:.25 F!:.25 T:.25 F:.25 O:.25 N!:.25 F:.25 O:.25 F:.25"
CALLS = (
    "-:2 D5:.5 D5:.5 A5:1 | -:2 C5:.5 C5:.5 F5:1 | -:2 Bb4:.5 Bb4:.5 F5:1 | -:1 A4:.5 C#5:.5 E5:2 |"
    "-:2 D5:.5 F5:.5 A5:1 | -:2 G4:.5 Bb4:.5 D5:1 | Eb5:3 Bb4:1 | A4:1 C#5:1 E5:2"
)
ANSWER_CALLS = (
    "-:2 D5:.5 D5:.5 A5:1 | -:2 C5:.5 C5:.5 F5:1 | -:2 D5:.5 D5:.5 G5:1 | -:1 Bb4:.5 Eb5:.5 G5:2 |"
    "-:2 D5:.5 F5:.5 A5:1 | -:2 D5:.5 D5:.5 F5:1 | D5:3 Bb4:1 | A4:1 C#5:1 E5:2"
)
WAR_CRY = (
    "D4:3 -:.5 D4:.5 | F4:3.5 F4:.5 | G4:2 Bb4:2 | A4:4 |"
    "D5:3 -:.5 D5:.5 | Db5:3.5 Bb4:.5 | G4:2 Bb4:2 | C#5:4"
)


def introduction():
    """Four bars, played once: gong and bell over a drone, a humming choir, then the engine starts."""
    notes = [
        Note(0, "tam_tam", 0, 4, 0.9),
        Note(0, "boom", 0, 4, 0.8),
        Note(0, "church_bell", 62, 4, 0.8),
        Note(8, "church_bell", 62, 4, 0.65),
        Note(0, "basses", 38, 15.5, 0.55, "swell"),
        Note(0, "basses", 26, 15.5, 0.5, "swell"),
        Note(8, "drum_roll", 38, 8, 0.75),
        Note(9, "cymbal_swell", 0, 7, 0.6),
    ]
    hummed = ((50, 0, 15.5), (57, 0, 15.5), (62, 4, 11.5), (65, 8, 4), (69, 8, 7.5), (64, 12, 3.5))
    notes += [Note(beat, "hum", pitch, length, 0.5, "swell") for pitch, beat, length in hummed]
    return notes + [
        note._replace(beat=note.beat + 8) for note in ostinato([0, 1], "celli_short", 38, 0.3, 0.4)
    ]


def loop():
    """The 36 bars that repeat."""
    return [*section_a(), *section_answer(), *section_b(), *section_c(), *section_turn()]


def section_a():
    """Horns over celli and low drums; the choir hums from the fifth bar."""
    first, second = range(A, A + 4), range(A + 4, A + 8)
    both = range(first.start, second.stop)
    notes = FORM.line(THEME, A, "horns", 0.62)
    notes += ostinato(both, "celli_short", 38, 0.5, 0.12)
    notes += FORM.roots(both, "basses", 28, 0.6)
    notes += FORM.pads(first, "violas", 50, 67, 0.34) + FORM.pads(second, "violas", 50, 69, 0.45)
    notes += FORM.pads(second, "hum", 48, 67, 0.5)
    notes += FORM.beats(both, "taiko", 33, LOW_DRUMS, 0.75, 0.2)
    notes += FORM.beats(second, "taiko", 43, MID_DRUMS, 0.7)
    notes += [Note(0, "cymbal", 0, 4, 0.5), Note(0, "boom", 0, 4, 0.7), Note(0, "church_bell", 62, 4, 0.5)]
    notes += [Note(16, "church_bell", 62, 4, 0.45), Note(28, "cymbal_swell", 0, 4, 0.5)]
    return notes


def section_answer():
    """Violins sing the answer, horns move against them, women join for its second half."""
    first, second = range(ANSWER, ANSWER + 4), range(ANSWER + 4, ANSWER + 8)
    both = range(first.start, second.stop)
    sung = "|".join(ANSWER_THEME.split("|")[4:])
    notes = FORM.line(ANSWER_THEME, ANSWER, "violins", 0.66)
    notes += FORM.line(ANSWER_THEME, ANSWER, "violins", 0.5, -12)
    notes += FORM.line(sung, ANSWER + 4, "women", 0.66)
    notes += FORM.line(COUNTER_THEME, ANSWER, "horns", 0.55, -12)
    notes += FORM.line(COUNTER_THEME, ANSWER, "horns", 0.5)
    notes += ostinato(both, "celli_short", 38, 0.56, 0.14) + ostinato(both, "basses_short", 26, 0.5)
    notes += FORM.pads(first, "men", 48, 65, 0.45) + FORM.pads(second, "men", 48, 67, 0.6, rise=0.1)
    notes += arpeggio(second, "violins_short", 69, 0.34, 0.2)
    notes += FORM.beats(both, "taiko", 33, LOW_DRUMS, 0.9, 0.15)
    notes += FORM.beats(both, "taiko", 43, MID_DRUMS, 0.85, 0.2)
    notes += [Note(4 * bar, "timpani", FORM.root(bar, 38), 2, 0.6) for bar in both]
    notes += FORM.beats(second, "side_drum", 55, SIDE_LIGHT, 0.8, 0.4)
    notes += FORM.beats([ANSWER + 7], "taiko", 48, FILL, 0.8)
    notes += [Note(32, "cymbal", 0, 4, 0.65), Note(32, "boom", 0, 4, 0.8), Note(48, "cymbal", 0, 4, 0.5)]
    notes += [Note(60, "cymbal_swell", 0, 4, 0.6), Note(60, "drum_roll", 45, 4, 0.6)]
    return notes


def section_b():
    """Emptiness: one voice, small bells and slow basses; from the fifth bar a heartbeat that grows."""
    first, second = range(B, B + 4), range(B + 4, B + 8)
    both = range(first.start, second.stop)
    start = 4 * B
    notes = FORM.line(LAMENT, B, "soprano", 0.7, shape="arch", legato=1.0)
    notes += [Note(start, "tam_tam", 0, 4, 0.8), Note(start, "boom", 0, 4, 0.9)]
    notes += [Note(4 * bar, "basses", FORM.root(bar, 31), 4, 0.42 + 0.03 * (bar - B), "arch") for bar in both]
    notes += FORM.pads(first, "hum", 48, 67, 0.42, shape="arch")
    notes += FORM.pads(second, "hum", 48, 69, 0.5, rise=0.3)
    notes += FORM.pads(second, "violas", 55, 72, 0.35, rise=0.35, shape="swell")
    for bar, pitches in zip(both, FORM.voicings(both, 69, 86, 3), strict=True):
        for step, pitch in enumerate((pitches[0], pitches[1], pitches[2], pitches[1])):
            notes.append(Note(4 * bar + step, "small_bell", pitch, 1, 0.55 - 0.08 * (step % 2)))
    notes += [Note(start + 16, "church_bell", 57, 4, 0.5), Note(start, "church_bell", 62, 4, 0.55)]
    notes += FORM.beats(second, "taiko", 33, ((0, 0.6), (0.75, 0.4), (2, 0.5), (2.75, 0.35)), 0.7, 0.5)
    notes += ostinato(second[2:], "celli_short", 38, 0.4, 0.4)
    notes += FORM.beats([B + 7], "taiko", 43, FILL, 0.95) + FORM.beats([B + 7], "taiko", 48, FILL, 0.8)
    notes += FORM.beats([B + 7], "side_drum", 55, FILL, 0.7)
    notes += FORM.line("A4:1 Bb4:1 C#5:1 E5:1", B + 7, "violins", 0.5, shape="swell")
    notes += [Note(start + 24, "drum_roll", 45, 8, 0.9), Note(start + 26, "cymbal_swell", 0, 6, 0.85)]
    return notes


def section_c():
    """Tutti in F minor: theme in brass and women, choir chanting the chords, iron on the beats."""
    both = range(C, C + 8)
    start = 4 * C
    notes = FORM.line(THEME, C, "horns", 0.85, 3) + FORM.line(THEME, C, "trombones", 0.75, -9)
    notes += FORM.line(THEME, C, "women", 0.8, 3) + FORM.line(THEME, C, "violins", 0.7, 15)
    notes += FORM.stabs(both, "chant", 50, 70, CHANT, 0.72) + engine(both)
    notes += [
        Note(start, "boom", 0, 4, 1.0),
        Note(start, "tam_tam", 0, 4, 0.6),
        Note(start + 16, "boom", 0, 4, 0.8),
    ]
    notes += [
        Note(start + beat, "cymbal", 0, 4, level)
        for beat, level in ((0, 0.9), (8, 0.5), (16, 0.75), (24, 0.55))
    ]
    notes += FORM.beats([C + 3, C + 7], "taiko", 48, FILL, 0.85)
    return notes


def section_turn():
    """The last four bars lead back: chords sink by thirds, strings and choir cry out over them."""
    both = range(TURN, FORM.loop_bars)
    start = 4 * TURN
    notes = FORM.line(TURN_THEME, TURN, "women", 0.85) + FORM.line(TURN_THEME, TURN, "violins", 0.75, 12)
    notes += FORM.line(TURN_THEME, TURN, "horns", 0.75, -12)
    notes += FORM.stabs(both, "chant", 50, 70, CHANT, 0.78) + engine(both)
    notes += [
        Note(4 * bar, "trombones", FORM.root(bar, 36) + up, 3.6, 0.75) for bar in both for up in (0, 12)
    ]
    notes += [
        Note(start, "cymbal", 0, 4, 0.8),
        Note(start + 8, "cymbal", 0, 4, 0.7),
        Note(start, "boom", 0, 4, 0.9),
    ]
    notes += FORM.beats([FORM.loop_bars - 1], "taiko", 48, FILL, 0.95)
    notes += [Note(start + 12, "drum_roll", 45, 4, 0.8), Note(start + 12, "cymbal_swell", 0, 4, 0.7)]
    return notes


def ostinato(bars, instrument, low, velocity, rise=0.0):
    """The bowed engine: eight quavers a bar around root, fifth and the sighing note above it."""
    notes = []
    for index, bar in enumerate(bars):
        base, degrees = FORM.root(bar, low), FORM.degrees(bar)
        stress = (0.22, 0.0, 0.08, 0.0, 0.16, 0.02, 0.06, 0.02)
        for quaver, degree in enumerate("RRFRNFRT"):
            level = velocity + stress[quaver] + rise * index / len(bars)
            pitch = base + degrees[degree]
            notes.append(Note(bar * 4 + quaver / 2, instrument, pitch, 0.3, min(level, 1.0), "accent"))
    return notes


def gallop(bars, instrument, low, velocity):
    """Quaver and two semiquavers on the root, leaping to fifth and neighbour at the bar's end."""
    notes = []
    for bar in bars:
        base, degrees = FORM.root(bar, low), FORM.degrees(bar)
        for beat, degree in enumerate("RRRF"):
            for offset, stress in ((0.0, 0.15), (0.5, -0.02), (0.75, 0.0)):
                step = degrees["N" if beat == 3 and offset == 0.0 else degree]
                notes.append(
                    Note(bar * 4 + beat + offset, instrument, base + step, 0.2, velocity + stress, "accent")
                )
    return notes


def arpeggio(bars, instrument, low, velocity, rise=0.0):
    """Semiquavers up and down the chord, four notes to the figure, accents on the beats."""
    notes = []
    for index, bar in enumerate(bars):
        tones = sorted({low + (tone - low) % 12 for tone in FORM.chord(bar)[:3]})
        ladder = [*tones, tones[0] + 12]
        figure = (3, 2, 1, 0, 3, 1, 2, 0, 3, 2, 1, 2, 0, 1, 2, 3)
        for step, rung in enumerate(figure):
            level = velocity + (0.16 if step % 4 == 0 else 0.0) + rise * index / len(bars)
            notes.append(Note(bar * 4 + step / 4, instrument, ladder[rung], 0.16, min(level, 1.0), "accent"))
    return notes


def engine(bars):
    """What drives the tutti: galloping basses, semiquaver violins, all drums, timpani and anvil."""
    notes = gallop(bars, "celli_short", 38, 0.72) + gallop(bars, "basses_short", 26, 0.7)
    notes += arpeggio(bars, "violins_short", 69, 0.5, 0.15) + FORM.pads(bars, "violas", 53, 72, 0.5)
    notes += FORM.beats(bars, "taiko", 33, TUTTI_LOW) + FORM.beats(bars, "taiko", 43, TUTTI_MID, 0.95)
    notes += [
        Note(4 * bar + beat, "timpani", FORM.root(bar, 38), 2, level)
        for bar in bars
        for beat, level in ((0, 0.85), (3, 0.6))
    ]
    notes += FORM.beats(bars, "side_drum", 55, SIDE_FULL)
    notes += FORM.beats(bars, "anvil", 78, ((1, 0.6), (3, 0.75)))
    return notes


def rage():
    """Over every section: semiquaver drums, iron, a shouting choir and trumpets that will not let go."""
    notes = []
    for first, strength in ((A, 0.8), (ANSWER, 0.9), (B, 0.7), (C, 1.0)):
        bars = range(first, first + 8)
        notes += FORM.stabs(bars, "chant", 53, 74, SHOUTS, 0.8 * strength)
        notes += FORM.beats(bars, "field_drum", 57, RAGE_SIDE, 0.9 * strength)
        notes += FORM.beats(bars, "taiko", 38, RAGE_LOW, 0.5 * strength)
        notes += FORM.beats(bars, "taiko", 48, RAGE_MID, 0.5 * strength)
        notes += FORM.beats(bars[3::4], "taiko", 50, FILL, strength)
        notes += [Note(4 * first, "cymbal", 0, 4, 0.7 * strength), Note(4 * first, "boom", 0, 4, 0.8)]
        notes += [Note(4 * first + 12, "cymbal", 0, 4, 0.5 * strength)]
        notes += [
            Note(4 * first + 28, "cymbal_swell", 0, 4, 0.7),
            Note(4 * first + 28, "drum_roll", 45, 4, 0.7),
        ]
    quiet, turn = range(B, B + 8), range(TURN, FORM.loop_bars)
    every = range(FORM.loop_bars)
    notes += FORM.figure(every, "violins_short", 74, HAIL, 0.4, stress=0.2)
    notes += FORM.beats(every, "anvil", 82, ((0.5, 0.4), (2.5, 0.5), (3.5, 0.35)), 0.9)
    notes += gallop(quiet, "celli_short", 38, 0.66) + gallop(quiet, "basses_short", 26, 0.62)
    for calls, first, transpose in ((CALLS, A, 0), (ANSWER_CALLS, ANSWER, 0), (CALLS, C, 3)):
        notes += FORM.line(calls, first, "trumpets", 0.68, transpose, shape="swell")
    notes += FORM.line(WAR_CRY, B, "trumpets", 0.62) + FORM.line(WAR_CRY, B, "trombones", 0.6, -12)
    notes += FORM.stabs(turn, "chant", 53, 74, SHOUTS, 0.9)
    notes += FORM.roots(turn, "trumpets", 65, 0.7, shape="swell")
    notes += FORM.beats(turn, "field_drum", 57, RAGE_SIDE, 1.0) + FORM.beats(turn, "taiko", 38, RAGE_LOW, 0.5)
    notes += FORM.beats(turn, "taiko", 48, RAGE_MID, 0.5)
    notes += [Note(4 * TURN, "cymbal", 0, 4, 0.8)]
    return notes + FORM.beats(turn[-1:], "taiko", 50, FILL)
