"""The drawn assets: the committed pictures are what the code draws, and the atlas describes them rightly.

Everything is drawn once for the module (some 10 s) and compared with `web/assets/`.
"""

import functools
import itertools
import json
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import features
from tools.make_contact_sheets import FOLDER as CONTACT_SHEETS
from tools.make_contact_sheets import contact_sheets
from tools.make_contact_sheets import frames_of as cut_frames
from tools.make_sprites import ASSETS, stale
from tools.sprites import knight_poses, slime_poses
from tools.sprites.arena_near import fog
from tools.sprites.posing import EASES, joint, sample, turn
from tools.sprites.shading import BAYER, Canvas, cells, ellipse, value_noise
from tools.sprites.sheets import build, pack, pixels_of, png

# How many frames each animation has at least, and from which one it repeats (None: it ends).
# How many frames each animation has at least, and from which one it repeats (None: it ends).
KNIGHT_ANIMATIONS = {
    "idle": (8, 0),
    "run": (8, 0),
    "roll": (8, None),
    "attack_startup": (4, None),
    "attack_active": (4, None),
    "attack_recovery": (6, None),
    "block": (8, 4),
    "block_hit": (4, None),
    "guard_broken": (8, None),
    "hurt": (4, None),
    "death": (10, None),
    "victory": (8, 7),
}
SLIME_ANIMATIONS = {
    "idle": (8, 0),
    "approach": (8, 0),
    "retreat": (8, 0),
    "windup": (8, None),
    "lunge": (8, None),
    "recovery": (8, None),
    "guard": (8, 5),
    "guard_hit": (4, None),
    "broken": (8, None),
    "hurt": (4, None),
    "death": (12, None),
}
FIGHTERS = {"knight": KNIGHT_ANIMATIONS, "slime": SLIME_ANIMATIONS, "slime_enraged": SLIME_ANIMATIONS}
ATLAS = json.loads((ASSETS / "sprites.json").read_text())


@pytest.fixture(scope="module")
def drawn():
    return build()


@functools.cache
def sheet_of(image):
    return pixels_of(ASSETS / image)


def frames_of(entry, animation):
    """The frames of an animation cut from the committed sheet, as the page cuts them: (n, h, w, 4)."""
    frames = cut_frames(entry, animation, sheet_of(entry["image"]))
    width, height = entry["frame"]
    assert frames.shape[1:] == (height, width, 4), f"{animation} does not lie on its sheet"
    return frames


def every_animation():
    return [(fighter, name) for fighter, names in FIGHTERS.items() for name in names]


def test_the_committed_assets_are_what_the_code_draws(drawn):
    images, atlas = drawn
    assert stale(images, atlas) == []


def test_a_changed_a_missing_and_a_foreign_file_are_reported(drawn, tmp_path):
    images, atlas = drawn
    folder = tmp_path / "assets"
    shutil.copytree(ASSETS, folder)
    pixels = images["knight.png"].copy()
    pixels[0, 0] = (1, 2, 3, 255)
    (folder / "knight.png").write_bytes(png(pixels))
    (folder / "fog.png").unlink()
    (folder / "foreign.png").write_bytes(png(pixels))
    (folder / "sprites.json").write_text(json.dumps(atlas | {"arena": {}}))
    assert stale(images, atlas, folder) == ["knight.png", "fog.png", "sprites.json", "foreign.png"]


@pytest.mark.parametrize("fighter", FIGHTERS)
def test_the_atlas_lists_every_animation_without_gaps(fighter):
    entry = ATLAS[fighter]
    assert list(entry["animations"]) == list(FIGHTERS[fighter])
    position = 0
    for name, animation in entry["animations"].items():
        least, repeats = FIGHTERS[fighter][name]
        assert animation["frames"][0] == position, name
        assert animation["frames"][1] >= least, name
        assert animation["repeats"] == repeats, name
        assert animation["ticks"] > 0
        position += animation["frames"][1]
    width, height = entry["frame"]
    assert 0 < entry["anchor"][0] < width
    assert height * 0.8 < entry["anchor"][1] <= height
    assert entry["faces"] == "right"


