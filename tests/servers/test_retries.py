"""Retries, run: against a server that fails twice, one that never answers, and one that says no."""

from __future__ import annotations

import asyncio
import inspect
import re
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import stamina
from running import fixed, names_of, refactored

if TYPE_CHECKING:
    from concurrent.futures import Future

RETRY = "Try again with"


@dataclass(frozen=True)
class Case:
    """Code with a function `work(url)`, and how a retry gets into it."""

    code: str
    at: str = "def work"
    title: str = RETRY
    statuses: bool = False
    """Whether answers with an error status become exceptions, so that the retry covers them."""
    attempts: int = 3
    form: str = ""
    """What the changed code has in it."""
    transient: bool = True
    """Whether dropped connections and silence are tried again."""

    @property
    def text(self) -> str:
        return inspect.cleandoc(self.code) + "\n"


DECORATOR, LOOP, ASYNC_LOOP = "@stamina.retry(", "for attempt in stamina.", "async for attempt in stamina."

CASES = {
    "requests": Case(
        """
        import requests

        def work(url):
            return requests.get(url, timeout=1).text
        """,
        form=DECORATOR,
    ),
    "requests with a status": Case(
        """
        import requests

        def work(url):
            response = requests.get(url, timeout=1)
            response.raise_for_status()
            return response.text
        """,
        form=DECORATOR,
        statuses=True,
    ),
    "requests in a loop of its own": Case(
        """
        import requests

        def unknown(text):
            return text

        def work(url):
            return unknown(requests.get(url, timeout=(1, 1)).text)
        """,
        form=LOOP,
    ),
    "requests in a statement": Case(
        """
        import requests

        def unknown():
            return {}

        def work(url):
            unknown()
            response = requests.get(
                url,
                timeout=1,  # short
            )
            response.raise_for_status()
            return response.text
        """,
        form=LOOP,
        statuses=True,
    ),
    "requests where failures are caught": Case(
        """
        import requests

        def work(url):
            try:
                response = requests.get(url, timeout=1)
                response.raise_for_status()
            except requests.RequestException as error:
                raise RuntimeError(str(error)) from error
            return response.text
        """,
        form=LOOP,
        statuses=True,
    ),
    "requests.post": Case(
        """
        import requests

        def work(url):
            return requests.post(url, json={"a": 1}, timeout=1).text
        """,
        title="Try again with stamina (add stamina to the dependencies), although it may be made twice",
        form=DECORATOR,
    ),
    "requests with tenacity": Case(
        """
        import requests
        import tenacity

        def work(url):
            return requests.get(url, timeout=1).text
        """,
        form="@tenacity.retry(",
    ),
    "requests with tenacity and a status": Case(
        """
        import requests
        from tenacity import retry

        def unknown(text):
            return text

        def work(url):
            unknown("")
            response = requests.get(url, timeout=1)
            response.raise_for_status()
            return response.text
        """,
        form="for attempt in tenacity.Retrying(",
        statuses=True,
    ),
    "httpx": Case(
        """
        import httpx

        def work(url):
            with httpx.Client(timeout=1) as client:
                return client.get(url).text
        """,
        form=DECORATOR,
    ),
    "httpx with a status": Case(
        """
        import httpx

        def work(url):
            return httpx.get(url, timeout=1).raise_for_status().text
        """,
        form=DECORATOR,
        statuses=True,
    ),
    "httpx, async": Case(
        """
        import httpx

        async def work(url):
            async with httpx.AsyncClient() as client:
                response = await client.get(url, timeout=1)
                response.raise_for_status()
                return response.text
        """,
        at="async def work",
        form=DECORATOR,
        statuses=True,
    ),
    "httpx, async, in a loop": Case(
        """
        import httpx

        def unknown(text):
            return text

        async def work(url):
            async with httpx.AsyncClient() as client:
                return unknown((await client.get(url, timeout=1)).raise_for_status().text)
        """,
        at="async def work",
        form=ASYNC_LOOP,
        statuses=True,
    ),
    "httpx, async, with tenacity": Case(
        """
        import httpx
        import tenacity

        def unknown(text):
            return text

        async def work(url):
            unknown("")
            async with httpx.AsyncClient() as client:
                response = await client.get(url, timeout=1)
                return response.text
        """,
        at="async def work",
        form="async for attempt in tenacity.AsyncRetrying(",
    ),
    "httpx, async, tenacity decorates": Case(
        """
        import httpx
        import tenacity

        async def work(url):
            async with httpx.AsyncClient() as client:
                return (await client.get(url, timeout=1)).text
        """,
        at="async def work",
        form="@tenacity.retry(",
    ),
    "aiohttp": Case(
        """
        import aiohttp

        async def work(url):
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1)) as session:
                async with session.get(url) as response:
                    response.raise_for_status()
                    return await response.text()
        """,
        at="async def work",
        form=DECORATOR,
        statuses=True,
    ),
    "aiohttp in a loop": Case(
        """
        import aiohttp

        def unknown(text):
            return text

        async def work(url):
            async with aiohttp.ClientSession() as session:
                async with session.get(url, timeout=aiohttp.ClientTimeout(total=1)) as response:
                    text = await response.text()
                return unknown(text)
        """,
        at="async def work",
        form=ASYNC_LOOP,
    ),
    "urllib": Case(
        """
        from urllib.request import urlopen

        def work(url: str):
            with urlopen(url, timeout=1) as response:
                return response.read().decode()
        """,
        form=DECORATOR,
        statuses=True,
    ),
    "the adapter of a session": Case(
        """
        import requests

        def work(url):
            session = requests.Session()
            with session:
                return session.get(url, timeout=1).text
        """,
        at="session =",
        title="Let the session try again",
        form="max_retries=Retry(",
        statuses=True,
        attempts=4,
    ),
    "urllib3": Case(
        """
        import urllib3

        def work(url):
            http = urllib3.PoolManager(timeout=1)
            return http.request("GET", url).data.decode()
        """,
        at="http =",
        title="Try again with pauses",
        form="retries=urllib3.Retry(",
        statuses=True,
        attempts=4,
    ),
    "Celery": Case(
        """
        import requests
        from celery import Celery
        from celery.local import maybe_evaluate

        app = Celery("example", broker="memory://")

        @app.task
        def load(url):
            return requests.get(url, timeout=1).text

        # Tasks are built when first used, which must not happen in several threads at once.
        maybe_evaluate(load)

        def work(url):
            return load.apply(args=[url]).get()
        """,
        at="def load",
        title="Let Celery try again",
        form="autoretry_for=",
        attempts=4,
    ),
}


