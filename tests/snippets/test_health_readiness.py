"""The readiness of the snippets by itself: what is asked when, and by how many at once."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tests.snippets.running import imported, text_of

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

LONG = 30.0
"""Seconds that nothing here takes."""

SHORT = 0.05


@pytest.fixture(params=["flask", "django"])
def blocking(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Any]:
    """The module of a framework whose checks run on threads."""
    with imported(tmp_path, {"probes.py": text_of("health/readiness", request.param)}, "probes") as module:
        yield module


@pytest.fixture
def awaiting(tmp_path: Path) -> Generator[Any]:
    """The module of FastAPI."""
    with imported(tmp_path, {"awaiting.py": text_of("health/readiness", "fastapi")}, "awaiting") as module:
        yield module


def test_all_checks_are_asked_at_once_on_threads(blocking: Any):
    together = threading.Barrier(3)
    checks = {name: lambda: together.wait(LONG) for name in ("one", "two", "three")}
    assert blocking.Readiness(checks, limit=LONG, fresh=LONG).passed()


def test_all_checks_are_asked_at_once_in_the_event_loop(awaiting: Any):
    async def ask() -> bool:
        together = asyncio.Barrier(3)
        checks = dict.fromkeys(("one", "two", "three"), together.wait)
        return await awaiting.Readiness(checks, limit=LONG, fresh=LONG).passed()

    assert asyncio.run(ask())


def test_an_answer_holds_for_a_while(blocking: Any, awaiting: Any):
    asked: list[str] = []

    async def check() -> None:
        asked.append("awaiting")

    async def ask(readiness: Any) -> list[bool]:
        return [await readiness.passed() for _ in range(3)]

    kept = blocking.Readiness({"one": lambda: asked.append("blocking")}, limit=LONG, fresh=LONG)
    assert [kept.passed() for _ in range(3)] == [True] * 3
    assert asyncio.run(ask(awaiting.Readiness({"one": check}, limit=LONG, fresh=LONG))) == [True] * 3
    assert asyncio.run(ask(awaiting.Readiness({"one": check}, limit=LONG, fresh=0))) == [True] * 3
    assert asked == ["blocking", *["awaiting"] * 4]


def test_one_that_hangs_on_a_thread_is_asked_once_and_asked_again_when_it_has_ended(blocking: Any):
    end, asked = threading.Event(), []

    def hangs() -> None:
        asked.append("asked")
        end.wait(LONG)

    readiness = blocking.Readiness({"one": hangs, "two": lambda: None}, limit=SHORT, fresh=0)
    assert [readiness.passed() for _ in range(4)] == [False] * 4
    assert asked == ["asked"]
    end.set()
    while not readiness.passed():
        pass
    assert len(asked) > 1


def test_one_that_hangs_in_the_event_loop_is_given_up_even_if_it_does_not_mind(awaiting: Any):
    asked: list[str] = []

    async def main() -> list[bool]:
        end = asyncio.Event()

        async def hangs() -> None:
            asked.append("asked")
            while not end.is_set():
                try:
                    await end.wait()
                except asyncio.CancelledError:
                    continue

        readiness = awaiting.Readiness({"one": hangs}, limit=SHORT, fresh=0)
        answers = [await readiness.passed() for _ in range(4)]
        assert asked == ["asked"]
        end.set()
        return [*answers, await readiness.passed()]

    assert asyncio.run(main()) == [False, False, False, False, True]


def test_one_that_fails_is_logged_and_keeps_the_others_from_nothing(
    blocking: Any, awaiting: Any, caplog: pytest.LogCaptureFixture
):
    asked: list[str] = []

    def fails() -> None:
        raise ConnectionError("no route to 10.0.0.7")

    async def fails_later() -> None:
        fails()

    async def passes() -> None:
        asked.append("awaiting")

    checks = {"one": fails, "two": lambda: asked.append("blocking")}
    assert not blocking.Readiness(checks, limit=LONG, fresh=LONG).passed()
    readiness = awaiting.Readiness({"one": fails_later, "two": passes}, limit=LONG, fresh=LONG)
    assert not asyncio.run(readiness.passed())
    assert asked == ["blocking", "awaiting"]
    assert [one.getMessage() for one in caplog.records] == ["not ready: one"] * 2
    assert all("10.0.0.7" in str(one.exc_info) for one in caplog.records)
