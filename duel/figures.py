"""The two fighters as schematic figures in Pillow, posed by phase and timer alone: for `duel/drawing.py`.

`knight(state)` and `slime(state)` each return a transparent tile, SCALE times larger than life, in which
the fighter stands on the point ORIGIN; whoever faces left is the exact mirror image of facing right.
Lengths that the rules know (bodies, reaches, frame ranges) come from `features.py`; the rest is drawing.
"""

from math import cos, pi, radians, sin

from PIL import Image, ImageDraw, ImageOps

import features as f

SCALE = 3  # drawn this much larger, then averaged: smooth edges
TILE_WIDTH, TILE_HEIGHT = 300, 214  # pixels of the finished picture
ORIGIN = TILE_WIDTH // 2, 184  # where the fighter stands, within the tile

STEEL, STEEL_DARK, STEEL_LIGHT = (150, 154, 166), (84, 86, 100), (214, 218, 226)
INK = (18, 12, 16)
FLAME, FLAME_LIGHT, CAPE = (255, 138, 40), (255, 214, 120), (190, 62, 30)
GOLD, BLADE, WOOD = (226, 178, 84), (232, 236, 242), (96, 62, 44)
SLIME, SLIME_DARK, SLIME_LIGHT = (178, 34, 62), (104, 16, 46), (226, 84, 96)
RAGE, RAGE_DARK, RAGE_LIGHT = (226, 50, 30), (136, 18, 22), (255, 132, 66)
SPENT, SPENT_DARK, SPENT_LIGHT = (124, 48, 66), (72, 26, 44), (164, 92, 102)
GUARD, GUARD_LIGHT = (86, 176, 150), (196, 244, 220)
BONE, HORN, STAR = (244, 226, 196), (70, 54, 60), (255, 226, 110)
PALE, RED_FLASH = (236, 250, 255), (255, 96, 72)

KNIGHT_SHOULDER = 44  # height above the floor
KNIGHT_ARM = 22
SWORD_LENGTH = f.SWORD_REACH // f.UNITS_PER_PIXEL - KNIGHT_ARM  # stretched out, its tip is at its reach
SLIME_HALF_WIDTH = f.BOSS_HALF_WIDTH // f.UNITS_PER_PIXEL
SLIME_HEIGHT = 112
CLEAVER_LENGTH = f.CLEAVE_REACH // f.UNITS_PER_PIXEL - SLIME_HALF_WIDTH // 2  # tip at its reach, held out
LINGER_TICKS = f.DECISION_TICKS  # a blow's arc fades this long, so that no frame misses it


class Tile:
    """A transparent tile on which one draws rightwards and upwards from where the fighter stands."""

    def __init__(self):
        self.image = Image.new("RGBA", (TILE_WIDTH * SCALE, TILE_HEIGHT * SCALE))
        self._draw = ImageDraw.Draw(self.image)

    def _at(self, point) -> tuple[float, float]:
        return (ORIGIN[0] + point[0]) * SCALE, (ORIGIN[1] - point[1]) * SCALE

    def polygon(self, points, fill, outline=None, width: float = 1.5) -> None:
        """A filled shape, with an ink line around it where `outline` is given."""
        placed = [self._at(point) for point in points]
        self._draw.polygon(placed, fill=fill)
        if outline:
            closed = [*placed, placed[0], placed[1]]
            self._draw.line(closed, fill=outline, width=round(width * SCALE), joint="curve")

    def line(self, points, fill, width: float) -> None:
        """A thick line with round ends and joints."""
        placed = [self._at(point) for point in points]
        self._draw.line(placed, fill=fill, width=round(width * SCALE), joint="curve")
        for point in (points[0], points[-1]):
            self.disc(point, width / 2, fill)

    def disc(self, centre, radius, fill=None, outline=None, width: float = 1.5) -> None:
        """A circle, or an ellipse where `radius` is a pair."""
        across, up = radius if isinstance(radius, tuple) else (radius, radius)
        left, top = self._at((centre[0] - across, centre[1] + up))
        right, bottom = self._at((centre[0] + across, centre[1] - up))
        thick = round(width * SCALE) if outline else 0
        self._draw.ellipse((left, top, right, bottom), fill=fill, outline=outline, width=thick)

    def limb(self, points, fill, width: float) -> None:
        """A line with an ink edge."""
        self.line(points, INK, width + 2.5)
        self.line(points, fill, width)

    def facing(self, side: int) -> Image.Image:
        """The finished tile, looking to `side` (-1: left, 1: right)."""
        return self.image if side > 0 else ImageOps.mirror(self.image)


