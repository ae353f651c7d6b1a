"""All rules as a page of Markdown: `rules/README.md` is written by it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from backend_architect.engine.settings import PREVIEW, RECOMMENDED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.knowledge.cards import Card

_HEAD = """# Rules

Each is a card: what it finds and why, what is fine, what its fix changes. `backend-architect explain RULE`
shows it in a terminal, the hover in an editor. Those in *preview* or *on request* are heard when selected.
"""


def page(cards: Iterable[Card]) -> str:
    """A table for each family, for a page in the folder of the cards."""
    ordered = sorted(cards, key=lambda card: (card.family, card.id))
    families = groupby(ordered, key=lambda card: card.family)
    return "\n".join([_HEAD, *(_table(family, list(members)) for family, members in families)])


def _table(family: str, cards: list[Card]) -> str:
    head = f"## {family}\n\n| rule | severity | what it says | fix |\n| --- | --- | --- | --- |"
    return "\n".join([head, *map(_row, cards), ""])


def _row(card: Card) -> str:
    heard = ", preview" if PREVIEW in card.sets else "" if RECOMMENDED in card.sets else ", on request"
    summary = card.summary.replace("|", "\\|")
    return f"| [{card.id}]({card.family}/{card.id}.md) | {card.severity}{heard} | {summary} | {_fix(card)} |"


def _fix(card: Card) -> str:
    return card.fix["safety"] if card.fix else ""
