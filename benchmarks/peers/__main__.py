"""One learner, one run: python -m benchmarks.peers NAME [--seed N] [--cut-off SECONDS] [--fighter NAME].

Progress goes to stderr; the last line of stdout is the result as JSON. `benchmarks.train` runs every learner
in such a process of its own, so that threads, caches and memory of one do not trouble the next.
"""

import argparse
import json
import os
import time
from importlib import import_module

# Tiny matrices: more threads only wait for each other. Set before numpy is imported; torch's are set apart.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

LEARNERS = (
    "self_play", "self_play_without_exploiters", "sb3_ppo", "sb3_ppo_batched_duel", "cleanrl_style_ppo",
)  # fmt: skip


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__.splitlines()[0])
    parser.add_argument("learner", choices=LEARNERS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cut-off", type=float, default=60.0, help="seconds of training")
    parser.add_argument("--fighter", help="the scripted knight of the reference; none: just train")
    options = parser.parse_args()
    began = time.perf_counter()
    from benchmarks.peers.reference import Race

    learner = import_module(f"benchmarks.peers.{options.learner}")
    race = Race(options.fighter, options.cut_off, options.learner)
    learner.train(race, options.seed)
    result = race.result()
    print(
        json.dumps(
            {
                "learner": options.learner,
                "seed": options.seed,
                **result,
                "seconds_to_make_ready": round(race.began - began, 2),
                "hyperparameters": learner.HYPERPARAMETERS,
            }
        )
    )


if __name__ == "__main__":
    main()
