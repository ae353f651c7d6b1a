"""Runs one form with one driver, before and after the fix, and says what is wrong."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import asyncpg
import django.db
import pandas as pd
import peewee
import psycopg
import psycopg2
import pymysql
import sqlalchemy.exc
from running import names_of

from backend_architect.cli.repair import repair
from backend_architect.engine.settings import Settings
from parameters.code import harm_done, write
from parameters.people import HONEST, HOSTILE, PEOPLE, Given, Outcome, arguments

if TYPE_CHECKING:
    import asyncio

    from parameters.databases import Database
    from parameters.driver import Driver
    from parameters.form import Form

RULE = "sql-built-from-strings"

REFUSALS = (
    sqlite3.Error,
    psycopg.Error,
    psycopg2.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    pymysql.Error,
    sqlalchemy.exc.DBAPIError,
    django.db.Error,
    pd.errors.DatabaseError,
    peewee.PeeweeException,
    ValueError,  # of an `int()` in the fixed code
)
"""What is raised when the database, its library or the code do not take a statement or a value."""

NEW_IDS = {"id": (21, 22), "city": ("oslo", "bern"), "age": (30, 31)}
"""The columns of the rows that `executemany` is given."""


class WrongError(AssertionError):
    """The fix did not do what it should."""


class Trial:
    """One form with one driver, on a database."""

    def __init__(
        self, driver: Driver, form: Form, database: Database, opened: Any, runner: asyncio.Runner
    ) -> None:
        self.driver, self.form, self.database = driver, form, database
        self._opened, self._runner = opened, runner
        self.written = write(driver, form)
        self.fixed = ""

    def run(self) -> str:
        """Run the code, fix it, and run it again; returns what is wrong, or nothing."""
        try:
            self._run()
        except WrongError as wrong:
            return str(wrong)
        return ""

    def _run(self) -> None:
        honest = (*HONEST[self.form.kind], *self.form.honest)
        hostile = (*self.form.hostile, *HOSTILE[self.form.kind])
        before = names_of(self.written.text)
        for value in honest:
            self._expect(before, value, "the test is wrong: before the fix this is the result")
        if not any(self._bites(before, value) for value in hostile):
            raise self._wrong("the test proves nothing: no hostile value does anything before the fix")
        self._fix()
        if harm := harm_done(self.written, self.fixed):
            raise self._wrong(harm)
        after = names_of(self.fixed)
        for value in honest:
            self._expect(after, value, "an honest value does not do what it did")
        for value in hostile:
            self._expect(after, value, "a hostile value is more than a value", refusable=True)

    def _fix(self) -> None:
        settings = Settings(select=frozenset({RULE}), dialect=self.driver.dialect)
        repaired = repair("shop/people.py", self.written.text, settings, unsafe=True)
        self.fixed = repaired.text
        if repaired.problems:
            raise self._wrong("; ".join(repaired.problems))
        if not repaired.fixed:
            found = "but found" if repaired.report.findings else "and not even found"
            raise self._wrong(f"nothing is fixed, {found}")
        if repaired.report.findings:
            raise self._wrong(f"not all is fixed: {repaired.report.findings[0].message}")

    def _expect(
        self, names: dict[str, Any], value: object, otherwise: str, *, refusable: bool = False
    ) -> None:
        """Call the function of a module with a value; it must do what the form says."""
        wanted, got = self._wanted(value), self._call(names, value)
        may_refuse = isinstance(value, str) and (self.form.kind == "number" or self.form.refuses(value))
        refused = refusable and may_refuse and bool(got.error) and got.table == PEOPLE
        if got != wanted and not refused:
            raise self._wrong(otherwise, value, got, wanted)

    def _wanted(self, value: object) -> Outcome:
        return self.form.outcome.outcome(Given(value, self.driver.dialect))

    def _bites(self, before: dict[str, Any], value: object) -> bool:
        """Whether the value does before the fix what it must not do; an error alone is seldom enough."""
        written, wanted = self._call(before, value, stopped=(Exception,)), self._wanted(value)
        if written.error and self.driver.dialect not in self.form.fails_only:
            return written.table != PEOPLE
        return written != wanted

    def _call(
        self, names: dict[str, Any], value: object, stopped: tuple[type[Exception], ...] = REFUSALS
    ) -> Outcome:
        """Call the function of a module with a value, and leave the database as it was."""
        given = arguments(value) | {"people": self._people()}
        positional = [given[name] for name in self.written.parameters]
        if self.driver.annotation:
            positional.insert(0, self._opened)
        else:
            names["engine"] = self._opened
        found, error = (), ""
        try:
            result = names["find"](*positional)
            if self.driver.asynchronous:
                result = self._runner.run(result)
            found = tuple(sorted(result))
        except stopped as raised:
            error = f"{type(raised).__name__}: {str(raised).strip().splitlines()[0] if str(raised) else ''}"
        except Exception as raised:
            raise self._wrong(f"calling it raised {type(raised).__name__}: {raised}", value) from raised
        table = self.database.table()
        if table != PEOPLE:
            self.database.reset()
        return Outcome(found, table, error)

    def _people(self) -> list[Any]:
        """The rows that `executemany` is given, as the driver takes them."""
        columns = self.written.columns
        rows = list(zip(*(NEW_IDS[column] for column in columns), strict=True))
        if self.driver.style == "named":
            return [dict(zip(columns, row, strict=True)) for row in rows]
        return rows

    def _wrong(
        self, what: str, value: object = None, got: Outcome | None = None, wanted: Outcome | None = None
    ) -> WrongError:
        lines = [what]
        if value is not None:
            lines.append(f"value:  {value!r}")
        if got is not None:
            lines += [f"result: {got}", f"wanted: {wanted}"]
        lines += ["--- written", self.written.text]
        if self.fixed not in {"", self.written.text}:
            lines += ["--- fixed", self.fixed]
        return WrongError("\n".join(lines))
