"""Hostile names, requests and model outputs against a running server; the whole corpus is the benchmark's."""

import json

from benchmarks.narrator_injections import CORPUS, KINDS, is_markup, run
from benchmarks.narrator_injections_child import answer, expanded, raw_bytes


def test_the_corpus_is_large_enough():
    corpus = json.loads(CORPUS.read_text(encoding="utf-8"))
    assert set(corpus) == set(KINDS)
    assert sum(map(len, corpus.values())) >= 200
    assert all(len(corpus[kind]) >= 60 for kind in KINDS)


def test_nothing_hostile_gets_through():
    found, by_kind = run(every=7)
    assert sum(by_kind.values()) >= 50
    assert found.notes == []
    assert sum(found.counts.values()) == 0


def test_markup_is_recognised():
    for text in (
        "<b>",
        "a & b",
        "{x}",
        "`x`",
        "x\u202ey",
        "x\ny",
        "x\x00",
        "https://x",
        "javascript:x",
        "\u200b",
    ):
        assert is_markup(text), text
    for text in ("The knight’s sword bites — twelve!", "Sir Bors-le’Fay rolls, untouched.", "É"):
        assert not is_markup(text), text


def test_the_stand_in_says_what_it_is_told_to():
    assert expanded({"a": [{"repeat": "xy", "times": 3}]}) == {"a": ["xyxyxy"]}
    assert expanded({"join": [{"repeat": "x", "times": 2}, "\n"]}) == "xx\n"
    assert raw_bytes("$BYTES:ff00") == b"\xff\x00"
    assert json.loads(answer(7, {"text": "Yes."})) == {
        "id": 7,
        "text": "Yes.",
        "refused": [],
        "tokens": 9,
        "seconds": 0.01,
    }
    assert answer(7, {"raw": "id $ID"}) == b"id 7"
