"""A model that Hugging Face's inference providers run: `InferenceClient.chat_completion`, paid by HF_TOKEN.

What is sent are the facts of a moment and how to tell them; nothing of the player. Strangers decide how often
that happens, so there is a limit to what they can spend.
"""

import time
from collections import deque
from collections.abc import Callable

from narrator.backends import BackendUnavailable, Generated, first_line, required
from narrator.facts import Facts
from narrator.prompt import chat_messages
from narrator.settings import LINE_SECONDS, TEMPERATURE, TOP_P, HubModel, NarratorConfig

MODEL = "Qwen/Qwen3-4B-Instruct-2507"  # unless MM_NARRATOR_MODEL names another
MOST_AN_HOUR = 600  # requests
HOUR = 3600.0  # seconds


class InferenceApi:
    """A model behind HTTP."""

    name = "inference_api"
    tuned = False

    def __init__(
        self,
        config: NarratorConfig,
        base_url: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        """base_url: in place of Hugging Face's own."""
        if config.token is None:
            raise BackendUnavailable("HF_TOKEN is not set")
        if config.model is not None and not isinstance(config.model, HubModel):
            raise BackendUnavailable("MM_NARRATOR_MODEL names no model of the Hub")
        self._name = config.model.repository if config.model else MODEL
        self.model = self._name.partition("/")[2]
        self._max_tokens = config.max_tokens
        self._clock = clock
        self._asked: deque[float] = deque(maxlen=MOST_AN_HOUR)  # when
        hub = required("huggingface_hub")
        where = {"base_url": base_url} if base_url else {}
        self._client = hub.InferenceClient(token=config.token, timeout=LINE_SECONDS, **where)
        self._ask([{"role": "user", "content": "Say yes."}], max_tokens=1)

    def write(self, facts: Facts, persona: str, seed: int, greedy: bool = False) -> Generated:
        """One line; raises BackendUnavailable when none comes."""
        settings = {"temperature": 0.0} if greedy else {"temperature": TEMPERATURE, "top_p": TOP_P}
        return self._ask(
            chat_messages(facts, persona), max_tokens=self._max_tokens, seed=seed & 0x7FFFFFFF, **settings
        )

    def close(self) -> None:
        """Every request has ended by itself."""

    def _ask(self, messages: list[dict], **settings) -> Generated:
        now = self._clock()
        if len(self._asked) == MOST_AN_HOUR and now - self._asked[0] < HOUR:
            raise BackendUnavailable(f"{self._name} has been asked {MOST_AN_HOUR} times within an hour")
        self._asked.append(now)  # answered or not: either may be paid for
        began = time.perf_counter()
        try:
            answer = self._client.chat_completion(messages, model=self._name, **settings)
            text = answer.choices[0].message.content or ""
            tokens = answer.usage.completion_tokens if answer.usage else len(text.split())
        except Exception as error:  # whatever an HTTP library raises; its text may quote the request
            status = getattr(getattr(error, "response", None), "status_code", None)
            why = f"HTTP status {status}" if status else type(error).__name__
            raise BackendUnavailable(f"{self._name} does not answer ({why})") from None
        return Generated(first_line(text), tokens, time.perf_counter() - began)


def start(config: NarratorConfig) -> InferenceApi:
    """Asks the model for one word; raises BackendUnavailable."""
    return InferenceApi(config)
