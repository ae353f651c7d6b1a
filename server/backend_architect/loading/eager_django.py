"""Writing `select_related` and `prefetch_related` into queries of Django."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.python.words import word_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.loading.chains import Link, Script
    from backend_architect.loading.loads import Loads
    from backend_architect.loading.values import Query

_KEEPING: Final = word_set(
    """
    filter exclude order_by all distinct using reverse annotate alias select_for_update defer complex_filter
    select_related prefetch_related
    """
)


def loader(way: Sequence[Link]) -> str:
    """The method that loads what is at the end of a way."""
    return "prefetch_related" if any(one.collection for one in way) else "select_related"


def can_load(ways: Sequence[Sequence[Link]], query: Query, _: Loads) -> bool:
    """Whether a query can load what lies on some ways: rows of an `iterator()` have nothing prefetched."""
    return not query.streamed or all(loader(way) == "select_related" for way in ways)


def edits(script: Script, root: ast.expr, ways: Sequence[Sequence[Link]], query: Query) -> list[Edit]:
    """The edits that make a query load what lies on some ways.

    Raises:
        UnwritableError: the query cannot load it.
    """
    if query.start == "get":
        return [_shortcut(script, root, ways)]
    chain = script.chain(root, _KEEPING)
    names = [_name(call) for call in chain]
    following = list(script.following(chain[-1] if chain else root))
    found: dict[str, list[str]] = {}
    for way in ways:
        how = "prefetch_related" if "select_for_update" in names else loader(way)
        if how == "prefetch_related" and "iterator" in following:
            raise UnwritableError("`iterator()` does not load what is prefetched")
        found.setdefault(how, []).append(_written(way, script))
    new: list[Edit] = []
    added = ""
    for how, written in sorted(found.items(), reverse=True):
        present = next((call for call in reversed(chain) if _name(call) == how and call.args), None)
        if present is not None:
            new.append(script.append_argument(present, ", ".join(written)))
        else:
            added += f".{how}({', '.join(written)})"
    if added:
        new.append(script.append_call(chain[-1] if chain else root, added))
    return new


def _shortcut(script: Script, root: ast.expr, ways: Sequence[Sequence[Link]]) -> Edit:
    """`get_object_or_404(Order, ...)` asks a query instead of the class."""
    if not isinstance(root, ast.Call) or not root.args:
        raise UnwritableError("the query is not there any more")
    end = script.range_of(root.args[0])[1]
    calls = "".join(f".{loader(way)}({_written(way, script)})" for way in ways)
    return script.edit(end, end, f".objects{calls}")


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _written(way: Sequence[Link], script: Script) -> str:
    text = script.source.text
    quote = "'" if text.count("'") > 2 * text.count('"') else '"'
    return f"{quote}{'__'.join(one.name for one in way)}{quote}"
