"""Attributes of models that a client names."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.knowledge import libraries
from backend_architect.python.ancestry import ancestors, lineage
from backend_architect.python.marks import FRAMEWORKS, name_of, words
from backend_architect.python.orm import MANAGERS
from backend_architect.python.payloads import payload
from backend_architect.python.values import Symbol, local_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_MODELS = (
    "django.db.models.Model",
    "flask_sqlalchemy.model.Model",
    "sqlalchemy.orm.DeclarativeBase",
    "sqlmodel.SQLModel",
)
_PLACES = frozenset({"model", "models", "entities", "entity", "orm", "tables", "db", "database"})
"""Words of modules in which models live."""

_FORMS = ("django.forms.ModelForm", "django.forms.models.ModelForm")
_SERIALIZERS = (
    "rest_framework.serializers.ModelSerializer",
    "rest_framework.serializers.HyperlinkedModelSerializer",
)
_PEOPLE = frozenset({"user", "account", "profile", "member", "membership", "employee", "customer"})
"""Words of models with columns that nobody may set for himself; a serializer may be there to read only."""

_ARGUMENTS = 3
_WRITING = frozenset({"create", "update", "get_or_create", "update_or_create", "acreate", "aupdate"})
_DOCUMENTS = frozenset({"insert_one", "insert_many", "replace_one"})
_UPDATES = frozenset({"update_one", "update_many", "find_one_and_update"})


@detector(on=(ast.Call, ast.ClassDef), imports=FRAMEWORKS)
def detect(node: ast.Call | ast.ClassDef, at: Place) -> Iterator[Finding]:
    """Look at models made or changed from a whole body, and at forms with all fields of a model."""
    if isinstance(node, ast.ClassDef):
        yield from _all_fields(node, at)
    elif at.function is not None:
        yield from _set_in_loop(node, at)
        yield from _spread(node, at)
        yield from _stored(node, at)


def _finding(where: ast.expr, at: Place) -> Finding:
    return at.finding(
        where, "a client chooses which attributes are set, those that it must not touch among them"
    )


def _spread(call: ast.Call, at: Place) -> Iterator[Finding]:
    """`Model(**body)`, `Model.objects.create(**body)`, `query.update(body)`."""
    spread = [one.value for one in call.keywords if one.arg is None]
    name = name_of(call.func)
    whole = spread or (call.args[:1] if name == "update" else [])
    if not whole or not any(payload(one, at) in {"json", "form"} for one in whole):
        return
    writes = name in _WRITING and isinstance(call.func, ast.Attribute) and _is_query(call.func.value, at)
    if writes or (spread and _is_model(call.func, at)):
        yield _finding(whole[0], at)


def _stored(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Documents that are stored as they come."""
    path = at.path(call.func) or ""
    method = path.rpartition(".")[2] if ".Collection." in path or ".AsyncCollection." in path else ""
    if method in _DOCUMENTS and call.args:
        given = call.args[0 if method != "replace_one" else -1]
    elif (
        method in _UPDATES
        and len(call.args) > 1
        and isinstance(call.args[1], ast.Dict)
        and call.args[1].values
    ):
        given = call.args[1].values[0]
    else:
        return
    if payload(given, at) in {"json", "form"}:
        yield _finding(given, at)


def _is_query(node: ast.expr, at: Place) -> bool:
    """Whether something is a manager or a query: `User.objects.filter(...)`, `User.query`, `vars(user)`."""
    while isinstance(node, ast.Call):
        if at.path(node.func) == "builtins.vars":
            return True
        node = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    return isinstance(node, ast.Attribute) and node.attr in MANAGERS | {"query", "__dict__"}


def _is_model(node: ast.expr, at: Place) -> bool:
    """Whether a class is one whose instances are rows."""
    value = at.resolve(node)
    if not isinstance(value, Symbol):
        return False
    own = local_name(value.path)
    if own is not None:
        return any(_is_base(base) for base in ancestors(own, at.look))
    bases = set(lineage(value.path, at.look)) - {value.path, None}
    if bases:
        return any(map(_is_base, bases))
    module, _, name = value.path.rpartition(".")
    return name[:1].isupper() and (_is_base(value.path) or not words(module).isdisjoint(_PLACES))


def _is_base(path: str | None) -> bool:
    return path is not None and (
        any(libraries.is_a(path, known) for known in _MODELS)
        or path.endswith(("db.Model", ".models.Base", "db.Base"))
    )


def _set_in_loop(call: ast.Call, at: Place) -> Iterator[Finding]:
    """`for key, value in body.items(): setattr(user, key, value)` without a look at the key."""
    if not isinstance(call.func, ast.Name) or call.func.id != "setattr" or len(call.args) != _ARGUMENTS:
        return
    key = call.args[1]
    for outer in at.around(call):
        if isinstance(outer, ast.If) and not _is_hasattr(outer.test) and _mentions(outer.test, key):
            return
        if isinstance(outer, ast.For | ast.AsyncFor) and _mentions(outer.target, key):
            source = outer.iter
            if isinstance(source, ast.Call) and isinstance(source.func, ast.Attribute) and not source.args:
                source = source.func.value if source.func.attr in {"items", "keys"} else source
            first = next((one for one in outer.body if isinstance(one, ast.If)), None)
            skips = first is not None and call not in ast.walk(first)
            if payload(source, at) in {"json", "form"} and not skips:
                yield _finding(key, at)
            return


def _is_hasattr(test: ast.expr) -> bool:
    return isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == "hasattr"


def _mentions(node: ast.expr, key: ast.expr) -> bool:
    name = key.id if isinstance(key, ast.Name) else None
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


def _all_fields(meta: ast.ClassDef, at: Place) -> Iterator[Finding]:
    """`fields = "__all__"` in the `Meta` of a form or serializer."""
    if meta.name != "Meta":
        return
    owner = at.frame.owner
    outer = at.view.parent(meta)
    if owner is None and isinstance(outer, ast.ClassDef):
        owner = outer.name
    given, left_out = _assigned(meta, "fields"), _assigned(meta, "exclude")
    everything = bool(given) and at.constant(given[0].value) == "__all__"
    if owner is None or not (everything or (left_out and not given)):
        return
    bases = set(ancestors(owner, at.look))
    model = next((name_of(one.value) for one in _assigned(meta, "model")), "")
    people = not words(model).isdisjoint(_PEOPLE)
    if everything and ((people and not bases.isdisjoint(_SERIALIZERS)) or not bases.isdisjoint(_FORMS)):
        message = "clients may set every column of the model, those to come among them"
        yield at.finding(given[0].value, message)
    elif left_out and people and not bases.isdisjoint({*_SERIALIZERS, *_FORMS}):
        message = "clients may set every other column of the model, those to come among them"
        yield at.finding(left_out[0].value, message)


def _assigned(meta: ast.ClassDef, name: str) -> list[ast.Assign]:
    return [one for one in meta.body if isinstance(one, ast.Assign) and name_of(one.targets[0]) == name]
