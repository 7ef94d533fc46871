"""Talking to the Hugging Face Hub: repositories, their files, and commits that name their parent.

    hub = Hub(token)
    head = hub.head("dataset", "somebody/boss")              # newest commit, and whether it is private
    hub.commit("dataset", "somebody/boss", head.commit, {"manifest.json": b"..."}, (), "Version 7")

The one module that knows huggingface_hub, which is imported with the first request and not before. Every
request goes through `_patient_client`: it has time limits and a size limit, and asks again where the Hub is
busy or the connection breaks, with growing pauses, for as long as Retry-After says, up to a limit. Whatever
goes wrong is a `HubError` of one line in our own words: no text of the library or of the Hub is passed on,
since it might hold the token.
"""

import logging
import os
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MISSING, REFUSED, CONFLICT, BUSY, WRONG = (
    "missing",
    "refused",
    "conflict",
    "busy",
    "wrong",
)  # kinds of HubError

ATTEMPTS = 7  # of one request
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 20.0  # seconds; doubled from one attempt to the next
PATIENCE = 90.0  # seconds that the pauses of one call may add up to: a longer Retry-After ends it at once
CONNECT_SECONDS, SILENCE_SECONDS = 10.0, 30.0
ANSWER_SECONDS = 120.0  # for a whole answer, however it drips
ANSWER_LIMIT = 32 * 1024 * 1024  # bytes
MOST_REQUESTS = 2_000  # of one call: huggingface_hub itself asks again without end in one case
BUSY_STATUS = (408, 429, 500, 502, 503, 504)
CONFLICT_STATUS = (409, 412)
PROJECT = "modular-mind"

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_TOKEN = re.compile(r"[!-~]{1,512}")  # what may stand in a header; anything else would be quoted by an error
_SECONDS = re.compile(r"\d{1,6}", re.ASCII)


class HubError(Exception):
    """Why the Hub did not do what was asked, in one line; `kind` is one of the constants above."""

    def __init__(self, kind: str, message: str, retry_after: float = 0.0):
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after  # seconds the Hub asked us to stay away


@dataclass(frozen=True, slots=True)
class Head:
    """The newest commit of a repository."""

    commit: str
    private: bool


def is_name(text: str) -> bool:
    """Whether a text is the name of a repository: owner/name."""
    return _NAME.fullmatch(text) is not None and "--" not in text and ".." not in text


def is_token(text: str) -> bool:
    """Whether a text can be sent as a token."""
    return _TOKEN.fullmatch(text) is not None


