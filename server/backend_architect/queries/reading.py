"""The statements of a file: those of a .sql file, and those in the strings of a Python module."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from backend_architect.engine.analysis import Analysis
from backend_architect.engine.language import Elsewhere, nowhere
from backend_architect.engine.rules import Rule, RuleTable, detector
from backend_architect.python.embedded import begins_as_sql, queries_in, sink_at
from backend_architect.python.language import PythonLanguage
from backend_architect.python.routes import enclosing_route
from backend_architect.queries.statements import Statement
from backend_architect.schema.model import Origin
from backend_architect.sql.scanner import scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place
    from backend_architect.sql.query import Query

_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_ASKING = re.compile(r"[\s(]*(?:select|insert|update|delete|with|merge)\b", re.IGNORECASE)
"""How statements begin that read or change rows."""
_VERB = re.compile(r"\b(?:select|insert|update|delete|merge)\b", re.IGNORECASE)
_PARTS = (ast.JoinedStr, ast.FormattedValue, ast.BinOp, ast.Expr, ast.Attribute)
"""What stands around a string that is only a part of another one, or that nobody uses."""


@detector(on=(ast.Call, ast.Constant, ast.JoinedStr))
def _nodes(node: ast.AST, at: Place) -> Iterator[Finding]:  # noqa: ARG001 - as detectors are
    """What statements may stand in; nothing is wrong with it."""
    yield from ()


_RULES: Final = RuleTable((Rule("queries", "database", "hint", _nodes),))


def statements_of(path: str, text: str, dialect: str, elsewhere: Elsewhere = nowhere) -> list[Statement]:
    """The statements of a file that read or change rows.

    Args:
        path: below the root of the workspace; its end tells the language.
        text: of the file.
        dialect: of SQL, where the driver does not tell; a name of sqlglot's.
        elsewhere: answers for the things of other files.
    """
    if path.endswith(".sql"):
        return list(_of_sql(path, text, dialect))
    return _of_python(path, text, dialect, elsewhere)


def _of_sql(path: str, text: str, dialect: str) -> Iterator[Statement]:
    for piece in scan(text, dialect).pieces:
        statement = text[piece.start : piece.end]
        if piece.kind == "sql" and _ASKING.match(statement):
            line = text.count("\n", 0, piece.start) + 1
            yield Statement(statement, dialect, Origin(path, line))


def _of_python(path: str, text: str, dialect: str, elsewhere: Elsewhere) -> list[Statement]:
    if not _VERB.search(text):
        return []
    analysis = Analysis(PythonLanguage(dialect), text, _RULES, elsewhere)
    analysis.refresh()
    handed: list[Statement] = []
    known: set[ast.expr] = set()
    strings: list[tuple[int, ast.expr, Place]] = []
    for start, node, place in analysis.subjects():
        if not isinstance(node, ast.Call):
            strings.append((start, node, place))
            continue
        sink = sink_at(node, place)
        if sink is not None:
            known |= {part.literal for part in sink.folded.parts if part.literal is not None}
            handed += [_statement(path, start, query, node, place) for query in sink.queries]
    texts = {one.text for one in handed}
    lying = [
        _statement(path, start, query, node, place)
        for start, node, place in strings
        if node not in known and _stands_alone(node, place)
        for query in queries_in(node, place)
    ]
    found = [*handed, *(one for one in lying if one.text not in texts)]
    return sorted((one for one in found if _ASKING.match(one.text)), key=lambda one: one.origin)


def _statement(path: str, start: int, query: Query, node: ast.expr, place: Place) -> Statement:
    line = start + query.locate(0, 1).line + 1
    return Statement(query.text, query.dialect, Origin(path, line), query.holes, _often(node, place))


def _stands_alone(node: ast.expr, place: Place) -> bool:
    """Whether a string is not a part of a larger one, and no docstring."""
    text = node.value if isinstance(node, ast.Constant) else None
    if isinstance(node, ast.Constant) and not (isinstance(text, str) and begins_as_sql(text)):
        return False
    return not isinstance(place.view.parent(node), _PARTS)


def _often(node: ast.expr, place: Place) -> bool:
    """Whether an expression is in a loop, or in a function that answers requests."""
    for outer in place.around(node):
        if isinstance(outer, _FUNCTIONS):
            break
        if isinstance(outer, _LOOPS):
            return True
    return enclosing_route(place) is not None