class _Moody(BaseHTTPRequestHandler):
    """Does what the first part of the path says, as often as it is asked under the same path."""

    seen: Counter[str]
    over: threading.Event

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        mood = self.path.split("/")[1]
        self.seen[self.path] += 1
        again = self.seen[self.path] > 2
        self.close_connection = True
        if mood == "silent":
            self.over.wait(60)
        elif mood == "dropping" and not again:
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._answer(404 if mood == "missing" else 503 if mood == "busy" and not again else 200)

    do_POST = do_GET  # noqa: N815 - as the base class wants it

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"done")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class _Roomy(ThreadingHTTPServer):
    """Takes all connections at once; else some would time out before they count as requests."""

    request_queue_size = 1024


@dataclass(frozen=True)
class Outcome:
    """What became of a call of `work`."""

    result: object
    seconds: float
    requests: int


Outcomes = dict[tuple[str, str], Outcome]
MOODS = ("dropping", "busy", "missing", "silent")


def _changed(case: Case) -> str:
    text = refactored(case.text, case.at, case.title)
    assert case.form in text
    return text


def _run(work: Any, url: str) -> tuple[object, float]:
    begin = time.monotonic()
    try:
        result = work(url)
        result = asyncio.run(result) if inspect.iscoroutine(result) else result
    except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at
        result = error
    return result, time.monotonic() - begin


