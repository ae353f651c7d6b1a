"""A text as a list of blocks, of which an edit touches only a few.

Whatever the language, a block is a run of whole lines that its syntax can read alone, and reading every block
alone gives the same as reading the whole text. So an edit needs to read again only the blocks it touches, and
their neighbours when they do not stand alone any more. `server/ARCHITECTURE.md` tells why this is exact.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Protocol

from backend_architect.engine.text import line_end, split_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from backend_architect.engine.findings import Finding, Span


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of blocks that were replaced before anything was known of their successors."""

    findings: tuple[Finding, ...] = ()
    """At their places in the block that remembers."""
    studies: tuple[Any, ...] = ()
    """What the replaced blocks told about names."""


@dataclass(slots=True, eq=False)
class Block:
    """A run of whole lines that its syntax could read alone or, with `content` None, could not."""

    text: str
    height: int
    """Number of lines."""
    content: Any = None
    """What the syntax made of the text; None for a broken block and for one that has members."""
    members: Level | None = None
    """The head and the members of a block that is cut once more; its own text is then empty."""
    joins: bool = False
    """Whether the block must not stand alone when another follows: it is all comments, or goes on."""
    memory: Memory | None = None
    """What the block stands for until it has been analysed; a broken one never is."""
    study: Any = None
    """What the block tells other blocks, found by the analysis."""
    result: Any = None
    """What the analysis found in the block; None before it ran."""

    @property
    def broken(self) -> bool:
        """Whether the syntax could not read the block."""
        return self.content is None and self.members is None


class Syntax(Protocol):
    """How a language is cut into blocks.

    Everywhere, `indent` is None for whole texts, and the indentation of the members for lines of members.
    """

    def read(self, lines: Sequence[str], indent: str | None) -> list[Block] | None:
        """The blocks of lines that can be read as they stand, or None."""
        ...

    def read_head(self, lines: Sequence[str], indent: str) -> list[Block] | None:
        """The head of a block with members, and the rest of the lines if any; None if they form no head."""
        ...

    def split(self, lines: Sequence[str], indent: str | None) -> list[Block]:
        """The blocks of lines that cannot be read as they stand, as few of them broken as possible."""
        ...

    def escapes(self, lines: Sequence[str], indent: str) -> bool:
        """Whether lines among members may lie outside of the block that they are members of."""
        ...

    def too_low(self, height: int) -> bool:
        """Whether a block of this many lines is not to be cut into members."""
        ...


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


class Document:
    """The lines of a text and the blocks they form. It always covers the text, whatever is in it."""

    def __init__(self, syntax: Syntax, text: str) -> None:
        self.syntax = syntax
        self.lines = split_lines(text)
        self.level = Level(syntax, self._read(), None)
        self._unsettled = False

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.lines)

    @property
    def broken(self) -> bool:
        """Whether some block could not be read."""
        return any(block.broken for _, block in self.blocks())

    def blocks(self) -> Iterator[tuple[int, Block]]:
        """Every block without members, with its first line."""
        return self.level.leaves(0)

    def edit(self, span: Span, text: str) -> None:
        """Replace the text of a span; places behind the end of a line or of the text count as that end."""
        start, end = self._clamped(span.line), self._clamped(span.end_line)
        head = self._cut(span.line, span.column)[0]
        tail = self._cut(span.end_line, span.end_column)[1]
        replacement = head + text + tail
        if replacement.startswith("\n") and start and self.lines[start - 1].endswith("\r"):
            start -= 1
            replacement = self.lines[start] + replacement
        self.replace(start, min(end + 1, len(self.lines)), split_lines(replacement))

    def _clamped(self, line: int) -> int:
        """The index of a line; behind the last one stands an empty one, unless that has no line end."""
        last = len(self.lines)
        return min(line, last - 1 if last and line_end(self.lines[-1]) == len(self.lines[-1]) else last)

    def _cut(self, line: int, column: int) -> tuple[str, str]:
        """A line, cut in two."""
        at = self._clamped(line)
        if at == len(self.lines):
            return "", ""
        content = self.lines[at]
        column = len(content) if at < line else min(column, line_end(content))
        return content[:column], content[column:]

    def replace(self, start: int, end: int, lines: list[str]) -> None:
        """Replace the lines `start` to `end` (exclusive) by others."""
        self.lines[start:end] = lines
        self._unsettled = True
        if self.level.blocks:
            self.level.edit(self.lines, 0, Change(start, end, len(lines)))
        else:
            self.level.adopt(self._read())

    def settle(self) -> bool:
        """Read the whole text if that may tell more than its blocks do; whether blocks were replaced."""
        if not self._unsettled or not self.broken:
            return False
        self._unsettled = False
        blocks = self.syntax.read(self.lines, None)
        if blocks is None:
            return False
        _inherit(blocks, self.level.blocks)
        self.level.adopt(blocks)
        return True

    def _read(self) -> list[Block]:
        blocks = self.syntax.read(self.lines, None)
        return self.syntax.split(self.lines, None) if blocks is None else blocks


