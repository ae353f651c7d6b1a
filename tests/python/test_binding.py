"""When a fix that binds parameters is offered, and when it had better not be."""

from __future__ import annotations

import pytest

from backend_architect.engine.check import check_text
from backend_architect.engine.settings import Settings

MODULE = """import sqlite3
from sqlalchemy import text


def find(db: sqlite3.Connection, name: str, table: str):
    return {}
"""


def fixed(expression: str) -> bool:
    (finding,) = check_text("app/find.py", MODULE.format(expression), Settings()).findings
    assert finding.rule == "sql-built-from-strings"
    return finding.fix is not None


@pytest.mark.parametrize(
    "expression",
    [
        "db.execute(\"SELECT 1 FROM t WHERE a = '%s'\" % name)",
        "db.execute(\"SELECT 1 FROM t WHERE a = '%s' AND b = '%s'\" % (name, table))",
        "db.execute(f\"SELECT 1 FROM t WHERE a = '{name}'\")",
        "text(f\"SELECT 1 FROM t WHERE a = '{name}'\")",
    ],
)
def test_whole_values_in_one_string_are_bound(expression: str) -> None:
    assert fixed(expression)


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param(
            "db.execute(\"SELECT 1 FROM t WHERE a = '%s' AND b < %s\" % (name, 4))", id="a constant"
        ),
        pytest.param("db.execute(f\"SELECT 1 FROM {table} WHERE a = '{name}'\")", id="a table"),
        pytest.param("db.execute(f\"SELECT 1 FROM t WHERE a = '{name}x'\")", id="a part of a value"),
        pytest.param("db.execute(f\"SELECT 1 FROM t WHERE a = '{name!r}'\")", id="a conversion"),
        pytest.param("db.execute(f\"SELECT 1 FROM t WHERE a = '{name}' AND b = ?\", (1,))", id="parameters"),
        pytest.param("db.executemany(f\"UPDATE t SET a = '{name}' WHERE b = ?\", table)", id="many"),
        pytest.param("db.executescript(f\"DELETE FROM t WHERE a = '{name}'\")", id="a script"),
        pytest.param("unknown.execute(f\"SELECT 1 FROM t WHERE a = '{name}'\")", id="an unknown driver"),
    ],
)
def test_what_is_not_understood_is_left_alone(expression: str) -> None:
    assert not fixed(expression)


def test_a_cast_stays_apart_from_the_placeholder() -> None:
    source = MODULE.format("text(f\"SELECT 1 FROM t WHERE a = '{name}'::text\")")
    (finding,) = check_text("app/find.py", source, Settings()).findings
    assert finding.fix is not None
    assert ":name " in [edit.text for edit in finding.fix.edits]
