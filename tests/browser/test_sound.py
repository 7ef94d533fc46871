"""web/audio/sound.js in a real browser: a real click unlocks it, every effect decodes and plays.

What must be exact (levels, steps, layers) is rendered by the browser's OfflineAudioContext, in which the
test says at which moment each method is called.
"""

import json
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tools.audio.effects import EFFECTS
from tools.audio.tracks import TRACKS
from tools.make_audio import AUDIO, RAGE, decode, similarity

ENTRIES = json.loads((AUDIO / "audio.json").read_text())["files"]
# A Sound that a click on the page unlocks, and a tap on the buses' end to see what comes out of it.
SET_UP = """
async () => {
  const { Sound } = await import("/static/audio/sound.js");
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target === this.context.destination) {
      window.tap = new AnalyserNode(this.context, { fftSize: 2048 });
      connect.call(this, window.tap);
    }
    if (this instanceof AudioBufferSourceNode) this.into = target;
    return connect.call(this, target, ...rest);
  };
  const resume = AudioContext.prototype.resume;
  AudioContext.prototype.resume = function () {
    window.context = this;
    return resume.call(this);
  };
  const start = AudioBufferSourceNode.prototype.start;
  window.sources = [];
  AudioBufferSourceNode.prototype.start = function (...when) {
    window.sources.push(this);
    [this.when, this.offset] = when;
    return start.apply(this, when);
  };
  window.sound = new Sound();
  window.names = Sound.names;
  window.tracks = Sound.tracks;
  window.loudest = () => {
    const samples = new Float32Array(window.tap.fftSize);
    window.tap.getFloatTimeDomainData(samples);
    return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  };
  const button = document.createElement("button");
  button.textContent = "fight";
  button.onclick = () => { window.unlocking = window.sound.unlock(); };
  document.body.append(button);
}
"""
IS_RUNNING = "() => window.context?.state === 'running'"


