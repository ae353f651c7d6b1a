"""How a Python text is cut into blocks: its top-level statements, and the members of large classes.

The parser is the judge of its own boundaries: no lexer decides here what a statement is. Why reading blocks
alone is the same as reading the whole, and where each of the rules below comes from, is told in
`server/ARCHITECTURE.md`.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from backend_architect.engine.blocks import Block, Level
from backend_architect.engine.text import split_lines
from backend_architect.python.fstrings import NEEDED, read_newer

if TYPE_CHECKING:
    from collections.abc import Sequence

CLASS_HEIGHT = 40
"""A class of more lines than this is cut into a head and its members."""

WRAPPER = "class _:\n"
"""Makes members readable. Not `if 1:`, whose own an `else:` at column 0 would be."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The statements of a block. A node on line `n` stands on the block's line `n - shift`, from 1."""

    body: tuple[ast.stmt, ...]
    shift: int
    head: bool = False
    """Whether this is the head of a class whose members are blocks of their own."""
    member: bool = False
    """Whether these are members of such a class."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why the parser refused a text, and on which of its lines, from 1."""

    message: str
    line: int
    grammar: bool = False
    """Whether it is the grammar that refuses the text, and not a limit of the parser."""


def parse(source: str) -> ast.Module | Unreadable:
    """Parse a text with `ast`, which has more ways to refuse one than SyntaxError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "\d" warns at every parse
        try:
            return parsed(source)
        except UnicodeEncodeError as error:
            return Unreadable("half of a surrogate pair", _line_of(source, error.start))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            if "\0" in source:
                return Unreadable("a null character", _line_of(source, source.index("\0")))
            if isinstance(error, SyntaxError):
                return Unreadable(error.msg, error.lineno or 1, grammar=True)
            # Nobody knows where; whoever looks for the place must look everywhere.
            return Unreadable(str(error) or type(error).__name__, _line_of(source, len(source)))


@lru_cache(maxsize=1)
def tree_of(text: str) -> ast.Module | Unreadable:
    """The tree of a whole file, which nobody may change: several readers ask for the same in a row."""
    return parse(text)


def parsed(source: str) -> ast.Module:
    """The tree of a text, also where this interpreter is too old for the f-strings in it."""
    try:
        return ast.parse(source)
    except SyntaxError:
        tree = read_newer(source, parsed) if NEEDED else None
        if tree is None:
            raise
        return tree


def _line_of(source: str, offset: int) -> int:
    return len(split_lines(source[:offset] + " "))


class PythonSyntax:
    """Python, as the interpreter that runs this program reads it."""

    def read(self, lines: Sequence[str], indent: str | None) -> list[Block] | None:
        """The statements of a text or, with an indent, of the body of a class; None if they do not parse."""
        if indent is None or all(map(is_idle, lines)):
            tree = parse("".join(lines))
            return (
                None if isinstance(tree, Unreadable) else _cut(lines, tree.body, 0, member=indent is not None)
            )
        tree = parse(WRAPPER + "".join(lines))
        if isinstance(tree, Unreadable) or len(tree.body) != 1:
            return None
        body = _body(tree.body[0])
        return _cut(lines, body, 1, member=True) if _indents(lines, body, 1) == {indent} else None

    def read_head(self, lines: Sequence[str], indent: str) -> list[Block] | None:
        """The head of a class: all up to the line of its colon."""
        tree = parse(f"{''.join(lines)}{indent}pass\n")
        if isinstance(tree, Unreadable) or len(tree.body) != 1:
            return None
        statement = tree.body[0]
        if not isinstance(statement, ast.ClassDef) or statement.body[0].lineno != len(lines) + 1:
            return None
        end = _head_height(lines)
        head = Block("".join(lines[:end]), end, Parsed((statement,), 0, head=True))
        return None if _goes_on(lines[end - 1]) else [head, *_idle_block(lines[end:])]

    def split(self, lines: Sequence[str], indent: str | None) -> list[Block]:
        """Read what can be read; the rest becomes broken blocks of a statement each."""
        from backend_architect.python.recovery import Recovery  # noqa: PLC0415 - the two need each other

        return Recovery(self, lines, indent).run()

    def escapes(self, lines: Sequence[str], indent: str) -> bool:
        """Whether code stands left of the members."""
        return any(not line.startswith(indent) and not is_idle(line) for line in lines)

    def too_low(self, height: int) -> bool:
        """Whether a class of this many lines is read as one block."""
        return height <= CLASS_HEIGHT


def is_idle(line: str) -> bool:
    """Whether a line is blank or a comment, as far as a line can tell."""
    return line.lstrip(" \t\f\r\n")[:1] in ("", "#")


def _cut(lines: Sequence[str], body: Sequence[ast.stmt], shift: int, *, member: bool) -> list[Block]:
    """One block for each run of statements that share a line; what stands between leads the next.

    A node on line `n` stands on `lines[n - shift - 1]`.
    """
    blocks: list[Block] = []
    start = 0
    group: list[ast.stmt] = []
    for statement, follower in zip_longest(body, body[1:]):
        group.append(statement)
        end = (statement.end_lineno or statement.lineno) - shift
        while end < len(lines) and _goes_on(lines[end - 1]):
            end += 1
        if follower is None or _first_line(follower) - shift > end:
            blocks.append(_block(lines[start:end], tuple(group), shift + start, member=member))
            start, group = end, []
    return blocks + _idle_block(lines[start:])


def _block(lines: Sequence[str], group: tuple[ast.stmt, ...], shift: int, *, member: bool) -> Block:
    goes_on = _goes_on(lines[-1])
    statement = group[0]
    large = len(lines) > CLASS_HEIGHT and len(group) == 1 and not goes_on
    if large and not member and isinstance(statement, ast.ClassDef):
        members = _members(lines, statement, shift)
        if members is not None:
            return Block("", len(lines), members=members)
    return Block("".join(lines), len(lines), Parsed(group, shift, member=member), joins=goes_on)


def _members(lines: Sequence[str], statement: ast.ClassDef, shift: int) -> Level | None:
    """The head and the members of a class, or None if it is written in a way that cannot be cut."""
    end = _head_height(lines[: _first_line(statement.body[0]) - shift - 1])
    indents = _indents(lines, statement.body, shift)
    if end == 0 or len(indents) != 1 or not (indent := indents.pop()):
        return None
    head = PythonSyntax().read_head(lines[:end], indent)
    if head is None or len(head) != 1:
        return None
    members = _cut(lines[end:], statement.body, shift + end, member=True)
    return Level(PythonSyntax(), head + members, indent)


def _idle_block(lines: Sequence[str]) -> list[Block]:
    return [Block("".join(lines), len(lines), Parsed((), 0), joins=True)] if lines else []


def _head_height(lines: Sequence[str]) -> int:
    """How many lines are left without the comments, blanks and decorators at the end."""
    end = len(lines)
    while end and (is_idle(lines[end - 1]) or lines[end - 1].lstrip().startswith("@")):
        end -= 1
    return end


def _indents(lines: Sequence[str], body: Sequence[ast.stmt], shift: int) -> set[str]:
    """What stands left of the statements that begin a line."""
    prefixes = {lines[statement.lineno - shift - 1][: statement.col_offset] for statement in body}
    return {prefix for prefix in prefixes if not prefix.strip()}


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _body(statement: ast.stmt) -> list[ast.stmt]:
    return statement.body if isinstance(statement, ast.ClassDef) else []


def _goes_on(line: str) -> bool:
    """Whether a backslash joins the line with the next one; also true of a comment, which does no harm."""
    return line.rstrip("\r\n").endswith("\\")
