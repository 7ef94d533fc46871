"""Draws the picture of docs/environments.md: four moments of fights, as the environments render them.

    python -m tools.make_environment_picture        writes docs/images/environment.png

The shipped mind fights the scripted dodger. The moments are found by what the state of the duel says, in
the first fights in which they come, so they stay the same moments when the rules or the mind change.
"""

from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

import features as f
from duel.drawing import draw, recent_damage
from duel_sim import Duel, ScriptedKnight
from modular_mind import decide
from tools.make_rules_page import ROOT

PICTURE = ROOT / "docs" / "images" / "environment.png"
FIGHTS = 100  # a moment that none of these holds is an error
GAP = 12
NEAR_MIDDLE = f.FLOOR_WIDTH // 5


def is_late_windup(s: list[int]) -> bool:
    """The telegraph has nearly closed, and the Aegis still stands."""
    near = s[f.BOSS_TIMER] == f.WINDUP_TICKS * 3 // 4
    return s[f.BOSS_PHASE] == f.BOSS_WINDUP and near and s[f.KNIGHT_AEGIS] > 0


def is_rolled_through(s: list[int]) -> bool:
    """A cleave passes the rolling knight."""
    return s[f.EVENTS] & f.EVENT_CLEAVE_ROLLED_THROUGH != 0


def is_punished(s: list[int]) -> bool:
    """The sword has just landed in the recovery."""
    landed = s[f.EVENTS] & f.EVENT_SWORD_HIT != 0 and recent_damage(s, f.BOSS_HEALTH) > 0
    return landed and s[f.BOSS_PHASE] == f.BOSS_RECOVERY


def is_lunge_of_an_enraged_boss(s: list[int]) -> bool:
    """Halfway through a leap, late in the fight."""
    halfway = s[f.BOSS_TIMER] == f.LUNGE_TICKS // 2
    return s[f.BOSS_PHASE] == f.BOSS_LUNGE and halfway and s[f.BOSS_ENRAGED] == 1


MOMENTS = (is_late_windup, is_rolled_through, is_punished, is_lunge_of_an_enraged_boss)


def states_of(seed: int) -> Iterator[list[int]]:
    """The state after every tick of the dodger's fight `seed` against the mind with the mistakes of Easy."""
    duel = Duel(seed)
    dodger = ScriptedKnight("dodger", duel)
    while duel.outcome == f.ONGOING:
        if duel.decision_due:
            draw_number = f.hash32(seed, f.STREAM_DECISION, duel.k)
            duel.choose(decide(duel.observation(), f.TIER_EXPLORE["easy"], draw_number)["move"])
        duel.step(dodger(duel))
        yield duel.state


def found(moment: Callable[[list[int]], bool]) -> np.ndarray:
    """The picture of the first state near the middle of which `moment` holds; RuntimeError for none."""
    for seed in range(FIGHTS):
        for state in states_of(seed):
            near_middle = abs(state[f.BOSS_X] - f.FLOOR_WIDTH // 2) < NEAR_MIDDLE
            if near_middle and moment(state):
                return draw(state)
    raise RuntimeError(f"{moment.__name__}: no such moment in {FIGHTS} fights")


def picture() -> Image.Image:
    """All moments, two in a row."""
    panels = [Image.fromarray(found(moment)) for moment in MOMENTS]
    wide, high = panels[0].size
    sheet = Image.new("RGB", (2 * wide + GAP, 2 * high + GAP), "white")
    for number, panel in enumerate(panels):
        sheet.paste(panel, (number % 2 * (wide + GAP), number // 2 * (high + GAP)))
    return sheet


def main() -> None:
    """Entry point."""
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    picture().save(PICTURE, optimize=True)
    print(PICTURE.relative_to(ROOT).as_posix())


if __name__ == "__main__":
    main()
