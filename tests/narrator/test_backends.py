"""Backends write lines, each by itself and one after the other where one cannot start."""

import json
import random
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub
import pytest
import tokenizers
import torch
import transformers

from narrator import backends
from narrator.backends import BackendUnavailable, Generated, first_line, llama_cpp, mock, transformers_backend
from narrator.backends.inference_api import MODEL, MOST_AN_HOUR, InferenceApi
from narrator.facts import Facts
from narrator.personas import PERSONAS
from narrator.settings import HubModel, NarratorConfig, read_config
from narrator.validator import verdict
from tests.narrator.tiny import tiny_model

OPENING = Facts("opening")
HIT = Facts("cleave_hit", "cleave_hit", damage=21, knight_health=58, seconds=12)
BEGINNINGS = (  # that the untrained adapters go on with for some tokens
    "The knight strikes the slime, and then",
    "Once upon a time there was a small knight who",
    "In the arena the crowd",
    "The slime is enraged because",
)


# ---------------------------------------------------------------------------- llama.cpp
def test_the_model_writes_a_line(untuned):
    written = untuned.write(HIT, "crowd", seed=1)
    assert (untuned.name, untuned.model, untuned.tuned) == ("llama.cpp", "SmolLM2-135M", False)
    assert written.text
    assert "\n" not in written.text
    assert 0 < written.tokens <= 16
    assert written.seconds > 0


@pytest.fixture
def beginning(monkeypatch):
    """Sets what the tuned backends go on from."""

    def begin(text: str) -> None:
        monkeypatch.setattr(llama_cpp, "tuned_prompt", lambda facts: text)
        monkeypatch.setattr(transformers_backend, "tuned_prompt", lambda facts: text)

    return begin


def test_a_tuned_line_is_decided_by_facts_persona_and_seed(tuned, beginning):
    beginning(BEGINNINGS[0])
    assert tuned.tuned
    lines = {(persona, seed): tuned.write(HIT, persona, seed).text for persona in PERSONAS for seed in (1, 2)}
    assert len(set(lines.values())) == len(lines)
    for persona, seed in reversed(lines):
        assert tuned.write(HIT, persona, seed).text == lines[persona, seed]


def test_adapters_do_not_mix_however_often_they_change(tuned, beginning):
    source = random.Random(3)
    expected = {}
    for _ in range(30):
        persona, text = source.choice(list(PERSONAS)), source.choice(BEGINNINGS)
        beginning(text)
        line = tuned.write(OPENING, persona, 0, greedy=True).text
        assert expected.setdefault((persona, text), line) == line
    assert len(set(expected.values())) > len(expected) // 2, "adapters change what is written"


def test_an_adapter_means_the_same_to_llama_cpp_and_to_transformers(tuned, oracle):
    """llama.cpp rounds activations to eight bits, so that both agree nearly: far better than two adapters do.

    That greedy text is equal is for trained adapters, which are sure of their words: benchmarks.narrator.
    """
    assert (oracle.name, oracle.tuned) == ("transformers", True)
    switches = (None, *PERSONAS)
    request = {"prompt": BEGINNINGS[1], "max_tokens": 1, "temperature": 0.0, "logprobs": 40}
    inputs = oracle._tokenizer(BEGINNINGS[1], return_tensors="pt", add_special_tokens=False)
    for on in switches:
        answer = tuned._server.handle_completions(
            {**request, "lora": tuned._scales(on), "cache_prompt": False}
        )
        likely = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        tokens = [entry["id"] for entry in likely]
        ours = torch.tensor([entry["logprob"] for entry in likely])
        distances = {}
        for other in switches:
            oracle._adapter = other
            with torch.inference_mode():
                theirs = torch.log_softmax(oracle._network(**inputs).logits[0, -1], dim=0)[tokens]
            distances[other] = float((ours - theirs).abs().mean())
        assert distances.pop(on) < min(distances.values()) / 3


def test_transformers_samples_by_the_seed_and_chats_without_an_adapter(oracle, beginning):
    beginning(BEGINNINGS[1])
    lines = [oracle.write(HIT, "crowd", seed).text for seed in (1, 1, 2)]
    assert lines[0] == lines[1] != lines[2]
    oracle_weights, oracle._weights = oracle._weights, {}
    try:
        assert oracle.write(HIT, "crowd", 1).text
    finally:
        oracle._weights = oracle_weights


