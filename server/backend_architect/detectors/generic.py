"""Detectors that several cards share; each is made from the fields of a card."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import Detector, detector
from backend_architect.fixes.calls import add_keyword
from backend_architect.knowledge import libraries
from backend_architect.python.values import Instance, Value, local_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from backend_architect.knowledge.cards import Card
    from backend_architect.python.place import Place


def call_without_keyword(card: Card) -> Detector:
    """Calls of certain functions that do not give a certain argument."""
    calls: list[str] | dict[str, str] = card.detect["calls"]
    keyword: str = card.detect["keyword"]
    position: int | None = card.detect.get("position")
    from_table = isinstance(calls, dict)
    paths = libraries.paths(calls["library"]) if isinstance(calls, dict) else tuple(calls)

    @detector(on=ast.Call, imports={path.partition(".")[0] for path in paths})
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


DETECTORS: dict[str, Callable[[Card], Detector]] = {"call-without-keyword": call_without_keyword}
"""By the `kind` that cards name."""
