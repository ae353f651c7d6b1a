"""The words of one statement of DDL, read from left to right."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.schema.model import Origin
from backend_architect.sql.parsing import tokenized, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.sql.parsing import Word

_LINE_END = re.compile(r"\n")
_TIGHT_BEFORE = frozenset({")", "]", ",", ".", "::", ":", "["})
_TIGHT_AFTER = frozenset({"(", "[", ".", "::", ":"})
_BEFORE_GROUP = frozenset(
    {
        "AND",
        "AS",
        "BETWEEN",
        "BY",
        "CASE",
        "CHECK",
        "DISTINCT",
        "ELSE",
        "FILTER",
        "FROM",
        "ILIKE",
        "IN",
        "IS",
        "LIKE",
        "NOT",
        "ON",
        "OR",
        "OVER",
        "SIMILAR",
        "THEN",
        "USING",
        "VALUES",
        "WHEN",
        "WHERE",
        "WITH",
        "IDENTITY",
    }
)
"""Words that are no functions: a blank stands between them and a parenthesis."""


class UnreadableError(Exception):
    """A statement, or a part of it, that is not what it began like."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement and where it stands."""

    source: str
    """Placeholders masked."""
    dialect: str
    path: str
    line: int
    placeholders: tuple[tuple[int, int], ...]
    line_starts: tuple[int, ...]


