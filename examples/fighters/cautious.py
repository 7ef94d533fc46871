"""A careful stranger: keeps its distance, rolls through the cleave it saw begin, punishes it once.

python -m benchmarks.strength --hold-out examples/fighters/cautious.py
"""

from features import (
    BOSS_HALF_WIDTH,
    CLEAVE_REACH_STANDING,
    INPUT_ATTACK,
    INPUT_ROLL,
    REACTION_TICKS,
    RECOVERY_TICKS,
    ROLL_STAMINA,
    SWORD_REACH,
    UNITS_PER_PIXEL,
    WINDUP_TICKS,
)

NEAR = (SWORD_REACH + BOSS_HALF_WIDTH) // UNITS_PER_PIXEL - 4  # px between the centres: its sword reaches
FAR = CLEAVE_REACH_STANDING // UNITS_PER_PIXEL + 12  # no cleave does: here it waits


def act(observation, rng):
    """The keys for the next tick."""
    towards, away, stamina = observation["towards"], observation["away"], observation["stamina"]
    now = observation["boss_timer"] + REACTION_TICKS  # what was seen is that old when the keys count
    if observation["rolling"]:
        return 0
    if observation["boss_windup"]:
        if observation["distance"] > FAR or now < WINDUP_TICKS - 4 or stamina < ROLL_STAMINA:
            return away
        return towards | press(observation, INPUT_ROLL)
    if observation["boss_recovery"] and now < RECOVERY_TICKS and stamina > ROLL_STAMINA:
        return press(observation, INPUT_ATTACK) if observation["distance"] < NEAR else towards
    if observation["distance"] < FAR:
        return away
    return towards if observation["distance"] > FAR + 40 else 0


def press(observation, key):
    """A key has to be let go before it can be pressed again."""
    return 0 if observation["held"] & key else key
