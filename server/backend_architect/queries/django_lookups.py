"""What Django's lookups ask of a column, as the SQL that it writes on PostgreSQL (5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend_architect.python.words import word_set
from backend_architect.queries.drafts import VALUE, Piece, pattern
from backend_architect.queries.mapping import UnclearError
from backend_architect.schema.quoting import string

if TYPE_CHECKING:
    from backend_architect.queries.django_paths import Target

_SIGNS: Final = {"exact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_PATTERNS: Final = {
    "contains": ("%", "%"),
    "startswith": ("", "%"),
    "endswith": ("%", ""),
}
_TEXTS: Final = ("varchar", "text", "char", "citext", "character")
_PARTS: Final = word_set(
    """
    month day hour minute second quarter
    """
)
_OTHER_PARTS: Final = {
    "year": "year",
    "week": "week",
    "iso_year": "isoyear",
    "week_day": "dow",
    "iso_week_day": "isodow",
}
_ZONE: Final = ("timestamptz", "timestamp with time zone")


def is_text(type_: str) -> bool:
    """Whether a column holds text."""
    return type_.startswith(_TEXTS) and not type_.endswith("[]")


def is_array(type_: str) -> bool:
    """Whether a column holds several values."""
    return type_.endswith("[]")


def local(piece: Piece) -> str:
    """A moment in the zone that days and hours are told in."""
    return f"({piece.sql} AT TIME ZONE 'UTC')" if piece.type.startswith(_ZONE) else piece.sql


def transformed(piece: Piece, transform: str) -> Piece:
    """A column with a transform of Django's on it.

    Raises:
        UnclearError: it is not known.
    """
    if piece.type.startswith("json"):
        return Piece(_deeper(piece, transform), "item", piece.type)
    if piece.type.startswith(("timestamp", "date", "time")):
        if transform == "date":
            return Piece(f"CAST({local(piece)} AS date)", "other", "date")
        if transform == "time":
            return Piece(f"CAST({local(piece)} AS time)", "other", "time")
        part = transform if transform in _PARTS else _OTHER_PARTS.get(transform)
        if part is not None:
            return Piece(
                f"EXTRACT({part} FROM {local(piece)})", "year" if transform == "year" else "other", "integer"
            )
    if transform in {"lower", "upper"} and is_text(piece.type):
        return Piece(f"{transform}({piece.sql})", "other", piece.type)
    raise UnclearError


def _deeper(piece: Piece, key: str) -> str:
    """What is under a key of a document, or of what is in one."""
    if piece.kind != "item":
        return f"{piece.sql} -> {key if key.isdecimal() else string(key)}"
    head, arrow, last = piece.sql.rpartition(" -> ")
    if not arrow:
        return f"{piece.sql[:-2]},{key}}}'"
    return f"{head} #> '{{{last.strip(chr(39))},{key}}}'"


def compared(target: Target, value: Piece | None, listed: tuple[Piece, ...] | None, flag: bool | None) -> str:
    """The condition of a lookup.

    Args:
        target: the column, and the transforms and the lookup behind it.
        value: what it is compared with; None for NULL.
        listed: the values of a list that is written out.
        flag: true or false, where that is written down.

    Raises:
        UnclearError: the lookup is not known.
    """
    rest = list(target.rest)
    piece = target.piece
    lookup = "exact"
    before = piece
    while rest:
        last = rest.pop(0)
        if not rest and _is_lookup(last, piece):
            lookup = last
            break
        before, piece = piece, transformed(piece, last)
    if lookup == "isnull" or (lookup == "exact" and value is None):
        if lookup == "isnull" and flag is None:
            raise UnclearError
        return f"{piece.sql} IS {'NOT ' if lookup == 'isnull' and flag is False else ''}NULL"
    if value is None:
        raise UnclearError
    if piece.kind == "year" and lookup in {"exact", *_SIGNS}:
        return _of_year(before, lookup)
    if piece.kind == "item":
        return _of_item(piece, lookup, value)
    return _plain(piece, lookup, value, listed, flag)


def _is_lookup(name: str, piece: Piece) -> bool:
    if piece.type.startswith("json") and name in _PARTS:
        return False
    return name in _SIGNS or name in _OTHERS or name.removeprefix("i") in {*_PATTERNS, "exact", "regex"}


_OTHERS: Final = word_set(
    """
    in range isnull search overlap contained_by has_key has_keys has_any_keys
    """
)


def _of_year(piece: Piece, lookup: str) -> str:
    """Django compares a year with its first and last moment."""
    if lookup == "exact":
        return f"{piece.sql} BETWEEN {VALUE} AND {VALUE}"
    return f"{piece.sql} {_SIGNS[lookup]} {VALUE}"


def _of_item(piece: Piece, lookup: str, value: Piece) -> str:
    """A condition on what is in a JSON document: its text, or itself."""
    head, sign, key = piece.sql.rpartition(" #> " if " #> " in piece.sql else " -> ")
    text = Piece(f"({head}{sign.rstrip()}> {key})", "other", "text")
    if lookup == "exact":
        literal = f"""'"{value.sql[1:-1]}"'""" if value.sql.startswith("'") else value.sql
        return f"({piece.sql}) = {literal}"
    if lookup in {"gt", "gte", "lt", "lte"}:
        return f"({piece.sql}) {_SIGNS[lookup]} {value.sql}"
    if lookup == "in":
        return f"({piece.sql}) IN ({VALUE})"
    if lookup in {"contains", "has_key", "contained_by", "has_keys", "has_any_keys"}:
        return _in_bag(Piece(f"({piece.sql})", "other", piece.type), lookup, value)
    return _plain(text, lookup, value, None, flag=None)


def _plain(
    piece: Piece, lookup: str, value: Piece, listed: tuple[Piece, ...] | None, flag: bool | None
) -> str:
    if lookup == "exact" and flag is not None and piece.type == "boolean":
        return piece.sql if flag else f"NOT {piece.sql}"
    if lookup in _SIGNS:
        return f"{piece.sql} {_SIGNS[lookup]} {value.sql}"
    if lookup == "in":
        if listed is None:
            return f"{piece.sql} IN {value.sql}" if value.kind == "query" else f"{piece.sql} IN ({VALUE})"
        return f"{piece.sql} IN ({', '.join(one.sql for one in listed)})" if listed else "FALSE"
    if lookup == "range":
        low, high = listed if listed is not None and len(listed) == 2 else (Piece(VALUE), Piece(VALUE))
        return f"{piece.sql} BETWEEN {low.sql} AND {high.sql}"
    bag = is_array(piece.type) or piece.type.startswith(("json", "hstore"))
    if bag or lookup in {"overlap", "has_key"}:
        return _in_bag(piece, lookup, value)
    if lookup == "search":
        return f"to_tsvector(COALESCE({piece.sql}, '')) @@ plainto_tsquery({value.sql})"
    return _of_text(piece, lookup, value)


def _in_bag(piece: Piece, lookup: str, value: Piece) -> str:
    signs = {
        "contains": "@>",
        "contained_by": "<@",
        "overlap": "&&",
        "has_key": "?",
        "has_keys": "?&",
        "has_any_keys": "?|",
    }
    if lookup not in signs:
        raise UnclearError
    return f"{piece.sql} {signs[lookup]} {value.sql if lookup == 'has_key' else VALUE}"


def _of_text(piece: Piece, lookup: str, value: Piece) -> str:
    text = piece.sql if is_text(piece.type) else f"CAST({piece.sql} AS text)"
    if not piece.type:
        raise UnclearError
    folded = lookup.startswith("i")
    plain = lookup.removeprefix("i")
    if plain == "regex":
        return f"{text} {'~*' if folded else '~'} {value.sql}"
    if plain == "exact":
        return f"upper({text}) = upper({value.sql})"
    if not value.is_value:
        raise UnclearError
    before, after = _PATTERNS[plain]
    if folded:
        return f"upper({text}) LIKE {pattern(value, before, after, 'upper')}"
    return f"{text} LIKE {pattern(value, before, after)}"
