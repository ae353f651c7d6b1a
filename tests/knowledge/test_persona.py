"""The persona: its file, and what cards say of it."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
import yaml

from backend_architect.engine.names import unknown
from backend_architect.knowledge.caching import rules_folder
from backend_architect.knowledge.cards import Card, load_cards
from backend_architect.knowledge.persona import item_ids, load_persona

ITEMS = [item for section in load_persona() for item in section.items]


def _keys(node: Any) -> list[str]:
    return [key.value for key, _ in node.value]


def test_no_section_and_no_item_is_written_twice() -> None:
    root = yaml.compose((rules_folder() / "persona.yaml").read_text(encoding="utf-8"), yaml.SafeLoader)
    tables = [
        root,
        *(items for _, section in root.value for key, items in section.value if key.value == "items"),
    ]
    twice = [name for table in tables for name, times in Counter(_keys(table)).items() if times > 1]
    assert twice == []
    assert len(set(item_ids())) == len(ITEMS)


def test_every_item_is_a_sentence_under_a_readable_id() -> None:
    for item in ITEMS:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*", item.id), item.id
        assert item.text.endswith("."), item.id
        assert not item.boundary or item.boundary.endswith("."), item.id


@pytest.mark.parametrize("card", load_cards().values(), ids=lambda card: card.id)
def test_every_item_that_a_card_names_exists(card: Card) -> None:
    known = item_ids()
    mistakes = [
        unknown("item of the persona", name, known, "rules/persona.yaml has them all")
        for name in card.persona
        if name not in known
    ]
    assert not mistakes, "\n".join(mistakes)


@pytest.mark.parametrize("card", load_cards().values(), ids=lambda card: card.id)
def test_no_card_serves_what_is_out_of_bounds(card: Card) -> None:
    bounds = {item.id: item.boundary for item in ITEMS if item.boundary}
    assert {name: bounds[name] for name in card.persona if name in bounds} == {}
