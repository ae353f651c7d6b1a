"""The fix of sql-built-from-strings, run: the same rows for honest values, and nothing for hostile ones.

`-k '[psycopg/'` runs one driver, `-k '/percent-tuple]'` one form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from parameters.code import harm_done, write
from parameters.connections import Connections
from parameters.databases import on_mariadb, on_postgres, on_sqlite
from parameters.drivers import DRIVERS
from parameters.forms import CORE, FORMS
from parameters.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from parameters.databases import Database

COMBINATIONS = [
    pytest.param(driver, form, id=f"{driver}/{form}")
    for driver, about in DRIVERS.items()
    for form in FORMS
    if about.takes(form, FORMS[form]) and (about.all_forms or form in CORE)
]


@pytest.fixture(scope="module")
def connections() -> Generator[Connections]:
    connections = Connections()
    yield connections
    connections.close()


@pytest.fixture(scope="module")
def people_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Generator[Database]:
    yield from _until_closed(on_sqlite(tmp_path_factory.mktemp("people")))


@pytest.fixture(scope="module")
def people_on_postgres(postgres: str) -> Generator[Database]:
    yield from _until_closed(on_postgres(postgres))


@pytest.fixture(scope="module")
def people_on_mysql(mariadb: int) -> Generator[Database]:
    yield from _until_closed(on_mariadb(mariadb))


def _until_closed(database: Database) -> Generator[Database]:
    yield database
    database.close()


def test_there_are_enough_combinations():
    assert len(COMBINATIONS) >= 300
    assert {form for combination in COMBINATIONS for form in combination.values[1:]} == set(FORMS)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (("  # whose", ""), "the comment '# whose' is gone"),
        (("# asks the database", "# asks"), "the comment '# asks the database' is gone"),
        (("# the end", "# the end\n# really"), "more comments"),
        (("rows [ 0 ]", "rows [ 1 ]"), "outside of the changed expressions"),
        (("ROWS  =  {", "ROWS = {"), "the line 'ROWS  =  {"),
        (("db.execute(query", "db.executemany(query"), "the token 'execute'"),
        (("query +=", "query  ="), ""),
    ],
)
def test_what_a_fix_must_leave_alone_is_watched(harm: tuple[str, str], said: str):
    written = write(DRIVERS["sqlite3"], FORMS["plus-equals"])
    broken = written.text.replace(*harm)
    assert broken != written.text
    assert said in harm_done(written, broken)
    assert bool(said) == bool(harm_done(written, broken))


@pytest.mark.parametrize(("driver", "form"), COMBINATIONS)
def test_a_value_is_nothing_but_a_value(
    driver: str,
    form: str,
    connections: Connections,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
):
    record_property("combination", [list(DRIVERS).index(driver), driver, list(FORMS).index(form), form])
    about = DRIVERS[driver]
    database = request.getfixturevalue(f"people_on_{about.dialect}")
    trial = Trial(about, FORMS[form], database, connections.to(about, database), connections.runner)
    wrong = trial.run()
    if wrong:
        pytest.fail(f"{driver}, {form}: {wrong}", pytrace=False)
