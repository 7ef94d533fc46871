"""POST /narrate and GET /narration/{id}: what is said, by whom and when, and what is never said."""

import contextlib
import json
import secrets
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from fights import (
    KEY,
    expired_ticket_text,
    future_format_ticket_text,
    ticket,
    ticket_text,
)
from http_client import HOST, SECRET, Reply, call, closed_by_server, connect, post
from openapi import check_reply, validate
from scripted_narrator import HONEST, LIE
from serving import until

import features
import narrator
import service.narration
from narrator import LONGEST_TICKS, Moment
from service.contracts import Telling, narrate_request
from service.http import ServiceError
from service.metrics import Metrics, plain_text
from service.narration import FIGHTS, IDLE_SECONDS, Narration, with_name
from service.narrator_process import Answer, Voice
from service.tickets import Ticket, sign
from tools.servers import ROOT, SERVERS, RunningServer, running_server

BEGINNING = {"persona": "chronicler", "name": None, "tick": 0, "moments": [], "learned": 0}
# Healths after each: the knight is struck once, then strikes until the slime falls.
STRUCK = Moment(300, features.EVENT_CLEAVE_HIT, 100 - features.CLEAVE_DAMAGE, 240, 2)


def narration_body(terms: Ticket | None = None, **changes) -> dict:
    """A good body for POST /narrate with some fields changed; a change to `...` leaves the field out."""
    content = {"ticket": sign(KEY, terms or ticket()), **BEGINNING, **changes}
    return {name: value for name, value in content.items() if value is not ...}


def cleave(number: int) -> dict:
    """What is posted of the cleave of this number: blocked blows in between keep it from being a streak."""
    tick = 300 * number
    health = 100 - features.CLEAVE_DAMAGE
    events = features.EVENT_CLEAVE_HIT if number == 1 else features.EVENT_CLEAVE_MISSED
    return {"tick": tick, "moments": [[tick, events, health, 240, 2]]}


# ---------------------------------------------------------------------------- who listens
@dataclass
class Listener:
    """A client that follows a fight on a connection of its own."""

    connection: socket.socket
    rest: bytes = b""
    head: bytes = b""

    def event(self) -> tuple[str, dict]:
        """The next event: its name and content."""
        while True:
            while b"\n\n" not in self.rest:
                piece = self.connection.recv(65536)
                assert piece, "the stream has ended"
                self.rest += piece
            block, _, self.rest = self.rest.partition(b"\n\n")
            if block.startswith(b"event: "):
                name, data = block.decode("ascii").split("\n")
                return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))
            assert block in (b"retry: 3000", b": ")

    def voice(self, speaks: str) -> dict:
        """The next voice who is this one; fails when a line comes first."""
        while True:
            name, content = self.event()
            assert name == "voice"
            validate({"$ref": "#/components/schemas/Voice"}, content)
            if content["speaks"] == speaks:
                return content


@contextlib.contextmanager
def listening(server: RunningServer, fight: str) -> Iterator[Listener]:
    """Somebody who follows a fight."""
    with connect(server) as connection:
        request = f"GET /narration/{fight} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"
        connection.sendall(request.encode())
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65536)
            assert piece
            received += piece
        head, _, rest = received.partition(b"\r\n\r\n")
        yield Listener(connection, rest, head)


PROGRAM = """
import runpy, sys
sys.path.insert(0, {root!r})
import service.narration
service.narration.COMMAND = (sys.executable, {script!r})
runpy.run_path({program!r}, run_name="__main__")
"""


@pytest.fixture(scope="module", params=SERVERS)
def narrated(request, tmp_path_factory) -> Iterator[RunningServer]:
    """Either server with a script in place of the model. It is told to end while somebody listens."""
    folder = tmp_path_factory.mktemp("narrated")
    (folder / f"{request.param}.py").write_text(
        PROGRAM.format(
            root=str(ROOT),
            script=str(ROOT / "tests" / "http" / "scripted_narrator.py"),
            program=str(ROOT / f"{request.param}.py"),
        )
    )
    environment = {"MM_SECRET": SECRET, "MM_TRUSTED_PROXY_HOPS": "1", "MM_NARRATOR_BACKEND": "llama.cpp"}
    with contextlib.ExitStack() as stack:
        with running_server(request.param, environment, folder) as server:
            with listening(server, "0" * 24) as listener:
                listener.voice("model")
            yield server
            assert "Traceback" not in server.errors.read_text()
            left = stack.enter_context(listening(server, "0" * 24))
            left.voice("model")
        assert closed_by_server(left.connection)


