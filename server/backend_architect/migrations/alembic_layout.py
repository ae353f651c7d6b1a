"""Where the operations of a safe sequence go in `upgrade()`, and the blocks around them."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.engine.text import SourceText, apply_edits, line_end
from backend_architect.indexing.python_style import WIDTH
from backend_architect.migrations.alembic_edits import out_of_batch
from backend_architect.migrations.alembic_site import is_block, sites

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.indexing.python_file import PythonFile
    from backend_architect.indexing.python_style import Style
    from backend_architect.migrations.alembic_calls import Calls
    from backend_architect.migrations.alembic_site import Site

_COMMITS: Final = "The block commits what stands before it, so that no lock is held meanwhile."
_GAP: Final = re.compile(r"[\s(),]*")
"""What stands between arguments, unless it is a comment."""
_ADDITIVE: Final = ("add_column", "create_")
"""How operations begin behind which another one of their batch may move."""


@dataclass(frozen=True, slots=True)
class Piece:
    """An operation of a sequence."""

    alone: bool
    """Whether it runs outside of the transaction."""
    why: str
    code: Callable[[str], str] | None = None
    """Writes it for a line with an indentation; None for the author's own operation."""
    edits: tuple[Edit, ...] = ()
    """The edits of the author's own."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Puts the pieces of a sequence in the place of an operation."""

    site: Site
    calls: Calls
    pieces: Sequence[Piece]
    at_end: bool = False
    """Whether what commits may go to the end of the function, behind all that it would commit."""

    @property
    def _file(self) -> PythonFile:
        return self.site.file

    def edits(self) -> list[Edit]:
        """The edits.

        Raises:
            UnwritableError: the operation cannot leave its place.
        """
        stay, rest = self._staying()
        start, end = self.site.lines
        container, body = self._container()
        indent = self._file.indent_of(container)
        vanishes = not stay or container is self.site.statement
        here = [*self._lines(stay, self._file.indent_of(self.site.statement))]
        if vanishes and container is not self.site.statement:
            vanishes = self._is_only_one(container, start)
            start = self._file.source.at(container.lineno - 1, 0) if vanishes else start
        place = body.index(container)
        moved = self.at_end and place + 1 < len(body) and any(one.alone for one in rest)
        if moved:
            before, behind = body[-1], None
        else:
            before = body[place - 1] if vanishes and not stay and place else None
            behind = body[place + 1] if place + 1 < len(body) else None
        lines, inner = self._arranged(rest, indent, before, behind)
        edits = self._inside(behind, inner)
        if vanishes and not moved:
            return [*edits, self._replace(start, end, [*here, *lines])]
        after = self._line_end(body[-1] if moved else container)
        newline = self._file.style.newline
        if after == end:
            text = "".join(newline + line for line in [*here, *lines])
            return [*edits, self._file.at.edit(start - len(newline), end, text)]
        text = "".join(newline + line for line in lines)
        return [*edits, self._replace(start, end, here), self._file.at.edit(after, after, text)]

    def _staying(self) -> tuple[Sequence[Piece], Sequence[Piece]]:
        """The pieces that stand where the operation stands, and those that come behind."""
        batch = self.site.around.batch
        count = 0
        while count < len(self.pieces) and not self.pieces[count].alone:
            if batch is not None and self.pieces[count].code is not None:
                break
            count += 1
        stay, rest = self.pieces[:count], self.pieces[count:]
        if batch is not None and any(one.code is None for one in rest):
            self._check_batch(batch)
        return stay, rest

    def _check_batch(self, batch: ast.With) -> None:
        later = [
            one
            for one in sites(self._file, "upgrade")
            if one.around.batch is batch and one.statement.lineno > self.site.statement.lineno
        ]
        if not all(one.operation.name.startswith(_ADDITIVE) for one in later):
            raise UnwritableError("operations of its batch stand behind it")

    def _container(self) -> tuple[ast.stmt, Sequence[ast.stmt]]:
        """The statement that is the operation or its batch, and those among which that stands."""
        around = self.site.around
        return (self.site.statement, around.body) if around.batch is None else (around.batch, around.outer)

    def _is_only_one(self, batch: ast.stmt, start: int) -> bool:
        """Whether nothing else stands in a batch."""
        row, _ = self._file.source.position(start)
        only = len(self.site.around.body) == 1
        if only and row != batch.lineno:
            raise UnwritableError("comments stand in the batch")
        return only

    def _arranged(
        self, pieces: Sequence[Piece], indent: str, before: ast.stmt | None, behind: ast.stmt | None
    ) -> tuple[list[str], list[str]]:
        """The lines of pieces, and of them those that go into the block behind."""
        groups = [(alone, [*some]) for alone, some in groupby(pieces, lambda one: one.alone)]
        lines: list[str] = []
        for number, (alone, some) in enumerate(groups):
            if not alone:
                lines += self._lines(some, indent)
            elif not number and before is not None and is_block(before):
                lines += self._lines(some, self._inner(before))
            elif number == len(groups) - 1 and behind is not None and is_block(behind):
                return lines, [*self._lines(some, self._inner(behind))]
            else:
                lines.append(f"{indent}with {self.calls.op}.get_context().autocommit_block():")
                lines += self._lines(some, indent + self._file.style.unit)
        return lines, []

    def _inner(self, block: ast.stmt) -> str:
        return self._file.indent_of(block.body[0]) if isinstance(block, ast.With) else ""

    def _inside(self, block: ast.stmt | None, lines: Sequence[str]) -> list[Edit]:
        """The edit that puts lines at the beginning of a block."""
        if not lines or not isinstance(block, ast.With):
            return []
        head = block.items[0].context_expr
        row = (head.end_lineno or head.lineno) - 1
        place = self._file.source.at(row, line_end(self._file.source.lines[row]))
        return [self._file.at.edit(place, place, "".join(self._file.style.newline + one for one in lines))]

    def _replace(self, start: int, end: int, lines: Sequence[str]) -> Edit:
        """The edit that puts lines in the place of whole ones."""
        newline = self._file.style.newline
        if lines:
            return self._file.at.edit(start, end, newline.join(lines))
        gap = re.compile(rf"{newline}(?:[ \t]*{newline})?").match(self._file.text, end)
        return self._file.at.edit(start, gap.end() if gap is not None else end, "")

    def _line_end(self, node: ast.stmt) -> int:
        row = (node.end_lineno or node.lineno) - 1
        return self._file.source.at(row, line_end(self._file.source.lines[row]))

    def _lines(self, pieces: Sequence[Piece], indent: str) -> Iterator[str]:
        """The lines of pieces with their comments."""
        has_own = any(one.code is None for one in self.pieces)
        for piece in pieces:
            if piece.code is None or (not has_own and piece is self.pieces[0]):
                yield from (indent + line for line in self.site.lead)
                yield from [indent + self.site.beside] if not has_own and self.site.beside else []
            if piece.why:
                yield from self._comment(piece, indent)
            yield from (indent + (piece.code(indent) if piece.code else self._own(piece, indent))).split(
                self._file.style.newline
            )

    def _comment(self, piece: Piece, indent: str) -> Iterator[str]:
        text = f"{piece.why} {_COMMITS}" if piece.alone else piece.why
        yield from textwrap.wrap(
            text, WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ", break_on_hyphens=False
        )

    def _own(self, piece: Piece, indent: str) -> str:
        """The author's operation as it will be, on a line with an indentation."""
        file, statement = self._file, self.site.statement
        stays = piece is self.pieces[0] and not piece.alone
        leaves = self.site.around.batch is not None and not stays
        # Where both stand at one place, the table goes before the keywords.
        edits = [*(out_of_batch(self.site, self.calls) if leaves else []), *piece.edits]
        text = apply_edits(file.text, edits)
        start, end = file.at.range_of(statement)[0], self.site.lines[1]
        moved = _moved(text[start : len(text) - (len(file.text) - end)], file.indent_of(statement), indent)
        rows = file.source.lines[statement.lineno - 1 : statement.end_lineno]
        widths = [
            max(len(line.rstrip()) for line in lines) for lines in (rows, (indent + moved).splitlines())
        ]
        return _spread(moved, indent, file.style) if widths[0] <= WIDTH < widths[1] else moved


