"""The people of the adaptation benchmark: as late as people, deterministic, and their logs hold."""

import json
import random

import numpy as np
import pytest

from benchmarks import adaptation
from benchmarks.archetypes import PEOPLE, play
from benchmarks.logged_fights import play_fight
from benchmarks.people import KNOBS, PERSON_MEMORY, REACTION, person_input, reset_person
from duel_sim import Duel
from features import CLEAVE, CLOCK, IDLE, ONGOING
from modular_mind import default_mind
from service.fight_log import BY_SERVER, from_bytes, to_bytes
from service.journal import VERIFIED
from service.replay import replay


class Person:
    """One of the people in one `Duel`, in plain Python."""

    def __init__(self, name, duel):
        self.knobs = [PEOPLE[name][knob] for knob in KNOBS]
        self.memory = [0] * PERSON_MEMORY
        reset_person(duel.state, self.memory)

    def __call__(self, duel):
        return person_input(duel.state, self.memory, self.knobs)


def test_fights_played_at_once_are_those_of_the_slow_way_and_verified():
    mind, seeds = default_mind(), np.array([11, 12])
    fights = play(PEOPLE["trader"], mind, 2621, seeds)
    assert (fights.outcomes != ONGOING).all()
    for number, seed in enumerate(seeds):
        log = fights.log(number, mind)
        slow = play_fight(
            int(seed), "hard", 2621, mind, lambda duel: Person("trader", duel), random.Random(0)
        )
        assert log.runs == slow.runs
        assert log.final_hash == slow.final_hash
        assert [d & ~BY_SERVER for d in log.decisions] == [d & ~BY_SERVER for d in slow.decisions]
        assert replay(from_bytes(to_bytes(log)), mind).verdict == VERIFIED


@pytest.mark.parametrize("name", PEOPLE)
def test_nobody_answers_a_cleave_sooner_than_a_person_can(name):
    duels = [Duel(5), Duel(5)]
    people = [Person(name, duel) for duel in duels]
    began = None
    for _ in range(600):
        for duel, move in zip(duels, (IDLE, CLEAVE), strict=True):
            if duel.decision_due:
                duel.choose(IDLE if duel.state[CLOCK] < 240 else move)
        keys = [person(duel) for person, duel in zip(people, duels, strict=True)]
        if keys[0] != keys[1]:
            break
        for duel, pressed in zip(duels, keys, strict=True):
            duel.step(pressed)
        if began is None and duels[0].state != duels[1].state:
            began = duels[1].state[CLOCK]
    assert began is not None
    applied = 240 + 6  # the cleave chosen at 240 begins here
    assert duels[1].state[CLOCK] + 1 - applied >= people[1].knobs[REACTION] >= 17


def test_the_benchmark_says_what_came_of_each_of_its_seeds(capsys):
    few = ["--archetype", "trader", "--method", "gradient", "--seeds", "2", "--held-out", "20"]
    report = adaptation.main(few)
    assert report == json.loads(capsys.readouterr().out)
    trader = report["archetypes"]["trader"]
    assert (report["seeds"], report["fights_per_archetype"]) == ([0, 1], 20)
    assert [run["verified"] for run in trader["runs"]] == [20, 20]
    assert all(run["inside"] for run in trader["runs"])
    assert trader["gain"] == trader["after"] - trader["before"]
    assert trader["after"] == np.mean([run["after"] for run in trader["runs"]])
