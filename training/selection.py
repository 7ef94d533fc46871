"""Which mind of a run is kept: examinations, the score, and the rule that a mind must commit.

A mind is examined as it would be served, rounded and with the mistakes of the Hard tier. It scores

    0.4 win rate against the dodger
  + 0.2 mean win rate against the other scripted knights
  + 0.4 mean win rate against the learned knights of the league
  + 0.5 min(in-range attack rate, COMMITMENT) / COMMITMENT

The dodger is what the tiers are measured against; the others keep a mind from being good against it alone,
above all the learned knights, exploiters among them, who win longest; the attack rate makes it a boss worth
fighting. The league grows during a run, so candidates are compared only after all have met the same knights.
Even so an early mind looks stronger than it is: the knights of the league have learned to beat the bosses
that came after it. Whatever is examined in the last quarter of a run is kept over anything from before.
A mind whose in-range attack rate is below FLOOR does not commit: it is no candidate, and nothing that saves
a mind takes it.
"""

from collections.abc import Sequence

import numpy as np

from features import TIER_EXPLORE
from mm_grad import unpack
from modular_mind import Mind, quantise
from training.evaluate import examine, mind_policy
from training.matches import match_each

COMMITMENT = 0.8  # the in-range attack rate from which on a mind gains no more by attacking more often
RIPE = 0.75  # the share of a run after which minds are kept over any earlier one
FLOOR = 0.5  # the in-range attack rate below which a mind is never kept
FINALISTS = 3  # minds kept until the end of a run, where they meet once more, in more fights
GATE_FIGHTS = 16  # against each scripted knight, to see whether a mind commits
GATE_SEED = 4_000_003


class NotCommittedError(Exception):
    """A mind that does not commit was to be saved."""


def rounded(flat: np.ndarray) -> Mind:
    """The mind of a trained parameter vector (4490,), as it would be served."""
    return Mind(quantise(unpack(flat.astype(np.float64))))


def attack_rate(record: dict) -> float:
    """The in-range attack rate of an examined mind; 0 if it never came into range."""
    return record["behavior"]["in_range_attack_rate"] or 0.0


def require_commitment(mind: Mind) -> None:
    """NotCommittedError unless `mind` attacks in range, seen in fights against the scripted knights."""
    rate = attack_rate(examine(mind, GATE_FIGHTS, GATE_SEED, TIER_EXPLORE["hard"]))
    if rate < FLOOR:
        raise NotCommittedError(f"it attacks in {rate:.0%} of its chances in range, the least is {FLOOR:.0%}")


def examine_fully(mind: Mind, knights: Sequence[np.ndarray], fights: int, seed: int) -> dict:
    """`training.evaluate.examine` at the mistake rate of Hard, and the win rates against learned `knights`.

    `fights` against each scripted and half of them against each learned knight. Adds "learned", a list, and
    "score".
    """
    record = examine(mind, fights, seed, TIER_EXPLORE["hard"])
    record["learned"] = meet(mind, knights, fights, seed)
    record["score"] = score(record)
    return record


def meet(mind: Mind, knights: Sequence[np.ndarray], fights: int, seed: int) -> list[float]:
    """The win rates of `mind` at Hard against learned `knights`, in half of `fights` fights each."""
    if not len(knights):
        return []
    policy = mind_policy(mind, TIER_EXPLORE["hard"])
    return [record["win_rate"] for record in match_each(policy, knights, (fights + 1) // 2, seed)]


def score(record: dict) -> float:
    """The score of an examined mind (see above); it has met at least one learned knight."""
    wins = record["win_rate"]
    others = np.mean([rate for name, rate in wins.items() if name != "dodger"])
    strength = 0.4 * wins["dodger"] + 0.2 * others + 0.4 * np.mean(record["learned"])
    return float(strength + 0.5 * min(attack_rate(record), COMMITMENT) / COMMITMENT)


class Candidates:
    """The best minds of a run so far, at most FINALISTS, each with its record, best first."""

    def __init__(self):
        self.kept: list[tuple[np.ndarray, dict]] = []  # rounded parameters (4490,) float32, record

    def consider(self, flat: np.ndarray, record: dict, knights: Sequence[np.ndarray], seed: int) -> None:
        """Keep an examined mind that commits, if it is among the best.

        record: also says by "ripe" whether it comes from the last quarter of the run. knights: whom it has
        been examined against. Those kept earlier meet the ones who joined the league after them first.
        """
        if attack_rate(record) < FLOOR:
            return
        for parameters, earlier in self.kept:
            new = knights[len(earlier["learned"]) :]
            earlier["learned"] += meet(rounded(parameters), new, earlier["fights_each"], seed)
            earlier["score"] = score(earlier)
        self.kept.append((flat.copy(), record | {"learned": list(record["learned"])}))
        self.kept.sort(key=lambda kept: (kept[1]["ripe"], kept[1]["score"], kept[1]["update"]), reverse=True)
        del self.kept[FINALISTS:]

    def restore(self, kept: list[tuple[np.ndarray, dict]]) -> None:
        """Go on with these; KeyError if a record lacks what is asked of it later."""
        for _, record in kept:
            for name in ("update", "ripe", "fights_each", "win_rate", "learned", "behavior", "score"):
                record[name]
        self.kept = kept
