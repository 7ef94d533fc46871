"""Building blocks of the effects: thumps, struck metal, growls, bubbles, gusts of air, a small hall.

All return mono signals at RATE and draw only from the generator they are given.
"""

import numpy as np

from tools.audio.synth import (
    RATE,
    bandpass,
    clock,
    convolved,
    drift,
    fall,
    filtered,
    highpass,
    impulse,
    length,
    lowpass,
    mixed,
    modal,
    oscillate,
    place,
    saturated,
    sine,
    swept,
    wavetable,
    white,
)

# Free bar, plate and shell ratios: inharmonic, as struck iron sounds.
PLATE = (1.0, 1.52, 2.03, 2.74, 3.18, 4.13, 4.77, 5.62, 6.81, 8.07, 9.43, 11.2)
BELL = ((0.5, 0.5, 1.0), (1.0, 0.8, 0.8), (1.19, 0.7, 0.62), (1.5, 0.4, 0.5), (2.0, 1.0, 0.5))
BELL_UPPER = ((2.52, 0.4, 0.28), (2.66, 0.35, 0.25), (3.01, 0.45, 0.22), (4.12, 0.35, 0.15), (5.4, 0.25, 0.1))


def thump(seconds, high, low, t60, drop=0.03):
    """Body of a blow: a sine that falls from `high` to `low` hertz within about `drop` seconds."""
    count = length(seconds)
    pitch = low + (high - low) * np.exp(-clock(count) / drop)
    return sine(pitch) * fall(count, t60)


def burst(rng, seconds, t60, *responses):
    """Burst of noise through `responses`, decaying at once; unit peak."""
    count = length(seconds)
    noise = filtered(white(rng, count) * fall(count, t60), *responses)
    return noise / np.abs(noise).max()


def metal(rng, seconds, base, t60, ratios=PLATE, damping=0.6, brightness=0.5):
    """Struck iron: partials at jittered `ratios` of `base`, each split in two that beat slowly."""
    partials = []
    for ratio in ratios:
        frequency = base * ratio * (1.0 + 0.02 * (rng.random() - 0.5))
        amplitude = ratio ** (brightness - 1.0) * (0.6 + 0.8 * rng.random())
        decay = t60 / ratio**damping
        partials.append((frequency, amplitude, decay))
        partials.append((frequency * (1.0 + 0.004 * rng.random()) + 1.5, 0.6 * amplitude, 0.8 * decay))
    ring = modal(length(seconds), partials, rng)
    return ring / np.abs(ring).max()


def bell(rng, seconds, pitch, t60, bright=1.0):
    """Cast bell with hum, minor third and a strike note at `pitch`; unit peak."""
    upper = tuple((ratio, amplitude * bright, decay) for ratio, amplitude, decay in BELL_UPPER)
    partials = []
    for ratio, amplitude, decay in BELL + upper:
        partials.append((pitch * ratio, amplitude, t60 * decay))
        partials.append((pitch * ratio * 1.0015 + 0.4, 0.5 * amplitude, t60 * decay))
    ring = modal(length(seconds), partials, rng)
    return ring / np.abs(ring).max()


def growl(rng, pitch, formants, rough=0.5, breath=0.25, drive=2.5):
    """Voice of a large throat: pulses at `pitch` (hertz per sample) through moving `formants`.

    `formants` holds `(frequencies per sample, q, weight)`. `rough` deepens a subharmonic flutter that
    makes the voice rattle, `breath` mixes noise into the source, `drive` overdrives the result.
    """
    count = pitch.size
    table = wavetable([1.0 / k**0.75 for k in range(1, 120)])
    wander = 1.0 + drift(rng, count, 9.0, 0.035) + drift(rng, count, 31.0, 0.03)
    source = sum(
        oscillate((table,), pitch * wander * detune, rng.random()) * 0.5 for detune in (1.0, 0.503, 1.497)
    )
    flutter = 0.5 + 0.5 * np.sin(2.0 * np.pi * np.cumsum(0.5 * pitch * wander) / RATE)
    source = source * (1.0 - rough * flutter * (0.6 + drift(rng, count, 17.0, 0.4)))
    source = source + breath * white(rng, count) * (1.0 + source)
    voice = sum(weight * swept(source, bandpass, path, q) for path, q, weight in formants)
    voice = voice + 0.35 * filtered(source, lowpass(180.0))
    return saturated(voice / np.sqrt(np.mean(voice**2)) * 0.4, drive)


