"""What the project as a whole says of open files: it comes from another process, and follows every edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.lsp.client import Client, Message, capabilities, edit, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMA = """CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id bigint NOT NULL,
    note text,
    created_at timestamptz NOT NULL
);
"""
INDEX = "CREATE INDEX orders_customer ON orders (customer_id);\n"
QUERY = """import psycopg


def orders_of(db: psycopg.Connection, customer: int) -> list[tuple[int]]:
    return db.execute("SELECT id FROM orders WHERE customer_id = %s", (customer,)).fetchall()
"""
RULE = "filter-without-index"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    rules = '["filter-without-index", "duplicate-index", "unused-suppression"]'
    (tmp_path / "backend-architect.toml").write_text(f"select = {rules}\n", encoding="utf-8")
    (tmp_path / "shop").mkdir()
    (tmp_path / "schema.sql").write_text(SCHEMA, encoding="utf-8")
    (tmp_path / "shop" / "orders.py").write_text(QUERY, encoding="utf-8")
    return tmp_path


@pytest.fixture
def editor(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(workspace / ".cache"))
    with Client.spawn(workspace) as client:
        start(client, workspace)
        yield client
        client.request("shutdown")
        client.notify("exit")


def start(client: Client, folder: Path) -> None:
    able = capabilities("utf-16", window={"workDoneProgress": True, "showDocument": {"support": True}})
    able["textDocument"]["publishDiagnostics"]["relatedInformation"] = True
    client.start("utf-16", folder, capabilities=able)


def rules(published: Message) -> list[str]:
    return [diagnostic["code"] for diagnostic in published["diagnostics"]]


def until(editor: Client, uri: str, wanted: list[str]) -> Message:
    """The next diagnostics for a document that are of these rules."""
    while rules(published := editor.published(uri)) != wanted:
        pass
    return published


def test_a_query_hears_of_the_schema_and_of_edits_of_it(editor: Client, workspace: Path) -> None:
    schema, orders = (workspace / "schema.sql").as_uri(), (workspace / "shop" / "orders.py").as_uri()
    editor.open(orders, QUERY)
    found = until(editor, orders, [RULE])["diagnostics"][0]
    assert found["range"] == place_of(QUERY, QUERY.splitlines()[4].strip())
    start = {"line": 0, "character": 0}
    assert found["relatedInformation"] == [
        {
            "location": {"uri": schema, "range": {"start": start, "end": start}},
            "message": "`orders` has 1 index",
        }
    ]
    editor.open(schema, SCHEMA, "sql")
    editor.change(schema, 2, edit(6, 0, 0, INDEX))
    until(editor, orders, [])
    editor.change(schema, 3, {"text": SCHEMA})
    until(editor, orders, [RULE])


def test_a_finding_moves_with_its_block_and_goes_with_the_text_it_was_about(
    editor: Client, workspace: Path
) -> None:
    orders = (workspace / "shop" / "orders.py").as_uri()
    editor.open(orders, QUERY)
    until(editor, orders, [RULE])
    editor.change(orders, 2, edit(1, 0, 0, "\nlimit = 3\n"))
    moved = editor.published(orders, 2)
    assert [one["range"]["start"]["line"] for one in moved["diagnostics"]] == [6]
    editor.change(orders, 3, edit(6, 50, 50, " "))
    assert rules(editor.published(orders, 3)) == []


def test_comments_and_settings_hold(editor: Client, workspace: Path) -> None:
    orders = workspace / "shop" / "orders.py"
    quiet = QUERY.replace("    return", f"    # backend-architect: ignore[{RULE}]\n    return")
    editor.open(orders.as_uri(), QUERY)
    until(editor, orders.as_uri(), [RULE])
    editor.change(orders.as_uri(), 2, {"text": quiet})
    until(editor, orders.as_uri(), [])
    editor.change(orders.as_uri(), 3, {"text": QUERY})
    until(editor, orders.as_uri(), [RULE])
    settings = workspace / "backend-architect.toml"
    settings.write_text(f'select = ["{RULE}"]\n[severity]\n{RULE} = "error"\n', encoding="utf-8")
    watched(editor, settings)
    assert until(editor, orders.as_uri(), [RULE])["diagnostics"][0]["severity"] == 1


def test_stored_files_come_and_go(editor: Client, workspace: Path) -> None:
    orders, index = workspace / "shop" / "orders.py", workspace / "indexes.sql"
    editor.open(orders.as_uri(), QUERY)
    until(editor, orders.as_uri(), [RULE])
    index.write_text(INDEX, encoding="utf-8")
    watched(editor, index)
    until(editor, orders.as_uri(), [])
    index.unlink()
    watched(editor, index)
    until(editor, orders.as_uri(), [RULE])


def watched(editor: Client, file: Path) -> None:
    editor.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": file.as_uri(), "type": 2}]})


def test_progress_begins_and_ends(editor: Client, workspace: Path) -> None:
    orders = (workspace / "shop" / "orders.py").as_uri()
    editor.open(orders, QUERY)
    until(editor, orders, [RULE])
    values = [one["params"]["value"] for one in editor.messages if one.get("method") == "$/progress"]
    assert values[0]["kind"] == "begin"
    assert values[0]["cancellable"]
    assert values[-1] == {"kind": "end"}


def test_hover_shows_tables(editor: Client, workspace: Path) -> None:
    schema, orders = workspace / "schema.sql", workspace / "shop" / "orders.py"
    editor.open(orders.as_uri(), QUERY)
    editor.open(schema.as_uri(), SCHEMA, "sql")
    until(editor, orders.as_uri(), [RULE])
    for uri, text, part in ((orders, QUERY, "SELECT"), (schema, SCHEMA, "orders")):
        place = place_of(text, part)["start"]
        shown = editor.hover(uri.as_uri(), place["line"], place["character"])["contents"]["value"]
        assert "### orders · schema.sql:1" in shown
        assert "- **customer_id** bigint not null" in shown
        assert "primary key (id)" in shown
        assert "- shop/orders.py:5" in shown
    assert editor.hover(orders.as_uri(), 0, 8) is None


def test_the_diagram_is_shown(editor: Client, workspace: Path) -> None:
    orders = (workspace / "shop" / "orders.py").as_uri()
    command = {"command": "backend-architect.showDiagram", "arguments": []}
    assert editor.request("workspace/executeCommand", command) == ""
    editor.open(orders, QUERY)
    until(editor, orders, [RULE])
    text = editor.request("workspace/executeCommand", command)
    assert text.startswith("erDiagram\n    orders {\n")
    opened = editor.next(lambda message: message.get("method") == "window/showDocument")["params"]["uri"]
    assert opened.startswith("file:")
    assert opened.endswith(".mmd")
