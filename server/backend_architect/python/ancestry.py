"""What classes inherit from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.python.names import BASES, ELSEWHERE, foreign_modules
from backend_architect.python.values import Bases, local_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.names import Look


def ancestors(owner: str, look: Look) -> Iterator[str | None]:
    """The classes outside of the module that a class of it inherits from; None for one that is not known."""
    return (path for path in lineage(f":{owner}", look) if path is None or local_name(path) is None)


def lineage(path: str, look: Look) -> Iterator[str | None]:
    """A class and all that it inherits from, as far as this and other files of the project tell.

    Args:
        path: as a Symbol or an Instance names it.
        look: as `Place.look`.

    Returns:
        dotted names, those of the module itself with a colon; None for a base class that is not known.
    """
    pending: list[str | None] = [path]
    seen: set[str | None] = set()
    while pending:
        one = pending.pop()
        if one in seen:
            continue
        seen.add(one)
        yield one
        own = local_name(one) if one is not None else None
        if own is not None:
            bases = look(own + BASES)
            pending += bases.paths if isinstance(bases, Bases) else (None,)
        elif one is not None and one.partition(".")[0] not in foreign_modules():
            bases = look(ELSEWHERE + one + BASES)
            pending += bases.paths if isinstance(bases, Bases) else ()
