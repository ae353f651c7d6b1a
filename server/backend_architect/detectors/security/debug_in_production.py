"""Debug mode that is on unless somebody turns it off."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.arguments import name_of
from backend_architect.knowledge import libraries
from backend_architect.python.configuration import (
    SUBJECTS,
    default_of,
    is_django,
    settings_at,
    where_unset,
)
from backend_architect.python.place import NO_CONSTANT
from backend_architect.python.switches import is_asked_for
from backend_architect.python.values import Instance, Literal
from backend_architect.python.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.configuration import Setting
    from backend_architect.python.place import Place

_STARTING = frozenset(path.rpartition(".")[2] for path in libraries.paths("debug-on")) | {
    "DebuggedApplication"
}
_ASKING = frozenset({"debug", "dev", "devel", "development", "local", "test", "testing", "verbose"})
_REFUSING = frozenset({"production", "prod", "live", "release", "deployed"})
_APPLICATIONS = frozenset({"app", "application", "server", "api"})
_APPLICATION_TYPES = frozenset(
    {"flask.Flask", "quart.Quart", "starlette.applications.Starlette", "fastapi.FastAPI"}
)
_PRODUCTION_CLASSES = (
    "ProductionConfig",
    "ProdConfig",
    "Production",
    "Prod",
    "ConfigProduction",
    "ProductionSettings",
)

_PAGES = "an error shows code, variables and settings to whoever caused it"
_SHELL = "the error page runs Python for whoever caused the error"
_REASON = "Debug mode is off unless the environment turns it on."


@detector(on=SUBJECTS, words=("debug",))
def detect(node: ast.Assign | ast.AnnAssign | ast.Call, at: Place) -> Iterator[Finding]:
    """Leave debug mode alone where a condition asks for it."""
    found = _found(node, at)
    if found is not None and not is_asked_for(node, at, _ASKING, _REFUSING):
        yield found


def _found(node: ast.Assign | ast.AnnAssign | ast.Call, at: Place) -> Finding | None:
    for setting in settings_at(node, at):
        if setting.name == "DEBUG" and _decides(setting, at):
            return _judged(
                setting.value, "DJANGO_DEBUG" if setting.place == "module" else "FLASK_DEBUG", _PAGES, at
            )
    match node:
        case ast.Assign(targets=[ast.Attribute(value=owner, attr="debug")]):
            return (
                _judged(node.value, "FLASK_DEBUG", _PAGES, at)
                if at.type_of(owner) in _APPLICATION_TYPES
                else None
            )
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value="FLASK_DEBUG"), value=mapping)]):
            turned_on = at.path(mapping) == "os.environ" and at.constant(node.value) == "1"
            return at.finding(node, f"debug mode is on: {_SHELL}") if turned_on else None
        case ast.Call():
            return _of_call(node, at)
        case _:
            return None


def _decides(setting: Setting, at: Place) -> bool:
    """Whether a setting is the framework's, and the only one of its name that counts."""
    if setting.place == "module":
        return is_django(at) and at.look("DEBUG") == at.resolve(setting.value)
    if setting.place == "class":
        name = at.frame.owner or ""
        words = set(words_of(name))
        if words & (_ASKING | {"testing"}) or not words & {
            "config",
            "configuration",
            "settings",
            "production",
            "prod",
        }:
            return False
        return not any(at.look(f"{one}.DEBUG") == Literal(value=False) for one in _PRODUCTION_CLASSES)
    return True


def _of_call(call: ast.Call, at: Place) -> Finding | None:
    if getattr(call.func, "attr", getattr(call.func, "id", "")) not in _STARTING:
        return None
    path = at.path(call.func)
    if path == "werkzeug.debug.DebuggedApplication":
        runs = at.constant(at.argument(call, 1, "evalex"))
        return (
            None
            if runs is False or runs is NO_CONSTANT
            else at.finding(call.func, f"debug mode is on: {_SHELL}")
        )
    entry = libraries.entry("debug-on", path) if path is not None else None
    if entry is not None:
        value = at.argument(call, entry.get("position"), entry["keyword"])
        is_server = path is not None and not path[path.rfind(".") + 1].isupper()
        variable = entry.get("variable", "DEBUG")
        return _judged(value, variable, _SHELL if is_server else _PAGES, at) if value is not None else None
    if _runs_an_application(call, at):
        value = at.argument(call, None, "debug")
        return _judged(value, "FLASK_DEBUG", _SHELL, at) if value is not None else None
    return None


def _runs_an_application(call: ast.Call, at: Place) -> bool:
    """Whether a call is `app.run(...)` of an application that another file, or a function, has made."""
    match call.func:
        case ast.Attribute(value=ast.Name(id=name) as owner, attr="run") if name in _APPLICATIONS:
            return not isinstance(at.resolve(owner), Instance)
        case ast.Attribute(value=ast.Call(func=ast.Name(id=name)), attr="run"):
            return "app" in words_of(name)
        case _:
            return False


def _judged(value: ast.expr, variable: str, danger: str, at: Place) -> Finding | None:
    if at.constant(value) is True or (isinstance(value, ast.Constant) and value.value == 1):
        return at.finding(value, f"debug mode is on: {danger}", _from_environment(value, variable, at))
    default, unset = default_of(value, at), where_unset(value, at)
    if default is not None and isinstance(unset, bool | int | str) and unset:
        message = f"debug mode is on wherever the environment does not turn it off: {danger}"
        return at.finding(default, message, _off_by_default(default, at))
    return None


def _from_environment(value: ast.expr, variable: str, at: Place) -> Fix | None:
    named = name_of("os.environ", at)
    if named is None or at.f_string(value) is not None:
        return None
    written, imports = named
    edit = at.edit(*at.range_of(value), f'{written}.get("{variable}") == "1"')
    return Fix(f"Turn it on by `{variable}=1` only", "unsafe", _REASON, lambda: [edit], imports)


def _off_by_default(default: ast.expr, at: Place) -> Fix | None:
    if not isinstance(default, ast.Constant) or at.f_string(default) is not None:
        return None
    off = '""' if isinstance(default.value, str) else "False"
    edit = at.edit(*at.range_of(default), off)
    return Fix(f"Make `{off}` the default", "unsafe", _REASON, lambda: [edit])
