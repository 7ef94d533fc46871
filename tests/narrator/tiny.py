"""A tiny model of the base's architecture, a tokenizer of letters, and data, for tests of training."""

import io
import json
from pathlib import Path

import torch
from rich.console import Console

from narrator.facts import Facts, as_dict
from narrator.personas import PERSONAS
from narrator.prompt import tuned_prompt
from narrator.train import TrainConfig

QUIET = Console(file=io.StringIO())
CONFIG = TrainConfig(
    persona=next(iter(PERSONAS)),
    data=Path(),
    out=Path(),
    rank=2,
    alpha=4,
    batch_tokens=1200,
    learning_rate=0.01,
    warm_up=2,
    examine_every=3,
    examined=2,
)


class Letters:
    """Every letter is a token of its own, and a text the list of them."""

    def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
        return {"input_ids": [ord(letter) for letter in text]}

    def batch_decode(self, rows, skip_special_tokens: bool = False) -> list[str]:
        return ["".join(chr(token) for token in row if token > 2) for row in rows.tolist()]


class Never:
    """Nobody wishes a run to end."""

    asked = False


LETTERS = Letters()


def tiny_model(blocks: int = 2):
    """A model of random weights, the same each time; a head of keys serves three."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=24,
        intermediate_size=32,
        num_attention_heads=3,
        num_key_value_heads=1,
        head_dim=8,
        num_hidden_layers=blocks,
        vocab_size=128,
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
    )
    with torch.random.fork_rng():
        torch.manual_seed(7)
        return LlamaForCausalLM(config).requires_grad_(False).eval()


def write_data(path: Path, count: int = 40) -> Path:
    """Lines about hits of the sword, each on a prompt of its own."""
    lines = []
    for health in range(230 - count, 230):
        facts = Facts("sword_hit", "sword_hit", damage=12, streak=1, slime_health=health, seconds=9)
        text = f"The sword lands; {health} is left."
        lines.append({"prompt": tuned_prompt(facts), "text": text, "facts": as_dict(facts)})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path
