"""The lab page in a real Chromium: the numbers of the records, legends, keys, and missing data."""

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pages import WAIT_MS, Trouble
from playwright.sync_api import Browser, Locator, Page, expect

from tools.servers import ROOT

RECORDS = "**/static/gen/lab.json"
SCREENS = ((1280, 720), (1920, 1080), (844, 390), (390, 844))


def record(path: str) -> dict:
    return json.loads((ROOT / path).read_text("utf-8"))


MANIFEST = record("weights/manifest.json")
LOG = record("weights/train_log.json")
STUDY = record("docs/data/training_study.json")
EXPLOITER = record("docs/data/exploiter.json")


@contextmanager
def laboratory(browser: Browser, url: str, **options) -> Iterator[tuple[Page, Trouble]]:
    """The lab page, asked for but perhaps not drawn yet, and what goes wrong in it."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, **options})
    context.set_default_timeout(WAIT_MS)
    trouble = Trouble(context, url)
    try:
        yield context.new_page(), trouble
        assert trouble.foreign == []
    finally:
        context.close()


@pytest.fixture(scope="module")
def shared(browser: Browser, url: str) -> Iterator[Page]:
    """One drawn lab page for all tests that leave nothing behind but a chosen place."""
    with laboratory(browser, url, reduced_motion="reduce") as (page, trouble):
        page.goto(url + "lab")
        expect(page.locator("#sections")).to_be_visible()
        yield page
        assert trouble.errors == []


@pytest.fixture
def lab(shared: Page) -> Page:
    """The same with the focus on nothing."""
    shared.evaluate("document.activeElement.blur()")
    return shared


def percent(share: float) -> str:
    """As the page writes a share; halves go up, as in JavaScript."""
    return f"{100 * round(share, 5) + 1e-9:.1f}%"


def row(page: Page, where: str, name: str) -> Locator:
    """The row of a table in #where whose heading is `name`."""
    heading = page.locator("th", has_text=re.compile(f"^{re.escape(name)}$"))
    return page.locator(f"#{where} tbody tr").filter(has=heading)


def entry(page: Page, chart: str, series: str) -> Locator:
    """A legend entry of a chart."""
    return page.locator(f"#{chart} button[data-series={series}]")


# ---------------------------------------------------------------------------- the specimen
def test_the_label_names_the_shipped_boss(lab: Page):
    facts = lab.locator("#boss-facts")
    training = MANIFEST["training"]
    for value in (
        MANIFEST["weights_sha256"],
        f"{MANIFEST['parameters']:,}",
        f"version {MANIFEST['rules_version']}",
        training["command"],
        f"{training['minutes']} minutes",
        f"{training['agent_steps']:,} agent steps",
    ):
        expect(facts).to_contain_text(value)
    for name, tier in training["calibration"]["tiers"].items():
        shown = row(lab, "boss-tiers", name.capitalize())
        low, high = tier["interval"]
        expect(shown).to_contain_text(f"{percent(tier['win_rate'])} [{100 * low:.1f}, {100 * high:.1f}]")
        expect(shown).to_contain_text(percent(MANIFEST["explore"][name] / 65536))
        expect(shown).to_contain_text(f"{tier['seconds']:.1f} s")


def test_every_section_signs_its_source(lab: Page):
    sources = {
        "boss": "weights/manifest.json: 1,000 fights",
        "training": f"weights/train_log.json: {len(LOG['history'])} examinations",
        "payoff": f"docs/data/training_study.json: {STUDY['payoff']['fights']} fights",
        "parts": f"docs/data/training_study.json: means over {len(STUDY['seeds'])} seeds",
        "exploiters": "docs/data/exploiter.json: 200 fights",
    }
    for section, source in sources.items():
        expect(lab.locator(f"#{section} .source-line")).to_contain_text(f"Drawn from {source}")
    expect(lab.locator(".stale")).to_have_count(0)
    expect(lab.locator("#history")).to_contain_text("The boss has not learned from fights here yet")


# ---------------------------------------------------------------------------- curves
def test_the_table_behind_the_curves_is_the_training_log(lab: Page):
    rows = lab.locator("#training-wins tbody tr").evaluate_all(
        "(rows) => rows.map((row) => Array.from(row.cells, (cell) => cell.textContent))"
    )
    heads = lab.locator("#training-wins thead th").all_text_contents()
    assert len(rows) == len(LOG["history"])
    for cells, examined in zip(rows, LOG["history"], strict=True):
        shown = dict(zip(heads, cells, strict=True))
        assert shown["update"].startswith(f"Update {examined['update']:,}, ")
        for name, rate in examined["win_rate"].items():
            assert shown[name.replace("_", " ")].startswith(f"{percent(rate)} ["), name
        assert shown["self-play, running mean"] == percent(examined["self_play_win_rate"])


