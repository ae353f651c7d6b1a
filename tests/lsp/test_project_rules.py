"""Rules that a project brings along, in the editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.lsp.client import SHOW_MESSAGE, Client

from backend_architect.project.user_cards import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CARD = """\
---
severity: error
detect:
  kind: call-of
  calls: [shop.mail.send]
  message: "`{call}` sends at once"
---
# Mail that is sent at once

This mail cannot be taken back.
"""

TEXT = "import shop.mail\n\nshop.mail.send('hello')\n"


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A card of the project."""
    file = tmp_path / FOLDER / "mail-sent-at-once.md"
    file.parent.mkdir(parents=True)
    file.write_text(CARD)
    return file


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Client]:
    """A client that has the project open."""
    with Client.inside() as client:
        client.start("utf-16", tmp_path)
        yield client


def findings(client: Client, file: Path) -> list[tuple[str, int]]:
    diagnostics = client.published(file.as_uri())["diagnostics"]
    return [(diagnostic["code"], diagnostic["severity"]) for diagnostic in diagnostics]


def test_they_are_heard_explained_and_read_again(editor: Client, card: Path, tmp_path: Path):
    file = tmp_path / "app.py"
    editor.open(file.as_uri(), TEXT, "python")
    assert findings(editor, file) == [("mail-sent-at-once", 1)]
    shown = editor.hover(file.as_uri(), 2, 3)["contents"]["value"]
    assert "This mail cannot be taken back." in shown
    card.write_text(CARD.replace("error", "hint"))
    editor.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": card.as_uri(), "type": 2}]})
    assert findings(editor, file) == [("mail-sent-at-once", 4)]


def test_a_broken_one_is_told_and_costs_nothing_else(editor: Client, card: Path, tmp_path: Path):
    card.with_name("bad-card.md").write_text(CARD.replace("calls:", "call:"))
    file = tmp_path / "app.py"
    editor.open(file.as_uri(), TEXT, "python")
    assert findings(editor, file) == [("mail-sent-at-once", 1)]
    message = editor.await_notification(SHOW_MESSAGE)["message"]
    assert "bad-card.md:5: unknown field 'detect.call'; did you mean 'calls'?" in message
