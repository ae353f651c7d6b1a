"""Which tools put a SQL migration into a transaction, and what settings say of that."""

from __future__ import annotations

import pytest

from backend_architect.migrations.walking import steps_of
from project_texts import Texts, project_of

TABLE = "CREATE TABLE orders (id bigint PRIMARY KEY);\n"
ONE = "ALTER TABLE orders ADD note text;\n"
INDEX = "CREATE INDEX CONCURRENTLY orders_id_idx ON orders (id);\n"
GOOSE = "-- +goose Up\n{}\n-- +goose Down\nDROP TABLE orders;\n"
MIGRATE = "-- +migrate Up{}\n{}\n-- +migrate Down\nDROP TABLE orders;\n"
DBMATE = "-- migrate:up{}\n{}\n-- migrate:down\nDROP TABLE orders;\n"
CARGO = "Cargo.toml"
HASURA = "hasura/migrations/default/1700000000000_x/up.sql"
PRISMA = "prisma/migrations/20240131120000_x/migration.sql"


def runs(texts: Texts, path: str, runner: str = "") -> list[bool]:
    """Whether each step of a migration runs in a transaction."""
    return [step.in_transaction for step in steps_of(project_of(texts, runner)) if step.script.path == path]


@pytest.mark.parametrize(
    ("path", "text", "others", "expected"),
    [
        ("db/1_a.sql", ONE, {}, False),
        ("db/1_a.sql", GOOSE.format(ONE), {}, True),
        ("db/1_a.sql", "-- +goose NO TRANSACTION\n" + GOOSE.format(ONE), {}, False),
        ("db/1_a.sql", MIGRATE.format("", ONE), {}, True),
        ("db/1_a.sql", MIGRATE.format(" notransaction", ONE), {}, False),
        ("db/1_a.sql", DBMATE.format("", ONE), {}, True),
        ("db/1_a.sql", DBMATE.format(" transaction:false", ONE), {}, False),
        ("db/1_a.sql", DBMATE.format(" transaction:false", ONE + ONE), {}, True),
        ("V1__a.sql", ONE, {}, True),
        ("V1__a.sql", ONE, {"V1__a.sql.conf": "executeInTransaction = false\n"}, False),
        ("V1__a.sql", ONE, {"V1__a.sql.conf": "placeholderReplacement=false\n"}, True),
        ("V1__a.sql", INDEX, {}, False),
        ("V1__a.sql", ONE + INDEX, {}, True),
        ("db/1_a.up.sql", ONE, {}, False),
        ("db/1_a.up.sql", ONE + ONE, {}, True),
        ("db/1_a.up.sql", "SELECT 1;\n" + ONE, {}, True),
        (PRISMA, ONE, {}, False),
        (PRISMA, ONE + ONE, {}, True),
        ("db/1_a.sql", ONE, {CARGO: 'sqlx = "0.8"'}, True),
        ("db/1_a.sql", f"-- no-transaction\n{ONE}", {CARGO: 'sqlx = "0.8"'}, False),
        ("db/1_a.sql", f"-- no-transaction\n{ONE}{ONE}", {CARGO: 'sqlx = "0.8"'}, True),
        ("db/1_a.sql", ONE, {"db/atlas.sum": "h1:"}, True),
        ("db/1_a.sql", f"-- atlas:txmode none\n\n{ONE}", {"db/atlas.sum": "h1:"}, False),
        ("db/1_a.sql", f"-- depends:\n{ONE}", {}, True),
        ("db/1_a.sql", f"-- transactional: false\n-- depends:\n{ONE}", {}, False),
        ("db/1_a/up.sql", ONE, {CARGO: 'diesel = "2"'}, True),
        (
            "db/1_a/up.sql",
            ONE,
            {CARGO: 'diesel = "2"', "db/1_a/metadata.toml": "run_in_transaction = false\n"},
            False,
        ),
        ("db/1.sql", f"-- liquibase formatted sql\n-- changeset a:1\n{ONE}", {}, True),
        (
            "db/1.sql",
            f"-- liquibase formatted sql\n-- changeset a:1 runInTransaction:false\n{ONE}",
            {},
            False,
        ),
        (HASURA, ONE, {}, True),
        ("supabase/migrations/20240131120000_a.sql", ONE, {}, True),
    ],
)
def test_files_and_names_tell_whether_there_is_a_transaction(
    path: str, text: str, others: Texts, expected: bool
):
    found = runs({path: text, **others}, path)
    assert found
    assert set(found) == {expected}


@pytest.mark.parametrize(
    ("runner", "expected"),
    [
        ("", False),
        ("psql", False),
        ("psql-single-transaction", True),
        ("flyway", True),
        ("golang-migrate", False),
        ("supabase", True),
    ],
)
def test_settings_say_what_runs_a_file(runner: str, expected: bool):
    assert runs({"db/1_a.sql": ONE}, "db/1_a.sql", runner) == [expected]


def test_settings_count_more_than_what_a_file_looks_like():
    assert runs({"V1__a.sql": ONE}, "V1__a.sql", "psql") == [False]


def test_statements_begin_and_end_transactions():
    text = f"{ONE}BEGIN;\n{ONE}COMMIT;\n{ONE}"
    assert runs({"db/1_a.sql": text}, "db/1_a.sql") == [False, False, True, True, False]
    assert runs({"db/1_a.sql": text}, "db/1_a.sql", "psql-single-transaction") == [
        *(True, True, True, True),
        False,
    ]
