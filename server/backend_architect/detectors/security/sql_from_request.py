"""Statements that come from a request as a whole, or of which nobody can read how they are put together."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.knowledge import libraries
from backend_architect.python.embedded import sink_at
from backend_architect.python.flows.facts import carried
from backend_architect.python.marks import FRAMEWORKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place


@detector(on=ast.Call, imports=FRAMEWORKS)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look where rules that read the statement have nothing to read."""
    path = at.path(call.func) if call.args or call.keywords else None
    argument = libraries.sql_argument(path) if path is not None else None
    sql = at.argument(call, argument.position, argument.keyword) if argument is not None else None
    source = at.request_data(sql, "sql") if sql is not None else None
    if sql is None or source is None:
        return
    data, sink = carried(at, sql), sink_at(call, at)
    if (sink is None or not sink.folded.holes) and data is not None and not data.is_container:
        yield at.finding(sql, f"{source.text} is run as SQL by `{path}`, whatever it says")
