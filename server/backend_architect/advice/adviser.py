"""The advice for a project that is being edited: only what has changed is read again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from backend_architect.advice.advice import Advice, advice_of, needs_for
from backend_architect.queries.sql import shapes_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from backend_architect.advice.plans import Need
    from backend_architect.queries.statements import Statement
    from backend_architect.schema.model import Origin, Schema, Table

_WORD: Final = re.compile(r"\w+")
_CHANGING: Final = frozenset({"delete", "update", "merge"})
_TO: Final = "->"
"""Stands before the name of a table for the keys that point to it."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read of a statement, and the names of tables on which that rests, in lower case."""

    names: frozenset[str]
    schema: int | None = None
    """The number of the only schema that has its tables."""
    tables: frozenset[str] = frozenset()
    """The tables that it uses."""
    needs: tuple[Need, ...] = ()


@dataclass(slots=True)
class Adviser:
    """Knows what statements lack, and asks again only about tables that have changed."""

    _known: dict[Statement, _Known] = field(default_factory=dict["Statement", _Known])
    _schemas: list[Schema] = field(default_factory=list["Schema"])

    def advise(
        self, statements: Iterable[Statement], schemas: Sequence[Schema]
    ) -> list[tuple[Schema, Advice]]:
        """What the statements lack; nothing for those of which nobody knows which database they are for."""
        changed = self._changed(schemas)
        self._schemas = list(schemas)
        linked = _Linked(schemas)
        before, self._known = self._known, {}
        for statement in statements:
            known = before.get(statement)
            if known is None or changed is None or not known.names.isdisjoint(changed):
                known = self._read(statement, linked)
            self._known[statement] = known
        needs: list[list[Need]] = [[] for _ in schemas]
        for known in self._known.values():
            if known.schema is not None:
                needs[known.schema] += known.needs
        pairs = zip(schemas, needs, strict=True)
        return [(schema, one) for schema, lacking in pairs for one in advice_of(lacking, schema)]

    def queries(self, schema: Schema, table: str) -> list[Origin]:
        """Where statements use a table of a schema that the last advice was for."""
        return sorted(
            statement.origin
            for statement, known in self._known.items()
            if known.schema is not None and self._schemas[known.schema] is schema and table in known.tables
        )

    def at(self, path: str, line: int) -> tuple[Schema, Statement, frozenset[str]] | None:
        """The statement on a line, from 1, of a file, with its schema and the tables that it uses."""
        for statement, known in self._known.items():
            first = statement.origin.line
            last = first + statement.text.count("\n")
            if statement.origin.path == path and first <= line <= last and known.schema is not None:
                return self._schemas[known.schema], statement, known.tables
        return None

    def _read(self, statement: Statement, linked: _Linked) -> _Known:
        names = linked.names(set(_WORD.findall(statement.text.lower())))
        found = [
            (at, shapes) for at, one in enumerate(self._schemas) if (shapes := shapes_of(statement, one))
        ]
        if len(found) != 1:
            return _Known(names)
        at, shapes = found[0]
        tables = frozenset(use.table for shape in shapes for use in shape.uses if use.table)
        return _Known(names, at, tables, tuple(needs_for(shapes, self._schemas[at])))

    def _changed(self, schemas: Sequence[Schema]) -> set[str] | None:
        """The names of tables that are not what they were; None if all must be read again.

        Tables that are what they were become the same objects as before.
        """
        if len(schemas) != len(self._schemas):
            return None
        changed: set[str] = set()
        for old, new in zip(self._schemas, schemas, strict=True):
            if (old.views, old.materialized, old.enums, old.dialect) != (
                new.views,
                new.materialized,
                new.enums,
                new.dialect,
            ):
                return None
            changed |= set(map(_bare, old.seeded ^ new.seeded))
            for name in old.tables.keys() | new.tables.keys():
                before, after = old.tables.get(name), new.tables.get(name)
                if before is not None and before == after:
                    new.tables[name] = before
                else:
                    changed |= set(_changing(before)) | set(_changing(after))
        return changed


def _bare(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _changing(table: Table | None) -> Iterator[str]:
    """The names under which statements depend on a table: its own, and those of the keys that it has."""
    if table is not None:
        yield _bare(table.name)
        yield from (f"{_TO}{_bare(key.table)}" for key in table.foreign_keys)


class _Linked:
    """Which tables have to do with which, by their names without schemas, over all schemas."""

    def __init__(self, schemas: Sequence[Schema]) -> None:
        self._children: dict[str, set[str]] = {}
        self._links: dict[str, set[str]] = {}
        for schema in schemas:
            for table in schema.tables.values():
                for key in table.foreign_keys:
                    self._children.setdefault(_bare(key.table), set()).add(_bare(table.name))
                self._links.setdefault(_bare(table.name), set()).update(_parents(table))
            for name, query in schema.views.items():
                self._links.setdefault(_bare(name), set()).update(_WORD.findall(query.lower()))

    def names(self, words: Collection[str]) -> frozenset[str]:
        """All names on which depends what is said of a statement with these words.

        A view depends on the tables of its query, and a partition on its table. What removes or changes rows
        depends on all tables that point to them, over any number of steps.
        """
        found = self._closure(words, self._links) if self._links.keys() & words else set(words)
        if not _CHANGING.isdisjoint(words):
            found = self._closure(found, self._children)
            found |= {_TO + name for name in found}
        return frozenset(found)

    @staticmethod
    def _closure(names: Collection[str], links: dict[str, set[str]]) -> set[str]:
        found: set[str] = set()
        pending = set(names)
        while pending:
            name = pending.pop()
            found.add(name)
            pending |= links.get(name, set()) - found
        return found


def _parents(table: Table) -> Iterator[str]:
    if table.partition_of:
        yield _bare(table.partition_of)
