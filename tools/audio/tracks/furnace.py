"""The score of the furnace: B Phrygian, seven quavers a bar (2 + 2 + 3), 152 beats a minute.

A machine that does not tire: stiff bass strings, hammers, chains and low brass. Form: four bars in which
bellows and hammer start, then a loop of 40 bars. A (8 bars): trombones state a theme of three notes. A' (8):
trumpets and a men's choir answer it. B (8): half the pace, chords a tritone apart, women cry over bellows.
C (12): everyone, the theme a semitone higher. Turn (4): chords sink back to B.
"""

from tools.audio.figures import Form, Note, scale

A, ANSWER, B, C, TURN = 0, 8, 16, 24, 36  # first bars of the loop's sections
FORM = Form(
    beats_per_minute=152,
    beats_per_bar=3.5,
    intro_bars=4,
    chords=(
        "Bm Bm C B  Bm G Am F#    Bm C Bm Am  G Em C F#    Bm F Bm F  Gm Db Gm F# "
        "Cm Cm Db C  Cm Ab Bbm G  Fm Db Bbm G    Cm Am C F#"
    ),
    scales=(
        (0, scale("B C D E F# G A")),
        (B, scale("B C D Eb F G Ab Bb F#")),
        (C, scale("C Db Eb F G Ab Bb")),
        (TURN + 1, scale("B C D E F# G A")),
    ),
)

THEME = (
    "B3:1 C4:1 B3:1.5 | F#4:1 E4:.5 F#4:.5 D4:1.5 | E4:1 G4:1 C4:1.5 | D4:.5 C4:.5 D#4:1 B3:1.5 |"
    "B3:1 C4:1 D4:1 E4:.5 | G4:1 F#4:.5 E4:.5 D4:1.5 | E4:1 C4:1 A3:1 C4:.5 | C#4:1 F#4:1 A#4:1.5"
)
ANSWER_THEME = (
    "F#5:1 D5:1 B4:1 C5:.5 | E5:1 C5:.5 D5:.5 E5:1.5 | D5:1 F#5:1 B5:1 A5:.5 | A5:1 G5:.5 E5:.5 C5:1.5 |"
    "B4:1 D5:1 G5:1 F#5:.5 | G5:1 F#5:.5 E5:.5 B4:1.5 | E5:1 G5:1 C6:1 B5:.5 | A#5:1 F#5:1 C#5:1 A#4:.5"
)
CRY = (
    "F#5:2 D5:1.5 | C5:2 A4:1.5 | D5:2 F#5:1.5 | F5:2 C5:1 A4:.5 |"
    "Bb4:1 D5:1 G5:1.5 | Ab5:2 F5:1.5 | G5:2 Bb5:1.5 | A#5:3.5"
)
HEIGHT = (
    "C5:1 F5:1 Ab5:1.5 | Ab5:1 F5:.5 Db5:.5 F5:1.5 | Bb5:1 Ab5:1 F5:1 Db5:.5 | D5:1 G5:1 B5:1.5 |"
    "G5:1 Eb5:1 C5:1.5 | C5:1 E5:1 A5:1.5 | G5:1 E5:.5 C5:.5 G4:1.5 | F#4:1 A#4:1 C#5:1 E5:.5"
)

