"""What the watcher makes of moments: the truth of a simulated fight, told in order; nonsense refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duel_sim import Duel, ScriptedKnight
from features import (
    BOSS_FREE,
    BOSS_GUARD_DAMAGE_PERCENT,
    BOSS_HEALTH,
    BOSS_RECOVERY,
    CLOCK,
    EVENT_AEGIS_ABSORBED,
    EVENT_AEGIS_FADED,
    EVENT_BOSS_DIED,
    EVENT_CLEAVE_BLOCKED,
    EVENT_CLEAVE_HIT,
    EVENT_CLEAVE_MISSED,
    EVENT_CLEAVE_ROLLED_THROUGH,
    EVENT_ENRAGED,
    EVENT_KNIGHT_DIED,
    EVENT_ROLL_STARTED,
    EVENT_SWORD_GUARDED,
    EVENT_SWORD_HIT,
    EVENTS,
    KNIGHT_HEALTH,
    ONGOING,
    SWORD_DAMAGE,
)
from modular_mind import decide
from narrator.beats import MASK, Moment, Watcher
from narrator.facts import FINAL_BEATS, Facts, FactsError, check
from narrator.fights import facts_of_fight, moment_of

GUARDED_DAMAGE = SWORD_DAMAGE * BOSS_GUARD_DAMAGE_PERCENT // 100


def moments_of(seed: int, knight_name: str) -> list[Moment]:
    """The telling moments of a whole fight."""
    duel = Duel(seed)
    knight, found = ScriptedKnight(knight_name, duel), []
    while duel.outcome == ONGOING:
        if duel.decision_due:
            duel.choose(decide(duel.observation(), 20000, seed * 7919 + duel.k)["move"])
        duel.step(knight(duel))
        if duel.state[EVENTS] & MASK:
            found.append(moment_of(duel.state))
    return found


@pytest.mark.parametrize("knight", ["dodger", "turtle", "aggressor", "spacer", "idler"])
@pytest.mark.parametrize("seed", range(6))
def test_a_whole_fight_is_told_truthfully(seed, knight):
    moments = moments_of(seed, knight)
    watcher = Watcher()
    told = watcher.notices([], 0)
    assert told == [Facts("opening")]
    for moment in moments:
        told += watcher.notices([moment], moment.tick)
    told += watcher.notices([], min(moments[-1].tick + 60, 7200))
    for facts in told:
        check(facts)
    healths = {(moment.knight_health, moment.slime_health) for moment in moments}
    assert all((facts.knight_health, facts.slime_health) in healths for facts in told[1:])
    assert sum(facts.beat in FINAL_BEATS for facts in told) == 1
    assert sum(facts.beat == "first_blood" for facts in told) <= 1

    # a count of the kernel's bits, made without the watcher
    def ticks(bit):
        return sum(bool(moment.events & bit) for moment in moments)

    assert sum(facts.beat == "aegis_faded" for facts in told) == ticks(EVENT_AEGIS_FADED)
    assert sum(facts.beat == "enraged" for facts in told) == ticks(EVENT_ENRAGED)
    plain = [facts for facts in told if facts.beat == facts.blow]
    alive = [m for m in moments if not m.events & (EVENT_KNIGHT_DIED | EVENT_BOSS_DIED)]
    assert sum(facts.blow == "cleave_hit" for facts in plain) == sum(
        bool(m.events & EVENT_CLEAVE_HIT) for m in alive
    )
    assert sum(facts.blow in ("sword_hit", "punished") for facts in plain) == sum(
        bool(m.events & EVENT_SWORD_HIT) for m in alive
    )


def test_the_damage_of_all_blows_is_the_health_that_is_gone():
    moments = moments_of(3, "dodger")
    watcher, taken = Watcher(), {"knight": 0, "slime": 0}
    for moment in moments:
        for facts in watcher.notices([moment], moment.tick):
            if facts.beat == facts.blow or facts.beat in FINAL_BEATS:
                taken["slime" if facts.actor == "knight" else "knight"] += facts.damage
    assert taken["slime"] == 240 - moments[-1].slime_health
    assert taken["knight"] == 100 - moments[-1].knight_health


def feed(*moments: tuple, tick: int | None = None) -> Facts | None:
    watcher = Watcher()
    watcher.feed([], 0)
    return watcher.feed([Moment(*moment) for moment in moments], tick or moments[-1][0])


def test_the_most_telling_of_several_is_told():
    found = feed(
        (100, EVENT_AEGIS_ABSORBED, 100, 240, BOSS_FREE),
        (180, EVENT_AEGIS_FADED, 100, 240, BOSS_FREE),
        (200, EVENT_SWORD_HIT, 100, 228, BOSS_RECOVERY),
    )
    assert found.beat == "first_blood"
    assert found.blow == "punished"


def test_a_sword_soon_after_a_cleave_is_its_answer_and_a_late_one_is_not():
    roll = (200, EVENT_CLEAVE_ROLLED_THROUGH, 100, 240, BOSS_FREE)
    assert feed(roll, (240, EVENT_SWORD_HIT, 100, 228, BOSS_RECOVERY)).after == "rolled_through"
    assert feed(roll, (340, EVENT_SWORD_HIT, 100, 228, BOSS_FREE)).after == "none"


def test_a_roll_that_ends_in_the_cleave_is_not_told_as_a_roll():
    roll = (200, EVENT_CLEAVE_ROLLED_THROUGH, 100, 240, BOSS_FREE)
    assert feed(roll) is None  # not yet
    assert feed(roll, tick=220).beat == "rolled_through"
    assert feed(roll, (206, EVENT_CLEAVE_HIT, 79, 240, BOSS_FREE), tick=260).blow == "cleave_hit"


def test_a_streak_is_three_and_ends_with_another_blow():
    hits = [(300 + 60 * n, EVENT_SWORD_HIT, 100, 228 - 12 * n, BOSS_FREE) for n in range(3)]
    assert (
        feed(
            (250, EVENT_SWORD_GUARDED, 100, 239, BOSS_FREE),
            *[(tick, bits, knight, slime - 1, phase) for tick, bits, knight, slime, phase in hits],
        ).beat
        == "streak"
    )
    broken = [
        hits[0],
        (330, EVENT_CLEAVE_HIT, 79, 228, BOSS_FREE),
        (360, EVENT_SWORD_HIT, 79, 216, BOSS_FREE),
    ]
    assert feed(*broken).beat == "first_blood"


@pytest.mark.parametrize(
    ("first", "failing", "count"),
    [
        (EVENT_SWORD_HIT, EVENT_SWORD_GUARDED, 1),
        (EVENT_SWORD_HIT, EVENT_CLEAVE_MISSED, 3),
        (EVENT_CLEAVE_HIT, EVENT_CLEAVE_MISSED, 1),
        (EVENT_CLEAVE_HIT, EVENT_SWORD_GUARDED, 3),
    ],
)
def test_a_row_ends_with_a_blow_of_the_same_side_that_does_not_land(first, failing, count):
    watcher = Watcher()
    watcher.feed([], 0)
    knight, slime, told = 100, 240, None
    for number, events in enumerate([first, first, failing, first]):
        knight -= 21 * (events == EVENT_CLEAVE_HIT)
        slime -= 12 * (events == EVENT_SWORD_HIT) + GUARDED_DAMAGE * (events == EVENT_SWORD_GUARDED)
        tick = 300 + 60 * number
        told = watcher.feed([Moment(tick, events, knight, slime, BOSS_FREE)], tick)
    assert told.streak == count
    assert told.beat == ("streak" if count == 3 else told.blow)


def test_of_a_fight_with_moments_that_never_came_nothing_is_said_to_be_first_or_in_a_row():
    hit = Moment(400, EVENT_SWORD_HIT, 58, 216, BOSS_FREE)
    assert Watcher().feed([hit], 400).beat == "sword_hit"
    watcher = Watcher()
    watcher.feed([], 0)
    assert watcher.feed([hit], 400).beat == "sword_hit"
    assert watcher.feed([Moment(460, EVENT_SWORD_HIT, 58, 204, BOSS_FREE)], 460).streak == 2
    # a cleave in between was not reported
    assert watcher.feed([Moment(520, EVENT_SWORD_HIT, 37, 192, BOSS_FREE)], 520).streak == 1


def test_a_fight_that_was_forgotten_has_no_second_opening():
    assert Watcher().feed([], 900, learned=3) is None
    assert Watcher().feed([], 0).beat == "opening"


def test_in_simulated_fights_no_moment_is_missing(monkeypatch):
    missed = []
    monkeypatch.setattr(Watcher, "_miss_moments", lambda watcher: missed.append(watcher))
    for seed in range(30):
        facts_of_fight(seed)
    assert missed == []


def test_near_death_is_told_once():
    watcher = Watcher()
    watcher.feed([], 0)
    healths = [79, 58, 37, 16]
    told = [
        watcher.feed([Moment(300 + 60 * n, EVENT_CLEAVE_HIT, health, 240, BOSS_FREE)], 300 + 60 * n)
        for n, health in enumerate(healths)
    ]
    assert told[-1].beat == "knight_near_death"
    blocked = watcher.feed([Moment(600, EVENT_CLEAVE_BLOCKED, 12, 240, BOSS_FREE)], 600)
    assert blocked.beat == "cleave_blocked"


def test_the_fights_that_the_slime_learned_from_are_told_in_place_of_the_opening():
    assert Watcher().feed([], 0, learned=7) == Facts("learned", learned=7)
    with pytest.raises(FactsError, match="learned"):
        Watcher().feed([], 0, learned=10_000)


@pytest.mark.parametrize(
    ("field", "moments"),
    [
        ("tick", [(0, EVENT_CLEAVE_HIT, 79, 240, 0)]),
        ("tick", [(90, EVENT_AEGIS_FADED, 100, 240, 0), (90, EVENT_AEGIS_FADED, 100, 240, 0)]),
        ("tick", [(7201, EVENT_AEGIS_FADED, 100, 240, 0)]),
        ("events", [(90, 0, 100, 240, 0)]),
        ("events", [(90, EVENT_ROLL_STARTED, 100, 240, 0)]),  # nothing telling
        ("events", [(90, 1 << 24, 100, 240, 0)]),
        ("events", [(90, EVENT_CLEAVE_HIT * 1.0, 79, 240, 0)]),
        ("events", [(90, EVENT_SWORD_HIT | EVENT_ENRAGED, 100, 228, 0)]),
        ("knight_health", [(90, EVENT_CLEAVE_HIT, 80, 240, 0)]),  # a cleave takes 21
        ("knight_health", [(90, EVENT_CLEAVE_HIT, 101, 240, 0)]),
        ("knight_health", [(90, EVENT_CLEAVE_HIT, 79, 240, 0), (150, EVENT_AEGIS_FADED, 90, 240, 0)]),
        ("knight_health", [(90, EVENT_CLEAVE_HIT | EVENT_KNIGHT_DIED, 79, 240, 0)]),
        ("knight_health", [(90, EVENT_CLEAVE_HIT, 0, 240, 0)]),  # dead without dying
        ("slime_health", [(90, EVENT_SWORD_HIT, 100, 229, 0)]),
        ("slime_health", [(90, EVENT_SWORD_HIT | EVENT_BOSS_DIED, 100, 228, 0)]),
        ("knight_health", [(90, EVENT_AEGIS_FADED | EVENT_KNIGHT_DIED, 0, 240, 0)]),  # of nothing
        ("slime_phase", [(90, EVENT_AEGIS_FADED, 100, 240, 6)]),
        ("slime_phase", [(90, EVENT_AEGIS_FADED, 100, 240, None)]),
    ],
)
def test_what_the_rules_do_not_allow_is_refused(field, moments):
    with pytest.raises(FactsError) as caught:
        feed(*moments, tick=7200)
    assert caught.value.field == field


def test_a_moment_that_has_not_come_is_refused():
    with pytest.raises(FactsError, match="not come"):
        feed((500, EVENT_AEGIS_FADED, 100, 240, BOSS_FREE), tick=499)


def test_moments_that_are_refused_leave_no_trace():
    watcher = Watcher()
    good = Moment(200, EVENT_CLEAVE_HIT, 79, 240, BOSS_FREE)
    for moments in ([Moment(0, 1, 1, 1, 1)], [good, Moment(260, EVENT_CLEAVE_HIT, 79, 240, BOSS_FREE)]):
        with pytest.raises(FactsError):
            watcher.notices(moments, 300)
    assert watcher.notices([], 0) == [Facts("opening")]
    assert [facts.beat for facts in watcher.notices([good], 300)] == ["cleave_hit", "first_blood"]


def test_nothing_happens_after_the_end():
    dead = (400, EVENT_CLEAVE_HIT | EVENT_KNIGHT_DIED, 0, 240, BOSS_FREE)
    assert feed(*[dead]).beat == "knight_died"
    with pytest.raises(FactsError, match="after the end"):
        feed(dead, (460, EVENT_SWORD_HIT, 0, 228, BOSS_FREE))


INTEGERS = st.integers(-(2**40), 2**40)


@given(
    st.lists(st.tuples(INTEGERS, INTEGERS, INTEGERS, INTEGERS, INTEGERS), max_size=8)
    | st.lists(
        st.tuples(
            st.integers(0, 7200),
            st.integers(0, 2**24),
            st.integers(0, 100),
            st.integers(0, 240),
            st.integers(0, 5),
        ),
        max_size=8,
    ),
    st.integers(-10, 8000),
)
def test_whatever_a_client_reports_gives_facts_that_can_be_or_a_refusal(moments, tick):
    watcher = Watcher()
    watcher.notices([], 0)
    found = []
    with suppress(FactsError):
        found = watcher.notices([Moment(*moment) for moment in moments], tick)
    for facts in found:
        assert check(facts) is None  # it raises


def test_the_mask_is_what_the_page_collects():
    assert MASK & EVENT_ROLL_STARTED == 0
    duel = Duel(1)
    moment = moment_of(duel.state)
    assert (moment.tick, moment.knight_health) == (duel.state[CLOCK], duel.state[KNIGHT_HEALTH])
    assert moment.slime_health == duel.state[BOSS_HEALTH]
