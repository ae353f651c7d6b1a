"""One SQL statement, wherever it stands: in a .sql file or in a string of a program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, Finding, Fix, Span
from backend_architect.sql.parsing import Parsed, parse

if TYPE_CHECKING:
    from sqlglot import exp

Locate = Callable[[int, int], Span]
"""The span in the block of a range of offsets in the statement."""

Replace = Callable[[int, int, str], Edit | None]
"""The edit that replaces a range of offsets in the statement; None where the file has no such place."""


@dataclass(eq=False)
class Query:
    """A statement without its terminator. Offsets are code points of its text."""

    text: str
    dialect: str
    locate: Locate
    replace: Replace
    holes: tuple[tuple[int, int], ...] = ()
    """Where the text is filler for what is only known when the program runs."""
    embedded: bool = False
    """Whether the statement stands in a string of a program."""

    @cached_property
    def parsed(self) -> Parsed:
        """The statement, parsed when somebody first asks."""
        return parse(self.text, self.dialect, self.holes)

    @property
    def tree(self) -> exp.Expr | None:
        """The tree of a statement that could be read without an error."""
        return None if self.parsed.errors else self.parsed.tree


@dataclass(frozen=True, slots=True)
class QueryPlace:
    """Where a query stands: all that its detectors see around it."""

    rule: str
    look: Callable[[str], object]
    """What a name that the file binds stands for; None if nothing binds it."""

    def finding(self, where: Span, message: str, fix: Fix | None = None) -> Finding:
        """A finding of this rule."""
        return Finding(self.rule, where, message, fix)


@dataclass(frozen=True, slots=True)
class Tables:
    """What the statements of a file say about tables elsewhere in it."""

    with_key: frozenset[str] = field(default_factory=frozenset[str])
    imports: frozenset[str] = frozenset()
    """Nothing: SQL imports no modules."""

    def renew(self, owner: str | None, before: object, after: object) -> None:
        """Nothing: names are all that statements tell each other."""

    def is_deep(self, name: str) -> bool:  # noqa: ARG002 - part of the protocol
        """No: names are all that statements tell each other."""
        return False

    def look(self, name: str) -> bool | None:
        """Whether a statement gives a primary key to the table of this name; None if none does."""
        return True if name in self.with_key else None
