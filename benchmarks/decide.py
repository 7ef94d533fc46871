"""How long one decision takes: numpy as shipped, against torch and onnxruntime, one thread each.

    python -m benchmarks.decide

All three run the same weights at batch 1, in float64 with the same rounding, from the same fused
matrices, and are followed by the same sampling in Python, so they give the same trace (asserted on 10,000
random observations). Each peer is the fastest form found: torch traced and frozen in inference mode
(faster than eager, scripted and torch.compile); onnxruntime sequential, without spinning, with inputs
and outputs bound once. Times are medians in microseconds of a whole decision.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import struct
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

from benchmarks.common import interleaved, report
from features import (
    BOSS_OBSERVATION,
    BOSS_OBSERVATION_SIZE,
    MOVE_COUNT,
    OBSERVED_COOLDOWN,
    STREAM_DECISION,
    hash32,
    legal,
)
from mind.architecture import GATE_SIZE, GRID, LATENT_LIMIT, LATENT_SIZE, SPECIALIST_COUNT
from mind.fused import ACTIVITY, DRIVES, LATENT, MODULATION, fused_matrices
from modular_mind import decide, default_mind, sample

SEED = 1
CHECKED = 10_000
TIMED = 64  # observations per timed call
EXPLORE = 2621
LIMIT = float(LATENT_LIMIT * GRID)
LATENTS = SPECIALIST_COUNT * LATENT_SIZE
LAYOUT = struct.Struct(f"{BOSS_OBSERVATION_SIZE}d")


class TorchFused(torch.nn.Module):
    """The fused matrices in torch: 24 raw integers as float64 in, the flat trace out."""

    def __init__(self, matrices):
        super().__init__()
        for name, matrix in matrices.items():
            self.register_buffer(f"{name}_weight", torch.from_numpy(matrix[:, :-1].copy()))
            self.register_buffer(f"{name}_bias", torch.from_numpy(matrix[:, -1].copy()))
        gathering = torch.from_numpy(matrices["gathering"].copy())
        self.register_buffer("to_activity", gathering[:SPECIALIST_COUNT, :LATENTS].contiguous())
        self.register_buffer("to_total", gathering[SPECIALIST_COUNT:, LATENTS:].contiguous())
        self.register_buffer("from_product", self.link_weight[:, :GATE_SIZE].contiguous())
        half = torch.full((GATE_SIZE,), LIMIT, dtype=torch.float64)
        self.register_buffer("least", torch.cat([0.0 * half, -half]))
        self.register_buffer("greatest", torch.cat([half, half]))

    def forward(self, x):
        hidden = torch.addmv(self.hidden_bias, self.hidden_weight, x).relu()
        outputs = torch.addmv(self.specialists_bias, self.specialists_weight, hidden)
        latents = outputs[MOVE_COUNT:].floor()
        activity = torch.mv(self.to_activity, latents.abs())
        total = torch.mv(self.to_total, latents).clamp(-LIMIT, LIMIT)
        halves = (
            torch.addmv(self.gates_bias, self.gates_weight, total).floor().clamp(self.least, self.greatest)
        )
        linked = torch.addmv(self.link_bias, self.from_product, halves[:GATE_SIZE] * halves[GATE_SIZE:])
        shared = (linked + total).floor().clamp(-LIMIT, LIMIT)
        coordinator = torch.addmv(self.coordinator_bias, self.coordinator_weight, shared).relu()
        modulation = torch.addmv(self.modulation_bias, self.modulation_weight, coordinator)
        return torch.cat([activity, outputs[:MOVE_COUNT], shared * (1.0 / GRID), modulation])


def torch_evaluator(matrices):
    """An evaluator like `mind.fused.make_evaluator`'s, by torch."""
    torch.set_num_threads(1)
    raw = bytearray(LAYOUT.size)
    x = torch.frombuffer(raw, dtype=torch.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is deprecated, and still the fastest at batch 1
        traced = torch.jit.freeze(torch.jit.trace(TorchFused(matrices).eval(), x))

    def evaluate(observation):
        LAYOUT.pack_into(raw, 0, *observation)
        with torch.inference_mode():
            return traced(x).tolist()

    return evaluate


def onnx_model(matrices) -> bytes:
    """The fused matrices as an ONNX graph: float64 (1, 24) raw integers in, the flat trace (1, 25) out."""
    nodes, constants = [], []

    def constant(value, dtype=np.float64):
        name = f"constant_{len(constants)}"
        constants.append(numpy_helper.from_array(np.array(value, dtype, order="C"), name))
        return name

    def apply(operator, *inputs):
        name = f"value_{len(nodes)}"
        nodes.append(helper.make_node(operator, list(inputs), [name]))
        return name

    def affine(value, matrix):
        return apply("Gemm", value, constant(matrix[:, :-1].T), constant(matrix[:, -1:].T))

    zero, least, greatest = constant(0.0), constant(-LIMIT), constant(LIMIT)
    hidden = apply("Relu", affine("x", matrices["hidden"]))
    outputs = affine(hidden, matrices["specialists"])
    split = constant([MOVE_COUNT, LATENTS], np.int64)
    nodes.append(helper.make_node("Split", [outputs, split], ["drives", "latents"], axis=1))
    latents = apply("Floor", "latents")
    gathering = matrices["gathering"]
    to_activity = constant(gathering[:SPECIALIST_COUNT, :LATENTS].T)
    activity = apply("MatMul", apply("Abs", latents), to_activity)
    total = apply("MatMul", latents, constant(gathering[SPECIALIST_COUNT:, LATENTS:].T))
    total = apply("Clip", total, least, greatest)
    gate = apply("Floor", affine(total, matrices["gates"][:GATE_SIZE]))
    value = apply("Floor", affine(total, matrices["gates"][GATE_SIZE:]))
    product = apply("Mul", apply("Clip", gate, zero, greatest), apply("Clip", value, least, greatest))
    link = matrices["link"]
    linked = affine(product, np.column_stack([link[:, :GATE_SIZE], link[:, -1]]))
    shared = apply("Clip", apply("Floor", apply("Add", linked, total)), least, greatest)
    coordinator = apply("Relu", affine(shared, matrices["coordinator"]))
    modulation = affine(coordinator, matrices["modulation"])
    latent = apply("Mul", shared, constant(1.0 / GRID))
    nodes.append(helper.make_node("Concat", [activity, "drives", latent, modulation], ["trace"], axis=1))

    graph = helper.make_graph(
        nodes,
        "mind",
        [helper.make_tensor_value_info("x", TensorProto.DOUBLE, [1, BOSS_OBSERVATION_SIZE])],
        [helper.make_tensor_value_info("trace", TensorProto.DOUBLE, [1, MODULATION.stop])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def onnx_evaluator(matrices):
    """An evaluator like `mind.fused.make_evaluator`'s, by onnxruntime."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(onnx_model(matrices), options, providers=["CPUExecutionProvider"])
    raw = bytearray(LAYOUT.size)
    x = np.frombuffer(raw).reshape(1, -1)
    trace = np.zeros((1, MODULATION.stop))
    binding = session.io_binding()
    binding.bind_input("x", "cpu", 0, np.float64, x.shape, x.ctypes.data)
    binding.bind_output("trace", "cpu", 0, np.float64, trace.shape, trace.ctypes.data)
    run, row = session.run_with_iobinding, trace[0]

    def evaluate(observation):
        LAYOUT.pack_into(raw, 0, *observation)
        run(binding)
        return row.tolist()

    return evaluate


def decider(evaluate):
    """`modular_mind.decide` with another evaluator."""

    def decide_by_peer(observation, explore, draw):
        values = evaluate(observation)
        drives, modulation = values[DRIVES], values[MODULATION]
        move, mistake, probabilities = sample(drives, modulation, legal(observation), explore, draw)
        return {
            "move": move,
            "mistake": mistake,
            "activity": values[ACTIVITY],
            "drives": drives,
            "latent": values[LATENT],
            "modulation": modulation,
            "probabilities": probabilities,
        }

    return decide_by_peer


def main() -> None:
    """Checks that the three agree, times them in turns, and prints the figures."""
    bounds = np.array([(least, greatest) for _, least, greatest, _ in BOSS_OBSERVATION])
    observations = np.random.default_rng(SEED).integers(
        bounds[:, 0], bounds[:, 1] + 1, (CHECKED, len(bounds))
    )
    observations[::2, OBSERVED_COOLDOWN] = 0
    rows = [(row, EXPLORE, hash32(SEED, STREAM_DECISION, k)) for k, row in enumerate(observations.tolist())]

    mind = default_mind()
    matrices = fused_matrices(mind.parameters)
    deciders = {
        "numpy_us": lambda *row: decide(*row, mind),
        "torch_us": decider(torch_evaluator(matrices)),
        "onnxruntime_us": decider(onnx_evaluator(matrices)),
    }
    for row in rows:
        expected = deciders["numpy_us"](*row)
        for name, function in deciders.items():
            if function(*row) != expected:
                raise SystemExit(f"{name}: another decision than numpy's for {row}")

    def timed(function):
        def run():
            for row in rows[:TIMED]:
                function(*row)

        return run

    seconds = interleaved({name: timed(function) for name, function in deciders.items()}, rounds=101, calls=4)
    figures = {name: round(value / TIMED * 1e6, 2) for name, value in seconds.items()}
    best_peer = min(figures["torch_us"], figures["onnxruntime_us"])
    figures["ratio_vs_best_peer"] = round(figures["numpy_us"] / best_peer, 3)
    figures["decisions_compared"] = CHECKED
    report(figures, [SEED])


if __name__ == "__main__":
    main()
