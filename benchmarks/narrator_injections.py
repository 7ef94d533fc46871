"""Does anything hostile get through the narrator: a name, a request, or what a model writes?

    python -m benchmarks.narrator_injections              half a minute
    python -m benchmarks.narrator_injections --every 5    every fifth item
    python -m benchmarks.narrator_injections --verbose    names what was found

The items are in benchmarks/data/narrator_hostile.json. Each goes through a real server: names and bodies to
POST /narrate, each with a fight of its own; outputs through a real child process in the place of the model's
(benchmarks/narrator_injections_child.py). After every output a witness, another fight, has to get its
lines as if nothing had happened, and a bystander that only listens has to hear nothing at all.

Prints: "items"; "reached_as_markup": lines on the page, by JSON or by stream, with a character of markup or
one that does not print, and bytes of a stream that are no events; "shown": hostile outputs that were shown;
"taken": impossible bodies that were not refused; "state_changed": journal, mind, another fight's lines
or stream, or a name that a model was told; "left_a_trace": refused bodies after which their own fight goes
on otherwise; "server_faults": answers of 5xx, tracebacks, connections without an answer; "names_accepted":
strange but harmless ones; "by_kind": the items.
"""

import argparse
import contextlib
import itertools
import json
import re
import socket
import sqlite3
import tempfile
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from benchmarks.common import ROOT, report
from benchmarks.narrator_injections_child import BYTES, expanded, raw_bytes
from features import EVENT_CLEAVE_HIT
from narrator import Bard, Facts, as_dict, facts_from
from tools.servers import HOST, RunningServer, running_server

CORPUS = ROOT / "benchmarks" / "data" / "narrator_hostile.json"
KINDS = ("names", "bodies", "outputs")
SECONDS = 10.0  # that an answer may take
SILENCE = {"text": None}  # what the child says unless told otherwise
MOMENTS = {  # what is posted, and the facts that follow
    "opening": {"tick": 0, "moments": []},
    "first_blood": {"tick": 320, "moments": [[300, EVENT_CLEAVE_HIT, 79, 240, 2]]},
}
LAUNCHER = """
import runpy, sys
sys.path[0] = {root!r}
import service.narration
service.narration.COMMAND = (sys.executable, "-m", "benchmarks.narrator_injections_child", {folder!r})
runpy.run_path({root!r} + "/serve_local.py", run_name="__main__")
"""
_clients = itertools.count()
_EVENT_LINE = re.compile(r"retry: \d+|event: (?:line|voice)|data: .*|: ?", re.DOTALL)
_MARKUP = re.compile(r"[<>&{}\[\]`\\]|javascript:|https?:|www\.")


@dataclass
class Found:
    """What came of the items."""

    counts: Counter = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    names_accepted: int = 0

    def note(self, count: str, what: str) -> None:
        """Counts something, with a line for people."""
        self.counts[count] += 1
        self.notes.append(f"{count}: {what}")