# ---------------------------------------------------------------------------- shapes both use
def turned(points, angle: float, centre) -> list[tuple[float, float]]:
    """`points` turned by `angle` degrees (0: ahead, 90: up) and moved to `centre`."""
    c, s = cos(radians(angle)), sin(radians(angle))
    return [(centre[0] + x * c - y * s, centre[1] + x * s + y * c) for x, y in points]


def polar(centre, radius: float, angle: float) -> tuple[float, float]:
    """The point at `radius` and `angle` degrees from `centre`."""
    return centre[0] + radius * cos(radians(angle)), centre[1] + radius * sin(radians(angle))


def between(start: float, end: float, share: float) -> float:
    """From `start` to `end` by a share of 0 to 1, held at both ends."""
    return start + (end - start) * min(1.0, max(0.0, share))


def sweep(tile: Tile, centre, radius: float, angles: tuple[float, float], colour, strength: float) -> None:
    """The trace of a blow: a crescent from angles[0], where it is thin, to angles[1], the blade."""
    steps = 18
    outer, inner = [], []
    for step in range(steps + 1):
        angle = between(*angles, step / steps)
        outer.append(polar(centre, radius, angle))
        inner.append(polar(centre, radius * (1 - 0.5 * step / steps), angle))
    tile.polygon([*outer, *reversed(inner)], (*colour, round(190 * strength)))
    tile.line(outer, (*BONE, round(255 * strength)), 1.6)


def stars(tile: Tile, centre, spread: float, turn: float) -> None:
    """Stars that circle over a stunned head."""
    for number in range(3):
        angle = turn + number * 2 * pi / 3
        at = (centre[0] + spread * cos(angle), centre[1] + spread * 0.3 * sin(angle))
        points = [polar(at, 5.5 if corner % 2 == 0 else 2.2, 90 + corner * 36) for corner in range(10)]
        tile.polygon(points, STAR, INK, 1)


def burst(tile: Tile, centre, radius: float, colour) -> None:
    """A jagged flash where a blow has landed."""
    for size, fill in ((radius, colour), (radius * 0.55, BONE)):
        points = [
            polar(centre, size if corner % 2 == 0 else size * 0.42, 10 + corner * 20) for corner in range(18)
        ]
        tile.polygon(points, fill)


def recent_damage(state, health: int) -> int:
    """What the fighter whose health is the field `health` has lost since the older snapshot."""
    return max(0, state[f.SEEN + health] - state[health])


# ---------------------------------------------------------------------------- the knight
def knight(state) -> Image.Image:
    """The Fire Knight's tile."""
    tile = Tile()
    phase, timer = state[f.KNIGHT_PHASE], state[f.KNIGHT_TIMER]
    if phase == f.KNIGHT_ROLL:
        _rolling(tile, timer)
    elif phase == f.KNIGHT_DEAD:
        _fallen(tile)
    elif phase == f.KNIGHT_ATTACK:
        _swinging(tile, timer)
    elif phase == f.KNIGHT_BLOCK:
        _body(tile, lean=-3, crouch=5, stride=9)
        _sword(tile, (-6, KNIGHT_SHOULDER - 10), arm=8, angle=205)
        _shield(tile, (17, 34), raised=True)
    elif phase == f.KNIGHT_HURT:
        _body(tile, lean=-14, crouch=3, stride=10, flash=True)
        _sword(tile, (-12, KNIGHT_SHOULDER - 6), arm=12, angle=150)
        burst(tile, (10, 40), 15, RED_FLASH)
    elif phase == f.KNIGHT_BROKEN:
        _body(tile, lean=9, crouch=15, stride=13)
        _sword(tile, (10, 26), arm=8, angle=-38)
        _shield(tile, (-25, 8), raised=False)
        stars(tile, (12, 62), 17, timer * 0.16)
    else:
        stride = 5
        if state[f.KNIGHT_MOVING]:  # feet go with the floor
            stride = 10 * sin(2 * pi * state[f.KNIGHT_X] / (48 * f.UNITS_PER_PIXEL))
        _shield(tile, (-9, 33), raised=False)
        _body(tile, lean=2 * state[f.KNIGHT_MOVING] * state[f.KNIGHT_FACING], crouch=0, stride=stride)
        _sword(tile, (5, KNIGHT_SHOULDER - 6), arm=10, angle=38)
    return tile.facing(state[f.KNIGHT_FACING])


