"""Stands in for `python -m narrator` and says what a file tells it to; see benchmarks/narrator_injections.py.

    python -m benchmarks.narrator_injections_child FOLDER

Before each answer it reads FOLDER/say.json: {"text": ...} for an answer with that text, or {"raw": ...} for
bytes in place of one, where $ID stands for the number of the request. Every request goes to FOLDER/asked.txt.
"""

import json
import sys
from pathlib import Path

BYTES = "$BYTES:"


def expanded(value):
    """A value of the corpus, with {"repeat", "times"} and {"join"} written out."""
    if isinstance(value, dict) and set(value) == {"repeat", "times"}:
        return value["repeat"] * value["times"]
    if isinstance(value, dict) and set(value) == {"join"}:
        return "".join(map(expanded, value["join"]))
    if isinstance(value, dict):
        return {key: expanded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [expanded(part) for part in value]
    return value


def raw_bytes(text: str) -> bytes:
    """The bytes that a raw text of the corpus stands for."""
    return bytes.fromhex(text.removeprefix(BYTES)) if text.startswith(BYTES) else text.encode("utf-8")


def answer(number: int, say: dict) -> bytes:
    """What is printed for a request."""
    if "raw" in say:
        return raw_bytes(expanded(say["raw"]).replace("$ID", str(number)))
    content = {"id": number, "text": expanded(say["text"]), "refused": [], "tokens": 9, "seconds": 0.01}
    return json.dumps(content).encode() + b"\n"


def main(folder: Path) -> None:
    """Answers until its input ends."""
    out = sys.stdout.buffer
    ready = {"ready": {"backend": "mock", "model": "scripted", "tuned": False}}
    out.write(json.dumps(ready).encode() + b"\n")
    out.flush()
    for line in sys.stdin:
        say = json.loads((folder / "say.json").read_text(encoding="utf-8"))
        with (folder / "asked.txt").open("a", encoding="utf-8") as asked:  # now it may say something else
            asked.write(line)
        out.write(answer(json.loads(line)["id"], say))
        out.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
