"""Where the password of a person is kept: classes of models, rows, documents and SQL."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.python.ancestry import lineage
from backend_architect.python.names import ELSEWHERE, ITEMS
from backend_architect.python.receivers import name_of
from backend_architect.python.values import Instance, local_name
from backend_architect.python.words import names_hash_of_password, names_password, word_set, words_of

if TYPE_CHECKING:
    from backend_architect.python.place import Place

_PEOPLE = word_set(
    """
    user users account accounts member members admin admins customer customers person people employee
    employees student students teacher teachers staff author authors profile patient patients doctor doctors
    owner player
    """
)
_NO_MODELS = word_set(
    "schema schemas form forms dto serializer serializers request response input create update"
)
_MODULES_OF_MODELS = word_set("models model entities entity orm tables db database")
_PLAIN = ("password", "passwd", "pwd")
_HASHED = word_set(
    """
    password_hash _password _password_hash hashed_password pw_hash pwhash passwordHash encrypted_password
    password_digest _pwd hash
    """
)
"""Other names under which a model keeps what a property `password` makes of what it is given."""

_MODELS = (
    "django.db.models.Model",
    "django.contrib.auth.",
    "flask_sqlalchemy.",
    "sqlalchemy.",
    "sqlmodel.SQLModel",
    "flask_login.UserMixin",
    "peewee.Model",
    "mongoengine.",
    "flask_mongoengine.",
    "beanie.Document",
    "tortoise.models.Model",
    "pony.orm.",
)
"""Beginnings of the dotted names of classes whose instances are stored."""


def names_people(name: str) -> bool:
    """Whether a thing of this name is somebody who can log in, or all of them."""
    words = set(words_of(name))
    return not words.isdisjoint(_PEOPLE) and words.isdisjoint(_NO_MODELS)


def keeps_password(name: str) -> bool:
    """Whether a column or attribute of this name holds a password, hashed or not."""
    return names_password(name) or names_hash_of_password(name)


def is_account_class(node: ast.expr, at: Place) -> bool:
    """Whether an expression is the class of a model of people; a class of another file only under Django."""
    if isinstance(node, ast.Call):
        return (at.path(node.func) or "").endswith("auth.get_user_model")
    path = at.path(node)
    return path is not None and is_account_model(path, at)


def is_account_model(path: str, at: Place) -> bool:
    """Whether instances of a class are people and are stored as they are given."""
    if not names_people(path.rpartition(".")[2].removeprefix(":")):
        return False
    if any(base is not None and base.startswith(_MODELS) for base in lineage(path, at.look)):
        return not hashes_by_itself(path, at)
    if local_name(path) is not None:
        return _look(path, "__tablename__", at) is not None and not hashes_by_itself(path, at)
    in_models = not _MODULES_OF_MODELS.isdisjoint(path.split("."))
    return in_models and at.look("%imports.django") is not None


def hashes_by_itself(path: str, at: Place) -> bool:
    """Whether a class makes its password a property, which keeps a hash under another name."""
    plain = any(isinstance(_look(path, name, at), Instance) for name in _PLAIN)
    return not plain and any(_binds(path, name, at) for name in _HASHED)


def _binds(path: str, name: str, at: Place) -> bool:
    """Whether a class itself says what an attribute is; of one that it may inherit nothing is known."""
    own = local_name(path)
    return at.look(f"{own}.{name}" if own is not None else f"{ELSEWHERE}{path}.{name}{ITEMS}") is not None


def _look(path: str, name: str, at: Place) -> object:
    """What an attribute of a class stands for; None if nothing binds it."""
    own = local_name(path)
    return at.look(f"{own}.{name}" if own is not None else f"{ELSEWHERE}{path}.{name}")


def is_manager(node: ast.expr, at: Place) -> bool:
    """Whether an expression is the manager of a model of people: `User.objects`."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr in {"objects", "_default_manager"}
        and is_account_class(node.value, at)
    )


def is_found_account(node: ast.expr, at: Place) -> bool:
    """Whether a variable holds what a query for people gives: `User.query.filter_by(name=name).first()`."""
    bindings = at.view.resolver(at.frame).scope.bindings_of(node.id) if isinstance(node, ast.Name) else ()
    values = [one.node for one in bindings if one.kind == "value" and isinstance(one.node, ast.expr)]
    return bool(values) and len(values) == len(bindings) and all(_asks_for_account(one, at) for one in values)


def _asks_for_account(node: ast.expr, at: Place) -> bool:
    while not isinstance(node, ast.Name):
        match node:
            case ast.Call(func=inner, args=[first, *_]) if isinstance(first, ast.Name | ast.Attribute):
                if is_account_class(first, at):
                    return True
                node = inner
            case ast.Call(func=inner) | ast.Attribute(value=inner) | ast.Await(value=inner):
                node = inner
            case _:
                return False
    return is_account_class(node, at)


def is_of_account(node: ast.expr, at: Place) -> bool:
    """Whether an attribute or a subscript belongs to somebody who is stored, as in `user.password`."""
    if not isinstance(node, ast.Attribute | ast.Subscript):
        return False
    kind = at.type_of(node.value)
    if kind is not None and kind != "builtins.dict":
        return is_account_model(kind, at)
    return names_people(name_of(node.value) or "")
