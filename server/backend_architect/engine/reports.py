"""Findings as users see them: at their place in the file, with the severity that the settings give them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from backend_architect.engine.findings import BuiltFix, Edit, Finding, Fix, Report, Severity
from backend_architect.engine.text import newline_of

if TYPE_CHECKING:
    from backend_architect.engine.analysis import Analysis
    from backend_architect.engine.rules import Rule
    from backend_architect.engine.settings import Settings

_LINE_FEED: Final = re.compile(r"(?<!\r)\n")

Add = Callable[[Sequence[str], Sequence[str]], list[Edit]]
"""Takes the lines of a file and statements for its top; gives the edits that add them."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Makes reports of the findings of one file."""

    path: str
    rules: dict[str, Rule]
    settings: Settings
    add_imports: Add
    """Adds those import statements that are missing."""
    add_definitions: Add

    def severity(self, finding: Finding) -> Severity:
        """How severe a finding is."""
        default = finding.severity or self.rules[finding.rule].severity
        return self.settings.severity_of(finding.rule, default, self.path) or default

    def reports(self, analysis: Analysis) -> Iterator[Report]:
        """All findings, in the order in which they stand in the file."""
        fingerprints = analysis.fingerprints()
        for start, _, findings in analysis.findings():
            for finding in findings:
                report = self.report(finding, start, analysis.document.lines)
                yield replace(report, fingerprint=next(fingerprints))

    def report(self, finding: Finding, start: int, lines: Sequence[str]) -> Report:
        """One finding of a block that begins on line `start`."""
        rule = self.rules[finding.rule]
        return Report(
            rule=rule.id,
            family=rule.family,
            severity=self.severity(finding),
            message=finding.message,
            path=self.path,
            span=finding.span.moved(start),
            url=rule.url,
            cwe=rule.cwe,
            fix=None if finding.fix is None else self.build(finding.fix, start, lines),
            remedy=finding.remedy,
            related=finding.related,
        )

    def build(self, fix: Fix, start: int, lines: Sequence[str]) -> BuiltFix:
        """A fix with its edits at their places in the file, in their order, with its line ends."""
        newline = newline_of(lines)
        edits = [replace(edit, span=edit.span.moved(start)) for edit in fix.build()]
        edits += fix.whole(lines) if fix.whole is not None else []
        if newline != "\n":
            edits = [replace(edit, text=_LINE_FEED.sub(newline, edit.text)) for edit in edits]
        # Of what is written at the same place, the import comes first, and a function before its use.
        added = self.add_imports(lines, fix.imports) if fix.imports else []
        added += self.add_definitions(lines, fix.definitions) if fix.definitions else []
        edits = [*added, *edits]
        edits.sort(key=lambda edit: edit.span)
        return BuiltFix(fix.title, fix.safety, fix.reason, tuple(edits), fix.creates)
