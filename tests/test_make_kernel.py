"""The generator of the page's rules: up-to-date files, refused constructs, and the same results in JS."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import features
from tools import make_kernel
from tools.kernel_subset import INT32_MAX, MASK32, Source, SubsetError
from tools.kernel_translator import translate

CONSTANTS = {"HEALTH": 3, "LIMIT": 100, "NEGATIVE": -2, "MASK32": MASK32}

# Seed, stream, index and the hash: pinned, since fights on record depend on them.
HASHES = (
    (0, 0, 0, 0),
    (0, 0, 1, 3066993600),
    (0, 1, 0, 483853395),
    (1, 1, 0, 3737309100),
    (7, 2, 5, 3354764325),
    (123456789, 3, 42, 4023375936),
    (INT32_MAX, 4, 1199, 3195362578),
    (INT32_MAX, MASK32, MASK32, 1176413922),
)

IMPORT_AND_CALL = """async ([text, rows]) => {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const module = await import(url);
  URL.revokeObjectURL(url);
  return rows.map((row) => module.f(...row));
}"""


HASH32 = """async (rows) => {
  const { hash32 } = await import("/static/gen/kernel.js");
  return rows.map((row) => hash32(...row));
}"""


@pytest.fixture(scope="module")
def page(browser, static_url):
    page = browser.new_page()
    page.goto(static_url)
    yield page
    page.close()


def run_python(source: str, rows: list) -> list:
    names = dict(CONSTANTS)
    exec(source, names)
    return [names["f"](*row) for row in rows]


def run_js(page, source: str, rows: list) -> list:
    return page.evaluate(IMPORT_AND_CALL, [translate([Source("snippet.py", source)], CONSTANTS), rows])


# ------------------------------------------------------------------------ the generated files
def test_generated_files_are_up_to_date():
    stale = make_kernel.stale_files(make_kernel.generate(), make_kernel.GENERATED)
    assert stale == [], "run python -m tools.make_kernel"


def test_the_check_names_stale_and_missing_files(tmp_path, capsys):
    directory = tmp_path / "web" / "gen"
    assert make_kernel.main([], directory) == 0
    assert make_kernel.main(["--check"], directory) == 0
    assert capsys.readouterr().out == ""
    with (directory / "kernel.js").open("a") as file:
        file.write("\n")
    (directory / "rules.json").unlink()
    assert make_kernel.main(["--check"], directory) == 1
    named = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert named == ["web/gen/kernel.js", "web/gen/rules.json"]
    assert make_kernel.main([], directory) == 0
    assert make_kernel.main(["--check"], directory) == 0


def test_an_untranslatable_kernel_is_one_line_and_exit_code_2(tmp_path, capsys, monkeypatch):
    source = Source("duel/kernel.py", "def f(a):\n    return a / 2\n")
    monkeypatch.setattr(make_kernel, "kernel_sources", lambda: [source])
    assert make_kernel.main([], tmp_path) == 2
    assert capsys.readouterr().err == "duel/kernel.py:2: `/` is not allowed; use `//`\n"
    assert list(tmp_path.iterdir()) == []


def test_rules_hold_the_same_object_in_json_and_js(page):
    data = json.loads((make_kernel.GENERATED / "rules.json").read_text("utf-8"))
    assert page.evaluate("async () => (await import('/static/gen/rules.js')).default") == data
    assert data["rules_version"] == features.RULES_VERSION
    assert data["state_fields"] == list(features.STATE_FIELDS)
    assert data["exp_table"] == list(features.EXP_TABLE)
    assert [field["name"] for field in data["boss_observation"]] == [f[0] for f in features.BOSS_OBSERVATION]


def test_every_integer_constant_is_exported_with_its_value(page):
    exported = page.evaluate(
        "async () => Object.fromEntries(Object.entries(await import('/static/gen/kernel.js'))"
        ".filter(([, value]) => typeof value === 'number'))"
    )
    expected = make_kernel.integer_constants(features)
    assert {name: exported[name] for name in expected} == expected


# ------------------------------------------------------------------------ what is refused
REFUSED = {
    "division": ("return a / b", "use `//`"),
    "remainder": ("return a % b", "`%` is not allowed"),
    "power": ("return a ** b", "`**` is not allowed"),
    "invert": ("return ~a", "Invert"),
    "float": ("return 0.5", "0.5 is not an integer"),
    "string": ("return 'a'", "'a' is not an integer"),
    "boolean": ("return True", "True is not an integer"),
    "large literal": ("return 4294967296 & MASK32", "more than 32 bits"),
    "while": ("while a < b:\n        a = a + 1\n    return a", "`while` is not allowed"),
    "chained comparison": ("if 0 < a < b:\n        return 1\n    return 0", "chained comparisons"),
    "membership": ("if a in b:\n        return 1\n    return 0", "compare integers"),
    "comparison as value": ("return a < b", "in conditions only"),
    "and as value": ("return a and b", "in conditions only"),
    "not as value": ("return not a", "in conditions only"),
    "conditional expression": ("return a if b else 0", "conditional expressions"),
    "augmented assignment": ("a += b", "augmented assignment"),
    "two targets": ("a = b = 0", "only `name = value`"),
    "tuple target": ("a, b = 0, 1", "only `name = value`"),
    "annotated assignment": ("a: int = 0", "AnnAssign"),
    "nested function": ("def g():\n        return 1\n    return a", "nested functions"),
    "lambda": ("return (lambda: a)()", "nested functions"),
    "attribute": ("return a.real", "attributes are not allowed"),
    "slice": ("return s[0:2]", "Slice"),
    "list": ("return [a]", "List"),
    "comprehension": ("return [x for x in range(3)]", "ListComp"),
    "break": ("for i in range(3):\n        break\n    return a", "Break", 3),
    "pass": ("pass", "Pass"),
    "lone expression": ("a + b", "has no effect"),
    "import": ("import os", "Import"),
    "try": ("try:\n        return a\n    except ValueError:\n        return b", "Try"),
    "unknown name": ("return missing", "missing is neither"),
    "builtin": ("return max(a, b)", "max is not a kernel function"),
    "method": ("return a.bit_length()", "a.bit_length is not a kernel function"),
    "keyword argument": ("return helper(a, y=b)", "keyword"),
    "starred argument": ("return helper(*s)", "keyword and starred"),
    "wrong number of arguments": ("return helper(a)", "takes 2 arguments, not 1"),
    "value of nothing": ("return nothing(a)", "returns no value"),
    "scalar for array": ("return first(1)", "s must be an array"),
    "array for scalar": ("a = s[0]\n    return helper(s, a)", "only its elements", 3),
    "array reassigned": ("s = a\n    return s[0]", "cannot be assigned to"),
    "index of a local": ("x = a\n    return x[0]", "only parameters can be indexed", 3),
    "negative index": ("return s[NEGATIVE]", "negative index"),
    "no value yet": ("return x\n    x = a", "x may have no value yet"),
    "no value on one path": ("if a:\n        x = 1\n    return x", "x may have no value yet", 4),
    "loop variable after the loop": ("for i in range(3):\n        a = i\n    return i", "no value yet", 4),
    "loop variable assigned": ("for i in range(3):\n        i = a\n    return a", "also assigned"),
    "loop variable reused": (
        "for i in range(3):\n        for i in range(2):\n            a = i\n    return a",
        "in use",
        3,
    ),
    "loop over array": ("for i in s:\n        a = i\n    return a", "`for name in range(n)`"),
    "range with step": ("for i in range(0, 9, 2):\n        a = i\n    return a", "`for name in range(n)`"),
    "loop else": (
        "for i in range(3):\n        a = i\n    else:\n        a = 0\n    return a",
        "`else` after a loop",
        5,
    ),
    "changing end": ("for i in range(a):\n        a = a + 1\n    return a", "must not change in the loop"),
    "missing return": ("if a:\n        return 1", "may end without returning"),
    "bare return": ("if a:\n        return\n    return 1", "but not here", 3),
    "unreachable": ("return a\n    return b", "never reached", 3),
    "reserved word": ("new = a\n    return new", "new cannot name a local"),
    "shadowed constant": ("LIMIT = a\n    return LIMIT", "LIMIT cannot name a local"),
    "shadowed function": ("helper = a\n    return helper", "helper cannot name a local"),
    "constant too large": ("return 1 << 31", "2**31 or more"),
    "shift too far": ("return a >> 32", "a shift count is 0 to 31"),
    "zero divisor": ("return a // 0", "division by zero"),
    "unmasked sum of wide": ("x = (a * b) & MASK32\n    return x + 1", "mask the result", 3),
    "unmasked shift of wide": ("x = (a * b) & MASK32\n    return x >> 1", "mask the result", 3),
    "negated wide": ("x = (a * b) & MASK32\n    return -x", "mask the result", 3),
    "wide divided": ("x = (a * b) & MASK32\n    return x // 2", "mask the result", 3),
    "wide stored": ("s[0] = (a * b) & MASK32\n    return 0", "does not fit an array"),
    "wide from a call": ("return mixed(a) ^ b", "mask the result"),
}
HELPERS = """

