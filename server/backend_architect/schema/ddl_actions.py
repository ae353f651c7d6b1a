"""Statements that change no schema: those about transactions, settings and rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from backend_architect.schema.actions import (
    Begin,
    End,
    LockTable,
    Rebuild,
    SetTimeout,
    Truncate,
    WriteRows,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from backend_architect.schema.actions import Action
    from backend_architect.schema.ddl_words import Words

_TIMEOUT: Final = re.compile(r"(?:lock|statement|transaction|idle_in_transaction_session)_timeout")
_INSERTED: Final = re.compile(r"\bSELECT\b(?:[^;']|'[^']*')*?\bFROM\b", re.IGNORECASE)
_WRITTEN_DOWN: Final = re.compile(r"\s*\(\s*VALUES\b", re.IGNORECASE)
_KEY: Final = re.compile(r"(?:.*_)?(?:id|pk|key|uuid|slug|code|name|version)")
"""Columns by which people name one row."""
_JOINED: Final = re.compile(r"[\w\"]+\.[\w\"]+(?:\.[\w\"]+)?")
"""A column of a table that is named with it, as conditions of joins say it."""
_REBUILT: Final[Mapping[str, Literal["index", "table", "schema", "database", "system"]]] = {
    "INDEX": "index",
    "TABLE": "table",
    "SCHEMA": "schema",
    "DATABASE": "database",
    "SYSTEM": "system",
}


def _begun(words: Words) -> Iterator[Action]:
    # BEGIN of a body is no statement of its own; the scanner keeps it within the statement.
    if words.done or words.word in {"TRANSACTION", "WORK", "ISOLATION", "READ", "NOT"}:
        yield Begin()


def _started(words: Words) -> Iterator[Action]:
    if words.takes("TRANSACTION"):
        yield Begin()


def _committed(words: Words) -> Iterator[Action]:
    words.takes_one(frozenset({"TRANSACTION", "WORK"}))
    if words.done or words.takes("AND"):
        yield End()
        if words.takes("CHAIN"):
            yield Begin()


def _rolled_back(words: Words) -> Iterator[Action]:
    words.takes_one(frozenset({"TRANSACTION", "WORK"}))
    if not words.takes("TO"):
        yield End(kept=False)


def _set(words: Words) -> Iterator[Action]:
    local = words.takes_one(frozenset({"LOCAL", "SESSION"})) == "LOCAL"
    name = words.identifier()
    if _TIMEOUT.fullmatch(name) and words.takes_one(frozenset({"=", "TO"})):
        yield SetTimeout(name, words.text().strip("'"), local)


def _reset(words: Words) -> Iterator[Action]:
    name = words.identifier()
    if _TIMEOUT.fullmatch(name):
        yield SetTimeout(name, "default")


def _selected(words: Words) -> Iterator[Action]:
    """`SELECT set_config('lock_timeout', '2s', true)`."""
    words.takes("PG_CATALOG", ".")
    if words.takes("SET_CONFIG"):
        name, value, *rest = [part.text().strip("'") for part in words.group().parts()] + [""] * 2
        if _TIMEOUT.fullmatch(name):
            yield SetTimeout(name, value, local="true" in rest)


def _updated(words: Words) -> Iterator[Action]:
    words.takes("ONLY")
    table = words.name()
    while not (words.done or words.word == "WHERE"):
        words.skip()
    yield WriteRows(table, "update", many=not _names_a_row(words))


def _deleted(words: Words) -> Iterator[Action]:
    words.wants("FROM")
    words.takes("ONLY")
    table = words.name()
    while not (words.done or words.word == "WHERE"):
        words.skip()
    yield WriteRows(table, "delete", many=not _names_a_row(words))


def _names_a_row(words: Words) -> bool:
    """Whether WHERE, if that comes next, compares a column that is like a key with a constant."""
    if not words.takes("WHERE"):
        return False
    column = words.name().rpartition(".")[2]
    known = words.takes("=") or words.word == "IN"
    listed = words.text()
    subquery = "select" in listed.split("'")[0]
    one = not subquery and " or " not in listed and not _JOINED.fullmatch(listed.strip())
    return known and one and _KEY.fullmatch(column) is not None


def _inserted(words: Words) -> Iterator[Action]:
    words.wants("INTO")
    table = words.name()
    source = words.source()
    found = _INSERTED.search(source)
    yield WriteRows(table, "insert", many=found is not None and not _WRITTEN_DOWN.match(source, found.end()))


def _merged(words: Words) -> Iterator[Action]:
    words.wants("INTO")
    words.takes("ONLY")
    yield WriteRows(words.name(), "merge")


def _with(words: Words) -> Iterator[Action]:
    """The statement behind common table expressions, and those within them."""
    words.takes("RECURSIVE")
    while not words.done:
        if words.word in _WRITES:
            break
        if words.word == "(":
            inner = words.group()
            yield from _written(inner)
        else:
            words.skip()
    yield from _written(words)


def _written(words: Words) -> Iterator[Action]:
    if word := words.takes_one(frozenset(_WRITES)):
        yield from _WRITES[word](words)


def _truncated(words: Words) -> Iterator[Action]:
    words.takes("TABLE")
    words.takes("ONLY")
    tables = tuple(words.names())
    cascade = False
    while not words.done:
        cascade = cascade or words.word == "CASCADE"
        words.skip()
    yield Truncate(tables, cascade)


def _reindexed(words: Words) -> Iterator[Action]:
    concurrently = words.word == "(" and "concurrently" in words.one()
    of = _REBUILT.get(words.word)
    words.skip()
    concurrently = words.takes("CONCURRENTLY") or concurrently
    if of is not None:
        yield Rebuild("reindex", of, "" if words.done else words.name(), concurrently)


def _refreshed(words: Words) -> Iterator[Action]:
    words.wants("MATERIALIZED", "VIEW")
    concurrently = words.takes("CONCURRENTLY")
    name = words.name()
    if not words.takes("WITH", "NO", "DATA"):
        yield Rebuild("refresh", "view", name, concurrently)


def _clustered(words: Words) -> Iterator[Action]:
    words.takes("VERBOSE")
    yield Rebuild("cluster", "table", "" if words.done else words.name())


def _vacuumed(words: Words) -> Iterator[Action]:
    full = words.takes("FULL") if words.word != "(" else "full" in words.one()
    if full:
        while words.takes_one(frozenset({"FREEZE", "VERBOSE", "ANALYZE"})):
            pass
        yield Rebuild("vacuum full", "table", "" if words.done else words.name())


def _locked(words: Words) -> Iterator[Action]:
    words.takes("TABLE")
    words.takes("ONLY")
    tables = tuple(words.names())
    mode = words.text(frozenset({"MODE"})).removeprefix("in ") if words.takes("IN") else "access exclusive"
    yield LockTable(tables, mode)


_WRITES: Final[Mapping[str, Callable[[Words], Iterator[Action]]]] = {
    "UPDATE": _updated,
    "DELETE": _deleted,
    "INSERT": _inserted,
    "MERGE": _merged,
}

READERS: Final[Mapping[str, Callable[[Words], Iterator[Action]]]] = {
    **_WRITES,
    "BEGIN": _begun,
    "START": _started,
    "COMMIT": _committed,
    "END": _committed,
    "ROLLBACK": _rolled_back,
    "ABORT": _rolled_back,
    "SET": _set,
    "RESET": _reset,
    "SELECT": _selected,
    "WITH": _with,
    "TRUNCATE": _truncated,
    "REINDEX": _reindexed,
    "REFRESH": _refreshed,
    "CLUSTER": _clustered,
    "VACUUM": _vacuumed,
    "LOCK": _locked,
}
"""What reads a statement, by its first word; each raises UnreadableError where it cannot."""
