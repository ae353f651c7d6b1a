"""The command `rules`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from backend_architect.knowledge.cards import Card, load_cards

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.engine.findings import Safety

_EPILOG = """
\b
Examples:
  backend-architect rules
  backend-architect rules --format json

'backend-architect explain RULE' tells more about one.
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write the rules.",
)
def command(output: str) -> None:
    """List all rules."""
    cards = load_cards().values()
    click.echo(json.dumps([_object(card) for card in cards], indent=2) if output == "json" else _table(cards))


def _table(cards: Iterable[Card]) -> str:
    rows = [("rule", "severity", "family", "fix", "summary")]
    rows += [(card.id, card.severity, card.family, _fix(card) or "-", card.summary) for card in cards]
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    return "\n".join("  ".join([*map(str.ljust, row[:-1], widths), row[-1]]) for row in rows)


def _object(card: Card) -> dict[str, Any]:
    return {
        "id": card.id,
        "family": card.family,
        "severity": card.severity,
        "confidence": card.confidence,
        "title": card.title,
        "summary": card.summary,
        "fix": _fix(card),
        "cwe": list(card.cwe),
        "url": card.url,
        "since": card.since,
    }


def _fix(card: Card) -> Safety | None:
    return card.fix["safety"] if card.fix else None