class Hub:
    """The Hub as one account sees it. For one thread."""

    def __init__(self, token: str, endpoint: str | None = None, wait: Callable[[float], None] | None = None):
        """token: see `is_token`. endpoint: HF_ENDPOINT, or the Hub. wait: time.sleep, unless given."""
        if not is_token(token):
            raise HubError(REFUSED, "the token holds characters that no token has")
        self._token = token
        self._endpoint = endpoint or os.environ.get("HF_ENDPOINT") or None
        self._wait = wait or time.sleep
        self._patience = PATIENCE
        self._requests = 0

    # ------------------------------------------------------------------------ repositories
    def head(self, kind: str, name: str) -> Head:
        """The newest commit of a repository ("dataset" or "space"); HubError MISSING without one."""
        with self._calling(f"looking for {name}") as api:
            info = api.repo_info(name, repo_type=kind, timeout=SILENCE_SECONDS)
            # only what is certainly private counts as private
            return Head(_commit_hash(info.sha), info.private is True)

    def create(self, kind: str, name: str, private: bool) -> None:
        """Creates a repository; nothing happens to one that exists."""
        sdk = {"space_sdk": "gradio"} if kind == "space" else {}
        try:
            with self._calling(f"creating {name}") as api:
                api.create_repo(name, repo_type=kind, private=private, **sdk)
        except HubError as error:
            if error.kind != CONFLICT:  # it is there already
                raise

    def files(self, kind: str, name: str, commit: str, limit: int) -> dict[str, int]:
        """The size in bytes of every file of a commit, by path; HubError WRONG for more than `limit`."""
        found: dict[str, int] = {}
        with self._calling(f"listing {name}") as api:
            for entry in api.list_repo_tree(name, repo_type=kind, revision=commit, recursive=True):
                if hasattr(entry, "size"):  # folders have none
                    found[str(entry.path)] = int(entry.size)
                if len(found) > limit:
                    raise HubError(WRONG, f"{name} holds more than {limit} files")
        return found

    def read(self, kind: str, name: str, commit: str, path: str, limit: int) -> bytes:
        """A file of a commit; HubError WRONG for more than `limit` bytes."""
        with self._calling(f"reading {path} of {name}"):
            from huggingface_hub import get_session, hf_hub_url
            from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

            url = hf_hub_url(name, path, repo_type=kind, revision=commit, endpoint=self._endpoint)
            response = get_session().get(
                url, headers=build_hf_headers(token=self._token, library_name=PROJECT)
            )
            hf_raise_for_status(response)
            data = response.content
        if len(data) > limit:
            raise HubError(WRONG, f"{path} of {name} is larger than {limit} bytes")
        return data

    def commit(
        self,
        kind: str,
        name: str,
        parent: str,
        add: Mapping[str, bytes | Path],
        remove: Iterable[str],
        message: str,
    ) -> str:
        """Adds and removes files in one commit on top of `parent`; returns the new one.

        HubError CONFLICT if something else has been committed since.
        """
        with self._calling(f"writing to {name}") as api:
            from huggingface_hub import CommitOperationAdd, CommitOperationDelete

            operations = [CommitOperationDelete(path, is_folder=False) for path in remove]
            operations += [CommitOperationAdd(path, content) for path, content in add.items()]
            done = api.create_commit(
                name, operations, commit_message=message, repo_type=kind, parent_commit=parent
            )
            return _commit_hash(done.oid)

    def squash(self, kind: str, name: str, message: str) -> None:
        """Makes the newest commit the only one, so that what was removed is gone, large files included."""
        with self._calling(f"squashing {name}") as api:
            api.super_squash_history(name, repo_type=kind, commit_message=message)
            stored = list(api.list_lfs_files(name, repo_type=kind))
            if not stored:
                return
            tree = api.list_repo_tree(name, repo_type=kind, recursive=True)
            held = {entry.lfs.sha256 for entry in tree if getattr(entry, "lfs", None)}
            gone = [file for file in stored if file.file_oid not in held]
            api.permanently_delete_lfs_files(name, gone, repo_type=kind, rewrite_history=False)

    # ------------------------------------------------------------------------ requests
    @contextmanager
    def _calling(self, what: str) -> Iterator:
        """A huggingface_hub.HfApi whose faults come out as HubError."""
        # progress bars and calls home have no place in a server; read when the library is imported
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        import huggingface_hub
        from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RepositoryNotFoundError

        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # we say ourselves what happens
        self._patience = PATIENCE
        self._requests = 0
        huggingface_hub.set_client_factory(lambda: _patient_client(self))
        try:
            if huggingface_hub.is_offline_mode():
                raise HubError(BUSY, f"{what}: HF_HUB_OFFLINE is set")
            yield huggingface_hub.HfApi(self._endpoint, self._token, library_name=PROJECT)
        except HubError as error:
            raise HubError(error.kind, f"{what}: {error}", error.retry_after) from None
        except (RepositoryNotFoundError, EntryNotFoundError):
            raise HubError(MISSING, f"{what}: the Hub knows no such thing, or hides it") from None
        except HfHubHTTPError as error:
            status = error.response.status_code
            raise HubError(_kind(status), f"{what}: the Hub answered {status}") from None
        except Exception as error:  # whatever the library makes of an answer that it does not understand
            if isinstance(error.__cause__, HubError):  # it packs faults of its upload threads once more
                error = error.__cause__
                raise HubError(error.kind, f"{what}: {error}", error.retry_after) from None
            raise HubError(WRONG, f"{what}: {type(error).__name__} over the Hub's answer") from None
        finally:
            huggingface_hub.close_session()

    def count_request(self) -> None:
        """Called before each request of a call."""
        self._requests += 1
        if self._requests > MOST_REQUESTS:
            raise HubError(WRONG, "this takes too many requests")

    def pause(self, attempt: int, problem: str, retry_after: float) -> None:
        """Waits before a request is sent again; HubError BUSY where that has gone on for long enough.

        The pause is drawn at random, so that many servers that failed together do not return together.
        """
        pause = random.uniform(0.5, 1.0) * min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1))
        pause = max(pause, retry_after)
        self._patience -= pause
        if attempt >= ATTEMPTS or self._patience < 0:
            raise HubError(BUSY, f"the Hub {problem}", retry_after)
        self._wait(pause)


def _kind(status: int) -> str:
    if status in (401, 402, 403):
        return REFUSED
    if status == 404:
        return MISSING
    return CONFLICT if status in CONFLICT_STATUS else WRONG


def _commit_hash(value: object) -> str:
    if not (isinstance(value, str) and re.fullmatch("[0-9a-f]{40}", value)):
        raise HubError(WRONG, "the Hub names a commit that cannot be one")
    return value


@cache
def _tls():
    """What all clients trust; it takes a while to read."""
    import httpx2

    return httpx2.create_ssl_context()


def _patient_client(hub: Hub):
    """The HTTP client of one call, for huggingface_hub to use.

    huggingface_hub asks again by itself in some of its functions, for as long as it is told to and with real
    sleep; here every request of every function gets the same pauses and the same limits.
    """
    import httpx2

    class PatientClient(httpx2.Client):
        """Sends a request until it has a whole answer that is not "later"."""

        def send(self, request, **options):
            request.read()  # so that it can be sent again
            attempt = 0
            while True:
                attempt += 1
                hub.count_request()
                retry_after = 0.0
                try:
                    answer = _whole(super().send(request, **{**options, "stream": True}))
                except httpx2.TransportError as error:
                    problem = f"cannot be reached ({type(error).__name__})"
                else:
                    if answer.status_code not in BUSY_STATUS:
                        return answer
                    problem = f"answered {answer.status_code}"
                    stated = answer.headers.get("retry-after", "").strip()
                    retry_after = float(stated) if _SECONDS.fullmatch(stated) else 0.0
                hub.pause(attempt, problem, retry_after)

    def _whole(response):
        """The answer with its body read, within the limits."""
        until = time.monotonic() + ANSWER_SECONDS
        body = bytearray()
        with closing(response):
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise HubError(WRONG, "the Hub sends what it was asked not to compress")
            for part in response.iter_raw():
                body += part
                if len(body) > ANSWER_LIMIT:
                    raise HubError(WRONG, f"the Hub's answer is larger than {ANSWER_LIMIT} bytes")
                if time.monotonic() > until:
                    raise HubError(BUSY, "the Hub is too slow")
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            content=bytes(body),
            request=response.request,
            history=response.history,
        )

    return PatientClient(
        verify=_tls(),
        follow_redirects=True,
        timeout=httpx2.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
        # a compressed answer could be a thousand times as large as it looks
        headers={"Accept-Encoding": "identity"},
    )
