"""Types of SQLAlchemy as PostgreSQL writes them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from backend_architect.knowledge import libraries
from backend_architect.schema.declared import Class, Declared, Value
from backend_architect.schema.terms import UNKNOWN, Call, Combined, Indexed, Member, Name, Term

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend_architect.schema.declared import Found
    from backend_architect.schema.outlines import Outline

_ENUMS: Final = frozenset({"Enum", "ENUM", "PyIntEnum"})
_DEEPEST: Final = 6


@dataclass(frozen=True, slots=True)
class Type:
    """A type of a column."""

    sql: str = ""
    choices: tuple[str, ...] = ()


UNKNOWN_TYPE: Final = Type()


@dataclass(frozen=True, slots=True)
class Types:
    """Reads types where names stand for what the workspace declares, or for what they are called alone."""

    declared: Declared | None = None

    def resolve(self, term: Term, near: Outline | None) -> Found:
        """What a name stands for."""
        if self.declared is not None and near is not None:
            return self.declared.resolve(term, near)
        return term.path if isinstance(term, Name | Call) else ""

    def of(self, term: Term, near: Outline | None, depth: int = 0) -> Type:
        """The type that a column is given: `String(20)`, `Enum(Status)`, `ARRAY(Text)`."""
        if depth > _DEEPEST:
            return UNKNOWN_TYPE
        match term:
            case Call(function=Member(of=inner)):  # `JSON().with_variant(...)`
                return self.of(inner, near, depth + 1)
            case Call(name=name) if name in _ENUMS:
                return self._enum(term, near)
            case Call(name="ARRAY") if term.args:
                return Type(f"{self.of(term.args[0], near, depth + 1).sql}[]")
            case Call() | Name():
                return self._named(term, near, depth)
            case _:
                return UNKNOWN_TYPE

    def _named(self, term: Call | Name, near: Outline | None, depth: int) -> Type:
        found = self.resolve(term, near)
        if isinstance(found, Value):
            value = found.said.value
            return self.of(value, found.outline, depth + 1) if isinstance(value, Call) else UNKNOWN_TYPE
        if isinstance(found, Class):
            return self._declared(term, found, depth)
        known = known_type(found)
        return Type(_written(known, term)) if known is not None else UNKNOWN_TYPE

    def _declared(self, term: Call | Name, cls: Class, depth: int) -> Type:
        """The type of a class of the project, by what it is implemented with or what it extends."""
        line = self.declared.lineage(cls) if self.declared is not None else ()
        for one in line:
            if isinstance(one, Class):
                impl = one.said.get("impl")
                if impl is not UNKNOWN:
                    return self.of(impl, one.outline, depth + 1)
            elif isinstance(one, str) and (known := known_type(one)) is not None:
                return Type(_written(known, term))
        return UNKNOWN_TYPE

    def _enum(self, call: Call, near: Outline | None) -> Type:
        name = call.keyword("name")
        choices = tuple(one for one in call.args if isinstance(one, str))
        found = self.resolve(call.args[0], near) if call.args and isinstance(call.args[0], Name) else ""
        if isinstance(found, Class):
            by_value = call.has("values_callable")
            choices = member_values(found) if by_value else member_names(found)
            name = name if isinstance(name, str) else found.said.name.lower()
        native = call.keyword("native_enum") is not False and isinstance(name, str)
        return Type(str(name) if native else "varchar", choices)

    def of_annotation(
        self, term: Term, near: Outline | None, types: Mapping[str, tuple[Term, Outline]]
    ) -> Type:
        """The type of a column of which only the annotation is known."""
        path = getattr(term, "path", "")
        if path in types:
            return self.of(*types[path])
        found = self.resolve(term, near)
        if isinstance(found, Class):
            names = {one.rpartition(".")[2] for one in self._line(found) if isinstance(one, str)}
            if any(name.endswith("Enum") for name in names):
                return Type(found.said.name.lower(), member_names(found))
            return UNKNOWN_TYPE
        if isinstance(term, Indexed):
            return self.of_annotation(term.of, near, types)
        known = known_type(f"builtins.{path}") or known_type(path)
        return Type(str(known["type"])) if known is not None else UNKNOWN_TYPE

    def _line(self, cls: Class) -> tuple[Found, ...]:
        return self.declared.lineage(cls) if self.declared is not None else ()


def optional(term: Term) -> tuple[Term, bool]:
    """An annotation without `None`, and whether it allowed that."""
    match term:
        case Combined(operator="|", operands=operands):
            kept = [one for one in operands if one is not None]
            inner = optional(kept[0]) if kept else (UNKNOWN, False)
            rest = [optional(one) for one in kept[1:]]
            nullable = len(kept) < len(operands) or inner[1] or any(one[1] for one in rest)
            return inner[0], nullable
        case Indexed(of=Name(path=path), by=by) if path.rpartition(".")[2] == "Optional" and by:
            return by[0], True
        case Indexed(of=Name(path=path), by=by) if path.rpartition(".")[2] == "Union" and by:
            kept = [one for one in by if one is not None]
            return (kept[0] if kept else UNKNOWN), len(kept) < len(by)
        case _:
            return term, False


def member_names(cls: Class) -> tuple[str, ...]:
    """The names of the members of an enumeration, which is what SQLAlchemy writes."""
    return tuple(one.name for one in cls.said.body if not one.name.startswith("_"))


def member_values(cls: Class) -> tuple[str, ...]:
    """The values of the members of an enumeration."""
    return tuple(one.value for one in cls.said.body if isinstance(one.value, str))


@cache
def known_type(path: str) -> Mapping[str, Any] | None:
    """What is known of a class of types, by its path or, in a dialect or an unknown library, by its name."""
    name = path.rpartition(".")[2]
    for one in (path, f"sqlalchemy.{name}" if name[:1].isupper() else ""):
        if one and (found := libraries.entry("sqlalchemy-types", one)) is not None:
            return found
    return None


def _written(known: Mapping[str, Any], term: Term) -> str:
    sql = str(known["type"])
    if not isinstance(term, Call):
        return sql
    if known.get("zoned") and True in (term.argument(0, "timezone"), term.keyword("timezone")):
        return f"{sql} with time zone"
    named = (term.keyword("length"), term.keyword("precision"), term.keyword("scale"))
    given = [str(one) for one in (*term.args, *named) if type(one) is int]
    return f"{sql}({', '.join(given)})" if known.get("arguments") and given else sql
