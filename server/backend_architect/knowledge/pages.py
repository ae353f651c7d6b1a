"""A card as a page that stands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend_architect.knowledge.cards import Card


def page(card: Card) -> str:
    """The Markdown of a card, with the facts of its front matter below the title."""
    title, _, text = card.body.partition("\n")
    return f"{title}\n\n{_facts(card)}\n{text}"


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
