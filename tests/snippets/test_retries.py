"""What the policies of retries do with the errors of clients."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
import requests
import stamina
from tests.snippets.running import imported, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType


@pytest.fixture(params=["httpx", "requests"])
def library(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def retries(tmp_path: Path, library: str) -> Iterator[ModuleType]:
    files = {"retries.py": text_of("reliability/retry-policy", library)}
    with imported(tmp_path, files, "retries") as module:
        yield module


def answered(library: str, status: int, pause: str = "") -> Exception:
    """What a client raises for an answer with an error."""
    headers = {"Retry-After": pause} if pause else {}
    if library == "httpx":
        request = httpx.Request("GET", "https://stock.example/")
        response = httpx.Response(status, headers=headers, request=request)
        return httpx.HTTPStatusError("", request=request, response=response)
    answer = requests.Response()
    answer.status_code = status
    answer.headers.update(headers)
    return requests.HTTPError(response=answer)


@pytest.mark.parametrize(
    ("status", "pause", "judged"),
    [
        (503, "", True),
        (429, "3", 3.0),
        (503, "0", True),
        (503, "11", False),
        (503, "Wed, 21 Oct 2026 07:28:00 GMT", True),
        (404, "3", False),
        (501, "", False),
    ],
)
def test_answers_are_judged_by_status_and_pause(
    retries: ModuleType, library: str, status: int, pause: str, judged: bool | float
):
    found = retries.judge_error(answered(library, status, pause))
    assert (found, type(found)) == (judged, type(judged))


@pytest.mark.parametrize(
    ("error", "judged"),
    [
        (httpx.ConnectError(""), True),
        (httpx.ReadTimeout(""), True),
        (httpx.UnsupportedProtocol(""), False),
        (requests.ConnectionError(), True),
        (requests.ReadTimeout(), True),
        (requests.exceptions.SSLError(), False),
        (requests.exceptions.InvalidURL(), False),
        (requests.HTTPError(), False),
        (ValueError(), False),
    ],
)
def test_errors_without_an_answer(retries: ModuleType, library: str, error: Exception, judged: bool):
    own = type(error).__module__.startswith(library)
    assert retries.judge_error(error) is (judged and own)


@pytest.mark.parametrize(("policy", "attempts"), [("retry_while_waiting", 3), ("retry_in_background", 8)])
def test_it_is_tried_again_until_it_works_or_attempts_are_used_up(
    retries: ModuleType, library: str, policy: str, attempts: int
):
    calls: list[int] = []

    def ask(failures: int) -> str:
        calls.append(failures)
        if len(calls) <= failures:
            raise answered(library, 503)
        return "here"

    async def ask_asynchronously(failures: int) -> str:
        return ask(failures)

    decorate = getattr(retries, policy)
    with stamina.set_testing(True, attempts=attempts, cap=True):  # without pauses
        assert decorate(ask)(attempts - 1) == "here"
        assert len(calls) == attempts
        calls.clear()
        assert asyncio.run(decorate(ask_asynchronously)(1)) == "here"
        calls.clear()
        with pytest.raises((httpx.HTTPStatusError, requests.HTTPError)):
            decorate(ask)(attempts + 1)
        assert len(calls) == attempts


def test_in_tests_one_attempt_is_made(retries: ModuleType, library: str):
    calls: list[int] = []

    @retries.retry_while_waiting
    def ask() -> None:
        calls.append(1)
        raise answered(library, 503)

    with stamina.set_testing(True), pytest.raises((httpx.HTTPStatusError, requests.HTTPError)):
        ask()
    assert calls == [1]
