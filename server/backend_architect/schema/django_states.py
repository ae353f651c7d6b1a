"""What the operations of Django's migrations do to the models."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from backend_architect.schema.django_tables import Model
from backend_architect.schema.model import Origin
from backend_architect.schema.terms import UNKNOWN, Call, Items, Name, Pairs, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from backend_architect.schema.django_apps import Key
    from backend_architect.schema.django_fields import Fields
    from backend_architect.schema.outlines import Outline


@dataclass(slots=True)
class State:
    """The models as one operation after the other leaves them.

    A model that changes is replaced, so whoever keeps `models` copied has what was before.
    """

    fields: Fields
    models: dict[Key, Model]
    app: str
    """The label of the app whose migration runs."""
    near: Outline
    """Its file."""

    def run(self, name: str, operation: Call) -> None:
        """Does what an operation says to the models; nothing if it is none that changes them."""
        if name in _OPERATIONS:
            _OPERATIONS[name](self, operation)

    def key(self, name: Term) -> Key:
        """What a model of the app is known by."""
        return self.app, name.lower() if isinstance(name, str) else ""

    def model(self, operation: Call, keyword: str = "model_name") -> Model | None:
        """The model that an operation names first, with fields and options of its own to be changed."""
        key = self.key(operation.argument(0, keyword))
        model = self.models.get(key)
        if model is None:
            return None
        model = replace(model, fields=dict(model.fields), options=dict(model.options))
        self.models[key] = model
        return model

    # Models.

    def create_model(self, operation: Call) -> None:
        """`CreateModel`."""
        name = operation.argument(0, "name")
        key = self.key(name)
        said = operation.argument(2, "options")
        options = {str(one): value for one, value in said.pairs} if isinstance(said, Pairs) else {}
        if options.get("swappable") == "AUTH_USER_MODEL" and self.fields.apps.user != key:
            options["managed"] = False
        bases = [one.lower() for one in _items(operation.argument(3, "bases")) if isinstance(one, str)]
        parents = tuple((app or self.app, base) for app, _, base in (one.rpartition(".") for one in bases))
        origin = Origin(self.near.path, operation.line)
        model = Model(key, str(name), {}, options, self.near, origin, parents)
        for pair in _items(operation.argument(1, "fields")):
            match pair:
                case Items(items=(str() as field, term)):
                    self._set_field(model, field, term)
                case _:
                    pass
        self.models[key] = model

    def delete_model(self, operation: Call) -> None:
        """`DeleteModel`."""
        self.models.pop(self.key(operation.argument(0, "name")), None)

    def rename_model(self, operation: Call) -> None:
        """`RenameModel`: what points to the model follows."""
        model = self.model(operation, "old_name")
        name = operation.argument(1, "new_name")
        if model is None or not isinstance(name, str):
            return
        old, new = model.key, self.key(name)
        del self.models[old]
        self.models[new] = replace(model, key=new, name=name)
        for key, one in list(self.models.items()):
            if any(field.target == old for field in one.fields.values()) or old in one.parents:
                fields = {
                    name: replace(field, target=new) if field.target == old else field
                    for name, field in one.fields.items()
                }
                parents = tuple(new if parent == old else parent for parent in one.parents)
                self.models[key] = replace(one, fields=fields, parents=parents)

    def alter_options(self, operation: Call) -> None:
        """`AlterModelOptions`."""
        model, said = self.model(operation, "name"), operation.argument(1, "options")
        if model is not None and isinstance(said, Pairs):
            model.options.update({str(name): value for name, value in said.pairs})

    def set_option(self, operation: Call, name: str, said: str = "") -> None:
        """One of the operations that set an option of a model."""
        model = self.model(operation, "name")
        if model is not None:
            model.options[name] = operation.argument(1, said or name)

    # Fields.

    def _set_field(self, model: Model, name: str, term: Term) -> None:
        field = self.fields.read(name, term, self.near, model.key)
        if field is not None:
            model.fields[name] = field

    def set_field(self, operation: Call) -> None:
        """`AddField` and `AlterField`."""
        model, name = self.model(operation), operation.argument(1, "name")
        if model is not None and isinstance(name, str):
            self._set_field(model, name, operation.argument(2, "field"))

    def remove_field(self, operation: Call) -> None:
        """`RemoveField`."""
        model = self.model(operation)
        if model is not None:
            model.fields.pop(str(operation.argument(1, "name")), None)

    def rename_field(self, operation: Call) -> None:
        """`RenameField`: the options that name the field follow."""
        model = self.model(operation)
        old, new = operation.argument(1, "old_name"), operation.argument(2, "new_name")
        if model is None or not isinstance(old, str) or not isinstance(new, str):
            return
        fields = {
            new if name == old else name: replace(one, name=new) if name == old else one
            for name, one in model.fields.items()
        }
        options = {
            name: _renamed(value, old, new) if name in _NAMING_FIELDS else value
            for name, value in model.options.items()
        }
        self.models[model.key] = replace(model, fields=fields, options=options)

    # Indexes and constraints.

    def append(self, operation: Call, option: str, keyword: str) -> None:
        """`AddIndex` and `AddConstraint`."""
        model, said = self.model(operation), operation.argument(1, keyword)
        if model is not None and isinstance(said, Call):
            model.options[option] = Items((*_items(model.options.get(option)), said))

    def remove(self, operation: Call, option: str) -> None:
        """`RemoveIndex` and `RemoveConstraint`."""
        model, name = self.model(operation), operation.argument(1, "name")
        if model is not None:
            kept = [one for one in _items(model.options.get(option)) if _name_of(one) != name]
            model.options[option] = Items(tuple(kept))

    def rename_index(self, operation: Call) -> None:
        """`RenameIndex`: an index that had no name becomes one that has."""
        model = self.model(operation)
        new, old = operation.argument(1, "new_name"), operation.argument(2, "old_name")
        fields = operation.argument(3, "old_fields")
        if model is None or not isinstance(new, str):
            return
        indexes = _items(model.options.get("indexes"))
        if isinstance(fields, Items):
            groups = [one for one in _items(model.options.get("index_together")) if one != fields]
            model.options["index_together"] = Items(tuple(groups))
            made = Call(
                Name("django.db.models.Index"), (), (("fields", fields), ("name", new)), operation.line
            )
            indexes = (*indexes, made)
        model.options["indexes"] = Items(
            tuple(_named(one, new) if _name_of(one) == old else one for one in indexes)
        )

    def alter_constraint(self, operation: Call) -> None:
        """`AlterConstraint`."""
        model, name = self.model(operation), operation.argument(1, "name")
        new = operation.argument(2, "constraint")
        if model is not None:
            said = _items(model.options.get("constraints"))
            model.options["constraints"] = Items(tuple(new if _name_of(one) == name else one for one in said))


_NAMING_FIELDS: Final = frozenset({"unique_together", "index_together", "indexes", "constraints"})

_OPERATIONS: Final[Mapping[str, Callable[[State, Call], None]]] = {
    "CreateModel": State.create_model,
    "DeleteModel": State.delete_model,
    "RenameModel": State.rename_model,
    "AlterModelOptions": State.alter_options,
    "AlterModelTable": lambda state, one: state.set_option(one, "db_table", "table"),
    "AlterUniqueTogether": lambda state, one: state.set_option(one, "unique_together"),
    "AlterIndexTogether": lambda state, one: state.set_option(one, "index_together"),
    "AlterOrderWithRespectTo": lambda state, one: state.set_option(one, "order_with_respect_to"),
    "AddField": State.set_field,
    "AlterField": State.set_field,
    "RemoveField": State.remove_field,
    "RenameField": State.rename_field,
    "AddIndex": lambda state, one: state.append(one, "indexes", "index"),
    "AddIndexConcurrently": lambda state, one: state.append(one, "indexes", "index"),
    "RemoveIndex": lambda state, one: state.remove(one, "indexes"),
    "RemoveIndexConcurrently": lambda state, one: state.remove(one, "indexes"),
    "RenameIndex": State.rename_index,
    "AddConstraint": lambda state, one: state.append(one, "constraints", "constraint"),
    "AddConstraintNotValid": lambda state, one: state.append(one, "constraints", "constraint"),
    "RemoveConstraint": lambda state, one: state.remove(one, "constraints"),
    "AlterConstraint": State.alter_constraint,
}

OPERATIONS: Final = frozenset(_OPERATIONS)
"""The operations that change models."""


def _items(term: Term) -> tuple[Term, ...]:
    return term.items if isinstance(term, Items) else ()


def _name_of(term: Term) -> Term:
    return term.keyword("name") if isinstance(term, Call) else UNKNOWN


def _named(term: Term, name: str) -> Term:
    if not isinstance(term, Call):
        return term
    return replace(
        term, keywords=tuple((key, name if key == "name" else value) for key, value in term.keywords)
    )


def _renamed(term: Term, old: str, new: str) -> Term:
    """Terms in which a field is called otherwise."""
    match term:
        case str():
            bare = term.removeprefix("-")
            return term.replace(bare, new) if bare == old else term
        case Items():
            return Items(tuple(_renamed(one, old, new) for one in term.items))
        case Call():
            keywords = tuple(
                (key.replace(old, new) if key.partition("__")[0] == old else key, _renamed(value, old, new))
                if key not in {"name", "opclasses"}
                else (key, value)
                for key, value in term.keywords
            )
            return replace(term, args=tuple(_renamed(one, old, new) for one in term.args), keywords=keywords)
        case _:
            return term
