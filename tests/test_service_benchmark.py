"""benchmarks.service, small: the real server, learner and slow clients, all answers right."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_fights_learner_and_slow_clients_at_once_and_every_answer_is_right():
    small = ["--seconds", "1", "--fights", "3", "--drips", "3", "--servers", "serve_local"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.service", *small], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    figures = report["servers"]["serve_local"]
    assert report["errors"] == 0
    others = (figures[name] for name in ("learner_idle", "learner_idle_dripping", "dripping"))
    for part in (figures, *others):
        assert part["decisions"] == 3 * 10
        assert part["decide_p99_ms"] > 0
