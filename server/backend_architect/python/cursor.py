"""What stands at a line of a block."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.engine.text import SourceText
from backend_architect.python.place import BlockView, Place
from backend_architect.python.survey import Frame, nodes

if TYPE_CHECKING:
    from backend_architect.engine.blocks import Block
    from backend_architect.python.routes import Function
    from backend_architect.python.scopes import Look
    from backend_architect.python.syntax import Parsed

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_STATEMENTS = frozenset(
    kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.stmt)
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A line, and the innermost function and statement that it belongs to."""

    line: int
    """As the parser of the block counts."""
    function: Function | None
    statement: ast.stmt | None

    def holds(self, node: ast.expr) -> bool:
        """Whether an expression has a part of itself on the line."""
        return node.lineno <= self.line <= (node.end_lineno or node.lineno)


def cursor_at(block: Block, owner: str | None, line: int, look: Look, dialect: str) -> tuple[Cursor, Place]:
    """The cursor on a line of a block, and the Place where its function is defined.

    Args:
        block: one that could be read.
        owner: the class of which the block is a member.
        line: counted from the first line of the block.
        look: answers what names of the module stand for.
        dialect: the dialect of SQL whose driver does not tell.
    """
    parsed: Parsed = block.content
    outermost = Frame(None, Frame(None), owner) if parsed.member else Frame(None)
    around: dict[ast.AST, ast.AST] = {}
    row = line + parsed.shift + 1
    standing = nodes(parsed.body, _STATEMENTS, outermost, around)
    there = [(node, frame) for node, frame in standing if isinstance(node, ast.stmt) and _holds(node, row)]
    there.sort(key=lambda one: (one[0].lineno, -(one[0].end_lineno or 0)))
    functions = [(node, frame) for node, frame in there if isinstance(node, _FUNCTIONS)]
    function, frame = functions[-1] if functions else (None, outermost)
    statement = there[-1][0] if there else None
    view = BlockView(parsed, SourceText(block.text), look, dialect, around)
    return Cursor(row, function, statement), Place("", view, frame)


def _holds(statement: ast.stmt, row: int) -> bool:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(one.lineno for one in decorators)])
    return first <= row <= (statement.end_lineno or statement.lineno)
