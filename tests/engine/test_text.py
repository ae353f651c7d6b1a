"""Lines, offsets and columns, as editors and Python's parser count them."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_architect.engine.findings import Span
from backend_architect.engine.text import SourceText, line_end, split_lines

TEXTS = st.text(st.sampled_from("a é😀\r\n\x0b\x0c\x1c\x85\u2028\ud800"), max_size=30)


@pytest.mark.parametrize("char", "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
def test_only_line_ends_end_lines(char: str):
    assert split_lines(f"a{char}b\nc\r\nd\re") == [f"a{char}b\n", "c\r\n", "d\r", "e"]


@pytest.mark.parametrize(("line", "end"), [("", 0), ("a", 1), ("a\n", 1), ("a\r\n", 1), ("a\r", 1)])
def test_line_end(line: str, end: int):
    assert line_end(line) == end


@given(TEXTS)
def test_lines_are_the_text(text: str):
    lines = split_lines(text)
    assert "".join(lines) == text
    assert all(line_end(line) < len(line) for line in lines[:-1])
    assert all(set(line[: line_end(line)]).isdisjoint("\r\n") for line in lines)


@given(TEXTS, st.data())
def test_offsets_and_positions_are_each_other(text: str, data: st.DataObject):
    source = SourceText(text)
    start, end = sorted((data.draw(st.integers(0, len(text))), data.draw(st.integers(0, len(text)))))
    assert source.at(*source.position(start)) == start
    assert source.slice(source.span(start, end)) == text[start:end]


def test_columns_of_ast_are_bytes():
    text = "x = '😀é'; y = 1\n"
    node = ast.parse(text).body[1]
    assert SourceText(text).offset(0, node.col_offset) == text.index("y")


def test_behind_the_end():
    assert SourceText("a").position(1) == (0, 1)
    assert SourceText("a\n").position(2) == (1, 0)
    assert SourceText("").position(0) == (0, 0)
    assert SourceText("").span(0, 0) == Span(0, 0, 0, 0)
