"""How people with habits fight, as one script with knobs: written to be compiled, like the scripted knights.

`person_input(s, m, p)` gives the keys for the next tick. A person sees the boss `p[REACTION]` ticks late
(300 ms and a little), knows the cleave's rhythm, and answers each cleave by habit: rolling, blocking, walking
out of it or trading blows, now early, now late. Everything that looks like chance comes from the fight's
hash. `p` are the knobs of one archetype (`KNOBS`; `benchmarks/archetypes.py` has the people), `m` is what
the person remembers in this fight. Integers only.
"""

from duel.fighters import *
from duel.kernel import *
from features import *

KNOBS = (
    "reaction",  # ticks from what the boss does until the keys can answer it
    "roll",  # how often of 100 cleaves it rolls ...
    "block",  # ... or blocks; else it trades blows
    "through",  # of 100 rolls, those towards the boss
    "roll_at",  # ticks after the wind-up began at which it rolls ...
    "block_at",  # ... or raises the shield, ...
    "sloppiness",  # ... this much later or earlier
    "greed",  # of 100 cleaves, after how many it swings twice ...
    "brave",  # ... if it has this much health ...
    "bold",  # ... or has the Aegis for so long
    "all_in",  # stamina below which it trades blows instead of blocking, swinging twice ...
    "reserve",  # ... if it has this much health
    "strike_at",  # ticks after the wind-up began from which it strikes back, ...
    "second_at",  # ... and swings the second time
    "last_swing",  # ticks after the wind-up began after which it begins no swing
    "keep",  # px between the centres that it likes to keep while nothing happens
    "tired",  # stamina below which it wants a rest ...
    "rested",  # ... until it has this much
)
(
    REACTION, ROLL_HABIT, BLOCK_HABIT, THROUGH, ROLL_AT, BLOCK_AT, SLOPPINESS, GREED, BRAVE, BOLD, ALL_IN,
    RESERVE, STRIKE_AT, SECOND_AT, LAST_SWING, KEEP, TIRED, RESTED,
) = range(18)  # fmt: skip

SIGHTS = 32  # notes of the boss, by the fight's clock
STARTED = SIGHTS * NOTE_SIZE  # the clock at which the last cleave seen began
CLEAVES = STARTED + 1  # seen so far
ANSWER = STARTED + 2
DELAY = STARTED + 3  # of this answer, drawn
ROLLED = STARTED + 4  # 1 once it has rolled
SWINGS = STARTED + 5  # left after this cleave
RESTING = STARTED + 6
STRUCK = STARTED + 7  # 1 once it has struck back
PERSON_MEMORY = STARTED + 8
TRADES, ROLLS, BLOCKS = range(3)
STREAM_PERSON = 21
LONG_AGO = -10000


def reset_person(s, m):
    """Begin a fight."""
    for i in range(SIGHTS):
        write_note(s, m, i * NOTE_SIZE)
    m[STARTED] = LONG_AGO
    for i in range(STARTED + 1, PERSON_MEMORY):
        m[i] = 0
    return 0


def person_input(s, m, p):
    """The keys for the tick after state `s`; updates the memory `m`."""
    clock = s[CLOCK]
    write_note(s, m, (clock & (SIGHTS - 1)) * NOTE_SIZE)
    age = p[REACTION] - 1
    note = ((clock - age) & (SIGHTS - 1)) * NOTE_SIZE
    phase = m[note + NOTE_PHASE]
    if phase == BOSS_WINDUP and clock - age - m[note + NOTE_TIMER] > m[STARTED] + WINDUP_TICKS:
        m[STARTED] = clock - age - m[note + NOTE_TIMER]
        m[CLEAVES] = m[CLEAVES] + 1
        answer_by_habit(s, m, p)
    elapsed = clock + 1 - m[STARTED]
    apart = m[note + NOTE_X] - s[KNIGHT_X]
    if elapsed < CLEAVE_TICKS:
        apart = apart + carried(m, note, elapsed)
    towards = INPUT_RIGHT
    away = INPUT_LEFT
    if apart < 0:
        apart = -apart
        towards = INPUT_LEFT
        away = INPUT_RIGHT
    distance = apart // UNITS_PER_PIXEL
    if elapsed < CLEAVE_TICKS and m[ANSWER] == TRADES and s[KNIGHT_AEGIS] > 0:
        return swing(s, m, p, distance, towards)
    if elapsed < p[STRIKE_AT]:
        return answer_cleave(s, m, p, elapsed, distance, towards, away)
    if elapsed < CLEAVE_TICKS or (m[SWINGS] > 0 and elapsed <= p[LAST_SWING]):
        return punish(s, m, p, elapsed, distance, towards)
    return wait(s, m, p, distance, towards, away, m[note + NOTE_PHASE])


def carried(m, note, elapsed):
    """How far a lunge has carried the boss since it was seen, signed."""
    before = 0
    if m[note + NOTE_PHASE] == BOSS_LUNGE:
        before = m[note + NOTE_TIMER]
    elif m[note + NOTE_PHASE] != BOSS_WINDUP:
        before = LUNGE_TICKS
    now = elapsed - WINDUP_TICKS
    if now > LUNGE_TICKS:
        now = LUNGE_TICKS
    if now < before:
        now = before
    return m[note + NOTE_FACING] * CLEAVE_LUNGE_SPEED * (now - before)


