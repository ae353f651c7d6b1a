"""Which indexes queries lack, and what is said about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend_architect.advice.duplicates import covered_indexes, duplicate_indexes
from backend_architect.advice.lookups import mark_seeded, seeded_tables
from backend_architect.advice.parents import foreign_keys_without_index
from backend_architect.advice.workspace import advise, asks
from backend_architect.queries.reading import statements_of
from backend_architect.schema.applying import apply
from backend_architect.schema.ddl import changes_of_sql
from backend_architect.schema.model import Schema

if TYPE_CHECKING:
    from backend_architect.advice.advice import Advice

USERS = """
CREATE TABLE users (
    id bigint PRIMARY KEY, tenant_id bigint, email text, name text, state text, active boolean, born date,
    created_at timestamptz, deleted_at timestamptz, sent_at timestamptz, data jsonb, tags text[]
);
CREATE TABLE orders (
    id bigint PRIMARY KEY, user_id bigint REFERENCES users (id) ON DELETE CASCADE, number text,
    created_at timestamptz
);
CREATE TABLE lines (id bigint PRIMARY KEY, order_id bigint REFERENCES orders (id), sku text);
"""


def schema_of(ddl: str) -> Schema:
    schema = Schema()
    for step in changes_of_sql(ddl, "postgres", "schema.sql"):
        apply(schema, step)
    return schema


def advised(queries: str, ddl: str = "") -> list[Advice]:
    return advise(statements_of("q.sql", queries, "postgres"), [schema_of(USERS + ddl)])


def columns(queries: str, ddl: str = "") -> list[tuple[str, ...]]:
    return [one.columns for one in advised(queries, ddl)]


class TestMerging:
    def test_one_index_serves_what_its_first_columns_serve(self):
        (advice,) = advised(
            "SELECT * FROM users WHERE email = 'a';\n"
            "SELECT * FROM users WHERE email = 'b' AND name = 'c';\n"
            "SELECT * FROM users WHERE email = 'b' ORDER BY created_at LIMIT 5;"
        )
        assert advice.columns[0] == "email"
        assert [origin.line for origin in advice.queries] == [1, 2, 3]

    def test_equal_columns_are_put_in_the_order_that_serves_most(self):
        found = columns(
            "SELECT * FROM users WHERE email = 'a' AND name = 'b';SELECT * FROM users WHERE name = 'c';"
        )
        assert found == [("name", "email")]

    def test_a_full_index_serves_the_queries_of_a_partial_one(self):
        (advice,) = advised(
            "SELECT * FROM users WHERE email = 'a' AND deleted_at IS NULL;"
            "SELECT * FROM users WHERE email = 'b'"
        )
        assert (advice.columns, advice.where) == (("email",), "")

    def test_different_columns_stay_different_indexes(self):
        assert columns("SELECT * FROM users WHERE email = 'a';SELECT * FROM users WHERE name = 'b'") == [
            ("email",),
            ("name",),
        ]


class TestCoverage:
    @pytest.mark.parametrize(
        "index",
        [
            "(email)",
            "(email, name)",
            "(email) INCLUDE (name)",
            "(email) WHERE deleted_at IS NULL",
            "(email) WHERE active",
            "(email) WHERE state <> 'gone'",
            "(email) WHERE state IN ('new', 'paid')",
            "(email) WHERE email IS NOT NULL",
            "USING hash (email)",
            "(deleted_at, email)",
        ],
    )
    def test_an_index_that_finds_the_rows_is_enough(self, index: str):
        query = "SELECT * FROM users WHERE email = %s AND deleted_at IS NULL AND active AND state = 'new'"
        assert columns(query, f"CREATE INDEX ON users {index};") == []

    @pytest.mark.parametrize(
        "index",
        [
            "(name, email)",
            "(lower(email))",
            "(email) WHERE deleted_at IS NOT NULL",
            "(email) WHERE NOT active",
            "(email) WHERE state = 'paid'",
            "(state)",
            "(active)",
            "USING gin (email gin_trgm_ops)",
        ],
    )
    def test_an_index_that_does_not_is_not(self, index: str):
        query = "SELECT * FROM users WHERE email = %s AND deleted_at IS NULL AND active AND state = 'new'"
        assert len(columns(query, f"CREATE INDEX ON users {index};")) == 1

    def test_the_program_decides_so_a_partial_index_is_not_implied(self):
        ddl = "CREATE INDEX ON users (email) WHERE state = 'new';"
        assert columns("SELECT * FROM users WHERE email = %s AND state = %s", ddl)

    @pytest.mark.parametrize(
        ("index", "order", "served"),
        [
            ("(created_at)", "created_at", True),
            ("(created_at)", "created_at DESC", True),
            ("(created_at DESC)", "created_at", True),
            ("(created_at)", "created_at DESC NULLS LAST", False),
            ("(created_at DESC NULLS LAST)", "created_at NULLS FIRST", True),
            ("(email, created_at DESC)", "email DESC, created_at", True),
            ("(state, created_at)", "state, created_at DESC", False),
            ("(created_at)", "created_at, id", True),
            ("(email text_pattern_ops)", "email", False),
        ],
    )
    def test_an_order_is_read_forwards_or_backwards(self, index: str, order: str, served: bool):
        query = f"SELECT * FROM users ORDER BY {order} LIMIT 10"
        assert (columns(query, f"CREATE INDEX ON users {index};") == []) is served

    def test_what_nearly_does_it_is_named(self):
        (advice,) = advised(
            "SELECT * FROM users WHERE tenant_id = 5 ORDER BY created_at DESC LIMIT 10",
            "CREATE INDEX users_tenant ON users (tenant_id);",
        )
        assert advice.near == "users_tenant"
        assert "`users_tenant`" in advice.reason
        assert "2 indexes" in advice.reason


class TestForms:
    @pytest.mark.parametrize(
        ("condition", "sql"),
        [
            ("email = 'a'", "CREATE INDEX users_email_idx ON users (email)"),
            ("lower(email) = 'a'", "CREATE INDEX users_lower_email_idx ON users (lower(email))"),
            ("data ->> 'a' = 'b'", "CREATE INDEX users_data_a_idx ON users ((data ->> 'a'))"),
            ("name LIKE 'ab%'", "CREATE INDEX users_name_idx ON users (name text_pattern_ops)"),
            ("name LIKE '%abc%'", "CREATE INDEX users_name_idx ON users USING gin (name gin_trgm_ops)"),
            ("data @> '{}'", "CREATE INDEX users_data_idx ON users USING gin (data jsonb_path_ops)"),
            ("data ? 'a'", "CREATE INDEX users_data_idx ON users USING gin (data)"),
            ("tags @> ARRAY['a']", "CREATE INDEX users_tags_idx ON users USING gin (tags)"),
            (
                "sent_at IS NULL",
                "CREATE INDEX users_sent_at_partial_idx ON users (sent_at) WHERE sent_at IS NULL",
            ),
            (
                "email = 'a' AND deleted_at IS NULL",
                "CREATE INDEX users_email_partial_idx ON users (email) WHERE deleted_at IS NULL",
            ),
        ],
    )
    def test_the_statement_fits_the_condition(self, condition: str, sql: str):
        assert [one.sql for one in advised(f"SELECT * FROM users WHERE {condition}")] == [sql]

    def test_names_that_need_quotes_have_them(self):
        ddl = 'CREATE TABLE "Order" (id bigint PRIMARY KEY, "userId" bigint);'
        (advice,) = advised('SELECT * FROM "Order" WHERE "userId" = 5', ddl)
        assert advice.sql == 'CREATE INDEX order_userid_idx ON "Order" ("userId")'

    def test_the_extension_is_named(self):
        (advice,) = advised("SELECT * FROM users WHERE name ILIKE '%abc%'")
        assert advice.extension == "pg_trgm"
        assert "pg_trgm" in advice.reason

    def test_an_index_that_is_there_needs_only_another_query(self):
        (advice,) = advised(
            "SELECT * FROM users WHERE created_at::date = '2024-05-01'", "CREATE INDEX ON users (created_at);"
        )
        assert advice.sql == ""
        assert advice.rewrite == (
            "SELECT * FROM users WHERE created_at >= CAST('2024-05-01' AS date)"
            " AND created_at < CAST('2024-05-01' AS date) + 1"
        )

    def test_other_databases_get_what_they_have(self):
        schema = schema_of(USERS)
        schema.dialect = "mysql"
        queries = "SELECT * FROM users WHERE email = 'a';SELECT * FROM users WHERE name LIKE '%abc%'"
        assert [one.columns for one in advise(statements_of("q.sql", queries, "mysql"), [schema])] == [
            ("email",)
        ]


class TestLookups:
    COUNTRIES = "CREATE TABLE countries (id bigint PRIMARY KEY, code text, name text);"
    PALETTES = "CREATE TABLE palettes (id bigint PRIMARY KEY, name text);"

    def test_small_lists_need_no_index(self):
        assert columns("SELECT * FROM countries WHERE name = 'x'", self.COUNTRIES) == []

    def test_rows_that_are_written_down_tell_that_a_table_is_a_list(self):
        schema = schema_of(USERS + self.PALETTES)
        query = "SELECT * FROM palettes WHERE name = 'x'"
        statements = statements_of("q.sql", query, "postgres")
        assert len(advise(statements, [schema])) == 1
        mark_seeded(
            [schema], seeded_tables("INSERT INTO palettes (id, name) VALUES (1, 'warm');", "postgres")
        )
        assert advise(statements, [schema]) == []

    def test_tables_that_grow_are_none(self):
        schema = schema_of(USERS)
        mark_seeded([schema], {"users"})
        statements = statements_of("q.sql", "SELECT * FROM users WHERE name = 'x'", "postgres")
        assert len(advise(statements, [schema])) == 1


class TestParents:
    def test_removals_follow_cascades(self):
        found = advised("DELETE FROM users WHERE id = 5")
        assert [(one.table, one.columns) for one in found] == [
            ("lines", ("order_id",)),
            ("orders", ("user_id",)),
        ]
        assert all(one.often for one in found)

    def test_keys_that_change_are_looked_up(self):
        assert columns("UPDATE users SET id = 6 WHERE id = 5") == [("user_id",)]
        assert columns("UPDATE users SET name = 'x' WHERE id = 5") == []

    def test_keys_with_an_index_are_silent(self):
        ddl = "CREATE INDEX ON orders (user_id, number); CREATE INDEX ON lines (order_id);"
        assert columns("DELETE FROM users WHERE id = 5", ddl) == []

    def test_keys_without_an_index(self):
        schema = schema_of(USERS + "CREATE INDEX ON orders (user_id) WHERE number IS NOT NULL;")
        assert [(table.name, key.columns) for table, key in foreign_keys_without_index(schema)] == [
            ("orders", ("user_id",)),
            ("lines", ("order_id",)),
        ]


class TestDuplicates:
    @staticmethod
    def found(ddl: str) -> tuple[list[str], list[str]]:
        table = schema_of(USERS + ddl).tables["users"]
        return [one.name for one, _ in duplicate_indexes(table)], [
            one.name for one, _ in covered_indexes(table)
        ]

    def test_the_same_index_twice(self):
        ddl = "CREATE INDEX a ON users (email, name); CREATE INDEX b ON users (email, name);"
        assert self.found(ddl) == (["b"], [])

    def test_a_constraint_is_kept(self):
        assert self.found("CREATE INDEX a ON users (email); ALTER TABLE users ADD UNIQUE (email);") == (
            ["a"],
            [],
        )

    def test_the_first_columns_of_another(self):
        assert self.found("CREATE INDEX a ON users (email); CREATE INDEX b ON users (email, name);") == (
            [],
            ["a"],
        )

    @pytest.mark.parametrize(
        "other",
        [
            "CREATE INDEX b ON users (name, email);",
            "CREATE INDEX b ON users (email, name) WHERE active;",
            "CREATE INDEX b ON users USING hash (email);",
            "CREATE INDEX b ON users (email text_pattern_ops, name);",
            "CREATE INDEX b ON users (email DESC NULLS LAST, name);",
        ],
    )
    def test_what_does_something_else_is_kept(self, other: str):
        assert self.found(f"CREATE INDEX a ON users (email); {other}") == ([], [])


def test_the_indexes_of_a_table_that_is_made_elsewhere_are_not_known():
    ddl = "ALTER TABLE visits ADD COLUMN page text, ADD COLUMN user_id bigint REFERENCES users (id);"
    assert columns("SELECT * FROM visits WHERE page = 'x'", ddl) == []
    assert all(one.table != "visits" for one in advised("DELETE FROM users WHERE id = 5", ddl))


def test_a_query_that_fits_two_databases_is_nobodys():
    schemas = [schema_of(USERS), schema_of(USERS)]
    assert advise(statements_of("q.sql", "SELECT * FROM users WHERE email = 'a'", "postgres"), schemas) == []


@pytest.mark.parametrize(
    ("path", "asking"),
    [
        ("app/orders.py", True),
        ("q.sql", True),
        ("test_q.py", True),
        ("tests/q.sql", False),
        ("migrations/1.sql", False),
    ],
)
def test_migrations_and_tests_ask_nothing(path: str, asking: bool):
    assert asks(path) is asking


def test_the_latest_of_each_is_found_by_what_it_belongs_to():
    query = "SELECT id, (SELECT max(o.created_at) FROM orders o WHERE o.user_id = u.id) FROM users u"
    assert columns(query) == [("user_id", "created_at DESC")]
    assert columns(query, "CREATE INDEX ON orders (user_id, created_at);") == []


@pytest.mark.parametrize(
    ("condition", "few"), [("name = 'x'", True), ("state = 'new'", False), ("true", False)]
)
def test_rows_of_another_query_are_looked_up_if_they_are_few(condition: str, few: bool):
    query = (
        f"WITH u AS (SELECT name, max(id) AS id FROM users WHERE {condition} GROUP BY name)"
        " SELECT * FROM u JOIN orders o ON o.user_id = u.id"
    )
    assert (("user_id",) in columns(query)) is few


@pytest.mark.parametrize(
    ("condition", "worth"),
    [
        ("created_at > now() - interval '1 day'", True),
        ("created_at > now() - interval '3 years'", False),
        ("created_at > %s", False),
        ("created_at < now()", False),
        ("created_at BETWEEN '2024-01-01' AND '2024-01-03'", True),
        ("created_at BETWEEN '2020-01-01' AND '2024-01-03'", False),
        ("tenant_id BETWEEN 100 AND 105", True),
        ("tenant_id BETWEEN 1 AND 100000", False),
        ("tenant_id > 5", False),
        ("name = ''", False),
        ("state = 'new'", False),
        ("active", False),
        ("deleted_at IS NULL", False),
        ("sent_at IS NULL", True),
        ("sent_at IS NOT NULL", False),
        ("name <> 'x'", False),
    ],
)
def test_an_index_must_leave_most_rows_out(condition: str, worth: bool):
    assert bool(columns(f"SELECT * FROM users WHERE {condition}")) is worth
