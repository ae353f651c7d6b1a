"""Names of temporary files that somebody else may take first."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.calls import append_argument

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
    kept = append_argument(call, "delete=False", at)
    if kept is None:
        return None
    end = at.range_of(call)[1]
    edits: list[Edit] = [
        at.edit(at.range_of(call.func.value)[1], at.range_of(call.func)[1], ".NamedTemporaryFile"),
        kept,
        at.edit(end, end, ".name"),
    ]
    for parameter, argument in zip(_PARAMETERS, call.args, strict=False):
        place = at.range_of(argument)[0]
        edits.append(at.edit(place, place, f"{parameter}="))
    return Fix("Make the file with its name", "unsafe", _REASON, lambda: edits)
