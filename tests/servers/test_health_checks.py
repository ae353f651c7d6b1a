"""The checks of the readiness probe, asking real services: they answer, refuse, hang, and are not there."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import time
from contextlib import ExitStack, closing
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pymongo
import pytest
import services
from aio_pika.exceptions import AMQPError as AioPikaError
from amqp.exceptions import AMQPError
from httpx import HTTPError
from postgres import url
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from tests.snippets.running import imported, text_of
from unprivileged import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from services import Service

LIMIT = 0.5
"""Seconds that a check has here."""

LATE = 5.0
"""Seconds after which a check has forgotten its limit, however busy the machine is."""

CHECKS = {
    "redis": ("redis_answers", services.redis),
    "broker": ("broker_answers", services.rabbitmq),
    "http-service": ("service_answers", services.http),
    "mongodb": ("mongodb_answers", services.mongodb),
}


ERRORS = (OSError, AioPikaError, AMQPError, HTTPError, PyMongoError, RedisError)
"""What clients raise where they get no answer, or not the one they want."""


@pytest.fixture(scope="module", params=CHECKS)
def asked(request: pytest.FixtureRequest) -> Generator[tuple[str, Service]]:
    """The name of a service, and where it is."""
    with CHECKS[request.param][1]() as service:
        yield request.param, service


@pytest.fixture(params=["fastapi", "flask", "django"])
def check(request: pytest.FixtureRequest, asked: tuple[str, Service], tmp_path: Path) -> Generator[Any]:
    """The check of the service for a framework, as a function of an address that blocks."""
    name, _ = asked
    files = {"checks.py": text_of(f"health/{name}-check", request.param)}
    with imported(tmp_path, files, "checks") as module:
        function = getattr(module, CHECKS[name][0])
        yield through_client(function) if name == "mongodb" else blocking(function)


def blocking(function: Callable[..., Any]) -> Callable[[str], None]:
    def ask(url: str) -> None:
        if inspect.iscoroutinefunction(function):
            asyncio.run(function(url, LIMIT))
        else:
            function(url, LIMIT)

    return ask


def through_client(function: Callable[..., Any]) -> Callable[[str], None]:
    """The same for a check that takes the client of the application."""

    async def ask_asynchronously(url: str) -> None:
        async with pymongo.AsyncMongoClient(url) as client:
            await function(client, LIMIT)

    def ask(url: str) -> None:
        if inspect.iscoroutinefunction(function):
            asyncio.run(ask_asynchronously(url))
        else:
            with closing(pymongo.MongoClient(url)) as client:
                function(client, LIMIT)

    return ask


def test_it_passes_where_the_service_answers(check: Any, asked: tuple[str, Service]):
    check(asked[1].url)


def test_it_fails_where_it_is_not_let_in(check: Any, asked: tuple[str, Service]):
    with pytest.raises(ERRORS):
        check(asked[1].refusing)


def test_it_fails_where_nothing_listens(check: Any, asked: tuple[str, Service]):
    service = asked[1]
    port = service.url.split("//")[1].rpartition("@")[2].partition(":")[2].partition("/")[0]
    with pytest.raises(ERRORS):
        check(service.url.replace(port, str(free_port())))


def test_it_gives_up_where_the_service_hangs(check: Any, asked: tuple[str, Service]):
    service = asked[1]
    start = time.monotonic()
    with service.frozen(), pytest.raises(ERRORS):
        check(service.url)
    assert LIMIT / 2 < time.monotonic() - start < LATE
    check(service.url)


def test_a_redirect_is_no_answer_of_a_service(tmp_path: Path):
    with services.http() as service, ExitStack() as stack:
        for framework in ("fastapi", "flask"):
            folder = tmp_path / framework
            folder.mkdir()
            text = text_of("health/http-service-check", framework)
            module = stack.enter_context(
                imported(folder, {f"{framework}_checks.py": text}, f"{framework}_checks")
            )
            with pytest.raises(httpx.HTTPStatusError, match="302"):
                blocking(module.service_answers)(service.url.replace("livez", "moved"))


def test_the_database_is_asked_through_an_engine(tmp_path: Path, postgres: str):
    with imported(tmp_path, {"one.py": text_of("health/database-check", "flask")}, "one") as module:
        engine = create_engine(url(postgres))
        module.database_answers(engine)
        engine.dispose()
    with imported(tmp_path, {"two.py": text_of("health/database-check", "fastapi")}, "two") as module:

        async def ask() -> None:
            engine = create_async_engine(url(postgres))
            await module.database_answers(engine)
            await engine.dispose()

        asyncio.run(ask())


def test_readiness_takes_checks_as_the_cards_say(tmp_path: Path):
    """With the address bound, and a limit that is longer than that of the check."""
    with services.redis() as service, ExitStack() as stack:
        modules = {}
        for framework in ("fastapi", "flask"):
            folder = tmp_path / framework
            folder.mkdir()
            files = {
                f"{framework}_probes.py": text_of("health/readiness", framework),
                f"{framework}_checks.py": text_of("health/redis-check", framework),
            }
            probes = stack.enter_context(imported(folder, files, f"{framework}_probes"))
            answers = importlib.import_module(f"{framework}_checks").redis_answers
            checks = {"redis": partial(answers, service.url, LIMIT)}
            modules[framework] = probes.Readiness(checks, limit=LATE, fresh=0)

        def passed() -> list[bool]:
            return [asyncio.run(modules["fastapi"].passed()), modules["flask"].passed()]

        assert passed() == [True, True]
        with service.frozen():
            assert passed() == [False, False]
        assert passed() == [True, True]
