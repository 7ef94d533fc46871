"""The log of a fight as bytes: one spelling each, the page's own, and nothing else gets through."""

import base64
import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from log_samples import fight_logs
from playwright.sync_api import Page
from replay_samples import content_of, read, write

from benchmarks.logged_fights import RandomKeys, play_fight
from features import EXPLORE_ONE, INPUT_MASK, RULES_VERSION, SEED_LIMIT, TIERS
from modular_mind import default_mind
from service.fight_log import MOST_DECISIONS, MOST_TICKS, FightLog, FightLogError, from_bytes, to_bytes

HEAD_BYTES = 47  # rules version to weights
# Reads each of some bytes on the page: what it writes again, base64, or null for what it refuses.
READ_ON_THE_PAGE = """async (texts) => {
    const {fromBytes, toBytes, ReplayError} = await import("/static/replay/record.js");
    return texts.map((text) => {
        try {
            const record = fromBytes(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
            return btoa(String.fromCharCode(...toBytes(record)));
        } catch (error) {
            if (!(error instanceof ReplayError)) throw error;
            return null;
        }
    });
}"""
plenty = settings(max_examples=80)
gently = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])


def accepted(data: bytes) -> FightLog | None:
    """What bytes say, or None where they are refused; any other exception fails the test."""
    try:
        return from_bytes(data)
    except FightLogError:
        return None


def on_the_page(page: Page, contents: list[bytes]) -> list[bytes | None]:
    """What the page reads in each of some bytes, written again."""
    answers = page.evaluate(READ_ON_THE_PAGE, [base64.b64encode(data).decode() for data in contents])
    return [None if answer is None else base64.b64decode(answer) for answer in answers]


@pytest.fixture(scope="module")
def log() -> FightLog:
    """A real fight, of somebody who presses all kinds of keys."""
    keys = random.Random(1)
    return play_fight(9, "easy", 29547, default_mind(), lambda _: RandomKeys(keys), keys, undecided=0.1)


def damaged(log: FightLog, seed: int, count: int) -> list[bytes]:
    """Bytes of a log with some bits turned over, bytes lost, added or exchanged, or the end cut off."""
    drawn, data, spoilt = random.Random(seed), to_bytes(log), []
    for _ in range(count):
        content = bytearray(data)
        for _ in range(drawn.choice((1, 1, 1, 2, 5))):
            # behind the head lies what has a structure
            first = drawn.choice((1, min(HEAD_BYTES, len(content) - 1)))
            at = drawn.randrange(first, len(content))
            kind = drawn.randrange(5)
            if kind == 0:
                content[at] ^= 1 << drawn.randrange(8)
            elif kind == 1:
                content[at] = drawn.choice((0, 1, 7, 15, 23, 127, 128, 255))
            elif kind == 2:
                del content[at : min(at + drawn.randint(1, 4), len(content) - 1)]
            elif kind == 3:
                content[at:at] = drawn.randbytes(drawn.randint(1, 4))
            else:
                del content[max(at, HEAD_BYTES) + 1 :]
        spoilt.append(bytes(content))
    return spoilt


def _behind_a_head(tail: bytes) -> bytes:
    """Bytes that begin as a log does."""
    return bytes([RULES_VERSION, *bytes(8), 1, 2, *bytes(36)]) + tail


# ---------------------------------------------------------------------------- in Python
@plenty
@given(log=fight_logs(rules=st.integers(0, 255)))
def test_what_is_written_is_read_again(log):
    assert from_bytes(to_bytes(log)) == log


@plenty
@given(data=st.one_of(st.binary(max_size=100), st.binary(max_size=40).map(_behind_a_head)))
def test_any_bytes_are_refused_or_the_only_spelling_of_their_log(data):
    found = accepted(data)
    assert found is None or to_bytes(found) == data


def test_damage_is_refused_or_is_another_log_in_its_only_spelling(log):
    survived = 0
    for data in damaged(log, 2, 4000):
        found = accepted(data)
        survived += found is not None
        assert found is None or (to_bytes(found) == data and found.ticks <= MOST_TICKS)
    assert 400 < survived < 3600  # both happen, often


