"""A picture of the duel from its integer state alone: what `render()` of the environments shows.

    from duel.drawing import draw
    pixels = draw(duel.state)          # uint8, (HEIGHT, WIDTH, 3)

One pixel of the picture is one pixel of the floor. Shown are both bodies by phase and timer, the wind-up's
ring that closes until the lunge, hitboxes in the ticks in which they can hit, the Aegis with its time
left, all meters with what was lost since the boss's older view (a few ticks ago), the distance, the time
and the outcome. All geometry comes from `features.py`. The same state gives the same picture. Needs
Pillow; the fighters' figures are in `duel/figures.py`.
"""

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import features as f
from duel.figures import (
    BONE,
    FLAME_LIGHT,
    GUARD,
    INK,
    ORIGIN,
    RED_FLASH,
    SCALE,
    knight,
    recent_damage,
    slime,
)

WIDTH, HEIGHT = f.FLOOR_WIDTH // f.UNITS_PER_PIXEL, 360
GROUND = 284  # row on which both stand
MIDDLE = WIDTH // 2
BODY_CENTRE = 56  # of the boss, above the floor
RING_CLOSED, RING_OPEN = 60, 62  # radius at the lunge, and what is added at the wind-up's start
AEGIS_RADIUS = 44
LANE = 16  # depth of the telegraph on the floor

SKY_TOP, SKY_BOTTOM, FLOOR_TOP, FLOOR_BOTTOM = (17, 13, 20), (58, 33, 32), (66, 50, 48), (26, 20, 24)
STONE, STONE_EDGE = (30, 22, 28), (84, 62, 58)
CYAN, AEGIS_RIM, TELEGRAPH = (70, 206, 246), (140, 240, 255), (255, 66, 40)
HEALTH, LOST, STAMINA, METER = (206, 52, 48), (255, 216, 150), (112, 190, 104), (16, 12, 16)
TEXT, FAINT = (240, 226, 204), (168, 150, 136)

KNIGHT_LABELS = {
    f.KNIGHT_ROLL: ("roll", f.ROLL_TICKS),
    f.KNIGHT_ATTACK: ("attack", f.ATTACK_TICKS),
    f.KNIGHT_HURT: ("hurt", f.HURT_TICKS),
    f.KNIGHT_BROKEN: ("guard broken", f.GUARD_BROKEN_TICKS),
}
BOSS_LABELS = {
    f.BOSS_WINDUP: ("cleave: wind-up", f.WINDUP_TICKS),
    f.BOSS_LUNGE: ("cleave: lunge", f.LUNGE_TICKS),
    f.BOSS_RECOVERY: ("cleave: recovery", f.RECOVERY_TICKS),
    f.BOSS_BROKEN: ("guard broken", f.BOSS_BROKEN_TICKS),
}
OUTCOME_TEXT = {
    f.KNIGHT_WINS: "The Fire Knight wins",
    f.BOSS_WINS: "The Demon Slime wins",
    f.DRAW: "Both are dead: a draw",
    f.TIMEOUT: "Time is up: nobody wins",
}


def draw(state) -> np.ndarray:
    """The picture of a state (features.STATE_SIZE integers), as uint8 (HEIGHT, WIDTH, 3).

    The state is only read. A new array is returned each time.
    """
    state = [int(value) for value in state]
    scene = _arena().copy()
    pen = ImageDraw.Draw(scene, "RGBA")
    _draw_floor_marks(pen, state)
    boss_x, knight_x = _pixel(state[f.BOSS_X]), _pixel(state[f.KNIGHT_X])
    _shadow(pen, boss_x, f.BOSS_HALF_WIDTH)
    _shadow(pen, knight_x, f.KNIGHT_HALF_WIDTH)
    _place(scene, slime(state), boss_x)
    _place(scene, knight(state), knight_x)
    _draw_aegis(pen, state)
    _draw_ring(pen, state)
    picture = scene.reduce(SCALE)
    pen = ImageDraw.Draw(picture, "RGBA")
    _draw_meters(pen, state)
    _draw_distance(pen, state)
    _draw_texts(pen, state)
    return np.array(picture)


# ---------------------------------------------------------------------------- measures
def _pixel(units: int) -> int:
    """Where a position is in the enlarged scene."""
    return units * SCALE // f.UNITS_PER_PIXEL


@cache
def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """Pillow's own font, so that every machine with the same Pillow draws the same letters."""
    return ImageFont.load_default(size)


def _box(left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int]:
    """A rectangle of the enlarged scene from pixels of the picture; the right and lower ends are left out."""
    sides = sorted((round(left * SCALE), round(right * SCALE)))
    return sides[0], round(top * SCALE), max(sides[0], sides[1] - 1), round(bottom * SCALE) - 1


