"""Which new types and defaults make PostgreSQL write all rows of a table anew.

Measured on PostgreSQL 15 by the number of the file in which a table is kept (`pg_class.relfilenode`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from backend_architect.schema.model import Column

_TYPE: Final = re.compile(r"([a-z_][\w .]*?)(?:\((\d+)(?:, ?(-?\d+))?\))?( with(?:out)? time zone)?(\[\])?")
_USUALLY_WIDER: Final = frozenset({"text", "varchar", "citext", "numeric"})
_PRECISE: Final = frozenset(
    {"timestamp", "time", "timestamp with time zone", "time with time zone", "interval"}
)
_LONGEST: Final = 6
"""Digits of a second where none are said."""
_SERIALS: Final = frozenset({"smallserial", "serial", "bigserial"})
_VOLATILE: Final = re.compile(
    r"\b(?:random|random_normal|gen_random_uuid|gen_random_bytes|uuidv[47]|uuid_generate_v\w+|clock_timestamp"
    r"|timeofday|nextval|setval|txid_current|pg_current_xact_id|currval|lastval"
    r"|generate_\w+|nanoid|ulid\w*|ksuid\w*|gen_\w+)\s*\(",
    re.IGNORECASE,
)
"""Functions that give another value at each call; `now()` gives the same all through a transaction."""


def keeps_rows(before: str, after: str, using: str, column: str) -> bool:
    """Whether the rows of a table stay as they are when a column gets another type.

    Args:
        before: the type so far; empty where nobody knows it.
        after: the new type.
        using: the expression that makes its values; empty for a plain cast.
        column: the name of the column.
    """
    if using and not re.fullmatch(rf'\(*"?{re.escape(column)}"?\)*(?:\s*::.*)?', using, re.IGNORECASE):
        return False
    if not before:
        # Most people make these wider, which is no rewrite; to say more would be a guess.
        return after.partition("(")[0] in _USUALLY_WIDER
    if before == after:
        return True
    old, new = _parts(before), _parts(after)
    if old is None or new is None or old[3] != new[3]:
        return False
    return _widens(old[:3], new[:3])


_Parts = tuple[str, int | None, int | None]


def _parts(said: str) -> tuple[str, int | None, int | None, bool] | None:
    found = _TYPE.fullmatch(said)
    if found is None:
        return None
    length, scale = (int(one) if one is not None else None for one in (found[2], found[3]))
    return found[1].strip() + (found[4] or ""), length, scale, found[5] is not None


def _widens(old: _Parts, new: _Parts) -> bool:
    (was, length, scale), (name, wider, finer) = old, new
    if was in {"varchar", "text"} and name in {"varchar", "text"}:
        grows = was == "varchar" and length is not None and wider is not None and wider >= length
        return name == "text" or wider is None or grows
    if was == name == "numeric":
        same = (scale or 0) == (finer or 0)
        return wider is None or (length is not None and same and wider >= length)
    if was == name and name in _PRECISE:
        return (wider or _LONGEST) >= (length or _LONGEST)
    if (was, name) == ("cidr", "inet"):
        return True
    if was in {"bit", "varbit"} and name == "varbit":
        return wider is None or (length is not None and wider >= length)
    return False


def computes_each_row(column: Column) -> bool:
    """Whether a new column has another value in each row, so that all rows are written."""
    default = column.default or ""
    if column.type in _SERIALS or default.endswith(("as identity", "auto_increment")):
        return True
    if default.startswith("generated "):
        return not default.endswith("virtual")
    return _VOLATILE.search(default) is not None