PISTON = "R!:.5 R:.5 O!:.5 R:.5 N!:.5 R:.5 F:.5 | R!:.5 R:.5 O!:.5 R:.5 N!:.5 F:.5 T:.5"  # alternate bars
GALLOP = "R!:.5 R:.25 R:.25 R!:.5 R:.25 R:.25 R!:.5 F:.5 N!:.25 F:.25"
SPARKS = "O!:.25 T:.25 F:.25 T:.25 O!:.25 F:.25 T:.25 F:.25 U!:.25 O:.25 F:.25 O:.25 N!:.25 F:.25"
LOW_DRUMS = ((0, 0.95), (1, 0.6), (2, 0.85), (3, 0.5))
MID_DRUMS = ((0.5, 0.35), (1.5, 0.45), (2.5, 0.55), (3, 0.5), (3.25, 0.4))
LINKS = ((0.5, 0.5), (1, 0.8), (1.5, 0.5), (2, 0.9), (2.5, 0.5), (3, 0.6))
SIDE = (
    *((0.5, 0.3), (1, 0.75), (1.5, 0.35), (1.75, 0.3)),
    *((2, 0.9), (2.5, 0.4), (2.75, 0.35), (3, 0.6), (3.25, 0.45)),
)
FILL = (
    (1, 0.6),
    (1.25, 0.5),
    (1.5, 0.7),
    (2, 0.85),
    (2.25, 0.6),
    (2.5, 0.8),
    (2.75, 0.7),
    (3, 0.9),
    (3.25, 0.95),
)
GRUNTS = ((0, 0.45, 1.0), (1, 0.45, 0.8), (2, 0.6, 0.95))
# of the layer
RAGE_SIDE = tuple((step / 4, 0.85 if step in (0, 4, 8) else 0.5 if step == 12 else 0.3) for step in range(14))
RAGE_LOW = ((0, 1.0), (1, 0.7), (2, 0.95))
RAGE_MID = ((0.75, 0.6), (1.75, 0.6), (2.5, 0.7), (3, 0.8), (3.25, 0.7))
HAIL = "R!:.25 F:.25 R:.25 N:.25 R!:.25 F:.25 R:.25 T:.25 O!:.5 N!:.5 F:.5"
SHOUTS = ((0, 0.4, 1.0), (0.5, 0.25, 0.6), (1, 0.4, 0.85), (2, 0.4, 1.0), (2.5, 0.25, 0.7), (3, 0.3, 0.85))
SIREN = "B4:3.5 | B4:2.5 C5:1 | E5:2 C5:1.5 | D#5:3.5 | F#5:3.5 | G5:2 D5:1.5 | E5:2 C5:1.5 | F#5:3.5"
ANSWER_SIREN = (
    "B4:2 D5:1.5 | E5:2 G5:1.5 | F#5:3.5 | E5:2 C5:1.5 | D5:2 G5:1.5 | E5:2 B4:1.5 | C5:2 E5:1.5 | F#5:3.5"
)


def bar_line(bar):
    """Beat at which `bar` begins."""
    return FORM.beats_per_bar * bar


def introduction():
    """Bellows and a lone hammer; chains and the piston come in over a rising drone."""
    notes = [
        Note(0, "bellows", 0, 7, 0.9),
        Note(7, "bellows", 0, 7, 1.0),
        Note(4.4, "hammer", 47, 3, 0.8),
        Note(11.4, "hammer", 47, 3, 0.9),
        Note(0, "tam_tam", 0, 4, 0.6),
        Note(0, "boom", 0, 4, 0.8),
        Note(0, "basses", 35, 13.6, 0.5, "swell"),
        Note(0, "trombones", 35, 13.6, 0.42, "swell"),
        Note(7, "hum", 47, 6.8, 0.5, "swell"),
        Note(7, "hum", 48, 6.8, 0.42, "swell"),  # a semitone that grinds
        Note(7, "drum_roll", 35, 7, 0.7),
    ]
    notes += FORM.figure(range(2, 4), "low_piano", 35, PISTON, 0.45, 0.3)
    notes += FORM.beats(range(2, 4), "chain", 0, LINKS, 0.6, 0.4)
    return notes + FORM.beats([3], "taiko", 45, FILL, 0.7)


def loop():
    """The 40 bars that repeat."""
    return [*section_a(), *section_answer(), *section_b(), *section_c()]


def forge(bars, strength):
    """What never stops outside the quiet part: piston, low strings, hammer, chains and drums."""
    notes = FORM.figure(bars, "low_piano", 35, PISTON, 0.6 * strength)
    notes += FORM.figure(bars, "basses_short", 23, PISTON, 0.5 * strength)
    notes += FORM.beats(bars, "taiko", 33, LOW_DRUMS, 0.95 * strength)
    notes += FORM.beats(bars, "chain", 0, LINKS, 0.9 * strength)
    notes += FORM.beats(bars, "hammer", 47, ((2, 0.7),), strength)
    return notes


