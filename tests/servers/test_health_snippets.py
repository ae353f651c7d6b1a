"""Applications with the probes of the snippets, on their servers: the database goes away, SIGTERM comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from postgres import own_server, url
from tests.snippets.running import manifest, text_of
from tests.snippets.variants import project
from unprivileged import START, free_port

from backend_architect.cli.repair import apply_edits
from backend_architect.snippets.acting import act
from backend_architect.snippets.cards import load_snippets
from backend_architect.snippets.context import Surroundings
from backend_architect.snippets.landmarks import facts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from postgres import Server

SLOW = 4.0
"""Seconds that a request takes that is there when SIGTERM comes."""

DRAIN = 2.0
"""Seconds for which an instance serves after that."""

ASKED = 3.0
"""Seconds after which a platform gives the probe up: more than the limit of the checks, a second."""

BEGUN = "begun"
"""The file that such a request makes."""

SESSIONS = {
    "sync": """
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

sessions = sessionmaker(create_engine("{url}", pool_pre_ping=True))
""",
    "async": """
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

sessions = async_sessionmaker(create_async_engine("{url}", pool_pre_ping=True))
""",
}

FASTAPI = f"""
import asyncio
from pathlib import Path

from fastapi import FastAPI

from shop.draining import draining

app = FastAPI(lifespan=draining)


@app.get("/slow")
async def slow() -> str:
    Path({BEGUN!r}).touch()
    await asyncio.sleep({SLOW})
    return "done"


@app.get("/quick")
async def quick() -> str:
    return "done"
"""

FLASK = f"""
import time
from pathlib import Path

from flask import Flask

app = Flask(__name__)


@app.get("/slow")
def slow() -> str:
    Path({BEGUN!r}).touch()
    time.sleep({SLOW})
    return "done"


@app.get("/quick")
def quick() -> str:
    return "done"
"""

DJANGO = f"""
import time
from pathlib import Path

from django.http import HttpResponse
from django.urls import include, path


def slow(request):
    Path({BEGUN!r}).touch()
    time.sleep({SLOW})
    return HttpResponse("done")


def quick(request):
    return HttpResponse("done")


urlpatterns = [path("shop/", include("shop.others")), path("slow", slow), path("quick", quick)]
"""

SETTINGS = """
ROOT_URLCONF = "shop.main"
ALLOWED_HOSTS = ["127.0.0.1"]
SECRET_KEY = "for tests"
DATABASES = {{"default": {{
    "ENGINE": "django.db.backends.postgresql",
    "HOST": "127.0.0.1", "PORT": "{port}", "USER": "postgres", "NAME": "postgres",
    "ATOMIC_REQUESTS": True,
}}}}
"""

WSGI = """
import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
application = get_wsgi_application()
"""


@dataclass(frozen=True)
class Kind:
    """A framework, and how it speaks with the database."""

    framework: str
    session: str
    driver: str
    main: str


KINDS = {
    "FastAPI, psycopg": Kind("fastapi", "sync", "psycopg", FASTAPI),
    "FastAPI, async psycopg": Kind("fastapi", "async", "psycopg", FASTAPI),
    "FastAPI, asyncpg": Kind("fastapi", "async", "asyncpg", FASTAPI),
    "Flask": Kind("flask", "sync", "psycopg", FLASK),
    "Django": Kind("django", "sync", "psycopg", DJANGO),
}


def around(kind: Kind) -> Surroundings:
    """What the project says to snippets."""
    (mark,) = (one for one in facts_of(kind.main).landmarks if one.kind == "application")
    application = replace(mark, module="shop.main", path="shop/main.py")
    others = (one for one in project(kind.framework, kind.session) if one.kind == "session")
    return Surroundings(landmarks=(application, *others))


def files_of(kind: Kind, conninfo: str) -> dict[str, str]:
    """A project with what the snippets write into it."""
    variant = load_snippets()["health/readiness"].variant(kind.framework)
    assert variant is not None
    assert variant.action is not None
    changes = act(variant, variant.action, around(kind), {"shop/main.py": kind.main}.get)
    address = url(conninfo).replace("psycopg", kind.driver)
    draining = text_of("health/draining", kind.framework, around(kind)).replace("5.0", str(DRAIN))
    return {
        "shop/__init__.py": "",
        "shop/others.py": "urlpatterns = []\n",
        "shop/database.py": SESSIONS[kind.session].format(url=address),
        "shop/settings.py": SETTINGS.format(port=conninfo.partition("port=")[2].split()[0]),
        "shop/wsgi.py": WSGI,
        "shop/main.py": apply_edits(kind.main, changes.edits["shop/main.py"]),
        "shop/draining.py" if kind.framework == "fastapi" else "gunicorn.conf.py": draining,
        **{one.path: one.text for one in changes.creates},
    }


def command(kind: Kind, port: int) -> list[str]:
    """What the container of Kubernetes runs, for this machine alone."""
    text = text_of("health/kubernetes-probes", kind.framework, around(kind))
    (container,) = manifest(text)["containers"]
    words = container["command"]
    return [one.replace("0.0.0.0", "127.0.0.1").replace("8000", str(port)) for one in words]


@dataclass(frozen=True)
class Instance:
    """A running application."""

    process: subprocess.Popen[bytes]
    port: int

    def ask(self, path: str, timeout: float = ASKED) -> int:
        """The status of an answer; 0 if there is none to a connection."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=timeout).status_code
        except httpx.ConnectError:
            return 0

    def until(self, path: str, status: int) -> None:
        """Wait until a path is answered like this."""
        end = time.monotonic() + START
        while (found := self.ask(path)) != status:
            assert time.monotonic() < end, f"{path} stays at {found}"
            assert self.process.poll() is None, "the server has ended"
            time.sleep(0.05)


