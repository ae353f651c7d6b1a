"""How findings are written: for people with an excerpt, for programs as JSON."""

from __future__ import annotations

import json
import posixpath
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import click

from backend_architect.cli.excerpt import framed
from backend_architect.engine.findings import SEVERITIES, BuiltFix, Edit, Report, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_COLOURS: Final[dict[Severity, str]] = {
    "error": "red",
    "warning": "yellow",
    "information": "blue",
    "hint": "cyan",
}


def text_of(report: Report, source: Sequence[str]) -> str:
    """A finding for people, in colour: place, message, the lines of source it is about and its fix."""
    colour = _COLOURS[report.severity]
    span = report.span
    place = click.style(f"{report.path}:{span.line + 1}:{span.column + 1}", bold=True)
    severity = click.style(report.severity, fg=colour, bold=True)
    lines = [f"{place}: {severity}: {report.message} {click.style(f'[{report.rule}]', dim=True)}"]
    rows = framed(source, span)
    for gutter, line, carets in rows:
        lines.append(f"{click.style(f'{gutter} |', fg='bright_black')} {line}".rstrip())
        if carets:
            blank = click.style(f"{' ' * len(gutter)} |", fg="bright_black")
            lines.append(f"{blank} {click.style(carets, fg=colour, bold=True)}")
    if report.fix:
        unsafe = " (unsafe)" if report.fix.safety == "unsafe" else ""
        lines.append(f"{' ' * len(rows[0][0]) if rows else ''} = fix{unsafe}: {report.fix.title}")
    return "\n".join(lines)


def summary_of(reports: Sequence[Report], files: int, problems: int) -> str:
    """One line that counts."""
    counts = Counter(report.severity for report in reports)
    by_severity = ", ".join(
        f"{counts[name]} information" if name == "information" else counted(counts[name], name)
        for name in SEVERITIES
        if counts[name]
    )
    fixable = sum(report.fix is not None for report in reports)
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


def json_of(reports: Iterable[tuple[Report, str]]) -> str:
    """A JSON array of findings, each with the root, from here, of the files that its fix creates."""
    return json.dumps([_finding(report, root) for report, root in reports], indent=2)


def _finding(report: Report, root: str) -> dict[str, Any]:
    span = report.span
    return {
        "rule": report.rule,
        "family": report.family,
        "severity": report.severity,
        "message": report.message,
        "path": report.path,
        "start": _position(span.line, span.column),
        "end": _position(span.end_line, span.end_column),
        "url": report.url,
        "cwe": list(report.cwe),
        "fix": report.fix and _fix(report.fix, report.path, root),
    }


def _fix(fix: BuiltFix, path: str, root: str) -> dict[str, Any]:
    return {
        "title": fix.title,
        "safety": fix.safety,
        "edits": [_edit(edit, path) for edit in fix.edits],
        "creates": [{"path": below(root, new.path), "text": new.text} for new in fix.creates],
    }


def _edit(edit: Edit, path: str) -> dict[str, Any]:
    span = edit.span
    return {
        "path": path,
        "start": _position(span.line, span.column),
        "end": _position(span.end_line, span.end_column),
        "text": edit.text,
    }


def _position(line: int, column: int) -> dict[str, int]:
    return {"line": line + 1, "column": column + 1}


def below(root: str, path: str) -> str:
    """The path, from here, of a file that is given relative to a root given from here."""
    return posixpath.normpath(f"{root}/{path}")
