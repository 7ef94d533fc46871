"""The page's files: what is served and what never is, validators, ranges, types."""

import hashlib
import random
from html.parser import HTMLParser

import pytest
from http_client import call
from openapi import check_reply

from service.http import SECURITY_HEADERS, Request
from service.static import MIME_TYPES, find_files, serve_file
from tools.servers import ROOT

FILE = "/static/gen/rules.js"


def published():
    """Address and path of every file that should be served."""
    for prefix, folder in (("/static/", ROOT / "web"), ("/audio/", ROOT / "audio")):
        for path in sorted(folder.rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
            if path.is_file() and path.suffix in MIME_TYPES and not hidden:
                yield prefix + path.relative_to(folder).as_posix(), path


def test_every_file_is_served_with_its_type_and_tag(server):
    files = dict(published())
    assert FILE in files
    for address, path in files.items():
        reply = call(server, "GET", address)
        assert reply.status == 200
        assert reply.body == path.read_bytes()
        assert reply.headers["content-type"] == MIME_TYPES[path.suffix]
        assert reply.headers["cache-control"] == "no-cache"
        for name, value in SECURITY_HEADERS:
            assert reply.headers[name.lower()] == value
        check_reply("GET", address, reply)


def test_the_root_is_the_page(server):
    page = call(server, "GET", "/")
    assert page.status == 200
    assert page.body == (ROOT / "web" / "index.html").read_bytes()
    assert page.headers["content-type"] == "text/html; charset=utf-8"


class PageCheck(HTMLParser):
    """Collects what the page loads, and what its content security policy would refuse."""

    def __init__(self):
        super().__init__()
        self.loaded: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        source = attributes.get("src") if tag != "link" else attributes.get("href")
        if source is not None:
            self.loaded.append(source)
        if tag == "style" or (tag == "script" and "src" not in attributes):
            self.inline.append(tag)
        self.inline += [name for name in attributes if name == "style" or name.startswith("on")]


def test_what_the_page_loads_is_served_and_nothing_is_inline(server):
    page = PageCheck()
    page.feed(call(server, "GET", "/").body.decode())
    assert page.inline == []
    assert page.loaded
    for address in page.loaded:
        assert call(server, "GET", address).status == 200, address


@pytest.mark.parametrize("address", ["/", FILE, "/favicon.ico"])
def test_head_is_get_without_the_body(server, address):
    whole, head = call(server, "GET", address), call(server, "HEAD", address)
    assert head.status == 200
    assert head.body == b""
    for name in ("content-length", "content-type", "etag"):
        assert head.headers[name] == whole.headers[name]
    assert int(head.headers["content-length"]) == len(whole.body)


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_a_current_copy_is_not_sent_again(server, form):
    tag = call(server, "GET", FILE).headers["etag"]
    reply = call(server, "GET", FILE, headers={"If-None-Match": form.format(tag)})
    assert (reply.status, reply.body, reply.headers["etag"]) == (304, b"", tag)
    check_reply("GET", FILE, reply)


def test_an_old_copy_is_sent_again(server):
    assert call(server, "GET", FILE, headers={"If-None-Match": '"old"'}).status == 200


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-99", slice(0, 100)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-50", slice(-50, None)),
        ("bytes=5-999999999", slice(5, None)),
        ("bytes=-999999999", slice(0, None)),
    ],
)
def test_a_range_is_sent_alone(server, header, part):
    whole = call(server, "GET", FILE).body
    reply = call(server, "GET", FILE, headers={"Range": header})
    assert reply.status == 206
    assert reply.body == whole[part]
    first = whole.index(whole[part]) if part.start == 0 else range(len(whole))[part].start
    assert reply.headers["content-range"] == f"bytes {first}-{first + len(reply.body) - 1}/{len(whole)}"
    check_reply("GET", FILE, reply)


@pytest.mark.parametrize("header", ["bytes=0-1,5-6", "bytes=9-3", "bytes=-", "bytes=a-b", "lines=1-2"])
def test_a_range_that_is_not_understood_is_ignored(server, header):
    assert call(server, "GET", FILE, headers={"Range": header}).status == 200


