"""The tables of Django's models, as Django makes them in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from backend_architect.knowledge import libraries
from backend_architect.schema.django_expressions import condition, expression, part_of, parts_of_fields
from backend_architect.schema.django_fields import Field, known_field
from backend_architect.schema.django_indexes import (
    field_indexes,
    index_name,
    like_indexes,
    plain,
    primary_key,
    shortened,
)
from backend_architect.schema.literals import literal
from backend_architect.schema.model import Check, Column, ForeignKey, Index, Origin, Table
from backend_architect.schema.terms import UNKNOWN, Call, Items, Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.schema.declared import Class
    from backend_architect.schema.django_apps import Key
    from backend_architect.schema.django_fields import Fields
    from backend_architect.schema.outlines import Outline

_DEEPEST: Final = 8
"""How many foreign keys are followed to the type of a column."""


@dataclass(slots=True)
class Model:
    """A model, as migrations or a class describe it."""

    key: Key
    name: str
    fields: dict[str, Field]
    options: dict[str, Term]
    near: Outline
    """The file in whose words it is described."""
    origin: Origin
    parents: tuple[Key, ...] = ()
    """The models with tables of their own that it extends."""
    cls: Class | None = None
    assumed: bool = False
    """Whether no migration at hand makes it."""

    @property
    def has_table(self) -> bool:
        """Whether Django makes a table for it."""
        return self.options.get("proxy") is not True and self.options.get("managed") is not False

    @property
    def table(self) -> str:
        """The name of its table."""
        said = self.options.get("db_table")
        name = said if isinstance(said, str) and said else f"{self.key[0]}_{self.key[1]}"
        return shortened(name.replace('"', ""))


@dataclass(slots=True)
class Tables:
    """Makes tables of models that point to each other."""

    fields: Fields
    models: dict[Key, Model] = field(default_factory=dict["Key", Model])

    def of(self, model: Model) -> list[Table]:
        """The table of a model, and those of its many-to-many fields."""
        if not model.has_table:
            return []
        joins = (one for one in model.fields.values() if one.relation == "many-to-many")
        return [self._table(model), *(table for one in joins if (table := self._joining(model, one)))]

    # Fields and their columns.

    def column_name(self, one: Field) -> str:
        """The column of a field."""
        return one.text("db_column") or (f"{one.name}_id" if one.points else one.name)

    def key_field(self, model: Model) -> Field | None:
        """The field that is the primary key; None for the one that Django adds."""
        return next((one for one in model.fields.values() if one.flag("primary_key")), None)

    def key_column(self, model: Model) -> str:
        """The column of the primary key."""
        key = self.key_field(model)
        if key is not None:
            return self.column_name(key)
        parent = self._parent(model)
        return f"{parent.key[1]}_ptr_id" if parent is not None else "id"

    def _parent(self, model: Model) -> Model | None:
        """The model whose key is the key of another one that extends it."""
        return next((self.models[key] for key in model.parents if key in self.models), None)

    def column_of(self, model: Model, name: str) -> str | None:
        """The column of a field of a model."""
        if name == "pk" or (name == "id" and "id" not in model.fields and self.key_field(model) is None):
            return self.key_column(model)
        one = model.fields.get(name) or model.fields.get(name.removesuffix("_id"))
        if one is None:
            links = (other for other in model.fields.values() if self.column_name(other) == name)
            one = next(links, None)
        return self.column_name(one) if one is not None else None

    def type_of(self, model: Model, one: Field, depth: int = 0) -> str:
        """The type of a field's column; empty if it is unknown."""
        if one.points:
            target = self.models.get(one.target) if one.target is not None else None
            if target is None or depth > _DEEPEST:
                return ""
            named = target.fields.get(one.text("to_field")) or self.key_field(target)
            return self.type_of(target, named, depth + 1) if named else self._key_type(target, depth)
        said = str(one.known.get("type", ""))
        if "{element}" in said:
            inner = self.fields.element(one, model.near)
            return said.format(element=self.type_of(model, inner)) if inner is not None else ""
        values = {**one.known, **{name: value for name, value in one.call.keywords if isinstance(value, int)}}
        try:
            return said.format_map(values)
        except KeyError:
            return said.partition("(")[0]

    def _key_type(self, model: Model, depth: int = 0) -> str:
        parent = self._parent(model)
        if parent is not None and depth <= _DEEPEST:
            key = self.key_field(parent)
            return self.type_of(parent, key, depth + 1) if key else self._key_type(parent, depth + 1)
        known = known_field(self.fields.apps.key_class(model.key[0]))
        return str(known["type"]) if known is not None else ""

    def _columns(self, model: Model) -> Iterator[tuple[Field | None, Column]]:
        if self.key_field(model) is None and not self._composite(model):
            yield (
                None,
                Column(self.key_column(model), self._key_type(model), nullable=False, origin=model.origin),
            )
        for one in model.fields.values():
            if one.relation in {"none", "many-to-many"}:
                continue
            nullable = one.flag("null") or one.call.name == "NullBooleanField"
            default = one.call.keyword("db_default")
            yield (
                one,
                Column(
                    self.column_name(one),
                    self.type_of(model, one),
                    nullable=nullable and not one.flag("primary_key"),
                    default=None if default is UNKNOWN else _default(default),
                    choices=one.choices,
                    origin=one.origin,
                ),
            )

    # Tables.

    def _table(self, model: Model) -> Table:
        table = Table(model.table, origin=model.origin)
        for one, column in self._columns(model):
            table.columns[column.name] = column
            if one is None:
                table.indexes.append(primary_key(table.name, column.name, model.origin))
                table.foreign_keys += self._parent_link(model, column.name)
            else:
                table.indexes += field_indexes(table.name, one, column)
                table.foreign_keys += self._foreign_key(model, one, column.name)
        composite = self._composite(model)
        if composite:
            parts = tuple(part_of(name, lambda one: self.column_of(model, one)) for name in composite)
            table.indexes.append(Index(f"{table.name}_pkey", parts, unique=True, kind="primary"))
        self._constrain(table, model)
        return table

    def _composite(self, model: Model) -> tuple[str, ...]:
        """The fields of a primary key of several columns; empty for any other."""
        calls = (one.call for one in model.fields.values() if one.call.name == "CompositePrimaryKey")
        return next((tuple(_strings(Items(call.args))) for call in calls), ())

    def _parent_link(self, model: Model, column: str) -> list[ForeignKey]:
        parent = self._parent(model)
        if parent is None:
            return []
        to = (self.key_column(parent),)
        return [ForeignKey((column,), parent.table, to, "cascade", origin=model.origin)]

    def _foreign_key(self, model: Model, one: Field, column: str) -> Iterator[ForeignKey]:
        target = self.models.get(one.target) if one.points and one.target is not None else None
        if target is None or not one.flag("db_constraint", default=True):
            return
        to = self.column_of(target, one.text("to_field") or "pk")
        action = one.call.argument(1, "on_delete")
        name = index_name(model.table, [column], f"_fk_{target.table}_{to}")
        yield ForeignKey(
            (column,), target.table, (to,) if to else (), _on_delete(action), name=name, origin=one.origin
        )

    def _constrain(self, table: Table, model: Model) -> None:
        """Adds what `Meta` says of a model."""
        options = model.options
        for names in _groups(options.get("unique_together")):
            parts = tuple(part_of(name, lambda one: self.column_of(model, one)) for name in names)
            name = index_name(table.name, [str(part.column) for part in parts], "_uniq")
            table.indexes.append(Index(name, parts, unique=True, kind="unique", origin=model.origin))
        for names in _groups(options.get("index_together")):
            parts = tuple(part_of(name, lambda one: self.column_of(model, one)) for name in names)
            name = index_name(table.name, [str(part.column) for part in parts], "_idx")
            table.indexes.append(Index(name, parts, origin=model.origin))
        for said in (*_items(options.get("indexes")), *_items(options.get("constraints"))):
            if isinstance(said, Call):
                self._add(table, model, said)
        followed = options.get("order_with_respect_to")
        if isinstance(followed, str):
            table.columns.setdefault(
                "_order", Column("_order", "integer", nullable=False, origin=model.origin)
            )

    def _add(self, table: Table, model: Model, said: Call) -> None:
        if said.name.endswith("CheckConstraint"):
            term = (
                said.argument(0, "condition") if said.args or said.has("condition") else said.keyword("check")
            )
            text = condition(term, lambda one: self.column_of(model, one))
            table.checks.append(Check(_interpolated(said.keyword("name"), model), text))
        else:
            table.indexes.append(self.index(model, said))

    def index(self, model: Model, said: Call) -> Index:
        """What `models.Index(...)`, a unique or an exclusion constraint asks for."""

        def column_of(name: str) -> str | None:
            return self.column_of(model, name)

        parts = tuple(parts_of_fields(said.keyword("fields"), said.keyword("opclasses"), column_of))
        parts += tuple(part_of(term, column_of) for term in said.args)
        include = tuple(column_of(name) or name for name in _strings(said.keyword("include")))
        where = condition(said.keyword("condition"), column_of) if _says(said, "condition") else ""
        name = _interpolated(said.keyword("name"), model)
        origin = Origin(model.near.path, said.line) if model.cls is not None else None
        if said.name == "ExclusionConstraint":
            kind = said.keyword("index_type")
            using = kind.lower() if isinstance(kind, str) else "gist"
            excluded = tuple(
                part_of(one.items[0], column_of)
                for one in _items(said.keyword("expressions"))
                if isinstance(one, Items) and one.items
            )
            return Index(
                name, excluded, using=using, where=where, include=include, kind="exclusion", origin=origin
            )
        if said.name == "UniqueConstraint":
            # Django makes an index where SQL has no such constraint.
            plain = not where and not said.args and not _says(said, "opclasses") and not include
            return Index(
                name,
                parts,
                unique=True,
                where=where,
                include=include,
                kind="unique" if plain else "index",
                origin=origin,
            )
        using = libraries.entry("django-indexes", f"django.contrib.postgres.indexes.{said.name}")
        return Index(
            name,
            parts,
            using=using["using"] if using else "btree",
            where=where,
            include=include,
            origin=origin,
        )

    def between(self, model: Model, one: Field) -> str:
        """The name of the table of a many-to-many field."""
        through = self.fields.target(one.call.keyword("through"), model.near, model.key)
        if through in self.models:
            return self.models[through].table
        return shortened(one.text("db_table").replace('"', "") or f"{model.table}_{one.name}")

    def _joining(self, model: Model, one: Field) -> Table | None:
        """The table that Django makes for a many-to-many field, unless the project declares one."""
        target = self.models.get(one.target) if one.target is not None else None
        if one.target is None or _says(one.call, "through"):
            return None
        name = self.between(model, one)
        near, far = model.key[1], one.target[1]
        if one.target == model.key:
            near, far = f"from_{near}", f"to_{far}"
        table = Table(name, origin=one.origin)
        known = known_field(self.fields.apps.key_class(model.key[0]))
        table.columns["id"] = Column(
            "id", str(known["type"]) if known else "", nullable=False, origin=one.origin
        )
        table.indexes.append(primary_key(name, "id", one.origin))
        columns = [f"{near}_id", f"{far}_id"]
        for column, end in zip(columns, (model, target), strict=True):
            key = self.key_field(end) if end is not None else None
            kind = "" if end is None else self.type_of(end, key) if key else self._key_type(end)
            table.columns[column] = Column(column, kind, nullable=False, origin=one.origin)
            table.indexes.append(Index(index_name(name, [column]), plain(column), origin=one.origin))
            table.indexes += like_indexes(name, table.columns[column], one.origin)
            if end is not None:
                to = (self.key_column(end),)
                table.foreign_keys.append(ForeignKey((column,), end.table, to, "cascade", origin=one.origin))
        unique = index_name(name, columns, "_uniq")
        table.indexes.append(Index(unique, plain(*columns), unique=True, kind="unique", origin=one.origin))
        return table


