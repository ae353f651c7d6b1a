"""Adding import statements where they belong."""

from __future__ import annotations

import ast
import sys
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, Span
from backend_architect.engine.text import apply_edits, line_end, newline_of, split_lines
from backend_architect.python.syntax import Unreadable, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


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
    return [
        edit for one in missing for edit in _join(lines, present, one) or [_add(lines, present, one, newline)]
    ]


def add_together(lines: Sequence[str], statements: Iterable[str]) -> list[Edit]:
    """The edits that add import statements of one name each, as if one had been added after the other."""
    new = list(lines)
    for statement in statements:
        new = split_lines(apply_edits("".join(new), add_imports(new, [statement])))
    changes = SequenceMatcher(a=lines, b=new, autojunk=False).get_opcodes()
    return [
        _whole_lines(lines, first, end, "".join(new[start:stop]))
        for kind, first, end, start, stop in changes
        if kind != "equal"
    ]


def _whole_lines(lines: Sequence[str], first: int, end: int, text: str) -> Edit:
    """The edit that puts a text in the place of lines; the end of the last one stays, if there are any."""
    if first == end:
        return Edit(Span(first, 0, first, 0), text)
    column = line_end(lines[end - 1])
    return Edit(Span(first, 0, end - 1, column), text[: line_end(text)])


def _join(lines: Sequence[str], top: Sequence[ast.stmt], statement: str) -> list[Edit]:
    """The edits that add names to an import of the same module, where they belong among its names.

    Its names stand on one line, or each on its own; none for any other way.
    """
    new = ast.parse(statement).body[0]
    for node in top:
        if not isinstance(new, ast.ImportFrom) or not isinstance(node, ast.ImportFrom):
            continue
        names = [alias.name for alias in node.names]
        if (node.module, node.level) != (new.module, 0) or any(
            alias.asname for alias in (*node.names, *new.names)
        ):
            continue
        wanted = [alias.name for alias in new.names if alias.name not in names]
        plain = f"from {new.module} import {', '.join(names)}"
        if lines[node.lineno - 1].rstrip() == plain:
            return [_on_line(node.lineno - 1, plain, *place) for place in _places(names, wanted)]
        if all(lines[alias.lineno - 1].strip() == f"{alias.name}," for alias in node.names):
            return [_on_lines(lines, node, *place) for place in _places(names, wanted)]
    return []


def _places(names: Sequence[str], wanted: Sequence[str]) -> list[tuple[int, list[str]]]:
    """In front of which of some names others belong, by the alphabet that they follow."""
    ignores_case = list(names) != sorted(names) and list(names) == sorted(names, key=str.lower)
    key = str.lower if ignores_case else str
    found: dict[int, list[str]] = {}
    for one in sorted(wanted, key=key):
        at = next((at for at, name in enumerate(names) if key(name) > key(one)), len(names))
        found.setdefault(at, []).append(one)
    return list(found.items())


def _on_line(row: int, plain: str, at: int, wanted: Sequence[str]) -> Edit:
    names = plain.split(", ")
    column = len(", ".join(names[:at])) + 2 if at else plain.index(" import ") + len(" import ")
    more = ", ".join(wanted)
    if at == len(names):
        return Edit(Span(row, len(plain), row, len(plain)), f", {more}")
    return Edit(Span(row, column, row, column), f"{more}, ")


def _on_lines(lines: Sequence[str], node: ast.ImportFrom, at: int, wanted: Sequence[str]) -> Edit:
    last = at == len(node.names)
    beside = node.names[at - last]
    line = lines[beside.lineno - 1]
    indent, end = line[: beside.col_offset], line[line_end(line) :]
    row = beside.lineno - 1 + last
    return Edit(Span(row, 0, row, 0), "".join(f"{indent}{one},{end}" for one in wanted))


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
    # People keep what is of one package together, wherever it stands.
    imports = [node for node in imports if _package(node) == _package(new)] or imports
    before = [node for node in imports if _order(node) <= _order(new)]
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


def _package(node: ast.stmt) -> tuple[type[ast.stmt], str]:
    """The way in which an import is written, and the package that it is of; empty for the own one."""
    if isinstance(node, ast.Import):
        return ast.Import, node.names[0].name.partition(".")[0]
    module = node.module if isinstance(node, ast.ImportFrom) and not node.level else None
    return ast.ImportFrom, (module or "").partition(".")[0]


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