def test_arrow_keys_read_the_curve_out(lab: Page):
    plot = lab.get_by_role("slider", name="Fights won by the boss during training")
    plot.focus()
    plot.press("Home")
    plot.press("ArrowRight")
    second = LOG["history"][1]
    expect(lab.locator("#training-wins .reading")).to_contain_text(f"Update {second['update']}, ")
    shown = percent(second["win_rate"]["dodger"])
    expect(entry(lab, "training-wins", "dodger")).to_contain_text(shown)
    expect(plot).to_have_attribute("aria-valuenow", "1")
    expect(plot).to_have_attribute("aria-valuetext", re.compile(f"; dodger {re.escape(shown)}"))
    plot.press("End")
    expect(plot).to_have_attribute("aria-valuenow", str(len(LOG["history"]) - 1))
    plot.press("ArrowRight")
    expect(plot).to_have_attribute("aria-valuenow", str(len(LOG["history"]) - 1))


def test_the_pointer_reads_the_nearest_examination(lab: Page):
    plot = lab.locator("#training-entropy .plot")
    plot.scroll_into_view_if_needed()
    plot.press("End")
    box = plot.bounding_box()
    plot.hover(position={"x": box["width"] * 0.5, "y": box["height"] / 2})
    place = int(plot.get_attribute("aria-valuenow"))
    assert len(LOG["history"]) * 0.35 < place < len(LOG["history"]) * 0.6
    for seat in ("boss", "knight"):
        shown = f"{LOG['history'][place][f'{seat}_entropy']:.2f}"
        expect(entry(lab, "training-entropy", seat)).to_contain_text(shown)


def test_a_point_stands_at_the_height_of_its_number(lab: Page):
    plot = lab.locator("#training-wins .plot")
    plot.focus()
    heights = []
    for place in (0, 3, 14, 20):
        plot.press("Home")
        for _ in range(place):
            plot.press("ArrowRight")
        height = float(plot.locator("[data-point=dodger]").get_attribute("cy"))
        heights.append((LOG["history"][place]["win_rate"]["dodger"], height))
    (r0, h0), (r1, h1) = min(heights), max(heights)
    for rate, height in heights:
        assert height == pytest.approx(h0 + (h1 - h0) * (rate - r0) / (r1 - r0), abs=0.01)
    assert h1 < h0


def test_a_legend_entry_takes_its_line_away_and_brings_it_back(lab: Page):
    line = lab.locator("#training-wins [data-line=dodger]")
    plot = lab.locator("#training-wins .plot")
    button = entry(lab, "training-wins", "dodger")
    expect(line).to_have_count(1)
    button.focus()
    lab.keyboard.press("Space")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(line).to_have_count(0)
    expect(plot).not_to_have_attribute("aria-valuetext", re.compile("dodger"))
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(line).to_have_count(1)
    expect(plot).to_have_attribute("aria-valuetext", re.compile("dodger"))


def test_no_two_lines_of_a_chart_look_alike_without_colour(lab: Page):
    for chart in lab.locator(".chart-legend").all():
        samples = chart.locator(".sample line").evaluate_all(
            """(lines) => lines.map((line) =>
                `${line.getAttribute("stroke-dasharray")} ${line.getAttribute("stroke-width")}`)"""
        )
        assert len(samples) == len(set(samples)) > 1


# ---------------------------------------------------------------------------- the matrix
def test_the_matrix_has_the_percentages_of_the_study(lab: Page):
    shown = lab.locator("#payoff-matrix tbody tr").evaluate_all(
        "(rows) => rows.map((row) => Array.from(row.cells, (cell) => cell.textContent))"
    )
    cells = {name: numbers for name, *numbers in shown}
    assert len(cells) == len(STUDY["payoff"]["rows"])
    for name, counts in STUDY["payoff"]["rows"].items():
        said = re.sub(
            r"league boss-(\d+)", r"league, update \1", re.sub(r"seed (\d+), final", r"study, seed \1", name)
        )
        assert cells[said] == [str(int(100 * won / sum((won, *rest)) + 0.5)) for won, *rest in counts]


