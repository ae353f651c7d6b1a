"""The statements that a program sends through an object-relational mapper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.queries import django, sqlalchemy
from backend_architect.queries.mapping import UnclearError
from backend_architect.queries.statements import Statement
from backend_architect.schema.model import Origin

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from backend_architect.queries.mapping import Models
    from backend_architect.queries.programs import Program


def statements_of_program(
    program: Program, models: Models, handlers: Collection[int] = ()
) -> list[Statement]:
    """The statements that a file sends, as far as the classes that it names are known.

    Args:
        program: what the file asks.
        models: of the workspace.
        handlers: the lines on which the functions of the file begin that answer requests.
    """
    return list(_statements(program, models, frozenset(handlers)))


def _statements(program: Program, models: Models, handlers: frozenset[int]) -> Iterator[Statement]:
    names = models.names_in(program)
    seen: set[tuple[str, int]] = set()
    for asked in program.asked:
        often = asked.looped or not handlers.isdisjoint(asked.functions)
        try:
            texts = django.statements_of(asked.term, names) or sqlalchemy.statements_of(asked.term, names)
        except (UnclearError, RecursionError, IndexError, ValueError):
            # Nobody knows what it asks, or a call lacks the arguments without which it cannot run.
            continue
        for text in texts:
            if (text, asked.line) not in seen:
                seen.add((text, asked.line))
                yield Statement(text, "postgres", Origin(program.path, asked.line), often=often)
