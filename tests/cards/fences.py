"""The fences of a card, cut out of its Markdown and freed of their markers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from backend_architect.engine.check import check_text
from backend_architect.engine.settings import ALL, Settings

if TYPE_CHECKING:
    from backend_architect.engine.findings import Edit, Report
    from backend_architect.knowledge.cards import Card

NO_FIX = "no fix"
"""The title of a Flagged fence whose findings cannot be repaired."""

EVERY_RULE = Settings(select=frozenset({ALL}))

SUFFIXES = {"python": "py", "sql": "sql"}
_MARKER = re.compile(r"[ \t]*(?:#|--) error[ \t]*$", re.MULTILINE)
_TITLE = re.compile(r'title="([^"]+)"')


@dataclass(frozen=True)
class Fence:
    """One example: its text without markers, and the lines (from 0) that were marked."""

    section: str
    number: int
    language: str
    title: str
    text: str
    marked: tuple[int, ...]
    line: int

    @property
    def path(self) -> str:
        """Where the example is said to stand; rules do not hold for all files."""
        titled = "." in self.title
        return self.title if titled else f"shop/example.{SUFFIXES[self.language]}"

    @property
    def repairable(self) -> bool:
        return self.title != NO_FIX


def fences_of(card: Card, section: str | None = None) -> list[Fence]:
    """The fences of a card, or of one of its sections, in order."""
    found: list[Fence] = []
    heading = ""
    tokens = MarkdownIt().parse(card.body)
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and following:
            heading = following.content
        elif token.type == "fence":
            number = sum(fence.section == heading for fence in found) + 1
            found.append(_fence(heading, number, token.info, token.content, token.map[0]))
    return [fence for fence in found if section in {None, fence.section}]


def repairs_of(card: Card) -> list[tuple[Fence, Fence]]:
    """The examples of a card that its fix repairs, each with what comes of it."""
    repairable = [fence for fence in fences_of(card, "Flagged") if fence.repairable]
    return list(zip(repairable, fences_of(card, "Fixed"), strict=False))


def _fence(section: str, number: int, info: str, text: str, line: int) -> Fence:
    title = _TITLE.search(info)
    return Fence(
        section=section,
        number=number,
        language=info.split(maxsplit=1)[0],
        title=title[1] if title else "",
        text=_MARKER.sub("", text),
        marked=tuple(n for n, content in enumerate(text.split("\n")) if _MARKER.search(content)),
        line=line,
    )


@cache
def findings(path: str, text: str) -> tuple[Report, ...]:
    """What all rules say about a text, which must be understood."""
    report = check_text(path, text, EVERY_RULE)
    assert not report.problems, report.problems
    return report.findings


def repaired(card: Card, path: str, text: str) -> str:
    """The text after the fixes of a card's rule, taken one after another as a person would."""
    for _ in range(20):
        fixes = [finding.fix for finding in findings(path, text) if finding.rule == card.id and finding.fix]
        if not fixes:
            return text
        text = applied(fixes[0].edits, text)
    raise AssertionError(f"the fixes of {card.id} find no end:\n{text}")


def applied(edits: tuple[Edit, ...], text: str) -> str:
    """The text after edits, which must not overlap."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    places = sorted(
        (
            starts[edit.span.line] + edit.span.column,
            starts[edit.span.end_line] + edit.span.end_column,
            edit.text,
        )
        for edit in edits
    )
    for (_, end, _), (start, _, _) in pairwise(places):
        assert end <= start, f"edits overlap: {places}"
    for start, end, new in reversed(places):
        text = text[:start] + new + text[end:]
    return text
