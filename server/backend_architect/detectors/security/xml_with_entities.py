"""XML from outside that may name files of this machine, or grow without end."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.arguments import replace_callee
from backend_architect.knowledge import libraries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

_MODULES = libraries.modules("xml-parsing", "xml-parsers")
_EXTERNAL = frozenset({"xml.sax.handler.feature_external_ges", "xml.sax.handler.feature_external_pes"})
_SWITCHES = {
    "resolve_entities": (True, "False", "puts files of this machine into the document that names them"),
    "load_dtd": (True, "False", "reads the files that the document names"),
    "no_network": (False, "True", "fetches the addresses that the document names"),
}
_REASON = "Documents that declare entities are refused."
_DEFUSED = "Documents that declare entities are refused, and the package `defusedxml` has to be installed."


@detector(on=ast.Call, imports=_MODULES)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Parsers that resolve entities, and documents of requests in parsers that nobody has hardened."""
    path = at.path(call.func)
    if path is not None and libraries.entry("xml-parsers", path) is not None:
        yield from _of_parser(call, at)
    if isinstance(call.func, ast.Attribute) and call.func.attr == "setFeature":
        yield from _of_feature(call, at)
    if _has_parser(call, path, at):
        return
    for use in at.sinks(call, "xml"):
        if use.sink.startswith("lxml."):
            files = libraries.entry("xml-with-files", use.sink, at.version)
            if files is None:
                return
            message = (
                f"{use.source.text} may name files of this machine, "
                f"which lxml before {files['before']} puts into it"
            )
        else:
            message = f"{use.source.text} may grow to gigabytes here, unless expat is new enough to refuse"
        yield at.finding(use.argument, message, _defused(call, path, at))
        return


def _of_parser(call: ast.Call, at: Place) -> Iterator[Finding]:
    for keyword in call.keywords:
        dangerous = _SWITCHES.get(keyword.arg or "")
        if dangerous is not None and at.constant(keyword.value) is dangerous[0]:
            written = f"`{keyword.arg}={ast.unparse(keyword.value)}`"
            edit = at.edit(*at.range_of(keyword.value), dangerous[1])
            title = f"Set `{keyword.arg}` to `{dangerous[1]}`"
            fix = Fix(title, "unsafe", _REASON, lambda edit=edit: [edit])
            yield at.finding(keyword.value, f"{written} {dangerous[2]}", fix)
            return


def _of_feature(call: ast.Call, at: Place) -> Iterator[Finding]:
    value = at.constant(call.args[1]) if len(call.args) == 2 else None
    if isinstance(value, int) and value and at.path(call.args[0]) in _EXTERNAL:
        edit = at.edit(*at.range_of(call.args[1]), "False")
        fix = Fix("Do not resolve external entities", "unsafe", _REASON, lambda: [edit])
        yield at.finding(call, "the parser puts files of this machine into the document that names them", fix)


def _has_parser(call: ast.Call, path: str | None, at: Place) -> bool:
    """Whether a call is given a parser, which is judged where it is made."""
    if path is None or not path.startswith(("lxml.", "xml.etree.", "xml.dom.")):
        return False
    return at.argument(call, None if path.endswith("iterparse") else 1, "parser") is not None


def _defused(call: ast.Call, path: str | None, at: Place) -> Fix | None:
    entry = libraries.entry("xml-parsing", path) if path is not None else None
    if path is None or entry is None:
        return None
    target = f"{entry['defused']}.{path.rpartition('.')[2]}"
    replaced = replace_callee(call, target, at)
    if replaced is None:
        return None
    edits, imports = replaced
    return Fix(f"Call `{target}`", "unsafe", _DEFUSED, lambda: edits, imports)
