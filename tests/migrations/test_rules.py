"""What the rules about migrations find, in the files of each tool."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.migrations.runners import CARDS, FLYWAY, RULES, RUNNERS, Runner, alembic, django, findings, heard

CASES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("cases.toml").read_text(encoding="utf-8"))

ANY_DIALECT = {"required-column-without-default", "rename-in-place", "drop-in-use", "truncate-cascade"}
"""Rules that are not about the locks of PostgreSQL."""

FIRST = django(
    """\
migrations.CreateModel(
    name="Customer",
    fields=[("id", models.BigAutoField(primary_key=True))],
),
migrations.CreateModel(
    name="Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True)),
        ("email", models.TextField()),
        ("note", models.TextField(null=True)),
        ("total", models.IntegerField()),
        ("number", models.CharField(max_length=20)),
    ],
    options={"indexes": [models.Index(fields=["total"], name="by_total")]},
),
""",
    "0001",
    None,
)
"""The migration that makes the models."""

HEADS: dict[str, tuple[dict[str, str], int]] = {
    "one end": (alembic("pass", "0001", None) | alembic("pass", "0002", "0001"), 0),
    "two ends": (
        alembic("pass", "0001", None) | alembic("pass", "0002", "0001") | alembic("pass", "0003", "0001"),
        1,
    ),
    "two beginnings": (alembic("pass", "0001", None) | alembic("pass", "0002", None), 0),
    "two ends in Django": (FIRST | django("", "0002_a", "0001") | django("", "0002_b", "0001"), 1),
    "one end in Django": (FIRST | django("", "0002_a", "0001") | django("", "0003", "0002_a"), 0),
}
"""Histories, and how many of them have several ends."""

SEVERAL_TOOLS = [RUNNERS[number] for number in (0, 2, 10, 12)]
TOOLS = pytest.mark.parametrize("runner", [*RUNNERS, FLYWAY], ids=lambda one: one.name)


def _rules(section: str) -> list[object]:
    return [pytest.param(case["sql"], case["rule"], id=case["sql"]) for case in CASES[section]]


def _times(section: str) -> list[object]:
    return [pytest.param(case["sql"], case["times"], id=case["sql"]) for case in CASES[section]]


def _bodies(section: str) -> list[object]:
    return [pytest.param(case["body"], case["rules"], id=name) for name, case in CASES[section].items()]


@TOOLS
@pytest.mark.parametrize(("sql", "rule"), _rules("statement"))
def test_one_problem_is_one_finding(runner: Runner, sql: str, rule: str) -> None:
    assert heard(runner.file(sql)) == [rule]


@TOOLS
@pytest.mark.parametrize("sql", CASES["silent"])
def test_what_harms_nobody_is_silent(runner: Runner, sql: str) -> None:
    assert heard(runner.file(sql)) == []


@pytest.mark.parametrize("runner", RUNNERS, ids=lambda one: one.name)
@pytest.mark.parametrize("sql", CASES["alone"])
def test_concurrently_fails_in_transactions_only(runner: Runner, sql: str) -> None:
    expected = ["concurrently-in-transaction"] if runner.runs_in_one(sql) else []
    assert heard(runner.file(sql)) == expected


@pytest.mark.parametrize("sql", CASES["alone"][:2])
def test_flyway_finds_out_that_a_statement_goes_alone(sql: str) -> None:
    mixed = FLYWAY.file(f"ALTER TABLE orders ADD COLUMN note text;\n{sql}")
    assert heard(FLYWAY.file(sql)) == []
    assert heard(mixed) == ["concurrently-in-transaction"]
    assert heard(mixed | {"sql/V2__change.sql.conf": "executeInTransaction=false\n"}) == []


@TOOLS
@pytest.mark.parametrize(("sql", "rule"), _rules("together"))
def test_what_one_transaction_must_not_hold(runner: Runner, sql: str, rule: str) -> None:
    assert heard(runner.file(sql)) == ([rule] if runner.runs_in_one(sql) else [])


@TOOLS
@pytest.mark.parametrize("sql", CASES["on_new_table"])
def test_nobody_uses_a_table_of_the_same_migration(runner: Runner, sql: str) -> None:
    assert heard(runner.file(f"{CASES['new_table']}\n{sql}")) == []


@pytest.mark.parametrize("runner", SEVERAL_TOOLS, ids=lambda one: one.name)
@pytest.mark.parametrize("dialect", ["mysql", "sqlite"])
@pytest.mark.parametrize(("sql", "rule"), _rules("statement"))
def test_other_databases_have_other_locks(sql: str, rule: str, dialect: str, runner: Runner) -> None:
    assert set(heard(runner.file(sql), dialect)) <= {rule} & ANY_DIALECT


@pytest.mark.parametrize(
    ("files", "expected"),
    [pytest.param(case["files"], case["rules"], id=name) for name, case in CASES["history"].items()],
)
def test_what_came_before_is_remembered(files: list[str], expected: list[str]) -> None:
    history = {f"migrations/{number:04}_step.sql": text for number, text in enumerate(files, 1)}
    assert heard(history) == expected


@pytest.mark.parametrize(("body", "expected"), _bodies("revision"))
def test_operations_of_alembic(body: str, expected: list[str]) -> None:
    assert heard(alembic(body)) == expected


@pytest.mark.parametrize(("body", "expected"), _bodies("operation"))
def test_operations_of_django(body: str, expected: list[str]) -> None:
    assert heard(FIRST | django(body)) == expected


@pytest.mark.parametrize(("body", "expected"), _bodies("loose"))
def test_operations_of_django_without_a_transaction(body: str, expected: list[str]) -> None:
    assert heard(FIRST | django(body, atomic=False)) == expected


@pytest.mark.parametrize(("files", "times"), HEADS.values(), ids=HEADS)
def test_ends_of_a_history(files: dict[str, str], times: int) -> None:
    assert heard(files) == ["multiple-heads"] * times


@pytest.mark.parametrize(("sql", "times"), _times("limit"))
def test_limits_of_waiting(sql: str, times: int) -> None:
    found = Counter(one.rule for one in findings(RUNNERS[0].file(sql)))
    assert found["migration-without-lock-timeout"] == times


@pytest.mark.parametrize(("sql", "times"), _times("alter"))
def test_statements_that_one_could_make(sql: str, times: int) -> None:
    found = Counter(one.rule for one in findings(RUNNERS[0].file(sql)))
    assert found["several-alters-of-one-table"] == times


def test_drops_of_what_code_names_are_warnings() -> None:
    drop = {"migrations/0002_drop.sql": "ALTER TABLE orders DROP COLUMN email;"}
    code = {"shop/orders.py": 'QUERY = "SELECT email FROM orders"\n'}
    (alone,) = (one for one in findings(drop) if one.rule == "drop-in-use")
    (used,) = (one for one in findings(drop | code) if one.rule == "drop-in-use")
    assert (alone.severity, used.severity) == (None, "warning")
    assert "shop/orders.py:1" in used.message


def test_files_that_say_what_is_there_are_no_migrations() -> None:
    files = {"schema/tables.sql": "CREATE TABLE orders (id bigint, email text);"}
    index = "CREATE INDEX orders_email ON orders (email);"
    assert heard(files | {"schema/indexes.sql": index}) == []
    assert heard(files | {"migrations/0002_email.sql": index}) == ["index-without-concurrently"]


def test_every_rule_has_a_card() -> None:
    assert {rule.id for rule in RULES} == set(CARDS) - {"model-without-migration"}
