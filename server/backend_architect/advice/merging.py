"""As few indexes as serve all needs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from backend_architect.advice.candidates import GAIN, WORTH, Candidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.advice.plans import Need
    from backend_architect.schema.model import Index


@dataclass(slots=True, eq=False)
class Merged:
    """An index and the needs that it serves."""

    candidate: Candidate
    needs: list[Need] = field(default_factory=list["Need"])


def merged(needs: Iterable[Need]) -> list[Merged]:
    """The indexes that serve all needs, in the order of the tables' names.

    Longer ones come first, because a shorter need may be served by the first columns of a longer index.
    Columns that are compared for equality may be put in another order for that.
    """
    chosen: dict[str, list[Merged]] = {}
    for need in sorted(needs, key=_size, reverse=True):
        there = chosen.setdefault(need.wanted.table.name, [])
        if not any(_takes(one, need) for one in there):
            there.append(Merged(need.candidate, [need]))
    return [one for _, there in sorted(chosen.items()) for one in there]


def _size(need: Need) -> tuple[int, bool]:
    return len(need.candidate.index.parts), not need.candidate.index.where


def _takes(one: Merged, need: Need) -> bool:
    """Let an index serve one more need, if it or a variant of it does."""
    if need.candidate.rewrites != one.candidate.rewrites and need.candidate.rewrites:
        return False
    needs = [*one.needs, need]
    for index in _variants(one.candidate, need.candidate):
        if all(_serves(index, other) for other in needs):
            one.candidate = replace(one.candidate, index=index)
            one.needs = needs
            return True
    return False


def _variants(candidate: Candidate, other: Candidate) -> Iterator[Index]:
    index = candidate.index
    first = list(other.index.parts[: other.equal])
    head, tail = list(index.parts[: candidate.equal]), index.parts[candidate.equal :]
    moved = [part for part in head if part in first] + [part for part in head if part not in first]
    for where in dict.fromkeys((index.where, "")):
        yield replace(index, where=where)
        yield replace(index, where=where, parts=(*moved, *tail))


def _serves(index: Index, need: Need) -> bool:
    return need.wanted.reading(index) <= min(WORTH, need.candidate.reading * GAIN / 2)
