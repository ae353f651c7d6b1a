"""The commands that editors offer: explained, fixed, checked, inserted, accepted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from tests.lsp.client import PUBLISH, Client, applied, capabilities, place_of

from backend_architect.cli.main import cli
from backend_architect.knowledge.cards import load_cards

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lsp.client import Message

CALL = "import requests\n\nanswer = requests.get('https://example.org')  # 🙂\n"
SAFE = """\
def read(text: str) -> int:
    try:
        return int(text)
    except Exception:
        raise RuntimeError(text)
"""
SQL = "UPDATE accounts SET active = false;\n"


def editor(**workspace: Any) -> Message:
    """What an editor can do that creates files, shows progress and inserts snippets."""
    known = capabilities()
    known["workspace"]["workspaceEdit"] = {"documentChanges": True, "resourceOperations": ["create"]}
    known["workspace"] |= workspace
    known["window"] = {"workDoneProgress": True}
    known["textDocument"]["completion"] = {"completionItem": {"snippetSupport": True}}
    return known


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "app").mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1"\n')
    (folder / "app" / "rates.py").write_text(CALL)
    (folder / "app" / "clean.py").write_text("print(1)\n")
    (folder / "0001.sql").write_text(SQL)
    return folder


@pytest.fixture
def client(project: Path) -> Iterator[Client]:
    with Client.inside() as client:
        client.start("utf-16", project, capabilities=editor())
        yield client


def command(client: Client, name: str, **argument: Any) -> Any:
    """The answer of a command."""
    return client.request("workspace/executeCommand", called(name, argument))


def refused(client: Client, name: str, **argument: Any) -> str:
    """Why a command does not do what it is asked for."""
    return client.call("workspace/executeCommand", called(name, argument))["error"]["message"]


def called(name: str, argument: Message) -> Message:
    return {"command": f"backend-architect.{name}", "arguments": [argument]}


def checked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """What the command line finds in a folder."""
    monkeypatch.chdir(folder)
    run = CliRunner().invoke(cli, ["check", "--format", "json"], catch_exceptions=False)
    return json.loads(run.stdout)


class TestExplain:
    def test_the_card_of_the_finding_at_the_cursor(self, client: Client, project: Path):
        uri = (project / "app" / "rates.py").as_uri()
        client.open(uri, CALL)
        place = place_of(CALL, "requests.get")["start"]
        told = command(client, "explain", uri=uri, position=place)
        card = load_cards()["http-call-without-timeout"]
        assert told["rules"] == [card.id]
        assert told["markdown"].startswith("> ")
        assert card.title in told["markdown"]
        assert card.body.partition("\n")[2] in told["markdown"]

    def test_the_cursor_may_be_beside_it_on_the_same_line(self, client: Client, project: Path):
        uri = (project / "app" / "rates.py").as_uri()
        client.open(uri, CALL)
        told = command(client, "explain", uri=uri, position={"line": 2, "character": 0})
        assert told["rules"] == ["http-call-without-timeout"]
        assert command(client, "explain", uri=uri, position={"line": 0, "character": 0}) is None

    def test_a_rule_by_its_name(self, client: Client):
        told = command(client, "explain", rule="query-in-loop")
        assert load_cards()["query-in-loop"].title in told["markdown"]
        assert refused(client, "explain", rule="no-such-rule") == "There is no rule no-such-rule."

    def test_a_file_that_is_not_open(self, client: Client):
        assert "Open a Python or SQL file" in refused(client, "explain", uri="file:///nowhere.py")


class TestCheckWorkspace:
    def test_is_what_the_command_line_finds(
        self, client: Client, project: Path, monkeypatch: pytest.MonkeyPatch
    ):
        told = command(client, "checkWorkspace")
        expected = checked(project, monkeypatch)
        assert told["findings"] == len(expected) > 1
        assert told["files"] == len({one["path"] for one in expected}) == 2
        for path in {one["path"] for one in expected}:
            shown = client.published((project / path).as_uri())["diagnostics"]
            wanted = [one for one in expected if one["path"] == path]
            assert [(one["code"], one["message"]) for one in shown] == [
                (one["rule"], one["message"]) for one in wanted
            ]

    def test_is_what_is_shown_when_a_file_is_opened(self, client: Client, project: Path):
        text = CALL.replace("answer", "s = '🙂'; answer")
        file = project / "app" / "rates.py"
        file.write_text(text, encoding="utf-8")
        command(client, "checkWorkspace")
        (stored,) = client.published(file.as_uri())["diagnostics"]
        client.open(file.as_uri(), text)
        (live,) = client.published(file.as_uri(), 1)["diagnostics"]
        assert stored == live

    def test_honours_exclude_and_settings(self, client: Client, project: Path):
        table = (
            '[tool.backend-architect]\nexclude = ["*.sql"]\nseverity = {http-call-without-timeout = "hint"}\n'
        )
        with (project / "pyproject.toml").open("a") as stream:
            stream.write(table)
        told = command(client, "checkWorkspace")
        assert told["severities"] == {"hint": 1}

    def test_open_files_keep_their_live_findings(self, client: Client, project: Path):
        uri = (project / "app" / "rates.py").as_uri()
        client.open(uri, "print(1)\n")
        assert client.published(uri, 1)["diagnostics"] == []
        command(client, "checkWorkspace")
        client.published((project / "0001.sql").as_uri())
        client.catch_up()
        sent = [one["params"] for one in client.messages if one.get("method") == PUBLISH]
        assert [one["diagnostics"] for one in sent if one["uri"] == uri] == [[]]

    def test_follows_changes_of_files(self, client: Client, project: Path):
        uri = (project / "0001.sql").as_uri()
        command(client, "checkWorkspace")
        assert client.published(uri)["diagnostics"]
        (project / "0001.sql").write_text("SELECT 1;\n")
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": 2}]})
        assert client.published(uri)["diagnostics"] == []
        (project / "0001.sql").write_text(SQL)
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": 2}]})
        assert client.published(uri)["diagnostics"]
        (project / "0001.sql").unlink()
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": 3}]})
        assert client.published(uri)["diagnostics"] == []

    def test_a_closed_file_is_checked_as_it_is_stored(self, client: Client, project: Path):
        uri = (project / "0001.sql").as_uri()
        command(client, "checkWorkspace")
        assert client.published(uri)["diagnostics"]
        client.open(uri, "SELECT 1;\n", "sql")
        assert client.published(uri, 1)["diagnostics"] == []
        client.close(uri)
        assert client.published(uri)["diagnostics"] == []
        assert client.published(uri)["diagnostics"]

    def test_follows_changes_of_settings(self, client: Client, project: Path):
        uri = (project / "0001.sql").as_uri()
        command(client, "checkWorkspace")
        assert client.published(uri)["diagnostics"]
        settings = project / "backend-architect.toml"
        settings.write_text('exclude = ["*.sql"]\n')
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": settings.as_uri(), "type": 1}]})
        assert client.published(uri)["diagnostics"] == []

    def test_says_when_the_settings_cannot_be_used(self, client: Client, project: Path):
        (project / "backend-architect.toml").write_text('selct = ["all"]\n')
        assert "selct" in refused(client, "checkWorkspace")

    def test_runs_no_module_of_the_folder(self, client: Client, project: Path):
        (project / "json.py").write_text("open('ran', 'w')\nraise SystemExit\n")
        assert command(client, "checkWorkspace")["findings"]
        assert not (project / "ran").exists()

    def test_can_be_stopped(self, client: Client):
        number = client.post("workspace/executeCommand", called("checkWorkspace", {}))
        begin = client.await_notification("$/progress")
        assert begin["value"]["cancellable"]
        client.notify("window/workDoneProgress/cancel", {"token": begin["token"]})
        assert client.answer(number)["error"]["message"] == "stopped"
        assert client.await_notification("$/progress")["value"]["kind"] == "end"

    def test_needs_a_folder(self):
        with Client.inside() as client:
            client.start("utf-16")
            assert refused(client, "checkWorkspace") == "Open a folder first."


def edits(edit: Message, uri: str) -> list[Message]:
    return [
        edit for one in edit["documentChanges"] if one["textDocument"]["uri"] == uri for edit in one["edits"]
    ]


class TestFixAll:
    def test_a_document(self, client: Client, project: Path):
        uri = (project / "app" / "safe.py").as_uri()
        client.open(uri, SAFE)
        told = command(client, "fixAll", uri=uri)
        assert told["fixed"] == 1
        asked = client.next(lambda message: message.get("method") == "workspace/applyEdit")
        assert asked["params"]["edit"] == told["edit"]
        assert "raise RuntimeError(text) from" in applied(SAFE, edits(told["edit"], uri))

    def test_nothing_to_fix_changes_nothing(self, client: Client, project: Path):
        uri = (project / "app" / "rates.py").as_uri()
        client.open(uri, "print(1)\n")
        assert command(client, "fixAll", uri=uri)["fixed"] == 0
        assert client.count("workspace/applyEdit") == 0

    def test_a_workspace(self, client: Client, project: Path):
        """Stored files as the command line fixes them, open ones as they stand in the editor."""
        stored, opened = project / "app" / "stored.py", project / "app" / "opened.py"
        stored.write_text(SAFE)
        opened.write_text("print(1)\n")
        client.open(opened.as_uri(), f"# new\n{SAFE}")
        told = command(client, "fixAll", apply=False)
        assert client.count("workspace/applyEdit") == 0
        assert (told["fixed"], told["files"]) == (2, 2)
        live = applied(f"# new\n{SAFE}", edits(told["edit"], opened.as_uri()))
        fixed = applied(SAFE, edits(told["edit"], stored.as_uri()))
        assert CliRunner().invoke(cli, ["fix", str(stored)], catch_exceptions=False).exit_code == 0
        assert fixed == stored.read_text()
        assert live == f"# new\n{fixed}"


class TestSnippets:
    def test_one_of_the_list_is_inserted_with_its_imports(self, client: Client, project: Path):
        (project / "pyproject.toml").write_text(
            '[project]\nname = "shop"\nversion = "1"\ndependencies = ["fastapi"]\n'
        )
        uri, text = (project / "app" / "main.py").as_uri(), "import os\n\n\n"
        client.open(uri, text)
        found = command(client, "snippets", uri=uri, position={"line": 3, "character": 0})
        one = next(one for one in found if one["snippet"] == "health/liveness")
        assert one["title"]
        assert one["title"] in one["documentation"]
        told = command(client, "snippet", **one)
        assert told["format"] == "snippet"
        assert "livez" in told["text"]
        edits = [{"range": told["range"], "newText": told["text"]}, *told["imports"]]
        assert "fastapi" in applied(text, edits)

    def test_where_none_fits(self, client: Client, project: Path):
        uri = (project / "app" / "rates.py").as_uri()
        client.open(uri, CALL)
        assert command(client, "snippets", uri=uri, position={"line": 2, "character": 12}) == []
        assert "does not fit" in refused(client, "snippet", uri=uri, snippet="health/liveness", framework="x")

    def test_several_files_are_written_at_once(self, client: Client, project: Path):
        (project / "pyproject.toml").write_text(
            '[project]\nname = "shop"\nversion = "1"\ndependencies = ["fastapi"]\n'
        )
        main = project / "app" / "main.py"
        main.write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
        client.open(main.as_uri(), main.read_text())
        found = command(client, "snippets", uri=main.as_uri(), position={"line": 2, "character": 0})
        one = next(one for one in found if one["application"] == "app")
        command(client, "snippet", **one)
        asked = client.next(lambda message: message.get("method") == "workspace/applyEdit")
        kinds = [one.get("kind") for one in asked["params"]["edit"]["documentChanges"]]
        assert "create" in kinds


class TestCreateBaseline:
    def test_accepts_what_is_found(self, client: Client, project: Path):
        uri = (project / "app" / "rates.py").as_uri()
        client.open(uri, CALL)
        assert client.published(uri)["diagnostics"]
        told = command(client, "createBaseline")
        assert told["written"]
        assert "findings accepted" in told["message"]
        assert (project / ".backend-architect" / "baseline.json").as_uri() == told["file"]
        assert client.published(uri)["diagnostics"] == []
        assert command(client, "checkWorkspace")["findings"] == 0

    def test_replaces_one_only_if_told_to(self, client: Client, project: Path):
        assert command(client, "createBaseline")["written"]
        (project / "0002.sql").write_text("DELETE FROM accounts;\n")
        assert not command(client, "createBaseline")["written"]
        assert command(client, "checkWorkspace")["findings"]
        assert command(client, "createBaseline", force=True)["written"]
        assert command(client, "checkWorkspace")["findings"] == 0
