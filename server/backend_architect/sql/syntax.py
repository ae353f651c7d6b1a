"""How a SQL text is cut into blocks: runs of lines at whose ends no statement is under way."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from backend_architect.engine.blocks import Block
from backend_architect.sql.scanner import Piece, Scan, scan

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements of a block, by offsets in its text."""

    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class SqlSyntax:
    """SQL of one dialect. Its blocks have no members."""

    dialect: str

    def read(self, lines: Sequence[str], indent: str | None) -> list[Block] | None:  # noqa: ARG002 - a protocol
        """The statements of the lines; None if a quote, a comment or a body is open at their end."""
        scanned = scan("".join(lines), self.dialect)
        return _blocks(lines, scanned) if scanned.closed else None

    def read_head(self, lines: Sequence[str], indent: str) -> list[Block] | None:  # noqa: ARG002 - a protocol
        """Nothing: no block of SQL has members."""
        return None

    def split(self, lines: Sequence[str], indent: str | None) -> list[Block]:  # noqa: ARG002 - a protocol
        """The statements of the lines, of which those are broken that cannot be scanned alone."""
        blocks = _blocks(lines, scan("".join(lines), self.dialect))
        for block in blocks:
            if not scan(block.text, self.dialect).closed:
                block.content = None
                block.joins = False
        return blocks

    def escapes(self, lines: Sequence[str], indent: str) -> bool:  # noqa: ARG002 - a protocol
        """Never."""
        return False

    def too_low(self, height: int) -> bool:  # noqa: ARG002 - a protocol
        """Always: there is nothing to cut."""
        return True


def _blocks(lines: Sequence[str], scanned: Scan) -> list[Block]:
    starts = [0, *accumulate(map(len, lines))]
    cuts = [bisect_right(starts, cut) - 1 for cut in scanned.cuts]
    bounds = sorted({0, *cuts, len(lines)})
    pieces = iter(scanned.pieces)
    piece = next(pieces, None)
    blocks: list[Block] = []
    for first, last in pairwise(bounds):
        start, end = starts[first], starts[last]
        mine: list[Piece] = []
        while piece is not None and piece.start < end:
            mine.append(Piece(piece.start - start, piece.end - start, piece.terminated, piece.kind))
            piece = next(pieces, None)
        complete = last in cuts and bool(mine)
        blocks.append(
            Block("".join(lines[first:last]), last - first, Statements(tuple(mine)), joins=not complete)
        )
    return blocks
