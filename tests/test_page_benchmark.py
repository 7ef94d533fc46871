"""The benchmark of the page: its bars, and each of its measurements once in a small form."""

import pytest
from playwright.sync_api import Browser

from benchmarks import page
from tools.servers import running_server

GOOD = dict.fromkeys(page.BARS, 0)


def test_every_bar_has_its_answer():
    assert page.within(GOOD) == dict.fromkeys(page.BARS, True)
    for name, most in page.BARS.items():
        assert page.within({**GOOD, name: most})[name]
        missed = page.within({**GOOD, name: most + 0.01})
        assert [bar for bar, held in missed.items() if not held] == [name]


@pytest.mark.parametrize(("count", "expected"), [(1, 0), (20, 19), (100, 95), (1000, 950)])
def test_one_value_in_twenty_exceeds_the_p95(count, expected):
    assert page.p95(list(range(count))[::-1]) == expected


@pytest.mark.long
def test_each_measurement_gives_a_plausible_figure(browser: Browser):
    errors = page.Errors()
    with running_server("serve_local") as server:
        assert 10 < page.interactive_ms(browser, server.url, errors) < page.WAIT_MS
        assert 100_000 < page.transfer_bytes(browser, server.url, errors) < 5_000_000
        draws = page.draw_milliseconds(browser, server.url, errors, seed=1, most=5)
        assert len(draws) == 5
        assert all(0 <= scripts <= whole for whole, scripts in draws)
        growths = page.heap_growth(browser, server.url, errors, seed=1, fights=1, most=20)
        assert all(-0.5 < growth < 1 for growth in growths)
    assert errors.messages == []


def test_an_error_of_the_page_is_counted(browser: Browser):
    errors = page.Errors()
    with page.fresh(browser, errors) as (opened, _session):
        opened.evaluate("console.warn('a warning'); console.error('an error'); console.log('not this')")
        assert errors.messages == ["a warning", "an error"]
