"""A stand-in for the Hugging Face Hub on a loopback address, for the real huggingface_hub client.

    with running_hub() as hub:
        Hub(WRITER, hub.url)                     # service.hub, or HF_ENDPOINT in a process of its own

It keeps repositories as lists of commits, speaks what the client asks for (repositories, trees, preupload,
LFS, commits with a parent, files, squashing), knows two accounts, records every request, and fails as often
as it is told to, from a seed: 429 with Retry-After, 500, 503, and connections that break before or after
the request was carried out.
"""

import base64
import hashlib
import json
import random
import re
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

OWNER = "somebody"
WRITER, READER, STRANGER = "hf_writerwriterwriter", "hf_readerreaderreader", "hf_strangerstranger"
ACCOUNTS = {WRITER: (OWNER, True), READER: (OWNER, False), STRANGER: ("another", True)}
FAULTS = ("429", "500", "503", "break_before", "break_after")
MOST_IN_A_ROW = 4
PAGE = 7  # entries of a tree in one answer: far fewer than the Hub's thousand, so that pages are turned
LARGE_SUFFIXES = (".png", ".npz", ".mp3", ".gz", ".woff2")  # what the Hub wants in large file storage
REGULAR_LIMIT = 10 * 1024 * 1024


@dataclass
class Repository:
    """A repository: its commits, each with all of its files."""

    private: bool
    commits: list[tuple[str, dict[str, bytes]]]
    large: set[str] = field(default_factory=set)  # paths in large file storage
    sdk: str | None = None

    @property
    def head(self) -> str:
        """The newest commit."""
        return self.commits[-1][0]

    @property
    def files(self) -> dict[str, bytes]:
        """The files of the newest commit."""
        return self.commits[-1][1]


@dataclass(frozen=True)
class Recorded:
    """A request as it came."""

    method: str
    path: str
    token: str | None
    answered: int  # 0: the connection was broken


class StandIn:
    """The Hub's contents and its moods."""

    def __init__(self):
        self.url = ""
        self.repositories: dict[tuple[str, str], Repository] = {}  # by kind ("dataset", "space") and name
        self.large: dict[str, bytes] = {}  # by SHA-256
        self.requests: list[Recorded] = []
        self.fault_share = 0.0
        self.failed_in_a_row: Counter[str] = Counter()  # by method and address
        self.random = random.Random(0)
        self.retry_after = "1"
        self.spoiled: dict[str, bytes] = {}  # answered in place of what is at that path
        self.headers: dict[str, str] = {}  # sent with every answer
        self.files_at = ""  # another address that files are fetched from
        self.before_commit = None  # called once, before the next commit is carried out
        self.lock = threading.Lock()
        self._count = 0

    def fail(self, share: float, seed: int) -> None:
        """From now on this share of all requests fails; one and the same not too often, unless all do.

        Requests come in threads, so a seed does not say which of them fail: without that limit a client
        that gives up after some tries would now and then meet with that many failures in a row.
        """
        self.fault_share = share
        self.failed_in_a_row.clear()
        self.random = random.Random(seed)

    def next_fault(self, request: str) -> str | None:
        """What goes wrong with this request, "METHOD address", if anything does."""
        is_spared = self.fault_share < 1 and self.failed_in_a_row[request] >= MOST_IN_A_ROW
        if self.random.random() >= self.fault_share or is_spared:
            del self.failed_in_a_row[request]
            return None
        self.failed_in_a_row[request] += 1
        return self.random.choice(FAULTS)

    def add(
        self, kind: str, name: str, private: bool, files: Mapping[str, bytes] | None = None
    ) -> Repository:
        """A repository with a first commit, as the Hub makes it."""
        first = {".gitattributes": b"*.npz filter=lfs\n", **(files or {})}
        repository = Repository(private, [(self.new_commit(), first)])
        self.repositories[kind, name] = repository
        return repository

    def new_commit(self) -> str:
        """A commit's hash that was never given before."""
        self._count += 1
        return hashlib.sha1(str(self._count).encode("ascii")).hexdigest()

    def write(self, kind: str, name: str, files: Mapping[str, bytes | None]) -> None:
        """Somebody else commits: these files are written, those that are None are removed."""
        repository = self.repositories[kind, name]
        changed = {**repository.files, **files}
        changed = {path: data for path, data in changed.items() if data is not None}
        repository.commits.append((self.new_commit(), changed))

    def everything(self) -> bytes:
        """All that anybody could still get at: every file of every commit, and large file storage."""
        trees = [files for repository in self.repositories.values() for _, files in repository.commits]
        return b"\n".join([*(data for files in trees for data in files.values()), *self.large.values()])


