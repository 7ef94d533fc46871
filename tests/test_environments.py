"""duel.environments: the official checkers, and the very fights of the batched duel behind them."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from pettingzoo.test import parallel_api_test, parallel_seed_test, render_test
from pettingzoo.utils.conversions import parallel_to_aec
from stable_baselines3.common import env_checker as stable_baselines3_checker

from duel.batch import DuelBatch
from duel.drawing import HEIGHT, WIDTH, draw
from duel.environments import AGENTS, BOSS_SEAT, ENVIRONMENT_IDS, KNIGHT_SEAT, DuelEnv, parallel_env
from duel.fighters import FIGHTERS
from duel.loops import LEARNER, LOG_EVENTS, LOG_OUTCOME
from duel_sim import Duel
from features import (
    APPROACH,
    CLEAVE,
    CLOCK,
    DECISION_TICKS,
    IDLE,
    KNIGHT_ACTION_COUNT,
    KNIGHT_ACTIONS,
    KNIGHT_OBSERVATION,
    MOVE_COUNT,
    MOVES,
    ONGOING,
    OUTCOMES,
    SEED,
    STREAM_DECISION,
    TICKS_PER_SECOND,
    TIERS,
    hash32,
)
from modular_mind import decide, load_directory, scale_observations
from training.rewards import Rewards, step_rewards

ROOT = Path(__file__).resolve().parent.parent
STEPS = 400
KNIGHT_SCALE = np.ldexp(1.0, [-exponent for *_, exponent in KNIGHT_OBSERVATION])


# ---------------------------------------------------------------------------- the official checkers
def test_the_ids_are_those_of_the_project_file():
    settings = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))
    named = settings["tool"]["modular-mind"]["environments"]
    assert named["gymnasium"] == list(ENVIRONMENT_IDS)
    assert named["pettingzoo"] == f"{parallel_env.__module__}:{parallel_env.__name__}"
    assert gymnasium.make(f"duel.environments:{named['gymnasium'][0]}").spec.id == named["gymnasium"][0]


def test_pettingzoo_api():
    parallel_api_test(parallel_env(), num_cycles=1500)


def test_pettingzoo_seeding():
    parallel_seed_test(parallel_env, num_cycles=500)


@pytest.mark.parametrize("name", ENVIRONMENT_IDS)
def test_gymnasium_api(name):
    check_env(gymnasium.make(f"duel.environments:{name}").unwrapped, skip_render_check=False)


@pytest.mark.parametrize("name", ENVIRONMENT_IDS)
def test_stable_baselines3_api(name):
    stable_baselines3_checker.check_env(gymnasium.make(name, render_mode="rgb_array").unwrapped)


def test_pettingzoo_rendering():
    def make(render_mode):  # the test first makes one in mode "human" to read the modes there are
        mode = render_mode if render_mode in parallel_env().metadata["render_modes"] else None
        return parallel_to_aec(parallel_env(render_mode=mode))

    render_test(make)


@pytest.mark.parametrize("opponent", [*FIGHTERS, lambda observation, mask: 1])
def test_gymnasium_api_of_the_boss_against_every_knight(opponent):
    check_env(gymnasium.make("ModularMind/DuelBoss-v0", opponent=opponent).unwrapped)


@pytest.mark.parametrize("opponent", [*TIERS, lambda observation, mask: int(mask.argmax())])
def test_gymnasium_api_of_the_knight_against_every_tier(opponent):
    check_env(gymnasium.make("ModularMind/DuelKnight-v0", opponent=opponent).unwrapped)


# ---------------------------------------------------------------------------- the fights of the batch
def first_fight(batch: DuelBatch) -> dict:
    """Reset options that play the fight which row 0 of the batch is about to play."""
    return {"fight_seed": int(batch.states[0, SEED])}


def test_the_parallel_environment_plays_the_fights_of_the_batch():
    env = parallel_env()
    generator = np.random.default_rng(1)
    ended = 0
    for seed in range(4):
        batch = DuelBatch(1, seed=seed)
        seen, infos = env.reset(options=first_fight(batch))
        for _ in range(STEPS):
            assert np.array_equal(seen[BOSS_SEAT], scale_observations(batch.boss_view)[0])
            assert np.array_equal(seen[KNIGHT_SEAT], batch.knight_view[0] * KNIGHT_SCALE)
            assert infos[BOSS_SEAT]["decision_due"] == (batch.due[0] == 1)
            assert infos[BOSS_SEAT]["fight_seed"] == batch.states[0, SEED]
            move, action = int(generator.integers(MOVE_COUNT)), int(generator.integers(KNIGHT_ACTION_COUNT))
            view, due = batch.boss_view.copy(), batch.due.copy()
            log = batch.step(np.array([move]), np.array([action]))
            seen, rewards, terminations, truncations, infos = env.step({BOSS_SEAT: move, KNIGHT_SEAT: action})
            expected = step_rewards(log, view, np.array([move]), due, Rewards())
            assert rewards == {seat: float(values[0]) for seat, values in zip(AGENTS, expected, strict=True)}
            assert infos[KNIGHT_SEAT]["events"] == log[0, LOG_EVENTS]
            assert infos[KNIGHT_SEAT]["outcome"] == OUTCOMES[log[0, LOG_OUTCOME]]
            assert truncations == dict.fromkeys(AGENTS, False)
            over = log[0, LOG_OUTCOME] != ONGOING
            assert terminations == dict.fromkeys(AGENTS, over)
            if over:
                assert env.agents == []
                assert env.step({}) == ({}, {}, {}, {}, {})
                ended += 1
                break
    assert ended > 0


@pytest.mark.parametrize("name", FIGHTERS)
def test_the_boss_meets_the_scripted_knights_of_the_batch(name):
    env = DuelEnv(BOSS_SEAT, opponent=name)
    batch = DuelBatch(1, [FIGHTERS.index(name)], seed=3)
    generator = np.random.default_rng(3)
    observation, _ = env.reset(options=first_fight(batch))
    over = False
    while not over:
        assert np.array_equal(observation, scale_observations(batch.boss_view)[0])
        move = int(generator.integers(MOVE_COUNT))
        log = batch.step(np.array([move]))
        observation, _, over, truncated, info = env.step(move)
        assert not truncated
        assert info["events"] == log[0, LOG_EVENTS]
        assert over == (log[0, LOG_OUTCOME] != ONGOING)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(0)


@pytest.mark.parametrize("tier", TIERS)
def test_the_knight_meets_the_shipped_mind_at_its_tier(tier):
    env = DuelEnv(KNIGHT_SEAT, opponent=tier)
    mind, manifest = load_directory(ROOT / "weights")
    batch = DuelBatch(1, [LEARNER], seed=6)
    generator = np.random.default_rng(6)
    observation, _ = env.reset(options=first_fight(batch))
    for _ in range(STEPS):
        assert np.array_equal(observation, batch.knight_view[0] * KNIGHT_SCALE)
        seed, k = int(batch.states[0, SEED]), int(batch.states[0, CLOCK]) // DECISION_TICKS
        draw = hash32(seed, STREAM_DECISION, k)
        move = decide(batch.boss_view[0].tolist(), manifest["explore"][tier], draw, mind)["move"]
        action = int(generator.integers(KNIGHT_ACTION_COUNT))
        log = batch.step(np.array([move]), np.array([action]))
        observation, _, over, _, info = env.step(action)
        assert info["events"] == log[0, LOG_EVENTS]
        if over:
            assert log[0, LOG_OUTCOME] != ONGOING
            return
    raise AssertionError("no fight of random keys against the mind lasts so long")


@pytest.mark.parametrize("seat", AGENTS)
def test_a_policy_opposite_acts_as_the_other_seat_would(seat):
    """One environment for both seats, and one seat against a function, see the same fight."""
    seen_by_policy = []

    def policy(observation, mask):
        seen_by_policy.append(observation)
        return int(np.flatnonzero(mask)[-1])

    alone, both = DuelEnv(seat, opponent=policy), parallel_env()
    other = AGENTS[1 - AGENTS.index(seat)]
    observation, info = alone.reset(seed=5)
    seen, infos = both.reset(options={"fight_seed": info["fight_seed"]})
    for step in range(120):
        assert np.array_equal(observation, seen[seat])
        mask = infos[other]["action_mask"]
        opposing = seen[other]
        action = step % int(alone.action_space.n)
        observation, reward, over, _, _ = alone.step(action)
        assert np.array_equal(seen_by_policy[-1], opposing)
        chosen = {seat: action, other: int(np.flatnonzero(mask)[-1])}
        seen, rewards, _, _, infos = both.step(chosen)
        assert reward == rewards[seat]
        if over:
            break


# ---------------------------------------------------------------------------- masks, seeds, arguments
def test_the_mask_tells_what_the_boss_may_do():
    env = DuelEnv(BOSS_SEAT, opponent="idler")
    _, info = env.reset(seed=1)
    assert info["action_mask"].tolist() == [1] * MOVE_COUNT
    committed = 0
    _, _, _, _, info = env.step(CLEAVE)
    while not info["decision_due"]:
        assert info["action_mask"].tolist() == [move == IDLE for move in range(MOVE_COUNT)]
        committed += 1
        _, _, _, _, info = env.step(APPROACH)  # ignored
    assert committed > 3
    assert info["action_mask"][CLEAVE] == 0
    assert info["action_mask"][APPROACH] == 1


def test_seeds_give_the_same_run_of_fights_and_differ_from_each_other():
    def fight_seeds(seed):
        env = DuelEnv(KNIGHT_SEAT)
        first = env.reset(seed=seed)[1]["fight_seed"]
        return [first, *(env.reset()[1]["fight_seed"] for _ in range(3))]

    assert fight_seeds(1) == fight_seeds(1)
    assert len(set(fight_seeds(1) + fight_seeds(2))) == 8


def test_other_reward_weights_are_used():
    env = DuelEnv(KNIGHT_SEAT, opponent=lambda observation, mask: IDLE, rewards=Rewards(knight_time=0.25))
    env.reset(seed=1)
    assert env.step(0)[1] == -0.25


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("nobody",), "seat"),
        ((BOSS_SEAT, "hard"), "opponent"),
        ((KNIGHT_SEAT, "dodger"), "opponent"),
        ((KNIGHT_SEAT, 7), "opponent"),
    ],
)
def test_bad_arguments_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        DuelEnv(*arguments)


@pytest.mark.parametrize("action", [-1, MOVE_COUNT, 1.5, "CLEAVE", None])
def test_bad_actions_are_named(action):
    env = DuelEnv(BOSS_SEAT)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(action)
    env.reset(seed=1)
    with pytest.raises(ValueError, match="boss: action"):
        env.step(action)
    both = parallel_env()
    both.reset(seed=1)
    with pytest.raises(ValueError, match="boss: action"):
        both.step({BOSS_SEAT: action, KNIGHT_SEAT: 0})


# ---------------------------------------------------------------------------- pictures
MAKERS = [parallel_env, *(lambda seat=seat, **rest: DuelEnv(seat, **rest) for seat in AGENTS)]


@pytest.mark.parametrize("make", MAKERS, ids=["parallel", *AGENTS])
def test_rendering_shows_the_state(make):
    env = make(render_mode="rgb_array")
    assert env.metadata["render_fps"] * DECISION_TICKS == TICKS_PER_SECOND
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.render()
    env.reset(options={"fight_seed": 4})
    picture = env.render()
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert picture.dtype == np.uint8
    assert np.array_equal(picture, draw(Duel(4).state))
    env.step({BOSS_SEAT: APPROACH, KNIGHT_SEAT: 1} if make is parallel_env else APPROACH)
    assert not np.array_equal(env.render(), picture)


@pytest.mark.parametrize("make", MAKERS, ids=["parallel", *AGENTS])
def test_rendering_needs_a_mode_that_there_is(make):
    with pytest.raises(ValueError, match="render_mode: 'ansi'"):
        make(render_mode="ansi")
    env = make()
    assert env.render_mode is None
    env.reset(seed=1)
    with pytest.warns(UserWarning, match="render_mode"):
        assert env.render() is None


def test_rendering_changes_nothing_in_the_fight():
    def rewards(render_mode):
        env = DuelEnv(KNIGHT_SEAT, opponent="normal", render_mode=render_mode)
        env.reset(seed=9)
        told = []
        for step in range(60):
            observation, reward, over, *_ = env.step(step % KNIGHT_ACTION_COUNT)
            told.append((observation.tolist(), reward))
            if render_mode:
                env.render()
            if over:
                env.reset()
        return told

    assert rewards(None) == rewards("rgb_array")


# ---------------------------------------------------------------------------- what they need, what is told
def test_without_pillow_everything_works_but_pictures():
    code = (
        "import sys; sys.modules['PIL'] = None\n"
        "import gymnasium\n"
        "name = 'duel.environments:ModularMind/DuelBoss-v0'\n"
        "env = gymnasium.make(name, render_mode='rgb_array').unwrapped\n"
        "env.reset(seed=1); env.step(0)\n"
        "try: env.render()\n"
        "except gymnasium.error.DependencyNotInstalled as error: print(error)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, timeout=120, check=True, capture_output=True, text=True)
    assert "pip install pillow" in done.stdout


def test_the_page_about_them_names_everything():
    page = (ROOT / "docs" / "environments.md").read_text("utf-8")
    env = parallel_env()
    _, infos = env.reset(seed=1)
    named = [*ENVIRONMENT_IDS, env.metadata["name"], *MOVES, *KNIGHT_ACTIONS, *FIGHTERS, *TIERS, *OUTCOMES]
    for name in [*named, *infos[BOSS_SEAT], *env.metadata["render_modes"]]:
        assert f"`{name}`" in page or f'"{name}"' in page, name
    for seat in AGENTS:
        assert f"{seat} | `Discrete({env.action_space(seat).n})`" in page
        assert env.observation_space(seat).shape == (24,)  # as the page says
    assert f"({HEIGHT}, {WIDTH}, 3)" in page
    assert f"`render_fps` is {env.metadata['render_fps']}" in page


def test_the_code_on_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "environments.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) > 3
    for block in blocks:
        exec(compile(block, "docs/environments.md", "exec"), {})


def test_the_environments_need_neither_torch_nor_numba():
    code = (
        "import sys; sys.modules['torch'] = sys.modules['numba'] = None; "
        "from duel.environments import parallel_env; env = parallel_env(); env.reset(seed=1); "
        "env.step({'boss': 0, 'knight': 0})"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=120, check=True)
