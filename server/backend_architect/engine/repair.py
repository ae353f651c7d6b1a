"""Reading again what an edit touched, and as little else as will do."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from backend_architect.engine.blocks import Block, Level, Memory, Syntax, inherit, leaves_of, memory_of, tell
from backend_architect.engine.text import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding


@dataclass(slots=True)
class Change:
    """Lines `start` to `end` (exclusive) of the old text became `height` lines of the new one."""

    start: int
    end: int
    height: int

    @property
    def growth(self) -> int:
        """By how many lines the text grew."""
        return self.height - (self.end - self.start)


class Repair:
    """One change to one level: which of its blocks must be read again, and what comes of it."""

    def __init__(self, level: Level, lines: list[str], base: int, change: Change) -> None:
        self.level = level
        self.syntax = level.syntax
        self.lines = lines
        self.base = base
        self.change = change
        self.first = self._index(change.start)
        self.last = self._index(max(change.start, change.end - 1))

    def run(self) -> bool:
        """Replace the touched blocks; False if that is a matter of the level above."""
        indent = self.level.indent
        if indent is not None and self.first == 0:
            return self.last == 0 and self._read_head(indent)
        if self._edit_members():
            return True
        found = self._widen()
        if found is None:
            if indent is not None and self.syntax.escapes(self._text_of(self.first, self.last), indent):
                return False
            found = self.first, self.last, self._split()
        return self._put(*found)

    def force(self) -> None:
        """Accept that the touched blocks cannot be read."""
        lines = self._text_of(self.first, self.last)
        broken_head = [Block("".join(lines), len(lines))]
        self._put(self.first, self.last, broken_head if self.first == 0 else self._split())

    # The ways to read

    def _edit_members(self) -> bool:
        """Let the members of the only block touched deal with the change."""
        index = self.first
        block = self.level.blocks[index]
        if index != self.last or block.members is None:
            return False
        inner = Repair(block.members, self.lines, self.base + self.level.starts[index], self.change)
        if not inner.run():
            whole = self.syntax.read(self._text_of(index, index), self.level.indent)
            if whole is not None:
                return self._put(index, index, whole)
            if inner.first == 0 < inner.last:
                return False
            inner.force()
        replacement = _without_tail(block.members)
        if self.syntax.too_low(block.members.height) and not any(leaf.broken for leaf in leaves_of([block])):
            return False
        self._replace(index, index, replacement)
        return True

    def _read_head(self, indent: str) -> bool:
        blocks = self.syntax.read_head(self._text_of(0, 0), indent)
        return blocks is not None and self._put(0, 0, blocks)

    def _widen(self) -> tuple[int, int, list[Block]] | None:
        """The smallest range around the touched blocks that can be read, with its new blocks."""
        for first, last in self._ranges():
            blocks = self.syntax.read(self._text_of(first, last), self.level.indent)
            if blocks is not None:
                return first, last, blocks
        return None

    def _ranges(self) -> Iterator[tuple[int, int]]:
        """The touched blocks, with their neighbours, and up to the next broken block on either side."""
        blocks, first, last = self.level.blocks, self.first, self.last
        low, high = 0 if self.level.indent is None else 1, len(blocks) - 1
        before, after = max(first - 1, low), min(last + 1, high)
        yield from dict.fromkeys([(first, last), (before, last), (first, after), (before, after)])
        for index in range(before - 1, low - 1, -1):
            if blocks[index].broken:
                yield index, last
                break
        for index in range(after + 1, high + 1):
            if blocks[index].broken:
                yield first, index
                break

    def _split(self) -> list[Block]:
        return self.syntax.split(self._text_of(self.first, self.last), self.level.indent)

    # Putting blocks in place

    def _put(self, first: int, last: int, blocks: list[Block]) -> bool:
        """Replace the blocks `first` to `last`; False, and nothing is altered, if no member would be left."""
        level = self.level
        if level.indent is not None and len(level.blocks) - (last + 1 - first) + len(blocks) < 2:
            return False
        old = level.blocks[first : last + 1]
        self._remember(old, level.starts[first : last + 1], blocks)
        inherit(blocks, old)
        self._replace(first, last, blocks)
        return True

    def _replace(self, first: int, last: int, blocks: list[Block]) -> None:
        self.level.blocks[first : last + 1] = blocks
        _join(self.level.blocks, first + len(blocks) - 1, self.syntax, self.level.indent)
        self.level.adopt(self.level.blocks)

    # Remembering

    def _remember(self, old: list[Block], starts: list[int], new: list[Block]) -> None:
        """Tell new blocks what was known of the old ones in their place."""
        memories = [(at, memory_of([block])) for at, block in zip(starts, old, strict=True)]
        found = [self._moved(finding, at) for at, memory in memories for finding in memory.findings]
        findings = [
            replace(finding, span=finding.span.moved(-starts[0])) for finding in found if finding is not None
        ]
        studies = dict.fromkeys(study for _, memory in memories for study in memory.studies)
        tell(new, Memory(tuple(findings), tuple(studies)))

    def _moved(self, finding: Finding, start: int) -> Finding | None:
        """A finding of an old block at its place within the level after the change, if it still has one."""
        change, line = self.change, self.base + start + finding.span.line
        if line >= change.end:
            start += change.growth
        elif line - change.start >= change.height:
            return None
        return replace(finding, span=finding.span.moved(start))

    # Looking up

    def _index(self, line: int) -> int:
        found = bisect_right(self.level.starts, line - self.base) - 1
        return max(0, min(found, len(self.level.blocks) - 1))

    def _text_of(self, first: int, last: int) -> list[str]:
        """The lines, after the change, of a range of blocks that holds the change."""
        start, end = self.level.starts[first], self.level.starts[last + 1]
        return self.lines[self.base + start : self.base + end + self.change.growth]


def _join(blocks: list[Block], index: int, syntax: Syntax, indent: str | None) -> None:
    """Give a block that must not stand alone to the one behind it."""
    while 0 <= index < len(blocks) - 1 and blocks[index].joins:
        tail, follower = blocks[index], blocks[index + 1]
        joined = _joined(tail, follower, syntax, indent)
        blocks[index : index + 2] = joined
        index += len(joined) - 1


def _joined(tail: Block, follower: Block, syntax: Syntax, indent: str | None) -> list[Block]:
    if follower.members is not None and _give_to_head(tail, follower.members):
        return [Block("", follower.members.height, members=follower.members)]
    text = tail.text + "".join(leaf.text for leaf in leaves_of([follower]))
    blocks = syntax.read(split_lines(text), indent) or [Block(text, tail.height + follower.height)]
    tell(blocks, memory_of([tail, follower]))
    return blocks


def _give_to_head(tail: Block, members: Level) -> bool:
    head, *others = members.blocks
    text = tail.text + head.text
    broken = [Block(text, tail.height + head.height)] if head.broken else None
    blocks = members.syntax.read_head(split_lines(text), members.indent or "") or broken
    if blocks is None or len(blocks) != 1:
        return False
    tell(blocks, memory_of([tail, head]))
    members.adopt([*blocks, *others])
    return True


def _without_tail(level: Level) -> list[Block]:
    """A block of these members, and behind it what follows the last of them."""
    *members, tail = level.blocks
    if not tail.joins:
        return [Block("", level.height, members=level)]
    level.adopt(members)
    return [Block("", level.height, members=level), tail]