def test_a_line_that_takes_too_long_is_given_up_and_the_next_one_is_written(tuned, beginning, monkeypatch):
    beginning(BEGINNINGS[0])
    before = tuned.write(HIT, "crowd", 5)
    with monkeypatch.context() as patch:
        patch.setattr(llama_cpp, "LINE_SECONDS", 0.0)
        with pytest.raises(BackendUnavailable, match="took too long"):
            tuned.write(HIT, "crowd", 5)
    assert tuned.write(HIT, "crowd", 5).text == before.text


def test_nobody_else_can_use_the_runtime_s_own_server(untuned):
    url = untuned._server.listening_address
    body = json.dumps({"prompt": "The", "max_tokens": 1}).encode("ascii")
    request = urllib.request.Request(f"{url}/v1/completions", body, {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(request, timeout=30)


def test_a_file_that_is_no_model_is_no_model(tmp_path):
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    for module in (llama_cpp, transformers_backend):
        with pytest.raises(BackendUnavailable, match=r"cannot load broken\.gguf"):
            module.start(NarratorConfig(model=path))


@pytest.fixture
def small_folder(tmp_path) -> Path:
    """A transformers folder whose tokenizer knows one word, and no chat."""
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({"?": 0, "slime": 1, ".": 2}, unk_token="?"))
    words.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=words, unk_token="?", eos_token=".")
    tokenizer.save_pretrained(tmp_path)
    tiny_model().save_pretrained(tmp_path)
    return tmp_path


def test_a_model_without_a_chat_cannot_write_and_says_so_at_the_start(small_folder):
    with pytest.raises(BackendUnavailable, match=r"cannot write: .*chat.template"):
        transformers_backend.start(NarratorConfig(model=small_folder))


def test_a_chat_template_in_a_file_of_its_own_is_read(small_folder):
    template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
    (small_folder / "chat_template.jinja").write_text(template, "utf-8")
    backend = transformers_backend.start(NarratorConfig(model=small_folder, max_tokens=16))
    assert backend.write(OPENING, "crowd", 1).tokens > 0


# ---------------------------------------------------------------------------- mock
@pytest.mark.parametrize("persona", PERSONAS)
def test_the_mock_is_deterministic_and_tells_the_truth(persona):
    backend = backends.start(NarratorConfig(backend="mock"))
    for facts in (OPENING, HIT):
        lines = [backend.write(facts, persona, seed).text for seed in (1, 1, 2, 3, 4)]
        assert lines[0] == lines[1]
        assert len(set(lines)) > 1
        assert {verdict(line, facts, persona) for line in lines} == {None}
    backend.close()


# ---------------------------------------------------------------------------- one after the other
def starting(monkeypatch, **outcomes: str | None) -> list[str]:
    """Replaces the backends' modules by some that start (None) or say why not; returns what was tried."""
    tried = []

    def load(name: str) -> SimpleNamespace:
        short = name.rpartition(".")[2]

        def start(config):
            tried.append(short)
            if outcomes[short] is not None:
                raise BackendUnavailable(outcomes[short])
            return short

        return SimpleNamespace(start=start)

    monkeypatch.setattr(backends.importlib, "import_module", load)
    return tried


def test_the_first_that_can_start_speaks(monkeypatch):
    tried = starting(monkeypatch, llama_cpp="no wheel", transformers_backend=None, inference_api=None)
    assert backends.start(NarratorConfig()) == "transformers_backend"
    assert tried == ["llama_cpp", "transformers_backend"]


def test_a_provider_is_paid_only_where_somebody_chose_a_backend(monkeypatch):
    tried = starting(monkeypatch, llama_cpp="no wheel", transformers_backend="no torch", inference_api=None)
    with pytest.raises(BackendUnavailable, match=r"^llama.cpp: no wheel; transformers: no torch$"):
        backends.start(read_config({"HF_TOKEN": "hf_token"}))
    assert tried == ["llama_cpp", "transformers_backend"]
    chosen = read_config({"HF_TOKEN": "hf_token", "MM_NARRATOR_BACKEND": "llama.cpp"})
    assert backends.start(chosen) == "inference_api"


