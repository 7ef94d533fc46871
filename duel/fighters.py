"""Scripted knights in the kernel's integer subset: sparring partners, baselines and test players.

`fighter_input(kind, s, m)` gives the input bitmask for the next tick from the state `s`. A fighter
knows its own body at once but sees the boss as a person would, 15 ticks (250 ms) late: each call
notes the boss in the ring `m`, and what is acted upon is the note of 14 ticks ago, so that it first
shows in the tick after. Every fighter is a pure function of state and memory; what looks random comes
from the fight's hash.
"""

from features import *

DODGER, TURTLE, ROLL_SPAMMER, SPACER, AGGRESSOR, RANDOM, IDLER = range(7)
FIGHTERS = ("dodger", "turtle", "roll_spammer", "spacer", "aggressor", "random", "idler")
FIGHTER_COUNT = 7

NOTE_X, NOTE_PHASE, NOTE_TIMER, NOTE_MOVE, NOTE_FACING = range(5)
NOTE_SIZE = 5
RING_SIZE = 16
FIGHTER_MEMORY = RING_SIZE * NOTE_SIZE
NOTE_AGE = 14  # so that a note first acts 15 ticks after it was taken

# The ring is indexed by the fight's clock; this many ticks before the first active tick a roll begun
# covers the whole swing with its invulnerable ticks.
ROLL_LEAD = WINDUP_TICKS + LUNGE_HITBOX_START - ROLL_INVULNERABLE_START - 4
CLEAVE_ACTIVE_END = WINDUP_TICKS + LUNGE_HITBOX_END
SWORD_RANGE = (SWORD_REACH + BOSS_HALF_WIDTH) // UNITS_PER_PIXEL - 4
SAFE_DISTANCE = CLEAVE_REACH_STANDING // UNITS_PER_PIXEL + 10
STREAM_POKE = 11
STREAM_STICK = 12


def reset_fighter(s, m):
    """Begin a fight: every note shows the boss as it stands now."""
    for i in range(RING_SIZE):
        write_note(s, m, i * NOTE_SIZE)
    return 0


def write_note(s, m, at):
    """Note what can be seen of the boss at offset `at` of the ring."""
    m[at + NOTE_X] = s[BOSS_X]
    m[at + NOTE_PHASE] = s[BOSS_PHASE]
    m[at + NOTE_TIMER] = s[BOSS_TIMER]
    m[at + NOTE_MOVE] = s[BOSS_MOVE]
    m[at + NOTE_FACING] = s[BOSS_FACING]
    return 0


def fighter_input(kind, s, m):
    """The input bitmask of scripted knight `kind` for the tick after state `s`; updates its memory `m`."""
    write_note(s, m, (s[CLOCK] & 15) * NOTE_SIZE)
    if kind == RANDOM:
        return random_fighter(s)
    if kind == IDLER:
        return 0
    note = ((s[CLOCK] - NOTE_AGE) & 15) * NOTE_SIZE
    distance = m[note + NOTE_X] - s[KNIGHT_X]
    towards = INPUT_RIGHT
    away = INPUT_LEFT
    if distance < 0:
        distance = -distance
        towards = INPUT_LEFT
        away = INPUT_RIGHT
    distance = distance // UNITS_PER_PIXEL
    elapsed = cleave_elapsed(m[note + NOTE_PHASE], m[note + NOTE_TIMER])
    if kind == DODGER:
        return dodger(s, m, note, distance, towards, away, elapsed)
    if kind == TURTLE:
        return turtle(s, distance, towards, elapsed)
    if kind == ROLL_SPAMMER:
        return roll_spammer(s, distance, towards)
    if kind == SPACER:
        return spacer(s, distance, towards, away, elapsed)
    return aggressor(s, distance, towards)


def cleave_elapsed(phase, timer):
    """Ticks since the wind-up of the cleave seen began, as they will be in the next tick; else -1."""
    if phase == BOSS_WINDUP:
        return timer + NOTE_AGE + 1
    if phase == BOSS_LUNGE:
        return WINDUP_TICKS + timer + NOTE_AGE + 1
    if phase == BOSS_RECOVERY:
        return WINDUP_TICKS + LUNGE_TICKS + timer + NOTE_AGE + 1
    return -1


def lunge_since(m, note, elapsed):
    """How far the cleave in a note has carried the boss since, signed, `elapsed` ticks after it began."""
    before = 0
    if m[note + NOTE_PHASE] == BOSS_LUNGE:
        before = m[note + NOTE_TIMER]
    elif m[note + NOTE_PHASE] == BOSS_RECOVERY:
        before = LUNGE_TICKS
    now = elapsed - WINDUP_TICKS
    if now < 0:
        now = 0
    if now > LUNGE_TICKS:
        now = LUNGE_TICKS
    if now < before:
        now = before
    return m[note + NOTE_FACING] * CLEAVE_LUNGE_SPEED * (now - before)


def tap(s, button):
    """`button` if it was not held in the last tick, else 0: repeated calls press it again and again."""
    if s[KNIGHT_INPUT] & button:
        return 0
    return button


