"""Where each character of a string stands; the values must be those that Python reads."""

from __future__ import annotations

import ast
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_architect.python.literals import read_string

PIECES = [
    "a",
    "é",
    "\N{GRINNING FACE}",
    "\\n",
    "\\\\",
    "\\'",
    "\\x41",
    "\\u0041",
    "\\N{BULLET}",
    "\\101",
    "\\d",
    "{{",
    "}}",
]
PIECES += ["\\\n", '"', "\x0c", "\u2028", "%s", "\t"]
FIELDS = ["{x}", "{x!r}", "{x:>{y}}", "{x['k']}", "{x == 1}", "{x=}", "{ x }", "{x!s:d}", "{(lambda: 1)()}"]


def value_of(source: str) -> ast.expr:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source, mode="eval").body


@given(st.lists(st.sampled_from(PIECES), max_size=8), st.sampled_from(["", "r", "R", "u"]))
def test_plain_literals(pieces: list[str], prefix: str):
    body = "".join(pieces)
    source = f"{prefix}'''{body}'''"
    string = read_string(source, 0, len(source))
    assert "".join(char for char, _, _ in string.characters()) == value_of(source).value
    places = [place for _, *place in string.characters()]
    assert places == sorted(places)
    assert all(4 - (not prefix) <= start < end <= len(source) - 3 for start, end in places)


@given(st.lists(st.sampled_from(PIECES + FIELDS), max_size=8), st.sampled_from(["f", "F", "rf", "fr"]))
def test_f_strings(pieces: list[str], prefix: str):
    raw = "r" in prefix
    body = "".join(piece for piece in pieces if not (raw and piece == "\\N{BULLET}"))
    source = f"{prefix}'''{body}'''"
    try:
        parsed = value_of(source)
    except SyntaxError:  # a backslash before a field of a raw string, and the like
        return
    string = read_string(source, 0, len(source))
    nodes = [node for node in parsed.values if isinstance(node, ast.FormattedValue)]
    assert len(string.fields()) == len(nodes)
    for field, node in zip(string.fields(), nodes, strict=True):
        assert source[field.start] == "{"
        assert source[field.end - 1] == "}"
        assert ast.dump(value_of(f"({field.expression})")) == ast.dump(node.value)
    text = "".join(char for char, _, _ in string.characters())
    assert text == "".join(node.value for node in parsed.values if isinstance(node, ast.Constant))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_are_folded(newline: str):
    source = f"'''a{newline}b\\{newline}c'''"
    string = read_string(source, 0, len(source))
    assert "".join(char for char, _, _ in string.characters()) == "a\nbc"
    assert [source[start:end] for _, start, end in string.characters()] == ["a", newline, "b", "c"]


def test_adjacent_literals():
    source = "('a'  # 'x'\n    f\"{y}b\" R'\\c' \\\n 'd')"
    string = read_string(source, 0, len(source))
    assert "".join(char for char, _, _ in string.characters()) == "ab\\cd"
    assert [token.prefix for token in string.tokens] == ["", "f", "r", ""]
    assert [source[token.start : token.end] for token in string.tokens] == ["'a'", 'f"{y}b"', "R'\\c'", "'d'"]