def _body(tile: Tile, lean: float, crouch: float, stride: float, flash: bool = False) -> None:
    """Cape, legs, armour and helmet; `lean` moves the shoulders ahead, `crouch` lowers everything."""
    hip, neck = (0, 26 - crouch), (lean, 48 - crouch)
    steel = RED_FLASH if flash else STEEL
    cape = [(neck[0] - 4, neck[1]), (neck[0] + 2, neck[1] - 4), (hip[0] - 3, hip[1] - 2)]
    tile.polygon([*cape, (-19 - lean * 0.3, 9 - crouch * 0.3), (-24 - lean * 0.3, 15)], CAPE, INK)
    for side, fill in ((-1, STEEL_DARK), (1, steel)):
        foot = (side * stride, 3)
        knee = ((hip[0] + foot[0]) / 2 + 3, hip[1] / 2 + 2)
        tile.limb([hip, knee, foot], fill, 6)
        tile.limb([foot, (foot[0] + 4, 2.6)], STEEL_DARK, 4)
    shoulders = [(neck[0] - 10, neck[1] - 3), (neck[0] + 10, neck[1] - 3)]
    tile.polygon([*shoulders, (hip[0] + 7, hip[1] - 1), (hip[0] - 7, hip[1] - 1)], steel, INK, 2)
    tile.line([(hip[0] - 6, hip[1] + 2), (hip[0] + 6, hip[1] + 2)], GOLD, 3)
    tile.disc((neck[0] - 8, neck[1] - 4), 5, STEEL_LIGHT, INK)
    head = (neck[0] + lean * 0.3 + 1, neck[1] + 9)
    plume = [(-2, 7), (-8, 16), (-11, 10), (-18, 14), (-15, 5), (-20, 0), (-8, -1)]
    tile.polygon([(head[0] + x, head[1] + y) for x, y in plume], FLAME, INK, 1)
    tile.polygon(
        [(head[0] - 4, head[1] + 5), (head[0] - 13, head[1] + 8), (head[0] - 7, head[1] + 1)], FLAME_LIGHT
    )
    tile.disc(head, (8, 9), steel, INK, 2)
    tile.line([(head[0] + 1, head[1] + 1), (head[0] + 7, head[1] + 1)], INK, 2.6)
    tile.line([(head[0] + 4, head[1] - 1), (head[0] + 4, head[1] - 6)], STEEL_DARK, 1.2)


def _sword(tile: Tile, shoulder, arm: float, angle: float) -> None:
    """Arm and sword, stretched out at `angle` degrees from the shoulder."""
    hand = polar(shoulder, arm, angle)
    tip = SWORD_LENGTH
    blade = [(4, 2.6), (tip - 7, 2.2), (tip, 0), (tip - 7, -2.2), (4, -2.6)]
    tile.polygon(turned(blade, angle, hand), BLADE, INK, 1.4)
    tile.limb(turned([(4, 7), (4, -7)], angle, hand), GOLD, 3)
    tile.limb([shoulder, hand], STEEL, 5.5)
    tile.disc(hand, 3.6, STEEL_LIGHT, INK)


def _shield(tile: Tile, centre, raised: bool) -> None:
    """A kite shield: before the body, or seen from the side at the arm."""
    half, high = (8, 22) if raised else (6, 13)
    kite = [(-half, high), (0, high + 3), (half, high), (half, -high * 0.2), (0, -high), (-half, -high * 0.2)]
    points = [(centre[0] + x, centre[1] + y) for x, y in kite]
    tile.polygon(points, STEEL_LIGHT if raised else STEEL_DARK, INK, 2)
    if raised:
        inner = [(centre[0] + x * 0.6, centre[1] + y * 0.7) for x, y in kite]
        tile.polygon(inner, CAPE)
        tile.line([(centre[0], centre[1] + high * 0.6), (centre[0], centre[1] - high * 0.5)], GOLD, 2.4)
        tile.line([(centre[0] - 4, centre[1] + 6), (centre[0] + 4, centre[1] + 6)], GOLD, 2.4)


