"""Learners that `benchmarks.train` times against each other, one module each, and what they share.

    python -m benchmarks.peers sb3_ppo --cut-off 60        one learner, one run; JSON on the last line

`self_play` is the project's own training, `self_play_without_exploiters` less of it. The others train the
boss seat by well-known implementations of PPO (Schulman et al. 2017), against all scripted knights in turn,
with the same rewards, observations and discount. Each module has HYPERPARAMETERS, reported with its result,
and `train(race, seed)`, which makes ready whatever is not training (imports, compilation, processes), calls
`race.start()`, and learns until `race.over(policy, steps)` says that the reference is reached or time is up
(`reference.py`).
"""
