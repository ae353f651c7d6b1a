"""Safe sequences in the operations of Django."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.migrations.django_asked import built_beside, validation
from backend_architect.migrations.django_fields import of_field
from backend_architect.migrations.django_sql_text import in_sql
from backend_architect.migrations.django_written import (
    POSTGRES,
    Batch,
)
from backend_architect.schema.actions import RunCode, WriteRows
from backend_architect.schema.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddIndex,
    AlterColumn,
    DropIndex,
    ValidateConstraint,
)
from backend_architect.schema.terms import Call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from backend_architect.migrations.django_asked import Asked
    from backend_architect.schema.changes import Effect


_UNSAID: Final = ("deferrable", "nulls_distinct")
"""What unique constraints may say that no index is known to have."""


def _index(one: Asked) -> list[Batch]:
    change = one.change
    name = change.index.name if isinstance(change, AddIndex) else getattr(change, "name", "")
    beside_writes = one.said.name.endswith("Concurrently")
    function = "" if beside_writes else f"{POSTGRES}.{one.said.name}Concurrently"
    return [Batch((one.copy(function),), "none", name)]


def _check(one: Asked, name: str) -> list[Batch]:
    return [
        Batch((one.copy(f"{POSTGRES}.AddConstraintNotValid"),), "same"),
        Batch((validation(one, name),), "next", f"validate_{name}"),
    ]


def _constraint(one: Asked) -> list[Batch]:
    """A check, or what is unique: a constraint, or an index where SQL has no such constraint."""
    change = one.change
    if isinstance(change, AddCheck):
        return _check(one, change.check.name)
    said = one.said.argument(1, "constraint")
    plain = isinstance(said, Call) and not any(said.has(name) for name in _UNSAID)
    if not plain or not isinstance(change, AddIndex):
        raise UnwritableError("the constraint says more than a unique index does")
    return built_beside([change], one.copy())


def _together(one: Asked) -> list[Batch]:
    made = [change for change in one.changes if isinstance(change, AddIndex)]
    if len(made) != len(one.changes):
        raise UnwritableError("the operation also drops a constraint")
    return built_beside(made, one.copy())


def _apart(one: Asked) -> list[Batch]:
    """The operation itself, behind what was before it."""
    if isinstance(one.change, ValidateConstraint):
        validated = replace(one.copy(), why=one.why_validated)
        return [Batch((validated,), "next", f"validate_{one.change.name}")]
    return [Batch((one.copy(),), "next", one.change.name if isinstance(one.change, RunCode) else "rows")]


def _sql(one: Asked) -> list[Batch]:
    return _apart(one) if isinstance(one.change, WriteRows | ValidateConstraint) else in_sql(one)


_IN_SQL: Final = (
    WriteRows,
    ValidateConstraint,
    AddIndex,
    DropIndex,
    AddCheck,
    AddForeignKey,
    AlterColumn,
)

_MAKERS: Final[Mapping[str, tuple[tuple[type, ...], Callable[[Asked], list[Batch]]]]] = {
    "AddIndex": ((AddIndex,), _index),
    "AddIndexConcurrently": ((AddIndex,), _index),
    "RemoveIndex": ((DropIndex,), _index),
    "RemoveIndexConcurrently": ((DropIndex,), _index),
    "AddConstraint": ((AddCheck, AddIndex), _constraint),
    "ValidateConstraint": ((ValidateConstraint,), _apart),
    "AlterUniqueTogether": ((AddIndex,), _together),
    "AddField": ((AddColumn, AddIndex, AddForeignKey), of_field),
    "AlterField": ((AlterColumn, AddIndex, AddForeignKey, DropIndex), of_field),
    "RunPython": ((RunCode,), _apart),
    "RunSQL": (_IN_SQL, _sql),
}
"""By the name of the operation: which of its changes can be replaced, and how."""


def is_known(operation: str, replaced: Iterable[Effect]) -> bool:
    """Whether there is a safe way to say changes of an operation."""
    kinds, _ = _MAKERS.get(operation, ((), None))
    return all(isinstance(change, kinds) for change in replaced)


def batches_of(one: Asked) -> list[Batch]:
    """The operations that are written, and where.

    Raises:
        UnwritableError: it is not certain what is to be written.
    """
    return _MAKERS[one.said.name][1](one)
