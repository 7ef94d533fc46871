"""Counts of the service as Prometheus reads them. They say nothing of who played.

No client can make up a label: all their values are this program's own words. The server counts in memory
(`Metrics`); what the journal knows comes from the same snapshot as GET /stats.
`plain_text` needs the standard library only, `prometheus_text` goes through prometheus-client: the same
figures under the same names.
"""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

STATES = ("off", "idle", "learning", "stopped")  # of the learner
DECISION_BOUNDS = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25)  # seconds
MIME_TYPE = "text/plain; version=0.0.4; charset=utf-8"
NO_ROUTE = "none"  # stands for requests that lead to no route
# Who says a line of the narrator's, and why one of theirs is not shown.
BARD, MODEL = "bard", "model"
REFUSED, LATE, REPLACED = "refused", "late", "replaced"
REPEATED, SILENT, UNHEARD = "repeated", "silent", "unheard"
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Family:
    """All figures of one name."""

    name: str  # of a counter without its _total
    kind: str  # counter, gauge or histogram
    help: str
    samples: tuple[tuple[str, Labels, float], ...] = field(default=())  # name, labels, value


class Metrics:
    """What has happened since the start; safe to use from many threads."""

    def __init__(self):
        self._requests: Counter[tuple[str, int]] = Counter()
        self._refusals: Counter[str] = Counter()
        self._opened: Counter[str] = Counter()
        self._lines: Counter[str] = Counter()
        self._lines_lost: Counter[str] = Counter()
        self._decisions = [0] * (len(DECISION_BOUNDS) + 1)
        self._decision_seconds = 0.0
        self._lock = threading.Lock()

    def request(self, route: str, status: int) -> None:
        """A request was answered; route: a template of the table of routes, or NO_ROUTE."""
        with self._lock:
            self._requests[route, status] += 1

    def refusal(self, code: str) -> None:
        """A request was refused with this code of the error shape."""
        with self._lock:
            self._refusals[code] += 1

    def opened(self, tier: str) -> None:
        """A fight was opened."""
        with self._lock:
            self._opened[tier] += 1

    def decision(self, seconds: float) -> None:
        """A decision was answered, in this time."""
        with self._lock:
            self._decisions[bisect_left(DECISION_BOUNDS, seconds)] += 1
            self._decision_seconds += seconds

    def line(self, by: str) -> None:
        """A line of the narrator's was shown; by: BARD or MODEL."""
        with self._lock:
            self._lines[by] += 1

    def line_lost(self, why: str) -> None:
        """A line was not shown.

        REFUSED by the validator; LATE, after its moment; REPLACED by that of a later moment; REPEATED: this
        fight has heard it before; SILENT: there was no text; UNHEARD: nobody listens.
        """
        with self._lock:
            self._lines_lost[why] += 1

    def families(self) -> Iterator[Family]:
        """The figures of this process."""
        with self._lock:
            requests, refusals = dict(self._requests), dict(self._refusals)
            opened, decisions, seconds = dict(self._opened), list(self._decisions), self._decision_seconds
            lines, lines_lost = dict(self._lines), dict(self._lines_lost)
        yield Family(
            "mm_requests",
            "counter",
            "Requests answered, by route and status.",
            tuple(
                ("mm_requests_total", (("route", route), ("status", str(status))), count)
                for (route, status), count in sorted(requests.items())
            ),
        )
        yield _counter("mm_refusals", "Requests refused, by code.", "code", refusals)
        yield _counter("mm_fights_opened", "Fights opened, by tier.", "tier", opened)
        yield _counter("mm_lines", "Lines of the narrator shown, by who spoke.", "by", lines)
        yield _counter("mm_lines_lost", "Lines of the narrator not shown, by why.", "why", lines_lost)
        yield _decision_seconds(decisions, seconds)


def connection_family(count: int) -> Family:
    """How many connections are open."""
    return _gauge("mm_connections", "Open connections.", count)


def stream_family(count: int) -> Family:
    """How many listen to the narrator."""
    return _gauge("mm_streams", "Open streams of lines.", count)


def journal_families(stats: Mapping) -> Iterator[Family]:
    """What GET /stats says, as figures."""
    learning, fights = stats["learning"], stats["fights"]
    verdicts = {**fights["refused"], "verified": fights["verified"]}
    yield _gauge("mm_fights_acknowledged", "Fights in the journal.", fights["acknowledged"])
    yield _gauge("mm_fights_unjudged", "Fights that wait for their verdict.", fights["waiting"])
    yield _gauge("mm_fights_to_learn_from", "Verified fights that have not taught yet.", learning["waiting"])
    yield Family(
        "mm_fights_judged",
        "gauge",
        "Fights by verdict.",
        tuple(("mm_fights_judged", (("verdict", code),), n) for code, n in sorted(verdicts.items())),
    )
    yield Family(
        "mm_learner_state",
        "gauge",
        "1 for the state that the learner is in.",
        tuple(
            ("mm_learner_state", (("state", state),), float(state == learning["state"])) for state in STATES
        ),
    )
    yield _gauge("mm_live_version", "Promotions behind the live mind.", stats["mind"]["version"])


def plain_text(families: Iterable[Family]) -> bytes:
    """The text format of Prometheus, version 0.0.4."""
    lines = []
    for family in families:
        name = family.name + ("_total" if family.kind == "counter" else "")
        lines += [f"# HELP {name} {family.help}", f"# TYPE {name} {family.kind}"]
        for sample, labels, value in family.samples:
            named = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
            lines.append(f"{sample}{{{named}}} {float(value)}" if named else f"{sample} {float(value)}")
    return "\n".join([*lines, ""]).encode()


def prometheus_text(families: Iterable[Family]) -> bytes:
    """The same by prometheus-client."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.core import Metric

    class Collector:
        """Hands the figures over as they are."""

        def collect(self):
            for family in families:
                metric = Metric(family.name, family.help, family.kind)
                for sample, labels, value in family.samples:
                    metric.add_sample(sample, dict(labels), value)
                yield metric

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collector())
    return generate_latest(registry)


Render = Callable[[Iterable[Family]], bytes]


def _counter(name: str, text: str, label: str, counts: Mapping[str, int]) -> Family:
    samples = tuple((f"{name}_total", ((label, value),), count) for value, count in sorted(counts.items()))
    return Family(name, "counter", text, samples)


def _gauge(name: str, text: str, value: float) -> Family:
    return Family(name, "gauge", text, ((name, (), value),))


def _decision_seconds(counts: list[int], seconds: float) -> Family:
    name, samples, sum_of_counts = "mm_decision_seconds", [], 0
    for bound, count in zip((*DECISION_BOUNDS, "+Inf"), counts, strict=True):
        sum_of_counts += count
        samples.append((f"{name}_bucket", (("le", str(bound)),), sum_of_counts))
    samples += [(f"{name}_count", (), sum_of_counts), (f"{name}_sum", (), seconds)]
    return Family(name, "histogram", "Seconds that a decision took to answer.", tuple(samples))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
