"""When a line begins and the model is asked for it, what is shown, and what is kept: on the tests' clock."""

import json
import secrets
from dataclasses import replace

import pytest
from scripted_narrator import HONEST, LIE

import features
import narrator
from narrator import Moment
from narrator.voices import VOICES
from service.contracts import Telling
from service.http import ServiceError
from service.limits import LIMITS, STREAMS, RateLimiter
from service.metrics import Metrics, plain_text
from service.narration import FIGHTS, IDLE_SECONDS, Narration, with_name
from service.narrator_process import Answer, Voice
from service.stream import Stream

STRUCK = Moment(300, features.EVENT_CLEAVE_HIT, 100 - features.CLEAVE_DAMAGE, 240, 2)


class Held:
    """Stands in for the process, since no process answers at a time of the test's choice."""

    def __init__(self):
        self.voice = Voice("mock", "Held")
        self.asked = []

    def ask(self, facts, persona, seed, then) -> bool:
        """As NarratorProcess has it."""
        self.asked.append((facts, persona, seed, then))
        return True

    def answer(self, number: int, text: str | None, refused: tuple[str, ...] = ()) -> None:
        """Answers the request of this number."""
        self.asked[number][3](Answer(text, list(refused), 9, 0.1))


class Told:
    """A narration with its clock and the stand-in."""

    def __init__(self):
        self.now = 1000.0
        self.metrics = Metrics()
        self.model = Held()
        limiter = RateLimiter(clock=lambda: self.now)
        self.narration = Narration(self.metrics, limiter, clock=lambda: self.now)
        self.narration.speak_by(self.model)
        self.fight = secrets.token_hex(12)

    def tell(
        self, tick: int, *moments: Moment, fight: str | None = None, client: str = "10.0.0.1", **changes
    ) -> dict | None:
        """The line that is shown at once, if any."""
        telling = replace(Telling("", "chronicler", None, tick, list(moments), 0), **changes)
        return self.narration.tell(fight or self.fight, 1, telling, client)["line"]

    def follow(self, fight: str | None = None, client: str = "10.0.0.1") -> Stream:
        """A stream of a fight's lines."""
        return self.narration.follow(fight or self.fight, client)

    def lost(self) -> dict[str, int]:
        """How many lines were lost, by why."""
        text = plain_text(self.metrics.families()).decode()
        lines = [line for line in text.splitlines() if line.startswith("mm_lines_lost_total")]
        return {line.split('"')[1]: int(float(line.rsplit(" ", 1)[1])) for line in lines}


@pytest.fixture
def told() -> Told:
    return Told()


def sword(tick: int, health: int, events: int = 0) -> Moment:
    return Moment(tick, features.EVENT_SWORD_HIT | events, 100, health, 0)


def test_one_line_in_two_seconds_but_for_what_is_more_telling(told):
    beats = []
    for tick, moment in (
        (0, None),
        (60, Moment(60, features.EVENT_CLEAVE_MISSED, 100, 240, 2)),  # too soon after the opening
        (130, Moment(130, features.EVENT_CLEAVE_MISSED, 100, 240, 2)),
        (140, sword(140, 228)),  # first blood does not wait
        (150, sword(150, 216)),
        (259, sword(259, 204)),  # a streak, but too soon
        (261, sword(261, 192)),
        (262, sword(262, 0, features.EVENT_BOSS_DIED)),  # an end does not wait
    ):
        line = told.tell(tick, *[moment] if moment else [])
        beats.append(line and line["beat"])
    assert beats == ["opening", None, "cleave_missed", "first_blood", None, None, "streak", "slime_died"]
    assert told.tell(1000) is None


def test_what_was_learned_is_told_as_the_fight_begins_and_never_again(told):
    told.follow()
    assert told.tell(0, learned=12)["beat"] == "learned"
    assert told.tell(300, learned=12) is None
    assert told.model.asked[0][0]["learned"] == 12


