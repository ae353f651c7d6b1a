"""Carets stand below what they mean, whatever the source is made of."""

from __future__ import annotations

import pytest

from backend_architect.cli.excerpt import excerpt, framed
from backend_architect.engine.findings import Span
from backend_architect.engine.text import split_lines


def shown(text: str, span: Span) -> list[str]:
    rows = framed(excerpt(split_lines(text), span), span)
    return [
        line
        for gutter, source, carets in rows
        for line in (f"{gutter} {source}", f"  {carets}".rstrip())
        if line
    ]


@pytest.mark.parametrize(
    ("text", "span", "lines"),
    [
        ("x = bad()\n", Span(0, 4, 0, 9), ["1 x = bad()", "      ^^^^^"]),
        ("x = 1\r\nbad", Span(1, 0, 1, 3), ["2 bad", "  ^^^"]),
        ("\tx\tbad", Span(0, 3, 0, 6), ["1     x    bad", "           ^^^"]),
        ("'日本' + bad", Span(0, 7, 0, 10), ["1 '日本' + bad", "           ^^^"]),
        ("e\u0301 = bad", Span(0, 5, 0, 8), ["1 e\u0301 = bad", "      ^^^"]),
        ("'\x1b[31m\u202e' + bad", Span(0, 11, 0, 14), ["1 '\ufffd[31m\ufffd' + bad", "             ^^^"]),
        ("bad", Span(0, 3, 0, 3), ["1 bad", "     ^"]),
        ("", Span(0, 0, 0, 0), []),
        ("f(\n  a,\n)", Span(0, 0, 2, 1), ["1 f(", "  ^^", "2   a,", "    ^^", "3 )", "  ^"]),
        (
            "f(\n  a,\n\n  b,\n)",
            Span(0, 0, 4, 1),
            ["1 f(", "  ^^", "2   a,", "    ^^", "3 ", "  ^", "  ..."],
        ),
    ],
)
def test_places(text: str, span: Span, lines: list[str]):
    expected = [line for line in lines if line.strip()]
    assert [line for line in shown(text, span) if line.strip()] == expected


def test_numbers_are_aligned():
    rows = framed(["a", "b"], Span(8, 0, 9, 1))
    assert [gutter for gutter, _, _ in rows] == [" 9", "10"]


def test_long_lines_are_cut_around_the_place():
    line = "a" * 1000 + " = bad" + "b" * 1000
    [(_, source, carets)] = framed([line], Span(0, 1003, 0, 1006))
    assert source.startswith("...aaaa")
    assert len(source) <= 120
    assert source[carets.index("^") : carets.rindex("^") + 1] == "bad"


def test_long_places_are_cut():
    [(_, source, carets)] = framed(["x" * 5000], Span(0, 0, 0, 5000))
    assert len(source) == len(carets) == 120
