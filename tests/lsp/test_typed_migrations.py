"""What an editor hears of a migration while it is typed, and the safe sequence that it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.lsp.client import Client, Message, capabilities, edit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TABLES = """-- +goose Up
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);

-- +goose Down
DROP TABLE orders;
DROP TABLE customers;
"""
KEY = """-- +goose Up
ALTER TABLE orders
    ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id);

-- +goose Down
ALTER TABLE orders DROP CONSTRAINT orders_customer;
"""
INDEX = "CREATE INDEX orders_customer ON orders (customer_id);\n"
RULE = "index-without-concurrently"


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    (tmp_path / "shop" / "db").mkdir(parents=True)
    with Client.spawn(tmp_path) as client:
        able = capabilities("utf-16")
        able["workspace"]["workspaceEdit"] = {"documentChanges": True, "resourceOperations": ["create"]}
        client.start("utf-16", tmp_path / "shop", capabilities=able)
        yield client
        client.request("shutdown")
        client.notify("exit")


def opened(editor: Client, file: Path, text: str) -> str:
    file.write_text(text, encoding="utf-8")
    editor.open(file.as_uri(), text, "sql")
    return file.as_uri()


def awaited(editor: Client, uri: str, rule: str) -> Message:
    """The first finding of a rule, once there is one."""
    while True:
        found = [one for one in editor.published(uri)["diagnostics"] if one["code"] == rule]
        if found:
            return found[0]


def offered(editor: Client, uri: str, finding: Message) -> Message:
    """The repair of a finding, with its edit."""
    actions = editor.actions(uri, finding["range"], ["quickfix"])
    return editor.resolve(next(one for one in actions if one["kind"] == "quickfix"))


def written(action: Message, uri: str) -> list[str]:
    """What an action puts into a file."""
    changes = action["edit"]["documentChanges"]
    (edits,) = [one["edits"] for one in changes if one.get("textDocument", {}).get("uri") == uri]
    return [one["newText"] for one in edits]


def test_a_finding_comes_and_goes_with_a_word(editor: Client, tmp_path: Path) -> None:
    uri = opened(editor, tmp_path / "shop" / "db" / "0002_index.sql", INDEX)
    assert awaited(editor, uri, RULE)["range"]["start"] == {"line": 0, "character": 0}
    start = len("CREATE INDEX ")
    editor.change(uri, 2, edit(0, start, start, "CONCURRENTLY "))
    assert editor.published(uri, 2)["diagnostics"] == []
    editor.change(uri, 3, edit(0, start, start + len("CONCURRENTLY "), ""))
    assert awaited(editor, uri, RULE)


def test_the_safe_sequence_needs_a_second_migration(editor: Client, tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "db"
    (folder / "001_tables.sql").write_text(TABLES, encoding="utf-8")
    uri = opened(editor, folder / "002_key.sql", KEY)
    finding = awaited(editor, uri, "foreign-key-validated-at-once")
    done = offered(editor, uri, finding)
    assert done["title"] == "Add the foreign key as NOT VALID, and validate it afterwards"
    (edited,) = written(done, uri)
    assert edited.endswith(" NOT VALID")
    (created,) = [one for one in done["edit"]["documentChanges"] if one.get("kind") == "create"]
    assert created["uri"].startswith(f"{folder.as_uri()}/003_")
    (new,) = written(done, created["uri"])
    assert new.startswith("-- +goose Up\n")
    assert "ALTER TABLE orders VALIDATE CONSTRAINT orders_customer;" in new


def test_what_stands_in_earlier_files_counts_as_it_is_typed(editor: Client, tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "db"
    first = opened(editor, folder / "0001_orders.sql", "SELECT 1;\n")
    rule = "required-column-without-default"
    second = opened(editor, folder / "0002_note.sql", "ALTER TABLE orders ALTER COLUMN note SET NOT NULL;\n")
    assert awaited(editor, second, "not-null-on-existing-column")
    checked = "ALTER TABLE orders ADD CONSTRAINT given CHECK (note IS NOT NULL) NOT VALID;\n"
    editor.change(first, 2, {"text": f"{checked}ALTER TABLE orders VALIDATE CONSTRAINT given;\n"})
    while editor.published(second)["diagnostics"]:
        pass
    editor.change(second, 2, {"text": "ALTER TABLE orders ADD COLUMN tax integer NOT NULL;\n"})
    assert awaited(editor, second, rule)


def test_a_file_outside_of_the_folder_is_judged_alone(editor: Client, tmp_path: Path) -> None:
    (tmp_path / "0001_table.sql").write_text("CREATE TABLE orders (customer_id bigint);\n", encoding="utf-8")
    uri = opened(editor, tmp_path / "0002_index.sql", INDEX)
    assert awaited(editor, uri, RULE)
    editor.change(uri, 2, {"text": f"-- the index\n{INDEX}"})
    finding = awaited(editor, uri, RULE)
    assert finding["range"]["start"]["line"] == 1
    assert "CONCURRENTLY " in "".join(written(offered(editor, uri, finding), uri))