@pytest.mark.parametrize(("fighter", "name"), every_animation())
def test_frames_hold_a_whole_body_standing_at_the_anchor(fighter, name):
    entry = ATLAS[fighter]
    anchor_x, anchor_y = entry["anchor"]
    for number, frame in enumerate(frames_of(entry, name)):
        ys, xs = np.nonzero(frame[..., 3])
        where = f"{fighter} {name} {number}"
        assert len(xs) > (350 if fighter == "knight" else 1500), f"{where} is nearly empty"
        assert xs.min() > 0, f"{where} is cut off on the left"
        assert ys.min() > 0, f"{where} is cut off at the top"
        assert xs.max() < frame.shape[1] - 1, f"{where} is cut off on the right"
        assert ys.max() < frame.shape[0] - 1, f"{where} is cut off at the bottom"
        assert xs.min() <= anchor_x <= xs.max(), f"{where} does not stand over its anchor"
        assert anchor_y - 10 <= ys.max() <= anchor_y + 4, f"{where} does not touch the ground"


def likeness(a, b):
    """Intersection over union of two silhouettes (boolean arrays)."""
    return np.logical_and(a, b).sum() / np.logical_or(a, b).sum()


@pytest.mark.parametrize(("fighter", "name"), every_animation())
def test_animations_move(fighter, name):
    frames = frames_of(ATLAS[fighter], name)
    assert all(not np.array_equal(a, b) for a, b in itertools.pairwise(frames))


@pytest.mark.parametrize(
    ("fighter", "name"),
    [(fighter, name) for fighter, name in every_animation() if FIGHTERS[fighter][name][1] is not None],
)
def test_what_repeats_neither_stands_still_nor_jumps(fighter, name):
    repeats = ATLAS[fighter]["animations"][name]["repeats"]
    shapes = frames_of(ATLAS[fighter], name)[repeats:, ..., 3] > 0
    steps = [likeness(a, b) for a, b in itertools.pairwise([*shapes, shapes[0]])]
    moving = name in ("run", "approach", "retreat")
    assert min(steps) > (0.5 if moving else 0.85), "a frame pops"
    assert max(steps) < 1, "two frames have the same outline"
    seam = steps[-1]
    assert seam >= min(steps[:-1]) - 0.05, "it jumps where it begins again"


