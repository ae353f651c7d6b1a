"""What CREATE makes: tables, indexes, views, enumerated types."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from backend_architect.schema.actions import MakeTable
from backend_architect.schema.changes import (
    AddCheck,
    AddForeignKey,
    AddIndex,
    CreateEnum,
    CreateTable,
    CreateView,
    Like,
    Part,
    UseIndex,
)
from backend_architect.schema.ddl_columns import column_definition
from backend_architect.schema.ddl_constraints import condition, index_part, separate, table_constraint
from backend_architect.schema.ddl_words import UnreadableError
from backend_architect.schema.model import Column, Index, IndexPart, Table
from backend_architect.sql.parsing import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.schema.changes import Change, Effect
    from backend_architect.schema.ddl_constraints import Constraint
    from backend_architect.schema.ddl_words import Words

_TEMPORARY = frozenset({"TEMP", "TEMPORARY"})
_AFTER_ROWS = frozenset({"PARTITION", "USING", "TABLESPACE"})
_MODIFIERS = frozenset({"GLOBAL", "LOCAL", "UNLOGGED", "FOREIGN", "EXTERNAL", "RECURSIVE"})
_INDEXES = frozenset({"UNIQUE", "FULLTEXT", "SPATIAL"})
_TAKEN: dict[str, set[Part]] = {
    "DEFAULTS": {"defaults"},
    "GENERATED": {"generated"},
    "IDENTITY": {"identity"},
    "INDEXES": {"indexes"},
    "CONSTRAINTS": {"checks"},
    "ALL": {"defaults", "generated", "identity", "indexes", "checks"},
}
_WITH_DATA = re.compile(r"\s+WITH\s+(?:NO\s+)?DATA\s*\Z", re.IGNORECASE)


def created(words: Words) -> Iterator[Effect]:
    """The changes of a statement, behind CREATE.

    Raises:
        UnreadableError: it cannot be read.
    """
    words.takes("OR", "REPLACE")
    if words.takes_one(_TEMPORARY) or (words.takes_one(_MODIFIERS) and words.takes_one(_TEMPORARY)):
        if words.takes("TABLE"):
            words.takes("IF", "NOT", "EXISTS")
            yield MakeTable(words.name())
        return
    words.takes_one(_MODIFIERS)
    if words.takes("TABLE"):
        yield from _table(words)
    elif words.takes("TYPE"):
        yield from _type(words)
    elif words.word == "INDEX" or words.word in _INDEXES:
        yield _index(words)
    else:
        yield from _view(words)


def _table(words: Words) -> Iterator[Change]:
    origin = words.origin
    unless_exists = words.takes("IF", "NOT", "EXISTS")
    table = Table(words.name(), origin=origin)
    likes: list[Like] = []
    if words.takes("PARTITION", "OF"):
        table.partition_of = words.name()
        likes.append(
            Like(table.partition_of, frozenset({"defaults", "generated", "indexes", "checks", "keys"}))
        )
    elif words.takes("LIKE"):  # of MySQL
        likes.append(Like(words.name(), frozenset(_TAKEN["ALL"])))
    elif words.takes("OF"):
        words.name()
        table.complete = False
    if words.word == "(":
        _entries(words.group(), table, likes)
    elif not (likes or words.word == "AS" or not table.complete):
        raise UnreadableError(words.word)
    _tail(words, table, likes)
    yield CreateTable(table, unless_exists, tuple(likes))


def _entries(words: Words, table: Table, likes: list[Like]) -> None:
    """Reads what stands in the parenthesis of a table."""
    constraints: list[Constraint] = []
    for part in words.parts():
        if part.takes("LIKE"):
            likes.append(Like(part.name(), _taken(part), len(table.columns)))
            continue
        if constraint := table_constraint(part, table.name):
            constraints.append(constraint)
        elif not table.partition_of:
            defined = column_definition(part, table.name)
            table.columns[defined.column.name] = defined.column
            constraints += defined.constraints
    for one in separate(constraints):
        match one:
            case AddIndex():
                table.indexes.append(one.index)
            case AddForeignKey():
                table.foreign_keys.append(one.key)
            case AddCheck():
                table.checks.append(one.check)
            case UseIndex():
                raise UnreadableError  # only ALTER TABLE has it


def _taken(words: Words) -> frozenset[Part]:
    taken: set[Part] = set()
    while not words.done:
        if words.takes("INCLUDING"):
            taken |= _TAKEN.get(words.word, set[Part]())
        elif words.takes("EXCLUDING"):
            taken -= _TAKEN.get(words.word, set[Part]())
        words.skip()
    return frozenset(taken)


def _tail(words: Words, table: Table, likes: list[Like]) -> None:
    """Reads what follows the parenthesis of a table."""
    while not words.done:
        if words.takes("INHERITS"):
            parents = [part.name() for part in words.group().parts()]
            likes[:0] = [Like(name, frozenset({"defaults", "generated", "checks"})) for name in parents]
        elif words.takes("PARTITION", "BY"):
            table.partition_by = f"{words.one()} {words.one()}"
        elif table.partition_of and words.word in {"FOR", "DEFAULT"}:
            table.partition_rows = words.text(_AFTER_ROWS)
        elif words.takes("AS"):
            _select_into(words, table)
        else:
            words.skip()


def _select_into(words: Words, table: Table) -> None:
    """Takes the columns of CREATE TABLE ... AS, as far as the query names them."""
    from sqlglot import exp  # noqa: PLC0415 - imported when the first statement is parsed

    tree = parse(_WITH_DATA.sub("", words.source()), words.dialect).tree
    if table.columns:
        return
    names = tree.named_selects if isinstance(tree, exp.Query) else ["*"]
    table.complete = all(name and name != "*" for name in names)
    table.columns.update((name, Column(name)) for name in names if name and name != "*")


def _index(words: Words) -> Change:
    origin = words.origin
    kind = words.takes_one(_INDEXES)
    words.wants("INDEX")
    concurrently = words.takes("CONCURRENTLY")
    unless_exists = words.takes("IF", "NOT", "EXISTS")
    name = "" if words.word == "ON" else words.name().rpartition(".")[2]
    using = "btree" if kind in {"", "UNIQUE"} else kind.lower()
    if words.takes("USING"):
        using = words.identifier()
    words.wants("ON")
    only = words.takes("ONLY")
    table = words.name()
    if words.takes("USING"):
        using = words.identifier()
    index = Index(name, _parts(words), kind == "UNIQUE", using=using, origin=origin)
    while not words.done:
        if words.takes("NULLS", "NOT", "DISTINCT"):
            index = replace(index, nulls_distinct=False)
        elif words.takes("INCLUDE"):
            index = replace(index, include=words.columns())
        elif words.takes("WHERE"):
            index = replace(index, where=condition(words))
        else:
            words.skip()
    return AddIndex(table, index, unless_exists, only, concurrently)


def _parts(words: Words) -> tuple[IndexPart, ...]:
    return tuple(index_part(part) for part in words.group().parts())


def _type(words: Words) -> Iterator[Change]:
    name = words.name()
    if words.takes("AS", "ENUM"):
        yield CreateEnum(name, tuple(part.string() for part in words.group().parts()))


def _view(words: Words) -> Iterator[Change]:
    materialized = words.takes("MATERIALIZED")
    while not (words.done or words.word in {"VIEW", "AS", "ON", "("}):
        words.skip()  # ALGORITHM, DEFINER and SQL SECURITY of MySQL
    if not words.takes("VIEW"):
        return
    words.takes("IF", "NOT", "EXISTS")
    name = words.name()
    while not (words.done or words.takes("AS")):
        words.skip()
    if query := _WITH_DATA.sub("", words.source()):
        yield CreateView(name, query, materialized)
