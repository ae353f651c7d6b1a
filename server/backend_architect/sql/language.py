"""SQL files, as the engine sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, Span
from backend_architect.engine.suppressions import Comment
from backend_architect.engine.text import SourceText
from backend_architect.sql.parsing import primary_keys_added
from backend_architect.sql.query import Query, QueryPlace, Tables
from backend_architect.sql.scanner import scan
from backend_architect.sql.syntax import SqlSyntax, Statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.engine.blocks import Block
    from backend_architect.engine.language import Elsewhere, Recorder
    from backend_architect.engine.rules import Rule, RuleTable


@dataclass(frozen=True, slots=True)
class SqlStudy:
    """The tables, without their schema, to which the statements of a block give a primary key."""

    key: frozenset[str]
    imports: frozenset[str] = frozenset()


class SqlLanguage:
    """SQL of one dialect."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.syntax = SqlSyntax(dialect)

    def study(self, block: Block, rules: RuleTable) -> SqlStudy:  # noqa: ARG002 - a protocol
        """What a block says about tables that other blocks create."""
        if "primary" not in block.text.lower():
            return SqlStudy(frozenset())
        tables = primary_keys_added(block.text, self.dialect)
        return SqlStudy(frozenset(table.rpartition(".")[2] for table in tables))

    def owner(self, head: Block) -> str | None:  # noqa: ARG002 - a protocol
        """Nothing: no block of SQL has members."""
        return None

    def names(self, studies: Sequence[tuple[str | None, SqlStudy]], elsewhere: Elsewhere) -> Tables:  # noqa: ARG002 - as Language
        """What all blocks say about tables."""
        return Tables(frozenset(table for _, study in studies for table in study.key))

    def subjects(
        self,
        block: Block,
        owner: str | None,  # noqa: ARG002 - a protocol
        rules: RuleTable,
        recorder: Recorder,
    ) -> Iterator[tuple[Rule, Query, QueryPlace]]:
        """Every statement, for every rule that looks at queries."""
        wanted = rules.by_subject.get(Query, ())
        if not wanted:
            return
        content: Statements = block.content
        source = SourceText(block.text)
        for piece in content.pieces:
            if piece.kind == "sql":
                query = self._query(source, piece.start, piece.end)
                for rule in wanted:
                    yield rule, query, QueryPlace(rule.id, recorder.look)

    def _query(self, source: SourceText, start: int, end: int) -> Query:
        def locate(first: int, last: int) -> Span:
            return source.span(start + first, start + last)

        def replace(first: int, last: int, text: str) -> Edit:
            return Edit(locate(first, last), text)

        return Query(source.text[start:end], self.dialect, locate, replace)

    def cursor(self, block: Block, owner: str | None, line: int, recorder: Recorder) -> None:
        """Nothing: there are no refactorings of SQL."""

    def comments(self, block: Block) -> Iterator[Comment]:
        """The comments of a block."""
        source = SourceText(block.text)
        for start, end in scan(block.text, self.dialect).comments:
            line, column = source.position(start)
            followed = line + 1 < len(source.lines)
            yield Comment(line, column, block.text[start:end], source.lines[line][:column], followed)

    def statement(self, block: Block, span: Span) -> tuple[int, int]:
        """The lines of the SQL statement around a span."""
        source = SourceText(block.text)
        content: Statements = block.content
        lines = (source.span(piece.start, piece.end) for piece in content.pieces)
        around = (one for one in lines if one.line <= span.line <= one.end_line)
        return next(((one.line, one.end_line) for one in around), (span.line, span.end_line))

    def enclosing(self, block: Block, owner: str | None, line: int) -> str:  # noqa: ARG002 - a protocol
        """Nothing: statements of SQL stand for themselves."""
        return ""
