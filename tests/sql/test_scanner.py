"""Statements of SQL texts as people write them."""

from __future__ import annotations

import pytest

from backend_architect.sql.scanner import scan


def statements(text: str, dialect: str = "postgres") -> list[str]:
    return [text[piece.start : piece.end] for piece in scan(text, dialect).pieces]


def kinds(text: str, dialect: str = "postgres") -> list[str]:
    return [piece.kind for piece in scan(text, dialect).pieces]


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        ("postgres", "SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("postgres", "SELECT 1\n\nFROM t\n;", ["SELECT 1\n\nFROM t"]),
        (
            "postgres",
            "EXPLAIN ANALYZE\nSELECT 1\nUNION\nSELECT 2;",
            ["EXPLAIN ANALYZE\nSELECT 1\nUNION\nSELECT 2"],
        ),
        ("postgres", ";; ;", []),
        ("postgres", "-- nothing; here\n/* nor; here */ ;", []),
        ("postgres", "/* a */ SELECT 1 -- b\n /* c */ ;", ["SELECT 1"]),
        ("postgres", "SELECT 1 /* a; */ + 2;", ["SELECT 1 /* a; */ + 2"]),
        (
            "postgres",
            "SELECT 'it''s;' || E'\\';' || \"a;\"\"b\";S",
            ["SELECT 'it''s;' || E'\\';' || \"a;\"\"b\"", "S"],
        ),
        ("postgres", "SELECT 'a\\'; SELECT 2;", ["SELECT 'a\\'", "SELECT 2"]),
        ("postgres", "SELECT E'it''s \\' ;'; X", ["SELECT E'it''s \\' ;'", "X"]),
        ("postgres", "SELECT /* a /* ; */ ; */ 1; X", ["SELECT /* a /* ; */ ; */ 1", "X"]),
        ("postgres", "DO $a$ $b$ ; $b$ $$ ; $a$; X", ["DO $a$ $b$ ; $b$ $$ ; $a$", "X"]),
        ("postgres", "SELECT a$b$, $1; SELECT b$b$;", ["SELECT a$b$, $1", "SELECT b$b$"]),
        ("postgres", "SELECT a[1:2], b[i]; X", ["SELECT a[1:2], b[i]", "X"]),
        ("postgres", "SELECT (1; SELECT 2);", ["SELECT (1", "SELECT 2)"]),
        (
            "postgres",
            "CREATE RULE r AS ON INSERT TO t DO (A; B); X",
            ["CREATE RULE r AS ON INSERT TO t DO (A; B)", "X"],
        ),
        (
            "postgres",
            "CREATE FUNCTION f() BEGIN ATOMIC A; B; END; X",
            ["CREATE FUNCTION f() BEGIN ATOMIC A; B; END", "X"],
        ),
        ("postgres", "BEGIN; COMMIT;", ["BEGIN", "COMMIT"]),
        ("postgres", "SELECT 1 \\; SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("postgres", "SELECT 1\n\\echo it's;\n, 2; X", ["SELECT 1\n\\echo it's;\n, 2", "X"]),
        ("mysql", "SELECT 'it\\'s;', \"\\\";\", `a;`; X", ["SELECT 'it\\'s;', \"\\\";\", `a;`", "X"]),
        ("mysql", "SELECT 1--1; # it's;\nX", ["SELECT 1--1", "X"]),
        ("mysql", "SELECT /* /* ; */ 1; X", ["SELECT /* /* ; */ 1", "X"]),
        ("mysql", "/*!40101 SET a = 1; */; X", ["/*!40101 SET a = 1; */", "X"]),
        ("mysql", "SELECT 1\\G\nX", ["SELECT 1", "X"]),
        ("mysql", "CREATE TABLE t (begin int, end int); X", ["CREATE TABLE t (begin int, end int)", "X"]),
        ("sqlite", 'SELECT [a;b], "c;d", `e;f`; X', ['SELECT [a;b], "c;d", `e;f`', "X"]),
        ("tsql", "SELECT [a;]]b]; X", ["SELECT [a;]]b]", "X"]),
        ("tsql", "SELECT go FROM t;\nX", ["SELECT go FROM t", "X"]),
        ("bigquery", "SELECT 'a;', `b;`; X", ["SELECT 'a;', `b;`", "X"]),
    ],
)
def test_statements_end_at_their_terminators_only(dialect: str, text: str, expected: list[str]) -> None:
    assert statements(text, dialect) == expected
    assert scan(text, dialect).closed


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        (
            "mysql",
            """CREATE DEFINER = 'a'@'%' PROCEDURE p()
BEGIN
  IF a THEN SELECT 1; END IF;
  BEGIN END;
  CASE a WHEN 1 THEN SELECT CASE WHEN 1 THEN 2 END; END CASE;
  l: LOOP LEAVE l; END LOOP l;
END""",
        ),
        ("mysql", "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN SET NEW.end = 1; END"),
        ("mysql", "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET NEW.a = 1"),
        (
            "sqlite",
            "CREATE TEMP TRIGGER t AFTER INSERT ON x BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE; END",
        ),
        (
            "postgres",
            "CREATE /* ; */ OR REPLACE FUNCTION f() BEGIN -- ;\n ATOMIC SELECT CASE WHEN 1 THEN 2 END; END",
        ),
        ("postgres", "CREATE PROCEDURE p() BEGIN ATOMIC END"),
    ],
)
def test_bodies_keep_their_semicolons(dialect: str, body: str) -> None:
    text = f"{body};\nSELECT 1;\n"
    assert statements(text, dialect) == [body, "SELECT 1"]
    assert scan(text, dialect).closed