@pytest.mark.parametrize("fighter", FIGHTERS)
def test_states_are_told_apart_by_their_silhouettes(fighter):
    entry = ATLAS[fighter]
    middles = {}
    for name in FIGHTERS[fighter]:
        shapes = frames_of(entry, name)[..., 3] > 0
        middles[name] = shapes[len(shapes) // 2]
    for a, b in itertools.combinations(middles, 2):
        assert likeness(middles[a], middles[b]) < 0.88, f"{a} and {b} look alike"


@pytest.mark.parametrize("fighter", ["slime", "slime_enraged"])
def test_the_windup_towers_over_every_other_stance(fighter):
    entry = ATLAS[fighter]

    def height(frame):
        return entry["anchor"][1] - np.nonzero(frame[..., 3])[0].min()

    raised = [height(frame) for frame in frames_of(entry, "windup")]
    others = [
        height(frame)
        for name in ("idle", "approach", "retreat", "guard", "recovery", "hurt")
        for frame in frames_of(entry, name)
    ]
    assert raised[0] < height(frames_of(entry, "idle")[0]), "it does not crouch first"
    assert min(raised[3:]) > max(others)


@pytest.mark.parametrize("name", SLIME_ANIMATIONS)
def test_enraged_frames_keep_the_timing_and_change_the_look(name):
    calm, enraged = ATLAS["slime"], ATLAS["slime_enraged"]
    assert calm["animations"] == enraged["animations"]
    for a, b in zip(frames_of(calm, name), frames_of(enraged, name), strict=True):
        body = (a[..., 3] > 0) & (b[..., 3] > 0)
        apart = np.abs(a.astype(int) - b.astype(int)).sum(axis=-1)
        assert (apart[body] > 60).mean() > 0.2


@pytest.mark.parametrize(
    ("fighter", "name", "ticks"),
    [
        ("knight", "attack_startup", features.ATTACK_HITBOX_START),
        ("knight", "attack_active", features.ATTACK_HITBOX_END - features.ATTACK_HITBOX_START),
        ("knight", "attack_recovery", features.ATTACK_TICKS - features.ATTACK_HITBOX_END),
        ("knight", "roll", features.ROLL_TICKS),
        ("knight", "hurt", features.HURT_TICKS),
        ("knight", "guard_broken", features.GUARD_BROKEN_TICKS),
        ("slime", "windup", features.WINDUP_TICKS),
        ("slime", "lunge", features.LUNGE_TICKS),
        ("slime", "recovery", features.RECOVERY_TICKS),
        ("slime", "broken", features.BOSS_BROKEN_TICKS),
    ],
)
def test_phases_last_as_long_as_their_rules(fighter, name, ticks):
    animation = ATLAS[fighter]["animations"][name]
    assert animation["frames"][1] * animation["ticks"] == pytest.approx(ticks, abs=0.01)
    assert animation["repeats"] is None


@pytest.mark.parametrize(
    ("fighter", "name", "reach"),
    [
        ("knight", "attack_active", features.SWORD_REACH),
        ("slime", "lunge", features.CLEAVE_REACH + features.KNIGHT_HALF_WIDTH),
        ("slime_enraged", "lunge", features.CLEAVE_REACH + features.KNIGHT_HALF_WIDTH),
    ],
)
def test_weapons_are_drawn_as_long_as_they_reach(fighter, name, reach):
    entry = ATLAS[fighter]
    forward = max(np.nonzero(frame[..., 3])[1].max() for frame in frames_of(entry, name)) - entry["anchor"][0]
    assert abs(forward - reach / features.UNITS_PER_PIXEL) <= 8


def test_the_windup_reddens():
    frames = frames_of(ATLAS["slime"], "windup").astype(int)
    share = [(f[..., 0] > 1.6 * f[..., 2])[f[..., 3] > 0].mean() for f in frames]
    assert share[-1] > 2 * share[0]


def test_arena_layers_cover_the_view_wherever_the_camera_is():
    arena = ATLAS["arena"]
    width, height = arena["size"]
    covered = np.zeros((height, width), dtype=bool)
    for layer in arena["layers"]:
        pixels = pixels_of(ASSETS / layer["image"])
        assert list(pixels.shape[1::-1]) == layer["size"]
        spare = layer["size"][0] - width
        assert spare == 2 * abs(layer["shift"])
        solid = pixels[..., 3] == 255
        covered[layer["top"] : layer["top"] + len(pixels)] |= solid[:, spare // 2 : spare // 2 + width]
    assert covered.all()
    assert (pixels_of(ASSETS / arena["layers"][0]["image"])[..., 3] == 255).all()
    floor = next(layer for layer in arena["layers"] if layer["image"] == "arena_floor.png")
    assert floor["top"] < arena["ground"] < height
    near = next(layer for layer in arena["layers"] if layer["image"] == "arena_near.png")
    for x, y in arena["torches"]:
        assert pixels_of(ASSETS / near["image"])[y, x, 3] == 255


def test_the_fog_tiles_sideways():
    alpha = fog()[..., 3].astype(int)
    seam = np.abs(alpha[:, 0] - alpha[:, -1]).mean()
    inside = np.abs(np.diff(alpha, axis=1)).mean()
    assert alpha.max() > 60
    assert seam <= 3 * inside + 1


@pytest.mark.parametrize("name", ATLAS["effects"])
def test_effects_are_drawn_within_their_sheets(name):
    entry = ATLAS["effects"][name]
    assert entry["blend"] in ("add", "normal")
    frames = frames_of(entry, "play")
    assert all(frame[..., 3].any() for frame in frames)
    x, y = entry["anchor"]
    assert 0 <= x <= entry["frame"][0]
    assert 0 <= y <= entry["frame"][1]


def test_the_icon_is_small_and_square():
    assert pixels_of(ASSETS / "favicon.png").shape == (32, 32, 4)


def test_the_pictures_weigh_about_a_megabyte():
    assert sum(path.stat().st_size for path in ASSETS.iterdir()) < 1_060_000


@pytest.mark.parametrize("name", ["knight.png", "slime.png"])
def test_the_contact_sheets_show_the_committed_frames(name):
    drawn = contact_sheets()[name]
    path = CONTACT_SHEETS / name
    with Image.open(path) as committed:
        assert committed.size == drawn.size
        apart = np.abs(np.asarray(committed.convert("RGB")).astype(int) - np.asarray(drawn).astype(int))
    assert apart.mean() < 4  # the committed one has fewer colours
    assert path.stat().st_size < 250_000


def test_a_palette_png_keeps_every_pixel_and_refuses_too_many_colours(tmp_path):
    rng = np.random.default_rng(3)
    colours = rng.integers(0, 256, size=(256, 4), dtype=np.uint8)
    pixels = colours[rng.integers(0, 256, size=(40, 30))]
    (tmp_path / "p.png").write_bytes(png(pixels))
    assert np.array_equal(pixels_of(tmp_path / "p.png"), pixels)
    many = np.zeros((20, 20, 4), dtype=np.uint8)
    many[..., 0], many[..., 1] = np.mgrid[0:20, 0:20]
    with pytest.raises(ValueError, match="400 colours"):
        png(many)


def test_frames_are_packed_row_by_row():
    frames = [np.full((2, 3, 4), n, dtype=np.uint8) for n in range(5)]
    sheet = pack(frames, columns=3)
    assert sheet.shape == (4, 9, 4)
    assert sheet[::2, ::3, 0].tolist() == [[0, 1, 2], [3, 4, 0]]


@given(
    st.tuples(st.floats(-40, 40), st.floats(-40, 40)),
    st.floats(3, 20),
    st.floats(3, 20),
    st.sampled_from((-1, 1)),
)
def test_limbs_keep_their_lengths(end, upper, lower, bend):
    middle, reached = joint((0.0, 0.0), end, upper, lower, bend)
    assert np.hypot(*middle) == pytest.approx(upper, abs=0.02)
    assert np.hypot(middle[0] - reached[0], middle[1] - reached[1]) == pytest.approx(lower, abs=0.02)


def test_keyframes_are_met_and_loops_close():
    keys = [(0.0, {"a": 0.0, "p": (0.0, 2.0)}, "smooth"), (0.5, {"a": 4.0, "p": (2.0, 0.0)}, "linear")]
    assert sample(keys, 0.5) == {"a": 4.0, "p": (2.0, 0.0)}
    assert sample(keys, 0.25) == {"a": 2.0, "p": (1.0, 1.0)}
    assert sample(keys, 0.75)["a"] == 4.0
    assert sample(keys, 0.75, loop=True)["a"] == 2.0
    assert sample(keys, 1.0, loop=True)["a"] == 0.0
    for ease in EASES.values():
        assert (ease(0.0), ease(1.0)) == (0.0, 1.0)


def test_turning_is_counter_clockwise():
    assert turn((1.0, 0.0), 90.0) == pytest.approx((0.0, 1.0))
    assert turn((2.0, 1.0), 180.0, (1.0, 1.0)) == pytest.approx((0.0, 1.0))


def test_a_shape_is_lit_from_above_and_outlined():
    canvas = Canvas(24, 24, {"grey": ("#202020", "#606060", "#a0a0a0", "#e0e0e0")}, outline="#010203")
    mask = canvas.paint(ellipse((12.0, 12.0), 8.0, 8.0), "grey")
    image = canvas.image()
    assert image[6, 12, 0] > image[18, 12, 0]
    assert tuple(image[3, 12]) == (1, 2, 3, 255)
    assert (image[mask][:, 3] == 255).all()
    assert not image[0].any()
    canvas.sink(12)
    assert not canvas.image()[13:].any()


def test_noise_and_cells_repeat_and_vary():
    ys, xs = np.mgrid[0:40, 0:40] / 3.0
    noise = value_noise(xs, ys, 5)
    assert np.array_equal(noise, value_noise(xs, ys, 5))
    assert not np.array_equal(noise, value_noise(xs, ys, 6))
    assert 0 <= noise.min() < 0.3 < 0.7 < noise.max() < 1
    seam, key = cells(xs * 3, ys * 3, 9.0)
    assert seam.min() >= 0
    assert 10 < len(np.unique(key)) < 40
    assert sorted(BAYER.ravel()) == pytest.approx([(n + 0.5) / 16 - 0.5 for n in range(16)])


@pytest.mark.parametrize("poses", [knight_poses, slime_poses])
def test_poses_share_their_keys(poses):
    keys = {frozenset(pose) for frames, _, _ in poses.animations().values() for pose in frames}
    assert len(keys) == 1
