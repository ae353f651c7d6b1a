"""What becomes of .sql migrations when a safe sequence is put in the place of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend_architect.engine.remedies import UnwritableError
from backend_architect.migrations import sequences
from backend_architect.migrations.phases import Phase
from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.sql_writer import SqlMigrations
from backend_architect.migrations.walking import steps_of
from backend_architect.schema import actions, changes
from project_texts import Texts, project_of, with_changes

if TYPE_CHECKING:
    from backend_architect.engine.project import Project
    from backend_architect.engine.remedies import Changes
    from backend_architect.migrations.walking import MigrationStep

TABLE = """\
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, number text NOT NULL, total integer);
"""
INIT = {"db/0001_init.sql": TABLE}
INVALID = (
    "-- If this fails, drop the INVALID index that it leaves before the next try,\n"
    "-- because IF NOT EXISTS would keep that one.\n"
)
WHY = "-- Reads all rows, while others read and write.\n"
KEY = "ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (customer_id) REFERENCES customers (id)"
INDEX = "CREATE INDEX orders_total_idx ON orders (total)"
BESIDE = f"{INVALID}CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_total_idx ON orders (total)"
UNIQUE = "ALTER TABLE orders ADD CONSTRAINT one_number UNIQUE (number)"
BUILT = f"{INVALID}CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS one_number ON orders (number);\n"
USED = "ALTER TABLE orders ADD CONSTRAINT one_number UNIQUE USING INDEX one_number"
NULLABLE = "ALTER TABLE orders ALTER COLUMN customer_id DROP NOT NULL;\n"
REQUIRED = "ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;\n"
GOOSE = {"db/00001_init.sql": f"-- +goose Up\n{TABLE}\n-- +goose Down\nDROP TABLE orders;\n"}
GOLANG = {"db/000001_init.up.sql": TABLE, "db/000001_init.down.sql": "DROP TABLE orders;\n"}


def sequence_of(change: object) -> tuple[Phase, ...]:
    """The safe sequence for a change."""
    match change:
        case changes.AddIndex(index=index) if index.kind != "index":
            return sequences.through_index(change)
        case changes.AddIndex() | changes.DropIndex() | changes.DetachPartition() | actions.Rebuild():
            return sequences.beside_writes(change)
        case changes.AddForeignKey():
            return sequences.foreign_key(change)
        case changes.AddCheck():
            return sequences.check(change)
        case changes.AlterColumn():
            return sequences.not_null(change)
        case changes.AddColumn(column=column) if column.default:
            return sequences.default_later(change)
        case changes.AddColumn():
            return sequences.nullable_first(change)
        case changes.ValidateConstraint():
            return sequences.validated_later(change)
        case actions.WriteRows():
            return sequences.apart(change)
        case _:
            raise AssertionError(change)


def found(texts: Texts, kind: type, runner: str = "") -> tuple[Project, MigrationStep]:
    """The first change of a kind to something that is there already."""
    project = project_of(texts, runner)
    for step in steps_of(project):
        if isinstance(step.change, kind) and not step.is_new(getattr(step.change, "table", None) or ""):
            return project, step
    raise AssertionError(f"no {kind.__name__}")


def changed(texts: Texts, kind: type, runner: str = "") -> Changes:
    """What the remedy does."""
    project, step = found(texts, kind, runner)
    remedy = rewrite("", step, sequence_of(step.change))
    assert remedy is not None
    return remedy.plan.changes(project)


def written(texts: Texts, kind: type, runner: str = "") -> Texts:
    """The files that are others, or new; times in their names are 2."""
    after = with_changes(texts, changed(texts, kind, runner))
    return {path: text for path, text in after.items() if texts.get(path) != text}


def refusal(texts: Texts, kind: type, runner: str = "") -> str:
    """Why it is not written; then it is not offered either."""
    _, step = found(texts, kind, runner)
    assert rewrite("", step, sequence_of(step.change)) is None
    with pytest.raises(UnwritableError) as error:
        SqlMigrations().write(step, (step.change,), sequence_of(step.change))
    return str(error.value)


def alone(text: str, kind: type) -> str:
    """A migration whose statements run each by itself, with the safe sequence."""
    (after,) = written({**INIT, "db/0002_x.sql": text}, kind).values()
    return after


@pytest.mark.parametrize(
    ("kind", "text", "after"),
    [
        (changes.AddIndex, f"{INDEX};\n", f"{BESIDE};\n"),
        (
            changes.AddIndex,
            "create unique index on orders (total) where total > 0;\n",
            "create unique index concurrently on orders (total) where total > 0;\n",
        ),
        (
            changes.AddIndex,
            '  CREATE INDEX IF NOT EXISTS "Mine" /* why */ ON ONLY public.orders USING gin (number);',
            "  "
            + INVALID.replace("\n", "\n  ")
            + 'CREATE INDEX CONCURRENTLY IF NOT EXISTS "Mine" /* why */ ON ONLY public.orders'
            + " USING gin (number);",
        ),
        (changes.DropIndex, "DROP INDEX IF EXISTS a;\n", "DROP INDEX CONCURRENTLY IF EXISTS a;\n"),
        (actions.Rebuild, "reindex index a;\n", "reindex index concurrently a;\n"),
        (
            actions.Rebuild,
            "REFRESH MATERIALIZED VIEW sums;\n",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY sums;\n",
        ),
        (
            changes.DetachPartition,
            "ALTER TABLE events DETACH PARTITION events_1;\n",
            "ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY;\n",
        ),
        (
            changes.AddForeignKey,
            f"{KEY}; -- who\n\nSELECT 1;\n",
            f"{KEY} NOT VALID; -- who\n\n{WHY}ALTER TABLE orders VALIDATE CONSTRAINT buyer;\n\nSELECT 1;\n",
        ),
        (
            changes.AddForeignKey,
            "alter table only orders add foreign key (customer_id) references customers;\n",
            (
                "alter table only orders add constraint orders_customer_id_fkey foreign key (customer_id)"
                f" references customers not valid;\n\n{WHY}"
                "alter table only orders validate constraint orders_customer_id_fkey;\n"
            ),
        ),
        (
            changes.AddForeignKey,
            (
                "ALTER TABLE orders\n    ADD note text, -- a note\n"
                "    ADD CONSTRAINT k FOREIGN KEY (customer_id) REFERENCES customers, -- who\n"
                "    ADD place text;\n"
            ),
            (
                "ALTER TABLE orders\n    ADD note text, -- a note\n"
                "    ADD CONSTRAINT k FOREIGN KEY (customer_id) REFERENCES customers NOT VALID, -- who\n"
                f"    ADD place text;\n\n{WHY}ALTER TABLE orders VALIDATE CONSTRAINT k;\n"
            ),
        ),
        (
            changes.AddForeignKey,
            'ALTER TABLE orders ADD COLUMN "Other" int NULL CONSTRAINT k REFERENCES customers DEFAULT 3;\n',
            (
                'ALTER TABLE orders ADD COLUMN "Other" int NULL DEFAULT 3;\n'
                'ALTER TABLE orders ADD CONSTRAINT k FOREIGN KEY ("Other")'
                f" REFERENCES customers NOT VALID;\n\n{WHY}ALTER TABLE orders VALIDATE CONSTRAINT k;\n"
            ),
        ),
        (
            changes.AddCheck,
            "ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 0)",
            (
                f"ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 0) NOT VALID;\n\n{WHY}"
                "ALTER TABLE orders VALIDATE CONSTRAINT c;"
            ),
        ),
        (
            changes.AlterColumn,
            REQUIRED,
            (
                "ALTER TABLE orders ADD CONSTRAINT orders_customer_id_not_null"
                f" CHECK (customer_id IS NOT NULL) NOT VALID;\n\n{WHY}"
                f"ALTER TABLE orders VALIDATE CONSTRAINT orders_customer_id_not_null;\n\n{REQUIRED}"
                "ALTER TABLE orders DROP CONSTRAINT orders_customer_id_not_null;\n"
            ),
        ),
        (changes.AddIndex, f"{UNIQUE};\n", f"{BUILT}\n{USED};\n"),
        (
            changes.AddIndex,
            (
                "ALTER TABLE orders ADD a int, -- first\n"
                "    ADD CONSTRAINT k UNIQUE NULLS NOT DISTINCT (number, total) INCLUDE (id) DEFERRABLE"
                " -- last\n;\n"
            ),
            (
                f"ALTER TABLE orders ADD a int -- last\n;\n\n-- first\n{INVALID}"
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS k ON orders (number, total) INCLUDE (id)"
                " NULLS NOT DISTINCT;\n\n"
                "ALTER TABLE orders ADD CONSTRAINT k UNIQUE USING INDEX k DEFERRABLE;\n"
            ),
        ),
        (
            changes.AddIndex,
            'ALTER TABLE "public"."orders" ADD slug text UNIQUE; SELECT 1; SELECT 2;\n',
            (
                f'ALTER TABLE "public"."orders" ADD slug text;\n\n{INVALID}'
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS orders_slug_key ON"
                ' "public"."orders" (slug);\n\n'
                'ALTER TABLE "public"."orders" ADD CONSTRAINT orders_slug_key'
                " UNIQUE USING INDEX orders_slug_key;\n"
                "SELECT 1; SELECT 2;\n"
            ),
        ),
        (
            changes.AddColumn,
            "ALTER TABLE orders ADD COLUMN slug text NOT NULL CHECK (slug <> ''), ADD b int;\n",
            "ALTER TABLE orders ADD COLUMN slug text CHECK (slug <> ''), ADD b int;\n",
        ),
        (
            changes.AddColumn,
            "ALTER TABLE orders ADD slug uuid DEFAULT Gen_random_uuid() NOT NULL;\n",
            (
                "ALTER TABLE orders ADD slug uuid;\n"
                "ALTER TABLE orders ALTER COLUMN slug SET DEFAULT Gen_random_uuid();\n"
            ),
        ),
    ],
)
def test_statements_that_run_alone_are_changed_in_place(kind: type, text: str, after: str):
    assert alone(text, kind) == after


def test_line_ends_are_those_of_the_file():
    text = f"{KEY};\r\nSELECT 1;\r\n"
    after = alone(text, changes.AddForeignKey)
    assert after.count("\n") == after.count("\r\n") == 6


@pytest.mark.parametrize(
    ("kind", "text", "after"),
    [
        (
            changes.AddForeignKey,
            f"BEGIN;\n{KEY};\nALTER TABLE orders ADD a int;\nCOMMIT;\nSELECT 1;\n",
            (
                f"BEGIN;\n{KEY} NOT VALID;\nALTER TABLE orders ADD a int;\nCOMMIT;\n\n{WHY}"
                "ALTER TABLE orders VALIDATE CONSTRAINT buyer;\n\nSELECT 1;\n"
            ),
        ),
        (
            changes.AddIndex,
            (
                f"begin;\nset local lock_timeout = '1s';\nalter table orders add a int;\n\n"
                f"-- For sums.\n{INDEX.lower()};\ncommit;\n"
            ),
            (
                "begin;\nset local lock_timeout = '1s';\nalter table orders add a int;\n\ncommit;\n"
                "\n-- For sums.\n"
                f"set lock_timeout = '1s';\n\n{INVALID}"
                "create index concurrently if not exists orders_total_idx on orders (total);\n"
            ),
        ),
        (
            changes.AddIndex,
            f"BEGIN;\nSET LOCAL lock_timeout = '1s';\n{INDEX};\nCOMMIT;\n",
            f"SET lock_timeout = '1s';\n{BESIDE};\n",
        ),
        (
            changes.AddIndex,
            f"BEGIN;\nALTER TABLE orders ADD a int;\n{UNIQUE};\nALTER TABLE orders DROP number;\nCOMMIT;\n",
            (
                f"BEGIN;\nALTER TABLE orders ADD a int;\nCOMMIT;\n\n{BUILT}\n{USED};\n\n"
                "BEGIN;\nALTER TABLE orders DROP number;\nCOMMIT;\n"
            ),
        ),
        (
            changes.AddIndex,
            f"BEGIN;\n{UNIQUE};\nALTER TABLE orders DROP number;\nCOMMIT;\n",
            f"{BUILT}\n{USED};\n\nBEGIN;\nALTER TABLE orders DROP number;\nCOMMIT;\n",
        ),
        (
            actions.WriteRows,
            "BEGIN;\nALTER TABLE orders ADD a int;\nUPDATE orders SET a = total;\nCOMMIT;\n",
            "BEGIN;\nALTER TABLE orders ADD a int;\nCOMMIT;\n\nUPDATE orders SET a = total;\n",
        ),
    ],
)
def test_what_needs_another_transaction_leaves_that_of_the_file(kind: type, text: str, after: str):
    assert alone(text, kind) == after


ADDED = "ALTER TABLE orders ADD a int;\n"
NOT_YET = (
    "ALTER TABLE orders ADD CONSTRAINT orders_customer_id_not_null"
    " CHECK (customer_id IS NOT NULL) NOT VALID;\n"
)
NO_MORE = "ALTER TABLE orders DROP CONSTRAINT orders_customer_id_not_null;\n"
VALIDATED = "ALTER TABLE orders VALIDATE CONSTRAINT orders_customer_id_not_null;\n"


def goose(up: str, down: str, head: str = "") -> str:
    """A migration of goose."""
    return f"{head}-- +goose Up\n{up}\n-- +goose Down\n{down}"


def test_the_phase_behind_goes_to_a_new_migration_with_what_undoes_it():
    texts = {**GOOSE, "db/00002_x.sql": goose(ADDED + REQUIRED, f"{NULLABLE}ALTER TABLE orders DROP a;\n")}
    assert written(texts, changes.AlterColumn) == {
        "db/00002_x.sql": goose(ADDED + NOT_YET, f"{NO_MORE}ALTER TABLE orders DROP a;\n"),
        "db/00003_validate_orders_customer_id_not_null.sql": goose(
            WHY + VALIDATED + "\n" + REQUIRED + NO_MORE, NOT_YET + NULLABLE
        ),
    }


def test_what_runs_outside_of_transactions_goes_to_a_migration_without_one():
    up = f"SET LOCAL lock_timeout = '1s';\n{ADDED}\n-- For sums.\n{INDEX};\n"
    texts = {
        **GOOSE,
        "db/00002_x.sql": goose(up, "DROP INDEX orders_total_idx;\nALTER TABLE orders DROP a;\n"),
    }
    assert written(texts, changes.AddIndex) == {
        "db/00002_x.sql": goose(f"SET LOCAL lock_timeout = '1s';\n{ADDED}", "ALTER TABLE orders DROP a;\n"),
        "db/00003_add_orders_total_idx.sql": goose(
            f"SET lock_timeout = '1s';\n\n-- For sums.\n{BESIDE};\n",
            "DROP INDEX CONCURRENTLY orders_total_idx;\n",
            "-- +goose NO TRANSACTION\n",
        ),
    }


def test_a_migration_that_does_nothing_else_is_made_one_without_a_transaction():
    texts = {**GOOSE, "db/00002_x.sql": goose(f"{UNIQUE};\n", "DROP INDEX one_number;\n")}
    after = goose(f"{BUILT}\n{USED};\n", "DROP INDEX one_number;\n", "-- +goose NO TRANSACTION\n")
    assert written(texts, changes.AddIndex) == {"db/00002_x.sql": after}


@pytest.mark.parametrize(
    ("path", "before", "after", "others"),
    [
        ("db/2_x.sql", "-- +migrate Up\n{}", "-- +migrate Up notransaction\n{}", {}),
        ("db/2_x.sql", "-- migrate:up\n{}", "-- migrate:up transaction:false\n{}", {}),
        ("db/2_x.sql", "{}", "-- no-transaction\n{}", {"Cargo.toml": 'sqlx = "0.8"'}),
        ("db/2_x.sql", "{}", "-- atlas:txmode none\n\n{}", {"db/atlas.sum": "h1:"}),
        ("db/2_x.sql", "-- depends: 1\n\n{}", "-- transactional: false\n-- depends: 1\n\n{}", {}),
        ("V2__x.sql", "{}", "{}", {}),
        ("db/2_x/up.sql", "{}", "{}", {"Cargo.toml": 'diesel = "2"'}),
        ("db/2_x.up.sql", "{}", "{}", {}),
        ("prisma/migrations/20240131120000_x/migration.sql", "{}", "{}", {}),
    ],
)
def test_each_tool_is_told_in_its_way(path: str, before: str, after: str, others: Texts):
    texts = {**others, path: before.format(f"{INDEX};\n")}
    told = {"db/2_x/metadata.toml": "run_in_transaction = false\n"} if path.endswith("2_x/up.sql") else {}
    assert written(texts, changes.AddIndex) == {path: after.format(f"{BESIDE};\n"), **told}


def test_flyway_is_told_where_it_would_not_find_out_itself():
    texts = {"V2__x.sql": f"SET lock_timeout = '1s';\n{INDEX};\n"}
    changes_ = changed(texts, changes.AddIndex)
    assert [one.path for one in changes_.creates] == ["V2__x.sql.conf"]
    assert "transactional.lock" in changes_.notes[0]
    texts["V2__x.sql.conf"] = "encoding=UTF-8"
    assert (
        written(texts, changes.AddIndex)["V2__x.sql.conf"] == "encoding=UTF-8\nexecuteInTransaction=false\n"
    )


def test_what_is_sent_as_one_text_has_one_statement_that_runs_alone():
    texts = {**GOLANG, "db/000002_x.up.sql": f"{UNIQUE};\n"}
    texts["db/000002_x.down.sql"] = "ALTER TABLE orders DROP CONSTRAINT one_number;\n"
    assert written(texts, changes.AddIndex) == {
        "db/000002_x.up.sql": BUILT,
        "db/000002_x.down.sql": "-- Nothing to undo.\n",
        "db/000003_use_one_number.up.sql": f"{USED};\n",
        "db/000003_use_one_number.down.sql": "ALTER TABLE orders DROP CONSTRAINT one_number;\n",
    }
    texts["db/000002_x.up.sql"] = f"{ADDED}{UNIQUE};\n"
    after = written(texts, changes.AddIndex)
    assert after["db/000003_add_one_number.up.sql"] == BUILT
    assert after["db/000003_add_one_number.down.sql"] == "DROP INDEX CONCURRENTLY IF EXISTS one_number;\n"
    assert after["db/000004_use_one_number.up.sql"] == f"{USED};\n"


def test_begin_and_commit_around_the_only_statement_go():
    texts = {**GOLANG, "db/000002_x.up.sql": f"BEGIN;\n{INDEX};\nCOMMIT;\n"}
    assert written(texts, changes.AddIndex) == {"db/000002_x.up.sql": f"{BESIDE};\n"}


def test_a_tool_that_sends_what_runs_alone_as_a_whole_gets_one_statement_a_file():
    texts = {"db/20990131120000_x.sql": f"-- migrate:up\n{UNIQUE};\n\n-- migrate:down\n"}
    assert written(texts, changes.AddIndex) == {
        "db/20990131120000_x.sql": f"-- migrate:up transaction:false\n{BUILT}\n-- migrate:down\n",
        "db/20990131120001_use_one_number.sql": f"-- migrate:up\n{USED};\n\n-- migrate:down\n"
        "ALTER TABLE orders DROP CONSTRAINT one_number;\n",
    }


def test_a_text_that_is_sent_as_a_whole_is_not_given_a_second_statement():
    up = "ALTER TABLE orders ADD a int, VALIDATE CONSTRAINT c;\n"
    after = written({**GOLANG, "db/000002_x.up.sql": up}, changes.ValidateConstraint)
    assert after["db/000002_x.up.sql"] == "ALTER TABLE orders ADD a int;\n"
    assert after["db/000003_validate_c.up.sql"] == f"{WHY}ALTER TABLE orders VALIDATE CONSTRAINT c;\n"


def test_what_no_transaction_may_contain_is_taken_out_of_one():
    index = "CREATE INDEX CONCURRENTLY a ON orders (total);\n"
    for up, after in (
        (index, {"db/00002_x.sql": goose(index, "", "-- +goose NO TRANSACTION\n")}),
        (
            ADDED + index,
            {
                "db/00002_x.sql": goose(ADDED, ""),
                "db/00003_add_a.sql": goose(
                    index, "DROP INDEX CONCURRENTLY IF EXISTS a;\n", "-- +goose NO TRANSACTION\n"
                ),
            },
        ),
    ):
        texts = {**GOOSE, "db/00002_x.sql": goose(up, "")}
        project, step = found(texts, changes.AddIndex)
        remedy = rewrite("", step, (Phase((step.change,), "none"),))
        assert remedy is not None
        changed_ = with_changes(texts, remedy.plan.changes(project))
        assert {path: text for path, text in changed_.items() if texts.get(path) != text} == after


def test_settings_say_that_psql_makes_a_transaction():
    texts = {**INIT, "db/0002_x.sql": f"{KEY};\n"}
    assert set(written(texts, changes.AddForeignKey, "psql-single-transaction")) == {
        "db/0002_x.sql",
        "db/0003_validate_buyer.sql",
    }
    texts["db/0002_x.sql"] = f"{INDEX};\n"
    reason = refusal(texts, changes.AddIndex, "psql-single-transaction")
    assert reason == "psql --single-transaction runs every migration in a transaction"


LIQUIBASE = "-- liquibase formatted sql\n-- changeset a:1\n"


@pytest.mark.parametrize(
    ("kind", "texts", "reason"),
    [
        (
            changes.AddIndex,
            {"db/2_x.sql": f"{LIQUIBASE}{INDEX};\n"},
            "a changeset of Liquibase has an author, and a changelog that names its file",
        ),
        (
            changes.AddIndex,
            {"supabase/migrations/20240131120000_x.sql": f"{INDEX};\n"},
            "The CLI of Supabase before 2.109 runs every migration in a transaction",
        ),
        (
            changes.AddIndex,
            {**GOOSE, "db/00002_x.sql": goose(f"{UNIQUE};\n{KEY.replace('customers', 'orders')};\n", "")},
            "line 3 of db/00002_x.sql may need it, and would run before it",
        ),
        (
            changes.AddIndex,
            {
                **GOOSE,
                "db/00002_x.sql": goose(f"{ADDED}{INDEX};\n", ""),
                "db/00003_y.sql": goose("COMMENT ON INDEX orders_total_idx IS 'x';\nDROP VIEW v;\n", ""),
            },
            "a later statement speaks of orders_total_idx, and would run before it",
        ),
        (
            changes.AddIndex,
            {
                **GOOSE,
                "db/00002_x.sql": goose(
                    f"{ADDED}{INDEX};\n", "ALTER INDEX orders_total_idx RENAME TO b;\nDROP INDEX b;\n"
                ),
            },
            "what undoes the migration is to be changed by hand: it does more with orders_total_idx",
        ),
        (
            changes.AddIndex,
            {"db/1_x.sql": f"-- +goose Up\n-- +goose StatementBegin\n{ADDED}{INDEX};\n"},
            "it stands in a block that is sent as one statement",
        ),
        (
            changes.AddIndex,
            {**INIT, "db/2_x.sql": "DO $$ BEGIN CREATE INDEX a ON orders (total); END $$;\n"},
            "it stands in a DO block",
        ),
        (
            changes.DropIndex,
            {"db/2_x.sql": "DROP INDEX a, b;\n"},
            "DROP INDEX CONCURRENTLY takes one name, and no CASCADE",
        ),
        (
            changes.AddIndex,
            {"db/2_x.sql": "ALTER TABLE orders ADD UNIQUE (total) WITH (fillfactor = 50);\n"},
            "the constraint says how its index is kept",
        ),
        (
            changes.AddIndex,
            {**INIT, "db/2_x.sql": "ALTER TABLE orders ADD PRIMARY KEY (total);\n"},
            "a column of the key may be NULL: all rows would be read for that",
        ),
        (
            changes.AddIndex,
            {
                "db/1_x.sql": "CREATE TABLE orders (id bigint) PARTITION BY HASH (id);\n",
                "db/2_x.sql": "CREATE INDEX a ON orders (id);\n",
            },
            "a partitioned table can only be changed as a whole",
        ),
        (
            changes.AddForeignKey,
            {"db/2_x.sql": f"ALTER TABLE orders /* us */ {KEY.removeprefix('ALTER TABLE orders ')};\n"},
            "a comment stands between ALTER TABLE and what is done",
        ),
    ],
)
def test_it_refuses_where_it_is_not_sure(kind: type, texts: Texts, reason: str):
    assert refusal(texts, kind) == reason


def test_a_statement_that_has_changed_meanwhile_is_left_alone():
    texts = {**INIT, "db/0002_x.sql": f"{INDEX};\n"}
    project, step = found(texts, changes.AddIndex)
    remedy = rewrite("", step, sequence_of(step.change))
    assert remedy is not None
    texts["db/0002_x.sql"] = f"SELECT 1;\n{INDEX};\n"
    with pytest.raises(UnwritableError, match="changed meanwhile"):
        remedy.plan.changes(project_of(texts))
    assert project.histories