def test_go_ends_batches_and_nothing_else_ends_procedures() -> None:
    procedure = "CREATE OR ALTER PROC p AS BEGIN SELECT 1; SELECT 2; END"
    text = f"SELECT 1\ngo\n{procedure}\n  GO 5 -- x\nSELECT 'a\nGO\n'; SELECT 2"
    scanned = scan(text, "tsql")
    assert statements(text, "tsql") == [
        "SELECT 1",
        "go",
        procedure,
        "GO 5 -- x",
        "SELECT 'a\nGO\n'",
        "SELECT 2",
    ]
    assert [piece.kind for piece in scanned.pieces] == ["sql", "psql", "sql", "psql", "sql", "sql"]
    assert [piece.terminated for piece in scanned.pieces] == [True] * 5 + [False]
    assert [text[cut:].split(maxsplit=1)[0] for cut in scanned.cuts] == ["CREATE", "SELECT"]


def test_a_delimiter_section_has_no_cut_inside() -> None:
    section = "delimiter //\nCREATE PROCEDURE p() BEGIN A; END//\nSELECT ';' //\nDELIMITER ;\n"
    text = f"SELECT 1;\n{section}SELECT 2;\n"
    scanned = scan(text, "mysql")
    assert statements(text, "mysql")[2:4] == ["CREATE PROCEDURE p() BEGIN A; END", "SELECT ';'"]
    assert scanned.closed
    assert [text[cut:].split(maxsplit=1)[0] for cut in scanned.cuts[:-1]] == ["delimiter", "SELECT"]
    assert not scan(text[: text.index("DELIMITER")], "mysql").closed


def test_a_delimiter_line_ends_a_statement_that_has_no_terminator() -> None:
    text = "SELECT 1\nDELIMITER $$\nSELECT 2; SELECT 3 $$\nDELIMITER ;\n"
    assert statements(text, "mysql") == ["SELECT 1", "DELIMITER $$", "SELECT 2; SELECT 3", "DELIMITER ;"]
    assert not scan(text, "mysql").pieces[0].terminated


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_copied_rows_are_no_sql(line_end: str) -> None:
    lines = ["COPY t (a) FROM STDIN WITH (FORMAT csv); -- rows", "it's", "$$; /*", "\\.", "SELECT 1;", ""]
    text = line_end.join(lines)
    scanned = scan(text, "postgres")
    assert statements(text) == [lines[0][:39], line_end.join(lines[1:3]), "SELECT 1"]
    assert [piece.kind for piece in scanned.pieces] == ["sql", "data", "sql"]
    assert scanned.closed
    assert scanned.cuts == [text.index("SELECT"), len(text)]
    assert scanned.comments == [(41, 48)]


def test_copied_rows_need_an_end() -> None:
    scanned = scan("COPY t FROM stdin;\n1\n2\n", "postgres")
    assert not scanned.closed
    assert [(piece.kind, piece.terminated) for piece in scanned.pieces] == [("sql", True), ("data", False)]
    assert not scan("COPY t FROM stdin;\n", "postgres").closed
    assert scan("COPY t FROM stdin", "postgres").closed


