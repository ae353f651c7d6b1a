"""Lists of constant strings are known, wherever they are bound."""

from __future__ import annotations

import pytest
from seeing import seen

LOCAL = "def f(given):\n    local = ('a', 'b')\n    twice = ['a']\n    twice = ['b']\n    see({})\n"


@pytest.mark.parametrize(
    ("written", "strings"),
    [
        ("['a', 'b']", ("a", "b")),
        ("{'a'}", ("a",)),
        ("[]", ()),
        ("MODULE", ("a", "*")),
        ("local", ("a", "b")),
        ("[A, 'b']", ("x", "b")),
        ("['a', given]", None),
        ("[1]", None),
        ("twice", None),
        ("given", None),
        ("nothing", None),
        ("'a'", None),
        ("MIXED", None),
    ],
)
def test_the_strings_of_a_list(written: str, strings: tuple[str, ...] | None) -> None:
    text = "A = 'x'\nMODULE = ['a', '*']\nMIXED = ['a', 1]\n\n" + LOCAL.format(written)
    assert seen(text, lambda call, at: at.strings(call.args[0])) == [strings]
