"""Whether an adapter says in llama.cpp what it says in transformers, where it was trained.

    python -m narrator.parity --runs runs/narrator      every adapter of narrator/adapters with RUNS/PERSONA

Greedy lines for the same held-out facts are compared, word for word. The packaged base has weights of four
bits, which llama.cpp multiplies with activations rounded to eight: where two words are nearly equally likely,
it may say the other one. So the base is also written with float weights, as transformers has them, and there
every word must be the same. Then the adapters take turns in random order, and none may change what another
says. Prints JSON; exit code 1 where the float base differs or adapters mix.
"""

import argparse
import json
import math
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from narrator.backends import first_line
from narrator.facts import Facts, as_dict
from narrator.prompt import tuned_prompt

PROMPTS, SWAPS = 20, 100


def peft_lines(model, tokenizer, facts: Iterable[Facts], longest: int) -> list[str]:
    """The greedy lines of a PEFT model for these facts."""
    import torch

    from narrator import lora

    lines = []
    for one in facts:
        prompt = tokenizer(tuned_prompt(one), add_special_tokens=False, return_tensors="pt")["input_ids"]
        with torch.inference_mode():
            output = model.generate(
                input_ids=prompt.to(model.device),
                attention_mask=torch.ones_like(prompt).to(model.device),
                do_sample=False,
                max_new_tokens=longest,
                pad_token_id=lora.END_TOKEN,
            )
        lines.append(first_line(tokenizer.decode(output[0, prompt.shape[1] :], skip_special_tokens=True)))
    return lines


def compared(facts: list[Facts], ours: list[str], theirs: list[str]) -> dict:
    """How many lines are equal, and those that are not."""
    different = [
        {"facts": as_dict(one), "llama.cpp": our, "transformers": their}
        for one, our, their in zip(facts, ours, theirs, strict=True)
        if our != their
    ]
    return {"prompts": len(facts), "equal": len(facts) - len(different), "different": different}


def swapped(backend, facts: list[Facts], expected: dict[str, list[str]], swaps: int, seed: int) -> dict:
    """Lines of random personas, one after the other, against what each said when its turn was not changed."""
    source = random.Random(seed)
    personas, mixed, changes, before = sorted(expected), 0, 0, None
    for _ in range(swaps):
        persona, number = source.choice(personas), source.randrange(len(facts))
        text = backend.write(facts[number], persona, 0, greedy=True).text
        mixed += text != expected[persona][number]
        changes += persona != before
        before = persona
    return {"lines": swaps, "changes": changes, "mixed": mixed}


def write_float_base(source: Path, path: Path) -> None:
    """A GGUF file with float weights in the place of quantised ones."""
    import gguf
    import numpy as np

    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(str(path), "llama")
    for name, field in reader.fields.items():
        if not name.startswith("GGUF.") and name not in ("general.architecture", "general.file_type"):
            inner = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
            writer.add_key_value(name, field.contents(), field.types[0], sub_type=inner)
    for tensor in reader.tensors:
        matrix = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        writer.add_tensor(tensor.name, np.ascontiguousarray(matrix, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@contextmanager
def llama_on(path: Path) -> Iterator:
    """The llama.cpp backend with our adapters on this base, with as much time for a line as it takes."""
    from narrator.backends import llama_cpp
    from narrator.models import Model
    from narrator.settings import NarratorConfig

    before = llama_cpp.find, llama_cpp.LINE_SECONDS
    llama_cpp.find, llama_cpp.LINE_SECONDS = lambda _: Model(path, path.stem, is_packaged=True), math.inf
    try:
        backend = llama_cpp.LlamaCpp(NarratorConfig())
        yield backend
        backend.close()
    finally:
        llama_cpp.find, llama_cpp.LINE_SECONDS = before


def greedy_lines(backend, personas: Iterable[str], facts: list[Facts]) -> dict[str, list[str]]:
    """What each persona says of these facts."""
    return {
        persona: [backend.write(one, persona, 0, greedy=True).text for one in facts] for persona in personas
    }


def measure(runs: Path, prompts: int = PROMPTS, swaps: int = SWAPS, seed: int = 0) -> dict:
    """All adapters of the manifest, held against the runs they came from."""
    from narrator import lora
    from narrator.held_out import sample
    from narrator.models import Model, adapters
    from narrator.settings import NarratorConfig

    base = lora.base_path()
    personas = sorted(adapters(Model(base, base.stem, is_packaged=True)))
    if not personas:
        raise lora.AdapterError("there are no adapters: python -m narrator.export makes them")
    folders = {persona: runs / persona for persona in personas}
    weights = {persona: lora.read_adapter(folder) for persona, folder in folders.items()}
    settings = {persona: lora.read_settings(folder) for persona, folder in folders.items()}
    facts = sample(prompts, range(200), held_out=True)
    with llama_on(base) as backend:
        packaged = greedy_lines(backend, personas, facts)
        turns = swapped(backend, facts, packaged, swaps, seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "float.gguf")
        write_float_base(base, path)
        with llama_on(path) as backend:
            floats = greedy_lines(backend, personas, facts)
    model, tokenizer, result = lora.load_base(), lora.load_tokenizer(), {}
    for persona in personas:
        model = lora.attach(model, settings[persona]["r"], settings[persona]["lora_alpha"], seed)
        lora.adopt(model, weights[persona], folders[persona])
        theirs = peft_lines(model, tokenizer, facts, NarratorConfig().max_tokens)
        result[persona] = {
            "float": compared(facts, floats[persona], theirs),
            "packaged": compared(facts, packaged[persona], theirs),
        }
        model = model.unload()
    return {"personas": result, "swaps": turns}


def main(arguments: list[str] | None = None) -> int:
    """Entry point; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m narrator.parity", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--runs", type=Path, default=Path("runs/narrator"), help="folder of the runs' folders"
    )
    options = parser.parse_args(arguments)
    from narrator.backends import BackendUnavailable
    from narrator.lora import AdapterError

    try:
        result = measure(options.runs)
    except (AdapterError, BackendUnavailable, OSError) as error:
        print(f"narrator.parity: {error}", file=sys.stderr)
        return 2
    print(json.dumps(result, indent=1))
    equal = all(not one["float"]["different"] for one in result["personas"].values())
    return 0 if equal and not result["swaps"]["mixed"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
