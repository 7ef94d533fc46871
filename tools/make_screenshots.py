"""Takes the pictures of README and docs of the real page in Chromium, stepped by hand.

    python -m tools.make_screenshots        writes docs/images/*.webp

Screens are those of tools/screens.py; the moments of fights are found by what the state of the duel says, so
they stay the same moments when the rules or the boss change.
"""

import io

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tools import moments
from tools.browser import launch_chromium
from tools.screens import show
from tools.servers import ROOT, running_server

IMAGES = ROOT / "docs" / "images"
WIDE = {"width": 1280, "height": 720}
SHOWN = ("gate", "victory", "defeat", "training_room", "killing_blow", "settings_controls", "laboratory")
FIGHT = (
    moments.Moment(
        "fight",
        "dodger",
        "normal",
        "s.boss_enraged === 1 && s.knight_phase === 2 && s.knight_timer === 10 && s.boss_phase === 3",
    ),
    moments.Moment(
        "telegraph", "dodger", "normal", "s.boss_phase === 1 && s.boss_timer === 14 && s.knight_aegis === 0"
    ),
)


def take(page: Page, name: str) -> None:
    """Saves what the page shows."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.save(IMAGES / f"{name}.webp", quality=90, method=6)  # a palette would take the rare colours away
    print(f"docs/images/{name}.webp", flush=True)


def main() -> None:
    """Entry point."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with running_server("serve_local") as server, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        page = browser.new_page(viewport=WIDE)
        for name in SHOWN:
            show(page, server.url, name)
            take(page, name)
        page.goto(server.url)
        for moment in moments.visit(page, server.url, moments.find(page, FIGHT), FIGHT):
            take(page, moment.name)
        browser.close()


if __name__ == "__main__":
    main()
