// Sound of the duel on Web Audio: short effects in a handful of voices, and music that loops.
//
//     const sound = new Sound();
//     button.addEventListener("click", () => sound.unlock());   // browsers want a gesture first
//     sound.play("sword_hit", { volume: 0.8, pan: -0.3 });
//
// Signal path: voices -> effects bus, music -> music bus; both -> limiter -> master (muted here) -> out.
// Without Web Audio, before unlock() or when a file cannot be had, every method quietly does nothing.

/** Every effect, with how far its pitch may wander (a share) and how many of it may sound at once. */
const EFFECTS = {
  swing: { wander: 0.07, voices: 3 },
  sword_hit: { wander: 0.06, voices: 3 },
  sword_guarded: { wander: 0.04, voices: 3 },
  roll: { wander: 0.06, voices: 2 },
  block_raise: { wander: 0.05, voices: 2 },
  cleave_windup: { wander: 0.04, voices: 1 },
  cleave_lunge: { wander: 0.05, voices: 2 },
  cleave_hit: { wander: 0.04, voices: 2 },
  cleave_blocked: { wander: 0.04, voices: 2 },
  aegis_absorb: { wander: 0.01, voices: 2 },
  aegis_fade: { wander: 0, voices: 1 },
  guard_break: { wander: 0.04, voices: 2 },
  enrage: { wander: 0.02, voices: 1 },
  knight_death: { wander: 0.02, voices: 1 },
  boss_death: { wander: 0.02, voices: 1 },
  victory: { wander: 0, voices: 1 },
  defeat: { wander: 0, voices: 1 },
  ui_move: { wander: 0.01, voices: 3 },
  ui_confirm: { wander: 0, voices: 2 },
  fog: { wander: 0.02, voices: 1 },
};
const MUSIC = "duel";
const MUTED_KEY = "modular-mind-muted";

const MOST_VOICES = 16;
const LEAST_GAP = 0.03; // seconds between two starts of one effect: closer ones are one event
const PATIENCE = 1000; // milliseconds for which a sound asked for too early is still worth playing
const RAMP = 0.003; // seconds in which a voice opens: too short to hear, too long to click
const CUT = 0.02; // seconds in which a voice that gives way fades, and muting takes hold
const EFFECTS_GAIN = 0.9;
const MUSIC_GAIN = 0.5;
const MUSIC_FADE_IN = 0.6;
const MUSIC_FADE_OUT = 1.2;
const SILENCE = 0.001; // share of the peak below which a buffer's beginning is skipped
// A compressor at this threshold (dB) and ratio adds a make-up gain of its own: the standard sets it to
// 0.6 of the reduction at full scale. The factor takes it back, so that quiet sounds pass unchanged.
const THRESHOLD = -6;
const RATIO = 20;
const UNITY = 10 ** ((0.6 * THRESHOLD * (1 - 1 / RATIO)) / 20);

/** `value` within [low, high], or `otherwise` if it is no finite number. */
function bounded(value, low, high, otherwise) {
  return Number.isFinite(value) ? Math.min(Math.max(value, low), high) : otherwise;
}

function storedMuted() {
  try {
    return localStorage.getItem(MUTED_KEY) === "1";
  } catch {
    return false; // storage is denied in some frames and private windows
  }
}

function storeMuted(muted) {
  try {
    localStorage.setItem(MUTED_KEY, muted ? "1" : "0");
  } catch {
    // the choice then lasts as long as the page
  }
}

/** Seconds of silence before the sound: what the encoder's delay leaves where decoders keep it. */
function leadingSilence(buffer) {
  const samples = buffer.getChannelData(0);
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const first = samples.findIndex((sample) => Math.abs(sample) > SILENCE * peak);
  return first > 0 ? first / buffer.sampleRate : 0;
}

/**
 * Moves a gain from wherever it is to `value`: 99% of the way in `seconds`, all of it (-87 dB) in twice
 * that. An exponential approach may interrupt another one at any point without a jump.
 */
