"""One learning cycle: verified fights -> a candidate -> the gate -> one transaction.

    cycle = run_cycle(database, config, time.time())     # None: there is nothing to learn from yet

Only verified fights on Hard teach, each once. On a lone player's server every such fight is enough for a
cycle. In public mode a cycle waits for a batch of BATCH fights or more in which no source has more than
SHARE of them; what would be more waits for a later one.

Two methods make candidates (config.learner): `gradient` takes one step for each fight (learning/gradient.py),
`dream` trains in the simulator against clones of the players (learning/dream.py). The gate judges either.
Whatever comes of it, the fights are marked as taught, the history gets its row, the candidate is kept, the
live pointer moves and the learner's state is written in one transaction: all of it or nothing. A cycle that
dies has happened not at all and is done again, with the same result: everything follows from what the
journal holds, and chance from the cycle's number and a secret of this journal: who could foresee on which
seeds a candidate will be judged could teach it to win just those.

Three refusals in a row return to the anchor. After any such step back, fights that have taught before it are
not learned from again.
"""

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from features import RULES_VERSION
from learning import gradient
from learning.bounds import nearest_within, reference_observations
from learning.clone import Clone, fit
from learning.dream import DreamConfig, dream
from learning.gate import UNCHANGED, GateConfig, Judgement, judge
from learning.lessons import lesson
from mm_grad import pack
from modular_mind import WEIGHTS_DIRECTORY, Mind, read_manifest
from service import journal, versions
from service.database import Database, DatabaseError, Run
from service.fight_log import from_bytes
from service.replay import replay
from service.settings import Config
from training.evaluate import examine

BATCH = 40  # fights of a public cycle, at least
SHARE = 20  # a source has at most one in so many of them
WAITING = 1000  # fights looked at, at most
RECENT = 20  # of a lone player's fights are cloned, the newest
PUBLIC_CLONES = 4  # each of a quarter of the sources
REFUSALS = 3  # in a row return to the anchor
BEHAVIOR_FIGHTS = 16  # against each scripted knight, to tell what a promotion changed
TOO_SHORT = "too_short"  # a refusal: the fights showed nothing that could be learned
BLAMELESS = (UNCHANGED, TOO_SHORT)  # refusals that say nothing against what was learned so far


@dataclass(frozen=True, slots=True)
class Material:
    """What a cycle works from, as the journal had it at its start."""

    number: int
    seed: int  # of all chance in this cycle
    live: Mind
    anchor: Mind
    fights: list[journal.Fight]  # that will have taught
    shown: list[journal.Fight]  # whose players are cloned, newest first
    minds: dict[str, Mind]  # those the fights were fought with, as far as they are kept
    student: str | None  # learning/gradient.py's candidate, if it belongs to the live mind
    refusals: int  # in a row until now


def run_cycle(
    database: Database,
    config: Config,
    now: float,
    gate: GateConfig | None = None,
    dreaming: DreamConfig | None = None,
) -> versions.Cycle | None:
    """Learns from what waits, if it suffices; the row of the history, or None.

    now: seconds since 1970. Raises DatabaseError; OvertakenError, a kind of it, where the live mind was
    changed meanwhile: nothing has happened then, and the next cycle starts from the new one.
    """
    began = time.monotonic()
    with database.read() as run:
        material = gather(run, config)
    if material is None:
        return None
    gate, dreaming = gate or GateConfig(), dreaming or DreamConfig()
    explore = hard_explore()
    clones = clone_players(material, config.public)
    candidate, student = _make_candidate(material, clones, config.learner, explore, gate, dreaming)
    if candidate is None:
        judgement = Judgement(False, TOO_SHORT, {})
    else:
        judgement = judge(candidate, material.live, material.anchor, clones, explore, material.seed, gate)
    report = _report(material, config.learner, candidate, judgement, explore)
    report["bounds"] = asdict(gate.bounds)
    return _finish(database, material, candidate, student, judgement, report, now, began)


def hard_explore() -> int:
    """The mistake rate of Hard in force, in 1/65536."""
    return read_manifest(WEIGHTS_DIRECTORY)["explore"][journal.TEACHING_TIER]


