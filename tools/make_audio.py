"""Synthesises the duel's sound: audio/sfx/NAME.mp3, audio/mp3/duel.mp3 and audio/audio.json.

    python -m tools.make_audio            writes the files (about half a minute)
    python -m tools.make_audio --check    exits 1 and says why if any is stale, missing or not ours

audio.json holds the music's loop points and, for every file, its duration, loudness and fingerprint: the
level of each 32nd part of the synthesised samples. Encoders differ between versions and floating-point
results between machines, so the check compares no bytes: it synthesises again, compares fingerprints
within FINGERPRINT_TOLERANCE, and the decoded files with the samples by correlation and level.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import soundfile

from tools.audio import effects, mix
from tools.audio.levels import decibels, loudness, mean_loudness
from tools.audio.synth import RATE, fft_size

AUDIO = Path(__file__).resolve().parent.parent / "audio"
MUSIC = "duel"
FINGERPRINT_PARTS = 32
FINGERPRINT_TOLERANCE = 0.001  # dB
LEAST_CORRELATION = 0.93  # of decoded and synthesised samples; noise loses most to the encoder
GREATEST_LEVEL_ERROR = 0.5  # dB
MUSIC_ENCODING = {"bitrate_mode": "CONSTANT", "compression_level": 0.7}  # 112 kbit/s
EFFECT_ENCODING = {"bitrate_mode": "VARIABLE", "compression_level": 0.4}


def fingerprint(signal):
    """RMS level in dB of FINGERPRINT_PARTS equal parts of `signal` (last axis time), rounded."""
    power = np.mean(np.atleast_2d(signal) ** 2, axis=0)
    return [
        round(float(decibels(np.sqrt(part.mean()))), 4) for part in np.array_split(power, FINGERPRINT_PARTS)
    ]


def described(path, signal, level):
    """Entry of audio.json for `signal`, stored at `path` under audio/."""
    return {
        "file": path,
        "seconds": round(signal.shape[-1] / RATE, 4),
        "loudness": round(level, 2),
        "fingerprint": fingerprint(signal),
    }


def synthesised():
    """Yields `(entry, samples, encoding)` of every file: the effects by name, the music last."""
    for name in effects.EFFECTS:
        signal = effects.render(name)
        yield described(f"sfx/{name}.mp3", signal, loudness(signal)), signal, EFFECT_ENCODING
    signal = mix.render()
    entry = described(f"mp3/{MUSIC}.mp3", signal, mean_loudness(signal))
    entry |= {"loop_start": round(mix.LOOP_START, 6), "loop_end": round(mix.LOOP_END, 6)}
    yield entry, signal, MUSIC_ENCODING


def encode(path, signal, encoding):
    """Writes `signal`, `(n,)` or `(channels, n)`, as an MP3 file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, signal.T, RATE, format="MP3", subtype="MPEG_LAYER_III", **encoding)


def decode(path):
    """Samples of an MP3 file as float64, `(n,)` if mono, else `(channels, n)`. Errors: ValueError."""
    signal, rate = soundfile.read(path)
    if rate != RATE:
        raise ValueError(f"{path}: {rate} Hz instead of {RATE}")
    return signal.T


def similarity(decoded, signal):
    """Correlation of two recordings at the best alignment of their first channels, and the lag there.

    The lag (samples by which `decoded` is late) is 0 unless the decoder keeps the encoder's delay.
    """
    first, second = np.atleast_2d(decoded)[0], np.atleast_2d(signal)[0]
    size = fft_size(first.size + second.size)
    products = np.fft.irfft(np.fft.rfft(first, size) * np.conj(np.fft.rfft(second, size)), size)
    lag = int(np.argmax(products))
    norm = np.sqrt(np.sum(first**2) * np.sum(second**2))
    return float(products[lag] / norm) if norm else 0.0, lag if lag < size // 2 else lag - size


def problems_of(entry, signal, stored):
    """Differences between what was synthesised and what audio.json (`stored`, or None) and the file hold."""
    if stored is None:
        return ["is not in audio.json"]
    found = []
    for key in ("seconds", "loudness", "loop_start", "loop_end"):
        if abs(entry.get(key, 0.0) - stored.get(key, 0.0)) > 0.02:
            found.append(f"{key} is {stored.get(key)} in audio.json, not {entry.get(key)}")
    error = np.max(np.abs(np.subtract(entry["fingerprint"], stored["fingerprint"])))
    if error > FINGERPRINT_TOLERANCE:
        found.append(f"fingerprint differs by {error:.4f} dB: the synthesis changed, run tools.make_audio")
    path = AUDIO / entry["file"]
    if not path.is_file():
        return [*found, "is missing"]
    decoded = decode(path)
    correlation, _ = similarity(decoded, signal)
    if correlation < LEAST_CORRELATION:
        found.append(f"file correlates only {correlation:.3f} with the synthesis")
    level = float(decibels(np.sqrt(np.mean(decoded**2) * decoded.size / np.sum(signal**2))))
    level -= float(decibels(np.sqrt(decoded.size / signal.size)))
    if abs(level) > GREATEST_LEVEL_ERROR:
        found.append(f"file is {level:+.2f} dB off the synthesis")
    return found


def check():
    """Messages about every file that is stale, missing or unknown; empty if all is well."""
    path = AUDIO / "audio.json"
    if not path.is_file():
        return ["audio.json is missing"]
    stored = {entry["file"]: entry for entry in json.loads(path.read_text())["files"].values()}
    messages, known = [], set()
    for entry, signal, _ in synthesised():
        known.add(entry["file"])
        messages += [
            f"{entry['file']}: {what}" for what in problems_of(entry, signal, stored.get(entry["file"]))
        ]
    present = {str(file.relative_to(AUDIO)) for file in AUDIO.rglob("*.mp3")}
    messages += [f"{file}: nothing synthesises it" for file in sorted((present | stored.keys()) - known)]
    return messages


def write():
    """Synthesises and writes every file and audio.json."""
    files = {}
    for entry, signal, encoding in synthesised():
        encode(AUDIO / entry["file"], signal, encoding)
        files[Path(entry["file"]).stem] = entry
        size = (AUDIO / entry["file"]).stat().st_size
        print(f"{entry['file']:24} {entry['seconds']:8.3f} s {entry['loudness']:7.2f} dB {size:9,} bytes")
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in files.items())
    (AUDIO / "audio.json").write_text(f'{{\n "rate": {RATE},\n "files": {{\n{lines}\n }}\n}}\n')


def main():
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if not parser.parse_args().check:
        write()
        return 0
    messages = check()
    print("\n".join(messages) or "audio/ is up to date")
    return 1 if messages else 0


if __name__ == "__main__":
    sys.exit(main())