def test_why_another_one_speaks_is_told(monkeypatch):
    starting(monkeypatch, llama_cpp="no wheel", transformers_backend="no torch", inference_api=None)
    told = []
    assert backends.start(NarratorConfig("llama.cpp"), told.append) == "inference_api"
    assert backends.start(NarratorConfig("inference_api"), told.append) == "inference_api"
    assert told == ["llama.cpp: no wheel; transformers: no torch"]


def test_those_before_the_configured_one_are_not_tried(monkeypatch):
    tried = starting(monkeypatch, llama_cpp=None, transformers_backend="no torch", inference_api=None)
    assert backends.start(NarratorConfig(backend="transformers")) == "inference_api"
    assert tried == ["transformers_backend", "inference_api"]


def test_when_none_can_start_every_reason_is_told(monkeypatch):
    starting(monkeypatch, llama_cpp="no wheel", transformers_backend="no torch", inference_api="no token")
    with pytest.raises(BackendUnavailable) as caught:
        backends.start(NarratorConfig("llama.cpp"))
    assert str(caught.value) == "llama.cpp: no wheel; transformers: no torch; inference_api: no token"
    assert not caught.value.is_missing


class Slow:
    """Stands in for a large model, of which none is here: its first lines take too long."""

    name, model, tuned = "llama.cpp", "Large", False

    def __init__(self, failures: int):
        self.failures, self.tries, self.closed = failures, 0, False

    def write(self, facts, persona, seed):
        """As Backend has it."""
        self.tries += 1
        if self.tries <= self.failures:
            raise BackendUnavailable("it took too long")
        return Generated("A line.", 3, 1.0)

    def close(self):
        """As Backend has it."""
        self.closed = True


def test_a_model_that_is_unfit_does_not_start():
    slow, hopeless = Slow(backends.PACE_TRIES - 1), Slow(backends.PACE_TRIES)
    assert backends.in_pace(slow) is slow
    assert not slow.closed
    with pytest.raises(BackendUnavailable, match=r"^Large writes no line here: it took too long$") as caught:
        backends.in_pace(hopeless)
    assert (caught.value.is_unfit, hopeless.closed) == (True, True)


def test_a_model_that_fails_at_lines_does_not_start_either(monkeypatch):
    def write(*_):
        raise ValueError("this model has no chat template")

    broken = Slow(0)
    monkeypatch.setattr(broken, "write", write)
    with pytest.raises(BackendUnavailable, match=r"ValueError: this model has no chat template$") as caught:
        backends.in_pace(broken)
    assert caught.value.is_unfit


def test_one_with_adapters_of_ours_needs_no_trial():
    tuned = Slow(backends.PACE_TRIES)
    tuned.tuned = True
    assert backends.in_pace(tuned) is tuned
    assert tuned.tries == 0


def test_that_one_is_unfit_is_told_whatever_the_next_ones_lack(monkeypatch):
    reasons = {"llama_cpp": ("slow", False, True), "transformers_backend": ("no torch", True, False)}

    def load(name):
        def start(config):
            raise BackendUnavailable(*reasons[name.rpartition(".")[2]])

        return SimpleNamespace(start=start)

    monkeypatch.setattr(backends.importlib, "import_module", load)
    with pytest.raises(BackendUnavailable) as caught:
        backends.start(NarratorConfig())
    assert caught.value.is_unfit
    assert not caught.value.is_missing


def test_nothing_follows_the_mock(monkeypatch):
    tried = starting(monkeypatch, mock="no", llama_cpp=None)
    with pytest.raises(BackendUnavailable, match=r"^mock: no$"):
        backends.start(NarratorConfig(backend="mock"))
    assert tried == ["mock"]
    with pytest.raises(BackendUnavailable, match="switched off"):
        backends.start(NarratorConfig(backend="off"))
    assert mock.start(NarratorConfig()).name == "mock"