# ---------------------------------------------------------------------------- what there is to learn from
def gather(run: Run, config: Config) -> Material | None:
    """What the next cycle works from; None where too little waits."""
    waiting = _of_these_rules(journal.teaching(run, journal.TEACHING_TIER, WAITING))
    fights = public_batch(waiting) if config.public else waiting
    if not fights:
        return None
    shown = fights
    if not config.public:
        since = _last_step_back(run)
        recent = _of_these_rules(journal.recent_verified(run, journal.TEACHING_TIER, RECENT))
        shown = [fight for fight in recent if fight.cycle is None or fight.received >= since]
    minds = {fight.weights: versions.find_mind(run, fight.weights) for fight in fights}
    number, salt = versions.next_number(run), versions.get(run, versions.SALT)
    live, anchor = (_kept_mind(run, name) for name in (versions.LIVE, versions.ANCHOR))
    return Material(
        number=number,
        seed=int.from_bytes(hashlib.sha256(f"{salt} {number}".encode()).digest()[:4]) >> 1,
        live=live,
        anchor=anchor,
        fights=fights,
        shown=shown,
        minds={sha256: mind for sha256, mind in minds.items() if mind is not None},
        student=_student_of(run, live.sha256, anchor.sha256),
        refusals=_refusals(run),
    )


def public_batch(waiting: Sequence[journal.Fight]) -> list[journal.Fight]:
    """The largest batch of these fights, oldest first, that public mode allows; empty if there is none.

    With at most `most` fights of each source, whatever is left must be BATCH fights and SHARE times `most`.
    """
    by_source: dict[str, list[journal.Fight]] = defaultdict(list)
    for fight in waiting:
        if fight.source is not None:
            by_source[fight.source].append(fight)
    best: list[journal.Fight] = []
    for most in range(1, max(map(len, by_source.values()), default=0) + 1):
        batch = [fight for fights in by_source.values() for fight in fights[:most]]
        if len(batch) >= max(BATCH, SHARE * most) and len(batch) > len(best):
            best = batch
    return sorted(best, key=lambda fight: (fight.received, fight.id))


def clone_players(material: Material, public: bool) -> list[Clone]:
    """Clones of whoever fought: one of a lone player, some of the sources of a public batch.

    None where the fights are too short to show anything.
    """
    groups: list[list[journal.Fight]] = [material.shown]
    if public:
        sources = sorted({fight.source for fight in material.shown})
        place = {source: number % PUBLIC_CLONES for number, source in enumerate(sources)}
        groups = [[f for f in material.shown if place[f.source] == n] for n in range(PUBLIC_CLONES)]
    clones = []
    for number, group in enumerate(groups):
        try:
            logs = [from_bytes(fight.log) for fight in group]
            clones.append(fit(logs, material.seed + number))
        except ValueError:
            continue
    return clones


def _of_these_rules(fights: Sequence[journal.Fight]) -> list[journal.Fight]:
    return [fight for fight in fights if fight.rules_version == RULES_VERSION]


def _kept_mind(run: Run, name: str) -> Mind:
    """The live mind or the anchor; DatabaseError where the journal lacks it."""
    sha256 = versions.get(run, name)
    mind = None if sha256 is None else versions.find_mind(run, sha256)
    if mind is None:
        raise DatabaseError(f"the journal holds no {name} mind")
    return mind


def _last_step_back(run: Run) -> int:
    """When the boss was last returned to an earlier mind, by hand or by the rules below; 0 for never."""
    rows = run(
        "SELECT MAX(finished) AS finished FROM cycles WHERE decision NOT IN (:promoted, :refused)",
        promoted=versions.PROMOTED,
        refused=versions.REFUSED,
    )
    return rows[0]["finished"] or 0


def _refusals(run: Run) -> int:
    """How many refusals the history ends with, not counting the blameless ones."""
    count = 0
    for cycle in versions.history(run, WAITING):
        if cycle.decision != versions.REFUSED:
            break
        count += cycle.report.get("reason") not in BLAMELESS
    return count


