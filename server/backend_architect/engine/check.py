"""One file, from its text to its reports: what the command line and the tests ask the engine."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from backend_architect.detectors.registry import all_rules, rules_of
from backend_architect.engine.analysis import Analysis
from backend_architect.engine.baseline import NOTHING, Accepted
from backend_architect.engine.findings import FileReport
from backend_architect.engine.kinds import SUFFIXES, kinds_of
from backend_architect.engine.language import Elsewhere, Language, nowhere
from backend_architect.engine.reports import Reporter
from backend_architect.engine.rules import Rule, RuleTable
from backend_architect.fixes.definitions import add_definitions
from backend_architect.fixes.imports import add_imports
from backend_architect.python.language import PythonLanguage
from backend_architect.python.unread import problems_of
from backend_architect.sql.language import SqlLanguage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.engine.findings import Edit, Finding
    from backend_architect.engine.settings import Settings


def language_of(path: str) -> str | None:
    """The language of a file: python, sql or none that is known."""
    return next((language for suffix, language in SUFFIXES.items() if path.endswith(suffix)), None)


def check_text(  # noqa: PLR0913, PLR0917 - all that a text is checked under
    path: str,
    text: str,
    settings: Settings,
    rules: RuleTable | None = None,
    elsewhere: Elsewhere = nowhere,
    accepted: Accepted = NOTHING,
    project: Sequence[Finding] | None = None,
) -> FileReport:
    """Everything that the rules say about one file.

    Args:
        path: relative to the folder of the settings, with slashes; its end tells the language.
        text: with the line ends of the file.
        settings: those that hold for the file.
        rules: which rules may speak; those that the settings allow for the path, if not given.
        elsewhere: answers for the things of other files.
        accepted: what the baseline of the project says of the file.
        project: what the rules about the project as a whole say of the file; None if they were not asked.
    """
    language = language_of(path) or "python"
    table = rules_for(path, settings) if rules is None else rules
    analysis = start(language, path, text, settings, table, elsewhere, accepted, project)
    problems = [
        f"{path}: the rule {failure.rule} failed ({failure.error}); please report it, the other rules went on"
        for failure in dict.fromkeys(analysis.failures())
    ]
    if language == "python":
        problems += problems_of(path, analysis.document)
    reporter = reporter_for(language, path, settings, table)
    return FileReport(path, tuple(reporter.reports(analysis)), tuple(problems), len(analysis.document.lines))


def start(  # noqa: PLR0913, PLR0917 - all that a text is analysed under
    language: str,
    path: str,
    text: str,
    settings: Settings,
    rules: RuleTable,
    elsewhere: Elsewhere = nowhere,
    accepted: Accepted = NOTHING,
    project: Sequence[Finding] | None = None,
) -> Analysis:
    """The analysis of a text, up to date."""
    spoken = _language(language, settings.dialect_of(path), path)
    analysis = Analysis(spoken, text, rules, elsewhere, accepted)
    if project is not None:
        analysis.give(project)
    analysis.refresh()
    return analysis


def reporter_for(language: str, path: str, settings: Settings, rules: RuleTable) -> Reporter:
    """What makes reports of the findings of a file."""
    by_id = {rule.id: rule for rule in rules.rules}
    if language == "python":
        return Reporter(path, by_id, settings, add_imports, add_definitions)
    return Reporter(path, by_id, settings, _nothing, _nothing)


def rules_for(path: str, settings: Settings) -> RuleTable:
    """The rules that may speak in a file; the same table for the same rules."""
    kinds = kinds_of(path)
    there = (*all_rules(), *rules_of(settings.cards))
    speaking = tuple(rule for rule in there if _may_speak(rule, path, kinds, settings))
    return _table(speaking, frozenset(rule.id for rule in there))


def _may_speak(rule: Rule, path: str, kinds: frozenset[str], settings: Settings) -> bool:
    return kinds.isdisjoint(rule.not_in) and settings.enabled(rule.id, rule.family, path, rule.sets)


@lru_cache(maxsize=256)
def _table(rules: tuple[Rule, ...], known: frozenset[str]) -> RuleTable:
    return RuleTable(rules, known)


def _language(name: str, dialect: str, path: str) -> Language:
    return PythonLanguage(dialect, path) if name == "python" else SqlLanguage(dialect)


def _nothing(lines: Sequence[str], statements: Sequence[str]) -> list[Edit]:  # noqa: ARG001 - as Add
    return []
