"""The variables of templates: what the project and the place of a snippet say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from backend_architect.snippets.cards import Variant
    from backend_architect.snippets.landmarks import FileFacts, Landmark


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the project around a file."""

    path: str = ""
    """Of the file, below the root of the project."""
    module: str = ""
    """Its dotted name."""
    landmarks: tuple[Landmark, ...] = ()
    """Those of all files, with their modules."""
    routes: frozenset[str] = frozenset()
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    """Those of the only table; empty if there are several to choose from."""
    declared: frozenset[str] = frozenset()
    """The distributions that the project names as its dependencies."""
    dialect: str = "postgres"


def variables(variant: Variant, where: str, file: FileFacts, around: Surroundings) -> dict[str, Any]:
    """What the template of a variant may ask for.

    Args:
        variant: the one whose template is meant.
        where: the place: empty, module, class, function or async-function.
        file: what the file says.
        around: what its project says.
    """
    here = [replace(one, module=around.module, path=around.path) for one in file.landmarks]
    session = _best("session", "", here, around)
    application = _best("application", variant.framework, here, around)
    routers = [
        one.name
        for one in here
        if one.kind in {"router", "application"} and one.style == variant.framework and not one.column
    ]
    return {
        "where": where,
        "checked": variant.checked,
        "application": application,
        "router": routers[0] if routers and where != "empty" else None,
        "session": session,
        "settings": _best("settings", "", here, around),
        "settings_class": _best("settings-class", "", here, around),
        "user": _best("user", "", here, around),
        "tables": around.tables,
        "columns": around.columns,
        "dialect": around.dialect,
        "module": around.module,
        "package": _head(application.module, ".") if application is not None else "",
        "folder": _head(application.path, "/") if application is not None else "",
        "asynchronous": where == "async-function" or (session or file).asynchronous,
    }


def lacking(variant: Variant, known: Mapping[str, Any]) -> list[str]:
    """What the template of a variant cannot do without, and its variables do not have."""
    return [name for name in variant.requires if known[name] is None]


def _head(name: str, separator: str) -> str:
    """A dotted name or a path without its last part, ready for another one."""
    head, found, _ = name.rpartition(separator)
    return head + found


def _best(kind: str, style: str, here: Iterable[Landmark], around: Surroundings) -> Landmark | None:
    """The landmark of a kind: that of the file, else that of the project if there is only one."""
    own = _of_kind(kind, style, here)
    others = _of_kind(kind, style, around.landmarks)
    return own[0] if own else others[0] if len(others) == 1 else None


def _of_kind(kind: str, style: str, landmarks: Iterable[Landmark]) -> list[Landmark]:
    return [one for one in landmarks if one.kind == kind and (not style or one.style == style)]
