"""Names in SQL that are only known when the program runs: quoted by the library, or one of a list."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, Fix
from backend_architect.fixes.layout import indent_of, newline_of
from backend_architect.python.values import Instance, Symbol
from backend_architect.sql.name_holes import NameRole, name_role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.python.embedded import Sink
    from backend_architect.python.folded import Hole
    from backend_architect.python.place import Place
    from backend_architect.sql.query import Query

_QUOTED = "A quoted name is taken to the letter: capitals count, and `schema.table` is two names."
_LISTED = "Only the names that the statement itself mentions are let through; add those that are missing."

_DRIVERS = {"psycopg.": "psycopg.sql", "psycopg2.": "psycopg2.sql"}
_WRAPPER = "django.db.backends.base.base.BaseDatabaseWrapper"

_REFUSALS = (
    ("flask", "flask.abort", "abort(400)"),
    ("fastapi", "fastapi.HTTPException", "raise HTTPException(400)"),
    ("django", "django.core.exceptions.BadRequest", "raise BadRequest"),
)
"""How a handler says that a request makes no sense, by framework."""


@dataclass(frozen=True, slots=True)
class NameHole:
    """A hole that stands for a name, and what it names."""

    hole: Hole
    query: Query
    role: NameRole


def name_hole(hole: Hole, span: tuple[int, int], query: Query) -> NameHole:
    """A hole with what it names."""
    return NameHole(hole, query, name_role(query, span))


def quote_or_list(found: Sequence[NameHole], sink: Sink, at: Place, *, request: bool) -> Fix | None:
    """The fix for the names in a statement: a list of those allowed, or quotes by the library.

    Args:
        found: the holes that stand for names.
        sink: the call and its statement.
        at: where the call stands.
        request: whether a request decides the first of them, so that the answer to it can say no.
    """
    ordered = [one for one in found if one.role in {"column", "direction"}]
    if ordered and len(found) == 1:
        fix = _allowed(ordered[0], sink, at, request=request)
        if fix is not None:
            return fix
    if any(one.role not in {"table", "column"} for one in found):
        return None
    return _quoted_by_psycopg(found, sink, at) or _quoted_by_django(found, sink, at)


# A list of names


def _allowed(found: NameHole, sink: Sink, at: Place, *, request: bool) -> Fix | None:
    """Let through the columns that the statement selects, or the two directions."""
    node = found.hole.node
    names = ("ASC", "DESC") if found.role == "direction" else _selected(found.query)
    statement = next((one for one in at.around(sink.call) if isinstance(one, ast.stmt)), None)
    if not isinstance(node, ast.Name) or not names or statement is None:
        return None
    if not _is_written_here(found.hole, statement, at):
        return None
    start = at.range_of(statement)[0]
    indent = indent_of(start, at)
    refusal = next((one for one in _REFUSALS if request and at.look(f"%imports.{one[0]}") is not None), None)
    if indent is None or (refusal is not None and not _is_free(refusal[1], at)):
        return None
    tested = f"{node.id}.upper()" if found.role == "direction" else node.id
    listed = ", ".join(f'"{name}"' for name in names)
    answer = refusal[2] if refusal is not None else f'raise ValueError(f"not allowed: {{{node.id}}}")'
    lines = [f"if {tested} not in {{{listed}}}:", f"    {answer}"]
    text = "".join(f"{line}{newline_of(at)}{indent}" for line in lines)
    edits = [at.edit(start, start, text)]
    module, _, name = refusal[1].rpartition(".") if refusal is not None else ("", "", "")
    imports = (f"from {module} import {name}",) if module else ()
    return Fix(f"Allow only {_shown(names)}", "unsafe", _LISTED, lambda: edits, imports)


def _is_free(path: str, at: Place) -> bool:
    """Whether a name is not taken by another thing."""
    return at.resolve(ast.Name(path.rpartition(".")[2])) in {None, Symbol(path)}


def _shown(names: Sequence[str]) -> str:
    shown = [f"`{name}`" for name in names[:3]]
    return " and ".join(shown) if len(names) < 3 else ", ".join(shown) + (" ..." if len(names) > 3 else "")


def _is_written_here(hole: Hole, statement: ast.stmt, at: Place) -> bool:
    holder = hole.operation or hole.literal or hole.node
    return any(outer is statement for outer in at.around(holder))


def _selected(query: Query) -> tuple[str, ...]:
    """The plain columns that a statement selects, if it selects nothing else."""
    from sqlglot import exp  # noqa: PLC0415 - imported when the first statement is parsed

    tree = query.tree
    if not isinstance(tree, exp.Select):
        return ()
    columns = [one for one in tree.expressions if isinstance(one, exp.Column) and not one.table]
    names = tuple(one.name for one in columns)
    plain = len(columns) == len(tree.expressions) and all(name.isidentifier() for name in names)
    return names if plain and not any(name.startswith(("_hole", "_p")) for name in names) else ()


# Quotes by the library


def _quoted_by_psycopg(found: Sequence[NameHole], sink: Sink, at: Place) -> Fix | None:
    """Compose the statement with `psycopg.sql`."""
    receiver = at.path(sink.call.func) or ""
    module = next((name for prefix, name in _DRIVERS.items() if receiver.startswith(prefix)), None)
    literal = sink.sql
    own = {id(one.hole) for one in found}
    if module is None or not isinstance(literal, ast.JoinedStr) or at.f_string(literal) is not None:
        return None
    plain = all(
        id(hole) in own and hole.literal is literal and hole.plain and hole.style == "f-string"
        for hole in sink.folded.holes
    )
    if not plain or not _is_free(module, at):
        return None
    string = at.view.string(literal)
    fields = string.fields()
    if len(fields) != len(found):
        return None
    edits = [at.edit(field.start, field.end, "{}") for field in fields]
    for token in string.tokens:
        if "f" in token.prefix:
            start = token.start + token.prefix.index("f")
            edits.append(at.edit(start, start + 1, ""))
        elif any(char in "{}" for char, start, _ in string.characters() if token.start <= start < token.end):
            return None
    start, end = at.range_of(literal)
    names = ", ".join(f"sql.Identifier({field.expression})" for field in fields)
    edits += [at.edit(start, start, "sql.SQL("), at.edit(end, end, f").format({names})")]
    package = module.partition(".")[0]
    title = f"Quote the name{'s' if len(found) > 1 else ''} with `sql.Identifier`"
    return Fix(title, "unsafe", _QUOTED, lambda: edits, (f"from {package} import sql",))


def _quoted_by_django(found: Sequence[NameHole], sink: Sink, at: Place) -> Fix | None:
    """Let the connection quote the names."""
    is_django = (at.path(sink.call.func) or "").startswith("django.db.")
    if not is_django or at.resolve(ast.Name("connection")) != Instance(_WRAPPER):
        return None
    edits: list[Edit] = []
    for one in found:
        hole = one.hole
        if hole.style != "f-string" or hole.literal is None or not hole.plain:
            return None
        if at.f_string(hole.literal) is not None:
            return None
        field = at.view.string(hole.literal).fields()[hole.start]
        edits.append(at.edit(field.start, field.end, f"{{connection.ops.quote_name({field.expression})}}"))
    return Fix("Quote the name with `quote_name`", "unsafe", _QUOTED, lambda: edits)
