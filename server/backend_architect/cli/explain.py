"""The command `explain`."""

from __future__ import annotations

import click
from rich.console import Console
from rich.markdown import Markdown

from backend_architect.cli.options import color_option, in_colour, known_rule
from backend_architect.knowledge.cards import Card, load_cards

_WIDTH = 100
"""Longer lines are hard to read."""


_EPILOG = """
\b
Examples:
  backend-architect explain http-call-without-timeout
  backend-architect explain sql-built-from-strings | less

'backend-architect rules' lists the rules.
"""


@click.command(epilog=_EPILOG)
@click.argument("rule")
@color_option
def command(rule: str, color: bool | None) -> None:
    """Show what a rule looks for, why, and how to repair it."""
    cards = load_cards()
    card = cards[known_rule(rule, cards)]
    wish = in_colour(color)
    console = Console(force_terminal=wish, no_color=wish is False, highlight=False)
    console.width = min(console.width, _WIDTH)
    title, _, text = card.body.partition("\n")
    console.print(Markdown(f"{title}\n\n{_facts(card)}\n{text}"))


def _facts(card: Card) -> str:
    facts = [
        f"`{card.id}`",
        card.family,
        card.severity,
        f"{card.confidence} confidence",
        f"since {card.since}",
    ]
    facts += [f"CWE-{number}" for number in card.cwe]
    if card.fix:
        facts.append(f"has a fix ({card.fix['safety']})")
    return " · ".join(facts)
