"""The copy of what was learned in a private dataset on the Hugging Face Hub: how it gets there and back.

    dataset = open_dataset(config, anchor, allowed)     # None unless HF_TOKEN and MM_DATASET_REPO are set
    dataset.restore(database, now)                      # when the learner starts, before it learns
    if dataset.due(database, now):                      # now and then, between two cycles
        dataset.push(database, now)

For the learner's process: it may take a minute and is on nobody's way there. Neither function raises for what
the Hub does: each kind of trouble is logged once, and `due` says when to try again.

Before anything is written, what the Hub holds is merged into the journal (service/dataset_merge.py), and the
commit names the one it was merged with as its parent. So nothing there is ever shortened or overwritten
unseen; where another writer was faster, it starts over. Nothing from the Hub is trusted: forms and hashes are
checked, minds must lie within the bounds around this program's anchor, and fights are replayed again.
"""

import hashlib
import logging
import random
from collections.abc import Callable

from features import RULES_VERSION
from modular_mind import Mind, WeightsError, from_json
from service import dataset_files, parts, versions
from service.database import Database
from service.dataset_files import MANIFEST, TAUGHT, DatasetFileError
from service.dataset_merge import STATE, Found, State, merge, read_state, write_state
from service.dataset_plan import CUT, make_plan, remember
from service.hub import BUSY, CONFLICT, MISSING, REFUSED, Hub, HubError, is_name, is_token
from service.settings import Config

KIND = "dataset"
PUSH_SECONDS = 60  # between two commits at least: the Hub allows about a hundred an hour
REFUSED_SECONDS = 3600  # until a dataset that must not be written is looked at again; the longest pause too
CONFLICTS = 5  # other writers that are waited for in one push
log = logging.getLogger(__name__)


def open_dataset(config: Config, anchor: Mind, allowed: Callable[[Mind], bool]) -> "Dataset | None":
    """The dataset that the settings name; None where they name none, and then nothing is ever tried.

    allowed: whether a mind lies within the bounds around the anchor.
    """
    if config.hub_token is None or config.dataset_repo is None:
        return None
    token, name = config.hub_token.strip(), config.dataset_repo.strip()
    if not is_name(name):
        log.warning("Nothing is kept on the Hub: MM_DATASET_REPO is not of the form owner/name")
        return None
    if not is_token(token):
        log.warning("Nothing is kept on the Hub: HF_TOKEN holds characters that no token has")
        return None
    return Dataset(Hub(token), name, config.dataset_fights, anchor, allowed)


