"""The advice for files, put together: their schema, their queries, and what those lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.advice.advice import Advice, advice_for
from backend_architect.engine.kinds import kinds_of
from backend_architect.queries.sql import shapes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from backend_architect.queries.shapes import QueryShape
    from backend_architect.queries.statements import Statement
    from backend_architect.schema.model import Schema


def asks(path: str) -> bool:
    """Whether the statements of a file are run against a database in use: not those of migrations and tests.

    Only folders tell, because a file that somebody names is meant.
    """
    folder = path.rpartition("/")[0]
    return kinds_of(f"{folder}/module.py" if folder else "module.py").isdisjoint({"migrations", "tests"})


def asks_through_models(path: str) -> bool:
    """Whether what a file asks through models is asked by an application: not by tests, migrations, examples.

    Nor by the commands of Django, which people run by hand.

    Args:
        path: of a file below a folder that somebody names; a file that is named itself is always meant.
    """
    by_hand = "/management/commands/" in f"/{path}"
    return not by_hand and kinds_of(path).isdisjoint({"examples", "migrations", "tests"})


def advise(statements: Iterable[Statement], schemas: Sequence[Schema]) -> list[Advice]:
    """What the statements lack; nothing for those of which nobody knows which database they are for."""
    shapes: list[list[QueryShape]] = [[] for _ in schemas]
    for statement in statements:
        found = [(at, shapes_of(statement, schema)) for at, schema in enumerate(schemas)]
        fitting = [(at, of_schema) for at, of_schema in found if of_schema]
        if len(fitting) == 1:
            shapes[fitting[0][0]] += fitting[0][1]
    return [one for schema, asked in zip(schemas, shapes, strict=True) for one in advice_for(asked, schema)]
