"""How many rows a condition leaves, as far as types and names tell.

Nobody knows the data here. These are the orders of magnitude that decide between "an index finds the rows"
and "reading all is as good": a share of the rows of a table that has grown, between 0 and 1.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from backend_architect.advice.lookups import is_list
from backend_architect.python.words import word_set
from backend_architect.queries.expressions import is_time, parsed
from backend_architect.schema.model import Column

if TYPE_CHECKING:
    from backend_architect.queries.shapes import Key, Kind, Predicate
    from backend_architect.schema.model import Schema, Table

ROWS: Final = 100_000
"""How many rows a table has for which an index is worth its price."""

ONE: Final = 1 / ROWS
FEW: Final = 1e-4
"""The rows of one customer, of one address."""
LEAST: Final = 5e-5
"""Below that, nobody notices a difference."""
SOME: Final = 1e-3
MANY: Final = 1e-2
"""The rows of one tenant or category."""
DAY: Final = 3e-3
"""The rows of a span of days."""
FLAG: Final = 0.2
"""The rows in one of a handful of states."""
HALF: Final = 0.5
THIRD: Final = 1 / 3
"""What a range with an open end leaves, as PostgreSQL takes it (DEFAULT_INEQ_SEL in 15)."""
MOST: Final = 0.9

NEW: Final = 2 * 86400.0
RECENT: Final = 100 * 86400.0
"""Seconds; what came within them is a small part of a table that has grown for years."""
LONG: Final = 100
"""Days; a longer span between two constants is a large part of a table."""

_SHARES: Final[dict[Kind, float]] = {
    "not-null": 0.7,
    "lower": THIRD,
    "upper": THIRD,
    "prefix": SOME,
    "infix": 2e-3,
    "contains": SOME,
    "overlaps": DAY,
    "has-key": MANY,
    "text-search": 2e-3,
    "other": MOST,
}
_STATES: Final = word_set(
    """
    status state type kind role level priority gender sex currency country language lang locale channel
    plan tier provider method mode severity region color colour size platform source direction visibility
    category stage phase flag active enabled rating stars year month weekday quarter quantity attempts
    retries
    """
)
"""Last words of the names of columns that have a handful of values."""
_SCOPES: Final = word_set(
    """
    tenant org organization organisation workspace company account shop store site project team warehouse
    category brand department group channel campaign country region
    """
)
"""First words of `..._id` whose rows are a large part of a table each."""
_DONE: Final = word_set(
    """
    processed sent shipped completed finished published delivered paid closed resolved verified confirmed
    read handled synced indexed executed dispatched notified acknowledged acked fulfilled invoiced
    reviewed approved assigned picked claimed exported ended settled
    """
)
"""Words for what happens to nearly all rows in the end: few are still without."""
_DUE: Final = word_set("next run scheduled retry send expires expire expiry expiration")
"""Words for when something is to happen."""
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.-])")
_WIDE: Final = 0.2
"""How long a span of numbers is, compared with its upper end, that leaves a large part of a table."""
_DATES = re.compile(r"'(\d{4})-(\d\d)-(\d\d)")
_UNITS: Final = {"second": FEW, "minute": FEW, "hour": FEW, "day": DAY, "week": MANY, "month": 2e-2}


def share(predicate: Predicate, table: Table, schema: Schema, *, purges: bool = False) -> float:
    """The share of a table's rows for which a condition holds.

    `purges` says that the statement removes what it finds: only what came since the last time is left.
    """
    kind = predicate.kind
    if kind in {"equal", "in"}:
        return min(1.0, _equal(predicate, table, schema) * predicate.values)
    if kind == "null":
        return _null(predicate.key, table)
    if kind == "between":
        return _between(predicate, table)
    if kind == "lower" and predicate.before_now and predicate.before_now <= RECENT:
        return DAY if predicate.before_now <= NEW else MANY
    if kind == "upper" and predicate.before_now is not None and _is_due(predicate.key):
        return MANY
    if kind == "upper" and purges and _is_time_key(predicate.key, table):
        return MANY
    return _SHARES[kind]


def _said(table: Table, name: str) -> Column:
    """A column; of a table that is only altered in the files at hand nobody may have said it."""
    return table.columns.get(name) or Column(name)


def is_flag(key: Key, table: Table, schema: Schema) -> bool:
    """Whether a column has a handful of values: a state, a kind, a reference to a lookup table."""
    if key.column is None:
        return False
    column = _said(table, key.column)
    if column.type in {"boolean", "bool"} or column.choices or column.type in schema.enums:
        return True
    if column.type.startswith(("smallint", "int2", "char(1)", "char(2)")):
        return True
    words = key.column.split("_")
    if words[-1] in _STATES or words[0] in {"is", "has"}:
        return True
    if words[-1] == "code" and len(words) > 1 and words[-2] in _STATES:
        return True
    keys = [one for one in table.foreign_keys if one.columns == (key.column,)]
    parents = [parent for one in keys if (parent := schema.table(one.table)) is not None]
    return any(is_list(parent, schema) for parent in parents)


def _equal(predicate: Predicate, table: Table, schema: Schema) -> float:
    key = predicate.key
    if key.column is None:
        return _expression(predicate, table, schema)
    column = _said(table, key.column)
    if column.type in {"boolean", "bool"}:
        return HALF
    if predicate.constant in {"0", "''"}:
        # What many rows have that have nothing else.
        return FLAG
    if is_flag(key, table, schema):
        return FLAG
    words = key.column.split("_")
    if words[-1] == "id" and words[0] in _SCOPES:
        return MANY
    return DAY if column.type == "date" else FEW


def _expression(predicate: Predicate, table: Table, schema: Schema) -> float:
    """Of the equality of an expression: as of its column, if it is one in another spelling."""
    key = predicate.key
    node = parsed(key.expression)
    if node is None or len(key.columns) != 1:
        return FEW
    column = table.columns.get(key.columns[0])
    type_ = column.type if column is not None else ""
    if type_.startswith("json"):
        return HALF if (predicate.constant or "").strip("'").lower() in {"true", "false"} else FEW
    if is_time(type_):
        if isinstance(node, exp.Extract):
            return FLAG
        unit = node.find(exp.Var, exp.Literal) if not isinstance(node, exp.Cast) else None
        return _UNITS.get(unit.name.lower(), FLAG) if unit is not None else DAY
    inner = type(key)(key.columns[0], columns=key.columns)
    return FLAG if is_flag(inner, table, schema) else FEW


def _null(key: Key, table: Table) -> float:
    """Of rows without a value: few where all get one in the end, most where it marks the exception."""
    if key.column is None or not _said(table, key.column).nullable:
        return MOST
    return MANY if key.column.split("_")[0] in _DONE else MOST


def _between(predicate: Predicate, table: Table) -> float:
    days = [
        date(int(y), min(12, int(m)) or 1, 1).toordinal() + int(d)
        for y, m, d in _DATES.findall(predicate.sql)
    ]
    if len(days) == 2 and days[1] - days[0] > LONG:
        return THIRD
    if _is_time_key(predicate.key, table):
        return DAY
    ends = [float(one) for one in _NUMBER.findall(predicate.constant or "")]
    wide = len(ends) == 2 and ends[1] - ends[0] > _WIDE * ends[1]
    return THIRD if wide else 2e-2


def _is_due(key: Key) -> bool:
    """Whether a column says when something is to happen: what has come is soon done and gone."""
    return key.column is not None and not _DUE.isdisjoint(key.column.split("_"))


def _is_time_key(key: Key, table: Table) -> bool:
    return key.column is not None and is_time(_said(table, key.column).type)
