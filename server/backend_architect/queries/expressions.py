"""What expressions of SQL say to an index: their canonical text, their constants, their patterns."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import Literal

from sqlglot import exp, parse_one

STABLE_ON_ZONES = (exp.Date, exp.Cast, exp.TsOrDsToDate, exp.Extract, exp.TimestampTrunc, exp.DateTrunc)
"""What depends on the time zone of the session when it is applied to a timestamp with a zone."""

_IMMUTABLE = (
    exp.Abs,
    exp.Add,
    exp.Bracket,
    exp.Ceil,
    exp.Coalesce,
    exp.Div,
    exp.DPipe,
    exp.Floor,
    exp.Initcap,
    exp.JSONBExtract,
    exp.JSONBExtractScalar,
    exp.JSONExtract,
    exp.JSONExtractScalar,
    exp.JSONPath,
    exp.JSONPathKey,
    exp.JSONPathRoot,
    exp.JSONPathSubscript,
    exp.Left,
    exp.Length,
    exp.Lower,
    exp.MD5,
    exp.Mod,
    exp.Mul,
    exp.Neg,
    exp.Nullif,
    exp.Paren,
    exp.Replace,
    exp.Reverse,
    exp.Right,
    exp.Round,
    exp.Sub,
    exp.Substring,
    exp.Trim,
    exp.Upper,
    *STABLE_ON_ZONES,
)
_ATOMS = (
    exp.Column,
    exp.Identifier,
    exp.Literal,
    exp.Boolean,
    exp.Null,
    exp.DataType,
    exp.Var,
    exp.DataTypeParam,
)
_IMMUTABLE_NAMES = frozenset(
    {"btrim", "ltrim", "rtrim", "regexp_replace", "split_part", "jsonb_extract_path_text"}
)
"""PostgreSQL 15, pg_proc.provolatile: functions without a class in sqlglot that are immutable."""

_TIMES = frozenset({exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.TIME})


def canonical(node: exp.Expr) -> str:
    """The expression in one spelling, without the names of tables."""
    copied = node.copy()
    for column in list(copied.find_all(exp.Column)):
        for part in ("table", "db", "catalog"):
            column.set(part, None)
    for date in list(copied.find_all(exp.Date, exp.TsOrDsToDate)):
        date.replace(exp.cast(date.this, exp.DType.DATE))
    for name in copied.find_all(exp.Identifier):
        if not name.quoted:
            name.set("this", name.name.lower())
    while isinstance(copied, exp.Paren):
        copied = copied.this
    for paren in list(copied.find_all(exp.Paren)):
        if not isinstance(paren.this, exp.Binary | exp.Connector) and not isinstance(paren.parent, exp.Any):
            paren.replace(paren.this)
    try:
        return copied.sql("postgres", normalize_functions="lower", comments=False)
    except Exception:  # noqa: BLE001 - sqlglot raises many of them for trees that are not whole
        return ""


@lru_cache(maxsize=4096)
def parsed(text: str) -> exp.Expr | None:
    """The tree of an expression as schemas keep them; None if it cannot be read. It must not be changed."""
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL + 1)
    try:
        return parse_one(text, dialect="postgres")
    except Exception:  # noqa: BLE001 - valid SQL makes it raise nearly every built-in exception
        return None


@lru_cache(maxsize=4096)
def canonical_text(text: str) -> str:
    """The canonical form of an expression as schemas keep them; the text itself if it cannot be read."""
    tree = parsed(text)
    return canonical(tree) if tree is not None else text.strip()


def is_constant(node: exp.Expr) -> bool:
    """Whether an expression consists of literals, however they are cast."""
    allowed = (
        exp.Literal,
        exp.Boolean,
        exp.Null,
        exp.Cast,
        exp.DataType,
        exp.DataTypeParam,
        exp.Neg,
        exp.Paren,
    )
    return all(
        isinstance(one, (*allowed, exp.Array, exp.Tuple, exp.Interval, exp.Var)) for one in node.walk()
    )


def is_immutable(node: exp.Expr, types: dict[str, str]) -> bool:
    """Whether an expression over columns of these types may be indexed."""
    for one in node.walk():
        if isinstance(one, exp.Anonymous):
            if not _is_immutable_call(one):
                return False
        elif not isinstance(one, (*_IMMUTABLE, *_ATOMS)):
            return False
        if isinstance(one, STABLE_ON_ZONES) and not _is_stable_cast(one, types):
            return False
    return True


def _is_immutable_call(call: exp.Anonymous) -> bool:
    name = call.name.lower()
    if name == "to_tsvector":
        # Without a configuration it depends on a setting.
        return len(call.expressions) == 2 and isinstance(call.expressions[0], exp.Literal | exp.Cast)
    return name in _IMMUTABLE_NAMES


def _is_stable_cast(node: exp.Expr, types: dict[str, str]) -> bool:
    """Whether a conversion to or from dates and times does not depend on settings."""
    source = node.expression if isinstance(node, exp.Extract) else node.this
    while isinstance(source, exp.Paren):
        source = source.this
    type_of = types.get(source.name, "") if isinstance(source, exp.Column) else ""
    if isinstance(node, exp.Cast) and node.to.this not in _TIMES:
        # Times are written as settings say.
        return not is_time(type_of)
    return is_time(type_of) and not has_zone(type_of)


def is_time(type_: str) -> bool:
    """Whether a type of SQL is a date or a timestamp."""
    return type_.startswith(("timestamp", "date"))


def has_zone(type_: str) -> bool:
    """Whether a type is a timestamp with a time zone."""
    return type_.startswith("timestamptz") or (type_.startswith("timestamp") and "with time zone" in type_)


Pattern = Literal["prefix", "infix", "other"]

_UNKNOWN = "\0"
_ESCAPED = re.compile(r"\\(.)")
_TRIGRAM = 3


def pattern_kind(parts: list[str | None]) -> Pattern:
    """How a pattern of LIKE begins, from its parts; None stands for text that only the program knows.

    other: it holds no text that an index of trigrams could look for.
    """
    text = "".join(_UNKNOWN if part is None else part for part in parts)
    if text == _UNKNOWN:
        # Nobody knows where it has its wildcards; an index for the middle of texts serves both.
        return "infix"
    if text[:1] not in {"", "%", "_"}:
        return "prefix"
    fixed = _ESCAPED.sub(r"\1", text)
    longest = max((len(run) for run in re.split(r"[%_]", fixed)), default=0)
    return "infix" if longest >= _TRIGRAM or _UNKNOWN in text else "other"


_UNITS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86400,
    "week": 604800,
    "month": 2629800,
    "year": 31557600,
}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+?)s?\b", re.IGNORECASE)


def seconds_of(interval: exp.Expr) -> float | None:
    """How long an interval is; None where only the program knows."""
    amount = interval.this if isinstance(interval, exp.Interval | exp.Cast) else interval
    if not isinstance(amount, exp.Literal):
        return None
    unit = interval.args.get("unit")
    found = _AMOUNT.match(f"{amount.name} {unit.name if unit is not None else ''}")
    return float(found[1]) * _UNITS[found[2].lower()] if found and found[2].lower() in _UNITS else None


_USUAL = 7 * 86400.0
"""Seconds that people usually look back, where only the program knows."""


def before_now(value: exp.Expr) -> float | None:
    """How many seconds before the time of the query a value is; None if it is not known to be."""
    value = value.unnest()
    if isinstance(value, exp.TimestampTrunc | exp.DateTrunc) and is_now(value.this):
        return float(_UNITS.get(value.text("unit").lower(), 0))
    if isinstance(value, exp.CurrentDate):
        return float(_UNITS["day"])
    if is_now(value):
        return 0.0
    if not isinstance(value, exp.Sub) or not is_now(value.this):
        return None
    passed = value.expression.unnest()
    if isinstance(passed, exp.Literal) and not passed.is_string:
        return float(passed.name) * _UNITS["day"]
    return duration(passed)


def duration(interval: exp.Expr) -> float:
    """How many seconds an interval has, or usually has where only the program knows."""
    length = seconds_of(interval)
    return _USUAL if length is None else length


def is_now(value: exp.Expr) -> bool:
    """Whether a value is the time of the query."""
    value = value.unnest()
    if isinstance(value, exp.Cast | exp.TimestampTrunc | exp.DateTrunc):
        return is_now(value.this)
    if isinstance(value, exp.Anonymous):
        return value.name.lower() in {"clock_timestamp", "statement_timestamp", "transaction_timestamp"}
    return isinstance(
        value, exp.CurrentTimestamp | exp.CurrentDate | exp.Localtimestamp | exp.CurrentDatetime
    )