class _Refusal(Exception):
    """An answer that is not what was asked for."""

    def __init__(self, status: int, code: str = "", message: str = "", **headers: str):
        super().__init__(message)
        self.status = status
        named = {"X-Error-Code": code, "X-Error-Message": message, **headers}
        self.headers = {name: value for name, value in named.items() if value}


_REPOSITORY = r"(?P<kind>dataset|space)s/(?P<name>[\w.-]+/[\w.-]+)"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet
    hub: StandIn  # set by running_hub

    def do_any(self) -> None:
        """Answers a request, or does not."""
        hub = self.hub
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        with hub.lock:
            fault = hub.next_fault(f"{self.command} {self.path}")
            if fault == "break_before":
                return self.break_off()
            if fault in ("429", "500", "503"):
                headers = {"Retry-After": hub.retry_after} if fault == "429" else {}
                return self.send(int(fault), b"later", headers)
            try:
                status, answer, headers = self.carry_out(body)
            except _Refusal as refusal:
                error = json.dumps({"error": str(refusal)}).encode("utf-8")
                status, answer, headers = refusal.status, error, refusal.headers
            if fault == "break_after":
                return self.break_off()
        self.send(status, answer, headers)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_any

    def send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """One answer."""
        self.record(status)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers, **self.hub.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def break_off(self) -> None:
        """No answer."""
        self.record(0)
        self.close_connection = True

    def record(self, status: int) -> None:
        """Writes a request down."""
        token = (self.headers.get("authorization") or "").removeprefix("Bearer ") or None
        self.hub.requests.append(Recorded(self.command, self.path, token, status))

    def log_message(self, *arguments) -> None:
        """Says nothing."""

    # ------------------------------------------------------------------------ what there is
    def carry_out(self, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers of the answer; raises _Refusal."""
        url = urlsplit(self.path)
        if url.path == "/api/repos/create" and url.path in self.hub.spoiled:
            return 409, self.hub.spoiled[url.path], {}
        if url.path in self.hub.spoiled:
            return 200, self.hub.spoiled[url.path], {}
        for method, pattern, function in ROUTES:
            match = pattern.fullmatch(unquote(url.path))
            if match is not None and method == self.command:
                answer = function(self, body, query=parse_qs(url.query), **match.groupdict())
                if isinstance(answer, bytes):
                    return 200, answer, {}
                return answer if isinstance(answer, tuple) else (200, json.dumps(answer).encode("utf-8"), {})
        raise _Refusal(404, message=f"the stand-in knows no {self.command} {url.path}")

    def account(self) -> tuple[str, bool]:
        """Name of the one who asks, and whether they may write; raises _Refusal."""
        token = (self.headers.get("authorization") or "").removeprefix("Bearer ")
        if token not in ACCOUNTS:
            raise _Refusal(401, message="Invalid credentials in Authorization header")
        return ACCOUNTS[token]

    def repository(self, kind: str, name: str, write: bool = False) -> Repository:
        """A repository that the account may see, or write; raises _Refusal."""
        account, may_write = self.account()
        found = self.hub.repositories.get((kind, name))
        mine = name.partition("/")[0] == account
        if found is None or (found.private and not mine):
            raise _Refusal(404, "RepoNotFound", "Repository not found")
        if write and not (mine and may_write):
            raise _Refusal(403, message=f"You have no rights to write to {name}")
        return found

    def tree(self, repository: Repository, revision: str) -> dict[str, bytes]:
        """The files of a revision; raises _Refusal."""
        if revision == "main":
            return repository.files
        for commit, files in repository.commits:
            if commit == revision:
                return files
        raise _Refusal(404, "RevisionNotFound", "No such revision")

    def create(self, body: bytes, query) -> dict:
        request = json.loads(body)
        account, may_write = self.account()
        name = f"{request['organization'] or account}/{request['name']}"
        if not may_write or name.partition("/")[0] != account:
            raise _Refusal(403, message="You don't have the rights to create a repository there")
        if (request["type"], name) in self.hub.repositories:
            raise _Refusal(409, message="You already created this repo")
        made = self.hub.add(request["type"], name, request.get("visibility") == "private")
        made.sdk = request.get("sdk")
        return {"url": f"{self.hub.url}/{request['type']}s/{name}"}

    def information(self, body: bytes, query, kind: str, name: str, revision: str = "main") -> dict:
        found = self.repository(kind, name)
        self.tree(found, revision)
        return {"id": name, "sha": found.head, "private": found.private, "siblings": []}

    def list_tree(self, body: bytes, query, kind: str, name: str, revision: str):
        found = self.repository(kind, name)
        files = sorted(self.tree(found, revision).items())
        first = int(query.get("cursor", ["0"])[0])
        page = []
        for path, data in files[first : first + PAGE]:
            entry = {"type": "file", "path": path, "size": len(data), "oid": _git_hash(data)}
            if path in found.large:
                digest = hashlib.sha256(data).hexdigest()
                entry["lfs"] = {"oid": digest, "size": len(data), "pointerSize": 134}
            page.append(entry)
        headers = {}
        if first + PAGE < len(files):
            url = f"{self.hub.url}{urlsplit(self.path).path}?recursive=true&cursor={first + PAGE}"
            headers["Link"] = f'<{url}>; rel="next"'
        return 200, json.dumps(page).encode("utf-8"), headers

    def preupload(self, body: bytes, query, kind: str, name: str, revision: str) -> dict:
        found = self.repository(kind, name, write=True)
        answer = []
        for file in json.loads(body)["files"]:
            path = file["path"]
            large = path.endswith(LARGE_SUFFIXES) or file["size"] > REGULAR_LIMIT
            there = self.tree(found, revision).get(path)
            digest = hashlib.sha256(there or b"").hexdigest() if large else _git_hash(there or b"")
            answer.append(
                {
                    "path": path,
                    "uploadMode": "lfs" if large else "regular",
                    "shouldIgnore": False,
                    "oid": None if there is None else digest,
                }
            )
        return {"files": answer}

    def large_batch(self, body: bytes, query, kind: str, name: str) -> dict:
        self.repository(kind, name, write=True)
        objects = []
        for wanted in json.loads(body)["objects"]:
            if wanted["oid"] not in self.hub.large:
                wanted["actions"] = {"upload": {"href": f"{self.hub.url}/large/{wanted['oid']}"}}
            objects.append(wanted)
        return {"transfer": "basic", "objects": objects}

    def large_upload(self, body: bytes, query, digest: str) -> dict:
        if hashlib.sha256(body).hexdigest() != digest:
            raise _Refusal(400, message="not what was announced")
        self.hub.large[digest] = body
        return {}

    def commit(self, body: bytes, query, kind: str, name: str, revision: str) -> dict:
        interloper, self.hub.before_commit = self.hub.before_commit, None
        if interloper is not None:
            interloper()
        found = self.repository(kind, name, write=True)
        lines = [json.loads(line) for line in body.splitlines()]
        header = lines[0]["value"]
        if header.get("parentCommit") not in (None, found.head):
            raise _Refusal(412, message="A commit has happened since. Please refresh and try again.")
        files = dict(found.files)
        for line in lines[1:]:
            value, path = line["value"], line["value"]["path"]
            if line["key"] == "file":
                files[path] = base64.b64decode(value["content"], validate=True)
            elif line["key"] == "lfsFile":
                if value["oid"] not in self.hub.large:
                    raise _Refusal(400, message="a large file was not uploaded")
                files[path] = self.hub.large[value["oid"]]
                found.large.add(path)
            elif line["key"] == "deletedFile" and path in files:
                del files[path]
            else:
                raise _Refusal(404, "EntryNotFound", "A file with this name doesn't exist")
        found.commits.append((self.hub.new_commit(), files))
        return {"commitUrl": f"{self.hub.url}/{kind}s/{name}/commit/{found.head}", "commitOid": found.head}

    def squash(self, body: bytes, query, kind: str, name: str, revision: str) -> dict:
        found = self.repository(kind, name, write=True)
        found.commits = [(self.hub.new_commit(), found.files)]
        return {}

    def large_list(self, body: bytes, query, kind: str, name: str) -> list:
        self.repository(kind, name, write=True)
        return [
            {
                "fileOid": digest,
                "filename": "?",
                "oid": digest,
                "pushedAt": "2026-01-01T00:00:00.000Z",
                "size": len(data),
            }
            for digest, data in self.hub.large.items()
        ]

    def large_delete(self, body: bytes, query, kind: str, name: str) -> dict:
        self.repository(kind, name, write=True)
        for digest in json.loads(body)["deletions"]["sha"]:
            self.hub.large.pop(digest, None)
        return {}

    def validate_card(self, body: bytes, query) -> dict:
        card = json.loads(body)
        if card["repoType"] == "space" and "\nsdk: gradio\n" not in card["content"]:
            raise _Refusal(400, message="no sdk")
        return {"errors": [], "warnings": []}

    def resolve(self, body: bytes, query, kind: str, name: str, revision: str, path: str):
        if self.hub.files_at:
            return 302, b"", {"Location": f"{self.hub.files_at}{self.path}"}
        files = self.tree(self.repository(kind, name), revision)
        data = self.hub.spoiled.get(path, files.get(path))
        if data is None:
            raise _Refusal(404, "EntryNotFound", "No such file")
        return 200, data, {"X-Repo-Commit": revision, "ETag": f'"{_git_hash(data)}"'}


def _git_hash(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


ROUTES = tuple(
    (method, re.compile(pattern), function)
    for method, pattern, function in (
        ("POST", "/api/repos/create", _Handler.create),
        ("POST", "/api/validate-yaml", _Handler.validate_card),
        ("GET", f"/api/{_REPOSITORY}", _Handler.information),
        ("GET", f"/api/{_REPOSITORY}/revision/(?P<revision>main)", _Handler.information),
        ("GET", f"/api/{_REPOSITORY}/tree/(?P<revision>\\w+)", _Handler.list_tree),
        ("POST", f"/api/{_REPOSITORY}/preupload/(?P<revision>\\w+)", _Handler.preupload),
        ("POST", f"/api/{_REPOSITORY}/commit/(?P<revision>\\w+)", _Handler.commit),
        ("POST", f"/api/{_REPOSITORY}/super-squash/(?P<revision>\\w+)", _Handler.squash),
        ("GET", f"/api/{_REPOSITORY}/lfs-files", _Handler.large_list),
        ("POST", f"/api/{_REPOSITORY}/lfs-files/batch", _Handler.large_delete),
        ("POST", f"/{_REPOSITORY}.git/info/lfs/objects/batch", _Handler.large_batch),
        ("PUT", "/large/(?P<digest>[0-9a-f]{64})", _Handler.large_upload),
        ("GET", f"/{_REPOSITORY}/resolve/(?P<revision>\\w+)/(?P<path>.+)", _Handler.resolve),
    )
)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address) -> None:
        """A client may go when it likes; everything else is a fault of the stand-in."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def running_hub() -> Iterator[StandIn]:
    """A stand-in that answers on a port of its own until the block ends."""
    hub = StandIn()
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = _Server(("127.0.0.1", 0), handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