def test_arrow_keys_walk_the_matrix_and_light_row_and_column(lab: Page):
    cells = lab.locator("#payoff-matrix tbody tr").nth(0).locator("td")
    lab.locator("#payoff-matrix td[tabindex='0']").focus()
    lab.keyboard.press("Home")
    for _ in range(3):
        lab.keyboard.press("ArrowUp")
    lab.keyboard.press("End")
    expect(cells.last).to_be_focused()
    lab.keyboard.press("ArrowDown")
    lab.keyboard.press("ArrowLeft")
    column = STUDY["payoff"]["columns"][-2].replace("exploiter", "hunter")
    won, lost, _ = STUDY["payoff"]["rows"]["shipped, normal"][-2]
    fights = STUDY["payoff"]["fights"]
    expect(lab.locator("#payoff-matrix .reading")).to_contain_text(
        f"Shipped, normal against {column}: the boss won {won} of {fights} fights, the knight {lost}"
    )
    rows, columns = len(STUDY["payoff"]["rows"]), len(STUDY["payoff"]["columns"])
    expect(lab.locator("#payoff-matrix td.lit")).to_have_count(rows + columns - 1)
    expect(lab.locator("#payoff-matrix td.chosen")).to_be_focused()
    expect(lab.locator("#payoff-matrix td[tabindex='0']")).to_have_count(1)


def test_the_pointer_chooses_a_cell(lab: Page):
    cell = lab.locator("#payoff-matrix tbody tr").nth(0).locator("td").nth(0)
    cell.hover()
    won, lost, _ = STUDY["payoff"]["rows"]["shipped, easy"][0]
    expect(lab.locator("#payoff-matrix .reading")).to_contain_text(
        f"the boss won {won} of 200 fights, the knight {lost}"
    )
    expect(cell).to_have_class(re.compile("chosen"))


# ---------------------------------------------------------------------------- parts and hunters
def test_parts_and_networks_are_all_there_with_their_sentences(lab: Page):
    made = record("web/gen/lab.json")["ablations"]
    for where, entries in (("parts-without", made["parts"]), ("parts-networks", made["networks"])):
        assert lab.locator(f"#{where} tbody tr").count() == len(entries)
        for part in entries:
            shown = row(lab, where, part["title"].replace("without ", ""))
            expect(shown).to_contain_text(part["sentence"])
            expect(shown).to_contain_text(f"{STUDY['variants'][part['name']]['parameters']:,}")
    for how in ("zero", "mean"):
        expect(lab.locator(f"#parts-{how} tbody tr")).to_have_count(len(made["silenced"]["how"][how]))


def test_bars_reach_from_nothing_to_their_means(lab: Page):
    made = record("web/gen/lab.json")["ablations"]["parts"]
    rows = lab.locator("#parts-without tbody tr").evaluate_all(
        """(rows) => rows.map((row) => {
            const number = (what, name) => parseFloat(row.querySelector(what).getAttribute(name));
            return [number(".dot", "cx"), number(".bar-body", "width"), number(".origin", "x1")];
        })"""
    )
    longest, at_longest = max(
        (abs(part["differences"]["dodger"]["mean"]), width)
        for part, (_, width, _) in zip(made, rows, strict=True)
    )
    for part, (dot, width, origin) in zip(made, rows, strict=True):
        mean = part["differences"]["dodger"]["mean"]
        assert width == pytest.approx(at_longest * abs(mean) / longest, abs=0.01)
        assert dot - origin == pytest.approx(width if mean > 0 else -width, abs=0.01)


def test_the_hunters_wins_are_those_of_the_record(lab: Page):
    for knight in EXPLOITER["knights"]:
        shown = row(lab, "exploiters-final", f"Hunter {knight['seed']}")
        expect(shown).to_contain_text(percent(knight["win_rate"]))
        expect(shown).to_contain_text(percent(knight["starts"]["nothing"]))
        last = percent(knight["curve"][-1][1])
        lab.locator("#exploiters-curve .plot").press("End")
        expect(entry(lab, "exploiters-curve", f"hunter-{knight['seed']}")).to_contain_text(last)
    expect(lab.locator("#exploiters-lead")).to_contain_text(
        f"The best of them wins {percent(EXPLOITER['best'])}"
    )


