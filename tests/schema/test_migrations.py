"""Which files make one schema, in which order, and what of them counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend_architect.schema.assembling import schemas_of
from backend_architect.schema.facts import Facts
from backend_architect.schema.migrations import SqlFile, forward, roots_of, sql_file

if TYPE_CHECKING:
    from backend_architect.schema.model import Schema

A = "CREATE TABLE a (id int PRIMARY KEY);"
B = "ALTER TABLE a ADD COLUMN b int;"


def facts(files: dict[str, str], dialect: str = "postgres") -> list[SqlFile]:
    found = (sql_file(text, dialect, path) for path, text in files.items())
    return [file for file in found if file is not None]


def schemas(files: dict[str, str]) -> list[Schema]:
    return schemas_of(Facts(facts(files)))


def order(*paths: str) -> list[list[str]]:
    """The paths of each root, in the order of their application."""
    files = facts({path: f"CREATE TABLE t{number} (id int);" for number, path in enumerate(paths)})
    return [[file.path for file in root.files] for root in roots_of(files)]


@pytest.mark.parametrize(
    "paths",
    [
        ["m/1_a.sql", "m/2_b.sql", "m/10_c.sql"],
        ["m/0001_a.sql", "m/0002_2fa.sql", "m/0003.sql"],
        ["m/20240101120000_a.sql", "m/20240102000000_b.sql"],
        ["m/2023-12-31-a.sql", "m/2024-01-01-b.sql"],
        ["m/000001_a.up.sql", "m/000002_b.up.sql"],
        [
            "sql/V1__a.sql",
            "sql/V1.1__b.sql",
            "sql/V1_2__c.sql",
            "sql/V2__d.sql",
            "sql/V10__e.sql",
            "sql/R__a.sql",
        ],
        ["m/20240101_a/migration.sql", "m/20240102_b/migration.sql"],
        ["m/2024-01-01-000000_a/up.sql", "m/2024-01-02-000000_b/up.sql"],
        ["sql/v1/001_a.sql", "sql/v1/002_b.sql", "sql/v2/001_c.sql", "sql/v10/001_d.sql"],
        ["m/v1.2.0.sql", "m/v1.10.0.sql"],
        ["m/migration_1.sql", "m/migration_2.sql"],
        ["m/m0001_a.sql", "m/m0002_b.sql"],
    ],
)
def test_order(paths: list[str]) -> None:
    assert order(*reversed(paths)) == [paths]


def test_roots_are_apart() -> None:
    assert order("a/db/1_x.sql", "b/db/1_x.sql", "b/db/2_y.sql") == [
        ["a/db/1_x.sql"],
        ["b/db/1_x.sql", "b/db/2_y.sql"],
    ]


def test_a_baseline_stands_for_what_is_before_it() -> None:
    assert order("V1__a.sql", "V2__b.sql", "B2__all.sql", "V3__c.sql") == [["B2__all.sql", "V3__c.sql"]]


@pytest.mark.parametrize(
    "path",
    ["m/0001_a.down.sql", "m/2024_a/down.sql", "m/U1__a.sql", "m/0001_a.rollback.sql",
     "m/0001_a_down.sql"],
)  # fmt: skip
def test_what_does_not_count(path: str) -> None:
    assert facts({path: A}) == []


def test_a_file_without_ddl_says_nothing() -> None:
    assert (
        facts({"q.sql": "SELECT created FROM orders;", "p.sql": "-- create\nUPDATE t SET alter_ego = 1;"})
        == []
    )


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("-- +goose Up\nA;\n-- +goose Down\nB;\n", {"A"}),
        ("-- migrate:up transaction:false\nA;\n\n-- migrate:down\nB;", {"A"}),
        ("-- +migrate Down\r\nB;\r\n-- +migrate Up notransaction\r\nA;\r\n", {"A"}),
        ("# --- !Ups\nA;\n# --- !Downs\nB;\n", {"A"}),
        ("A;\n-- //@UNDO\nB;\n", {"A"}),
        ("A;\nB;\n", {"A", "B"}),
        ("-- go up and\nA; -- migrate:down\nB;", {"A", "B"}),
    ],
)
def test_sections(text: str, kept: set[str]) -> None:
    found = forward(text)
    assert {letter for letter in "AB" if f"{letter};" in found} == kept
    assert [len(line) for line in found.splitlines()] == [len(line) for line in text.splitlines()]


def test_a_dump_beside_migrations_is_not_applied_to_them() -> None:
    (schema,) = schemas(
        {
            "db/schema.sql": A + "CREATE INDEX old ON a (id);",
            "db/migrations/1_a.sql": A,
            "db/migrations/2_b.sql": B,
        }
    )
    assert schema.sources == ("db/migrations/1_a.sql", "db/migrations/2_b.sql")
    assert list(schema.tables["a"].columns) == ["id", "b"]
    assert [index.name for index in schema.tables["a"].indexes] == ["a_pkey"]


def test_a_dump_helps_migrations_that_begin_late() -> None:
    (schema,) = schemas({
        "db/structure.sql": A + "CREATE TABLE c (id int); CREATE TABLE gone (id int);",
        "db/migrate/7_b.sql": B + "CREATE INDEX a_b ON a (b);",
        "db/migrate/8_d.sql": "DROP TABLE gone;",
    })  # fmt: skip
    assert schema.sources == ("db/structure.sql", "db/migrate/7_b.sql", "db/migrate/8_d.sql")
    assert schema.tables["a"].complete
    assert list(schema.tables["a"].columns) == ["id", "b"]
    assert [index.name for index in schema.tables["a"].indexes] == ["a_pkey", "a_b"]
    assert "c" in schema.tables


def test_a_dump_of_something_else_stands_for_itself() -> None:
    found = schemas({"other/schema.sql": "CREATE TABLE z (id int);", "db/migrations/1_a.sql": A})
    assert [schema.sources for schema in found] == [("db/migrations/1_a.sql",), ("other/schema.sql",)]


def test_files_of_a_folder_are_one_schema() -> None:
    (schema,) = schemas({
        "sql/a_indexes.sql": "CREATE INDEX a_b ON a (b);",
        "sql/tables.sql": "CREATE TABLE a (b int);",
        "sql/views.sql": "CREATE VIEW v AS SELECT 1;",
    })  # fmt: skip
    assert [index.name for index in schema.tables["a"].indexes] == ["a_b"]
    assert list(schema.views) == ["v"]


def test_files_that_create_the_same_table_are_of_different_databases() -> None:
    found = schemas({"schema_one.sql": A, "schema_two.sql": A + "CREATE TABLE b (id int);"})
    assert [schema.sources for schema in found] == [("schema_one.sql",), ("schema_two.sql",)]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("schema_postgres.sql", "schema_mysql.sql"),
        ("m/postgresql/1_a.sql", "m/sqlite/1_a.sql"),
        ("schema.sql", "mysql/schema.sql"),
    ],
)
def test_only_our_kind_of_database_counts(ours: str, theirs: str) -> None:
    assert [schema.sources for schema in schemas({ours: A, theirs: A})] == [(ours,)]
    assert [schema.sources for schema in schemas({theirs: A})] == [(theirs,)]


def test_tests_count_where_there_is_nothing_else() -> None:
    assert [schema.sources for schema in schemas({"tests/schema.sql": A})] == [("tests/schema.sql",)]
    assert [schema.sources for schema in schemas({"tests/schema.sql": A, "db/a.sql": A})] == [("db/a.sql",)]


@pytest.mark.parametrize(
    "path", ["db/seed.sql", "db/seeds/1_a.sql", "app/queries/a.sql", "test_fixtures/a.sql"]
)
def test_seeds_and_queries_count_where_there_is_nothing_else(path: str) -> None:
    assert [schema.sources for schema in schemas({path: A})] == [(path,)]
    assert [schema.sources for schema in schemas({path: A, "db/a.sql": A})] == [("db/a.sql",)]
