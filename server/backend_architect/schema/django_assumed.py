"""Models that no migration at hand makes: an operation that changes one says that it is there.

A single file, or a history that begins in the middle, names models, fields and indexes which other files have
made. What an operation needs is taken for granted, without a type, so that what it does can be told.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from backend_architect.schema.django_fields import Field
from backend_architect.schema.django_tables import Model
from backend_architect.schema.model import Origin
from backend_architect.schema.terms import Call, Combined, Items, Name, Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.schema.django_apps import Key
    from backend_architect.schema.django_states import State

_NAMING: Final = {
    "RemoveField": "name",
    "RenameField": "old_name",
    "AddIndex": "index",
    "AddIndexConcurrently": "index",
    "AddConstraint": "constraint",
    "AddConstraintNotValid": "constraint",
    "AlterUniqueTogether": "unique_together",
    "AlterIndexTogether": "index_together",
}
"""The second argument of operations that need fields which are there."""
_REMOVED: Final = {
    "RemoveIndex": ("indexes", "django.db.models.Index"),
    "RemoveIndexConcurrently": ("indexes", "django.db.models.Index"),
    # Nobody says of which kind it is, and the one of an exclusion is none that is looked at.
    "RemoveConstraint": ("constraints", "django.contrib.postgres.constraints.ExclusionConstraint"),
}
_OF_INDEXES: Final = ("fields", "include", "condition", "check", "expressions")


def assume(state: State, name: str, operation: Call) -> None:
    """Adds to the models what must have been there before an operation."""
    key = state.key(_model_named_by(operation))
    known = state.models.get(key)
    if not key[1] or (known is not None and not known.assumed):
        return
    if name == "CreateModel":
        state.models.pop(key, None)
        return
    origin = Origin(state.near.path, operation.line)
    model = state.models[key] = _copy(known) if known is not None else _assumed(state, key, origin)
    if name in _NAMING:
        for field in _fields_in(operation.argument(1, _NAMING[name])):
            model.fields.setdefault(field, _field(field, origin))
    elif name in _REMOVED:
        option, path = _REMOVED[name]
        _add_removed(model, option, Call(Name(path), (), (("name", operation.argument(1, "name")),), 0))
    elif name in {"AddField", "AlterField"}:
        _assume_of_field(state, model, name, operation)


def _assume_of_field(state: State, model: Model, name: str, operation: Call) -> None:
    field, said = operation.argument(1, "name"), operation.argument(2, "field")
    if not isinstance(field, str):
        return
    read = state.fields.read(field, said, state.near, model.key)
    if read is not None and read.points and read.target is not None and read.target not in state.models:
        state.models[read.target] = _assumed(state, read.target, read.origin)
    if name == "AlterField" and field not in model.fields:
        # What it changes, nobody can tell.
        state.set_field(operation)


def _model_named_by(operation: Call) -> Term:
    named = (operation.argument(0, one) for one in ("model_name", "old_name", "name"))
    return next((one for one in named if isinstance(one, str)), None)


def _copy(model: Model) -> Model:
    return replace(model, fields=dict(model.fields), options=dict(model.options))


def _assumed(state: State, key: Key, origin: Origin) -> Model:
    fields = {"id": _field("id", origin, primary_key=True)}
    return Model(key, key[1], fields, {}, state.near, origin, assumed=True)


def _field(name: str, origin: Origin, **said: bool) -> Field:
    call = Call(Name("Field"), (), tuple(said.items()), origin.line)
    return Field(name, call, {"type": ""}, None, (), origin)


def _add_removed(model: Model, option: str, removed: Call) -> None:
    there = model.options.get(option)
    items = there.items if isinstance(there, Items) else ()
    names = [one.keyword("name") for one in items if isinstance(one, Call)]
    if removed.keyword("name") not in names:
        model.options[option] = Items((*items, removed))


def _fields_in(term: Term) -> Iterator[str]:
    """The names of the fields that an index, a constraint or a list is about."""
    match term:
        case str():
            yield term.removeprefix("-")
        case Items(items=terms) | Combined(operands=terms):
            yield from (name for one in terms for name in _fields_in(one))
        case Call(name="Q"):
            yield from (key.partition("__")[0] for key, _ in term.keywords if not key.startswith("_"))
            yield from (name for one in term.args for name in _fields_in_condition(one))
        case Call():
            parts = (*term.args, *(term.keyword(name) for name in _OF_INDEXES))
            yield from (name for one in parts for name in _fields_in(one))
        case _:
            pass


def _fields_in_condition(term: Term) -> Iterator[str]:
    """The fields in an argument of `Q`, which older versions of Django wrote as pairs."""
    match term:
        case Items(items=(str() as name, _)):
            yield name.partition("__")[0]
        case _:
            yield from _fields_in(term)
