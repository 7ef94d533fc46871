"""Synthesises the duel's sound: audio/sfx/NAME.mp3, audio/mp3/TRACK.mp3 and TRACK_rage.mp3, audio/audio.json.

    python -m tools.make_audio            writes the files (about two minutes)
    python -m tools.make_audio --check    exits 1 and says why if any is stale, missing or not ours

MP3 is the one compressed format that Chromium, Firefox and Safari all decode in Web Audio. audio.json holds
the music's loop points and, for every file, its duration, loudness and fingerprint: the level of each 32nd
part of the synthesised samples. Encoders differ between versions and floating-point results between
machines, so the check compares no bytes: it synthesises again, compares fingerprints within
FINGERPRINT_TOLERANCE, and the decoded files with the samples by correlation and level.

The music takes a minute and a half to synthesise. Where that is too long, `check(again=False)` trusts the
hash of its sources that audio.json holds instead, and compares the decoded music with the stored fingerprint.
"""

import argparse
import hashlib
import json
import sys
from itertools import chain
from pathlib import Path

import numpy as np
import soundfile

from tools.audio import effects, mix
from tools.audio.levels import decibels, loudness, mean_loudness
from tools.audio.synth import RATE, fft_size
from tools.audio.tracks import TRACKS

SOURCES = Path(__file__).resolve().parent / "audio"
AUDIO = Path(__file__).resolve().parent.parent / "audio"
RAGE = "_rage"  # what the name of a track's layer ends in
FINGERPRINT_PARTS = 32
FINGERPRINT_TOLERANCE = 0.001  # dB
DECODED_TOLERANCE = 1.0  # dB, of the fingerprint of decoded music, where it is no silence
SILENCE = -60.0  # dB
LEAST_CORRELATION = 0.93  # of decoded and synthesised samples; noise loses most to the encoder
GREATEST_LEVEL_ERROR = 0.5  # dB
MUSIC_ENCODING = {"bitrate_mode": "CONSTANT", "compression_level": 0.7}  # 112 kbit/s
RAGE_ENCODING = {"bitrate_mode": "CONSTANT", "compression_level": 0.8}  # 96 kbit/s: never heard alone
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


def synthesised_effects():
    """Yields `(entry, samples, encoding)` of every effect."""
    for name in effects.EFFECTS:
        signal = effects.render(name)
        yield described(f"sfx/{name}.mp3", signal, loudness(signal)), signal, EFFECT_ENCODING


def synthesised_music():
    """Yields `(entry, samples, encoding)` of every track, each followed by its layer."""
    for name, track in TRACKS.items():
        course = mix.course(track.FORM)
        points = {"loop_start": round(course.loop_start, 6), "loop_end": round(course.loop_end, 6)}
        base, layer = mix.render(track)
        yield described(f"mp3/{name}.mp3", base, mean_loudness(base)) | points, base, MUSIC_ENCODING
        yield described(f"mp3/{name}{RAGE}.mp3", layer, mean_loudness(layer)) | points, layer, RAGE_ENCODING


def music_hash():
    """SHA-256 of everything that the music is made by: the sources except those of the effects."""
    digest = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*.py")):
        if not path.stem.endswith("effects"):
            digest.update(f"{path.relative_to(SOURCES).as_posix()}\n{path.read_text('utf-8')}".encode())
    return digest.hexdigest()


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


def problems_of_file(stored):
    """Differences between audio.json's entry `stored` and the decoded file it describes."""
    path = AUDIO / stored["file"]
    if not path.is_file():
        return ["is missing"]
    decoded = decode(path)
    found = []
    if abs(decoded.shape[-1] / RATE - stored["seconds"]) > 0.06:
        found.append(f"lasts {decoded.shape[-1] / RATE:.3f} s instead of {stored['seconds']}")
    pairs = zip(fingerprint(decoded), stored["fingerprint"], strict=True)
    error = max(abs(was - said) for was, said in pairs if said > SILENCE)
    if error > DECODED_TOLERANCE:
        found.append(f"is {error:.2f} dB off its fingerprint")
    return found


def check(again=True):
    """Messages about every file that is stale, missing or unknown; empty if all is well.

    Without `again` the music is not synthesised again; the hash of its sources must then be the stored one.
    """
    path = AUDIO / "audio.json"
    if not path.is_file():
        return ["audio.json is missing"]
    manifest = json.loads(path.read_text())
    stored = {entry["file"]: entry for entry in manifest["files"].values()}
    messages, known = [], set()
    if manifest["music_hash"] != music_hash():
        messages.append("audio.json: the music's sources changed, run tools.make_audio")
    for entry, signal, _ in chain(synthesised_effects(), synthesised_music() if again else ()):
        known.add(entry["file"])
        messages += [
            f"{entry['file']}: {what}" for what in problems_of(entry, signal, stored.get(entry["file"]))
        ]
    if not again:
        music = [file for file in stored if file.startswith("mp3/")]
        known.update(music)
        messages += [f"{file}: {what}" for file in music for what in problems_of_file(stored[file])]
    present = {str(file.relative_to(AUDIO)) for file in AUDIO.rglob("*.mp3")}
    messages += [f"{file}: nothing synthesises it" for file in sorted((present | stored.keys()) - known)]
    return messages


def write():
    """Synthesises and writes every file and audio.json."""
    files = {}
    for entry, signal, encoding in chain(synthesised_effects(), synthesised_music()):
        encode(AUDIO / entry["file"], signal, encoding)
        files[Path(entry["file"]).stem] = entry
        size = (AUDIO / entry["file"]).stat().st_size
        print(f"{entry['file']:24} {entry['seconds']:8.3f} s {entry['loudness']:7.2f} dB {size:9,} bytes")
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in files.items())
    head = f' "rate": {RATE},\n "music_hash": "{music_hash()}"'
    (AUDIO / "audio.json").write_text(f'{{\n{head},\n "files": {{\n{lines}\n }}\n}}\n')


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
