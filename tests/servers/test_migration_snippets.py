"""Migrations that snippets write, on a table that a program reads and writes all the time."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import psycopg
import pytest
from migrating import ROWS, MigrationError, blocking_scans, filled_shop, in_use, project, reading_log
from migration_cases import CASES, Case
from tests.snippets.running import text_of

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from migrating import Shop

FRAMEWORKS = ["sql", "alembic", "django"]
BESIDE = "-c application_name=beside"
SCANS = "VALIDATE|CONCURRENTLY|REFRESH|CREATE MATERIALIZED|WITH "


FILLS = (
    "ALTER TABLE orders ADD COLUMN remark text",
    "CREATE TABLE fills (id bigint)",
    """
    CREATE FUNCTION note_fill() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO fills VALUES (NEW.id); RETURN NULL; END'
    """,
    "CREATE TRIGGER note_fill AFTER UPDATE OF remark ON orders FOR EACH ROW EXECUTE FUNCTION note_fill()",
)
"""Each time that a row is filled is written down."""

KILL = """
SELECT bool_and(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND application_name <> 'beside' AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="module")
def shop(postgres: str) -> Generator[Shop]:
    """Gives databases of their own with all rows in them."""
    with filled_shop(postgres) as copy:
        yield copy


def asked(conninfo: str, question: str) -> object:
    """The only value that a query gives."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        ((value,),) = connection.execute(question.encode()).fetchall()
    return value


def do(conninfo: str, *statements: str) -> None:
    """Run statements, each in a transaction of its own."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def wait_for(conninfo: str, question: str) -> None:
    """Wait until a query gives true; a table that it asks may not be there yet."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if asked(conninfo, question):
                return
        except (psycopg.errors.UndefinedTable, ValueError):
            pass
        time.sleep(0.02)
    pytest.fail(f"this does not become true: {question}")


def prepare(conninfo: str, case: Case) -> None:
    """Make what is there before the migration."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(case.before.encode())
        for name in case.left:
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON orders (status)".encode())


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.snippet)
def test_a_migration_blocks_nobody(shop: Shop, tmp_path: Path, case: Case, framework: str):
    with shop() as conninfo:
        prepare(conninfo, case)
        with (
            project(framework, conninfo, tmp_path, case.snippet, case.edits.get(framework)) as one,
            reading_log(conninfo) as log,
            in_use(conninfo) as seen,
        ):
            one.up()
            assert asked(conninfo, case.after) is True
            if case.back:
                one.down()
                assert asked(conninfo, case.back) is True
            else:
                with pytest.raises(MigrationError, match=r"way back|NotImplementedError|IrreversibleError"):
                    one.down()
                assert asked(conninfo, case.after) is True
        assert seen.longest < 2, "lock_timeout"
        assert seen.held_while(SCANS) == []
        assert list(blocking_scans(log[0])) == []
        assert asked(conninfo, "SELECT count(*) FROM orders") == ROWS + seen.rows


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_an_index_waits_for_old_transactions_while_others_write(shop: Shop, tmp_path: Path, framework: str):
    with (
        shop() as conninfo,
        psycopg.connect(conninfo, options=BESIDE) as old,
        project(framework, conninfo, tmp_path, "concurrent-index") as one,
        in_use(conninfo) as seen,
        ThreadPoolExecutor() as pool,
    ):
        old.execute("INSERT INTO orders (tenant_id, status) VALUES (1, 'new')")
        migration = pool.submit(one.up)
        waiting = "wait_event_type = 'Lock' AND query ~ 'CONCURRENTLY'"
        wait_for(conninfo, f"SELECT count(*) > 0 FROM pg_stat_activity WHERE {waiting}")
        rows = seen.rows
        wait_for(conninfo, f"SELECT count(*) > {ROWS + rows + 5} FROM orders")
        old.commit()
        migration.result(60)
        assert seen.longest < 2


def test_a_migration_that_blocks_is_noticed(shop: Shop):
    with shop() as conninfo, reading_log(conninfo) as log, in_use(conninfo) as seen:
        do(
            conninfo,
            "ALTER TABLE orders ALTER COLUMN number SET NOT NULL",
            "CREATE INDEX ix_orders_number ON orders (number)",
            "ALTER TABLE orders ADD CHECK (total >= 0)",
            "ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid()",
        )
    assert seen.held_while("CREATE INDEX")
    found = [re.sub(r".*(verifying|rewriting|building).*", r"\1", one) for one in blocking_scans(log[0])]
    assert found[:4] == ["verifying", "building", "verifying", "rewriting"]


