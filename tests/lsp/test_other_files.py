"""What stands in other files of the workspace: answers come later, and change what is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.lsp.client import Client, edit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLIENTS = "import requests\n\nsession = requests.Session()\n"
VIEWS = (
    "from shop.clients import session\n\n\ndef rates():\n    return session.get('https://rates.example')\n"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "shop" / "clients.py").write_text(CLIENTS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def editor(workspace: Path) -> Iterator[Client]:
    with Client.spawn(workspace) as client:
        client.start("utf-16", workspace)
        yield client
        client.request("shutdown")
        client.notify("exit")


def rules(published: dict) -> list[str]:
    return [diagnostic["code"] for diagnostic in published["diagnostics"]]


def test_an_imported_name_is_known_soon_after_opening(editor: Client, workspace: Path) -> None:
    uri = (workspace / "shop" / "views.py").as_uri()
    editor.open(uri, VIEWS)
    assert rules(editor.published(uri)) == []
    assert rules(editor.published(uri)) == ["http-call-without-timeout"]


def test_the_text_in_the_editor_counts_more_than_the_stored_one(editor: Client, workspace: Path) -> None:
    views, clients = [(workspace / "shop" / name).as_uri() for name in ("views.py", "clients.py")]
    editor.open(views, VIEWS)
    editor.open(clients, CLIENTS)
    editor.published(views)
    assert rules(editor.published(views)) == ["http-call-without-timeout"]
    editor.change(clients, 2, edit(2, 10, 28, "object()"))
    assert rules(editor.published(views)) == []
    editor.close(clients)
    assert rules(editor.published(views)) == ["http-call-without-timeout"]


def test_a_file_that_changes_on_disk_is_read_again(editor: Client, workspace: Path) -> None:
    views, clients = [workspace / "shop" / name for name in ("views.py", "clients.py")]
    clients.unlink()
    editor.open(views.as_uri(), VIEWS)
    assert rules(editor.published(views.as_uri())) == []
    editor.change(views.as_uri(), 2, edit(0, 0, 0, "\n"))
    assert rules(editor.published(views.as_uri(), 2)) == []
    clients.write_text(CLIENTS, encoding="utf-8")
    editor.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": clients.as_uri(), "type": 1}]})
    assert rules(editor.published(views.as_uri())) == ["http-call-without-timeout"]
