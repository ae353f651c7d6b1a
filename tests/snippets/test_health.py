"""The probes, running."""

from __future__ import annotations

import subprocess
import sys
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

if TYPE_CHECKING:
    from pathlib import Path

MAIN = "from fastapi import FastAPI\n\napp = FastAPI()\n"
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


def test_the_action_writes_what_its_own_test_is_content_with(tmp_path: Path):
    variant = load_snippets()["health/readiness"].variant("fastapi")
    assert variant is not None
    assert variant.action is not None
    application, *_ = project("fastapi", "sync")
    mark = type(application)("application", "app", "fastapi", 2, 3, 0, "shop.main", "shop/main.py")
    changes = act(variant, variant.action, Surroundings(landmarks=(mark,)), {"shop/main.py": MAIN}.get)
    texts = {"shop/__init__.py": "", "shop/main.py": apply_edits(MAIN, changes.edits["shop/main.py"])}
    texts |= {one.path: one.text for one in changes.creates}
    with imported(tmp_path, texts, "shop.main") as main:
        client = TestClient(main.app)
        assert client.get("/livez").status_code == client.get("/readyz").status_code == 200
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", ".", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
