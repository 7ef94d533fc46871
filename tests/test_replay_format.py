"""Replays as text: what goes in comes out, the fight included, and anything else is refused by name."""

import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page
from replay_samples import UNDECIDED, content_of, play, read, write

from features import EXPLORE_ONE, INPUT_MASK, RULES_VERSION, SEED_LIMIT, TICKS_PER_SECOND, TIERS
from modular_mind import default_mind

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
TYPICAL_CHARACTERS = 1500  # of a link to a fight of a minute
WEIGHTS = default_mind().sha256

# Plays fights on the page's kernel, repeating each one's inputs and moves until it is over; encodes and
# decodes its record, plays it from the record and visits some ticks. Answers with texts and what differed.
ROUND_TRIPS = """async ({fights, weights}) => {
    const names = ["sim/duel", "replay/record", "replay/text", "replay/course", "replay/bout", "gen/kernel"];
    const modules = await Promise.all(names.map((name) => import(`/static/${name}.js`)));
    const {Duel, packDecision, encode, decode, runThrough, ReplayBout, RULES_VERSION} =
        Object.assign({}, ...modules);
    const answers = [];
    for (const fight of fights) {
        const duel = new Duel(fight.seed);
        const [inputs, decisions, states] = [[], [], []];
        const keys = fight.runs.flatMap(([input, ticks]) => new Array(ticks).fill(input));
        const decide = () => {
            const {move, mistake, isServer} = fight.moves[decisions.length % fight.moves.length];
            decisions.push(packDecision({move, mistake, isServer}));
            if (move !== null) duel.choose(move);
        };
        decide();
        states.push(Array.from(duel.state));
        while (duel.outcome === 0) {
            const input = keys[inputs.length % keys.length];
            duel.step(input);
            inputs.push(input);
            if (duel.decisionDue) decide();
            states.push(Array.from(duel.state));
        }
        const record = {
            rulesVersion: RULES_VERSION, seed: fight.seed, explore: fight.explore, tier: fight.tier,
            weights: fight.known ? weights : null, inputs: Uint8Array.from(inputs),
            decisions: Uint8Array.from(decisions), outcome: duel.outcome, hash: duel.hash(),
        };
        const text = await encode(record);
        const again = await decode(text);
        const bout = new ReplayBout(again, runThrough(again));
        const astray = fight.visits.map((share) => Math.floor(share * inputs.length)).filter((tick) => {
            bout.seek(tick);
            return String(Array.from(bout.state)) !== String(states[tick]);
        });
        const isSame = Object.keys(record).every((name) => String(record[name]) === String(again[name]));
        answers.push({text, isSame, astray, hash: record.hash, ticks: inputs.length});
    }
    return answers;
}"""
# Decodes texts, and plays what could be decoded; code and message of each refusal, or what else it was.
REFUSALS = """async (texts) => {
    const [{ReplayError}, {decode}, {runThrough}] = await Promise.all(
        ["record", "text", "course"].map((name) => import(`/static/replay/${name}.js`)));
    const answers = [];
    for (const text of texts) {
        try {
            runThrough(await decode(text));
            answers.push(["accepted", ""]);
        } catch (error) {
            answers.push([error instanceof ReplayError ? error.code : "other", error.message]);
        }
    }
    return answers;
}"""

moves = st.one_of(
    st.just({"move": None, "mistake": False, "isServer": False}),
    st.fixed_dictionaries({"move": st.integers(0, 4), "mistake": st.booleans(), "isServer": st.booleans()}),
)
fights = st.fixed_dictionaries(
    {
        "seed": st.integers(0, SEED_LIMIT - 1),
        "explore": st.integers(0, EXPLORE_ONE),
        "tier": st.sampled_from(TIERS),
        "known": st.booleans(),
        "runs": st.lists(st.tuples(st.integers(0, INPUT_MASK), st.integers(1, 300)), min_size=1, max_size=40),
        "moves": st.lists(moves, min_size=1, max_size=40),
        "visits": st.lists(st.floats(0, 1), max_size=5),
    }
)
gently = settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])


@gently
@given(batch=st.lists(fights, min_size=1, max_size=4))
def test_a_fight_comes_out_as_it_went_in_and_python_plays_it_to_the_same_end(static_page: Page, batch):
    for answer in static_page.evaluate(ROUND_TRIPS, {"fights": batch, "weights": WEIGHTS}):
        assert answer["isSame"]
        assert answer["astray"] == []
        record = read(answer["text"])
        assert len(record.inputs) == answer["ticks"]
        assert read(write(content_of(record))) == record
        duel, _ = play(record)
        assert duel.hash() == record.final_hash == answer["hash"]


def human(seed: int, moves: list[dict]) -> dict:
    """Somebody at a keyboard: three or four changes a second; a boss that never hurts, so that it lasts."""
    drawn = random.Random(seed)
    runs = [[drawn.choice([0, 1, 2, 4, 8, 16, 18, 2, 1]), drawn.randint(6, 30)] for _ in range(2000)]
    fight = {"seed": seed, "explore": 20000, "tier": "normal", "known": True, "runs": runs, "visits": []}
    return {**fight, "moves": moves}


def text_of(page: Page, fight: dict) -> str:
    """The text of one fight that the page has played."""
    [answer] = page.evaluate(ROUND_TRIPS, {"fights": [fight], "weights": WEIGHTS})
    return answer["text"]


