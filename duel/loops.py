"""The batched duel's inner loops, in plain Python that numba compiles when it is installed.

Compiled together with the kernel by `duel/batch.py`; without numba the same functions run as they are.
Arrays: states int32 (n, STATE_SIZE), memories int32 (n, FIGHTER_MEMORY), kinds int32 (n,), all rows
independent, so that several threads may each run a range of rows.
"""

import numpy as np

from duel.fighters import *
from duel.kernel import *
from duel.perception import *
from features import *

LEARNER = -1  # the kind of a knight that acts through keys given from outside, not by a script
LOG_FIELDS = ("damage_dealt", "damage_taken", "events", "outcome", "ticks", "seed")
LOG_DEALT, LOG_TAKEN, LOG_EVENTS, LOG_OUTCOME, LOG_TICKS, LOG_SEED = range(6)
LOG_SIZE = len(LOG_FIELDS)
# A knight that is not held to KNIGHT_ACTIONS may give as its action a plan, the keys of the six ticks that
# its decision lasts: this bit, and five bits of input for each tick, in which "right" is towards the boss.
PLAN = 1 << 30
PLAN_AWAY = 34636833  # the bit INPUT_LEFT of each of the six ticks
PLAN_TOWARDS = 2 * PLAN_AWAY


def learner_keys(s, held, wanted):
    """The input for the next tick of a knight that decides every 6 ticks, as late as the boss.

    `held` came from the decision before and lasts until the next decision tick, where `wanted` takes
    over. Roll and attack are let go in the last tick, so that holding an action presses it again. A plan
    says itself what is held in which tick.
    """
    clock = s[CLOCK] + 1
    beat = clock - clock // DECISION_TICKS * DECISION_TICKS
    current = held
    if beat == 0:
        current = wanted
    if current & PLAN:
        return (current >> (5 * beat)) & INPUT_MASK
    if beat == DECISION_TICKS - 1:
        return current & (INPUT_LEFT | INPUT_RIGHT | INPUT_BLOCK)
    return current


def advance_rows(
    first, last, states, memories, kinds, held, wanted, moves, due, log, boss_view, knight_view, seeds
):
    """Advance rows [first, last) from one decision tick to the next (or to the end, then start anew).

    `moves` (n,) are the boss's choices, used where `due` is 1. `log` receives per row what happened to
    the fight that was advanced; a finished fight is replaced by one with the row's next seed
    (`seeds` (n, 2): base and count) before the observations are written.
    """
    for i in range(first, last):
        s = states[i]
        m = memories[i]
        if due[i] == 1:
            choose(s, moves[i])
        boss_health = s[BOSS_HEALTH]
        knight_health = s[KNIGHT_HEALTH]
        events = 0
        ticks = 0
        goal = s[CLOCK] + DECISION_TICKS - s[CLOCK] % DECISION_TICKS
        while s[CLOCK] < goal and s[OUTCOME] == ONGOING:
            if kinds[i] == LEARNER:
                keys = learner_keys(s, held[i], wanted[i])
            else:
                keys = fighter_input(kinds[i], s, m)
            events = events | step(s, keys)
            ticks = ticks + 1
        held[i] = wanted[i]
        log[i, LOG_DEALT] = boss_health - s[BOSS_HEALTH]
        log[i, LOG_TAKEN] = knight_health - s[KNIGHT_HEALTH]
        log[i, LOG_EVENTS] = events
        log[i, LOG_OUTCOME] = s[OUTCOME]
        log[i, LOG_TICKS] = ticks
        log[i, LOG_SEED] = s[SEED]
        if s[OUTCOME] != ONGOING:
            seeds[i, 1] = seeds[i, 1] + 1
            reset(s, hash32(seeds[i, 0], STREAM_TRAINING, seeds[i, 1]) >> 1)
            reset_fighter(s, m)
            held[i] = 0
        look(i, s, due, boss_view, knight_view)


def look(i, s, due, boss_view, knight_view):
    """Write what both fighters of row `i` perceive and whether the boss may choose."""
    due[i] = 0
    if s[EVENTS] & EVENT_DECISION_DUE:
        due[i] = 1
    observe_boss(s, boss_view[i])
    observe_knight(s, knight_view[i])


def reset_rows(first, last, states, memories, held, due, boss_view, knight_view, seeds):
    """Start every row of [first, last) at its seed."""
    for i in range(first, last):
        s = states[i]
        reset(s, hash32(seeds[i, 0], STREAM_TRAINING, seeds[i, 1]) >> 1)
        reset_fighter(s, memories[i])
        held[i] = 0
        look(i, s, due, boss_view, knight_view)


def keys_of_actions(states, actions, wanted):
    """Turn learning knights' actions (n,) into the input bitmasks they stand for (n,), plans into plans."""
    for i in range(len(actions)):
        if actions[i] & PLAN:
            wanted[i] = facing_plan(states[i], actions[i])
        else:
            wanted[i] = knight_keys(states[i], actions[i])


def facing_plan(s, plan):
    """A plan with left and right as they lie on the floor; the same for a plan so written, back again."""
    if knight_side(s) == 1:
        return plan
    return (plan & ~(PLAN_AWAY | PLAN_TOWARDS)) | (plan & PLAN_AWAY) << 1 | (plan & PLAN_TOWARDS) >> 1


def fight_rows(first, last, states, memories, kinds, keys, moves):
    """Run rows for `keys.shape[1]` ticks with given inputs (kind LEARNER) or scripted knights.

    The boss plays `moves[i, k]` at decision k, else random legal moves where that is NO_MOVE. Returns
    the ticks stepped. For benchmarks and parity: no logs, no observations beyond what a decision needs.
    """
    o = np.zeros(BOSS_OBSERVATION_SIZE, np.int32)
    total = 0
    for i in range(first, last):
        s = states[i]
        m = memories[i]
        for t in range(keys.shape[1]):
            if s[EVENTS] & EVENT_DECISION_DUE:
                move = moves[i, s[CLOCK] // DECISION_TICKS]
                if move == NO_MOVE:
                    observe_boss(s, o)
                    draw = hash32(s[SEED], STREAM_DECISION, s[CLOCK])
                    move = draw & 7
                    if move > 4 or ((legal(o) >> move) & 1) == 0:
                        move = APPROACH
                choose(s, move)
            if kinds[i] == LEARNER:
                step(s, keys[i, t])
            else:
                step(s, fighter_input(kinds[i], s, m))
            total = total + 1
            if s[OUTCOME] != ONGOING:
                break
    return total
