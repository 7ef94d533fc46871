"""The sound files under audio/: complete, decodable, clean at their edges, levelled, looping, ours."""

import json

import numpy as np
import pytest

from tools import make_audio
from tools.audio import effects, mix
from tools.audio.levels import limited, loudness, mean_loudness
from tools.audio.synth import RATE, length
from tools.make_audio import AUDIO, decode

NAMES = [
    *("swing", "sword_hit", "sword_guarded", "roll", "block_raise", "cleave_windup", "cleave_lunge"),
    *("cleave_hit", "cleave_blocked", "aegis_absorb", "aegis_fade", "guard_break", "enrage"),
    *("knight_death", "boss_death", "victory", "defeat", "ui_move", "ui_confirm", "fog"),
]
MOST_MUSIC_BYTES = 1_200_000
MOST_EFFECT_BYTES = 60_000
# Seconds each kind of effect may last; a frame of the duel is a sixtieth.
DURATIONS = dict.fromkeys(NAMES, (0.1, 1.5)) | {
    "ui_move": (0.03, 0.15),
    "cleave_windup": (32 / 60, 44 / 60),  # the wind-up's ticks, and no longer than wind-up and lunge
    "enrage": (1.5, 3.0),
    "knight_death": (1.0, 3.0),
    "boss_death": (1.5, 4.0),
    "victory": (3.0, 6.0),
    "defeat": (3.0, 6.0),
    "fog": (1.5, 4.0),
}


@pytest.fixture(scope="module")
def manifest():
    return json.loads((AUDIO / "audio.json").read_text())


@pytest.fixture(scope="module")
def music():
    return decode(AUDIO / "mp3" / "duel.mp3")


@pytest.fixture(scope="module")
def decoded():
    return {name: decode(AUDIO / "sfx" / f"{name}.mp3") for name in NAMES}


def test_the_files_are_the_promised_ones(manifest):
    assert list(effects.EFFECTS) == NAMES
    assert list(manifest["files"]) == [*NAMES, "duel"]
    expected = {f"sfx/{name}.mp3" for name in NAMES} | {"mp3/duel.mp3"}
    assert {str(path.relative_to(AUDIO)) for path in AUDIO.rglob("*.mp3")} == expected
    assert {entry["file"] for entry in manifest["files"].values()} == expected


@pytest.mark.parametrize("name", NAMES)
def test_effect_is_clean(name, decoded, manifest):
    signal = decoded[name]
    assert signal.ndim == 1
    assert (AUDIO / "sfx" / f"{name}.mp3").stat().st_size < MOST_EFFECT_BYTES
    shortest, longest = DURATIONS[name]
    assert shortest <= signal.size / RATE <= longest
    assert signal.size / RATE == pytest.approx(manifest["files"][name]["seconds"], abs=0.06)
    peak = np.abs(signal).max()
    assert 0.1 < peak < 0.9  # headroom for several at once and for other decoders
    edge = length(0.002)
    assert np.abs(signal[:edge]).max() < 0.01 * peak  # no click where it starts
    assert np.abs(signal[-edge:]).max() < 0.01 * peak  # nor where it ends
    assert abs(signal.mean()) < 0.01 * peak


def test_effects_are_levelled(decoded):
    levels = {name: loudness(signal) for name, signal in decoded.items()}
    for name, level in levels.items():
        assert level == pytest.approx(effects.EFFECTS[name][1], abs=0.6), name
    assert min(levels.values()) > -30
    assert max(levels.values()) < -12
    assert levels["cleave_hit"] > levels["sword_hit"] > levels["swing"] > levels["ui_move"]


def test_effects_start_in_time(decoded):
    """What answers a blow is loud at once; a swing is loudest around the ticks in which it hits."""
    for name in ("sword_hit", "sword_guarded", "cleave_hit", "cleave_blocked", "guard_break", "ui_move"):
        signal = np.abs(decoded[name])
        assert np.argmax(signal > 0.3 * signal.max()) / RATE < 0.025, name
    power = np.convolve(decoded["swing"] ** 2, np.ones(length(0.03)), mode="same")
    assert 6 / 60 < np.argmax(power) / RATE < 12 / 60


