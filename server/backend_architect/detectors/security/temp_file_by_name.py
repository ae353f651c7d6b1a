"""Names of temporary files that somebody else may take first."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit
    from backend_architect.python.place import Place

_NAMING = frozenset({"tempfile.mktemp", "os.tempnam", "os.tmpnam"})
_PARAMETERS = ("suffix", "prefix", "dir")
_REASON = "The file exists at once and is empty; what expects that it does not exist yet must change."


@detector(on=ast.Call, imports={"tempfile", "os"})
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at functions that give a name without making the file."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    path = at.path(call.func) if "mp" in name else None
    if path in _NAMING:
        message = f"`{path}` gives a name that somebody else can take before the file is made"
        yield at.finding(call.func, message, _made_at_once(call, at) if path == "tempfile.mktemp" else None)


def _made_at_once(call: ast.Call, at: Place) -> Fix | None:
    starred = any(isinstance(one, ast.Starred) for one in call.args)
    if starred or not isinstance(call.func, ast.Attribute) or at.f_string(call) is not None:
        return None
    start, end = at.range_of(call)
    edits: list[Edit] = [
        at.edit(at.range_of(call.func.value)[1], at.range_of(call.func)[1], ".NamedTemporaryFile")
    ]
    for parameter, argument in zip(_PARAMETERS, call.args, strict=False):
        place = at.range_of(argument)[0]
        edits.append(at.edit(place, place, f"{parameter}="))
    last = at.view.source.text[start : end - 1].rstrip()
    comma = "" if last.endswith(("(", ",")) else ", "
    edits.append(at.edit(end - 1, end, f"{comma}delete=False).name"))
    return Fix("Make the file with its name", "unsafe", _REASON, lambda: edits)
