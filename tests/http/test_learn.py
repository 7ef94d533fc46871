"""Taking in logs where something is in the way: learning off, a journal that refuses; and whose they are."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from fights import fought, long_ago, posted
from http_client import SECRET

from modular_mind import default_mind
from service import journal, versions
from service.database import FILE_NAME, SqliteDatabase
from service.fight_log import to_bytes
from service.http import Request
from service.learn import SWITCH, SWITCHED_OFF
from service.routes import Service
from service.settings import Config
from service.tickets import sign

Answer = tuple[int, dict]  # status and content


def ask(service: Service, method: str, path: str, content=None, client: str = "127.0.0.1") -> Answer:
    """One request, through all that a server calls."""
    body = b"" if content is None else json.dumps(content).encode()
    headers = {"host": "localhost"}
    if content is not None:
        headers |= {"content-type": "application/json", "content-length": str(len(body))}
    request = Request(method, path, headers, client, body)
    response = service.admit(request) or service.answer(request)
    return response.status, json.loads(response.body)


def code(answer: Answer) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer[0], answer[1]["error"]["code"]


def service_in(folder: Path, **settings) -> Service:
    return Service(Config(data_dir=folder, secret=SECRET, **settings))


def kept(service: Service, terms) -> journal.Fight | None:
    """The row of a ticket's fight."""
    with service.database.read() as run:
        return journal.find_fight(run, terms.fight)


def test_where_learning_is_off_nothing_is_recorded_and_play_goes_on(tmp_path):
    service = service_in(tmp_path, online=False)
    terms = long_ago()
    status, fight = ask(service, "POST", "/fights", {"tier": "hard"})
    assert (status, fight["learns"], fight["version"]) == (201, False, 0)
    assert code(ask(service, "POST", "/learn", posted(terms, fought(terms)))) == (403, "learning_off")
    assert code(ask(service, "GET", f"/fights/{terms.fight}")) == (403, "learning_off")
    assert code(ask(service, "POST", "/forget", {"tickets": []})) == (403, "learning_off")
    assert not (tmp_path / FILE_NAME).exists()


def test_a_lone_player_who_switches_learning_off_is_not_recorded_but_may_have_fights_forgotten(tmp_path):
    service = service_in(tmp_path)
    before, after = long_ago(), long_ago()
    assert ask(service, "POST", "/learn", posted(before, fought(before)))[0] == 202
    with service.database.write() as run:
        versions.put(run, SWITCH, SWITCHED_OFF)
    assert ask(service, "POST", "/fights", {"tier": "hard"})[1]["learns"] is False
    assert code(ask(service, "POST", "/learn", posted(after, fought(after)))) == (403, "learning_off")
    assert kept(service, after) is None
    assert ask(service, "POST", "/forget", {"tickets": [sign(service.key, before)]}) == (
        200,
        {"forgotten": 1},
    )


def test_a_journal_that_refuses_acknowledges_nothing_and_takes_the_log_later(tmp_path, caplog):
    service = service_in(tmp_path)
    service.database = SqliteDatabase(tmp_path / FILE_NAME, busy_seconds=0.05)
    terms = long_ago()
    content = posted(terms, fought(terms))
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert code(ask(service, "POST", "/learn", content)) == (503, "journal_unavailable")
        assert code(ask(service, "POST", "/forget", {"tickets": [content["ticket"]]}))[0] == 503
        # fights are opened and known all the same: reading does not wait for whoever writes
        assert ask(service, "POST", "/fights", {"tier": "easy"})[1]["learns"] is True
        assert code(ask(service, "GET", f"/fights/{terms.fight}")) == (404, "unknown_fight")
        other.execute("ROLLBACK")
    assert "database is locked" in caplog.text
    assert content["ticket"] not in caplog.text
    assert ask(service, "POST", "/learn", content)[0] == 202
    assert kept(service, terms).log == to_bytes(fought(terms))


def test_a_full_disk_acknowledges_nothing(tmp_path):
    service = service_in(tmp_path)
    small = SqliteDatabase(tmp_path / FILE_NAME)
    with small.read() as run:  # the one connection it keeps: as full as it is now
        pages = run("PRAGMA page_count")[0]["page_count"]
        run(f"PRAGMA max_page_count = {pages}")
    service.database = small
    refused, lost = None, []
    for seed in range(40):
        terms = long_ago(seed=seed)
        answer = ask(service, "POST", "/learn", posted(terms, fought(terms)))
        if answer[0] == 202:
            lost += [terms] if kept(service, terms) is None else []
        else:
            refused = refused or code(answer)
    assert refused == (503, "journal_unavailable")
    assert lost == []


def test_a_database_of_its_own_is_named_as_where_the_log_is_safe(tmp_path):
    service = service_in(tmp_path)
    service.config = Config(data_dir=tmp_path, secret=SECRET, database_url="postgresql://elsewhere/journal")
    terms = long_ago()
    answer = ask(service, "POST", "/learn", posted(terms, fought(terms)))
    assert answer == (202, {"fight": terms.fight, "durable": "database"})


@pytest.mark.parametrize("public", [False, True])
def test_a_source_is_local_or_says_nothing_about_who_it_is(tmp_path, public):
    service = service_in(tmp_path, public=public)
    sources = []
    for client in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        terms = long_ago()
        assert ask(service, "POST", "/learn", posted(terms, fought(terms)), client)[0] == 202
        sources.append(kept(service, terms).source)
    if not public:
        assert set(sources) == {"local"}
        return
    assert sources[0] == sources[1] != sources[2]
    assert all(len(source) == 16 and int(source, 16) >= 0 for source in sources)


def test_a_fight_that_taught_tells_in_which_cycle(tmp_path):
    service = service_in(tmp_path)
    terms = long_ago()
    assert ask(service, "POST", "/learn", posted(terms, fought(terms)))[0] == 202
    anchor = default_mind().sha256
    with service.database.write() as run:
        journal.judge(run, terms.fight, journal.VERIFIED, 1)
        journal.mark_taught(run, [terms.fight], 1)
        versions.finish_cycle(
            run, versions.Cycle(1, 2, versions.REFUSED, anchor, anchor, None, {"fights": 1, "reason": "x"})
        )
    record = ask(service, "GET", f"/fights/{terms.fight}")[1]
    assert record["verdict"] == "verified"
    assert record["learned"] == {
        "cycle": 1,
        "decision": "refused",
        "report": {"fights": 1, "reason": "x"},
    }