@contextmanager
def running(folder: Path, kind: Kind, conninfo: str) -> Generator[Instance]:
    """The application of a kind on its server."""
    for path, text in files_of(kind, conninfo).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    port = free_port()
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command(kind, port)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            stdout=output,
            stderr=output,
        )
    try:
        instance = Instance(process, port)
        instance.until("/livez", 200)
        yield instance
    except BaseException:
        print((folder / "output").read_text())
        raise
    finally:
        process.terminate()
        process.wait(START)


@pytest.fixture(scope="module")
def database() -> Generator[Server]:
    """A PostgreSQL that these tests stop and freeze."""
    with own_server() as server:
        yield server


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


def test_readiness_follows_the_database(tmp_path: Path, database: Server, kind: Kind):
    with running(tmp_path, kind, database.conninfo) as instance:
        instance.until("/readyz", 200)
        database.stop()
        try:
            instance.until("/readyz", 503)
            assert instance.ask("/livez") == 200
        finally:
            database.start()
        instance.until("/readyz", 200)
        with database.frozen():
            for _ in range(6):
                instance.until("/readyz", 503)
                assert instance.ask("/livez") == 200
        instance.until("/readyz", 200)


class Request(threading.Thread):
    """A request that is on its way."""

    def __init__(self, function: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.function = function
        self.answer: object = None

    def run(self) -> None:
        self.answer = self.function()


def until_exists(file: Path) -> None:
    """Wait until there is a file."""
    end = time.monotonic() + START
    while not file.exists():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("name", ["FastAPI, psycopg", "Flask", "Django"])
def test_an_instance_serves_and_finishes_after_sigterm(tmp_path: Path, database: Server, name: str):
    with running(tmp_path, KINDS[name], database.conninfo) as instance:
        instance.until("/readyz", 200)
        slow = Request(lambda: instance.ask("/slow", START))
        slow.start()
        until_exists(tmp_path / BEGUN)
        start = time.monotonic()
        instance.process.send_signal(signal.SIGTERM)
        instance.until("/readyz", 503)
        assert time.monotonic() - start < DRAIN, "the machine is too busy for this test"
        assert (instance.ask("/livez"), instance.ask("/quick"), instance.ask("/readyz")) == (200, 200, 503)
        slow.join(START)
        assert slow.answer == 200
        assert instance.process.wait(START) in {0, -signal.SIGTERM}
        assert DRAIN < time.monotonic() - start < START