@pytest.mark.parametrize(
    ("snippet", "framework"),
    [*(("add-column", one) for one in FRAMEWORKS), ("not-null-in-steps", "django")],
)
def test_whoever_waits_behind_a_migration_goes_on(shop: Shop, tmp_path: Path, snippet: str, framework: str):
    with (
        shop() as conninfo,
        psycopg.connect(conninfo, options=BESIDE) as reader,
        project(framework, conninfo, tmp_path, snippet) as one,
    ):
        reader.execute("SELECT 1 FROM orders LIMIT 1")
        with in_use(conninfo) as seen, ThreadPoolExecutor() as pool:
            migration = pool.submit(one.up)
            wait_for(conninfo, "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
            reader.commit()
            migration.result(60)
        assert 1 < seen.longest < 3, "two seconds are the lock_timeout"


def test_a_migration_that_gets_no_lock_gives_up(shop: Shop, tmp_path: Path):
    impatient = {"'2s'": "'20ms'", "pg_sleep(attempt)": "pg_sleep(0)"}
    with (
        shop() as conninfo,
        psycopg.connect(conninfo, options=BESIDE) as reader,
        project("sql", conninfo, tmp_path, "add-column", impatient) as one,
    ):
        reader.execute("SELECT 1 FROM orders LIMIT 1")
        with pytest.raises(MigrationError, match="lock timeout"):
            one.up()
        assert asked(conninfo, CASES[0].back) is True


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_backfill_that_was_killed_goes_on(shop: Shop, tmp_path: Path, framework: str):
    quick = {"sql": {"LIMIT 1000": "LIMIT 5000", "0.05": "0.001"}}
    edits = quick.get(framework, {"SIZE = 1000": "SIZE = 5000", "PAUSE = 0.05": "PAUSE = 0.001"})
    with shop() as conninfo, ExitStack() as stack:
        do(conninfo, *FILLS)
        with in_use(conninfo) as seen:
            with psycopg.connect(conninfo, options=BESIDE) as other, ThreadPoolExecutor() as pool:
                other.execute("SELECT 1 FROM orders WHERE id = 100000 FOR UPDATE")
                with project(framework, conninfo, tmp_path, "backfill", edits) as killed:
                    migration = pool.submit(killed.up)
                    wait_for(conninfo, "SELECT position = 99999 FROM backfills")
                    asked(conninfo, KILL)
                    with pytest.raises(MigrationError, match=r"terminat|closed"):
                        migration.result(60)
            assert asked(conninfo, "SELECT count(*) BETWEEN 99999 AND 199999 FROM fills") is True
            resumed = stack.enter_context(project(framework, conninfo, tmp_path, "backfill", edits))
            resumed.up()
        assert seen.longest < 2
        assert asked(conninfo, "SELECT count(*) = count(DISTINCT id) FROM fills") is True
        filled = "SELECT bool_and(remark = note) AND count(*) = (SELECT count(*) FROM fills) FROM orders"
        assert asked(conninfo, f"{filled} WHERE id <= (SELECT last FROM backfills)") is True
        finished = "SELECT finished_at IS NOT NULL AND changed = (SELECT count(*) FROM fills) FROM backfills"
        assert asked(conninfo, finished) is True
        resumed.down()
        assert asked(conninfo, "SELECT count(*) FROM backfills") == 0


def test_old_and_new_programs_read_what_the_other_writes(shop: Shop, tmp_path: Path):
    with shop() as conninfo, project("sql", conninfo, tmp_path, "rename-column") as one:
        one.up()
        do(
            conninfo,
            "INSERT INTO orders (id, tenant_id, status, note) VALUES (-1, 1, 'new', 'a')",
            "INSERT INTO orders (id, tenant_id, status, remark) VALUES (-2, 1, 'new', 'b')",
            "UPDATE orders SET note = 'c' WHERE id = -1",
            "UPDATE orders SET remark = 'd' WHERE id = -2",
            "UPDATE orders SET total = 5 WHERE id = 1",
            "UPDATE orders SET remark = note WHERE id = 2",
        )
        rows = "SELECT string_agg(concat(note, '=', remark), ' ' ORDER BY id) FROM orders WHERE id < 3"
        assert asked(conninfo, rows) == "d=d c=c note 1=note 1 note 2=note 2"


def test_a_column_is_renamed_in_steps(shop: Shop, tmp_path: Path):
    steps = {
        "rename-column": {},
        "backfill": {"LIMIT 1000": "LIMIT 20000", "0.05": "0.001"},
        "not-null-in-steps": {"customer_id": "remark"},
        "contract-column": {},
    }
    with shop() as conninfo:
        before = asked(conninfo, "SELECT md5(string_agg(note, ',' ORDER BY id)) FROM orders")
        with reading_log(conninfo) as log, in_use(conninfo) as seen:
            for snippet, edits in steps.items():
                with project("sql", conninfo, tmp_path, snippet, edits) as one:
                    one.up()
                if snippet == "not-null-in-steps":
                    do(conninfo, "ALTER TABLE orders ALTER COLUMN remark SET DEFAULT 'none'")
        assert seen.longest < 2
        assert list(blocking_scans(log[0])) == []
        old_rows = f"SELECT md5(string_agg(remark, ',' ORDER BY id)) FROM orders WHERE id <= {ROWS}"
        assert asked(conninfo, old_rows) == before
        assert asked(conninfo, "SELECT count(*) = count(remark) FROM orders") is True
        columns = "SELECT string_agg(attname, ' ') FROM pg_attribute WHERE attrelid = 'orders'::regclass"
        assert asked(conninfo, f"{columns} AND attname IN ('note', 'remark') AND attnotnull") == "remark"


def test_a_value_that_does_not_fit_into_the_old_column_is_refused(shop: Shop, tmp_path: Path):
    with shop() as conninfo, project("sql", conninfo, tmp_path, "change-type") as one:
        one.up()
        do(conninfo, "UPDATE orders SET total_big = 2147483647 WHERE id = 1")
        assert asked(conninfo, "SELECT total FROM orders WHERE id = 1") == 2147483647
        with pytest.raises(psycopg.errors.NumericValueOutOfRange):
            do(conninfo, "UPDATE orders SET total_big = 2147483648 WHERE id = 1")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_repair_of_other_rows_than_expected_changes_nothing(shop: Shop, tmp_path: Path, framework: str):
    with shop() as conninfo, project(framework, conninfo, tmp_path, "data-fix") as one:
        do(conninfo, "UPDATE orders SET status = 'payed' WHERE id = 8")
        with pytest.raises(MigrationError, match=r"are other rows|2 rows would be changed instead of 1"):
            one.up()
        assert asked(conninfo, "SELECT count(*) FROM orders WHERE status = 'payed'") == 2


def test_what_was_changed_since_a_repair_stays(shop: Shop, tmp_path: Path):
    with shop() as conninfo, project("sql", conninfo, tmp_path, "data-fix") as one:
        one.up()
        do(conninfo, "UPDATE orders SET status = 'sent' WHERE id = 7")
        one.down()
        assert asked(conninfo, "SELECT status FROM orders WHERE id = 7") == "sent"


def test_a_tenant_sees_and_writes_its_own_rows(shop: Shop, tmp_path: Path):
    with shop() as conninfo, project("sql", conninfo, tmp_path, "row-level-security") as one:
        one.up()
        do(conninfo, "CREATE ROLE tenants LOGIN", "ALTER TABLE orders OWNER TO tenants")
        with psycopg.connect(conninfo.replace("user=postgres", "user=tenants")) as connection:
            count = "SELECT count(*) FROM orders"
            assert connection.execute(count).fetchone() == (0,)
            connection.execute("SELECT set_config('app.tenant_id', '3', true)")
            assert connection.execute(count).fetchone() == (ROWS // 10,)
            connection.execute("INSERT INTO orders (tenant_id, status) VALUES (3, 'new')")
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute("INSERT INTO orders (tenant_id, status) VALUES (4, 'new')")
            connection.commit()
            assert connection.execute(count).fetchone() == (0,), "the tenant was that of the transaction"
        do(conninfo, "ALTER TABLE orders OWNER TO postgres", "DROP ROLE tenants")


def test_a_summary_is_refreshed_while_others_read_it(shop: Shop, tmp_path: Path):
    with shop() as conninfo, project("sql", conninfo, tmp_path, "materialized-view") as one:
        one.up()
        with psycopg.connect(conninfo) as reader, in_use(conninfo) as seen:
            reader.execute("SELECT 1 FROM orders_by_day LIMIT 1")
            _, _, comment = one.text.partition("one job at a time:\n")
            do(conninfo, *(line.removeprefix("-- ") for line in comment.split("\n\n")[0].splitlines()))
            assert asked(conninfo, "SELECT sum(number) > 200000 FROM orders_by_day") is True
        assert seen.longest < 2


def test_rows_go_to_the_partition_of_their_time(shop: Shop, tmp_path: Path):
    with shop() as conninfo, project("sql", conninfo, tmp_path, "partition-table") as one:
        one.up()
        times = ("2026-12-31 23:59+00", "2027-01-31 12:00+00", "2030-01-01 00:00+00")
        insert = "INSERT INTO orders (tenant_id, status, created_at) VALUES (1, 'new', '{}')"
        do(conninfo, *map(insert.format, times))
        rows = "SELECT string_agg(concat(tableoid::regclass), ' ' ORDER BY id) FROM orders WHERE id > {}"
        assert asked(conninfo, rows.format(ROWS)) == "orders_before orders_2027_01 orders_other"


def test_the_cards_name_the_version_of_the_server(postgres: str):
    with psycopg.connect(postgres) as connection:
        version = connection.info.server_version // 10000
    assert f"PostgreSQL {version}" in text_of("migrations/concurrent-index", "sql")
