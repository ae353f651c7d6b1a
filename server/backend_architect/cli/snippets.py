"""The command `snippets`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from backend_architect.snippets.cards import load_snippets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.snippets.cards import Snippet, Variant

_EPILOG = """
\b
Examples:
  backend-architect snippets
  backend-architect snippets --format json

'backend-architect snippet NAME' writes one.
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write the snippets.",
)
def command(output: str) -> None:
    """List all snippets.

    Each with its frameworks and the items of the persona that it serves.
    """
    snippets = load_snippets().values()
    click.echo(_json(snippets) if output == "json" else _table(snippets))


def _table(snippets: Iterable[Snippet]) -> str:
    rows = [("snippet", "frameworks", "persona", "summary")]
    for one in snippets:
        frameworks = ", ".join(variant.framework for variant in one.variants)
        first, *others = one.persona
        rows += [(one.id, frameworks, first, one.summary), *(("", "", item, "") for item in others)]
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    return "\n".join("  ".join([*map(str.ljust, row[:-1], widths), row[-1]]).rstrip() for row in rows)


def _json(snippets: Iterable[Snippet]) -> str:
    return json.dumps([_object(one) for one in snippets], indent=2)


def _object(one: Snippet) -> dict[str, Any]:
    return {
        "id": one.id,
        "family": one.family,
        "title": one.title,
        "summary": one.summary,
        "prefix": list(one.prefix),
        "frameworks": {variant.framework: _of_framework(variant) for variant in one.variants},
        "persona": list(one.persona),
        "fixes": list(one.fixes),
        "url": one.url,
        "since": one.since,
    }


def _of_framework(variant: Variant) -> dict[str, Any]:
    return {
        "language": variant.language,
        "where": list(variant.where),
        "libraries": dict(variant.libraries),
        "databases": dict(variant.databases),
        "creates": [path for path, _ in variant.action.creates] if variant.action else [],
    }
