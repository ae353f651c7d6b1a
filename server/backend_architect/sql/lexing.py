r"""How the dialects write quotes and comments, and where each of these ends.

Shared by the scanner and the masking. Offsets are code points of the text at hand. Every function is total:
an open quote or comment has an end, too, and the caller learns that it was open. A line ends with \n, \r\n or
\r and with nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

FLAGS = re.ASCII | re.IGNORECASE | re.DOTALL
BLANKS = " \t\n\r\f\v\ufeff"
IDENTIFIER = r"\w\$\x80-\U0010ffff"
"""Inside a character class: what a word may consist of."""

_STATEMENT = re.compile(
    r";[ \t]*+[\r\n][ \t\r\n]*+(?:--|/\*|(?:ALTER|BEGIN|CALL|COMMENT|COMMIT|COPY|CREATE|DECLARE|DELETE"
    r"|DELIMITER|DO|DROP|EXEC|EXPLAIN|GO|GRANT|INSERT|LOCK|MERGE|REFRESH|REINDEX|REPLACE|REVOKE|ROLLBACK|SAVEPOINT|SELECT|SET|START"
    r"|TRUNCATE|UPDATE|USE|VACUUM|WITH)\b)",
    FLAGS,
)
_LINE_END = re.compile(r"[\r\n]")
_NESTED = re.compile(r"/\*|\*/")
# Without IGNORECASE, under which a range up to the last character takes ten milliseconds to compile.
_DOLLAR = re.compile(rf"(?<![{IDENTIFIER}])\$(?:[a-zA-Z_\x80-\U0010ffff][\w\x80-\U0010ffff]*+)?\$", re.ASCII)
_ESCAPING = re.compile(rf"(?<![{IDENTIFIER}])[eE](?=')", re.ASCII)


@dataclass(frozen=True, slots=True)
class Traits:
    """What differs between dialects below the level of grammar."""

    quotes: str
    """Every character that opens a string or a quoted identifier."""
    backslash: str = ""
    """The quotes in which a backslash escapes the next character."""
    escape_prefix: bool = False
    """Whether E'...' has backslash escapes."""
    dollar: bool = False
    nested: bool = False
    """Whether comments nest."""
    hash_comments: bool = False
    dashes: str = "--"
    """Pattern of the two dashes that open a comment."""
    executable: bool = False
    """Whether /*! ... */ is code."""


_GENERIC = Traits(quotes="'\"`")
_POSTGRES = Traits(quotes="'\"", escape_prefix=True, dollar=True, nested=True)
_MYSQL = Traits(
    quotes="'\"`",
    backslash="'\"",
    hash_comments=True,
    dashes=r"--(?=[\x00-\x20]|\Z)",
    executable=True,
)
_TRAITS = {
    "postgres": _POSTGRES,
    "redshift": _POSTGRES,
    "mysql": _MYSQL,
    "sqlite": Traits(quotes="'\"`["),
    "tsql": Traits(quotes="'\"[", nested=True),
}


def traits_of(dialect: str) -> Traits:
    """The traits of a dialect by its sqlglot name; an unknown name has those of standard SQL."""
    return _TRAITS.get(dialect, _GENERIC)


@cache
def comment_opening(traits: Traits) -> re.Pattern[str]:
    """Matches what opens a comment."""
    executable = r"(?!!)" if traits.executable else ""
    return re.compile(rf"{traits.dashes}|/\*{executable}" + ("|#" if traits.hash_comments else ""), FLAGS)


def line_end(text: str, start: int) -> int:
    """The offset of the first line end at or after `start`, or the text's length."""
    found = _LINE_END.search(text, start)
    return found.start() if found else len(text)


def spans_lines(text: str, start: int, end: int) -> bool:
    """Whether a line ends between two offsets."""
    return _LINE_END.search(text, start, end) is not None


def comment_end(text: str, start: int, traits: Traits) -> tuple[int, bool]:
    """Where the comment that opens at `start` ends, and whether it is closed there."""
    if text[start] != "/":
        return line_end(text, start), True
    if not traits.nested:
        end = text.find("*/", start + 2)
        return (end + 2, True) if end >= 0 else (len(text), False)
    depth = 0
    for found in _NESTED.finditer(text, start):
        depth += 1 if found[0] == "/*" else -1
        if not depth:
            return found.end(), True
    return len(text), False


def dollar_end(text: str, start: int) -> tuple[int, bool] | None:
    """Where the dollar-quoted string at `start` ends, and whether it is closed there; None: there is none."""
    opening = _DOLLAR.match(text, start)
    if opening is None:
        return None
    end = text.find(opening[0], opening.end())
    return (end + len(opening[0]), True) if end >= 0 else (len(text), False)


@cache
def _closing(quote: str, escapes: bool, one_line: bool) -> re.Pattern[str]:
    """What follows an opening quote up to its closing one.

    Without escapes a doubled quote is taken for the end of one string and the beginning of the next.
    """
    close = "]" if quote == "[" else quote
    stop = r"\r\n" if one_line else ""
    if not escapes:
        return re.compile(rf"[^\{close}{stop}]*+\{close}", FLAGS)
    escaped = r"\\[^\r\n]" if one_line else r"\\."
    return re.compile(rf"(?:[^\{close}\\{stop}]++|{escaped}|\{close}\{close})*+\{close}", FLAGS)


class Quotes:
    """Finds the ends of the quotes of one text, from left to right, in linear time altogether.

    A quote that spans `;`, a line end and the beginning of a statement is taken for one that somebody has
    just begun to type: it ends at the end of its line, before a final `;`, so that the statements below stay
    what they were. The same holds for a quote that nothing closes, and for a bracket open at its line's end.
    """

    __slots__ = ("_broken", "_following", "_text", "_traits")

    def __init__(self, text: str, traits: Traits) -> None:
        self._text = text
        self._traits = traits
        self._following = -1
        self._broken: dict[str, int] = {}

    def end(self, start: int) -> tuple[int, bool]:
        """Where the quote that opens at `start` ends, and whether it is closed there."""
        text = self._text
        quote = text[start]
        escapes = quote in self._traits.backslash or (
            quote == "'"
            and self._traits.escape_prefix
            and start > 0
            and _ESCAPING.match(text, start - 1) is not None
        )
        # Below a broken quote one line must do: searching the whole text again and again would be quadratic.
        one_line = quote == "[" or start < self._broken.get(quote, 0)
        found = _closing(quote, escapes, one_line).match(text, start + 1)
        if found and (not spans_lines(text, start, found.end()) or self._statement(start) >= found.end()):
            return found.end(), True
        self._broken[quote] = max(self._broken.get(quote, 0), found.end() if found else len(text))
        line = text[start + 1 : line_end(text, start)].rstrip(BLANKS)
        return start + 1 + len(line.removesuffix(";")), False

    def _statement(self, start: int) -> int:
        """The offset of the next place at or after `start` where a statement seems to begin after `;`."""
        if self._following < start:
            found = _STATEMENT.search(self._text, start)
            self._following = found.start() if found else len(self._text) + 1
        return self._following
