"""Ranges of the nodes of syntax trees."""

from __future__ import annotations

import pytest

from backend_architect.sql.parsing import parse
from backend_architect.sql.spans import keyword_span, span

SELECT = (
    "SELECT DISTINCT cast(a AS int), b::numeric(10, 2) AS x, CASE WHEN a THEN b ELSE NULL END, now(), -a, "
    "count(*) OVER (), extract(epoch FROM y), (SELECT 1 FOR UPDATE) "
    'FROM s.t AS u LEFT JOIN "Q;" ON (a = NULL) '
    "WHERE NOT EXISTS (SELECT 2) AND c IN (1, NULL) AND d = %s AND e IS NOT NULL AND f NOT IN (NULL) "
    "GROUP BY g HAVING h > 3 ORDER BY i DESC NULLS LAST LIMIT 5 OFFSET :k"
)
TABLE = (
    "CREATE TABLE t (id bigint NOT NULL PRIMARY KEY, b timestamp with time zone DEFAULT now(), "
    "CONSTRAINT x FOREIGN KEY (a) REFERENCES r (c) ON DELETE CASCADE, CHECK (a > 0))"
)
CHANGES = {
    "UPDATE t SET a = NULL, b = TRUE WHERE c > current_date RETURNING *": {
        "EQ": ["a = NULL", "b = TRUE"], "Null": ["NULL"], "Boolean": ["TRUE"], "GT": ["c > current_date"],
        "Where": ["WHERE c > current_date"], "Returning": ["RETURNING *"],
    },
    "WITH q AS (DELETE FROM t USING u WHERE a = 1 RETURNING *) SELECT * FROM q": {
        "With": ["WITH q AS (DELETE FROM t USING u WHERE a = 1 RETURNING *)"],
        "CTE": ["q AS (DELETE FROM t USING u WHERE a = 1 RETURNING *)"],
        "Delete": ["DELETE FROM t USING u WHERE a = 1 RETURNING *"],
    },
    "INSERT INTO t (a, b) VALUES (NULL, 1), (2, NULL)": {
        "Schema": ["t (a, b)"],
        "Values": ["VALUES (NULL, 1), (2, NULL)"],
        "Tuple": ["(NULL, 1)", "(2, NULL)"],
    },
    "ALTER TABLE t ALTER COLUMN c TYPE bigint": {
        "AlterColumn": ["ALTER COLUMN c TYPE bigint"],
        "DataType": ["bigint"],
    },
    "SELECT '😀', \r\n a FROM t WHERE  'é' = b": {
        "EQ": ["'é' = b"],
        "From": ["FROM t"],
        "Column": ["a", "b"],
    },
}  # fmt: skip


def texts(text: str, kind: str, dialect: str = "postgres") -> list[str]:
    parsed = parse(text, dialect)
    assert parsed.tree is not None
    spans = sorted(span(node, parsed) for node in parsed.tree.walk() if type(node).__name__ == kind)
    return [text[start:end] for start, end in spans]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Cast", ["cast(a AS int)", "b::numeric(10, 2)"]),
        ("DataType", ["int", "numeric(10, 2)"]),
        ("Alias", ["b::numeric(10, 2) AS x"]),
        ("Case", ["CASE WHEN a THEN b ELSE NULL END"]),
        ("If", ["WHEN a THEN b"]),
        ("CurrentTimestamp", ["now()"]),
        ("Neg", ["-a"]),
        ("Window", ["count(*) OVER ()"]),
        ("Count", ["count(*)"]),
        ("Extract", ["extract(epoch FROM y)"]),
        ("Subquery", ["(SELECT 1 FOR UPDATE)"]),
        ("From", ["FROM s.t AS u"]),
        ("Table", ["s.t AS u", '"Q;"']),
        ("Join", ['LEFT JOIN "Q;" ON (a = NULL)']),
        ("Paren", ["(a = NULL)"]),
        ("EQ", ["a = NULL", "d = %s"]),
        ("Exists", ["EXISTS (SELECT 2)"]),
        ("In", ["c IN (1, NULL)", "f NOT IN (NULL)"]),
        ("Is", ["e IS NOT NULL"]),
        ("Null", ["NULL"] * 5),
        ("Group", ["GROUP BY g"]),
        ("Having", ["HAVING h > 3"]),
        ("Ordered", ["i DESC NULLS LAST"]),
        ("Order", ["ORDER BY i DESC NULLS LAST"]),
        ("Limit", ["LIMIT 5"]),
        ("Offset", ["OFFSET :k"]),
        ("Select", [SELECT, "SELECT 1", "SELECT 2"]),
    ],
)
def test_ranges_in_a_query(kind: str, expected: list[str]) -> None:
    assert texts(SELECT, kind) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Create", [TABLE]),
        ("ColumnDef", ["id bigint NOT NULL PRIMARY KEY", "b timestamp with time zone DEFAULT now()"]),
        ("DataType", ["bigint", "timestamp with time zone"]),
        ("Constraint", ["CONSTRAINT x FOREIGN KEY (a) REFERENCES r (c) ON DELETE CASCADE"]),
        ("ForeignKey", ["FOREIGN KEY (a) REFERENCES r (c)"]),
        ("Reference", ["REFERENCES r (c)"]),
        ("CheckColumnConstraint", ["CHECK (a > 0)"]),
        ("DefaultColumnConstraint", ["DEFAULT now()"]),
        ("NotNullColumnConstraint", ["id bigint NOT NULL PRIMARY KEY"]),
    ],
)
def test_ranges_in_a_table(kind: str, expected: list[str]) -> None:
    assert texts(TABLE, kind) == expected


@pytest.mark.parametrize("text", CHANGES)
def test_ranges_in_changes(text: str) -> None:
    assert {kind: texts(text, kind) for kind in CHANGES[text]} == CHANGES[text]


@pytest.mark.parametrize("text", [SELECT, TABLE, *CHANGES])
def test_ranges_of_half_typed_statements_are_within_them(text: str) -> None:
    for end in range(1, len(text), 7):
        parsed = parse(text[:end], "postgres")
        for node in parsed.tree.walk() if parsed.tree else ():
            start, stop = span(node, parsed)
            assert 0 <= start < stop <= end


def test_a_thousand_conditions() -> None:
    text = "SELECT a FROM t WHERE " + " OR ".join(["a = 1"] * 1500)
    parsed = parse(text, "postgres")
    assert parsed.tree is not None
    start, end = span(parsed.tree.args["where"], parsed)
    assert text[start:end] == text[text.index("WHERE") :]


def test_keywords_are_found_outside_quotes_only() -> None:
    text = "UPDATE \"Set\" SET a = 'set b' -- set c\n WHERE x PRIMARY  KEY"
    parsed = parse(text, "postgres")
    assert keyword_span(parsed, "update") == (0, 6)
    assert keyword_span(parsed, "SET", "A") == (13, 18)
    assert keyword_span(parsed, "where", "x") == (39, 46)
    assert keyword_span(parsed, "key") == (56, 59)
    assert keyword_span(parsed, "b") is None
    assert keyword_span(parsed) is None