@pytest.mark.parametrize("header", ["bytes=999999999-", "bytes=-0"])
def test_a_range_outside_is_refused(server, header):
    reply = call(server, "GET", FILE, headers={"Range": header})
    assert reply.error() == (416, "bad_range", None)
    assert reply.headers["content-range"] == f"bytes */{(ROOT / 'web/gen/rules.js').stat().st_size}"
    check_reply("GET", FILE, reply)


def test_a_range_of_another_version_is_the_whole_file(server):
    tag = call(server, "GET", FILE).headers["etag"]
    ranged = {"Range": "bytes=0-9"}
    assert call(server, "GET", FILE, headers={**ranged, "If-Range": tag}).status == 206
    assert call(server, "GET", FILE, headers={**ranged, "If-Range": '"old"'}).status == 200


def traversals() -> list[str]:
    """Addresses that lead out of the published folders, or to what is beside them, in some server."""
    targets = [
        "features.py",
        "weights/manifest.json",
        ".git/HEAD",
        "var/ticket.key",
        "etc/passwd",
        "pyproject.toml",
    ]
    ups = [
        "..",
        "%2e%2e",
        "%2E%2E",
        ".%2e",
        "%252e%252e",
        "..;",
        "....",
        "..%00",
        "%c0%ae%c0%ae",
        "..%5c",
        "..\\",
    ]
    separators = ["/", "%2f", "%5c", "\\", "//", "/./"]
    addresses = [
        f"/{folder}{separator}{separator.join([up] * depth)}{separator}{target}"
        for folder in ("static", "audio", "static/gen", "mind")
        for up in ups
        for separator in separators
        for depth in (1, 2, 6)
        for target in targets
    ]
    plain = [f"/{target}" for target in targets] + [f"//{target}" for target in targets]
    absolute = [f"/static//{ROOT.as_posix()}/{target}" for target in targets]
    return plain + absolute + random.Random(7).sample(addresses, 300)


def test_no_traversal_is_served(server):
    addresses = traversals()
    assert len(addresses) > 300
    for address in addresses:
        reply = call(server, "GET", address)
        assert reply.error() == (404, "not_found", None), address


# ---------------------------------------------------------------------------- the list of files
def test_only_plain_files_of_known_types_are_listed(tmp_path):
    web, audio = tmp_path / "web", tmp_path / "audio"
    for name in (
        "index.html",
        "a b.js",
        "deep/er/style.css",
        "notes.py",
        ".hidden.js",
        ".git/config.json",
        "none",
    ):
        path = web / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    audio.mkdir()
    (audio / "hit.mp3").write_bytes(b"sound")
    (tmp_path / "secret.json").write_bytes(b"{}")
    (web / "link.json").symlink_to(tmp_path / "secret.json")
    (web / "folder").symlink_to(tmp_path, target_is_directory=True)
    files = find_files(web, audio)
    assert set(files) == {
        "/",
        "/favicon.ico",
        "/static/index.html",
        "/static/a%20b.js",
        "/static/deep/er/style.css",
        "/audio/hit.mp3",
    }
    assert files["/"].content == b"index.html"
    assert files["/audio/hit.mp3"].mime_type == "audio/mpeg"


def test_a_page_that_is_missing_is_not_found(tmp_path):
    files = find_files(tmp_path, tmp_path)
    assert serve_file(files, Request("GET", "/", {}, "127.0.0.1")).status == 404


def test_tags_change_with_the_content(tmp_path):
    path = tmp_path / "a.js"
    path.write_bytes(b"1")
    before = find_files(tmp_path, tmp_path)["/static/a.js"]
    path.write_bytes(b"2")
    after = find_files(tmp_path, tmp_path)["/static/a.js"]
    assert before.tag != after.tag
    assert before.tag.strip('"') == hashlib.sha256(b"1").hexdigest()[:32]