class Dataset:
    """A private dataset, and this journal's relation to it. For one thread of one process."""

    def __init__(self, hub: Hub, name: str, send_fights: bool, anchor: Mind, allowed: Callable[[Mind], bool]):
        self._hub = hub
        self._name = name
        self._send_fights = send_fights
        self._anchor = anchor
        self._allowed = allowed
        self._warned: set[str] = set()
        self._failures = 0  # in a row
        self._next_push = 0.0

    def restore(self, database: Database, now: int) -> bool:
        """Merges what the Hub holds into the journal; False if that did not work. Raises DatabaseError."""
        return self._try(self._restore, database, now)

    def push(self, database: Database, now: int) -> bool:
        """Brings the Hub up to the journal; False if that did not work. Raises DatabaseError."""
        return self._try(self._push, database, now)

    def due(self, database: Database, now: int) -> bool:
        """Whether there is something to push, and the Hub may be asked now. Raises DatabaseError."""
        if now < self._next_push:
            return False
        with database.read() as run:
            live = versions.get(run, versions.LIVE)
            if live is None:
                return False
            state = read_state(run)
            if state is None or (state.live, state.cycles) != (live, versions.next_number(run) - 1):
                return True
            if versions.get(run, CUT) is not None:
                return True
            if any(erased for _, erased in parts.known_parts(run).values()):
                return True
            return self._send_fights and bool(parts.unsent(run, 1))

    def _try(self, action: Callable[[Database, int], None], database: Database, now: int) -> bool:
        try:
            action(database, now)
        except (HubError, DatasetFileError) as error:
            self._failed(error, now)
            return False
        if action == self._push:  # after a restore what is new here may follow at once
            self._next_push = now + PUSH_SECONDS
        self._failures = 0
        return True

    def _failed(self, error: HubError | DatasetFileError, now: int) -> None:
        """Says each kind of trouble once, and puts off the next push."""
        kind = error.kind if isinstance(error, HubError) else "damaged"
        delay = float(REFUSED_SECONDS)
        if kind in (BUSY, CONFLICT):
            delay = min(delay, PUSH_SECONDS * 2.0**self._failures) * random.uniform(0.75, 1.25)
            delay = max(delay, error.retry_after)
        self._failures = min(self._failures + 1, 10)
        self._next_push = now + delay
        if kind not in self._warned:
            self._warned.add(kind)
            log.warning("What is learned is not kept on the Hub; play goes on. Cause: %s", error)

    # ------------------------------------------------------------------------ there
    def _push(self, database: Database, now: int) -> None:
        for _ in range(CONFLICTS):
            commit = self._private_head(create=True)
            state = self._known_state(database, commit) or self._take_in(database, commit, now)
            with database.read() as run:
                plan = make_plan(run, state, self._anchor.sha256, self._send_fights)
            if plan.cut:  # first: should this process die after the commit, it is still owed
                with database.write() as run:
                    versions.put(run, CUT, commit)
            if plan.add or plan.remove:
                message = f"Mind {plan.after.live[:12]} after {plan.after.cycles} cycles"
                try:
                    commit = self._hub.commit(KIND, self._name, commit, plan.add, plan.remove, message)
                except HubError as error:
                    if error.kind == CONFLICT:
                        continue
                    raise
            with database.write() as run:
                remember(run, plan, commit)
            self._cut_if_due(database)
            return
        raise HubError(CONFLICT, f"others keep writing to {self._name}")

    def _private_head(self, create: bool) -> str | None:
        """The newest commit of the dataset, which is made if there is none; None if it is not to be made."""
        try:
            head = self._hub.head(KIND, self._name)
        except HubError as error:
            if error.kind != MISSING:
                raise
            if not create:
                return None
            self._hub.create(KIND, self._name, private=True)
            head = self._hub.head(KIND, self._name)
        if not head.private:
            raise HubError(REFUSED, f"the dataset {self._name} is public: make it private, or name another")
        return head.commit

    def _known_state(self, database: Database, commit: str) -> State | None:
        """What the Hub holds, if nobody has changed that since we looked, and nothing was lost here."""
        with database.read() as run:
            state = read_state(run)
            here = versions.next_number(run) - 1
        return state if state is not None and state.commit == commit and state.cycles <= here else None

    def _cut_if_due(self, database: Database) -> None:
        """Cuts the repository's own history where that is owed; its newest commit is then unknown to us."""
        with database.read() as run:
            owed = versions.get(run, CUT)
        if owed is None:
            return
        self._hub.squash(KIND, self._name, "What is held now")
        with database.write() as run:
            versions.put(run, CUT, None)
            versions.put(run, STATE, None)

    # ------------------------------------------------------------------------ and back
    def _restore(self, database: Database, now: int) -> None:
        commit = self._private_head(create=False)
        if commit is not None and self._known_state(database, commit) is None:
            self._take_in(database, commit, now)

    def _take_in(self, database: Database, commit: str, now: int) -> State:
        """Merges what a commit holds into the journal; returns it. Raises HubError, DatasetFileError."""
        sizes = self._hub.files(KIND, self._name, commit, dataset_files.MOST_FILES)
        paths = [path for path in sizes if dataset_files.is_ours(path)]
        if MANIFEST not in paths:
            state = State(commit, "", 0, 0, {})
            with database.write() as run:
                parts.forget_parts(run, but=())
                write_state(run, state)
            return state

        texts = {MANIFEST: self._read(commit, MANIFEST, dataset_files.MANIFEST_LIMIT)}
        manifest = dataset_files.manifest_from_bytes(texts[MANIFEST])
        for path in dataset_files.history_among(paths):
            texts[path] = self._read(commit, path, dataset_files.HISTORY_LIMIT)
        cycles = dataset_files.cycles_from_files(texts)
        if len(cycles) != manifest.cycles:
            raise DatasetFileError(f"{MANIFEST}: says {manifest.cycles} cycles, there are {len(cycles)}")
        taught = {}
        if TAUGHT in paths:
            texts[TAUGHT] = self._read(commit, TAUGHT, dataset_files.TAUGHT_LIMIT)
            taught = dataset_files.taught_from_bytes(texts[TAUGHT], len(cycles))
        with database.read() as run:
            here = parts.known_parts(run)
            known = {row["sha256"] for row in run("SELECT sha256 FROM minds")}
        fights = dict.fromkeys(dataset_files.parts_among(paths), ())
        for part in fights.keys() - here.keys():
            data = self._read(commit, dataset_files.part_path(part), dataset_files.PART_LIMIT)
            fights[part] = dataset_files.fights_from_part(part, data)
        minds = {}
        if manifest.anchor == self._anchor.sha256 and manifest.rules_version == RULES_VERSION:
            wanted = [sha256 for sha256 in manifest.versions if sha256 not in known]
            found = [self._read_mind(commit, sha256) for sha256 in wanted]
            minds = {mind.sha256: mind for mind in found if self._allowed(mind)}

        # all other files are named by what they hold
        digests = {path: path.partition("/")[2].partition(".")[0] for path in paths}
        digests |= {path: hashlib.sha256(data).hexdigest() for path, data in texts.items()}
        state = State(commit, manifest.live, len(cycles), manifest.commits, digests)
        merge(database, Found(manifest, cycles, minds, fights, taught), state, self._anchor, now)
        return state

    def _read(self, commit: str, path: str, limit: int) -> bytes:
        return self._hub.read(KIND, self._name, commit, path, limit)

    def _read_mind(self, commit: str, sha256: str) -> Mind:
        path = dataset_files.mind_path(sha256)
        try:
            return from_json(self._read(commit, path, dataset_files.MIND_LIMIT), sha256)
        except WeightsError as error:
            raise DatasetFileError(f"{path}: {error}") from error
