"""The judge itself: what it must take for the same, and what it must not let pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fixes.parameters import judge
from tests.fixes.parameters.data import Pair
from tests.fixes.parameters.tokens import RefusedError, told, unbound

BEFORE = """\
import {driver}


def find(conn: {driver}.Connection, name: str, ids: list):
    return conn.execute({arguments})
"""


def verdict(driver: str, expected: str, written: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The verdict about arguments of `execute`, where the reference has others."""
    pair = Pair(
        f"{driver}: a test", "", BEFORE.format(driver=driver, arguments=expected), ("find(DB, $s, $nl)",)
    )
    monkeypatch.setattr(judge, "fixed", lambda _: BEFORE.format(driver=driver, arguments=written))
    return judge.judged(replace(pair, before="another")).word


REFERENCE = '"SELECT 1 FROM t WHERE name = %s", (name,)'


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ('"SELECT 1 FROM t WHERE name = %s", [name]', "SAME"),
        ('"SELECT 1  FROM t\\nWHERE name = %(x)s", {"x": name}', "SAME"),
        ('"SELECT 1 FROM t WHERE name = %s::text", (name,)', "EQUIVALENT"),
        ('"SELECT %s FROM t WHERE name = %s", (1, name)', "EQUIVALENT"),
        ("\"SELECT 1 FROM t WHERE name = '%s'\", (name,)", "WRONG"),
        ('"SELECT 1 FROM t WHERE name = ?", (name,)', "WRONG"),
        ('"SELECT 1 FROM t WHERE name = %s", name', "WRONG"),
        ('"SELECT 1 FROM t WHERE name = %s", (name, name)', "WRONG"),
        ('"SELECT 1 FROM t WHERE name = %s", (unknown,)', "WRONG"),
        ("f\"SELECT 1 FROM t WHERE name = '{name}'\"", "WRONG"),
        ('"SELECT 1 FROM t WHERE city = %s", (name,)', "WRONG"),
        ('"SELECT 1 FROM t WHERE name = %s", (name.upper(),)', "WRONG"),
        ("\"SELECT 1 FROM t WHERE name = %s AND a LIKE '%'\", (name,)", "WRONG"),
    ],
)
def test_what_is_bound_decides(written: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict("psycopg", REFERENCE, written, monkeypatch) == word


@pytest.mark.parametrize(
    ("driver", "written", "word"),
    [
        ("psycopg", "f\"SELECT 1 FROM t WHERE id IN ({', '.join(['%s'] * len(ids))})\", ids", "SAME"),
        ("psycopg", '"SELECT 1 FROM t WHERE id IN %s", (tuple(ids),)', "WRONG"),
        ("psycopg", '"SELECT 1 FROM t WHERE id = ANY(%s)", ([str(i) for i in ids],)', "EQUIVALENT"),
        ("psycopg", '"SELECT 1 FROM t WHERE id IN (%s)", (",".join(str(i) for i in ids),)', "WRONG"),
    ],
)
def test_lists(driver: str, written: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict(driver, '"SELECT 1 FROM t WHERE id = ANY(%s)", (ids,)', written, monkeypatch) == word


@pytest.mark.parametrize(
    ("style", "text", "parameters"),
    [
        ("qmark", "SELECT ?", ()),
        ("qmark", "SELECT '?'", ("x",)),
        ("dollar", "SELECT $2", ("x",)),
        ("dollar", "SELECT $1", ("x", "y")),
        ("colon", "SELECT :a", {"b": 1}),
        ("text", "SELECT ' :a'", {"a": 1}),
        ("format", "SELECT '%s'", ("x",)),
        ("format", "SELECT 5 % 2, %s", ("x",)),
    ],
)
def test_what_a_driver_refuses(style: str, text: str, parameters: object) -> None:
    with pytest.raises(RefusedError):
        told(style, text, parameters)


@pytest.mark.parametrize(
    ("style", "text", "parameters"),
    [
        ("text", "SELECT a::text FROM t WHERE b = '08:30' AND c = :c", {"c": "x"}),
        ("qmark", "SELECT a::text FROM t WHERE b = '08:30' AND c = ?", ["x"]),
        ("format", "SELECT a::text FROM t WHERE b = '08:30' AND c = %s", ("x",)),
        ("dollar", "SELECT a::text -- '\nFROM t WHERE b = '08:30' AND c = $1", ("x",)),
        ("format", "SELECT a::text FROM t WHERE b = '08:30' AND c = 'x'", None),
    ],
)
def test_styles_say_the_same(style: str, text: str, parameters: object) -> None:
    pasted = told("qmark", "SELECT a::text FROM t WHERE b = '08:30' AND c = 'x'", None)
    assert unbound(told(style, text, parameters)) == unbound(pasted)
