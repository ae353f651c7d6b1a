"""For programs: a JSON array of findings, or of the numbers of findings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from backend_architect.cli.formats.people import counted_rules
from backend_architect.cli.run import below

if TYPE_CHECKING:
    from backend_architect.cli.formats.outcome import Found, Outcome
    from backend_architect.engine.findings import BuiltFix, Edit, Report


def json_list(outcome: Outcome) -> str:
    """An array of findings."""
    return json.dumps([_finding(found) for found in outcome.found()], indent=2)


def json_statistics(outcome: Outcome) -> str:
    """An array of rules with the numbers of their findings, those with the most first."""
    rows = [
        {"rule": report.rule, "severity": report.severity, "count": number}
        for report, number in counted_rules(outcome)
    ]
    return json.dumps(rows, indent=2)


def _finding(found: Found) -> dict[str, Any]:
    report, span = found.report, found.report.span
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
        "related": [
            {"path": one.path, "line": one.line + 1, "message": one.message} for one in report.related
        ],
        "fix": _repair(report, found.root),
    }


def _repair(report: Report, root: str) -> dict[str, Any] | None:
    """A repair; what changes several files is written by `fix`, and has no edits here."""
    if report.fix is not None:
        return _fix(report.fix, report.path, root)
    remedy = report.remedy
    return remedy and {"title": remedy.title, "safety": remedy.safety, "edits": None, "creates": None}


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