@pytest.fixture(scope="module")
def outcomes() -> Outcomes:
    """What becomes of each case in each mood of the server, all at once: they wait most of the time."""
    over, seen = threading.Event(), Counter[str]()
    handler = type("Handler", (_Moody,), {"seen": seen, "over": over})
    paths = {(name, mood): f"/{mood}/{number}" for number, name in enumerate(CASES) for mood in MOODS}
    workers = {name: names_of(_changed(case))["work"] for name, case in CASES.items()}
    server = _Roomy(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with ThreadPoolExecutor(len(paths)) as pool:
            running: dict[tuple[str, str], Future[tuple[object, float]]] = {
                key: pool.submit(_run, workers[key[0]], f"http://127.0.0.1:{server.server_port}{path}")
                for key, path in paths.items()
            }
            done = {key: future.result() for key, future in running.items()}
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
    return {key: Outcome(result, seconds, seen[paths[key]]) for key, (result, seconds) in done.items()}


def promised(case: Case) -> int:
    """The seconds after which the changed code promises to give up."""
    found = re.search(r"(?:attempts=3,\s*timeout=|stop_after_delay\()(\d+)", _changed(case))
    return int(found[1]) if found else 10


@pytest.mark.parametrize("name", CASES)
def test_what_fails_twice_succeeds(name: str, outcomes: Outcomes):
    outcome = outcomes[name, "dropping"]
    assert (outcome.result, outcome.requests) == ("done", 3)


@pytest.mark.parametrize("name", CASES)
def test_what_is_busy_is_asked_again_where_the_status_is_looked_at(name: str, outcomes: Outcomes):
    outcome = outcomes[name, "busy"]
    assert (outcome.result, outcome.requests) == ("done", 3 if CASES[name].statuses else 1)


@pytest.mark.parametrize("name", CASES)
def test_what_is_refused_is_not_asked_for_again(name: str, outcomes: Outcomes):
    assert outcomes[name, "missing"].requests == 1


@pytest.mark.parametrize("name", CASES)
def test_what_never_answers_is_given_up_in_the_promised_time(name: str, outcomes: Outcomes):
    case, outcome = CASES[name], outcomes[name, "silent"]
    assert isinstance(outcome.result, Exception)
    assert outcome.requests == case.attempts
    assert outcome.seconds < promised(case)


def _hang_up(listening: socket.socket) -> None:
    listening.accept()[0].close()


@pytest.mark.parametrize("name", CASES)
def test_code_without_the_retry_fails_at_once(name: str):
    """Else the others would prove nothing."""
    work = names_of(CASES[name].text)["work"]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        closing = threading.Thread(target=_hang_up, args=[listening])
        closing.start()
        result, _ = _run(work, f"http://127.0.0.1:{listening.getsockname()[1]}/")
        closing.join()
    assert isinstance(result, Exception)


def test_the_transport_of_httpx_connects_again():
    handler = type("Handler", (_Moody,), {"seen": Counter[str](), "over": threading.Event()})
    text = refactored(
        "import httpx\n\n\nclient = httpx.Client()\n\n\ndef work(url):\n    return client.get(url).text\n",
        "client =",
        "Let the transport",
    )
    names = names_of(text)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler, bind_and_activate=False)
    server.server_bind()  # without listening: connections are refused
    late = threading.Timer(0.2, lambda: (server.server_activate(), server.serve_forever()))
    late.start()
    result, _ = _run(names["work"], f"http://127.0.0.1:{server.server_address[1]}/fine/")
    names["client"].close()
    server.shutdown()
    late.join()
    server.server_close()
    assert result == "done"


def test_a_hanging_attempt_gets_a_time_out():
    text = fixed(
        "import requests\nfrom flask import Flask\n\napp = Flask('a')\n\n\n"
        "@app.get('/')\ndef rates():\n    return requests.get('https://rates.example').json()\n",
        "http-call-without-retry",
    )
    assert "requests.get('https://rates.example', timeout=10)" in text
    assert "timeout=35" in text


def test_a_session_that_hangs_gets_a_time_out_too():
    text = fixed(
        "import requests\n\n\nclass RatesClient:\n    def __init__(self):\n"
        "        self.session = requests.Session()\n\n    def rates(self):\n        return self.session.get('https://rates.example').json()\n",
        "http-call-without-retry",
    )
    assert "self.session.mount(prefix, HTTPAdapter(max_retries=Retry(" in text
    assert "self.session.get('https://rates.example', timeout=10)" in text


@pytest.mark.parametrize("name", ["requests", "requests with a status", "httpx", "httpx with a status"])
def test_a_wrong_address_is_a_mistake_and_not_an_outage(name: str):
    """In urllib it is one: its URLError says the same of both."""
    retried: list[object] = []
    stamina.instrumentation.set_on_retry_hooks([retried.append])
    try:
        result, _ = _run(names_of(_changed(CASES[name]))["work"], "nonsense://nowhere")
    finally:
        stamina.instrumentation.set_on_retry_hooks(None)
    assert isinstance(result, Exception)
    assert retried == []
