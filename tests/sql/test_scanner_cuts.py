"""What an incremental engine rests on: a closed scan may be cut at its cuts and put together again."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend_architect.sql.scanner import Piece, Scan, scan

POSTGRES = r"""\set ON_ERROR_STOP on
-- a schema; with traps
CREATE TABLE users (id bigint PRIMARY KEY, name text DEFAULT 'it''s; ok');

CREATE INDEX CONCURRENTLY users_name ON users (name); -- "fast"
CREATE FUNCTION f() RETURNS trigger AS $body$
BEGIN
  EXECUTE $q$ SELECT ';' $q$;
  RETURN NEW;
END $body$ LANGUAGE plpgsql;
CREATE FUNCTION g() RETURNS int BEGIN ATOMIC
  SELECT CASE WHEN 1 = 1 THEN 2 END;
END;
CREATE RULE r AS ON INSERT TO users DO ALSO (DELETE FROM a; DELETE FROM b);
COPY users (id, name) FROM stdin;
1	it's; "half
2	$$
\.
SELECT E'\'; x', arr[1:2], data ? 'k' FROM "odd;name" /* a /* nested; */ b */ WHERE a = $1;
/* two
lines; */ UPDATE users SET name = '😀' WHERE id = 1; DELETE FROM users
WHERE id = 2;
SELECT 1 \gset
"""
MYSQL = r"""-- dump; of 'things'
/*!40101 SET NAMES utf8 */;
CREATE TABLE `a;b` (id int, name text); # note; it's
INSERT INTO `a;b` VALUES (1, 'it\'s; "x'), (2, "a\";b");
CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN
  IF NEW.a THEN SET NEW.b = 1; END IF;
  CASE NEW.a WHEN 1 THEN SET NEW.c = 2; END CASE;
END;
DELIMITER //
CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END //
SELECT ';' //
DELIMITER ;
SELECT 1--1, 'a' 'b' FROM t\G
DELETE FROM t WHERE a = '😀';
"""
SQLITE = """CREATE TABLE [a;b] (id INTEGER, "c;d" TEXT, `e;f` TEXT);
.mode csv
CREATE TEMP TRIGGER t AFTER INSERT ON x BEGIN
  UPDATE y SET a = CASE WHEN 1 THEN 2 ELSE 3 END;
  DELETE FROM z;
END;
INSERT INTO x VALUES ('it''s', '😀;'); -- done; 'so'
/* a; */ SELECT 1; SELECT 2;
DELETE FROM t
"""
TSQL = """SELECT [a;]]b], 'it''s;' FROM t;
GO
CREATE OR ALTER PROCEDURE p @a int AS
BEGIN
  UPDATE t SET b = @a; DELETE FROM u;
