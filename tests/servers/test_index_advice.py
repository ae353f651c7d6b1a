"""The advice of missing indexes, proved on PostgreSQL: with what is advised, queries cost a tenth or less."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from backend_architect.advice.workspace import advise
from backend_architect.queries.reading import statements_of
from backend_architect.schema.applying import apply
from backend_architect.schema.ddl import changes_of_sql
from backend_architect.schema.model import Schema

if TYPE_CHECKING:
    from collections.abc import Generator

    from backend_architect.advice.advice import Advice

FOLDER = Path(__file__).parent / "indexes"
GAIN = 10


@dataclass(frozen=True)
class Case:
    name: str
    query: str
    values: dict[str, str]
    index: tuple[str, ...] = ()
    proof: str = ""

    def sql(self) -> str:
        """With typical values."""
        return re.sub(r"(?<!:):(\w+)", lambda found: self.values.get(found[1], f":{found[1]}"), self.query)

    def python(self) -> str:
        """In a function, as psycopg wants it."""
        query = re.sub(r"(?<!:):(\w+)", r"%(\1)s", self.query.replace("%", "%%"))
        return f'def run(connection, **given):\n    return connection.execute("""{query}""", given)\n'


def cases(name: str) -> list[Any]:
    listed = tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))["case"]
    found = [Case(**{"values": {}, **one, "index": tuple(one.get("index", ()))}) for one in listed]
    return [pytest.param(case, id=case.name) for case in found]


SCORES: Counter[str] = Counter()
MISSING, ENOUGH = cases("missing.toml"), cases("enough.toml")


@pytest.fixture(scope="module", autouse=True)
def table(request: pytest.FixtureRequest) -> Generator[None]:
    """Print how good the advice is, when all cases have run."""
    yield
    lines = [
        f"{title:20} {SCORES[of]:4} cases {SCORES[part]:4} {part} {SCORES[part] / max(SCORES[of], 1):6.1%}"
        for title, of, part in (
            ("an index is missing", "missing", "proved"),
            ("no index would help", "enough", "false advice"),
        )
    ]
    capture: Any = request.config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print("", *lines, sep="\n")


@cache
def schema() -> Schema:
    found = Schema()
    for step in changes_of_sql((FOLDER / "schema.sql").read_text(encoding="utf-8"), "postgres", "schema.sql"):
        apply(found, step)
    return found


def advised(path: str, text: str) -> list[Advice]:
    return advise(statements_of(path, text, "postgres"), [schema()])


@pytest.fixture(scope="module")
def shop(postgres: str) -> Generator[psycopg.Connection]:
    """A database with rows enough for the planner to prefer indexes."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE indexes")
    with psycopg.connect(re.sub(r"dbname=\w+", "dbname=indexes", postgres), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute((FOLDER / "schema.sql").read_text(encoding="utf-8"))
        connection.execute("SET session_replication_role = replica")  # the rows are known to fit
        connection.execute("SET maintenance_work_mem = '256MB'; SET synchronous_commit = off")
        connection.execute((FOLDER / "rows.sql").read_text(encoding="utf-8"))
        connection.execute("RESET session_replication_role")
        connection.execute("VACUUM ANALYZE")
        connection.autocommit = False
        yield connection


def cost(connection: psycopg.Connection, query: str) -> tuple[float, str]:
    row = connection.execute(f"EXPLAIN (FORMAT JSON) {query}").fetchone()  # pyright: ignore[reportArgumentType]
    assert row is not None
    plan = row[0][0]["Plan"]
    return plan["Total Cost"], str(plan)


@pytest.mark.parametrize("case", MISSING)
@pytest.mark.parametrize("language", ["sql", "python"])
def test_what_is_advised_is_used_and_cheap(case: Case, language: str, shop: psycopg.Connection):
    SCORES["missing"] += 1
    written = advised("queries.sql", case.sql())
    advice = written if language == "sql" else advised("app.py", case.python())
    assert advice
    made = {f"{one.table}({', '.join(one.columns)})" for one in advice}
    assert set(case.index) <= made
    assert any(one.rewrite for one in written) == any(one.rewrite for one in advice)
    if language == "python" and [one.sql for one in written] == [one.sql for one in advice]:
        SCORES["proved"] += 1  # as SQL
        return
    query = case.proof or next((one.rewrite for one in written if one.rewrite), case.sql())
    before, _ = cost(shop, case.proof or case.sql())
    try:
        for one in advice:
            if one.sql:
                shop.execute(one.sql)  # pyright: ignore[reportArgumentType]
                if "(" in "".join(one.columns):
                    # Statistics of an expression come with its index.
                    shop.execute(f"ANALYZE {one.table}")  # pyright: ignore[reportArgumentType]
        after, plan = cost(shop, query)
        names = [one.sql.split()[2] for one in advice if one.sql]
        assert all(name in plan for name in names), plan
        assert after * GAIN <= before, (after, before, plan)
        SCORES["proved"] += 1
    finally:
        shop.rollback()


@pytest.mark.parametrize("case", ENOUGH)
@pytest.mark.parametrize("language", ["sql", "python"])
def test_nothing_is_advised_where_it_would_not_help(case: Case, language: str):
    path, text = ("queries.sql", case.query) if language == "sql" else ("app.py", case.python())
    advice = [one.sql for one in advised(path, text)]
    SCORES.update({"enough": 1, "false advice": bool(advice)})
    assert advice == []
