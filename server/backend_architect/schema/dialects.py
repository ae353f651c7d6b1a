"""Conditions on the database that a program speaks to: `if connection.vendor == "postgresql"`."""

from __future__ import annotations

import ast
from typing import Final

from backend_architect.schema.terms import Call, Items, Name, Scope, Term

OURS: Final = "postgresql"
"""The database whose side is taken where files say different things of several."""
_OTHERS: Final = ("sqlite", "mysql", "mariadb", "oracle", "mssql", "cockroachdb")


def holds(test: ast.expr, scope: Scope) -> bool | None:
    """Whether a condition on the database holds for PostgreSQL; None if it is about something else."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = holds(operand, scope)
            return None if inner is None else not inner
        case ast.BoolOp(op=operator, values=values):
            known = [holds(value, scope) for value in values]
            decisive = isinstance(operator, ast.Or)
            if decisive in known:
                return decisive
            return None if None in known else not decisive
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return _compared(operator, scope.term(left), scope.term(right))
        case ast.Call():
            return _called(scope.call(test))
        case _:
            return None


def _compared(operator: ast.cmpop, left: Term, right: Term) -> bool | None:
    said = [verdict for verdict in (_names(left), _names(right)) if verdict is not None]
    if len(said) != 1:
        return None
    if isinstance(operator, ast.Eq | ast.In | ast.Is):
        return said[0]
    return not said[0] if isinstance(operator, ast.NotEq | ast.NotIn | ast.IsNot) else None


def _names(term: Term) -> bool | None:
    """Whether PostgreSQL is among the databases that are named; None if none is."""
    items = term.items if isinstance(term, Items) else (term,)
    texts = [item.lower() for item in items if isinstance(item, str)]
    if any(text.startswith(("postgres", "psycopg")) for text in texts):
        return True
    return False if any(text.startswith(_OTHERS) for text in texts) else None


def _called(call: Call) -> bool | None:
    """`isinstance(bind.dialect, PGDialect)`, `dialect.name.startswith("postgres")`."""
    if call.name == "isinstance" and len(call.args) == 2:
        classes = call.args[1].items if isinstance(call.args[1], Items) else (call.args[1],)
        names = [one.path.rpartition(".")[2].lower() for one in classes if isinstance(one, Name)]
        if any(name.startswith(("pgdialect", "postgres")) for name in names):
            return True
        return False if any(name.startswith(_OTHERS) for name in names) else None
    return _names(call.args[0]) if call.name == "startswith" and len(call.args) == 1 else None
