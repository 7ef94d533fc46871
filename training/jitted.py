"""The players' decisions row by row: forward pass, masking and sampling, written to be compiled.

`duel.batch.compiled((training.jitted,))` compiles these functions as it does the kernel, and players use
them where numba is installed: one call per step decides for all rows of a seat without holding Python's
lock, so that players in threads really run side by side. The numpy forms in `training/player.py` are the
oracle and what runs without numba.

A network comes as `weights`, its vector in the order of `row_order` (`training/networks.py`): each layer's
matrix transposed, then its biases, so that a layer is a sum of contiguous rows, one for each input; and as
`layers` (n, 3) int64: where each layer begins, its inputs, its outputs. Arrays are float32 unless said
otherwise.
"""

import numpy as np

from features import BOSS_OBSERVATION_SIZE, KNIGHT_ACTION_COUNT, KNIGHT_OBSERVATION_SIZE, MOVE_COUNT, legal
from modular_mind import ARCHITECTURE, LATENT_LIMIT

MIND_SPECIALISTS, MIND_HIDDEN = ARCHITECTURE["specialists"], ARCHITECTURE["hidden"]
MIND_LATENT, MIND_GATE = ARCHITECTURE["latent"], ARCHITECTURE["gate"]
MIND_COORDINATOR = ARCHITECTURE["coordinator"]
MIND_UNITS = MIND_SPECIALISTS * MIND_HIDDEN
# Rows of the scratch array: the first five hold values inside a network.
SCRATCH_LOGITS, SCRATCH_INPUT, SCRATCH_ROWS = 5, 6, 7


def apply_layer(weights, layer, x, y):
    """y = W x + b, with `layer` (3,) from `layers`.

    Four inputs at a time: their rows are read together, and y is written a quarter as often.
    """
    inputs = layer[1]
    outputs = layer[2]
    biases = weights[layer[0] + inputs * outputs :]
    for o in range(outputs):
        y[o] = biases[o]
    whole = inputs - inputs % 4
    for i in range(0, whole, 4):
        row = layer[0] + i * outputs
        row0 = weights[row : row + outputs]
        row1 = weights[row + outputs : row + 2 * outputs]
        row2 = weights[row + 2 * outputs : row + 3 * outputs]
        row3 = weights[row + 3 * outputs : row + 4 * outputs]
        x0 = x[i]
        x1 = x[i + 1]
        x2 = x[i + 2]
        x3 = x[i + 3]
        for o in range(outputs):
            y[o] += x0 * row0[o] + x1 * row1[o] + x2 * row2[o] + x3 * row3[o]
    for i in range(whole, inputs):
        row0 = weights[layer[0] + i * outputs :]
        x0 = x[i]
        for o in range(outputs):
            y[o] += x0 * row0[o]


def rectify(values, count):
    """Negative values become 0."""
    for i in range(count):
        if values[i] < 0:
            values[i] = 0


def clamp_latent(values, count):
    """Values beyond the limit of the mind's inner values become the limit."""
    for i in range(count):
        if values[i] > LATENT_LIMIT:
            values[i] = LATENT_LIMIT
        elif values[i] < -LATENT_LIMIT:
            values[i] = -LATENT_LIMIT


def perceptron_outputs(weights, layers, x, scratch, outputs):
    """The outputs of a perceptron for one row; `scratch` rows are as wide as its widest layer."""
    last = len(layers) - 1
    values = x
    for number in range(last):
        after = scratch[number % 2]
        apply_layer(weights, layers[number], values, after)
        rectify(after, layers[number, 2])
        values = after
    apply_layer(weights, layers[last], values, outputs)


def mind_logits(weights, layers, x, scratch, logits):
    """The mind's logits for one row, as `mm_grad.forward` computes them."""
    hidden = scratch[0]
    total = scratch[1]
    gate = scratch[2]
    value = scratch[3]
    shared = scratch[4]
    apply_layer(weights, layers[0], x, hidden)
    rectify(hidden, MIND_UNITS)
    # the latents are only ever summed: one layer from all hidden units, with the first specialist's biases
    apply_layer(weights, layers[1], hidden, total)
    biases = layers[1, 0] + (MIND_UNITS + 1) * MIND_LATENT
    for i in range((MIND_SPECIALISTS - 1) * MIND_LATENT):
        total[i % MIND_LATENT] += weights[biases + i]
    clamp_latent(total, MIND_LATENT)

    apply_layer(weights, layers[2], total, gate)
    apply_layer(weights, layers[3], total, value)
    clamp_latent(gate, MIND_GATE)
    clamp_latent(value, MIND_GATE)
    rectify(gate, MIND_GATE)
    for i in range(MIND_GATE):
        gate[i] *= value[i]
    apply_layer(weights, layers[4], gate, shared)
    for i in range(MIND_LATENT):
        shared[i] += total[i]
    clamp_latent(shared, MIND_LATENT)
    apply_layer(weights, layers[5], shared, gate)
    rectify(gate, MIND_COORDINATOR)
    apply_layer(weights, layers[6], gate, logits)
    drives = biases + (MIND_SPECIALISTS - 1) * MIND_LATENT
    for move in range(MOVE_COUNT):
        drive = weights[drives + MOVE_COUNT * MIND_HIDDEN + move]
        for i in range(move * MIND_HIDDEN, (move + 1) * MIND_HIDDEN):
            drive += weights[drives + i] * hidden[i]
        logits[move] += drive


