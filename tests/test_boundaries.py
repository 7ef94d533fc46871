"""Who may import whom, what stays out of which part, and the form every file keeps.

Imports are read from the syntax trees of all modules, so a rule also holds for code that no test runs.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import features

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = {".git", ".hypothesis", ".venv", "__pycache__", "node_modules", "runs", "var"}
CORE = {"features", "duel_sim", "modular_mind"}
INSIDES = CORE | {"duel", "mind", "mm_grad", "mm_torch", "training", "service"}

# What each part may import: modules of the project, packages from elsewhere. None: whatever it likes.
# A new part gets its row here; a file may have one of its own.
ALLOWED: dict[str, tuple[set[str] | None, set[str] | None]] = {
    "features": (set(), {"numpy"}),
    "duel": ({"features", "duel"}, {"numpy", "numba"}),
    # an adapter for other people's trainers: nothing inside duel/ imports it
    "duel/environments.py": (CORE | {"duel", "training"}, {"numpy", "gymnasium", "pettingzoo"}),
    # pictures: loaded by the environments only when somebody asks for one
    "duel/drawing.py": ({"features", "duel"}, {"numpy", "PIL"}),
    "duel/figures.py": ({"features"}, {"PIL"}),
    "duel_sim": ({"features", "duel"}, {"numpy"}),
    "mind": ({"features", "mind"}, {"numpy"}),
    "modular_mind": ({"features", "mind"}, {"numpy"}),
    "mm_grad": (CORE, {"numpy"}),
    "mm_torch": (CORE, {"numpy", "torch"}),
    "training": (INSIDES - {"service"}, {"numpy", "rich"}),
    "training/remote.py": ({"training"}, {"ray"}),
    # names the commit that its results belong to, as the benchmarks do
    "training/study.py": ((INSIDES - {"service"}) | {"benchmarks"}, {"rich"}),
    "train": (INSIDES - {"service"}, {"rich"}),
    "service": (CORE | {"service", "narrator"}, {"numpy", "prometheus_client"}),
    # the one module that talks to the Hub, with the HTTP client that huggingface_hub is built on
    "service/hub.py": (set(), {"huggingface_hub", "httpx2"}),
    # the one dialect that needs a library
    "service/postgres.py": ({"service"}, {"sqlalchemy"}),
    # its own process: reads the journal, judges, gates, and moves the live pointer
    "learning": (INSIDES | {"learning"}, {"numpy"}),
    "online": (INSIDES | {"learning"}, {"numpy"}),
    "serve_local": (CORE | {"service"}, {"numpy"}),
    "app": (CORE | {"service"}, {"gradio", "uvicorn"}),
    "narrator": (CORE | {"narrator"}, None),
    # its runs end by Ctrl-C as those of the boss do, and name their commit as the benchmarks do
    "narrator/train.py": (CORE | {"narrator", "training", "benchmarks"}, None),
    "narrator/preferences.py": (CORE | {"narrator", "training"}, None),
    "rpg": (CORE | {"rpg", "narrator"}, None),
    "world_model": (CORE | {"world_model"}, None),
    "tools": (INSIDES | {"narrator", "tools"}, {"numpy", "PIL", "matplotlib", "soundfile", "playwright"}),
    # written as somebody else would who uses the environments by their ids, and the rules' numbers
    "examples": ({"features"}, {"gymnasium", "stable_baselines3"}),
    "benchmarks": (INSIDES | {"learning", "narrator", "tools", "benchmarks"}, None),
    # kills servers that it splits off from its own process: starting each anew would take far longer
    "benchmarks/crash_work.py": (INSIDES | {"benchmarks", "serve_local", "tools"}, None),
    "tests": (None, None),
}
# What trains the narrator's adapters, and runs them in torch.
TUNING = (
    "narrator/lora.py",
    "narrator/train.py",
    "narrator/preferences.py",
    "narrator/export.py",
    "narrator/parity.py",
    "narrator/backends/transformers_backend.py",
)
# Packages that only these files may import, tests and benchmarks included.
ONLY_IN = {
    "torch": ("mm_torch.py", *TUNING, "tests/", "benchmarks/"),
    "transformers": (*TUNING, "tests/"),
    "peft": (*TUNING, "tests/"),
    "gguf": (*TUNING, "tests/"),
    # loaded by name, when they are tried: narrator/backends/__init__.py
    "xllamacpp": ("narrator/backends/llama_cpp.py", "tests/", "benchmarks/"),
    "ray": ("training/remote.py", "tests/", "benchmarks/"),
    "numba": ("duel/batch.py",),
    "gradio": ("app.py",),
    "sqlalchemy": ("service/postgres.py", "tests/"),
    "prometheus_client": ("service/metrics.py", "tests/"),
    "huggingface_hub": (
        "service/hub.py",
        "narrator/backends/inference_api.py",
        "narrator/models.py",
        "tests/narrator/test_backends.py",
    ),
    "httpx2": ("service/hub.py",),
    "matplotlib": ("tools/",),
}
NUMBA_FACTORY = "compiled"  # the function of duel/batch.py that imports it
SIBLINGS = ("narrator", "rpg", "world_model")  # each sees of the others only the package itself
FACES_ONLY = (*SIBLINGS, "service")  # and so does the service of them

LINE_LIMIT = 600
CODE = {".py", ".js", ".css", ".html"}
TEXT = CODE | {".json", ".md", ".toml", ".txt", ".svg", ""}


def files(*suffixes: str) -> list[str]:
    """Paths of the project's files with these suffixes, relative and with forward slashes."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS and not name.endswith("_cache")]
        chosen = (name for name in names if Path(name).suffix in suffixes and name not in NOT_OURS)
        found += [Path(folder, name).relative_to(ROOT).as_posix() for name in chosen]
    return sorted(found)


