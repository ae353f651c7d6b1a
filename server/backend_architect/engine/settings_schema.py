"""The JSON schema of the settings, by which editors complete and check them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from backend_architect.engine.findings import SEVERITIES
from backend_architect.engine.settings import ALL, DIALECTS, FAMILIES, RUNNERS, SETS, SNIPPET_FAMILIES
from backend_architect.engine.settings_table import PYPROJECT_TABLE, shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
"""The newest that the TOML extensions of editors know."""

_TITLE: Final = "Settings of backend-architect"

_OWN_NAME: Final = {"type": "string", "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"}
"""A name of a rule or a family that a project has added itself."""

_DESCRIPTIONS: Final = {
    "select": "The rules, families and sets that are heard.",
    "ignore": "The rules, families and sets that are not heard; wins over `select` unless that is closer.",
    "severity": "How severe the findings of a rule are, or `off`.",
    "exclude": "Patterns, as in .gitignore, of what is left out besides the usual folders.",
    "dialect": "The SQL dialect of the project.",
    "dialects": "The SQL dialects of files, by patterns; the last that matches counts.",
    "runners": "What runs the SQL migrations of a pattern, where their files do not tell.",
    "per-file-ignores": "What is not heard in the files of a pattern.",
    "per-file-severity": "How severe the findings of a rule are in the files of a pattern.",
    "snippets": "The families of snippets that are offered while somebody types.",
}


def settings_schema(rules: Mapping[str, str]) -> dict[str, Any]:
    """The schema of a backend-architect.toml.

    Args:
        rules: the ids of all rules, each with what it finds in a sentence.
    """
    allowed = _allowed(rules)
    return {
        "$schema": _DRAFT,
        "title": _TITLE,
        "type": "object",
        "additionalProperties": False,
        "properties": {
            key: {"description": _DESCRIPTIONS[key]}
            | {name: value for name, value in one.items() if name != "title"}
            | allowed.get(key, {})
            for key, one in shape()["properties"].items()
        },
    }


def pyproject_schema(rules: Mapping[str, str]) -> dict[str, Any]:
    """The schema of a pyproject.toml, which says nothing of what is not ours."""
    schema = {key: value for key, value in settings_schema(rules).items() if key != "$schema"}
    for key in reversed(PYPROJECT_TABLE):
        schema = {"type": "object", "properties": {key: schema}}
    return {"$schema": _DRAFT} | schema


def _allowed(rules: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """What may stand in each setting, beyond its shape."""
    groups = {"items": {"anyOf": [{"enum": sorted({ALL, *SETS, *FAMILIES, *rules})}, _OWN_NAME]}}
    return {
        "select": groups,
        "ignore": groups,
        "severity": _severities(rules, (*SEVERITIES, "off")),
        "dialect": {"enum": list(DIALECTS)},
        "dialects": {"additionalProperties": {"enum": list(DIALECTS)}},
        "runners": {"additionalProperties": {"enum": list(RUNNERS)}},
        "per-file-ignores": {"additionalProperties": {"type": "array", **groups}},
        "per-file-severity": {"additionalProperties": {"type": "object", **_severities(rules, SEVERITIES)}},
        "snippets": {"items": {"enum": [ALL, *SNIPPET_FAMILIES]}},
    }


def _severities(rules: Mapping[str, str], levels: Iterable[str]) -> dict[str, Any]:
    level = {"enum": list(levels)}
    return {
        "properties": {rule: {"description": summary, **level} for rule, summary in rules.items()},
        "additionalProperties": level,
    }
