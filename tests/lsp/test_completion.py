"""Which snippets are offered where, and what an editor gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.lsp.client import Client, applied, capabilities
from tests.snippets.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HERE = "\N{BROKEN BAR}"
"""Where the cursor is."""

EDITOR = {
    "snippetSupport": True,
    "labelDetailsSupport": True,
    "insertTextModeSupport": {"valueSet": [1, 2]},
    "resolveSupport": {"properties": ["documentation", "additionalTextEdits"]},
    "documentationFormat": ["markdown", "plaintext"],
}

PROJECTS = {
    "fastapi": ["fastapi", "sqlalchemy", "alembic"],
    "flask": ["flask", "alembic"],
    "django": ["django"],
    "none": [],
    "several": ["fastapi", "flask"],
}


def with_completion(item: dict[str, Any]) -> dict[str, Any]:
    """What a client can do whose completion can do this."""
    known = capabilities()
    known["textDocument"]["completion"] = {"completionItem": item}
    return known


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with projects that depend on frameworks, and are otherwise empty."""
    folder = tmp_path_factory.mktemp("projects")
    for name, dependencies in PROJECTS.items():
        (folder / name).mkdir()
        table = f"[project]\nname = '{name}'\nversion = '1'\ndependencies = {dependencies}\n"
        table += "[tool.backend-architect]\nsnippets = ['health', 'migrations']\n"
        (folder / name / "pyproject.toml").write_text(table)
    (folder / "off").mkdir()
    (folder / "off" / "backend-architect.toml").write_text("snippets = []\n")
    (folder / "migrating").mkdir()
    (folder / "migrating" / "backend-architect.toml").write_text('snippets = ["migrations"]\n')
    (folder / "mysql").mkdir()
    (folder / "mysql" / "backend-architect.toml").write_text('dialect = "mysql"\n')
    return folder


@pytest.fixture(scope="module")
def editor(root: Path) -> Iterator[Client]:
    """A client that can do everything."""
    with Client.spawn(root) as client:
        client.start("utf-16", capabilities=with_completion(EDITOR))
        yield client


def completed(client: Client, file: Path, text: str) -> tuple[str, list[dict[str, Any]]]:
    """The text of a document without the mark, and what is offered at the mark."""
    before, _, after = text.partition(HERE)
    text, line, column = before + after, before.count("\n"), len(before.rpartition("\n")[2])
    client.open(file.as_uri(), text, "sql" if file.suffix == ".sql" else "python")
    params = {"textDocument": {"uri": file.as_uri()}, "position": {"line": line, "character": column}}
    answer = client.request("textDocument/completion", params)
    assert answer["isIncomplete"] is False
    return text, answer["items"]


APP = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
FASTAPI = ["health/liveness fastapi", "health/readiness fastapi"]
FLASK = ["health/liveness flask"]
DJANGO = ["health/liveness django"]
ALEMBIC = ["migrations/concurrent-index alembic"]
REVISION = 'from alembic import op\n\nrevision = "2"\n\n\ndef upgrade():\n'
SQL = ["migrations/concurrent-index sql"]

