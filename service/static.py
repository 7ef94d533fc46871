"""The page's files: found once at the start, held in memory, served by exact address.

A request's path is looked up among these addresses and never becomes a path of the file system, so there is
nothing to traverse. Entity tags are hashes of the content and caches ask each time. Text is compressed once,
and sent so to whoever takes gzip: two thirds fewer bytes before the first fight.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from service.http import Request, Response, error_response, tag_matches

MIME_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wav": "audio/wav",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
PAGES = {"/": "/static/index.html", "/lab": "/static/lab/index.html"}  # short addresses and what is there
# A small flame, for browsers that ask for an icon by themselves.
FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<path fill="#b3261e" d="M17 1c1 6 9 9 9 18a10 10 0 0 1-20 0c0-5 3-7 4-11 2 1 3 3 3 5 3-3 4-7 4-12z"/>'
    '<path fill="#ffb13b" d="M17 13c0 4 4 5 4 9a5 5 0 0 1-10 0c0-3 2-4 2-6 1 1 2 2 2 3 1-2 2-4 2-6z"/>'
    "</svg>"
)
LEAST_ZIPPED = 400  # bytes: below, gzip saves nothing
COMMON = (("Cache-Control", "no-cache"), ("Accept-Ranges", "bytes"), ("Vary", "Accept-Encoding"))
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is sent."""

    content: bytes
    mime_type: str
    tag: str  # strong entity tag, quotes included
    zipped: bytes | None  # the content in gzip, where that is worth it
    zipped_tag: str


def make_file(content: bytes, mime_type: str) -> StaticFile:
    """A file with the tags of its content."""
    digest = hashlib.sha256(content).hexdigest()[:32]
    zipped = gzip.compress(content, mtime=0) if _is_text(mime_type) and len(content) >= LEAST_ZIPPED else None
    return StaticFile(content, mime_type, f'"{digest}"', zipped, f'"{digest}-gzip"')


def _is_text(mime_type: str) -> bool:
    return mime_type.startswith(("text/", "application/json", "application/manifest", "image/svg"))


def _takes_gzip(request: Request) -> bool:
    """Whether Accept-Encoding names gzip and does not refuse it (RFC 9110, 12.5.3)."""
    for entry in request.headers.get("accept-encoding", "").split(","):
        name, _, weight = entry.partition(";")
        if name.strip().lower() == "gzip":
            return re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight) is None
    return False


def find_files(web: Path, audio: Path) -> dict[str, StaticFile]:
    """Every servable file by its address: web/ under /static/, audio/ under /audio/, the pages by `PAGES`.

    Servable is a regular file of a known type whose path holds no hidden name and no link.
    """
    files = {"/favicon.ico": make_file(FAVICON.encode("ascii"), MIME_TYPES[".svg"])}
    for prefix, folder in (("/static/", web), ("/audio/", audio)):
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            steps = [folder.joinpath(*relative.parts[: n + 1]) for n in range(len(relative.parts))]
            if path.suffix not in MIME_TYPES or not path.is_file():
                continue
            if any(step.is_symlink() or step.name.startswith(".") for step in steps):
                continue
            files[prefix + quote(relative.as_posix())] = make_file(path.read_bytes(), MIME_TYPES[path.suffix])
    return files | {address: files[file] for address, file in PAGES.items() if file in files}


def serve_file(files: Mapping[str, StaticFile], request: Request) -> Response:
    """The file at a request's path: whole, not modified, or one range of its bytes."""
    file = files.get(request.path)
    if file is None:
        return error_response(404, "not_found", "There is no such file.")
    if file.zipped is not None and "range" not in request.headers and _takes_gzip(request):
        return _serve_zipped(file, request)
    headers = (("ETag", file.tag), *COMMON)
    if tag_matches(request, file.tag):
        return Response(304, headers)
    headers = (("Content-Type", file.mime_type), *headers)
    size = len(file.content)
    if request.method == "GET" and request.headers.get("if-range", file.tag) == file.tag:
        part = _range(request.headers.get("range"), size)
        if part == ():
            return error_response(
                416,
                "bad_range",
                "The range lies outside the file.",
                headers=(("Content-Range", f"bytes */{size}"),),
            )
        if part is not None:
            first, end = part
            where = ("Content-Range", f"bytes {first}-{end - 1}/{size}")
            return Response(206, (*headers, where), file.content[first:end])
    return Response(200, headers, file.content)


def _serve_zipped(file: StaticFile, request: Request) -> Response:
    headers = (("ETag", file.zipped_tag), *COMMON)
    if tag_matches(request, file.zipped_tag):
        return Response(304, headers)
    headers = (("Content-Type", file.mime_type), ("Content-Encoding", "gzip"), *headers)
    return Response(200, headers, file.zipped)


def _range(header: str | None, size: int) -> tuple[int, int] | tuple[()] | None:
    """First byte and end of a Range of one part; () when it lies outside, None when it is to be ignored."""
    match = _RANGE.fullmatch(header.strip()) if header is not None else None
    if match is None:
        return None
    first, last = match.groups()
    if first:
        start, end = int(first), min(int(last) + 1 if last else size, size)
        if last and int(last) < int(first):
            return None
    elif last:
        start, end = max(0, size - int(last)), size
    else:
        return None
    return (start, end) if start < end else ()