@pytest.fixture(scope="module")
def shared(browser: Browser) -> Iterator[Page]:
    """A page that tests without a click take turns on: who has clicked once may be heard ever after."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def empty_page(shared: Page, static_url: str) -> Iterator[Page]:
    """The shared page, loaded anew and so empty again; an exception that nobody caught in it is an error."""
    errors: list[str] = []

    def note(error) -> None:
        errors.append(str(error))

    shared.on("pageerror", note)
    shared.goto(static_url)
    yield shared
    shared.remove_listener("pageerror", note)
    assert errors == []


@pytest.fixture
def sound_page(static_page):
    """A page with `sound` locked behind a button; anything written to its console fails the test."""
    messages = []
    static_page.on("console", lambda message: messages.append(message.text))
    static_page.evaluate(SET_UP)
    yield static_page
    assert messages == []


def unlock(page):
    page.click("button")
    page.wait_for_function(IS_RUNNING)
    return page.evaluate("() => window.unlocking")


def test_every_effect_decodes_and_plays(sound_page):
    page = sound_page
    assert page.evaluate("() => window.names") == list(EFFECTS)
    assert page.evaluate("() => window.tracks") == list(TRACKS)
    assert page.evaluate("() => window.sound.play('swing')") is False  # still locked
    assert unlock(page) == len(EFFECTS)
    for name in EFFECTS:
        assert page.evaluate("(name) => window.sound.play(name, {volume: 0.9, pan: -0.4})", name) is True
        played = page.evaluate("() => window.sources.at(-1).buffer.duration")
        assert played == pytest.approx(ENTRIES[name]["seconds"], abs=0.12)  # decoders may keep their padding
        page.wait_for_function("() => window.loudest() > 0.001")
    assert page.evaluate("() => window.sound.play('no_such_effect')") is False


@pytest.mark.parametrize(("waited", "played"), [(0, 1), (5_000, 0)])
def test_what_is_asked_for_while_loading_plays_unless_too_late(sound_page, waited, played):
    page = sound_page
    page.evaluate(
        """
        (waited) => document.querySelector("button").addEventListener("click", () => {
          performance.now = () => 0;
          sound.play("fog");
          performance.now = () => waited;
        })
        """,
        waited,
    )
    assert unlock(page) == len(EFFECTS)
    again = "() => { context.dispatchEvent(new Event('statechange')); return sources.length; }"
    assert page.evaluate(again) == played
    assert page.evaluate(again) == played  # nothing is kept for a second time


def test_repeated_events_do_not_pile_up(sound_page):
    page = sound_page
    unlock(page)
    burst = "() => Array.from({length: 10}, () => window.sound.play('sword_hit')).filter(Boolean).length"
    assert page.evaluate(burst) == 1  # one instant, one sound
    ended = """
    async () => {
      const later = (seconds) => new Promise((done) => {
        const end = window.context.currentTime + seconds;
        const look = () => (window.context.currentTime >= end ? done() : requestAnimationFrame(look));
        look();
      });
      let stopped = 0;
      const stop = AudioBufferSourceNode.prototype.stop;
      AudioBufferSourceNode.prototype.stop = function (...when) {
        stopped += 1;
        return stop.apply(this, when);
      };
      for (let i = 0; i < 3; i += 1) {
        await later(0.05);
        window.sound.play("enrage");
      }
      return stopped;
    }
    """
    assert page.evaluate(ended) == 2  # one voice at a time: each roar cuts the one before


def sources(page):
    """[looped, loop start, loop end, seconds, samples, when, offset] of every source that was started."""
    return page.evaluate(
        """() => window.sources.map((s) => [
            s.loop, s.loopStart, s.loopEnd, s.buffer.duration, s.buffer.length, s.when, s.offset,
        ])"""
    )


def test_track_and_layer_loop_in_step_and_stop(sound_page):
    page, track = sound_page, "requiem"
    page.evaluate(
        "(track) => window.sound.startMusic(track)", track
    )  # wanted before the click, begins after it
    unlock(page)
    page.wait_for_function("() => window.sources.length === 2", timeout=60_000)
    page.evaluate("() => window.sound.startMusic()")  # already playing: nothing happens
    base, layer = sources(page)
    points = [ENTRIES[track][key] for key in ("loop_start", "loop_end")]
    for looped, start, end, seconds, *_ in (base, layer):
        assert looped is True
        assert [start, end] == pytest.approx(points)
        assert end < seconds
    assert base[4] == layer[4]
    assert base[6] == 0
    assert layer[6] == pytest.approx(layer[5] - base[5], abs=1e-4)  # as far in as the base has come
    page.wait_for_function("() => window.loudest() > 0.001")
    page.evaluate(
        """() => { window.ended = 0;
            for (const s of window.sources) s.addEventListener('ended', () => { window.ended += 1; }); }"""
    )
    page.evaluate("() => window.sound.stopMusic()")
    page.wait_for_function("() => window.ended === 2")
    assert len(sources(page)) == 2
    page.evaluate("(track) => window.sound.startMusic(track)", track)  # its files are at hand
    page.wait_for_function("() => window.sources.length === 4")
    again = sources(page)[2:]
    assert again[0][5] == again[1][5]
    assert again[0][6] == again[1][6] == 0


def test_paused_music_goes_on_where_it_was(sound_page):
    page = sound_page
    unlock(page)
    page.evaluate("() => window.sound.resumeMusic()")  # nothing to resume
    page.evaluate("() => window.sound.startMusic('furnace')")
    page.wait_for_function("() => window.sources.length === 2", timeout=60_000)
    page.wait_for_function("() => context.currentTime > window.sources[1].when + 0.3")
    paused = page.evaluate(
        """() => { sound.setIntensity(1); sound.pauseMusic(); sound.pauseMusic();
            return context.currentTime - sources[0].when; }"""
    )
    page.evaluate("() => { sound.resumeMusic(); sound.resumeMusic(); }")
    page.wait_for_function("() => window.sources.length === 4")
    base, layer = sources(page)[2:]
    assert base[5] == layer[5]
    assert base[6] == layer[6] == pytest.approx(paused, abs=0.02)
    assert page.evaluate("() => sources[3].into.gain.value") == 1  # still enraged
    page.evaluate("() => { sound.pauseMusic(); sound.startMusic('furnace'); }")  # a new fight
    page.wait_for_function("() => window.sources.length === 6")
    assert sources(page)[4][6] == 0
    assert page.evaluate("() => sources[5].into.gain.value") == 0


def test_music_is_fetched_when_needed_the_layer_after_the_base(sound_page):
    page, asked = sound_page, []
    page.on("request", lambda request: asked.append(request.url.rpartition("/audio/")[2]))
    unlock(page)
    assert [name for name in asked if not name.startswith("sfx/")] == []
    track = page.evaluate("() => sound.chooseTrack()")
    page.evaluate("() => sound.startMusic()")
    page.wait_for_function("() => window.sources.length === 2", timeout=60_000)
    music = [name for name in asked if name.startswith("mp3/")]
    assert music == [f"mp3/{track}.mp3", f"mp3/{track}{RAGE}.mp3"]


def test_music_plays_without_its_layer(sound_page):
    page = sound_page
    page.evaluate(
        """() => { const real = window.fetch;
            window.fetch = (url) => (String(url).includes("_rage")
              ? Promise.resolve(new Response("not found", { status: 404 })) : real(url)); }"""
    )
    unlock(page)
    page.evaluate("() => { sound.startMusic('duel'); sound.setIntensity(1); }")
    page.wait_for_function("() => window.sources.length === 1 && window.loudest() > 0.001", timeout=60_000)
    page.evaluate("() => { sound.pauseMusic(); sound.resumeMusic(); }")
    page.wait_for_function("() => window.sources.length === 2")


def test_every_fight_draws_another_track(sound_page):
    drawn = sound_page.evaluate("() => Array.from({length: 80}, () => sound.chooseTrack())")
    assert set(drawn) == set(TRACKS)
    assert all(first != second for first, second in pairwise(drawn))
    wrong = "(call) => { try { eval(call); } catch (error) { return error.name; } }"
    assert sound_page.evaluate(wrong, "sound.startMusic('no such track')") == "RangeError"
    assert sound_page.evaluate(wrong, "sound.setVolume('no such bus', 1)") == "RangeError"


# Renders a track for `seconds`, calling `actions` [time, method, ...arguments] on the way; returns the left
# channel from `start` on. The audio context of the Sound is the offline one, to which a page decodes each
# file of music once, and no effects.
RENDER = """
async ({ track, seconds, start, actions }) => {
  const { Sound } = await import("/static/audio/sound.js");
  const offline = new OfflineAudioContext(2, seconds * 44100, 44100);
  window.AudioContext = function () { return offline; };
  window.decoded ??= new Map();
  window.fetchFile ??= window.fetch;
  window.fetch = async (address) => {
    if (!address.endsWith(".mp3")) return window.fetchFile(address);
    return { ok: address.includes("/mp3/"), arrayBuffer: () => address };
  };
  offline.decodeAudioData = async (address) => {
    if (!window.decoded.has(address)) {
      const data = await (await window.fetchFile(address)).arrayBuffer();
      window.decoded.set(address, await OfflineAudioContext.prototype.decodeAudioData.call(offline, data));
    }
    return window.decoded.get(address);
  };
  let sources = 0;
  const begin = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (...when) {
    sources += 1;
    return begin.apply(this, when);
  };
  const sound = new Sound();
  sound.startMusic(track);
  for (const [time, method, ...values] of actions) if (time === 0) sound[method](...values);
  sound.unlock();
  while (sources < 2) await new Promise(requestAnimationFrame);
  for (const [time, method, ...values] of actions) {
    if (time > 0) offline.suspend(time).then(() => { sound[method](...values); offline.resume(); });
  }
  const samples = (await offline.startRendering()).getChannelData(0);
  AudioBufferSourceNode.prototype.start = begin;
  return samples.subarray(start * 44100).join(" ");
}
"""


def rendered(page, *actions, track="duel", seconds=12, start=9):
    arguments = {"track": track, "seconds": seconds, "start": start, "actions": actions}
    return np.array(page.evaluate(RENDER, arguments).split(), dtype=float)


def rms(samples):
    return float(np.sqrt(np.mean(samples**2)))


def test_volumes_layer_and_filter_do_what_they_say(empty_page):
    page, track = empty_page, "furnace"
    plain = rendered(page, track=track)
    enraged = rendered(page, [0, "setIntensity", 1], track=track)
    # The layer plays in step: what comes out is the sum of both files.
    base, layer = (
        decode(AUDIO / "mp3" / f"{track}{suffix}.mp3")[0, 9 * 44100 : 12 * 44100] for suffix in ("", RAGE)
    )
    _, late = similarity(enraged, base + layer)
    assert 0 < late / 44100 < 0.07  # the lead of the start and the limiter's look-ahead
    assert similarity(plain, base)[1] == late
    for heard, expected in ((plain, base), (enraged, base + layer)):
        assert np.corrcoef(heard[late:], expected[:-late])[0, 1] > 0.995
    assert rms(enraged) > 1.15 * rms(plain)
    # Half the volume is a quarter of the amplitude; the effects' bus is none of the music's business.
    changes = (
        (9.1, "setVolume", "music", 0.5, 0.25),
        (9.7, "setVolume", "effects", 0, 0.25),
        (10.1, "setVolume", "master", 0.5, 0.0625),
        (10.5, "setVolume", "music", 1, 0.25),
        (10.9, "setVolume", "master", 1, 1),
        (11.5, "setVolume", "music", 0, 0),
    )
    changed = rendered(page, *(change[:4] for change in changes), track=track)
    for time, *_, expected in changes:
        part = slice(round((time + 0.25 - 9) * 44100), round((time + 0.4 - 9) * 44100))
        assert rms(changed[part]) == pytest.approx(expected * rms(plain[part]), rel=0.02, abs=1e-4)
    muffled = rendered(page, [0, "setMuffled", True], track=track)
    treble = [np.abs(np.fft.rfft(samples))[3 * 3000 :].sum() for samples in (muffled, plain)]
    assert treble[0] < 0.1 * treble[1]
    assert rms(muffled) > 0.3 * rms(plain)


def test_nothing_clicks(empty_page):
    """Every change glides: at its moment the samples step no further than they do elsewhere."""
    actions = [
        [9.5, "setVolume", "music", 0.6],
        [9.7, "setVolume", "master", 0.8],
        [9.9, "setIntensity", 1],
        [10.2, "setMuffled", True],
        [10.6, "setMuffled", False],
        [10.9, "pauseMusic"],
        [11.0, "resumeMusic"],
        [11.3, "setMuted", True],
        [11.5, "setMuted", False],
        [11.7, "stopMusic"],
    ]
    plain = rendered(empty_page)
    samples = rendered(empty_page, *actions)
    usual = np.abs(np.diff(plain)).max()
    steps = np.abs(np.diff(samples))
    assert steps.max() < 1.1 * usual
    for time, method, *_ in actions:
        at = round((time - 9) * 44100)
        assert steps[at - 20 : at + 400].max() < usual, method
    assert rms(samples[round(2.45 * 44100) : round(2.49 * 44100)]) < 1e-3 * rms(plain)  # muted


@pytest.mark.parametrize("track", TRACKS)
def test_loop_seam_of_the_decoded_music(empty_page, track):
    """Rendered across the loop's end, track and layer step no further there than elsewhere."""
    steps = empty_page.evaluate(
        """
        async ({files, loop_start, loop_end}) => {
          const before = 0.5;
          const context = new OfflineAudioContext(1, 44100, 44100);
          for (const name of files) {
            const file = await fetch(`/audio/mp3/${name}.mp3`);
            const buffer = await context.decodeAudioData(await file.arrayBuffer());
            const source = new AudioBufferSourceNode(context, {
              buffer, loop: true, loopStart: loop_start, loopEnd: loop_end,
            });
            source.connect(context.destination);
            source.start(0, loop_end - before);
          }
          const samples = (await context.startRendering()).getChannelData(0);
          const step = (from, to) => {
            let most = 0;
            for (let i = from; i < to; i += 1) most = Math.max(most, Math.abs(samples[i] - samples[i - 1]));
            return most;
          };
          const seam = Math.round(before * 44100);
          return { seam: step(seam - 2, seam + 3), elsewhere: step(1, seam - 100) };
        }
        """,
        {
            "files": [track, track + RAGE],
            "loop_start": ENTRIES[track]["loop_start"],
            "loop_end": ENTRIES[track]["loop_end"],
        },
    )
    assert 0 < steps["seam"] <= steps["elsewhere"]


