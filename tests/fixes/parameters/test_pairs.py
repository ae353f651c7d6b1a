"""The fix of `sql-built-from-strings` beside what an expert would have written.

The pairs were written without looking at the fix. `python -m tests.fixes.parameters.judge` prints what it
makes of them.
"""

from __future__ import annotations

from collections import Counter

import pytest
from tests.fixes.parameters.data import Pair, Untouched, pairs, untouched
from tests.fixes.parameters.judge import judged, kept, trusted

ALL = pairs()


def named(programs: list[Pair] | list[Untouched]) -> list[object]:
    return [pytest.param(program, id=program.name) for program in programs]


@pytest.mark.parametrize("pair", named(ALL))
def test_the_reference_does_what_the_program_did_and_binds_all_values(pair: Pair) -> None:
    assert not trusted(pair)


@pytest.mark.parametrize("pair", named(ALL))
def test_what_the_fix_writes_is_not_wrong(pair: Pair) -> None:
    verdict = judged(pair)
    assert verdict.word != "WRONG", f"{verdict.detail}\n{verdict.text}"


def test_most_programs_are_repaired() -> None:
    verdicts = {pair.name: judged(pair).word for pair in ALL}
    left = [name for name, word in verdicts.items() if word not in ("SAME", "EQUIVALENT")]
    assert len(left) * 10 <= len(ALL), left


@pytest.mark.parametrize("program", named(untouched()))
def test_what_cannot_be_bound_is_left_alone_and_something_is_said(program: Untouched) -> None:
    verdict = kept(program)
    assert verdict.word == "KEPT", f"{program.reason}: {verdict.detail}\n{verdict.text}"


def test_there_are_enough_programs_of_all_kinds() -> None:
    drivers = Counter(pair.driver for pair in ALL)
    assert len(ALL) >= 80
    assert len(untouched()) >= 50
    for driver in ("sqlite3", "psycopg", "psycopg2", "asyncpg", "sqlalchemy", "django"):
        assert drivers[driver] >= 6, driver
    for driver in ("aiosqlite", "pymysql", "MySQLdb", "oracledb", "pandas", "sqlmodel", "peewee"):
        assert drivers[driver] >= 3, driver
    names = [program.name for program in (*ALL, *untouched())]
    assert len(names) == len(set(names))
