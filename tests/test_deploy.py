"""`make deploy`: a Space gets what it needs and nothing else, and what it got really starts."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import yaml
from hub_stand_in import OWNER, READER, WRITER, running_hub

from features import RULES_VERSION
from modular_mind import default_mind
from tools import deploy
from tools.servers import running_server

ROOT = Path(__file__).resolve().parent.parent
SPACE = f"{OWNER}/duel"
PLAIN_UPLOADS = {"HF_HUB_DISABLE_XET": "1"}  # large files by the protocol that can be stood in for
# the command as it is, but nobody waits for a Hub that is busy only by order
WITHOUT_WAITING = """
import sys, time
time.sleep = lambda seconds: None
from tools.deploy import main
sys.exit(main())
"""


@pytest.fixture(scope="module")
def content() -> dict[str, bytes]:
    """What would go."""
    return deploy.contents(ROOT)


@pytest.fixture
def hub():
    with running_hub() as stand_in:
        yield stand_in


def command(hub, *arguments: str, token: str | None = WRITER) -> subprocess.CompletedProcess:
    """Runs the command in a process of its own."""
    environment = {**os.environ, **PLAIN_UPLOADS, "HF_ENDPOINT": hub.url}
    environment.pop("HF_TOKEN", None)
    if token is not None:
        environment["HF_TOKEN"] = token
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_WAITING, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# ---------------------------------------------------------------------------- what goes
def test_only_what_runs_goes(content):
    tops = {path.partition("/")[0] for path in content}
    assert {"app.py", "README.md", "LICENSE", "requirements.txt", "service", "web", "audio"} <= tops
    assert not tops & {"tests", "tools", "benchmarks", "var", "runs", "examples", ".venv", ".git"}
    kinds = {Path(path).suffix for path in content}
    assert kinds <= {"", ".py", ".txt", ".md", ".npz", ".toml", ".gguf", *deploy.MIME_TYPES}
    assert not any("__pycache__" in path or "/." in path for path in content)
    data = {path for path in content if path.startswith(("docs/", "weights/")) or path.endswith(".toml")}
    assert data == set(deploy.DATA)
    assert set(deploy.ENTRIES) <= set(content)
    backends = {path.relative_to(ROOT).as_posix() for path in (ROOT / "narrator" / "backends").glob("*.py")}
    assert backends <= set(content)


def test_the_header_says_how_to_run_it(content):
    header = yaml.safe_load(content["README.md"].decode("utf-8").split("\n---\n")[0].removeprefix("---\n"))
    assert header["sdk"] == "gradio"
    assert header["app_file"] in content


def test_the_requirements_stand_alone(content):
    text = content["requirements.txt"].decode("utf-8")
    assert "-r " not in text
    packages = set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))
    assert {"numpy", "gradio", "huggingface_hub", "xllamacpp"} <= packages


def test_modules_are_found_wherever_they_are_imported(tmp_path):
    files = {
        "app.py": "from part import inner\ndef late():\n    import other.deep",
        "part/__init__.py": "",
        "part/inner.py": "import json",
        "part/unused.py": "",
        "other/__init__.py": "",
        "other/deep.py": "from app import late",
    }
    for path, source in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(source, "utf-8")
    assert deploy.modules(tmp_path) == sorted(set(files) - {"part/unused.py"})


def test_a_missing_file_is_said(tmp_path):
    (tmp_path / "app.py").write_text("", "utf-8")
    with pytest.raises(deploy.DeployError, match=r"README.md: No such file"):
        deploy.contents(tmp_path)


# ---------------------------------------------------------------------------- there
def test_what_was_pushed_starts_and_answers(hub, content, tmp_path):
    hub.fail(0.3, seed=4)
    done = command(hub, SPACE)
    assert (done.returncode, done.stderr) == (0, "")
    assert SPACE in done.stdout
    space = hub.repositories["space", SPACE]
    assert (space.sdk, space.private) == ("gradio", False)
    assert set(space.files) == {*content, ".gitattributes"}
    for path, data in space.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    assert {WRITER, None} == {request.token for request in hub.requests}, "none: large files go elsewhere"

    environment = {"SPACE_HOST": "somebody-duel.hf.space", "MM_HOST": "127.0.0.1", "PYTHONPATH": ""}
    with running_server("app", environment, tmp_path) as server:
        health = json.loads(get(server.url + "healthz"))
        page = get(server.url)
    assert health == {"ready": True, "weights": default_mind().sha256, "rules_version": RULES_VERSION}
    assert page == (ROOT / "web/index.html").read_bytes()

    narrator = subprocess.run(
        [sys.executable, "-m", "narrator"],
        cwd=tmp_path,
        env={**os.environ, "MM_NARRATOR_BACKEND": "llama.cpp", "PYTHONPATH": ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    ready = json.loads(narrator.stdout)["ready"]
    assert (ready["backend"], ready["tuned"]) == ("llama.cpp", True)


def get(url: str) -> bytes:
    """The body of an answer, as a Space's visitor asks."""
    with urllib.request.urlopen(urllib.request.Request(url), timeout=30) as response:
        return response.read()


def test_a_second_time_only_changes_go_and_what_is_not_needed_is_removed(hub):
    assert command(hub, SPACE).returncode == 0
    space = hub.repositories["space", SPACE]
    hub.write("space", SPACE, {"old.py": b"", "app.py": b"old"})
    uploads = [request for request in hub.requests if request.method == "PUT"]
    assert command(hub, SPACE).returncode == 0
    assert "old.py" not in space.files
    assert space.files["app.py"] == (ROOT / "app.py").read_bytes()
    assert len(space.commits) == 4
    assert [request for request in hub.requests if request.method == "PUT"] == uploads
    assert command(hub, SPACE).returncode == 0
    assert len(space.commits) == 4, "nothing has changed"


def test_a_dry_run_lists_everything_and_asks_nobody(hub, content):
    done = command(hub, SPACE, "--dry-run", token=None)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert {line.split(maxsplit=1)[1] for line in lines[:-1]} == set(content)
    assert f"{len(content)} files" in lines[-1]
    assert hub.requests == []


def test_a_space_that_holds_something_else_is_left_alone(hub):
    hub.add("space", SPACE, private=False, files={"main.py": b"mine"})
    done = command(hub, SPACE)
    assert done.returncode == 1
    assert "holds something else" in done.stderr
    assert len(hub.repositories["space", SPACE].commits) == 1


@pytest.mark.parametrize(
    ("space", "token", "said"),
    [
        (SPACE, None, "HF_TOKEN is not set"),
        (SPACE, "hf_two words", "characters that no token has"),
        ("duel", WRITER, "'duel' is no name of a Space"),
        ("a/b/c", WRITER, "is no name of a Space"),
        (SPACE, READER, "this token may not write there"),
        ("another/duel", WRITER, "this token may not write there"),
        (SPACE, "hf_unknown", "this token may not write there"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_without_the_token(hub, space, token, said):
    done = command(hub, space, token=token)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    assert token is None or token not in done.stderr
    assert hub.repositories == {}


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_make_hands_the_name_over():
    done = subprocess.run(
        ["make", "--no-print-directory", "-n", "deploy", "SPACE=owner/name", "ARGS=--dry-run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.splitlines()[-1].endswith("-m tools.deploy owner/name --dry-run")
