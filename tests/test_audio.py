"""The sound files under audio/: complete, decodable, clean at their edges, levelled, looping, ours."""

import json

import numpy as np
import pytest

from tools import make_audio
from tools.audio import effects, mix
from tools.audio.levels import limited, loudness, mean_loudness
from tools.audio.orchestra import INSTRUMENTS
from tools.audio.synth import RATE, length
from tools.audio.tracks import TRACKS
from tools.make_audio import AUDIO, RAGE, decode

NAMES = [
    *("swing", "sword_hit", "sword_guarded", "roll", "block_raise", "cleave_windup", "cleave_lunge"),
    *("cleave_hit", "cleave_blocked", "aegis_absorb", "aegis_fade", "guard_break", "enrage"),
    *("knight_death", "boss_death", "victory", "defeat", "fog", "heartbeat", "slow_hit", "footstep_a"),
    *("footstep_b", "hop_land", "ui_move", "ui_confirm", "ui_back", "ui_toggle", "lock", "tutorial_step"),
    "silence_node",
]
MUSIC = [name + layer for name in TRACKS for layer in ("", RAGE)]
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
    "slow_hit": (1.5, 2.5),
    "ui_toggle": (0.05, 0.2),
    "footstep_a": (0.05, 0.2),
    "footstep_b": (0.05, 0.2),
    "lock": (0.05, 0.2),
}


@pytest.fixture(scope="module")
def manifest():
    return json.loads((AUDIO / "audio.json").read_text())


@pytest.fixture(scope="module")
def music():
    return {name: decode(AUDIO / "mp3" / f"{name}.mp3") for name in MUSIC}


@pytest.fixture(scope="module")
def decoded():
    return {name: decode(AUDIO / "sfx" / f"{name}.mp3") for name in NAMES}


def test_the_files_are_the_promised_ones(manifest):
    assert list(effects.EFFECTS) == NAMES
    assert list(manifest["files"]) == NAMES + MUSIC
    assert len(TRACKS) >= 3
    expected = {f"sfx/{name}.mp3" for name in NAMES} | {f"mp3/{name}.mp3" for name in MUSIC}
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
    # What is heard all the time, or says no, stays in the background.
    quiet = max(levels[name] for name in ("footstep_a", "footstep_b", "lock"))
    assert quiet < min(levels[name] for name in ("roll", "sword_hit", "hop_land", "tutorial_step")) - 3


def test_effects_start_in_time(decoded):
    """What answers a blow is loud at once; a swing is loudest around the ticks in which it hits."""
    for name in (
        "sword_hit",
        "sword_guarded",
        "cleave_hit",
        "cleave_blocked",
        "guard_break",
        "slow_hit",
        "hop_land",
        "lock",
    ):
        signal = np.abs(decoded[name])
        assert np.argmax(signal > 0.3 * signal.max()) / RATE < 0.025, name
    power = np.convolve(decoded["swing"] ** 2, np.ones(length(0.03)), mode="same")
    assert 6 / 60 < np.argmax(power) / RATE < 12 / 60


@pytest.mark.parametrize("name", MUSIC)
def test_music_is_clean(name, music, manifest):
    signal, entry = music[name], manifest["files"][name]
    assert signal.shape[0] == 2
    assert 60 <= signal.shape[1] / RATE <= 90
    assert (AUDIO / "mp3" / f"{name}.mp3").stat().st_size < MOST_MUSIC_BYTES
    assert 0.5 < np.abs(signal).max() < 0.95
    assert np.abs(signal[:, :20]).max() < 0.01
    assert np.abs(signal[:, -20:]).max() < 0.01
    assert abs(signal.mean()) < 0.001
    assert signal.shape[1] / RATE == pytest.approx(entry["seconds"], abs=0.06)
    assert 0 < entry["loop_start"] < entry["loop_end"] < entry["seconds"] - 0.1


