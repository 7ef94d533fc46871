"""What the player may choose about the picture, and what it is made of: camera, pools, telegraph, hooks."""

import base64
import io
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from playwright.sync_api import Page
from shared_pages import HOME, Turns

from features import BOSS_PHASES, WINDUP_TICKS

# Keeps the stage in window.stage; window.redraw() draws again what was drawn last. While
# window.isBlind nothing is drawn.
GRAB = """async () => {
    const {Stage} = await import("/static/render/stage.js");
    const draw = Stage.prototype.draw;
    Stage.prototype.draw = function (scene, alpha) {
        window.stage = this;
        window.redraw = (options = {}) => {
            this.setOptions(options);
            draw.call(this, scene, alpha);
            return this.lens.canvas.toDataURL();
        };
        if (!window.isBlind) draw.call(this, scene, alpha);
    };
}"""
BEGIN = """() => {
    document.getElementById("enter").click();
    window.__step(120, 0);
}"""
# Steps the fight, the knight standing still, until `name` of the game's counts or state is at least `least`.
STEP_UNTIL = """async ({name, least}) => {
    const value = () => window.__game.counts[name] ?? window.__game.state[name];
    window.isBlind = true;
    for (let i = 0; i < 3000 && value() < least; i += 1) window.__step(1, 0);
    window.isBlind = false;
    window.__step(0);
    return value();
}"""
PLAIN = {"calm": False, "shake": 1, "flashes": True, "highContrast": False}
# The settings, reset on the way, give the stage its options again.
HOME_FROM_STAGE = f"() => {{ if (window.stage) window.stage.annotate = null; ({HOME})(); }}"
NOT_IN_A_HURRY = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


def picture(page: Page, **options: object) -> np.ndarray:
    """The canvas drawn again with these options, as rows of RGB."""
    address = page.evaluate("(options) => window.redraw(options)", {**PLAIN, **options})
    data = base64.b64decode(address.partition(",")[2])
    return np.array(Image.open(io.BytesIO(data)).convert("RGB"), dtype=int)


@pytest.fixture
def stage(shared: Turns) -> Iterator[Page]:
    """A fight on the shared page, whose stage is window.stage."""
    with shared.turn(HOME_FROM_STAGE) as page:
        if page.evaluate("!window.redraw"):
            page.evaluate(GRAB)
        page.evaluate(BEGIN)
        yield page


# ------------------------------------------------------------------------------ options
def test_flashes_can_be_switched_off(stage: Page):
    assert stage.evaluate(STEP_UNTIL, {"name": "cleave_hit", "least": 1}) == 1
    corner = (slice(0, 60), slice(-200, None))
    lit, dark, calm = picture(stage), picture(stage, flashes=False), picture(stage, calm=True)
    stage.evaluate("window.stage.effects.screenFlash = 0")
    without = picture(stage, flashes=False)
    assert np.abs(lit[corner] - without[corner]).mean() > 4
    assert np.array_equal(dark[corner], without[corner])
    assert np.abs(calm[corner] - without[corner]).mean() < 4


def test_who_is_struck_turns_white_only_with_flashes(stage: Page):
    assert stage.evaluate(STEP_UNTIL, {"name": "cleave_hit", "least": 1}) == 1
    stage.evaluate("window.stage.effects.screenFlash = 0; window.stage.effects.particles.clear()")
    lit, plain = picture(stage), picture(stage, flashes=False)
    pale = [(image.min(axis=2) > 170).sum() for image in (lit, plain)]
    assert pale[0] > pale[1] + 600  # a knight has about 1,500 pixels; his outline stays


def test_options_may_change_at_any_time_and_come_back(stage: Page):
    before = picture(stage)
    assert not np.array_equal(before, picture(stage, highContrast=True))
    assert np.array_equal(before, picture(stage))


@pytest.mark.parametrize("options", [{"shake": 0}, {"calm": True}])
def test_without_shaking_the_view_stands_still(stage: Page, options: dict):
    views = stage.evaluate(
        """(options) => {
            const {camera} = window.stage;
            window.stage.setOptions(options);
            camera.jolt(1);
            camera.update(200, 300, false);
            return [0.25, 0.5, 1].map((alpha) => camera.view(alpha));
        }""",
        {**PLAIN, **options},
    )
    assert [(view["shakeX"], view["shakeY"], view["angle"]) for view in views] == [(0, 0, 0)] * 3


