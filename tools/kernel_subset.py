"""What the kernel's subset of Python allows around single expressions: names, arrays, wide integers.

`analyse(sources, constants)` parses the sources, refuses what is outside the subset at module and
function level, and infers for every function what `tools/kernel_translator.py` needs to write JS:
which parameters are arrays, which locals may hold unsigned 32-bit values (JS's bit operators would
read those as negative), whether it returns a value, and that no call chain comes back to its start.
"""

import ast
import operator
from collections.abc import Iterator
from dataclasses import dataclass, field

INT32_MAX = (1 << 31) - 1
MASK32 = (1 << 32) - 1
SHIFTS = (ast.LShift, ast.RShift)
FOLDED = {  # operators on constants whose value is worked out
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
    ast.BitOr: operator.or_,
}

# A local may not be called like one of these: the translation keeps names.
_JS_WORDS = (
    "arguments await break case catch class const continue debugger default delete do else enum eval "
    "export extends false finally for function if implements import in instanceof interface let new "
    "null package private protected public return static super switch this throw true try typeof "
    "undefined var void while with yield Infinity Math NaN"
)
JS_RESERVED = frozenset(_JS_WORDS.split())


class SubsetError(SyntaxError):
    """A construct outside the subset; the message begins with `file.py:LINE: `."""


@dataclass(frozen=True)
class Source:
    """One Python file to translate: its name for messages, its text, and the functions taken from it."""

    path: str
    text: str
    only: tuple[str, ...] = ()  # no names: all functions

    def error(self, node: ast.AST | int, message: str) -> SubsetError:
        """The error to raise for `node` (or for a line number)."""
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        return SubsetError(f"{self.path}:{line}: {message}")


@dataclass
class Function:
    """One kernel function and what was inferred about it."""

    source: Source
    node: ast.FunctionDef
    parameters: list[str]
    returns_value: bool
    loop_variables: set[str] = field(default_factory=set)
    locals: set[str] = field(default_factory=set)  # assigned names that are neither of the above
    arrays: set[str] = field(default_factory=set)  # parameters that are arrays of int32
    wide: set[str] = field(default_factory=set)  # names that may hold 2**31 .. 2**32 - 1
    returns_wide: bool = False

    @property
    def body(self) -> list[ast.stmt]:
        """The statements, without the docstring."""
        return self.node.body[1:] if ast.get_docstring(self.node) is not None else self.node.body


@dataclass
class Program:
    """All functions by name, in the order of the sources, and the integer constants they may use."""

    functions: dict[str, Function]
    constants: dict[str, int]
    sources: list[tuple[Source, ast.Module]]

    def constant(self, node: ast.expr) -> int | None:
        """The value of an expression of literals and named constants only; None for anything else."""
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return node.value
        if isinstance(node, ast.Name):
            return self.constants.get(node.id)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            value = self.constant(node.operand)
            return None if value is None else -value
        if isinstance(node, ast.BinOp) and type(node.op) in FOLDED:
            left, right = self.constant(node.left), self.constant(node.right)
            if (
                left is not None
                and right is not None
                and not (type(node.op) in SHIFTS and not 0 <= right < 32)
            ):
                return FOLDED[type(node.op)](left, right)
        return None

    def masked(self, node: ast.expr) -> ast.expr | None:
        """`x` if `node` is `x & MASK32`, else None."""
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd)):
            return None
        if self.constant(node.right) == MASK32:
            return node.left
        return node.right if self.constant(node.left) == MASK32 else None

    def is_wide(self, node: ast.expr, function: Function) -> bool:
        """True if the value may be an unsigned integer of 2**31 or more, as masking with MASK32 gives."""
        value = self.constant(node)
        if value is not None:
            return value > INT32_MAX
        if isinstance(node, ast.Name):
            return node.id in function.wide
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            callee = self.functions.get(node.func.id)
            return callee is not None and callee.returns_wide
        inner = self.masked(node)
        if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.RShift):
            never_negative = self.is_wide(inner.left, function) or self.masked(inner.left) is not None
            return not (never_negative and (self.constant(inner.right) or 0) > 0)
        return inner is not None  # other arithmetic is refused where its operands are wide


def analyse(sources: list[Source], constants: dict[str, int]) -> Program:
    """Parses and checks the sources; raises SubsetError for what is outside the subset."""
    program = Program({}, constants, [])
    for source in sources:
        try:
            module = ast.parse(source.text)
        except SyntaxError as error:
            raise source.error(error.lineno or 1, error.msg) from None
        program.sources.append((source, module))
        for function in _module_functions(source, module):
            name = function.node.name
            if name in program.functions or name in constants or name in JS_RESERVED:
                raise source.error(function.node, f"the name {name} is already taken")
            program.functions[name] = function
    for function in program.functions.values():
        _check_names(function, program)
    _refuse_recursion(program)
    learning = True
    while learning:  # what is learnt about one function may tell more about its callers and callees
        learning = any([_infer(function, program) for function in program.functions.values()])  # noqa: C419
    return program


