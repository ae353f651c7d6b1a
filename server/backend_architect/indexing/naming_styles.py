"""Names for new indexes, in the style of those that a project has."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from backend_architect.schema.model import Index

_LITERAL = re.compile(r"(?:\{(?:table|short)\}|\{words\}|[a-z]+|_|__)+", re.IGNORECASE)
_AFFIX = re.compile(r"(?P<before>(?:idx|ix|index|i)_).*|.*(?P<after>_(?:idx|ix|index|i))", re.IGNORECASE)


def style_of(known: Iterable[tuple[Index, str, str]], default: str) -> str:
    """The pattern that most names of indexes follow: `idx_{table}_{words}`, `{table}_{words}_idx`.

    Each index comes with the name of its table, and a short form of that: of `shop_order` it may be `order`.
    """
    found = Counter(style for one in known if (style := _style(*one, default)))
    return max(found, key=lambda style: found[style], default=default)


def _style(index: Index, table: str, short: str, default: str) -> str:
    words = [part.column or "" for part in index.parts]
    spellings = ("_".join(words), "_".join(word.removesuffix("_id") for word in words))
    for stem, mark in ((table, "{table}"), (short, "{short}")):
        for spelling in spellings:
            style = _replaced(_replaced(index.name, stem, mark), spelling, "{words}")
            if all(spellings) and mark in style and "{words}" in style and _LITERAL.fullmatch(style):
                return style
    affix = _AFFIX.fullmatch(index.name)
    stem = default.removesuffix("_idx")
    return f"{affix['before'] or ''}{stem}{affix['after'] or ''}" if affix else ""


def _replaced(name: str, words: str, mark: str) -> str:
    """A name with a mark for the first of some words, whole ones."""
    return re.sub(rf"(?<![^\W_]){re.escape(words)}(?![^\W_])", lambda _: mark, name, count=1)


@dataclass(frozen=True, slots=True)
class Naming:
    """What a name for an index of a table must fit to."""

    table: str
    short: str
    """A short form of the name of the table, or that name."""
    taken: Collection[str]
    longest: int

    def name(self, styles: Sequence[str], words: Sequence[str]) -> str:
        """A name in the first style that gives a free one which is short enough; else a numbered one."""
        names = [self.written(style, words) for style in styles]
        fitting = (one for one in names if len(one) <= self.longest and one not in self.taken)
        return next(fitting, None) or self._numbered(names[0])

    def written(self, style: str, words: Sequence[str]) -> str:
        """The name in a style, however long it is."""
        return style.format(table=self.table, short=self.short, words="_".join(words))

    def _numbered(self, name: str) -> str:
        number, cut = 1, name[: self.longest]
        while cut in self.taken:
            number += 1
            cut = f"{name[: self.longest - len(str(number))]}{number}"
        return cut


def words_of(index: Index) -> list[str]:
    """What the name of an index says of it."""
    words = [part.column or "_".join(re.findall(r"\w+", part.expression.lower())) for part in index.parts]
    return [*words, "partial"] if index.where else words
