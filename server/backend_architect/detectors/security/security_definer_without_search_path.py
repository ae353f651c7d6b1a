"""Functions that run with the rights of their owner, and find tables where the caller says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.sql.query import Query
from backend_architect.sql.spans import keyword_span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.sql.query import QueryPlace

_SETTING = " SET search_path = pg_catalog, public, pg_temp"
_REASON = "Names in schemas other than `public` are not found any more unless their schema is written."


@detector(on=Query)
def detect(query: Query, at: QueryPlace) -> Iterator[Finding]:
    """Look at definitions only: what ALTER FUNCTION leaves unsaid may have been said before."""
    text = query.text.upper()
    if query.dialect != "postgres" or "DEFINER" not in text or not text.lstrip().startswith("CREATE"):
        return
    definer = keyword_span(query.parsed, "SECURITY", "DEFINER")
    if definer is None or not any(keyword_span(query.parsed, kind) for kind in ("FUNCTION", "PROCEDURE")):
        return
    if keyword_span(query.parsed, "SET", "SEARCH_PATH") or keyword_span(query.parsed, "BEGIN", "ATOMIC"):
        return
    message = "by its `search_path` the caller chooses which tables this touches with its owner's rights"
    edit = query.replace(definer[1], definer[1], _SETTING)
    fix = Fix("Set the search_path", "unsafe", _REASON, lambda: [edit]) if edit is not None else None
    yield at.finding(query.locate(*definer), message, fix)
