"""The command `rules`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from backend_architect.cli.options import cards_here, isolated_option
from backend_architect.cli.rules_new import new
from backend_architect.cli.rules_page import page
from backend_architect.engine.settings import PREVIEW, RECOMMENDED
from backend_architect.knowledge.cards import Card, load_cards
from backend_architect.project.configuration import Configurations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from backend_architect.engine.findings import Safety

_EPILOG = """
\b
Examples:
  backend-architect rules
  backend-architect rules --format json
  backend-architect rules --persona
  backend-architect rules --format markdown > rules/README.md
  backend-architect rules new reliability/lock-without-timeout

'backend-architect explain RULE' tells more about one.
"""


@click.group(epilog=_EPILOG, invoke_without_command=True, subcommand_metavar="[COMMAND]")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="How to write the rules.",
)
@click.option(
    "--persona",
    is_flag=True,
    help="Show what a backend architect stands for, and which rules and snippets serve it.",
)
@isolated_option
@click.pass_context
def command(ctx: click.Context, output: str, *, persona: bool, isolated: bool) -> None:
    """List all rules.

    Those that everybody has, and those of the project in the working directory.
    """
    if ctx.invoked_subcommand is not None:
        return
    everybodys = load_cards()
    configurations = Configurations(lambda: everybodys, isolated=isolated)
    cards = sorted(cards_here(everybodys, configurations).values(), key=lambda card: card.id)
    if persona:
        from backend_architect.cli import rules_persona  # noqa: PLC0415  (pydantic and YAML)

        click.echo(rules_persona.as_json(cards) if output == "json" else rules_persona.as_text(cards))
    else:
        click.echo(_WRITERS[output](cards).rstrip("\n"))


command.add_command(new)


def _table(cards: Iterable[Card]) -> str:
    rows = [("rule", "severity", "family", "set", "fix", "summary")]
    rows += [
        (card.id, card.severity, card.family, _set(card), _fix(card) or "-", card.summary) for card in cards
    ]
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    return "\n".join("  ".join([*map(str.ljust, row[:-1], widths), row[-1]]) for row in rows)


def _json(cards: Iterable[Card]) -> str:
    return json.dumps([_object(card) for card in cards], indent=2)


_WRITERS: dict[str, Callable[[list[Card]], str]] = {"text": _table, "json": _json, "markdown": page}


def _object(card: Card) -> dict[str, Any]:
    return {
        "id": card.id,
        "family": card.family,
        "severity": card.severity,
        "confidence": card.confidence,
        "title": card.title,
        "summary": card.summary,
        "fix": _fix(card),
        "sets": list(card.sets),
        "not_in": list(card.not_in),
        "same_as": list(card.same_as),
        "persona": list(card.persona),
        "cwe": list(card.cwe),
        "url": card.url,
        "since": card.since,
    }


def _set(card: Card) -> str:
    """The set that decides whether a rule is heard when nothing is selected."""
    return next((name for name in (PREVIEW, RECOMMENDED) if name in card.sets), "-")


def _fix(card: Card) -> Safety | None:
    return card.fix["safety"] if card.fix else None
