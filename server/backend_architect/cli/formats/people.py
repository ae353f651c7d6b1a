"""For people: findings with the source they are about, one line for each, or only their numbers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import click

from backend_architect.cli.excerpt import framed
from backend_architect.engine.findings import SEVERITIES, Report, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.cli.formats.outcome import Outcome

_COLOURS: Final[dict[Severity, str]] = {
    "error": "red",
    "warning": "yellow",
    "information": "blue",
    "hint": "cyan",
}
_MOST_RELATED: Final = 5
"""How many other places of a finding are listed."""
MARK: Final = " [*]"
"""Says that a finding has a fix."""


def text(outcome: Outcome) -> str:
    """Each finding, in colour, with its source and its fix, and a line that counts."""
    findings = [excerpted(found.report, found.source) + "\n" for found in outcome.found()]
    return "\n".join([*findings, summary(outcome)])


def concise(outcome: Outcome) -> str:
    """A line for each finding, in colour, and one that counts."""
    return "\n".join([*map(_line, outcome.reports), summary(outcome)])


def summary(outcome: Outcome) -> str:
    """One line that counts."""
    return _counts(outcome.reports, len(outcome.checked), len(outcome.problems))


def statistics(outcome: Outcome) -> str:
    """How many findings each rule has, those with the most first, and a line that counts."""
    rows = counted_rules(outcome)
    width = len(str(max((number for _, number in rows), default=0)))
    lines = [
        f"{number:>{width}}  {_severity(report.severity)}  {report.rule}" + MARK * (report.repair is not None)
        for report, number in rows
    ]
    return "\n".join([*lines, summary(outcome)])


def counted_rules(outcome: Outcome) -> list[tuple[Report, int]]:
    """One finding of each rule, one with a fix if there is one, and how many the rule has."""
    numbers = Counter(report.rule for report in outcome.reports)
    samples = {
        report.rule: report for report in sorted(outcome.reports, key=lambda one: one.repair is not None)
    }
    return [
        (samples[rule], number) for rule, number in sorted(numbers.items(), key=lambda one: (-one[1], one[0]))
    ]


def _line(report: Report) -> str:
    rule = click.style(report.rule, dim=True)
    return f"{_place(report)}: {_severity(report.severity)} {rule}: {report.message}" + MARK * (
        report.repair is not None
    )


def _place(report: Report) -> str:
    return click.style(f"{report.path}:{report.span.line + 1}:{report.span.column + 1}", bold=True)


def _severity(severity: Severity) -> str:
    return click.style(severity, fg=_COLOURS[severity], bold=True)


def message(report: Report) -> str:
    """The place of a finding, in colour, and what it says."""
    rule = click.style(f"[{report.rule}]", dim=True)
    return f"{_place(report)}: {_severity(report.severity)}: {report.message} {rule}"


def excerpted(report: Report, source: Sequence[str]) -> str:
    """A finding, in colour, with the lines of source that it is about and its fix."""
    colour = _COLOURS[report.severity]
    lines = [message(report)]
    rows = framed(source, report.span)
    for gutter, line, carets in rows:
        lines.append(f"{click.style(f'{gutter} |', fg='bright_black')} {line}".rstrip())
        if carets:
            blank = click.style(f"{' ' * len(gutter)} |", fg="bright_black")
            lines.append(f"{blank} {click.style(carets, fg=colour, bold=True)}")
    indent = " " * len(rows[0][0]) if rows else ""
    shown = report.related if len(report.related) <= _MOST_RELATED + 1 else report.related[:_MOST_RELATED]
    lines += [f"{indent} = {one.message}: {one.path}:{one.line + 1}" for one in shown]
    if len(report.related) > len(shown):
        lines.append(f"{indent} = and {len(report.related) - len(shown)} more places (--format json)")
    if report.repair:
        unsafe = " (unsafe)" if report.repair.safety == "unsafe" else ""
        lines.append(f"{indent} = fix{unsafe}: {report.repair.title}")
    return "\n".join(lines)


def _counts(reports: Sequence[Report], files: int, problems: int) -> str:
    counts = Counter(report.severity for report in reports)
    by_severity = ", ".join(
        f"{counts[name]} information" if name == "information" else counted(counts[name], name)
        for name in SEVERITIES
        if counts[name]
    )
    fixable = sum(report.repair is not None for report in reports)
    parts = [counted(len(reports), "finding") if reports else "No findings"]
    if by_severity:
        parts.append(f" ({by_severity})")
    parts.append(f" in {counted(files, 'file')}")
    if fixable:
        parts.append(f", {fixable} with a fix")
    if problems:
        parts.append(f"; {counted(problems, 'problem')}")
    return "".join(parts)


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where needed."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