def answer_by_habit(s, m, p):
    """Draw how it answers the cleave it has just seen begin."""
    draw = hash32(s[SEED], STREAM_PERSON, m[CLEAVES])
    choice = (draw & 0xFFF) * 100 >> 12
    answer = TRADES
    if choice < p[ROLL_HABIT]:
        answer = ROLLS
    elif choice < p[ROLL_HABIT] + p[BLOCK_HABIT]:
        answer = BLOCKS
    if s[KNIGHT_STAMINA] < p[ALL_IN] and s[KNIGHT_HEALTH] >= p[RESERVE]:
        answer = TRADES
    if s[KNIGHT_AEGIS] >= p[BOLD]:
        answer = TRADES
    m[ANSWER] = answer
    spread = 2 * p[SLOPPINESS] + 1
    m[DELAY] = ((draw >> 19) & 0x3F) * spread >> 6
    m[DELAY] = m[DELAY] - p[SLOPPINESS]
    m[ROLLED] = 0
    m[STRUCK] = 0
    again = hash32(s[SEED], STREAM_PERSON, m[CLEAVES] + 4096)
    m[SWINGS] = 1
    if (again & 0xFFF) * 100 >> 12 < p[GREED]:
        if s[KNIGHT_HEALTH] >= p[BRAVE] or s[KNIGHT_AEGIS] >= p[BOLD]:
            m[SWINGS] = 2
    if (again >> 12 & 0xFFF) * 100 >> 12 < p[THROUGH]:
        m[ROLLED] = 2  # when it rolls, it will be towards the boss
    return 0


def answer_cleave(s, m, p, elapsed, distance, towards, away):
    """What it does from seeing a wind-up until the lunge is over."""
    answer = m[ANSWER]
    if answer == ROLLS:
        if m[ROLLED] & 1:
            return 0
        if elapsed < p[ROLL_AT] + m[DELAY]:
            return 0
        direction = away
        if m[ROLLED] & 2:
            direction = towards
        m[ROLLED] = m[ROLLED] | 1
        return direction | INPUT_ROLL
    if answer == BLOCKS:
        if elapsed < p[BLOCK_AT] + m[DELAY]:
            return 0
        return INPUT_BLOCK
    return swing(s, m, p, distance, towards)


def punish(s, m, p, elapsed, distance, towards):
    """What it does while the boss recovers."""
    if m[SWINGS] == 0 and s[KNIGHT_STAMINA] < p[ALL_IN] and s[KNIGHT_HEALTH] >= p[RESERVE]:
        m[SWINGS] = 2 - m[STRUCK]
    if m[SWINGS] > 0 and elapsed <= p[LAST_SWING]:
        if s[KNIGHT_PHASE] == KNIGHT_ATTACK:
            return 0
        if distance <= SWORD_RANGE and can_begin(s) == 1:
            if m[STRUCK] > 0 and elapsed < p[SECOND_AT]:
                return 0
            if s[KNIGHT_INPUT] & INPUT_ATTACK:
                return 0
            m[SWINGS] = m[SWINGS] - 1
            m[STRUCK] = m[STRUCK] + 1
            return INPUT_ATTACK
        if distance > SWORD_RANGE:
            return towards
        return 0
    return 0


def can_begin(s):
    """1 where a key pressed now begins something at once."""
    phase = s[KNIGHT_PHASE]
    if phase == KNIGHT_FREE or phase == KNIGHT_BLOCK:
        return 1
    return 0


def swing(s, m, p, distance, towards):
    """Goes at the boss and swings."""
    if distance > SWORD_RANGE:
        return towards
    if s[KNIGHT_PHASE] == KNIGHT_ATTACK:
        return 0
    return tap(s, INPUT_ATTACK)


def wait(s, m, p, distance, towards, away, phase):
    """What it does while no cleave is under way, as far as it has seen."""
    if s[KNIGHT_STAMINA] < p[TIRED]:
        m[RESTING] = 1
    if s[KNIGHT_STAMINA] >= p[RESTED]:
        m[RESTING] = 0
    if phase == BOSS_BROKEN or s[KNIGHT_AEGIS] >= p[BOLD]:
        return swing(s, m, p, distance, towards)
    if m[RESTING] == 1:
        if distance < SAFE_DISTANCE:
            return away
        return 0
    if distance > p[KEEP] + 24:
        return towards
    return 0


def advance_people(states, memories, knobs, moves, due, boss_view, keys):
    """Advance every row, a person of `knobs[i]`, to its next decision tick or to its end, where it stays.

    keys (n, ticks) uint8 receives the input of each tick; the other arrays are those of
    `duel.loops.advance_rows`.
    """
    for i in range(len(due)):
        s = states[i]
        if due[i] == 1:
            choose(s, moves[i])
        goal = s[CLOCK] + DECISION_TICKS - s[CLOCK] % DECISION_TICKS
        while s[CLOCK] < goal and s[OUTCOME] == ONGOING:
            pressed = person_input(s, memories[i], knobs[i])
            keys[i, s[TICK]] = pressed
            step(s, pressed)
        due[i] = 0
        if s[OUTCOME] == ONGOING and s[EVENTS] & EVENT_DECISION_DUE:
            due[i] = 1
        observe_boss(s, boss_view[i])


def begin_people(states, memories, seeds, due, boss_view):
    """Begin the fight `seeds[i]` in every row."""
    for i in range(len(due)):
        reset(states[i], seeds[i])
        reset_person(states[i], memories[i])
        due[i] = 1
        observe_boss(states[i], boss_view[i])
