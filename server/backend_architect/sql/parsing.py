"""Parses one statement of SQL into sqlglot's tree, whatever state the statement is in.

sqlglot is imported at the first parse. Its classes are used, never subclassed: compiled, they refuse it.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from backend_architect.sql.masking import masked
from backend_architect.sql.scanner import scan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp
    from sqlglot.tokenizer_core import Token

MAX_LENGTH = 64 * 1024
"""Code points; a longer statement would take longer to parse than anybody waits for a keystroke."""

_CACHED_STATEMENTS = 1024
_WORD = re.compile(r"\S+")
_ALTER_PRIMARY = re.compile(r"ALTER\b.*\bPRIMARY\b", re.IGNORECASE | re.DOTALL)


class _Tree(NamedTuple):
    tree: exp.Expr | None
    tokens: tuple[Token, ...]
    errors: bool
    problem: str | None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A statement and what could be read of it.

    Trees and tokens are shared between equal statements and must not be changed.
    """

    text: str
    masked: str
    dialect: str
    tree: exp.Expr | None
    """None where nothing is known about the statement's structure."""
    tokens: tuple[Token, ...]
    """Of the masked text. `start` and `end` (inclusive) count code points; do not use `line` and `col`."""
    errors: bool
    """Whether the statement is broken as far as sqlglot can tell; it is often wrong about that."""
    problem: str | None
    """Why there is no tree."""
    placeholders: tuple[tuple[int, int], ...]
    """Where the masked text has identifiers that stand for placeholders, template fields and holes."""


def parse(text: str, dialect: str, holes: Sequence[tuple[int, int]] = ()) -> Parsed:
    """Parses one statement without its terminator; never raises.

    `dialect` is a name of sqlglot's; `holes` are spans whose text is filler, see `masking.masked`.
    """
    if len(text) > MAX_LENGTH:
        return Parsed(text, text, dialect, None, (), False, "longer than 64 KiB", ())
    readable = masked(text, dialect, holes)
    tree, tokens, errors, problem = _parse(dialect, readable.text)
    return Parsed(text, readable.text, dialect, tree, tokens, errors, problem, tuple(readable.places))


def tokenized(text: str, dialect: str) -> Parsed:
    """The tokens of one statement without its terminator, for which no tree is built; never raises.

    That takes a third of the time of `parse`, and reads what sqlglot's grammar does not know.
    """
    if len(text) > MAX_LENGTH:
        return Parsed(text, text, dialect, None, (), False, "longer than 64 KiB", ())
    readable = masked(text, dialect)
    tokens = _tokens(dialect, readable.text)
    places = tuple(readable.places)
    problem = None if tokens else "empty, or unreadable"
    return Parsed(text, readable.text, dialect, None, tokens, not tokens, problem, places)


@lru_cache(maxsize=_CACHED_STATEMENTS)
def _tokens(dialect: str, text: str) -> tuple[Token, ...]:
    # Imported here because the import alone takes 0.1 s.
    from sqlglot.dialects.dialect import Dialect  # noqa: PLC0415

    try:
        return tuple(Dialect.get_or_raise(dialect if Dialect.get(dialect) else "").tokenize(text))
    except Exception:  # noqa: BLE001 - as in `_parse`
        return ()


@lru_cache(maxsize=_CACHED_STATEMENTS)
def _parse(dialect: str, text: str) -> _Tree:
    # Imported here because the import alone takes 0.1 s.
    from sqlglot import ErrorLevel, exp  # noqa: PLC0415
    from sqlglot.dialects.dialect import Dialect  # noqa: PLC0415

    # sqlglot logs what it cannot read; half-typed statements would fill the log of the editor.
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL + 1)
    tokens: tuple[Token, ...] = ()
    try:
        # Not `Dialect.classes`, which would load all thirty of them.
        known = Dialect.get_or_raise(dialect if Dialect.get(dialect) else "")
        listed = known.tokenize(text)
        tokens = tuple(listed)
        parser = known.parser(error_level=ErrorLevel.WARN)
        trees = [tree for tree in parser.parse(listed, text) if tree is not None]
    except Exception as error:  # noqa: BLE001 - valid SQL makes it raise nearly every built-in exception
        return _Tree(None, tokens, errors=True, problem=f"unreadable: {type(error).__name__}")
    errors = bool(parser.errors)
    if len(trees) != 1:
        problem = "several statements" if trees else "empty"
        return _Tree(None, tokens, errors, problem)
    if isinstance(trees[0], exp.Command):
        return _Tree(None, tokens, errors, "a kind of statement that is not understood")
    return _Tree(trees[0], tokens, errors, None)


class Word(NamedTuple):
    """A word, symbol or literal of a statement; `end` is exclusive."""

    text: str
    """Upper-case for what is not quoted; a quoted identifier or a string without its quotes."""
    start: int
    end: int
    quoted: bool
    """Whether it is a quoted identifier or a string, never a keyword."""


def words(parsed: Parsed) -> list[Word]:
    """The tokens of a statement, those of several words taken apart: PRIMARY KEY is two."""
    found: list[Word] = []
    for token in parsed.tokens:
        start, end = token.start, token.end + 1
        source = parsed.masked[start:end]
        if source[-1:] in {"'", '"', "`", "]", "$"} and len(source) > 1:
            found.append(Word(token.text, start, end, quoted=True))
            continue
        found += [
            Word(word[0].upper(), start + word.start(), start + word.end(), quoted=False)
            for word in _WORD.finditer(source)
        ]
    return found


def primary_keys_added(text: str, dialect: str) -> set[str]:
    """Tables of SQL text that ALTER TABLE gives a primary key, as a constraint or with a column.

    A name keeps its schema; parts in quotes lose the quotes, other parts are in lower case.
    """
    found: set[str] = set()
    for piece in scan(text, dialect).pieces:
        statement = text[piece.start : piece.end]
        if piece.kind == "sql" and _ALTER_PRIMARY.match(statement):
            table = _table_given_key(words(parse(statement, dialect)))
            if table:
                found.add(table)
    return found


def _table_given_key(listed: list[Word]) -> str | None:
    texts = [None if word.quoted else word.text for word in listed]
    position = 2
    if texts[:2] != ["ALTER", "TABLE"]:
        return None
    while position < len(texts) and texts[position] in {"ONLY", "IF", "EXISTS"}:
        position += 1
    parts: list[str] = []
    while position < len(listed):
        word = listed[position]
        parts.append(word.text if word.quoted else word.text.lower())
        position += 1
        if texts[position : position + 1] != ["."]:
            break
        position += 1
    return ".".join(parts) if _adds_key(texts[position:]) else None


def _adds_key(actions: list[str | None]) -> bool:
    """Whether one of the comma-separated actions begins with ADD and has PRIMARY KEY."""
    depth, adds, first = 0, False, True
    for word, following in zip_longest(actions, actions[1:]):
        if first:
            # T-SQL writes ADD once for all that follows.
            adds, first = word == "ADD" or (adds and word in {"CONSTRAINT", "PRIMARY"}), False
        depth += (word == "(") - (word == ")")
        if adds and (word, following) == ("PRIMARY", "KEY"):
            return True
        first = word == "," and not depth
    return False
