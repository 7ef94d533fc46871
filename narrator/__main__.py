"""The narrator's process: facts in, checked lines out, as JSON, one object a line.

    python -m narrator                 by hand
    python -m narrator --supervised    as service/narrator_process.py starts it: gives way to everybody else

In:  {"id": 1, "persona": "crowd", "facts": {...}, "seed": 7}
Out: first {"ready": {"backend", "model", "tuned", "instead": why another one does not speak, or null}}, or
     {"unavailable": "why", "missing": whether it is not installed, "unfit": whether it is no use to try
     again here} and exit code 4; while a model is being downloaded {"loading": bytes} before either. Then for
     each request, in order,
     {"id", "text": the line or null, "refused": [why], "tokens", "seconds"}.

A request that a newer one has overtaken is stale: only the newest is written about. It ends when standard
input does. Exit code 2: settings that make no sense. Settings: narrator/settings.py.
"""

import argparse
import json
import logging
import os
import queue
import sys
import threading
from contextlib import suppress
from typing import TextIO

EXIT_UNUSABLE, EXIT_UNAVAILABLE = 2, 4
LINE_LIMIT = 8192  # characters of a request
MESSAGE_LIMIT = 300  # characters of an error's message
GRACE_SECONDS = 10.0  # to end by itself when standard input has ended
SEED_STEP = 0x9E3779B1  # from one try's seed to the next one's
END = None  # in place of a request
log = logging.getLogger("narrator")


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="narrator", description="Writes lines about moments of a fight.")
    parser.add_argument("--supervised", action="store_true", help="give way to everybody else")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    if options.supervised:
        lower_priority()
    return run(own_stdout())


def own_stdout() -> TextIO:
    """Standard output for us alone: what others print, a library in C++ too, goes to standard error."""
    private = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return open(private, "w", encoding="utf-8", buffering=1)


def lower_priority() -> None:
    """Everybody else first: the server answers at once whatever is being written here."""
    # Measured on two busy cores beside a job of 0.25 ms every 4 ms, medians of 8 rounds: with nice 19 the
    # job's p99 was 1.0 ms and lines took 1.1 s; with SCHED_BATCH as well 8.2 ms and 1.1 s, with SCHED_IDLE as
    # well 5.1 ms and 2.0 s, and up to 10 s, which counts as a hang, beside a job without pauses; at the
    # priority of everybody else 2.7 ms and 1.6 s.
    if hasattr(os, "nice"):
        os.nice(19)


def run(out: TextIO) -> int:
    """Starts the model, then writes until standard input ends; returns the exit code."""
    requests: queue.SimpleQueue = queue.SimpleQueue()
    threading.Thread(target=read, args=(sys.stdin, requests), name="requests", daemon=True).start()

    # Only now: these take their time, and whoever waits for us may end us meanwhile.
    from narrator import backends, models
    from narrator.settings import NarratorSettingsError, read_config

    try:
        config = read_config(os.environ)
    except NarratorSettingsError as error:
        print(error, file=sys.stderr)
        return EXIT_UNUSABLE
    fallen: list[str] = []
    try:
        with models.watched_download(config, lambda size: say(out, {"loading": size})):
            backend = backends.start(config, fallen.append)
    except backends.BackendUnavailable as error:
        say(out, {"unavailable": str(error), "missing": error.is_missing, "unfit": error.is_unfit})
        return EXIT_UNAVAILABLE
    who = {"backend": backend.name, "model": backend.model, "tuned": backend.tuned}
    say(out, {"ready": {**who, "instead": fallen[0] if fallen else None}})
    while (waiting := newest(requests)) is not END:
        *stale, last = waiting
        for request in stale:
            say(out, refusal(request, "stale"))
        say(out, answer(backend, last, requests))
    backend.close()
    return 0


def say(out: TextIO, content: dict) -> None:
    """One line out; nobody listens any more: the end."""
    try:
        out.write(json.dumps(content) + "\n")
    except (BrokenPipeError, ValueError):
        os._exit(0)


def read(source: TextIO, requests: queue.SimpleQueue) -> None:
    """Takes requests in as they come, so that newer ones are seen while an older one is being written."""
    for line in iter(lambda: source.readline(LINE_LIMIT), ""):
        with suppress(ValueError, RecursionError):
            request = json.loads(line)
            if isinstance(request, dict) and type(request.get("id")) is int:
                requests.put(request)
    requests.put(END)
    # Whoever started this has ended, perhaps in the middle of a line that does not come to an end.
    timer = threading.Timer(GRACE_SECONDS, os._exit, (0,))
    timer.daemon = True
    timer.start()


def newest(requests: queue.SimpleQueue) -> list[dict] | None:
    """Waits for a request; all that are there by then, the newest last. END when no more will come."""
    found = [requests.get()]
    with suppress(queue.Empty):
        while found[-1] is not END:
            found.append(requests.get_nowait())
    if found[-1] is END:
        requests.put(END)  # for the next time
        found.pop()
    return found or END


def answer(backend, request: dict, requests: queue.SimpleQueue) -> dict:
    """Writes about a request's facts; a line that is refused is written once more, if that is in time."""
    from narrator.backends import BackendUnavailable
    from narrator.facts import FactsError, facts_from
    from narrator.personas import PERSONAS
    from narrator.settings import SECOND_TRY_WITHIN, TRIES
    from narrator.validator import verdict

    persona, seed = request.get("persona"), request.get("seed")
    if not isinstance(persona, str) or persona not in PERSONAS:
        return refusal(request, "There is no such persona.")
    if type(seed) is not int:
        return refusal(request, "The seed is not an integer.")
    try:
        facts = facts_from(request.get("facts"))
    except (FactsError, TypeError) as error:
        return refusal(request, f"facts: {error}")
    refused, tokens, seconds = [], 0, 0.0
    for number in range(TRIES):
        try:
            written = backend.write(facts, persona, (seed + number * SEED_STEP) & 0x7FFFFFFF)
        except BackendUnavailable as error:
            return refusal(request, *refused, str(error), tokens=tokens, seconds=seconds)
        except Exception as error:  # whatever a library raises costs this line, and not the process
            kind, message = type(error).__name__, " ".join(str(error).split())[:MESSAGE_LIMIT]
            log.warning("The model failed to write: %s: %s", kind, message)
            return refusal(request, *refused, f"the model failed: {kind}", tokens=tokens, seconds=seconds)
        tokens, seconds = tokens + written.tokens, seconds + written.seconds
        wrong = verdict(written.text, facts, persona)
        if wrong is None:
            return said(request, written.text, refused, tokens, seconds)
        refused.append(wrong)
        if seconds >= SECOND_TRY_WITHIN or not requests.empty():
            break
    return said(request, None, refused, tokens, seconds)


def said(request: dict, text: str | None, refused: list[str], tokens: int, seconds: float) -> dict:
    """An answer."""
    figures = {"tokens": tokens, "seconds": round(seconds, 4)}
    return {"id": request["id"], "text": text, "refused": refused, **figures}


def refusal(request: dict, *reasons: str, tokens: int = 0, seconds: float = 0.0) -> dict:
    """An answer without a line."""
    return said(request, None, list(reasons), tokens, seconds)


if __name__ == "__main__":
    try:
        code = main()
    except KeyboardInterrupt:
        code = 130
    sys.stderr.flush()
    os._exit(code)  # past the destructors of a runtime in C++, which may wait for threads of its own
