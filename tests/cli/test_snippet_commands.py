"""The commands `snippets` and `snippet`."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING

import pytest

from backend_architect.snippets.cards import load_snippets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]


def test_all_are_listed_with_the_items_that_they_serve(call: Run):
    listed = json.loads(call("snippets", "--format", "json").stdout)
    assert [one["id"] for one in listed] == sorted(load_snippets())
    assert all(one["persona"] and one["frameworks"] for one in listed)
    text = call("snippets").stdout
    for one in listed:
        assert all(word in text for word in (one["id"], one["summary"], *one["persona"], *one["frameworks"]))


def test_the_persona_counts_them(call: Run):
    sections = json.loads(call("rules", "--persona", "--format", "json").stdout)
    items = {item["id"]: item for section in sections for item in section["items"]}
    assert "health/readiness" in items["system-reliability/health-checks-and-readiness-probes"]["snippets"]
    assert "health/readiness" in call("rules", "--persona").stdout


def test_one_is_written_with_the_names_of_the_project(call: Run, project: Path):
    (project / "pyproject.toml").write_text(
        "[project]\nname='a'\nversion='1'\ndependencies=['fastapi', 'alembic']\n"
    )
    (project / "app").mkdir()
    (project / "app" / "db.py").write_text(
        "from sqlalchemy.orm import sessionmaker\n\nmaker = sessionmaker()\n"
    )
    (project / "schema.sql").write_text("CREATE TABLE invoices (id int PRIMARY KEY);\n")
    text = call("snippet", "readiness").stdout
    assert "from app.db import maker\n" in text
    ast.parse(text)
    assert '"invoices"' in call("snippet", "migrations/concurrent-index").stdout
    assert "ON invoices (" in call("snippet", "concurrent-index", "--framework", "sql").stdout


def test_it_goes_into_a_new_file(call: Run, project: Path):
    done = call("snippet", "liveness", "--framework", "flask", "--output", "app/health.py")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "app/health.py: created" in done.stderr
    assert (project / "app" / "health.py").read_text().startswith("# Checked with flask")
    again = call("snippet", "liveness", "--framework", "flask", "--output", "app/health.py")
    assert again.exit_code == 2
    assert "exists already" in again.stderr


def test_several_files_are_written_at_once(call: Run, project: Path):
    (project / "pyproject.toml").write_text("[project]\nname='a'\nversion='1'\ndependencies=['fastapi']\n")
    (project / "main.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
    done = call("snippet", "readiness", "--apply")
    assert done.exit_code == 0
    assert done.stderr.splitlines() == [
        "health.py: created",
        "tests/test_health.py: created",
        "main.py: changed",
    ]
    main = (project / "main.py").read_text()
    assert "app = FastAPI()\napp.include_router(health_router)\n" in main
    for name in ("main.py", "health.py", "tests/test_health.py"):
        ast.parse((project / name).read_text())
    again = call("snippet", "readiness", "--apply")
    assert again.exit_code == 2
    assert "health.py exists already; nothing is written" in again.stderr
    assert (project / "main.py").read_text() == main


def test_the_urls_of_a_project_are_told_from_those_of_its_apps(call: Run, project: Path):
    (project / "pyproject.toml").write_text("[project]\nname='a'\nversion='1'\ndependencies=['django']\n")
    for name, pattern in (("shop", 'path("", include("orders.urls"))'), ("orders", 'path("orders", orders)')):
        (project / name).mkdir()
        (project / name / "urls.py").write_text(f"urlpatterns = [{pattern}]\n")
    done = call("snippet", "readiness", "--apply")
    assert done.stderr.splitlines() == [
        "shop/health.py: created",
        "shop/test_health.py: created",
        "shop/urls.py: changed",
    ]
    assert "urlpatterns += health_urls\n" in (project / "shop" / "urls.py").read_text()
    assert (project / "orders" / "urls.py").read_text() == 'urlpatterns = [path("orders", orders)]\n'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["livenes"], "unknown snippet 'livenes'; did you mean 'liveness'?"),
        (["liveness"], "'health/liveness' is there for fastapi, flask, django; choose one with --framework"),
        (["liveness", "--framework", "flask", "--apply"], "this snippet is one file"),
        (
            ["readiness", "--framework", "flask", "--apply"],
            "this cannot be written: the project has no application",
        ),
        (["liveness", "--framework", "sql"], "is there for fastapi, flask, django, not for 'sql'"),
    ],
)
def test_what_cannot_be_done_is_said(call: Run, project: Path, arguments: list[str], message: str):
    done = call("snippet", *arguments)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())


def test_what_it_builds_upon_must_be_there(call: Run, project: Path):
    (project / "pyproject.toml").write_text("[project]\nname='a'\nversion='1'\ndependencies=['fastapi']\n")
    (project / "main.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
    for arguments in (("auth/login",), ("auth/login", "--apply")):
        done = call("snippet", *arguments)
        assert done.exit_code == 2
        assert "session" in done.stderr
    (project / "database.py").write_text(
        "from sqlalchemy.orm import DeclarativeBase, sessionmaker\n\nsessions = sessionmaker()\n\n\n"
        "class Base(DeclarativeBase): ...\n\n\nclass User(Base): ...\n"
    )
    assert "from database import sessions\n" in call("snippet", "auth/login").stdout
    assert call("snippet", "auth/login", "--apply").exit_code == 0
    for file in (project / "auth").iterdir():
        ast.parse(file.read_text())
    assert "from auth.login import router as login_router" in (project / "main.py").read_text()
