"""What was judged on real backends: rules that are heard unasked are right in nine cases of ten."""

from __future__ import annotations

import pytest
from tests.corpus.judged import JudgementError, judgement, judgements

from backend_architect.knowledge.cards import load_cards

ENOUGH = 5
"""Fewer samples than these prove nothing."""

NEEDED = 0.9

CARDS = load_cards()
HEARD = {
    card.id
    for card in CARDS.values()
    if "recommended" in card.sets and "preview" not in card.sets and card.severity in {"error", "warning"}
}


def test_every_judgement_is_about_a_rule() -> None:
    assert {one.rule for one in judgements()} - set(CARDS) == set()


def test_nine_in_ten_findings_are_right() -> None:
    wrong = {
        one.rule: f"{one.right} of {one.sampled} right"
        for one in judgements()
        if one.rule in HEARD and one.sampled >= ENOUGH and one.share < NEEDED
    }
    assert not wrong, "make them right more often, or a hint, or put them into the set preview"


def test_every_rule_was_judged() -> None:
    missing = sorted(set(CARDS) - {one.rule for one in judgements()})
    assert not missing, f"tests/corpus/judged lacks {len(missing)} files:\n" + "\n".join(missing)


GOOD = 'findings = 2\npackages = ["a-1"]\n[[sample]]\nat = "a-1/b.py:3"\nright = false\nnote = "x"\n'


def test_a_judgement_is_counted() -> None:
    one = judgement("a-rule", GOOD + '[[sample]]\nat = "a-1/c/d.py:4"\nright = true\n')
    assert (one.findings, one.sampled, one.right, one.share) == (2, 2, 1, 0.5)
    assert judgement("a-rule", "findings = 0\npackages = []\n").share == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("findings", "finding", "unknown field 'finding'"),
        ("findings = 2", "findings = '2'", "'findings' must be the number of findings on the packages"),
        ("findings = 2", "findings = 0", "1 samples of 0 findings"),
        ('["a-1"]', '"a-1"', "'packages' must be a list of packages"),
        ("a-1/b.py:3", "b-1/b.py:3", "'at' must be a line in one of the packages, not 'b-1/b.py:3'"),
        ("a-1/b.py:3", "a-1/b.py", "'at' must be a line in one of the packages, not 'a-1/b.py'"),
        ("right = false", "right = 0", "'right' of a-1/b.py:3 must be true or false"),
        ('note = "x"\n', "", "'note' of a-1/b.py:3 must say why it is wrong"),
        ("note", "nota", "unknown field 'sample.nota'"),
        ("findings = 2", "findings = ", "Invalid value"),
    ],
)
def test_a_mistake_is_named(old: str, new: str, message: str) -> None:
    with pytest.raises(JudgementError, match=r"^a-rule\.toml: ") as caught:
        judgement("a-rule", GOOD.replace(old, new))
    assert message in str(caught.value)
