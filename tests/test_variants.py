"""The variants: what is left out is gone, what remains computes and learns as built by hand in torch."""

import numpy as np
import pytest
import torch
from mind_samples import draws, observations, random_mind

import mm_grad
from features import BOSS_OBSERVATION_SIZE, MOVE_COUNT, OWNER_COUNT, SPECIALISTS
from modular_mind import (
    LATENT_LIMIT,
    PARAMETER_COUNT,
    SHAPES,
    decide_batch,
    initial_parameters,
    legal_mask,
    scale_observations,
)
from training.evaluate import mind_policy, play, with_mistakes
from training.networks import Modular
from training.policies import float_policy, sample_by_draws
from training.selfplay import SelfPlayConfig
from training.variants import LEFT_OUT, TINY, VARIANTS, Reduced, perceptron_of

SMALL = SelfPlayConfig(seed=1, duels=32, horizon=8)
REDUCED = [name for name, variant in VARIANTS.items() if variant.group == LEFT_OUT]


def remaining_network(name: str, p: dict, x: torch.Tensor) -> torch.Tensor:
    """Logits (rows, 5) of the mind built from what remains, specialist by specialist."""
    present = [i for i, specialist in enumerate(SPECIALISTS) if name != f"without_{specialist.lower()}"]
    logits = [torch.zeros(len(x), dtype=x.dtype) for _ in range(MOVE_COUNT)]
    total = torch.zeros(len(x), SHAPES["latent_bias"][1], dtype=x.dtype)
    for i in present:
        hidden = torch.relu(x @ p["hidden_weight"][i].T + p["hidden_bias"][i])
        if name != "without_latent":
            total = total + hidden @ p["latent_weight"][i].T + p["latent_bias"][i]
        if i < OWNER_COUNT:
            logits[i] = hidden @ p["drive_weight"][i] + p["drive_bias"][i]
    drives = torch.stack(logits, 1)
    if name == "without_latent":
        return drives + p["modulation_bias"]
    shared = total.clamp(-LATENT_LIMIT, LATENT_LIMIT)
    if name != "without_link":
        gate = (shared @ p["gate_weight"].T + p["gate_bias"]).clamp(-LATENT_LIMIT, LATENT_LIMIT)
        value = (shared @ p["value_weight"].T + p["value_bias"]).clamp(-LATENT_LIMIT, LATENT_LIMIT)
        linked = (torch.relu(gate) * value) @ p["link_weight"].T + p["link_bias"]
        shared = (shared + linked).clamp(-LATENT_LIMIT, LATENT_LIMIT)
    coordinator = torch.relu(shared @ p["coordinator_weight"].T + p["coordinator_bias"])
    return drives + coordinator @ p["modulation_weight"].T + p["modulation_bias"]


@pytest.mark.parametrize("name", REDUCED)
def test_a_reduced_mind_computes_and_learns_what_remains(name):
    random = np.random.default_rng(3)
    network = VARIANTS[name].network
    flat = mm_grad.pack(initial_parameters(3), np.float64)
    flat += 0.1 * random.standard_normal(flat.shape)  # biases too
    flat *= network.mask
    x = scale_observations(observations(3, 50))
    weights = random.standard_normal((MOVE_COUNT, len(x)))

    leaves = {name: torch.tensor(array, requires_grad=True) for name, array in mm_grad.unpack(flat).items()}
    expected = remaining_network(name, leaves, torch.from_numpy(x))
    (expected.T * torch.from_numpy(weights)).sum().backward()
    gradients = {
        name: np.zeros(leaf.shape) if leaf.grad is None else leaf.grad.numpy()
        for name, leaf in leaves.items()
    }

    logits, activations = network.forward(flat, x)
    np.testing.assert_allclose(logits.T, expected.detach().numpy(), rtol=1e-9, atol=1e-9)
    gradient = network.backward(flat, activations, weights)
    np.testing.assert_allclose(gradient, mm_grad.pack(gradients, np.float64), rtol=1e-7, atol=1e-9)
    assert (gradient[network.mask == 0] == 0).all()


@pytest.mark.parametrize("name", REDUCED)
def test_what_is_left_out_stays_zero_through_training_and_the_rest_moves(name):
    variant = VARIANTS[name]
    trainer = variant.train(SMALL)
    before = trainer.boss.policy.copy()
    trainer.update(0.0)
    trainer.update(0.5)
    left_out = variant.network.mask == 0
    assert (before[left_out] == 0).all()
    assert (trainer.boss.policy[left_out] == 0).all()
    for entries in mm_grad.unpack(np.arange(PARAMETER_COUNT)).values():
        kept = entries.ravel()[~left_out[entries.ravel()]]
        assert len(kept) == 0 or (trainer.boss.policy[kept] != before[kept]).any()


