"""Synthesis primitives: seeded noise, envelopes, filters, modal and wavetable oscillators, reverb.

Signals are float64 arrays of samples at RATE, mono `(n,)` unless said otherwise; stereo is `(2, n)`.
Times are seconds, frequencies hertz, `t60` the seconds in which a decay loses 60 dB. Filters are the
frequency responses of analogue prototypes, applied by FFT: causal, and free of per-sample loops.
"""

import zlib

import numpy as np

RATE = 44_100
TABLE_SIZE = 8192  # samples of a wavetable's period; linear interpolation then errs below -90 dB


def generator(name):
    """Random generator that depends on `name` alone, so one sound's draws never shift another's."""
    return np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))


def length(seconds):
    """Samples in `seconds`, rounded."""
    return round(seconds * RATE)


def clock(count):
    """Time of each of `count` samples, in seconds."""
    return np.arange(count) / RATE


def white(rng, count):
    """Uniform white noise in [-1, 1)."""
    return 2.0 * rng.random(count) - 1.0


# ---------------------------------------------------------------------------- envelopes
def curve(count, *points):
    """Piecewise linear curve through `(seconds, value)` points, constant beyond the first and last."""
    times, values = zip(*points, strict=True)
    return np.interp(clock(count), times, values)


def glide(count, *points):
    """Like `curve`, but linear in the logarithm: for frequencies and other positive quantities."""
    return np.exp(curve(count, *((at, np.log(value)) for at, value in points)))


def fall(count, t60):
    """Exponential decay from 1, losing 60 dB in `t60` seconds."""
    return 10.0 ** (-3.0 * clock(count) / t60)


def drift(rng, count, rate, depth, step=1):
    """Smooth random movement within +-`depth`, with about `rate` turns a second.

    `count` values, `step` samples apart.
    """
    seconds_apart = step / RATE
    knots = int(count * seconds_apart * rate) + 4
    position = np.arange(count) * (seconds_apart * rate) + rng.random()
    index = position.astype(np.int64)
    blend = position - index
    blend = blend * blend * (3.0 - 2.0 * blend)
    values = white(rng, knots) * depth
    return values[index] + (values[index + 1] - values[index]) * blend


def faded(signal, fade_in=0.002, fade_out=0.02):
    """`signal` with raised-cosine ends, so that it starts and stops at zero. Last axis is time."""
    count = signal.shape[-1]
    result = signal.copy()
    first, last = min(length(fade_in), count), min(length(fade_out), count)
    result[..., :first] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(first) / first)
    result[..., count - last :] *= 0.5 + 0.5 * np.cos(np.pi * (np.arange(last) + 1) / last)
    return result


def place(target, signal, at, gain=1.0):
    """Adds `signal` into `target` (in place) from `at` seconds on, cutting what exceeds the end."""
    start = length(at)
    count = min(signal.shape[-1], target.shape[-1] - start)
    if count > 0:
        target[..., start : start + count] += gain * signal[..., :count]


# ---------------------------------------------------------------------------- filters
def lowpass(frequency, q=0.7071):
    """Response of a second-order low-pass."""
    return lambda s: frequency**2 / (s * s + s * frequency / q + frequency**2)


def highpass(frequency, q=0.7071):
    """Response of a second-order high-pass."""
    return lambda s: s * s / (s * s + s * frequency / q + frequency**2)


def bandpass(frequency, q=1.0):
    """Response of a second-order band-pass with unit gain at its centre."""
    return lambda s: (s * frequency / q) / (s * s + s * frequency / q + frequency**2)


def peak(frequency, decibels, q=1.0):
    """Response that boosts (or cuts) around `frequency` by `decibels`."""
    gain = 10.0 ** (decibels / 20.0)
    return lambda s: (
        (s * s + s * frequency * gain / q + frequency**2) / (s * s + s * frequency / q + frequency**2)
    )


def shelf(frequency, decibels):
    """First-order high shelf: 0 dB well below `frequency`, `decibels` well above."""
    gain = 10.0 ** (decibels / 20.0)
    return lambda s: (gain * s + frequency) / (s + frequency)


def mixed(*weighted):
    """Parallel sum of `(weight, response)` pairs, as for the formants of a voice."""
    return lambda s: sum(weight * response(s) for weight, response in weighted)


def fft_size(count):
    """Least 2**a or 3 * 2**a that is at least `count`."""
    power = 1 << (count - 1).bit_length()
    return 3 * power // 4 if 3 * power // 4 >= count else power


