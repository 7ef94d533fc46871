"""Made-up results of a study, in the form that `training.study` writes, for the tests of the report."""

import numpy as np

from duel.fighters import FIGHTERS
from features import OWNER_COUNT, SPECIALISTS, TIERS
from training.evaluate import behaviour_counts
from training.variants import VARIANTS

HABITS = [*behaviour_counts(np.zeros((0, 24), np.int32), np.zeros(0)), "win_rate"]


def examination(random: np.random.Generator, strength: float, knights: bool = True) -> dict:
    """One examination around a win rate `strength`."""
    rates = {name: round(float(np.clip(random.normal(strength, 0.03), 0, 1)), 5) for name in FIGHTERS}
    return {
        "dodger": rates["dodger"],
        "others": float(np.mean([rate for name, rate in rates.items() if name != "dodger"])),
        "win_rate": rates,
        "behavior": {name: round(float(random.uniform(0.2, 0.9)), 5) for name in HABITS},
        "knights": round(float(np.clip(random.normal(strength, 0.03), 0, 1)), 5) if knights else None,
    }


def run_record(random: np.random.Generator, seed: int, strength: float) -> dict:
    """One training run."""
    points = 6
    rise = np.linspace(0, strength, points)
    return {
        "seed": seed,
        "agent_steps": 4_000_000 + seed,
        "seconds": 20.0 + seed,
        "curve": {
            "update": list(range(points)),
            "agent_steps": [int(value) for value in np.linspace(0, 4_000_000 + seed, points)],
            "seconds": list(np.linspace(0, 20.0 + seed, points)),
            "dodger": list(rise),
            "others": list(np.sqrt(rise)),
            "in_range_attack_rate": [None, *rise[1:]],
            "self_play": [0.5] * points,
        },
        "final": examination(random, strength),
        "self_play": round(float(random.uniform(0.3, 0.9)), 5),
        "sha256": "0" * 64,
    }


def study(strengths: dict[str, float], seeds: int = 5, seed: int = 0) -> dict:
    """A study of the variants in `strengths`, each around its win rate."""
    random = np.random.default_rng(seed)
    variants = {}
    for name, strength in strengths.items():
        runs = [run_record(random, number, strength) for number in range(seeds)]
        variant = VARIANTS[name]
        variants[name] = {
            "title": variant.title, "group": variant.group, "parameters": variant.parameters,
            "compiled": variant.compiled, "runs": runs,
        }  # fmt: skip
    silenced = {}
    for label in ("shipped", *(f"seed {number}" for number in range(seeds))):
        silenced[label] = {"whole": examination(random, 0.8)}
        for name in SPECIALISTS:
            hows = ("zero", "mean", "removed") if name in SPECIALISTS[:OWNER_COUNT] else ("zero", "mean")
            silenced[label][name] = {how: examination(random, 0.75) for how in hows}
    columns = [*FIGHTERS, *(f"knight of seed {number}" for number in range(seeds))]
    labels = [*(f"shipped, {tier}" for tier in TIERS), *(f"seed {number}, final" for number in range(seeds))]
    rows = {}
    for label in labels:
        won = random.integers(0, 181, len(columns))
        rows[label] = [[int(w), int(180 - w), 20] for w in won]
    return {
        "commit": "c" * 40,
        "weights": "d" * 64,
        "shipped": {"agent_steps": 12_000_000},
        "rules_version": 1,
        "command": f"python -m training.study --updates 175 --seeds {seeds}",
        "machine": {"cores": 2, "system": "Linux", "architecture": "x86_64"},
        "seeds": list(range(seeds)),
        "mistake_rate": 0.04,
        "settings": {
            "updates": 175, "curve_every": 20, "curve_fights": 48, "final_fights": 400, "knight_fights": 100,
            "silence_fights": 150, "payoff_fights": 200,
            "learning": {
                "duels": 1024, "horizon": 32, "boss_league_share": 0.5, "knight_league_share": 0.2,
                "boss": {
                    "trace": 0.95, "epochs": 2, "clip": 0.2, "discount": 0.985, "learning_rate": 0.002,
                    "final_learning_rate": 0.0001, "entropy": 0.02, "final_entropy": 0.004,
                },
            },
        },
        "panel": [f"{name}-{number}" for name in ("full", "monolith") for number in range(seeds)],
        "variants": variants,
        "silenced": silenced,
        "rounding": [
            {"seed": number, "unrounded": examination(random, 0.8), "rounded": examination(random, 0.8)}
            for number in range(seeds)
        ],
        "payoff": {"columns": columns, "fights": 200, "rows": rows},
    }  # fmt: skip
