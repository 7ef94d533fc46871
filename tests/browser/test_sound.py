"""web/audio/sound.js in a real browser: a real click unlocks it, every effect decodes and plays."""

import json

import pytest

from tools.audio.effects import EFFECTS
from tools.make_audio import AUDIO

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
    return start.apply(this, when);
  };
  window.sound = new Sound();
  window.names = Sound.names;
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
    assert page.evaluate("() => window.sound.play('swing')") is False  # still locked
    assert unlock(page) == len(EFFECTS)
    stored = json.loads((AUDIO / "audio.json").read_text())["files"]
    for name in EFFECTS:
        assert page.evaluate("(name) => window.sound.play(name, {volume: 0.9, pan: -0.4})", name) is True
        played = page.evaluate("() => window.sources.at(-1).buffer.duration")
        assert played == pytest.approx(stored[name]["seconds"], abs=0.12)  # decoders may keep their padding
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


def test_music_loops_between_the_stored_points_and_stops(sound_page):
    page = sound_page
    page.evaluate("() => window.sound.startMusic()")  # wanted before the click, begins after it
    unlock(page)
    page.wait_for_function("() => window.sources.length === 1", timeout=60_000)
    page.evaluate("() => window.sound.startMusic()")  # already playing: nothing happens
    source = page.evaluate(
        "() => { const s = window.sources[0]; return [s.loop, s.loopStart, s.loopEnd, s.buffer.duration]; }"
    )
    entry = json.loads((AUDIO / "audio.json").read_text())["files"]["duel"]
    assert source[0] is True
    assert source[1:3] == pytest.approx([entry["loop_start"], entry["loop_end"]])
    assert source[2] < source[3]
    page.wait_for_function("() => window.loudest() > 0.001")
    page.evaluate("() => window.sources[0].addEventListener('ended', () => { window.silent = true; })")
    page.evaluate("() => window.sound.stopMusic()")
    page.wait_for_function("() => window.silent")
    assert page.evaluate("() => window.sources.length") == 1
    page.evaluate("() => window.sound.startMusic()")
    page.wait_for_function("() => window.sources.length === 2")


def test_loop_seam_of_the_decoded_music(static_page):
    """Rendered offline across the loop's end, the music steps no further there than elsewhere."""
    entry = json.loads((AUDIO / "audio.json").read_text())["files"]["duel"]
    steps = static_page.evaluate(
        """
        async ({loop_start, loop_end}) => {
          const before = 0.5;
          const context = new OfflineAudioContext(1, 44100, 44100);
          const file = await fetch("/audio/mp3/duel.mp3");
          const buffer = await context.decodeAudioData(await file.arrayBuffer());
          const source = new AudioBufferSourceNode(context, {
            buffer, loop: true, loopStart: loop_start, loopEnd: loop_end,
          });
          source.connect(context.destination);
          source.start(0, loop_end - before);
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
        {key: entry[key] for key in ("loop_start", "loop_end")},
    )
    assert 0 < steps["seam"] <= steps["elsewhere"]


def test_muting_is_silent_at_once_and_remembered(sound_page):
    page = sound_page
    unlock(page)
    page.evaluate("() => window.sound.play('enrage')")
    page.wait_for_function("() => window.loudest() > 0.01")
    page.evaluate("() => window.sound.setMuted(true)")
    assert page.evaluate("() => window.sound.muted") is True
    page.wait_for_function("() => window.loudest() < 1e-6")
    remembered = "async () => new (await import('/static/audio/sound.js')).Sound().muted"
    assert page.evaluate(remembered) is True
    page.evaluate("() => window.sound.setMuted(false)")
    assert page.evaluate(remembered) is False


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
def test_everything_is_quiet_when_something_is_missing(static_page, loss):
    """No exception, no console output, whatever the browser or the network denies."""
    messages = []
    static_page.on("console", lambda message: messages.append(message.text))
    played = static_page.evaluate(
        f"""
        async () => {{
          {loss}
          const {{ Sound }} = await import("/static/audio/sound.js");
          const sound = new Sound();
          sound.setMuted(true);
          sound.startMusic();
          await sound.unlock();
          sound.startMusic();
          const played = sound.play("swing");
          sound.stopMusic();
          return [played, sound.muted];
        }}
        """
    )
    assert played == [False, True]
    assert messages == []


def test_muting_works_where_storage_is_denied(sound_page):
    page = sound_page
    deny = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied'); } })"
    page.evaluate(f"() => {{ {deny}; }}")
    muted = """
    async () => {
      const { Sound } = await import("/static/audio/sound.js");
      const sound = new Sound();
      const before = sound.muted;
      sound.setMuted(true);
      return [before, sound.muted];
    }
    """
    assert page.evaluate(muted) == [False, True]
