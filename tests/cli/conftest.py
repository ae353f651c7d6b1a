"""An engine with simple rules, for tests of what the command line makes of its answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from backend_architect.cli import repair, run
from backend_architect.cli.main import cli
from backend_architect.engine.findings import BuiltFix, Edit, FileReport, NewFile, Report, Span
from backend_architect.engine.text import SourceText

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from backend_architect.engine.settings import Settings

    Run = Callable[..., Result]

TIMEOUT = "http-call-without-timeout"
STRINGS = "sql-built-from-strings"

WORDS = {
    "BAD": (TIMEOUT, "reliability", "warning"),
    "RISKY": (STRINGS, "security", "error"),
    "NOFIX": (STRINGS, "security", "error"),
    "HINT": (TIMEOUT, "reliability", "hint"),
    "INFO": (TIMEOUT, "reliability", "information"),
    "ENDLESS": (TIMEOUT, "reliability", "warning"),
    "BREAKS": (STRINGS, "security", "error"),
    "CREATES": (TIMEOUT, "reliability", "warning"),
    "IMPORTS": (TIMEOUT, "reliability", "warning"),
    "WIDE": (TIMEOUT, "reliability", "warning"),
    "EURO": (TIMEOUT, "reliability", "warning"),
}
"""Words that are findings; what their fixes do, `fix_of` says."""


def fix_of(word: str, source: SourceText, start: int, end: int) -> BuiltFix | None:
    span = source.span(start, end)
    good = Edit(span, "GOOD")
    whole_line = Edit(Span(span.line, 0, span.line, span.end_column), "GOOD")
    fixes = {
        "BAD": BuiltFix("Make it good", "safe", "", (good,)),
        "RISKY": BuiltFix("Take the risk", "unsafe", "it is one", (Edit(span, "FINE"),)),
        "ENDLESS": BuiltFix("Go on", "safe", "", (Edit(span, "ENDLESS + 1"),)),
        "BREAKS": BuiltFix("Break it", "safe", "", (Edit(span, "'"),)),
        "CREATES": BuiltFix("Move it", "safe", "", (good,), (NewFile("new/made.py", "made = 1\n"),)),
        "IMPORTS": BuiltFix("Import it", "safe", "", (good, Edit(Span(0, 0, 0, 0), "import good\n"))),
        "WIDE": BuiltFix("Simplify it", "safe", "", (whole_line,)),
        "EURO": BuiltFix("Pay", "safe", "", (Edit(span, "'\N{EURO SIGN}'"),)),
    }
    return fixes.get(word)


def check_words(path: str, text: str, settings: Settings, **_: object) -> FileReport:
    if "CRASH" in text:
        raise RecursionError("too deep")
    source = SourceText(text)
    findings: list[Report] = []
    for match in re.finditer(r"\w+", text):
        word = match[0]
        if word in WORDS:
            rule, family, default = WORDS[word]
            severity = settings.severity_of(rule, default)
            if severity and settings.enabled(rule, family, path):
                span = source.span(match.start(), match.end())
                fix = fix_of(word, source, match.start(), match.end())
                url = f"https://rules.example/{rule}"
                findings.append(
                    Report(rule, family, severity, f"{word} is bad", path, span, url, (1088,), fix)
                )
    broken = [f"{path}:1: cannot be read"] if text.count("(") != text.count(")") else []
    return FileReport(path, tuple(reversed(findings)), tuple(broken), len(source.lines))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, which is the working directory."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def words(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project that is checked for words."""
    monkeypatch.setattr(run, "check_text", check_words)
    monkeypatch.setattr(repair, "check_text", check_words)
    return project


@pytest.fixture
def call() -> Run:
    """Runs the command line in this process."""

    def invoke(*arguments: str, stdin: bytes | None = None, env: dict[str, str] | None = None) -> Result:
        return CliRunner().invoke(cli, arguments, input=stdin, env=env, catch_exceptions=False)

    return invoke
