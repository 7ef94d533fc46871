// Sound of the duel on Web Audio: short effects in a handful of voices, and music that loops.
//
//     const sound = new Sound({ muted: false });
//     button.addEventListener("click", () => sound.unlock());   // browsers want a gesture first
//     sound.play("sword_hit", { volume: 0.8, pan: -0.3 });
//
//     sound.chooseTrack();         // once a fight: never the track of the fight before
//     sound.startMusic();          // fetches the track, then its layer; fades in
//     sound.setIntensity(1);       // the boss is enraged: the layer joins, in step
//     sound.pauseMusic();          // and resumeMusic() goes on where it was
//     sound.setMuffled(true);      // behind a wall: slow motion, menus over the fight
//     sound.stopMusic();
//
//     sound.setVolume("music", 0.5);   // "master", "music" or "effects", 0 to 1 as the ear judges it
//     sound.setMuted(true);
//
// Signal path: voices -> effects bus; music -> music bus -> muffling filter; both -> limiter -> master bus
// (muted here) -> out. Nothing is remembered between visits: that is the page's settings' part. Files are
// MP3, which Chromium, Firefox and Safari all decode. Without Web Audio, before unlock() or when a file
// cannot be had, every method quietly does nothing; volumes, music and intensity asked for then are kept.

import { bounded, fetchAudio, ramp } from "./basics.js";
import { Music, TRACKS } from "./music.js";

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
  fog: { wander: 0.02, voices: 1 },
  heartbeat: { wander: 0.01, voices: 1 },
  slow_hit: { wander: 0, voices: 1 },
  footstep_a: { wander: 0.08, voices: 2 },
  footstep_b: { wander: 0.08, voices: 2 },
  hop_land: { wander: 0.08, voices: 2 },
  ui_move: { wander: 0.01, voices: 3 },
  ui_confirm: { wander: 0, voices: 2 },
  ui_back: { wander: 0, voices: 2 },
  ui_toggle: { wander: 0.01, voices: 2 },
  lock: { wander: 0.03, voices: 1 },
  tutorial_step: { wander: 0, voices: 1 },
  silence_node: { wander: 0.01, voices: 2 },
};

const MOST_VOICES = 16;
const LEAST_GAP = 0.03; // seconds between two starts of one effect: closer ones are one event
const PATIENCE = 1000; // milliseconds for which a sound asked for too early is still worth playing
const RAMP = 0.003; // seconds in which a voice opens: too short to hear, too long to click
const CUT = 0.02; // seconds in which a voice that gives way fades, and muting takes hold
const GLIDE = 0.06; // seconds in which a volume changes
const MUFFLING = 0.35; // seconds in which the filter closes and opens
const OPEN = 20_000; // hertz: the filter's frequency when it leaves everything through
const MUFFLED = 480;
const EFFECTS_GAIN = 0.9; // of the buses at full volume, as is the music's
const MUSIC_GAIN = 0.5; // a track and its layer together then stay below the limiter's threshold
const SILENCE = 0.001; // share of the peak below which a buffer's beginning is skipped
// A compressor at this threshold (dB) and ratio adds a make-up gain of its own: the standard sets it to
// 0.6 of the reduction at full scale. The factor takes it back, so that quiet sounds pass unchanged.
const THRESHOLD = -6;
const RATIO = 20;
const UNITY = 10 ** ((0.6 * THRESHOLD * (1 - 1 / RATIO)) / 20);

/** Gain for a volume of `share`: about even steps to the ear, and silence at 0. */
function gainOf(share) {
  return share * share;
}

/** Seconds of silence before the sound: what the encoder's delay leaves where decoders keep it. */
function leadingSilence(buffer) {
  const samples = buffer.getChannelData(0);
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const first = samples.findIndex((sample) => Math.abs(sample) > SILENCE * peak);
  return first > 0 ? first / buffer.sampleRate : 0;
}