def filtered(signal, *responses):
    """`signal` (last axis time) through `responses` in series; same length, ringing past it is cut."""
    count = signal.shape[-1]
    size = fft_size(count + RATE // 4)
    s = 1j * np.fft.rfftfreq(size, 1.0 / RATE)
    spectrum = np.fft.rfft(signal, size)
    for response in responses:
        spectrum = spectrum * response(s)
    return np.fft.irfft(spectrum, size)[..., :count]


def swept(signal, response, frequencies, q):
    """`signal` through a filter whose frequency follows `frequencies` (one per sample).

    A bank of fixed filters, three to the octave, is cross-faded along the logarithm of frequency.
    """
    position = np.log2(frequencies / frequencies.min()) * 3.0
    result = np.zeros_like(signal)
    for step in range(int(np.ceil(position.max())) + 1):
        weight = np.clip(1.0 - np.abs(position - step), 0.0, 1.0)
        if weight.any():
            result += weight * filtered(signal, response(frequencies.min() * 2.0 ** (step / 3.0), q))
    return result


# ---------------------------------------------------------------------------- oscillators
def sine(frequency, count=None):
    """Sine of constant `frequency` over `count` samples, or of one frequency per sample."""
    frequency = np.full(count, float(frequency)) if count is not None else frequency
    return np.sin(2.0 * np.pi * np.cumsum(frequency) / RATE)


def modal(count, partials, rng, bend=None):
    """Struck body: decaying `(frequency, amplitude, t60)` sines with random phases and a 1.2 ms attack.

    `bend`, if given, multiplies all frequencies sample by sample (a drum's falling pitch).
    """
    turns = clock(count) if bend is None else np.cumsum(bend) / RATE
    result = np.zeros(count)
    for frequency, amplitude, t60 in partials:
        if frequency < 0.45 * RATE:
            heard = min(count, length(1.5 * t60))  # 90 dB down: nothing is left
            phase = 2.0 * np.pi * (frequency * turns[:heard] + 0.1 * rng.random())
            result[:heard] += amplitude * np.sin(phase) * fall(heard, t60)
    return result * np.minimum(clock(count) / 0.0012, 1.0)


def wavetable(amplitudes, rng=None):
    """One period with harmonic k + 1 of `amplitudes[k]`, scaled to unit RMS, plus a guard sample.

    Phases are zero (a pointed wave), or random when `rng` is given (a smooth one).
    """
    spectrum = np.zeros(TABLE_SIZE // 2 + 1, dtype=complex)
    phases = 0.0 if rng is None else 2.0 * np.pi * rng.random(len(amplitudes))
    spectrum[1 : len(amplitudes) + 1] = -1j * np.asarray(amplitudes) * np.exp(1j * phases)
    table = np.fft.irfft(spectrum, TABLE_SIZE)
    table /= np.sqrt(np.mean(table * table))
    return np.append(table, table[0])


def oscillate(tables, frequency, phase, blend=None):
    """Plays `tables[0]` at `frequency` (one per sample) from `phase` (turns).

    With `blend` (0 to 1 per sample) it cross-fades into `tables[1]`: brightness that follows loudness.
    """
    position = np.cumsum(frequency * (TABLE_SIZE / RATE)) + phase * TABLE_SIZE
    index = position.astype(np.int64)
    fraction = position - index
    index &= TABLE_SIZE - 1
    table, slope = tables[0][:-1], np.diff(tables[0])
    result = table[index] + slope[index] * fraction
    if blend is not None:
        table, slope = tables[1][:-1], np.diff(tables[1])
        result += blend * (table[index] + slope[index] * fraction - result)
    return result


# ---------------------------------------------------------------------------- space
def hertz(pitch):
    """Frequency of MIDI note `pitch` (69 is 440 Hz)."""
    return 440.0 * 2.0 ** ((pitch - 69) / 12.0)


def seat_gains(position):
    """Left and right gain of equal power for `position` -1 (left) to 1 (right)."""
    angle = (np.clip(position, -1.0, 1.0) + 1.0) * np.pi / 4.0
    return np.cos(angle), np.sin(angle)


def panned(signal, position):
    """Mono to stereo at equal power; `position` -1 (left) to 1 (right)."""
    left, right = seat_gains(position)
    return np.stack([left * signal, right * signal])


def impulse(name, seconds, t60_low, t60_high, predelay=0.015, channels=2):
    """Impulse response of a room, `(channels, n)`: early echoes, then decorrelated decaying noise.

    The decay time glides from `t60_low` in the bass to `t60_high` in the treble. Unit energy.
    """
    rng = generator(name)
    count = length(seconds)
    bands = ((180.0, 0.0), (700.0, 0.3), (2500.0, 0.65), (7000.0, 1.0))
    rise = 1.0 - fall(count, 0.12)
    result = np.zeros((channels, count))
    for channel in range(channels):
        noise = white(rng, count) * rise
        for centre, share in bands:
            t60 = t60_low * (t60_high / t60_low) ** share
            result[channel] += filtered(noise, bandpass(centre, 0.6)) * fall(count, t60)
        for _ in range(14):
            at = 0.004 + 0.07 * rng.random()
            sign = 1.0 if rng.random() < 0.5 else -1.0
            place(result[channel], np.array([1.0]), at, sign * 0.9 * np.exp(-at / 0.04))
    result = np.concatenate([np.zeros((channels, length(predelay))), result], axis=1)
    result = filtered(faded(result, 0.0005, 0.2 * seconds), lowpass(9000.0), highpass(60.0))
    return result / np.sqrt(np.mean(np.sum(result**2, axis=1)))


def convolved(signal, response):
    """Linear convolution along the last axis, with the response's tail."""
    count = signal.shape[-1] + response.shape[-1] - 1
    size = fft_size(count)
    spectrum = np.fft.rfft(signal, size) * np.fft.rfft(response, size)
    return np.fft.irfft(spectrum, size)[..., :count]


def saturated(signal, drive):
    """Soft clipping by tanh; `drive` 1 leaves quiet parts unchanged and bends peaks near 1."""
    return np.tanh(drive * signal) / drive
