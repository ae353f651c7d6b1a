"""Data from outside that is read back by something that runs code for it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.detectors.security.pickle_from_elsewhere import gives
from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.arguments import remove_argument, replace_callee
from backend_architect.knowledge import libraries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

_MODULES = libraries.modules("unpickling", "yaml-loading") | {"shelve", "ruamel", "six", "sklearn"}
_UNSAFE_LOADERS = frozenset({"yaml.Loader", "yaml.CLoader", "yaml.UnsafeLoader", "yaml.CUnsafeLoader"})
_FULL_LOADERS = frozenset({"yaml.FullLoader", "yaml.CFullLoader"})

_RUNS = "whoever writes the data runs code in this process"
_REASON = "Documents with tags that make Python objects raise an error."


@detector(on=ast.Call, imports=_MODULES)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Loaders of YAML are judged by themselves, those of pickles by what they are given."""
    path = at.path(call.func)
    yaml = libraries.entry("yaml-loading", path) if path is not None else None
    if path is not None and yaml is not None:
        problem = f"`{path}` makes any object" if yaml.get("always") else _loader_problem(call, path, at)
        text = at.argument(call, 0, "stream")
        if problem is not None and not (text is not None and at.is_fixed(text)):
            yield at.finding(call.func, f"{problem}: {_RUNS}", _safe_load(call, yaml["safe"], at))
        return
    if path == "ruamel.yaml.YAML" and at.constant(at.argument(call, None, "typ")) == "unsafe":
        yield at.finding(call, f"`typ='unsafe'` makes any object: {_RUNS}")
    if path is not None and _is_safe(call, path, at):
        return
    for use in at.sinks(call, "deserialize"):
        yield at.finding(use.argument, f"`{use.sink}` is given {use.source.text}: {_RUNS}")
        return


def _is_safe(call: ast.Call, path: str, at: Place) -> bool:
    """Whether a call reads data only, as it is told to or by itself."""
    safe = libraries.entry("safe-unpickling", path, at.version)
    if safe is None:
        return False
    return gives(call, safe["given"], at) if "given" in safe else not gives(call, safe["unless"], at)


def _loader_problem(call: ast.Call, path: str, at: Place) -> str | None:
    """What is wrong with the loader that a call names, or does not name."""
    loader = at.argument(call, 1, "Loader")
    if loader is None:
        hidden = any(keyword.arg is None for keyword in call.keywords)
        starred = any(isinstance(one, ast.Starred) for one in call.args)
        without = libraries.entry("yaml-without-loader", path, at.version)
        return (
            None if hidden or starred or without is None else f"`{path}` without a loader {without['does']}"
        )
    named = at.path(loader)
    if named in _UNSAFE_LOADERS:
        return f"`{named}` makes any object"
    data = at.argument(call, 0, "stream")
    if named in _FULL_LOADERS and data is not None and at.request_data(data, "deserialize") is not None:
        return f"`{named}` has made any object more than once"
    return None


def _safe_load(call: ast.Call, safe: str, at: Place) -> Fix | None:
    replaced = replace_callee(call, safe, at)
    if replaced is None:
        return None
    edits, imports = replaced
    if any(keyword.arg == "Loader" for keyword in call.keywords):
        removed = remove_argument(call, "Loader", at)
        if removed is None:
            return None
        edits.append(removed)
    elif len(call.args) > 1:
        edits.append(at.edit(at.range_of(call.args[0])[1], at.range_of(call.args[1])[1], ""))
    return Fix(f"Call `{safe}`", "unsafe", _REASON, lambda: edits, imports)