def draw_action(logits, actions, mask, uniform, weights):
    """An action sampled from the softmax of the legal logits, and its log probability.

    `mask`: bit a is 1 where action a is legal. `uniform`: a float64 draw from [0, 1). `weights` (actions,) is
    overwritten.
    """
    best = -np.inf
    for action in range(actions):
        if (mask >> action) & 1 and logits[action] > best:
            best = logits[action]
    total = 0.0
    for action in range(actions):
        weights[action] = np.exp(logits[action] - best) if (mask >> action) & 1 else 0.0
        total += weights[action]
    threshold = uniform * total  # below the total, so that what has no probability is never drawn
    cumulative = 0.0
    drawn = 0
    for action in range(actions):
        cumulative += weights[action]
        if cumulative > threshold:
            drawn = action
            break
    return drawn, logits[drawn] - best - np.log(total)


def decide_boss_rows(
    learners, views, scale, due, uniforms, mind, layers, policy, members, past, scratch,
    moves, x, legal_moves, actions, chosen, decides,
):  # fmt: skip
    """Fill `moves` (n,) int32 of the rows in which the boss is free; `mind` says whether it is one.

    In rows [0, learners) the `policy` decides, and what it saw and did is recorded in x, legal_moves,
    actions, chosen, decides (learners, ...); in the others a past self, `past[members[row]]`. views (n, 24)
    int32, scale (24,), due (n,) int32, uniforms (n,) float64.
    """
    logits = scratch[SCRATCH_LOGITS]
    for i in range(len(due)):
        if i < learners:
            decides[i] = due[i] == 1
        if due[i] != 1:
            continue
        seen = scratch[SCRATCH_INPUT]
        weights = policy
        if i < learners:
            seen = x[i]
        else:
            weights = past[members[i]]
        for k in range(BOSS_OBSERVATION_SIZE):
            seen[k] = views[i, k] * scale[k]
        if mind:
            mind_logits(weights, layers, seen, scratch, logits)
        else:
            perceptron_outputs(weights, layers, seen, scratch, logits)
        mask = legal(views[i])
        move, log_probability = draw_action(logits, MOVE_COUNT, mask, uniforms[i], scratch[0])
        moves[i] = move
        if i < learners:
            actions[i] = move
            chosen[i] = log_probability
            for k in range(MOVE_COUNT):
                legal_moves[i, k] = (mask >> k) & 1 == 1


def decide_knight_rows(
    both, scripted, views, scale, uniforms, layers, policy, opponents, past, scratch,
    wanted, x, actions, chosen,
):  # fmt: skip
    """Fill `wanted` (n,) int32 of the rows whose knight is no script.

    In rows from `both` on the `policy` decides, and what it saw and did is recorded in x, actions, chosen
    (n - both, ...); in the others a past self, where the opponent's number is at least `scripted`. views
    (n, 24) int32, scale (24,), uniforms (n,) float64, opponents (n,) int64.
    """
    every = (1 << KNIGHT_ACTION_COUNT) - 1
    logits = scratch[SCRATCH_LOGITS]
    for i in range(len(wanted)):
        seen = scratch[SCRATCH_INPUT]
        weights = policy
        if i >= both:
            seen = x[i - both]
        elif opponents[i] >= scripted:
            weights = past[opponents[i] - scripted]
        else:
            continue
        for k in range(KNIGHT_OBSERVATION_SIZE):
            seen[k] = views[i, k] * scale[k]
        perceptron_outputs(weights, layers, seen, scratch, logits)
        action, log_probability = draw_action(logits, KNIGHT_ACTION_COUNT, every, uniforms[i], scratch[0])
        wanted[i] = action
        if i >= both:
            actions[i - both] = action
            chosen[i - both] = log_probability
