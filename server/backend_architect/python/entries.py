"""Which keys a dictionary has, as far as the function that makes it tells."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.python.place import NO_CONSTANT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

_DEPTH = 4


@dataclass(slots=True)
class Entries:
    """What is known of a dictionary."""

    values: dict[str, ast.expr] = field(default_factory=dict[str, ast.expr])
    """The value of each constant key."""
    complete: bool = True
    """Whether there can be no other keys."""
    display: ast.Dict | ast.Call | None = None
    """The `{...}` or `dict(...)` that makes it."""

    def extend(self, other: Entries | None) -> None:
        """Put the entries of another dictionary in, or say that it is not known which."""
        if other is None:
            self.complete = False
        else:
            self.values.update(other.values)
            self.complete &= other.complete


def entries_of(node: ast.expr | None, at: Place, depth: int = 0) -> Entries | None:
    """The entries of the dictionary that an expression stands for; None if it cannot be followed."""
    if depth > _DEPTH:
        return None
    match node:
        case ast.Dict():
            return _of_display(node, at, depth)
        case ast.Call() if at.path(node.func) == "builtins.dict":
            return _of_call(node, at, depth)
        case ast.Call(func=ast.Attribute(value=inner, attr="copy"), args=[]):
            return entries_of(inner, at, depth + 1)
        case ast.Call(args=[inner]) if at.path(node.func) in {"copy.copy", "copy.deepcopy"}:
            return entries_of(inner, at, depth + 1)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            both = Entries()
            both.extend(entries_of(left, at, depth + 1))
            both.extend(entries_of(right, at, depth + 1))
            return both
        case ast.Name():
            return _of_variable(node, at, depth)
        case _:
            return None


def _of_display(node: ast.Dict, at: Place, depth: int) -> Entries:
    found = Entries(display=node)
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            found.extend(entries_of(value, at, depth + 1))
        else:
            found.extend(_entry(key, value, at))
    return found


def _of_call(node: ast.Call, at: Place, depth: int) -> Entries:
    found = Entries(display=node)
    for argument in node.args:
        found.extend(entries_of(argument, at, depth + 1))
    for keyword in node.keywords:
        if keyword.arg is None:
            found.extend(entries_of(keyword.value, at, depth + 1))
        else:
            found.values[keyword.arg] = keyword.value
    return found


def _entry(key: ast.expr, value: ast.expr, at: Place) -> Entries | None:
    name = at.constant(key)
    if name is NO_CONSTANT:
        return None
    return Entries({name: value}) if isinstance(name, str) else Entries()


def _of_variable(read: ast.Name, at: Place, depth: int) -> Entries | None:
    """What a function has put into a variable where it is read; modules are seen in pieces too small."""
    if not isinstance(at.function, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    found: Entries | None = None
    for node in _in_order(at.function):
        match node:
            case ast.Name() if node is read:
                return found
            case (
                ast.Assign(targets=[ast.Name(id=target)], value=value)
                | ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value)
            ) if target == read.id:
                made = entries_of(value, at, depth + 1)
                if made is None:
                    return None
                found = _either(found, made)
            case _ if found is not None:
                _change(found, node, read, at, depth)
            case _:
                pass
    return found


def _either(first: Entries | None, second: Entries) -> Entries:
    """A dictionary that is made in two places: it may have the keys of both."""
    if first is None:
        return second
    first.extend(second)
    first.display = None
    return first


def _change(found: Entries, node: ast.AST, read: ast.Name, at: Place, depth: int) -> None:
    """Whatever else a statement or a call may put into the dictionary."""
    name = read.id
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                if isinstance(target, ast.Subscript) and _is(target.value, name):
                    found.extend(_entry(target.slice, value, at))
        case ast.AugAssign(target=target, value=value) if _is(target, name):
            found.extend(entries_of(value, at, depth + 1))
        case ast.Call(func=ast.Attribute(value=owner, attr="update")) if _is(owner, name):
            for argument in node.args:
                found.extend(entries_of(argument, at, depth + 1))
            for keyword in node.keywords:
                found.extend(Entries({keyword.arg: keyword.value}) if keyword.arg else None)
        case ast.Call(func=ast.Attribute(value=owner, attr="setdefault"), args=[key, value]):
            if _is(owner, name):
                found.extend(_entry(key, value, at))
        case ast.Expr(value=ast.Call(args=args) as call):
            if any(_is(one, name) and one is not read for one in args) and not _is_builtin(call, at):
                found.complete = False
        case _:
            pass


def _is_builtin(call: ast.Call, at: Place) -> bool:
    return (at.path(call.func) or "").startswith("builtins.")


def _in_order(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function in the order of the text."""
    stack: list[ast.AST] = list(reversed(function.body))
    while stack:
        node = stack.pop()
        yield node
        stack += reversed(list(ast.iter_child_nodes(node)))


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
