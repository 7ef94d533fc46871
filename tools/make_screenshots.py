"""Takes the README's pictures of the real page in Chromium, stepped by hand.

    python -m tools.make_screenshots        writes docs/images/*.png

A scripted knight plays fights of fixed seeds on the local server's page; the moments are found by what
the state of the duel says, so they stay the same moments when the rules or the boss change.
"""

import io

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tools.browser import launch_chromium
from tools.servers import ROOT, running_server

IMAGES = ROOT / "docs" / "images"
WIDE = {"width": 1280, "height": 720}
SEED = 6
LIMIT_TICKS = 8000
SETTLE_TICKS = 150  # what follows the end of a fight before its screen is complete

# Steps the fight with a scripted knight until CONDITION, on the duel's state by name (s).
PLAY = """async ({who, limit}) => {
    const {ScriptedKnight} = await import("/static/sim/fighters.js");
    window.knight ??= new ScriptedKnight(who, {state: Int32Array.from(window.__game.vector)});
    for (let i = 0; i < limit; i += 1) {
        const s = window.__game.state;
        if (CONDITION) return true;
        window.__step(1, (state) => window.knight.input({state}));
    }
    return false;
}"""


def begin(page: Page, url: str, tier: str) -> None:
    """Open the page and enter the fog."""
    page.goto(f"{url}?manual&seed={SEED}")
    page.locator("#gate").wait_for()
    page.locator("#tier-choices label", has_text=tier).click()
    page.locator("#enter").click()
    page.wait_for_function("window.__game.hasMind && window.__game.phase !== 'gate'")


def play_until(page: Page, who: str, until: str) -> None:
    """Let a scripted knight play up to a moment; raises RuntimeError if it never comes."""
    if not page.evaluate(PLAY.replace("CONDITION", until), {"who": who, "limit": LIMIT_TICKS}):
        raise RuntimeError(f"the {who} never sees: {until}")


def take(page: Page, name: str) -> None:
    """Save what the page shows."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(256).save(IMAGES / f"{name}.png", optimize=True)  # a third of the size
    print(f"docs/images/{name}.png")


def main() -> None:
    """Entry point."""
    with running_server("serve_local") as server, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        page = browser.new_page(viewport=WIDE)
        page.goto(f"{server.url}?manual&seed={SEED}")
        page.locator("#gate").wait_for()
        page.wait_for_function("window.__game.hasMind")
        page.evaluate("window.__step(60)")
        take(page, "overlay")
        begin(page, server.url, "Normal")
        play_until(
            page,
            "dodger",
            "s.clock > 500 && s.knight_phase === 2 && s.knight_timer === 9 && s.boss_health < 180",
        )
        take(page, "fight")
        play_until(page, "dodger", "s.boss_phase === 1 && s.boss_timer === 14 && s.knight_aegis === 0")
        take(page, "telegraph")
        play_until(page, "dodger", "s.outcome !== 0")
        page.evaluate(f"window.__step({SETTLE_TICKS}, 0)")
        take(page, "victory")
        begin(page, server.url, "Hard")
        play_until(page, "aggressor", "s.outcome !== 0")
        page.evaluate(f"window.__step({SETTLE_TICKS}, 0)")
        take(page, "defeat")
        browser.close()


if __name__ == "__main__":
    main()
