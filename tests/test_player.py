"""Players: compiled decisions equal numpy's, opponents stay to the end of a fight, records are true."""

from types import SimpleNamespace

import numpy as np
import pytest

from duel.fighters import FIGHTER_COUNT
from duel.loops import LEARNER, LOG_EVENTS, LOG_OUTCOME
from features import (
    APPROACH,
    BOSS_HEALTH,
    BOSS_MAX_HEALTH,
    BOSS_WINS,
    CLEAVE,
    EVENT_MOVE_VOID,
    IDLE,
    KNIGHT_ACTION_COUNT,
    KNIGHT_HEALTH,
    KNIGHT_WINS,
    MOVE_COUNT,
    RETREAT,
    SWORD_DAMAGE,
)
from modular_mind import legal_mask, scale_observations
from training.league import League
from training.networks import KNIGHT_NETWORK, Modular, Perceptron
from training.player import KNIGHT_SCALE, Player
from training.rewards import Rewards, step_rewards

DUELS = 60
SHARES = 0.5, 0.2  # of the boss's league and of the knight's
BOSS_NETWORKS = {"mind": Modular(), "perceptron": Perceptron(24, 21, 10, MOVE_COUNT)}


def leagues(network, past_selves: int = 3) -> tuple[League, League]:
    """The boss's league and the knight's, with past selves of random parameters."""
    boss_league = League(FIGHTER_COUNT, past_selves + 1, KNIGHT_NETWORK.size)
    knight_league = League(0, past_selves + 1, network.size)
    for number in range(past_selves):
        boss_league.add(KNIGHT_NETWORK.initial(10 + number) * 3)
        knight_league.add(network.initial(20 + number) * 3)
    return boss_league, knight_league


class Setting:
    """A player with its leagues and learners, and a record of every step of its duels."""

    def __init__(self, network, jitted: bool = True, seed: int = 1):
        self.player = Player(network, DUELS, *SHARES, Rewards(), seed, jitted)
        self.boss_league, self.knight_league = leagues(network)
        self.boss = network.initial(1)
        self.knight = KNIGHT_NETWORK.initial(2) * 3
        self.steps = []
        batch, step = self.player.batch, self.player.batch.step
        batch.states[:, BOSS_HEALTH] = 30  # so that the first fights are short
        batch.states[:, KNIGHT_HEALTH] = 30

        def recorded(moves, actions):
            before = {
                name: getattr(batch, name).copy() for name in ("boss_view", "knight_view", "due", "kinds")
            }
            before["opponents"] = self.player.opponents.copy()
            before["fights"] = batch.seeds[:, 1].copy()
            log = step(moves, actions)
            record = SimpleNamespace(**before, moves=moves.copy(), actions=actions.copy(), log=log.copy())
            self.steps.append(record)
            return log

        batch.step = recorded

    def play(self, horizon: int):
        return self.player.play(self.boss, self.knight, self.boss_league, self.knight_league, horizon)


@pytest.fixture(scope="module", params=[True, False], ids=["compiled", "numpy"])
def long_play(request):
    """500 steps in which many fights end: (setting, rollouts of 50 steps each)."""
    setting = Setting(Modular(), request.param)
    return setting, [setting.play(50) for _ in range(10)]


# ---------------------------------------------------------------------------- compiled = numpy
@pytest.mark.parametrize("name", BOSS_NETWORKS)
def test_compiled_and_numpy_players_bring_back_the_same(name):
    compiled, plain = Setting(BOSS_NETWORKS[name]), Setting(BOSS_NETWORKS[name], jitted=False)
    for _ in range(2):
        first, second = compiled.play(40), plain.play(40)
        for seat in ("boss", "knight"):
            one, other = getattr(first, seat), getattr(second, seat)
            for field, array in vars(one).items():
                tolerance = 1e-3 if field == "chosen" else 0
                different = np.abs(array.astype(np.float64) - getattr(other, field))
                assert different.max() <= tolerance, f"{seat}.{field}"
            assert one.decides.any()
        assert np.array_equal(first.both, second.both)
        for league in ("boss_league", "knight_league"):
            for one, other in zip(getattr(first, league), getattr(second, league), strict=True):
                assert np.array_equal(one, other)
    assert any((step.log[:, LOG_OUTCOME] != 0).any() for step in compiled.steps)


