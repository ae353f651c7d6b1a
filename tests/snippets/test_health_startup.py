"""The startup probe, before and after the migrations."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.config import Config
from fastapi import FastAPI
from fastapi.testclient import TestClient
from flask import Flask
from tests.snippets.running import imported, text_of
from tests.snippets.variants import project

from backend_architect.snippets.context import Surroundings

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

SESSIONS = {
    "sync": (
        "from sqlalchemy import create_engine\nfrom sqlalchemy.orm import sessionmaker\n\n"
        'engine = create_engine("sqlite:///{path}")\nsessions = sessionmaker(engine)\n'
    ),
    "async": (
        "from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine\n\n"
        'engine = create_async_engine("sqlite+aiosqlite:///{path}")\nsessions = async_sessionmaker(engine)\n'
    ),
}

ENV = """\
from alembic import context
from sqlalchemy import create_engine

with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
"""


@pytest.fixture
def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Two migrations of Alembic, as the working directory has them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "alembic.ini").write_text(
        f"[alembic]\nscript_location = migrations\nsqlalchemy.url = sqlite:///{tmp_path}/shop.db\n"
    )
    (tmp_path / "migrations" / "versions").mkdir(parents=True)
    (tmp_path / "migrations" / "env.py").write_text(ENV)
    for revision, before in (("one", None), ("two", "one")):
        (tmp_path / "migrations" / "versions" / f"{revision}.py").write_text(
            f"revision = {revision!r}\ndown_revision = {before!r}\n\n\ndef upgrade():\n    pass\n"
        )
    return Config("alembic.ini")


@pytest.fixture(params=[("fastapi", "sync"), ("fastapi", "async"), ("flask", "sync")], ids=" ".join)
def client(request: pytest.FixtureRequest, tmp_path: Path, migrations: Config) -> Generator[Any]:
    """What asks an application with the probe."""
    framework, session = request.param
    files = {
        "shop/__init__.py": "",
        "shop/database.py": SESSIONS[session].format(path=tmp_path / "shop.db"),
        "shop/probes.py": text_of(
            "health/startup", framework, Surroundings(landmarks=project(framework, session))
        ),
    }
    with imported(tmp_path, files, "shop.probes") as probes:
        if framework == "fastapi":
            app = FastAPI()
            app.include_router(probes.router)
            with TestClient(app) as client:
                yield client
        else:
            flask = Flask(__name__)
            flask.register_blueprint(probes.health)
            yield flask.test_client()


def test_it_waits_for_the_migrations_and_asks_no_more(client: Any, migrations: Config, tmp_path: Path):
    assert client.get("/startupz").status_code == 503
    command.upgrade(migrations, "one")
    assert client.get("/startupz").status_code == 503
    command.upgrade(migrations, "two")
    assert client.get("/startupz").status_code == 200
    (tmp_path / "shop.db").unlink()
    assert client.get("/startupz").status_code == 200


def test_a_database_that_is_ahead_of_the_release_is_enough(client: Any, migrations: Config, tmp_path: Path):
    script = tmp_path / "migrations" / "versions" / "three.py"
    script.write_text("revision = 'three'\ndown_revision = 'two'\n\n\ndef upgrade():\n    pass\n")
    command.upgrade(migrations, "three")
    script.unlink()
    assert client.get("/startupz").status_code == 200


def test_other_steps_are_done_in_their_order(tmp_path: Path):
    with imported(tmp_path, {"probes.py": text_of("health/startup", "flask")}, "probes") as probes:
        done: list[str] = []
        open_ = ["a moment"]

        def warm() -> None:
            if open_:
                raise LookupError(open_.pop())
            done.append("warm")

        startup = probes.Startup({"first": lambda: done.append("first"), "second": warm})
        assert [startup.passed() for _ in range(3)] == [False, True, True]
        assert done == ["first", "warm"]


DJANGO = """\
import django
from django.conf import settings
from django.core.management import call_command
from django.test import Client

settings.configure(
    ROOT_URLCONF="probes",
    ALLOWED_HOSTS=["testserver"],
    INSTALLED_APPS=["django.contrib.contenttypes"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.db"}},
)
django.setup()
client = Client()
assert client.get("/startupz").status_code == 503
call_command("migrate", "contenttypes", "0001", verbosity=0)
assert client.get("/startupz").status_code == 503
call_command("migrate", verbosity=0)
assert client.get("/startupz").json() == {"status": "pass"}
call_command("migrate", "contenttypes", "zero", verbosity=0)
assert client.get("/startupz").status_code == 200
"""


def test_it_waits_for_the_migrations_of_django(tmp_path: Path):
    (tmp_path / "probes.py").write_text(text_of("health/startup", "django"))
    (tmp_path / "run.py").write_text(DJANGO)
    subprocess.run([sys.executable, "run.py"], cwd=tmp_path, env=dict(os.environ), check=True, timeout=60)
