// The music of a fight: one of several tracks, each an introduction and a loop, with a layer for the boss's
// rage that runs in step with it, silent until it is wanted.
//
// A track and its layer are two files of one length and the same loop points. Both start at the same moment
// of the audio clock; a layer that is decoded later starts where the track then is. Only the files of one
// track are kept decoded: a minute of stereo is some twenty megabytes.

import { bounded, fetchAudio, ramp } from "./basics.js";

/** The tracks by name; audio.json knows where each loops. */
export const TRACKS = ["duel", "furnace", "requiem"];
const LAYER = "_rage"; // what the name of a track's layer ends in

const LEAD = 0.05; // seconds ahead of the clock for which sources are scheduled, so that none is late
const FADE_IN = 0.6; // seconds, as are those below
const FADE_OUT = 1.2;
const PAUSE_FADE = 0.25;
const INTENSITY_FADE = 2.5;

export class Music {
  #base;
  #context = null;
  #output = null;
  #entries = null; // promise of audio.json's entries by name, once asked for
  #files = null; // {track, base, layer}: promises of {buffer, start, end} or null, of one track
  #chosen = null; // track drawn for the next start
  #last = null; // track that was drawn last
  #wanted = null; // track that should sound, or is paused
  #isPaused = false;
  #position = 0; // seconds into the track at which the next start begins
  #intensity = 0;
  #playing = null; // {part, fade, rage, sources, when, offset} while it sounds

  /** `base` is the address of the audio folder, with a slash at its end. */
  constructor(base) {
    this.#base = base;
  }

  /** Gives the music a running AudioContext and the node to play into; what was wanted before begins. */
  attach(context, output) {
    this.#context = context;
    this.#output = output;
    if (this.#wanted && !this.#isPaused) this.#begin();
  }

  /** Draws the track of the next start, never the one drawn before it, and returns its name. */
  choose() {
    const others = TRACKS.filter((name) => name !== this.#last);
    this.#chosen = others[Math.floor(Math.random() * others.length)];
    this.#last = this.#chosen;
    return this.#chosen;
  }

  /**
   * Starts `track` from its beginning, its layer silent; without a name the chosen one, or a new draw. Does
   * nothing while that track, or without a name any track, is already wanted and not paused.
   */
  start(track = null) {
    const isOn = this.#wanted !== null && !this.#isPaused;
    if (isOn && (track === null || track === this.#wanted)) return;
    if (track !== null && !TRACKS.includes(track)) throw new RangeError(`no track ${track}`);
    this.#release(FADE_OUT);
    this.#wanted = track ?? this.#chosen ?? this.choose();
    this.#last = this.#wanted;
    this.#chosen = null;
    this.#isPaused = false;
    this.#position = 0;
    this.#intensity = 0;
    this.#begin();
  }

  /** Fades the music out; the next start begins anew. */
  stop() {
    this.#wanted = null;
    this.#isPaused = false;
    this.#release(FADE_OUT);
  }

  /** Fades out and remembers the place for `resume`. */
  pause() {
    if (this.#wanted === null || this.#isPaused) return;
    this.#isPaused = true;
    if (this.#playing) this.#position = this.#place(this.#context.currentTime);
    this.#release(PAUSE_FADE);
  }

  /** Goes on where `pause` left off; nothing if it is not paused. */
  resume() {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#begin();
  }

  /** Lets the layer be heard: 0 not at all, 1 fully. The next start begins with 0. */
  setIntensity(share) {
    this.#intensity = bounded(share, 0, 1, 0);
    if (this.#playing) ramp(this.#playing.rage.gain, this.#intensity, this.#context.currentTime, INTENSITY_FADE);
  }

  async #begin() {
    if (!this.#context) return;
    const files = this.#load(this.#wanted);
    const part = await files.base;
    // In the meantime it may have been stopped, paused, or begun by another call.
    if (!part || this.#playing || this.#isPaused || this.#wanted !== files.track) return;
    const playing = this.#play(part);
    if (files.loadedLayer) {
      this.#add(files.loadedLayer, playing.rage, playing.when);
      return;
    }
    const layer = await files.layer;
    if (layer && this.#playing === playing) this.#add(layer, playing.rage, this.#context.currentTime + LEAD);
  }

  /** The files of `track`: its base first, and only then its layer, which may be missing. */
  #load(track) {
    if (this.#files?.track === track) return this.#files;
    const base = this.#part(track);
    const files = { track, base, layer: null, loadedLayer: null };
    files.layer = base.then(async (part) => {
      files.loadedLayer = part && (await this.#part(track + LAYER));
      return files.loadedLayer;
    });
    base.then((part) => {
      if (!part && this.#files === files) this.#files = null; // the next start tries again
    });
    this.#files = files;
    return files;
  }

  async #part(name) {
    this.#entries ??= this.#fetchEntries();
    const [buffer, entries] = await Promise.all([
      fetchAudio(this.#context, `${this.#base}mp3/${name}.mp3`),
      this.#entries,
    ]);
    const { loop_start: start, loop_end: end } = entries?.[name] ?? {};
    return buffer && end <= buffer.duration ? { buffer, start, end } : null;
  }

  async #fetchEntries() {
    try {
      return (await (await fetch(`${this.#base}audio.json`)).json()).files;
    } catch {
      this.#entries = null; // the next start tries again
      return null;
    }
  }

  #play(part) {
    const context = this.#context;
    const fade = new GainNode(context, { gain: 0 });
    const rage = new GainNode(context, { gain: this.#intensity });
    rage.connect(fade).connect(this.#output);
    const when = context.currentTime + LEAD;
    this.#playing = { part, fade, rage, sources: [], when, offset: this.#position };
    this.#add(part, fade, when).onended = () => fade.disconnect();
    ramp(fade.gain, 1, context.currentTime, FADE_IN);
    return this.#playing;
  }

  /** Starts a file at `when` into `target`, at the place that the music then has. */
  #add({ buffer, start, end }, target, when) {
    const loop = { loop: true, loopStart: start, loopEnd: end };
    const source = new AudioBufferSourceNode(this.#context, { buffer, ...loop });
    source.connect(target);
    source.start(when, this.#place(when));
    this.#playing.sources.push(source);
    return source;
  }

  /** Seconds into the playing track at `time` of the audio clock. */
  #place(time) {
    const { part, when, offset } = this.#playing;
    const place = offset + Math.max(time - when, 0);
    return place < part.end ? place : part.start + ((place - part.start) % (part.end - part.start));
  }

  #release(seconds) {
    if (!this.#playing) return;
    const now = this.#context.currentTime;
    ramp(this.#playing.fade.gain, 0, now, seconds);
    for (const source of this.#playing.sources) source.stop(now + 2 * seconds);
    this.#playing = null;
  }
}
