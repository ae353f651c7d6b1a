"""Request data where SQL has names and keywords, which no parameter can stand for."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.fixes.identifiers import name_hole, quote_or_list
from backend_architect.python.embedded import sink_at
from backend_architect.python.marks import SERVERS
from backend_architect.sql.holes import roles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place


@detector(on=ast.Call, imports=SERVERS)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at the holes that another rule leaves alone because they stand for no value."""
    sink = sink_at(call, at) if call.args or call.keywords else None
    if sink is None or not sink.folded.holes:
        return
    for query, holes in zip(sink.queries, sink.holes, strict=True):
        for hole, role, span in zip(holes, roles(query), query.holes, strict=True):
            source = at.request_data(hole.node, "sql") if role not in {"value", "quoted"} else None
            if source is not None and not hole.numeric:
                message = (
                    f"{source.text} is a name or a keyword of this SQL: its sender writes the rest of it"
                )
                fix = quote_or_list([name_hole(hole, span, query)], sink, at, request=True)
                yield at.finding(sink.sql, message, fix)
                return
