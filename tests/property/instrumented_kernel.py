"""The kernel with a check after each operation, made from its own source by rewriting expressions.

`load()` returns the functions of the kernel by name. Each arithmetic or bit operation asserts that it
stays where Python, numba and JS agree: results below 2**31 in size, operands of `//` not negative, and
only the steps written `(...) & MASK32` may use 32 unsigned bits.
"""

import ast
import operator
import types
from pathlib import Path

import duel.fighters
import duel.kernel
import duel.perception
import features
from features import MASK32

LIMIT = 1 << 31
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}
FEATURES_FUNCTIONS = ("hash32", "legal")


def _narrow(name: str, left: int, right: int) -> int:
    """An ordinary operation: 32 signed bits throughout. `&` and `>>` may narrow a wide left operand."""
    assert -LIMIT <= right < LIMIT, f"{name}: right operand {right}"
    assert -LIMIT <= left < LIMIT or (name in ("BitAnd", "RShift") and 0 <= left <= MASK32), f"{name}: {left}"
    if name == "FloorDiv":
        assert left >= 0 < right, f"{left} // {right}"
    if name in ("LShift", "RShift"):
        assert 0 <= right < 32
    result = OPERATORS[getattr(ast, name)](left, right)
    assert -LIMIT < result < LIMIT, f"{left} {name} {right} = {result}"
    return result


def _wide(name: str, left: int, right: int) -> int:
    """The operation inside `(...) & MASK32`: operands of 32 unsigned bits, the result masked at once."""
    assert 0 <= left <= MASK32, f"{name}: left operand {left}"
    assert 0 <= right <= MASK32, f"{name}: right operand {right}"
    return OPERATORS[getattr(ast, name)](left, right) & MASK32


def _unsigned(value: int) -> int:
    """`value & MASK32` of a single value: makes a field's 32 signed bits unsigned."""
    assert -LIMIT <= value <= MASK32, f"masking {value}"
    return value & MASK32


class _Checks(ast.NodeTransformer):
    """Replaces each binary operation by a call of the function that checks it."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.Call:
        masked = isinstance(node.op, ast.BitAnd) and getattr(node.right, "id", None) == "MASK32"
        if masked and not isinstance(node.left, ast.BinOp):
            return _call("_unsigned", self.visit(node.left))
        checked = node.left if masked else node
        name = ast.Constant(type(checked.op).__name__)
        function = "_wide" if masked else "_narrow"
        return _call(function, name, self.visit(checked.left), self.visit(checked.right))


def _call(function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(function, ast.Load()), list(arguments), [])


def load() -> types.SimpleNamespace:
    """The functions of features (hash32, legal), kernel, perception and fighters, all with checks."""
    names = {"_narrow": _narrow, "_wide": _wide, "_unsigned": _unsigned}
    for module in (features, duel.kernel, duel.perception, duel.fighters):
        names |= {name: value for name, value in vars(module).items() if isinstance(value, int)}
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        tree.body = [
            statement
            for statement in tree.body
            if isinstance(statement, ast.FunctionDef)
            and (module is not features or statement.name in FEATURES_FUNCTIONS)
        ]
        checked = ast.fix_missing_locations(_Checks().visit(tree))
        exec(compile(checked, module.__file__, "exec"), names)
    return types.SimpleNamespace(**names)