def _swinging(tile: Tile, timer: int) -> None:
    """A swing: drawn back, down through the hitbox's ticks, and held low in the recovery."""
    start, end = f.ATTACK_HITBOX_START, f.ATTACK_HITBOX_END
    shoulder = (0, KNIGHT_SHOULDER)
    if timer < start:
        share = timer / start
        _body(tile, lean=between(0, -7, share), crouch=2, stride=9)
        _sword(tile, (-2, KNIGHT_SHOULDER), arm=between(10, 16, share), angle=between(50, 155, share))
        return
    angle = between(70, -18, (timer - start + 1) / (end - start))
    fade = 1 - (timer - end + 1) / LINGER_TICKS if timer >= end else 1
    if fade > 0:
        sweep(tile, shoulder, KNIGHT_ARM + SWORD_LENGTH, (150, angle), FLAME_LIGHT, fade)
    tired = (timer - end) / (f.ATTACK_TICKS - end)
    _body(tile, lean=between(9, 3, tired), crouch=between(5, 2, tired), stride=13)
    _sword(tile, shoulder, between(KNIGHT_ARM, 12, tired), between(angle, -34, tired * 2))


def _rolling(tile: Tile, timer: int) -> None:
    """A tucked ball that turns with the timer; pale and ringed while no blow touches it."""
    invulnerable = f.ROLL_INVULNERABLE_START <= timer < f.ROLL_INVULNERABLE_END
    centre, turn = (0, 19), -450 * timer / f.ROLL_TICKS
    for number, height in enumerate((28, 18, 8)):
        if timer < f.ROLL_MOTION_END:
            tile.line(
                [(-22 - 5 * number, height), (-44 - 9 * number, height)], (*FLAME, 110 - 25 * number), 2.4
            )
    plume = [(10, 10), (4, 22), (-4, 19), (-12, 24), (-16, 14), (-22, 10), (-15, 4)]
    tile.polygon(turned(plume, turn, centre), FLAME, INK, 1.2)
    tile.disc(centre, 18, STEEL, INK, 2)
    tile.polygon(turned([(-15, 6), (-2, 15), (12, 8), (2, 2)], turn, centre), CAPE)
    tile.disc(polar(centre, 8, turn - 70), 7, STEEL_LIGHT, INK)
    tile.line(turned([(5, -9), (11, -5)], turn, centre), INK, 2.6)
    if invulnerable:
        tile.disc(centre, 22, None, (*PALE, 230), 1.8)
        tile.disc(centre, 25.5, None, (*PALE, 110), 1.2)


def _fallen(tile: Tile) -> None:
    """Face down on the floor, the flame gone out, the sword beside him."""
    tile.polygon([(-34, 1), (-26, 11), (4, 13), (8, 2)], (92, 44, 36), INK)
    tile.limb([(-30, 4), (-12, 6)], STEEL_DARK, 6)
    tile.polygon([(-14, 2), (-12, 14), (10, 13), (13, 2)], (108, 110, 120), INK, 2)
    tile.disc((20, 8), (9, 8), (108, 110, 120), INK, 2)
    tile.line([(22, 6), (28, 6)], INK, 2.4)
    blade = [(0, 1.8), (SWORD_LENGTH - 6, 1.6), (SWORD_LENGTH, 0), (SWORD_LENGTH - 6, -1.2), (0, -1.2)]
    tile.polygon(turned(blade, 0, (32, 2)), (170, 172, 180), INK, 1.2)
    tile.limb([(34, 7), (34, 1)], GOLD, 2.4)


