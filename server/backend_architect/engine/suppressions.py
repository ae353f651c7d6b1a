"""Comments that silence a rule: `backend-architect: ignore[rule-id] reason`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backend_architect.engine.findings import Finding, Span

MARK = "backend-architect:"
"""What every such comment contains."""

_COMMENT = re.compile(r"(?:#|--)\s*backend-architect:\s*ignore\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One comment: the rules that it names, and whether it stands on a line of its own."""

    rules: frozenset[str]
    alone: bool


@dataclass(frozen=True, slots=True)
class Suppressions:
    """The comments of a block, by the lines they stand on.

    A comment counts for a finding on its line, on the first or the last line of the statement of the finding and,
    on a line of its own, directly above either.
    """

    comments: dict[int, Ignore]
    statement: Callable[[Span], tuple[int, int]]
    """The first and the last line of the statement that holds a span."""

    def silence(self, finding: Finding) -> bool:
        """Whether a comment silences the finding."""
        first, last = self.statement(finding.span)
        here = {finding.span.line, first, last}
        above = {finding.span.line - 1, first - 1} - here
        return any(finding.rule in self._named(line, alone=False) for line in here) or any(
            finding.rule in self._named(line, alone=True) for line in above
        )

    def _named(self, line: int, *, alone: bool) -> frozenset[str]:
        comment = self.comments.get(line)
        return comment.rules if comment is not None and (comment.alone or not alone) else frozenset()


def read_comments(lines: Sequence[str]) -> dict[int, Ignore]:
    """The comments that silence rules, by line."""
    found: dict[int, Ignore] = {}
    for number, line in enumerate(lines):
        match = _COMMENT.search(line)
        if match is not None:
            rules = frozenset(filter(None, (name.strip() for name in match[1].split(","))))
            found[number] = Ignore(rules, not line[: match.start()].strip())
    return found