def test_a_line_of_the_model_reaches_who_listens(told):
    stream = told.follow()
    line = told.tell(0, name="Sam")
    facts, persona, _, _ = told.model.asked[0]
    assert (facts["beat"], persona) == ("opening", "chronicler")
    assert "Sam" not in json.dumps(facts)
    stream.take()
    told.model.answer(0, HONEST["opening"])
    said = json.loads(stream.take().split(b"data: ")[1])
    assert said == {**line, "text": "The duel begins and Sam faces the slime.", "by": "model"}


@pytest.mark.parametrize(
    ("seconds", "moment", "why"),
    [
        (3.9, None, {}),
        (4.1, None, {"late": 1}),
        (7.9, sword(500, 0, features.EVENT_BOSS_DIED), {}),
        (8.1, sword(500, 0, features.EVENT_BOSS_DIED), {"late": 1}),
    ],
)
def test_a_line_that_comes_late_is_not_shown(told, seconds, moment, why):
    stream = told.follow()
    line = told.tell(moment.tick, moment) if moment else told.tell(0)
    stream.take()
    told.now += seconds
    told.model.answer(0, HONEST[line["beat"]])
    assert (stream.take() in (b"", None)) == bool(why)
    assert told.lost() == why


def test_a_fight_hears_no_line_of_the_models_twice(told):
    for number, (fight, tick) in enumerate((("a" * 24, 130), ("a" * 24, 300), ("b" * 24, 130))):
        stream = told.follow(fight)
        told.tell(tick, Moment(tick, features.EVENT_CLEAVE_MISSED, 100, 240, 2), fight=fight)
        stream.take()
        told.model.answer(number, "The cleave misses.")
        assert (stream.take() in (b"", None)) == (number == 1)
    assert told.lost() == {"repeated": 1}


def test_a_fight_hears_no_line_of_the_bards_again_from_the_model(told):
    missed = Moment(130, features.EVENT_CLEAVE_MISSED, 100, 240, 2)
    stream = told.follow()
    lines = [told.tell(tick, missed._replace(tick=tick))["text"] for tick in (130, 330)]
    stream.take()
    told.model.answer(1, lines[0])
    assert stream.take() == b""
    assert told.lost() == {"repeated": 1}


def test_the_bards_own_words_for_a_moment_may_be_the_models(told):
    stream = told.follow()
    line = told.tell(0)
    stream.take()
    told.model.answer(0, line["text"])
    assert b'"by":"model"' in stream.take()
    assert told.lost() == {}


def test_a_fight_hears_no_line_of_the_models_again_from_the_bard(told, monkeypatch):
    lines = {"The cleave misses.", "The cleave goes wide."}
    monkeypatch.setitem(VOICES["chronicler"].lines, "cleave_missed", sorted(lines))
    missed = Moment(130, features.EVENT_CLEAVE_MISSED, 100, 240, 2)
    stream = told.follow()
    (other,) = lines - {told.tell(130, missed)["text"]}
    stream.take()
    told.model.answer(0, other)
    assert other.encode() in stream.take()
    assert told.tell(330, missed._replace(tick=330))["text"] not in lines


def test_a_newer_line_takes_the_place_of_the_one_awaited(told):
    stream = told.follow()
    told.tell(0)
    told.tell(300, STRUCK)
    stream.take()
    told.model.answer(0, HONEST["opening"])
    assert stream.take() == b""
    assert told.lost() == {"replaced": 1}


@pytest.mark.parametrize(
    ("text", "refused", "why"),
    [
        (LIE, (), "refused"),
        ("<b>The duel begins.</b>", (), "refused"),
        ("The duel begins.\nevent: line", (), "refused"),
        ("", (), "refused"),
        ("The duel begins. " * 10_000, (), "refused"),
        (None, ("it is a lie",), "refused"),
        (None, ("stale",), "silent"),
        (None, (), "silent"),
    ],
)
def test_what_the_validator_refuses_is_not_shown_and_counted(told, text, refused, why):
    stream = told.follow()
    told.tell(0)
    stream.take()
    told.model.answer(0, text, refused)
    assert stream.take() == b""
    assert told.lost() == {why: 1}


