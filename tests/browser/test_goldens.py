"""Every screen and every state of both bodies looks as its golden picture does (see tools/goldens.py).

Each screen is also held to the rules of axe-core for accessible pages.
"""

from collections.abc import Iterator
from itertools import combinations

import pytest
from axe_core_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page

from tools.goldens import (
    BROKEN,
    COARSE,
    FINE,
    FOLDER,
    FONT_FILE,
    SIZE,
    VIEWPORT,
    difference,
    take_screens,
    take_states,
    text_width,
)
from tools.moments import MOMENTS
from tools.screens import SCREENS

GRAVE = ("serious", "critical")
NAMES = [BROKEN, *(moment.name for moment in MOMENTS), *SCREENS]


def golden(name: str) -> Image.Image:
    with Image.open(FOLDER / f"{name}.png") as image:
        return image.convert("RGB")


def test_every_screen_and_state_has_a_golden_and_no_other_lies_there():
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted([FONT_FILE, *(f"{n}.png" for n in NAMES)])
    assert all(golden(name).size == SIZE for name in NAMES)


def test_goldens_differ_from_each_other_by_more_than_is_tolerated():
    block, tolerance = FINE
    pictures = {name: golden(name) for name in NAMES}
    close = {
        (a, b)
        for a, b in combinations(NAMES, 2)
        if difference(pictures[a], pictures[b], block) < 1.5 * tolerance
    }
    assert close == set()


def strange(page: Page, found: dict[str, Image.Image]) -> dict[str, float]:
    """How much each picture differs from its golden, of those that differ by more than is tolerated."""
    has_font = text_width(page) == float((FOLDER / FONT_FILE).read_text())
    block, tolerance = FINE if has_font else COARSE
    differences = {name: difference(image, golden(name), block) for name, image in found.items()}
    return {name: value for name, value in differences.items() if value > tolerance}


@pytest.fixture
def still(browser: Browser) -> Iterator[Page]:
    """A page in a context of its own."""
    context = browser.new_context(viewport=VIEWPORT)
    yield context.new_page()
    context.close()


def test_every_state_of_both_bodies_looks_as_its_golden(still: Page, url: str):
    found = dict(take_states(still, url))
    assert list(found) != []
    assert strange(still, found) == {}


def test_every_screen_looks_as_its_golden_and_is_accessible(still: Page, url: str):
    found, grave = {}, {}
    for name, image in take_screens(still, url):
        found[name] = image
        result = Axe().run(still, options={"resultTypes": ["violations"]})
        assert len(result["passes"]) > 10  # the rules have run
        violations = [finding for finding in result["violations"] if finding["impact"] in GRAVE]
        if violations:
            grave[name] = {rule["id"]: [node["html"] for node in rule["nodes"]] for rule in violations}
    assert grave == {}
    assert list(found) == list(SCREENS)
    assert strange(still, found) == {}
