"""Statements that come from a request as a whole, or of which nobody can read how they are put together."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.python.embedded import begins_as_sql, sink_at
from backend_architect.python.flows.facts import carried
from backend_architect.python.folded import Chunk
from backend_architect.python.marks import SERVERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place


@detector(on=ast.Call, imports=SERVERS)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look where rules that read the statement have nothing to read."""
    for use in at.sinks(call, "sql"):
        data, sink = carried(at, use.argument), sink_at(call, at)
        is_read = sink is not None and bool(sink.folded.holes)
        is_read |= use.helper is not None and not _is_statement(use.argument, at)
        if not is_read and (data is None or not data.is_container):
            through = f" in `{use.helper}`" if use.helper is not None else ""
            message = f"{use.source.text} is run as SQL by `{use.sink}`{through}, whatever it says"
            yield at.finding(use.argument, message)
            return


def _is_statement(node: ast.expr, at: Place) -> bool:
    """Whether a helper is given SQL; if it is given a value, what the helper does is found in the helper."""
    folded = at.fold(node)
    first = folded.parts[0] if folded is not None and folded.parts else None
    return isinstance(first, Chunk) and begins_as_sql(first.text)
