"""Asks for refactorings as a client does, and applies them."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING

from backend_architect.cli.repair import apply_edits
from backend_architect.engine.check import reporter_for, rules_for, start
from backend_architect.engine.language import Elsewhere, nowhere
from backend_architect.engine.settings import Settings

if TYPE_CHECKING:
    from backend_architect.engine.findings import BuiltFix

PATH = "shop/example.py"


def offered(text: str, line: str, elsewhere: Elsewhere = nowhere) -> list[BuiltFix]:
    """What is offered at the first line that begins like this."""
    settings = Settings()
    rules = rules_for(PATH, settings)
    analysis = start("python", PATH, text, settings, rules, elsewhere)
    row = next(row for row, one in enumerate(text.splitlines()) if one.strip().startswith(line))
    reporter = reporter_for("python", PATH, settings, rules)
    return [reporter.build(fix, first, analysis.document.lines) for first, fix in analysis.refactorings(row)]


def after(code: str, line: str, elsewhere: Elsewhere = nowhere) -> str:
    """Code after the only thing that is offered at a line; it parses."""
    text = code if code.endswith("\n") else inspect.cleandoc(code) + "\n"
    (fix,) = offered(text, line, elsewhere)
    changed = apply_edits(text, fix.edits)
    ast.parse(changed)
    return changed
