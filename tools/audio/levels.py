"""Loudness and dynamics: perceived level, trimming, a look-ahead limiter and a bus compressor.

Levels are decibels relative to full scale after a weighting like that of ITU-R BS.1770 (less bass, more
presence), so that two sounds of one level seem about equally loud.
"""

import numpy as np

from tools.audio.synth import RATE, filtered, highpass, length, shelf

LOUDNESS_WINDOW = 0.1  # seconds; short, because most effects are


def decibels(gain):
    """20 log10 of `gain`, floored at -200 dB."""
    return 20.0 * np.log10(np.maximum(gain, 1e-10))


def box(values, count):
    """Moving average over `count` samples, centred, same length; edges average what exists."""
    before, after = count // 2, count - count // 2
    total = np.concatenate([[0.0], np.cumsum(values)])
    index = np.arange(values.size)
    stop = np.minimum(index + after, values.size)
    start = np.maximum(index - before, 0)
    return (total[stop] - total[start]) / (stop - start)


def power(signal, window):
    """Weighted mean square over `window` seconds around each sample; channels `(2, n)` are averaged."""
    weighted = filtered(np.atleast_2d(signal), highpass(60.0), shelf(1700.0, 4.0))
    return np.maximum(box(np.mean(weighted**2, axis=0), length(window)), 0.0)


def loudness(signal):
    """Level of the loudest LOUDNESS_WINDOW of `signal` in dB, shorter sounds diluted by silence."""
    padding = [(0, 0)] * (signal.ndim - 1) + [(length(LOUDNESS_WINDOW),) * 2]
    return float(decibels(np.sqrt(power(np.pad(signal, padding), LOUDNESS_WINDOW).max())))


def mean_loudness(signal):
    """Level of the whole of `signal` in dB."""
    return float(decibels(np.sqrt(power(signal, 0.4).mean())))


def running_maximum(values, count):
    """Greatest value within `count` samples around each sample, by doubling."""
    before = count // 2
    padded = np.pad(values, (before, count - before - 1), mode="edge")
    span = 1
    while 2 * span <= count:
        padded = np.maximum(padded[:-span], padded[span:])
        span *= 2
    rest = count - span
    return np.maximum(padded[: values.size], padded[rest : rest + values.size])


def limited(signal, ceiling, window=0.008):
    """`signal` with no sample above `ceiling` (one for all or one a sample), by a smooth gain that foresees.

    The gain needed around each sample is held for `window` seconds and then averaged over as long, so it
    never exceeds what any peak allows.
    """
    count = length(window) | 1
    loudest = np.abs(np.atleast_2d(signal)).max(axis=0)
    need = 1.0 / np.maximum(running_maximum(loudest / ceiling, 2 * count + 1), 1.0)
    return signal * box(box(need, count), count)


def compressed(signal, threshold, ratio, window=0.08):
    """`signal` whose level above `threshold` dB (over `window` seconds) grows `ratio` times slower."""
    over = np.maximum(decibels(np.sqrt(power(signal, window))) - threshold, 0.0)
    gain = 10.0 ** (-box(over, length(window)) * (1.0 - 1.0 / ratio) / 20.0)
    return signal * gain


def trimmed(signal, floor=-62.0):
    """`signal` (mono) without the silence before it reaches `floor` dB below its peak, and after it."""
    loud = np.flatnonzero(np.abs(signal) > np.abs(signal).max() * 10.0 ** (floor / 20.0))
    start = max(int(loud[0]) - length(0.001), 0)
    return signal[start : int(loud[-1]) + 1 + RATE // 200]


def levelled(signal, level, ceiling):
    """`signal` at `level` dB of `loudness`, its peaks limited to `ceiling`."""
    for _ in range(3):  # limiting lowers the level a little: approach it
        signal = limited(signal * 10.0 ** ((level - loudness(signal)) / 20.0), ceiling)
    return signal
