"""Rules about a whole project: what they look at, and where in the files their findings stand."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Placed, Related, Severity, Span
from backend_architect.engine.text import split_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from backend_architect.advice.advice import Advice
    from backend_architect.engine.blocks import Block
    from backend_architect.engine.remedies import Remedy
    from backend_architect.loading.loads import Loads
    from backend_architect.migrations.histories import History
    from backend_architect.schema.drift import Unmade
    from backend_architect.schema.facts import Facts
    from backend_architect.schema.mapped import MappedClass
    from backend_architect.schema.model import Origin, Schema


class OfProject:
    """What a rule looks at of a project as a whole, rather than of one file."""

    __slots__ = ()


class OfMigrations(OfProject):
    """What only rules about migrations look at: nobody needs to know for it what queries ask."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Project(OfProject):
    """What rules about a whole project look at: the facts of all of its files, put together."""

    schemas: Sequence[Schema]
    advice: Sequence[tuple[Schema, Advice]]
    """The indexes that queries lack, each with the schema that it belongs to."""
    unmade: Sequence[Unmade]
    """What models declare and no migration makes."""
    facts: Facts
    """What its files say of schemas, one by one."""
    classes: Sequence[MappedClass]
    """The classes of its models."""
    read: Callable[[str], str | None]
    """The text of a file, by its path below the root of the project; None where there is none."""
    loads: Loads
    """What its files load row by row."""
    paths: Collection[str] = ()
    """The files that it was read from, whether or not they say something of schemas."""
    made: Sequence[Schema] = ()
    """What migrations make, without what models say."""
    histories: Sequence[History] = ()
    """Its migrations, in the order in which they are applied."""


@dataclass(frozen=True, slots=True)
class ProjectPlace:
    """Makes findings about a project."""

    rule: str

    def finding(
        self,
        at: Origin,
        message: str,
        related: Iterable[Related] = (),
        severity: Severity | None = None,
        remedy: Remedy | None = None,
    ) -> Placed:
        """A finding of the rule at a line; its span is empty: how long that is, the text tells."""
        line = at.line - 1
        others = tuple(dict.fromkeys(one for one in related if (one.path, one.line) != (at.path, line)))
        span = Span(line, 0, line, 0)
        return Placed(at.path, Finding(self.rule, span, message, None, remedy, others, severity))

    def related(self, at: Origin, message: str) -> Related:
        """Another place that a finding is about."""
        return Related(at.path, at.line - 1, message)


Seen = list[tuple[int, str]]
"""The blocks of a text, each with its first line."""


def seen_in(blocks: Iterable[tuple[int, Block]]) -> Seen:
    """What is kept of a text until it is known what the project says of it."""
    return [(start, block.text) for start, block in blocks]


@dataclass(frozen=True, slots=True)
class Given:
    """What the project says of a text, at places relative to its blocks.

    It holds for a block as long as that has the text which the project saw.
    """

    found: Mapping[tuple[str, int], tuple[Finding, ...]] = field(
        default_factory=dict[tuple[str, int], tuple[Finding, ...]]
    )
    """By the text of the block, and its number among those with the same text."""

    def to(self, blocks: Iterable[Block]) -> list[tuple[Finding, ...]]:
        """The findings of each block."""
        texts = {text for text, _ in self.found}
        numbers = Counter[str]()
        given: list[tuple[Finding, ...]] = []
        for block in blocks:
            text = block.text
            if text in texts:
                given.append(self.found.get((text, numbers[text]), ()))
                numbers[text] += 1
            else:
                given.append(())
        return given


def given(findings: Iterable[Finding], seen: Seen, rules: Collection[str]) -> Given:
    """Findings of some rules, at lines of a text whose blocks were seen, as what holds for the blocks."""
    starts = [start for start, _ in seen]
    found: dict[tuple[str, int], list[Finding]] = {}
    for finding in findings:
        at = bisect_right(starts, finding.span.line) - 1
        if finding.rule not in rules or at < 0:
            continue
        start, text = seen[at]
        line = finding.span.line - start
        lines = split_lines(text)
        if line < len(lines):
            number = sum(other == text for _, other in seen[:at])
            placed = replace(finding, span=_whole(line, lines[line]))
            found.setdefault((text, number), []).append(placed)
    return Given({key: tuple(some) for key, some in found.items()})


def _whole(line: int, text: str) -> Span:
    """A line without the blanks around it."""
    return Span(line, len(text) - len(text.lstrip()), line, len(text.rstrip()) or len(text))
