"""Columns of SQLAlchemy: what `Column(...)`, `mapped_column(...)` and `Field(...)` declare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.schema.literals import literal
from backend_architect.schema.model import Check, Column, ForeignKey, Index, IndexPart, Origin
from backend_architect.schema.sqlalchemy_items import item_of, key_of, text_of
from backend_architect.schema.sqlalchemy_types import UNKNOWN_TYPE
from backend_architect.schema.terms import UNKNOWN, Call, Name, Term, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.schema.outlines import Outline
    from backend_architect.schema.sqlalchemy_types import Type, Types

_BESIDE: Final = frozenset(
    {"ForeignKey", "Sequence", "Identity", "Computed", "CheckConstraint", "FetchedValue", "DefaultClause"}
)
"""What stands among the arguments of a column and is no type."""


@dataclass(frozen=True, slots=True)
class SaidColumn:
    """A column with what it brings into its table."""

    column: Column
    primary: bool = False
    index: bool = False
    unique: bool = False
    keys: tuple[tuple[ForeignKey, Term], ...] = ()
    """Its foreign keys, each with what it points to as it was written."""
    checks: tuple[Check, ...] = ()
    typed: bool = False
    """Whether it says what its type is; otherwise it has that of the column to which it points."""


def column_of(  # noqa: PLR0913 - the last two are what an annotation says
    calls: Iterable[Call],
    name: str,
    types: Types,
    near: Outline | None,
    origin: Origin,
    *,
    nullable: bool = True,
    fallback: Type = UNKNOWN_TYPE,
) -> SaidColumn:
    """The column that a call declares; of several that speak of it, the first has the last word.

    `nullable` and `fallback` are what an annotation says.
    """
    calls = list(calls)
    args = [arg for call in calls for arg in call.args]
    names = [arg for arg in args[:1] if isinstance(arg, str)]
    name = names[0] if names else _text_of(calls, "name") or name
    type_ = fallback
    term = _type_term(calls, args)
    if not isinstance(term, Unknown):
        type_ = types.of(term, near)
    primary = _flag(calls, "primary_key") is True
    said = _flag(calls, "nullable")
    default = _default(calls)
    column = Column(
        name,
        type_.sql,
        nullable=said if said is not None else nullable and not primary,
        default=_generated(args) or default,
        choices=type_.choices,
        origin=origin,
    )
    keys = tuple(_keys(calls, args, name, origin))
    checks = tuple(_checks(args, origin.path))
    return SaidColumn(
        column,
        primary=primary,
        index=_flag(calls, "index") is True,
        unique=_flag(calls, "unique") is True,
        keys=keys,
        checks=checks,
        typed=bool(type_.sql) or not isinstance(term, Unknown),
    )


def own_indexes(said: SaidColumn, table: str) -> Iterable[Index]:
    """The index or unique constraint that a column asks for."""
    parts, origin = (IndexPart(said.column.name),), said.column.origin
    if said.index:
        # SQLAlchemy's own convention, in DEFAULT_NAMING_CONVENTION.
        name = f"ix_{table.replace('.', '_')}_{said.column.name}"
        yield Index(name, parts, unique=said.unique, origin=origin)
    elif said.unique:
        yield Index("", parts, unique=True, kind="unique", origin=origin)


def _type_term(calls: list[Call], args: list[Term]) -> Term:
    for call in calls:
        for keyword in ("type_", "sa_type"):
            if call.has(keyword):
                return call.keyword(keyword)
    for arg in args:
        if isinstance(arg, Call | Name) and _name(arg) not in _BESIDE:
            return arg
    return UNKNOWN


def _name(term: Call | Name) -> str:
    return term.name if isinstance(term, Call) else term.path.rpartition(".")[2]


def _text_of(calls: list[Call], keyword: str) -> str:
    values = (call.keyword(keyword) for call in calls)
    return next((value for value in values if isinstance(value, str)), "")


def _flag(calls: list[Call], keyword: str) -> bool | None:
    values = (call.keyword(keyword) for call in calls)
    return next((value for value in values if isinstance(value, bool)), None)


def _default(calls: list[Call]) -> str | None:
    for call in calls:
        if call.has("server_default"):
            return default_of(call.keyword("server_default"))
    return None


def default_of(term: Term) -> str | None:
    """A server default as SQL."""
    match term:
        case None | False:
            return None
        case Call(name="text" | "literal_column", args=(str() as sql, *_)):
            return sql
        case Call() if ".func." in f".{term.path}":
            return f"{term.name}()"
        case _:
            return literal(term)


def _generated(args: list[Term]) -> str | None:
    for arg in args:
        match arg:
            case Call(name="Identity"):
                return f"generated {'always' if arg.keyword('always') is True else 'by default'} as identity"
            case Call(name="Computed", args=(sql, *_)) if text := text_of(sql) or _text(sql):
                return f"generated always as ({text}) stored"
            case _:
                pass
    return None


def _text(term: Term) -> str:
    return text_of(term.args[0]) if isinstance(term, Call) and term.args else ""


def _keys(
    calls: list[Call], args: list[Term], column: str, origin: Origin
) -> Iterable[tuple[ForeignKey, Term]]:
    for arg in args:
        if isinstance(arg, Call) and arg.name == "ForeignKey":
            target = arg.argument(0, "column")
            yield key_of(arg, (column,), target, origin), target
    for call in calls:
        target = call.keyword("foreign_key")
        if isinstance(target, str):
            yield key_of(call, (column,), target, origin), target


def _checks(args: list[Term], path: str) -> Iterable[Check]:
    for arg in args:
        if isinstance(arg, Call) and arg.name == "CheckConstraint":
            item = item_of(arg, path, lambda name: name)
            if item is not None and item.check is not None:
                yield item.check
