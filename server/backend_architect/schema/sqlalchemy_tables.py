"""The tables of mapped classes and of `Table(...)`, put together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from backend_architect.schema.constraints import put_index
from backend_architect.schema.declared import Class, Value
from backend_architect.schema.mapped import MappedClass
from backend_architect.schema.model import ForeignKey, Index, IndexPart, Origin, Table
from backend_architect.schema.sqlalchemy_columns import SaidColumn, column_of, own_indexes
from backend_architect.schema.sqlalchemy_items import item_of
from backend_architect.schema.sqlalchemy_metadata import Metadata, of_class, of_term
from backend_architect.schema.sqlalchemy_relations import RELATIONS, Relations, class_key
from backend_architect.schema.terms import UNKNOWN, Call, Combined, Items, Member, Name, Pairs, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from backend_architect.schema.outlines import Outline
    from backend_architect.schema.sqlalchemy_classes import Attribute, Classes


class Builder:
    """Builds the tables of a workspace."""

    def __init__(self, classes: Classes) -> None:
        self.tables: dict[str, Table] = {}
        self.classes: list[MappedClass] = []
        self._classes = classes
        self._declared = classes.declared
        self._relations = Relations(classes, self._table_of)
        self._by_class: dict[tuple[str, int], MappedClass] = {}
        self._undecided: set[tuple[str, str]] = set()
        """The relationships whose keys tell whether they lead to many rows."""
        self._untyped: list[tuple[Table, str]] = []
        self._pointing: list[tuple[Table, ForeignKey, Term, Outline]] = []

    def read(self) -> None:
        """Reads everything that is declared."""
        for one in self._declared.outlines:
            for said in one.assigned:
                if isinstance(said.value, Call) and _is_table(said.value):
                    self._table_call(said.value, one)
        mapped = list(self._classes.mapped())
        for cls in [one for one in mapped if not self._classes.shares(one)]:
            self._mapped(cls)
        for cls in [one for one in mapped if self._classes.shares(one)]:
            self._sharing(cls)
        for one in self._declared.outlines:
            for call in (*one.calls, *(said.value for said in one.assigned)):
                if isinstance(call, Call) and call.name == "Index":
                    self._loose_index(call, one)
        for table, key, target, near in self._pointing:
            self._add_key(table, key, target, near)
        self._give_types()
        self._decide()

    # Tables of classes.

    def _mapped(self, cls: Class) -> None:
        said = cls.said.get("__table__")
        if isinstance(said, Name):
            found = self._declared.resolve(said, cls.outline)
            said = found.said.value if isinstance(found, Value) else UNKNOWN
        if isinstance(said, Call) and _is_table(said):
            table = self._table_call(said, cls.outline)
        else:
            name = self._full_name(cls)
            if not name:
                return
            table = self.tables.setdefault(name, Table(name, origin=_origin(cls)))
        mapped = MappedClass(class_key(cls), cls.said.name, "sqlalchemy", table.name, _origin(cls))
        self.classes.append(mapped)
        self._by_class[cls.key] = mapped
        self._fill(cls, table, mapped)
        if table.columns and not table.primary_key:
            table.complete = not self._has_unknown_base(cls)

    def _has_unknown_base(self, cls: Class) -> bool:
        return any(
            isinstance(one, str) and not one.startswith(("sqlalchemy", "sqlmodel"))
            for one in self._declared.lineage(cls)
        )

    def _sharing(self, cls: Class) -> None:
        """Adds the columns of a class that lives in the table of another one."""
        parent = self._classes.parent(cls)
        while parent is not None and self._classes.shares(parent):
            parent = self._classes.parent(parent)
        above = self._by_class.get(parent.key) if parent is not None else None
        if above is None:
            return
        mapped = MappedClass(
            class_key(cls), cls.said.name, "sqlalchemy", above.table, _origin(cls), dict(above.columns)
        )
        self.classes.append(mapped)
        self._by_class[cls.key] = mapped
        self._fill(cls, self.tables[above.table], mapped)

    def _fill(self, cls: Class, table: Table, mapped: MappedClass) -> None:
        primary: list[str] = []
        for attribute in self._own(cls):
            if attribute.call is not None and attribute.call.name in RELATIONS:
                found, sure = self._relations.read(attribute)
                mapped.relationships[attribute.name] = found
                if not sure:
                    self._undecided.add((mapped.key, attribute.name))
                continue
            said = self._classes.column(attribute)
            if said is None:
                continue
            mapped.columns[attribute.name] = said.column.name
            if said.primary:
                primary.append(said.column.name)
            self._add_column(table, said, attribute.owner.outline)
        _add_primary(table, primary, _origin(cls))

        def column(name: str) -> str:
            return mapped.columns.get(name, name)

        for call, near in self._args(cls):
            self._add_item(table, call, near, column)
        of_class(cls, self._declared).convention.name(table)

    def _own(self, cls: Class) -> Iterator[Attribute]:
        """The attributes that become columns of the table of a class itself."""
        parent = self._classes.parent(cls)
        attributes = self._classes.attributes(cls)
        if parent is None or self._classes.is_concrete(cls):
            yield from attributes
            return
        above = {one.key for one in self._classes.line(parent)}
        for one in attributes:
            if one.owner.key not in above:
                yield one

    def _add_column(self, table: Table, said: SaidColumn, near: Outline) -> None:
        if said.column.name in table.columns:
            return
        table.columns[said.column.name] = said.column
        for index in own_indexes(said, table.name):
            table.indexes.append(index)
        table.checks += said.checks
        if not said.typed and said.keys:
            self._untyped.append((table, said.column.name))
        self._pointing += [(table, key, target, near) for key, target in said.keys]

    def _args(self, cls: Class) -> Iterator[tuple[Call, Outline]]:
        """What `__table_args__` says, of the class or of the nearest base that is no table."""
        for one in self._classes.line(cls):
            if one.key != cls.key and self._classes.is_mapped(one):
                return
            said = one.said.get("__table_args__")
            if said is UNKNOWN:
                continue
            for term in _flat(said):
                if isinstance(term, Call):
                    yield term, one.outline
            return

    def _full_name(self, cls: Class) -> str:
        """The name of the table of a class, with its schema."""
        name = self._classes.table_name(cls)
        schema: Term = of_class(cls, self._declared).schema
        for one in reversed(self._classes.line(cls)):
            for term in _flat(one.said.get("__table_args__")):
                if isinstance(term, Pairs) and term.get("schema") is not UNKNOWN:
                    schema = term.get("schema")
        return f"{schema}.{name}" if name and schema and isinstance(schema, str) else name

    # `Table(...)` and what stands beside tables.

    def _table_call(self, call: Call, near: Outline) -> Table:
        metadata = of_term(call.args[1], near, self._declared) or Metadata()
        name, schema = call.args[0], call.keyword("schema")
        schema = schema if call.has("schema") else metadata.schema
        full = f"{schema}.{name}" if schema and isinstance(schema, str) else str(name)
        if full in self.tables:
            return self.tables[full]
        table = self.tables[full] = Table(full, origin=Origin(near.path, call.line))
        primary: list[str] = []
        for arg in call.args[1:]:
            if not isinstance(arg, Call):
                continue
            if arg.name == "Column":
                said = column_of([arg], "", self._classes.types, near, Origin(near.path, arg.line))
                if said.primary:
                    primary.append(said.column.name)
                self._add_column(table, said, near)
            else:
                self._add_item(table, arg, near, lambda name: name)
        _add_primary(table, primary, table.origin)
        metadata.convention.name(table)
        return table

    def _add_item(self, table: Table, call: Call, near: Outline, column: Callable[[str], str]) -> None:
        item = item_of(call, near.path, column)
        if item is None:
            return
        if item.index is not None and item.index.parts:
            put_index(table, item.index)
        if item.key is not None:
            self._pointing.append((table, item.key, item.target, near))
        if item.check is not None:
            table.checks.append(item.check)

    def _loose_index(self, call: Call, near: Outline) -> None:
        """An index that stands beside its table: `Index("ix", Order.created)`, or `orders.c.created`."""
        for name in _names(call.args):
            owner, _, _ = name.partition(".c.") if ".c." in name else name.rpartition(".")
            found = self._declared.find(owner, near)
            mapped = self._by_class.get(found.key) if isinstance(found, Class) else None
            table = self.tables.get(mapped.table) if mapped is not None else self._table_of(found)
            if table is not None:
                columns = mapped.columns if mapped is not None else {}
                self._add_item(table, call, near, lambda one, columns=columns: columns.get(one, one))
                return

    def _table_of(self, found: object) -> Table | None:
        if isinstance(found, Value) and isinstance(found.said.value, Call) and _is_table(found.said.value):
            return self._table_call(found.said.value, found.outline)
        return None

    # What points elsewhere.

    def _add_key(self, table: Table, key: ForeignKey, target: Term, near: Outline) -> None:
        targets = target.items if isinstance(target, Items) else (target,)
        if not key.table:
            found = [self._column_of(one, near) for one in targets]
            if not found or None in found:
                return
            known = [one for one in found if one is not None]
            key = replace(key, table=known[0][0], to=tuple(column for _, column in known))
        schema = table.name.rpartition(".")[0]
        if key.table not in self.tables and f"{schema}.{key.table}" in self.tables:
            key = replace(key, table=f"{schema}.{key.table}")
        table.foreign_keys.append(key)

    def _column_of(self, term: Term, near: Outline) -> tuple[str, str] | None:
        """The table and column of an attribute: `User.id`, `users.c.id`."""
        if not isinstance(term, Name):
            return None
        owner, _, attribute = term.path.rpartition(".")
        found = self._declared.find(owner.removesuffix(".c"), near)
        if isinstance(found, Class) and found.key in self._by_class:
            mapped = self._by_class[found.key]
            return mapped.table, mapped.columns.get(attribute, attribute)
        table = self._table_of(found)
        return (table.name, attribute) if table is not None else None

    def _give_types(self) -> None:
        """Gives columns without a type that of the column to which they point."""
        for _ in range(3):  # keys of keys
            for table, name in self._untyped:
                column = table.columns[name]
                for key in table.foreign_keys:
                    target = self.tables.get(key.table)
                    to = target.columns.get(key.to[0]) if target is not None and key.to else None
                    if key.columns == (name,) and to is not None and to.type:
                        table.columns[name] = replace(column, type=to.type)

    def _decide(self) -> None:
        """Tells relationships which columns they follow, and thereby whether they lead to many rows."""
        by_key = {one.key: one for one in self.classes}
        for mapped in self.classes:
            table = self.tables[mapped.table]
            for name, one in mapped.relationships.items():
                target = by_key.get(one.target)
                if target is None or one.secondary:
                    continue
                keys = [key for key in table.foreign_keys if key.table == target.table]
                many = one.collection
                if (mapped.key, name) in self._undecided:
                    many = not keys or table.name == target.table
                columns = keys[0].columns if len(keys) == 1 and not many else ()
                mapped.relationships[name] = replace(one, collection=many, columns=columns)


def _add_primary(table: Table, columns: list[str], origin: Origin | None) -> None:
    if columns and not table.primary_key:
        parts = tuple(map(IndexPart, columns))
        table.indexes.insert(0, Index("", parts, unique=True, kind="primary", origin=origin))


def _flat(term: Term) -> Iterator[Term]:
    """The items of `__table_args__`, those that are added to others included."""
    match term:
        case Items(items=items):
            yield from items
        case Combined(operator="+", operands=operands):
            for one in operands:
                yield from _flat(one)
        case Pairs():
            yield term
        case _:
            pass


def _is_table(call: Call) -> bool:
    return call.name == "Table" and len(call.args) > 1 and isinstance(call.args[0], str)


def _names(terms: Iterable[Term]) -> Iterator[str]:
    """The dotted names in terms."""
    for term in terms:
        match term:
            case Name(path=path) if "." in path:
                yield path
            case Call():
                if isinstance(term.function, Member):
                    yield from _names([term.function.of])
                elif not term.args and "." in term.path:
                    yield term.path.rpartition(".")[0]
                yield from _names(term.args)
            case Combined(operands=operands):
                yield from _names(operands)
            case _:
                pass


def _origin(cls: Class) -> Origin:
    return Origin(cls.outline.path, cls.said.line)
