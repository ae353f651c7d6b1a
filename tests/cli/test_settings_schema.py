"""The JSON schema of the settings: it takes what is understood, and is the one that is shipped."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft7Validator

from backend_architect.cli.main import cli
from backend_architect.engine.settings import SettingsError
from backend_architect.engine.settings_table import parse_settings
from backend_architect.knowledge.cards import load_cards

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "editors" / "vscode" / "schemas"


def written(*options: str) -> str:
    return CliRunner().invoke(cli, ["settings-schema", *options], catch_exceptions=False).stdout


def mistakes(text: str, *options: str) -> list[str]:
    """What the schema says against a configuration."""
    schema: Any = json.loads(written(*options))
    Draft7Validator.check_schema(schema)
    return [error.message for error in Draft7Validator(schema).iter_errors(tomllib.loads(text))]


@pytest.mark.parametrize(("name", "options"), [("backend-architect", ()), ("pyproject", ("--pyproject",))])
def test_the_shipped_schema_is_the_current_one(name: str, options: tuple[str, ...]):
    file = SHIPPED / f"{name}.schema.json"
    assert file.read_text(encoding="utf-8") == written(*options), (
        f"backend-architect settings-schema {' '.join(options)} > {file.relative_to(ROOT)}"
    )


def test_takes_the_examples_of_the_documentation():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```toml\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    settings = [one for one in examples if "tool.backend-architect" in one]
    assert settings
    assert [mistakes(one, "--pyproject") for one in settings] == [[]] * len(settings)


UNDERSTOOD = [
    'select = ["all"]\nignore = ["performance", "query-in-loop"]\n',
    'severity = {query-in-loop = "off"}\n',
    'dialect = "mysql"\ndialects = {"warehouse/**" = "snowflake"}\n',
    'per-file-ignores = {"jobs/**" = ["security"]}\n',
    'per-file-severity = {"jobs/**" = {query-in-loop = "hint"}}\n',
    'snippets = []\nexclude = ["generated/"]\n',
]

NOT_UNDERSTOOD = [
    'selct = ["all"]\n',
    'select = "all"\n',
    'select = ["Not A Name"]\n',
    'severity = {query-in-loop = "fatal"}\n',
    'dialect = "mysqll"\n',
    'dialects = {"warehouse/**" = "snow"}\n',
    'per-file-ignores = {"jobs/**" = "security"}\n',
    'per-file-severity = {"jobs/**" = {query-in-loop = "off"}}\n',
    'snippets = ["helth"]\n',
]


@pytest.mark.parametrize("text", UNDERSTOOD)
def test_takes_what_is_understood(text: str):
    assert parse_settings(text, "backend-architect.toml", load_cards()) is not None
    assert mistakes(text) == []


@pytest.mark.parametrize("text", NOT_UNDERSTOOD)
def test_refuses_what_is_not(text: str):
    with pytest.raises(SettingsError):
        parse_settings(text, "backend-architect.toml", load_cards())
    assert mistakes(text)


def test_takes_the_names_that_a_project_adds():
    assert mistakes('select = ["our-own-rule", "shop"]\nseverity = {our-own-rule = "error"}\n') == []


def test_says_nothing_of_other_tables():
    assert mistakes('[project]\nname = "x"\n[tool.ruff]\nline-length = 3\n', "--pyproject") == []
