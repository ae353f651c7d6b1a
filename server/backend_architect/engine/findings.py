"""What a rule says about a place in a file, and how it would repair it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backend_architect.engine.remedies import Remedy

Severity = Literal["error", "warning", "information", "hint"]
"""error: exploitable or loses data; warning: will cause an incident; information: design advice."""

Safety = Literal["safe", "unsafe"]
"""safe: keeps behaviour and comments; unsafe: anything else, and the fix says why."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "information", "hint")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of text: zero-based lines, columns in code points."""

    line: int
    column: int
    end_line: int
    end_column: int

    def moved(self, lines: int) -> Span:
        """The same span, `lines` further down."""
        return Span(self.line + lines, self.column, self.end_line + lines, self.end_column)

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a character or touch."""
        return (self.line, self.column) <= (other.end_line, other.end_column) and (
            other.line,
            other.column,
        ) <= (self.end_line, self.end_column)


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces the text of a span in the file of the finding."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that a fix creates; `path` is relative to the folder of the workspace."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A repair, offered by name and written out only when somebody asks.

    `build` gives edits relative to the block of the finding, in no particular order.
    `imports` are import statements that the edits rely on; they are added where they are missing.
    `definitions` are functions that the module lacks and the edits rely on; they are added above all others.
    """

    title: str
    safety: Safety
    reason: str
    """Why the fix is unsafe, or why it is safe; shown with the fix."""
    build: Callable[[], Sequence[Edit]] = field(compare=False, repr=False)
    imports: tuple[str, ...] = ()
    whole: Callable[[Sequence[str]], Sequence[Edit]] | None = field(default=None, compare=False, repr=False)
    """Gives the edits of other blocks, at their places in the file, from the lines of the file."""
    creates: tuple[NewFile, ...] = ()
    definitions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Related:
    """Another place that a finding is about."""

    path: str
    """Relative to the folder of the settings, with slashes; in a report of `check` as users know it."""
    line: int
    """From 0."""
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem at one place, relative to the first line of its block."""

    rule: str
    span: Span
    message: str
    fix: Fix | None = None
    remedy: Remedy | None = None
    """A repair for which the whole project is needed; a finding has this or a fix."""
    related: tuple[Related, ...] = ()
    severity: Severity | None = None
    """What it is where the card of its rule is too mild or too harsh; settings still decide."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding that the whole project gives, and the file that it is in; its span counts from there."""

    path: str
    """As in `Related`."""
    finding: Finding


@dataclass(frozen=True, slots=True)
class BuiltFix:
    """A fix with its edits at places of the whole file, ready to be applied or sent."""

    title: str
    safety: Safety
    reason: str
    edits: tuple[Edit, ...]
    creates: tuple[NewFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A finding as users see it: at its place in the file, with severity and texts of its card."""

    rule: str
    family: str
    severity: Severity
    message: str
    path: str
    span: Span
    url: str
    cwe: tuple[int, ...]
    fix: BuiltFix | None
    remedy: Remedy | None = None
    fingerprint: str = ""
    """What the finding is known by in a baseline; empty where its text does not parse."""
    related: tuple[Related, ...] = ()

    @property
    def repair(self) -> BuiltFix | Remedy | None:
        """What repairs it, in its file or in several."""
        return self.fix or self.remedy


@dataclass(frozen=True, slots=True)
class FileReport:
    """All that `check` has to say about one file.

    `problems` are sentences about what could not be analysed (broken syntax, a rule that raised);
    they name file, line and remedy.
    """

    path: str
    findings: tuple[Report, ...]
    problems: tuple[str, ...] = ()
    lines: int = 0
