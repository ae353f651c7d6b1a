"""The fences of a card, cut out of its Markdown and freed of their markers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from backend_architect.detectors.registry import all_rules
from backend_architect.engine.check import check_text
from backend_architect.engine.language import nowhere
from backend_architect.engine.settings import ALL, Settings
from backend_architect.project.fact_store import FactStore
from backend_architect.project.picture import Picture, found_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit, Finding, Report
    from backend_architect.engine.project import Project
    from backend_architect.knowledge.cards import Card

NO_FIX = "no fix"
"""Stands in the first line of a Flagged fence whose findings cannot be repaired."""

EVERY_RULE = Settings(select=frozenset({ALL}))

PROJECT_RULES = [rule for rule in all_rules() if rule.detector.of_project]

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
    repairable: bool
    beside: tuple[tuple[str, str], ...] = ()
    """The other files of the example, by path: fences with paths that follow each other are one project."""

    @property
    def path(self) -> str:
        """Where the example is said to stand; rules do not hold for all files."""
        return self.title if self.titled else f"shop/example.{SUFFIXES[self.language]}"

    @property
    def titled(self) -> bool:
        """Whether it says in which file it stands."""
        return "." in self.title


def fences_of(card: Card, section: str | None = None) -> list[Fence]:
    """The fences of a card, or of one of its sections, in order."""
    groups: list[list[Fence]] = []
    heading, before = "", ""
    tokens = MarkdownIt().parse(card.body)
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and following:
            heading = following.content
        elif token.type == "fence":
            number = sum(fence.section == heading for group in groups for fence in group) + 1
            fence = _fence(heading, number, token.info, token.content, token.map[0])
            if before == "fence" and fence.titled and groups[-1][0].titled:
                groups[-1].append(fence)
            else:
                groups.append([fence])
        before = token.type
    found = [replace(fence, beside=_others(group, fence)) for group in groups for fence in group]
    return [fence for fence in found if section in {None, fence.section}]


def _others(group: list[Fence], fence: Fence) -> tuple[tuple[str, str], ...]:
    return tuple((other.path, other.text) for other in group if other is not fence)


def repairs_of(card: Card) -> list[tuple[Fence, Fence]]:
    """The examples of a card that its fix repairs, each with what comes of it.

    What comes of a project may have one more file, which is empty before.
    """
    repairable = _groups([fence for fence in fences_of(card, "Flagged") if fence.repairable])
    pairs: list[tuple[Fence, Fence]] = []
    for before, after in zip(repairable, _groups(fences_of(card, "Fixed")), strict=False):
        known = {fence.title: fence for fence in before}
        new = replace(before[0], text="", beside=tuple((one.path, one.text) for one in before))
        pairs += [(known.get(one.title) or replace(new, title=one.title), one) for one in after]
    return pairs


def _groups(fences: list[Fence]) -> list[list[Fence]]:
    """The fences of one project together."""
    groups: list[list[Fence]] = []
    for fence in fences:
        paths = {path for path, _ in fence.beside}
        if groups and groups[-1][0].path in paths:
            groups[-1].append(fence)
        else:
            groups.append([fence])
    return groups


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
        repairable=NO_FIX not in info,
    )


@cache
def findings(path: str, text: str, beside: tuple[tuple[str, str], ...] = ()) -> tuple[Report, ...]:
    """What all rules say about a text, which must be understood, and which stands beside others."""
    report = check_text(path, text, EVERY_RULE, project=_of_project({**dict(beside), path: text}, path))
    assert not report.problems, report.problems
    return report.findings


def project_of(texts: dict[str, str]) -> Project:
    """Some files as one project."""
    picture = Picture(texts.get, EVERY_RULE, lambda _: nowhere, FactStore(None))
    picture.expect(texts)
    for one in texts:
        picture.declare(one)
    for one in texts:
        picture.ask(one)
    return picture.project()


def _of_project(texts: dict[str, str], path: str) -> list[Finding]:
    """What the rules about a whole project say of one of its files."""
    found, problems = found_in(project_of(texts), PROJECT_RULES)
    assert not problems, problems
    return found.get(path, [])


def repaired(card: Card, fence: Fence) -> str:
    """The text of an example after the fixes of a card's rule in all files of the example."""
    texts = dict(fence.beside) | ({fence.path: fence.text} if fence.text else {})
    for after in rounds(card, texts):
        texts = after
    return texts[fence.path]


def rounds(card: Card, texts: dict[str, str]) -> Iterator[dict[str, str]]:
    """The files of an example after one fix after another, taken as a person would."""
    for _ in range(20):
        after = _after_a_fix(card, texts)
        if after is None:
            return
        texts = after
        yield texts
    raise AssertionError(f"the fixes of {card.id} find no end:\n{texts}")


def _after_a_fix(card: Card, texts: dict[str, str]) -> dict[str, str] | None:
    for path, text in texts.items():
        beside = tuple((other, one) for other, one in texts.items() if other != path)
        for finding in findings(path, text, beside):
            if finding.rule == card.id and finding.fix:
                return {**texts, path: applied(finding.fix.edits, text)}
            if finding.rule == card.id and finding.remedy:
                changes = finding.remedy.plan.changes(project_of(texts))
                edited = {one: applied(edits, texts[one]) for one, edits in changes.edits.items()}
                return {**texts, **edited, **{one.path: one.text for one in changes.creates}}
    return None


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
