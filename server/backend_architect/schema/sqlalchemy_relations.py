"""Relationships of mapped classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend_architect.schema.declared import Class
from backend_architect.schema.mapped import Relationship
from backend_architect.schema.model import Origin
from backend_architect.schema.terms import UNKNOWN, Call, Combined, Indexed, Items, Name, Term, last_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend_architect.schema.model import Table
    from backend_architect.schema.outlines import Outline
    from backend_architect.schema.sqlalchemy_classes import Attribute, Classes

RELATIONS: Final = frozenset({"relationship", "relation", "Relationship", "dynamic_loader", "backref"})
"""What makes an attribute lead to other rows."""
_NOTHING: Final = Call(UNKNOWN, (), (), 0)
_COLLECTIONS: Final = frozenset({"list", "List", "set", "Set", "Sequence", "dict", "Dict", "Collection"})


class Relations:
    """Reads relationships with what the workspace declares around them."""

    def __init__(self, classes: Classes, table_of: Callable[[object], Table | None]) -> None:
        """`table_of` gives the table that a name stands for."""
        self._classes = classes
        self._declared = classes.declared
        self._table_of = table_of

    def read(self, attribute: Attribute) -> tuple[Relationship, bool]:
        """The relationship that an attribute declares, and whether it says if it leads to many rows."""
        call, near = attribute.call or _NOTHING, attribute.owner.outline
        annotation, many = _element(attribute.annotation)
        target = call.argument(0, "argument")
        if target is UNKNOWN or target is None:
            target = annotation
        said = call.keyword("uselist")
        if not isinstance(said, bool):
            said = many if attribute.annotation is not UNKNOWN else None
        if said is None and (call.has("secondary") or call.has("remote_side")):
            said = call.has("secondary")
        if said is None and _is_own(call.keyword("foreign_keys"), attribute):
            said = False
        back, lazy, reverse = call.keyword("back_populates"), _lazy(call), call.keyword("backref")
        found = Relationship(
            attribute.name,
            self._target(target, near),
            collection=said is not False,
            back=back if isinstance(back, str) else _backref(reverse),
            lazy="dynamic" if call.name == "dynamic_loader" else lazy,
            back_lazy=_lazy(reverse) if isinstance(reverse, Call) else "",
            back_single=isinstance(reverse, Call) and reverse.keyword("uselist") is False,
            secondary=self._secondary(call.keyword("secondary"), near),
            origin=Origin(near.path, attribute.line),
        )
        return found, said is not None

    def _target(self, term: Term, near: Outline) -> str:
        if isinstance(term, str):
            term = Name(term.rpartition(".")[2])
        if not isinstance(term, Name):
            return ""
        found = self._declared.resolve(term, near)
        if isinstance(found, Class):
            return class_key(found)
        alike = [
            one
            for one in self._declared.classes()
            if one.said.name == term.path and self._classes.is_mapped(one)
        ]
        return class_key(alike[0]) if len(alike) == 1 else ""

    def _secondary(self, term: Term, near: Outline) -> str:
        if isinstance(term, str):
            return term
        if not isinstance(term, Name):
            return ""
        found = self._declared.resolve(term, near)
        table = self._table_of(found)
        return table.name if table is not None else ""


def _element(annotation: Term) -> tuple[Term, bool]:
    """What an annotation of a relationship leads to, and whether to many of them."""
    if isinstance(annotation, Indexed) and annotation.by:
        name = last_name(annotation.of)
        if name in _COLLECTIONS:
            return annotation.by[-1], True
        if name == "Optional":
            return annotation.by[0], False
    if isinstance(annotation, Combined) and annotation.operator == "|":
        return next((one for one in annotation.operands if one is not None), UNKNOWN), False
    return annotation, False


def _is_own(keys: Term, attribute: Attribute) -> bool:
    """Whether the keys of a relationship are columns of the class that it stands in."""
    names = keys.items if isinstance(keys, Items) else (keys,)
    own = {one.name for one in attribute.owner.said.body}
    return bool(names) and all(isinstance(one, Name) and one.path in own for one in names)


def _lazy(call: Call) -> str:
    """When a relationship is loaded; SQLAlchemy has older words for some of its names."""
    said = call.keyword("lazy")
    if isinstance(said, str) or not call.has("lazy"):
        return said if isinstance(said, str) else ""
    if isinstance(said, bool):
        return "select" if said else "joined"
    return "noload" if said is None else "?"


def _backref(term: Term) -> str:
    if isinstance(term, Call):
        term = term.argument(0, "name")
    return term if isinstance(term, str) else ""


def class_key(cls: Class) -> str:
    """What a mapped class is known by."""
    return f"{cls.outline.path}:{cls.said.name}"
