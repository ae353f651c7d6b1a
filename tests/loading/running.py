"""Runs the programs of a folder with the mapper that they are written for, and prints what they did as JSON.

`python running.py KIND FOLDER MODULE` imports `shop.MODULE` from the folder and calls its functions with
databases of several sizes. For each it prints how many statements were sent, and what came of it.
"""

# ruff: noqa: PLC0415 - each kind imports its own mapper

from __future__ import annotations

import asyncio
import inspect
import json
import sys
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = (3, 10)

Outcome = tuple[int, str]


def functions_of(module: Any) -> dict[str, Callable[..., Any]]:
    return {
        name: one
        for name, one in vars(module).items()
        if inspect.isfunction(one) and one.__module__ == module.__name__
    }


def of_sqlalchemy(module: Any, size: int) -> dict[str, Outcome]:
    from sqlalchemy import create_engine, event
    from sqlalchemy.orm import Session

    models = import_module("shop.models")
    session_class = getattr(models, "Session", Session)
    engine = create_engine("sqlite://")
    models.Base.metadata.create_all(engine)
    with session_class(engine) as session:
        models.fill(session, size)
    sent: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    found: dict[str, Outcome] = {}
    for name, function in functions_of(module).items():
        sent.clear()
        with session_class(engine) as session:
            result = function(session)
            found[name] = len(sent), repr(result)
    return found


def of_async_sqlalchemy(module: Any, size: int) -> dict[str, Outcome]:
    return asyncio.run(_run_async(module, size))


async def _run_async(module: Any, size: int) -> dict[str, Outcome]:
    from sqlalchemy import event
    from sqlalchemy.exc import MissingGreenlet, StatementError
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

    models = import_module("shop.models")
    engine = create_async_engine("sqlite+aiosqlite://")
    async with engine.begin() as connection:
        await connection.run_sync(models.Base.metadata.create_all)
    async with AsyncSession(engine) as session:
        await session.run_sync(models.fill, size)
    sent: list[str] = []
    event.listen(engine.sync_engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    found: dict[str, Outcome] = {}
    for name, function in functions_of(module).items():
        sent.clear()
        async with AsyncSession(engine) as session:
            try:
                result = repr(await function(session))
            except (MissingGreenlet, StatementError) as error:
                result = "MissingGreenlet" if "greenlet_spawn" in str(error) else repr(error)
            found[name] = len(sent), result
    await engine.dispose()
    return found


def of_django(module: Any, size: int) -> dict[str, Outcome]:
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    models = import_module("shop.models")
    call_command("flush", interactive=False, verbosity=0)
    models.fill(size)
    found: dict[str, Outcome] = {}
    for name, function in functions_of(module).items():
        with CaptureQueriesContext(connection) as captured:
            result = function()
            found[name] = len(captured), repr(result)
    return found


def start_django() -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    databases = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    settings.configure(
        DATABASES=databases, INSTALLED_APPS=["shop"], DEFAULT_AUTO_FIELD="django.db.models.BigAutoField"
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)


KINDS = {"sqlalchemy": of_sqlalchemy, "async": of_async_sqlalchemy, "django": of_django}


if __name__ == "__main__":
    kind, folder, name = sys.argv[1:]
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "coroutine .* was never awaited")
    sys.path.insert(0, folder)
    if kind == "django":
        start_django()
    outcomes = [KINDS[kind](import_module(f"shop.{name}"), size) for size in SIZES]
    print(json.dumps(outcomes))