def test_muting_is_silent_at_once(sound_page):
    page = sound_page
    unlock(page)
    page.evaluate("() => window.sound.play('enrage')")
    page.wait_for_function("() => window.loudest() > 0.01")
    page.evaluate("() => window.sound.setMuted(true)")
    assert page.evaluate("() => window.sound.muted") is True
    page.wait_for_function("() => window.loudest() < 1e-6")
    page.evaluate("() => { window.sound.setMuted(false); window.sound.play('fog'); }")
    page.wait_for_function("() => window.loudest() > 0.001")
    page.evaluate("() => window.sound.setVolume('effects', 0)")
    page.wait_for_function("() => window.loudest() < 1e-6")


def test_a_sound_may_begin_muted(sound_page):
    page = sound_page
    page.evaluate(
        "async () => { window.sound = new (await import('/static/audio/sound.js')).Sound({ muted: true }); }"
    )
    assert page.evaluate("() => window.sound.muted") is True
    unlock(page)
    assert page.evaluate("() => window.sound.play('enrage')") is True
    page.wait_for_function("() => context.currentTime > 0.5")
    assert page.evaluate("() => window.loudest()") == 0


def test_sleeps_while_the_page_is_hidden(sound_page):
    page = sound_page
    unlock(page)
    hide = """
    (hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }
    """
    page.evaluate(hide, True)
    page.wait_for_function("() => window.context.state === 'suspended'")
    assert page.evaluate("() => window.sound.play('swing')") is False
    page.evaluate(hide, False)
    page.wait_for_function(IS_RUNNING)
    assert page.evaluate("() => window.sound.play('swing')") is True


