"""The advice for files, put together: their schema, their queries, and what those lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.advice.adviser import Adviser
from backend_architect.engine.kinds import kinds_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from backend_architect.advice.advice import Advice
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
    return [advice for _, advice in Adviser().advise(statements, schemas)]
