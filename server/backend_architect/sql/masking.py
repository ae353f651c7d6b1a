"""Replaces what is not SQL in a statement by something of the same length that is.

Drivers' placeholders, the fields of format strings and the tags of templates keep a parser from reading a
statement. Masked, they are identifiers; every offset in the masked text is valid in the original.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from backend_architect.sql.lexing import (
    FLAGS,
    IDENTIFIER,
    Quotes,
    comment_end,
    comment_opening,
    dollar_end,
    line_end,
    traits_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NOT_LINE_END = re.compile(r"[^\r\n]")
_JSON_OPERATOR = r"\?[|&-]|\?[ \t\r\n]*+(?:['$]|%s|%\(|:\w|array\b)"
"""A question mark that PostgreSQL reads as an operator: what follows is its right operand."""
_TEMPLATE = r"\{\{(?:[^{}]|\{(?!\{)|\}(?!\}))*+\}\}|\{[^{}\r\n'\";]*+\}"
_TAG = r"\{%(?:[^%{]|%(?!\})|\{(?!%))*+%\}|\{\#(?:[^\#{]|\#(?!\})|\{(?!\#))*+\#\}"
_FORMAT = r"%\([^()\r\n]*+\)[a-z]|%[sd](?![a-z0-9])"
_COLON = r"(?<![\w:\]\)\"']):[a-z_]\w*+|(?<![\w:\[\]\)\"']):\d++"


class Masked(NamedTuple):
    """A text that can be parsed, and the places that differ in meaning from the original."""

    text: str
    places: list[tuple[int, int]]
    """The placeholders and holes that became identifiers, in order; none inside quotes and comments."""


@cache
def _tokens(dialect: str) -> re.Pattern[str]:
    traits = traits_of(dialect)
    values = [_TEMPLATE, _FORMAT, _COLON]
    # Where PostgreSQL's operators may begin with it, a question mark is looked at twice.
    values.append(rf"(?<![?@])(?!{_JSON_OPERATOR})\?(?!\?)\d*+" if traits.dollar else r"\?\d*+")
    if dialect != "tsql":  # there it is an amount of money
        values.append(rf"(?<![{IDENTIFIER}])\$\d++")
    if dialect not in {"mysql", "tsql"}:  # there it is a variable, which needs no mask
        values.append(rf"(?<![{IDENTIFIER}@<>&|~*?])@[a-z_]\w*+")
    kinds = {
        "comment": comment_opening(traits).pattern,
        "quote": f"[{re.escape(traits.quotes)}]",
        "blank": rf"{_TAG}|[\0\ufeff]|(?<![\w:\]\)]):(?=['\"])" + (r"|\\[^\r\n]*+" if traits.dollar else ""),
        "value": "|".join(values),
        "percent": "%%",
        "dollar": r"\$",
    }
    # Most characters begin nothing; to know that at once makes the search four times as fast.
    first = r"""(?=[-/#'"`\[{%:?$@\\\0\ufeff])"""
    return re.compile(first + "(?:" + "|".join(f"(?P<{kind}>{p})" for kind, p in kinds.items()) + ")", FLAGS)


def _parts(text: str, dialect: str) -> Iterator[tuple[str, int, int]]:
    """Kind, start and end of everything that is not plain SQL: blank, percent, value, or quoted."""
    traits = traits_of(dialect)
    quotes = Quotes(text, traits)
    tokens = _tokens(dialect)
    position = 0
    while found := tokens.search(text, position):
        kind, start, position = str(found.lastgroup), found.start(), found.end()
        if kind == "comment":
            position = comment_end(text, start, traits)[0]
        elif kind == "quote":
            position = quotes.end(start)[0]
        elif kind == "dollar":
            quoted = dollar_end(text, start) if traits.dollar else None
            if quoted is None:
                continue
            position = quoted[0]
        yield kind if kind in {"blank", "percent", "value"} else "quoted", start, position


def _blanked(text: str) -> str:
    return _NOT_LINE_END.sub(" ", text)


def _name(number: int, text: str) -> str:
    """An identifier as long as `text`, or as its first line and blanks below; numbered if there is room."""
    length = line_end(text, 0)
    name = f"_p{number}"
    return (name if len(name) <= length else "_p")[:length].ljust(length, "_") + _blanked(text[length:])


def masked(text: str, dialect: str, holes: Sequence[tuple[int, int]] = ()) -> Masked:
    """Masks a text; `holes` are half-open spans, in order, whose text is not SQL but filler.

    Outside quotes and comments, placeholders and holes become identifiers, template tags, lines for psql and
    bytes that no database takes become blanks, and a doubled percent sign becomes a single one. Holes inside
    quotes and comments become underscores. Line ends stay where they are, save those in holes.
    """
    for start, end in holes:
        text = text[:start] + "_" * (end - start) + text[end:]
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    done = 0

    def replace(start: int, end: int, replacement: str) -> None:
        nonlocal done
        pieces.extend((text[done:start], replacement))
        done = end

    def name(start: int, end: int) -> None:
        places.append((start, end))
        replace(start, end, _name(len(places), text[start:end]))

    waiting = [hole for hole in reversed(holes) if hole[0] < hole[1]]
    for kind, start, end in _parts(text, dialect):
        while waiting and waiting[-1][0] < start:
            name(*waiting.pop())
        while waiting and waiting[-1][0] < end:
            waiting.pop()
        if kind == "value":
            name(start, end)
        elif kind != "quoted":
            replace(start, end, "% " if kind == "percent" else _blanked(text[start:end]))
    while waiting:
        name(*waiting.pop())
    pieces.append(text[done:])
    return Masked("".join(pieces), places)


def mask(text: str, dialect: str, holes: Sequence[tuple[int, int]] = ()) -> str:
    """The text, equally long, as a parser can read it; see `masked`."""
    return masked(text, dialect, holes).text


def placeholders(text: str, dialect: str) -> list[tuple[int, int]]:
    """The half-open spans of placeholders and template fields outside quotes and comments, in order."""
    return masked(text, dialect).places
