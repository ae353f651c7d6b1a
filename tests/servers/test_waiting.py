"""The fixes of calls that wait, run: the event loop goes on, and a server that says nothing is given up."""

from __future__ import annotations

import asyncio
import inspect
import socket
import threading
import time
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from running import versions

if TYPE_CHECKING:
    from collections.abc import Generator

DELAY = 0.5
"""Seconds that everything here takes."""

NOTICED = DELAY / 2
"""Seconds without a tick after which the loop has been held up."""


class _Slow(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        time.sleep(DELAY)
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"done")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def slow_url() -> Generator[str]:
    """A server on this machine that answers late."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Slow)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def silent_url() -> Generator[str]:
    """A server on this machine that accepts connections and then says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=16)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


def longest_pause(function: Any, *arguments: object) -> tuple[float, Any]:
    """How long the event loop stood still at most while a function ran in it, and what it returned."""

    async def ticking(pauses: list[float]) -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(0.01)
            now = time.monotonic()
            pauses.append(now - last)
            last = now

    async def main() -> tuple[float, Any]:
        pauses: list[float] = []
        ticks = asyncio.create_task(ticking(pauses))
        await asyncio.sleep(0.05)
        result = await function(*arguments)
        await asyncio.sleep(0.05)
        ticks.cancel()
        with suppress(asyncio.CancelledError):
            await ticks
        return max(pauses), result

    return asyncio.run(main())


BLOCKING = {
    "sleep": f"""
        import time

        async def work(url):
            time.sleep({DELAY})
            return b"done"
        """,
    "requests": """
        import requests

        async def work(url):
            response = requests.get(url, timeout=10)
            return response.content
        """,
    "requests in an expression": """
        import requests

        async def work(url):
            return requests.get(url, timeout=10).content
        """,
    "urlopen": """
        from urllib.request import urlopen

        async def work(url):
            with urlopen(url, timeout=10) as response:
                return response.read()
        """,
    "subprocess": f"""
        import subprocess
        import sys

        async def work(url):
            code = "import time; time.sleep({DELAY}); print('done', end='')"
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
            return done.stdout
        """,
    "a method": """
        import requests

        class Service:
            async def read(self, url):
                return requests.get(url, timeout=10).content

        async def work(url):
            return await Service().read(url)
        """,
}


@pytest.mark.parametrize("code", BLOCKING.values(), ids=BLOCKING)
def test_the_event_loop_goes_on(code: str, slow_url: str):
    module = versions(inspect.cleandoc(code) + "\n", "blocking-call-in-async")
    before, result = longest_pause(module.written["work"], slow_url)
    assert result == b"done"
    assert before > NOTICED, "the test proves nothing: the code did not block before"
    after, result = longest_pause(module.fixed["work"], slow_url)
    assert result == b"done"
    assert after < NOTICED


ENDLESS = {
    "requests.get": "import requests\n\ndef work(url):\n    return requests.get(url).content\n",
    "requests.post": "import requests\n\ndef work(url):\n    return requests.post(url, json={}).content\n",
    "session": (
        "import requests\n\ndef work(url):\n"
        "    with requests.Session() as session:\n"
        "        return session.get(\n            url,\n            headers={'X': '1'},\n        ).content\n"
    ),
    "urlopen": "from urllib.request import urlopen\n\ndef work(url):\n    return urlopen(url).read()\n",
    "no timeout": "import requests\n\ndef work(url):\n    return requests.get(url, timeout=None).content\n",
}


class _Call(threading.Thread):
    """A call in a thread, and what became of it."""

    def __init__(self, function: Any, url: str) -> None:
        super().__init__(daemon=True)
        self.function = function
        self.url = url
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.function(self.url)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is looked at
            self.error = error


def test_a_server_that_says_nothing_is_given_up(silent_url: str):
    """All at once: each waits for ten seconds."""
    modules = {name: versions(code, "http-call-without-timeout") for name, code in ENDLESS.items()}
    written = {name: _Call(module.written["work"], silent_url) for name, module in modules.items()}
    fixed = {name: _Call(module.fixed["work"], silent_url) for name, module in modules.items()}
    start = time.monotonic()
    for call in (*written.values(), *fixed.values()):
        call.start()
    for name, call in fixed.items():
        call.join(20)
        assert not call.is_alive(), f"{name} waits although it is fixed"
        assert "timed out" in str(call.error).lower(), f"{name}: {call.error!r}"
    assert 9 < time.monotonic() - start < 15
    for name, call in written.items():
        assert call.is_alive(), f"{name} proves nothing: it did not wait before; {call.error!r}"
