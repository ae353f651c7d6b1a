"""A statement of a .sql migration, taken apart: which of its characters make a change."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.migrations.statements import run_forward, statements
from backend_architect.schema.actions import Rebuild
from backend_architect.schema.ddl_alter import actions
from backend_architect.schema.ddl_columns import column_definition
from backend_architect.schema.ddl_words import UnreadableError, Words, words_behind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.engine.project import Project
    from backend_architect.schema.changes import Change, Effect
    from backend_architect.schema.ddl_columns import Clause
    from backend_architect.sql.scanner import Piece

_ALTER_TABLE: Final = re.compile(r"ALTER\s+(?:FOREIGN\s+)?TABLE\b", re.IGNORECASE)
_DO: Final = re.compile(r"DO\b", re.IGNORECASE)
_BLOCK: Final = re.compile(
    r"^[ \t]*--[ \t]*\+(?:goose|migrate)[ \t]+Statement(Begin|End)\b", re.IGNORECASE | re.MULTILINE
)
_COMMENT: Final = re.compile(r"--|/\*")


@dataclass(frozen=True, slots=True)
class Action:
    """One of the actions of ALTER TABLE; offsets count from the beginning of the statement."""

    start: int
    end: int
    changes: tuple[Change, ...]
    words: Words

    @property
    def clauses(self) -> list[Clause]:
        """What ADD COLUMN says behind the type; empty for other actions."""
        words = self.words.copy()
        try:
            words.wants("ADD")
            words.takes("COLUMN")
            words.takes("IF", "NOT", "EXISTS")
            return column_definition(words, "").clauses
        except UnreadableError:
            return []


@dataclass(frozen=True)
class Statement:
    """A statement without its terminator."""

    text: str
    dialect: str = "postgres"

    @cached_property
    def actions(self) -> list[Action]:
        """The actions of ALTER TABLE, in their order; empty for other statements."""
        first = _ALTER_TABLE.match(self.text)
        if first is None:
            return []
        words = words_behind(first.end(), self.text, self.dialect, "", 1)
        found: list[Action] = []
        try:
            for part, changes in actions(words):
                whole = part.copy()
                whole.source()
                made = tuple(one for one in changes if not isinstance(one, Rebuild))
                found.append(Action(part.start, whole.passed, made, part))
        except UnreadableError:
            return []
        return found

    @cached_property
    def words(self) -> Words:
        """All words of it."""
        return words_behind(0, self.text, self.dialect, "", 1)

    @cached_property
    def table(self) -> str:
        """The table of ALTER TABLE, as it is written."""
        first = _ALTER_TABLE.match(self.text)
        if first is None:
            return ""
        words = words_behind(first.end(), self.text, self.dialect, "", 1)
        words.takes("IF", "EXISTS")
        words.takes("ONLY")
        start = words.start
        words.name()
        return self.text[start : words.passed]

    @cached_property
    def head(self) -> str:
        """`ALTER TABLE ONLY orders`, as it is written, on one line.

        Raises:
            UnwritableError: it is no ALTER TABLE, or a comment stands in there.
        """
        head = self.text[: self.actions[0].start] if self.actions else "--"
        if _COMMENT.search(head):
            raise UnwritableError("a comment stands between ALTER TABLE and what is done")
        return " ".join(head.split())

    def action_of(self, replaced: Iterable[Effect]) -> Action:
        """The one action that makes changes.

        Raises:
            UnwritableError: there is not one.
        """
        wanted = [without_place(one) for one in replaced]
        found = [
            one for one in self.actions if any(without_place(change) in wanted for change in one.changes)
        ]
        if len(found) != 1:
            raise UnwritableError("not one action of the statement does that")
        return found[0]


def without_place(change: Effect) -> str:
    """What a change says, wherever it is written."""
    return re.sub(r"origin=(?:None|Origin\([^()]*\))", "", repr(change))


def is_in_block(text: str, offset: int) -> bool:
    """Whether an offset stands between the lines that goose and sql-migrate put around one statement."""
    opened = [word for start, word in _block_lines(text) if start < offset]
    return bool(opened) and opened[-1] == "begin"


@lru_cache(maxsize=8)
def _block_lines(text: str) -> tuple[tuple[int, str], ...]:
    """Where the lines around statements begin, and which they are."""
    return tuple((one.start(), one[1].lower()) for one in _BLOCK.finditer(text))


@dataclass(frozen=True)
class SqlText:
    """The text of a migration, and the statements that make it or undo it."""

    path: str
    text: str
    dialect: str
    runs: str
    """The same with blanks in the place of all that is not run."""

    @classmethod
    def forward(cls, project: Project, path: str, dialect: str = "postgres") -> SqlText:
        """The statements of a file that are run when it is applied.

        Raises:
            UnwritableError: it cannot be read.
        """
        text = project.read(path)
        if text is None:
            raise UnwritableError(f"{path} cannot be read")
        return cls(path, text, dialect, run_forward(text))

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The statements, by their numbers."""
        return statements(self.runs, self.dialect)

    @cached_property
    def newline(self) -> str:
        """How its lines end."""
        return "\r\n" if "\r\n" in self.text else "\n"

    def piece(self, number: int) -> Piece:
        """A statement by its number.

        Raises:
            UnwritableError: there is none, or it is a block of code.
        """
        if number >= len(self.pieces) or self.pieces[number].kind != "sql":
            raise UnwritableError("the statement is not where it was")
        piece = self.pieces[number]
        if _DO.match(self.text, piece.start):
            raise UnwritableError("it stands in a DO block")
        return piece

    def of(self, piece: Piece) -> str:
        """The text of a statement."""
        return self.text[piece.start : piece.end]

    def end_of(self, piece: Piece) -> int:
        """The offset behind the terminator of a statement."""
        return self.text.index(";", piece.end) + 1 if piece.terminated else piece.end

    def line_start(self, offset: int) -> int:
        """The offset at which the line of an offset begins."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """The offset at which the line of an offset ends, before its line end."""
        found = self.text.find("\n", offset)
        end = len(self.text) if found < 0 else found
        return end - 1 if self.text[offset:end].endswith("\r") else end
