"""Placeholders, format fields and template tags."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend_architect.sql.masking import mask, masked, placeholders
from backend_architect.sql.parsing import parse

DIALECTS = ["postgres", "mysql", "sqlite", "tsql"]
VALUES = [
    "?",
    "?1",
    "$1",
    ":x",
    ":1",
    "@p",
    "%s",
    "%(x)s",
    "{x}",
    "{}",
    "{x!r:>10}",
    "{{ x }}",
    "{{ x | f('a') }}",
]
STATEMENTS = [
    "SELECT * FROM t WHERE a = {}",
    "SELECT * FROM t WHERE a={} AND b <> {} OR c LIKE {}",
    "SELECT * FROM t WHERE a IN {}",
    "SELECT * FROM t WHERE a IN ({}, {})",
    "SELECT * FROM t WHERE a BETWEEN {} AND {}",
    "SELECT * FROM t WHERE a = ANY({}) ORDER BY b",
    "SELECT coalesce({}, 1), CASE WHEN a = {} THEN {} ELSE {} END FROM t",
    "SELECT CAST({} AS int), -{} FROM t",
    "INSERT INTO t (a, b) VALUES ({}, {})",
    "INSERT INTO t (a) VALUES {}",
    "UPDATE t SET a = {}, b = b + {} WHERE c = {}",
    "DELETE FROM t WHERE a > {}",
]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("value", VALUES)
def test_every_placeholder_parses_everywhere(dialect: str, value: str) -> None:
    for statement in STATEMENTS:
        text = statement.replace("{}", value)
        parsed = parse(text, dialect)
        assert parsed.tree is not None, text
        assert not parsed.errors, (text, parsed.masked)
        assert len(parsed.masked) == len(text)


@pytest.mark.parametrize("value", VALUES)
def test_limits_and_intervals_take_placeholders(value: str) -> None:
    for text in (f"SELECT a FROM t LIMIT {value} OFFSET {value}", f"SELECT now() - interval {value} FROM t"):
        parsed = parse(text, "postgres")
        assert parsed.tree is not None
        assert not parsed.errors, parsed.masked


@pytest.mark.parametrize("value", ["%s", "{x}", "{{ x }}"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_names_may_be_made_of_fields(value: str, dialect: str) -> None:
    for text in (f"SELECT a FROM {value}", f"SELECT {value}.a FROM s_{value}.{value}_t AS {value}"):
        parsed = parse(text, dialect)
        assert parsed.tree is not None
        assert not parsed.errors, parsed.masked


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        ("postgres", "a = %s", "a = _p"),
        ("postgres", "a = %(name)s", "a = _p1_____"),
        ("postgres", "a::int, b := 1, c[1:n], d[:2]", "a::int, b := 1, c[1:n], d[:2]"),
        ("postgres", "'%s' \"%s\" $$ %s $$ -- %s", "'%s' \"%s\" $$ %s $$ -- %s"),
        (
            "postgres",
            "a ? 'k' AND b ?| $1 AND c @> d AND e @? f",
            "a ? 'k' AND b ?| _p AND c @> d AND e @? f",
        ),
        ("postgres", "a LIKE ? || '%'", "a LIKE _ || '%'"),
        ("postgres", "a %% 2", "a %  2"),
        ("postgres", "a % 2", "a % 2"),
        ("postgres", "SELECT :'v', :\"w\"", "SELECT  'v',  \"w\""),
        ("postgres", "A\n\\echo it's\nB", "A\n          \nB"),
        ("postgres", "{% if a %}B{# it's #}", "          B          "),
        ("postgres", "{{ a(\n  b\n) }}C", "_p1__\n   \n    C"),
        ("postgres", "a\0b\ufeffc", "a b c"),
        ("postgres", "'{x}' {'a': 1}", "'{x}' {'a': 1}"),
        ("mysql", "SET @a := 1, b = @@c", "SET @a := 1, b = @@c"),
        ("mysql", "'\\'%s' %s # %s", "'\\'%s' _p # %s"),
        ("tsql", "DECLARE @a money = $1", "DECLARE @a money = $1"),
        ("tsql", "[%s] = %s", "[%s] = _p"),
        ("sqlite", "a = @b AND [c?] = ?12", "a = _p AND [c?] = _p2"),
    ],
)
def test_only_placeholders_are_masked(dialect: str, text: str, expected: str) -> None:
    assert mask(text, dialect) == expected


def test_places_of_placeholders() -> None:
    text = "SELECT '?', %s -- ?\n, %(a)s, {b} {% c %}"
    assert [text[start:end] for start, end in placeholders(text, "postgres")] == ["%s", "%(a)s", "{b}"]


def test_holes_become_identifiers_outside_quotes() -> None:
    text = "SELECT '...' FROM ~~~~ WHERE a = !! -- ++\n LIMIT ? OFFSET ;;;"
    holes = [(text.index(part), text.index(part) + len(part)) for part in ("...", "~~~~", "!!", "++", ";;;")]
    result = masked(text, "postgres", holes)
    assert result.text == "SELECT '___' FROM _p1_ WHERE a = _p -- __\n LIMIT _ OFFSET _p4"
    assert [text[start:end] for start, end in result.places] == ["~~~~", "!!", "?", ";;;"]


def test_holes_may_hold_anything() -> None:
    text = "SELECT '\n/* FROM t WHERE a = 1"
    parsed = parse(text, "postgres", [(7, 11)])
    assert parsed.masked == "SELECT _p1_ FROM t WHERE a = 1"
    assert parsed.tree is not None


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(
    text=st.lists(
        st.sampled_from(
            [*"'\"`[]{}%:?@$\\/*-# \n\r\0a1😀", "%s", "{{", "}}", "{%", "%}", "%(a)s", "--", "$$"]
        ),
        max_size=20,
    ).map("".join),
    dialect=st.sampled_from([*DIALECTS, ""]),
    ends=st.lists(st.integers(0, 40), max_size=4),
)
def test_masked_texts_have_the_same_length_and_lines(text: str, dialect: str, ends: list[int]) -> None:
    result = masked(text, dialect)
    assert len(result.text) == len(text)
    assert [c if c in "\r\n" else "" for c in result.text] == [c if c in "\r\n" else "" for c in text]
    bounds = sorted({min(end, len(text)) for end in ends})
    holes = list(zip(bounds[::2], bounds[1::2], strict=False))
    assert len(mask(text, dialect, holes)) == len(text)
