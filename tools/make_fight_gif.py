"""Makes the README's animated picture of a fight, from the real page in Chromium, stepped by hand.

    python -m tools.make_fight_gif        writes docs/images/fight.gif

A scripted knight plays the fight; the picture begins shortly before a wind-up which it survives and answers.
"""

import io

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tools import moments
from tools.browser import launch_chromium
from tools.servers import ROOT, running_server

TARGET = ROOT / "docs" / "images" / "fight.gif"
VIEWPORT = {"width": 1280, "height": 720}
SIZE = (560, 315)
COLOURS = 64
TIER = "easy"
FRAME_TICKS = 5  # 12 pictures a second
SECONDS = 6
LEAD_TICKS = 60  # shown before the boss enrages
START = moments.Moment("enraging", "dodger", TIER, "e.has('enraged') && s.knight_health > 40")

_BEGIN = """async (who) => {
    const {ScriptedKnight} = await import("/static/sim/fighters.js");
    window.knight = new ScriptedKnight(who, {state: Int32Array.from(window.__game.vector)});
}"""
_STEP = "(ticks) => window.__step(ticks, (state) => window.knight.input({state}))"


def frames(page: Page, url: str) -> list[Image.Image]:
    """The pictures, in the page's colours."""
    page.goto(url)
    place = moments.find(page, (START,))[START.name]
    moments.begin(page, url, TIER, place.seed)
    page.evaluate(_BEGIN, START.knight)
    page.evaluate(_STEP, place.ticks - LEAD_TICKS)
    taken = []
    for _ in range(SECONDS * 60 // FRAME_TICKS):
        page.evaluate(_STEP, FRAME_TICKS)
        image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        taken.append(image.resize(SIZE, Image.Resampling.LANCZOS))
    return taken


def write(taken: list[Image.Image]) -> None:
    """Saves the pictures as a GIF with one palette, so that what stands still costs nothing."""
    strip = Image.new("RGB", (SIZE[0], SIZE[1] * 6))
    for i in range(6):
        strip.paste(taken[i * (len(taken) - 1) // 5], (0, SIZE[1] * i))
    palette = strip.quantize(COLOURS, method=Image.Quantize.MEDIANCUT)
    indexed = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in taken]
    duration = round(1000 * FRAME_TICKS / 60 / 10) * 10  # GIF counts hundredths of a second
    rest = indexed[1:]
    indexed[0].save(TARGET, save_all=True, append_images=rest, duration=duration, loop=0, optimize=True)


def main() -> None:
    """Entry point."""
    with running_server("serve_local") as server, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        write(frames(browser.new_page(viewport=VIEWPORT), server.url))
        browser.close()
    print(f"docs/images/fight.gif: {TARGET.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