def bubbles(rng, seconds, number, low, high, start=0.0, stop=None):
    """`number` slime bubbles at random times: short sines whose pitch rises as each one bursts."""
    result = np.zeros(length(seconds))
    stop = seconds if stop is None else stop
    for _ in range(number):
        at = start + (stop - start) * rng.random()
        pitch = low * (high / low) ** rng.random()
        size = 0.02 + 6.0 / pitch
        count = length(size * 3.0)
        rise = pitch * (1.0 + 0.9 * clock(count) / size)
        pop = sine(rise) * fall(count, size * 2.2) * np.minimum(clock(count) / 0.002, 1.0)
        place(result, pop, at, (0.3 + 0.7 * rng.random()) * (low / pitch) ** 0.4)
    return result


def gust(rng, level, centre, q=1.2):
    """Moving air: noise through a band at `centre` (hertz per sample), shaped by `level` per sample."""
    noise = white(rng, level.size)
    noise = noise * (1.0 + drift(rng, level.size, 40.0, 0.35))
    air = swept(noise, bandpass, centre, q) + 0.25 * swept(noise, lowpass, centre, 0.7)
    return air / np.sqrt(np.mean(air**2)) * 0.3 * level


def rattle(rng, seconds, number, low, high, start, stop, t60=0.05):
    """Loose armour: `number` small jingles of random metal pitches between `start` and `stop`."""
    result = np.zeros(length(seconds))
    for _ in range(number):
        at = start + (stop - start) * rng.random()
        base = low * (high / low) ** rng.random()
        piece = metal(rng, 6.0 * t60, base, t60 * (0.6 + 0.8 * rng.random()), ratios=PLATE[:6])
        place(result, piece, at, 0.25 + 0.75 * rng.random())
    return result


def crackle(rng, seconds, number, start, stop, bias=1.0):
    """Embers or shards: `number` tiny clicks, denser towards `start` as `bias` grows."""
    result = np.zeros(length(seconds))
    for _ in range(number):
        at = start + (stop - start) * rng.random() ** bias
        click = burst(rng, 0.02, 0.004 + 0.012 * rng.random(), bandpass(1500.0 * 4.0 ** rng.random(), 1.5))
        place(result, click, at, 0.2 + 0.8 * rng.random() ** 2)
    return result


def choir(rng, pitches, seconds, swell, vowel, singers=4):
    """Held chord of `singers` voices a note: `pitches` in hertz, `swell` one level per sample."""
    count = length(seconds)
    body = mixed(*((weight, bandpass(frequency, q)) for frequency, q, weight in vowel))
    table = wavetable([1.0 / k**0.9 for k in range(1, 60)], rng)
    voices = np.zeros(count)
    for pitch in pitches:
        for _ in range(singers):
            rate, depth = 4.8 + 0.8 * rng.random(), 0.004 + 0.004 * rng.random()
            vibrato = depth * np.sin(2.0 * np.pi * (rate * clock(count) + rng.random()))
            wander = drift(rng, count, 3.0, 0.004) + 0.004 * (rng.random() - 0.5)
            voices += oscillate((table,), pitch * (1.0 + vibrato + wander), rng.random())
    voices = filtered(voices + 0.4 * white(rng, count), body, highpass(90.0))
    return voices / np.sqrt(np.mean(voices**2)) * 0.25 * swell


def hall(signal, amount, seconds=1.2, t60=1.0, name="effects hall"):
    """`signal` followed by `seconds` of a stone hall at `amount` (0 to 1) of the dry level."""
    response = impulse(name, seconds, t60, 0.35 * t60, predelay=0.008, channels=1)[0]
    wet = convolved(signal, response)
    result = amount * wet
    result[: signal.size] += signal
    return result


def layered(seconds, *layers):
    """Sum of `(at, gain, signal)` layers, `seconds` long."""
    result = np.zeros(length(seconds))
    for at, gain, signal in layers:
        place(result, signal, at, gain)
    return result


def falling(count, start, stop, shape=1.0):
    """Frequencies from `start` to `stop` over `count` samples, later falls as `shape` grows."""
    share = (np.arange(count) / count) ** shape
    return start * (stop / start) ** share
