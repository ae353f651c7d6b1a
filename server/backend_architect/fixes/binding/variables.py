"""Variables and constants that hold the text of a statement, and who else reads them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit
from backend_architect.engine.text import SourceText
from backend_architect.fixes.binding.refusal import RefusedError
from backend_architect.fixes.layout import siblings
from backend_architect.fixes.statements import stands_alone
from backend_architect.python.bodies import names_in
from backend_architect.python.growth import added_to
from backend_architect.python.literals import read_string
from backend_architect.python.names import READS
from backend_architect.python.syntax import Unreadable, parse
from backend_architect.python.values import Instance, Literal, Symbol, local_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backend_architect.fixes.binding.rewriting import Change
    from backend_architect.python.embedded import Sink
    from backend_architect.python.place import Place

_LOGGING = frozenset({"critical", "debug", "error", "exception", "info", "log", "warn", "warning", "print"})
"""Names of calls that only show a text."""


def check_readers(sink: Sink, changed: set[ast.expr], at: Place) -> None:
    """Make sure that nobody else reads a variable whose text changes.

    Raises:
        RefusedError: when somebody does.
    """
    followed = {id(name) for name in sink.folded.names}
    held = [name for name in sink.folded.names if _holds(name, changed, at)]
    names = {name.id for name in held} | {
        one.target.id for one in ast.walk(sink.sql) if isinstance(one, ast.NamedExpr)
    }
    if at.function is None:
        return
    for node in (node for name in names for node in names_in(at.function).get(name, ())):
        if not isinstance(node.ctx, ast.Load):
            continue
        if (
            id(node) not in followed
            and not _is_grown(node, at)
            and not _is_shown(node, at)
            and _may_hold(node, changed, at)
        ):
            raise RefusedError(f"`{node.id}` is read elsewhere, too")


def unused_edits(names: Sequence[ast.Name], at: Place) -> list[Edit]:
    """The edits that remove the assignments of variables that were read in one place only."""
    edits: list[Edit] = []
    for name in names:
        uses = names_in(at.function).get(name.id, ()) if at.function is not None else ()
        statement = next(
            (outer for use in uses for outer in at.around(use) if isinstance(outer, ast.Assign)), None
        )
        if len(uses) != 2 or statement is None or len(siblings(statement, at)) == 1:
            continue
        start, end = at.range_of(statement)
        first, last = at.view.source.position(start)[0], at.view.source.position(end)[0]
        text = "".join(at.view.source.lines[first : last + 1])
        if stands_alone(statement, at) and "#" not in text:
            edits.append(at.edit(at.view.source.at(first, 0), at.view.source.at(last + 1, 0), ""))
    return edits


def _holds(name: ast.Name, changed: set[ast.expr], at: Place) -> bool:
    folded = at.fold(name)
    parts = folded.parts if folded is not None else []
    return any(part.literal in changed or part.node in changed for part in parts)


def _may_hold(name: ast.Name, changed: set[ast.expr], at: Place) -> bool:
    """Whether a variable may hold a text that changes; not if another one is assigned before it is read."""
    folded = at.fold(name)
    return folded is None or folded.ambiguous or _holds(name, changed, at)


def _is_grown(node: ast.Name, at: Place) -> bool:
    """Whether a text is read to put more behind it: `sql = sql + ...`."""
    statement = next((outer for outer in at.around(node) if isinstance(outer, ast.stmt)), None)
    added = added_to(statement)
    return added is not None and added[0] == node.id


def _is_shown(node: ast.AST, at: Place) -> bool:
    """Whether what is read only goes to a log."""
    for outer in at.around(node):
        if isinstance(outer, ast.stmt):
            return False
        if isinstance(outer, ast.Call):
            name = getattr(outer.func, "attr", getattr(outer.func, "id", ""))
            return name in _LOGGING
    return False


def constant_edits(changes: Sequence[Change], at: Place) -> Callable[[Sequence[str]], list[Edit]] | None:
    """What changes the constants of the module, given the lines of the file; None if there are none.

    Raises:
        RefusedError: when a constant stands in another file, or other code reads it.
    """
    by_name: dict[str, list[Change]] = {}
    for change in changes:
        if isinstance(change.holder, ast.Name | ast.Attribute):
            by_name.setdefault(_name(change.holder, at), []).append(change)
    if not by_name:
        return None

    def edits(lines: Sequence[str]) -> list[Edit]:
        return [edit for name, its in by_name.items() for edit in _edits(name, its, lines)]

    return edits


def _name(holder: ast.Name | ast.Attribute, at: Place) -> str:
    written = ast.unparse(holder)
    name = _full_name(holder, at)
    readers = at.look(name + READS) if name is not None else None
    if name is None or not isinstance(readers, Literal) or not isinstance(readers.value, int):
        raise RefusedError(f"the text of `{written}` stands elsewhere")
    if readers.value > 1:
        raise RefusedError(f"`{written}` is read elsewhere, too")
    return name


def _full_name(holder: ast.Name | ast.Attribute, at: Place) -> str | None:
    """The name of a constant as the module knows it: `QUERY`, `Orders.QUERY`."""
    if isinstance(holder, ast.Name):
        is_local = at.view.resolver(at.frame).scope.bindings_of(holder.id)
        return None if is_local else holder.id
    owner = at.resolve(holder.value)
    path = owner.type if isinstance(owner, Instance) else owner.path if isinstance(owner, Symbol) else ""
    owned = local_name(path) or (at.frame.owner_class if _is_class_parameter(holder.value) else None)
    return f"{owned}.{holder.attr}" if owned else None


def _is_class_parameter(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "cls"


def _edits(name: str, changes: Sequence[Change], lines: Sequence[str]) -> list[Edit]:
    """The edits of one constant, whose changes count the characters of its text."""
    text = "".join(lines)
    tree = parse(text)
    owner, _, attribute = name.rpartition(".")
    body = [] if isinstance(tree, Unreadable) else tree.body
    if owner:
        classes = (one for one in body if isinstance(one, ast.ClassDef) and one.name == owner)
        found = next(classes, None)
        body = found.body if found is not None else []
    values = [
        statement.value
        for statement in body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        and statement.value is not None
        and any(isinstance(one, ast.Name) and one.id == attribute for one in _targets(statement))
    ]
    if len(values) != 1:
        return []
    source = SourceText(text)
    node = values[0]
    start = source.offset(node.lineno - 1, node.col_offset)
    end = source.offset((node.end_lineno or node.lineno) - 1, node.end_col_offset or 0)
    characters = read_string(text, start, end).characters()
    edits: list[Edit] = []
    for change in changes:
        first = characters[change.start][1]
        last = characters[change.end - 1][2] if change.end > change.start else first
        edits.append(Edit(source.span(first, last), change.text))
    return edits


def _targets(statement: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return statement.targets if isinstance(statement, ast.Assign) else [statement.target]
