"""Edits of several fixes become one text."""

from __future__ import annotations

import pytest

from backend_architect.cli.repair import apply_edits
from backend_architect.engine.findings import Edit, Span


@pytest.mark.parametrize(
    ("text", "edits", "after"),
    [
        ("abc", [], "abc"),
        ("abc", [Edit(Span(0, 1, 0, 2), "X")], "aXc"),
        ("abc", [Edit(Span(0, 2, 0, 3), "Y"), Edit(Span(0, 0, 0, 1), "X")], "XbY"),
        ("abc", [Edit(Span(0, 1, 0, 1), "X"), Edit(Span(0, 1, 0, 1), "X")], "aXbc"),
        ("abc", [Edit(Span(0, 1, 0, 1), "Z"), Edit(Span(0, 1, 0, 1), "X")], "aZXbc"),
        ("a\r\nb\rc\n", [Edit(Span(1, 0, 2, 1), "X")], "a\r\nX\n"),
        ("a\n", [Edit(Span(1, 0, 1, 0), "b\n")], "a\nb\n"),
        ("a\u2028b\n\x0cc", [Edit(Span(1, 1, 1, 2), "X")], "a\u2028b\n\x0cX"),
        ("\N{GRINNING FACE}b", [Edit(Span(0, 1, 0, 2), "X")], "\N{GRINNING FACE}X"),
        ("", [Edit(Span(0, 0, 0, 0), "X")], "X"),
    ],
)
def test_edits(text: str, edits: list[Edit], after: str):
    assert apply_edits(text, edits) == after
