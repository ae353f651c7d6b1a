"""Relationships of mapped classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend_architect.schema.declared import Class
from backend_architect.schema.mapped import Relationship
from backend_architect.schema.model import Origin
from backend_architect.schema.terms import UNKNOWN, Call, Combined, Indexed, Name, Term, last_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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

    def read(self, attribute: Attribute) -> Relationship:
        """The relationship that an attribute declares."""
        call, near = attribute.call or _NOTHING, attribute.owner.outline
        annotation, many = _element(attribute.annotation)
        target = call.argument(0, "argument")
        if target is UNKNOWN or target is None:
            target = annotation
        uselist = call.keyword("uselist")
        back = call.keyword("back_populates")
        lazy = call.keyword("lazy")
        annotated = attribute.annotation is not UNKNOWN
        collection = (
            uselist if isinstance(uselist, bool) else many if annotated else not self._is_child(attribute)
        )
        return Relationship(
            attribute.name,
            self._target(target, near),
            collection=collection,
            back=back if isinstance(back, str) else _backref(call.keyword("backref")),
            lazy=lazy if isinstance(lazy, str) else "dynamic" if call.name == "dynamic_loader" else "",
            secondary=self._secondary(call.keyword("secondary"), near),
            origin=Origin(near.path, attribute.line),
        )

    def _is_child(self, attribute: Attribute) -> bool:
        """Whether the class itself holds the key of the other row, as far as its own columns tell."""
        call = attribute.call or _NOTHING
        if call.has("secondary"):
            return False
        target = call.argument(0, "argument")
        name = target.rpartition(".")[2] if isinstance(target, str) else last_name(target)
        others = [one for one in self._declared.classes() if one.said.name == name]
        tables = {self._classes.table_name(one) for one in others}
        keys = [
            key
            for key in self._keys_of(attribute.owner)
            if key.rpartition(".")[0].rpartition(".")[2] in tables
        ]
        return bool(keys)

    def _keys_of(self, cls: Class) -> Iterator[str]:
        for attribute in self._classes.attributes(cls):
            for arg in attribute.call.args if attribute.call is not None else ():
                if (
                    isinstance(arg, Call)
                    and arg.name == "ForeignKey"
                    and arg.args
                    and isinstance(arg.args[0], str)
                ):
                    yield arg.args[0]

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


def _backref(term: Term) -> str:
    if isinstance(term, Call):
        term = term.argument(0, "name")
    return term if isinstance(term, str) else ""


def class_key(cls: Class) -> str:
    """What a mapped class is known by."""
    return f"{cls.outline.path}:{cls.said.name}"