def helper(x, y):
    return x + y


def nothing(x):
    return


def first(s):
    return s[0]


def mixed(x):
    return (x * 12345) & MASK32
"""


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_a_construct_outside_the_subset_is_named_with_file_and_line(case):
    body, message, *line = case
    source = Source("duel/kernel.py", f"def f(s, a, b):\n    {body}\n{HELPERS}")
    with pytest.raises(SubsetError) as error:
        translate([source], CONSTANTS)
    assert str(error.value).startswith(f"duel/kernel.py:{line[0] if line else 2}: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("def f(a, b=1):\n    return a", 1, "without defaults"),
        ("def f(*a):\n    return 0", 1, "without defaults"),
        ("def f(*, a):\n    return a", 1, "without defaults"),
        ("\n@cache\ndef f(a):\n    return a", 3, "decorators"),
        ("def f(a):\n    return f(a)", 2, "recursion"),
        ("def f(a):\n    return g(a)\n\n\ndef g(a):\n    return f(a)", 6, "recursion"),
        ("def f(a):\n    return a\n\n\ndef f(b):\n    return b", 5, "already taken"),
        ("def HEALTH(a):\n    return a", 1, "already taken"),
        ("def delete(a):\n    return a", 1, "already taken"),
        ("class A:\n    x = 1", 1, "ClassDef"),
        ("import features", 1, "Import"),
        ("from features import A as B", 1, "keep the name"),
        ("for i in range(3):\n    x = i", 1, "For"),
        ("def f(a):\n    return a +\n", 2, "invalid syntax"),
    ],
)
def test_a_module_outside_the_subset_is_named_with_file_and_line(text, line, message):
    with pytest.raises(SubsetError) as error:
        translate([Source("duel/fighters.py", text)], CONSTANTS)
    assert str(error.value).startswith(f"duel/fighters.py:{line}: ")
    assert message in str(error.value)


# ------------------------------------------------------------------------ what is translated
def test_the_translation_is_readable():
    text = (
        '"""About\n\nthe file."""\n\ndef f(s, a):\n    """What it does.\n\n    And */ how.\n    """\n'
        "    if a > 0 and (a < 5 or not s[HEALTH]):\n        x = 0xFF\n"
        "    elif a == -1:\n        x = -a * 2 // 3\n"
        "    else:\n        y = (a ^ 1) | 2\n        x = y - (a - 1)\n"
        "    for i in range(1, LIMIT):\n        s[HEALTH + i] = x\n    return x\n"
    )
    js = translate([Source("duel/kernel.py", text)], {"HEALTH": 3, "LIMIT": 100})
    assert js.startswith("// Generated by tools/make_kernel.py; do not edit.\n")
    assert "export const HEALTH = 3;\nexport const LIMIT = 100;\n" in js
    assert js.endswith(
        "// About\n//\n// the file.\n\n"
        "/**\n * What it does.\n *\n * And * / how.\n */\n"
        "export function f(s, a) {\n  let x;\n"
        "  if (a > 0 && (a < 5 || !s[HEALTH])) {\n    x = 0xFF;\n"
        "  } else if (a === -1) {\n    x = (-a * 2 / 3) | 0;\n"
        "  } else {\n    let y = (a ^ 1) | 2;\n    x = y - (a - 1);\n  }\n"
        "  for (let i = 1; i < LIMIT; i++) {\n    s[HEALTH + i] = x;\n  }\n  return x;\n}\n"
    )


def test_hash32_gives_the_pinned_values_in_python_and_js(page):
    rows = [list(row[:3]) for row in HASHES]
    expected = [row[3] for row in HASHES]
    assert [features.hash32(*row) for row in rows] == expected
    assert page.evaluate(HASH32, rows) == expected


NUMBER32 = st.integers(0, MASK32)


@settings(max_examples=40)
@given(rows=st.lists(st.tuples(NUMBER32, NUMBER32, NUMBER32), min_size=1, max_size=50))
def test_hash32_is_the_same_in_js(page, rows):
    assert page.evaluate(HASH32, [list(row) for row in rows]) == [features.hash32(*row) for row in rows]


SIGNED = ("+", "-", "*", "//", "&", "|", "^", "<<", ">>", "neg", "narrow", "pick", "half", "call")
UNSIGNED = ("*", "+", "-", "^", "|", "<<", ">>", "int")


def signed(draw, depth: int) -> tuple[str, int]:
    """A random expression with a result in int32, and a bound of its size."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from([("a", 1000), ("b", 1000), ("c", 1000), ("7", 7), ("NEGATIVE", 2)]))
    kind = draw(st.sampled_from(SIGNED))
    if kind == "narrow":
        return f"({unsigned(draw, depth - 1)} & 32767)", 32767
    if kind == "pick":
        return f"(({unsigned(draw, depth - 1)} >> 9) & 255)", 255
    if kind == "half":
        return f"(({unsigned(draw, depth - 1)} >> 1) & MASK32)", INT32_MAX
    left, size = signed(draw, depth - 1)
    if kind == "neg":
        return f"(-{left})", size
    if kind == "call":
        return f"least({left}, LIMIT)", max(size, 100)
    if kind in ("<<", ">>"):
        return (f"({left} {kind} 3)", size * 8) if size * 8 < INT32_MAX else (f"({left} >> 3)", size)
    right, other = signed(draw, depth - 1)
    if kind == "//":
        return f"(({left} & 1023) // (({right} & 15) + 1))", 1023
    if kind in ("+", "-") and size + other < INT32_MAX:
        return f"({left} {kind} {right})", size + other
    if kind == "*" and size * other < INT32_MAX:
        return f"({left} * {right})", size * other
    return f"({left} {kind if kind in '&|^' else '^'} {right})", INT32_MAX


