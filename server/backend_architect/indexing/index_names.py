"""Names of new indexes in the way of those that a project has, and whether it has one already."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from backend_architect.queries.expressions import canonical_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Set

    from backend_architect.schema.model import Index, Table

_LONGEST: Final = 63
"""Bytes of a name in PostgreSQL 15 (NAMEDATALEN)."""

_PATTERNS: Final = (
    "ix_{table}_{parts}",
    "idx_{table}_{parts}",
    "ix_{parts}",
    "idx_{parts}",
    "{table}_{parts}_idx",
    "{table}_{parts}_ix",
    "{table}_{parts}_index",
    "index_{table}_on_{parts}",
)
"""How people name indexes; the first is the way of SQLAlchemy."""


@dataclass(frozen=True, slots=True)
class IndexNames:
    """What a project calls its indexes."""

    pattern: str = _PATTERNS[0]
    taken: Set[str] = field(default_factory=frozenset[str])
    """The names that are in use already."""

    def choose(self, index: Index, table: str) -> str:
        """A free name for an index of a table."""
        bare = table.rpartition(".")[2]
        return self.free(self.pattern.format(table=bare, parts=_words(index)))

    def free(self, name: str) -> str:
        """A name, or one like it that is free, as short as PostgreSQL wants it."""
        chosen, number = shortened(name), 1
        while chosen in self.taken:
            number += 1
            chosen = shortened(f"{name}_{number}")
        return chosen


def index_names(tables: Iterable[Table], taken: Set[str]) -> IndexNames:
    """What most of the indexes of some tables are called like."""
    votes = Counter[str]()
    for table in tables:
        bare = table.name.rpartition(".")[2]
        for index in table.indexes:
            if index.kind == "index" and index.name:
                votes.update(_followed(index, bare))
    return IndexNames(max(_PATTERNS, key=lambda pattern: votes[pattern]), taken)


def _followed(index: Index, table: str) -> dict[str, int]:
    """How well the name of an index follows each of the patterns; its beginning or end alone counts less."""
    parts = _words(index)
    found: dict[str, int] = {}
    for pattern in _PATTERNS:
        head, tail = (re.split(r"\{\w+\}", pattern)[at] for at in (0, -1))
        if index.name == pattern.format(table=table, parts=parts):
            found[pattern] = 4
        elif (
            index.name.startswith(head)
            and index.name.endswith(tail)
            and (table in index.name) is ("{table}" in pattern)
        ):
            found[pattern] = 1
    return found


def _words(index: Index) -> str:
    words = [part.column or "_".join(re.findall(r"[^\W\d]\w*", part.expression)) for part in index.parts]
    return "_".join([*words, *(["partial"] if index.where else [])]).lower()


def is_like(one: Index, other: Index) -> bool:
    """Whether two indexes are the same but for their names."""
    return _said(one) == _said(other)


def _said(index: Index) -> tuple[object, ...]:
    parts = tuple(
        (part.column, canonical_text(part.expression), part.descending, part.nulls, part.opclass)
        for part in index.parts
    )
    where = canonical_text(index.where)
    return parts, where, index.unique, index.using, frozenset(index.include), index.kind


def shortened(name: str) -> str:
    """A name as SQLAlchemy shortens one that it has made itself, if it is too long for PostgreSQL."""
    if len(name.encode()) <= _LONGEST:
        return name
    end = "_" + hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[-4:]
    kept = name[: _LONGEST - 8].encode()[: _LONGEST - len(end)].decode(errors="ignore")
    return kept + end