# ---------------------------------------------------------------------------- the slime
def slime(state) -> Image.Image:
    """The Demon Slime's tile."""
    tile = Tile()
    phase, timer = state[f.BOSS_PHASE], state[f.BOSS_TIMER]
    tones = (SLIME, SLIME_DARK, SLIME_LIGHT)
    if state[f.BOSS_ENRAGED]:
        tones = (RAGE, RAGE_DARK, RAGE_LIGHT)
    angry = bool(state[f.BOSS_ENRAGED])
    if phase == f.BOSS_DEAD:
        _puddle(tile)
    elif phase == f.BOSS_WINDUP:
        share = timer / f.WINDUP_TICKS
        tall = between(SLIME_HEIGHT, SLIME_HEIGHT + 20, share)
        _cleaver(tile, (4, tall * 0.62), 24, between(80, 142, share * 1.4))
        _blob(tile, tones, tall, lean=between(0, -13, share), angry=angry)
        _face(tile, tall, between(0, -13, share), "roar")
    elif phase == f.BOSS_LUNGE:
        _lunging(tile, tones, timer, angry)
    elif phase == f.BOSS_RECOVERY:
        share = timer / f.RECOVERY_TICKS
        tall = between(70, SLIME_HEIGHT - 6, share * share)
        spent = (SPENT, SPENT_DARK, SPENT_LIGHT) if not angry else tones
        _blob(tile, spent, tall, lean=between(16, 2, share), angry=False)
        _face(tile, tall, between(16, 2, share), "tired")
        _cleaver(tile, (26, 30), 12, between(-24, -10, share))
    elif phase == f.BOSS_BROKEN:
        _blob(tile, (SPENT, SPENT_DARK, SPENT_LIGHT), 80, lean=-14, angry=False)
        _face(tile, 80, -14, "stunned")
        _cleaver(tile, (-34, 6), 4, 176)
        for shard in ((40, 12), (54, 5), (62, 20), (48, 30)):
            tile.polygon(
                [(shard[0] + x, shard[1] + y) for x, y in ((-5, -3), (3, -5), (5, 3), (-2, 5))], GUARD, INK, 1
            )
        stars(tile, (-8, 101), 27, timer * 0.16)
    else:
        _standing(tile, tones, state, angry)
    if recent_damage(state, f.BOSS_HEALTH) and phase != f.BOSS_DEAD:
        burst(tile, (_towards_knight(state) * (SLIME_HALF_WIDTH - 8), 46), 17, FLAME_LIGHT)
    return tile.facing(state[f.BOSS_FACING])


def _towards_knight(state) -> int:
    """1 where the knight is in front of the boss, -1 where he is behind it."""
    return 1 if (state[f.KNIGHT_X] - state[f.BOSS_X]) * state[f.BOSS_FACING] >= 0 else -1


def _standing(tile: Tile, tones, state, angry: bool) -> None:
    """Free: idle, on its way, or behind its guard."""
    move = state[f.BOSS_MOVE]
    sway = 2 * sin(state[f.CLOCK] * 2 * pi / 48)
    lean = {f.APPROACH: 9, f.RETREAT: -9}.get(move, 0) * state[f.BOSS_STEER] * state[f.BOSS_FACING]
    tall = SLIME_HEIGHT + sway
    if move == f.BLOCK:
        _blob(tile, tones, SLIME_HEIGHT - 14, -6, angry)
        _face(tile, SLIME_HEIGHT - 14, -6, "calm")
        _cleaver(tile, (28, 20), 6, 84)
        plate = [(38, 1), (54, 7), (65, 52), (57, 99), (37, 113), (47, 84), (51, 52), (47, 19)]
        tile.polygon(plate, GUARD, INK, 2)
        tile.line([(52, 16), (59, 52), (52, 92)], GUARD_LIGHT, 2)
        return
    _cleaver(tile, (-8, tall * 0.55), 14, 112 - lean)
    _blob(tile, tones, tall, lean, angry)
    _face(tile, tall, lean, "calm")


def _lunging(tile: Tile, tones, timer: int, angry: bool) -> None:
    """Thrown forwards, the cleaver coming down through the ticks in which it can hit."""
    start, end = f.LUNGE_HITBOX_START, f.LUNGE_HITBOX_END
    for number, height in enumerate((62, 40, 18)):
        streak = (*tones[2], 120 - 25 * number)
        tile.line([(-46 - 4 * number, height), (-84 - 12 * number, height)], streak, 3)
    pivot = (SLIME_HALF_WIDTH / 2, 46)
    angle = between(80, -24, (timer - start + 1) / (end - start))
    _blob(tile, tones, 92, lean=26, angry=angry)
    _face(tile, 92, 26, "roar")
    if timer >= start:
        sweep(tile, pivot, CLEAVER_LENGTH, (min(170, angle + 110), angle), RED_FLASH, 1)
    _cleaver(tile, pivot, 14, angle)


