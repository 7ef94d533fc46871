"""llama.cpp inside this process (the package xllamacpp): the backend unless another is asked for.

One slot, one request at a time. Adapters are loaded once, and each request names the scale of every one of
them: exactly one is on, or none. Of a tuned line nothing is kept for the next one, so that the facts, the
persona and the seed alone decide it.
"""

import json
import secrets
import time

from narrator.backends import BackendUnavailable, Generated, first_line, in_pace, required
from narrator.facts import Facts
from narrator.models import adapters, find
from narrator.prompt import chat_messages, tuned_prompt
from narrator.settings import LINE_SECONDS, TEMPERATURE, TOP_P, NarratorConfig, threads

CONTEXT = 2048  # tokens of a prompt and its line: several times the longest of ours
# Tokens of a prompt at a time: between two of them a line that takes too long can be given up. Other models
# than ours may be large, and slow.
BATCH, CAREFUL_BATCH = 128, 32
VERBOSITY = 1  # the runtime's own messages: errors only


class LlamaCpp:
    """A model in llama.cpp."""

    name = "llama.cpp"

    def __init__(self, config: NarratorConfig, thread_count: int | None = None, adapted: bool = True):
        xllamacpp = required("xllamacpp")
        found = find(config)
        files = adapters(found) if adapted else {}
        self.model = found.name
        self.tuned = bool(files)
        self._max_tokens = config.max_tokens
        self._personas = list(files)
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(found.path)
        parameters.lora_adapters = [
            xllamacpp.CommonAdapterLoraInfo(str(path), 1.0) for path in files.values()
        ]
        parameters.n_ctx = CONTEXT
        parameters.n_batch = parameters.n_ubatch = BATCH if self.tuned else CAREFUL_BATCH
        parameters.n_parallel = 1
        parameters.cache_ram_mib = 0  # else what one adapter has read is handed to another
        parameters.fit_params = False
        parameters.verbosity = VERBOSITY
        parameters.cpuparams.n_threads = thread_count or threads()
        parameters.cpuparams_batch.n_threads = thread_count or threads()
        parameters.cpuparams.poll = 0  # a thread that waits gives its core to the game
        parameters.cpuparams_batch.poll = 0
        # The runtime opens an HTTP server on the loopback address, and has no switch for it. Any page in a
        # browser can send requests there, so it gets a key that nobody knows.
        parameters.api_keys = [secrets.token_hex(32)]
        parameters.n_threads_http = 1
        parameters.ui = parameters.endpoint_slots = parameters.endpoint_props = False
        try:
            self._server = xllamacpp.Server(parameters)
        except (
            Exception
        ) as error:  # RuntimeError for a file that is no model, and whatever else comes from C++
            raise BackendUnavailable(f"it cannot load {found.path.name}: {error}") from error
        self._complete("The", {"max_tokens": 1, "lora": self._scales(None)})

    def write(self, facts: Facts, persona: str, seed: int, greedy: bool = False) -> Generated:
        """One line."""
        request = {
            "max_tokens": self._max_tokens,
            "temperature": 0.0 if greedy else TEMPERATURE,
            "top_k": 0,
            "min_p": 0.0,
            "top_p": TOP_P,
            "seed": seed & 0x7FFFFFFF,
            "stop": ["\n"],
            "cache_prompt": False,
        }
        if persona not in self._personas:
            # What stands before the facts is the same each time, and too long to read each time. The price:
            # rounding depends on how much was kept, and so now and then a word does.
            request |= {"messages": chat_messages(facts, persona), "cache_prompt": True}
            return self._complete(None, request | {"lora": self._scales(None)})
        return self._complete(tuned_prompt(facts), request | {"lora": self._scales(persona)})

    def close(self) -> None:
        """Ends the runtime's threads."""
        del self._server

    def _scales(self, persona: str | None) -> list[dict]:
        return [{"id": number, "scale": float(name == persona)} for number, name in enumerate(self._personas)]

    def _complete(self, prompt: str | None, request: dict) -> Generated:
        """Completes a prompt, or a chat where there is none; gives up after LINE_SECONDS."""
        began = time.perf_counter()
        pieces, usage, errors = [], {}, []

        def take(part: dict) -> bool:
            """Whether to stop. Exceptions would be lost here."""
            if "error" in part:
                errors.append(json.dumps(part["error"]))
                return True
            for choice in part.get("choices", ()):
                pieces.append(choice.get("text") or choice.get("delta", {}).get("content") or "")
            usage.update(part.get("usage") or {})
            return time.perf_counter() - began > LINE_SECONDS

        # parts come while the prompt is being read, too: only between two parts can it be stopped
        request = request | {
            "stream": True,
            "return_progress": True,
            "stream_options": {"include_usage": True},
        }
        if prompt is None:
            self._server.handle_chat_completions(request, take)
        else:
            self._server.handle_completions(request | {"prompt": prompt}, take)
        seconds = time.perf_counter() - began
        if errors:
            raise BackendUnavailable(f"the runtime refuses: {errors[0]}")
        if not usage:
            raise BackendUnavailable("it took too long")
        return Generated(first_line("".join(pieces)), usage["completion_tokens"], seconds)


def start(config: NarratorConfig) -> LlamaCpp:
    """Loads the model; raises BackendUnavailable."""
    return in_pace(LlamaCpp(config))