def test_every_bit_turned_over_and_every_end_cut_off_leads_to_no_other_error(log):
    data = to_bytes(log)
    for bit in range(8 * len(data)):
        content = bytearray(data)
        content[bit // 8] ^= 1 << bit % 8
        found = accepted(bytes(content))
        assert found != log
    shorter = [accepted(data[:length]) for length in range(len(data))]
    assert log not in shorter
    # the decisions have no end of their own: a log without its last ones is a log, of another fight
    assert all(found.decisions == log.decisions[: len(found.decisions)] for found in shorter if found)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": SEED_LIMIT}, "seed"),
        ({"explore": EXPLORE_ONE + 1}, "rate of mistakes"),
        ({"outcome": 0}, "outcome"),
        ({"outcome": 5}, "outcome"),
        ({"runs": ()}, "inputs are missing"),
        ({"runs": ((INPUT_MASK + 1, 5),)}, "make no sense"),
        ({"runs": ((3, 0),)}, "make no sense"),
        ({"runs": ((3, 5), (3, 5))}, "make no sense"),
        ({"runs": ((3, MOST_TICKS), (4, 1))}, "longer than any fight"),
        ({"decisions": bytes(MOST_DECISIONS + 1)}, "too many decisions"),
        ({"decisions": b"\5"}, "does not exist"),
        ({"decisions": b"\x0f"}, "does not exist"),
        ({"decisions": b"\x20"}, "does not exist"),
    ],
)
def test_what_is_out_of_bounds_is_refused_by_name(log, changes, words):
    with pytest.raises(FightLogError, match=words):
        from_bytes(to_bytes(replace(log, **changes)))


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        (b"", "end is missing"),
        (b"\x81\x00\x01\x05", "spelled wrongly"),
        (b"\x80\x80\x80\x01", "spelled wrongly"),
        (b"\x02\x01", "inputs are missing"),
        (b"\x01\x01", "end is missing"),
        (b"\x01\x01\x80", "end is missing"),
    ],
)
def test_what_is_spelled_otherwise_or_cut_short_is_refused(log, tail, words):
    with pytest.raises(FightLogError, match=words):
        from_bytes(to_bytes(log)[:HEAD_BYTES] + tail)


def test_an_unknown_tier_and_a_missing_beginning_are_refused(log):
    data = bytearray(to_bytes(log))
    data[9] = len(TIERS)
    with pytest.raises(FightLogError, match="tier"):
        from_bytes(bytes(data))
    with pytest.raises(FightLogError, match="beginning"):
        from_bytes(bytes(data[: HEAD_BYTES - 1]))


# ---------------------------------------------------------------------------- against the page and the reader
@gently
@given(logs=st.lists(fight_logs(), min_size=1, max_size=20))
def test_the_page_writes_the_same_bytes_and_so_does_the_independent_reader(static_page: Page, logs):
    contents = [to_bytes(log) for log in logs]
    assert on_the_page(static_page, contents) == contents
    for log, content in zip(logs, contents, strict=True):
        record = read(write(content))
        assert content_of(record) == content
        assert (record.runs, record.decisions) == (list(log.runs), log.decisions)
        assert (record.seed, record.explore, record.tier) == (log.seed, log.explore, log.tier)
        assert (record.outcome, record.final_hash) == (log.outcome, log.final_hash)
        assert record.weights == (log.weights or "0" * 64)
        assert bytes(record.inputs) == log.inputs()


def test_the_page_refuses_what_is_refused_here_and_nothing_else(static_page: Page, log):
    data = to_bytes(log)
    # the page refuses other rules at once; here the ticket's terms do
    contents = [spoilt for spoilt in damaged(log, 3, 2500) if spoilt[0] == RULES_VERSION]
    contents += [data[:length] for length in range(1, len(data))]
    contents += [
        to_bytes(replace(log, runs=((3, length), (4, 1)))) for length in (MOST_TICKS - 1, MOST_TICKS)
    ]
    contents += [
        to_bytes(replace(log, decisions=bytes(count))) for count in (MOST_DECISIONS, MOST_DECISIONS + 1)
    ]
    contents += [to_bytes(replace(log, decisions=bytes([byte]))) for byte in range(256)]
    here = [data if accepted(data) is not None else None for data in contents]
    assert on_the_page(static_page, contents) == here
    assert 100 < sum(data is not None for data in here) < len(here) - 100
