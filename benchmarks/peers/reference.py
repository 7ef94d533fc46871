"""The reference that learners race to, and the clock that is fair to all of them.

Reached: the policy as it trains beats a scripted knight in WIN_RATE of FIGHTS fights of fixed seeds. It is
looked at after every further half second of training, later after every further twentieth: SCREEN_FIGHTS
others first, and only if those are won often enough the FIGHTS that count. The clock counts training alone:
it begins when everything is imported, compiled and started, and stands still while the policy is looked at.
"""

import sys
import time

from training.evaluate import Policy, play

WIN_RATE = 0.6
FIGHTS, SEED = 1000, 8_000_003
SCREEN_FIGHTS, SCREEN_SEED = 200, 8_100_003
EVERY_SECONDS, EVERY_SHARE = 0.5, 0.05


class Race:
    """One learner's run against the clock."""

    def __init__(self, fighter: str | None, cut_off: float, name: str = ""):
        """`fighter`: whom to beat, None to train to the end without being looked at.

        `cut_off`: seconds of training at most; `name`: what progress is reported under.
        """
        self.fighter = fighter
        self.cut_off = cut_off
        self.name = name
        self.began = self.seconds = self.evaluation_seconds = 0.0
        self.steps = 0
        self.reached = False
        self.history: list[tuple[float, int, float]] = []  # seconds, steps, win rate of the screen
        self.win_rate = None  # of the fights that count, when last they were fought
        self._next = EVERY_SECONDS

    def start(self) -> None:
        """The clock starts: from here on everything is training, but for `over`."""
        self.began = self._resumed = time.perf_counter()

    def over(self, policy: Policy, steps: int) -> bool:
        """Whether training is to end; `steps`: decisions of learning seats so far."""
        now = time.perf_counter()
        self.seconds += now - self._resumed
        self.steps = steps
        late = self.seconds >= self.cut_off
        if self.fighter is not None and (self.seconds >= self._next or late):
            self._look(policy)
            self._next = self.seconds + max(EVERY_SECONDS, EVERY_SHARE * self.seconds)
            self.evaluation_seconds += time.perf_counter() - now
        self._resumed = time.perf_counter()
        return self.reached or late

    def _look(self, policy: Policy) -> None:
        screen = self._wins(policy, SCREEN_FIGHTS, SCREEN_SEED)
        self.history.append((round(self.seconds, 2), self.steps, round(screen, 3)))
        if screen >= WIN_RATE:
            self.win_rate = self._wins(policy, FIGHTS, SEED)
            self.reached = self.win_rate >= WIN_RATE
        print(
            f"{self.name}: {self.seconds:.0f} s, {self.steps:,} steps, beats the {self.fighter} {screen:.1%}",
            file=sys.stderr,
            flush=True,
        )

    def _wins(self, policy: Policy, fights: int, seed: int) -> float:
        return play(policy, (self.fighter,), fights, seed)[self.fighter]["win_rate"]

    def result(self) -> dict:
        """What came of it, JSON-ready; "seconds_to_reference" is None for a learner that was cut off."""
        return {
            "seconds_to_reference": round(self.seconds, 2) if self.reached else None,
            "seconds": round(self.seconds, 2),
            "steps": self.steps,
            "steps_per_second": round(self.steps / self.seconds),
            "win_rate": self.win_rate,
            "best_screen": max((screen for *_, screen in self.history), default=None),
            "evaluation_seconds": round(self.evaluation_seconds, 2),
            "history": self.history,
        }
