"""Blocks: the runs of whole lines that a text is cut into, and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from backend_architect.engine.findings import Finding


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


def leaves_of(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks without members among some blocks and their members."""
    for block in blocks:
        if block.members is None:
            yield block
        else:
            yield from leaves_of(block.members.blocks)


def memory_of(blocks: Sequence[Block]) -> Memory:
    """All that is known of some blocks, at places counted from the first line of the first of them."""
    findings: list[Finding] = []
    studies: list[Any] = []
    start = 0
    for leaf in leaves_of(blocks):
        known = leaf.memory or Memory()
        if leaf.result is not None and not leaf.broken:
            known = Memory(leaf.result.findings, (leaf.study,))
        findings += [replace(finding, span=finding.span.moved(start)) for finding in known.findings]
        studies += known.studies
        start += leaf.height
    return Memory(tuple(findings), tuple(studies))


def tell(blocks: Iterable[Block], memory: Memory) -> None:
    """Let each of these blocks remember what lay in its place."""
    start = 0
    for leaf in leaves_of(blocks):
        end = start + leaf.height
        mine = tuple(
            replace(finding, span=finding.span.moved(-start))
            for finding in memory.findings
            if start <= finding.span.line < end
        )
        leaf.memory = Memory(mine, memory.studies)
        start = end


def inherit(new: Iterable[Block], old: Iterable[Block]) -> None:
    """Carry over what the analysis found in blocks whose text has not changed."""
    known = {leaf.text: leaf for leaf in leaves_of(old) if leaf.result is not None and not leaf.broken}
    for leaf in leaves_of(new):
        twin = known.get(leaf.text)
        if twin is not None and not leaf.broken:
            leaf.content, leaf.study, leaf.result = twin.content, twin.study, twin.result