def test_packages_that_are_missing_or_broken_are_named(tmp_path, monkeypatch):
    (tmp_path / "half_installed_package.py").write_text(
        "raise OSError('libsomething.so: not found')", "utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(BackendUnavailable, match=r"^the package half_installed_package does not work: lib"):
        backends.required("half_installed_package")
    with pytest.raises(BackendUnavailable, match=r"^the package no_such_package is not installed$"):
        backends.required("no_such_package")
    with pytest.raises(BackendUnavailable, match=r"^the package xllamacpp is not installed$") as caught:
        llama_cpp.start(NarratorConfig())
    assert caught.value.is_missing


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  The slime dies.  ", "The slime dies."),
        ("\n\nThe slime dies.\nWhat else?", "The slime dies."),
        ('"The slime dies."', "The slime dies."),
        ("*The slime dies.*", "The slime dies."),
        ('"', '"'),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_the_first_line_is_taken_without_quotes(text, line):
    assert first_line(text) == line


# ---------------------------------------------------------------------------- inference_api
class Provider(ThreadingHTTPServer):
    """Answers chat completions on a loopback address, and keeps what it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answers)
        self.url = f"http://127.0.0.1:{self.server_port}/v1"
        self.asked: list[dict] = []
        self.tokens: list[str | None] = []
        self.status = 200
        self.text = '"The cleave lands."\nAnd more.'


class _Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        """One completion."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append({"path": self.path, **json.loads(body)})
        self.server.tokens.append(self.headers["Authorization"])
        message = {"role": "assistant", "content": self.server.text}
        answer = {
            "id": "1",
            "created": 1,
            "model": MODEL,
            "system_fingerprint": "",
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12},
        }
        data = json.dumps(answer).encode("utf-8")
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_) -> None:
        """Nothing."""


@pytest.fixture
def provider(monkeypatch) -> Iterator[Provider]:
    # the library has one HTTP client for a whole process, and other tests have given it theirs
    http = huggingface_hub.utils._http
    monkeypatch.setattr(http, "_GLOBAL_CLIENT_FACTORY", http.default_client_factory)
    huggingface_hub.close_session()
    with Provider() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_provider_is_asked_with_the_token_and_without_anything_else(provider):
    config = NarratorConfig(backend="inference_api", token="hf_token", model=HubModel("owner/big-model"))
    backend = InferenceApi(config, provider.url)
    assert (backend.name, backend.model, backend.tuned) == ("inference_api", "big-model", False)
    written = backend.write(HIT, "slime", seed=9)
    assert (written.text, written.tokens) == ("The cleave lands.", 7)
    backend.write(HIT, "slime", seed=9, greedy=True)
    backend.close()
    first, second, third = provider.asked
    assert {asked["path"] for asked in provider.asked} == {"/v1/chat/completions"}
    assert {asked["model"] for asked in provider.asked} == {"owner/big-model"}
    assert set(provider.tokens) == {"Bearer hf_token"}
    assert first["max_tokens"] == 1
    assert (second["max_tokens"], second["seed"]) == (config.max_tokens, 9)
    assert second["messages"][0]["role"] == "system"
    assert third["temperature"] == 0.0


def test_a_provider_is_asked_so_often_an_hour_and_no_more(provider):
    now = 1000.0
    backend = InferenceApi(NarratorConfig(token="hf_token"), provider.url, clock=lambda: now)
    backend._asked.extend([now + 60.0] * (MOST_AN_HOUR - 2))
    backend.write(HIT, "crowd", 1)
    now += 3599.0
    with pytest.raises(BackendUnavailable, match="600 times within an hour"):
        backend.write(HIT, "crowd", 1)
    assert len(provider.asked) == 2
    now += 1.0  # an hour after the first
    backend.write(HIT, "crowd", 1)
    with pytest.raises(BackendUnavailable, match="within an hour"):
        backend.write(HIT, "crowd", 1)
    assert len(provider.asked) == 3


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_a_provider_that_refuses_is_unavailable_at_the_start(status, provider):
    provider.status = status
    with pytest.raises(BackendUnavailable, match=rf"does not answer \(HTTP status {status}\)") as caught:
        InferenceApi(NarratorConfig(token="hf_token"), provider.url)
    assert "hf_token" not in str(caught.value)


def test_a_provider_that_goes_away_costs_a_line(provider):
    backend = InferenceApi(NarratorConfig(token="hf_token"), provider.url)
    provider.status = 503
    with pytest.raises(BackendUnavailable, match="503"):
        backend.write(HIT, "crowd", 1)
    provider.status, provider.text = 200, ""
    assert backend.write(HIT, "crowd", 1).text == ""


def test_without_a_token_or_with_a_file_nobody_is_asked():
    with pytest.raises(BackendUnavailable, match="HF_TOKEN is not set"):
        InferenceApi(NarratorConfig())
    with pytest.raises(BackendUnavailable, match="names no model of the Hub"):
        InferenceApi(NarratorConfig(token="hf_token", model=Path("a.gguf")))
