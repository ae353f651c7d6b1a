"""Other ways to say a condition that hides its column from an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from backend_architect.queries.expressions import before_now, canonical, duration, is_now, is_time
from backend_architect.queries.keys import side, whole_span
from backend_architect.queries.shapes import Key, Kind, Predicate, Rewrite

if TYPE_CHECKING:
    from backend_architect.queries.scopes import Scope

_DATES = (exp.Date, exp.TsOrDsToDate)
_TRUNCATED = (exp.TimestampTrunc, exp.DateTrunc)
_TEXTS = frozenset({exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.CHAR})
_SIGNS = {"lower": ">", "upper": "<"}
_PLAIN = ("bigint", "int", "smallint", "uuid", "numeric", "serial", "bigserial")


def rewritten(node: exp.Expr, scope: Scope, key: exp.Expr, kind: Kind, value: exp.Expr) -> Rewrite | None:
    """The condition `node`, which compares `key` with `value`, as one on the column that is in the key.

    None where there is no other way to say it, or where the text is not that of the statement at hand.
    """
    columns = [one for one in key.find_all(exp.Column) if not scope.is_placeholder(one)]
    if scope.foreign or len(columns) != 1:
        return None
    found = side(columns[0], scope)
    if found.kind != "key" or found.key.column is None:
        return None
    said = _said(node, key.unnest(), found.type, _text(columns[0], scope), _text(value, scope), kind, value)
    if said is None:
        return None
    new_kind, text = said
    place = whole_span(node, scope.parsed)
    if place is None:
        return None
    since = before_now(value)
    moved = _moved(key.unnest(), value)
    condition = Predicate(
        Key(found.key.column, columns=found.key.columns),
        new_kind,
        canonical(node),
        before_now=since if moved is None else moved,
    )
    return Rewrite(condition, *place, text)


def _moved(key: exp.Expr, value: exp.Expr) -> float | None:
    """How long ago a column is that is moved and compared with now, or whose age is compared."""
    if not isinstance(key, exp.Add | exp.Sub):
        return None
    interval, now = (key.expression, value) if isinstance(key, exp.Add) else (value, key.this)
    return duration(interval.unnest()) if is_now(now) else None


def _said(  # noqa: PLR0913, PLR0917 - what a condition consists of
    node: exp.Expr, key: exp.Expr, type_: str, column: str, value: str, kind: Kind, operand: exp.Expr
) -> tuple[Kind, str] | None:
    """The kind and the text of the new condition."""
    if kind == "contains":
        return "contains", f"{column} @> ARRAY[{value}]"
    if _is_day(key) and is_time(type_):
        day = value if isinstance(operand, exp.CurrentDate) else f"CAST({value} AS date)"
        return _days(node, column, day)
    if isinstance(key, _TRUNCATED) and key.unit is not None and kind == "equal" and is_time(type_):
        start = f"CAST({value} AS {type_})"
        return "between", f"{column} >= {start} AND {column} < {start} + interval '1 {key.unit.name.lower()}'"
    if isinstance(key, exp.Extract) and key.name.lower() == "year" and kind == "equal" and is_time(type_):
        year = f"CAST({value} AS integer)"
        end = f"make_date({year} + 1, 1, 1)"
        return "between", f"{column} >= make_date({year}, 1, 1) AND {column} < {end}"
    if isinstance(key, exp.Cast) and key.to.this in _TEXTS and kind == "equal" and type_.startswith(_PLAIN):
        return "equal", f"{column} = CAST({value} AS {_number(type_)})"
    return _shifted(node, key, column, value, kind)


def _is_day(key: exp.Expr) -> bool:
    return isinstance(key, _DATES) or (isinstance(key, exp.Cast) and key.to.this is exp.DType.DATE)


def _days(node: exp.Expr, column: str, day: str) -> tuple[Kind, str] | None:
    """A comparison of days as one of moments."""
    match node:
        case exp.EQ():
            return "between", f"{column} >= {day} AND {column} < {day} + 1"
        case exp.GTE():
            return "lower", f"{column} >= {day}"
        case exp.GT():
            return "lower", f"{column} >= {day} + 1"
        case exp.LT():
            return "upper", f"{column} < {day}"
        case exp.LTE():
            return "upper", f"{column} < {day} + 1"
        case _:
            return None


def _shifted(node: exp.Expr, key: exp.Expr, column: str, value: str, kind: Kind) -> tuple[Kind, str] | None:
    """`created_at + interval > now()` as `created_at > now() - interval`, and ages as moments."""
    if kind not in {"lower", "upper"} or not isinstance(key, exp.Add | exp.Sub):
        return None
    strict = "" if isinstance(node, exp.GT | exp.LT) else "="
    if isinstance(key, exp.Sub) and isinstance(key.expression, exp.Column) and is_now(key.this):
        flipped: Kind = "upper" if kind == "lower" else "lower"
        return flipped, f"{column} {_SIGNS[flipped]}{strict} now() - {value}"
    if isinstance(key.this, exp.Column) and isinstance(key.expression, exp.Interval):
        sign = "-" if isinstance(key, exp.Add) else "+"
        return kind, f"{column} {_SIGNS[kind]}{strict} {value} {sign} {key.expression.sql('postgres')}"
    return None


def _number(type_: str) -> str:
    return {"serial": "integer", "bigserial": "bigint"}.get(type_, type_)


def _text(node: exp.Expr, scope: Scope) -> str:
    """An expression in SQL, with its placeholders as they are written."""
    ends = dict(scope.parsed.placeholders)
    copied = exp.Paren(this=node.copy())
    for column in list(copied.find_all(exp.Column)):
        start = column.this.meta.get("start")
        if start in ends:
            column.replace(exp.Var(this=scope.parsed.text[start : ends[start]]))
    return copied.this.sql("postgres", normalize_functions="lower")
