"""Comments that silence a rule: `backend-architect: ignore[rule-id] reason`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backend_architect.engine.findings import Finding

MARK = "backend-architect:"
"""What every such comment contains."""

_COMMENT = re.compile(r"(?:#|--)\s*backend-architect:\s*ignore\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One comment: the rules that it names, and whether it stands on a line of its own."""

    rules: frozenset[str]
    alone: bool


def is_silenced(finding: Finding, comments: Mapping[int, Ignore], statement: tuple[int, int]) -> bool:
    """Whether a comment of a block silences a finding of it.

    A comment counts on the line of the finding, on the first and the last line of its statement and, on a
    line of its own, directly above either.
    """
    first, last = statement
    here = {finding.span.line, first, last}
    above = {finding.span.line - 1, first - 1} - here
    silencing = [comments[line] for line in here if line in comments]
    silencing += [comments[line] for line in above if line in comments and comments[line].alone]
    return any(finding.rule in comment.rules for comment in silencing)


def read_comments(lines: Sequence[str]) -> dict[int, Ignore]:
    """The comments that silence rules, by line."""
    found: dict[int, Ignore] = {}
    for number, line in enumerate(lines):
        match = _COMMENT.search(line)
        if match is not None:
            rules = frozenset(filter(None, (name.strip() for name in match[1].split(","))))
            found[number] = Ignore(rules, not line[: match.start()].strip())
    return found