def _default(term: Term) -> str:
    return expression(term, lambda _: None) if isinstance(term, Call) else literal(term)


def _on_delete(term: Term) -> str:
    """What becomes of the rows, for the database or, as here, for the library."""
    name = (getattr(term, "path", "") or "").rpartition(".")[2].lower()
    return {
        "cascade": "cascade",
        "set_null": "set null",
        "set_default": "set default",
        "protect": "restrict",
        "restrict": "restrict",
        "db_cascade": "cascade",
        "db_set_null": "set null",
    }.get(name, "")


def _says(call: Call, name: str) -> bool:
    """Whether a keyword is given something that is not nothing."""
    return call.has(name) and call.keyword(name) not in (None, Items(()))


def _strings(term: Term) -> Iterator[str]:
    return (one for one in _items(term) if isinstance(one, str))


def _items(term: Term) -> tuple[Term, ...]:
    return term.items if isinstance(term, Items) else ()


def _groups(term: Term) -> Iterator[tuple[Term, ...]]:
    """The groups of `unique_together`, which may be one alone."""
    items = _items(term)
    if items and all(isinstance(one, str) for one in items):
        yield items
        return
    yield from (one.items for one in items if isinstance(one, Items))


def _interpolated(name: Term, model: Model) -> str:
    """The name of an index or constraint of an abstract class, for the model that has it."""
    if not isinstance(name, str):
        return ""
    return name.replace("%(class)s", model.key[1]).replace("%(app_label)s", model.key[0])
