"""How a retry is written: by which library, for which exceptions, and how long."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from backend_architect.fixes.arguments import name_of
from backend_architect.fixes.calls import add_keyword
from backend_architect.python.names import FunctionScope
from backend_architect.python.values import Symbol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.python.place import Place
    from backend_architect.python.remote_calls import RemoteCall

Library = Literal["stamina", "tenacity"]

ATTEMPTS: Final = 3
PAUSES: Final = 5
"""Seconds that the pauses between the attempts take together, at most."""

WIDTH: Final = 88
"""Columns up to which a call stays on its line."""

_STATUSES: Final = "{429, 500, 502, 503, 504}"
_TENACITY: Final = ("retry", "Retrying", "AsyncRetrying", "stop_after_attempt", "retry_if_exception_type")
_SECONDS: Final = 10.0
"""How long an attempt is taken to last where the time-out is not a constant."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a retry says, ready to be written at one place."""

    library: Library
    on: str
    """The exceptions, or the function that judges them."""
    judged: bool
    """Whether it is a function: then answers with some error statuses count as well."""
    seconds: int
    """After which nothing is tried any more."""
    imports: tuple[str, ...]
    definitions: tuple[str, ...]
    names: dict[str, str]
    """How the things of the library are written."""
    declared: bool
    """Whether the project is known to depend on the library."""

    def decorator(self, indent: str) -> str:
        """The decorator that runs a function again."""
        return spread(f"@{self.names['retry']}", self._arguments(), indent)

    def loop(self, indent: str, *, waits: bool) -> str:
        """The head of the loop over attempts; `waits` says that the function can await."""
        context = "retry_context" if self.library == "stamina" else "AsyncRetrying" if waits else "Retrying"
        word = "async for" if waits else "for"
        return spread(f"{word} attempt in {self.names[context]}", self._arguments(), indent, ":")

    def _arguments(self) -> list[str]:
        if self.library == "stamina":
            return [f"on={self.on}", f"attempts={ATTEMPTS}", f"timeout={self.seconds}"]
        judge = self.names["retry_if_exception" if self.judged else "retry_if_exception_type"]
        attempts, delay = self.names["stop_after_attempt"], self.names["stop_after_delay"]
        stop = f"{attempts}({ATTEMPTS}) | {delay}({self.seconds})"
        wait = f"{self.names['wait_exponential_jitter']}(max={PAUSES})"
        return [f"retry={judge}({self.on})", f"stop={stop}", f"wait={wait}", "reraise=True"]


_NEEDED: Final[dict[Library, dict[str, tuple[str, ...]]]] = {
    "stamina": {"decorator": ("retry",), "loop": ("retry_context",), "async loop": ("retry_context",)},
    "tenacity": {
        "decorator": ("retry",),
        "loop": ("Retrying",),
        "async loop": ("AsyncRetrying",),
    },
}
_ALWAYS: Final = ("stop_after_attempt", "stop_after_delay", "wait_exponential_jitter")


def terms(
    remote: RemoteCall, form: Literal["decorator", "loop", "async loop"], at: Place, *, checked: bool
) -> Terms | None:
    """The terms on which a call is made again, as code at a place can write them.

    None where the names that are needed stand for something else there.

    Args:
        remote: the call.
        form: how the retry is written.
        at: where it is written.
        checked: whether answers with an error status are raised as exceptions.
    """
    library, declared = _library(at)
    needed = _NEEDED[library][form]
    if library == "tenacity":
        needed += (*_ALWAYS, "retry_if_exception" if checked else "retry_if_exception_type")
    tools = written([f"{library}.{name}" for name in needed], at)
    transient = remote.facts["transient"].split()
    if tools is None:
        return None
    if checked:
        judge = f"_is_transient_{remote.facts['library']}_error"
        definition = _definition(judge, transient, remote, at.at_top())
        if definition is None:
            return None
        # The judge needs the names where it stands, whoever asks it.
        on, definitions, imports = judge, definition[0], definition[1]
    else:
        found = written(transient, at)
        if found is None:
            return None
        on, definitions, imports = one_or_tuple(found[0]), (), found[1]
    names = dict(zip(needed, tools[0], strict=True))
    seconds = total_seconds(patience(remote, at))
    imports = tuple(dict.fromkeys((*tools[1], *imports)))
    return Terms(library, on, checked, seconds, imports, definitions, names, declared)