def section_a():
    """Trombones over the piston; horns double them from the fifth bar, violas hold the chords."""
    first, second = range(A, A + 4), range(A + 4, A + 8)
    both = range(A, A + 8)
    notes = forge(both, 0.9) + FORM.line(THEME, A, "trombones", 0.66, -12) + FORM.line(THEME, A, "celli", 0.6)
    later = "|".join(THEME.split("|")[4:])
    notes += FORM.line(later, A + 4, "horns", 0.7) + FORM.line(later, A + 4, "trombones", 0.6)
    notes += FORM.pads(first, "violas", 50, 67, 0.32) + FORM.pads(second, "violas", 50, 69, 0.45)
    notes += FORM.stabs(second, "chant", 47, 65, GRUNTS, 0.55)
    notes += FORM.beats(second, "taiko", 45, MID_DRUMS, 0.75)
    notes += [Note(0, "boom", 0, 4, 0.8), Note(0, "cymbal", 0, 4, 0.5)]
    notes += [Note(bar_line(A + 7), "cymbal_swell", 0, 3.5, 0.6)]
    return notes + FORM.beats([A + 7], "taiko", 47, FILL, 0.8)


def section_answer():
    """Trumpets and violins answer; the men's choir pushes on the beats, semiquavers flicker above."""
    first, second = range(ANSWER, ANSWER + 4), range(ANSWER + 4, ANSWER + 8)
    both = range(ANSWER, ANSWER + 8)
    notes = forge(both, 1.0) + FORM.line(ANSWER_THEME, ANSWER, "violins", 0.66)
    notes += FORM.line(ANSWER_THEME, ANSWER, "trumpets", 0.58, -12)
    notes += FORM.roots(both, "trombones", 35, 0.5, shape="fade")
    notes += FORM.stabs(both, "chant", 47, 66, GRUNTS, 0.66)
    notes += FORM.figure(second, "violins_short", 71, SPARKS, 0.36, 0.15)
    notes += FORM.pads(first, "men", 47, 64, 0.45) + FORM.pads(second, "men", 47, 66, 0.55)
    notes += FORM.beats(both, "taiko", 45, MID_DRUMS, 0.85, 0.15)
    notes += FORM.beats(second, "side_drum", 53, SIDE, 0.7)
    notes += [Note(bar_line(ANSWER), "cymbal", 0, 4, 0.65), Note(bar_line(ANSWER), "boom", 0, 4, 0.8)]
    notes += [
        Note(bar_line(ANSWER + 4), "cymbal", 0, 4, 0.5),
        Note(bar_line(ANSWER + 7), "drum_roll", 42, 3.5, 0.7),
    ]
    return notes + FORM.beats([ANSWER + 7], "taiko", 47, FILL, 0.9)


def section_b():
    """The bellows: chords a tritone apart that breathe in and out, a cry above, slow hammers below."""
    both, second = range(B, B + 8), range(B + 4, B + 8)
    notes = FORM.line(CRY, B, "women", 0.6, shape="arch", legato=1.0)
    notes += FORM.line("|".join(CRY.split("|")[4:]), B + 4, "violins", 0.5, shape="arch", legato=1.0)
    notes += FORM.pads(both, "hum", 47, 67, 0.5, shape="arch", rise=0.2)
    notes += FORM.pads(second, "violas", 53, 70, 0.4, shape="swell", rise=0.3)
    notes += FORM.roots(both, "trombones", 34, 0.42, shape="swell") + FORM.roots(both, "basses", 28, 0.5)
    notes += [Note(bar_line(bar), "bellows", 0, 7, 0.8) for bar in both[::2]]
    notes += [Note(bar_line(bar), "hammer", 44 if bar % 2 else 47, 3, 0.62) for bar in both]
    notes += [Note(bar_line(bar) + 2, "taiko", 31, 1, 0.6 + 0.04 * (bar - B)) for bar in both]
    notes += FORM.figure(second, "low_piano", 35, "R!:1 R:1 N!:1 F:.5", 0.4, 0.3)
    notes += FORM.beats(second[2:], "chain", 0, LINKS, 0.6, 0.4)
    notes += [Note(bar_line(B), "tam_tam", 0, 4, 0.8), Note(bar_line(B), "boom", 0, 4, 0.9)]
    notes += [
        Note(bar_line(B + 6), "drum_roll", 42, 7, 0.9),
        Note(bar_line(B + 6), "cymbal_swell", 0, 7, 0.85),
    ]
    return notes + FORM.beats([B + 7], "taiko", 45, FILL, 0.95)


