"""Facts from simulated fights: what training and evaluation are about.

    facts = facts_of_fight(seed)

Scripted knights of every kind, changing their manner within a fight, meet the shipped mind at different rates
of mistakes; what happens is watched as the service watches a player's fight (narrator/beats.py).
"""

import random

from duel_sim import FIGHTERS, Duel, ScriptedKnight
from features import (
    BLOCK,
    BOSS_HEALTH,
    BOSS_MAX_HEALTH,
    BOSS_PHASE,
    CLOCK,
    ENRAGE_HEALTH,
    EVENTS,
    KNIGHT_HEALTH,
    KNIGHT_MAX_HEALTH,
    ONGOING,
    TICK,
    TIER_EXPLORE,
    legal,
)
from modular_mind import decide
from narrator.beats import MASK, Moment, Watcher
from narrator.facts import LONGEST_SECONDS, Facts

WATCH_TICKS = 12  # the page reports so often
STRETCH = (90, 600)  # ticks of one manner
LENIENT = (50000, 62000)  # mistake rates beyond the tiers', so that knights win too
GUARDING_SHARE = 0.15  # of the fights are with a slime that likes to guard, which the mind seldom does
GUARDS_OFTEN = 0.9  # of its choices
WINNERS = ("dodger", "dodger", "aggressor", "spacer", "turtle")
LEARNED_SHARE = 0.5  # of the fights begin with what the slime has learned


def facts_of_fight(seed: int) -> list[Facts]:
    """All that there is to tell of one simulated fight, in order."""
    source = random.Random(seed)
    duel, watcher = Duel(seed % (1 << 31)), Watcher()
    explore = source.choice((*TIER_EXPLORE.values(), *LENIENT))
    manners = source.choice((FIGHTERS, WINNERS, ("dodger",), ("spacer",)))
    learned = source.randrange(1, 60) if source.random() < LEARNED_SHARE else 0
    guards = source.random() < GUARDING_SHARE
    if guards:
        manners = ("aggressor",)
    found = watcher.notices([], 0, learned)
    moments: list[Moment] = []
    until, knight = 0, ScriptedKnight(FIGHTERS[0], duel)
    while duel.outcome == ONGOING:
        if duel.state[TICK] >= until:
            until = duel.state[TICK] + source.randrange(*STRETCH)
            knight = ScriptedKnight(source.choice(manners), duel)
        if duel.decision_due:
            observation = duel.observation()
            move = decide(observation, explore, source.getrandbits(32))["move"]
            if guards and legal(observation) >> BLOCK & 1 and source.random() < GUARDS_OFTEN:
                move = BLOCK
            duel.choose(move)
        duel.step(knight(duel))
        if duel.state[EVENTS] & MASK:
            moments.append(moment_of(duel.state))
        if duel.state[CLOCK] % WATCH_TICKS == 0 or duel.outcome != ONGOING:
            found += watcher.notices(moments, duel.state[CLOCK])
            moments = []
    return found


def staged_facts(source: random.Random) -> Facts:
    """An end that hardly any simulated fight has: both die at once, or time runs out."""
    if source.random() < 0.5:
        return Facts(
            "both_died", knight_health=0, slime_health=0, enraged=True, seconds=source.randrange(15, 119)
        )
    slime = source.randrange(1, BOSS_MAX_HEALTH + 1)
    return Facts(
        "timed_out",
        knight_health=source.randrange(1, KNIGHT_MAX_HEALTH + 1),
        slime_health=slime,
        enraged=slime <= ENRAGE_HEALTH,
        seconds=LONGEST_SECONDS,
    )


def moment_of(state: list[int]) -> Moment:
    """What a page reports of a tick, from the state after it."""
    return Moment(state[CLOCK], state[EVENTS], state[KNIGHT_HEALTH], state[BOSS_HEALTH], state[BOSS_PHASE])
