"""What the project as a whole says of open files: it comes from another process, and follows every edit."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from pygls.uris import to_fs_path
from tests.lsp.client import PUBLISH, Client, Message, capabilities, edit, place_of

from backend_architect.cli.main import cli

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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


def test_a_document_that_is_opened_later_hears_of_its_project_too(editor: Client, workspace: Path) -> None:
    first, later = workspace / "shop" / "orders.py", workspace / "shop" / "baskets.py"
    editor.open(first.as_uri(), QUERY)
    until(editor, first.as_uri(), [RULE])
    later.write_text(QUERY, encoding="utf-8")
    editor.open(later.as_uri(), QUERY)
    # One index serves both queries; the finding stands at the first of them, by their paths.
    until(editor, later.as_uri(), [RULE])


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


def test_random_edits_end_as_a_fresh_check(
    editor: Client, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(7)
    texts = {"schema.sql": SCHEMA, "shop/orders.py": QUERY}
    for name, text in texts.items():
        editor.open((workspace / name).as_uri(), text, "sql" if name.endswith(".sql") else "python")
    until(editor, (workspace / "shop" / "orders.py").as_uri(), [RULE])
    monkeypatch.chdir(workspace)
    for version in range(2, 42):
        name = rng.choice(list(texts))
        lines = texts[name].splitlines(keepends=True)
        at = rng.randint(0, len(lines)) if name.endswith(".sql") else rng.choice([0, 1, len(lines)])
        texts[name] = "".join([*lines[:at], rng.choice(MORE[name]), *lines[at:]])
        if rng.random() < 0.2:
            texts[name] = SCHEMA if name.endswith(".sql") else QUERY
        editor.change((workspace / name).as_uri(), version, {"text": texts[name]})
        if version % 4 == 0:
            for one, text in texts.items():
                (workspace / one).write_text(text, encoding="utf-8")
                editor.hover((workspace / one).as_uri(), 0, 0)  # answered when all is known
            assert {one: shown(editor, (workspace / one).as_uri()) for one in texts} == checked(texts)


MORE = {
    "schema.sql": [
        INDEX,
        INDEX.replace("orders_customer ", "again "),
        "-- a comment\n",
        "SELECT id FROM orders WHERE customer_id = 3;\n",
        "ALTER TABLE orders ADD COLUMN more text;\n",
        "CREATE TABLE lines (id bigint PRIMARY KEY);\n",
    ],
    "shop/orders.py": ["\n", "# a comment\n", 'QUERY = "SELECT note FROM orders WHERE customer_id = 5"\n'],
}


def shown(editor: Client, uri: str) -> list[tuple[str, int, list[int]]]:
    """The findings that the editor shows, each with its line and those of related places."""
    last = [
        message["params"]["diagnostics"]
        for message in editor.messages
        if message.get("method") == PUBLISH and message["params"]["uri"] == uri
    ][-1]
    return sorted(
        (
            one["code"],
            one["range"]["start"]["line"],
            [place["location"]["range"]["start"]["line"] for place in one.get("relatedInformation", ())],
        )
        for one in last
    )


def checked(names: Iterable[str]) -> dict[str, list[tuple[str, int, list[int]]]]:
    """What the command line finds in the files as they are stored."""
    found = json.loads(CliRunner().invoke(cli, ["check", "--format", "json"]).stdout)
    return {
        name: sorted(
            (one["rule"], one["start"]["line"] - 1, [place["line"] - 1 for place in one["related"]])
            for one in found
            if one["path"] == name
        )
        for name in names
    }


def test_progress_begins_and_ends(editor: Client, workspace: Path) -> None:
    for number in range(300):  # so many that the client has agreed to a bar before they are read
        (workspace / "shop" / f"part{number}.py").write_text(QUERY, encoding="utf-8")
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


def run(editor: Client, command: str, *arguments: object) -> Any:
    params = {"command": f"backend-architect.{command}", "arguments": arguments}
    return editor.request("workspace/executeCommand", params)


def test_the_diagram_is_shown_without_an_open_file(editor: Client) -> None:
    text = run(editor, "showDiagram")
    assert text.startswith("erDiagram\n    orders {\n")
    opened = editor.next(lambda message: message.get("method") == "window/showDocument")["params"]["uri"]
    assert opened.startswith("file:")
    assert opened.endswith(".mmd")


def test_the_diagram_is_opened_in_a_browser(editor: Client) -> None:
    uri = run(editor, "writeDiagram")
    asked = editor.next(lambda message: message.get("method") == "window/showDocument")["params"]
    assert asked == {"uri": uri, "external": True}
    assert '"name": "orders"' in Path(to_fs_path(uri) or "").read_text("utf-8")


def test_the_web_view_gets_its_page_and_what_the_texts_say_now(editor: Client, workspace: Path) -> None:
    schema = workspace / "schema.sql"
    assert run(editor, "diagramProjects") == [{"name": workspace.name, "uri": workspace.as_uri()}]
    assert '<script type="application/json" id="diagram">null</script>' in run(editor, "diagramPage")
    editor.open(schema.as_uri(), SCHEMA + "CREATE TABLE notes (id bigint PRIMARY KEY);\n")
    drawn = run(editor, "diagramData", workspace.as_uri())
    tables = drawn["schemas"][0]["tables"]
    assert [(table["name"], table["origin"]) for table in tables] == [
        ("orders", {"path": "schema.sql", "line": 1}),
        ("notes", {"path": "schema.sql", "line": 7}),
    ]
    assert run(editor, "diagramData", (workspace / "shop").as_uri()) is None


def test_a_folder_without_tables_has_no_diagram(editor: Client, workspace: Path) -> None:
    (workspace / "schema.sql").unlink()
    assert run(editor, "writeDiagram") == ""
    told = editor.next(lambda message: message.get("method") == "window/showMessage")["params"]["message"]
    assert "no folder that is open has tables" in told
    assert run(editor, "diagramData", workspace.as_uri()) == {"title": workspace.name, "schemas": []}
