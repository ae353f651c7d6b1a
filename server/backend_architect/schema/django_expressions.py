"""Conditions and expressions of Django's indexes and constraints, as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend_architect.python.words import word_set
from backend_architect.schema.literals import UNREADABLE, literal
from backend_architect.schema.model import IndexPart
from backend_architect.schema.terms import Call, Combined, Items, Name, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_OPERATORS: Final = {"exact": "=", "": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_LIKE: Final = {"startswith": "{}%", "endswith": "%{}", "contains": "%{}%"}
_FUNCTIONS: Final = word_set(
    """
    abs ceil coalesce concat floor greatest least length lower ltrim md5 mod reverse round rtrim trim upper
    """
)
_NAMED: Final = {"now": "now()", "pi": "pi()", "randomuuid": "gen_random_uuid()"}


def condition(term: Term, column_of: Callable[[str], str | None]) -> str:
    """A `Q` as SQL; `?` if any of it cannot be read."""
    text = _condition(term, column_of)
    return UNREADABLE if UNREADABLE in text else text


def _condition(term: Term, column_of: Callable[[str], str | None]) -> str:
    match term:
        case Combined(operator="not", operands=(operand,)):
            return f"not ({_condition(operand, column_of)})"
        case Combined(operator="&" | "|" as operator, operands=operands):
            word = " and " if operator == "&" else " or "
            return word.join(f"({_condition(one, column_of)})" for one in operands)
        case Call(name="Q"):
            parts = [f"({_condition(one, column_of)})" for one in term.args if not isinstance(one, Items)]
            # Older versions of Django wrote `Q(("name", value))` into migrations.
            pairs = [
                (one.items[0], one.items[1])
                for one in term.args
                if isinstance(one, Items) and len(one.items) == 2
            ]
            keywords = [one for one in term.keywords if not one[0].startswith("_")]
            parts += [_lookup(str(name), value, column_of) for name, value in (*pairs, *keywords)]
            word = " or " if term.keyword("_connector") == "OR" else " and "
            joined = word.join(parts) or UNREADABLE
            return f"not ({joined})" if term.keyword("_negated") is True else joined
        case _:
            return UNREADABLE


def _lookup(name: str, value: Term, column_of: Callable[[str], str | None]) -> str:
    field, _, lookup = name.partition("__")
    column = column_of(field)
    if column is None:
        return UNREADABLE
    if value is None and lookup in {"", "exact"}:
        return f"{column} is null"
    right = expression(value, column_of) if isinstance(value, Call) else literal(value)
    if lookup in _OPERATORS:
        return f"{column} {_OPERATORS[lookup]} {right}"
    match lookup, value:
        case "isnull", bool():
            return f"{column} is {'' if value else 'not '}null"
        case "in", Items(items=items):
            return f"{column} in ({', '.join(map(literal, items))})"
        case "startswith" | "endswith" | "contains", str():
            return f"{column} like {literal(_LIKE[lookup].format(value))}"
        case _:
            return UNREADABLE


def expression(term: Term, column_of: Callable[[str], str | None]) -> str:
    """An expression of an index or a default as SQL; `?` if it cannot be read."""
    match term:
        case str():
            return column_of(term) or UNREADABLE
        case Call(name="F", args=(str() as field,)):
            return column_of(field) or UNREADABLE
        case Call(name="Value", args=(value, *_)):
            return literal(value)
        case Call(name="Cast") if len(term.args) + len(term.keywords) == 2:
            return UNREADABLE
        case Call(name="Collate", args=(inner, str() as collation)):
            return f'{expression(inner, column_of)} collate "{collation}"'
        case Call():
            name = term.name.lower()
            if name in _NAMED and not term.args:
                return _NAMED[name]
            inner = ", ".join(expression(one, column_of) for one in term.args)
            return f"{name}({inner})" if name in _FUNCTIONS and UNREADABLE not in inner else UNREADABLE
        case Combined(operator="+" | "-" | "*" | "/" as operator, operands=(left, right)):
            sides = (expression(left, column_of), expression(right, column_of))
            return UNREADABLE if UNREADABLE in sides else f" {operator} ".join(sides)
        case int() | float() | None:
            return literal(term)
        case _:
            return UNREADABLE


def part_of(term: Term, column_of: Callable[[str], str | None]) -> IndexPart:
    """What an expression of an index sorts by."""
    descending, opclass, nulls = False, "", ""
    while True:
        match term:
            case Call(name="OpClass", args=(inner, *_)):
                name = term.argument(1, "name")
                term, opclass = inner, name if isinstance(name, str) else ""
            case Call(name="OrderBy", args=(inner, *_)):
                term, descending = inner, term.keyword("descending") is True
            case Call(name="asc" | "desc" as way, args=()) if (inner := _ordered(term)) is not None:
                descending = way == "desc"
                nulls = "first" if term.keyword("nulls_first") is True else nulls
                nulls = "last" if term.keyword("nulls_last") is True else nulls
                term = inner
            case Call(name="F", args=(str() as field,)):
                column = column_of(field)
                return IndexPart(column, "" if column else UNREADABLE, descending, nulls, opclass)
            case str():
                name = term.removeprefix("-")
                column = column_of(name)
                return IndexPart(column, "" if column else UNREADABLE, term.startswith("-"), nulls, opclass)
            case _:
                return IndexPart(None, expression(term, column_of), descending, nulls, opclass)


def _ordered(call: Call) -> Term | None:
    """What `.desc()` is called on."""
    return (
        None
        if isinstance(call.function, Name | str | int | float | bytes) or call.function is None
        else getattr(call.function, "of", None)
    )


def parts_of_fields(
    fields: Term, opclasses: Term, column_of: Callable[[str], str | None]
) -> Iterator[IndexPart]:
    """What an index of fields sorts by; `-` before a name turns it around."""
    names = fields.items if isinstance(fields, Items) else ()
    classes = opclasses.items if isinstance(opclasses, Items) else ()
    for position, name in enumerate(names):
        part = part_of(name, column_of)
        opclass = classes[position] if position < len(classes) else ""
        yield IndexPart(
            part.column, part.expression, part.descending, "", opclass if isinstance(opclass, str) else ""
        )