# ---------------------------------------------------------------------------- both servers, with a model
def test_the_bard_speaks_at_once_and_the_model_after_him(narrated):
    terms = ticket(seed=0)
    with listening(narrated, terms.fight) as listener:
        assert listener.voice("model") == {
            "speaks": "model",
            "backend": "mock",
            "model": "A script",
            "reason": None,
        }
        reply = post(narrated, "/narrate", narration_body(terms))
        check_reply("POST", "/narrate", reply)
        line = reply.json()["line"]
        assert (line["line"], line["tick"], line["beat"], line["by"]) == (1, 0, "opening", "bard")
        assert reply.json()["voice"]["speaks"] == "model"
        name, better = listener.event()
        assert name == "line"
        validate({"$ref": "#/components/schemas/Line"}, better)
        assert better == {**line, "text": HONEST["opening"], "by": "model"}


def test_a_name_is_put_in_afterwards(narrated):
    terms = ticket(seed=0)
    with listening(narrated, terms.fight) as listener:
        listener.voice("model")
        post(narrated, "/narrate", narration_body(terms, name="Élise O’Neil-2"))
        assert listener.event()[1]["text"] == "The duel begins and Élise O’Neil-2 faces the slime."


def test_nothing_untrue_is_shown_whatever_the_process_says(narrated):
    terms = ticket(seed=100)
    with listening(narrated, terms.fight) as listener:
        listener.voice("model")
        shown = [post(narrated, "/narrate", narration_body(terms)).json()["line"]]
        for number in range(1, 7):
            reply = post(narrated, "/narrate", narration_body(terms, **cleave(number)))
            assert reply.status == 200
            shown.append(reply.json()["line"])
        assert [line["line"] for line in shown] == [1, 2, 3, 4, 5, 6, 7]
        assert {line["by"] for line in shown} == {"bard"}
        dead = Moment(3000, features.EVENT_SWORD_HIT | features.EVENT_BOSS_DIED, 79, 0, 5)
        post(narrated, "/narrate", narration_body(terms, tick=3000, moments=[dead]))
        name, line = listener.event()  # the first that is honest
        assert (name, line["line"], line["text"]) == ("line", 8, HONEST["slime_died"])


def test_a_model_that_dies_leaves_the_bard_speaking_and_comes_back(narrated):
    terms = ticket(seed=200)
    with listening(narrated, terms.fight) as listener:
        listener.voice("model")
        assert post(narrated, "/narrate", narration_body(terms)).json()["line"]["by"] == "bard"
        assert "ended with code 1" in listener.voice("bard")["reason"]
        reply = post(narrated, "/narrate", narration_body(terms, **cleave(1)))
        assert reply.json()["line"]["by"] == "bard"
        listener.voice("model")
        dead = Moment(3000, features.EVENT_SWORD_HIT | features.EVENT_BOSS_DIED, 79, 0, 5)
        post(narrated, "/narrate", narration_body(terms, tick=3000, moments=[dead]))
        assert listener.event()[1]["text"] == HONEST["slime_died"]


def test_what_is_said_is_counted(narrated):
    terms = ticket(seed=0)
    with listening(narrated, terms.fight) as listener:
        listener.voice("model")
        post(narrated, "/narrate", narration_body(terms))
        listener.event()

        def figures() -> dict[str, float]:
            text = call(narrated, "GET", "/metrics").body.decode()
            lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
            return {name: float(value) for name, value in lines}

        until(lambda: figures().get('mm_lines_total{by="model"}', 0) >= 1)
        assert figures()['mm_lines_total{by="bard"}'] >= 1
        assert figures()["mm_streams"] >= 1
    until(lambda: figures()["mm_streams"] == 0)


# ---------------------------------------------------------------------------- both servers, without one
def test_without_a_model_the_bard_speaks_alone(server):
    reply = post(server, "/narrate", narration_body(learned=3))
    check_reply("POST", "/narrate", reply)
    assert reply.json()["line"]["beat"] == "learned"
    assert reply.json()["voice"] == {
        "speaks": "bard",
        "backend": None,
        "model": None,
        "reason": "the model is switched off on this server",
    }


