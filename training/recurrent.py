"""A boss with a memory: a gated recurrent unit (Cho et al. 2014) from decision to decision, and its training.

The cell is that of `torch.nn.GRU`, in numpy, with gradients by hand. A row is one fight; its hidden state
changes only when the boss decides and is zero when a fight begins. The policy gradient is that of
`training/seat.py`, by back-propagation through one rollout's steps, whose first hidden state is taken as it
was played.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from features import BOSS_OBSERVATION, BOSS_OBSERVATION_SIZE, CLEAVE_REST, MOVE_COUNT, OBSERVED_COOLDOWN
from mm_grad import masked_log_softmax
from modular_mind import legal_mask, scale_observations
from training.evaluate import Policy
from training.player import Player
from training.policies import sample_by_draws
from training.randomness import choose
from training.seat import Seat
from training.selfplay import SelfPlay, SelfPlayConfig

HIDDEN = 80  # units: 25,845 parameters
OBSERVED_TIME_LEFT = [name for name, *_ in BOSS_OBSERVATION].index("time_left")


@dataclass(frozen=True)
class Segment:
    """Consecutive steps of several fights; its length is the number of decisions asked about."""

    x: np.ndarray  # (T, rows, 24)
    decides: np.ndarray  # (T, rows) bool: the memory takes in these observations
    done: np.ndarray  # (T, rows) bool: a fight ended in this step
    first_hidden: np.ndarray  # (rows, HIDDEN)
    asked: np.ndarray  # (T, rows) bool, among `decides`: whose logits are wanted

    def __len__(self) -> int:
        return int(self.asked.sum())


class Trace(NamedTuple):
    """What `backward` needs; rows of arrays are the segment's decisions in order of time."""

    segment: Segment
    before: np.ndarray  # (N, HIDDEN) the hidden state before each
    reset: np.ndarray  # (N, HIDDEN) the gates
    update: np.ndarray
    candidate: np.ndarray
    recalled: np.ndarray  # (N, HIDDEN) what the candidate takes from the hidden state, before the gate
    after: np.ndarray  # (N, HIDDEN)


