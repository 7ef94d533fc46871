"""The single measurements of `training/study.py`: each a function of plain values that returns plain values.

They run in processes of their own and share nothing. All minds and networks make mistakes at the rate `HARD`,
so that every figure is about the boss at its strongest as it is met in play; only the fights between a boss
and the very knight it was trained with are without, as in training.
"""

import hashlib
import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

import mm_grad
import modular_mind
from duel.fighters import FIGHTERS
from features import OWNER_COUNT, SPECIALISTS, TIER_EXPLORE
from training.evaluate import Policy, behavior, mind_policy, play
from training.matches import match_each
from training.selfplay import SelfPlayConfig
from training.silence import mean_latent, silenced, with_constant_latent
from training.variants import VARIANTS

HARD = TIER_EXPLORE["hard"]
CURVE_SEED, FINAL_SEED, MATCH_SEED, PAIR_SEED = 6_000_003, 7_000_003, 8_000_003, 9_000_003


@dataclass(frozen=True)
class Settings:
    """The sizes of a study."""

    updates: int = 175
    curve_every: int = 20  # updates
    curve_fights: int = 48  # against each scripted knight, at each point of a learning curve
    final_fights: int = 400  # against each scripted knight
    knight_fights: int = 100  # against each learned knight
    silence_fights: int = 300  # against each scripted knight, of each silenced mind
    payoff_fights: int = 200  # of each cell
    silenced: tuple[str, ...] = SPECIALISTS
    learning: SelfPlayConfig = field(default_factory=SelfPlayConfig)


def examination(policy: Policy, fights: int, seed: int = FINAL_SEED) -> dict:
    """Win rates against each scripted knight, of those but the dodger their mean, and the behaviour."""
    records = play(policy, FIGHTERS, fights, seed)
    win_rate = {name: record["win_rate"] for name, record in records.items()}
    others = [rate for name, rate in win_rate.items() if name != "dodger"]
    return {
        "dodger": win_rate["dodger"],
        "others": float(np.mean(others)),
        "win_rate": win_rate,
        "behavior": behavior(list(records.values())),
    }


def full_examination(policy_of, fights: int, knights: np.ndarray, knight_fights: int) -> dict:
    """`examination` and "knights", the mean win rate against learned knights (K, size); None without any.

    `policy_of()` makes the policy: one with a memory must not carry it from one set of fights to the next.
    """
    record = examination(policy_of(), fights)
    return {**record, "knights": against_knights(policy_of(), knights, knight_fights)}


def against_knights(policy: Policy, knights: np.ndarray, fights: int) -> float | None:
    """The mean win rate against learned knights (K, size); None without any."""
    if not len(knights):
        return None
    return float(np.mean([record["win_rate"] for record in match_each(policy, knights, fights, MATCH_SEED)]))


# ---------------------------------------------------------------------------- files of a run
def run_stem(name: str, seed: int) -> str:
    """The name of a run's files, without suffix."""
    return f"{name}-{seed}"


def save_networks(folder: Path, stem: str, boss: np.ndarray, knight: np.ndarray) -> str:
    """Write the two parameter vectors to STEM.npz, at once or not at all; returns their SHA-256."""
    partial = folder / f"{stem}.part.npz"
    np.savez(partial, boss=boss, knight=knight)
    os.replace(partial, folder / f"{stem}.npz")
    return hashlib.sha256(boss.tobytes() + knight.tobytes()).hexdigest()


def load_network(folder: Path, stem: str, seat: str) -> np.ndarray:
    """The parameters of "boss" or "knight" of a finished run."""
    with np.load(folder / f"{stem}.npz", allow_pickle=False) as arrays:
        return arrays[seat]


def load_knights(folder: Path, runs: list[tuple[str, int]]) -> np.ndarray:
    """The final knights (K, size) of runs given as (variant, seed)."""
    return np.array([load_network(folder, run_stem(*run), "knight") for run in runs], np.float32)


def rounded_mind(flat: np.ndarray) -> modular_mind.Mind:
    """Trained parameters of the shipped architecture as they would be shipped."""
    return modular_mind.Mind(modular_mind.quantise(mm_grad.unpack(flat)))


def chosen_mind(folder: Path, weights: str | None, run: tuple[str, int] | None) -> modular_mind.Mind:
    """The mind in a weight file, or without one that of a run of the shipped architecture."""
    if weights is not None:
        return modular_mind.load(weights)
    return rounded_mind(load_network(folder, run_stem(*run), "boss"))