@pytest.mark.parametrize(
    "loss",
    [
        "delete window.AudioContext; delete window.webkitAudioContext;",
        "window.AudioContext = class { constructor() { throw new Error('no device'); } };",
        "window.fetch = () => Promise.reject(new Error('offline'));",
        "window.fetch = async () => new Response('not found', { status: 404 });",
        "window.fetch = async () => new Response('not audio');",
    ],
)
def test_everything_is_quiet_when_something_is_missing(empty_page, loss):
    """No exception, no console output, whatever the browser or the network denies."""
    messages = []
    empty_page.on("console", lambda message: messages.append(message.text))
    played = empty_page.evaluate(
        f"""
        async () => {{
          {loss}
          const {{ Sound }} = await import("/static/audio/sound.js");
          const sound = new Sound();
          sound.setMuted(true);
          sound.chooseTrack();
          sound.startMusic();
          await sound.unlock();
          sound.startMusic();
          sound.setIntensity(1);
          sound.setMuffled(true);
          for (const bus of ["master", "music", "effects"]) sound.setVolume(bus, 0.5);
          const played = sound.play("swing");
          sound.pauseMusic();
          sound.resumeMusic();
          sound.stopMusic();
          return [played, sound.muted];
        }}
        """
    )
    assert played == [False, True]
    assert messages == []
