"""A patient stranger: takes the blow on the shield while it can afford to, else rolls, and strikes back.

python -m benchmarks.strength --hold-out examples/fighters/blocker.py
"""

from features import (
    BLOCK_STAMINA,
    BOSS_HALF_WIDTH,
    CLEAVE_REACH_STANDING,
    INPUT_ATTACK,
    INPUT_BLOCK,
    INPUT_ROLL,
    REACTION_TICKS,
    RECOVERY_TICKS,
    ROLL_STAMINA,
    SWORD_REACH,
    UNITS_PER_PIXEL,
    WINDUP_TICKS,
)

NEAR = (SWORD_REACH + BOSS_HALF_WIDTH) // UNITS_PER_PIXEL - 4  # px between the centres: its sword reaches
THREAT = CLEAVE_REACH_STANDING // UNITS_PER_PIXEL + 30  # from here a cleave may come


def act(observation, rng):
    """The keys for the next tick."""
    towards, away, stamina = observation["towards"], observation["away"], observation["stamina"]
    now = observation["boss_timer"] + REACTION_TICKS  # what was seen is that old when the keys count
    if observation["rolling"]:
        return 0
    if observation["boss_windup"] and observation["distance"] < THREAT:
        if now < WINDUP_TICKS - 5 or stamina < ROLL_STAMINA:
            return away  # stamina comes back while the shield is down
        return INPUT_BLOCK if stamina > 2 * BLOCK_STAMINA else towards | press(observation, INPUT_ROLL)
    if observation["boss_lunge"]:
        return INPUT_BLOCK if observation["blocking"] else 0
    is_open = observation["boss_recovery"] and now < RECOVERY_TICKS
    if stamina > ROLL_STAMINA and (is_open or observation["boss_broken"]):
        return press(observation, INPUT_ATTACK) if observation["distance"] < NEAR else towards
    return away if stamina < 1.5 * BLOCK_STAMINA else towards


def press(observation, key):
    """A key has to be let go before it can be pressed again."""
    return 0 if observation["held"] & key else key
