"""Repairs that reach over the files of a project: edits of several files and new ones, for all clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.lsp.client import SHOW_MESSAGE, Client, Message, capabilities

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODELS = """from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    \"\"\"Größe 🏦\"\"\"

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column()
    note: Mapped[str]
"""
TABLE = """CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id bigint NOT NULL,
    note text NOT NULL
);
"""
QUERY = """import psycopg


def orders_of(db: psycopg.Connection, customer: int) -> list[tuple[int]]:
    return db.execute("SELECT id FROM orders WHERE customer_id = %s", (customer,)).fetchall()
"""
RULE = "filter-without-index"
INDEX = (
    "-- If this fails, drop the INVALID index that it leaves before the next try,\n"
    "-- because IF NOT EXISTS would keep that one.\n"
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_orders_customer_id ON orders (customer_id);\n"
)
NEW = "migrations/0002_add_ix_orders_customer_id.up.sql"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Models whose migrations are written in SQL."""
    files = {
        "backend-architect.toml": f'select = ["{RULE}"]\n',
        "migrations/0001_orders.up.sql": TABLE,
        "migrations/0001_orders.down.sql": "DROP TABLE orders;\n",
        "shop/models.py": MODELS,
        "shop/orders.py": QUERY,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def editor(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(workspace / ".cache"))
    with Client.spawn(workspace) as client:
        yield client
        client.request("shutdown")
        client.notify("exit")


def started(editor: Client, workspace: Path, *, window: Message | None = None, **edit: Any) -> str:
    """The query, open in a client whose edits can do so much, once its finding is there."""
    able = capabilities("utf-16", window=window or {})
    able["workspace"]["workspaceEdit"] = edit
    editor.start("utf-16", workspace, capabilities=able)
    uri = (workspace / "shop" / "orders.py").as_uri()
    editor.open(uri, QUERY)
    while not editor.published(uri)["diagnostics"]:
        pass
    return uri


def action(editor: Client, uri: str) -> Message:
    """What is offered first at the finding."""
    at = {"line": 4, "character": 10}
    context = {"diagnostics": [], "only": ["quickfix"]}
    wanted = {"textDocument": {"uri": uri}, "range": {"start": at, "end": at}, "context": context}
    return editor.request("textDocument/codeAction", wanted)[0]


def resolved(editor: Client, uri: str) -> Message:
    return editor.request("codeAction/resolve", action(editor, uri))


def changes(resolved: Message) -> list[Message]:
    return resolved["edit"]["documentChanges"]


def of_file(resolved: Message, file: Path) -> Message:
    """The edits of a file."""
    found = [one for one in changes(resolved) if one.get("textDocument", {}).get("uri") == file.as_uri()]
    assert len(found) == 1
    return found[0]


CREATING = {"documentChanges": True, "resourceOperations": ["create", "rename", "delete"]}
PREVIEWING = {**CREATING, "changeAnnotationSupport": {"groupsOnLabel": True}}


def test_the_model_is_edited_and_the_migration_created(editor: Client, workspace: Path) -> None:
    uri = started(editor, workspace, **CREATING)
    offered = action(editor, uri)
    assert offered["title"] == "Add the index to Order and a new migration (SQL)"
    assert offered["isPreferred"]
    assert "edit" not in offered
    done = resolved(editor, uri)
    created = [one for one in changes(done) if one.get("kind") == "create"]
    assert [one["uri"] for one in created] == [
        (workspace / name).as_uri() for name in (NEW, NEW.replace(".up.", ".down."))
    ]
    new = of_file(done, workspace / NEW)
    assert [edit["newText"] for edit in new["edits"]] == [INDEX]
    assert changes(done).index(created[0]) < changes(done).index(new), "a file is there before it is filled"
    model = of_file(done, workspace / "shop" / "models.py")
    assert model["textDocument"]["version"] is None
    assert [edit["newText"] for edit in model["edits"]] == ["index=True"]
    assert "command" not in done


def test_a_client_that_can_has_a_title_for_its_preview(editor: Client, workspace: Path) -> None:
    uri = started(editor, workspace, **PREVIEWING)
    done = resolved(editor, uri)
    ((name, annotation),) = done["edit"]["changeAnnotations"].items()
    assert annotation == {"label": done["title"]}
    for one in changes(done):
        annotated = one.get("edits", [one])
        assert {edit["annotationId"] for edit in annotated} == {name}


def test_an_open_model_is_edited_as_it_stands_in_the_editor(editor: Client, workspace: Path) -> None:
    uri = started(editor, workspace, **CREATING)
    models = workspace / "shop" / "models.py"
    editor.open(models.as_uri(), MODELS)
    above = "# Things that people buy.\n"
    editor.change(models.as_uri(), 7, {"text": above + MODELS})
    model = of_file(resolved(editor, uri), models)
    assert model["textDocument"]["version"] == 7
    assert [edit["range"]["start"]["line"] for edit in model["edits"]] == [
        (above + MODELS).splitlines().index("    customer_id: Mapped[int] = mapped_column()")
    ]


def test_a_client_that_creates_no_files_gets_text_to_paste(editor: Client, workspace: Path) -> None:
    uri = started(editor, workspace, window={"showDocument": {"support": True}}, documentChanges=True)
    done = resolved(editor, uri)
    assert [one["textDocument"]["uri"] for one in changes(done)] == [
        (workspace / "shop" / "models.py").as_uri()
    ]
    command = done["command"]
    assert [file["path"] for file in command["arguments"]] == [NEW, NEW.replace(".up.", ".down.")]
    editor.request("workspace/executeCommand", command)
    opened = editor.next(lambda message: message.get("method") == "window/showDocument")["params"]["uri"]
    assert opened.endswith("/0002_add_ix_orders_customer_id.up.sql")
    said = editor.await_notification(SHOW_MESSAGE)["message"]
    assert said.endswith(f"save what is open now as {NEW}.")


def test_without_any_capability_the_text_is_in_the_log(editor: Client, workspace: Path) -> None:
    uri = started(editor, workspace)
    done = resolved(editor, uri)
    assert list(done["edit"]["changes"]) == [(workspace / "shop" / "models.py").as_uri()]
    editor.request("workspace/executeCommand", done["command"])
    logged = editor.next(
        lambda message: message.get("method") == "window/logMessage" and INDEX in message["params"]["message"]
    )
    assert logged["params"]["message"] == f"{NEW}:\n\n{INDEX}"


def test_what_cannot_be_written_any_more_is_said(editor: Client, workspace: Path) -> None:
    uri = started(editor, workspace, **CREATING)
    offered = action(editor, uri)
    models = (workspace / "shop" / "models.py").as_uri()
    editor.open(models, MODELS)
    editor.change(models, 2, {"text": MODELS.replace("mapped_column()", "mapped_column(")})
    done = editor.request("codeAction/resolve", offered)
    assert "edit" not in done
    said = editor.await_notification(SHOW_MESSAGE)["message"]
    assert said.startswith("Add the index to Order and a new migration (SQL): this cannot be written: ")