# ------------------------------------------------------------------------------ telegraph
def runs(grey: np.ndarray) -> list[tuple[str, int]]:
    """Neighbouring pixels of a row of greys as (dark, light or middling, how many)."""
    kinds = ["dark" if value < 45 else "light" if value > 190 else "middling" for value in grey]
    found: list[tuple[str, int]] = []
    for kind in kinds:
        if found and found[-1][0] == kind:
            found[-1] = (kind, found[-1][1] + 1)
        else:
            found.append((kind, 1))
    return found


def test_in_high_contrast_the_telegraph_is_seen_without_colours(stage: Page):
    windup = BOSS_PHASES.index("windup")
    assert stage.evaluate(STEP_UNTIL, {"name": "boss_phase", "least": windup}) == windup
    distances = []
    for _ in range(3):
        grey = np.array(Image.fromarray(picture(stage, highContrast=True).astype(np.uint8)).convert("L"))
        left, top, boss = stage.evaluate(
            "[window.stage.lens.left, window.stage.lens.top, Math.round(window.__game.state.boss_x / 16)]"
        )
        # the ring's uppermost point, on the column through its middle: light between two dark lines
        column = grey[: -54 - top, boss - left + 12]
        shape = runs(column)
        light = [i for i, (kind, count) in enumerate(shape) if kind == "light" and count >= 5]
        assert light, shape
        first = light[0]
        assert shape[first - 1][0] == "dark" or shape[first - 2][0] == "dark"
        assert "dark" in (shape[first + 1][0], shape[first + 2][0]) if first + 2 < len(shape) else True
        distances.append(len(column) - sum(count for _, count in shape[:first]))
        # the strip on the floor: hatched or chevroned black and white
        row = grey[4 - top]
        assert (row > 190).sum() >= 30
        assert (row < 30).sum() >= 60
        stage.evaluate("(ticks) => window.__step(ticks, 0)", WINDUP_TICKS // 4)
    assert distances[0] > distances[1] > distances[2]


# ------------------------------------------------------------------------------ annotations
def test_annotations_are_drawn_in_world_pixels(stage: Page):
    colour = stage.evaluate(
        """() => {
            const {stage} = window;
            stage.annotate = (context, {knightX, bossX, state}) => {
                context.fillStyle = state.length && bossX > knightX ? "#00ff00" : "#ff0000";
                context.fillRect(knightX - 2, -202, 4, 4);
            };
            window.redraw();
            const x = Math.round(window.__game.state.knight_x / 16) - stage.lens.left;
            return [...stage.lens.context.getImageData(x, -200 - stage.lens.top, 1, 1).data];
        }"""
    )
    assert colour == [0, 255, 0, 255]


# ------------------------------------------------------------------------------ camera
def views(page: Page, jolts: list[float], parts: int) -> list[dict]:
    """The views of a camera that is jolted by `jolts`, one a tick, at `parts` moments of each tick."""
    return page.evaluate(
        """async ({jolts, parts}) => {
            const {Camera} = await import("/static/render/camera.js");
            const options = {calm: false, shake: 1};
            const camera = new Camera({ground: 452, options});
            const views = [];
            for (const strength of jolts) {
                if (strength > 0) camera.jolt(strength);
                camera.update(400, 500, false);
                for (let part = 0; part < parts; part += 1) views.push(camera.view(part / parts));
            }
            return views;
        }""",
        {"jolts": jolts, "parts": parts},
    )


@NOT_IN_A_HURRY
@given(st.lists(st.sampled_from([0, 0, 0, 0.2, 0.5, 1.0]), min_size=4, max_size=40))
def test_the_view_never_jumps_however_it_is_shaken(static_page: Page, jolts: list[float]):
    shaken = views(static_page, jolts, 32)
    for name, most, limit in (("shakeX", 10, 1.0), ("shakeY", 7, 0.7), ("angle", 0.01, 0.001)):
        values = np.array([view[name] for view in shaken])
        assert np.abs(values).max() <= most
        assert np.abs(np.diff(values)).max() <= limit


def test_blows_add_up_and_a_small_one_hardly_shakes(static_page: Page):
    def most(jolts: list[float]) -> float:
        return max(abs(view["shakeX"]) for view in views(static_page, jolts + [0] * 10, 8))

    assert 0 < most([0.3]) < 1.2
    assert most([0.3, 0.3, 0.3]) > 3 * most([0.3])


def test_the_view_leans_towards_a_killing_blow_and_comes_back(static_page: Page):
    widths = static_page.evaluate(
        """async () => {
            const {Camera} = await import("/static/render/camera.js");
            const options = {calm: false, shake: 1};
            const camera = new Camera({ground: 452, options});
            const widths = [];
            for (let tick = 0; tick < 400; tick += 1) {
                if (tick === 200) camera.focus(300);
                camera.update(400, 500, false);
                const lean = camera.view(1);
                options.calm = true;
                widths.push([lean.width, camera.view(1).width, lean.x - lean.width / 2]);
                options.calm = false;
            }
            return widths;
        }"""
    )
    free, calm, left = np.array(widths).T
    assert np.array_equal(free[:200], calm[:200])
    assert free.min() < 0.85 * calm[-1]
    assert np.abs(np.diff(free[200:])).max() < 12
    assert free[-1] == calm[-1]
    assert left.min() >= 0


# ------------------------------------------------------------------------------ pools
@NOT_IN_A_HURRY
@given(
    capacity=st.integers(1, 12),
    lives=st.lists(st.lists(st.integers(1, 20), max_size=30), min_size=1, max_size=20),
)
def test_a_pool_never_grows(static_page: Page, capacity: int, lives: list[list[int]]):
    counts = static_page.evaluate(
        """async ({capacity, lives}) => {
            const {Pool} = await import("/static/render/pool.js");
            let made = 0;
            const pool = new Pool(capacity, () => ({age: 0, life: 0, number: (made += 1)}));
            const counts = [];
            for (const tick of lives) {
                pool.update();
                const before = pool.count;
                for (const life of tick) pool.take().life = life;
                counts.push([pool.count, before, tick.length, pool.items.length, made]);
            }
            return counts;
        }""",
        {"capacity": capacity, "lives": lives},
    )
    for count, before, taken, items, made in counts:
        assert count == min(capacity, before + taken)
        assert (items, made) == (capacity, capacity)


def test_a_played_effect_is_as_large_as_asked_for_and_looks_the_way_it_flies(stage: Page):
    boxes = stage.evaluate(
        """async () => {
            const {effects} = window.stage;
            const {createCanvas} = await import("/static/render/noise.js");
            const canvas = createCanvas(400, 200);
            const context = canvas.getContext("2d", {willReadFrequently: true});
            const boxOf = (options) => {
                effects.reset(1);
                effects.play("dust", {x: 200, y: 100}, options);
                for (let i = 0; i < 8; i += 1) effects.particles.plays.update();
                context.clearRect(0, 0, 400, 200);
                effects.draw(context, 1);
                const {data} = context.getImageData(0, 0, 400, 200);
                let [left, right] = [400, -1];
                for (let i = 0; i < data.length / 4; i += 1) {
                    if (data[i * 4 + 3] === 0) continue;
                    left = Math.min(left, i % 400);
                    right = Math.max(right, i % 400);
                }
                return [left - 200, right + 1 - 200];
            };
            return [boxOf({}), boxOf({facing: -1}), boxOf({scale: 2})];
        }"""
    )
    plain, mirrored, large = boxes
    assert abs(plain[0] + plain[1]) > 3  # it reaches further to one side
    assert mirrored == pytest.approx([-plain[1], -plain[0]], abs=1)  # an anchor is a whole pixel
    assert large == pytest.approx([2 * plain[0], 2 * plain[1]], abs=2)


def test_a_whole_fight_stays_within_the_pools(stage: Page):
    sizes, most = stage.evaluate(
        """() => {
            const {particles} = window.stage.effects;
            const pools = [particles.sparks, particles.rings, particles.words, particles.plays];
            const kept = pools.map((pool) => [...pool.items]);
            let most = 0;
            while (window.__game.phase !== "over") {
                window.__step(20, window.__game.clock % 60 < 20 ? 8 : 2);
                most = Math.max(most, particles.sparks.count);
            }
            return [pools.map((pool, i) => pool.items.length === kept[i].length
                && pool.items.every((item, k) => item === kept[i][k])), most];
        }"""
    )
    assert sizes == [True] * 4
    assert most > 50
