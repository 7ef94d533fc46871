"""Makes the GGUF adapter that llama.cpp reads, narrator/adapters/PERSONA.gguf, of one that was trained.

    python -m narrator.export --persona crowd --adapter runs/narrator/crowd

The run's log goes beside it, thinned, and the manifest says what each adapter was made of and how: its data
are those that narrator.build_dataset writes at the commit named there.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from narrator import lora
from narrator.backends.transformers_backend import LAYERS
from narrator.models import ADAPTERS, MANIFEST, SHA256, sha256_of
from narrator.personas import PERSONAS

BYTES_LIMIT = 12_000_000
HEADS = {"attn_q": 9, "attn_k": 3}  # of the packaged model, which the outputs of these layers consist of
LOG_LIMIT = 200  # losses of single steps that the log keeps
FROM_RUN = ("data_sha256", "begin_sha256", "seed", "commit", "command", "steps", "after")


def tensors(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """An adapter's matrices under the names, and with the order of rows, that they have in llama.cpp.

    weights: as PEFT names them. In each head transformers turns pairs that are half a head apart, llama.cpp
    neighbours; only the rows of the second matrix are outputs, and only they move.
    """
    places = {place: name for name, place in LAYERS.items()}
    made = {}
    for name, weight in weights.items():
        block, _, rest = name.partition("model.layers.")[2].partition(".")
        place, _, side = rest.removesuffix(".weight").rpartition(".")
        if place not in places or side not in ("lora_A", "lora_B"):
            raise lora.AdapterError(f"the adapter changes {name}, which llama.cpp cannot be given")
        layer = places[place]
        if side == "lora_B" and layer in HEADS:
            rows, rank = weight.shape
            halves = weight.reshape(HEADS[layer], 2, rows // HEADS[layer] // 2, rank)
            weight = halves.swapaxes(1, 2).reshape(rows, rank)
        made[f"blk.{block}.{layer}.weight.{side.lower()}"] = weight.astype(np.float16)
    return made


def write_gguf(path: Path, alpha: float, matrices: dict[str, np.ndarray]) -> None:
    """Writes a LoRA adapter for a model of the architecture llama."""
    import gguf

    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, alpha)
    for name, matrix in matrices.items():
        writer.add_tensor(name, matrix)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read_json(path: Path) -> dict:
    """A JSON object; AdapterError where there is none."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise lora.AdapterError(f"{path}: cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise lora.AdapterError(f"{path}: not a JSON object")
    return content


def thinned(log: str) -> str:
    """A log with all that was held out, and of the steps at most LOG_LIMIT, evenly."""
    lines = log.splitlines(keepends=True)
    every = -(-len(lines) // LOG_LIMIT)
    return "".join(line for number, line in enumerate(lines) if "held_out" in line or number % every == 0)


def export(adapter: Path, persona: str, folder: Path = ADAPTERS) -> dict:
    """Writes the adapter, its log and its entry in the manifest, and returns that; raises AdapterError."""
    run = read_json(adapter / "run.json")
    if run.get("base_sha256") != SHA256:
        raise lora.AdapterError(f"{adapter / 'run.json'}: the adapter is of another base model")
    if run.get("persona") != persona:
        raise lora.AdapterError(
            f"{adapter / 'run.json'}: the adapter is of {run.get('persona')}, not {persona}"
        )
    if not run.get("finished"):
        raise lora.AdapterError(f"{adapter / 'run.json'}: the run is not finished: --resume goes on with it")
    run["command"] = str(run.get("command")).removesuffix(
        " --resume"
    )  # which would find nothing to go on with
    settings = lora.read_settings(adapter)
    weights = {name: weight.float().numpy() for name, weight in lora.read_adapter(adapter).items()}
    matrices = tensors(weights)
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{persona}.gguf.tmp"
    try:
        write_gguf(fresh, float(settings["lora_alpha"]), matrices)
        size = fresh.stat().st_size
        if size > BYTES_LIMIT:
            raise lora.AdapterError(
                f"{adapter}: {size} bytes as GGUF, more than {BYTES_LIMIT}: train fewer ranks"
            )
        entry = {"sha256": sha256_of(fresh), "bytes": size} | {name: run.get(name) for name in FROM_RUN}
        manifest = folder / MANIFEST
        content = read_json(manifest) if manifest.exists() else {"base_sha256": SHA256, "adapters": {}}
        if content.get("base_sha256") != SHA256:
            raise lora.AdapterError(f"{manifest}: of another base model")
        log = thinned((adapter / "log.jsonl").read_text("utf-8"))
        fresh.replace(folder / f"{persona}.gguf")
    finally:
        fresh.unlink(missing_ok=True)
    lora.write_atomically(folder / f"{persona}.log.jsonl", log.encode())
    content["adapters"] = dict(sorted((content["adapters"] | {persona: entry}).items()))
    lora.write_atomically(manifest, (json.dumps(content, indent=1) + "\n").encode())
    return entry


def main(arguments: list[str] | None = None) -> int:
    """Entry point; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m narrator.export", description=__doc__.splitlines()[0])
    parser.add_argument("--persona", choices=sorted(PERSONAS), required=True)
    parser.add_argument("--adapter", type=Path, required=True, help="folder that narrator.train wrote")
    parser.add_argument("--folder", type=Path, default=ADAPTERS, help="where adapters and manifest are")
    options = parser.parse_args(arguments)
    try:
        entry = export(options.adapter, options.persona, options.folder)
    except (lora.AdapterError, OSError) as error:
        print(f"narrator.export: {error}", file=sys.stderr)
        return 2
    print(f"{options.folder / options.persona}.gguf: {entry['bytes']} bytes, {entry['sha256'][:12]}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
