"""The advice of missing indexes, proved on PostgreSQL: with what is advised, queries cost a tenth or less."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django_settings
import psycopg
import pytest
from django.db.models import QuerySet
from programs import imported, installed
from psycopg import ClientCursor
from sqlalchemy.dialects import postgresql

from backend_architect.advice.workspace import advise
from backend_architect.queries.mapping import models_of
from backend_architect.queries.orm import statements_of_program
from backend_architect.queries.programs import program_of
from backend_architect.queries.reading import statements_of
from backend_architect.schema.applying import apply
from backend_architect.schema.ddl import changes_of_sql
from backend_architect.schema.model import Schema
from backend_architect.schema.outlines import outline

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import ModuleType

    from backend_architect.advice.advice import Advice
    from backend_architect.queries.statements import Statement

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
        connection.execute("SET default_statistics_target = 1000")  # all rows, so that no sample is luck
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


def programs_of(name: str) -> list[Any]:
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [pytest.param(name, one.name, id=f"{name}-{one.name}") for one in functions]


@cache
def read(name: str) -> list[Statement]:
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    path = f"shop/{name}.py"
    return statements_of_program(program_of(text, path), models_of([outline(text, path)]))


@cache
def module(name: str) -> ModuleType:
    path = FOLDER / f"{name}.py"
    return installed(path, "indexes") if name == "library" else imported(path)


def sent_by(function: Callable[[], Any], shop: psycopg.Connection) -> str:
    """What a mapper sends for a program, with its values."""
    found = function()
    if isinstance(found, QuerySet):
        django_settings.add_database("shop", {"ENGINE": "django.db.backends.postgresql"})
        sql, given = found.query.get_compiler("shop").as_sql()
    else:
        compiled = found.compile(dialect=postgresql.dialect(paramstyle="pyformat"))
        sql, given = str(compiled), compiled.params
    return ClientCursor(shop).mogrify(sql, given)


@pytest.mark.parametrize(("name", "program"), [*programs_of("alchemy"), *programs_of("library")])
def test_what_is_advised_for_models_is_used_and_cheap(name: str, program: str, shop: psycopg.Connection):
    function = getattr(module(name), program)
    first, last = (
        function.__code__.co_firstlineno,
        max(line for *_, line in function.__code__.co_lines() if line),
    )
    advice = advise([one for one in read(name) if first <= one.origin.line <= last], [schema()])
    wanted = set(filter(None, (function.__doc__ or "").split("; ")))
    assert {f"{one.table}({', '.join(one.columns)})" for one in advice} == wanted
    if not wanted:
        assert not advice
        return
    query = sent_by(function, shop)
    before, _ = cost(shop, query)
    try:
        for one in advice:
            shop.execute(one.sql)  # pyright: ignore[reportArgumentType]
            if "(" in "".join(one.columns):
                shop.execute(f"ANALYZE {one.table}")  # pyright: ignore[reportArgumentType]
        after, plan = cost(shop, query)
        used = [one.sql.split()[2] for one in advice if one.columns and one.sql.split()[2] in plan]
        assert used
        assert after * GAIN <= before, (after, before, plan)
    finally:
        shop.rollback()
