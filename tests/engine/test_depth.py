"""What nests too deeply for Python's own recursion costs the block that it stands in, and no other."""

from __future__ import annotations

import pytest

from backend_architect.engine.check import check_text
from backend_architect.engine.settings import Settings

CALL = "import requests\n{}\n\n\ndef rates():\n    return requests.get('u')\n"


@pytest.mark.parametrize(
    "statement",
    [
        "x = " + " + ".join(["y"] * 900),
        "x = " + " + ".join(["'y'"] * 900),
        "x = y" + ".z()" * 300,
        "y.execute('select 1')" + ".z()" * 300,
        "x = " + "-" * 999 + "1",
        "x = " + "-" * 9_999 + "1",
        "if y: pass\n" + "elif y: pass\n" * 900,
        "def f(x=" + "-" * 999 + "1): pass",
        "@y" + ".z()" * 300 + "\ndef f(): pass",
        "x = '\0'",
        "x = '\ud800'",
        "x = " + "(" * 2_000 + ")" * 2_000,
    ],
    ids=lambda statement: ascii(statement[:20]),
)
def test_deep(statement: str) -> None:
    text = CALL.format(statement)
    report = check_text("shop/rates.py", text, Settings())
    assert [finding.span.line for finding in report.findings] == [text.count("\n") - 1]
    assert not any("failed" in problem for problem in report.problems)


def test_a_null_character_is_named_with_its_line() -> None:
    (problem,) = check_text("shop/rates.py", CALL.format("x = '\0'"), Settings()).problems
    assert problem.startswith("shop/rates.py:2: not valid Python (a null character)")