def section_c():
    """Tutti in C, then the height in F minor, then four bars that fall back to B."""
    theme, height, turn = range(C, C + 8), range(C + 8, TURN), range(TURN, FORM.loop_bars)
    every = range(C, FORM.loop_bars)
    notes = forge(every, 1.05) + FORM.beats(every, "side_drum", 53, SIDE, 1.0)
    notes += FORM.beats(every, "taiko", 45, MID_DRUMS, 1.0) + FORM.beats(every, "hammer", 51, ((0, 0.75),))
    notes += FORM.figure(every, "celli_short", 38, GALLOP, 0.62)
    notes += FORM.figure(every, "violins_short", 71, SPARKS, 0.46)
    notes += FORM.stabs(every, "chant", 50, 70, GRUNTS, 0.72) + FORM.pads(every, "violas", 53, 72, 0.5)
    notes += FORM.line(THEME, C, "horns", 0.82, 1) + FORM.line(THEME, C, "trombones", 0.78, -11)
    notes += FORM.line(THEME, C, "trumpets", 0.62, 13) + FORM.line(THEME, C, "violins", 0.66, 13)
    notes += FORM.line(HEIGHT, C + 8, "women", 0.8) + FORM.line(HEIGHT, C + 8, "violins", 0.74)
    notes += FORM.line(HEIGHT, C + 8, "trumpets", 0.6, -12) + FORM.line(HEIGHT, C + 8, "horns", 0.7, -12)
    low = [*height, *turn]
    notes += FORM.roots(low, "trombones", 36, 0.75) + FORM.roots(low, "basses", 24, 0.7)
    notes += [Note(bar_line(bar), "timpani", FORM.root(bar, 36), 2, 0.8) for bar in every]
    for bar, level in ((C, 0.9), (C + 4, 0.6), (C + 8, 0.8), (TURN, 0.75)):
        notes += [Note(bar_line(bar), "cymbal", 0, 4, level), Note(bar_line(bar), "boom", 0, 4, level)]
    notes += [
        Note(bar_line(theme[0]), "tam_tam", 0, 4, 0.6),
        Note(bar_line(turn[-1]), "drum_roll", 42, 3.5, 0.8),
    ]
    notes += [Note(bar_line(turn[-1]), "cymbal_swell", 0, 3.5, 0.7)]
    return notes + FORM.beats([C + 3, C + 7, C + 11, TURN + 3], "taiko", 47, FILL, 0.95)


def rage():
    """Twice the blows: hammers on every beat, shouting, brass sirens, and no rest in the quiet part."""
    every = range(FORM.loop_bars)
    notes = FORM.beats(every, "field_drum", 58, RAGE_SIDE, 0.9) + FORM.beats(
        every, "taiko", 42, RAGE_LOW, 0.5
    )
    notes += FORM.beats(every, "taiko", 49, RAGE_MID, 0.5)
    notes += FORM.beats(every, "anvil", 83, ((0, 0.6), (1, 0.45), (2, 0.6), (3, 0.4)))
    notes += FORM.stabs(every, "chant", 52, 73, SHOUTS, 0.8)
    notes += FORM.figure(every, "violins_short", 78, HAIL, 0.4)
    notes += FORM.beats(every[3::4], "taiko", 50, FILL, 1.0)
    quiet = range(B, B + 8)
    notes += FORM.figure(quiet, "low_piano", 35, PISTON, 0.6)
    notes += FORM.figure(quiet, "celli_short", 38, GALLOP, 0.6)
    notes += FORM.figure(quiet, "basses_short", 23, PISTON, 0.6)
    notes += FORM.line(SIREN, A, "trumpets", 0.62, shape="swell")
    notes += FORM.line(ANSWER_SIREN, ANSWER, "women", 0.72, shape="swell")
    notes += FORM.roots(range(ANSWER, ANSWER + 8), "trumpets", 59, 0.6, shape="swell")
    notes += FORM.line(CRY, B, "trumpets", 0.6, -12, shape="swell") + FORM.line(CRY, B, "trombones", 0.6, -24)
    notes += FORM.line(SIREN, C, "women", 0.76, 1, shape="swell")
    notes += FORM.pads(range(C + 8, FORM.loop_bars), "trumpets", 60, 77, 0.55, voices=3, shape="swell")
    for bar in every[::4]:
        notes += [Note(bar_line(bar), "cymbal", 0, 4, 0.65), Note(bar_line(bar), "hammer", 43, 3, 0.8)]
    for bar in (A, ANSWER, B, C, C + 8, TURN):
        notes += [Note(bar_line(bar), "boom", 0, 4, 0.8)]
    return notes
