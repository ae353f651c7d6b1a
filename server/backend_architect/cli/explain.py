"""The command `explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markdown import Markdown

from backend_architect.cli.options import (
    Choice,
    cards_here,
    color_option,
    in_colour,
    isolated_option,
    known_rule,
    settings_errors,
)
from backend_architect.knowledge.cards import Card, load_cards
from backend_architect.knowledge.pages import page
from backend_architect.project.configuration import Configurations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend_architect.cli.explain_place import Explanation

_WIDTH = 100
"""Longer lines are hard to read."""


_EPILOG = """
\b
Examples:
  backend-architect explain http-call-without-timeout
  backend-architect explain sql-built-from-strings | less
  backend-architect explain --at app/orders.py:42

'backend-architect rules' lists the rules.
"""


@click.command(epilog=_EPILOG)
@click.argument("rule", required=False)
@click.option(
    "--at",
    "place",
    metavar="PATH:LINE[:COLUMN]",
    help="Instead of a rule: show what is found at this place, or what silences it there.",
)
@isolated_option
@color_option
def command(rule: str | None, place: str | None, *, isolated: bool, color: bool | None) -> None:
    """Show what a rule looks for, why, and how to repair it."""
    if (rule is None) == (place is None):
        raise click.UsageError("name a rule, or a place with --at, as in --at app/orders.py:42")
    cards = load_cards()
    configurations = Configurations(lambda: cards, isolated=isolated)
    console = _console(color)
    if rule is not None:
        known = cards if rule in cards else cards_here(cards, configurations)
        console.print(Markdown(page(known[known_rule(rule, known)])))
    elif place is not None:
        # It needs the engine.
        from backend_architect.cli.explain_place import explain, parse_place  # noqa: PLC0415

        with settings_errors():
            told = explain(parse_place(place), configurations, Choice(frozenset(), frozenset()))
        _show(told, cards_here(cards, configurations), console, in_colour(color))


def _show(told: Explanation, cards: Mapping[str, Card], console: Console, color: bool | None) -> None:
    # It needs the shapes of findings.
    from backend_architect.cli.formats.people import excerpted, message  # noqa: PLC0415

    for note in told.notes:
        click.echo(note, err=True)
    for report, source in told.found:
        click.echo(excerpted(report, source) + "\n", color=color)
    for rule in dict.fromkeys(report.rule for report, _ in told.found):
        console.print(Markdown(page(cards[rule])))
        click.echo()
    for report, reasons in told.silent:
        click.echo(message(report), color=color)
        for reason in reasons:
            click.echo(f"  silenced by {reason}")
    if not told.found:
        click.echo(f"{told.place}: nothing is {'reported' if told.silent else 'found'} here")


def _console(color: bool | None) -> Console:
    wish = in_colour(color)
    console = Console(force_terminal=wish, no_color=wish is False, highlight=False)
    console.width = min(console.width, _WIDTH)
    return console
