"""The kind of detector that looks for request data in calls that it must not reach as it is."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import Detector, detector
from backend_architect.fixes.request_guards import guard
from backend_architect.python.marks import SERVERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.knowledge.cards import Card
    from backend_architect.python.flows.facts import SinkUse
    from backend_architect.python.place import Place


def request_data_in_call(card: Card) -> Detector:
    """Request data that reaches a sink of a kind, in a call or through a helper of the module."""
    kind: str = card.detect["sink"]
    message: str = card.detect["message"]

    @detector(on=ast.Call, imports=SERVERS)
    def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
        if not call.args and not call.keywords and not isinstance(call.func, ast.Attribute):
            return
        found = {use.argument: use for use in at.sinks(call, kind)}
        for argument, use in found.items():
            fix = guard(kind, call, use, at) if card.fix is not None else None
            yield at.finding(argument, _filled(message, use), fix)

    return detect


def _filled(message: str, use: SinkUse) -> str:
    sink = f"`{use.sink}`" if use.helper is None else f"`{use.sink}` in `{use.helper}`"
    return message.replace("{source}", use.source.text).replace("{sink}", sink)
