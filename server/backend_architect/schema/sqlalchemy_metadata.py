"""What a `MetaData` says of all its tables: their schema, and how it names what nobody named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.schema.declared import Class, Declared, Value
from backend_architect.schema.naming_conventions import Convention
from backend_architect.schema.terms import UNKNOWN, Call, Name, Pairs, Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.schema.outlines import Outline


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is said for all tables of a `MetaData`."""

    schema: str = ""
    convention: Convention = field(default_factory=Convention)


def of_class(cls: Class, declared: Declared) -> Metadata:
    """The metadata of a mapped class: that of its base."""
    for one in declared.lineage(cls):
        if isinstance(one, Class):
            found = (of_term(term, one.outline, declared) for term in _kept(one))
        elif isinstance(one, Value):
            found = (of_term(one.said.value, one.outline, declared),)
        elif one.endswith(".Model"):
            # Of Flask-SQLAlchemy, whose extension has the metadata.
            found = (of_term(Name(one.removesuffix(".Model")), cls.outline, declared),)
        else:
            continue
        first = next((metadata for metadata in found if metadata is not None), None)
        if first is not None:
            return first
    return Metadata()


def _kept(cls: Class) -> Iterator[Term]:
    """What holds the metadata of a base."""
    yield cls.said.get("metadata")
    yield cls.said.get("registry")


def of_term(term: Term, near: Outline, declared: Declared) -> Metadata | None:
    """The metadata that an expression gives: `MetaData(...)`, `Base.metadata`, a name for one of them."""
    if isinstance(term, Name):
        found = declared.resolve(Name(term.path.removesuffix(".metadata")), near)
        if isinstance(found, Class):
            return of_class(found, declared)
        return of_term(found.said.value, found.outline, declared) if isinstance(found, Value) else None
    if not isinstance(term, Call):
        return None
    if term.name != "MetaData":
        # Of a base, a registry or an extension, which may be given one.
        inner = term.keyword("metadata")
        return of_term(inner, near, declared) if inner is not UNKNOWN else None
    schema, convention = term.keyword("schema"), term.keyword("naming_convention")
    if isinstance(convention, Name):
        found = declared.resolve(convention, near)
        convention = found.said.value if isinstance(found, Value) else UNKNOWN
    pairs = convention.pairs if isinstance(convention, Pairs) else ()
    templates = {str(key): value for key, value in pairs if isinstance(value, str)}
    return Metadata(schema if isinstance(schema, str) else "", Convention(templates))