class Words:
    """A run of words of a statement, and how far it has been read."""

    __slots__ = ("_at", "_statement", "_words")

    def __init__(self, statement: Statement, listed: Sequence[Word]) -> None:
        self._statement = statement
        self._words = listed
        self._at = 0

    @property
    def dialect(self) -> str:
        """The dialect of the statement, by the name that sqlglot gives it."""
        return self._statement.dialect

    @property
    def done(self) -> bool:
        """Whether all words have been read."""
        return self._at >= len(self._words)

    @property
    def start(self) -> int:
        """The offset of the next word in its statement; at the end, that behind the last one."""
        return self._words[self._at].start if not self.done else self.passed

    @property
    def passed(self) -> int:
        """The offset behind the word that was passed last."""
        return self._words[self._at - 1].end if self._at else 0

    @property
    def word(self) -> str:
        """The next word in upper case; empty for names in quotes, strings and at the end."""
        return self.ahead(0)

    def ahead(self, distance: int) -> str:
        """The word that comes so many words after the next one."""
        at = self._at + distance
        return "" if at >= len(self._words) or self._words[at].quoted else self._words[at].text

    @property
    def origin(self) -> Origin | None:
        """Where the next word stands; at the end, the last one. None in a text without a path."""
        statement = self._statement
        if not statement.path:
            return None
        start = self._words[min(self._at, len(self._words) - 1)].start if self._words else 0
        return Origin(statement.path, statement.line + bisect_right(statement.line_starts, start))

    def takes(self, *wanted: str) -> bool:
        """Whether these words come next; they are passed."""
        if all(self.ahead(distance) == word for distance, word in enumerate(wanted)):
            self._at += len(wanted)
            return True
        return False

    def takes_one(self, wanted: frozenset[str]) -> str:
        """The next word, passed, if it is one of these; else the empty string."""
        word = self.word
        if word not in wanted:
            return ""
        self._at += 1
        return word

    def wants(self, *wanted: str) -> None:
        """Passes these words.

        Raises:
            UnreadableError: others come next.
        """
        if not self.takes(*wanted):
            raise UnreadableError(" ".join(wanted))

    def copy(self) -> Words:
        """The words that are left, to look ahead."""
        return Words(self._statement, self._words[self._at :])

    def skip(self) -> None:
        """Passes a word, or a parenthesis with all that is in it."""
        self._at = self._next(self._at)

    def one(self) -> str:
        """The next word, normalized, or the parenthesis that comes next; it is passed."""
        start = self._at
        self.skip()
        return self._normalized(self._words[start : self._at])

    def identifier(self) -> str:
        """A name of one part.

        Raises:
            UnreadableError: there is none.
        """
        if self.done:
            raise UnreadableError
        word = self._words[self._at]
        first = self._statement.source[word.start]
        if word.quoted:
            # MySQL and SQLite take a string in single quotes for a name.
            if first not in "\"`['" or (first == "'" and self.dialect == "postgres"):
                raise UnreadableError
        elif not (first.isalpha() or first == "_" or ord(first) > 127) or self._is_filled(word):
            raise UnreadableError
        self._at += 1
        return word.text if word.quoted else word.text.lower()

    def name(self) -> str:
        """A name with its parts: `billing.invoices`; placeholders in front of the last part are left out.

        Raises:
            UnreadableError: there is none.
        """
        parts: list[str] = []
        while True:
            self.takes("$")  # of ${schema}, whose braces are masked
            if not self.done and self._is_filled(self._words[self._at]) and self.ahead(1) == ".":
                self._at += 2
                continue
            parts.append(self.identifier())
            if not self.takes("."):
                return ".".join(parts[-2:])

    def names(self) -> list[str]:
        """Names with commas between them.

        Raises:
            UnreadableError: there is none.
        """
        found = [self.name()]
        while self.takes(","):
            found.append(self.name())
        return found

    def string(self) -> str:
        """The value of a string.

        Raises:
            UnreadableError: there is none.
        """
        if self.done or not self._words[self._at].quoted:
            raise UnreadableError
        self._at += 1
        return self._words[self._at - 1].text

    def group(self) -> Words:
        """What stands in the parenthesis that comes next, which is passed.

        Raises:
            UnreadableError: there is none.
        """
        if self.word != "(":
            raise UnreadableError("(")
        start, self._at = self._at, self._next(self._at)
        closed = self._words[self._at - 1].text == ")"
        return Words(self._statement, self._words[start + 1 : self._at - closed])

    @property
    def is_one_group(self) -> bool:
        """Whether all that is left stands in one parenthesis."""
        return self.word == "(" and self._next(self._at) == len(self._words)

    def call(self) -> str:
        """A call of a function, normalized.

        Raises:
            UnreadableError: there is none.
        """
        start = self._at
        self.name()
        self.group()
        return self._normalized(self._words[start : self._at])

    def columns(self) -> tuple[str, ...]:
        """The names in the parenthesis that comes next.

        Raises:
            UnreadableError: there is none.
        """
        return tuple(part.identifier() for part in self.group().parts())

    def parts(self) -> Iterator[Words]:
        """What stands between the commas of all that is left."""
        start = self._at
        while self._at < len(self._words):
            if self.word == ",":
                yield Words(self._statement, self._words[start : self._at])
                start = self._at + 1
            self._at = self._next(self._at)
        if start < self._at:
            yield Words(self._statement, self._words[start : self._at])

    def text(self, stops: frozenset[str] = frozenset()) -> str:
        """The words up to one of `stops` that stands in no parenthesis, normalized; they are passed."""
        start = self._at
        while self._at < len(self._words) and self.word not in stops:
            self._at = self._next(self._at)
        return self._normalized(self._words[start : self._at])

    def source(self) -> str:
        """What is left, as it is written; it is passed."""
        rest = self._words[self._at :]
        self._at = len(self._words)
        return self._statement.source[rest[0].start : rest[-1].end] if rest else ""

    def _is_filled(self, word: Word) -> bool:
        return any(start < word.end and word.start < end for start, end in self._statement.placeholders)

    def _next(self, at: int) -> int:
        """The index after a word, or after the parenthesis that begins with it."""
        depth = 0
        while at < len(self._words):
            word = self._words[at]
            if not word.quoted:
                depth += (word.text in {"(", "["}) - (word.text in {")", "]"})
            at += 1
            if depth <= 0:
                break
        return at

    def _normalized(self, listed: Sequence[Word]) -> str:
        pieces: list[str] = []
        before: Word | None = None
        for word in listed:
            if before is not None and self._is_apart(before, word):
                pieces.append(" ")
            source = self._statement.source[word.start : word.end]
            # `e'\n'` is one word for PostgreSQL and begins with a letter.
            pieces.append(source if word.quoted else word.text.lower())
            before = word
        return "".join(pieces)

    def _is_apart(self, before: Word, word: Word) -> bool:
        one = "" if before.quoted else before.text
        two = "" if word.quoted else word.text
        if one in _TIGHT_AFTER or two in _TIGHT_BEFORE:
            return False
        if two == "(":
            called = before.quoted or one[:1].isalpha() or one[:1] == "_" or one == "]"
            return not called or one in _BEFORE_GROUP
        symbols = (
            one and two and not (one[0].isalnum() or two[0].isalnum() or one[0] in "_)" or two[0] in "_(")
        )
        return not (symbols and before.end == word.start)


def words_behind(start: int, text: str, dialect: str, path: str, line: int) -> Words:
    """The words of one statement from an offset on; none where it cannot be read.

    `line` is that of the statement's beginning, from 1.
    """
    # sqlglot takes RENAME and the like for commands, whose words it does not tell apart.
    parsed = tokenized(" " * start + text[start:], dialect)
    starts = tuple(found.end() for found in _LINE_END.finditer(text))
    statement = Statement(parsed.masked, dialect, path, line, parsed.placeholders, starts)
    return Words(statement, words(parsed))
