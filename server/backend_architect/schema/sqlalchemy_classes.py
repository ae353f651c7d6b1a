"""Which classes of a workspace SQLAlchemy maps to tables, and what their attributes declare."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from backend_architect.schema.declared import Class, Declared, Value
from backend_architect.schema.model import Origin
from backend_architect.schema.sqlalchemy_columns import SaidColumn, column_of
from backend_architect.schema.sqlalchemy_relations import RELATIONS
from backend_architect.schema.sqlalchemy_types import Type, Types, optional
from backend_architect.schema.terms import (
    UNKNOWN,
    Call,
    Combined,
    Indexed,
    Member,
    Name,
    Pairs,
    Term,
    Unknown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.schema.outlines import Assigned, Outline

_BASES: Final = frozenset(
    {
        "DeclarativeBase",
        "DeclarativeBaseNoMeta",
        "declarative_base",
        "generate_base",
        "automap_base",
        "Model",
        "SQLModel",
        "Base",
        "BaseModel",
    }
)
"""What the bases of mapped classes are called, at the end of their names."""
_NO_BASES: Final = frozenset({"object", "ABC", "Generic", "Protocol", "Enum", "MappedAsDataclass"})
_OTHERS: Final = ("django.", "pydantic.", "peewee.", "mongoengine.")
"""Libraries whose models are none of SQLAlchemy's."""
_COLUMNS: Final = frozenset({"Column", "mapped_column"})
_AROUND: Final = frozenset({"deferred", "column_property"})
_MAPPED: Final = frozenset({"Mapped", "DynamicMapped", "WriteOnlyMapped"})
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a mapped class that holds a column or leads to other rows."""

    name: str
    annotation: Term
    call: Call | None
    owner: Class
    line: int


@dataclass(slots=True)
class Classes:
    """Knows which classes are mapped."""

    declared: Declared
    types: Types = field(init=False)

    def __post_init__(self) -> None:
        """Read types with the same names."""
        self.types = Types(self.declared)

    def mapped(self) -> Iterator[Class]:
        """The classes that have a table, or share that of a class which they extend."""
        for cls in self.declared.classes():
            if self.is_mapped(cls):
                yield cls

    def line(self, cls: Class) -> list[Class]:
        """A class and those of its bases that the workspace declares."""
        return [one for one in self.declared.lineage(cls) if isinstance(one, Class)]

    def is_mapped(self, cls: Class) -> bool:
        """Whether a class is mapped to a table."""
        if cls.said.get("__abstract__") is True or self.is_base(cls):
            return False
        if self.is_sqlmodel(cls):
            return dict(cls.said.keywords).get("table") is True
        if not self._has_base(cls):
            return False
        return any(_is_column(attribute) for attribute in self.attributes(cls)) or (
            cls.said.get("__table__") is not UNKNOWN
        )

    def is_base(self, cls: Class) -> bool:
        """Whether a class is that of which all models are made."""
        names = {_last(base) for base in cls.said.bases}
        return "DeclarativeBase" in names or any(
            _last(one) == "as_declarative" for one in cls.said.decorators
        )

    def is_sqlmodel(self, cls: Class) -> bool:
        """Whether a class extends SQLModel."""
        return any(
            one in {"sqlmodel.SQLModel", "sqlmodel.main.SQLModel"} for one in self.declared.lineage(cls)
        )

    def _has_base(self, cls: Class) -> bool:
        line = self.declared.lineage(cls)
        if any(isinstance(one, Class) and self.is_base(one) for one in line):
            return True
        if any(_last(one) in {"mapped", "mapped_as_dataclass"} for one in cls.said.decorators):
            return True
        names = {
            one.rpartition(".")[2] for one in line if isinstance(one, str) and not one.startswith(_OTHERS)
        }
        if isinstance(cls.said.get("__tablename__"), str):
            return bool(names - _NO_BASES)
        return not names.isdisjoint(_BASES) and self.table_name(cls) != ""

    # Tables.

    def table_name(self, cls: Class) -> str:
        """The name of the table of a class, that of a class which it extends included; empty without one."""
        own = cls.said.get("__tablename__")
        if isinstance(own, str):
            return own
        for one in self.line(cls):
            said = one.said.get("__tablename__")
            if isinstance(said, str):
                return said
            if said is not UNKNOWN and said is not None:
                return _named_after(cls.said.name, said)
        if self.is_sqlmodel(cls):
            return cls.said.name.lower()
        return snake(cls.said.name) if self._names_itself(cls) else ""

    def _names_itself(self, cls: Class) -> bool:
        """Whether Flask-SQLAlchemy names the table: only that of a class which has a key of its own."""
        flask = any(
            isinstance(one, str) and one.endswith(("db.Model", "flask_sqlalchemy.model.Model"))
            for one in self.declared.lineage(cls)
        )
        return flask and any(
            one.call is not None and one.call.keyword("primary_key") is True for one in self.attributes(cls)
        )

    def parent(self, cls: Class) -> Class | None:
        """The closest mapped class that a class extends."""
        return next((one for one in self.line(cls)[1:] if self.is_mapped(one)), None)

    def shares(self, cls: Class) -> bool:
        """Whether a class lives in the table of the one that it extends."""
        parent = self.parent(cls)
        if parent is None or cls.said.get("__table__") is not UNKNOWN:
            return False
        return self.table_name(cls) == self.table_name(parent) or not isinstance(
            cls.said.get("__tablename__"), str
        )

    def is_concrete(self, cls: Class) -> bool:
        """Whether a class has all columns of the one that it extends in a table of its own."""
        said = cls.said.get("__mapper_args__")
        return isinstance(said, Pairs) and said.get("concrete") is True

    # Attributes.

    def attributes(self, cls: Class) -> list[Attribute]:
        """The attributes of a class and of the bases that are no tables, what is nearest of each name."""
        found: dict[str, Attribute] = {}
        for one in reversed(self.line(cls)):
            for said in (*one.said.body, *one.said.returned):
                attribute = self._attribute(said, one)
                if attribute is not None:
                    found[said.name] = attribute
                elif said.name in found and not isinstance(said.value, Unknown):
                    del found[said.name]
        return list(found.values())

    def _attribute(self, said: Assigned, owner: Class) -> Attribute | None:
        value = said.value
        while isinstance(value, Call) and (value.name in _AROUND or _is_wrapped(value)) and value.args:
            inner = value.args[0]
            if not isinstance(inner, Call):
                return None
            value = inner
        if isinstance(value, Call) and value.name not in _COLUMNS | RELATIONS | {"Field"}:
            value = self._made(value, owner)
        call = value if isinstance(value, Call) else None
        annotation, mapped = _mapped(said.annotation)
        plain = self._is_plain_field(said, owner)
        if mapped and call is None and not isinstance(said.value, Unknown):
            return None  # a synonym or an association proxy
        if call is None and not mapped and not plain:
            return None
        return Attribute(said.name, annotation, call, owner, said.line)

    def _is_plain_field(self, said: Assigned, owner: Class) -> bool:
        """Whether it is the annotated name of a field of SQLModel."""
        annotated = not isinstance(said.annotation, Unknown) and _last(said.annotation) != "ClassVar"
        return (
            annotated
            and not said.name.startswith("_")
            and self.is_sqlmodel(owner)
            and said.name != "model_config"
        )

    def _made(self, call: Call, owner: Class) -> Call | None:
        """The column that a function of the project makes."""
        path = call.path
        module, _, name = path.rpartition(".")
        outline = self.declared.module(module, owner.outline) if module else owner.outline
        for one in outline.functions if outline is not None else ():
            if one.name == name and isinstance(one.value, Call):
                return one.value
        return None

    def column(self, attribute: Attribute) -> SaidColumn | None:
        """The column that an attribute holds; None for one that leads to other rows."""
        call = attribute.call
        if call is not None and call.name in RELATIONS:
            return None
        annotation, nullable = optional(attribute.annotation)
        near = attribute.owner.outline
        calls = [call] if call is not None else []
        if call is not None and isinstance(inner := call.keyword("sa_column"), Call):
            calls = [inner]
        annotation, calls, inner_null = self._annotated(annotation, calls, near)
        fallback = self.types.of_annotation(annotation, near, self._annotation_types(attribute.owner))
        longest = call.keyword("max_length") if call is not None else UNKNOWN
        if fallback.sql == "varchar" and isinstance(longest, int):
            fallback = Type(f"varchar({longest})")
        said = any(one.name in _COLUMNS for one in calls)
        if not said and isinstance(attribute.annotation, Unknown):
            return None
        by_annotation = not isinstance(attribute.annotation, Unknown) and not (
            call is not None and call.has("sa_column")
        )
        return column_of(
            calls,
            attribute.name,
            self.types,
            near,
            Origin(near.path, attribute.line),
            nullable=(nullable or inner_null) if by_annotation else True,
            fallback=fallback,
        )

    def _annotated(self, term: Term, calls: list[Call], near: Outline) -> tuple[Term, list[Call], bool]:
        """An annotation without `Annotated`, and the calls with those that stand in it."""
        if isinstance(term, Name):
            found = self.declared.resolve(term, near)
            if isinstance(found, Value) and isinstance(found.said.value, Indexed):
                term = found.said.value
        if isinstance(term, Indexed) and _last(term) == "Annotated" and term.by:
            inside = [
                one for one in term.by[1:] if isinstance(one, Call) and one.name in _COLUMNS | {"Field"}
            ]
            inner, nullable = optional(term.by[0])
            return inner, [*calls, *inside], nullable
        return term, calls, False

    def _annotation_types(self, owner: Class) -> dict[str, tuple[Term, Outline]]:
        """What types a base gives to the annotations of its models."""
        found: dict[str, tuple[Term, Outline]] = {}
        for one in reversed(self.line(owner)):
            said = one.said.get("type_annotation_map")
            registry = one.said.get("registry")
            if isinstance(registry, Call):
                said = registry.keyword("type_annotation_map")
            for key, value in said.pairs if isinstance(said, Pairs) else ():
                if isinstance(key, Name):
                    found[key.path] = (value, one.outline)
        return found


def _is_column(attribute: Attribute) -> bool:
    return attribute.call is None or attribute.call.name not in RELATIONS


def _is_wrapped(call: Call) -> bool:
    """Whether a call of the project itself stands around a column: `audited(Column(...))`."""
    first = call.args[0] if call.args else None
    return call.name not in _COLUMNS and isinstance(first, Call) and first.name in _COLUMNS


def _mapped(annotation: Term) -> tuple[Term, bool]:
    """What stands in `Mapped[...]`."""
    if isinstance(annotation, Indexed) and _last(annotation.of) in _MAPPED and annotation.by:
        inner = annotation.by[0]
        return inner, True
    return annotation, False


def _last(term: Term) -> str:
    if isinstance(term, Name):
        return term.path.rpartition(".")[2]
    if isinstance(term, Call):
        return term.name
    return _last(term.of) if isinstance(term, Indexed | Member) else ""


def snake(name: str) -> str:
    """A name of a class in the way of names of tables: `OrderLine` is `order_line`."""
    return _HUMP.sub("_", name).lower()


def _named_after(name: str, said: Term) -> str:
    """The name of a table that a function makes of that of the class."""
    match said:
        case Call(function=Name(path=path)) if path.endswith("__name__.lower"):
            return name.lower()
        case Name(path=path) if path.endswith("__name__"):
            return name
        case Combined(operator="+", operands=operands):
            parts = [one if isinstance(one, str) else _named_after(name, one) for one in operands]
            return "".join(parts) if all(parts) else ""
        case Call() | Member():
            # What else people do with it is putting underscores between the words.
            return snake(name) if "__name__" in repr(said) else ""
        case _:
            return ""
