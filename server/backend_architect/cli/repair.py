"""Applies the fixes of one file to its text, round after round, until nothing is left to fix."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.engine.check import check_text
from backend_architect.engine.findings import BuiltFix, FileReport, NewFile, Report
from backend_architect.engine.language import Elsewhere, nowhere
from backend_architect.engine.text import apply_edits
from backend_architect.fixes.merging import compatible
from backend_architect.python.syntax import parsed
from backend_architect.sql.parsing import parse
from backend_architect.sql.scanner import scan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.engine.settings import Settings

ROUNDS: Final = 20
"""More rounds than fixes that make room for each other need; only fixes that undo each other go on."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What became of a file."""

    text: str
    """The text after all fixes; the old one when there were none, or when they did not work."""
    fixed: tuple[Report, ...]
    """The findings that were fixed, as they were found in their round."""
    creates: tuple[NewFile, ...]
    report: FileReport
    """What there is to say about `text`."""
    problems: tuple[str, ...]
    """Sentences about fixes that did not work."""


def repair(
    name: str, text: str, settings: Settings, *, unsafe: bool, elsewhere: Elsewhere = nowhere
) -> Repair:
    """Repairs what the rules find in a text.

    Of fixes that touch each other's places the first wins, and the others get their turn in the next round.
    A round after which less of the text parses, or can be analysed, is undone and is the last one. When the
    rounds do not come to an end nothing is changed, and neither is Python that does not parse.
    """
    report = original = check_text(name, text, settings, elsewhere=elsewhere)
    broken = _broken(name, text, settings) if report.findings else 0
    if broken and name.endswith(".py"):
        return Repair(text, (), (), report, ())
    now, fixed, creates = text, list[Report](), dict[str, NewFile]()
    for _ in range(ROUNDS):
        wanted = _wanted(report, creates, unsafe=unsafe)
        chosen = [wanted[index] for index in compatible([fix for _, fix in wanted])]
        if not chosen:
            return Repair(now, tuple(fixed), tuple(creates.values()), report, ())
        after = apply_edits(now, [edit for _, fix in chosen for edit in fix.edits])
        after_report = check_text(name, after, settings, elsewhere=elsewhere)
        if _broken(name, after, settings) > broken or len(after_report.problems) > len(report.problems):
            problem = (
                f"{name}: not all is fixed; it would not parse after fixing {_rules(r for r, _ in chosen)}"
            )
            return Repair(now, tuple(fixed), tuple(creates.values()), report, (problem,))
        now, report = after, after_report
        fixed += [finding for finding, _ in chosen]
        creates |= {new.path: new for _, fix in chosen for new in fix.creates}
    problem = f"{name}: not fixed; the fixes of {_rules(fixed)} do not come to an end"
    return Repair(text, (), (), original, (problem,))


def _wanted(
    report: FileReport, creates: dict[str, NewFile], *, unsafe: bool
) -> list[tuple[Report, BuiltFix]]:
    return [
        (finding, finding.fix)
        for finding in sorted(report.findings, key=lambda finding: finding.span)
        if finding.fix
        and (unsafe or finding.fix.safety == "safe")
        and not any(new.path in creates for new in finding.fix.creates)
    ]


def _broken(name: str, text: str, settings: Settings) -> int:
    """How much of a text its language refuses: the whole of a Python file, single statements of SQL."""
    if name.endswith(".py"):
        return 0 if _is_python(text) else 1
    dialect = settings.dialect_of(name)
    scanned = scan(text, dialect)
    statements = [text[piece.start : piece.end] for piece in scanned.pieces if piece.kind == "sql"]
    return sum(parse(statement, dialect).errors for statement in statements) + (not scanned.closed)


def _is_python(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _rules(findings: Iterable[Report]) -> str:
    return ", ".join(sorted({finding.rule for finding in findings}))
