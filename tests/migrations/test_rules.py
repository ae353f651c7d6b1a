"""What the rules about migrations find, in the files of each tool."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.migrations.cases import (
    ALONE,
    ALTERS,
    ANY_DIALECT,
    FILES,
    FIRST,
    HEADS,
    LIMITS,
    LOOSE,
    NEW_TABLE,
    ON_NEW_TABLE,
    OPERATIONS,
    REVISIONS,
    SEVERAL,
    SILENT,
    STATEMENTS,
)
from tests.migrations.runners import CARDS, FLYWAY, RULES, RUNNERS, Runner, alembic, django, findings, heard

TOOLS = pytest.mark.parametrize("runner", [*RUNNERS, FLYWAY], ids=lambda one: one.name)


@TOOLS
@pytest.mark.parametrize(("sql", "rule"), STATEMENTS.items())
def test_one_problem_is_one_finding(runner: Runner, sql: str, rule: str) -> None:
    assert heard(runner.file(sql)) == [rule]


@TOOLS
@pytest.mark.parametrize("sql", SILENT)
def test_what_harms_nobody_is_silent(runner: Runner, sql: str) -> None:
    assert heard(runner.file(sql)) == []


@pytest.mark.parametrize("runner", RUNNERS, ids=lambda one: one.name)
@pytest.mark.parametrize("sql", ALONE)
def test_concurrently_fails_in_transactions_only(runner: Runner, sql: str) -> None:
    expected = ["concurrently-in-transaction"] if runner.runs_in_one(sql) else []
    assert heard(runner.file(sql)) == expected


@pytest.mark.parametrize("sql", ALONE[:2])
def test_flyway_finds_out_that_a_statement_goes_alone(sql: str) -> None:
    assert heard(FLYWAY.file(sql)) == []
    assert heard(FLYWAY.file(f"ALTER TABLE orders ADD COLUMN note text;\n{sql}")) == [
        "concurrently-in-transaction"
    ]
    asked = {"sql/V2__change.sql.conf": "executeInTransaction=false\n"}
    assert heard(FLYWAY.file(f"ALTER TABLE orders ADD COLUMN note text;\n{sql}") | asked) == []


@TOOLS
@pytest.mark.parametrize(("sql", "rule"), SEVERAL.items())
def test_what_one_transaction_must_not_hold(runner: Runner, sql: str, rule: str) -> None:
    assert heard(runner.file(sql)) == ([rule] if runner.runs_in_one(sql) else [])


@TOOLS
@pytest.mark.parametrize("sql", ON_NEW_TABLE)
def test_nobody_uses_a_table_of_the_same_migration(runner: Runner, sql: str) -> None:
    assert heard(runner.file(f"{NEW_TABLE}\n{sql}")) == []


@pytest.mark.parametrize("dialect", ["mysql", "sqlite"])
@pytest.mark.parametrize(("sql", "rule"), STATEMENTS.items())
def test_other_databases_have_other_locks(dialect: str, sql: str, rule: str) -> None:
    told = {rule} & ANY_DIALECT
    for runner in (RUNNERS[0], RUNNERS[2], RUNNERS[10], RUNNERS[12]):
        assert set(heard(runner.file(sql), dialect)) <= told, runner.name


@pytest.mark.parametrize(("files", "expected"), FILES.values(), ids=FILES)
def test_what_came_before_is_remembered(files: list[str], expected: list[str]) -> None:
    history = {f"migrations/{number:04}_step.sql": text for number, text in enumerate(files, 1)}
    assert heard(history) == expected


@pytest.mark.parametrize(("body", "expected"), REVISIONS.values(), ids=REVISIONS)
def test_operations_of_alembic(body: str, expected: list[str]) -> None:
    assert heard(alembic(body)) == expected


@pytest.mark.parametrize(("operations", "expected"), OPERATIONS.values(), ids=OPERATIONS)
def test_operations_of_django(operations: str, expected: list[str]) -> None:
    assert heard(FIRST | django(operations)) == expected


@pytest.mark.parametrize(("operations", "expected"), LOOSE.values(), ids=LOOSE)
def test_operations_of_django_without_a_transaction(operations: str, expected: list[str]) -> None:
    assert heard(FIRST | django(operations, atomic=False)) == expected


@pytest.mark.parametrize(("files", "times"), HEADS.values(), ids=HEADS)
def test_ends_of_a_history(files: dict[str, str], times: int) -> None:
    assert heard(files) == ["multiple-heads"] * times


@pytest.mark.parametrize(("sql", "times"), LIMITS.items())
def test_limits_of_waiting(sql: str, times: int) -> None:
    found = Counter(one.rule for one in findings(RUNNERS[0].file(sql)))
    assert found["migration-without-lock-timeout"] == times


@pytest.mark.parametrize(("sql", "times"), ALTERS.items())
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


def test_every_rule_has_a_card() -> None:
    assert {rule.id for rule in RULES} == set(CARDS) - {"model-without-migration"}