def _blob(tile: Tile, tones, tall: float, lean: float, angry: bool) -> None:
    """The body: as wide at the floor as its collision box, leaning by `lean` pixels at the top."""
    fill, dark, light = tones

    def shape(wide: float, high: float, up: float = 0, aside: float = 0) -> list[tuple[float, float]]:
        points = []
        for step in range(41):
            angle = pi * step / 40
            height = sin(angle) ** 0.8
            across = cos(angle) * (0.82 + 0.18 * (1 - height) ** 2)
            points.append((wide * across + lean * height**1.5 + aside, up + high * height))
        return points

    for side in (-1, 1):  # horns
        base = lean * 0.9 + side * 17
        horn = [(base - 6, tall * 0.84), (base + side * 11, tall + 17), (base + 7, tall * 0.84)]
        tile.polygon(horn, HORN if side < 0 else (98, 78, 80), INK, 1.6)
    if angry:
        for x, high in ((-22, 15), (-11, 24), (0, 30), (11, 23), (22, 14)):
            at = lean + x
            tile.polygon([(at - 8, tall * 0.88), (at + 1, tall + high), (at + 8, tall * 0.88)], FLAME)
            tile.polygon(
                [(at - 4, tall * 0.88), (at + 1, tall + high * 0.55), (at + 4, tall * 0.88)], FLAME_LIGHT
            )
    tile.polygon(shape(SLIME_HALF_WIDTH, tall), dark, INK, 2.4)
    tile.polygon(shape(SLIME_HALF_WIDTH - 6, tall - 7, up=4, aside=1), fill)
    tile.polygon(shape(SLIME_HALF_WIDTH * 0.45, tall * 0.42, up=tall * 0.5, aside=lean * 0.3 - 12), light)
    tile.polygon(shape(SLIME_HALF_WIDTH * 0.40, tall * 0.40, up=tall * 0.47, aside=lean * 0.3 - 9), fill)
    for x, length in ((-30, 0.30), (-14, 0.18), (8, 0.24), (26, 0.16)):  # drips
        tile.line([(x, 4), (x + lean * length * 0.4, tall * length)], dark, 5)


def _face(tile: Tile, tall: float, lean: float, mood: str) -> None:
    """Eyes and mouth on the side it faces; mood: calm, roar, tired or stunned."""
    x, y = 14 + lean * 0.75, tall * 0.66
    for eye in (-15, 13):
        centre = (x + eye, y + (2 if eye < 0 else 0))
        if mood == "stunned":
            for slope in (-1, 1):
                tile.line(
                    [(centre[0] - 5, centre[1] - 5 * slope), (centre[0] + 5, centre[1] + 5 * slope)],
                    BONE,
                    2.6,
                )
            continue
        tile.disc(centre, (7, 3 if mood == "tired" else 8), STAR if mood != "tired" else BONE, INK, 1.8)
        tile.disc((centre[0] + 2, centre[1]), (2, 2.2 if mood == "tired" else 5.4), INK)
        if mood != "tired":
            inwards = 1 if eye < 0 else -1
            brow = [(centre[0] - 9 * inwards, centre[1] + 11), (centre[0] + 8 * inwards, centre[1] + 5)]
            tile.line(brow, INK, 3)
    deep = {"calm": 9, "roar": 20, "tired": 6, "stunned": 10}[mood]
    top = y - 16
    tile.polygon([(x - 20, top), (x + 21, top), (x + 14, top - deep), (x - 13, top - deep)], INK, INK, 2)
    if mood in ("calm", "roar"):
        for tooth in range(-16, 18, 8):
            tile.polygon([(x + tooth - 3.2, top), (x + tooth + 3.2, top), (x + tooth, top - 7)], BONE)


def _cleaver(tile: Tile, pivot, arm: float, angle: float) -> None:
    """The cleaver, held at `angle` degrees; stretched out its tip is at the cleave's reach."""
    hand = polar(pivot, arm, angle)
    tip = CLEAVER_LENGTH - 14
    blade = [(10, 5), (tip * 0.7, 12), (tip, 9), (tip - 3, -11), (12, -8)]
    tile.limb([pivot, hand], SLIME_DARK, 9)
    tile.limb([hand, polar(hand, 14, angle)], WOOD, 5)
    tile.polygon(turned(blade, angle, hand), (126, 124, 134), INK, 2)
    tile.polygon(turned([(12, -4), (tip - 2, -6), (tip - 3, -11), (12, -8)], angle, hand), BLADE)


def _puddle(tile: Tile) -> None:
    """What is left of it."""
    tile.disc((0, 4), (60, 8), SPENT_DARK, INK, 2)
    tile.disc((-4, 8), (44, 12), SPENT, INK, 2)
    tile.disc((-14, 12), (14, 4), SPENT_LIGHT)
    _cleaver(tile, (34, 3), 2, 4)
    for eye in (-4, 16):
        for slope in (-1, 1):
            tile.line([(eye - 4, 10 - 4 * slope), (eye + 4, 10 + 4 * slope)], BONE, 2.2)
