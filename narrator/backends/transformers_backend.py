"""transformers on torch: slower and larger than llama.cpp, but runs where that does not, and is its oracle.

The packaged GGUF is loaded dequantised. Our adapters are read from the same GGUF files that llama.cpp takes
and added to the outputs of the layers they belong to.
"""

import time
import warnings
from pathlib import Path

from narrator.backends import BackendUnavailable, Generated, first_line, in_pace, required
from narrator.facts import Facts
from narrator.models import adapters, find
from narrator.personas import PERSONAS
from narrator.prompt import chat_messages, tuned_prompt
from narrator.settings import LINE_SECONDS, TEMPERATURE, TOP_P, NarratorConfig, threads

# Layers of a block, as GGUF names them, to their place in a transformers block.
LAYERS = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


class Transformers:
    """A model in transformers."""

    name = "transformers"

    def __init__(self, config: NarratorConfig):
        self._torch = required("torch")
        library = required("transformers")
        found = find(config, folder=True)
        files = adapters(found)
        self.model = found.name
        self.tuned = bool(files)
        self._max_tokens = config.max_tokens
        self._adapter: str | None = None  # the persona whose adapter is on
        self._torch.set_num_threads(threads())
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
        is_file = found.path.suffix == ".gguf"
        folder = found.path.parent if is_file else found.path
        which = {"gguf_file": found.path.name} if is_file else {"use_safetensors": True}
        try:
            self._tokenizer = library.AutoTokenizer.from_pretrained(folder, **which, local_files_only=True)
            self._network = library.AutoModelForCausalLM.from_pretrained(
                folder, **which, dtype=self._torch.float32, local_files_only=True
            ).eval()
            self._hang(files)
        except BackendUnavailable:
            raise
        except Exception as error:  # whatever a library makes of files that it does not understand
            raise BackendUnavailable(f"it cannot load {found.path.name}: {error}") from error
        self._stop = library.StoppingCriteriaList([self._at_line_end])
        self._try()

    def write(self, facts: Facts, persona: str, seed: int, greedy: bool = False) -> Generated:
        """One line; the same for the same facts, persona and seed."""
        began = time.perf_counter()
        self._torch.manual_seed(seed & 0x7FFFFFFF)
        written = self._generate(facts, persona, self._max_tokens, greedy)
        text = self._tokenizer.decode(written, skip_special_tokens=True)
        seconds = time.perf_counter() - began
        if seconds > LINE_SECONDS:
            raise BackendUnavailable("it took too long")
        return Generated(first_line(text), len(written), seconds)

    def close(self) -> None:
        """Forgets the model."""
        del self._network

    def _try(self) -> None:
        """One token of each kind of prompt that will be asked for; raises BackendUnavailable.

        A model without a chat template, or with one for other roles, fails at its first line only.
        """
        prompts = {persona in self._weights: persona for persona in PERSONAS}
        try:
            for persona in prompts.values():
                self._generate(Facts("opening"), persona, most_tokens=1, greedy=True)
        except Exception as error:  # whatever a library makes of a model that it could load
            raise BackendUnavailable(f"{self.model} cannot write: {error}") from error

    def _generate(self, facts: Facts, persona: str, most_tokens: int, greedy: bool):
        """The tokens that follow on the prompt of a moment."""
        if persona in self._weights:
            self._adapter = persona
            inputs = self._tokenizer(tuned_prompt(facts), return_tensors="pt", add_special_tokens=False)
        else:
            self._adapter = None
            inputs = self._tokenizer.apply_chat_template(
                chat_messages(facts, persona),
                add_generation_prompt=True,
                return_tensors="pt",
                return_dict=True,
            )
        sampling = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        if not greedy:
            sampling = {"do_sample": True, "temperature": TEMPERATURE, "top_p": TOP_P, "top_k": 0}
        with self._torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            output = self._network.generate(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                max_new_tokens=most_tokens,
                max_time=LINE_SECONDS,
                stopping_criteria=self._stop,
                pad_token_id=self._tokenizer.eos_token_id,
                **sampling,
            )
        return output[0, inputs["input_ids"].shape[1] :]

    def _at_line_end(self, tokens, scores, **_):
        """Whether the last token ends a line: ours are of one."""
        ended = ["\n" in self._tokenizer.decode(row[-1:]) for row in tokens]
        return self._torch.tensor(ended)

    def _hang(self, files: dict[str, Path]) -> None:
        """Hangs the adapters of all personas on the layers, where the one that is on adds to the outputs."""
        self._weights = {persona: self._read(path) for persona, path in files.items()}
        names = {name for weights in self._weights.values() for name in weights}
        for name in names:
            block, layer = name.removeprefix("blk.").split(".", 1)
            module = self._network.get_submodule(f"model.layers.{block}.{LAYERS[layer]}")
            module.register_forward_hook(self._added(name))

    def _added(self, name: str):
        def add(module, inputs, output):
            pair = self._weights[self._adapter].get(name) if self._adapter is not None else None
            return output if pair is None else output + (inputs[0] @ pair[0]) @ pair[1]

        return add

    def _read(self, path: Path) -> dict[str, tuple]:
        """An adapter's matrices by layer ("blk.3.attn_q"), transposed, the second one scaled."""
        gguf = required("gguf")
        reader = gguf.GGUFReader(path)
        alpha = float(reader.fields["adapter.lora.alpha"].contents())
        matrices: dict[str, dict] = {}
        for tensor in reader.tensors:
            name, _, side = tensor.name.rpartition(".weight.")
            matrices.setdefault(name, {})[side] = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        configuration = self._network.config
        heads = {"attn_q": configuration.num_attention_heads, "attn_k": configuration.num_key_value_heads}
        weights = {}
        for name, sides in matrices.items():
            first, second = sides["lora_a"], sides["lora_b"]  # of rank x inputs, outputs x rank
            count = heads.get(name.rpartition(".")[2])
            if count is not None:
                # llama.cpp turns neighbours in a head by pairs, transformers its halves: other orders of rows
                rows, rank = second.shape
                second = second.reshape(count, rows // count // 2, 2, rank).swapaxes(1, 2).reshape(rows, rank)
            scale = alpha / first.shape[0]
            weights[name] = tuple(
                self._torch.tensor(matrix.T.copy()) for matrix in (first, second * second.dtype.type(scale))
            )
        return weights


def start(config: NarratorConfig) -> Transformers:
    """Loads the model; raises BackendUnavailable."""
    return in_pace(Transformers(config))
