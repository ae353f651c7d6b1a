"""One ALTER TABLE for several, and limits for waiting, in .sql migrations."""

from __future__ import annotations

import pytest

from backend_architect.migrations.limiting import limit_waiting
from backend_architect.migrations.sql_extras import merge_alters
from backend_architect.migrations.walking import steps_of
from backend_architect.schema.changes import AddColumn, AddIndex, AlterColumn
from project_texts import Texts, project_of, with_changes

ADD = "ALTER TABLE orders ADD a int;\n"


def merged(text: str) -> str | None:
    """The text after its last two statements have become one."""
    texts = {"db/2_x.sql": text}
    project = project_of(texts)
    *_, step = steps_of(project)
    earlier = [one.statement for one in step.script.steps if one.statement < step.step.statement]
    remedy = merge_alters(step, earlier[-1])
    return with_changes(texts, remedy.plan.changes(project))["db/2_x.sql"] if remedy else None


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (
            f"{ADD}ALTER TABLE orders ADD b int;\nSELECT 1;\n",
            "ALTER TABLE orders\n    ADD a int,\n    ADD b int;\nSELECT 1;\n",
        ),
        (
            (
                "  alter table only orders\n      add a int, -- one\n      add b int; -- two\n"
                "\n  -- three\n"
                "  ALTER TABLE ONLY orders\n    add c int,\n    add d int -- four\n  ;"
            ),
            (
                "  alter table only orders\n      add a int, -- one\n      add b int, -- two\n"
                "      -- three\n"
                "      add c int,\n    add d int -- four\n  ;"
            ),
        ),
        (
            "SELECT 1; ALTER TABLE orders ADD a int; ALTER TABLE orders DROP b; SELECT 2;\n",
            "SELECT 1; ALTER TABLE orders\n    ADD a int,\n    DROP b; SELECT 2;\n",
        ),
    ],
)
def test_two_alters_of_one_table_become_one(text: str, after: str):
    assert merged(text) == after


@pytest.mark.parametrize(
    "text",
    [
        f"{ADD}SELECT 1;\nALTER TABLE orders ADD b int;\n",
        f"{ADD}ALTER TABLE customers ADD b int;\n",
        f"{ADD}ALTER TABLE ONLY orders ADD b int;\n",
        f"{ADD}ALTER TABLE orders ALTER a TYPE bigint;\n",
        f"{ADD}ALTER TABLE orders DROP a;\n",
        "ALTER TABLE orders ADD CONSTRAINT c CHECK (a > b);\nALTER TABLE orders DROP b;\n",
        "ALTER TABLE orders DROP CONSTRAINT c;\nALTER TABLE orders ADD CONSTRAINT c CHECK (a > b);\n",
        f"ALTER TABLE orders ADD b int, ENABLE ROW LEVEL SECURITY;\n{ADD}",
        f"DROP INDEX b;\n{ADD}",
    ],
)
def test_alters_that_would_do_something_else_together_stay_apart(text: str):
    assert merged(text) is None


def limited(text: str, kind: type = AddColumn, runner: str = "", path: str = "db/2_x.sql") -> str | None:
    """The text with a limit for the first change of a kind."""
    texts: Texts = {path: text}
    project = project_of(texts, runner)
    step = next(one for one in steps_of(project) if isinstance(one.change, kind))
    remedy = limit_waiting(step)
    return with_changes(texts, remedy.plan.changes(project))[path] if remedy else None


SESSION = "SET lock_timeout = '2s';\n"
LOCAL = "SET LOCAL lock_timeout = '2s';\n"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (ADD, SESSION + ADD),
        (f"-- What for.\n{ADD}", f"{SESSION}-- What for.\n{ADD}"),
        (f"-- A file.\n\n{ADD.lower()}", f"-- A file.\n\n{SESSION.lower()}{ADD.lower()}"),
        (f"SELECT 1;\n{ADD}", f"{SESSION}SELECT 1;\n{ADD}"),
        (f"BEGIN;\n\n{ADD}COMMIT;\n", f"BEGIN;\n{LOCAL}\n{ADD}COMMIT;\n"),
        (f"BEGIN; SELECT 1; {ADD}COMMIT;\n", f"BEGIN;\n{LOCAL}SELECT 1; {ADD}COMMIT;\n"),
        (f"BEGIN;\nSELECT 1;\nCOMMIT;\n{ADD}", f"BEGIN;\nSELECT 1;\nCOMMIT;\n{SESSION}{ADD}"),
        (f"-- +goose Up\n{ADD}-- +goose Down\n", f"-- +goose Up\n{LOCAL}{ADD}-- +goose Down\n"),
        (
            f"-- +goose NO TRANSACTION\n-- +goose Up\n{ADD}",
            f"-- +goose NO TRANSACTION\n-- +goose Up\n{SESSION}{ADD}",
        ),
        (
            f"-- +goose Up\n-- +goose StatementBegin\n{ADD}-- +goose StatementEnd\n",
            f"-- +goose Up\n{LOCAL}-- +goose StatementBegin\n{ADD}-- +goose StatementEnd\n",
        ),
        (f"-- migrate:up\n\n{ADD}", f"-- migrate:up\n\n{LOCAL}{ADD}"),
        (f"-- depends: 1\n{ADD}", f"-- depends: 1\n{LOCAL}{ADD}"),
        (
            f"-- liquibase formatted sql\n-- changeset a:1\nSELECT 1;\n-- changeset a:2\n{ADD}",
            f"-- liquibase formatted sql\n-- changeset a:1\nSELECT 1;\n-- changeset a:2\n{LOCAL}{ADD}",
        ),
        (SESSION + ADD, None),
    ],
)
def test_a_limit_stands_where_the_transaction_begins(text: str, after: str | None):
    assert limited(text) == after


def test_a_text_that_is_sent_as_a_whole_becomes_a_transaction_with_a_limit():
    assert limited(ADD, path="db/1_x.up.sql") == LOCAL + ADD
    index = "CREATE INDEX CONCURRENTLY a ON orders (id);\n"
    assert limited(index, AddIndex, path="db/1_x.up.sql") is None
    assert limited(index, AddIndex, path="V1__x.sql") is None
    assert limited(index, AddIndex) == SESSION + index


def test_settings_say_whether_the_limit_is_local():
    assert limited(ADD, runner="psql-single-transaction") == LOCAL + ADD
    drop = "ALTER TABLE orders ALTER a DROP NOT NULL;\n"
    assert limited(drop, AlterColumn, "psql", "V1__x.sql") == SESSION + drop
