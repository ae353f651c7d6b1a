"""The frameworks that snippets are written for, and how a file or a project shows that it uses one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework, or a language whose snippets need none."""

    label: str
    """As its makers write it."""
    module: str = ""
    """What is imported of it; empty for a language, which every file in it uses."""


FRAMEWORKS: Final = {
    "aiohttp": Framework("aiohttp", "aiohttp"),
    "alembic": Framework("Alembic", "alembic"),
    "celery": Framework("Celery", "celery"),
    "django": Framework("Django", "django"),
    "fastapi": Framework("FastAPI", "fastapi"),
    "flask": Framework("Flask", "flask"),
    "httpx": Framework("HTTPX", "httpx"),
    "python": Framework("Python"),
    "requests": Framework("Requests", "requests"),
    "sql": Framework("SQL"),
    "sqlalchemy": Framework("SQLAlchemy", "sqlalchemy"),
    "starlette": Framework("Starlette", "starlette"),
}
"""By the names that cards and templates have for them, which are those of the distributions as well."""

_MODULES: Final = {one.module for one in FRAMEWORKS.values()} - {""}


def in_use(name: str, imported: Collection[str], declared: Collection[str]) -> bool:
    """Whether a file uses a framework: it imports that, or it imports none and the project depends on it.

    Args:
        name: of the framework.
        imported: the top-level modules that the file imports.
        declared: the distributions that its project names.
    """
    module = FRAMEWORKS[name].module
    if not module or module in imported:
        return True
    return _MODULES.isdisjoint(imported) and name in declared