def total_seconds(patience: float) -> int:
    """The time that three attempts and the pauses between them need at most, as a round number."""
    return -int(-(ATTEMPTS * patience + PAUSES) // 5) * 5


def _definition(
    name: str, transient: Sequence[str], remote: RemoteCall, top: Place
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The function that judges exceptions, if the module has none yet, and its imports."""
    if top.look(name) is not None:
        return (), ()
    found = written([remote.facts["status-error"], *transient], top)
    if found is None:
        return None
    (status_error, *others), imports = found
    body = f'''def {name}(error: BaseException) -> bool:
    """Whether the same request may succeed when it is made again."""
    if isinstance(error, {status_error}):
        return {remote.facts["status"]} in {_STATUSES}
    return isinstance(error, {one_or_tuple(others)})
'''
    return (body,), imports


def _library(at: Place) -> tuple[Library, bool]:
    """The library that the file or the project uses already, and whether that is so."""
    in_file = at.resolve(ast.Name("tenacity")) == Symbol("tenacity")
    if in_file or any(at.path(ast.Name(name)) == f"tenacity.{name}" for name in _TENACITY):
        return "tenacity", True
    if at.resolve(ast.Name("stamina")) == Symbol("stamina") or at.depends_on("stamina"):
        return "stamina", True
    return ("tenacity", True) if at.depends_on("tenacity") else ("stamina", False)


def written(paths: Iterable[str], at: Place) -> tuple[list[str], tuple[str, ...]] | None:
    """How code at a place writes some things of libraries, and the imports that the file needs for that."""
    found = [name_of(path, at) for path in paths]
    names = [one for one in found if one is not None]
    if len(names) < len(found):
        return None
    scope = at.view.resolver(at.frame).scope
    imports = [
        statement
        for _, statements in names
        for statement in statements
        if not (
            isinstance(scope, FunctionScope) and scope.bindings_of(statement.split()[1].partition(".")[0])
        )
    ]
    return [name for name, _ in names], tuple(imports)


def one_or_tuple(names: Sequence[str]) -> str:
    """A class of exceptions, or the tuple of several."""
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


def spread(head: str, arguments: Sequence[str], indent: str, tail: str = "") -> str:
    """A call on one line, or with a line for each argument where it is too long for that."""
    line = f"{head}({', '.join(arguments)}){tail}"
    if len(indent) + len(line) <= WIDTH:
        return line
    inner = indent + unit_of(indent)
    return "".join([f"{head}(\n", *(f"{inner}{one},\n" for one in arguments), f"{indent}){tail}"])


def unit_of(indent: str) -> str:
    """One step of an indentation."""
    return "\t" if "\t" in indent else "    "


# --- Time-outs


def patience(remote: RemoteCall, at: Place) -> float:
    """The seconds after which an attempt gives up that hears nothing, as it will be."""
    if needs_timeout(remote, at):
        return _SECONDS
    given = _given(remote, at) or _of_client(remote, at)
    if given is None:
        return remote.facts.get("seconds", _SECONDS)
    return _seconds(given, at) or _SECONDS


def needs_timeout(remote: RemoteCall, at: Place) -> bool:
    """Whether nobody says how long an attempt may wait, and its library waits for minutes or for ever."""
    if "timeout" not in remote.facts or any(one.arg is None for one in remote.call.keywords):
        return False
    given = _given(remote, at) or (_of_client(remote, at) if "async" in remote.facts else None)
    return given is None or at.constant(given) is None


def timeout_edit(remote: RemoteCall, at: Place) -> tuple[Edit, tuple[str, ...]] | None:
    """The edit that gives a call a time-out, and the imports for that."""
    value: str = remote.facts["timeout"]
    function, parenthesis, rest = value.partition("(")
    named = name_of(function, at) if parenthesis else (function, ())
    if named is None:
        return None
    edit = add_keyword(remote.call, "timeout", f"{named[0]}{parenthesis}{rest}", at)
    return None if edit is None else (edit, named[1])


def _given(remote: RemoteCall, at: Place) -> ast.expr | None:
    position = 2 if remote.facts["library"] == "urllib" else None
    return at.argument(remote.call, position, "timeout")


def _of_client(remote: RemoteCall, at: Place) -> ast.expr | None:
    """The time-out that a client was made with, if that can be seen in the function."""
    function = remote.call.func
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
        return None
    bound = at.view.resolver(at.frame).scope.bindings_of(function.value.id)
    made = [one.node for one in bound if isinstance(one.node, ast.Call)]
    return next((at.argument(call, None, "timeout") for call in made), None)


def _seconds(given: ast.expr, at: Place) -> float | None:
    """A constant number of seconds, also in a tuple or in an object that says it first."""
    value = at.constant(given)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match given:
        case ast.Tuple(elts=[_, _]):
            both = [_seconds(one, at) for one in given.elts]
            return sum(one for one in both if one is not None) if None not in both else None
        case ast.Call():
            total = at.argument(given, 0, "total")
            return _seconds(total, at) if total is not None else None
        case _:
            return None
