"""What the engine must know of a language, and what a language may ask of the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from backend_architect.engine.rules import Rule

if TYPE_CHECKING:
    from backend_architect.engine.blocks import Block, Syntax
    from backend_architect.engine.findings import Span
    from backend_architect.engine.rules import RuleTable
    from backend_architect.engine.suppressions import Comment

Elsewhere = Callable[[str], Any]
"""Answers what a thing of another file stands for, by its path; None where nobody knows, or not yet."""


def nowhere(path: str) -> None:
    """Knows no other file."""


class Study(Protocol):
    """What a block tells the other blocks of its file; equal to another that tells the same."""

    @property
    def key(self) -> Any:
        """All that is told, as plain data."""
        ...

    @property
    def imports(self) -> frozenset[str]:
        """The top-level modules that the block imports."""
        ...


Told = Study | tuple[Study, ...]
"""What a block tells, or what the blocks told that a broken one stands for."""


class Names(Protocol):
    """What the names that the blocks of a file bind stand for."""

    def look(self, name: str) -> Any:
        """The answer for a name; None if nothing binds it. Answers can be compared."""
        ...

    def renew(self, owner: str | None, before: Any, after: Any) -> None:
        """Take in the study of a block that tells the same names, though what stands behind them changed."""
        ...

    def is_deep(self, name: str) -> bool:
        """Whether the answer depends on what stands behind the names, and may change while they stay."""
        ...

    @property
    def imports(self) -> frozenset[str]:
        """The top-level modules whose things the file may speak of."""
        ...


@dataclass(slots=True)
class Recorder:
    """Looks names up and remembers what was asked and answered."""

    names: Names
    reads: dict[str, Any] = field(default_factory=dict[str, Any])

    def look(self, name: str) -> Any:
        """The answer for a name of the file; None if nothing binds it."""
        if name not in self.reads:
            self.reads[name] = self.names.look(name)
        return self.reads[name]


Subjects = Iterator[tuple[Rule, Any, Any]]
"""A rule, a subject for its detector, and the Place of the subject."""


class Language(Protocol):
    """What the engine must know of a language."""

    @property
    def syntax(self) -> Syntax:
        """How a text is cut into blocks."""
        ...

    def study(self, block: Block, rules: RuleTable) -> Study:
        """What a block tells the others; it may prepare what `rules` are to look at."""
        ...

    def owner(self, head: Block) -> str | None:
        """The name of the class whose head a block is."""
        ...

    def names(self, studies: Sequence[tuple[str | None, Any]], elsewhere: Elsewhere) -> Names:
        """What the names stand for that these blocks, each with the class it is a member of, bind."""
        ...

    def subjects(self, block: Block, owner: str | None, rules: RuleTable, recorder: Recorder) -> Subjects:
        """All that the rules are to look at in a block."""
        ...

    def cursor(
        self, block: Block, owner: str | None, line: int, recorder: Recorder
    ) -> tuple[Any, Any] | None:
        """What refactorings are told of a line of a block, and its Place; None where there are none."""
        ...

    def comments(self, block: Block) -> Iterator[Comment]:
        """The comments of a block."""
        ...

    def statement(self, block: Block, span: Span) -> tuple[int, int]:
        """The first and the last line of the statement of a block that holds a span."""
        ...

    def enclosing(self, block: Block, owner: str | None, line: int) -> str:
        """The dotted name of what a line of a block stands in; empty where nothing has a name."""
        ...