def dodger(s, m, note, distance, towards, away, elapsed):
    """Near-optimal: walks or rolls out of each cleave, strikes into recoveries, keeps stamina for a roll."""
    if elapsed >= 0 and elapsed < CLEAVE_ACTIVE_END and distance < SAFE_DISTANCE + 40:
        return evade(s, distance, towards, away, elapsed)
    if elapsed >= 0:
        # the boss was last seen in or before its lunge: strike where that will have carried it
        apart = m[note + NOTE_X] + lunge_since(m, note, elapsed) - s[KNIGHT_X]
        towards = INPUT_RIGHT
        away = INPUT_LEFT
        if apart < 0:
            apart = -apart
            towards = INPUT_LEFT
            away = INPUT_RIGHT
        distance = apart // UNITS_PER_PIXEL
        # the lunge is spent: the rest of the recovery is the player's turn, if the stamina that does not
        # come back during the swing still leaves enough to roll out of the earliest cleave to follow
        left = CLEAVE_TICKS - elapsed
        spare = left + CLEAVE_REST + ROLL_LEAD - ATTACK_TICKS
        if (
            left > ATTACK_HITBOX_START
            and s[KNIGHT_STAMINA] + spare * STAMINA_REGENERATION > ROLL_STAMINA + 30
        ):
            if s[KNIGHT_PHASE] == KNIGHT_ATTACK:
                return 0  # a press now would be kept and begin another swing when it is too late for one
            if distance <= SWORD_RANGE:
                return tap(s, INPUT_ATTACK)
            return towards
        return away
    guarded = 0
    if m[note + NOTE_MOVE] == BLOCK and m[note + NOTE_PHASE] == BOSS_FREE:
        guarded = 1
    if s[KNIGHT_STAMINA] < 2 * ROLL_STAMINA:
        if distance < SAFE_DISTANCE + 30:
            return away  # out of reach, where stamina comes back
        return 0
    # the boss may swing at any moment: stay at the edge of its reach, and sometimes poke, but not while
    # it may already be swinging again unseen, as it can be right after a recovery
    unready = 0
    if m[note + NOTE_TIMER] < CLEAVE_REST + DECISION_TICKS:
        unready = 1
    poke = hash32(s[SEED], STREAM_POKE, s[CLOCK] // 32) & 7
    if m[note + NOTE_PHASE] == BOSS_BROKEN or (poke == 0 and guarded == 0 and unready == 0):
        if distance <= SWORD_RANGE:
            return tap(s, INPUT_ATTACK)
        return towards
    if distance < SAFE_DISTANCE - 30:
        return away
    if distance > SAFE_DISTANCE:
        return towards
    return 0


def evade(s, distance, towards, away, elapsed):
    """Out of a cleave: on foot at the edge of its reach, else by a roll, else behind the shield."""
    if s[KNIGHT_PHASE] == KNIGHT_ROLL:
        return towards
    walkable = (WINDUP_TICKS + LUNGE_HITBOX_END - elapsed) * KNIGHT_WALK_SPEED // UNITS_PER_PIXEL
    if distance + walkable > SAFE_DISTANCE:
        return away
    if s[KNIGHT_STAMINA] < ROLL_STAMINA:
        if elapsed < ROLL_LEAD:
            return away
        return INPUT_BLOCK
    if elapsed >= ROLL_LEAD:
        return towards | tap(s, INPUT_ROLL)
    return 0


def turtle(s, distance, towards, elapsed):
    """Walks up behind its shield and strikes only into recoveries it has seen."""
    if distance <= SWORD_RANGE:
        if elapsed >= CLEAVE_ACTIVE_END and elapsed < CLEAVE_TICKS - ATTACK_HITBOX_START:
            return tap(s, INPUT_ATTACK)
        return INPUT_BLOCK
    return INPUT_BLOCK | towards


def roll_spammer(s, distance, towards):
    """Rolls whenever it has the stamina, strikes when close."""
    if distance <= SWORD_RANGE and s[KNIGHT_STAMINA] < ROLL_STAMINA:
        return tap(s, INPUT_ATTACK)
    if s[KNIGHT_STAMINA] >= ROLL_STAMINA:
        return towards | tap(s, INPUT_ROLL)
    return towards


def spacer(s, distance, towards, away, elapsed):
    """Keeps out of reach on foot and comes in only to punish a cleave it has seen end."""
    if elapsed >= WINDUP_TICKS:
        if distance <= SWORD_RANGE:
            return tap(s, INPUT_ATTACK)
        return towards
    if s[KNIGHT_X] < 100 * UNITS_PER_PIXEL or s[KNIGHT_X] > FLOOR_WIDTH - 100 * UNITS_PER_PIXEL:
        if distance < SAFE_DISTANCE:
            return towards | tap(s, INPUT_ROLL)
    if distance < SAFE_DISTANCE + 20:
        return away
    if distance > SAFE_DISTANCE + 60:
        return towards
    return 0


def aggressor(s, distance, towards):
    """Runs in and swings without end."""
    if distance <= SWORD_RANGE:
        return tap(s, INPUT_ATTACK)
    return towards


def random_fighter(s):
    """Random keys, each held for about a quarter of a second."""
    draw = hash32(s[SEED], STREAM_STICK, s[CLOCK] // 16)
    keys = draw & (INPUT_LEFT | INPUT_RIGHT)
    choice = (draw >> 8) & 7
    if choice == 0:
        return keys | INPUT_BLOCK
    if choice < 3:
        return keys | tap(s, INPUT_ROLL)
    if choice < 6:
        return keys | tap(s, INPUT_ATTACK)
    return keys
