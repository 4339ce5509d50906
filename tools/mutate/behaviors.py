"""Mutants of the behaviors: one expression or statement of a method changed, in memory.

Theory of operation: the syntax tree of a module is changed at one place and compiled. The function
that holds the place gets the code of the changed one for as long as the mutant is tried, so that
classes, objects and everything that knows them stay what they are.
"""

import ast
import importlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from types import CodeType, FunctionType, ModuleType
from typing import Final

from tools.mutate.mutant import Mutant

_EMITTING: Final = ("_emit", "_tell", "_record", "_call", "_reply", "_know", "_set")
_COMPARED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


@dataclass(frozen=True, slots=True)
class _Change:
    """``do`` changes the tree in place and says how to take it back."""

    kind: str
    node: ast.AST
    do: Callable[[], Callable[[], None]]


def behavior_mutants(stem: str) -> Iterator[Mutant]:
    """Every mutant of ``cp/behavior/STEM.py``, in the order of its lines."""
    module = importlib.import_module(f"cp.behavior.{stem}")
    source = inspect.getsource(module)
    tree = ast.parse(source)
    lines = source.splitlines()
    seen: dict[str, int] = {}
    for name, node in _functions(tree):
        for change in _changes(node, module):
            undo = change.do()
            code = _code_of(compile(tree, str(module.__file__), "exec"), name)
            undo()
            text = lines[change.node.lineno - 1].strip()  # type: ignore[attr-defined]
            title = f"{stem}.py: {change.kind} in {name}: {text}"
            seen[title] = seen.get(title, 0) + 1
            title += f" ({seen[title]})" if seen[title] > 1 else ""
            yield _mutant(title, stem, change, _function(module, name), code)


def _mutant(
    title: str, stem: str, change: _Change, function: FunctionType, code: CodeType
) -> Mutant:
    @contextmanager
    def patch() -> Iterator[None]:
        whole, function.__code__ = function.__code__, code
        try:
            yield
        finally:
            function.__code__ = whole

    first, last = change.node.lineno, change.node.end_lineno  # type: ignore[attr-defined]
    places = frozenset(("line", stem, str(line)) for line in range(first, last + 1))
    return Mutant(title, stem, change.kind, places, patch=patch)


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions and methods with their names in the module."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for item in node.body:
                if isinstance(item, ast.FunctionDef):
                    yield f"{node.name}.{item.name}", item


def _function(module: ModuleType, name: str) -> FunctionType:
    owner, _, method = name.rpartition(".")
    found = vars(getattr(module, owner))[method] if owner else getattr(module, method)
    found = getattr(found, "fget", found)  # a property
    found = getattr(found, "__func__", found)  # a static method
    assert isinstance(found, FunctionType), name
    return found


def _code_of(module: CodeType, name: str) -> CodeType:
    code = module
    for part in name.split("."):
        code = next(
            item for item in code.co_consts if isinstance(item, CodeType) and item.co_name == part
        )
    return code


# ---- changes ---------------------------------------------------------------------------------


def _changes(function: ast.FunctionDef, module: ModuleType) -> Iterator[_Change]:
    for statement in function.body:
        for node in ast.walk(statement):
            yield from _of_node(node, module)
    returned = function.returns
    if isinstance(returned, ast.Name) and returned.id == "bool":
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and not isinstance(node.value, ast.Constant):
                yield _put("negate answer", node, "value", _negated(node.value))


def _of_node(node: ast.AST, module: ModuleType) -> Iterator[_Change]:
    match node:
        case ast.If() | ast.While() | ast.IfExp():
            yield _put("negate condition", node, "test", _negated(node.test))
        case ast.Expr(ast.Call(ast.Attribute(ast.Name("self"), name))) if name in _EMITTING:
            yield _put(f"drop {name}", node, "value", ast.Constant(None))
        case ast.BoolOp(op):
            other = ast.And() if isinstance(op, ast.Or) else ast.Or()
            yield _put("and for or", node, "op", other)
        case ast.Compare(ops=[op, *rest]) if type(op) in _COMPARED:
            yield _put("compare otherwise", node, "ops", [_COMPARED[type(op)](), *rest])
        case ast.BinOp(op=ast.Add() | ast.Sub() as op):
            other_op = ast.Sub() if isinstance(op, ast.Add) else ast.Add()
            yield _put("minus for plus", node, "op", other_op)
        case ast.Constant(value) if isinstance(value, bool | int | float):
            yield _put("other constant", node, "value", _other(value))
        case ast.Attribute(ast.Name(owner), name):
            words = getattr(module, owner, None)
            if isinstance(words, type) and issubclass(words, Enum) and name in words.__members__:
                names = list(words.__members__)
                following = names[(names.index(name) + 1) % len(names)]
                yield _put("other word", node, "attr", following)


def _other(value: bool | int | float) -> bool | int | float:
    return not value if isinstance(value, bool) else value + 1


def _negated(node: ast.expr | None) -> ast.expr:
    assert node is not None
    return ast.UnaryOp(ast.Not(), node)


def _put(kind: str, node: ast.AST, field: str, value: object) -> _Change:
    if isinstance(value, ast.AST):
        ast.copy_location(value, node)
        ast.fix_missing_locations(value)

    def do() -> Callable[[], None]:
        before = getattr(node, field)
        setattr(node, field, value)
        return lambda: setattr(node, field, before)

    return _Change(kind, node, do)
