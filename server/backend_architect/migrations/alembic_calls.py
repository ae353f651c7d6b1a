"""Changes of a schema as calls of Alembic's operations."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.indexing.alembic_text import IndexOperations
from backend_architect.indexing.sqlalchemy_terms import uses_text
from backend_architect.migrations.alembic_types import type_term
from backend_architect.schema import changes
from backend_architect.schema.model import Index
from backend_architect.schema.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from backend_architect.indexing.python_file import PythonFile
    from backend_architect.indexing.python_style import Style
    from backend_architect.schema.model import Column, ForeignKey, Table

_LOWER: Final = re.compile(r"\s*(?:alter|create|update|insert|delete|drop|set|select|with)\s")
_CONSTRAINTS: Final = {"foreign": "foreignkey", "primary": "primary", "unique": "unique", "check": "check"}
_PARAMETER: Final = re.compile(r"(?<![:\w\\]):\w+")
"""What `text()` takes for a parameter (SQLAlchemy 2.1)."""
_COMPUTED: Final = re.compile(r"generated always as \((.*)\) stored", re.DOTALL)

Arguments = list[str]


@dataclass(frozen=True, slots=True)
class Calls:
    """Writes changes as a file would."""

    file: PythonFile
    guarded: bool
    """Whether an index may be there already, or gone, so that a revision that failed can be run again."""
    marked: bool
    """Whether names of indexes are written as `op.f(...)`."""
    checked: bool = False
    """Whether a naming convention would change the names of checks."""

    @property
    def op(self) -> str:
        """How the file writes `alembic.op`."""
        return self.file.name("alembic.op")

    @property
    def _style(self) -> Style:
        return self.file.style

    def written(self, change: changes.Effect, indent: str, *, more: Sequence[str] = ()) -> str:
        """A change as a call on a line with an indentation.

        `more` are arguments in the author's words; they count instead of those of the same names.

        Raises:
            UnwritableError: Alembic has no words for it, or not all that they need is known.
        """
        function, arguments = self._said(change)
        names = tuple(f"{one.partition('=')[0]}=" for one in more)
        arguments = [one for one in arguments if not names or not one.startswith(names)]
        arguments += more
        return self._style.call(f"{self.op}.{function}", arguments, indent)

    def execute(self, template: str, *names: str) -> tuple[str, Arguments]:
        """SQL that is run, with names in the gaps of a template, in the case in which the file writes SQL."""
        template = template.lower() if self._is_lower() else template
        sql = template.format(*(quoted(name, "postgres") for name in names))
        return "execute", [self._string(_bindless(sql))]

    def _is_lower(self) -> bool:
        texts = (
            node.value
            for node in ast.walk(ast.Module(list(self.file.body), []))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        return any(_LOWER.match(text) for text in texts)

    @singledispatchmethod
    def _said(self, change: changes.Effect) -> tuple[str, Arguments]:
        raise UnwritableError(f"Alembic has no operation for {type(change).__name__}")

    @_said.register
    def _(self, change: changes.AddIndex) -> tuple[str, Arguments]:
        index = change.index
        if index.kind == "exclusion":
            raise UnwritableError("an exclusion constraint is not written")
        if index.kind == "index":
            text = self._sqlalchemy("text") if uses_text(index) else ""
            return "create_index", self._index(change).creation(self.op, self._style, text)
        function = "create_unique_constraint" if index.kind == "unique" else "create_primary_key"
        table, *schema = self._on(change.table)
        return function, [self.constraint_name(index.name), table, self._list(_columns(index)), *schema]

    @_said.register
    def _(self, change: changes.DropIndex) -> tuple[str, Arguments]:
        return "drop_index", self._dropped(change)

    @_said.register
    def _(self, change: changes.UseIndex) -> tuple[str, Arguments]:
        kind = "PRIMARY KEY" if change.kind == "primary" else "UNIQUE"
        template = f"ALTER TABLE {{}} ADD CONSTRAINT {{}} {kind} USING INDEX {{}}"
        return self.execute(template, change.table, change.name or change.index, change.index)

    @_said.register
    def _(self, change: changes.ValidateConstraint) -> tuple[str, Arguments]:
        return self.execute("ALTER TABLE {} VALIDATE CONSTRAINT {}", change.table, change.name)

    @_said.register
    def _(self, change: changes.AddForeignKey) -> tuple[str, Arguments]:
        key = change.key
        given = [
            self.constraint_name(key.name),
            self._string(_bare(change.table)),
            self._string(_bare(key.table)),
            self._list(key.columns),
            self._list(_pointed(key)),
            *self._keywords(source_schema=_space(change.table), referent_schema=_space(key.table)),
            *self._keywords(ondelete=key.on_delete.upper(), onupdate=key.on_update.upper()),
        ]
        return "create_foreign_key", [*given, *_validity(validated=key.validated)]

    @_said.register
    def _(self, change: changes.AddCheck) -> tuple[str, Arguments]:
        check = change.check
        table, *schema = self._on(change.table)
        given = [self.checked_name(check.name), table, self._string(_bindless(check.expression)), *schema]
        return "create_check_constraint", [*given, *_validity(validated=check.validated)]

    @_said.register
    def _(self, change: changes.DropConstraint) -> tuple[str, Arguments]:
        kind = _CONSTRAINTS.get(change.kind, "")
        name = self.checked_name(change.name) if kind == "check" else self.constraint_name(change.name)
        table, *schema = self._on(change.table)
        return "drop_constraint", [name, table, *self._keywords(type_=kind), *schema]

    @_said.register
    def _(self, change: changes.AlterColumn) -> tuple[str, Arguments]:
        table, *schema = self._on(change.table)
        given = [table, self._string(change.column)]
        if change.type is not None:
            given.append(f"type_={type_term(change.type, self.file)}")
        if change.nullable is not None:
            given.append(f"nullable={change.nullable}")
        if change.default is not None:
            given.append(f"server_default={self._sql(change.default) if change.default else None}")
        return "alter_column", [*given, *self._keywords(postgresql_using=change.using), *schema]

    @_said.register
    def _(self, change: changes.AddColumn) -> tuple[str, Arguments]:
        table, *schema = self._on(change.table)
        return "add_column", [table, self._column(change.column), *schema]

    @_said.register
    def _(self, change: changes.DropColumn) -> tuple[str, Arguments]:
        table, *schema = self._on(change.table)
        return "drop_column", [table, self._string(change.column), *schema]

    @_said.register
    def _(self, change: changes.RenameColumn) -> tuple[str, Arguments]:
        table, *schema = self._on(change.table)
        names = self._keywords(new_column_name=change.to)
        return "alter_column", [table, self._string(change.column), *names, *schema]

    @_said.register
    def _(self, change: changes.RenameTable) -> tuple[str, Arguments]:
        table, *schema = self._on(change.table)
        return "rename_table", [table, self._string(_bare(change.to)), *schema]

    @_said.register
    def _(self, change: changes.RenameIndex) -> tuple[str, Arguments]:
        return self.execute("ALTER INDEX {} RENAME TO {}", change.name, _bare(change.to))

    @_said.register
    def _(self, change: changes.RenameConstraint) -> tuple[str, Arguments]:
        template = "ALTER TABLE {} RENAME CONSTRAINT {} TO {}"
        return self.execute(template, change.table, change.name, change.to)

    @_said.register
    def _(self, change: changes.CreateTable) -> tuple[str, Arguments]:
        table = change.table
        name, *schema = self._on(table.name)
        columns = map(self._column, table.columns.values())
        return "create_table", [name, *columns, *self._constraints(table), *schema]

    @_said.register
    def _(self, change: changes.DropTable) -> tuple[str, Arguments]:
        return "drop_table", self._on(change.table)

    @_said.register
    def _(self, change: changes.DropView) -> tuple[str, Arguments]:
        return self.execute("DROP VIEW {}", change.name)

    @_said.register
    def _(self, change: changes.DropEnum) -> tuple[str, Arguments]:
        return self.execute("DROP TYPE {}", change.name)

    @_said.register
    def _(self, change: changes.RenameEnum) -> tuple[str, Arguments]:
        return self.execute("ALTER TYPE {} RENAME TO {}", change.name, _bare(change.to))

    def _index(self, change: changes.AddIndex) -> IndexOperations:
        guarded = self.guarded and change.concurrently
        index = change.index
        return IndexOperations(index, change.table, change.concurrently, "", guarded, self.marked)

    def _dropped(self, change: changes.DropIndex) -> Arguments:
        index = Index(change.name, ())
        operations = IndexOperations(
            index, change.table or "", change.concurrently, "", self.guarded, self.marked
        )
        given = operations.removal(self.op, self._style)
        return given if change.table else [one for one in given if not one.startswith("table_name=")]

    def _column(self, column: Column) -> str:
        default = column.default or ""
        given = [self._string(column.name), type_term(column.type, self.file)]
        computed = _COMPUTED.fullmatch(default)
        if computed is not None:
            expression = self._string(_bindless(computed[1]))
            given.append(f"{self._sqlalchemy('Computed')}({expression}, persisted=True)")
        elif default.startswith("generated "):
            given.append(f"{self._sqlalchemy('Identity')}(always={'always' in default})")
        given.append(f"nullable={column.nullable}")
        if default and not default.startswith("generated "):
            given.append(f"server_default={self._sql(default)}")
        return f"{self._sqlalchemy('Column')}({', '.join(given)})"

    def _constraints(self, table: Table) -> Iterator[str]:
        """The constraints of a table as arguments of `create_table`."""
        for index in table.indexes:
            if index.kind in {"primary", "unique"}:
                function = "PrimaryKeyConstraint" if index.kind == "primary" else "UniqueConstraint"
                columns = map(self._string, _columns(index))
                yield self._constraint(function, [*columns, f"name={self.constraint_name(index.name)}"])
        for key in table.foreign_keys:
            to = self._list(f"{key.table}.{column}" for column in _pointed(key))
            given = [self._list(key.columns), to, f"name={self.constraint_name(key.name)}"]
            actions = self._keywords(ondelete=key.on_delete.upper(), onupdate=key.on_update.upper())
            yield self._constraint("ForeignKeyConstraint", [*given, *actions])
        for check in table.checks:
            given = [self._string(_bindless(check.expression)), f"name={self.checked_name(check.name)}"]
            yield self._constraint("CheckConstraint", given)

    def _constraint(self, function: str, arguments: Arguments) -> str:
        return f"{self._sqlalchemy(function)}({', '.join(arguments)})"

    def _sqlalchemy(self, name: str) -> str:
        return self.file.name(f"sqlalchemy.{name}")

    def _sql(self, expression: str) -> str:
        return f"{self._sqlalchemy('text')}({self._string(_bindless(expression))})"

    def _string(self, text: str) -> str:
        return self._style.string(text)

    def _list(self, names: Iterable[str]) -> str:
        return f"[{', '.join(map(self._string, names))}]"

    def constraint_name(self, name: str) -> str:
        """A name as operations are given it."""
        return f"{self.op}.f({self._string(name)})" if self.marked else self._string(name)

    def checked_name(self, name: str) -> str:
        """The name of a check, which a naming convention would make longer."""
        return f"{self.op}.f({self._string(name)})" if self.checked else self.constraint_name(name)

    def _on(self, table: str) -> Arguments:
        """The table of an operation, and its schema where it has one."""
        return [self._string(_bare(table)), *self._keywords(schema=_space(table))]

    def _keywords(self, **given: str) -> Iterator[str]:
        return (f"{name}={self._string(value)}" for name, value in given.items() if value)


def _bare(name: str) -> str:
    return name.rpartition(".")[2]


def _space(name: str) -> str:
    return name.rpartition(".")[0]


def _bindless(sql: str) -> str:
    if _PARAMETER.search(sql):
        raise UnwritableError(f"SQLAlchemy would see a parameter in `{sql}`")
    return sql


def _validity(*, validated: bool) -> Iterator[str]:
    if not validated:
        yield "postgresql_not_valid=True"


def _pointed(key: ForeignKey) -> tuple[str, ...]:
    if not key.to:
        raise UnwritableError(f"nobody says to which columns of {key.table} a foreign key points")
    return key.to


def _columns(index: Index) -> list[str]:
    if index.include or not index.nulls_distinct:
        raise UnwritableError("a constraint with INCLUDE or NULLS NOT DISTINCT is not written")
    if None in index.columns:
        raise UnwritableError("the columns of a constraint are not known")
    return [one for one in index.columns if one is not None]
