"""Reading a secret from the environment instead of writing it in the code."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.knowledge import libraries
from backend_architect.python.ancestry import ancestors
from backend_architect.python.secret_values import (
    is_connection_string,
    is_part_of_text,
    is_url_with_password,
    known_format,
)
from backend_architect.python.words import words_of

if TYPE_CHECKING:
    from backend_architect.engine.findings import Edit
    from backend_architect.python.place import Place
    from backend_architect.python.receivers import Receiver

_REASON = "The program does not start until the variable is set. Change the secret too: this one is known."
_SETTINGS = frozenset({"pydantic_settings.BaseSettings", "pydantic.BaseSettings"})
_DATABASES = frozenset({"DATABASE", "DATABASES", "ENGINE", "HOST"})


def read_from_environment(
    literal: ast.Constant, text: str, receiver: Receiver | None, at: Place
) -> Fix | None:
    """The fix that takes a secret out of the code; None where the literal is only a part of something."""
    if at.f_string(literal) is not None or is_part_of_text(text):
        return None
    if receiver is None:
        return _argument(literal, text, at)
    if receiver.how in {"default", "compared"}:
        return None
    if _is_setting(receiver, at):
        return _required_setting(receiver, at)
    if receiver.how == "fallback":
        return _without_fallback(receiver, at)
    if isinstance(receiver.value, ast.BoolOp):
        return _without_alternative(receiver.value, literal, at)
    if receiver.value is not literal and not _is_wrapped(receiver.value, literal):
        return None
    variable = _variable(text, receiver)
    encoded = ".encode()" if isinstance(literal.value, bytes) else ""
    return _fix(variable, [at.edit(*at.range_of(literal), f'os.environ["{variable}"]{encoded}')])


def _argument(literal: ast.Constant, text: str, at: Place) -> Fix | None:
    """The fix of a literal that has no name, but tells what it is."""
    form = known_format(text)
    variable = form.variable if form is not None else _variable_of_database(text)
    if not variable or not isinstance(at.view.parent(literal), ast.Call | ast.Return):
        return None
    return _fix(variable, [at.edit(*at.range_of(literal), f'os.environ["{variable}"]')])


def _variable_of_database(text: str) -> str:
    if is_url_with_password(text):
        return "DATABASE_URL"
    return "DATABASE_DSN" if is_connection_string(text) else ""


def _fix(variable: str, edits: list[Edit]) -> Fix:
    return Fix(f'Read it from `os.environ["{variable}"]`', "unsafe", _REASON, lambda: edits, ("import os",))


def _variable(text: str, receiver: Receiver) -> str:
    """The name of the environment variable: that of the receiver, unless it says too little."""
    form = known_format(text)
    words = words_of(receiver.name)
    if len(words) > 1:
        return "_".join(words).upper()
    if receiver.variable:
        return receiver.variable
    if form is not None:
        return form.variable
    if is_url_with_password(text) and words[-1:] in {("url",), ("uri",), ("dsn",)}:
        return "DATABASE_URL"
    if isinstance(receiver.node, ast.Dict) and not _DATABASES.isdisjoint(_keys(receiver.node)):
        return f"DATABASE_{receiver.name.upper()}"
    return "_".join(words).upper() or "SECRET"


def _keys(entries: ast.Dict) -> set[str]:
    keys = [key.value for key in entries.keys if isinstance(key, ast.Constant)]
    return {key for key in keys if isinstance(key, str)}


def _is_wrapped(value: ast.expr, literal: ast.Constant) -> bool:
    """Whether a value is the literal in a call that takes a string, as in `SecretStr("...")`."""
    match value:
        case ast.Call(func=ast.Attribute(value=inner, attr="encode"), args=[]):
            return inner is literal
        case ast.Call(func=function, args=[first], keywords=[]):
            return first is literal and getattr(function, "attr", getattr(function, "id", "")) == "SecretStr"
        case _:
            return False


def _is_setting(receiver: Receiver, at: Place) -> bool:
    owner = at.frame.owner if at.frame.function is None else None
    return (
        owner is not None
        and isinstance(receiver.node, ast.AnnAssign)
        and not _SETTINGS.isdisjoint(ancestors(owner, at.look))
    )


def _required_setting(receiver: Receiver, at: Place) -> Fix | None:
    """A field of pydantic's settings without a default is read from the environment."""
    field = receiver.node
    if not isinstance(field, ast.AnnAssign) or isinstance(receiver.value, ast.Call):
        return None
    edits = [at.edit(at.range_of(field.annotation)[1], at.range_of(field)[1], "")]
    return Fix("Require it from the environment: no default", "unsafe", _REASON, lambda: edits)


def _without_fallback(receiver: Receiver, at: Place) -> Fix | None:
    call = receiver.node
    path = at.path(call.func) if isinstance(call, ast.Call) else None
    reader = libraries.entry("settings-readers", path) if path is not None else None
    if reader is None or not isinstance(call, ast.Call) or path == "os.environ.setdefault":
        return None
    name = at.source_of(call.args[0])
    if "becomes" in reader:
        edits = [at.edit(*at.range_of(call), f"os.environ[{name}]")]
        return _fix(receiver.name, edits)
    given = [*call.args, *call.keywords]
    index = next(i for i, one in enumerate(given) if receiver.value in {one, getattr(one, "value", None)})
    before = max(given[:index], key=lambda one: at.range_of(one)[1])
    edits = [at.edit(at.range_of(before)[1], at.range_of(given[index])[1], "")]
    return Fix(f"Require `{receiver.name}`: no fallback", "unsafe", _REASON, lambda: edits)


def _without_alternative(choice: ast.BoolOp, literal: ast.Constant, at: Place) -> Fix | None:
    """`os.environ.get("NAME") or "secret"` without its second half."""
    match choice.values:
        case [ast.Call(func=function, args=[ast.Constant(value=str() as name)]), second] if second is literal:
            if at.path(function) not in {"os.environ.get", "os.getenv"}:
                return None
            return _fix(name, [at.edit(*at.range_of(choice), f'os.environ["{name}"]')])
        case _:
            return None