def _student_of(run: Run, live: str, anchor: str) -> str | None:
    text = versions.get(run, versions.STUDENT)
    if text is None:
        return None
    state = json.loads(text)
    return state["student"] if (state["live"], state["anchor"]) == (live, anchor) else None


# ---------------------------------------------------------------------------- the candidate
def _make_candidate(
    material: Material,
    clones: Sequence[Clone],
    method: str,
    explore: int,
    gate: GateConfig,
    dreaming: DreamConfig,
) -> tuple[Mind | None, gradient.Student | None]:
    """The candidate, None where there was nothing to learn, and the student behind it, if it has one."""
    if method == "dream":
        if not clones:
            return None, None
        return dream(material.live, material.anchor, clones, dreaming, material.seed, explore), None
    student = (
        gradient.begin(pack(material.live.parameters))
        if material.student is None
        else gradient.from_text(material.student)
    )
    anchor_flat = pack(material.anchor.parameters)
    reference = reference_observations(material.anchor)
    for fight in material.fights:
        mind = material.minds.get(fight.weights)
        if mind is None:
            continue  # fought with a mind that is no longer kept, so that it cannot be played again
        taught = lesson(replay(from_bytes(fight.log), mind))
        if gradient.study(student, taught, anchor_flat, reference, gate.bounds).stopped:
            break
    return nearest_within(student.flat, material.anchor, gate.bounds), student


# ---------------------------------------------------------------------------- the end
def _report(
    material: Material, method: str, candidate: Mind | None, judgement: Judgement, explore: int
) -> dict:
    """What the history says about a cycle, but for the times."""
    behavior = {}
    if judgement.passed:
        before = examine(material.live, BEHAVIOR_FIGHTS, material.seed, explore)["behavior"]
        after = examine(candidate, BEHAVIOR_FIGHTS, material.seed, explore)["behavior"]
        behavior = {habit: [before[habit], after[habit]] for habit in before}
    measured = judgement.report
    return {
        "method": method,
        "fights": len(material.fights),
        "sources": len({fight.source for fight in material.fights}),
        "kl": measured.get("kl"),
        "distance": measured.get("distance"),
        "players": measured.get("players"),
        "pool": measured.get("pool"),
        "hunters": measured.get("hunters"),
        "worst": measured.get("worst"),
        "behavior": behavior,
        "reason": judgement.reason,
    }


def _finish(
    database: Database,
    material: Material,
    candidate: Mind | None,
    student: gradient.Student | None,
    judgement: Judgement,
    report: dict,
    now: float,
    began: float,
) -> versions.Cycle:
    """Writes everything down at once; returns the row of the candidate."""
    live, anchor = material.live.sha256, material.anchor.sha256
    after = candidate.sha256 if judgement.passed else live
    with database.write() as run:
        database.take_turns(run)
        if versions.next_number(run) != material.number:
            raise versions.OvertakenError(f"cycle {material.number} has been written by somebody else")
        seconds = time.monotonic() - began
        finished = now + seconds
        times = {"seconds": round(seconds, 1)}
        times["waited"] = round(finished - max(fight.received for fight in material.fights), 1)
        cycle = versions.Cycle(
            number=material.number,
            finished=int(finished),
            decision=versions.PROMOTED if judgement.passed else versions.REFUSED,
            before=live,
            after=after,
            candidate=None if candidate is None else candidate.sha256,
            report={**report, **times},
        )
        journal.mark_taught(run, [fight.id for fight in material.fights], material.number)
        if judgement.passed:
            versions.add_mind(run, candidate, live, int(finished))
        versions.finish_cycle(run, cycle)
        kept = student if judgement.passed or judgement.reason == UNCHANGED else None
        state = {"live": after, "anchor": anchor, "student": kept and gradient.to_text(kept)}
        versions.put(run, versions.STUDENT, None if kept is None else json.dumps(state))
        guilty = not judgement.passed and judgement.reason not in BLAMELESS
        if guilty and material.refusals + 1 >= REFUSALS and live != anchor:
            reset = {"reason": "three_refusals"}
            versions.restore(run, anchor, int(finished), versions.RESET, reset)
    return cycle
