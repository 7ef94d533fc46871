"""One training run, from its configuration to a mind: updates, examinations, checkpoints, the last choice.

`Run` does no input or output, so that it may work here or, as a Ray actor, anywhere: the caller writes the
bytes of `checkpoint()` and publishes what `finish()` returns.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

import mm_grad
from features import RULES_VERSION, TIER_EXPLORE
from modular_mind import PARAMETER_COUNT, Mind
from training import checkpoint
from training.calibrate import calibrate
from training.evaluate import mind_policy
from training.matches import match
from training.selection import FINALISTS, FLOOR, RIPE, Candidates, attack_rate, examine_fully, rounded
from training.selfplay import SelfPlay, SelfPlayConfig


@dataclass(frozen=True)
class TrainConfig:
    """One training run: where it goes, how long it takes, how often it is examined."""

    updates: int = 1200
    learning: SelfPlayConfig = field(default_factory=SelfPlayConfig)
    out: Path = Path("weights")
    run: Path = Path("runs/boss")
    resume: bool = False
    examine_every: int = 25
    examine_fights: int = 64  # against each scripted knight
    final_fights: int = 400
    calibrate: bool = True
    threads: int = 2
    ray: str | None = None  # the address of a cluster
    seeds: tuple[int, ...] = ()  # independent runs instead of one
    # of the fights: those that choose are never those that report
    examine_seed: int = 1_000_003
    choice_seed: int = 3_000_003
    final_seed: int = 2_000_003

    @property
    def checkpoint(self) -> Path:
        """Where the run's checkpoint is."""
        return self.run / checkpoint.NAME

    def lasting(self) -> dict:
        """What a run must be gone on with, JSON-ready."""
        names = ("updates", "examine_every", "examine_fights", "examine_seed")
        return {"learning": asdict(self.learning), **{name: getattr(self, name) for name in names}}


class Result(NamedTuple):
    """What a run comes to."""

    mind: Mind
    explore: dict[str, int]  # the mistake rate of each tier, in 1/65536
    log: dict  # JSON-ready
    league: dict[int, Mind]  # past selves by their updates
    knights: np.ndarray  # (count, size): the one that learned to the end, then those of the league