def test_music_is_clean(music, manifest):
    assert music.shape[0] == 2
    assert 60 <= music.shape[1] / RATE <= 90
    assert (AUDIO / "mp3" / "duel.mp3").stat().st_size < MOST_MUSIC_BYTES
    assert 0.5 < np.abs(music).max() < 0.95
    assert np.abs(music[:, :20]).max() < 0.01
    assert np.abs(music[:, -20:]).max() < 0.01
    assert mean_loudness(music) == pytest.approx(mix.LEVEL, abs=0.5)
    entry = manifest["files"]["duel"]
    assert music.shape[1] / RATE == pytest.approx(entry["seconds"], abs=0.06)
    assert 0 < entry["loop_start"] < entry["loop_end"] < entry["seconds"] - 0.1


def test_music_has_an_arc(music):
    """The climax is far louder than the quiet middle, which is quieter than the opening of the loop."""

    def level(first_bar, bars):
        start = length(mix.INTRO + first_bar * mix.BAR)
        return mean_loudness(music[:, start : start + length(bars * mix.BAR)])

    opening, answer, quiet, climax = level(0, 8), level(8, 8), level(16, 6), level(24, 12)
    assert opening < answer < climax
    assert quiet + 4 < climax
    assert quiet < opening


@pytest.mark.parametrize("delay", [0, 0.025, -0.025, 0.06])
def test_music_loops_without_a_seam(music, manifest, delay):
    """Around both loop points the music is the same, also when a decoder shifts all of it by `delay`."""
    entry = manifest["files"]["duel"]
    start, end = (length(entry[key] + delay) for key in ("loop_start", "loop_end"))
    around = length(0.15)
    first, second = music[:, start - around : start + around], music[:, end - around : end + around]
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.99
    assert np.sqrt(np.mean((first - second) ** 2)) < 0.1 * np.sqrt(np.mean(first**2))
    # The step a player hears when it jumps is no larger than the steps between neighbouring samples.
    steps = np.abs(np.diff(first)).max()
    assert np.abs(music[:, end - 1] - music[:, start]).max() <= steps


def test_limiter_never_exceeds_its_ceiling():
    rng = np.random.default_rng(3)
    signal = rng.uniform(-1, 1, size=(2, 20_000)) * np.where(np.arange(20_000) < 10_000, 0.4, 3.0)
    result = limited(signal, 0.5)
    assert np.abs(result).max() <= 0.5 + 1e-9
    assert np.abs(result[:, 10_000:]).max() > 0.45
    np.testing.assert_allclose(result[:, :9_000], signal[:, :9_000], atol=1e-9)  # quiet parts pass


def test_files_are_what_the_tool_synthesises():
    assert make_audio.check() == []


def test_check_notices_foreign_and_stale_files(tmp_path, monkeypatch):
    signal = effects.render("ui_move")
    entry = make_audio.described("sfx/ui_move.mp3", signal, loudness(signal))
    monkeypatch.setattr(make_audio, "AUDIO", tmp_path)
    assert make_audio.problems_of(entry, signal, None) == ["is not in audio.json"]
    assert make_audio.problems_of(entry, signal, entry) == ["is missing"]
    make_audio.encode(tmp_path / entry["file"], signal, make_audio.EFFECT_ENCODING)
    assert make_audio.problems_of(entry, signal, entry) == []

    stale = entry | {"fingerprint": [level + 0.01 for level in entry["fingerprint"]]}
    assert any("fingerprint" in what for what in make_audio.problems_of(entry, signal, stale))
    make_audio.encode(tmp_path / entry["file"], 0.8 * signal, make_audio.EFFECT_ENCODING)
    assert any("dB off" in what for what in make_audio.problems_of(entry, signal, entry))
    make_audio.encode(tmp_path / entry["file"], effects.render("ui_confirm"), make_audio.EFFECT_ENCODING)
    assert any("correlates" in what for what in make_audio.problems_of(entry, signal, entry))