def test_a_network_that_cannot_go_row_by_row_is_evaluated_by_numpy():
    whole = Modular()
    bare = SimpleNamespace(
        inputs=whole.inputs, outputs=whole.outputs, size=whole.size,
        initial=whole.initial, forward=whole.forward, backward=whole.backward,
    )  # fmt: skip
    first, second = Setting(bare).play(30), Setting(whole).play(30)
    assert np.array_equal(first.boss.actions, second.boss.actions)
    assert np.array_equal(first.knight.actions, second.knight.actions)


def test_a_player_goes_on_from_its_saved_state():
    setting = Setting(Modular())
    setting.play(30)
    state = {name: np.array(array) for name, array in setting.player.state("p_").items()}
    other = Setting(Modular(), seed=9)
    other.player.load(state, "p_")
    first, second = setting.play(60), other.play(60)
    for seat in ("boss", "knight"):
        for field, array in vars(getattr(first, seat)).items():
            assert np.array_equal(array, getattr(getattr(second, seat), field)), f"{seat}.{field}"


# ---------------------------------------------------------------------------- opponents
def test_opponents_never_change_within_a_fight(long_play):
    setting, _ = long_play
    changes = 0
    for before, after in zip(setting.steps[:-1], setting.steps[1:], strict=True):
        same_fight = before.fights == after.fights
        assert np.array_equal(before.opponents[same_fight], after.opponents[same_fight])
        assert np.array_equal(before.kinds[same_fight], after.kinds[same_fight])
        changes += (before.opponents[~same_fight] != after.opponents[~same_fight]).sum()
    assert changes > 20


def test_rows_face_whom_they_should(long_play):
    setting, _ = long_play
    player = setting.player
    seen = set()
    for step in setting.steps:
        here, there = step.opponents[: player.both], step.opponents[player.boss_rows :]
        assert np.array_equal(step.kinds[: player.both], np.where(here < FIGHTER_COUNT, here, LEARNER))
        assert (step.kinds[player.both :] == LEARNER).all()
        assert (step.opponents[player.both : player.boss_rows] == -1).all()
        assert ((there >= 0) & (there < setting.knight_league.opponents)).all()
        seen |= set(here.tolist())
    assert seen == set(range(setting.boss_league.opponents))


@pytest.mark.parametrize("jitted", [True, False], ids=["compiled", "numpy"])
def test_past_selves_act_by_their_own_parameters(jitted):
    """Each past self always does one thing, so what is done says who did it."""
    network = Modular()
    setting = Setting(network, jitted)
    habits = (APPROACH, RETREAT, IDLE)
    for number, move in enumerate(habits):
        knight, boss = setting.boss_league.past[number], setting.knight_league.past[number]
        knight[:] = 0
        knight[KNIGHT_NETWORK.layers[-1][1]][number] = 1000
        boss[:] = 0
        boss[-MOVE_COUNT:][move] = 1000  # the biases of the modulation
    setting.play(60)
    rows = setting.player.boss_rows
    for step in setting.steps:
        past = step.opponents[: setting.player.both] - FIGHTER_COUNT
        acting = np.flatnonzero(past >= 0)
        assert np.array_equal(step.actions[acting], past[acting])
        due = rows + np.flatnonzero(step.due[rows:])
        assert np.array_equal(step.moves[due], np.array(habits)[step.opponents[due]])


def test_only_legal_moves_are_chosen(long_play):
    setting, played = long_play
    for step in setting.steps:
        due = step.due == 1
        assert legal_mask(step.boss_view)[due, step.moves[due]].all()
        assert ((step.actions >= 0) & (step.actions < KNIGHT_ACTION_COUNT)).all()
    moves = np.concatenate([part.boss.actions[part.boss.decides] for part in played])
    assert set(moves.tolist()) == set(range(MOVE_COUNT))


