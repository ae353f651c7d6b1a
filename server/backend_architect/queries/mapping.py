"""The mapped classes of a workspace, as the queries of its files name them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from backend_architect.schema.declared import Class, Declared, Found, Value
from backend_architect.schema.django_apps import library_outlines
from backend_architect.schema.django_models import django_models
from backend_architect.schema.outlines import Outline
from backend_architect.schema.remembering import Memory
from backend_architect.schema.sqlalchemy_models import sqlalchemy_models
from backend_architect.schema.sqlalchemy_relations import class_key
from backend_architect.schema.terms import Call, Items, Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.queries.programs import Program
    from backend_architect.schema.mapped import MappedClass, Relationship
    from backend_architect.schema.model import Table


class UnclearError(Exception):
    """A query of which it is not known what it asks; nothing is said about it then."""


@dataclass(slots=True)
class Models:
    """All mapped classes of a workspace."""

    declared: Declared
    classes: dict[str, MappedClass]
    tables: dict[str, Table]
    _near: dict[str, Outline] = field(default_factory=dict[str, Outline])
    _back: dict[str, list[tuple[MappedClass, Relationship]]] = field(
        default_factory=dict[str, "list[tuple[MappedClass, Relationship]]"]
    )

    def __post_init__(self) -> None:
        """Index what leads to each class, from elsewhere."""
        self._near = {one.path: one for one in self.declared.outlines}
        for cls in self.classes.values():
            for relationship in cls.relationships.values():
                if relationship.target:
                    self._back.setdefault(relationship.target, []).append((cls, relationship))

    def leading_to(self, cls: MappedClass) -> list[tuple[MappedClass, Relationship]]:
        """The relationships of other classes that lead to a class, each with its class."""
        return self._back.get(cls.key, [])

    def outline(self, path: str) -> Outline | None:
        """What a file declares."""
        return self._near.get(path)

    def table(self, cls: MappedClass) -> Table:
        """The table of a class.

        Raises:
            UnclearError: nobody knows it.
        """
        if cls.table not in self.tables:
            raise UnclearError
        return self.tables[cls.table]

    def type_of(self, table: str, column: str) -> str:
        """The type of a column; empty if it is not known."""
        known = self.tables.get(table)
        found = known.columns.get(column) if known is not None else None
        return found.type if found is not None else ""

    def nullable(self, table: str, column: str) -> bool:
        """Whether a column may be NULL."""
        known = self.tables.get(table)
        found = known.columns.get(column) if known is not None else None
        return found is None or found.nullable

    def primary_key(self, table: str) -> str:
        """The only column of the primary key.

        Raises:
            UnclearError: there are several, or none is known.
        """
        key = self.tables[table].primary_key if table in self.tables else ()
        if len(key) != 1:
            raise UnclearError
        return key[0]

    def keys_between(self, left: str, right: str) -> list[list[tuple[str, str]]]:
        """The ways in which foreign keys join two tables: pairs of a column of the left and the right."""
        found = [[(a, b) for b, a in pairs] for pairs in self.keys_from(right, left)]
        return self.keys_from(left, right) + (found if left != right else [])

    def keys_from(self, holder: str, target: str) -> list[list[tuple[str, str]]]:
        """The foreign keys of a table that point to another one: pairs of a column of each."""
        table, other = self.tables.get(holder), self.tables.get(target)
        found: list[list[tuple[str, str]]] = []
        for key in table.foreign_keys if table is not None and other is not None else ():
            to = key.to or (other.primary_key if other is not None else ())
            if key.table == target and len(to) == len(key.columns):
                pairs = list(zip(key.columns, to, strict=True))
                if pairs not in found:
                    found.append(pairs)
        return found

    def names_in(self, program: Program) -> Names:
        """What names stand for in a file."""
        known = self._near.get(program.path, Outline(program.path, program.module))
        return Names(self, replace(known, imports={**known.imports, **program.imports}, stars=program.stars))


@dataclass(slots=True)
class Names:
    """What names stand for in one file."""

    models: Models
    near: Outline
    _found: dict[str, Found] = field(default_factory=dict[str, Found])

    def find(self, path: str) -> Found:
        """What a dotted name stands for."""
        if path not in self._found:
            self._found[path] = self.models.declared.find(path, self.near)
        return self._found[path]

    def cls(self, path: str) -> MappedClass | None:
        """The mapped class of a name."""
        found = self.find(path)
        return self.models.classes.get(class_key(found)) if isinstance(found, Class) else None

    def leading(self, names: list[str]) -> tuple[MappedClass | Table | None, int]:
        """The mapped class or the table that names begin with, and how many of them name it."""
        for end in range(len(names), 0, -1):
            if not names[end - 1][:1].isupper() and end != len(names) and names[end] not in {"c", "columns"}:
                # Only tables are called in lower case, and their columns are below `c`.
                continue
            found = self.find(".".join(names[:end]))
            if isinstance(found, Class):
                cls = self.models.classes.get(class_key(found))
                if cls is not None:
                    return cls, end
            elif isinstance(found, Value):
                table = self._table(found.said.value)
                if table is not None:
                    return table, end
        return None, 0

    def _table(self, value: Term) -> Table | None:
        if (
            isinstance(value, Call)
            and value.name == "Table"
            and value.args
            and isinstance(value.args[0], str)
        ):
            schema = value.keyword("schema")
            name = f"{schema}.{value.args[0]}" if isinstance(schema, str) else value.args[0]
            return self.models.tables.get(name)
        return None

    def constant(self, path: str) -> str | int | None:
        """The value of a name that a class or module gives one, as Django's enumerations are stored."""
        found = self.find(path)
        if isinstance(found, Value):
            value = found.said.value
        else:
            owner, _, name = path.rpartition(".")
            cls = self.find(owner) if owner else None
            value = cls.said.get(name) if isinstance(cls, Class) else None
        if isinstance(value, Items) and value.items:
            value = value.items[0]
        return value if isinstance(value, str | int) and not isinstance(value, bool) else None


def models_of(outlines: Iterable[Outline], memory: Memory | None = None) -> Models:
    """The mapped classes that the files of a workspace declare; `memory` may have read them already."""
    listed = list(outlines)
    memory = Memory() if memory is None else memory
    django = memory.result("django", listed, django_models)
    sqlalchemy = memory.result("sqlalchemy", listed, sqlalchemy_models)
    classes = {one.key: one for one in (*sqlalchemy.classes, *django.classes)}
    tables = {one.name: one for one in (*sqlalchemy.tables, *django.tables)}
    return Models(Declared([*listed, *library_outlines()]), classes, tables)


def parents_of(cls: MappedClass, models: Models) -> Iterator[MappedClass]:
    """The classes with tables of their own that a class extends, as far as they are known."""
    for key in cls.parents:
        parent = models.classes.get(key)
        if parent is not None:
            yield parent
