"""The probes, running."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.snippets.running import imported, text_of
from tests.snippets.variants import project

from backend_architect.cli.repair import apply_edits
from backend_architect.snippets.acting import act
from backend_architect.snippets.cards import load_snippets
from backend_architect.snippets.context import Surroundings
from backend_architect.snippets.landmarks import facts_of

if TYPE_CHECKING:
    from pathlib import Path

DATABASE = {
    "sync": (
        "from sqlalchemy import create_engine\nfrom sqlalchemy.orm import sessionmaker\n\n"
        'engine = create_engine("sqlite://")\nsessions = sessionmaker(engine)\n'
    ),
    "async": (
        "from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine\n\n"
        'engine = create_async_engine("sqlite+aiosqlite://")\nsessions = async_sessionmaker(engine)\n'
    ),
}


def test_liveness_of_fastapi(tmp_path: Path):
    with imported(tmp_path, {"probes.py": text_of("health/liveness", "fastapi")}, "probes") as probes:
        app = FastAPI()
        app.include_router(probes.router)
        response = TestClient(app).get("/livez")
    assert (response.status_code, response.json()) == (200, {"status": "pass"})
    assert response.headers["content-type"] == "application/health+json"
    assert response.headers["cache-control"] == "no-store"


def test_liveness_of_flask(tmp_path: Path):
    flask = pytest.importorskip("flask")
    with imported(tmp_path, {"probes.py": text_of("health/liveness", "flask")}, "probes") as probes:
        app = flask.Flask(__name__)
        app.register_blueprint(probes.health)
        response = app.test_client().get("/livez")
    assert (response.status_code, response.get_json(force=True)) == (200, {"status": "pass"})
    assert response.headers["cache-control"] == "no-store"
    assert response.mimetype == "application/health+json"


DJANGO = """\
import django
from django.conf import settings
from django.test import Client

settings.configure(ROOT_URLCONF="probes", ALLOWED_HOSTS=["testserver"])
django.setup()
response = Client().get("/livez")
assert (response.status_code, response.json()) == (200, {"status": "pass"})
assert "no-store" in response["cache-control"]
assert response["content-type"] == "application/health+json"
assert Client().post("/livez").status_code == 405
"""


def test_liveness_of_django(tmp_path: Path):
    (tmp_path / "probes.py").write_text(text_of("health/liveness", "django"))
    (tmp_path / "run.py").write_text(DJANGO)
    subprocess.run([sys.executable, "run.py"], cwd=tmp_path, check=True, timeout=60)


@pytest.mark.parametrize("session", ["sync", "async"])
def test_readiness_asks_the_database(tmp_path: Path, session: str):
    around = Surroundings(landmarks=project("fastapi", session))
    files = {
        "shop/__init__.py": "",
        "shop/database.py": DATABASE[session],
        "shop/probes.py": text_of("health/readiness", "fastapi", around),
    }
    with imported(tmp_path, files, "shop.probes") as probes:
        app = FastAPI()
        app.include_router(probes.router)
        with TestClient(app) as client:
            response = client.get("/readyz")
            assert (response.status_code, response.json()) == (200, {"status": "pass"})
            probes.readiness.stopping = True
            assert client.get("/readyz").status_code == 503


APPLICATIONS = {
    "fastapi": (
        "from fastapi import FastAPI\n\napp = FastAPI()\n",
        "app",
        "fastapi.testclient.TestClient(main.app)",
    ),
    "flask": ("from flask import Flask\n\napp = Flask(__name__)\n", "app", "main.app.test_client()"),
    "django": (
        'from django.urls import include, path\n\nurlpatterns = [path("shop/", include("shop.orders"))]\n',
        "urlpatterns",
        "django.test.Client()",
    ),
}
"""The file with the application, the name of that, and what asks it when everything is written."""

CONFTEST = """\
import django
from django.conf import settings

settings.configure(
    ROOT_URLCONF="shop.main",
    ALLOWED_HOSTS=["testserver"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()
"""

ASKING = """\
import importlib

import django.test
import fastapi.testclient

main = importlib.import_module("shop.main")


def test_the_application_has_the_probes():
    client = {client}
    assert client.get("/livez").status_code == client.get("/readyz").status_code == 200
"""


@pytest.mark.parametrize("framework", APPLICATIONS)
def test_the_action_writes_what_its_own_test_is_content_with(tmp_path: Path, framework: str):
    variant = load_snippets()["health/readiness"].variant(framework)
    assert variant is not None
    assert variant.action is not None
    text, name, client = APPLICATIONS[framework]
    (mark,) = (one for one in facts_of(text).landmarks if one.name == name)
    here = replace(mark, module="shop.main", path="shop/main.py")
    changes = act(variant, variant.action, Surroundings(landmarks=(here,)), {"shop/main.py": text}.get)
    texts = {
        "shop/__init__.py": "",
        "shop/orders.py": "urlpatterns = []\n",
        "shop/main.py": apply_edits(text, changes.edits["shop/main.py"]),
        "conftest.py": CONFTEST,
        "test_asking.py": ASKING.format(client=client),
        **{one.path: one.text for one in changes.creates},
    }
    for path, written in texts.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(written, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--rootdir", ".", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout
