"""Safe sequences for what fields of Django ask of the database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.fixes.arguments import remove_argument
from backend_architect.fixes.calls import add_keyword
from backend_architect.migrations import django_sql
from backend_architect.migrations.django_asked import built_beside, validation
from backend_architect.migrations.django_written import (
    MIGRATIONS,
    POSTGRES,
    Batch,
    Written,
    called,
    of_models,
    run_sql,
    separate,
)
from backend_architect.schema.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddIndex,
    AlterColumn,
    DropIndex,
)
from backend_architect.schema.django_indexes import index_name
from backend_architect.schema.literals import UNREADABLE, literal
from backend_architect.schema.terms import UNKNOWN, Call

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from backend_architect.engine.findings import Edit
    from backend_architect.indexing.python_file import PythonFile
    from backend_architect.migrations.django_asked import Asked

_CONDITION_SINCE: Final = (5, 1)
"""Where `CheckConstraint` begins to call its condition `condition`, and no longer `check`."""
_INDEXED: Final = frozenset({"SlugField", "ForeignKey", "OneToOneField"})
"""Fields that have an index where nothing is said of it."""
_VALIDATION: Final = "Reads all rows, while others read and write."


def of_field(one: Asked) -> list[Batch]:
    """The batches for one kind of change that `AddField` or `AlterField` makes.

    Raises:
        UnwritableError: it is not certain what is to be written.
    """
    match one.change:
        case AddColumn():
            return _new_field(one)
        case AlterColumn() as change:
            return _required(one, change)
        case DropIndex():
            return _dropped_index(one)
        case _:
            return _keys(one)


def _with_keyword(one: Asked, **values: str) -> list[Edit]:
    """The edits that give the field keyword arguments.

    Raises:
        UnwritableError: the call cannot be edited with certainty.
    """
    edits = [add_keyword(one.field, name, value, one.migration.file.at) for name, value in values.items()]
    if None in edits or len({edit.span for edit in edits if edit}) < len(edits):
        return _appended(one, values)
    return [edit for edit in edits if edit is not None]


def _appended(one: Asked, values: Mapping[str, str]) -> list[Edit]:
    """The same where several arguments are put at the end: as one."""
    call, at = one.field, one.migration.file.at
    given = {keyword.arg for keyword in call.keywords}
    edits = [add_keyword(call, name, value, at) for name, value in values.items() if name in given]
    last = max((*call.args, *(keyword.value for keyword in call.keywords)), key=at.range_of)
    file = one.migration.file
    joint = f",{file.style.newline}{file.indent_of(last)}" if last.lineno > call.lineno else ", "
    new = joint.join(f"{name}={value}" for name, value in values.items() if name not in given)
    name, _, value = new.partition("=")
    edits.append(add_keyword(call, name, value, at))
    if None in edits:
        raise UnwritableError("the field cannot be edited with certainty")
    return [edit for edit in edits if edit is not None]


def _keys(one: Asked) -> list[Batch]:
    """The indexes of a field, and its foreign key, beside the column."""
    changes = one.changes
    keys = [change for change in changes if isinstance(change, AddForeignKey)]
    indexes = [_as_named(one, change) for change in changes if isinstance(change, AddIndex)]
    if all(isinstance(change, AddForeignKey) for change in one.replaced):
        indexes = [change for change in indexes if change in one.replaced]
    others = [change for change in changes if not isinstance(change, AddForeignKey | AddIndex)]
    others += [change for change in changes if isinstance(change, AddIndex) and not indexes]
    if any(change.index.kind == "primary" for change in indexes) or len(keys) > 1:
        raise UnwritableError("the operation changes the primary key")
    unique = any(change.index.unique for change in indexes)
    if keys and (unique or "DB_" in one.migration.text(one.node, "")):
        raise UnwritableError("the foreign key says more than one that is added later can")
    batches: list[Batch] = []
    if others:
        bare = _without_index(one) if not keys else []
        off = {"db_constraint": "False"} if keys else {}
        off |= {"unique": "False"} if unique else {}
        off |= {"db_index": "False"} if indexes and not (unique and _has_plain_type(one)) else {}
        batches.append(Batch((one.copy(edits=bare or _with_keyword(one, **off)),), "same"))
    state = one.copy(f"{MIGRATIONS}.AlterField" if one.said.name == "AddField" else "")
    if not keys:
        return [*batches, *built_beside(indexes, state)]
    added, validated = run_sql(django_sql.foreign_key(keys[0])), _validated(keys[0], one)
    about = f"{one.model}_{one.text(1, 'name')}"
    batches.append(Batch((separate([added], state),), "next" if batches else "same", f"{about}_key"))
    made = [run_sql(django_sql.create_index(change.table, change.index)) for change in indexes]
    batches += [Batch(tuple(made), "none", f"{about}_idx")] if made else []
    return [*batches, Batch((validated,), "next", f"validate_{about}")]


def _validated(change: AddForeignKey, one: Asked) -> Written:
    return run_sql(django_sql.validate(change.table, change.key.name), one.why_validated or _VALIDATION)


def _without_index(one: Asked) -> list[Edit]:
    """The edit that takes back what asks for an index; none where that is more than one word."""
    given = [word.arg for word in one.field.keywords if word.arg in {"db_index", "unique"}]
    if len(given) != 1 or not _has_plain_type(one, *given):
        return []
    edit = remove_argument(one.field, str(given[0]), one.migration.file.at)
    return [edit] if edit is not None else []


def _has_plain_type(one: Asked, *known: str | None) -> bool:
    """Whether the field has no index of its own unless it says so, other than by words that are known."""
    said = one.said.argument(2, "field")
    if not isinstance(said, Call) or not said.path.startswith("django.db.models."):
        return False
    return said.name not in _INDEXED and ("db_index" in known or not said.has("db_index"))


def _as_named(one: Asked, change: AddIndex) -> AddIndex:
    """The index under the name that Django gives it: that of PostgreSQL only in a new column."""
    index = change.index
    if one.said.name != "AlterField" or index.kind != "unique":
        return change
    name = index_name(change.table, [str(column) for column in index.columns], "_uniq")
    return replace(change, index=replace(index, name=name))


def _dropped_index(one: Asked) -> list[Batch]:
    dropped = [change for change in one.changes if isinstance(change, DropIndex)]
    if len(dropped) != len(one.changes):
        raise UnwritableError("the operation changes more than an index")
    database: list[Written] = []
    for change in dropped:
        table = one.step.table(change.table or "")
        found = [index for index in table.indexes if index.name == change.name] if table else []
        if not table or not found:
            raise UnwritableError(f"nobody says what the index {change.name} is")
        database.append(run_sql(django_sql.drop_index(table.name, found[0])))
    return [Batch((separate(database, one.copy()),), "none", f"drop_{dropped[0].name}")]


def _new_field(one: Asked) -> list[Batch]:
    """A field whose column may be empty, and which gets its default afterwards where it had one."""
    nullable = _with_keyword(one, null="True")
    if len(one.phases) == 1:
        return [Batch((one.copy(edits=nullable),), "same")]
    call, at = one.field, one.migration.file.at
    default = next((given for given in call.keywords if given.arg == "db_default"), None)
    if default is None:
        raise UnwritableError("the default of the field is not written out")
    if any(given.arg == "null" for given in call.keywords):
        without = remove_argument(call, "db_default", at)
        edits = [*nullable, without] if without is not None else []
    else:
        edits = [at.edit(*at.range_of(default), "null=True")]
    if not edits:
        raise UnwritableError("a comment stands beside the default of the field")
    later = one.copy(f"{MIGRATIONS}.AlterField", nullable)
    return [Batch((one.copy(edits=edits), later), "same")]


def _required(one: Asked, change: AlterColumn) -> list[Batch]:
    """NOT NULL behind a check that has been validated."""
    first = one.phases[0].changes[0]
    only = replace(change, nullable=False, type=None, default=None, using="") == change
    if one.others(change) or not only or not isinstance(first, AddCheck):
        raise UnwritableError("the operation changes more of the field than NOT NULL")
    name, field = first.check.name, one.text(1, "name")
    checked = Batch((_add_check(one, name, field),), "same")
    value = _default_of(one)
    alter = one.copy()
    filled: list[Batch] = []
    if value:
        statements = django_sql.fill(change.table, change.column, value)
        filled.append(Batch((run_sql(statements),), "next", f"fill_{one.model}_{field}"))
        # AlterField would write the default into all rows once more, and lock them out meanwhile.
        alter = separate([run_sql(django_sql.not_null(change.table, change.column))], one.copy())
    last = (validation(one, name), alter, _remove_check(one, name))
    return [checked, *filled, Batch(last, "next", f"{one.model}_{field}_not_null")]


def _default_of(one: Asked) -> str:
    """The value that rows without one get, in SQL; empty if they get none."""
    said = one.said.argument(2, "field")
    names = ("default", "db_default")
    given = [said.keyword(name) for name in names if said.has(name)] if isinstance(said, Call) else []
    if not given:
        return ""
    value = literal(given[0]) if given[0] is not UNKNOWN else UNREADABLE
    if len(given) > 1 or value == UNREADABLE or not isinstance(given[0], str | int | float):
        raise UnwritableError("the default of the field is not a constant")
    return value


def _add_check(one: Asked, name: str, field: str) -> Written:
    keyword = "check" if one.version is not None and one.version < _CONDITION_SINCE else "condition"

    def arguments(file: PythonFile, indent: str) -> Iterable[str]:
        style = file.style
        given = [f"{keyword}={of_models(file, 'Q')}({field}__isnull=False)", f"name={style.string(name)}"]
        call = style.call(of_models(file, "CheckConstraint"), given, indent, beside=len("constraint=,"))
        yield f"model_name={style.string(one.model)}"
        yield f"constraint={call}"

    return called(f"{POSTGRES}.AddConstraintNotValid", arguments)


def _remove_check(one: Asked, name: str) -> Written:
    def arguments(file: PythonFile, _: str) -> Iterable[str]:
        yield f"model_name={file.style.string(one.model)}"
        yield f"name={file.style.string(name)}"

    return called(f"{MIGRATIONS}.RemoveConstraint", arguments)