# ---------------------------------------------------------------------------- the measurements
def train(folder: Path, name: str, seed: int, settings: Settings) -> dict:
    """Train a variant from nothing; its learning curve, its final examination; writes its networks."""
    variant = VARIANTS[name]
    trainer = variant.train(replace(settings.learning, seed=seed))
    # what is compiled at the first use is not a part of learning
    variant.train(replace(settings.learning, duels=16, horizon=4)).update(0.0)
    curve: list[dict] = []
    agent_steps, seconds = 0, 0.0
    for update in range(settings.updates + 1):
        if update % settings.curve_every == 0 or update == settings.updates:
            record = examination(variant.policy(trainer.average, HARD), settings.curve_fights, CURVE_SEED)
            curve.append(
                {
                    "update": update,
                    "agent_steps": agent_steps,
                    "seconds": seconds,
                    "dodger": record["dodger"],
                    "others": record["others"],
                    "in_range_attack_rate": record["behavior"]["in_range_attack_rate"],
                    "self_play": float(trainer.win_rate),
                }
            )
        if update < settings.updates:
            began = time.perf_counter()
            agent_steps += trainer.update(update / settings.updates)["agent_steps"]
            seconds += time.perf_counter() - began
    boss, knight = trainer.average, trainer.knight.policy
    pair = match_each(variant.policy(boss, 0), knight[None], settings.final_fights, PAIR_SEED)[0]
    return {
        "seed": seed,
        "agent_steps": agent_steps,
        "seconds": seconds,
        "curve": curve,
        "final": examination(variant.policy(boss, HARD), settings.final_fights),
        "self_play": pair["win_rate"],
        "sha256": save_networks(folder, run_stem(name, seed), boss, knight),
    }


def meet_knights(folder: Path, name: str, seed: int, panel: list, settings: Settings) -> dict:
    """A trained boss against the final knights of other runs, `panel`, [variant, seed] each."""
    variant = VARIANTS[name]
    policy = variant.policy(load_network(folder, run_stem(name, seed), "boss"), HARD)
    records = match_each(policy, load_knights(folder, panel), settings.knight_fights, MATCH_SEED)
    return {"win_rates": [record["win_rate"] for record in records]}


def compare_rounding(folder: Path, seed: int, panel: list, settings: Settings) -> dict:
    """One trained mind in the same fights, as trained and as it would be shipped."""
    flat = load_network(folder, run_stem("full", seed), "boss")
    mind, knights = rounded_mind(flat), load_knights(folder, panel)
    policies = {
        "unrounded": lambda: VARIANTS["full"].policy(flat, HARD),
        "rounded": lambda: mind_policy(mind, HARD),
    }
    fights = settings.final_fights, knights, settings.knight_fights
    return {name: full_examination(policy_of, *fights) for name, policy_of in policies.items()}


def silence(
    folder: Path, panel: list, settings: Settings, seed: int | None = None, weights: str | None = None
) -> dict:
    """The mind of a run or of a weight file, rounded, whole and with each specialist silenced in turn.

    Of each specialist: "zero" (latent zero), "mean" (latent held at its mean over the fights of the whole
    mind) and, where it owns a move, "removed" (latent and drive zero).
    """
    mind = chosen_mind(folder, weights, ("full", seed))
    knights = load_knights(folder, panel)
    fights = settings.silence_fights, knights, settings.knight_fights
    seen: list[np.ndarray] = []

    def noting(observations, draws):
        seen.append(observations.copy())
        return mind_policy(mind, HARD)(observations, draws)

    noting.memoryless = True  # asked only where the boss decides
    play(noting, FIGHTERS, max(1, settings.silence_fights // 4), FINAL_SEED + 1)
    observations = np.concatenate(seen)
    results = {"whole": full_examination(lambda: mind_policy(mind, HARD), *fights)}
    for name in settings.silenced:
        minds = {
            "zero": silenced(mind, name),
            "mean": with_constant_latent(mind, name, mean_latent(mind, name, observations)),
        }
        if name in SPECIALISTS[:OWNER_COUNT]:
            minds["removed"] = silenced(mind, name, drive=True)
        results[name] = {
            how: full_examination(lambda other=other: mind_policy(other, HARD), *fights)
            for how, other in minds.items()
        }
    return results


def payoffs(
    folder: Path, weights: str | None, run: tuple[str, int] | None, explore: int, panel: list,
    exploiters: str | None, settings: Settings,
) -> dict:  # fmt: skip
    """One row of the pay-off matrix: a mind from a weight file or a run against everybody.

    Returns "counts": [won by the boss, won by the knight, drawn or timed out] for each scripted knight, the
    knights of `panel`, and those in the file `exploiters`.
    """
    mind = chosen_mind(folder, weights, run)
    knights = list(load_knights(folder, panel)) + load_exploiters(exploiters)
    records = list(play(mind_policy(mind, explore), FIGHTERS, settings.payoff_fights, FINAL_SEED).values())
    if knights:
        records += match_each(mind_policy(mind, explore), knights, settings.payoff_fights, MATCH_SEED)
    fights = settings.payoff_fights
    counts = []
    for record in records:
        boss, knight = round(record["win_rate"] * fights), round(record["knight_win_rate"] * fights)
        counts.append([boss, knight, fights - boss - knight])
    return {"counts": counts}


def load_exploiters(path: str | None) -> list[np.ndarray]:
    """The best-response knights in a file, in the order of their names; none without a file."""
    if path is None:
        return []
    with np.load(path, allow_pickle=False) as arrays:
        return [arrays[name] for name in sorted(arrays.files)]
