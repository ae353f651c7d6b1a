"""Every example of every card is a test of its rule."""

from __future__ import annotations

import ast
from collections import Counter

import pytest
from tests.cards import good_code
from tests.cards.fences import Fence, fences_of, findings, repaired, repairs_of

from backend_architect.knowledge.cards import Card, load_cards

CARDS = list(load_cards().values())


def _cases(*sections: str) -> list[object]:
    return [
        pytest.param(card, fence, id=f"{card.id}-{fence.section}-{fence.number}")
        for card in CARDS
        for section in sections
        for fence in fences_of(card, section)
    ]


def _lines(card: Card, path: str, text: str, beside: tuple[tuple[str, str], ...] = ()) -> list[int]:
    return sorted(finding.span.line for finding in findings(path, text, beside) if finding.rule == card.id)


def _serious(path: str, text: str) -> Counter[str]:
    return Counter(
        finding.rule for finding in findings(path, text) if finding.severity in {"error", "warning"}
    )


@pytest.mark.parametrize(("card", "fence"), _cases("Flagged"))
def test_flagged_lines_are_hit_and_nothing_else_is(card: Card, fence: Fence) -> None:
    files = [
        one for one in fences_of(card, "Flagged") if one == fence or (one.path, one.text) in fence.beside
    ]
    assert any(one.marked for one in files), "a Flagged example marks its findings with 'error' in a comment"
    assert _lines(card, fence.path, fence.text, fence.beside) == list(fence.marked)


@pytest.mark.parametrize(("card", "fence"), _cases("Flagged"))
def test_messages_are_short_and_begin_like_the_rest_of_a_line(card: Card, fence: Fence) -> None:
    for finding in findings(fence.path, fence.text, fence.beside):
        if finding.rule == card.id:
            first = finding.message.split()[0]
            assert not first[0].isupper() or first.isupper(), finding.message
            assert not finding.message.endswith(".")
            assert len(finding.message) <= 150, finding.message


@pytest.mark.parametrize(("card", "fence"), _cases("Fine"))
def test_fine_is_silent(card: Card, fence: Fence) -> None:
    assert not fence.marked
    assert _lines(card, fence.path, fence.text, fence.beside) == []


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_every_repairable_fence_has_a_fixed_one(card: Card) -> None:
    repairable = [fence for fence in fences_of(card, "Flagged") if fence.repairable and card.fix]
    repaired = [fence for fence, _ in repairs_of(card) if fence.text] if card.fix else []
    assert repaired == repairable
    assert all(before.language == after.language for before, after in repairs_of(card))


@pytest.mark.parametrize(("card", "fence"), _cases("Flagged"))
def test_a_fix_is_offered_where_there_is_one(card: Card, fence: Fence) -> None:
    own = [finding for finding in findings(fence.path, fence.text, fence.beside) if finding.rule == card.id]
    repairs = [finding.fix or finding.remedy for finding in own]
    assert [one is not None for one in repairs] == [fence.repairable and card.fix is not None for _ in own]
    for repair in repairs:
        if repair and card.fix:
            assert repair.safety == card.fix["safety"]
            assert repair.reason


def _pairs() -> list[object]:
    return [
        pytest.param(card, flagged, fixed, id=f"{card.id}-{fixed.number}")
        for card in CARDS
        for flagged, fixed in repairs_of(card)
    ]


@pytest.mark.parametrize(("card", "flagged", "fixed"), _pairs())
def test_flagged_becomes_fixed(card: Card, flagged: Fence, fixed: Fence) -> None:
    text = repaired(card, flagged)
    assert text == fixed.text
    if flagged.language == "python":
        ast.parse(text)
    assert _lines(card, flagged.path, text, fixed.beside) == []
    new = _serious(flagged.path, text) - _serious(flagged.path, flagged.text)
    assert not new, f"the fix brings findings of other rules: {dict(new)}"


def test_no_rule_contradicts_what_another_calls_good() -> None:
    new = sorted(set(good_code.lines("error", "warning")) - set(good_code.known()))
    assert not new, "\n".join(
        ["improve the rule or the example, or read the lines and `python -m tests.cards.good_code`:", *new]
    )