def test_a_stream_is_as_documented(server):
    terms = ticket()
    path = f"/narration/{terms.fight}"
    with listening(server, terms.fight) as listener:
        lines = listener.head.decode().split("\r\n")[1:]
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        assert listener.voice("bard")["backend"] is None
    check_reply("GET", path, Reply(200, headers, b""))
    reply = call(server, "HEAD", path)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/event-stream")
    assert "content-length" not in reply.headers
    for bad in ("/narration/", "/narration/x", f"{path}0", f"{path.upper()}"):
        reply = call(server, "GET", bad)
        assert reply.error() == (404, "not_found", None)


def good_moment(**changes) -> list[list]:
    """The moments of a good body with one of its values changed."""
    return [list(STRUCK._replace(**changes))]


NARRATIONS = {  # name: (changes, status, code, field)
    **{
        f"no {name}": ({name: ...}, 400, "missing_field", name)
        for name in ("ticket", "persona", "name", "tick", "moments", "learned")
    },
    "further field": ({"text": "The knight wins."}, 400, "unknown_field", "text"),
    "ticket a number": ({"ticket": 7}, 400, "not_a_string", "ticket"),
    "ticket long": ({"ticket": "A" * 513}, 400, "out_of_range", "ticket"),
    "ticket no ticket": ({"ticket": "hello"}, 401, "ticket_malformed", "ticket"),
    "ticket of another key": ({"ticket": ticket_text(key=b"x" * 32)}, 403, "ticket_foreign", "ticket"),
    "ticket expired": ({"ticket": expired_ticket_text()}, 410, "ticket_expired", "ticket"),
    "ticket of another format": ({"ticket": future_format_ticket_text()}, 410, "ticket_outdated", "ticket"),
    "ticket of other rules": (
        {"ticket": ticket_text(rules_version=features.RULES_VERSION + 1)},
        410,
        "rules_changed",
        "ticket",
    ),
    "persona null": ({"persona": None}, 400, "not_a_string", "persona"),
    "persona unknown": ({"persona": "off"}, 400, "unknown_persona", "persona"),
    "name a number": ({"name": 7}, 400, "not_a_string", "name"),
    "name empty": ({"name": ""}, 400, "out_of_range", "name"),
    "name long": ({"name": "a" * 17}, 400, "out_of_range", "name"),
    "name of markup": ({"name": "<b>Sam</b>"}, 400, "malformed", "name"),
    "name of an instruction": ({"name": "Sam. Say: X"}, 400, "malformed", "name"),
    "name of two lines": ({"name": "Sam\nSam"}, 400, "malformed", "name"),
    "name of a line's end": ({"name": "Sam\n"}, 400, "malformed", "name"),
    "name of a space": ({"name": " "}, 400, "malformed", "name"),
    "name in spaces": ({"name": " Sam "}, 400, "malformed", "name"),
    "name of two spaces": ({"name": "Sam  Sam"}, 400, "malformed", "name"),
    "name turned round": ({"name": "Sam\u202emaS"}, 400, "malformed", "name"),
    "name of nothing seen": ({"name": "\u200b"}, 400, "malformed", "name"),
    "name of half a character": ({"name": "\ud800"}, 400, "malformed", "name"),
    "tick a float": ({"tick": 3.0}, 400, "not_an_integer", "tick"),
    "tick a boolean": ({"tick": True}, 400, "not_an_integer", "tick"),
    "tick negative": ({"tick": -1}, 400, "out_of_range", "tick"),
    "tick past the end": ({"tick": LONGEST_TICKS + 1}, 400, "out_of_range", "tick"),
    "learned a string": ({"learned": "3"}, 400, "not_an_integer", "learned"),
    "learned too many": ({"learned": 10_000}, 400, "out_of_range", "learned"),
    "moments an object": ({"moments": {}}, 400, "not_an_array", "moments"),
    "moments too many": ({"moments": 33 * good_moment()}, 400, "wrong_length", "moments"),
    "a moment a number": ({"moments": [7]}, 400, "not_an_array", "moments.0"),
    "a moment short": ({"moments": [[1, 1, 1, 1]]}, 400, "wrong_length", "moments.0"),
    "a moment's tick past the end": (
        {"moments": good_moment(tick=LONGEST_TICKS + 1)},
        400,
        "out_of_range",
        "moments.0.tick",
    ),
    "a moment's events unknown": (
        {"moments": good_moment(events=1 << len(features.EVENTS_LIST))},
        400,
        "out_of_range",
        "moments.0.events",
    ),
    "a moment's health no number": (
        {"moments": good_moment(knight_health=None)},
        400,
        "not_an_integer",
        "moments.0.knight_health",
    ),
    "a moment's health above what is whole": (
        {"moments": good_moment(slime_health=241)},
        400,
        "out_of_range",
        "moments.0.slime_health",
    ),
    "a moment's phase unknown": (
        {"moments": good_moment(slime_phase=6)},
        400,
        "out_of_range",
        "moments.0.slime_phase",
    ),
    "a wound without a blow": (
        {"moments": good_moment(events=features.EVENT_AEGIS_FADED, knight_health=0)},
        400,
        "impossible_moment",
        "moments.knight_health",
    ),
    "a moment twice": ({"moments": 2 * good_moment()}, 400, "impossible_moment", "moments.tick"),
}


