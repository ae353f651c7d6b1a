"""The rules: every card with its detector."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from backend_architect.detectors import generic
from backend_architect.engine.rules import Detector, Rule
from backend_architect.knowledge.cards import load_cards

if TYPE_CHECKING:
    from backend_architect.knowledge.cards import Card


@cache
def all_rules() -> tuple[Rule, ...]:
    """The rules of all cards, ordered by id.

    Raises:
        CardError: a card is not understood.
    """
    return tuple(rule_of(card) for card in load_cards().values())


@lru_cache(maxsize=16)
def rules_of(cards: tuple[Card, ...]) -> tuple[Rule, ...]:
    """The rules of cards that a project brings along."""
    return tuple(map(rule_of, cards))


def rule_of(card: Card) -> Rule:
    """A card, ready to run."""
    return Rule(
        id=card.id,
        family=card.family,
        severity=card.severity,
        detector=_detector(card),
        url=card.url,
        cwe=card.cwe,
        not_in=card.not_in,
        has_fix=card.fix is not None,
        sets=card.sets,
        same_as=card.same_as,
    )


def _detector(card: Card) -> Detector:
    kind: str = card.detect["kind"]
    if kind != "python":
        return generic.DETECTORS[kind](card)
    module = import_module(f"backend_architect.detectors.{card.family}.{card.id.replace('-', '_')}")
    return module.detect
