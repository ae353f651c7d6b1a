"""What the operations of Django's migrations do to the tables.

An operation changes models; how their tables then differ is what it does to the database.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from backend_architect.schema.actions import OneWay, RunCode
from backend_architect.schema.applying import apply
from backend_architect.schema.changes import (
    AddCheck,
    AddIndex,
    Change,
    CreateTable,
    DropIndex,
    DropTable,
    RenameColumn,
    RenameIndex,
    RenameTable,
    Step,
    ValidateConstraint,
)
from backend_architect.schema.ddl import changes_of_sql
from backend_architect.schema.declared import Class
from backend_architect.schema.differences import changes
from backend_architect.schema.django_assumed import assume
from backend_architect.schema.django_states import OPERATIONS, State
from backend_architect.schema.django_tables import Tables
from backend_architect.schema.model import Origin, Schema
from backend_architect.schema.terms import Call, Items, Name, Term

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from backend_architect.schema.changes import Effect
    from backend_architect.schema.django_apps import Key
    from backend_architect.schema.django_fields import Fields
    from backend_architect.schema.django_tables import Model
    from backend_architect.schema.model import Table
    from backend_architect.schema.outlines import Outline

_DIALECT: Final = "postgres"
_RENAMING: Final = frozenset({"RenameModel", "AlterModelTable", "RenameField", "AlterField"})
"""Operations after which the same tables and columns may have other names."""


class Runner:
    """Runs operations one after the other."""

    def __init__(self, fields: Fields, known: Mapping[Key, Model]) -> None:
        """Begins with the models of libraries, whose tables others make."""
        self.schema = Schema()
        self.steps: list[Step] = []
        self._number = 0
        self._operation = ""
        self._fields = fields
        self._models = dict(known)
        self._libraries = frozenset(known)

    def run(self, app: str, operation: Call, near: Outline) -> None:
        """Runs one operation of a migration of an app."""
        origin = Origin(near.path, operation.line)
        name = self._operation = self._name(operation, near)
        self._number += 1
        if name == "SeparateDatabaseAndState":
            kept = dict(self._models)
            for one in _calls(operation.argument(0, "database_operations")):
                self.run(app, one, near)
            self._models = kept
            self._only_state(app, operation.argument(1, "state_operations"), near)
        elif name == "RunSQL":
            self._sql(operation.argument(0, "sql"), origin)
            self._only_state(app, operation.argument(2, "state_operations"), near)
            self._undone(operation, "reverse_sql", origin)
        elif name == "AlterModelOptions":
            self._state(app, near).run(name, operation)
        elif name == "ValidateConstraint":
            self._validate(self._state(app, near), operation, origin)
        elif name == "RunPython":
            self._emit(RunCode(_function(operation.argument(0, "code"))), origin)
            self._undone(operation, "reverse_code", origin)
        elif name in OPERATIONS:
            self._change(self._state(app, near), name, operation, origin)

    def _name(self, operation: Call, near: Outline) -> str:
        """The name of an operation, or of the one that an operation of the project extends."""
        if operation.path.startswith("django."):
            return operation.name
        found = self._fields.declared.resolve(operation, near)
        line = self._fields.declared.lineage(found) if isinstance(found, Class) else ()
        names = (one.rpartition(".")[2] for one in line if isinstance(one, str))
        return next((one for one in names if one in OPERATIONS or one == "RunSQL"), operation.name)

    def _state(self, app: str, near: Outline) -> State:
        return State(self._fields, self._models, app, near)

    def _only_state(self, app: str, operations: Term, near: Outline) -> None:
        """Changes the models, and nothing in the database."""
        for one in _calls(operations):
            self._state(app, near).run(self._name(one, near), one)

    def _change(self, state: State, name: str, operation: Call, origin: Origin) -> None:
        assume(state, name, operation)
        before = dict(self._models)
        state.run(name, operation)
        changed = [key for key, model in self._models.items() if before.get(key) is not model]
        gone = [key for key in before if key not in self._models]
        renamed = gone[0] if name == "RenameModel" and gone else None
        key_changed = name in {"AlterField", "RenameField"} and self._is_key(operation, changed)
        if key_changed:
            changed += [key for key in self._pointing_at(changed) if key not in changed]
        old_tables, new_tables = Tables(self._fields, before), Tables(self._fields, self._models)
        for key in changed:
            was = renamed if renamed is not None and key not in before else key
            old = old_tables.of(before[was]) if was in before else []
            new = new_tables.of(self._models[key])
            if name in _RENAMING and len(old) == len(new):
                old = list(self._renamed(old, new, origin))
            if name == "RenameIndex":
                self._rename_index(operation, new[0].name if new else None, origin)
            self._differ(old, new, origin)
        for key in gone:
            if key != renamed and key not in self._libraries:
                self._differ(old_tables.of(before[key]), [], origin)

    def _is_key(self, operation: Call, changed: list[Key]) -> bool:
        """Whether an operation changes a primary key, whose type foreign keys have."""
        field = str(operation.argument(1, "name"))
        models = (self._models[key] for key in changed)
        return any(model.fields[field].flag("primary_key") for model in models if field in model.fields)

    def _pointing_at(self, keys: list[Key]) -> Iterator[Key]:
        for key, model in self._models.items():
            if any(field.target in keys for field in model.fields.values()):
                yield key

    def _renamed(self, old: list[Table], new: list[Table], origin: Origin) -> Iterator[Table]:
        """The old tables with the names that tables and columns have now, one by one."""
        for before, after in zip(old, new, strict=True):
            renames: list[Change] = []
            if before.name != after.name:
                renames.append(RenameTable(before.name, after.name))
            if len(before.columns) == len(after.columns):
                pairs = zip(before.columns, after.columns, strict=True)
                renames += [RenameColumn(after.name, one, to) for one, to in pairs if one != to]
            scratch = Schema({before.name: before})
            for change in renames:
                self._emit(change, origin)
                apply(scratch, Step(change, origin))
            yield scratch.tables[after.name]

    def _differ(self, old: list[Table], new: list[Table], origin: Origin) -> None:
        """Emits the changes between the tables of a model."""
        before = {one.name: one for one in old}
        for table in new:
            known = before.pop(table.name, None)
            if known is None:
                self._emit(CreateTable(table), origin)
            else:
                for change in list(changes(known, table, self.schema.table(table.name) or known)):
                    self._emit(change, origin)
        for name in before:
            self._emit(DropTable(name), origin)

    def _rename_index(self, operation: Call, table: str | None, origin: Origin) -> None:
        old, new = operation.argument(2, "old_name"), operation.argument(1, "new_name")
        if isinstance(old, str) and isinstance(new, str):
            self._emit(RenameIndex(old, new, table), origin)

    def _validate(self, state: State, operation: Call, origin: Origin) -> None:
        assume(state, "ValidateConstraint", operation)
        model = state.model(operation)
        name = operation.argument(1, "name")
        if model is not None and isinstance(name, str):
            self._emit(ValidateConstraint(model.table, name), origin)

    def _emit(self, change: Effect, origin: Origin) -> None:
        step = Step(self._done(change), origin, self._number)
        self.steps.append(step)
        apply(self.schema, step)

    def _undone(self, operation: Call, keyword: str, origin: Origin) -> None:
        said = operation.has(keyword) or len(operation.args) > 1
        if not said or operation.argument(1, keyword) is None:
            self._emit(OneWay(), origin)

    def _done(self, change: Effect) -> Effect:
        """The change in the way in which the operation makes it."""
        if self._operation.endswith("Concurrently") and isinstance(change, AddIndex | DropIndex):
            return replace(change, concurrently=True)
        if self._operation == "AddConstraintNotValid" and isinstance(change, AddCheck):
            return replace(change, check=replace(change.check, validated=False))
        return change

    def _sql(self, sql: Term, origin: Origin) -> None:
        for text in _statements(sql):
            first = self._number
            for step in changes_of_sql(text, _DIALECT, ""):
                self._number = first + step.statement
                self._emit(step.change, origin)
            self._number += 1


def _function(term: Term) -> str:
    return term.path.rpartition(".")[2] if isinstance(term, Name) else ""


def _calls(term: Term) -> Iterator[Call]:
    items = term.items if isinstance(term, Items) else ()
    return (one for one in items if isinstance(one, Call))


def _statements(sql: Term) -> Iterator[str]:
    """The statements of `RunSQL`: a text, or a list of texts, each alone or with its parameters."""
    if isinstance(sql, str):
        yield sql
    elif isinstance(sql, Items):
        for one in sql.items:
            text = one.items[0] if isinstance(one, Items) and one.items else one
            if isinstance(text, str):
                yield text
