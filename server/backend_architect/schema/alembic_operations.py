"""What the operations of Alembic do to the schema."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from backend_architect.schema.actions import WriteRows
from backend_architect.schema.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddIndex,
    AlterColumn,
    Change,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    RenameColumn,
    RenameTable,
    Step,
)
from backend_architect.schema.ddl import changes_of_sql
from backend_architect.schema.model import ForeignKey, Index, IndexPart, Origin, Table
from backend_architect.schema.sqlalchemy_columns import SaidColumn, column_of, default_of, own_indexes
from backend_architect.schema.sqlalchemy_items import index_of, item_of, key_of, part_of, text_of
from backend_architect.schema.sqlalchemy_types import Types
from backend_architect.schema.terms import UNKNOWN, Call, Items, Member, Name, Term, Unknown, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from backend_architect.schema.actions import Action

PARAMETERS: Final = {
    "create_table": ("table_name",),
    "drop_table": ("table_name",),
    "rename_table": ("old_table_name", "new_table_name"),
    "add_column": ("table_name", "column"),
    "drop_column": ("table_name", "column_name"),
    "alter_column": ("table_name", "column_name"),
    "create_index": ("index_name", "table_name", "columns"),
    "drop_index": ("index_name", "table_name"),
    "create_unique_constraint": ("constraint_name", "table_name", "columns"),
    "create_primary_key": ("constraint_name", "table_name", "columns"),
    "create_foreign_key": ("constraint_name", "source_table", "referent_table", "local_cols", "remote_cols"),
    "create_check_constraint": ("constraint_name", "table_name", "condition"),
    "create_exclude_constraint": ("constraint_name", "table_name"),
    "drop_constraint": ("constraint_name", "table_name", "type_"),
    "execute": ("sqltext",),
}
"""The parameters of operations in their order; those of a batch lack the table (Alembic 1.20)."""
TABLES: Final = ("table_name", "source_table")
_BATCH: Final = "batch_alter_table"
_SCHEMA: Final = {"schema", "source_schema"}
_TYPES: Final = Types()


@dataclass(frozen=True, slots=True)
class Operation:
    """A call of an operation, with what it says by the names of the parameters."""

    name: str
    call: Call
    given: Mapping[str, Term]
    rest: tuple[Term, ...]
    """The arguments behind those that have a name."""
    path: str

    @property
    def origin(self) -> Origin:
        """Where it stands."""
        return Origin(self.path, self.call.line)

    @property
    def table(self) -> str:
        """The table that it is about, with its schema."""
        schema = next((text for name in _SCHEMA if (text := self.text(name))), "")
        table = next((text for name in TABLES if (text := self.text(name))), "")
        return f"{schema}.{table}" if schema and table else table

    def text(self, name: str) -> str:
        """The string of a parameter; empty without one."""
        return text_of(self.given.get(name, UNKNOWN))

    def is_set(self, name: str) -> bool:
        """Whether a parameter is True."""
        return self.given.get(name) is True


def operation_of(call: Call, path: str) -> Operation | None:
    """The operation that a call is, that of a batch included; None if it is none."""
    function = call.function
    batch = _batch(function.of) if isinstance(function, Member) else None
    if batch is None and not call.path.startswith("alembic.op."):
        # A connection executes SQL, too.
        return _executed(call, path) if call.name == "execute" else None
    parameters = PARAMETERS.get(call.name)
    if parameters is None:
        return None
    given = dict(call.keywords)
    if batch is not None:
        table = batch.argument(0, "table_name")
        parameters = tuple(name for name in parameters if name not in TABLES)
        given.update(dict.fromkeys(TABLES, table))
        given.setdefault("schema", batch.keyword("schema"))
    given.update(zip(parameters, call.args, strict=False))
    return Operation(call.name, call, given, call.args[len(parameters) :], path)


def _batch(term: Term) -> Call | None:
    return term if isinstance(term, Call) and term.name == _BATCH else None


def _executed(call: Call, path: str) -> Operation | None:
    return Operation("execute", call, {"sqltext": call.args[0]}, (), path) if call.args else None


def steps_of(operation: Operation) -> Iterator[Step]:
    """What an operation does; statements of SQL are numbered from 0."""
    if operation.name == "execute":
        yield from _executed_steps(operation)
        return
    make = _CHANGES.get(operation.name)
    if make is not None and (operation.table or operation.name in {"drop_index", "rename_table"}):
        yield from (Step(change, operation.origin) for change in make(operation))


def _create_table(said: Operation) -> Iterator[Change]:
    table = Table(said.table, origin=said.origin)
    primary: list[str] = []
    for term in said.rest:
        if not isinstance(term, Call):
            table.complete = table.complete and not isinstance(term, Unknown)
        elif term.name == "Column":
            column = _column(term, said.path)
            if column.primary:
                primary.append(column.column.name)
            _put(table, column)
        elif (item := item_of(term, said.path, _same)) is not None:
            table.indexes += [item.index] if item.index is not None else []
            table.foreign_keys += [item.key] if item.key is not None and item.key.table else []
            table.checks += [item.check] if item.check is not None else []
    if primary and not table.primary_key:
        parts = tuple(map(IndexPart, primary))
        table.indexes.insert(0, Index("", parts, unique=True, kind="primary", origin=said.origin))
    for name in table.primary_key:
        if name in table.columns:
            table.columns[name] = replace(table.columns[name], nullable=False)
    yield CreateTable(table, unless_exists=said.is_set("if_not_exists"))


def _same(name: str) -> str:
    return name


def _column(call: Call, path: str) -> SaidColumn:
    return column_of([call], "", _TYPES, None, Origin(path, call.line))


def _put(table: Table, said: SaidColumn) -> None:
    table.columns[said.column.name] = said.column
    table.indexes += own_indexes(said, table.name)
    table.foreign_keys += [key for key, _ in said.keys if key.table]
    table.checks += said.checks


def _drop_table(said: Operation) -> Iterator[Change]:
    yield DropTable(said.table)


def _rename_table(said: Operation) -> Iterator[Change]:
    old, new, schema = said.text("old_table_name"), said.text("new_table_name"), said.text("schema")
    if old and new:
        start = f"{schema}." if schema else ""
        yield RenameTable(start + old, start + new)


def _add_column(said: Operation) -> Iterator[Change]:
    call = said.given.get("column")
    if not isinstance(call, Call):
        return
    column = _column(call, said.path)
    if not column.column.name:
        return
    yield AddColumn(said.table, column.column)
    yield from (AddIndex(said.table, index) for index in own_indexes(column, said.table))
    yield from (AddForeignKey(said.table, key) for key, _ in column.keys if key.table)
    yield from (AddCheck(said.table, check) for check in column.checks)


def _drop_column(said: Operation) -> Iterator[Change]:
    if name := said.text("column_name"):
        yield DropColumn(said.table, name)


def _alter_column(said: Operation) -> Iterator[Change]:
    name = said.text("column_name")
    if not name:
        return
    new = said.text("new_column_name") or said.text("name")
    if new and new != name:
        yield RenameColumn(said.table, name, new)
    nullable, default = said.given.get("nullable"), said.given.get("server_default", False)
    nullable = None if nullable is said.given.get("existing_nullable") else nullable
    type_, existing = said.given.get("type_"), said.given.get("existing_type")
    change = AlterColumn(
        said.table,
        new or name,
        (_TYPES.of(type_, None).sql or None) if type_ is not None else None,
        nullable if isinstance(nullable, bool) else None,
        None if default is False else default_of(default) or "",
        said.text("postgresql_using"),
        _TYPES.of(existing, None).sql if type_ is not None and existing is not None else "",
    )
    if (change.type, change.nullable, change.default) != (None, None, None):
        yield change


def _create_index(said: Operation) -> Iterator[Change]:
    columns = said.given.get("columns", UNKNOWN)
    parts = columns.items if isinstance(columns, Items) else (columns,)
    index = index_of(said.call, said.text("index_name"), parts, _same, said.origin)
    unless_exists, concurrently = said.is_set("if_not_exists"), said.is_set("postgresql_concurrently")
    yield AddIndex(said.table, index, unless_exists, concurrently=concurrently)


def _drop_index(said: Operation) -> Iterator[Change]:
    if name := said.text("index_name"):
        yield DropIndex(name, said.table or None, concurrently=said.is_set("postgresql_concurrently"))


def _constraint(said: Operation) -> Iterator[Change]:
    columns = said.given.get("columns", UNKNOWN)
    parts = tuple(
        part_of(one, _same) for one in (columns.items if isinstance(columns, Items) else (columns,))
    )
    kind = "unique" if said.name == "create_unique_constraint" else "primary"
    yield AddIndex(
        said.table, Index(said.text("constraint_name"), parts, unique=True, kind=kind, origin=said.origin)
    )


def _exclusion(said: Operation) -> Iterator[Change]:
    using = said.text("using") or "gist"
    parts = tuple(part_of(one.items[0], _same) for one in said.rest if isinstance(one, Items) and one.items)
    name = said.text("constraint_name")
    yield AddIndex(said.table, Index(name, parts, using=using, kind="exclusion", origin=said.origin))


def _foreign_key(said: Operation) -> Iterator[Change]:
    local, remote = texts(said.given.get("local_cols")), texts(said.given.get("remote_cols"))
    target, schema = said.text("referent_table"), said.text("referent_schema")
    if local and target:
        key = key_of(said.call, local, UNKNOWN, said.origin)
        full = f"{schema}.{target}" if schema else target
        named: ForeignKey = replace(
            key,
            table=full,
            to=remote,
            name=said.text("constraint_name"),
            validated=not said.is_set("postgresql_not_valid"),
        )
        yield AddForeignKey(said.table, named)


def _check(said: Operation) -> Iterator[Change]:
    made = Call(
        Name("sqlalchemy.CheckConstraint"), (said.given.get("condition", UNKNOWN),), (), said.call.line
    )
    item = item_of(made, said.path, _same)
    if item is not None and item.check is not None:
        validated = not said.is_set("postgresql_not_valid")
        named = replace(item.check, name=said.text("constraint_name"), validated=validated)
        yield AddCheck(said.table, named)


def _drop_constraint(said: Operation) -> Iterator[Change]:
    kind = said.text("type_")
    kinds = {"foreignkey": "foreign", "primary": "primary", "unique": "unique", "check": "check"}
    name = said.text("constraint_name")
    if name or kind == "primary":
        yield DropConstraint(said.table, name, kinds.get(kind, ""))


def _executed_steps(said: Operation) -> Iterator[Step]:
    sql = said.given.get("sqltext", UNKNOWN)
    if isinstance(sql, Call) and sql.name in {"text", "DDL"} and sql.args:
        sql = sql.args[0]
    if isinstance(sql, str):
        yield from (replace(step, origin=said.origin) for step in changes_of_sql(sql, "postgres", ""))
    elif isinstance(sql, Call):
        yield from (Step(one, said.origin) for one in _written(sql))


def _written(call: Call) -> Iterator[Action]:
    """The rows that an expression of SQLAlchemy writes: `sa.update(accounts).where(...)`."""
    first = call
    while first.name not in _VERBS and isinstance(first.function, Member):
        if not isinstance(first.function.of, Call):
            return
        first = first.function.of
    verb = _VERBS.get(first.name)
    table = _table_called(first)
    if verb is not None and table:
        yield WriteRows(table, verb, many=verb != "insert" or call.name == "from_select")


def _table_called(call: Call) -> str:
    """The table of `sa.update(table)` or `table.update()`; empty where it is not written in the file."""
    owner = call.args[0] if call.args else UNKNOWN
    if isinstance(call.function, Member):
        owner = call.function.of
    match owner:
        case Call(args=(str() as table, *_)):
            return table
        case _:
            return ""


_VERBS: Final[Mapping[str, Literal["insert", "update", "delete"]]] = {
    "update": "update",
    "delete": "delete",
    "insert": "insert",
}

_CHANGES: Final[Mapping[str, Callable[[Operation], Iterator[Change]]]] = {
    "create_table": _create_table,
    "drop_table": _drop_table,
    "rename_table": _rename_table,
    "add_column": _add_column,
    "drop_column": _drop_column,
    "alter_column": _alter_column,
    "create_index": _create_index,
    "drop_index": _drop_index,
    "create_unique_constraint": _constraint,
    "create_primary_key": _constraint,
    "create_exclude_constraint": _exclusion,
    "create_foreign_key": _foreign_key,
    "create_check_constraint": _check,
    "drop_constraint": _drop_constraint,
}