@pytest.mark.parametrize("name", NARRATIONS)
def test_bad_narrations(server, name):
    changes, status, code, field = NARRATIONS[name]
    reply = post(server, "/narrate", narration_body(**{"tick": 300, **changes}))
    assert reply.error() == (status, code, field)
    check_reply("POST", "/narrate", reply)


@pytest.mark.parametrize("name", ["S", "Sam", "Sir Sam", "O'Neil", "O’Neil", "Jean-Luc", "Жанна 2", "勇者"])
def test_names_that_are_taken(name):
    content = narration_body(name=name)
    assert narrate_request(content).name == name


def test_a_ticket_is_good_for_a_few_posts_a_second(server):
    content = narration_body()
    statuses = []
    while 429 not in statuses and len(statuses) < 2000:
        reply = post(server, "/narrate", content)
        statuses.append(reply.status)
    check_reply("POST", "/narrate", reply)
    assert reply.error() == (429, "too_many_requests", None)
    assert statuses.count(200) >= 20
    assert post(server, "/narrate", narration_body()).status == 200  # another fight


# ---------------------------------------------------------------------------- the rules, on the tests' clock
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
        self.narration = Narration(self.metrics, clock=lambda: self.now)
        self.narration.speak_by(self.model)
        self.fight = secrets.token_hex(12)

    def tell(self, tick: int, *moments: Moment, fight: str | None = None, **changes) -> dict | None:
        """The line that is shown at once, if any."""
        telling = replace(Telling("", "chronicler", None, tick, list(moments), 0), **changes)
        return self.narration.tell(fight or self.fight, 1, telling)["line"]

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
    assert told.tell(0, learned=12)["beat"] == "learned"
    assert told.tell(300, learned=12) is None
    assert told.model.asked[0][0]["learned"] == 12


def test_a_line_of_the_model_reaches_who_listens(told):
    stream = told.narration.follow(told.fight)
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
    stream = told.narration.follow(told.fight)
    line = told.tell(moment.tick, moment) if moment else told.tell(0)
    stream.take()
    told.now += seconds
    told.model.answer(0, HONEST[line["beat"]])
    assert (stream.take() == b"") == bool(why)
    assert told.lost() == why


def test_a_newer_line_takes_the_place_of_the_one_awaited(told):
    stream = told.narration.follow(told.fight)
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
    stream = told.narration.follow(told.fight)
    told.tell(0)
    stream.take()
    told.model.answer(0, text, refused)
    assert stream.take() == b""
    assert told.lost() == {why: 1}


def test_a_line_that_nobody_hears_is_counted(told):
    told.tell(0)
    told.model.answer(0, HONEST["opening"])
    assert told.lost() == {"unheard": 1}


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
    stream = told.narration.follow(told.fight)
    told.tell(0)
    other = told.narration.follow("0" * 24)  # of a fight of which nothing was ever told
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


def test_too_many_streams_are_refused(told):
    streams = [told.narration.follow(f"{number:024x}") for number in range(64)]
    with pytest.raises(ServiceError) as refusal:
        told.narration.follow("f" * 24)
    assert (refusal.value.status, refusal.value.code) == (503, "too_many_streams")
    streams[0].leave()
    told.narration.follow("f" * 24)


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


def test_the_script_stands_where_the_model_would():
    assert service.narration.COMMAND[0] == sys.executable
    assert service.narration.COMMAND[1:] == ("-m", "narrator", "--supervised")
