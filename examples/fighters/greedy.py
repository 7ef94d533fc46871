"""A bold stranger: stays close, rolls through the cleave, swings twice at what is open, then takes breath.

python -m benchmarks.strength --hold-out examples/fighters/greedy.py
"""

from features import (
    BOSS_HALF_WIDTH,
    CLEAVE_REACH_STANDING,
    INPUT_ATTACK,
    INPUT_ROLL,
    REACTION_TICKS,
    ROLL_STAMINA,
    SWORD_REACH,
    UNITS_PER_PIXEL,
    WINDUP_TICKS,
)

NEAR = (SWORD_REACH + BOSS_HALF_WIDTH) // UNITS_PER_PIXEL - 4  # px between the centres: its sword reaches
FAR = CLEAVE_REACH_STANDING // UNITS_PER_PIXEL + 20  # no cleave does
tired = False  # what a fighter remembers begins anew with every fight
lead = 4  # ticks before the lunge at which it rolls the next time, as steady as a person's hand


def act(observation, rng):
    """The keys for the next tick."""
    global tired, lead
    towards, away, stamina = observation["towards"], observation["away"], observation["stamina"]
    tired = stamina < ROLL_STAMINA or (tired and stamina < 1.6 * ROLL_STAMINA)
    if observation["rolling"]:
        return 0
    if observation["boss_windup"]:
        if observation["distance"] > FAR:
            return away
        if observation["boss_timer"] + REACTION_TICKS < WINDUP_TICKS - lead:
            return 0
        return away if stamina < ROLL_STAMINA else towards | press(observation, INPUT_ROLL)
    if observation["boss_lunge"]:
        return 0
    lead = int(rng.integers(1, 8))
    if tired and not observation["boss_broken"]:
        return away
    if observation["distance"] > NEAR:
        return towards
    if observation["boss_broken"] or observation["boss_cooldown"] > REACTION_TICKS:
        return press(observation, INPUT_ATTACK)
    return away


def press(observation, key):
    """A key has to be let go before it can be pressed again."""
    return 0 if observation["held"] & key else key