# ---------------------------------------------------------------------------- the arena
@cache
def _arena() -> Image.Image:
    """The empty arena, enlarged: a hall of arches, symmetric about its middle, and a paved floor."""
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE))
    pen = ImageDraw.Draw(image, "RGBA")
    for row in range(HEIGHT * SCALE):
        y = row / SCALE
        if y < GROUND:
            share, above, below = y / GROUND, SKY_TOP, SKY_BOTTOM
        else:
            share, above, below = (y - GROUND) / (HEIGHT - GROUND), FLOOR_TOP, FLOOR_BOTTOM
        colour = tuple(round(a + (b - a) * share) for a, b in zip(above, below, strict=True))
        pen.line((0, row, WIDTH * SCALE, row), fill=colour)
    for offset in range(0, MIDDLE + 1, 160):
        for side in (-1, 1):
            _draw_arch(pen, MIDDLE + side * (offset + 80), lit=offset != 0)
            _draw_pillar(pen, MIDDLE + side * offset)
    pen.rectangle(_box(0, GROUND, WIDTH, GROUND + 2), fill=STONE_EDGE)
    for offset in range(0, MIDDLE + 1, 80):  # paving, and a scale: a stone is 80 px wide
        for side in (-1, 1):
            top, bottom = MIDDLE + side * offset, MIDDLE + side * offset * 1.16
            ends = ((top * SCALE, (GROUND + 2) * SCALE), (bottom * SCALE, HEIGHT * SCALE))
            pen.line(ends, fill=(12, 8, 12, 130), width=SCALE)
    for y in (GROUND + 16, GROUND + 40):
        pen.rectangle(_box(0, y, WIDTH, y + 1), fill=(12, 8, 12, 130))
    left = image.crop(
        (0, 0, MIDDLE * SCALE, HEIGHT * SCALE)
    )  # lines have no exact mirror image of themselves
    image.paste(left.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (MIDDLE * SCALE, 0))
    return image


def _draw_arch(pen: ImageDraw.ImageDraw, x: int, lit: bool) -> None:
    """A window about `x`."""
    glow = (120, 54, 34, 70) if lit else (150, 66, 36, 95)
    pen.pieslice(_box(x - 34, 104, x + 34, 172), 180, 360, fill=glow)
    pen.rectangle(_box(x - 34, 138, x + 34, 232), fill=glow)
    pen.rectangle(_box(x - 2, 106, x + 2, 232), fill=STONE)
    pen.rectangle(_box(x - 34, 168, x + 34, 171), fill=STONE)


def _draw_pillar(pen: ImageDraw.ImageDraw, x: int) -> None:
    """A pillar about `x`, up into the dark."""
    pen.rectangle(_box(x - 15, 0, x + 15, GROUND), fill=STONE)
    pen.rectangle(_box(x - 21, GROUND - 16, x + 21, GROUND), fill=STONE)
    pen.rectangle(_box(x - 21, 88, x + 21, 98), fill=STONE)
    pen.rectangle(_box(x - 15, 98, x - 11, GROUND - 16), fill=(52, 38, 42))


