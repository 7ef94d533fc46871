"""The narrator: how true, varied and fast its lines are, and what it costs the game.

    python -m benchmarks.narrator                  about an hour on two cores
    python -m benchmarks.narrator --facts 60       a quick look
    python -m benchmarks.narrator --show crowd     prints fifty shown lines of a persona and nothing else

500 held-out fact sets, every kind of moment equally often, are told by each persona and, for comparison,
some of them by the same model without adapters. Figures, over all personas and by persona:

- raw_precision: the model's first line is found true and fit by the validator;
- shipped_precision: of the lines that a player would see, those in which an independent judge
  (benchmarks/narrator_checker.py, written from the facts' definition alone) finds no fault either;
- event_recall: the model's first line states the beat, whatever else it says; judged_event_recall: so does
  the shown line by the independent judge, who does not know every figure of speech;
- fallback_rate: fact sets for which the bard's line stays;
- distinct_3: distinct three-word sequences, as a share of those in the voices' whole hand-written lines on
  the same facts;
- line_p50_ms, line_p95_ms: from asking the supervised process until its checked line is there;
- tokens_per_second_ratio: our backend against the bare runtime with the same model, prompts, adapter and
  threads, in turns; tokens_per_second_ratio_to_plain: against the runtime without any adapter;
- decide_p99_ratio: 99th percentile of /decide over HTTP while the narrator writes without a pause, against
  a server without a model, in turns;
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
from pathlib import Path

from benchmarks import decide_service
from benchmarks.common import report
from benchmarks.narrator_checker import faults, states_event
from features import BOSS_FREE, EVENT_CLEAVE_HIT
from narrator.backends import Backend
from narrator.backends.llama_cpp import LlamaCpp
from narrator.bard import fill
from narrator.evaluate import Told, distinct, figures, held_out_facts, tell
from narrator.facts import Facts, as_dict
from narrator.models import ADAPTERS, packaged
from narrator.parity import measure as parity
from narrator.personas import PERSONAS
from narrator.prompt import tuned_prompt
from narrator.settings import TEMPERATURE, read_config, threads
from narrator.validator import states_beat, verdict
from narrator.voices import VOICES
from service.narrator_process import COMMAND, Answer, NarratorProcess
from tools.servers import HOST, RunningServer, running_server

LONG = True
ROUNDS = 3  # of what is measured in turns
SPEED_LINES = 30
DECIDE_SECONDS = 12.0
ASKED = 90  # lines whose waiting time is measured
START_SECONDS = 60
NARRATE_EVERY = 0.4  # seconds: a line takes about as long
PLAYERS = 10
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
        times = []
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
    finally:
        narrator.end()
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {"line_p50_ms": round(cuts[49], 1), "line_p95_ms": round(cuts[94], 1)}


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
async def _narrate(server: RunningServer, told: list[int], until: asyncio.Event) -> None:
    """A page's moments, one fight after the other, so that the model always has a line to write."""
    connection = decide_service.Connection(*await asyncio.open_connection(HOST, server.port))
    hits = [21, 42, 63, 84]
    while not until.is_set():
        _, answer = await connection.post("/fights", b'{"tier": "hard"}')
        ticket = json.loads(answer)["ticket"]
        for number, lost in enumerate([0, *hits]):
            tick = 130 * number
            moment = [tick, EVENT_CLEAVE_HIT, 100 - lost, 240, BOSS_FREE]
            content = {
                "ticket": ticket,
                "persona": "chronicler",
                "name": None,
                "tick": tick,
                "moments": [moment] if number else [],
                "learned": 0,
            }
            status, answer = await connection.post("/narrate", json.dumps(content).encode())
            if status != 200:
                raise RuntimeError(f"POST /narrate: {answer.decode()}")
            told.append(json.loads(answer)["voice"]["speaks"] == "model")
            await asyncio.sleep(NARRATE_EVERY)
            if until.is_set():
                break
    connection.close()


async def _decide_p99(server: RunningServer, narrates: bool) -> tuple[float, list[int]]:
    until, told = asyncio.Event(), []
    task = asyncio.create_task(_narrate(server, told, until)) if narrates else None
    measured = await decide_service.measure(server, PLAYERS, DECIDE_SECONDS, random.Random(7))
    until.set()
    if task is not None:
        await task
    if measured["errors"]:
        raise RuntimeError(f"{measured['errors']} wrong decisions")
    return measured["p99_ms"], told


def game_latency() -> dict[str, float]:
    """99th percentile of /decide with a narrator at work and with none, in turns on two servers."""
    times: dict[bool, list[float]] = {False: [], True: []}
    written = 0.0
    with (
        running_server("serve_local") as silent,
        running_server("serve_local", {"MM_NARRATOR_BACKEND": "llama.cpp"}) as speaking,
    ):
        asyncio.run(_until_it_speaks(speaking))
        for _ in range(ROUNDS):
            for narrates, server in ((False, silent), (True, speaking)):
                p99, told = asyncio.run(_decide_p99(server, narrates))
                times[narrates].append(p99)
                written = statistics.mean(told) if told else written
    silent_p99, speaking_p99 = statistics.median(times[False]), statistics.median(times[True])
    return {
        "decide_p99_ms": silent_p99,
        "decide_p99_narrating_ms": speaking_p99,
        "decide_p99_ratio": round(speaking_p99 / silent_p99, 3),
        "asked_of_the_model": round(written, 3),
    }


async def _until_it_speaks(server: RunningServer) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        until, told = asyncio.Event(), []
        task = asyncio.create_task(_narrate(server, told, until))
        await asyncio.sleep(1.0)
        until.set()
        await task
        if any(told):
            return
    raise RuntimeError("The model does not speak.")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--facts", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=Path, default=Path("runs/narrator"))
    parser.add_argument("--show", choices=tuple(PERSONAS))
    options = parser.parse_args()
    facts = held_out_facts(options.facts)
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
