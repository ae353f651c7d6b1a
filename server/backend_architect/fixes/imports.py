"""Adding import statements where they belong."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, Span
from backend_architect.engine.text import newline_of, split_lines
from backend_architect.python.syntax import Unreadable, parse

if TYPE_CHECKING:
    from collections.abc import Sequence


def add_imports(lines: Sequence[str], statements: Sequence[str]) -> list[Edit]:
    """The edits that add the import statements that a file lacks at its top, sorted as isort sorts them."""
    body = _body(lines)
    present = _top(body)
    # What is guarded by `try` is imported as well; without the guard the module would need it.
    tried = (node for one in body if isinstance(one, ast.Try) for node in one.body)
    known = {
        ast.unparse(node) for node in (*present, *tried) if isinstance(node, ast.Import | ast.ImportFrom)
    }
    newline = newline_of(lines)
    missing = [one for one in statements if not _provided(one, known)]
    return [_join(lines, present, one) or _add(lines, present, one, newline) for one in missing]


def _join(lines: Sequence[str], top: Sequence[ast.stmt], statement: str) -> Edit | None:
    """The edit that adds a name to an import of the same module on one line, by the alphabet."""
    new = ast.parse(statement).body[0]
    for node in top:
        if not isinstance(new, ast.ImportFrom) or not isinstance(node, ast.ImportFrom):
            continue
        if len(new.names) == 1 and (node.module, node.level) == (new.module, new.level):
            below = _join_below(lines, node, new.names[0].name)
            if below is not None:
                return below
        line = lines[node.lineno - 1]
        names = [alias.name for alias in node.names]
        plain = f"from {new.module} import {', '.join(names)}"
        if node.module != new.module or line.rstrip() != plain or len(new.names) != 1:
            continue
        behind = next((name for name in names if name > new.names[0].name), None)
        column = plain.index(f" {behind}", plain.index(" import ") + 7) + 1 if behind else len(plain)
        text = f"{new.names[0].name}, " if behind else f", {new.names[0].name}"
        return Edit(Span(node.lineno - 1, column, node.lineno - 1, column), text)
    return None


def _join_below(lines: Sequence[str], node: ast.ImportFrom, name: str) -> Edit | None:
    """The same for an import whose names stand on lines of their own."""
    if any(lines[one.lineno - 1].split("#")[0].strip() != f"{one.name}," for one in node.names):
        return None
    behind = next((one.lineno - 1 for one in node.names if one.name > name), (node.names[-1].lineno))
    first = lines[node.names[0].lineno - 1]
    text = first[: len(first) - len(first.lstrip())] + f"{name},{newline_of(lines)}"
    return Edit(Span(behind, 0, behind, 0), text)


def _provided(statement: str, known: set[str]) -> bool:
    """Whether the file already binds the names of an import statement to the same things."""
    head, word, wanted = statement.rpartition("import ")
    prefix = head + word
    names = {name for one in known if one.startswith(prefix) for name in one.removeprefix(prefix).split(", ")}
    return names.issuperset(wanted.split(", "))


def _body(lines: Sequence[str]) -> list[ast.stmt]:
    """The statements of a file, up to the first that cannot be read."""
    tree = parse("".join(lines))
    end = len(lines)
    while isinstance(tree, Unreadable):
        end = min(tree.line - 1, end - 1)
        if end <= 0:
            return []
        tree = parse("".join(lines[:end]))
    return tree.body


def _top(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The first statements, up to one that is neither docstring nor import."""
    top: list[ast.stmt] = []
    for node in body:
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not docstring and not isinstance(node, ast.Import | ast.ImportFrom):
            break
        top.append(node)
    return top


def _add(lines: Sequence[str], top: Sequence[ast.stmt], statement: str, newline: str) -> Edit:
    new = ast.parse(statement).body[0]
    imports = [node for node in top if isinstance(node, ast.Import | ast.ImportFrom)]
    before = [node for node in imports if _order(node) <= _order(new)]
    beside = [node for node in before if _package(node) == _package(new)]
    before = beside or before
    if before:
        anchor = before[-1]
        line = anchor.end_lineno or anchor.lineno
        gap = newline if _order(anchor)[0] != _order(new)[0] else ""
        behind = next((node for node in imports if node.lineno > line), None)
        tail = (
            newline
            if gap and behind is not None and _order(behind)[0] != _order(new)[0] and lines[line].strip()
            else ""
        )
        return _insert(lines, line, gap + statement + newline + tail, newline)
    if imports:
        gap = newline if _order(imports[0])[0] != _order(new)[0] else ""
        return _insert(lines, imports[0].lineno - 1, statement + newline + gap, newline)
    line = (top[-1].end_lineno or top[-1].lineno) if top else _behind_comments(lines)
    lead = newline if top else ""
    gap = newline if line < len(lines) and lines[line].strip() else ""
    return _insert(lines, line, lead + statement + newline + gap, newline)


def _insert(lines: Sequence[str], line: int, text: str, newline: str) -> Edit:
    if line < len(lines) or not lines or lines[-1].endswith(("\n", "\r")):
        return Edit(Span(line, 0, line, 0), text)
    last = len(lines) - 1
    return Edit(Span(last, len(lines[last]), last, len(lines[last])), newline + "".join(split_lines(text)))


def _behind_comments(lines: Sequence[str]) -> int:
    """The line behind the comments with which a file begins, such as `#!` and its encoding."""
    line = 0
    while line < len(lines) and lines[line].startswith("#"):
        line += 1
    return line


def _package(node: ast.stmt) -> tuple[int, int, str]:
    """The kind of an import, and the package that it names."""
    group, kind, name = _order(node)
    return group, kind, name.partition(".")[0]


def _order(node: ast.stmt) -> tuple[int, int, str]:
    """Sorts imports: those from the future, of the standard library, of others, of the package itself."""
    kind, name = 0, ""
    if isinstance(node, ast.Import):
        name = node.names[0].name
    elif isinstance(node, ast.ImportFrom):
        kind, name = 1, node.module or ""
        if node.level:
            return 3, kind, name
    root = name.partition(".")[0]
    group = 0 if root == "__future__" else 1 if root in sys.stdlib_module_names else 2
    return group, kind, name.lower()