def read(path: str) -> str:
    """The text of a file of the project."""
    return (ROOT / path).read_text("utf-8")


PYTHON_FILES = files(".py")
JS_FILES = [path for path in files(".js") if not path.startswith("web/gen/")]
PARTS = {path.partition("/")[0].removesuffix(".py") for path in PYTHON_FILES}


# ---------------------------------------------------------------------------- imports
def is_our_module(name: str) -> bool:
    """Whether a dotted name is a module of the project, and not what a module defines."""
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def imports(source: str) -> Iterator[tuple[str, str | None, int]]:
    """(dotted name, enclosing function, line) of every module that is imported."""

    def walk(node: ast.AST, function: str | None) -> Iterator[tuple[str, str | None, int]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from ((alias.name, function, child.lineno) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                module = "." * child.level + (child.module or "")
                yield module, function, child.lineno
                names = (f"{module}.{alias.name}" for alias in child.names)
                yield from ((name, function, child.lineno) for name in names if is_our_module(name))
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            yield from walk(child, child.name if inside else function)

    yield from walk(ast.parse(source), None)


def broken_rules(path: str, source: str) -> list[str]:
    """What a module imports against the rules, each with its line."""
    part = path if path in ALLOWED else path.partition("/")[0].removesuffix(".py")
    if part not in ALLOWED:
        return [f"{path}: {part} has no row in ALLOWED"]
    ours, theirs = ALLOWED[part]
    broken = []
    for name, function, line in imports(source):
        top, _, rest = name.partition(".")
        where = f"{path}:{line} imports {name}"
        if not top:
            broken.append(f"{where}: imports are absolute")
        elif top in sys.stdlib_module_names:
            continue
        elif top in PARTS | set(ALLOWED):
            if ours is not None and top not in ours:
                broken.append(where)
        elif theirs is not None and top not in theirs:
            broken.append(where)
        if not path.startswith(ONLY_IN.get(top, "")):
            broken.append(f"{where}: only in {', '.join(ONLY_IN[top])}")
        if top == "numba" and function != NUMBA_FACTORY:
            broken.append(f"{where}: only inside {NUMBA_FACTORY}()")
        home = path.partition("/")[0]
        if top in SIBLINGS and home in FACES_ONLY and home != top and rest:
            broken.append(f"{where}: only {top} itself")
    return broken


@pytest.mark.parametrize("path", PYTHON_FILES)
def test_a_module_imports_only_what_its_part_may(path):
    assert broken_rules(path, read(path)) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("features.py", "import duel_sim"),
        ("features.py", "from modular_mind import decide"),
        ("features.py", "import requests"),
        ("duel_sim.py", "from modular_mind import decide"),
        ("modular_mind.py", "from duel.kernel import step"),
        ("mm_grad.py", "import torch"),
        ("mm_grad.py", "from mind.files import save"),
        ("duel/batch.py", "import numba"),
        ("duel/batch.py", "def other():\n    from numba import njit"),
        ("duel/loops.py", "def compiled():\n    from numba import njit"),
        ("tests/test_anything.py", "from numba import njit"),
        ("duel/kernel.py", "from PIL import Image"),
        ("duel/environments.py", "from PIL import Image"),
        ("examples/anything.py", "from duel.kernel import step"),
        ("benchmarks/anything.py", "import gradio"),
        ("benchmarks/anything.py", "from matplotlib.figure import Figure"),
        ("service/routes.py", "import serve_local"),
        ("service/routes.py", "def late():\n    import online"),
        ("service/routes.py", "from huggingface_hub import HfApi"),
        ("service/dataset.py", "import httpx2"),
        ("tools/deploy.py", "from huggingface_hub import HfApi"),
        ("service/minds.py", "from . import routes"),
        ("service/narration.py", "from narrator.facts import Facts"),
        ("service/narration.py", "from narrator import backends"),
        ("serve_local.py", "import gradio"),
        ("app.py", "import torch"),
        ("train.py", "import torch"),
        ("training/selfplay.py", "import ray"),
        ("tools/make_kernel.py", "import torch"),
        ("tools/make_kernel.py", "from tests.conftest import browser"),
        ("rpg/turns.py", "from narrator.backends import Mock"),
        ("narrator/bard.py", "import rpg"),
        ("world_model/model.py", "from rpg import turns"),
        ("unheard_of/part.py", ""),
    ],
)
def test_the_rules_refuse(path, source):
    assert broken_rules(path, source) != []