def _shadow(pen: ImageDraw.ImageDraw, x: int, half_width: int) -> None:
    """A shadow as wide as the body the rules know."""
    half, flat = _pixel(half_width), 6 * SCALE
    ground = GROUND * SCALE
    pen.ellipse((x - half, ground - flat // 3, x + half - 1, ground + flat), fill=(0, 0, 0, 120))


def _place(scene: Image.Image, tile: Image.Image, x: int) -> None:
    """Stand a fighter's tile on the floor at `x`."""
    scene.paste(tile, (x - ORIGIN[0] * SCALE, (GROUND - ORIGIN[1]) * SCALE), tile)


# ---------------------------------------------------------------------------- what the rules know
def _draw_floor_marks(pen: ImageDraw.ImageDraw, state: list[int]) -> None:
    """Hitboxes while they can hit, and before a cleave the stretch of floor that it will sweep."""
    unit = f.UNITS_PER_PIXEL
    phase, timer = state[f.KNIGHT_PHASE], state[f.KNIGHT_TIMER]
    if phase == f.KNIGHT_ATTACK and f.ATTACK_HITBOX_START <= timer < f.ATTACK_HITBOX_END:
        start = state[f.KNIGHT_X] / unit
        end = start + state[f.KNIGHT_FACING] * f.SWORD_REACH / unit
        _hitbox(pen, start, end, FLAME_LIGHT)
    phase, timer, way = state[f.BOSS_PHASE], state[f.BOSS_TIMER], state[f.BOSS_STEER]
    back = (state[f.BOSS_X] - way * f.CLEAVE_BACK_REACH) / unit
    if phase == f.BOSS_LUNGE and f.LUNGE_HITBOX_START <= timer < f.LUNGE_HITBOX_END:
        _hitbox(pen, back, (state[f.BOSS_X] + way * f.CLEAVE_REACH) / unit, TELEGRAPH)
    if phase == f.BOSS_WINDUP:
        run = f.CLEAVE_LUNGE_SPEED * f.LUNGE_HITBOX_END
        tip = (state[f.BOSS_X] + way * (f.CLEAVE_REACH + run)) / unit
        share = (timer + 1) / f.WINDUP_TICKS
        pen.rectangle(_box(back, GROUND + 2, tip, GROUND + LANE), fill=(*TELEGRAPH, 70))
        filled = back + (tip - back) * share
        pen.rectangle(_box(back, GROUND + 2, filled, GROUND + LANE), fill=(*TELEGRAPH, 110))
        pen.rectangle(_box(tip - 2, GROUND + 2, tip + 2, GROUND + LANE), fill=BONE)


def _hitbox(pen: ImageDraw.ImageDraw, start: float, end: float, colour: tuple[int, int, int]) -> None:
    """A stretch of the floor, in pixels, on which a blow lands now, up to the height of the fighters."""
    pen.rectangle(_box(start, GROUND - 110, end, GROUND), fill=(*colour, 34))
    pen.rectangle(_box(start, GROUND, end, GROUND + 5), fill=(*colour, 210))


def _draw_aegis(pen: ImageDraw.ImageDraw, state: list[int]) -> None:
    """The bubble around the knight; the bright part of its rim is the time that is left."""
    if not state[f.KNIGHT_AEGIS]:
        return
    x, y, radius = _pixel(state[f.KNIGHT_X]), (GROUND - 34) * SCALE, AEGIS_RADIUS * SCALE
    box = (x - radius, y - radius, x + radius - 1, y + radius - 1)
    pen.ellipse(box, fill=(*CYAN, 38), outline=(*CYAN, 130), width=SCALE)
    half = 180 * state[f.KNIGHT_AEGIS] / f.AEGIS_TICKS
    pen.arc(box, 270 - half, 270 + half, fill=(*AEGIS_RIM, 245), width=3 * SCALE)


def _draw_ring(pen: ImageDraw.ImageDraw, state: list[int]) -> None:
    """The ring that closes on the boss as its wind-up runs out."""
    if state[f.BOSS_PHASE] != f.BOSS_WINDUP:
        return
    share = (state[f.BOSS_TIMER] + 1) / f.WINDUP_TICKS
    x, y = _pixel(state[f.BOSS_X]), (GROUND - BODY_CENTRE) * SCALE
    rings = (
        (RING_CLOSED, 1, (*BONE, 150)),
        (RING_CLOSED + RING_OPEN * (1 - share), 9, (*TELEGRAPH, 70)),
        (RING_CLOSED + RING_OPEN * (1 - share) - 3, 3, (*TELEGRAPH, 255)),
    )
    for radius, width, colour in rings:
        edge = round(radius * SCALE)
        pen.ellipse((x - edge, y - edge, x + edge - 1, y + edge - 1), outline=colour, width=width * SCALE)


# ---------------------------------------------------------------------------- meters and words
def _draw_meters(pen: ImageDraw.ImageDraw, state: list[int]) -> None:
    """Health, stamina and guard; the knight's fill from the left, the boss's from the right."""
    pen.rectangle((0, 0, WIDTH, 69), fill=(10, 7, 10, 150))
    _meter(pen, 24, 30, 340, 15, HEALTH, state, f.KNIGHT_HEALTH, f.KNIGHT_MAX_HEALTH)
    _meter(pen, 24, 50, 240, 8, STAMINA, state, f.KNIGHT_STAMINA, f.KNIGHT_MAX_STAMINA)
    _meter(pen, WIDTH - 24, 30, -340, 15, HEALTH, state, f.BOSS_HEALTH, f.BOSS_MAX_HEALTH)
    _meter(pen, WIDTH - 24, 50, -240, 8, GUARD, state, f.BOSS_GUARD, f.BOSS_MAX_GUARD)
    mark = WIDTH - 24 - 340 * f.ENRAGE_HEALTH // f.BOSS_MAX_HEALTH
    pen.rectangle((mark, 28, mark + 1, 46), fill=BONE)


def _meter(pen, x: int, y: int, length: int, thick: int, colour, state, field: int, greatest: int) -> None:
    """A bar from `x` over `length` pixels (negative: leftwards), with what was lost lately in a pale tone."""
    now = max(0, state[field])
    before = min(greatest, max(now, state[f.SEEN + field]))

    def bar(value: float, fill) -> None:
        ends = sorted((x, x + round(length * value / greatest)))
        if ends[1] > ends[0]:
            pen.rectangle((ends[0], y, ends[1] - 1, y + thick - 1), fill=fill)

    frame = sorted((x, x + length))
    pen.rectangle((frame[0] - 2, y - 2, frame[1] + 1, y + thick + 1), fill=METER, outline=STONE_EDGE)
    bar(before, LOST)
    bar(now, colour)
    if now:
        ends = sorted((x, x + round(length * now / greatest)))
        pen.rectangle((ends[0], y, max(ends[0], ends[1] - 1), y + thick // 4), fill=(255, 255, 255, 50))


def _draw_distance(pen: ImageDraw.ImageDraw, state: list[int]) -> None:
    """The distance between centres, drawn as a measure below the floor."""
    ends = sorted((state[f.KNIGHT_X] // f.UNITS_PER_PIXEL, state[f.BOSS_X] // f.UNITS_PER_PIXEL))
    y = 336
    pen.line((ends[0], y, ends[1], y), fill=(*FAINT, 140))
    for x in ends:
        pen.line((x, y - 5, x, y + 5), fill=(*FAINT, 220))
    apart = abs(state[f.KNIGHT_X] - state[f.BOSS_X]) // f.UNITS_PER_PIXEL
    middle = min(WIDTH - 40, max(40, sum(ends) // 2))
    pen.text((middle, y + 4), f"{apart} px", FAINT, _font(12), "ma")


def _draw_texts(pen: ImageDraw.ImageDraw, state: list[int]) -> None:
    """Names, values, what both are doing, the time, damage just taken, and how it ended."""
    right = WIDTH - 24
    pen.text((24, 6), "Fire Knight", TEXT, _font(16))
    pen.text(
        (right, 6), "Demon Slime" + (" (enraged)" if state[f.BOSS_ENRAGED] else ""), TEXT, _font(16), "ra"
    )
    pen.text((364, 9), _knight_label(state), FLAME_LIGHT, _font(13), "ra")
    pen.text((right - 340, 9), _boss_label(state), RED_FLASH, _font(13))
    pen.text((374, 30), str(state[f.KNIGHT_HEALTH]), TEXT, _font(13))
    pen.text((274, 47), str(state[f.KNIGHT_STAMINA] // 10), FAINT, _font(12))
    pen.text((right - 350, 30), str(state[f.BOSS_HEALTH]), TEXT, _font(13), "ra")
    pen.text((right - 250, 47), str(state[f.BOSS_GUARD] // 10), FAINT, _font(12), "ra")
    tenths = state[f.CLOCK] * 10 // f.TICKS_PER_SECOND
    pen.text((MIDDLE, 6), f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}", TEXT, _font(20), "ma")
    pen.text((MIDDLE, 32), f"tick {state[f.TICK]}", FAINT, _font(12), "ma")
    losses = ((f.KNIGHT_HEALTH, f.KNIGHT_X, 92, RED_FLASH), (f.BOSS_HEALTH, f.BOSS_X, 150, FLAME_LIGHT))
    for health, where, above, colour in losses:
        if recent_damage(state, health):
            at = (state[where] // f.UNITS_PER_PIXEL, GROUND - above)
            lost = f"-{recent_damage(state, health)}"
            pen.text(at, lost, colour, _font(22), "ms", stroke_width=2, stroke_fill=INK)
    if state[f.OUTCOME] != f.ONGOING:
        pen.rectangle((0, 92, WIDTH, 140), fill=(10, 7, 10, 190))
        pen.text((MIDDLE, 116), OUTCOME_TEXT[state[f.OUTCOME]], TEXT, _font(30), "mm")


def _knight_label(state: list[int]) -> str:
    """What the knight is doing, and how far it is."""
    phase = state[f.KNIGHT_PHASE]
    if phase in KNIGHT_LABELS:
        name, total = KNIGHT_LABELS[phase]
        return f"{name} {state[f.KNIGHT_TIMER]}/{total}"
    if phase == f.KNIGHT_FREE:
        return "walks" if state[f.KNIGHT_MOVING] else "stands"
    return f.KNIGHT_PHASES[phase]


def _boss_label(state: list[int]) -> str:
    """What the boss is doing, and how far it is."""
    phase = state[f.BOSS_PHASE]
    if phase in BOSS_LABELS:
        name, total = BOSS_LABELS[phase]
        return f"{name} {state[f.BOSS_TIMER]}/{total}"
    return f.MOVES[state[f.BOSS_MOVE]].lower() if phase == f.BOSS_FREE else f.BOSS_PHASES[phase]