def test_a_link_to_a_fight_of_a_minute_is_short(static_page: Page):
    drawn = random.Random(1)
    tame = [
        {"move": drawn.choice([1, 2, 3, 4]), "mistake": drawn.random() < 0.2, "isServer": True}
        for _ in range(2000)
    ]
    fights = [human(seed, tame) for seed in range(2)]
    for answer in static_page.evaluate(ROUND_TRIPS, {"fights": fights, "weights": WEIGHTS}):
        characters_a_minute = len(answer["text"]) * 60 * TICKS_PER_SECOND / answer["ticks"]
        print(f"{answer['ticks'] / TICKS_PER_SECOND:.0f} s: {len(answer['text'])} characters")
        assert characters_a_minute < TYPICAL_CHARACTERS


@pytest.fixture
def text(static_page: Page) -> str:
    """A real replay: the knight stands still and is cleaved down."""
    cleaving = [{"move": move, "mistake": False, "isServer": False} for move in (1, 0, 0)]
    fight = {"seed": 5, "explore": 0, "tier": "hard", "known": True, "runs": [[0, 50], [2, 9]], "visits": []}
    return text_of(static_page, {**fight, "moves": cleaving})


def refusals(page: Page, texts: list[str]) -> list[str]:
    """The codes with which the page refuses texts; none may be accepted or lead to another error."""
    answers = page.evaluate(REFUSALS, texts)
    assert [answer for answer in answers if answer[0] in ("accepted", "other")] == []
    return [code for code, _ in answers]


def test_any_changed_character_is_noticed(static_page: Page, text):
    drawn = random.Random(2)
    changed = [
        text[:at] + drawn.choice(ALPHABET.replace(letter, "")) + text[at + 1 :]
        for at, letter in enumerate(text)
    ]
    assert set(refusals(static_page, changed)) == {"corrupt"}


def test_any_text_cut_short_or_drawn_out_is_noticed(static_page: Page, text):
    cut = [text[:length] for length in range(len(text))]
    longer = [text + tail for tail in ("A", "AA", "AAAA", "=", " ", "%")]
    assert set(refusals(static_page, cut + longer)) == {"corrupt"}


@gently
@given(texts=st.lists(st.one_of(st.text(), st.text(ALPHABET)), max_size=20))
def test_any_other_text_is_refused(static_page: Page, texts):
    assert set(refusals(static_page, texts)) <= {"corrupt"}


def test_changed_contents_under_a_valid_checksum_are_refused(static_page: Page, text):
    content = content_of(read(text))
    drawn = random.Random(3)
    changed = [
        write(bytes([*content[:at], content[at] ^ drawn.randint(1, 255), *content[at + 1 :]]))
        for at in range(1, len(content))
        # the rate of mistakes, the tier and the weights have no part in how the fight goes
        if not 5 <= at <= 9 and not 15 <= at < 47
    ]
    # a decision's source and whether it was a mistake are told by the mind alone
    answers = static_page.evaluate(REFUSALS, changed)
    assert {code for code, _ in answers} <= {"accepted", "corrupt", "different"}
    accepted = [read(sent) for sent, (code, _) in zip(changed, answers, strict=True) if code == "accepted"]
    original = [byte & UNDECIDED for byte in read(text).decisions]
    assert all([byte & UNDECIDED for byte in record.decisions] == original for record in accepted)
    cut = [write(content[:length]) for length in range(1, len(content))]
    assert set(refusals(static_page, cut)) <= {"corrupt", "different"}


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (
            {"rules_version": RULES_VERSION - 1},
            "old_rules",
            f"made under rules version {RULES_VERSION - 1}; this page",
        ),
        ({"rules_version": RULES_VERSION + 1}, "old_rules", "Reload the page"),
        ({"final_hash": 1}, "different", "comes to another end"),
        ({"outcome": 1}, "different", "another outcome"),
        ({"runs": [(0, 40)]}, "different", "another outcome"),
        ({"runs": [(0, 11_999)]}, "different", "ends sooner"),
        ({"runs": [(0, 12_001)]}, "corrupt", "longer than any fight"),
        ({"runs": [(0, 5), (0, 5)]}, "corrupt", "make no sense"),
        ({"runs": []}, "corrupt", "inputs are missing"),
        ({"decisions": b"\0" * 2}, "different", "other decisions"),
        ({"decisions": b"\0" * 1300}, "corrupt", "too many decisions"),
        ({"decisions": b"\5"}, "corrupt", "a move that does not exist"),
        ({"seed": SEED_LIMIT}, "corrupt", "its seed"),
    ],
)
def test_what_it_claims_is_checked(static_page: Page, text, change, code, words):
    [(given_code, message)] = static_page.evaluate(
        REFUSALS, [write(content_of(replace(read(text), **change)))]
    )
    assert given_code == code
    assert words in message


def test_a_bomb_and_a_flood_are_refused_before_they_cost_anything(static_page: Page, text):
    content = content_of(read(text))
    bomb = write(content + b"\0" * 16_000_000)
    assert len(bomb) < 24_000  # short enough to be looked at
    [(code, message)] = static_page.evaluate(REFUSALS, [bomb])
    assert code == "corrupt"
    assert "unfolds to more than any fight" in message  # it was left after 32 KiB
    assert refusals(static_page, ["A" * 10_000_000]) == ["too_long"]


def test_what_is_wrapped_wrongly_is_refused(static_page: Page, text):
    content = content_of(read(text))
    wrong = [write(content, junk=b"more"), write(content, form=2), write(b"")]
    assert set(refusals(static_page, wrong)) == {"corrupt"}
