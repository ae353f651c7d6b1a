"""Comments that silence rules.

`# backend-architect: ignore[rule-id] reason` for a statement, `ignore-file[rule-id]` for a whole file, and
the comments of other linters for the rules that are the same as theirs: `# noqa: S113`, `# nosec B113`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from backend_architect.engine.findings import Finding, Fix, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

MARK = "backend-architect:"
"""What every comment of our own contains."""

_OWN = re.compile(rf"(?:#|--)\s*{MARK}\s*(ignore-file|ignore)\b(?:\[([^\]]*)\])?")
_OTHERS = re.compile(r"#\s*(noqa|nosec)\b(?P<colon>:?)(?P<codes>(?:[\s,]*[A-Z]+[0-9]+\b)*)", re.IGNORECASE)
_NAME = re.compile(r"[^\s,]+")
_BANDIT = re.compile(r"B[1-7][0-9]{2}")
"""The codes that `nosec` knows; those of flake8-bugbear begin with B0 or B9."""


class Comment(NamedTuple):
    """A comment as it is written: its line in the block, where in the line it begins, and its text."""

    line: int
    column: int
    text: str
    before: str
    """What stands before it on its line."""
    followed: bool
    """Whether the block has a line behind it."""

    @property
    def alone(self) -> bool:
        """Whether nothing else stands on its line."""
        return not self.before.strip()


@dataclass(frozen=True, slots=True)
class Named:
    """A name in the brackets of a comment, and where it stands."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Silence:
    """A comment that silences rules."""

    scope: str
    """`ignore`, `ignore-file`, or the comment of another linter: `noqa`, `nosec`."""
    names: tuple[Named, ...]
    """Rules; of other linters their codes, of which none stands for all."""
    span: Span
    whole: Span
    """With its reason and the blanks before it: what goes when it goes."""
    alone: bool

    @property
    def own(self) -> bool:
        """Whether it is addressed to us."""
        return self.scope.startswith("ignore")

    def naming(self, rule: str, codes: Sequence[str]) -> Named | None:
        """The name by which it silences a rule that other linters know under these codes; itself if bare."""
        if self.own:
            return next((named for named in self.names if named.name == rule), None)
        theirs = [code for code in codes if bool(_BANDIT.fullmatch(code)) == (self.scope == "nosec")]
        if not self.names and theirs:
            return Named("", self.span)
        return next((named for named in self.names if named.name in codes), None)


@dataclass(slots=True)
class Silences:
    """The comments of a block that silence rules, and by which names they did."""

    comments: tuple[Silence, ...]
    used: set[Named] = field(default_factory=set[Named])

    @property
    def of_file(self) -> frozenset[str]:
        """The rules that they silence in the whole file."""
        named = (named for one in self.comments if one.scope == "ignore-file" for named in one.names)
        return frozenset(one.name for one in named)

    def pass_on(
        self,
        findings: Iterable[Finding],
        codes: Mapping[str, Sequence[str]],
        statement: Callable[[Span], tuple[int, int]],
    ) -> list[Finding]:
        """The findings that no comment beside their statement silences.

        A comment counts on the line of the finding and on the first and the last line of its statement; one
        of our own on a line for itself also directly above these.
        """
        return [
            one for one in findings if not self._silenced(one, codes.get(one.rule, ()), statement(one.span))
        ]

    def _silenced(self, finding: Finding, codes: Sequence[str], statement: tuple[int, int]) -> bool:
        first, last = statement
        here = {finding.span.line, first, last}
        above = {finding.span.line - 1, first - 1} - here
        silencing: set[Named] = set()
        for one in self.comments:
            line = one.span.line
            if one.scope != "ignore-file" and (line in here or (line in above and one.alone and one.own)):
                named = one.naming(finding.rule, codes)
                silencing |= {named} if named is not None else set()
        self.used |= silencing
        return bool(silencing)


@dataclass(frozen=True, slots=True)
class Suppressions:
    """What a rule about our own comments looks at: those of a block, after all other rules have spoken."""

    comments: tuple[Silence, ...]
    used: frozenset[Named]
    active: frozenset[str]
    """The rules that may speak in the file; of others nobody can tell whether they had something to say."""
    known: frozenset[str]
    """All rules; empty where nobody knows them."""


@dataclass(frozen=True, slots=True)
class SuppressionsPlace:
    """Makes findings about comments."""

    rule: str

    def finding(self, span: Span, message: str, fix: Fix | None = None) -> Finding:
        """A finding of the rule."""
        return Finding(self.rule, span, message, fix)


def may_silence(text: str, findings: Sequence[Finding]) -> bool:
    """Whether it is worth reading the comments of a block."""
    return MARK in text or (bool(findings) and _OTHERS.search(text) is not None)


def silences_of(comments: Iterable[Comment]) -> Silences | None:
    """The comments that silence rules; None if none does."""
    found = tuple(silence for comment in comments for silence in _read(comment))
    return Silences(found) if found else None


def _read(comment: Comment) -> Iterable[Silence]:
    for match in _OWN.finditer(comment.text):
        names = _names(comment, match.start(2), match[2] or "")
        yield _silence(comment, match, match[1], names)
    for match in _OTHERS.finditer(comment.text):
        names = _names(comment, match.start("codes"), match["codes"].upper())
        yield _silence(comment, match, match[1].lower(), names)


def _silence(comment: Comment, match: re.Match[str], scope: str, names: tuple[Named, ...]) -> Silence:
    following = comment.text.find("#", match.end())
    whole = _span(comment, match.start(), len(comment.text) if following < 0 else following)
    if comment.alone and match.start() == 0 and following < 0 and comment.followed:
        whole = Span(comment.line, 0, comment.line + 1, 0)
    elif match.start() == 0:
        whole = replace(whole, column=len(comment.before.rstrip()))
    return Silence(scope, names, _span(comment, *match.span()), whole, comment.alone)


def _names(comment: Comment, start: int, text: str) -> tuple[Named, ...]:
    return tuple(
        Named(match[0], _span(comment, start + match.start(), start + match.end()))
        for match in _NAME.finditer(text)
    )


def _span(comment: Comment, start: int, end: int) -> Span:
    return Span(comment.line, comment.column + start, comment.line, comment.column + end)
