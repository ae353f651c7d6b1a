"""Where in a file a snippet would stand: pure functions of a text and a place in it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.engine.kinds import kinds_of
from backend_architect.python.survey import Frame, nodes
from backend_architect.python.syntax import WRAPPER, Unreadable, parse
from backend_architect.sql.scanner import scan

if TYPE_CHECKING:
    from collections.abc import Sequence

TESTS: Final = "tests"

_TYPED: Final = re.compile(r"([ \t]*)([A-Za-z0-9_-]*)")
_MARKER: Final = "_here_"
_BODIES: Final[dict[type, str]] = {
    ast.FunctionDef: "function",
    ast.AsyncFunctionDef: "async-function",
    ast.ClassDef: "class",
}


@dataclass(frozen=True, slots=True)
class Spot:
    """A place at which a statement may begin."""

    where: str
    """module, class, function or async-function."""
    indent: str
    """What stands left of it."""


def spot_in_python(lines: Sequence[str], line: int, column: int, *, member: bool = False) -> Spot | None:
    """The place of the cursor behind the first letters of a statement, on a line that holds nothing else.

    Args:
        lines: of the file, or of a block of it, with their ends.
        line: that of the cursor, from 0; it may be the one behind the last.
        column: in code points.
        member: whether the lines are members of a class.

    Returns:
        None where no statement begins, and where the text around the place cannot be read.
    """
    indent = indent_before(lines, line, column)
    if indent is None:
        return None
    text = "".join([*lines[:line], f"{indent}{_MARKER}\n", *lines[line + 1 :]])
    tree = parse(WRAPPER + text if member else text)
    if isinstance(tree, Unreadable):
        return None
    around: dict[ast.AST, ast.AST] = {}
    names = nodes(tree.body, frozenset({ast.Name}), Frame(None), around)
    found = next((node for node, _ in names if isinstance(node, ast.Name) and node.id == _MARKER), None)
    if found is None or not isinstance(around.get(found), ast.Expr):
        return None
    return Spot(_where(found, around), indent)


def spot_in_sql(text: str, line: int, column: int, dialect: str) -> Spot | None:
    """The place of the cursor where a statement of SQL begins on a line of its own; else None."""
    lines = text.splitlines(keepends=True)
    if indent_before(lines, line, column) != "":
        return None
    before = scan("".join(lines[:line]), dialect)
    complete = before.closed and all(piece.terminated or piece.kind != "sql" for piece in before.pieces)
    return Spot("module", "") if complete else None


def indent_before(lines: Sequence[str], line: int, column: int) -> str | None:
    """What stands left of the word before the cursor; None if there is more on the line than that word."""
    here = lines[line].rstrip("\r\n") if line < len(lines) else ""
    typed = _TYPED.fullmatch(here[:column])
    return None if typed is None or here[column:].strip() else typed[1]


def kind_of(path: str) -> str:
    """Whether a file is for tests, migrations or code."""
    kinds = kinds_of(path)
    return TESTS if TESTS in kinds else "migrations" if "migrations" in kinds else "code"


def _where(node: ast.AST, around: dict[ast.AST, ast.AST]) -> str:
    while (outer := around.get(node)) is not None:
        node = outer
        if type(node) in _BODIES:
            return _BODIES[type(node)]
    return "module"