export class Sound {
  #base;
  #context = null;
  #nodes = null; // {master, effects, music}: the buses' gain nodes, and {filter}
  #buffers = new Map(); // effect name -> {buffer, offset}
  #early = new Map(); // effect name -> {options, until}: what was asked for while loading
  #voices = []; // playing effects, oldest first: {name, source, gain, started}
  #loading = null; // promise of the effects, once asked for
  #music;
  #muted;
  #isMuffled = false;
  #volumes = { master: 1, music: 1, effects: 1 };

  /** `base` is the address of the audio folder, with a slash at its end. */
  constructor({ base = "/audio/", muted = false } = {}) {
    this.#base = base;
    this.#muted = Boolean(muted);
    this.#music = new Music(base);
  }

  /** The names `play` knows. */
  static get names() {
    return Object.keys(EFFECTS);
  }

  /** The names `startMusic` knows. */
  static get tracks() {
    return [...TRACKS];
  }

  get muted() {
    return this.#muted;
  }

  /** Mutes or unmutes everything at once. */
  setMuted(muted) {
    this.#muted = Boolean(muted);
    this.#apply("master", CUT);
  }

  /** Sets a bus ("master", "music" or "effects") to `share` of its full volume, 0 to 1 as the ear judges it. */
  setVolume(bus, share) {
    if (!Object.hasOwn(this.#volumes, bus)) throw new RangeError(`no bus ${bus}`);
    this.#volumes[bus] = bounded(share, 0, 1, 1);
    this.#apply(bus, GLIDE);
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

  /** Draws the music of the next fight, another than the last one's, and returns its name. */
  chooseTrack() {
    return this.#music.choose();
  }

  /**
   * Fades in `track`, or the one drawn by chooseTrack (or now), from its beginning; it then loops, its layer
   * silent. Nothing while music plays, unless another track is named. Before unlock() it is kept for then.
   */
  startMusic(track) {
    this.#music.start(track);
  }

  /** Fades the music out. */
  stopMusic() {
    this.#music.stop();
  }

  /** Fades the music out so that resumeMusic goes on where it was. */
  pauseMusic() {
    this.#music.pause();
  }

  resumeMusic() {
    this.#music.resume();
  }

  /** How much of the music's layer for an enraged boss is heard, 0 to 1; every start begins with 0. */
  setIntensity(share) {
    this.#music.setIntensity(share);
  }

  /** Lets the music sound as from behind a wall, or freely again. */
  setMuffled(on) {
    this.#isMuffled = Boolean(on);
    if (!this.#nodes) return;
    ramp(this.#nodes.filter.frequency, this.#cutoff(), this.#context.currentTime, MUFFLING);
  }

  #cutoff() {
    return this.#isMuffled ? MUFFLED : Math.min(OPEN, 0.45 * this.#context.sampleRate);
  }

  /** Gain that a bus should have now. */
  #level(bus) {
    const gain = gainOf(this.#volumes[bus]);
    if (bus === "effects") return EFFECTS_GAIN * gain;
    if (bus === "music") return MUSIC_GAIN * gain;
    return this.#muted ? 0 : UNITY * gain;
  }

  #apply(bus, seconds) {
    if (this.#nodes) ramp(this.#nodes[bus].gain, this.#level(bus), this.#context.currentTime, seconds);
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
    const [master, effects, music] = ["master", "effects", "music"].map(
      (bus) => new GainNode(context, { gain: this.#level(bus) }),
    );
    const filter = new BiquadFilterNode(context, { type: "lowpass", frequency: this.#cutoff() });
    effects.connect(limiter);
    music.connect(filter).connect(limiter);
    limiter.connect(master).connect(context.destination);
    this.#nodes = { master, effects, music, filter };
    this.#music.attach(context, music);
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

  async #loadEffects() {
    const load = async (name) => {
      const buffer = await fetchAudio(this.#context, `${this.#base}sfx/${name}.mp3`);
      if (!buffer) return;
      this.#buffers.set(name, { buffer, offset: leadingSilence(buffer) });
      this.#catchUp();
    };
    await Promise.all(Sound.names.map(load));
    return this.#buffers.size;
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
