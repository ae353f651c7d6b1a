"""What every card has to say, whatever its rule finds."""

from __future__ import annotations

import re

import pytest
from tests.cards.fences import fences_of

from backend_architect.engine.settings import FAMILIES
from backend_architect.knowledge.cards import Card, load_cards

SECTIONS = ["Why", "Flagged", "Fixed", "Fine", "Fix safety", "References"]
ONLY_WITH_A_FIX = {"Fixed", "Fix safety"}

CARDS = pytest.mark.parametrize("card", load_cards().values(), ids=lambda card: card.id)


def sections(card: Card) -> dict[str, str]:
    """The texts below the headings of a card."""
    without_fences = re.sub(r"^```.*?^```$", "```", card.body, flags=re.DOTALL | re.MULTILINE)
    _, *parts = re.split(r"^## (.+)$", without_fences, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@CARDS
def test_every_section_is_there_and_in_order(card: Card) -> None:
    assert list(sections(card)) == [name for name in SECTIONS if card.fix or name not in ONLY_WITH_A_FIX]
    assert [name for name, text in sections(card).items() if not text.strip()] == []


@CARDS
def test_examples_are_where_they_are_looked_for(card: Card) -> None:
    there = {fence.section for fence in fences_of(card)}
    assert there <= {"Flagged", "Fixed", "Fine"}
    repairable = [fence for fence in fences_of(card, "Flagged") if fence.repairable]
    assert there >= ({"Flagged", "Fixed", "Fine"} if card.fix and repairable else {"Flagged", "Fine"})


@CARDS
def test_references_are_links(card: Card) -> None:
    references = sections(card)["References"]
    assert "](https://" in references
    assert "](http://" not in references
    assert not card.cwe or any(f"CWE-{number}" in references for number in card.cwe)


@CARDS
def test_texts_are_short_enough_for_where_they_are_shown(card: Card) -> None:
    assert len(card.title) <= 60
    assert len(card.summary) <= 130
    assert card.summary.endswith(".")


@CARDS
def test_nothing_is_left_to_do(card: Card) -> None:
    assert "TODO" not in f"{card.body}{card.detect}{card.fix}"


@CARDS
def test_front_matter_agrees_with_itself(card: Card) -> None:
    assert card.family in FAMILIES
    assert not {"recommended", "preview"} <= set(card.sets), "a rule is heard unasked, or it is still tried"
    assert "security" not in card.sets or card.cwe, "name the weakness"
    assert card.family != "security" or {"security", "preview"} & set(card.sets), "the set has the family"
