"""Actions that write the files of a snippet, and that add what a snippet needs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import pytest
from tests.lsp.client import Client, applied, capabilities, span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAIN = """\
from fastapi import FastAPI

app = FastAPI(
    title="Shop",
)


@app.get("/orders")
def orders() -> list[int]:
    return []
"""
TITLE = "Add liveness and readiness probes"


def editor(**edit: Any) -> dict[str, Any]:
    """What a client can do that creates files."""
    known = capabilities()
    known["workspace"]["workspaceEdit"] = {"documentChanges": True, "resourceOperations": ["create"], **edit}
    kinds = {"valueSet": ["quickfix", "refactor"]}
    known["textDocument"]["codeAction"]["codeActionLiteralSupport"] = {"codeActionKind": kinds}
    return known


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with an application."""
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "shop"\nversion = "1"\ndependencies = ["fastapi"]\n'
    )
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text(MAIN)
    return tmp_path


@pytest.fixture
def client(project: Path) -> Iterator[Client]:
    with Client.inside() as client:
        client.start("utf-16", project, capabilities=editor())
        yield client


def titled(actions: list[dict[str, Any]], title: str) -> list[dict[str, Any]]:
    return [one for one in actions if one["title"] == title]


def chosen(client: Client, action: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """The edit of a quick fix, else what is said instead; again where the project was not read in time."""
    for _ in range(5):
        done = client.resolve(action)
        if "edit" in done:
            return done["edit"], ""
        said = client.await_notification("window/showMessage")["message"]
        if "try again" not in said:
            return None, said
    raise AssertionError("the project is never read")


def test_all_files_are_written_at_once(client: Client, project: Path):
    uri = (project / "app" / "main.py").as_uri()
    client.open(uri, MAIN)
    fix, action = sorted(titled(client.actions(uri, span(2, 8, 8)), TITLE), key=lambda one: one["kind"])
    assert (fix["kind"], action["kind"]) == ("quickfix", "refactor.rewrite")
    assert [one["code"] for one in fix["diagnostics"]] == ["missing-health-endpoint"]
    changes = client.resolve(action)["edit"]["documentChanges"]
    created = [one["uri"] for one in changes if one.get("kind") == "create"]
    assert created == [(project / name).as_uri() for name in ("app/health.py", "tests/test_health.py")]
    texts = {one["textDocument"]["uri"]: one["edits"] for one in changes if "edits" in one}
    for new in created:
        ast.parse(texts[new][0]["newText"])
    assert "from app.health import Readiness, router" in texts[created[1]][0]["newText"]
    main = applied(MAIN, texts[uri])
    assert "from app.health import router as health_router\n" in main
    assert ")\napp.include_router(health_router)\n\n\n@app" in main
    assert chosen(client, fix) == (client.resolve(action)["edit"], "")


def test_a_quick_fix_is_offered_once_and_a_refactoring_beside_it(client: Client, project: Path):
    uri = (project / "app" / "main.py").as_uri()
    client.open(uri, MAIN)
    found = titled(client.actions(uri, span(2, 8, 8), ["quickfix"]), TITLE)
    assert [one["kind"] for one in found] == ["quickfix"]
    found = titled(client.actions(uri, span(2, 8, 8)), TITLE)
    assert sorted(one["kind"] for one in found) == ["quickfix", "refactor.rewrite"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (MAIN, 7),
        (MAIN.replace("/orders", "/readyz"), 2),
        (MAIN.replace("fastapi", "slowapi"), 0),
        (MAIN.replace("FastAPI", "Starlette").replace("fastapi", "starlette"), 2),
    ],
)
def test_not_elsewhere_and_not_twice(client: Client, project: Path, text: str, line: int):
    uri = (project / "app" / "main.py").as_uri()
    client.open(uri, text)
    assert not titled(client.actions(uri, span(line, 0, 0)), TITLE)


def test_no_file_is_overwritten(client: Client, project: Path):
    uri = (project / "app" / "main.py").as_uri()
    (project / "app" / "health.py").touch()
    client.open(uri, MAIN)
    (fix,) = titled(client.actions(uri, span(2, 0, 0)), TITLE)
    assert chosen(client, fix) == (
        None,
        f"{TITLE}: this cannot be written: app/health.py exists already.",
    )


def test_a_client_that_creates_no_files_gets_texts_to_paste(project: Path):
    with Client.inside() as client:
        client.start("utf-16", project, capabilities=editor(resourceOperations=["rename"]))
        uri = (project / "app" / "main.py").as_uri()
        client.open(uri, MAIN)
        done = client.resolve(titled(client.actions(uri, span(2, 0, 0)), TITLE)[0])
        assert [one["textDocument"]["uri"] for one in done["edit"]["documentChanges"]] == [uri]
        command = done["command"]
        assert command["command"] == "backend-architect.showNewFiles"
        assert [one["path"] for one in command["arguments"]] == ["app/health.py", "tests/test_health.py"]
        for new in command["arguments"]:
            ast.parse(new["text"])


def test_a_dependency_is_added(client: Client, project: Path):
    uri = (project / "app" / "other.py").as_uri()
    client.open(uri, "import flask\nimport json\n")
    (action,) = titled(client.actions(uri, span(0, 3, 3)), "Add flask to the dependencies")
    (change,) = client.resolve(action)["edit"]["documentChanges"]
    text = (project / "pyproject.toml").read_text()
    assert change["textDocument"] == {"uri": (project / "pyproject.toml").as_uri(), "version": None}
    assert '["fastapi", "flask>=3.1.3"]' in applied(text, change["edits"])
    assert not titled(client.actions(uri, span(1, 3, 3)), "Add flask to the dependencies")