@dataclass(frozen=True)
class Reply:
    """The answer to one request; status 0: there was none."""

    status: int
    mime_type: str
    body: bytes

    def json(self):
        """The content, or None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


# ---------------------------------------------------------------------------- talking to the server
def another_client() -> str:
    """The address of one more client, as a proxy would give it: a single one gets few lines and streams."""
    number = next(_clients)
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def post(server: RunningServer, path: str, body: bytes) -> Reply:
    """One POST; waits where the server asks for patience."""
    headers = {"Content-Type": "application/json", "X-Forwarded-For": another_client()}
    while True:
        connection = HTTPConnection(HOST, server.port, timeout=SECONDS)
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            reply = Reply(answer.status, answer.headers.get("Content-Type", ""), answer.read())
            wait = answer.headers.get("Retry-After", "1")
        except (OSError, HTTPException) as error:
            return Reply(0, "", repr(error).encode())
        finally:
            connection.close()
        if reply.status != 429:
            return reply
        time.sleep(float(wait))


def get(server: RunningServer, path: str) -> bytes:
    """The body of one GET."""
    connection = HTTPConnection(HOST, server.port, timeout=SECONDS)
    with contextlib.closing(connection):
        connection.request("GET", path)
        return connection.getresponse().read()


def open_fight(server: RunningServer) -> dict:
    """The terms of a new fight."""
    reply = post(server, "/fights", b'{"tier": "easy"}')
    if reply.status != 201:
        raise RuntimeError(f"no fight was opened: {reply.body[:200]!r}")
    return reply.json()


def valid_body(fight: dict, moment: str = "opening") -> dict:
    """What an honest page posts."""
    return {
        "ticket": fight["ticket"],
        "persona": "chronicler",
        "name": None,
        "learned": 0,
        **MOMENTS[moment],
    }


class Listener:
    """A page that listens to a fight's stream, in a thread."""

    def __init__(self, server: RunningServer, fight: str):
        self.received = b""
        self._changed = threading.Condition()
        self._socket = socket.create_connection((HOST, server.port), SECONDS)
        head = (
            f"GET /narration/{fight} HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-For: {another_client()}\r\n\r\n"
        )
        self._socket.sendall(head.encode())
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        if not self.wait_for(lambda events: any(event == "voice" for event, _ in events)):
            raise RuntimeError(f"the stream says nothing: {self.received[:200]!r}")

    def _listen(self) -> None:
        self._socket.settimeout(None)
        with contextlib.suppress(OSError):
            while data := self._socket.recv(65536):
                with self._changed:
                    self.received += data
                    self._changed.notify_all()

    def wait_for(self, condition) -> bool:
        """Whether the events that have come fulfil it in time."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self.events()), SECONDS)

    def body(self) -> bytes:
        """What has come after the head, out of its chunks."""
        head, _, rest = self.received.partition(b"\r\n\r\n")
        if b"chunked" not in head.lower():
            return rest
        whole = b""
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            length = int(size or b"0", 16)
            whole, rest = whole + rest[:length], rest[length + 2 :]
        return whole

    def events(self) -> list[tuple[str, str]]:
        """(event, data) of the whole blocks that have come."""
        found = []
        for block in self.body().decode("utf-8", "replace").split("\n\n")[:-1]:
            parts = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and line[0] != ":")
            if "event" in parts:
                found.append((parts["event"], parts.get("data", "")))
        return found

    def lines(self) -> list[dict]:
        """The lines that have come."""
        return [json.loads(data) for event, data in self.events() if event == "line"]

    def faults(self) -> list[str]:
        """Bytes that are no events of ours."""
        found = []
        for block in self.body().decode("utf-8", "replace").split("\n\n")[:-1]:
            for line in block.split("\n"):
                is_event = _EVENT_LINE.fullmatch(line) and not any(map(_unprintable, line))
                if not is_event or (line.startswith("data: ") and not _is_json(line[6:])):
                    found.append(line[:80])
        return found

    def close(self) -> None:
        """Ends the connection."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(SECONDS)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _unprintable(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def is_markup(text: str) -> bool:
    """Whether a line holds what a browser, a terminal or a stream might take for more than text."""
    return bool(_MARKUP.search(text)) or any(_unprintable(letter) for letter in text)


# ---------------------------------------------------------------------------- the server under attack
@dataclass
class Attacked:
    """A server, the child that stands in for its model, and those who watch."""

    server: RunningServer
    folder: Path
    found: Found
    bystander: Listener
    asked: int = 0  # requests that the child is known to have got

    def say(self, content: dict) -> None:
        """What the child says from now on."""
        temporary = self.folder / "say.new"
        temporary.write_text(json.dumps(content), encoding="utf-8")
        temporary.replace(self.folder / "say.json")

    def check_reply(self, label: str, reply: Reply) -> None:
        """Faults and markup of an answer."""
        if reply.status == 0 or reply.status >= 500 or b"Traceback" in reply.body:
            self.found.note("server_faults", f"{label}: {reply.status} {reply.body[:120]!r}")
        if reply.status and (not reply.mime_type.startswith("application/json") or reply.json() is None):
            self.found.note("reached_as_markup", f"{label}: {reply.mime_type} {reply.body[:120]!r}")
        line = (reply.json() or {}).get("line") if reply.status == 200 else None
        if line and is_markup(line["text"]):
            self.found.note("reached_as_markup", f"{label}: {line['text'][:120]!r}")

    def check_witness(self, label: str) -> None:
        """Another fight gets its lines as if nothing had happened."""
        fight, told = open_fight(self.server), Bard(1).line(Facts("opening"), "chronicler")
        with contextlib.closing(Listener(self.server, fight["fight"])) as page:
            self.say({"text": told})
            reply = post(self.server, "/narrate", json.dumps(valid_body(fight)).encode())
            line = (reply.json() or {}).get("line") or {}
            if reply.status != 200 or line.get("beat") != "opening" or line.get("line") != 1:
                self.found.note("state_changed", f"{label}: a witness got {reply.body[:120]!r}")
            elif not page.wait_for(lambda events: any(event == "line" for event, _ in events)):
                self.found.note("state_changed", f"{label}: a witness never got the model's line")
            elif [one["text"] for one in page.lines()] != [told]:
                self.found.note("state_changed", f"{label}: a witness got {page.lines()}")
        self.asked = (self.folder / "asked.txt").read_text(encoding="utf-8").count("\n")
        self.say(SILENCE)

    def check_bystander(self) -> None:
        """Who only listens hears nothing but who speaks, once."""
        events = self.bystander.events()
        if [event for event, _ in events] != ["voice"] or self.bystander.faults():
            self.found.note("state_changed", f"a bystander heard {events[:3]}")


