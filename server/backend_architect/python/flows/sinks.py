"""Where calls do harm with the data that they are given."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from backend_architect.knowledge import libraries
from backend_architect.python.flows.data import NOT_CONSTANT, Data, united
from backend_architect.python.flows.state import State, Use
from backend_architect.python.words import word_set, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.flows.calls import Call

_EXECUTING = frozenset({"execute", "executemany", "executescript"})
_CURSORS = word_set("c conn connection cur curs cursor database db engine session sqlite transaction")


def note(walk: State, node: ast.Call, use: Use) -> None:
    """Remember that data reaches a sink."""
    uses = walk.uses.setdefault(node, {})
    key = (use.kind, use.sink, use.argument)
    before = uses.get(key)
    uses[key] = (
        use
        if before is None
        else replace(use, marks=united([before.marks, use.marks]), helpers=min(before.helpers, use.helpers))
    )


def note_sinks(walk: State, call: Call) -> None:
    """Remember which sinks a call of a library is."""
    path = call.path
    for sink in libraries.sinks(path) if path is not None and "." in path else ():
        for data, expression in _reaching(sink, call):
            marks = data.all_marks
            if marks and not is_content(data, sink.kind):
                name = (path or "").removeprefix("builtins.")
                note(walk, call.node, Use(sink.kind, name, expression, marks))


def note_statement(walk: State, call: Call) -> None:
    """Remember what is given to `execute` of something that nobody knows, but that is called a cursor."""
    function = call.node.func
    if not isinstance(function, ast.Attribute) or function.attr not in _EXECUTING:
        return
    receiver = function.value.func if isinstance(function.value, ast.Call) else function.value
    name = getattr(receiver, "attr", getattr(receiver, "id", ""))
    given = call.arguments.argument(0, None)
    if given is not None and given[0].all_marks and not _CURSORS.isdisjoint(words_of(name)):
        note(walk, call.node, Use("sql", function.attr, given[1], given[0].all_marks))


def is_content(data: Data, kind: str) -> bool:
    """Whether an open file is given where a path is looked for."""
    return kind == "path" and data.type is not None and libraries.entry("open-files", data.type) is not None


def _reaching(sink: libraries.Sink, call: Call) -> Iterator[tuple[Data, ast.expr]]:
    arguments = call.arguments
    for keyword, wanted in sink.when.items():
        found = arguments.keywords.get(keyword)
        if found is None or found[0].constant is NOT_CONSTANT or found[0].constant != wanted:
            return
    if any(_tells_other_type(arguments.keywords.get(keyword)) for keyword in sink.html_unless):
        return
    if sink.receiver:
        if call.receiver is not None and isinstance(call.node.func, ast.Attribute):
            yield call.receiver, call.node.func.value
    elif sink.each:
        yield from arguments.positional
        yield from arguments.rest
    elif (one := arguments.argument(sink.position, sink.keyword)) is not None:
        yield one


def _tells_other_type(given: tuple[Data, ast.expr] | None) -> bool:
    """Whether the type of an answer, or the headers that may name it, say anything but HTML."""
    if given is None:
        return False
    data, _ = given
    if data.parts is not None:
        named = [one for key, one in data.parts.items() if str(key).lower() == "content-type"]
        return any(_tells_other_type((one, given[1])) for one in named)
    return data.constant is not None and "html" not in str(data.constant).lower()
