"""The page's files: what is served and what never is, validators, ranges, types."""

import gzip
import hashlib
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


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.5, *;q=0", "GZIP"])
def test_who_takes_gzip_gets_text_in_it(server, accepted):
    plain = call(server, "GET", FILE)
    zipped = call(server, "GET", FILE, headers={"Accept-Encoding": accepted})
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped.body) == plain.body
    assert len(zipped.body) < 0.5 * len(plain.body)
    assert zipped.headers["etag"] != plain.headers["etag"]
    assert {reply.headers["vary"] for reply in (plain, zipped)} == {"Accept-Encoding"}
    check_reply("GET", FILE, zipped)
    headers = {"Accept-Encoding": accepted, "If-None-Match": zipped.headers["etag"]}
    assert call(server, "GET", FILE, headers=headers).status == 304


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q = 0.000", "xgzip"])
def test_who_does_not_take_gzip_gets_none(server, accepted):
    reply = call(server, "GET", FILE, headers={"Accept-Encoding": accepted})
    assert "content-encoding" not in reply.headers
    assert reply.body == call(server, "GET", FILE).body


def test_ranges_and_pictures_are_never_zipped(server):
    headers = {"Accept-Encoding": "gzip", "Range": "bytes=0-99"}
    part = call(server, "GET", FILE, headers=headers)
    assert (part.status, len(part.body)) == (206, 100)
    assert "content-encoding" not in part.headers
    picture = call(server, "GET", "/static/assets/knight.png", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in picture.headers


@pytest.mark.parametrize(("address", "file"), [("/", "index.html"), ("/lab", "lab/index.html")])
def test_a_short_address_is_its_page(server, address, file):
    page = call(server, "GET", address)
    assert page.status == 200
    assert page.body == (ROOT / "web" / file).read_bytes()
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


@pytest.mark.parametrize("address", ["/", "/lab"])
def test_what_a_page_loads_is_served_and_nothing_is_inline(server, address):
    page = PageCheck()
    page.feed(call(server, "GET", address).body.decode())
    assert page.inline == []
    assert page.loaded
    for loaded in page.loaded:
        assert call(server, "GET", loaded).status == 200, loaded


@pytest.mark.parametrize("address", ["/", "/lab", FILE, "/favicon.ico"])
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


# ---------------------------------------------------------------------------- the list of files
def test_only_plain_files_of_known_types_are_listed(tmp_path):
    web, audio = tmp_path / "web", tmp_path / "audio"
    for name in (
        "index.html",
        "lab/index.html",
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
        "/lab",
        "/favicon.ico",
        "/static/index.html",
        "/static/lab/index.html",
        "/static/a%20b.js",
        "/static/deep/er/style.css",
        "/audio/hit.mp3",
    }
    assert files["/"].content == b"index.html"
    assert files["/lab"].content == b"lab/index.html"
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
