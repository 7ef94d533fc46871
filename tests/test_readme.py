"""The README and its neighbours say nothing that is not there: commands, variables, keys, numbers, links."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

import modular_mind
from features import (
    AEGIS_TICKS,
    BOSS_OBSERVATION_SIZE,
    EXPLORE_ONE,
    SPECIALISTS,
    TICKS_PER_SECOND,
    TIERS,
)

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
HEADER, BODY = README.removeprefix("---\n").split("\n---\n", 1)
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").glob("*.md"))
PAGES_OF_COMMANDS = [page for page in PAGES if page.name != "CHANGELOG.md"]
SPACE_COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
# What the README calls keys; others are called as they are, less "Key".
KEY_LABELS = {"ArrowLeft": "←", "ArrowRight": "→", "ShiftLeft": "Shift", "NumpadEnter": "Enter"}


def page_id(page: Path) -> str:
    """A page's name in the list of tests."""
    return page.name


def as_numbers(version: str) -> tuple[int, ...]:
    """A dotted version, comparable."""
    return tuple(int(part) for part in version.split("."))


def table_under(heading: str) -> dict[str, str]:
    """The first two columns of the table under a heading of the README, without code marks."""
    part = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", BODY, re.DOTALL | re.MULTILINE).group(1)
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
    return {row[0].strip().replace("`", ""): row[1].strip() for row in rows[2:]}


# ---------------------------------------------------------------------------- the Space
def test_the_header_makes_the_repository_a_space():
    header = yaml.safe_load(HEADER)
    assert header["sdk"] == "gradio"
    assert header["app_file"] == "app.py"
    assert (ROOT / header["app_file"]).is_file()
    assert {header["colorFrom"], header["colorTo"]} <= SPACE_COLOURS
    assert header["license"] == "mit"
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License")
    assert 0 < len(header["short_description"]) <= 60
    assert len(header["emoji"]) == 1
    assert ord(header["emoji"]) >= 0x1F300
    assert all(isinstance(tag, str) for tag in header["tags"])
    assert isinstance(header["title"], str)
    assert header["pinned"] in (True, False)


def test_the_page_says_how_long_the_aegis_lasts():
    words = ["no", "one", "two", "three", "four", "five", "six"]
    lessons = (ROOT / "web" / "ui" / "lessons.js").read_text("utf-8")
    assert f"In a fight it lasts {words[AEGIS_TICKS // TICKS_PER_SECOND]} seconds." in lessons


def test_the_space_installs_the_gradio_and_python_that_the_requirements_name():
    header = yaml.safe_load(HEADER)
    pinned = re.search(r"^gradio==(\S+)", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    assert header["sdk_version"] == pinned.group(1)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    least = project["requires-python"].removeprefix(">=")
    assert as_numbers(header["python_version"]) >= as_numbers(least)
    assert f"Python {least} or newer" in BODY


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-local.txt", "requirements-train.txt"])
def test_requirements_are_pinned_and_neither_servers_nor_training_need_torch(name):
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text("utf-8").splitlines()]
    packages = [line for line in lines if line and not line.startswith("-r ")]
    assert packages
    assert all(re.fullmatch(r"[\w.-]+(\[\w+\])?==[\w.]+", package) for package in packages)
    assert not any(package.startswith("torch") for package in packages)


# ---------------------------------------------------------------------------- commands
def test_every_make_command_exists_and_the_readme_has_them_all():
    targets = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE))
    told = {
        target
        for page in PAGES_OF_COMMANDS
        for target in re.findall(r"(?:`|^)make ([a-z]+)", page.read_text("utf-8"), re.MULTILINE)
    }
    assert told <= targets
    assert targets - {"help"} <= set(re.findall(r"make ([a-z]+)", BODY))
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE).group(1).split()
    assert targets <= set(phony)


@pytest.mark.parametrize("page", PAGES_OF_COMMANDS, ids=page_id)
def test_every_python_command_exists(page):
    text = page.read_text("utf-8")
    for name in re.findall(r"python3? ((?:\w+/)*\w+\.py)", text):
        assert (ROOT / name).is_file(), name
    for name in re.findall(r"python3? -m ([a-z_]+\.[a-z_]+)\b", text):
        assert (ROOT / name.replace(".", "/")).with_suffix(".py").is_file(), name
    for name in re.findall(r"install -r (\S+\.txt)", text):
        assert (ROOT / name).is_file(), name


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_link_leads_to_a_file_or_a_heading(page):
    text = page.read_text("utf-8")
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif not target.startswith("https://"):
            assert (page.parent / target.partition("#")[0]).is_file(), target


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_text_is_whole(page):
    text = page.read_text("utf-8")
    assert not re.search("\ufffd|\u00c3[\u0080-\u00bf]|\u00e2\u0080|\u00f0\u0178", text)


# ---------------------------------------------------------------------------- variables and layout
def variables_in_code() -> set[str]:
    """The project's own environment variables, as string literals of the code that is shipped."""
    names = set()
    shipped = [*ROOT.glob("*.py")]
    for package in ROOT.glob("*/__init__.py"):
        shipped += package.parent.rglob("*.py")
    for path in shipped:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                names |= set(re.findall(r"^MM_[A-Z_]+$", node.value))
    return names


def test_the_configuration_table_has_every_variable_and_no_other():
    names = variables_in_code()
    assert "MM_PORT" in names
    assert {name for name in table_under("Configuration") if name.startswith("MM_")} == names
    assert set(re.findall(r"\bMM_[A-Z_]+", BODY)) == names


def test_ports_are_the_servers():
    for module in ("serve_local", "app"):
        source = (ROOT / f"{module}.py").read_text("utf-8")
        port = re.search(r"^DEFAULT_PORT = (\d+)$", source, re.MULTILINE).group(1)
        assert f"http://localhost:{port}" in BODY
        assert port in table_under("Configuration")["MM_PORT"]
        assert f"http://localhost:{port}" in MAKEFILE


def test_the_layout_table_names_every_part():
    told = {name.strip() for names in table_under("Layout") for name in names.split(",")}
    assert all((ROOT / name).exists() for name in told)
    packages = {path.parent.name + "/" for path in ROOT.glob("*/__init__.py")}
    assert packages | {path.name for path in ROOT.glob("*.py")} <= told


# ---------------------------------------------------------------------------- what it says about the game
def test_the_controls_are_the_page_s():
    bindings = (ROOT / "web/input/bindings.js").read_text("utf-8")
    keyboard = re.search(r"^  keyboard: \{\n(    left: .*?)\n  \},", bindings, re.DOTALL | re.MULTILINE)
    codes = [*re.findall(r'"(\w+)"', keyboard.group(1)), "Escape"]
    labels = {KEY_LABELS.get(code, code.removeprefix("Key")) for code in codes}
    told = " ".join(table_under("Controls"))
    assert labels == set(re.findall(r"[←→]|[A-Z]\w*", told))


def test_the_mistake_rates_are_the_manifest_s():
    explore = json.loads((ROOT / "weights/manifest.json").read_text("utf-8"))["explore"]
    rates = {tier.lower(): text for tier, text in table_under("Tiers").items()}
    assert rates == {tier: f"{explore[tier] / EXPLORE_ONE:.0%}" for tier in TIERS}


def test_the_mind_is_as_large_as_it_says():
    assert f"{modular_mind.PARAMETER_COUNT:,} parameters" in BODY
    assert f"{BOSS_OBSERVATION_SIZE} numbers" in BODY
    assert all(name in BODY for name in SPECIALISTS)
    assert TICKS_PER_SECOND == 60, "docs/architecture.md says how many ticks a second has"
