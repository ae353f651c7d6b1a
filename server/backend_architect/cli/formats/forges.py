"""For forges, which show findings beside the changed lines: commands for GitHub, a report for GitLab."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from backend_architect.cli.formats.fingerprints import fingerprints

if TYPE_CHECKING:
    from backend_architect.cli.formats.outcome import Outcome
    from backend_architect.engine.findings import Report, Severity

_GITHUB_LEVELS: Final[dict[Severity, str]] = {
    "error": "error",
    "warning": "warning",
    "information": "notice",
    "hint": "notice",
}
_GITLAB_LEVELS: Final[dict[Severity, str]] = {
    "error": "critical",
    "warning": "major",
    "information": "minor",
    "hint": "info",
}
_IN_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES: Final = _IN_DATA | str.maketrans({":": "%3A", ",": "%2C"})


def github(outcome: Outcome) -> str:
    """A workflow command for each finding and each problem; GitHub makes annotations of them."""
    problems = [
        f"::error title=backend-architect::{problem.translate(_IN_DATA)}" for problem in outcome.problems
    ]
    return "\n".join([*map(_command, outcome.reports), *problems])


def _command(report: Report) -> str:
    span = report.span
    properties = {
        "title": report.rule,
        "file": _in_checkout(report.path, "GITHUB_WORKSPACE"),
        "line": span.line + 1,
        "endLine": span.end_line + 1,
    }
    if span.line == span.end_line:
        # GitHub refuses columns for more than one line.
        properties |= {"col": span.column + 1, "endColumn": max(span.end_column, span.column + 1)}
    written = ",".join(f"{name}={str(value).translate(_IN_PROPERTIES)}" for name, value in properties.items())
    return f"::{_GITHUB_LEVELS[report.severity]} {written}::{report.message.translate(_IN_DATA)}"


def gitlab(outcome: Outcome) -> str:
    """The array that GitLab takes as a Code Quality report."""
    names = fingerprints(outcome)
    issues = [_issue(report, name) for report, name in zip(outcome.reports, names, strict=True)]
    return json.dumps(issues, indent=2)


def _issue(report: Report, name: str) -> dict[str, Any]:
    span = report.span
    return {
        "description": report.message,
        "check_name": report.rule,
        "fingerprint": name,
        "severity": _GITLAB_LEVELS[report.severity],
        "location": {
            "path": _in_checkout(report.path, "CI_PROJECT_DIR"),
            "positions": {
                "begin": {"line": span.line + 1, "column": span.column + 1},
                "end": {"line": span.end_line + 1, "column": span.end_column + 1},
            },
        },
    }


def _in_checkout(path: str, variable: str) -> str:
    """A path as the forge knows it: relative to its checkout, wherever in it the command runs."""
    checkout = os.environ.get(variable)
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve would follow links
    if checkout and absolute.is_relative_to(checkout):
        return absolute.relative_to(checkout).as_posix()
    return path
