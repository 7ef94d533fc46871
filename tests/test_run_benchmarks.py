"""The collector of benchmarks: which it finds, what it reads, what it writes."""

import json
import platform
import socket
from pathlib import Path

import pytest

from benchmarks.common import report
from tools import run_benchmarks

MODULE = '"""How fast it is.\n\nMore.\n"""\nif __name__ == "__main__":\n    print()\n'

ABACUS = {"machine": "abacus"}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "beta.py").write_text(MODULE, "utf-8")
    (tmp_path / "alpha.py").write_text(MODULE, "utf-8")
    (tmp_path / "common.py").write_text('"""Shared."""\n', "utf-8")
    (tmp_path / "alpha.js").write_text("// if __name__\n", "utf-8")
    return tmp_path


def test_benchmarks_are_the_modules_that_run(folder):
    assert run_benchmarks.benchmarks(folder) == ["alpha", "beta"]
    assert "decide" in run_benchmarks.benchmarks()


def test_figures_are_the_object_on_the_last_line():
    assert run_benchmarks.read_figures('progress\n{"a": 1}\n') == {"a": 1}


@pytest.mark.parametrize("output", ["", "\n", "fast\n", '{"a": 1}\ndone\n', "[1]\n", '{"a": \n'])
def test_other_output_is_refused(output):
    with pytest.raises(run_benchmarks.BenchmarkError, match="last line"):
        run_benchmarks.read_figures(output)


def test_rows_are_readable():
    figures = {
        "rate": 76_123_456.7,
        "ratio": 1.23456,
        "fights": 10_000,
        "passed": True,
        "commit": None,
        "inner": {"p50": 0.5, "name": "x" * 81},
        "histogram": {str(key): key for key in range(40)},
        "values": list(range(60)),
    }
    assert run_benchmarks.rows(figures) == [
        ("rate", "76,123,457"),
        ("ratio", "1.235"),
        ("fights", "10,000"),
        ("passed", "yes"),
        ("commit", "none"),
        ("inner.p50", "0.5"),
        ("inner.name", "81 values, see the JSON"),
        ("histogram", "40 values, see the JSON"),
        ("values", "60 values, see the JSON"),
    ]


def test_the_document_holds_every_object_whole(folder):
    results = {
        "alpha": {"x": 1, "commit": "c0ffee", "machine": "abacus"},
        "beta": {"y": [1, 2], "seeds": [7], "machine": "slide rule"},
    }
    text = run_benchmarks.document(results, folder)
    blocks = [part.partition("\n```")[0] for part in text.split("```json\n")[1:]]
    assert [json.loads(block) for block in blocks] == list(results.values())
    assert "## alpha\n\nHow fast it is.\n\nMeasured on: abacus.\n" in text
    assert run_benchmarks.documented(text) == results
    assert "| x | 1 |" in text
    assert "| commit |" not in text


def test_the_machine_is_described_without_names():
    machine = run_benchmarks.machine()
    assert f"Python {platform.python_version()}" in machine
    assert "numpy" in machine
    assert socket.gethostname() not in machine
    assert str(Path.home()) not in machine


def test_a_failure_leaves_the_document_and_names_the_benchmark(folder, tmp_path, monkeypatch, capsys):
    document = tmp_path / "benchmarks.md"
    document.write_text("before", "utf-8")

    def run(name):
        if name == "alpha":
            raise run_benchmarks.BenchmarkError("it ended with code 3")
        return {"x": 1}

    monkeypatch.setattr(run_benchmarks, "DOCUMENT", document)
    monkeypatch.setattr(run_benchmarks, "benchmarks", lambda: ["alpha", "beta"])
    monkeypatch.setattr(run_benchmarks, "is_long", lambda name: False)
    monkeypatch.setattr(run_benchmarks, "run", run)
    assert run_benchmarks.main([]) == 1
    assert document.read_text("utf-8") == "before"
    told = capsys.readouterr()
    assert "benchmarks.alpha failed: it ended with code 3" in told.err
    assert '{"x": 1}' in told.out

    assert run_benchmarks.main(["beta"]) == 0
    assert document.read_text("utf-8") == "before"


def test_a_long_benchmark_runs_only_when_asked_for_and_its_figures_stay(folder, tmp_path, monkeypatch):
    (folder / "marathon.py").write_text(MODULE.replace("if __name__", "LONG = True\n\nif __name__"), "utf-8")
    written, ran = tmp_path / "benchmarks.md", []
    monkeypatch.setattr(run_benchmarks, "DOCUMENT", written)
    monkeypatch.setattr(run_benchmarks, "FOLDER", folder)
    for function in ("benchmarks", "is_long", "document"):  # whose folder is an argument with a default
        whole = getattr(run_benchmarks, function)
        defaults = (folder,) * len(whole.__defaults__)
        monkeypatch.setattr(whole, "__defaults__", defaults)
    monkeypatch.setattr(run_benchmarks, "run", lambda name: ran.append(name) or {"run": len(ran), **ABACUS})

    def figures():
        found = run_benchmarks.documented(written.read_text("utf-8"))
        return {name: {"run": part["run"]} for name, part in found.items() if part.items() >= ABACUS.items()}

    assert run_benchmarks.main(["--long"]) == 0
    assert figures() == {"alpha": {"run": 1}, "beta": {"run": 2}, "marathon": {"run": 3}}
    assert run_benchmarks.main([]) == 0
    assert ran == ["alpha", "beta", "marathon", "alpha", "beta"]
    assert figures() == {"alpha": {"run": 4}, "beta": {"run": 5}, "marathon": {"run": 3}}
    assert run_benchmarks.main(["marathon"]) == 0
    assert ran[-1] == "marathon"
    assert figures()["marathon"] == {"run": 3}
    assert run_benchmarks.main(["beta", "--write"]) == 0
    assert figures() == {"alpha": {"run": 4}, "beta": {"run": 7}, "marathon": {"run": 3}}


def test_only_the_benchmarks_of_training_hostile_players_and_the_narrator_are_long():
    long = {name for name in run_benchmarks.benchmarks() if run_benchmarks.is_long(name)}
    assert long == {"narrator", "poison", "train"}


def test_what_is_run_names_its_machine(tmp_path, monkeypatch):
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "quick.py").write_text("print('{\"x\": 1}')", "utf-8")
    monkeypatch.setattr(run_benchmarks, "ROOT", tmp_path)
    assert run_benchmarks.run("quick") == {"x": 1, "machine": run_benchmarks.machine()}


def test_an_unknown_name_is_refused_with_those_that_exist(capsys):
    with pytest.raises(SystemExit) as caught:
        run_benchmarks.main(["nothing"])
    assert caught.value.code == 2
    assert "no such benchmark: nothing; there are " in capsys.readouterr().err


def test_no_figure_may_have_the_name_of_what_is_added():
    with pytest.raises(ValueError, match="would be lost: commit, seeds"):
        report({"seeds": 5, "commit": "c0ffee", "speed": 1})