POSITIONS: list[tuple[str, str, list[str]]] = [
    # Where: by the frameworks of the project
    ("fastapi/app/a.py", HERE, FASTAPI),
    ("flask/app/a.py", HERE, FLASK),
    ("django/app/a.py", HERE, DJANGO),
    ("none/app/a.py", HERE, []),
    (
        "several/app/a.py",
        HERE,
        ["health/liveness fastapi", "health/liveness flask", "health/readiness fastapi"],
    ),
    # and those of the file, which come first
    ("several/app/a.py", f"import flask\n\n{HERE}\n", FLASK),
    ("none/app/a.py", f"{APP}ba{HERE}\n", FASTAPI),
    ("none/app/a.py", f"from flask import Flask\n\napp = Flask(__name__)\n\n\n{HERE}", FLASK),
    ("fastapi/app/a.py", f"import alembic\n\n{HERE}\n", []),
    ("fastapi/app/a.py", f"import json\n\n{HERE}\n", FASTAPI),
    # What is typed
    ("fastapi/app/a.py", f"{APP}ba-{HERE}\n", FASTAPI),
    ("fastapi/app/a.py", f"{APP}ba-liv{HERE}\n", FASTAPI),
    ("fastapi/app/a.py", f"{APP}livez{HERE}\n", FASTAPI),
    ("fastapi/app/a.py", f"{APP}x = ba{HERE}\n", []),
    ("fastapi/app/a.py", f"{APP}app.ba{HERE}\n", []),
    ("fastapi/app/a.py", f"{APP}ba{HERE}(1)\n", []),
    ("fastapi/app/a.py", f"{APP}# ba{HERE}\n", []),
    # In which part of the file
    ("fastapi/app/a.py", f"def f():\n    ba{HERE}\n", []),
    ("fastapi/app/a.py", f"async def f():\n    ba{HERE}\n", []),
    ("fastapi/app/a.py", f"class A:\n    ba{HERE}\n", []),
    ("fastapi/app/a.py", f'"""Text\n\n{HERE}\n"""\n', []),
    ("fastapi/app/a.py", f"x = [\n    1,\n{HERE}\n]\n", []),
    ("fastapi/app/a.py", f'"""Text."""\n\n{HERE}\n', FASTAPI),
    ("fastapi/app/a.py", f"{APP}def f():\n    pass\n\n\n{HERE}\n\n\ndef g():\n    pass\n", FASTAPI),
    ("fastapi/app/a.py", f"{APP}def broken(:\n\n\nba{HERE}\n", FASTAPI),
    # What is there already
    ("fastapi/app/a.py", f'{APP}@app.get("/livez")\ndef live(): ...\n\n\n{HERE}\n', FASTAPI[1:]),
    ("fastapi/app/a.py", f'{APP}@app.get("/api/healthz/")\ndef live(): ...\n\n\n{HERE}\n', FASTAPI[1:]),
    ("fastapi/app/a.py", f'{APP}@app.get("/orders")\ndef livez(): ...\n\n\n{HERE}\n', FASTAPI[1:]),
    ("fastapi/app/a.py", f"{APP}class Readiness: ...\n\n\n{HERE}\n", FASTAPI[:1]),
    ("fastapi/app/a.py", f'{APP}data.get("health")\n{HERE}\n', FASTAPI),
    ("django/app/urls.py", f'from django.urls import path\n\nx = path("healthz", y)\n{HERE}\n', []),
    # In which kind of file
    ("fastapi/tests/test_a.py", f"{APP}{HERE}\n", []),
    ("fastapi/migrations/versions/2_b.py", HERE, ALEMBIC),
    ("fastapi/migrations/versions/2_b.py", f"{REVISION}    ba{HERE}\n", ALEMBIC),
    ("fastapi/migrations/versions/2_b.py", f"{REVISION}    pass\n\n\n{HERE}\n", []),
    ("django/shop/migrations/0002_b.py", HERE, ["migrations/concurrent-index django"]),
    # SQL
    ("fastapi/migrations/2.sql", HERE, SQL),
    ("fastapi/migrations/2.sql", f"SELECT 1;\nba{HERE}\nSELECT 2;\n", SQL),
    ("fastapi/migrations/2.sql", f"-- text\n{HERE}\n", SQL),
    ("fastapi/migrations/2.sql", f"SELECT a,\n{HERE}\nb FROM c;\n", []),
    ("fastapi/migrations/2.sql", f"SELECT '\n{HERE}\n';\n", []),
    ("mysql/migrations/2.sql", HERE, []),
    # Settings
    ("off/app/a.py", f"{APP}{HERE}", []),
    ("migrating/app/a.py", f"{APP}{HERE}", []),
    ("migrating/migrations/2.sql", HERE, SQL),
]


@pytest.mark.parametrize(("path", "text", "expected"), POSITIONS)
def test_positions(editor: Client, root: Path, path: str, text: str, expected: list[str]):
    _, items = completed(editor, root / path, text)
    assert [f"{one['data']['snippet']} {one['data']['framework']}" for one in items] == expected
    editor.close((root / path).as_uri())


def written(client: Client, file: Path, text: str, label: str) -> str:
    """A text into which an item was put, with what is selected at first; the document is closed."""
    text, items = completed(client, file, text)
    (item,) = [one for one in items if one["label"] == label]
    item = client.request("completionItem/resolve", item)
    edit = item["textEdit"]
    new = read(edit["newText"]).text if item["insertTextFormat"] == 2 else edit["newText"]
    client.close(file.as_uri())
    return applied(text, [{**edit, "newText": new}, *(item.get("additionalTextEdits") or [])])


