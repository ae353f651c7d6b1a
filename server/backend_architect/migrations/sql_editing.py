"""Statements put into the text of a .sql file, cut out of it and put behind others."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from backend_architect.engine.findings import Edit
from backend_architect.engine.text import SourceText
from backend_architect.indexing.sql_writing import INVALID
from backend_architect.schema.changes import AddIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from backend_architect.migrations.phases import Phase
    from backend_architect.migrations.sql_phrases import Phrases
    from backend_architect.migrations.sql_statement import SqlText
    from backend_architect.schema.changes import Effect
    from backend_architect.sql.scanner import Piece

_TAIL: Final = re.compile(r"[ \t]*(?:--[^\r\n]*)?(?=\r?\n|\Z)")
_LINE_WITH_TEXT: Final = re.compile(r"\r?\n[ \t]*[^\s]")
_COMMENT_LINE: Final = re.compile(r"[ \t]*--(.*)")
_LOCAL: Final = re.compile(r"SET\s+LOCAL\b", re.IGNORECASE)
_DIRECTIVE: Final = re.compile(
    r"\s*(?:\+goose|\+migrate|migrate:|changeset|liquibase|depends:|transactional:|no-transaction|atlas:"
    r"|-*\s*!|(?:up|down)\s+migration|//|rollback\b|comment:|precondition)",
    re.IGNORECASE,
)
"""Comments that tell a tool something."""


@dataclass(frozen=True, slots=True)
class Part:
    """One change of a safe sequence, and how it is said."""

    change: Effect
    phase: Phase
    text: str
    """The statement, or the action of one."""
    action: bool = False
    why: str = ""
    """Empty where the part before it has said it."""
    apart: bool = False
    """Whether a blank line stands above it in any case."""

    @property
    def comment(self) -> str:
        """The lines above it; empty for none."""
        guarded = isinstance(self.change, AddIndex) and self.change.concurrently and self.change.unless_exists
        return "\n".join(filter(None, [f"-- {self.why}" if self.why else "", INVALID if guarded else ""]))


@lru_cache(maxsize=8)
def _source(text: str) -> SourceText:
    return SourceText(text)


@dataclass
class SqlEditing:
    """Collects the edits of a file."""

    of: SqlText
    edits: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])

    def built(self) -> tuple[Edit, ...]:
        """The edits at their places."""
        source = _source(self.of.text)
        made: list[tuple[int, int, str]] = []
        for edit in sorted(self.edits, key=lambda edit: edit[:2]):
            # Two that touch are one, in the order in which they were asked for.
            touches = made and made[-1][1] == edit[0]
            before = made.pop() if touches else (edit[0], edit[0], "")
            made.append((before[0], edit[1], before[2] + edit[2]))
        return tuple(
            Edit(source.span(start, end), re.sub(r"\r?\n", self.of.newline, text))
            for start, end, text in made
        )

    def replace(self, start: int, end: int, text: str) -> None:
        """Put a text in the place of another."""
        self.edits.append((start, end, text))

    def comments_above(self, piece: Piece) -> tuple[int, list[str]]:
        """The comment above a statement, which is about it: its offset, and its lines."""
        start = self.of.line_start(piece.start)
        lines: list[str] = []
        while start:
            above = self.of.line_start(start - 1)
            found = _COMMENT_LINE.match(self.of.text[above : self.of.line_end(above)])
            if found is None or _DIRECTIVE.match(found[1]):
                break
            lines.insert(0, found[0].strip())
            start = above
        return start, lines

    def cut(self, piece: Piece) -> list[str]:
        """Take a statement out with the comment above it, whose lines are given back."""
        start, end = piece.start, self.of.end_of(piece)
        lines: list[str] = []
        text = self.of.text
        own = not text[self.of.line_start(start) : start].strip()
        tail = _TAIL.match(text, end)
        if own and tail:
            start, lines = self.comments_above(piece)
            if said := tail[0].strip():
                lines.append(said)
            end = min(len(text), self.of.line_end(end) + len(self.of.newline))
            # Not two blank lines where the statement was.
            if re.search(r"\n[ \t]*\r?\n\Z", text[:start]) and re.match(r"[ \t]*\r?(?:\n|\Z)", text[end:]):
                end = min(len(text), self.of.line_end(end) + len(self.of.newline))
        self.replace(start, end, "")
        return lines

    def make_global(self, pieces: Iterable[Piece]) -> None:
        """Let settings hold outside of transactions: SET without LOCAL."""
        for piece in pieces:
            if local := _LOCAL.match(self.of.of(piece)):
                self.replace(piece.start + len("SET"), piece.start + local.end(), "")

    def put_behind(self, piece: Piece, text: str, *, apart: bool = False) -> None:
        """Put statements on the lines behind another one, and apart from what comes next."""
        end = self.of.end_of(piece)
        if not piece.terminated:
            self.replace(piece.end, piece.end, ";")
            end = piece.end
        tail = _TAIL.match(self.of.text, end)
        if tail:
            gap = "\n" if apart and _LINE_WITH_TEXT.match(self.of.text, tail.end()) else ""
            self.replace(tail.end(), tail.end(), f"\n{text}{gap}")
            return
        blank = re.compile(r"[ \t]*").match(self.of.text, end)
        self.replace(end, blank.end() if blank else end, f"\n{text}\n")

    def put(self, piece: Piece, phrases: Phrases, here: Sequence[Part]) -> list[str]:
        """Put parts in the place of what they replace; gives the comments of what went away altogether."""
        action = phrases.action
        first = here[0] if here else None
        comments: list[str] = []
        if action is not None and first is not None and first.action and phrases.clause is None:
            self.replace(piece.start + action.start, piece.start + action.end, first.text)
            rest = here[1:]
        elif phrases.several:
            comments = self._cut_action(piece, phrases)
            rest = here
        elif first is not None:
            self.replace(piece.start, piece.end, first.text)
            rest = here[1:]
        else:
            return self.cut(piece)
        if first is not None and rest != here and first.comment:
            self._comment(piece, first.comment)
        if rest:
            apart = first is not None and rest != here and bool(first.comment)
            text = self.block(piece, phrases, rest, comments, apart=apart)
            self.put_behind(piece, text, apart=bool(rest[-1].comment))
        return [] if rest else comments

    def _cut_action(self, piece: Piece, phrases: Phrases) -> list[str]:
        """Cut an action out of a statement, or a clause out of a new column; gives the comments with it."""
        statement, action, clause = phrases.statement, phrases.altering, phrases.clause
        if clause is not None:
            start = len(statement.text[: clause.start].rstrip())
            end = clause.end
        else:
            at = statement.actions.index(action)
            last = at == len(statement.actions) - 1
            start = statement.actions[at - 1].end if last else action.start
            end = action.end if last else statement.actions[at + 1].start
        self.replace(piece.start + start, piece.start + end, "")
        return re.findall(r"--[^\r\n]*", statement.text[start:end])

    def _comment(self, piece: Piece, text: str) -> None:
        start = self.of.line_start(piece.start)
        indent = self.of.text[start : piece.start]
        if not indent.strip():
            self.replace(start, start, "".join(f"{indent}{line}\n" for line in text.splitlines()))

    def block(
        self,
        piece: Piece,
        phrases: Phrases,
        parts: Iterable[Part],
        comments: Sequence[str] = (),
        *,
        apart: bool = False,
    ) -> str:
        """Statements as lines of the file; see `block`."""
        before = self.of.text[self.of.line_start(piece.start) : piece.start]
        indent = "" if before.strip() else before
        return _indented(block(phrases, parts, comments, apart=apart), indent)


def block(
    phrases: Phrases, parts: Iterable[Part], comments: Sequence[str] = (), *, apart: bool = False
) -> str:
    """Statements one below the other; blank lines stand around one with a comment.

    `apart` says that a statement with a comment stands above them.
    """
    lines: list[str] = []
    for part in parts:
        above = [*comments, *part.comment.splitlines()]
        lines += ["", *above] if above or apart or part.apart else []
        lines.append(f"{phrases.whole(part.text, action=part.action)};")
        apart, comments = bool(above), ()
    return "\n".join(lines)


def _indented(text: str, indent: str) -> str:
    return "\n".join(f"{indent}{line}" if line else "" for line in text.split("\n"))
