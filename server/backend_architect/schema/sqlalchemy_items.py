"""What stands in a table of SQLAlchemy beside its columns: indexes, keys and constraints."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from backend_architect.schema.literals import UNREADABLE, condition_from_sql, index_from_sql, literal
from backend_architect.schema.model import Check, ForeignKey, Index, IndexPart, Origin
from backend_architect.schema.terms import UNKNOWN, Call, Combined, Items, Member, Name, Pairs, Term, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SQL: Final = frozenset({"text", "literal_column", "DDL"})
_ORDERS: Final = frozenset({"asc", "desc", "nulls_first", "nulls_last", "nullsfirst", "nullslast"})
_PLAIN: Final = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Item:
    """What a call beside the columns says: one of an index, a foreign key and a check."""

    index: Index | None = None
    key: ForeignKey | None = None
    target: Term = UNKNOWN
    """What the foreign key points to, where its columns do not say their names."""
    check: Check | None = None


def item_of(call: Call, path: str, column_of: Callable[[str], str]) -> Item | None:
    """What a call within a table says; `column_of` gives the column of an attribute."""
    origin = Origin(path, call.line)
    match call.name:
        case "ddl_if":
            inner = _receiver(call)
            ours = _is_ours(call.argument(0, "dialect"))
            return item_of(inner, path, column_of) if ours and isinstance(inner, Call) else None
        case "Index":
            name = call.args[0] if call.args and isinstance(call.args[0], str) else ""
            parts = call.args[1:] if call.args else ()
            return Item(index_of(call, name, parts, column_of, origin))
        case "UniqueConstraint" | "PrimaryKeyConstraint":
            kind = "unique" if call.name == "UniqueConstraint" else "primary"
            parts = tuple(part_of(one, column_of) for one in call.args)
            return Item(Index(_name(call), parts, unique=True, kind=kind, origin=origin)) if parts else None
        case "ExcludeConstraint":
            said = [one.items[0] for one in call.args if isinstance(one, Items) and one.items]
            using = call.keyword("using")
            method = using if isinstance(using, str) else "gist"
            parts = tuple(part_of(one, column_of) for one in said)
            where = _where(call.keyword("where"), column_of)
            return Item(Index(_name(call), parts, using=method, where=where, kind="exclusion", origin=origin))
        case "ForeignKeyConstraint":
            columns = tuple(column_of(one) for one in _strings(call.argument(0, "columns")))
            return Item(
                key=key_of(call, columns, call.argument(1, "refcolumns"), origin),
                target=call.argument(1, "refcolumns"),
            )
        case "CheckConstraint":
            return Item(check=Check(_name(call), _where(call.argument(0, "sqltext"), column_of)))
        case _:
            return None


def _is_ours(dialect: Term) -> bool:
    """Whether something holds for PostgreSQL that may hold for some databases only."""
    return dialect is UNKNOWN or any(one.startswith("postgres") for one in texts(dialect))


def key_of(call: Call, columns: tuple[str, ...], targets: Term, origin: Origin) -> ForeignKey:
    """The foreign key of a call that names its targets as `table.column`."""
    items = targets.items if isinstance(targets, Items) else (targets,)
    tables = [one.rpartition(".") for one in items if isinstance(one, str)]
    on_delete, on_update = call.keyword("ondelete"), call.keyword("onupdate")
    return ForeignKey(
        columns,
        tables[0][0] if tables else "",
        tuple(column for _, _, column in tables),
        on_delete.lower() if isinstance(on_delete, str) else "",
        on_update.lower() if isinstance(on_update, str) else "",
        _name(call),
        origin=origin,
    )


def index_of(
    call: Call, name: Term, parts: Iterable[Term], column_of: Callable[[str], str], origin: Origin
) -> Index:
    """The index of a call with options for PostgreSQL."""
    made = tuple(part_of(one, column_of) for one in parts)
    ops = call.keyword("postgresql_ops")
    if isinstance(ops, Pairs):
        classes = {key: value for key, value in ops.pairs if isinstance(value, str)}
        made = tuple(replace(one, opclass=classes.get(one.column, one.opclass)) for one in made)
    using = call.keyword("postgresql_using")
    where = call.keyword("postgresql_where")
    return Index(
        name if isinstance(name, str) else "",
        made,
        unique=call.keyword("unique") is True,
        using=using.lower() if isinstance(using, str) else "btree",
        where=_where(where, column_of) if call.has("postgresql_where") and where is not None else "",
        include=tuple(column_of(one) for one in _strings(call.keyword("postgresql_include"))),
        origin=origin,
    )


def part_of(term: Term, column_of: Callable[[str], str]) -> IndexPart:
    """What an index sorts by."""
    match term:
        case str():
            return _of_name(term) if term else IndexPart(None, UNREADABLE)
        case Name():
            return IndexPart(column_of(term.path.rpartition(".")[2]))
        case Call(name=name) if name in _ORDERS:
            part = part_of(_subject(term), column_of)
            if name in {"asc", "desc"}:
                return replace(part, descending=name == "desc")
            return replace(part, nulls="first" if "first" in name else "last")
        case Call(name=name, args=(str() as sql, *_)) if name in _SQL:
            return part_from_sql(sql)
        case Call(name="label"):
            return part_of(_receiver(term), column_of)
        case _:
            sql = expression(term, column_of)
            found = index_from_sql(f"({sql})") if UNREADABLE not in sql else None
            return found.parts[0] if found is not None and found.parts else IndexPart(None, UNREADABLE)


def part_from_sql(sql: str) -> IndexPart:
    """What an index sorts by, in SQL: `lower(name)`, `created_at DESC`."""
    found = index_from_sql(sql)
    return found.parts[0] if found is not None and len(found.parts) == 1 else IndexPart(None, UNREADABLE)


def _of_name(name: str) -> IndexPart:
    """A column by its name; people also write SQL there."""
    return IndexPart(name) if _PLAIN.fullmatch(name) or "(" not in name else part_from_sql(name)


def _subject(call: Call) -> Term:
    """What `desc(column)` and `column.desc()` are said of."""
    return call.args[0] if call.args else _receiver(call)


def expression(term: Term, column_of: Callable[[str], str]) -> str:
    """An expression of SQLAlchemy as SQL; `?` where it cannot be read."""
    match term:
        case Name(path=path):
            name = path.rpartition(".")[2]
            return name if name in {"true", "false"} else column_of(name)
        case Call():
            return _called(term, column_of)
        case Combined(operator="&" | "|" as operator, operands=operands):
            word = " and " if operator == "&" else " or "
            return word.join(f"({expression(one, column_of)})" for one in operands)
        case Combined(operator="not", operands=(inner,)):
            return f"not ({expression(inner, column_of)})"
        case Combined(operator="=" | "<>" as operator, operands=(left, None)):
            return f"{expression(left, column_of)} is {'not ' if operator == '<>' else ''}null"
        case Combined(operator=operator, operands=(left, right)) if operator:
            return f"{expression(left, column_of)} {operator} {expression(right, column_of)}"
        case _:
            return literal(term)


def _called(call: Call, column_of: Callable[[str], str]) -> str:
    """The call of a function of SQL or of a method of a column."""
    match call.name, call.args:
        case name, (str() as sql, *_) if name in _SQL:
            return sql
        case "is_" | "is_not" | "isnot" as name, (value,):
            word = "is" if name == "is_" else "is not"
            return f"{expression(_receiver(call), column_of)} {word} {expression(value, column_of)}"
        case "in_", (Items(items=items),):
            return f"{expression(_receiver(call), column_of)} in ({', '.join(map(literal, items))})"
        case "and_" | "or_" as name, args:
            return f" {name[:-1]} ".join(f"({expression(one, column_of)})" for one in args)
        case "not_", (inner,):
            return f"not ({expression(inner, column_of)})"
        case "null" | "true" | "false" as name, ():
            return name
        case name, args if f".func.{name}" in f".{call.path}" or name == "coalesce":
            return f"{name}({', '.join(expression(one, column_of) for one in args)})"
        case _:
            return UNREADABLE


def _receiver(call: Call) -> Term:
    """What a method is called on."""
    return call.function.of if isinstance(call.function, Member) else Name(call.path.rpartition(".")[0])


def _where(term: Term, column_of: Callable[[str], str]) -> str:
    sql = term if isinstance(term, str) else expression(term, column_of)
    return UNREADABLE if UNREADABLE in sql else condition_from_sql(sql)


def _name(call: Call) -> str:
    """The name of a constraint, that of `op.f("...")` included."""
    return text_of(call.keyword("name"))


def text_of(term: Term) -> str:
    """A string, also within `op.f(...)` or `quoted_name(...)`; empty for anything else."""
    if isinstance(term, Call) and term.name in {"f", "conv", "quoted_name"} and term.args:
        term = term.args[0]
    return term if isinstance(term, str) else ""


def _strings(term: Term) -> list[str]:
    items = term.items if isinstance(term, Items) else (term,)
    return [
        one.path.rpartition(".")[2] if isinstance(one, Name) else one
        for one in items
        if isinstance(one, str | Name)
    ]