def test_without_nothing_it_is_the_whole_mind():
    assert Reduced([]).parameters == PARAMETER_COUNT
    np.testing.assert_array_equal(Reduced([]).initial(5), Modular().initial(5))


def test_parameters_are_counted_by_what_is_left_out():
    hidden, latent = SHAPES["hidden_bias"][1], SHAPES["latent_bias"][1]
    modulator = hidden * BOSS_OBSERVATION_SIZE + hidden + latent * hidden + latent
    drive = hidden + 1
    for name in SPECIALISTS:
        owner = name in SPECIALISTS[:OWNER_COUNT]
        lost = modulator + (drive if owner else 0)
        assert VARIANTS[f"without_{name.lower()}"].parameters == PARAMETER_COUNT - lost
    drives = OWNER_COUNT * (hidden * BOSS_OBSERVATION_SIZE + hidden + drive)
    assert VARIANTS["without_latent"].parameters == drives + MOVE_COUNT
    link = sum(int(np.prod(SHAPES[f"{part}_{kind}"])) for part in ("gate", "value", "link") for kind in KINDS)
    assert VARIANTS["without_link"].parameters == PARAMETER_COUNT - link
    assert VARIANTS["full"].parameters == PARAMETER_COUNT


KINDS = ("weight", "bias")


@pytest.mark.parametrize("parameters", [TINY, 1000, PARAMETER_COUNT])
def test_a_perceptron_is_as_large_as_asked_for(parameters):
    network = perceptron_of(parameters)
    assert abs(network.size - parameters) <= 1
    assert (network.inputs, network.outputs) == (BOSS_OBSERVATION_SIZE, MOVE_COUNT)


def test_the_compared_networks_have_the_sizes_that_the_report_speaks_of():
    assert VARIANTS["monolith"].parameters == PARAMETER_COUNT
    assert VARIANTS["tiny"].parameters == TINY
    shallow = VARIANTS["shallow"].network
    assert len(shallow.layers) == 2
    assert abs(shallow.size - PARAMETER_COUNT) <= (BOSS_OBSERVATION_SIZE + 1 + MOVE_COUNT) / 2
    assert 25_000 <= VARIANTS["gru"].parameters <= 27_000


# ---------------------------------------------------------------------------- unrounded policies
def test_an_unrounded_policy_of_a_mind_moves_as_the_mind():
    mind = random_mind(4)
    views, chances = observations(4, 4000), draws(4, 4000)
    policy = float_policy(Modular(), mm_grad.pack(mind.parameters))
    expected, _ = decide_batch(views, 0, chances, mind)
    assert (policy(views, chances) == expected).mean() > 0.995


def test_moves_are_drawn_by_their_probabilities_and_never_illegal():
    logits = np.array([[1.0], [0.0], [5.0], [-1.0], [0.5]], np.float32)
    legal = np.array([[True, True, False, True, True]])
    rows = 40_000
    chances = np.random.default_rng(0).integers(0, 1 << 32, rows)
    moves = sample_by_draws(np.repeat(logits, rows, 1), np.repeat(legal, rows, 0), chances)
    weights = np.where(legal[0], np.exp(logits[:, 0]), 0)
    shares = np.bincount(moves, minlength=MOVE_COUNT) / rows
    np.testing.assert_allclose(shares, weights / weights.sum(), atol=0.01)
    assert shares[2] == 0


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_trains_and_fights(name):
    variant = VARIANTS[name]
    trainer = variant.train(SMALL)
    figures = trainer.update(0.0)
    assert figures["agent_steps"] > 0
    assert np.isfinite(trainer.boss.policy).all()
    policy = variant.policy(trainer.boss.policy, 2621)
    record = play(policy, ("aggressor",), 3, 5)["aggressor"]
    assert record["fights"] == 3
    assert record["counts"]["idle_share"][1] > 0
    views = observations(6, 64)
    moves = variant.policy(trainer.boss.policy, 65536)(views, draws(6, 64))
    assert legal_mask(views)[np.arange(64), moves].all()


def test_a_variant_makes_the_mistakes_that_the_mind_makes():
    mind = random_mind(8)
    views, chances = observations(8, 500), draws(8, 500)
    variant = VARIANTS["full"]
    policy = variant.policy(mm_grad.pack(mind.parameters), 32768)
    moves, mistakes = decide_batch(views, 32768, chances, mind)
    assert mistakes.sum() > 100
    assert (policy(views, chances)[mistakes] == moves[mistakes]).all()
    careful = with_mistakes(mind_policy(mind), 32768)
    assert (careful(views, chances) == moves).all()
