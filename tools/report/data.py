"""What the report is drawn from: the files that `training.study` and `training.exploiter` wrote.

Imported by `tools.make_training_report`. Shares are fractions of 1; what was not measured is NaN.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

STUDY, EXPLOITER, NOTES = "training_study.json", "exploiter.json", "training_notes.md"
STRENGTHS = ("dodger", "others", "knights")  # the three measures of strength
GOAL = 0.6  # of the fights against the dodger: the reference of learning speed


@dataclass(frozen=True)
class Data:
    """The study, the exploiters (None: not measured), the notes ("": none), and a hash of all three files."""

    study: dict
    exploiter: dict | None
    notes: str
    digest: str

    @property
    def variants(self) -> dict[str, dict]:
        """Title, group, parameters and runs of each variant, by name."""
        return self.study["variants"]

    def title(self, name: str) -> str:
        """A variant's name in tables."""
        return self.variants[name]["title"]

    def runs(self, name: str) -> list[dict]:
        """One record for each seed; none of a variant that was not trained."""
        return self.variants[name]["runs"] if name in self.variants else []

    def final(self, name: str, measure: str) -> np.ndarray:
        """A measure of the final examinations of a variant, one value for each seed."""
        return np.array([value_of(run["final"], measure) for run in self.runs(name)])

    @property
    def specialists(self) -> list[str]:
        """Those that were silenced, in the order of `features.SPECIALISTS`."""
        return [name for name in self.study["silenced"]["shipped"] if name != "whole"]

    def minds(self) -> list[dict]:
        """The examinations of each trained mind, whole and silenced; the shipped one is not among them."""
        return [mind for label, mind in self.study["silenced"].items() if label != "shipped"]

    def silenced(self, specialist: str, how: str, measure: str) -> np.ndarray:
        """Change of a measure in each trained mind when a specialist is silenced after training; empty where
        it was not silenced that way."""
        pairs = [(mind[specialist][how], mind["whole"]) for mind in self.minds() if how in mind[specialist]]
        return np.array([value_of(after, measure) - value_of(whole, measure) for after, whole in pairs])


def load(folder: Path) -> Data:
    """Read the files in `folder`; FileNotFoundError without a study, ValueError for one that is not JSON."""
    files = {name: folder / name for name in (STUDY, EXPLOITER, NOTES)}
    content = {name: path.read_bytes() for name, path in files.items() if path.is_file() or name == STUDY}
    digest = hashlib.sha256(b"\0".join(content[name] for name in sorted(content))).hexdigest()
    exploiter = _parsed(files[EXPLOITER], content[EXPLOITER]) if EXPLOITER in content else None
    notes = content.get(NOTES, b"").decode("utf-8").strip()
    return Data(_parsed(files[STUDY], content[STUDY]), exploiter, notes, digest)


def _parsed(path: Path, content: bytes) -> dict:
    try:
        return json.loads(content)
    except ValueError as error:
        raise ValueError(f"{path} cannot be read: {error}") from error


def value_of(record: dict, measure: str) -> float:
    """A win rate ("dodger", "others", "knights", a scripted knight) or a habit of one examination."""
    if measure == "rise":
        return value_of(record, "attack_rate_enraged") - value_of(record, "attack_rate_calm")
    for part in (record, record["win_rate"], record["behavior"]):
        if measure in part:
            return float("nan") if part[measure] is None else part[measure]
    raise KeyError(measure)


def reaching(run: dict, axis: str, goal: float = GOAL) -> float | None:
    """Where along "agent_steps" or "seconds" a run first won `goal` against the dodger; None: nowhere.

    Between two examinations the win rate is taken to rise evenly.
    """
    curve = run["curve"]
    wins, places = curve["dodger"], curve[axis]
    for index, rate in enumerate(wins):
        if rate >= goal:
            if index == 0:
                return float(places[0])
            share = (goal - wins[index - 1]) / (rate - wins[index - 1])
            return float(places[index - 1] + share * (places[index] - places[index - 1]))
    return None


def on_grid(runs: list[dict], axis: str, measure: str, points: int = 160) -> tuple[np.ndarray, np.ndarray]:
    """Learning curves (runs, points) at common places along an axis, as far as the shortest run goes."""
    places = np.linspace(0, min(run["curve"][axis][-1] for run in runs), points)
    known = [
        ([value is not None for value in run["curve"][measure]], run["curve"][axis], run["curve"][measure])
        for run in runs
    ]
    curves = [
        np.interp(places, np.array(at, float)[mask], np.array(values, float)[mask])
        for mask, at, values in known
    ]
    return places, np.array(curves)