function ramp(parameter, value, now, seconds) {
  parameter.setTargetAtTime(value, now, seconds / 5);
}

export class Sound {
  #base;
  #context = null;
  #nodes = null; // {master, effects, music}: the buses' gain nodes
  #buffers = new Map(); // effect name -> {buffer, offset}
  #early = new Map(); // effect name -> {options, until}: what was asked for while loading
  #voices = []; // playing effects, oldest first: {name, source, gain, started}
  #loading = null; // promise of the effects, once asked for
  #musicFile = null; // promise of {buffer, start, end}, or of null if it cannot be had
  #musicWanted = false;
  #music = null; // {source, gain} while it plays
  #muted = storedMuted();

  /** `base` is the address of the audio folder, with a slash at its end. */
  constructor({ base = "/audio/" } = {}) {
    this.#base = base;
  }

  /** The names `play` knows. */
  static get names() {
    return Object.keys(EFFECTS);
  }

  get muted() {
    return this.#muted;
  }

  /** Mutes or unmutes everything at once; remembered between visits where the browser allows it. */
  setMuted(muted) {
    this.#muted = Boolean(muted);
    storeMuted(this.#muted);
    if (this.#context) ramp(this.#nodes.master.gain, this.#level(), this.#context.currentTime, CUT);
  }

  /**
   * Starts the audio; call it inside a user gesture, as often as you like. Resolves (never rejects) to
   * the number of effects ready to play, when all have been fetched and decoded or given up.
   */
  unlock() {
    if (!this.#context) this.#open();
    if (!this.#context) return Promise.resolve(0);
    if (!document.hidden) this.#resume();
    this.#loading ??= this.#loadEffects();
    if (this.#musicWanted) this.startMusic();
    return this.#loading;
  }

  /**
   * Plays effect `name` once at `volume` (1 as recorded, at most 2), `pan` from -1 (left) to 1 (right).
   * Returns whether it began: not while locked or hidden, nor within 30 ms of its last start. What is
   * asked for while the audio still starts or loads begins when it can, if that is within a second.
   */
  play(name, { volume = 1, pan = 0 } = {}) {
    if (!this.#context || document.hidden || !Object.hasOwn(EFFECTS, name)) return false;
    const sample = this.#buffers.get(name);
    if (!sample || this.#context.state !== "running") {
      this.#early.set(name, { options: { volume, pan }, until: performance.now() + PATIENCE });
      return false;
    }
    const now = this.#context.currentTime;
    const same = this.#voices.filter((voice) => voice.name === name);
    if (same.some((voice) => now - voice.started < LEAST_GAP)) return false;
    if (same.length >= EFFECTS[name].voices) this.#release(same[0], now);
    else if (this.#voices.length >= MOST_VOICES) this.#release(this.#voices[0], now);
    this.#start(name, sample, bounded(volume, 0, 2, 1), bounded(pan, -1, 1, 0), now);
    return true;
  }

  /** Fades the music in from its beginning; it then loops. Before unlock() it is kept for then. */
  startMusic() {
    this.#musicWanted = true;
    if (!this.#context || this.#music) return;
    this.#musicFile ??= this.#loadMusic();
    this.#musicFile.then((file) => {
      if (file && this.#musicWanted && !this.#music) this.#beginMusic(file);
    });
  }

  /** Fades the music out. */
  stopMusic() {
    this.#musicWanted = false;
    if (!this.#music) return;
    const { source, gain } = this.#music;
    const now = this.#context.currentTime;
    ramp(gain.gain, 0, now, MUSIC_FADE_OUT);
    source.stop(now + 2 * MUSIC_FADE_OUT);
    this.#music = null;
  }

  #level() {
    return this.#muted ? 0 : UNITY;
  }

  #open() {
    const Context = globalThis.AudioContext ?? globalThis.webkitAudioContext;
    if (!Context) return;
    try {
      this.#context = new Context({ latencyHint: "interactive" });
    } catch {
      return; // no audio device, or too many contexts
    }
    const context = this.#context;
    const limiter = new DynamicsCompressorNode(context, {
      threshold: THRESHOLD,
      knee: 0,
      ratio: RATIO,
      attack: 0.002,
      release: 0.15,
    });
    const master = new GainNode(context, { gain: this.#level() });
    const effects = new GainNode(context, { gain: EFFECTS_GAIN });
    const music = new GainNode(context, { gain: MUSIC_GAIN });
    effects.connect(limiter);
    music.connect(limiter);
    limiter.connect(master).connect(context.destination);
    this.#nodes = { master, effects, music };
    context.addEventListener("statechange", () => this.#catchUp());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) context.suspend().catch(() => {});
      else this.#resume();
    });
  }

  #resume() {
    this.#context.resume().catch(() => {}); // refused outside a gesture: the next unlock() tries again
  }

  /** Plays what was asked for early and can begin now, and forgets what has become too late. */
  #catchUp() {
    if (this.#context.state !== "running") return;
    for (const [name, { options, until }] of [...this.#early]) {
      const isLate = performance.now() > until;
      if (isLate || this.#buffers.has(name)) this.#early.delete(name);
      if (!isLate && this.#buffers.has(name)) this.play(name, options);
    }
  }

  /** Decoded audio of `file`, or null if it cannot be fetched or decoded. */
  async #decode(file) {
    try {
      const reply = await fetch(this.#base + file);
      if (!reply.ok) return null;
      return await this.#context.decodeAudioData(await reply.arrayBuffer());
    } catch {
      return null;
    }
  }

  async #loadEffects() {
    const load = async (name) => {
      const buffer = await this.#decode(`sfx/${name}.mp3`);
      if (!buffer) return;
      this.#buffers.set(name, { buffer, offset: leadingSilence(buffer) });
      this.#catchUp();
    };
    await Promise.all(Sound.names.map(load));
    return this.#buffers.size;
  }

  async #loadMusic() {
    try {
      const buffer = await this.#decode(`mp3/${MUSIC}.mp3`);
      const reply = await fetch(`${this.#base}audio.json`);
      const { loop_start: start, loop_end: end } = (await reply.json()).files[MUSIC];
      return buffer && end <= buffer.duration ? { buffer, start, end } : null;
    } catch {
      return null;
    }
  }

  #beginMusic({ buffer, start, end }) {
    const context = this.#context;
    const source = new AudioBufferSourceNode(context, { buffer, loop: true, loopStart: start, loopEnd: end });
    const gain = new GainNode(context, { gain: 0 });
    source.connect(gain).connect(this.#nodes.music);
    source.onended = () => gain.disconnect();
    ramp(gain.gain, 1, context.currentTime, MUSIC_FADE_IN);
    source.start();
    this.#music = { source, gain };
  }

  #start(name, { buffer, offset }, volume, pan, now) {
    const context = this.#context;
    const playbackRate = 1 + EFFECTS[name].wander * (2 * Math.random() - 1);
    const source = new AudioBufferSourceNode(context, { buffer, playbackRate });
    const gain = new GainNode(context, { gain: 0 });
    const panner = new StereoPannerNode(context, { pan });
    source.connect(gain).connect(panner).connect(this.#nodes.effects);
    ramp(gain.gain, volume, now, RAMP);
    const voice = { name, source, gain, started: now };
    source.onended = () => {
      panner.disconnect();
      this.#forget(voice);
    };
    source.start(now, offset);
    this.#voices.push(voice);
  }

  /** Lets a voice give way: it fades at once and no longer counts. */
  #release(voice, now) {
    ramp(voice.gain.gain, 0, now, CUT);
    voice.source.stop(now + 2 * CUT);
    this.#forget(voice);
  }

  #forget(voice) {
    this.#voices = this.#voices.filter((other) => other !== voice);
  }
}