def test_the_rules_allow_the_factory_the_hub_and_the_face_of_a_sibling():
    assert broken_rules("duel/batch.py", "def compiled():\n    from numba import njit") == []
    assert broken_rules("service/hub.py", "from huggingface_hub import HfApi") == []
    assert broken_rules("rpg/turns.py", "from narrator import speak") == []
    assert broken_rules("service/narration.py", "from narrator import verdict") == []


# ---------------------------------------------------------------------------- starting a server
START = """
import sys
from pathlib import Path
import {server}
import features
from modular_mind import decide
from service.routes import Service
from service.settings import Config

config = Config(secret="x" * 16, data_dir=Path(sys.argv[1]))
{build}(config)
decide([0] * features.BOSS_OBSERVATION_SIZE, 0, 1)
print(*sorted({{name.partition(".")[0] for name in sys.modules}}))
"""


@pytest.mark.parametrize(
    ("server", "build", "absent"),
    [
        (
            "serve_local",
            "Service",
            {"torch", "numba", "gradio", "huggingface_hub", "httpx2", "transformers", "xllamacpp"},
        ),
        ("app", "app.build", {"torch", "numba", "transformers", "xllamacpp"}),
    ],
)
def test_a_server_starts_and_decides_without(server, build, absent, tmp_path):
    command = [sys.executable, "-c", START.format(server=server, build=build), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert {"numpy", "modular_mind", server} <= loaded
    assert loaded & absent == set()


# ---------------------------------------------------------------------------- the page
JS_NOISE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`""", re.DOTALL
)
JS_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']""")
WORLD = re.compile(
    r"\b(document|window|navigator|location|localStorage|sessionStorage|fetch|XMLHttpRequest|WebSocket"
    r"|requestAnimationFrame|setTimeout|setInterval|performance|Date|Math\s*\.\s*random|crypto)\b"
)


@pytest.mark.parametrize("path", [path for path in files(".js") if re.match("web/(sim|mind|gen)/", path)])
def test_the_page_s_simulator_and_mind_touch_no_document_clock_or_chance(path):
    source = read(path)
    part = path.split("/")[1]
    assert WORLD.findall(JS_NOISE.sub(" ", source)) == []
    for target in JS_IMPORT.findall(source):
        assert target.startswith(("./", "../gen/")), f"web/{part} may import itself and web/gen, not {target}"


def test_the_scan_for_the_document_sees_code_and_not_comments():
    assert WORLD.findall(JS_NOISE.sub(" ", 'const a = "document"; // window\n/* fetch */ let b = 1;')) == []
    assert WORLD.findall(JS_NOISE.sub(" ", "`window`; document.title = Math.random();")) == [
        "document",
        "Math.random",
    ]


# ---------------------------------------------------------------------------- form
@pytest.mark.parametrize("path", PYTHON_FILES)
def test_a_python_module_says_what_it_is_for(path):
    assert (ast.get_docstring(ast.parse(read(path))) or "").strip()


@pytest.mark.parametrize("path", JS_FILES)
def test_a_js_module_says_what_it_is_for(path):
    assert read(path).startswith(("// ", "/**"))


def test_files_stay_readable_in_one_go():
    lengths = {path: len(read(path).splitlines()) for path in files(*CODE) if not path.startswith("web/gen/")}
    assert {path: length for path, length in lengths.items() if length > LINE_LIMIT} == {}


def test_no_file_names_a_folder_of_one_machine():
    folders = re.compile(r"(?<![\w.])/(?:root|work|home|tmp|Users|opt)/|[A-Z]:\\\\?Users")
    named = {path: folders.findall(read(path)) for path in files(*TEXT)}
    assert {path: found for path, found in named.items() if found} == {}


@pytest.mark.parametrize(
    ("path", "generator"),
    [
        ("web/gen/kernel.js", "tools/make_kernel.py"),
        ("web/gen/rules.js", "tools/make_kernel.py"),
        ("web/gen/rules.json", "tools/make_kernel.py"),
        ("web/gen/lab.json", "tools/make_lab_data.py"),
        ("docs/rules.md", "tools/make_rules_page.py"),
        ("docs/benchmarks.md", "tools/run_benchmarks.py"),
        ("docs/specialists.md", "tools/make_specialist_maps.py"),
        ("docs/training_report.md", "tools/make_training_report.py"),
    ],
)
def test_a_generated_file_names_its_generator(path, generator):
    assert (ROOT / generator).is_file()
    assert f"Generated by {generator}; do not edit." in read(path)[:400]


# ---------------------------------------------------------------------------- names in features.py
def test_state_constants_are_the_indices_of_their_fields():
    visible = features.STATE_FIELDS[: features.VISIBLE_SIZE]
    for index, name in enumerate(features.STATE_FIELDS):
        snapshot = "seen_next_" if name.startswith("seen_next_") else "seen_"
        if name.startswith(snapshot):
            base = features.SEEN_NEXT if snapshot == "seen_next_" else features.SEEN
            assert index == base + visible.index(name.removeprefix(snapshot))
        else:
            assert getattr(features, name.upper()) == index
    assert len(set(features.STATE_FIELDS)) == features.STATE_SIZE == len(features.STATE_FIELDS)


@pytest.mark.parametrize(
    ("names", "prefix"),
    [
        ("MOVES", ""),
        ("KNIGHT_PHASES", "KNIGHT_"),
        ("BOSS_PHASES", "BOSS_"),
        ("OUTCOMES", ""),
        ("EVENTS_LIST", "EVENT_"),
        ("INPUT_NAMES", "INPUT_"),
    ],
)
def test_numbered_names_have_constants_of_their_number(names, prefix):
    bits = names in ("EVENTS_LIST", "INPUT_NAMES")
    for index, name in enumerate(getattr(features, names)):
        assert getattr(features, prefix + name.upper()) == (1 << index if bits else index), name


@pytest.mark.parametrize(
    ("constant", "field"),
    [
        ("OBSERVED_DISTANCE", "distance"),
        ("OBSERVED_GUARD", "boss_guard"),
        ("OBSERVED_COOLDOWN", "boss_cooldown"),
    ],
)
def test_observed_constants_are_the_indices_of_their_fields(constant, field):
    assert features.BOSS_OBSERVATION[getattr(features, constant)][0] == field