def test_tracks_are_equally_loud_and_unlike(music):
    levels = [mean_loudness(music[name]) for name in TRACKS]
    assert levels == pytest.approx([mix.LEVEL] * len(TRACKS), abs=0.5)
    forms = [track.FORM for track in TRACKS.values()]
    for pick in (lambda form: form.beats_per_bar, lambda form: form.chords.split()[0], lambda form: form.bar):
        assert len({pick(form) for form in forms}) == len(forms)


@pytest.mark.parametrize("name", TRACKS)
def test_layer_fits_its_track(name, music, manifest):
    """One length, the same loop points, in step, silent until the loop begins, and no clipping together."""
    base, layer = music[name], music[name + RAGE]
    assert base.shape == layer.shape
    entries = [manifest["files"][name + suffix] for suffix in ("", RAGE)]
    for key in ("seconds", "loop_start", "loop_end"):
        assert entries[0][key] == entries[1][key]
    intro = length(mix.course(TRACKS[name].FORM).intro)
    assert np.abs(layer[:, : intro - length(0.05)]).max() < 0.001
    assert mean_loudness(layer[:, intro:]) == pytest.approx(mix.RAGE_LEVEL, abs=0.8)
    assert np.abs(base + layer).max() < 1.06  # the encoder adds a little to SUM_CEILING
    # Both files strike together: the blows of drums, seen in steps of 10 ms, coincide and not a step later.
    onsets = []
    for signal in (base, layer):
        energy = np.log(
            1e-6
            + np.sum(signal[:, intro:] ** 2, axis=0)[: RATE // 100 * 4000]
            .reshape(-1, RATE // 100)
            .mean(axis=1)
        )
        onsets.append(np.maximum(np.diff(energy), 0.0))
    match = [np.dot(onsets[0], np.roll(onsets[1], lag)) for lag in range(-15, 16)]
    assert abs(int(np.argmax(match)) - 15) <= 1


@pytest.mark.parametrize("name", TRACKS)
def test_rage_is_heard_at_once(name, music):
    """Wherever the loop is, the layer makes the music louder: most where it is quiet."""
    course, form = mix.course(TRACKS[name].FORM), TRACKS[name].FORM
    gains = []
    for start in np.arange(course.intro, course.loop_end - 4 * form.bar, 4 * form.bar):
        part = slice(length(start), length(start + 4 * form.bar))
        alone, together = (
            mean_loudness(signal[:, part]) for signal in (music[name], music[name] + music[name + RAGE])
        )
        gains.append(together - alone)
    assert min(gains) > 0.7
    assert max(gains) > 3.0


@pytest.mark.parametrize("name", TRACKS)
def test_music_has_an_arc(name, music):
    """The climax is far louder than the quiet middle, which is quieter than the opening of the loop."""
    track = TRACKS[name]

    def level(first, last):
        start, stop = (length(mix.course(track.FORM).intro + bar * track.FORM.bar) for bar in (first, last))
        return mean_loudness(music[name][:, start:stop])

    opening, answer = level(track.A, track.ANSWER), level(track.ANSWER, track.B)
    quiet, climax = level(track.B, (track.B + track.C) // 2), level(track.C, track.FORM.loop_bars)
    assert opening < answer < climax
    assert quiet + 4 < climax
    assert quiet < opening


@pytest.mark.parametrize("delay", [0, 0.025, -0.025, 0.06])
@pytest.mark.parametrize("name", MUSIC)
def test_music_loops_without_a_seam(name, delay, music, manifest):
    """Around both loop points the music is the same, also when a decoder shifts all of it by `delay`."""
    signal, entry = music[name], manifest["files"][name]
    start = length(entry["loop_start"] + delay)
    end = start + length(entry["loop_end"] - entry["loop_start"])
    around = length(0.15)
    first, second = signal[:, start - around : start + around], signal[:, end - around : end + around]
    # What differs is the encoder's noise, which is more in a layer's lower bit rate.
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > (0.97 if name.endswith(RAGE) else 0.99)
    assert np.sqrt(np.mean((first - second) ** 2)) < 0.25 * np.sqrt(np.mean(first**2))
    # The step a player hears when it jumps is no larger than the steps between neighbouring samples.
    steps = np.abs(np.diff(first)).max()
    assert np.abs(signal[:, end - 1] - signal[:, start]).max() <= steps


def test_limiter_never_exceeds_its_ceiling():
    rng = np.random.default_rng(3)
    signal = rng.uniform(-1, 1, size=(2, 20_000)) * np.where(np.arange(20_000) < 10_000, 0.4, 3.0)
    result = limited(signal, 0.5)
    assert np.abs(result).max() <= 0.5 + 1e-9
    assert np.abs(result[:, 10_000:]).max() > 0.45
    np.testing.assert_allclose(result[:, :9_000], signal[:, :9_000], atol=1e-9)  # quiet parts pass


def test_limiter_follows_a_ceiling_of_one_value_a_sample():
    rng = np.random.default_rng(4)
    signal = rng.uniform(-1, 1, size=(2, 20_000))
    ceiling = np.interp(np.arange(20_000), [0, 8_000, 12_000, 20_000], [1.0, 0.3, 0.3, 1.0])
    result = limited(signal, ceiling)
    assert (np.abs(result) <= ceiling + 1e-9).all()
    assert np.abs(result[:, 16_000:]).max() > 0.6


def test_files_are_what_the_tool_synthesises():
    """Effects are synthesised again; of the music (a minute and a half) the sources' hash must agree."""
    assert make_audio.check(again=False) == []


@pytest.mark.parametrize("track", TRACKS.values())
def test_scores_keep_to_their_bars(track):
    """No note before its part, none beginning after it, all playable."""
    form = track.FORM
    parts = (
        (track.introduction(), form.intro_bars),
        (track.loop(), form.loop_bars),
        (track.rage(), form.loop_bars),
    )
    for notes, bars in parts:
        for note in notes:
            assert 0 <= note.beat < bars * form.beats_per_bar, note
            assert 0 < note.velocity <= 1.1, note
            assert note.instrument in INSTRUMENTS, note
            assert note.beats > 0, note


def test_a_line_must_fill_its_bars():
    form = TRACKS["requiem"].FORM
    assert [note.beat for note in form.line("A4:1 -:1 C5:1 | D5:3", 2, "violins", 0.5)] == [6, 8, 9]
    with pytest.raises(ValueError, match="lasts 2"):
        form.line("A4:1 C5:1 | D5:3", 0, "violins", 0.5)


def test_check_notices_changed_sources_and_foreign_music(tmp_path, monkeypatch):
    """A small folder of one effect and one track, whose synthesis and sources are then changed."""
    signal = np.tile(0.3 * np.sin(np.arange(RATE) / 20.0), (2, 1))
    entry = make_audio.described("mp3/song.mp3", signal, -10.0)
    monkeypatch.setattr(make_audio, "AUDIO", tmp_path)
    monkeypatch.setattr(effects, "EFFECTS", {})
    make_audio.encode(tmp_path / "mp3" / "song.mp3", signal, make_audio.MUSIC_ENCODING)
    manifest = {"music_hash": make_audio.music_hash(), "files": {"song": entry}}
    (tmp_path / "audio.json").write_text(json.dumps(manifest))
    assert make_audio.check(again=False) == []
    make_audio.encode(
        tmp_path / "mp3" / "song.mp3", signal * np.linspace(1, 0.8, RATE), make_audio.MUSIC_ENCODING
    )
    assert any("off its fingerprint" in what for what in make_audio.check(again=False))
    make_audio.encode(tmp_path / "mp3" / "song.mp3", signal[:, : RATE // 2], make_audio.MUSIC_ENCODING)
    assert any("lasts" in what for what in make_audio.check(again=False))
    (tmp_path / "mp3" / "song.mp3").unlink()
    assert any("is missing" in what for what in make_audio.check(again=False))
    (tmp_path / "audio.json").write_text(json.dumps(manifest | {"music_hash": "0"}))
    assert any("sources changed" in what for what in make_audio.check(again=False))


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
