"""Where the values of the parameters of a handler come from."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from backend_architect.knowledge import libraries
from backend_architect.python.ancestry import lineage
from backend_architect.python.marks import name_of
from backend_architect.python.values import Instance, Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.names import Resolver
    from backend_architect.python.place import Place

Function = ast.FunctionDef | ast.AsyncFunctionDef

Role = Literal[
    "request", "path", "query", "body", "header", "cookie", "form", "dependency", "other", "unknown"
]

_ANGLES = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)(?::(\w+)[^>]*)?>")
_BRACES = re.compile(r"\{(\w+)(?::([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a handler and where its value comes from.

    `type` is the dotted name of its class, or the converter of the path (`int`); `marker` is the call of
    `Query`, `Body` or `Depends` that declares it, `default` what stands behind the equals sign.
    """

    name: str
    role: Role
    node: ast.arg
    type: str | None = None
    marker: ast.Call | None = None
    default: ast.expr | None = None


@dataclass(frozen=True, slots=True)
class ParameterReader:
    """Reads the parameters of a function that stands where names have the meaning of `resolver`."""

    resolver: Resolver
    at: Place

    def read(
        self, function: Function, framework: str, path: str | None, *, method: bool, first: bool
    ) -> Iterator[Parameter]:
        """All parameters in their order; `first` says that the first one is the request."""
        args = function.args
        positional = [*args.posonlyargs, *args.args]
        defaults: dict[str, ast.expr | None] = dict(
            zip((one.arg for one in reversed(positional)), reversed(args.defaults), strict=False)
        )
        defaults.update(zip((one.arg for one in args.kwonlyargs), args.kw_defaults, strict=True))
        converters = _converters(path or "", framework)
        own = positional[1:] if method and not _is_static(function) else positional
        for index, arg in enumerate([*own, *args.kwonlyargs]):
            default = defaults.get(arg.arg)
            if first and index == 0:
                yield Parameter(arg.arg, "request", arg, None, None, default)
            elif framework in {"fastapi", "litestar"}:
                yield self._injected(arg, default, converters)
            else:
                yield self._passed(arg, default, converters, framework)

    def _passed(
        self, arg: ast.arg, default: ast.expr | None, converters: dict[str, str], framework: str
    ) -> Parameter:
        """A parameter of a handler that is given the parts of the path, and maybe the request."""
        value = self.resolver.annotated(arg.annotation) if arg.annotation is not None else None
        of_class = value.type if isinstance(value, Instance) else None
        if of_class is not None and libraries.entry("request-classes", of_class) is not None:
            return Parameter(arg.arg, "request", arg, of_class, None, default)
        if arg.arg in converters:
            return Parameter(arg.arg, "path", arg, converters[arg.arg] or of_class, None, default)
        if arg.arg in {"request", "req"} and framework not in {"flask", "bottle", "quart"}:
            return Parameter(arg.arg, "request", arg, of_class, None, default)
        role: Role = "unknown" if framework in {"django", "drf", ""} else "other"
        return Parameter(arg.arg, role, arg, of_class, None, default)

    def _injected(self, arg: ast.arg, default: ast.expr | None, converters: dict[str, str]) -> Parameter:
        """A parameter that says itself where its value comes from."""
        annotation, metadata = _annotation(arg.annotation)
        value = self.resolver.annotated(annotation) if annotation is not None else None
        of_class = value.type if isinstance(value, Instance) else None
        if of_class is None and isinstance(annotation, ast.Subscript):
            origin = self.resolver.resolve(annotation.value)
            of_class = origin.path if isinstance(origin, Symbol) else None
        for marker in (*metadata, default):
            if isinstance(marker, ast.Call):
                path = self._path_of(marker.func)
                entry = libraries.entry("parameter-markers", path) if path is not None else None
                if entry is not None:
                    return Parameter(arg.arg, entry["role"], arg, of_class, marker, default)
        role: Role
        if arg.arg in converters:
            role = "path"
        elif isinstance(default, ast.Call):
            role = "unknown"  # what another function makes may be a marker
        elif of_class is None:
            role = "query" if annotation is None else "unknown"
        else:
            role = self._role_of(of_class)
        return Parameter(arg.arg, role, arg, of_class, None, default)

    def _role_of(self, of_class: str) -> Role:
        if libraries.entry("request-classes", of_class) is not None:
            return "request"
        entry = libraries.entry("parameter-types", of_class)
        if entry is not None:
            return entry["role"]
        bases = [base for base in lineage(of_class, self.at.look) if base is not None]
        if any(libraries.is_a(base, "pydantic.BaseModel") for base in bases):
            return "body"
        return "query" if any(base.startswith("enum.") for base in bases) else "unknown"

    def _path_of(self, node: ast.expr) -> str | None:
        value = self.resolver.resolve(node)
        return value.path if isinstance(value, Symbol) else None


def _is_static(function: Function) -> bool:
    return any(name_of(one) == "staticmethod" for one in function.decorator_list)


def _annotation(node: ast.expr | None) -> tuple[ast.expr | None, list[Any]]:
    """The type in `Annotated[type, ...]` with what stands behind it."""
    match node:
        case ast.Subscript(value=origin, slice=ast.Tuple(elts=[inner, *metadata])):
            if name_of(origin) == "Annotated":
                return inner, metadata
        case _:
            pass
    return node, []


def _converters(path: str, framework: str) -> dict[str, str]:
    """The names in a path, each with its converter."""
    found: dict[str, str] = {}
    for before, name, behind in _ANGLES.findall(path):
        swapped = before and framework in {"bottle", "sanic"}
        found[before if swapped else name] = name if swapped else before or behind
    return found | dict[str, str](_BRACES.findall(path))