def _moved(statement: str, was: str, indent: str) -> str:
    """A statement with another indentation; the lines of its strings stay where they are."""
    fixed = {
        row
        for node in ast.walk(ast.parse(statement))
        if isinstance(node, ast.Constant | ast.JoinedStr) and _is_tall(statement, node)
        for row in range(node.lineno, node.end_lineno or node.lineno)
    }
    lines = statement.splitlines(keepends=True)
    return "".join(
        line if not row or row in fixed else indent + line.removeprefix(was) for row, line in enumerate(lines)
    )


def _spread(statement: str, indent: str, style: Style) -> str:
    """A call that has become too long for a line, with each argument on a line of its own."""
    (node,) = ast.parse(statement).body
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return statement
    call, source = node.value, SourceText(statement)
    given = sorted((*call.args, *call.keywords), key=lambda one: (one.lineno, one.col_offset))
    ends = [_end(one, source) for one in (call.func, *given)]
    starts = [source.offset(one.lineno - 1, one.col_offset) for one in given]
    arguments = [statement[start:end] for start, end in zip(starts, ends[1:], strict=True)]
    gaps = [statement[end:start] for end, start in zip(ends, [*starts, _end(call, source)], strict=True)]
    if len(given) == 1 or "\n" in "".join(arguments) or not all(_GAP.fullmatch(one) for one in gaps):
        return statement
    beside = statement[_end(call, source) :]
    return style.call(statement[: ends[0]], arguments, indent, beside=len(beside)) + beside


def _end(node: ast.expr | ast.keyword, source: SourceText) -> int:
    return source.offset((node.end_lineno or node.lineno) - 1, node.end_col_offset or 0)


def _is_tall(text: str, node: ast.expr) -> bool:
    return (
        node.lineno != node.end_lineno
        and re.search("\"\"\"|'''", ast.get_source_segment(text, node) or "") is not None
    )