class Recurrent:
    """The gated recurrent unit with a linear layer to the logits, as functions of one flat vector."""

    inputs, outputs = BOSS_OBSERVATION_SIZE, MOVE_COUNT
    shapes = (
        (3 * HIDDEN, BOSS_OBSERVATION_SIZE), (3 * HIDDEN, HIDDEN), (3 * HIDDEN,), (3 * HIDDEN,),
        (MOVE_COUNT, HIDDEN), (MOVE_COUNT,),
    )  # fmt: skip
    size = sum(int(np.prod(shape)) for shape in shapes)
    parameters = size

    def initial(self, seed: int) -> np.ndarray:
        """Uniform within 1 / sqrt(HIDDEN) as torch has it; a tenth of that where logits are made."""
        random = np.random.default_rng(seed)
        flat = random.uniform(-1, 1, self.size).astype(np.float32) / np.float32(np.sqrt(HIDDEN))
        for array in self.unpack(flat)[4:]:
            array *= 0.1
        return flat

    def unpack(self, flat: np.ndarray) -> list[np.ndarray]:
        """Views: weights of the input (3H, 24) and of the hidden state (3H, H), their biases, output layer.

        The three parts of 3H are reset gate, update gate, candidate.
        """
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes])[:-1]
        return [part.reshape(shape) for part, shape in zip(np.split(flat, ends), self.shapes, strict=True)]

    def advance(self, flat: np.ndarray, x: np.ndarray, hidden: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """One decision: logits (5, n) and the next hidden state from x (n, 24) and `hidden` (n, HIDDEN)."""
        w_x, w_h, b_x, b_h, w_out, b_out = self.unpack(flat)
        after = _cell(x @ w_x.T + b_x, hidden @ w_h.T + b_h, hidden)[-1]
        return w_out @ after.T + b_out[:, None], after

    def forward(self, flat: np.ndarray, segment: Segment) -> tuple[np.ndarray, Trace]:
        """Logits (5, number asked about), in order of time, and what `backward` needs."""
        w_x, w_h, b_x, b_h, w_out, b_out = self.unpack(flat)
        from_x = segment.x[segment.decides] @ w_x.T + b_x
        count = len(from_x)
        kept = [np.empty((count, HIDDEN), flat.dtype) for _ in range(6)]
        hidden = segment.first_hidden.copy()
        first = 0
        for decides, done in zip(segment.decides, segment.done, strict=True):
            rows = np.flatnonzero(decides)
            now = slice(first, first + len(rows))
            before = hidden[rows]
            parts = _cell(from_x[now], before @ w_h.T + b_h, before)
            for array, part in zip(kept, (before, *parts), strict=True):
                array[now] = part
            hidden[rows] = parts[-1]
            hidden[done] = 0
            first = now.stop
        trace = Trace(segment, *kept)
        asked = segment.asked[segment.decides]
        return w_out @ trace.after[asked].T + b_out[:, None], trace

    def backward(self, flat: np.ndarray, trace: Trace, output_gradients: np.ndarray) -> np.ndarray:
        """The gradient (size,) from that of the logits (5, number asked about)."""
        _, w_h, _, _, w_out, _ = self.unpack(flat)
        gradient = np.empty_like(flat)
        g_x, g_h, g_bx, g_bh, g_out, g_bout = self.unpack(gradient)
        segment = trace.segment
        asked = segment.asked[segment.decides]
        g_out[:] = output_gradients @ trace.after[asked]
        g_bout[:] = output_gradients.sum(1)
        d_after = np.zeros_like(trace.after)
        d_after[asked] = output_gradients.T @ w_out
        d_from_x = np.empty((len(d_after), 3 * HIDDEN), flat.dtype)
        d_from_h = np.empty_like(d_from_x)
        d_hidden = np.zeros_like(segment.first_hidden)
        last = len(d_after)
        for decides, done in zip(segment.decides[::-1], segment.done[::-1], strict=True):
            d_hidden[done] = 0
            rows = np.flatnonzero(decides)
            now = slice(last - len(rows), last)
            reset, update, candidate = trace.reset[now], trace.update[now], trace.candidate[now]
            d = d_hidden[rows] + d_after[now]
            d_candidate = d * (1 - update) * (1 - candidate * candidate)
            d_update = d * (trace.before[now] - candidate) * update * (1 - update)
            d_reset = d_candidate * trace.recalled[now] * reset * (1 - reset)
            d_from_x[now] = np.concatenate([d_reset, d_update, d_candidate], 1)
            d_from_h[now] = np.concatenate([d_reset, d_update, d_candidate * reset], 1)
            d_hidden[rows] = d * update + d_from_h[now] @ w_h
            last = now.start
        g_x[:] = d_from_x.T @ segment.x[segment.decides]
        g_h[:] = d_from_h.T @ trace.before
        g_bx[:] = d_from_x.sum(0)
        g_bh[:] = d_from_h.sum(0)
        return gradient


def _cell(from_x: np.ndarray, from_h: np.ndarray, before: np.ndarray) -> tuple[np.ndarray, ...]:
    """(reset, update, candidate, recalled, hidden state after) of n rows; from_x, from_h: (n, 3 HIDDEN)."""
    gates = 1 / (1 + np.exp(-(from_x[:, : 2 * HIDDEN] + from_h[:, : 2 * HIDDEN])))
    reset, update = gates[:, :HIDDEN], gates[:, HIDDEN:]
    recalled = from_h[:, 2 * HIDDEN :]
    candidate = np.tanh(from_x[:, 2 * HIDDEN :] + reset * recalled)
    return reset, update, candidate, recalled, candidate + update * (before - candidate)


# ---------------------------------------------------------------------------- training
class RecurrentPlayer(Player):
    """A player whose bosses, the learner and its past selves, each remember their fight."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.hidden = np.zeros((self.duels, HIDDEN), np.float32)

    def play(self, *arguments):
        """As `Player.play`; the boss's rollout also says what was remembered when it began."""
        first_hidden = self.hidden[None, : self.boss_rows].copy()
        played = super().play(*arguments)
        played.boss.first_hidden = first_hidden
        return played

    def _begin(self, rows, boss_league, knight_league) -> None:
        super()._begin(rows, boss_league, knight_league)
        self.hidden[rows] = 0

    def _boss_acts(self, policy, league, steps, t, moves) -> None:
        due = np.flatnonzero(self.batch.due)
        view = self.batch.boss_view[due]
        x, legal = scale_observations(view, np.float32), legal_mask(view)
        logits = np.empty((MOVE_COUNT, len(due)), np.float32)
        members = np.where(due < self.boss_rows, -1, self.opponents[due])
        for member in np.unique(members):
            those = np.flatnonzero(members == member)
            flat = policy if member < 0 else league.past[member]
            rows = due[those]
            logits[:, those], self.hidden[rows] = self.network.advance(flat, x[those], self.hidden[rows])
        log_pi, pi = masked_log_softmax(logits, legal)
        moves[due] = drawn = choose(pi, self.draws[0, due])
        split = np.searchsorted(due, self.boss_rows)
        learner = due[:split]
        steps.decides[t] = False
        steps.decides[t, learner] = True
        steps.x[t, learner], steps.legal[t, learner] = x[:split], legal[:split]
        steps.actions[t, learner] = drawn[:split]
        steps.chosen[t, learner] = log_pi[drawn[:split], np.arange(split)]

    def state(self, prefix: str) -> dict[str, np.ndarray]:
        """As `Player.state`, with the memories."""
        return {**super().state(prefix), prefix + "hidden": self.hidden}

    def load(self, state: dict[str, np.ndarray], prefix: str) -> None:
        """The counterpart of `state`."""
        super().load(state, prefix)
        self.hidden[:] = state[prefix + "hidden"]


class RecurrentSeat(Seat):
    """A seat that learns from whole stretches of fights; its baseline has no memory."""

    def _policy_batches(self, steps, taught, advantages):
        spread = np.zeros(taught.shape, advantages.dtype)
        spread[taught] = advantages
        rows_in_all = taught.shape[1]
        parts = max(1, round(len(advantages) / self.config.minibatch))
        orders = [
            rows
            for _ in range(self.config.epochs)
            for rows in np.array_split(self.random.permutation(rows_in_all), parts)
        ]
        return (self._batch_of(rows, steps, taught, spread) for rows in orders)

    @staticmethod
    def _batch_of(rows, steps, taught, advantages):
        asked = taught[:, rows]
        segment = Segment(
            steps.x[:, rows], steps.decides[:, rows], steps.done[:, rows], steps.first_hidden[0, rows], asked
        )
        arrays = (steps.legal, steps.actions, steps.chosen, advantages)
        return segment, *[array[:, rows][asked] for array in arrays]


class RecurrentSelfPlay(SelfPlay):
    """Self-play in which the boss has a memory; the knight is the usual one."""

    boss_seat, player = RecurrentSeat, RecurrentPlayer

    def __init__(self, config: SelfPlayConfig, threads: int = 2, network: Recurrent | None = None):
        super().__init__(config, threads, network or Recurrent())


# ---------------------------------------------------------------------------- play
def recurrent_policy(network: Recurrent, flat: np.ndarray) -> Policy:
    """The counterpart of `training.policies.float_policy`, to be asked about the same rows at every step.

    The observation itself says whether the boss decides (its cooldown is then at most CLEAVE_REST) and
    whether a new fight has begun (more time is left than before).
    """
    hidden = np.zeros((0, HIDDEN), np.float32)
    time_left = np.zeros(0, np.int32)

    def policy(observations, draws):
        nonlocal hidden, time_left
        if len(observations) != len(hidden):
            hidden = np.zeros((len(observations), HIDDEN), np.float32)
            time_left = np.zeros(len(observations), np.int32)
        hidden[observations[:, OBSERVED_TIME_LEFT] > time_left] = 0
        time_left = observations[:, OBSERVED_TIME_LEFT].copy()
        rows = np.flatnonzero(observations[:, OBSERVED_COOLDOWN] <= CLEAVE_REST)
        x = scale_observations(observations[rows], np.float32)
        logits = np.zeros((MOVE_COUNT, len(observations)), np.float32)
        logits[:, rows], hidden[rows] = network.advance(flat, x, hidden[rows])
        return sample_by_draws(logits, legal_mask(observations), draws)

    return policy
