"""Silencing changes what one specialist writes into the latent, and nothing else."""

import numpy as np
import pytest
from mind_samples import observations, random_mind

import modular_mind
from features import OWNER_COUNT, SPECIALISTS
from modular_mind import Mind, forward, scale_observations
from training.silence import LATENT_SIZE, mean_latent, silenced, with_constant_latent

MIND = random_mind(7)
VIEWS = observations(7, 40)


def traces(mind: Mind) -> dict[str, np.ndarray]:
    """`forward` of the shared observations."""
    return forward(mind.parameters, scale_observations(VIEWS))


@pytest.mark.parametrize("name", SPECIALISTS)
def test_a_silenced_specialist_writes_nothing_and_the_others_write_on(name):
    before, after = traces(MIND), traces(silenced(MIND, name))
    index = SPECIALISTS.index(name)
    others = [i for i in range(len(SPECIALISTS)) if i != index]
    assert before["activity"][:, index].min() > 0
    assert (after["activity"][:, index] == 0).all()
    assert (after["activity"][:, others] == before["activity"][:, others]).all()
    assert (after["drives"] == before["drives"]).all()
    assert (after["latent"] != before["latent"]).any()


@pytest.mark.parametrize("name", SPECIALISTS)
def test_with_its_drive_an_owner_leaves_its_move_to_the_modulation(name):
    before, after = traces(MIND), traces(silenced(MIND, name, drive=True))
    index = SPECIALISTS.index(name)
    owned = [index] if index < OWNER_COUNT else []
    others = [i for i in range(OWNER_COUNT) if i not in owned]
    assert (after["drives"][:, owned] == 0).all()
    assert (after["drives"][:, others] == before["drives"][:, others]).all()
    assert (after["activity"][:, index] == 0).all()


def test_silencing_one_that_says_nothing_changes_nothing():
    parameters = {name: array.copy() for name, array in MIND.parameters.items()}
    index = SPECIALISTS.index("Punisher")
    parameters["latent_weight"][index] = 0.0
    parameters["latent_bias"][index] = 0.0
    mind = Mind(parameters)
    assert silenced(mind, "Punisher").sha256 == mind.sha256
    assert silenced(mind, "Enrage").sha256 != mind.sha256


def test_the_copy_leaves_the_original_as_it_was_and_decides_by_the_same_path():
    before = MIND.sha256
    copy = silenced(MIND, "Stalker", drive=True)
    assert Mind(MIND.parameters).sha256 == before
    after = traces(copy)
    for row, view in enumerate(VIEWS.tolist()):
        decision = modular_mind.decide(view, 0, 1, copy)
        assert decision["drives"] == after["drives"][row].tolist()
        assert decision["modulation"] == after["modulation"][row].tolist()


def test_the_mean_latent_is_the_mean_over_single_observations():
    index = SPECIALISTS.index("Enrage")
    p = MIND.parameters
    total = np.zeros(LATENT_SIZE)
    for view in VIEWS:
        hidden = np.maximum(p["hidden_weight"][index] @ scale_observations(view) + p["hidden_bias"][index], 0)
        total += p["latent_weight"][index] @ hidden + p["latent_bias"][index]
    assert mean_latent(MIND, "Enrage", VIEWS) == pytest.approx(total / len(VIEWS), abs=1e-9)


def test_a_constant_latent_is_the_same_whatever_is_observed():
    latent = mean_latent(MIND, "Baiter", VIEWS)
    after = traces(with_constant_latent(MIND, "Baiter", latent))
    activity = after["activity"][:, SPECIALISTS.index("Baiter")]
    assert (activity == activity[0]).all()
    assert activity[0] == pytest.approx(np.abs(latent).mean(), abs=1e-3)


@pytest.mark.parametrize(
    ("specialist", "latent", "message"),
    [
        ("punisher", np.zeros(LATENT_SIZE), "'punisher' is not one of Aggressor"),
        ("Punisher", np.zeros(LATENT_SIZE + 1), "has shape"),
        ("Punisher", np.full(LATENT_SIZE, 9.0), "9 is beyond the limit"),
        ("Punisher", np.full(LATENT_SIZE, np.nan), "nan is beyond the limit"),
    ],
)
def test_what_cannot_be_held_is_refused(specialist, latent, message):
    with pytest.raises(ValueError, match=message):
        with_constant_latent(MIND, specialist, latent)