class TestEditor:
    def test_an_item(self, editor: Client, root: Path):
        _, items = completed(editor, root / "fastapi" / "item.py", f"{APP}ba-l{HERE}\n")
        item = items[0]
        assert item["label"] == "ba-liveness"
        assert item["labelDetails"] == {"description": "FastAPI"}
        assert item["sortText"] == "~ba-liveness"
        assert item["filterText"].split() == ["ba-liveness", "livez", "healthz", "probe"]
        assert (item["insertTextFormat"], item["insertTextMode"]) == (2, 2)
        assert item["textEdit"]["range"]["start"] == {"line": 5, "character": 0}
        assert "${1|/livez,/healthz|}" in item["textEdit"]["newText"]
        assert "documentation" not in item
        documentation = editor.request("completionItem/resolve", item)["documentation"]
        assert documentation["kind"] == "markdown"
        assert documentation["value"].startswith("# Liveness probe")
        assert "Checked with fastapi" in documentation["value"]

    def test_imports_go_to_the_top(self, editor: Client, root: Path):
        text = written(editor, root / "fastapi" / "b.py", f"{APP}ba-r{HERE}\n", "ba-readiness")
        assert text.startswith(
            "import asyncio\nimport logging\nimport time\n"
            "from collections.abc import Awaitable, Callable, Mapping\n\n"
            "from fastapi import FastAPI\nfrom fastapi.responses import JSONResponse\n\napp = FastAPI()\n"
        )
        compile(text, "b.py", "exec")

    @pytest.mark.parametrize(
        "text",
        [
            HERE,
            f"import json\n{HERE}",
            f"from fastapi import FastAPI\n{HERE}\n",
            f'"""Text."""\n{HERE}\n\nimport json\n',
            f"{HERE}\n\nimport asyncio\nimport json\n",
            f"import json\n\n\nx = 1\n{HERE}\n\n\ny = 2\n",
        ],
    )
    @pytest.mark.parametrize("label", ["ba-liveness", "ba-readiness"])
    def test_everything_that_is_used_is_imported_once(
        self, editor: Client, root: Path, text: str, label: str
    ):
        new = written(editor, root / "fastapi" / "c.py", text, label)
        compile(new, "c.py", "exec")
        statements = [line for line in new.splitlines() if line.startswith(("import ", "from "))]
        names = [name for line in statements for name in line.partition("import ")[2].split(", ")]
        assert len(names) == len(set(names))
        assert "JSONResponse" in names
        assert ("asyncio" in names) is (label == "ba-readiness" or "asyncio" in text)

    def test_what_is_missing_is_said(self, editor: Client, root: Path):
        _, items = completed(editor, root / "django" / "d.py", f"{APP}{HERE}\n")
        shown = editor.request("completionItem/resolve", items[0])["documentation"]["value"]
        assert shown.startswith("Needs `fastapi`, which the project does not depend on yet.")

    def test_nothing_triggers_it_but_a_person(self):
        with Client.inside() as client:
            provider = client.start()["capabilities"]["completionProvider"]
        assert not provider.get("triggerCharacters")
        assert provider["resolveProvider"] is True


class TestPlain:
    def test_a_client_that_can_do_nothing_gets_plain_text(self, root: Path):
        with Client.spawn(root) as client:
            client.start(None)
            text, items = completed(client, root / "fastapi" / "e.py", f"{APP}ba-l{HERE}\n")
            item = items[0]
            assert item["insertTextFormat"] == 1
            assert "labelDetails" not in item
            assert item["detail"] == "Liveness probe (FastAPI)"
            new = applied(text, [item["textEdit"], *item["additionalTextEdits"]])
            assert "$" not in new
            compile(new, "e.py", "exec")
            shown = client.request("completionItem/resolve", item)["documentation"]
            assert shown["kind"] == "plaintext"
            assert "`" not in shown["value"]

    def test_lines_are_indented_for_a_client_that_does_not_do_it(self, root: Path):
        with Client.spawn(root) as client:
            client.start(None)
            file = root / "fastapi" / "migrations" / "versions" / "3.py"
            text, items = completed(client, file, f"{REVISION}    ba{HERE}\n")
            compile(applied(text, [items[0]["textEdit"]]), "3.py", "exec")


class TestProject:
    def test_names_are_those_of_the_project(self, tmp_path: Path):
        (tmp_path / "pyproject.toml").write_text(
            "[project]\nname='a'\nversion='1'\ndependencies=['fastapi']\n"
        )
        (tmp_path / "app").mkdir()
        session = "from sqlalchemy.orm import sessionmaker\n\nSessions = sessionmaker()\n"
        (tmp_path / "app" / "db.py").write_text(session)
        (tmp_path / "app" / "live.py").write_text(f'{APP}@app.get("/livez")\ndef live(): ...\n')
        (tmp_path / "schema.sql").write_text("CREATE TABLE invoices (id int PRIMARY KEY, paid_at date);\n")
        with Client.spawn(tmp_path) as client:
            client.start(
                "utf-16",
                tmp_path,
                capabilities=with_completion(EDITOR) | {"window": {"workDoneProgress": True}},
            )
            file = tmp_path / "app" / "ready.py"
            client.open(file.as_uri(), "")
            client.next(
                lambda one: one.get("method") == "$/progress" and one["params"]["value"]["kind"] == "end"
            )
            client.close(file.as_uri())
            _, items = completed(client, tmp_path / "migrations" / "2.sql", HERE)
            assert "${1:invoices}" in items[0]["textEdit"]["newText"]
            assert "${2|id,paid_at|}" in items[0]["textEdit"]["newText"]
            client.open(file.as_uri(), "")
            client.catch_up()
            client.close(file.as_uri())
            _, items = completed(client, file, HERE)
            assert [one["label"] for one in items][-1:] == ["ba-readiness"]
