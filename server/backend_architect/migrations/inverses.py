"""What takes a change of a migration back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import singledispatchmethod
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.schema import actions, changes
from backend_architect.schema.expressions import columns_of
from backend_architect.schema.naming import check_name, index_name, key_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from backend_architect.migrations.walking import MigrationStep
    from backend_architect.schema.model import Schema, Table

_NOTHING: Final = (
    actions.Begin
    | actions.End
    | actions.SetTimeout
    | actions.LockTable
    | actions.OneWay
    | actions.Rebuild
    | changes.ValidateConstraint
)
"""What leaves nothing behind that could be taken back."""
_SURVIVE: Final = changes.CreateTable | changes.RenameTable | changes.DropTable
"""Changes of a new table that are taken back all the same."""

Effects = tuple[changes.Effect, ...]


class LostError(Exception):
    """Raised where nothing brings back what a change has done away with.

    The text completes the sentence "This revision cannot be undone: ...".
    """


def inverse(step: MigrationStep, name: str = "") -> Effects:
    """The changes that take a step back, in their order; none where nothing is to be done.

    Args:
        step: the step, with the schema before it.
        name: what the thing is called that it makes without a name, if it is not the database that chooses.

    Raises:
        LostError: that is impossible.
        UnwritableError: it is not known what they are.
    """
    change = step.change
    if isinstance(change, _NOTHING) or _goes_anyway(step):
        return ()
    return _Inverter(step.schema, name).of(change)


def _goes_anyway(step: MigrationStep) -> bool:
    """Whether a change goes with something that is taken back as well."""
    change = step.change
    table = getattr(change, "table", None)
    if isinstance(table, str) and step.is_new(table) and not isinstance(change, _SURVIVE):
        renamed = any(isinstance(one.change, changes.RenameTable) for one in step.script.steps)
        return not (renamed and isinstance(change, actions.WriteRows))
    fresh = fresh_columns(step.passage.done, table) if isinstance(table, str) else set[str]()
    return not fresh.isdisjoint(_columns(change)) or _is_used(step) or _passes(step)


def _passes(step: MigrationStep) -> bool:
    """Whether a script makes something and drops it again, of which a step is one or the other."""
    steps = step.script.steps
    place = steps.index(step.step)
    match step.change:
        case changes.DropConstraint(name=name) | changes.DropIndex(name=name):
            return bool(name) and any(_made(one.change) == name for one in steps[:place])
        case _:
            name = _made(step.change)
            dropped = (one.change for one in steps[place:])
            return bool(name) and any(
                isinstance(one, changes.DropConstraint | changes.DropIndex) and one.name == name
                for one in dropped
            )


def _made(change: changes.Effect) -> str:
    """The name of the index or constraint that a change makes; empty where it makes none."""
    match change:
        case changes.AddIndex(index=one) | changes.AddForeignKey(key=one) | changes.AddCheck(check=one):
            return one.name
        case _:
            return ""


def _columns(change: changes.Effect) -> Iterable[str | None]:
    """The columns of what goes with any of its columns."""
    match change:
        case changes.AddIndex(index=index):
            return (*index.columns, *index.include)
        case changes.AddForeignKey(key=key):
            return key.columns
        case changes.AddCheck(check=check):
            return columns_of(check.expression)
        case _:
            return ()


def _is_used(step: MigrationStep) -> bool:
    """Whether an index becomes that of a constraint in the same script."""
    uses = (one.change for one in step.script.steps if isinstance(one.change, changes.UseIndex))
    return isinstance(step.change, changes.AddIndex) and step.change.index.name in {one.index for one in uses}


def _table(schema: Schema, name: str) -> Table:
    table = schema.table(name)
    if table is None:
        raise UnwritableError(f"it is not known what the table {name} was like")
    return table


@dataclass(frozen=True, slots=True)
class _Inverter:
    """Takes changes back, in a schema as it is before them."""

    schema: Schema
    name: str

    @singledispatchmethod
    def of(self, change: changes.Effect) -> Effects:
        """The changes that take a change back."""
        raise UnwritableError(f"it is not known what takes {type(change).__name__} back")

    @of.register
    def _(self, change: actions.WriteRows) -> Effects:
        raise LostError(f"it writes rows of {change.table or 'a table'}, and nothing knows what they were")

    @of.register
    def _(self, change: actions.Truncate) -> Effects:
        raise LostError(f"the rows of {' and '.join(change.tables)} are gone")

    @of.register
    def _(self, change: changes.AddEnumValue) -> Effects:
        raise LostError(f"PostgreSQL does not take a value out of a type ({change.name})")

    @of.register
    def _(self, change: changes.DropSchema) -> Effects:
        raise LostError(f"what was in the schema {change.name} is gone")

    @of.register
    def _(self, change: changes.CreateTable) -> Effects:
        table = change.table
        known = self.schema.table(table.name)
        if change.unless_exists and known is not None:
            return ()
        return (changes.DropTable(table.name), *map(changes.DropEnum, _own_enums(table, self.schema)))

    @of.register
    def _(self, change: changes.DropTable) -> Effects:
        table = _table(self.schema, change.table)
        if not table.complete or table.partition_by or table.partition_of:
            raise UnwritableError(f"it is not known what the table {change.table} was like")
        plain = [one for one in table.indexes if one.kind == "index"]
        said = replace(
            table,
            columns=dict(table.columns),
            indexes=[one for one in table.indexes if one.kind != "index"],
            foreign_keys=list(table.foreign_keys),
            checks=list(table.checks),
        )
        return (changes.CreateTable(said), *(changes.AddIndex(table.name, one) for one in plain))

    @of.register
    def _(self, change: changes.RenameTable) -> Effects:
        space = change.table.rpartition(".")[0]
        to = change.to if "." in change.to or not space else f"{space}.{change.to}"
        return (changes.RenameTable(to, change.table),)

    @of.register
    def _(self, change: changes.AddColumn) -> Effects:
        known = self.schema.table(change.table)
        if known is not None and change.column.name in known.columns:
            raise UnwritableError(f"the column {change.column.name} is there already")
        return (changes.DropColumn(change.table, change.column.name),)

    @of.register
    def _(self, change: changes.DropColumn) -> Effects:
        table = _table(self.schema, change.table)
        column = table.columns.get(change.column)
        if column is None or any(change.column in check.expression for check in table.checks):
            raise UnwritableError(f"it is not known what the column {change.column} was like")
        pointing = [key for _, key in self.schema.pointing_at(change.table) if change.column in key.to]
        if pointing:
            raise UnwritableError(f"foreign keys point at the column {change.column}")
        return (
            changes.AddColumn(change.table, column),
            *(changes.AddIndex(change.table, one) for one in table.indexes if change.column in one.columns),
            *(
                changes.AddForeignKey(change.table, one)
                for one in table.foreign_keys
                if change.column in one.columns
            ),
        )

    @of.register
    def _(self, change: changes.RenameColumn) -> Effects:
        return (changes.RenameColumn(change.table, change.to, change.column),)

    @of.register
    def _(self, change: changes.AlterColumn) -> Effects:
        column = _table(self.schema, change.table).columns.get(change.column)
        if column is None or (change.type is not None and not column.type):
            raise UnwritableError(f"it is not known what the column {change.column} was like")
        if change.default is not None and (column.default or "").startswith("generated "):
            raise UnwritableError(f"the column {change.column} was generated")
        back = changes.AlterColumn(
            change.table,
            change.column,
            column.type if change.type is not None else None,
            column.nullable if change.nullable is not None else None,
            (column.default or "") if change.default is not None else None,
            f"{change.column}::{column.type}" if change.using else "",
        )
        return (back,)

    @of.register
    def _(self, change: changes.AddIndex) -> Effects:
        table = self.schema.table(change.table)
        index = change.index
        if (
            change.unless_exists
            and table is not None
            and any(one.name == index.name for one in table.indexes)
        ):
            return ()
        chosen = (
            self.name
            or index.name
            or index_name(_table(self.schema, change.table), index, self.schema.dialect)
        )
        if index.kind == "index":
            return (changes.DropIndex(chosen, change.table, concurrently=change.concurrently),)
        kind = index.kind if index.kind != "exclusion" else ""
        return (changes.DropConstraint(change.table, chosen, kind),)

    @of.register
    def _(self, change: changes.DropIndex) -> Effects:
        bare = change.name.rpartition(".")[2]
        for table in self.schema.tables.values():
            for index in table.indexes:
                if index.name == bare:
                    return (changes.AddIndex(table.name, index, concurrently=change.concurrently),)
        raise UnwritableError(f"it is not known what the index {change.name} was like")

    @of.register
    def _(self, change: changes.RenameIndex) -> Effects:
        return (changes.RenameIndex(change.to, change.name, change.table),)

    @of.register
    def _(self, change: changes.UseIndex) -> Effects:
        table = _table(self.schema, change.table)
        index = next((one for one in table.indexes if one.name == change.index), None)
        dropped = changes.DropConstraint(change.table, change.name or change.index, change.kind)
        if index is None:
            raise UnwritableError(f"it is not known what the index {change.index} was like")
        return (dropped,)

    @of.register
    def _(self, change: changes.AddForeignKey) -> Effects:
        chosen = (
            self.name
            or change.key.name
            or key_name(_table(self.schema, change.table), change.key, self.schema.dialect)
        )
        return (changes.DropConstraint(change.table, chosen, "foreign"),)

    @of.register
    def _(self, change: changes.AddCheck) -> Effects:
        chosen = (
            self.name
            or change.check.name
            or check_name(_table(self.schema, change.table), change.check, self.schema.dialect)
        )
        return (changes.DropConstraint(change.table, chosen, "check"),)

    @of.register
    def _(self, change: changes.DropConstraint) -> Effects:
        table = _table(self.schema, change.table)
        for index in table.indexes:
            if index.name == change.name and index.kind != "index":
                return (changes.AddIndex(change.table, index),)
        for key in table.foreign_keys:
            if key.name == change.name:
                return (changes.AddForeignKey(change.table, key),)
        for check in table.checks:
            if check.name == change.name:
                return (changes.AddCheck(change.table, check),)
        raise UnwritableError(f"it is not known what the constraint {change.name} was like")

    @of.register
    def _(self, change: changes.RenameConstraint) -> Effects:
        return (changes.RenameConstraint(change.table, change.to, change.name),)

    @of.register
    def _(self, change: changes.CreateView) -> Effects:
        if change.materialized or change.name in self.schema.views:
            raise UnwritableError(f"it is not known what the view {change.name} was like")
        return (changes.DropView(change.name),)

    @of.register
    def _(self, change: changes.CreateEnum) -> Effects:
        return (changes.DropEnum(change.name),)

    @of.register
    def _(self, change: changes.RenameEnum) -> Effects:
        return (changes.RenameEnum(change.to, change.name),)


def _own_enums(table: Table, schema: Schema) -> Iterator[str]:
    """The types that SQLAlchemy has created for a table, because nobody else has."""
    used = {column.type for other in schema.tables.values() for column in other.columns.values()}
    types = (column.type for column in table.columns.values() if column.choices)
    for said in dict.fromkeys(types):
        if (
            said not in used
            and schema.enum(said) is None
            and not said.startswith(("varchar", "text", "char"))
        ):
            yield said


def said_of(step: MigrationStep, back: changes.Effect) -> str:
    """A sentence for the comment above what takes a step back; empty where it brings all back."""
    if isinstance(step.change, changes.DropTable) and isinstance(back, changes.CreateTable):
        return "The table comes back without its rows."
    if isinstance(step.change, changes.DropColumn) and isinstance(back, changes.AddColumn):
        fails = not back.column.nullable and back.column.default is None
        return "The column comes back without its values" + (
            ", which fails where there are rows." if fails else "."
        )
    return ""


def fresh_columns(steps: Sequence[changes.Step], table: str) -> set[str]:
    """The columns that steps add to a table."""
    added = (one.change for one in steps if isinstance(one.change, changes.AddColumn))
    return {one.column.name for one in added if one.table == table}
