"""What each fighter perceives of the duel: the observations, in the kernel's integer subset.

Both see the other only through the delay line (`features.SEEN`): at a decision tick its older snapshot
is 9 ticks old. The boss also sees late whatever the knight can change of it (health, guard, stagger,
the place it was pushed to); only its own choices and its cooldown are known at once. Everything is
relative to the line from boss to knight, so a mirrored fight looks the same.
"""

from features import *


def observe_boss(s, o):
    """Write the boss's observation of state `s` into `o` (features.BOSS_OBSERVATION)."""
    knight_x = s[SEEN + KNIGHT_X]
    boss_x = s[SEEN + BOSS_X]
    side = s[SEEN + BOSS_FACING]  # the direction from the boss to the knight
    if knight_x > boss_x:
        side = 1
    elif knight_x < boss_x:
        side = -1
    phase = s[SEEN + KNIGHT_PHASE]
    o[0] = (knight_x - boss_x) * side // UNITS_PER_PIXEL
    o[1] = -side * s[SEEN + KNIGHT_MOVING]
    o[2] = -side * s[SEEN + KNIGHT_FACING]
    o[3] = 0
    o[4] = 0
    o[5] = 0
    o[6] = 0
    if phase == KNIGHT_ROLL:
        o[3] = 1
    elif phase == KNIGHT_ATTACK:
        o[4] = 1
    elif phase == KNIGHT_BLOCK:
        o[5] = 1
    elif phase == KNIGHT_HURT or phase == KNIGHT_BROKEN:
        o[6] = 1
    o[7] = at_most(s[SEEN + KNIGHT_TIMER], 63)
    o[8] = s[SEEN + KNIGHT_HEALTH]
    o[9] = s[SEEN + KNIGHT_STAMINA]
    o[10] = s[SEEN + KNIGHT_AEGIS]
    o[11] = s[SEEN + BOSS_HEALTH]
    o[12] = s[SEEN + BOSS_ENRAGED]
    o[OBSERVED_GUARD] = s[SEEN + BOSS_GUARD]
    o[14] = 0
    if s[SEEN + BOSS_PHASE] == BOSS_BROKEN:
        o[14] = BOSS_BROKEN_TICKS - at_most(s[SEEN + BOSS_TIMER], BOSS_BROKEN_TICKS)
    o[OBSERVED_COOLDOWN] = 0
    if s[BOSS_COOLDOWN] > DECISION_TICKS:
        o[OBSERVED_COOLDOWN] = s[BOSS_COOLDOWN] - DECISION_TICKS
    o[16] = 0
    o[17] = 0
    if s[BOSS_CHOICE] == APPROACH:
        o[16] = 1
    elif s[BOSS_CHOICE] == RETREAT:
        o[16] = -1
    elif s[BOSS_CHOICE] == BLOCK:
        o[17] = 1
    if side == 1:
        o[18] = boss_x // UNITS_PER_PIXEL
        o[19] = (FLOOR_WIDTH - knight_x) // UNITS_PER_PIXEL
    else:
        o[18] = (FLOOR_WIDTH - boss_x) // UNITS_PER_PIXEL
        o[19] = knight_x // UNITS_PER_PIXEL
    o[20] = s[SEEN + HABIT_ROLL]
    o[21] = s[SEEN + HABIT_BLOCK]
    o[22] = s[SEEN + HABIT_ATTACK]
    o[23] = (TIMEOUT_TICKS - s[CLOCK]) // 64
    return 0


def observe_knight(s, o):
    """Write the knight's observation of state `s` into `o` (features.KNIGHT_OBSERVATION)."""
    knight_x = s[KNIGHT_X]
    boss_x = s[SEEN + BOSS_X]
    side = knight_side(s)
    phase = s[SEEN + BOSS_PHASE]
    o[0] = (boss_x - knight_x) * side // UNITS_PER_PIXEL
    o[1] = 0
    o[2] = -side * s[SEEN + BOSS_FACING]
    o[3] = 0
    o[4] = 0
    o[5] = 0
    o[6] = 0
    o[7] = 0
    if phase == BOSS_FREE:
        if s[SEEN + BOSS_MOVE] == APPROACH:
            o[1] = 1
        elif s[SEEN + BOSS_MOVE] == RETREAT:
            o[1] = -1
        elif s[SEEN + BOSS_MOVE] == BLOCK:
            o[7] = 1
    elif phase == BOSS_WINDUP:
        o[3] = 1
    elif phase == BOSS_LUNGE:
        o[4] = 1
    elif phase == BOSS_RECOVERY:
        o[5] = 1
    elif phase == BOSS_BROKEN:
        o[6] = 1
    o[8] = at_most(s[SEEN + BOSS_TIMER], 63)
    o[9] = s[SEEN + BOSS_HEALTH]
    o[10] = s[SEEN + BOSS_GUARD]
    o[11] = s[SEEN + BOSS_ENRAGED]
    phase = s[KNIGHT_PHASE]
    o[12] = 0
    o[13] = 0
    o[14] = 0
    o[15] = 0
    if phase == KNIGHT_ROLL:
        o[12] = 1
    elif phase == KNIGHT_ATTACK:
        o[13] = 1
    elif phase == KNIGHT_BLOCK:
        o[14] = 1
    elif phase == KNIGHT_HURT or phase == KNIGHT_BROKEN:
        o[15] = 1
    o[16] = at_most(s[KNIGHT_TIMER], 63)
    o[17] = s[KNIGHT_HEALTH]
    o[18] = s[KNIGHT_STAMINA]
    o[19] = s[KNIGHT_AEGIS]
    if side == 1:
        o[20] = knight_x // UNITS_PER_PIXEL
        o[21] = (FLOOR_WIDTH - boss_x) // UNITS_PER_PIXEL
    else:
        o[20] = (FLOOR_WIDTH - knight_x) // UNITS_PER_PIXEL
        o[21] = boss_x // UNITS_PER_PIXEL
    o[22] = s[SEEN + BOSS_COOLDOWN]
    o[23] = (TIMEOUT_TICKS - s[CLOCK]) // 64
    return 0


def knight_side(s):
    """The direction from the knight to the boss, as the knight perceives it: -1 or 1."""
    if s[SEEN + BOSS_X] > s[KNIGHT_X]:
        return 1
    if s[SEEN + BOSS_X] < s[KNIGHT_X]:
        return -1
    return -s[SEEN + BOSS_FACING]


def knight_keys(s, action):
    """The input bitmask that a learning knight holds for its action (features.KNIGHT_ACTIONS)."""
    towards = INPUT_RIGHT
    away = INPUT_LEFT
    if knight_side(s) == -1:
        towards = INPUT_LEFT
        away = INPUT_RIGHT
    if action == 1:
        return towards
    if action == 2:
        return away
    if action == 3:
        return towards | INPUT_ROLL
    if action == 4:
        return away | INPUT_ROLL
    if action == 5:
        return INPUT_ATTACK
    if action == 6:
        return INPUT_BLOCK
    return 0


def at_most(value, limit):
    """The smaller of the two."""
    if value > limit:
        return limit
    return value