def test_a_line_that_nobody_hears_is_counted(told):
    stream = told.follow()
    told.tell(0)
    stream.leave()
    told.model.answer(0, HONEST["opening"])
    assert told.lost() == {"unheard": 1}


# ---------------------------------------------------------------------------- when the model is asked
def test_the_model_is_asked_only_where_somebody_listens(told):
    assert told.tell(0)["beat"] == "opening"
    told.tell(300, STRUCK)
    assert told.model.asked == []
    told.follow()
    told.tell(600, sword(600, 228)._replace(knight_health=79))
    assert [facts["beat"] for facts, *_ in told.model.asked] == ["first_blood", "sword_hit"]


@pytest.mark.parametrize(("seconds", "count"), [(3.9, 1), (4.1, 0)])
def test_a_line_from_before_somebody_listened_is_asked_for_once_and_in_time(told, seconds, count):
    line = told.tell(0)
    told.now += seconds
    streams = [told.follow(), told.follow()]
    assert len(told.model.asked) == count
    if count:
        streams[1].take()
        told.now = 1000.0
        told.model.answer(0, HONEST["opening"])
        assert json.loads(streams[1].take().split(b"data: ")[1])["line"] == line["line"]


def test_a_line_that_the_bard_did_not_say_is_not_asked_for_later(told, monkeypatch):
    monkeypatch.setattr(narrator.Bard, "line", lambda *_: LIE)
    told.tell(0)
    told.follow()
    assert told.model.asked == []


def test_nobody_is_asked_while_there_is_no_model(told):
    told.narration.hear_voice(Voice(reason="the model is gone"))
    told.follow()
    told.tell(0)
    assert told.model.asked == []
    told.narration.hear_voice(told.model.voice)
    told.follow()
    assert len(told.model.asked) == 1


def test_one_client_does_not_take_the_whole_model(told):
    def open_fights(client: str, count: int) -> int:
        before = len(told.model.asked)
        for _ in range(count):
            fight = secrets.token_hex(12)
            stream = told.follow(fight)
            assert told.tell(0, fight=fight, client=client)["by"] == "bard"
            stream.leave()
        return len(told.model.asked) - before

    rate, burst = LIMITS["model lines"]
    assert open_fights("10.0.0.1", 50) == burst
    assert open_fights("10.0.0.2", 1) == 1
    told.now += 3.0
    assert open_fights("10.0.0.1", 50) == 3 * rate


# ---------------------------------------------------------------------------- what is forgotten
def test_numbers_rise_though_a_fight_was_forgotten(told):
    assert told.tell(0)["line"] == 1
    assert [told.tell(STRUCK.tick, STRUCK)["line"], told.tell(310)] == [300, None]
    told.now += IDLE_SECONDS + 1
    again = told.tell(600, Moment(600, features.EVENT_CLEAVE_MISSED, 79, 240, 2))
    assert again["line"] == 600


def test_numbers_rise_faster_than_ticks_where_lines_do(told):
    lines = [told.tell(0), told.tell(1, sword(1, 0, features.EVENT_BOSS_DIED))]
    assert [line["line"] for line in lines] == [1, 2]


def test_who_has_most_fights_forgets_his_own_first(told):
    first = f"{0:024x}"
    told.tell(0, fight=first, client="10.0.0.1")
    told.tell(0, fight="f" * 24, client="10.0.0.3")
    for number in range(1, 2 * FIGHTS):
        told.tell(0, fight=f"{number:024x}", client="10.0.0.2")
    assert len(told.narration._tales) == FIGHTS
    assert told.tell(0, fight=first, client="10.0.0.1") is None  # is still known
    assert told.tell(0, fight="f" * 24, client="10.0.0.3") is None
    assert told.tell(0, fight=f"{1:024x}", client="10.0.0.2")["beat"] == "opening"


def test_even_the_bard_is_not_believed(told, monkeypatch):
    monkeypatch.setattr(narrator.Bard, "line", lambda *_: "The knight is dead.")
    assert told.tell(0) is None
    assert told.lost() == {"refused": 1}