def _module_functions(source: Source, module: ast.Module) -> Iterator[Function]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            if not source.only or node.name in source.only:
                yield _function(source, node)
        elif source.only:
            continue  # a module of which only these functions belong to the kernel
        elif isinstance(node, ast.ImportFrom):
            if any(alias.asname for alias in node.names):
                raise source.error(node, "an import must keep the name of what it imports")
        elif not isinstance(node, ast.Assign | ast.Expr):
            raise source.error(node, f"{type(node).__name__} at module level is outside the kernel's subset")


def _function(source: Source, node: ast.FunctionDef) -> Function:
    arguments = node.args
    special = (arguments.posonlyargs, arguments.vararg, arguments.kwonlyargs, arguments.kwarg)
    if arguments.defaults or any(special):
        raise source.error(node, f"{node.name}: only plain parameters without defaults are allowed")
    if node.decorator_list:
        raise source.error(node, f"{node.name}: decorators are not allowed")
    for inner in ast.walk(node):
        if inner is not node and isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            raise source.error(inner, "nested functions are not allowed")
    returns = [inner for inner in ast.walk(node) if isinstance(inner, ast.Return)]
    return Function(source, node, [a.arg for a in arguments.args], any(r.value is not None for r in returns))


def _check_names(function: Function, program: Program) -> None:
    """Collects loop variables and locals; refuses names that the translation could confuse."""
    source = function.source
    stored: dict[str, ast.Name] = {}
    loops: dict[str, ast.Name] = {}
    for node in ast.walk(function.node):
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            loops.setdefault(node.target.id, node.target)
            inner = [part.target for part in ast.walk(node) if isinstance(part, ast.For) and part is not node]
            for target in inner:
                if isinstance(target, ast.Name) and target.id == node.target.id:
                    raise source.error(target, f"the loop variable {target.id} is in use already")
    targets = {id(node.target) for node in ast.walk(function.node) if isinstance(node, ast.For)}
    for node in ast.walk(function.node):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in targets:
            stored.setdefault(node.id, node)
    for name, node in loops.items():
        if name in stored or name in function.parameters:
            raise source.error(node, f"the loop variable {name} is also assigned elsewhere")
    everything = [(name, function.node) for name in function.parameters] + [*stored.items(), *loops.items()]
    for name, node in everything:
        if name in program.constants or name in program.functions or name in JS_RESERVED:
            raise source.error(
                node, f"{name} cannot name a local: it has another meaning in the kernel or in JS"
            )
    function.loop_variables = set(loops)
    function.locals = set(stored) - set(function.parameters)


def _refuse_recursion(program: Program) -> None:
    finished: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        for call, callee in _calls(program.functions[name], program):
            if callee.node.name in (*path, name):
                source = program.functions[name].source
                raise source.error(call, f"{callee.node.name} calls itself (recursion)")
            if callee.node.name not in finished:
                visit(callee.node.name, (*path, name))
        finished.add(name)

    for name in program.functions:
        visit(name, ())


def _calls(function: Function, program: Program) -> Iterator[tuple[ast.Call, Function]]:
    for node in ast.walk(function.node):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            callee = program.functions.get(node.func.id)
            if callee is not None:
                yield node, callee


def _infer(function: Function, program: Program) -> bool:
    """One round of inference over a function; True if anything was learnt."""
    before = (len(function.arrays), len(function.wide), function.returns_wide)
    learnt = False
    for node in ast.walk(function.node):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            if node.value.id in function.parameters:
                function.arrays.add(node.value.id)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if program.is_wide(node.value, function):
                function.wide.add(node.targets[0].id)
        elif isinstance(node, ast.Return) and node.value is not None:
            function.returns_wide = function.returns_wide or program.is_wide(node.value, function)
    for call, callee in _calls(function, program):
        for argument, parameter in zip(call.args, callee.parameters, strict=False):
            if parameter in callee.arrays and isinstance(argument, ast.Name):
                if argument.id in function.parameters:
                    function.arrays.add(argument.id)
            elif program.is_wide(argument, function) and parameter not in callee.wide:
                callee.wide.add(parameter)
                learnt = True
    return learnt or before != (len(function.arrays), len(function.wide), function.returns_wide)


def declarations(function: Function) -> tuple[list[str], set[int]]:
    """Where JS declares locals: names at the function's top, and ids of the targets that say `let`.

    A local is declared by its first assignment if all its uses lie in that assignment's block.
    """
    uses: dict[str, list[tuple[int, ...]]] = {name: [] for name in function.locals}
    first: dict[str, tuple[int, tuple[int, ...]]] = {}

    def note(node: ast.AST, path: tuple[int, ...]) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part.id in uses:
                uses[part.id].append(path)
                if isinstance(part.ctx, ast.Store):
                    first.setdefault(part.id, (id(part), path))

    def visit(statements: list[ast.stmt], path: tuple[int, ...]) -> None:
        for statement in statements:
            if isinstance(statement, ast.If):
                note(statement.test, path)
                visit(statement.body, (*path, id(statement.body)))
                visit(statement.orelse, (*path, id(statement.orelse)))
            elif isinstance(statement, ast.For):
                note(statement.iter, path)
                visit(statement.body, (*path, id(statement.body)))
            else:
                note(statement, path)

    visit(function.body, ())
    in_place = {
        name for name, (_, home) in first.items() if all(path[: len(home)] == home for path in uses[name])
    }
    return [name for name in first if name not in in_place], {first[name][0] for name in in_place}