@contextlib.contextmanager
def attacked(found: Found) -> Iterator[Attacked]:
    """A server with a scripted child; what it wrote to its log is judged at the end."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "serve_local.py").write_text(
            LAUNCHER.format(root=str(ROOT), folder=place), encoding="utf-8"
        )
        (folder / "say.json").write_text(json.dumps(SILENCE), encoding="utf-8")
        (folder / "asked.txt").touch()
        settings = {"MM_NARRATOR_BACKEND": "mock", "MM_TRUSTED_PROXY_HOPS": "1"}
        with running_server("serve_local", settings, folder) as server:
            bystander = Listener(server, open_fight(server)["fight"])
            wait_for_model(server)
            bystander.close()
            bystander = Listener(server, open_fight(server)["fight"])
            before = state_of(server)
            attack = Attacked(server, folder, found, bystander)
            yield attack
            attack.check_bystander()
            bystander.close()
            if (after := state_of(server)) != before:
                changed = [part for part in before if before[part] != after[part]]
                found.note("state_changed", f"{', '.join(changed)} of the server")
            log = server.errors.read_text("utf-8", "replace")
            for _ in range(log.count("Traceback")):
                found.note("server_faults", log[:2000])


def wait_for_model(server: RunningServer) -> None:
    """Returns once the child speaks."""
    with contextlib.closing(Listener(server, open_fight(server)["fight"])) as page:
        speaks = '"speaks": "model"', '"speaks":"model"'
        if not page.wait_for(lambda events: any(any(s in data for s in speaks) for _, data in events)):
            raise RuntimeError(f"the scripted model does not speak: {page.events()}")


def state_of(server: RunningServer) -> dict:
    """All that outlives a request: the journal's rows, the mind, the boss's record."""
    stats = json.loads(get(server, "/stats"))
    health = json.loads(get(server, "/healthz"))
    rows = {}
    for path in sorted((server.errors.parent / "var").glob("*")):
        if path.read_bytes()[:15] != b"SQLite format 3":
            continue
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as journal:
            tables = [
                row[0] for row in journal.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            rows = {table: sorted(map(repr, journal.execute(f"SELECT * FROM {table}"))) for table in tables}
    if not rows:
        raise RuntimeError("the server keeps no journal that could change")
    return {
        "journal": rows,
        "mind": health["weights"],
        "record": stats["fights"],
        "lessons": stats["history"],
    }


# ---------------------------------------------------------------------------- the items
def try_name(attack: Attacked, name) -> None:
    """A player's name for his knight, hostile or only strange."""
    label, fight = f"name {name[:40]!r}", open_fight(attack.server)
    body = json.dumps({**valid_body(fight), "name": name}).encode()
    reply = post(attack.server, "/narrate", body)
    attack.check_reply(label, reply)
    attack.found.names_accepted += reply.status == 200


def try_body(attack: Attacked, item: dict, foreign: str) -> None:
    """A request that is to be refused, and that is to leave nothing behind."""
    fight = open_fight(attack.server)
    reply = post(attack.server, "/narrate", request_body(item, fight, foreign))
    attack.check_reply(item["label"], reply)
    if reply.status == 200:
        attack.found.note("taken", f"{item['label']}: {reply.body[:160]!r}")
        return
    after = post(attack.server, "/narrate", json.dumps(valid_body(fight)).encode())
    line = (after.json() or {}).get("line") or {}
    if after.status != 200 or line.get("beat") != "opening":
        attack.found.note("left_a_trace", f"{item['label']}: {after.status} {after.body[:120]!r}")


