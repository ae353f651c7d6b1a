"""SQL in strings of a program: where a statement is handed to a database, and what it says."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, Span
from backend_architect.knowledge import libraries
from backend_architect.knowledge.libraries import SqlArgument
from backend_architect.python.drivers import with_driver
from backend_architect.python.folded import Chunk, Folded, Hole
from backend_architect.python.values import Symbol
from backend_architect.python.words import word_set
from backend_architect.sql.parsing import parse
from backend_architect.sql.query import Query
from backend_architect.sql.scanner import scan

if TYPE_CHECKING:
    from backend_architect.python.place import BlockView, Place

UNRESOLVED = SqlArgument(0, None, "one", 1, None, None, None)
"""A call of `execute` on something of which nobody knows whether it is a database: only SQL tells."""

_SQL = re.compile(
    r"[\s(]*(select|insert|update|delete|with|merge|replace|create|alter|drop|call)\b", re.IGNORECASE
)

_STATEMENT = re.compile(
    r"[\s(]*(?:--|/\*|(?:alter|analyze|attach|begin|call|checkpoint|cluster|comment|commit|copy|create|deallocate"
    r"|declare|delete|detach|do|drop|exec|execute|explain|flush|grant|insert|kill|listen|load|lock|merge|notify|optimize"
    r"|pragma|prepare|refresh|reindex|release|rename|replace|reset|revoke|rollback|savepoint|select|set|show|start"
    r"|table|truncate|unlisten|update|use|vacuum|values|with)\b(?!\s*[.=<>!]))",
    re.IGNORECASE,
)
"""A text that is a statement, and not a part of one."""

_NO_CONDITIONS = frozenset({"Literal", "Column", "Boolean", "Null", "Anonymous"})
"""What stands alone behind WHERE when a text is no condition."""

_NAMES = frozenset(path.rpartition(".")[2] for path in libraries.paths("sql"))
_FUNCTIONS = frozenset({"execute_query", "execute_sql", "query_db", "run_query", "run_sql"})
_UNRESOLVED_NAMES = _FUNCTIONS | word_set(
    """
    execute executemany executescript exec_driver_sql mogrify raw query fetch fetchrow fetchval fetch_all
    fetch_one fetch_val
    """
)


@dataclass(slots=True)
class Segment:
    """A part of the folded string, and where it stands in the whole of it."""

    start: int
    end: int
    part: Chunk | Hole


@dataclass(slots=True, eq=False)
class Sink:
    """A call that hands SQL to a database."""

    call: ast.Call
    argument: SqlArgument
    sql: ast.expr
    folded: Folded
    segments: list[Segment]
    """The parts of the string, each with its place in the text in which holes have names of their own."""
    queries: list[Query]
    starts: list[int]
    """Where each query begins in that text."""
    holes: list[list[Hole]]
    """The holes of each query."""


def sink_at(call: ast.Call, place: Place) -> Sink | None:
    """The SQL that a call hands to a database; None if it hands over none that can be read."""
    sinks = place.view.sinks
    if call not in sinks:
        sinks[call] = _sink_of(call, place)
    return sinks[call]


def begins_as_sql(text: str) -> bool:
    """Whether a text begins with the verb of a statement."""
    return _SQL.match(text) is not None


def _sink_of(call: ast.Call, place: Place) -> Sink | None:
    if isinstance(call.func, ast.Attribute) and call.func.attr not in _NAMES | _UNRESOLVED_NAMES:
        return None
    argument = _argument_of(call, place)
    if argument is None:
        return None
    sql = place.argument(call, argument.position, argument.keyword)
    folded = _folded(sql, argument, place) if sql is not None else None
    if sql is None or folded is None:
        return None
    argument = with_driver(argument, call, place)
    dialect = argument.dialect or place.view.dialect
    if argument.prefix and folded.parts and not _is_statement(folded):
        folded = _completed(folded, argument, dialect, sql)
    reader = _Reader(place.view, folded, dialect)
    if argument is UNRESOLVED and not begins_as_sql(reader.text):
        return None
    queries, starts, holes = reader.queries()
    return Sink(call, argument, sql, folded, reader.segments, queries, starts, holes)


def queries_in(string: ast.expr, place: Place) -> list[Query]:
    """The statements in a string of which nobody knows whether a database gets it; it must begin as SQL."""
    folded = place.fold(string)
    reader = _Reader(place.view, folded, place.view.dialect) if folded is not None else None
    return reader.queries()[0] if reader is not None and begins_as_sql(reader.text) else []


def _folded(sql: ast.expr, argument: SqlArgument, place: Place) -> Folded | None:
    """The text of an argument; conditions in a list are put together as the library does."""
    if not argument.listed:
        return place.fold(sql)
    folded = Folded()
    for condition in sql.elts if isinstance(sql, ast.List | ast.Tuple) else ():
        text = place.fold(condition)
        if text is None:
            return None
        if folded.parts:
            folded.parts.append(Chunk(" AND ", condition))
        folded.extend(text)
    return folded if folded.parts else None


def _is_statement(folded: Folded) -> bool:
    first = folded.parts[0]
    return isinstance(first, Chunk) and _STATEMENT.match(first.text) is not None


def _completed(folded: Folded, argument: SqlArgument, dialect: str, sql: ast.expr) -> Folded:
    """A part of a statement with what the library writes before it; as it is where that is no condition."""
    prefix = Chunk(argument.prefix, sql)
    if argument.parameters == "chained" and folded.holes:
        texts = [part.text if isinstance(part, Chunk) else "_hole_" for part in folded.parts]
        tree = parse(argument.prefix + "".join(texts), dialect).tree
        where = tree.args.get("where") if tree is not None else None
        if where is None or type(where.this).__name__ in _NO_CONDITIONS:
            return folded
    return replace(folded, parts=[prefix, *folded.parts])


def _argument_of(call: ast.Call, place: Place) -> SqlArgument | None:
    value = place.resolve(call.func)
    known = libraries.sql_argument(value.path) if isinstance(value, Symbol) else None
    if known is None and isinstance(call.func, ast.Attribute) and _is_manager(call.func.value):
        known = libraries.sql_argument(f"django.db.models.QuerySet.{call.func.attr}")
    if known is None and isinstance(call.func, ast.Attribute) and call.func.attr in _UNRESOLVED_NAMES:
        return UNRESOLVED
    if known is None and isinstance(call.func, ast.Name) and call.func.id in _FUNCTIONS:
        return UNRESOLVED
    return known


def _is_manager(node: ast.expr) -> bool:
    """Whether an expression begins with `Model.objects`, which Django alone writes so."""
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Attribute) and node.attr == "objects":
            return isinstance(node.value, ast.Name | ast.Attribute)
        node = node.func if isinstance(node, ast.Call) else node.value
    return False


@dataclass(slots=True)
class _Reader:
    view: BlockView
    folded: Folded
    dialect: str
    segments: list[Segment] = field(default_factory=list[Segment])
    text: str = field(init=False)

    def __post_init__(self) -> None:
        self.text = self._text()

    def queries(self) -> tuple[list[Query], list[int], list[list[Hole]]]:
        """The statements, where each begins, and the holes of each."""
        text = self.text
        queries: list[Query] = []
        starts: list[int] = []
        holes: list[list[Hole]] = []
        for piece in scan(text, self.dialect).pieces:
            if piece.kind == "sql":
                mine = [
                    s
                    for s in self.segments
                    if isinstance(s.part, Hole) and piece.start <= s.start < piece.end
                ]
                queries.append(self._query(text, piece.start, piece.end, mine))
                starts.append(piece.start)
                holes.append([segment.part for segment in mine if isinstance(segment.part, Hole)])
        return queries, starts, holes

    def _text(self) -> str:
        """The whole string, with a name of its own for each hole."""
        texts: list[str] = []
        at = 0
        for number, part in enumerate(self.folded.parts):
            text = part.text if isinstance(part, Chunk) else f"_hole{number}_"
            texts.append(text)
            self.segments.append(Segment(at, at + len(text), part))
            at += len(text)
        return "".join(texts)

    def _query(self, text: str, start: int, end: int, holes: list[Segment]) -> Query:
        def locate(first: int, last: int) -> Span:
            return self.view.source.span(
                self._place(start + first)[0], self._place(max(start + last - 1, start))[1]
            )

        def replace(first: int, last: int, replacement: str) -> Edit | None:
            return self._edit(start + first, start + last, replacement)

        spans = tuple((one.start - start, one.end - start) for one in holes)
        return Query(text[start:end], self.dialect, locate, replace, spans, embedded=True)

    def _place(self, offset: int) -> tuple[int, int]:
        """Where the character at an offset of the string begins and ends in the block."""
        segment = self._segment(offset)
        literal = segment.part.literal
        if isinstance(segment.part, Chunk) and literal is not None:
            characters = self.view.string(literal).characters()
            index = segment.part.start + offset - segment.start
            if index < len(characters):
                return characters[index][1:]
        return self.view.range_of(segment.part.node)

    def _edit(self, first: int, last: int, replacement: str) -> Edit | None:
        """The edit of constant text that is written in this block, in an ordinary literal."""
        segment = self._segment(max(first - 1, 0) if first == last else first)
        literal = segment.part.literal
        inside = segment.start <= first and last <= segment.end
        if not isinstance(segment.part, Chunk) or literal is None or segment.part.doubled or not inside:
            return None
        if set(replacement) & set("\\'\"{}%\r\n"):
            return None
        characters = self.view.string(literal).characters()
        shift = segment.part.start - segment.start
        start = characters[first + shift][1] if first < segment.end else characters[first + shift - 1][2]
        end = characters[last + shift - 1][2] if first < last else start
        return Edit(self.view.source.span(start, end), replacement)

    def _segment(self, offset: int) -> Segment:
        return next((one for one in self.segments if one.start <= offset < one.end), self.segments[-1])
