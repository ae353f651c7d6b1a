"""Python files, as the engine sees them."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

from backend_architect.engine.text import SourceText, split_lines
from backend_architect.python.comments import comments_of
from backend_architect.python.cursor import Cursor, cursor_at
from backend_architect.python.embedded import sink_at
from backend_architect.python.module import ModuleNames
from backend_architect.python.place import BlockView, Place
from backend_architect.python.survey import PythonStudy, named, study
from backend_architect.python.syntax import Parsed, PythonSyntax
from backend_architect.sql.query import Query, QueryPlace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.engine.blocks import Block
    from backend_architect.engine.findings import Span
    from backend_architect.engine.language import Recorder, Subjects
    from backend_architect.engine.rules import Rule, RuleTable
    from backend_architect.engine.suppressions import Comment
    from backend_architect.python.names import Look
    from backend_architect.python.survey import Frame


class PythonLanguage:
    """Python, with SQL in its strings."""

    def __init__(self, dialect: str, path: str = "") -> None:
        self.dialect = dialect
        self.path = path
        self.syntax = PythonSyntax()

    def study(self, block: Block, rules: RuleTable) -> PythonStudy:
        """The names that a block binds, what it imports, and the nodes that rules look at."""
        parsed: Parsed = block.content
        wanted = rules.syntax_nodes | ({ast.Call} if Query in rules.by_subject else set[type]())
        return study(parsed.body, wanted, member=parsed.member, head=parsed.head)

    def owner(self, head: Block) -> str | None:
        """The name of the class whose head a block is, or was before it broke."""
        if head.content is not None:
            return head.content.body[0].name
        studies = head.memory.studies if head.memory is not None else ()
        names = [name for one in studies for name, binding in one.bindings if binding.kind == "class"]
        return names[0] if names else None

    def names(self, studies: Sequence[tuple[str | None, PythonStudy]], elsewhere: Look) -> ModuleNames:
        """What the names of a module stand for."""
        imported = frozenset[str]().union(*(study.imports for _, study in studies))
        return ModuleNames(named(studies), imported, elsewhere, [study for _, study in studies])

    def subjects(self, block: Block, owner: str | None, rules: RuleTable, recorder: Recorder) -> Subjects:
        """Every node that a rule looks at, and every SQL statement in a string."""
        for_queries = rules.by_subject.get(Query, ())
        told: PythonStudy = block.study
        told.frame.owner = owner
        source = SourceText(block.text)
        view = BlockView(block.content, source, recorder.look, self.dialect, told.around, self.path)
        asleep = _asleep(rules, block.text)
        places: dict[tuple[type, Frame], list[tuple[Rule, Place]]] = {}
        for node, frame in told.nodes:
            kind = type(node), frame
            if kind not in places:
                speaking = rules.by_subject.get(kind[0], ())
                places[kind] = [
                    (rule, Place(rule.id, view, frame)) for rule in speaking if rule.id not in asleep
                ]
            for rule, place in places[kind]:
                yield rule, node, place
            if for_queries and isinstance(node, ast.Call):
                sink = sink_at(node, Place("", view, frame))
                for query in sink.queries if sink is not None else ():
                    for rule in for_queries:
                        yield rule, query, QueryPlace(rule.id, recorder.look)

    def cursor(
        self, block: Block, owner: str | None, line: int, recorder: Recorder
    ) -> tuple[Cursor, Place] | None:
        """The function and the statement at a line."""
        return cursor_at(block, owner, line, recorder.look, self.dialect)

    def comments(self, block: Block) -> Iterator[Comment]:
        """The comments of a block, as the tokenizer finds them."""
        return comments_of(split_lines(block.text))

    def statement(self, block: Block, span: Span) -> tuple[int, int]:
        """The lines of the smallest statement around a span, and of those that share a line with it.

        Statements inside of a statement do not count as part of it.
        """
        parsed: Parsed = block.content
        ranges = _ranges(tuple(parsed.body), parsed.shift + 1)
        around = [one for one in ranges if one[0] <= span.line <= one[1]]
        first, last = min(around, key=lambda one: one[1] - one[0], default=(span.line, span.end_line))
        # A line of another one may be in the middle of a string, where no comment can stand.
        for start, end in ranges:
            last = max(last, end) if start == last else last
        for start, end in reversed(ranges):
            first = min(first, start) if end == first else first
        return first, last

    def enclosing(self, block: Block, owner: str | None, line: int) -> str:
        """The class and the functions around a line, as in `Shop.order`."""
        parsed: Parsed = block.content
        names = [] if owner is None else [owner]
        pending: list[ast.AST] = list(parsed.body)
        while pending:
            node = pending.pop()
            lines = range(
                getattr(node, "lineno", 0) - parsed.shift - 1, getattr(node, "end_lineno", 0) - parsed.shift
            )
            if line in lines:
                names += [node.name] if isinstance(node, _NAMED) else []
                pending = [one for one in ast.iter_child_nodes(node) if isinstance(one, _HOLDING)]
        return ".".join(names)


def _asleep(rules: RuleTable, text: str) -> frozenset[str]:
    """The rules that need a word which a text does not have."""
    lowered = text.lower()
    needing = (rule for rule in rules.rules if rule.detector.words)
    return frozenset(rule.id for rule in needing if not any(word in lowered for word in rule.detector.words))


_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_HOLDING = (ast.stmt, ast.ExceptHandler, ast.match_case)


@lru_cache(maxsize=16)
def _ranges(body: tuple[ast.stmt, ...], shift: int) -> tuple[tuple[int, int], ...]:
    """The lines of all statements, in order; several findings of a block ask for them one after the other."""
    statements = (node for one in body for node in ast.walk(one) if isinstance(node, ast.stmt))
    return tuple(sorted(_own_lines(node, shift) for node in statements))


def _own_lines(statement: ast.stmt, shift: int) -> tuple[int, int]:
    """The lines of a statement, without those of the statements inside of it."""
    inner: list[ast.stmt] | list[ast.match_case] = getattr(statement, "body", None) or getattr(
        statement, "cases", []
    )
    end = statement.end_lineno or statement.lineno
    if inner:
        first = inner[0] if isinstance(inner[0], ast.stmt) else inner[0].pattern
        decorators: list[ast.expr] = getattr(first, "decorator_list", [])
        above = min([first.lineno, *(decorator.lineno for decorator in decorators)])
        end = max(statement.lineno, above - 1)
    return statement.lineno - shift, end - shift