def request_body(item: dict, fight: dict, foreign: str) -> bytes:
    """The bytes that an item of the corpus stands for."""
    if "raw" in item:
        text = expanded(item["raw"])
        return (
            raw_bytes(text) if text.startswith(BYTES) else text.replace("$TICKET", fight["ticket"]).encode()
        )
    content = {**valid_body(fight), **expanded(item.get("fields", {}))}
    content.pop(item.get("without"), None)
    if isinstance(content.get("ticket"), str):
        content["ticket"] = content["ticket"].replace("$TICKET", fight["ticket"]).replace("$FOREIGN", foreign)
    return json.dumps(content).encode()


def try_output(attack: Attacked, item: dict) -> None:
    """What a model writes in the place of a true line."""
    label = f"{item['label']}: {str(item.get('text', item.get('raw')))[:60]!r}"
    fight = open_fight(attack.server)
    with contextlib.closing(Listener(attack.server, fight["fight"])) as page:
        attack.say({key: item[key] for key in ("text", "raw") if key in item})
        reply = post(attack.server, "/narrate", json.dumps(valid_body(fight, item["moment"])).encode())
        attack.check_reply(label, reply)
        if not (reply.json() or {}).get("line"):
            raise RuntimeError(f"{label}: the moment was not told: {reply.body[:200]!r}")
        wait_until_asked(attack)
        attack.check_witness(label)  # its answer comes after this one: the child speaks in order
        for fault in page.faults():
            attack.found.note("reached_as_markup", f"{label}: on the stream {fault!r}")
        for line in page.lines():
            attack.found.note("shown", f"{label}: was shown as {line['text'][:120]!r}")
            if is_markup(line["text"]):
                attack.found.note("reached_as_markup", label)


def wait_until_asked(attack: Attacked) -> None:
    """Returns once the child has been asked once more, and so has read what it is to say."""
    give_up = time.monotonic() + SECONDS
    while (count := (attack.folder / "asked.txt").read_text(encoding="utf-8").count("\n")) <= attack.asked:
        if time.monotonic() > give_up:
            raise RuntimeError("the child was not asked")
        time.sleep(0.002)
    attack.asked = count


def check_told(found: Found, asked: str, names: list[str]) -> None:
    """What the child was told: facts that hold, and nothing else."""
    for line in asked.splitlines():
        content = json.loads(line)
        facts_from(content["facts"])
        if set(content) != {"id", "persona", "facts", "seed"}:
            found.note("state_changed", f"a model was told {line[:200]}")
    ordinary = json.dumps({"persona": "crowd chronicler", "facts": as_dict(Facts("opening")), "text": None})
    for name in names:
        spelt = json.dumps(name)[1:-1]
        if isinstance(name, str) and len(name) > 3 and spelt in asked and spelt not in ordinary:
            found.note("state_changed", f"a model was told the name {name[:60]!r}")


def run(every: int = 1) -> tuple[Found, dict[str, int]]:
    """Tries the items; every: of how many one is taken."""
    corpus = json.loads(CORPUS.read_text(encoding="utf-8"))
    taken = {kind: corpus[kind][::every] for kind in KINDS}
    names = [expanded(name) for name in taken["names"]]
    found = Found()
    with running_server("serve_local") as other:
        foreign = open_fight(other)["ticket"]
    with attacked(found) as attack:
        for number, item in enumerate(taken["outputs"]):
            try_output(attack, item)
            if number % 10 == 9:
                attack.check_bystander()
        for item in taken["bodies"]:
            try_body(attack, item, foreign)
        attack.check_witness("after the bodies")
        for name in names:
            try_name(attack, name)
        attack.check_witness("after the names")
        asked = (attack.folder / "asked.txt").read_text(encoding="utf-8")
    check_told(found, asked, names)
    return found, {kind: len(items) for kind, items in taken.items()}


COUNTS = ("reached_as_markup", "shown", "taken", "state_changed", "left_a_trace", "server_faults")


def main() -> None:
    """Tries all items and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    found, by_kind = run(options.every)
    if options.verbose:
        for note in found.notes:
            print(note)
    report(
        {
            "items": sum(by_kind.values()),
            **{count: found.counts[count] for count in COUNTS},
            "names_accepted": found.names_accepted,
            "by_kind": by_kind,
        }
    )


if __name__ == "__main__":
    main()