END
GO 5
DECLARE @x int; SET @x = 1 -- note; it's
SELECT @x /* a /* b; */ c; */;
go
UPDATE t SET a = N'😀' WHERE b = 1;
"""
TEXTS = {"postgres": POSTGRES, "mysql": MYSQL, "sqlite": SQLITE, "tsql": TSQL}
SCRAPS = [
    *"';\"`$[]()\\\r\n\f\v\0#-*/eEx1 😀\u2028\u0085\ufeff",
    *(
        "--",
        "/*",
        "*/",
        "$$",
        "$a$",
        "''",
        "\\'",
        "\r\n",
        ";\n",
        ";\r",
        "E'",
        "\n\\.\n",
        "\\gset\n",
        "\\;",
        "/*!",
    ),
    *(
        " BEGIN ",
        " END",
        "; END;\n",
        " CASE ",
        " begin atomic ",
        "\nGO\n",
        "\nDELIMITER //\n",
        "//",
        "\nDELIMITER ;\n",
    ),
    *(
        "CREATE TRIGGER ",
        "CREATE FUNCTION ",
        "CREATE RULE ",
        "CREATE PROC ",
        "COPY t FROM stdin;\n",
        "SELECT 1;\n",
    ),
]


def moved(scanned: Scan, offset: int) -> tuple[list[Piece], list[tuple[int, int]], list[int]]:
    pieces = [Piece(p.start + offset, p.end + offset, p.terminated, p.kind) for p in scanned.pieces]
    comments = [(start + offset, end + offset) for start, end in scanned.comments]
    return pieces, comments, [cut + offset for cut in scanned.cuts]


def assert_well_formed(text: str, scanned: Scan) -> None:
    end = 0
    for piece in scanned.pieces:
        assert end <= piece.start < piece.end <= len(text)
        end = piece.end
        if piece.kind == "sql":
            assert text[piece.start : piece.end].strip(" \t\r\n\f\v\ufeff") == text[piece.start : piece.end]
    end = 0
    for start, stop in scanned.comments:
        assert end <= start < stop <= len(text)
        end = stop
    assert scanned.cuts == sorted(set(scanned.cuts))
    for cut in scanned.cuts:
        assert text[cut - 1] in "\r\n"
        assert text[cut - 1 : cut + 1] != "\r\n"
        assert not any(piece.start < cut < piece.end for piece in scanned.pieces)


def assert_cuts_hold(text: str, dialect: str, scanned: Scan, cuts: list[int]) -> None:
    for cut in cuts:
        before, after = scan(text[:cut], dialect), scan(text[cut:], dialect)
        assert before.closed, cut
        assert after.closed, cut
        joined = tuple(a + b for a, b in zip(moved(before, 0), moved(after, cut), strict=True))
        assert joined == moved(scanned, 0), cut


def assert_joins(first: str, second: str, dialect: str) -> bool:
    a, b = scan(first, dialect), scan(second, dialect)
    complete = a.closed and b.closed and (not a.pieces or a.pieces[-1].terminated)
    if not complete or first[-1:] not in {"\n", "\r"}:
        return False
    whole = scan(first + second, dialect)
    assert whole.closed
    joined = tuple(x + y for x, y in zip(moved(a, 0), moved(b, len(first)), strict=True))
    if first[-1] + second[:1] == "\r\n":  # what were two line ends is one: the cut moves, the rest stays
        assert moved(whole, 0)[:2] == joined[:2]
    else:
        assert moved(whole, 0) == joined
    return True


def edited(text: str, source: random.Random) -> str:
    for _ in range(source.randint(1, 3)):
        start = source.randint(0, len(text))
        end = min(len(text), start + source.choice((0, 0, 1, 1, 2, 5, 40)))
        text = text[:start] + source.choice(("", *SCRAPS)) + text[end:]
    return text


@pytest.mark.parametrize("dialect", TEXTS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_realistic_texts_are_closed_and_can_be_cut(dialect: str, line_end: str) -> None:
    text = TEXTS[dialect].replace("\n", line_end)
    scanned = scan(text, dialect)
    assert scanned.closed
    assert len(scanned.cuts) >= 4
    assert_well_formed(text, scanned)
    assert_cuts_hold(text, dialect, scanned, scanned.cuts)


@pytest.mark.parametrize("dialect", TEXTS)
def test_random_edits_keep_cuts_independent(dialect: str) -> None:
    source = random.Random(dialect)
    closed = joined = 0
    for _ in range(1200):
        text = TEXTS[dialect]
        if source.random() < 0.3:
            text = text.replace("\n", source.choice(("\r\n", "\r")))
        text = edited(text, source)
        scanned = scan(text, dialect)
        assert_well_formed(text, scanned)
        if scanned.closed:
            closed += 1
            assert_cuts_hold(text, dialect, scanned, source.sample(scanned.cuts, min(2, len(scanned.cuts))))
        lines = text.splitlines(keepends=True)
        at = source.randint(0, len(lines))
        joined += assert_joins("".join(lines[:at]), "".join(lines[at:]), dialect)
    assert closed > 300
    assert joined > 50


@settings(max_examples=400, derandomize=True, database=None, deadline=None)
@given(
    dialect=st.sampled_from([*TEXTS, "bigquery"]),
    first=st.lists(st.sampled_from([*SCRAPS, "a", " "]), max_size=12).map("".join),
    second=st.lists(st.sampled_from([*SCRAPS, "a", " "]), max_size=12).map("".join),
    end=st.sampled_from(["", ";\n", "\r", "\n"]),
)
def test_any_closed_texts_can_be_joined_and_cut(dialect: str, first: str, second: str, end: str) -> None:
    assert_joins(first + end, second, dialect)
    text = first + end + second
    scanned = scan(text, dialect)
    assert_well_formed(text, scanned)
    if scanned.closed:
        assert_cuts_hold(text, dialect, scanned, scanned.cuts)


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(text=st.text(max_size=60), dialect=st.sampled_from([*TEXTS, "", "no such dialect"]))
def test_any_text_is_scanned(text: str, dialect: str) -> None:
    assert_well_formed(text, scan(text, dialect))
