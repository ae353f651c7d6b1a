"""The kinds of detectors and fixes that cards of users name."""

from __future__ import annotations

from pathlib import Path

import pytest
from fences import applied

from backend_architect.detectors.registry import rule_of
from backend_architect.engine.check import check_text
from backend_architect.engine.rules import RuleTable
from backend_architect.engine.settings import Settings
from backend_architect.knowledge.cards import CardError
from backend_architect.knowledge.reading import read_card

CARD = """\
---
severity: warning
confidence: high
since: 0.1.0
persona: [security-by-default/validate-all-inputs]
detect:
{detect}
fix:
{fix}
---
# A title

A sentence.
"""

CALL_OF = """\
  kind: call-of
  calls: [shop.mail.send, builtins.print]
  message: "`{call}` sends at once"
"""
REPLACE = """\
  kind: replace-callee
  to: shop.mail.queue
  safety: unsafe
  reason: It is sent later.
"""
WITH_VALUE = """\
  kind: call-with-value
  calls: [shop.open]
  keyword: mode
  position: 1
  values: [1, "w", null]
  message: "{value} for `{call}`"
"""
SET = """\
  kind: set-keyword
  value: "'r'"
  safety: safe
  reason: It is the same.
"""
REMOVE = """\
  kind: remove-keyword
  safety: safe
  reason: It is the default.
"""


def _found(detect: str, fix: str, text: str) -> list[tuple[int, str, str | None]]:
    """For each finding its line, its message, and the text after its fix."""
    card = read_card(Path("rules/security/own.md"), CARD.format(detect=detect, fix=fix))
    report = check_text("shop/jobs.py", text, Settings(), RuleTable((rule_of(card),)))
    assert not report.problems
    return [(one.span.line, one.message, one.fix and applied(one.fix.edits, text)) for one in report.findings]


def test_a_call_gets_another_callee_and_its_import() -> None:
    text = "from shop.mail import send as s\ns(1,  # one\n  2)\n"
    fixed = "import shop.mail\nfrom shop.mail import send as s\nshop.mail.queue(1,  # one\n  2)\n"
    assert _found(CALL_OF, REPLACE, text) == [(1, "`shop.mail.send` sends at once", fixed)]


def test_a_callee_that_is_imported_is_called_by_its_name() -> None:
    text = "from shop.mail import queue, send\nsend(1)\n"
    assert _found(CALL_OF, REPLACE, text)[0][2] == "from shop.mail import queue, send\nqueue(1)\n"


def test_built_in_functions_need_no_import() -> None:
    assert [found[:2] for found in _found(CALL_OF, REPLACE, "print(1)\n")] == [
        (0, "`builtins.print` sends at once")
    ]
    assert _found(CALL_OF, REPLACE, "from rich import print\nprint(1)\n") == []


def test_no_callee_where_another_thing_bears_the_name_of_its_module() -> None:
    text = "from shop.mail import send\ndef order(shop):\n    send(shop)\n"
    assert [found[2] for found in _found(CALL_OF, REPLACE, text)] == [None]


@pytest.mark.parametrize(
    ("call", "fixed"),
    [
        ("shop.open(1, 'w')", "shop.open(1, 'r')"),
        ("shop.open(1, mode=W)", "shop.open(1, mode='r')"),
        ("shop.open(1, mode=None)", "shop.open(1, mode='r')"),
        ("shop.open(1, mode=1)", "shop.open(1, mode='r')"),
    ],
)
def test_an_argument_gets_another_value(call: str, fixed: str) -> None:
    text = "import shop\nW = 'w'\n"
    assert [found[2] for found in _found(WITH_VALUE, SET, text + call)] == [text + fixed]


@pytest.mark.parametrize(
    "call",
    [
        "shop.open(1, mode=True)",
        "shop.open(1, mode=mode)",
        "shop.open(1, 'r')",
        "shop.open(*a, 'w')",
        "shop.open(1)",
        "other.open(1, 'w')",
    ],
)
def test_other_values_are_fine(call: str) -> None:
    assert _found(WITH_VALUE, SET, f"import shop\n{call}\n") == []


@pytest.mark.parametrize(
    ("call", "fixed"),
    [
        ("shop.open(1, mode='w')", "shop.open(1)"),
        ("shop.open(mode='w', a=1)", "shop.open(a=1)"),
        ("shop.open(mode='w')", "shop.open()"),
        ("shop.open(mode='w',)", "shop.open()"),
        ("shop.open((1), mode='w', **k)", "shop.open((1), **k)"),
        ("shop.open(\n    1,\n    mode='w',\n)", "shop.open(\n    1,\n)"),
        ("shop.open(\n    mode='w',\n    a=1,\n)", "shop.open(\n    a=1,\n)"),
        ("shop.open(\n    1,\n    mode='w',  # why\n)", None),
        ("shop.open(\n    1,  # why\n    mode='w',\n)", None),
        ("shop.open(1, 'w')", None),
    ],
)
def test_an_argument_is_removed_if_no_comment_stands_beside_it(call: str, fixed: str | None) -> None:
    texts = [found[2] for found in _found(WITH_VALUE, REMOVE, f"import shop\n{call}\n")]
    assert texts == [fixed and f"import shop\n{fixed}\n"]


@pytest.mark.parametrize(
    ("detect", "fix", "complaint"),
    [
        (CALL_OF, SET, "'fix' is of kind 'set-keyword'; findings of kind 'call-of' are repaired by 'replace"),
        (WITH_VALUE, REPLACE, "of kind 'call-with-value' are repaired by 'set-keyword' or 'remove-keyword'"),
        (
            CALL_OF.replace("message", "mesage"),
            REPLACE,
            "unknown field 'detect.mesage'; did you mean",
        ),
        (CALL_OF.replace("[shop.mail.send, builtins.print]", "[]"), REPLACE, "'detect.calls'"),
        (WITH_VALUE.replace('[1, "w", null]', "[[1]]"), SET, "'detect.values' cannot be [1]"),
        (CALL_OF, REPLACE.replace("shop.mail.queue", "queue"), "'fix.to' cannot be 'queue'; it must be the"),
    ],
)
def test_mistakes_in_a_card(detect: str, fix: str, complaint: str) -> None:
    with pytest.raises(CardError) as caught:
        read_card(Path("rules/security/own.md"), CARD.format(detect=detect, fix=fix))
    assert complaint in str(caught.value)
