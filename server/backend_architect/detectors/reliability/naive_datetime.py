"""Points in time that do not say in which time zone they are."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.calls import append_argument
from backend_architect.python.handlers import uses
from backend_architect.python.values import Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_CLASS = "datetime.datetime"
_OF_UTC = frozenset({"utcnow", "utcfromtimestamp"})
_LOCAL = frozenset({"now", "today"})
_FACTORIES = frozenset({"default", "default_factory", "insert_default", "onupdate"})
"""Parameters that take a function which is called for the value of a column or a field."""

_AWARE_BY = frozenset({"localize", "make_aware", "as_utc", "ensure_aware"})
_REASON = "The value has a time zone now, and cannot be compared with values that have none."


@detector(on=ast.Attribute, imports={"datetime"})
def detect(node: ast.Attribute, at: Place) -> Iterator[Finding]:
    """Always speak of the functions of UTC without UTC; of local time where it is kept or compared."""
    if node.attr not in _OF_UTC | _LOCAL or at.path(node) != f"{_CLASS}.{node.attr}":
        return
    outer = at.view.parent(node)
    if isinstance(outer, ast.Call) and outer.func is node:
        if _has_zone(outer, at) or (node.attr in _LOCAL and not _matters(outer, at)):
            return
        if _is_measured(outer, at):
            return
        yield at.finding(node, _message(node, at), _fix_of_call(node, outer, at))
    elif isinstance(outer, ast.keyword) and outer.arg in _FACTORIES and node.attr != "utcfromtimestamp":
        yield at.finding(node, _message(node, at), _fix_of_reference(node, at))


def _message(node: ast.Attribute, at: Place) -> str:
    called = at.source_of(node)
    if node.attr in _OF_UTC:
        return f"`{called}` gives a time of UTC that does not say so, and is read as local time elsewhere"
    return f"`{called}` gives local time without its zone: it means another moment on another machine"


def _has_zone(call: ast.Call, at: Place) -> bool:
    """Whether the zone is given, or added at once."""
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr == "now" and (call.args or call.keywords):
        return True
    outer = at.view.parent(call)
    match outer:
        case ast.Attribute(attr="replace"):
            replaced = at.view.parent(outer)
            return isinstance(replaced, ast.Call) and any(one.arg == "tzinfo" for one in replaced.keywords)
        case ast.Attribute(attr="astimezone"):
            return isinstance(function, ast.Attribute) and function.attr in _LOCAL
        case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)):
            return name in _AWARE_BY
        case _:
            return False


def _matters(call: ast.Call, at: Place) -> bool:
    """Whether local time is kept, sent or compared with another time; not if it is measured or shown."""
    outer = at.view.parent(call)
    match outer:
        case ast.Attribute(attr="isoformat") | ast.Compare():
            return True
        case ast.BinOp(op=ast.Add() | ast.Sub(), right=ast.Call(func=function)):
            return at.path(function) == "datetime.timedelta"
        case ast.keyword():
            return outer.arg is not None and not _is_shown(at.view.parent(outer))
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=owner))]):
            return owner not in {"self", "cls"}
        case _:
            return False


def _is_measured(call: ast.Call, at: Place) -> bool:
    """Whether a time is only written in a format, or another one of the same kind is taken from it."""
    outer = at.view.parent(call)
    written = at.view.parent(outer) if isinstance(outer, ast.BinOp) else outer
    if isinstance(written, ast.Attribute) and written.attr == "strftime":
        return True
    if call.args and at.constant(call.args[0]) == 0:  # the epoch, from which durations are counted
        return True
    match outer:
        case ast.BinOp(op=ast.Sub(), left=left, right=ast.Name() | ast.Attribute()):
            return left is call
        case ast.Assign(targets=[ast.Name(id=name)]) if isinstance(
            at.function, ast.FunctionDef | ast.AsyncFunctionDef
        ):
            read = uses(name, at.function.body)
            return bool(read) and all(_is_subtracted(use, at) for use in read)
        case _:
            return False


def _is_subtracted(use: ast.Name, at: Place) -> bool:
    outer = at.view.parent(use)
    return isinstance(outer, ast.BinOp) and isinstance(outer.op, ast.Sub) and outer.right is use


def _is_shown(call: ast.AST | None) -> bool:
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "format"


def _zone(node: ast.Attribute, at: Place) -> tuple[str, tuple[str, ...]] | None:
    """How UTC is written here, and the imports that it needs."""
    owner = node.value
    if isinstance(owner, ast.Attribute) and at.path(owner.value) == "datetime":
        return f"{at.source_of(owner.value)}.timezone.utc", ()
    if at.look_local("UTC") == Symbol("datetime.UTC"):
        return "UTC", ()
    known = at.look_local("timezone")
    if known is None:
        return "timezone.utc", ("from datetime import timezone",)
    return ("timezone.utc", ()) if known == Symbol("datetime.timezone") else None


def _of_django(at: Place) -> tuple[str, ...] | None:
    """The imports for `timezone.now` of Django; None in a file where nothing is Django's."""
    known = at.look_local("timezone")
    if known == Symbol("django.utils.timezone"):
        return ()
    return ("from django.utils import timezone",) if known is None and at.look("%imports.django") else None


def _fix_of_call(node: ast.Attribute, call: ast.Call, at: Place) -> Fix | None:
    if at.f_string(call) is not None or _is_marked_by_hand(call, at):
        return None
    django = _of_django(at)
    if django is not None and node.attr != "utcfromtimestamp":
        edits = [at.edit(*at.range_of(call), "timezone.now()")]
        return Fix("Use `timezone.now()`", "unsafe", _REASON, lambda: edits, django)
    zone = _zone(node, at)
    if zone is None:
        return None
    start, end = at.range_of(node)[1] - len(node.attr), at.range_of(call)[1]
    if node.attr != "utcfromtimestamp":
        edits = [at.edit(start, end, f"now({zone[0]})")]
    else:
        added = append_argument(call, zone[0] if not call.keywords else f"tz={zone[0]}", at)
        if added is None or len(call.args) != 1:
            return None
        edits = [at.edit(start, start + len("utc"), ""), added]
    return Fix(f"Pass `{zone[0]}`", "unsafe", _REASON, lambda: edits, zone[1])


def _is_marked_by_hand(call: ast.Call, at: Place) -> bool:
    """Whether the text of the time gets a `Z` or an offset of its own, which a zone would double."""
    return any(
        isinstance(outer, ast.BinOp)
        or (
            isinstance(outer, ast.Attribute) and outer.attr in {"isoformat", "strftime", "replace", "__str__"}
        )
        for outer in at.around(call)
        if not isinstance(outer, ast.stmt)
    ) and isinstance(at.view.parent(call), ast.Attribute)


def _fix_of_reference(node: ast.Attribute, at: Place) -> Fix | None:
    django = _of_django(at)
    if django is not None:
        edit = at.edit(*at.range_of(node), "timezone.now")
        return Fix("Use `timezone.now`", "unsafe", _REASON, lambda: [edit], django)
    zone = _zone(node, at)
    if zone is None:
        return None
    edit = at.edit(*at.range_of(node), f"lambda: {at.source_of(node.value)}.now({zone[0]})")
    return Fix(f"Pass `{zone[0]}`", "unsafe", _REASON, lambda: [edit], zone[1])