def test_copy_without_rows() -> None:
    assert kinds("COPY t FROM 'from stdin';\n1;\n") == ["sql", "sql"]
    assert kinds("COPY t TO STDOUT;\n1;\n") == ["sql", "sql"]
    assert kinds("COPY t FROM stdin;\n\\.\nX;") == ["sql", "sql"]
    assert kinds("\\copy t from stdin\n1;\n\\.\nX;") == ["psql", "data", "sql"]


def test_lines_for_the_client() -> None:
    assert statements("\\set a 'b;\n  \\i x.sql\nSELECT 1 \\gset x_\nX") == [
        "\\set a 'b;", "\\i x.sql", "SELECT 1", "\\gset x_", "X"
    ]  # fmt: skip
    assert kinds("SELECT 1 \\gexec\nX;") == ["sql", "psql", "sql"]
    assert kinds(".mode csv\nSELECT 1;", "sqlite") == ["psql", "sql"]
    assert kinds("source a.sql\nSELECT 1;", "mysql") == ["psql", "sql"]


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_half_typed_quote_ends_at_its_line(quote: str) -> None:
    text = f"SELECT 1;\nSELECT {quote}abc;\n\nSELECT 2;\nUPDATE t SET a = {quote}b{quote};\n"
    scanned = scan(text, "postgres")
    assert statements(text) == [
        "SELECT 1",
        f"SELECT {quote}abc",
        "SELECT 2",
        f"UPDATE t SET a = {quote}b{quote}",
    ]
    assert not scanned.closed


def test_a_half_typed_quote_within_a_statement_takes_its_line_only() -> None:
    text = "SELECT 'abc, b\nFROM t;\nSELECT 'it''s';\n"
    assert statements(text) == ["SELECT 'abc, b\nFROM t", "SELECT 'it''s'"]
    assert not scan(text, "postgres").closed


def test_a_quote_that_nothing_closes_ends_at_its_line() -> None:
    assert statements("SELECT 'a;\nx; y;") == ["SELECT 'a", "x", "y"]
    assert statements("SELECT [a FROM t;\nSELECT 2;", "tsql") == ["SELECT [a FROM t", "SELECT 2"]
    assert not scan("SELECT [a FROM t;\nSELECT 2;", "tsql").closed


def test_strings_may_span_lines() -> None:
    text = "SELECT 'a;\nb;\n\nc';\nSELECT \"d\n;e\";\n"
    scanned = scan(text, "postgres")
    assert scanned.closed
    assert len(scanned.pieces) == 2


@pytest.mark.parametrize(
    "text", ["SELECT $$ ; ", "SELECT /* ;", "SELECT 'a", "CREATE RULE r (a;", 'SELECT "']
)
def test_what_is_open_at_the_end_is_not_closed(text: str) -> None:
    scanned = scan(text, "postgres")
    assert not scanned.closed
    assert len(scanned.pieces) == 1


def test_the_last_statement_needs_no_terminator() -> None:
    scanned = scan("SELECT 1;\nSELECT 2 -- end", "postgres")
    assert scanned.closed
    assert [piece.terminated for piece in scanned.pieces] == [True, False]


def test_cuts_follow_terminators_and_comments_lead() -> None:
    text = "A; -- a\n-- b\n\nB; C\n; /* c\n*/ D; /* d */ E;\r\nF;\rG;"
    scanned = scan(text, "postgres")
    assert [text[cut:] for cut in scanned.cuts] == [text[text.index(rest) :] for rest in ("-- b", "F;", "G;")]
    assert [text[start:end] for start, end in scanned.comments] == ["-- a", "-- b", "/* c\n*/", "/* d */"]


def test_only_three_characters_end_lines() -> None:
    text = "A; -- a\fb\u2028c\x85d; e\nB;\x0bC;\n"
    assert statements(text) == ["A", "B", "C"]
    assert len(scan(text, "postgres").cuts) == 2


def test_a_byte_order_mark_is_no_statement() -> None:
    assert statements("\ufeffSELECT 1;") == ["SELECT 1"]
    assert statements("\ufeff") == []