# ---------------------------------------------------------------------------- the page
def test_headings_descend_one_by_one_and_links_lead_home(lab: Page):
    levels = lab.locator("h1, h2, h3, h4").evaluate_all(
        "(all) => all.filter((one) => one.checkVisibility()).map((one) => Number(one.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    for link in lab.locator("a.way-back").all():
        assert link.get_attribute("href") == "/"
    for link in lab.locator(".contents a").all():
        expect(lab.locator(f"section{link.get_attribute('href')} h2")).to_have_count(1)


def test_the_focus_walks_from_the_skip_link_through_the_contents_and_is_seen(lab: Page):
    lab.evaluate("window.scrollTo(0, 0)")
    lab.locator(".skip").focus()
    names = []
    for _ in range(7):
        lab.keyboard.press("Tab")
        names.append(lab.evaluate("document.activeElement.textContent.trim()"))
        assert lab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert names[0].endswith("Back to the arena")
    assert names[1:] == lab.locator(".contents a").all_text_contents()


@pytest.mark.parametrize("size", SCREENS)
def test_nothing_sticks_out_of_any_screen(lab: Page, size: tuple[int, int]):
    lab.set_viewport_size({"width": size[0], "height": size[1]})
    try:
        wide = lab.evaluate(
            """async (limit) => {
                for (let i = 0; i < 3; i += 1) await new Promise(requestAnimationFrame);  // the charts follow
                const all = document.querySelectorAll(".plot svg, section, h1, h2, h3, .intervals");
                const out = Array.from(all).filter((one) => one.getBoundingClientRect().right > limit + 0.5);
                return [document.documentElement.scrollWidth, out.map((one) => one.outerHTML.slice(0, 80))];
            }""",
            size[0],
        )
        assert wide == [size[0], []]
    finally:
        lab.set_viewport_size({"width": 1280, "height": 720})


@pytest.mark.parametrize("size", [*SCREENS, (1000, 700)])
def test_no_value_of_a_table_reaches_into_the_next_column(lab: Page, size: tuple[int, int]):
    lab.set_viewport_size({"width": size[0], "height": size[1]})
    try:
        wide = lab.evaluate(
            """async () => {
                for (let i = 0; i < 3; i += 1) await new Promise(requestAnimationFrame);
                const cells = Array.from(document.querySelectorAll(".intervals tbody th, .intervals .text"));
                if (cells.length < 50) throw new Error("the tables are not there");
                const range = document.createRange();
                return cells.filter((cell) => {
                    range.selectNodeContents(cell);
                    return range.getBoundingClientRect().right > cell.getBoundingClientRect().right + 0.5;
                }).map((cell) => cell.textContent);
            }"""
        )
        assert wide == []
    finally:
        lab.set_viewport_size({"width": 1280, "height": 720})


def test_records_that_do_not_arrive_are_told_and_can_be_asked_for_again(browser: Browser, url: str):
    with laboratory(browser, url) as (page, _trouble):
        for status, body in ((503, "busy"), (200, '{"boss": {}}'), (200, "{")):
            answer = {"status": status, "body": body}
            page.route(RECORDS, lambda route, _request, answer=answer: route.fulfill(**answer))
            page.goto(url + "lab")
            expect(page.get_by_role("alert")).to_contain_text("The records cannot be read")
            expect(page.locator("#sections")).to_be_hidden()
            expect(page.locator("#waiting")).to_be_hidden()
            expect(page.locator("#contents")).to_be_hidden()
            expect(page.locator("header a.way-back")).to_be_visible()
            page.unroute(RECORDS)
        page.get_by_role("button", name="Try again").click()
        expect(page.locator("#sections")).to_be_visible()
        expect(page.locator("#failure")).to_be_hidden()


def test_records_of_other_weights_are_marked_and_missing_hunters_said(browser: Browser, url: str):
    made = record("web/gen/lab.json")
    made["payoff"]["weights"] = "0" * 64
    made["exploiters"] = None
    with laboratory(browser, url) as (page, trouble):
        page.route(RECORDS, lambda route: route.fulfill(json=made))
        page.goto(url + "lab#payoff")
        expect(page.locator(".stale")).to_have_count(1)
        expect(page.locator("#payoff .stale")).to_have_text(
            re.compile("other weights than those of the label")
        )
        expect(page.locator("#exploiters-lead")).to_contain_text("Nobody has hunted this boss yet")
        expect(page.locator("#exploiters-body")).to_be_hidden()
        expect(page.locator("#payoff-title")).to_be_in_viewport()
        assert trouble.errors == []


def test_in_a_frame_the_page_is_whole(browser: Browser, url: str):
    with laboratory(browser, url) as (page, trouble):
        body = f'<!doctype html><title>host</title><iframe src="{url}lab" width="900" height="600"></iframe>'
        page.route("**/host", lambda route: route.fulfill(body=body, content_type="text/html"))
        page.goto(url + "host")
        frame = page.frame_locator("iframe")
        expect(frame.locator("#sections")).to_be_visible()
        expect(frame.locator("#training-wins [data-line=dodger]")).to_have_count(1)
        assert trouble.errors == []


def test_the_way_back_leads_to_the_arena(browser: Browser, url: str):
    with laboratory(browser, url) as (page, trouble):
        page.goto(url + "lab")
        page.locator("header a.way-back").click()
        expect(page.locator("#gate")).to_be_visible()
        page.go_back()
        expect(page.locator("#sections")).to_be_visible()
        assert trouble.errors == []
