"""The probes as a repair of the finding that they are missing, and as a refactoring."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from tests.lsp.client import Client, applied, span
from tests.lsp.test_snippet_actions import TITLE, chosen, editor, titled

from backend_architect.engine.check import check_text
from backend_architect.engine.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

FACTORY = """\
from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/orders")
    def orders() -> list[int]:
        return []

    return app
"""

URLS = """\
from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
]
"""

APPS_URLS = """\
from django.urls import path

from shop import views

urlpatterns = [
    path("orders", views.orders),
]
"""


def write(folder: Path, framework: str, text: str) -> str:
    """A project with one file, and the address of that."""
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "shop"\nversion = "1"\ndependencies = ["{framework}"]\n'
    )
    (folder / "shop").mkdir()
    (folder / "shop" / "main.py").write_text(text)
    return (folder / "shop" / "main.py").as_uri()


def found(text: str) -> list[str]:
    """The rules that find something in the file, among those of health."""
    settings = Settings(select=frozenset({"missing-health-endpoint"}))
    return [one.rule for one in check_text("shop/main.py", text, settings).findings]


def test_the_finding_in_a_factory_of_flask_is_repaired(tmp_path: Path):
    uri = write(tmp_path, "flask", FACTORY)
    with Client.inside() as client:
        client.start("utf-16", tmp_path, capabilities=editor())
        client.open(uri, FACTORY)
        fix, _ = sorted(titled(client.actions(uri, span(4, 6, 6)), TITLE), key=lambda one: one["kind"])
        assert [one["code"] for one in fix["diagnostics"]] == ["missing-health-endpoint"]
        edit, _ = chosen(client, fix)
        assert edit is not None
        changes = edit["documentChanges"]
        edits = {one["textDocument"]["uri"]: one["edits"] for one in changes if "edits" in one}
        text = applied(FACTORY, edits.pop(uri))
        assert "from shop.health import health\n" in text
        assert found(FACTORY) == ["missing-health-endpoint"]
        assert found(text) == []
        assert "    app = Flask(__name__)\n    app.register_blueprint(health)\n\n" in text
        assert sorted(edits) == [
            (tmp_path / one).as_uri() for one in ("shop/health.py", "tests/test_health.py")
        ]
        for (new,) in edits.values():
            ast.parse(new["newText"])


def test_the_urls_of_a_project_of_django_get_the_probes(tmp_path: Path):
    uri = write(tmp_path, "django", URLS)
    with Client.inside() as client:
        client.start("utf-16", tmp_path, capabilities=editor())
        client.open(uri, URLS)
        (action,) = titled(client.actions(uri, span(4, 0, 0)), TITLE)
        changes = client.resolve(action)["edit"]["documentChanges"]
        edits = {one["textDocument"]["uri"]: one["edits"] for one in changes if "edits" in one}
        text = applied(URLS, edits.pop(uri))
        assert "from shop.health import urlpatterns as health_urls\n" in text
        assert text.endswith("]\nurlpatterns += health_urls\n")
        created = [(tmp_path / one).as_uri() for one in ("shop/health.py", "shop/test_health.py")]
        assert sorted(edits) == created


@pytest.mark.parametrize(("text", "line"), [(APPS_URLS, 4), (URLS.replace("admin/", "readyz"), 4), (URLS, 0)])
def test_the_urls_of_an_app_and_those_with_probes_do_not(tmp_path: Path, text: str, line: int):
    uri = write(tmp_path, "django", text)
    with Client.inside() as client:
        client.start("utf-16", tmp_path, capabilities=editor())
        client.open(uri, text)
        assert not titled(client.actions(uri, span(line, 0, 0)), TITLE)
