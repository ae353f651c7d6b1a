"""What a run of `check` has brought, and whether that is a failure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from backend_architect.engine.findings import SEVERITIES, Report, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from backend_architect.cli.run import Checked
    from backend_architect.knowledge.cards import Card

FailOn = Literal["error", "warning", "information", "hint", "never"]

FAIL_ON: Final[tuple[FailOn, ...]] = (*SEVERITIES, "never")
"""From which severity on a finding fails the run."""

DEFAULT_FAIL_ON: Final[FailOn] = "warning"
"""What is exploitable, loses data or will cause an incident stops a merge; advice does not."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding with what is known of its file."""

    report: Report
    source: tuple[str, ...]
    """The lines that it is about, the first few of them."""
    root: str
    """The root of the file's configuration, from here; what its fix creates is relative to that."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a run has to say."""

    checked: Sequence[Checked]
    problems: Sequence[str]
    """Sentences about what could not be checked."""
    cards: Mapping[str, Card]
    fail_on: FailOn = DEFAULT_FAIL_ON

    @property
    def reports(self) -> list[Report]:
        """All findings, file by file in the order of their places."""
        return [report for file in self.checked for report in file.report.findings]

    def found(self) -> Iterator[Found]:
        """All findings in that order, with what is known of their files."""
        for file in self.checked:
            for report, source in zip(file.report.findings, file.excerpts, strict=True):
                yield Found(report, source, file.root)

    @property
    def crashed(self) -> bool:
        """Whether the analysis of a file failed."""
        return any(file.crashed for file in self.checked)

    def fails(self, severity: Severity) -> bool:
        """Whether a finding of this severity fails the run."""
        return FAIL_ON.index(severity) <= FAIL_ON.index(self.fail_on) and self.fail_on != "never"

    @property
    def exit_code(self) -> int:
        """0: clean; 1: findings that fail the run, or files that could not be checked; 2: crash."""
        if self.crashed:
            return 2
        return int(bool(self.problems) or any(self.fails(report.severity) for report in self.reports))
