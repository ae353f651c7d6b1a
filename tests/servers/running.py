"""Runs code before and after its fix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backend_architect.cli.repair import apply_edits, repair
from backend_architect.engine.check import reporter_for, rules_for, start
from backend_architect.engine.settings import Settings


@dataclass(frozen=True)
class Versions:
    """The names that a module defines, as it was written and after the fix."""

    written: dict[str, Any]
    fixed: dict[str, Any]
    text: str
    """The module after the fix."""


def fixed(text: str, rule: str, *, path: str = "shop/example.py", dialect: str = "postgres") -> str:
    """A text after the fixes of one rule, which must repair all that the rule finds."""
    settings = Settings(select=frozenset({rule}), dialect=dialect)
    repaired = repair(path, text, settings, unsafe=True)
    assert repaired.fixed, f"nothing was fixed:\n{text}"
    assert not repaired.report.findings
    assert not repaired.problems
    assert repaired.text != text
    return repaired.text


def versions(text: str, rule: str) -> Versions:
    """A module as it was written and after the fixes of one rule."""
    repaired = fixed(text, rule)
    return Versions(names_of(text), names_of(repaired), repaired)


def names_of(text: str) -> dict[str, Any]:
    """The names that a module defines when it is run."""
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(text, "example.py", "exec"), names)
    return names


def refactored(text: str, line: str, title: str) -> str:
    """A text after the only refactoring whose title begins like this, at a line that does so too."""
    path, settings = "shop/example.py", Settings()
    rules = rules_for(path, settings)
    analysis = start("python", path, text, settings, rules)
    row = next(row for row, one in enumerate(text.splitlines()) if one.strip().startswith(line))
    found = [(first, fix) for first, fix in analysis.refactorings(row) if fix.title.startswith(title)]
    assert len(found) == 1, f"{[fix.title for _, fix in found]} at {line!r}:\n{text}"
    ((first, fix),) = found
    built = reporter_for("python", path, settings, rules).build(fix, first, analysis.document.lines)
    return apply_edits(text, built.edits)