def test_the_fights_that_are_kept_are_so_many(told):
    for number in range(FIGHTS + 10):
        assert told.tell(0, fight=f"{number:024x}")["beat"] == "opening"
        assert told.tell(0, fight=f"{0:024x}") is None or number == 0  # which is used all the time
    assert len(told.narration._tales) == FIGHTS
    assert told.tell(0, fight=f"{1:024x}")["beat"] == "opening"  # was forgotten


def test_a_fight_that_rests_long_is_forgotten_and_its_stream_ended(told):
    stream = told.follow()
    told.tell(0)
    other = told.follow("0" * 24)  # of a fight of which nothing was ever told
    told.now += IDLE_SECONDS - 1
    told.tell(0, fight="1" * 24)
    assert not stream.closed
    assert not other.closed
    told.now += 2
    told.tell(0, fight="2" * 24)
    assert stream.closed
    assert other.closed
    assert told.narration.streams() == 0
    assert list(told.narration._tales) == ["1" * 24, "2" * 24]


def test_a_stream_ends_when_nothing_will_come_any_more(told):
    streams = [told.follow()]
    told.tell(500, sword(500, 0, features.EVENT_BOSS_DIED))
    told.now += 7.9
    streams.append(told.follow())  # a page whose connection was lost
    assert (streams[1].closed, told.narration.is_over(told.fight)) == (False, False)
    told.now += 0.2
    assert told.narration.is_over(told.fight)
    told.follow("0" * 24)
    assert streams[1].closed
    assert told.narration.streams() == 1


@pytest.mark.parametrize(("text", "refused"), [(HONEST["slime_died"], ()), (LIE, ()), (None, ("stale",))])
def test_a_stream_ends_with_the_final_line_of_the_model(told, text, refused):
    stream = told.follow()
    told.tell(500, sword(500, 0, features.EVENT_BOSS_DIED))
    assert not told.narration.is_over(told.fight)
    told.model.answer(0, text, refused)
    assert stream.closed
    assert (b"event: line" in stream.take()) == (text == HONEST["slime_died"])
    assert told.narration.streams() == 0
    assert told.narration.is_over(told.fight)


def test_fights_that_are_over_make_room_for_streams(told):
    for number in range(STREAMS):
        told.follow(f"{number:024x}")
        told.tell(500, sword(500, 0, features.EVENT_BOSS_DIED), fight=f"{number:024x}")
    told.now += 8.1
    told.follow("f" * 24)
    assert told.narration.streams() == 1


def test_too_many_streams_are_refused(told):
    streams = [told.follow(f"{number:024x}") for number in range(STREAMS)]
    with pytest.raises(ServiceError) as refusal:
        told.follow("f" * 24)
    assert (refusal.value.status, refusal.value.code) == (503, "too_many_streams")
    again = told.follow(f"{1:024x}")  # in place of its own
    assert (streams[1].closed, again.closed) == (True, False)
    streams[0].leave()
    told.follow("f" * 24)


def test_who_has_most_streams_makes_room_for_others(told):
    streams = [told.follow(f"{number:024x}", "10.0.0.9") for number in range(STREAMS)]
    others = [told.follow(f"{number:024x}", f"10.0.1.{number}") for number in range(100, 100 + STREAMS - 1)]
    assert [stream.closed for stream in streams] == [True] * (STREAMS - 1) + [False]
    assert not any(stream.closed for stream in others)
    for client in ("10.0.0.9", "10.0.2.1"):  # now all have one
        with pytest.raises(ServiceError):
            told.follow("f" * 24, client)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("The knight strikes, and the knight wins.", "Sam strikes, and the knight wins."),
        ("Now the knight's sword lands.", "Now Sam's sword lands."),
        ("I strike you.", "I strike you."),
        ("The knighthood looks at the knight.", "The knighthood looks at Sam."),
    ],
)
def test_where_a_name_goes(text, named):
    assert with_name(text, "Sam") == named
    assert with_name(text, None) == text
