"""For code scanning: SARIF 2.1.0, a standard of OASIS.

Columns count code points, as ours do, and `columnKind` says so. Paths are relative to `%SRCROOT%`, the
working directory; GitHub takes that for the top of the repository.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from backend_architect import __version__
from backend_architect.cli.formats.fingerprints import fingerprints
from backend_architect.knowledge.cards import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.cli.formats.outcome import Outcome
    from backend_architect.engine.findings import BuiltFix, Related, Report, Severity, Span
    from backend_architect.knowledge.cards import Card

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT: Final = "%SRCROOT%"
_CWE: Final = "CWE"
_LEVELS: Final[dict[Severity, str]] = {
    "error": "error",
    "warning": "warning",
    "information": "note",
    "hint": "note",
}

Object = dict[str, Any]


def sarif(outcome: Outcome) -> str:
    """A log with one run: the rules that found something with their cards, the findings and the problems."""
    reports = outcome.reports
    rules = sorted({report.rule for report in reports})
    index = {rule: number for number, rule in enumerate(rules)}
    names = fingerprints(outcome)
    cards = [outcome.cards[rule] for rule in rules if rule in outcome.cards]
    run: Object = {
        "tool": {"driver": _driver(rules, outcome)},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"uri": Path.cwd().as_uri() + "/"}},
        "invocations": [_invocation(outcome)],
        "taxonomies": _taxonomies(cards),
        "results": [
            _result(report, index[report.rule], name) for report, name in zip(reports, names, strict=True)
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _driver(rules: Iterable[str], outcome: Outcome) -> Object:
    return {
        "name": "backend-architect",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": REPOSITORY,
        "rules": [_rule(outcome.cards[rule]) if rule in outcome.cards else {"id": rule} for rule in rules],
        "supportedTaxonomies": [{"name": _CWE}],
    }


def _rule(card: Card) -> Object:
    tags = [card.family, *(f"external/cwe/cwe-{number:03}" for number in card.cwe)]
    return {
        "id": card.id,
        "shortDescription": {"text": card.title},
        "fullDescription": {"text": card.summary},
        "help": {"text": card.body, "markdown": card.body},
        "helpUri": card.url,
        "defaultConfiguration": {"level": _LEVELS[card.severity]},
        "relationships": [
            {"target": {"id": str(number), "toolComponent": {"name": _CWE}}, "kinds": ["relevant"]}
            for number in card.cwe
        ],
        # What GitHub reads: tags to filter by, and how sure the rule is.
        "properties": {"tags": tags, "precision": card.confidence},
    }


def _taxonomies(cards: Iterable[Card]) -> list[Object]:
    numbers = sorted({number for card in cards for number in card.cwe})
    taxa = [
        {"id": str(number), "helpUri": f"https://cwe.mitre.org/data/definitions/{number}.html"}
        for number in numbers
    ]
    description = {"text": "Common Weakness Enumeration"}
    taxonomy: Object = {"name": _CWE, "organization": "MITRE", "shortDescription": description, "taxa": taxa}
    return [taxonomy] if taxa else []


def _invocation(outcome: Outcome) -> Object:
    return {
        "executionSuccessful": not outcome.crashed,
        "toolExecutionNotifications": [
            {"level": "error", "message": {"text": problem}} for problem in outcome.problems
        ],
    }


def _result(report: Report, rule: int, name: str) -> Object:
    result: Object = {
        "ruleId": report.rule,
        "ruleIndex": rule,
        "level": _LEVELS[report.severity],
        "message": {"text": report.message},
        "locations": [
            {"physicalLocation": {"artifactLocation": _artifact(report.path), "region": _region(report.span)}}
        ],
        "partialFingerprints": {"backendArchitect/v1": name},
        "taxa": [{"id": str(number), "toolComponent": {"name": _CWE}} for number in report.cwe],
    }
    if report.related:
        result["relatedLocations"] = [_related(one) for one in report.related]
    if report.fix and report.fix.edits and not report.fix.creates:
        # SARIF knows changes of files, and no new files.
        result["fixes"] = [_fix(report.fix, report.path)]
    return result


def _related(one: Related) -> Object:
    place = {"artifactLocation": _artifact(one.path), "region": {"startLine": one.line + 1}}
    return {"physicalLocation": place, "message": {"text": one.message}}


def _fix(fix: BuiltFix, path: str) -> Object:
    unsafe = f" (unsafe: {fix.reason})" if fix.safety == "unsafe" else ""
    replacements = [
        {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}} for edit in fix.edits
    ]
    change = {"artifactLocation": _artifact(path), "replacements": replacements}
    return {"description": {"text": fix.title + unsafe}, "artifactChanges": [change]}


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line + 1,
        "startColumn": span.column + 1,
        "endLine": span.end_line + 1,
        "endColumn": span.end_column + 1,
    }


def _artifact(path: str) -> dict[str, str]:
    """Where a file is; one outside of the working directory has no way from there that a URI may go."""
    if path.startswith("../") or Path(path).is_absolute():
        return {"uri": Path(os.path.abspath(path)).as_uri()}  # noqa: PTH100 - Path.resolve would follow links
    return {"uri": quote(path), "uriBaseId": _ROOT}
