"""Golden pictures: what every screen and every animation state of the page looks like, kept in tests/golden.

    python -m tools.goldens              takes them all anew
    python -m tools.goldens NAME ...     takes some anew

Pictures are kept small and compared with a tolerance: what is to be found is a missing or wrong sprite,
effect, panel or screen, not a moved pixel. Where the page's text has another font than when the goldens
were taken, lines break elsewhere, and the comparison is coarser. The test also holds that each picture
differs from every other by more than the tolerance. Look at the pictures before you commit them.
"""

import io
import sys
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tools import moments
from tools.browser import launch_chromium
from tools.screens import SCREENS, break_guard, show
from tools.servers import ROOT, running_server

FOLDER = ROOT / "tests" / "golden"
VIEWPORT = {"width": 1280, "height": 720}
SIZE = (320, 180)
COLOURS = 128
BROKEN = "boss_broken"  # the state that scripted knights never bring about
FONT_FILE = "font.txt"  # the width of the page's text when the goldens were taken

# Side of the squares over which colours are averaged before they are compared, in pixels, and the most that
# such an average may differ, of 255: with the goldens' font, and with another one (with DejaVu Serif for
# Liberation Serif, the squares of 20 pixels differed by at most 29).
FINE = (5, 22.0)
COARSE = (20, 34.0)


def picture(content: bytes) -> Image.Image:
    """A screenshot (the bytes of a PNG) in the size and colours in which goldens are kept."""
    image = Image.open(io.BytesIO(content)).convert("RGB").resize(SIZE, Image.Resampling.BOX)
    return image.quantize(COLOURS, dither=Image.Dither.NONE)


def difference(a: Image.Image, b: Image.Image, block: int) -> float:
    """How much two pictures of goldens' size differ, from 0 to 255.

    The largest difference of the averaged colour of a square of `block` pixels.
    """
    squares = (SIZE[0] // block, SIZE[1] // block)
    one, other = (
        np.asarray(image.convert("RGB").resize(squares, Image.Resampling.BOX), np.float64) for image in (a, b)
    )
    return float(np.sqrt(((one - other) ** 2).mean(2)).max())


def text_width(page: Page) -> float:
    """Pixels that a line takes in the page's font: two fonts hardly ever agree in it."""
    return page.evaluate(
        """() => {
            const context = document.createElement("canvas").getContext("2d");
            context.font = `100px ${getComputedStyle(document.body).fontFamily}`;
            return Math.round(context.measureText("Seven tiny specialists, 0123456789").width);
        }"""
    )


def take_states(page: Page, url: str, names: Sequence[str] = ()) -> Iterator[tuple[str, Image.Image]]:
    """Every state of both bodies, or those named, as a fight on the page at `url` shows it."""
    if not names or BROKEN in names:
        break_guard(page, url)
        yield BROKEN, picture(page.locator("#stage").screenshot())
    wanted = tuple(moment for moment in moments.MOMENTS if not names or moment.name in names)
    if not wanted:
        return
    page.goto(url)
    found = moments.find(page, wanted)
    for moment in moments.visit(page, url, found, wanted):
        yield moment.name, picture(page.locator("#stage").screenshot())


def take_screens(page: Page, url: str, names: Sequence[str] = ()) -> Iterator[tuple[str, Image.Image]]:
    """Every screen of the page, or those named; the page shows it until the next one is asked for."""
    for name in SCREENS:
        if names and name not in names:
            continue
        show(page, url, name)
        yield name, picture(page.screenshot())


def main() -> None:
    """Entry point."""
    names = sys.argv[1:]
    FOLDER.mkdir(exist_ok=True)
    with running_server("serve_local") as server, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        page = browser.new_page(viewport=VIEWPORT)
        page.goto(server.url)
        (FOLDER / FONT_FILE).write_text(f"{text_width(page)}\n")
        for take in (take_states, take_screens):
            for name, image in take(page, server.url, names):
                image.save(FOLDER / f"{name}.png", optimize=True)
                print(f"tests/golden/{name}.png", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