class Run:
    """A run in progress."""

    def __init__(self, config: TrainConfig, trainer: type[SelfPlay] = SelfPlay):
        """`trainer`: where the fights are played."""
        self.config = config
        self.trainer = trainer(config.learning, config.threads)
        self.update = 0
        self.seconds = 0.0  # at work, examinations included
        self.learning_seconds = 0.0
        self.agent_steps = 0  # decisions that were learned from, in all seats
        self.boss_steps = 0  # those of the boss
        self.history: list[dict] = []
        self.candidates = Candidates()

    @property
    def done(self) -> bool:
        """Whether every update has been made."""
        return self.update >= self.config.updates

    @property
    def best(self) -> dict | None:
        """The record of the best mind so far."""
        return self.candidates.kept[0][1] if self.candidates.kept else None

    def advance(self, stop: Callable[[dict], bool] | None = None) -> dict | None:
        """Make updates until an examination is due; return its record, None if `stop` came first.

        `stop(figures)` is asked after every update, with the figures of `SelfPlay.update`.
        """
        while not self.done:
            started = time.perf_counter()
            figures = self.trainer.update(self.update / self.config.updates)
            self.update += 1
            spent = time.perf_counter() - started
            self.seconds += spent
            self.learning_seconds += spent
            self.agent_steps += figures["agent_steps"]
            self.boss_steps += figures["boss_steps"]
            stopped = stop is not None and stop(figures)
            if self.update % self.config.examine_every == 0 or self.done:
                return self._examine(figures)
            if stopped:
                break
        return None

    def _examine(self, figures: dict) -> dict:
        started = time.perf_counter()
        config, knights = self.config, self._knights()
        mind = rounded(self.trainer.average)
        record = examine_fully(mind, knights, config.examine_fights, config.examine_seed)
        record |= figures | {
            "update": self.update,
            "ripe": self.update > RIPE * config.updates,
            "agent_steps": self.agent_steps,
            "boss_steps": self.boss_steps,
        }
        self.candidates.consider(mm_grad.pack(mind.parameters), record, knights, config.examine_seed)
        self.seconds += time.perf_counter() - started
        record |= {"seconds": self.seconds, "learning_seconds": self.learning_seconds}
        self.history.append(record)
        return record

    def _knights(self) -> np.ndarray:
        """The learned knights of the league so far, (count, size)."""
        league = self.trainer.boss_league
        return league.past[: league.count]

    # ------------------------------------------------------------------ the end
    def finish(self, completed: bool = True) -> Result | None:
        """The best of the kept minds, chosen by many new fights, measured by others; None if none commits.

        completed: False after an interruption; the tiers then keep their nominal mistake rates.
        """
        started = time.perf_counter()
        config, knights = self.config, self._knights()
        if not self.candidates.kept:
            return None
        minds = [rounded(flat) for flat, _ in self.candidates.kept]
        finals = [examine_fully(mind, knights, config.final_fights, config.choice_seed) for mind in minds]
        commits = [attack_rate(record) >= FLOOR for record in finals]
        ripe = [record["ripe"] for _, record in self.candidates.kept]
        # of equals the first: the one that scored best before
        best = max(
            range(len(minds)), key=lambda number: (commits[number], ripe[number], finals[number]["score"])
        )
        mind = minds[best]
        final = examine_fully(mind, knights, config.final_fights, config.final_seed)
        # before tiers are set: the boss without mistakes against the knight that learned beside it
        knight = match(mind_policy(mind), self.trainer.knight.policy, config.final_fights, config.final_seed)
        explore, calibration = TIER_EXPLORE, {}
        if completed and config.calibrate:
            explore, record = calibrate(mind)
            calibration = {"calibration": record}
        self.seconds += time.perf_counter() - started
        log = {
            "seed": config.learning.seed,
            "updates": self.update,
            "interrupted": not completed,
            "agent_steps": self.agent_steps,
            "boss_steps": self.boss_steps,
            "minutes": round(self.seconds / 60, 2),
            "learning_minutes": round(self.learning_seconds / 60, 2),
            "rules_version": RULES_VERSION,
            "weights_sha256": mind.sha256,
            "best_update": self.candidates.kept[best][1]["update"],
            "config": config.lasting(),
            "final_seed": config.final_seed,
            "final": final,
            "final_self_play": {"fights": config.final_fights, "win_rate": knight["win_rate"]},
            **calibration,
            "history": self.history,
        }
        return Result(mind, explore, log, self._league(), np.vstack([self.trainer.knight.policy, *knights]))

    def _league(self) -> dict[int, Mind]:
        """The past selves of the boss by the updates they had: they are taken at even distances."""
        league = self.trainer.knight_league
        distance = self.config.updates / len(league.past)
        updates = [max(number, math.ceil(number * distance)) for number in range(league.count)]
        return {made: rounded(league.past[number]) for number, made in enumerate(updates)}

    # ------------------------------------------------------------------ checkpoints
    def checkpoint(self) -> bytes:
        """Everything needed to go on, see `training/checkpoint.py`."""
        progress = {name: getattr(self, name) for name in PROGRESS}
        progress["kept"] = [record for _, record in self.candidates.kept]
        return checkpoint.pack(self._arrays(), self.config.lasting(), progress)

    def restore(self, path, data: bytes) -> None:
        """Go on from the checkpoint `data`, read from `path`; CheckpointError if that cannot be."""
        arrays, progress = checkpoint.unpack(path, data, self._arrays(), self.config.lasting())
        try:
            for name, kind in PROGRESS.items():
                setattr(self, name, checked(name, progress[name], kind))
            kept = [checked("kept", record, dict) for record in checked("kept", progress["kept"], list)]
            flats = arrays.pop("kept")
            self.candidates.restore([(flats[number].copy(), record) for number, record in enumerate(kept)])
            if not 0 <= self.update <= self.config.updates:
                raise TypeError(f"update is {self.update}, of {self.config.updates}")
        except (KeyError, IndexError, TypeError) as error:
            raise checkpoint.CheckpointError(f"{path}: run is damaged: {error}") from error
        self.trainer.load(arrays)

    def _arrays(self) -> dict[str, np.ndarray]:
        kept = np.zeros((FINALISTS, PARAMETER_COUNT), np.float32)
        for number, (flat, _) in enumerate(self.candidates.kept):
            kept[number] = flat
        return {**self.trainer.state(), "kept": kept}


# What of a run is in the text of its checkpoint.
PROGRESS = {
    "update": int,
    "seconds": float,
    "learning_seconds": float,
    "agent_steps": int,
    "boss_steps": int,
    "history": list,
}


def checked(name: str, value, kind: type):
    """`value`, if it is of `kind`; TypeError otherwise."""
    if type(value) is not kind:
        raise TypeError(f"{name} is {value!r:.40}, not {kind.__name__}")
    return value
