"""The command `settings-schema`."""

from __future__ import annotations

import json

import click

from backend_architect.engine.settings_schema import pyproject_schema, settings_schema
from backend_architect.knowledge.cards import load_cards

_EPILOG = """
\b
Examples:
  backend-architect settings-schema > backend-architect.schema.json
  backend-architect settings-schema --pyproject
"""


@click.command(epilog=_EPILOG)
@click.option("--pyproject", is_flag=True, help="That of a pyproject.toml, with the table in it.")
def command(*, pyproject: bool) -> None:
    """Write the JSON schema of the settings.

    Editors complete and check a backend-architect.toml by it.
    """
    rules = {card.id: card.summary for card in load_cards().values()}
    schema = (pyproject_schema if pyproject else settings_schema)(rules)
    click.echo(json.dumps(schema, indent=2, ensure_ascii=False))
