"""The narrator: how true, varied and fast its lines are, and what it costs the game.

    python -m benchmarks.narrator                  about an hour on two cores
    python -m benchmarks.narrator --facts 60       a quick look
    python -m benchmarks.narrator --show crowd     prints fifty shown lines of a persona and nothing else

500 held-out fact sets, every kind of moment equally often, are told by each persona and, for comparison,
some of them by the same model without adapters. They come from fights that nothing else is measured on: where
a setting was chosen by held-out facts, it was by those of narrator/evaluate.py. Figures, over all personas
and by persona:

- raw_precision: the model's first line is found true and fit by the validator;
- shipped_precision: of the lines that a player would see, those in which a second judge finds no fault
  either (benchmarks/narrator_checker.py, written by somebody else from the facts' definition alone; kinds of
  false lines that it found once are refused by the validator since); model_precision: of the model's alone;
- event_recall: the model's first line states the beat, whatever else it says; judged_event_recall: so does
  the shown line by the independent judge, who does not know every figure of speech;
- fallback_rate: fact sets for which the bard's line stays;
- distinct_3: distinct three-word sequences, as a share of those in the voices' whole hand-written lines on
  the same facts;
- line_p50_ms, line_p95_ms: from asking the supervised process until its checked line, or that there is none,
  is known, on a machine with nothing else to do; answered: share with a line;
- tokens_per_second_ratio: our backend against the bare runtime with the same model, prompts, adapter,
  samplers and threads, in turns; tokens_per_second_ratio_to_plain: to one without any adapter;
- decide_p99_ratio: 99th percentile of /decide over HTTP for ten players whose ten fights are narrated, each
  with its stream, against ten on a server without a model, in turns; crowded: how many lines of the model
  reach the pages meanwhile, and how long after the bard's;
- parity, where --runs has the folders of the training runs, which are not in the repository: greedy lines
  that equal those of transformers with PEFT, and swaps of adapters (narrator/parity.py).
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import decide_service
from benchmarks.common import report
from benchmarks.narrator_checker import faults, states_event
from features import (
    BOSS_FREE,
    BOSS_MAX_HEALTH,
    EVENT_SWORD_HIT,
    KNIGHT_MAX_HEALTH,
    SWORD_DAMAGE,
    TICKS_PER_SECOND,
)
from narrator.backends import Backend
from narrator.backends.llama_cpp import LlamaCpp
from narrator.bard import fill
from narrator.evaluate import Told, distinct, figures, held_out_facts, tell
from narrator.facts import Facts, as_dict
from narrator.models import ADAPTERS, packaged
from narrator.parity import measure as parity
from narrator.personas import PERSONAS
from narrator.prompt import tuned_prompt
from narrator.settings import TEMPERATURE, TOP_P, read_config, threads
from narrator.validator import states_beat, verdict
from narrator.voices import VOICES
from service.narrator_process import COMMAND, Answer, NarratorProcess
from tools.servers import HOST, RunningServer, running_server

LONG = True
FIRST_FIGHT = 1 << 21  # of the fights that the facts are from
ROUNDS = 3  # of what is measured in turns
SPEED_LINES = 30
DECIDE_SECONDS = 12.0
ASKED = 90  # lines whose waiting time is measured
START_SECONDS = 60
NARRATE_EVERY = 1.0  # seconds between two moments of a fight; a line begins with every second one
PLAYERS = 10
BEHIND_A_PROXY = {"MM_TRUSTED_PROXY_HOPS": "1"}  # so that each player is a client of his own
UNTUNED_SHARE = 5  # the untuned model, which writes at length, tells one in so many of the fact sets


# ---------------------------------------------------------------------------- quality
def hand_written(facts: list[Facts], persona: str, seed: int) -> list[str]:
    """One whole hand-written line for each fact set."""
    source, lines = random.Random(seed), []
    for one in facts:
        templates = VOICES[persona].lines[one.beat]
        for template in source.sample(templates, len(templates)):
            text = fill(template, one, persona, source)
            if text is not None and verdict(text, one, persona) is None:
                lines.append(text)
                break
    return lines


def judged(told: list[Told]) -> dict[str, float]:
    """The figures of some fact sets as they were told."""
    right = [one for one in told if not faults(one.shown, one.facts, one.persona)]
    return {
        **{name: value for name, value in figures(told).items() if not name.startswith("line_")},
        "shipped_precision": len(right) / len(told),
        "model_precision": sum(one.by_model for one in right) / max(1, sum(one.by_model for one in told)),
        "event_recall": sum(states_beat(one.first, one.facts, one.persona) for one in told) / len(told),
        "judged_event_recall": sum(states_event(one.shown, one.facts, one.persona) for one in told)
        / len(told),
    }


def quality(backend: Backend, facts: list[Facts], seed: int) -> dict:
    """Figures of a backend over all personas, and by persona."""
    by_persona, everything, human = {}, [], []
    for persona in PERSONAS:
        told = tell(backend, facts, persona, seed)
        written = hand_written(facts, persona, seed)
        found = judged(told)
        found["distinct_3"] /= distinct(written)
        by_persona[persona] = {name: round(value, 4) for name, value in found.items()}
        everything += told
        human.append(distinct(written))
    found = judged(everything)
    found["distinct_3"] = statistics.mean(one["distinct_3"] for one in by_persona.values())
    return {**{name: round(value, 4) for name, value in found.items()}, "personas": by_persona}


# ---------------------------------------------------------------------------- speed
def waiting(facts: list[Facts]) -> dict[str, float]:
    """How long the server waits for lines of the supervised process."""
    narrator = NarratorProcess(dict(os.environ), command=COMMAND)
    narrator.start()
    try:
        until = time.monotonic() + START_SECONDS
        while narrator.voice.backend is None and time.monotonic() < until:
            time.sleep(0.05)
        times, answered_with_line = [], 0
        for number, one in enumerate(facts[:ASKED]):
            answered, answers = threading.Event(), []

            def take(answer: Answer, answers=answers, answered=answered) -> None:
                answers.append(answer)
                answered.set()

            began = time.perf_counter()
            persona = tuple(PERSONAS)[number % len(PERSONAS)]
            if not narrator.ask(as_dict(one), persona, number, take) or not answered.wait(START_SECONDS):
                raise RuntimeError(f"The model does not answer: {narrator.voice}")
            times.append(1000 * (time.perf_counter() - began))
            answered_with_line += answers[0].text is not None
    finally:
        narrator.end()
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {
        "line_p50_ms": round(cuts[49], 1),
        "line_p95_ms": round(cuts[94], 1),
        "answered": round(answered_with_line / len(times), 3),
    }


class BareRuntime:
    """llama.cpp as its Python binding gives it, with nothing of ours around it."""

    def __init__(self, adapter: Path | None):
        import xllamacpp

        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(packaged())
        if adapter is not None:
            parameters.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(adapter), 1.0)]
        parameters.n_ctx, parameters.n_parallel, parameters.cache_ram_mib = 2048, 1, 0
        parameters.verbosity = 1
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads()
        self._server = xllamacpp.Server(parameters)

    def write(self, facts: Facts) -> int:
        """Writes one line; returns how many tokens it has."""
        request = {
            "prompt": tuned_prompt(facts),
            "max_tokens": 60,
            "temperature": TEMPERATURE,
            "top_k": 0,
            "min_p": 0.0,
            "top_p": TOP_P,
            "seed": 1,
            "stop": ["\n"],
            "cache_prompt": False,
        }
        return self._server.handle_completions(request)["usage"]["completion_tokens"]


def speed(facts: list[Facts]) -> dict[str, float]:
    """Tokens a second of our backend and of the bare runtime, with an adapter and without, in turns."""
    persona = next(iter(PERSONAS))
    ours = LlamaCpp(read_config(os.environ))
    bare, plain = BareRuntime(ADAPTERS / f"{persona}.gguf"), BareRuntime(None)
    writers = {
        "ours": lambda one: ours.write(one, persona, 1).tokens,
        "bare": bare.write,
        "plain": plain.write,
    }
    rates: dict[str, list[float]] = {name: [] for name in writers}
    for turn in range(ROUNDS + 1):  # the first one warms up
        order = list(writers.items())
        for name, write in order if turn % 2 else reversed(order):
            began = time.perf_counter()
            tokens = sum(write(one) for one in facts[:SPEED_LINES])
            if turn:
                rates[name].append(tokens / (time.perf_counter() - began))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    return {
        "tokens_per_second": round(medians["ours"], 1),
        "tokens_per_second_ratio": round(medians["ours"] / medians["bare"], 3),
        "tokens_per_second_ratio_to_plain": round(medians["ours"] / medians["plain"], 3),
    }


# ---------------------------------------------------------------------------- what it costs the game
@dataclass
class Heard:
    """What pages were told."""

    begun: int = 0  # lines
    waits: list[float] = field(default_factory=list)  # milliseconds from the bard's line to the model's


async def _narrated_page(server: RunningServer, number: int, heard: Heard, until: asyncio.Event) -> None:
    """The page of player `number`, whose fight is narrated; in it the knight strikes every second."""
    opened = await asyncio.open_connection(HOST, server.port)
    connection = decide_service.Connection(*opened, client=f"10.0.0.{number}")
    _, answer = await connection.post("/fights", b'{"tier": "hard"}')
    fight = json.loads(answer)
    began: dict[int, float] = {}
    listening = asyncio.create_task(_listen(server, fight["fight"], began, heard))
    for strikes in range(BOSS_MAX_HEALTH // SWORD_DAMAGE):
        tick = round(strikes * NARRATE_EVERY * TICKS_PER_SECOND)
        health = BOSS_MAX_HEALTH - strikes * SWORD_DAMAGE
        moment = [tick, EVENT_SWORD_HIT, KNIGHT_MAX_HEALTH, health, BOSS_FREE]
        content = {
            "ticket": fight["ticket"],
            "persona": "chronicler",
            "name": None,
            "tick": tick,
            "moments": [moment] if strikes else [],
            "learned": 0,
        }
        asked = time.perf_counter()
        status, answer = await connection.post("/narrate", json.dumps(content).encode())
        if status != 200:
            raise RuntimeError(f"POST /narrate: {answer.decode()}")
        line = json.loads(answer)["line"]
        if line is not None:
            heard.begun += 1
            began[line["line"]] = asked
        try:
            await asyncio.wait_for(until.wait(), NARRATE_EVERY)
            break
        except TimeoutError:
            continue
    listening.cancel()
    connection.close()


async def _listen(server: RunningServer, fight: str, began: dict[int, float], heard: Heard) -> None:
    """Hears a fight's stream and notes when the model's lines come."""
    reader, writer = await asyncio.open_connection(HOST, server.port)
    writer.write(f"GET /narration/{fight} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    try:
        async for line in reader:
            content = json.loads(line.removeprefix(b"data: ")) if line.startswith(b"data: ") else {}
            if content.get("by") == "model":
                heard.waits.append(1000 * (time.perf_counter() - began[content["line"]]))
    finally:
        writer.close()


async def _decide_p99(server: RunningServer, heard: Heard | None) -> float:
    """Of ten players; where `heard` is given, their fights are narrated."""
    until = asyncio.Event()
    narrated = 0 if heard is None else PLAYERS
    pages = [asyncio.create_task(_narrated_page(server, number, heard, until)) for number in range(narrated)]
    measured = await decide_service.measure(server, PLAYERS, DECIDE_SECONDS, random.Random(7))
    until.set()
    await asyncio.gather(*pages)
    if measured["errors"]:
        raise RuntimeError(f"{measured['errors']} wrong decisions")
    return measured["p99_ms"]


def game_latency() -> dict:
    """99th percentile of /decide with a narrator at work and with none, in turns on two servers."""
    times: dict[bool, list[float]] = {False: [], True: []}
    heard = Heard()
    with (
        running_server("serve_local", BEHIND_A_PROXY) as silent,
        running_server("serve_local", {**BEHIND_A_PROXY, "MM_NARRATOR_BACKEND": "llama.cpp"}) as speaking,
    ):
        asyncio.run(_until_it_speaks(speaking))
        for turn in range(ROUNDS):
            for narrates in (False, True) if turn % 2 else (True, False):
                server = speaking if narrates else silent
                times[narrates].append(asyncio.run(_decide_p99(server, heard if narrates else None)))
    silent_p99, speaking_p99 = statistics.median(times[False]), statistics.median(times[True])
    if not heard.waits:
        raise RuntimeError("No line of the model's reached a page.")
    cuts = statistics.quantiles(heard.waits, n=100, method="inclusive")
    return {
        "decide_p99_ms": silent_p99,
        "decide_p99_narrating_ms": speaking_p99,
        "decide_p99_ratio": round(speaking_p99 / silent_p99, 3),
        "crowded": {
            "players": PLAYERS,
            "lines_begun": heard.begun,
            "by_the_model": len(heard.waits),
            "line_p50_ms": round(cuts[49], 1),
            "line_p95_ms": round(cuts[94], 1),
        },
    }


async def _until_it_speaks(server: RunningServer) -> None:
    end = time.monotonic() + START_SECONDS
    heard = Heard()
    while not heard.waits:
        if time.monotonic() > end:
            raise RuntimeError("The model does not speak.")
        until = asyncio.Event()
        page = asyncio.create_task(_narrated_page(server, PLAYERS, heard, until))
        await asyncio.sleep(5.0)
        until.set()
        await page


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--facts", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=Path, default=Path("runs/narrator"))
    parser.add_argument("--show", choices=tuple(PERSONAS))
    options = parser.parse_args()
    facts = held_out_facts(options.facts, FIRST_FIGHT)
    tuned = LlamaCpp(read_config(os.environ))
    if options.show:
        for one in tell(tuned, facts[:50], options.show, options.seed):
            print(f"{one.facts.beat:20s} {'      ' if one.by_model else '(bard)'} {one.shown}")
        return
    found = {"facts": len(facts), **quality(tuned, facts, options.seed)}
    tuned.close()
    untuned = LlamaCpp(read_config(os.environ), adapted=False)
    found["untuned"] = quality(untuned, facts[: max(1, len(facts) // UNTUNED_SHARE)], options.seed)
    untuned.close()
    found |= waiting(facts) | speed(facts) | game_latency()
    if options.runs.is_dir():
        found["parity"] = parity(options.runs)
    report(found, [options.seed])


if __name__ == "__main__":
    main()
