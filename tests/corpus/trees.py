"""Compares what the blocks of a file give when each is parsed alone with what the whole file gives."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from backend_architect.engine.document import Document
from backend_architect.engine.text import split_lines
from backend_architect.project.reading import decode
from backend_architect.python.syntax import PythonSyntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from backend_architect.engine.blocks import Block, Level

_OF_CLASSES_WITH_MEMBERS = frozenset({"body", "end_lineno", "end_col_offset"})
"""What the head of a class, alone, cannot know."""


@dataclass
class Counts:
    """What was compared, and where it was not the same."""

    files: int = 0
    unread: int = 0
    blocks: int = 0
    members: int = 0
    nodes: int = 0
    differences: list[str] = field(default_factory=list)

    def add(self, other: Counts) -> None:
        self.files += other.files
        self.unread += other.unread
        self.blocks += other.blocks
        self.members += other.members
        self.nodes += other.nodes
        self.differences += other.differences


def compare(path: Path) -> Counts:
    """Compare the blocks of one file, read alone, with the whole; a file that does not parse only counts."""
    warnings.simplefilter("ignore")  # "\d" warns at every parse
    text, _ = decode(path.read_bytes(), str(path))
    try:
        whole = ast.parse(text)
    except (SyntaxError, ValueError):
        return Counts(unread=1)
    counts = Counts(files=1)
    try:
        _level(Document(PythonSyntax(), text).level, whole.body, 0, counts)
    except AssertionError as error:
        counts.differences.append(f"{path}: {error}")
    return counts


def _level(level: Level, statements: Sequence[ast.stmt], first_line: int, counts: Counts) -> None:
    """Compare the blocks of a level, one after the other, with the statements that they must be."""
    waiting = list(reversed(statements))
    for start, block in zip(level.starts, level.blocks, strict=False):
        line = first_line + start
        if block.members is None:
            counts.blocks += 1
            counts.members += level.indent is not None
            content = _alone(block, level.indent).content
            for statement in content.body:
                assert waiting, f"line {line + 1}: a statement too many"
                counts.nodes += same(waiting.pop(), statement, line - content.shift)
            continue
        whole, members = waiting.pop(), block.members
        assert isinstance(whole, ast.ClassDef), f"line {line + 1}: members of something that is no class"
        assert members.indent is not None
        head = PythonSyntax().read_head(split_lines(members.blocks[0].text), members.indent)
        assert head is not None, f"line {line + 1}: the head cannot be read alone"
        assert len(head) == 1, f"line {line + 1}: the head is cut when alone"
        content = head[0].content
        counts.nodes += same(whole, content.body[0], line - content.shift, _OF_CLASSES_WITH_MEMBERS)
        behind = type(members)(members.syntax, members.blocks[1:], members.indent)
        _level(behind, whole.body, line + members.blocks[0].height, counts)
    assert not waiting, f"line {waiting[-1].lineno}: in no block"


def _alone(block: Block, indent: str | None) -> Block:
    """The block that comes of a block's text when nothing else is there."""
    blocks = PythonSyntax().read(split_lines(block.text), indent)
    assert blocks is not None, f"cannot be read alone: {block.text[:80]!r}"
    assert [one.height for one in blocks] == [block.height], f"is cut when alone: {block.text[:80]!r}"
    if blocks[0].members is not None:
        assert block.text == "".join(leaf.text for _, leaf in blocks[0].members.leaves(0))
    return blocks[0]


def same(whole: ast.AST, alone: ast.AST, shift: int, but: Iterable[str] = ()) -> int:
    """The number of nodes of two equal trees; the lines of the second are `shift` lower."""
    nodes = 0
    pairs: list[tuple[Any, Any]] = [(whole, alone)]
    left_out = frozenset(but)
    while pairs:
        one, other = pairs.pop()
        nodes += 1
        where = f"line {getattr(one, 'lineno', '?')}: {type(one).__name__}"
        assert type(one) is type(other), f"{where} is alone a {type(other).__name__}"
        for name in one._attributes:
            expected = getattr(one, name) - shift * name.endswith("lineno")
            assert getattr(other, name) == expected or name in left_out, f"{where}.{name}"
        for name in one._fields:
            if name not in left_out:
                pairs += _parts(getattr(one, name, None), getattr(other, name, None), f"{where}.{name}")
        left_out = frozenset()
    return nodes


def _parts(one: Any, other: Any, where: str) -> list[tuple[ast.AST, ast.AST]]:
    """The nodes in two equal fields of nodes."""
    if isinstance(one, ast.AST):
        return [(one, other)]
    if isinstance(one, list):
        assert isinstance(other, list), where
        assert len(one) == len(other), where
        if all(isinstance(item, ast.AST) for item in one):
            return list(zip(one, other, strict=True))
        parts: list[tuple[ast.AST, ast.AST]] = []
        for item, its_twin in zip(one, other, strict=True):
            parts += _parts(item, its_twin, where)
        return parts
    assert type(one) is type(other), where
    assert one == other or repr(one) == repr(other), where
    return []
