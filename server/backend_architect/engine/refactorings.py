"""Changes that somebody asks for at the cursor, where no rule has found anything."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from backend_architect.engine.findings import Fix

Offer = Callable[[Any, Any], Iterator[Fix]]
"""Takes what the language says of the cursor, and the Place around it."""


@dataclass(frozen=True, slots=True)
class Refactoring:
    """A function that looks at the cursor and offers changes."""

    imports: frozenset[str]
    """Top-level modules, one of which the file imports; an empty set stands for any file."""
    offer: Offer


def refactoring(*, imports: Iterable[str] = ()) -> Callable[[Offer], Refactoring]:
    """Make a refactoring of a function that takes a cursor and a Place and yields fixes."""
    return lambda offer: Refactoring(frozenset(imports), offer)


@cache
def all_refactorings() -> tuple[Refactoring, ...]:
    """What the modules of `backend_architect.refactorings` offer, ordered by their names."""
    from backend_architect import refactorings  # noqa: PLC0415 - they are loaded when somebody first asks

    names = sorted(module.name for module in pkgutil.iter_modules(refactorings.__path__))
    return tuple(import_module(f"{refactorings.__name__}.{name}").offer for name in names)