class Level:
    """Blocks side by side: those of a text or, with an indent, the head and the members of a block."""

    __slots__ = ("blocks", "indent", "starts", "syntax")

    def __init__(self, syntax: Syntax, blocks: list[Block], indent: str | None) -> None:
        self.syntax = syntax
        self.indent = indent
        self.adopt(blocks)

    def adopt(self, blocks: list[Block]) -> None:
        """Become a level of these blocks."""
        self.blocks = blocks
        self.starts = [0, *accumulate(block.height for block in blocks)]
        """The first line of each block within the level, and behind the last one their number."""

    @property
    def height(self) -> int:
        """Number of lines."""
        return self.starts[-1]

    def leaves(self, first_line: int) -> Iterator[tuple[int, Block]]:
        """Every block without members, with its first line, when the level begins at `first_line`."""
        for start, block in zip(self.starts, self.blocks, strict=False):
            if block.members is None:
                yield first_line + start, block
            else:
                yield from block.members.leaves(first_line + start)

    def edit(self, lines: list[str], base: int, change: Change) -> bool:
        """Read again what a change touched; `base` is the level's first line in `lines`.

        False if the change may reach out of this level; nothing is altered then.
        """
        return Repair(self, lines, base, change).run()


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
        if self.syntax.too_low(block.members.height) and not any(leaf.broken for leaf in _leaves([block])):
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
        _inherit(blocks, old)
        self._replace(first, last, blocks)
        return True

    def _replace(self, first: int, last: int, blocks: list[Block]) -> None:
        self.level.blocks[first : last + 1] = blocks
        _join(self.level.blocks, first + len(blocks) - 1, self.syntax, self.level.indent)
        self.level.adopt(self.level.blocks)

    # Remembering

    def _remember(self, old: list[Block], starts: list[int], new: list[Block]) -> None:
        """Tell new blocks what was known of the old ones in their place."""
        memories = [(at, _memory([block])) for at, block in zip(starts, old, strict=True)]
        found = [self._moved(finding, at) for at, memory in memories for finding in memory.findings]
        findings = [
            replace(finding, span=finding.span.moved(-starts[0])) for finding in found if finding is not None
        ]
        studies = dict.fromkeys(study for _, memory in memories for study in memory.studies)
        _tell(new, Memory(tuple(findings), tuple(studies)))

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
    text = tail.text + "".join(leaf.text for leaf in _leaves([follower]))
    blocks = syntax.read(split_lines(text), indent) or [Block(text, tail.height + follower.height)]
    _tell(blocks, _memory([tail, follower]))
    return blocks


def _give_to_head(tail: Block, members: Level) -> bool:
    head, *others = members.blocks
    text = tail.text + head.text
    broken = [Block(text, tail.height + head.height)] if head.broken else None
    blocks = members.syntax.read_head(split_lines(text), members.indent or "") or broken
    if blocks is None or len(blocks) != 1:
        return False
    _tell(blocks, _memory([tail, head]))
    members.adopt([*blocks, *others])
    return True


def _without_tail(level: Level) -> list[Block]:
    """A block of these members, and behind it what follows the last of them."""
    *members, tail = level.blocks
    if not tail.joins:
        return [Block("", level.height, members=level)]
    level.adopt(members)
    return [Block("", level.height, members=level), tail]


def _leaves(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        if block.members is None:
            yield block
        else:
            yield from _leaves(block.members.blocks)


def _memory(blocks: Sequence[Block]) -> Memory:
    """All that is known of some blocks, at places counted from the first line of the first of them."""
    findings: list[Finding] = []
    studies: list[Any] = []
    start = 0
    for leaf in _leaves(blocks):
        known = leaf.memory or Memory()
        if leaf.result is not None and not leaf.broken:
            known = Memory(leaf.result.findings, (leaf.study,))
        findings += [replace(finding, span=finding.span.moved(start)) for finding in known.findings]
        studies += known.studies
        start += leaf.height
    return Memory(tuple(findings), tuple(studies))


def _tell(blocks: Iterable[Block], memory: Memory) -> None:
    """Let each of these blocks remember what lay in its place."""
    start = 0
    for leaf in _leaves(blocks):
        end = start + leaf.height
        mine = tuple(
            replace(finding, span=finding.span.moved(-start))
            for finding in memory.findings
            if start <= finding.span.line < end
        )
        leaf.memory = Memory(mine, memory.studies)
        start = end


def _inherit(new: Iterable[Block], old: Iterable[Block]) -> None:
    """Carry over what the analysis found in blocks whose text has not changed."""
    known = {leaf.text: leaf for leaf in _leaves(old) if leaf.result is not None and not leaf.broken}
    for leaf in _leaves(new):
        twin = known.get(leaf.text)
        if twin is not None and not leaf.broken:
            leaf.content, leaf.study, leaf.result = twin.content, twin.study, twin.result