# ---------------------------------------------------------------------------- what is recorded
def test_rollouts_record_what_happened(long_play):
    setting, played = long_play
    player = setting.player
    steps = iter(setting.steps)
    for part in played:
        boss, knight = part.boss, part.knight
        for t in range(len(boss.rewards)):
            step = next(steps)
            decided = step.due[: player.boss_rows] == 1
            assert np.array_equal(boss.decides[t], decided)
            assert knight.decides[t].all()
            views = step.boss_view[: player.boss_rows]
            assert np.array_equal(boss.x[t, decided], scale_observations(views[decided], np.float32))
            assert np.array_equal(boss.legal[t, decided], legal_mask(views)[decided])
            assert np.array_equal(boss.actions[t, decided], step.moves[: player.boss_rows][decided])
            assert np.array_equal(knight.x[t], step.knight_view[player.both :] * KNIGHT_SCALE)
            assert np.array_equal(knight.actions[t], step.actions[player.both :])
            rewards = step_rewards(step.log, step.boss_view, step.moves, step.due, Rewards())
            assert np.array_equal(boss.rewards[t], rewards[0][: player.boss_rows])
            assert np.array_equal(knight.rewards[t], rewards[1][player.both :])
            ended = step.log[:, LOG_OUTCOME] != 0
            assert np.array_equal(boss.done[t], ended[: player.boss_rows])
            assert np.array_equal(knight.done[t], ended[player.both :])
            void = step.log[: player.boss_rows, LOG_EVENTS] & EVENT_MOVE_VOID != 0
            assert np.array_equal(boss.void[t], void)
        assert (boss.chosen[boss.decides] <= 0).all()
    last = player.batch
    assert np.array_equal(boss.last_x, scale_observations(last.boss_view[: player.boss_rows], np.float32))
    assert np.array_equal(knight.last_x, last.knight_view[player.both :] * KNIGHT_SCALE)


def test_in_every_other_fight_of_a_learning_knight_the_boss_begins_with_less_health():
    setting = Setting(Modular())
    player, batch = setting.player, setting.player.batch
    rows, health = [], []
    for _ in range(600):
        fights = batch.seeds[:, 1].copy()
        setting.play(1)
        began = np.flatnonzero(batch.seeds[:, 1] != fights)
        rows += began.tolist()
        health += batch.states[began, BOSS_HEALTH].tolist()
    rows, health = np.array(rows), np.array(health)
    shortened = (rows >= player.both) & ((rows - player.both) % 2 == 0)
    assert (health[~shortened] == BOSS_MAX_HEALTH).all()
    short = health[shortened]
    assert len(short) > 20
    assert SWORD_DAMAGE <= short.min() < BOSS_MAX_HEALTH / 4
    assert BOSS_MAX_HEALTH * 3 / 4 < short.max() <= BOSS_MAX_HEALTH


def test_results_are_those_of_the_whole_fights_that_ended(long_play):
    setting, played = long_play
    player = setting.player
    expected = [[], [], [], [], []]
    for step in setting.steps:
        for row in np.flatnonzero(step.log[:, LOG_OUTCOME]):
            outcome = step.log[row, LOG_OUTCOME]
            if row >= player.both and (row - player.both) % 2 == 0:
                continue  # a shortened fight
            if row < player.both:
                expected[0].append(step.opponents[row])
                expected[1].append(outcome == BOSS_WINS)
            elif row >= player.boss_rows:
                expected[2].append(step.opponents[row])
                expected[3].append(outcome == KNIGHT_WINS)
            else:
                expected[4].append(outcome == BOSS_WINS)
    brought = [
        np.concatenate(parts).tolist()
        for parts in zip(
            *[(*part.boss_league, *part.knight_league, part.both) for part in played], strict=True
        )
    ]
    assert brought == expected
    assert all(expected)
    assert {True, False} == set(expected[1])


def test_the_learner_s_log_probability_is_that_of_its_choice(long_play):
    setting, played = long_play
    steps = played[-1].boss
    x, legal = steps.x[steps.decides], steps.legal[steps.decides]
    logits = setting.player.network.forward(setting.boss, x)[0].T.astype(np.float64)
    weights = np.where(legal, np.exp(logits - logits.max(1, keepdims=True)), 0)
    actions = steps.actions[steps.decides]
    pi = weights[np.arange(len(x)), actions] / weights.sum(1)
    assert np.abs(np.log(pi) - steps.chosen[steps.decides]).max() < 1e-3
    assert (actions == CLEAVE).any()
