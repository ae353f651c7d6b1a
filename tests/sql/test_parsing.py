"""Trees of statements, whole and broken."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from backend_architect.sql.parsing import MAX_LENGTH, parse, primary_keys_added, words


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("-- nothing", "empty"),
        ("SELECT 'a", "unreadable: TokenError"),
        ("SELECT " + "(" * 5000, "unreadable: RecursionError"),
        ("VACUUM FULL t", "a kind of statement that is not understood"),
        ("SELECT 1; SELECT 2", "several statements"),
        ("SELECT " + "a" * MAX_LENGTH, "longer than 64 KiB"),
    ],
)
def test_statements_without_a_tree_say_why(text: str, problem: str) -> None:
    parsed = parse(text, "postgres")
    assert parsed.tree is None
    assert parsed.problem == problem


def test_concurrently_survives() -> None:
    tree = parse("CREATE INDEX CONCURRENTLY i ON t (a) INCLUDE (b) WHERE c", "postgres").tree
    assert tree is not None
    assert tree.args["concurrently"] is True


def test_every_prefix_of_a_statement_is_parsed(caplog: pytest.LogCaptureFixture) -> None:
    text = (
        "SELECT a.b, count(*) FROM t AS a JOIN u ON a.id = u.id WHERE a.c IN (1, 2) ORDER BY 1 DESC LIMIT %s"
    )
    with caplog.at_level(logging.DEBUG):
        parsed = [parse(text[:end], "postgres") for end in range(1, len(text) + 1)]
    assert all(each.tree is not None for each in parsed[10:])
    assert any(each.errors for each in parsed)
    assert not parsed[-1].errors
    assert not caplog.records


def test_equal_statements_share_their_tree_and_not_their_places() -> None:
    first, second = (
        parse("SELECT a FROM t WHERE a = %s", "postgres"),
        parse("SELECT a FROM t WHERE a = _p", "postgres"),
    )
    assert first.tree is second.tree
    assert first.placeholders == ((26, 28),)
    assert second.placeholders == ()


def test_unknown_dialects_are_standard_sql() -> None:
    assert parse("SELECT a FROM t", "no such dialect").tree is not None


def test_words_take_tokens_apart() -> None:
    listed = words(
        parse("create table \"primary key\" (a text default 'primary key', PRIMARY  KEY (a))", "postgres")
    )
    assert [word.text for word in listed if word.quoted] == ["primary key", "primary key"]
    assert [(word.text, word.start) for word in listed if word.text in {"PRIMARY", "KEY"}] == [
        ("PRIMARY", 58),
        ("KEY", 67),
    ]


def test_primary_keys_added() -> None:
    text = """
    ALTER TABLE a ADD PRIMARY KEY (id);
    alter table if exists only Public.B add constraint b_pk primary key using index i;
    ALTER TABLE "Odd Name" ADD COLUMN id int PRIMARY KEY, ADD CHECK (x > 0);
    ALTER TABLE d ADD x numeric(3, 2), /* and */ ADD CONSTRAINT k PRIMARY /* ; */ KEY (x);
    ALTER TABLE no1 DROP CONSTRAINT p; ALTER TABLE no2 ADD CHECK (x <> 'add primary key');
    -- ALTER TABLE no3 ADD PRIMARY KEY (id);
    ALTER TABLE no4 DROP PRIMARY KEY; CREATE TABLE no5 (id int PRIMARY KEY)
    """
    assert primary_keys_added(text, "postgres") == {"a", "public.b", "Odd Name", "d"}
    assert primary_keys_added("ALTER TABLE `s`.`T` DROP PRIMARY KEY, ADD PRIMARY KEY (a, b)", "mysql") == {
        "s.T"
    }
    assert primary_keys_added("ALTER TABLE [dbo].[T] ADD a int, CONSTRAINT p PRIMARY KEY (a)", "tsql") == {
        "dbo.T"
    }
    assert primary_keys_added("ALTER TABLE", "postgres") == set()


def test_sqlglot_is_imported_at_the_first_parse() -> None:
    code = "import sys, backend_architect.sql.spans; sys.exit('sqlglot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "text", ["ALTER TABLE primary", "ALTER TABLE x -- primary", "ALTER TABLE x ADD PRIMARY"]
)
def test_half_typed_alter_table_adds_no_primary_key(text: str) -> None:
    assert primary_keys_added(text, "postgres") == set()


def test_only_the_dialect_that_is_spoken_is_loaded() -> None:
    """All thirty take a quarter of a second, which whoever types the first statement would feel."""
    code = (
        "import sys; from backend_architect.sql.parsing import parse; parse('SELECT 1', 'postgres');"
        "print('sqlglot.dialects.snowflake' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert ran.stdout.strip() == "False"
