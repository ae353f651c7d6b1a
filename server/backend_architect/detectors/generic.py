"""Detectors that several cards share; each is made from the fields of a card."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from backend_architect.detectors.request_data import request_data_in_call
from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import Detector, detector
from backend_architect.fixes.arguments import remove_argument, replace_callee
from backend_architect.fixes.calls import add_keyword
from backend_architect.knowledge import libraries
from backend_architect.python.values import Instance, Value, local_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from backend_architect.knowledge.cards import Card
    from backend_architect.python.place import Place


def call_without_keyword(card: Card) -> Detector:
    """Calls of certain functions that do not give a certain argument."""
    calls: list[str] | dict[str, str] = card.detect["calls"]
    keyword: str = card.detect["keyword"]
    position: int | None = card.detect.get("position")
    from_table = isinstance(calls, dict)
    paths = libraries.paths(calls["library"]) if isinstance(calls, dict) else tuple(calls)

    @detector(on=ast.Call, imports=_modules(paths))
    def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
        path = at.path(call.func)
        if path is None:
            return
        name, index = keyword, position
        if from_table:
            entry = libraries.timeout(path)
            if entry is None or entry.default is not None or _is_configured(call.func, at):
                return
            name, index = entry.keyword, entry.position
        elif path not in paths:
            return
        if not _gives(call, name, index):
            yield at.finding(call.func, _message(path, name), _fix(card, call, name, at))

    return detect


def call_of(card: Card) -> Detector:
    """Calls of certain functions, whatever they are given."""
    paths = frozenset(map(libraries.canonical, card.detect["calls"]))
    message: str = card.detect["message"]

    @detector(on=ast.Call, imports=_modules(paths))
    def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
        path = at.path(call.func)
        if path in paths:
            yield at.finding(call.func, message.replace("{call}", path), _replacement(card, call, at))

    return detect


def call_with_value(card: Card) -> Detector:
    """Calls that give an argument one of certain constant values."""
    paths = frozenset(map(libraries.canonical, card.detect["calls"]))
    keyword: str = card.detect["keyword"]
    position: int | None = card.detect["position"]
    values: list[object] = card.detect["values"]
    message: str = card.detect["message"]

    @detector(on=ast.Call, imports=_modules(paths))
    def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
        path = at.path(call.func)
        given = at.argument(call, position, keyword) if path in paths else None
        value = at.constant(given)
        if path is None or given is None or not any(_same(value, one) for one in values):
            return
        text = message.replace("{call}", path).replace("{value}", repr(value))
        yield at.finding(given, text, _other_value(card, call, given, at))

    return detect


def _same(value: object, other: object) -> bool:
    """Whether two constants are one: `1` equals `True`, and is another value."""
    return type(value) is type(other) and value == other


def _modules(paths: Iterable[str]) -> set[str]:
    """The modules without which a file has no such call; the built-in functions need none."""
    roots = {path.partition(".")[0] for path in paths}
    return set() if "builtins" in roots else roots


def _gives(call: ast.Call, keyword: str, position: int | None) -> bool:
    """Whether a call gives an argument, or may do so by `*` or `**`."""
    for given in call.keywords:
        if given.arg is None:
            return True
        if given.arg == keyword:
            return not (isinstance(given.value, ast.Constant) and given.value.value is None)
    starred = any(isinstance(argument, ast.Starred) for argument in call.args)
    return position is not None and (starred or len(call.args) > position)


def _is_configured(function: ast.expr, at: Place) -> bool:
    """Whether the object of a method may give the argument by itself: an adapter, a patch, a subclass."""
    if not isinstance(function, ast.Attribute):
        return False
    owner = at.resolve(function.value)
    own_class = local_name(owner.type) if isinstance(owner, Instance) else None
    if own_class is not None and any(
        at.look(f"{own_class}.{name}") is not None for name in ("request", "send")
    ):
        return True
    adapter = _attribute(function.value, "mount", at)
    if adapter is not None and adapter != Instance("requests.adapters.HTTPAdapter"):
        return True
    return _attribute(function.value, "request", at) is not None


def _attribute(receiver: ast.expr, name: str, at: Place) -> Value | None:
    """What the file assigns to an attribute of a variable or of an attribute of the instance."""
    match receiver:
        case ast.Name(id=variable):
            return at.look_local(f"{variable}.{name}")
        case ast.Attribute(value=ast.Name(id="self"), attr=attribute) if at.frame.owner_class:
            return at.look(f"{at.frame.owner_class}.{attribute}.{name}")
        case _:
            return None


def _message(path: str, keyword: str) -> str:
    if keyword == "timeout":
        return f"`{path}` waits for ever when the other side does not answer: it has no timeout"
    return f"`{path}` is called without `{keyword}`"


def _fix(card: Card, call: ast.Call, keyword: str, at: Place) -> Fix | None:
    fix: dict[str, Any] | None = card.fix
    if fix is None or fix["kind"] != "add-keyword" or at.f_string(call) is not None:
        return None
    edit = add_keyword(call, keyword, fix["value"], at)
    if edit is None:
        return None
    title = f"Add `{keyword}={fix['value']}`"
    return Fix(title, fix["safety"], fix.get("reason", ""), lambda: [edit])


def _replacement(card: Card, call: ast.Call, at: Place) -> Fix | None:
    fix: dict[str, Any] | None = card.fix
    if fix is None:
        return None
    replaced = replace_callee(call, fix["to"], at)
    if replaced is None:
        return None
    edits, imports = replaced
    return Fix(f"Call `{fix['to']}`", fix["safety"], fix["reason"], lambda: edits, imports)


def _other_value(card: Card, call: ast.Call, given: ast.expr, at: Place) -> Fix | None:
    fix: dict[str, Any] | None = card.fix
    if fix is None or at.f_string(call) is not None:
        return None
    keyword: str = card.detect["keyword"]
    if fix["kind"] == "set-keyword":
        edit = at.edit(*at.range_of(given), fix["value"])
        title = f"Set `{keyword}` to `{fix['value']}`"
    else:
        edit = remove_argument(call, keyword, at)
        title = f"Remove `{keyword}`"
    return Fix(title, fix["safety"], fix["reason"], lambda: [edit]) if edit is not None else None


DETECTORS: dict[str, Callable[[Card], Detector]] = {
    "call-without-keyword": call_without_keyword,
    "call-of": call_of,
    "call-with-value": call_with_value,
    "request-data-in-call": request_data_in_call,
}
"""By the `kind` that cards name."""
