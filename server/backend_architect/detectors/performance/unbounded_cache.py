"""Caches of functions that keep an answer for every argument there has ever been."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.python.values import Bases, Symbol, local_name
from backend_architect.python.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

Function = ast.FunctionDef | ast.AsyncFunctionDef

_SIZE = 1024
_REASON = "Answers that were not used for long are computed again; how many to keep is yours to say."
_FINITE = frozenset({"builtins.bool", "builtins.type", "typing.Literal", "typing.Type", "builtins.NoneType"})


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ENDLESS = _set(
    """
    account address amount body cart city customer date day email employee hash host id ids ip isbn
    item latitude longitude message order patient payload person phone pk postcode prompt query
    question request search sentence session sku slug term text time timestamp title token uid url
    user username uuid zip zipcode
    """
)
"""What data is called of which there is always more; the last word of a parameter says what it is."""
_ENUMS = frozenset({"enum.Enum", "enum.StrEnum", "enum.IntEnum", "enum.Flag", "enum.IntFlag"})


@detector(on=(ast.FunctionDef, ast.AsyncFunctionDef), imports={"functools"})
def detect(function: Function, at: Place) -> Iterator[Finding]:
    """Look at decorators of functions that live as long as the module."""
    if at.function is not None:
        return
    for decorator in function.decorator_list:
        size = _unbounded(decorator, at)
        if size is None:
            continue
        method = at.frame.owner is not None or at.view.parsed.member
        arguments = [arg for arg in _arguments(function, method=method) if _is_endless(arg, at)]
        if method and not _is_static(function, at):
            message = f"`{at.source_of(decorator)}` keeps every instance alive until the process ends"
            yield at.finding(decorator, message)
        elif arguments:
            message = (
                f"`{at.source_of(decorator)}` keeps an answer for every `{arguments[0].arg}` "
                "that it was ever called with"
            )
            yield at.finding(decorator, message, _fix(decorator, size, at))


def _unbounded(decorator: ast.expr, at: Place) -> ast.expr | bool | None:
    """True for `cache`, and the `None` of `lru_cache(maxsize=None)`."""
    if not isinstance(decorator, ast.Call):
        return True if at.path(decorator) == "functools.cache" else None
    if at.path(decorator.func) != "functools.lru_cache":
        return None
    size = at.argument(decorator, 0, "maxsize")
    return size if size is not None and at.constant(size) is None else None


def _arguments(function: Function, *, method: bool) -> list[ast.arg]:
    args = function.args
    positional = [*args.posonlyargs, *args.args]
    rest = [one for one in (args.vararg, args.kwarg) if one is not None]
    return [*positional[1 if method else 0 :], *args.kwonlyargs, *rest]


def _is_static(function: Function, at: Place) -> bool:
    return any(
        at.path(one) in {"builtins.staticmethod", "builtins.classmethod"} for one in function.decorator_list
    )


def _is_endless(arg: ast.arg, at: Place) -> bool:
    """Whether a parameter takes data, by its name, and not one of a few settings, classes or choices."""
    words = words_of(arg.arg)
    return bool(words) and words[-1] in _ENDLESS and not _is_finite(arg, at)


def _is_finite(arg: ast.arg, at: Place) -> bool:
    """Whether there are only so many values of a parameter, by its annotation."""
    annotation = arg.annotation
    if isinstance(annotation, ast.Subscript):
        annotation = annotation.value
    value = at.resolve(annotation) if annotation is not None else None
    if not isinstance(value, Symbol):
        return False
    own = local_name(value.path)
    bases = at.look(f"{own}<") if own is not None else None
    return value.path in _FINITE or (isinstance(bases, Bases) and not _ENUMS.isdisjoint(bases.paths))


def _fix(decorator: ast.expr, size: ast.expr | bool, at: Place) -> Fix:
    if isinstance(size, ast.expr):
        edit = at.edit(*at.range_of(size), str(_SIZE))
        return Fix(f"Keep {_SIZE} answers", "unsafe", _REASON, lambda: [edit])
    if isinstance(decorator, ast.Attribute):
        new, imports = f"{at.source_of(decorator.value)}.lru_cache", ()
    else:
        new, imports = "lru_cache", ("from functools import lru_cache",)
    edit = at.edit(*at.range_of(decorator), f"{new}(maxsize={_SIZE})")
    return Fix(f"Keep {_SIZE} answers", "unsafe", _REASON, lambda: [edit], imports)