def unsigned(draw, depth: int) -> str:
    """A random expression with a result in 0 to 2**32 - 1, masked as the subset asks."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(["u", "v", "0x9E3779B1"]))
    kind = draw(st.sampled_from(UNSIGNED))
    if kind == "int":
        return f"({signed(draw, depth - 1)[0]} & MASK32)"
    left = unsigned(draw, depth - 1)
    right = (
        draw(st.sampled_from(["0", "5", "13", "31"])) if kind in ("<<", ">>") else unsigned(draw, depth - 1)
    )
    return f"(({left} {kind} {right}) & MASK32)"


@st.composite
def snippets(draw) -> str:
    """A random function of three small integers."""
    compare = draw(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
    join = draw(st.sampled_from(["and", "or"]))
    x, y, z = (signed(draw, 3)[0] for _ in range(3))
    return f"""
def least(x, y):
    if x < y:
        return x
    return y


def f(a, b, c):
    u = (a * 0x85EBCA6B) & MASK32
    v = (b + c) & MASK32
    if {x} {compare} {y} {join} not {z} & 1:
        d = {signed(draw, 3)[0]}
    elif {unsigned(draw, 2)} {compare} {unsigned(draw, 2)}:
        return {unsigned(draw, 3)}
    else:
        d = c
    total = 0
    for i in range(b & 3, 6):
        step = d ^ i
        total = (total + step) & 0xFFFFF
    return total
"""


@settings(max_examples=200)
@given(source=snippets(), seed=st.integers(0, 1 << 32))
def test_random_functions_give_the_same_in_js(page, source, seed):
    numbers = random.Random(seed)
    rows = [[numbers.randint(-1000, 1000) for _ in range(3)] for _ in range(20)] + [[0, 0, 0], [-1, 1, -1000]]
    assert run_js(page, source, rows) == run_python(source, rows)


def test_arrays_are_read_and_written_through_calls(page):
    source = """
def fill(s, n):
    for i in range(n):
        s[i] = i * i


def total(s, n):
    fill(s, n)
    t = 0
    for i in range(n):
        t = t + s[i]
    return t
"""
    js = translate([Source("snippet.py", source)], CONSTANTS)
    names: dict = {}
    exec(source, names)
    call = IMPORT_AND_CALL.replace("module.f(...row)", "module.total(new Int32Array(9), row)")
    assert page.evaluate(call, [js, [0, 1, 5, 9]]) == [names["total"]([0] * 9, n) for n in (0, 1, 5, 9)]
