"""What the classes of a module inherit from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.python.values import Bases, local_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.names import Look


def ancestors(owner: str, look: Look) -> Iterator[str | None]:
    """The classes outside of the module that a class of it inherits from; None for one that is not known."""
    pending, seen = [owner], set[str]()
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        bases = look(f"{name}<")
        for path in bases.paths if isinstance(bases, Bases) else (None,):
            own = local_name(path) if path is not None else None
            if own is not None:
                pending.append(own)
            else:
                yield path
