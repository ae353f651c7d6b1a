"""Names of new indexes in the way of those that a project has, and whether it has one already."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from backend_architect.queries.expressions import canonical_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence, Set

    from backend_architect.engine.project import Project
    from backend_architect.schema.model import Index, IndexPart

LONGEST: Final = 63
"""Bytes of a name in PostgreSQL 15 (NAMEDATALEN); MySQL has 64."""
SQLALCHEMY_PATTERN: Final = "ix_{table}_{words}"
"""What SQLAlchemy calls the index of a column that is marked with `index=True`."""

_PATTERN: Final = re.compile(r"(?:\{(?:table|short|words)\}|[a-z_])+", re.IGNORECASE)
_AFFIXES: Final = re.compile(
    r"(?P<before>(?:idx|ix|index|i)_)?(?P<stem>.+?)(?P<after>_(?:idx|ix|index|i))?", re.IGNORECASE
)
_WHOLE, _PART = 4, 1
"""How much a name counts whose pattern is known, and one of which only the beginning or the end is."""

Named = tuple["Index", str, str]
"""An index that has a name, with the name of its table and a short form of that: `order` of `shop_order`."""


@dataclass(frozen=True, slots=True)
class IndexNames:
    """What names of new indexes are like."""

    patterns: Sequence[str]
    """Such as `ix_{table}_{words}`: the first that gives a free name which is short enough is taken."""
    taken: Set[str]
    longest: int = LONGEST

    def choose(self, index: Index, table: str, short: str = "") -> str:
        """A free name for an index of a table."""
        return self.fitting(index, table, short) or self.free(self._written(index, table, short)[0])

    def fitting(self, index: Index, table: str, short: str = "") -> str | None:
        """A free name that needs neither to be shortened nor to be numbered."""
        names = self._written(index, table, short)
        return next((one for one in names if one not in self.taken and self._shortened(one) == one), None)

    def free(self, name: str) -> str:
        """A name, or one like it that is free and short enough."""
        chosen, number = self._shortened(name), 1
        while chosen in self.taken:
            number += 1
            chosen = self._shortened(f"{name}_{number}")
        return chosen

    def _written(self, index: Index, table: str, short: str) -> list[str]:
        said = {"table": _bare(table), "short": short, "words": "_".join(words_of(index))}
        return [one.format_map(said) for one in self.patterns]

    def _shortened(self, name: str) -> str:
        return shortened(name, self.longest)


def words_of(index: Index) -> list[str]:
    """What the name of an index says of it."""
    words = [part.column or "_".join(re.findall(r"\w+", part.expression.lower())) for part in index.parts]
    return [*words, "partial"] if index.where else words


def shortened(name: str, longest: int = LONGEST) -> str:
    """A name as SQLAlchemy shortens one that it has made itself, if it has more bytes than there may be."""
    if len(name.encode()) <= longest:
        return name
    end = "_" + hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[-4:]
    return name[: longest - 8].encode()[: longest - len(end)].decode(errors="ignore") + end


def learned(known: Iterable[Named], default: str) -> str:
    """The pattern that most names of indexes follow; where they only begin or end alike, in the default."""
    votes = Counter[str]()
    for index, table, short in known:
        votes.update(_followed(index, {"{table}": table, "{short}": short}, default))
    return max(votes, key=lambda pattern: votes[pattern], default=default)


def _followed(index: Index, stems: dict[str, str], default: str) -> dict[str, int]:
    """The pattern that a name follows, and how much that counts."""
    columns = [part.column or "" for part in index.parts]
    spellings = (
        ["_".join(columns), "_".join(one.removesuffix("_id") for one in columns)] if all(columns) else []
    )
    for mark, stem in stems.items():
        for words in spellings:
            pattern = _marked(_marked(index.name, stem, mark), words, "{words}")
            if mark in pattern and "{words}" in pattern and _PATTERN.fullmatch(pattern):
                return {pattern: _WHOLE}
    found = _AFFIXES.fullmatch(index.name)
    if found is None or not (found["before"] or found["after"]):
        return {}
    whole = found["stem"] in spellings
    stem = "{words}" if whole else default[default.index("{") : default.rindex("}") + 1]
    return {f"{found['before'] or ''}{stem}{found['after'] or ''}": _WHOLE if whole else _PART}


def _marked(name: str, words: str, mark: str) -> str:
    """A name with a mark in the place of some words, whole ones."""
    return re.sub(rf"(?<![^\W_]){re.escape(words)}(?![^\W_])", lambda _: mark, name, count=1)


def named(indexes: Iterable[tuple[Index, str]]) -> Iterator[Named]:
    """Those of some indexes, with the names of their tables, that have names; no table has a short form."""
    for index, table in indexes:
        if index.kind == "index" and index.name:
            yield index, _bare(table), _bare(table)


def names_in_use(project: Project) -> set[str]:
    """The names of indexes and tables in all databases of a project: which of them are one, nobody says."""
    tables = [table for schema in project.schemas for table in schema.tables.values()]
    return {one.name for table in tables for one in table.indexes} | {_bare(table.name) for table in tables}


def _bare(table: str) -> str:
    return table.rpartition(".")[2]


def is_like(one: Index, other: Index) -> bool:
    """Whether two indexes are the same but for their names."""
    return _said(one) == _said(other)


def _said(index: Index) -> Index:
    return replace(
        index,
        name="",
        origin=None,
        parts=tuple(map(_said_of_part, index.parts)),
        where=canonical_text(index.where),
        include=tuple(sorted(index.include)),
    )


def _said_of_part(part: IndexPart) -> IndexPart:
    default = "first" if part.descending else "last"
    nulls = "" if part.nulls == default else part.nulls
    return replace(part, expression=canonical_text(part.expression), nulls=nulls)
