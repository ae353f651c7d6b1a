"""The fields of Django's models: what a call in a model or a migration declares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from backend_architect.knowledge import libraries
from backend_architect.schema.declared import Class, Declared, Found, Value
from backend_architect.schema.model import Origin
from backend_architect.schema.terms import UNKNOWN, Call, Items, Name, Term

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from backend_architect.schema.django_apps import Apps, Key
    from backend_architect.schema.outlines import ClassOutline, Outline

_USER: Final = "AUTH_USER_MODEL"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model."""

    name: str
    call: Call
    known: Mapping[str, Any]
    """What the table of fields says of its class."""
    target: Key | None
    """The model that it points to, where it is known."""
    choices: tuple[str, ...]
    origin: Origin

    @property
    def relation(self) -> str:
        """many-to-one, one-to-one, many-to-many, none (of what has no column), or empty."""
        return self.known.get("relation", "")

    @property
    def points(self) -> bool:
        """Whether its column holds the key of another row."""
        return self.relation in {"many-to-one", "one-to-one"}

    def flag(self, name: str, *, default: bool = False) -> bool:
        """What is said by a keyword that is either true or false."""
        value = self.call.keyword(name)
        return value if isinstance(value, bool) else default

    def text(self, name: str) -> str:
        """The string of a keyword; empty if there is none."""
        value = self.call.keyword(name)
        return value if isinstance(value, str) else ""


@dataclass(slots=True)
class Fields:
    """Reads fields with what the workspace declares around them."""

    declared: Declared
    apps: Apps

    def read(
        self, name: str, term: Term, near: Outline, key: Key, owner: Class | None = None
    ) -> Field | None:
        """The field that a call declares in a model; None if it declares none.

        `owner` is the class in whose body it stands, if it does.
        """
        if not isinstance(term, Call):
            return None
        found = self.declared.resolve(term, near)
        known = self._known(term, found)
        if known is None:
            return None
        if isinstance(found, Class):
            term = self._completed(term, found)
        target = None
        if known.get("relation", "none") != "none":
            target = self.target(term.argument(0, "to"), near, key)
        choices = self._choices(term.keyword("choices"), near, owner)
        return Field(name, term, known, target, choices, Origin(near.path, term.line))

    def element(self, field: Field, near: Outline) -> Field | None:
        """The field that tells the type of another one: of the elements of an array."""
        inner = field.call.argument(0, field.known["element"])
        return self.read(field.name, inner, near, ("", ""))

    def _completed(self, call: Call, cls: Class) -> Call:
        """A call with the keywords that the constructor of a class of the project adds."""
        line = (one.said.given for one in self.declared.lineage(cls) if isinstance(one, Class))
        given = {name: value for said in line for name, value in said if not call.has(name)}
        return replace(call, keywords=(*call.keywords, *given.items())) if given else call

    def _known(self, call: Call, found: Found) -> Mapping[str, Any] | None:
        if isinstance(found, Class):
            line = self.declared.lineage(found)
            known = next((one for one in map(known_field, filter(_is_text, line)) if one is not None), None)
            if known is not None:
                return known
            return known_field(call.name) if any(map(_is_text, line)) else None
        return known_field(found) if isinstance(found, str) else None

    def target(self, to: Term, near: Outline, key: Key) -> Key | None:
        """The model that the first argument of a relation names."""
        if isinstance(to, Call):
            to = Name(to.path)
        if isinstance(to, Name):
            if to.path.endswith((_USER, "get_user_model")):
                return self.apps.user
            found = self.declared.find(to.path, near)
            if isinstance(found, Class):
                return self.apps.key(found)
            to = found.said.value if isinstance(found, Value) else None
        if not isinstance(to, str):
            return None
        if to == "self":
            return key
        app, dot, name = to.rpartition(".")
        if app + dot + name == "settings.AUTH_USER_MODEL":
            return self.apps.user
        return (app or key[0], name.lower())

    def _choices(self, term: Term, near: Outline, owner: Class | None) -> tuple[str, ...]:
        if isinstance(term, Items):
            return tuple(_of_pairs(term))
        if not isinstance(term, Name):
            return ()
        path = term.path.removesuffix(".choices")
        cls = owner.said.inner(path) if owner is not None else None
        if cls is None:
            if owner is not None and owner.said.get(path) is not UNKNOWN:
                return self._choices(owner.said.get(path), near, None)
            found = self.declared.find(path, near)
            if isinstance(found, Value):
                return self._choices(found.said.value, found.outline, None)
            cls = found.said if isinstance(found, Class) else None
        return members(cls) if cls is not None else ()


def members(cls: ClassOutline) -> tuple[str, ...]:
    """The values of the members of an enumeration."""
    found: list[str] = []
    for one in cls.body:
        value = one.value.items[0] if isinstance(one.value, Items) and one.value.items else one.value
        if isinstance(value, str | int) and not one.name.startswith("_"):
            found.append(str(value))
    return tuple(found)


def _of_pairs(choices: Items) -> Iterator[str]:
    """The values of choices, those within groups included."""
    for choice in choices.items:
        match choice:
            case Items(items=(str(), Items() as group)):
                yield from _of_pairs(group)
            case Items(items=(str() | int() as value, _)):
                yield str(value)
            case _:
                pass


def _is_text(one: object) -> bool:
    return isinstance(one, str)


@cache
def known_field(path: str) -> Mapping[str, Any] | None:
    """What is known of a class of fields, by its name or, for that of an unknown library, by how it ends."""
    name = path.rpartition(".")[2]
    tried = [path]
    if path.startswith("django."):
        tried += [f"django.db.models.{name}", f"django.contrib.postgres.fields.{name}"]
    for one in tried:
        found = libraries.entry("django-fields", one)
        if found is not None:
            return found
    if path.startswith("django.") and not name.endswith("Field"):
        return None
    if not name.endswith(("Field", "Key")):
        return None
    ending = (one for one in _longest_first() if name.endswith(one.rpartition(".")[2]))
    like = next(ending, None)
    return libraries.entry("django-fields", like) if like is not None else {"type": ""}


@cache
def _longest_first() -> tuple[str, ...]:
    """The classes of fields with the longest names first; Django's before those of others."""
    paths = libraries.paths("django-fields")
    return tuple(
        sorted(paths, key=lambda path: (-len(path.rpartition(".")[2]), not path.startswith("django.")))
    )
