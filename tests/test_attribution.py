"""Who drove a cleave: the page silences specialists as Python does, and says it in words that hold."""

import re

import numpy as np
from mind_samples import draws, observations
from playwright.sync_api import Page
from replay_samples import caption

from features import CLEAVE, STREAM_DECISION, hash32, legal
from modular_mind import default_mind, to_json

CAPTIONS = """async ({json, fights}) => {
    const [{blameFor}, {createMind}] = await Promise.all(
        ["replay/killcam", "mind/mind"].map((name) => import(`/static/${name}.js`)));
    const mind = createMind(JSON.parse(json));
    return fights.map(({seed, explore, k, observation}) =>
        blameFor({seed, explore}, {blow: 0, decisions: [{k, observation, move: 0}]}, mind));
}"""
FORMS = {
    "mistake": r"A deliberate mistake killed you: the dice chose CLEAVE, which the mind .* at \d+%\.",
    "one": r"\w+ drove it: CLEAVE \d+%, without it \d+%\.",
    "two": r"No single .* missing\. \w+ and \w+ drove it together: CLEAVE \d+%, without both \d+%\.",
    "three": r"No single .* missing\. \w+, \w+ and \w+ drove it together: CLEAVE .* all three \d+%\.",
    "nobody": r"No single .* missing\. CLEAVE \d+%, without any one of them still \d+%\.",
}


def test_the_captions_hold_in_python(static_page: Page):
    mind = default_mind()
    rows = [row for row in observations(21, 400).tolist() if legal(row) >> CLEAVE & 1][:90]
    seeds = (draws(22, len(rows)) >> np.uint32(1)).tolist()
    fights = [
        {"seed": seed, "explore": 9000, "k": k, "observation": row}
        for k, (seed, row) in enumerate(zip(seeds, rows, strict=True))
    ]
    shown = static_page.evaluate(CAPTIONS, {"json": to_json(mind).decode(), "fights": fights})
    expected = [
        caption(mind, fight["observation"], 9000, hash32(fight["seed"], STREAM_DECISION, fight["k"]))
        for fight in fights
    ]
    assert shown == expected
    forms = [next(name for name, form in FORMS.items() if re.fullmatch(form, text)) for text in shown]
    assert {"mistake", "one", "two", "three"} <= set(forms)


def test_of_an_unknown_mind_nothing_is_claimed(static_page: Page):
    text = static_page.evaluate(
        "async () => (await import('/static/replay/killcam.js')).blameFor({}, {}, null)"
    )
    assert text.startswith("The mind that struck is not known here")
