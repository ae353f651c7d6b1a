"""Settings of folders, their changes, and what happens where they cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.lsp.client import SHOW_MESSAGE, Client, span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lsp.client import Message

TEXT = "import requests\nrequests.get('u')\n"
SQL = "UPDATE `a` SET b = 1;\nCREATE TABLE t (a int);\n"
OWN = "backend-architect.toml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder that is open in the editor."""
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


@pytest.fixture
def editor(project: Path) -> Iterator[Client]:
    """A client that has the project open."""
    with Client.inside() as client:
        client.start("utf-16", project)
        yield client


def opened(client: Client, file: Path, text: str = TEXT) -> list[Message]:
    """What is found in a file when it is opened."""
    client.open(file.as_uri(), text, file.suffix.removeprefix("."))
    return client.published(file.as_uri())["diagnostics"]


def saved(client: Client, file: Path, text: str | None) -> None:
    """Write or delete a file, and let the client tell the server."""
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    change = {"uri": file.as_uri(), "type": 3 if text is None else 2}
    client.notify("workspace/didChangeWatchedFiles", {"changes": [change]})


def codes(diagnostics: list[Message]) -> list[str]:
    return sorted(diagnostic["code"] for diagnostic in diagnostics)


class TestValues:
    @pytest.mark.parametrize("name", [OWN, "pyproject.toml"])
    def test_severity(self, editor: Client, project: Path, name: str):
        table = "[tool.backend-architect.severity]" if name == "pyproject.toml" else "[severity]"
        (project / name).write_text(f'{table}\nhttp-call-without-timeout = "error"\n')
        assert [one["severity"] for one in opened(editor, project / "app" / "a.py")] == [1]

    def test_off_and_select(self, editor: Client, project: Path):
        (project / OWN).write_text('select = ["database"]\nseverity = {update-without-where = "off"}\n')
        assert opened(editor, project / "a.py") == []
        assert codes(opened(editor, project / "a.sql", "UPDATE a SET b = 1;\nCREATE TABLE t (a int);\n")) == [
            "table-without-primary-key"
        ]

    def test_exclude_and_per_file_ignores(self, editor: Client, project: Path):
        (project / OWN).write_text('exclude = ["gen/"]\nper-file-ignores = {"old/**" = ["reliability"]}\n')
        assert opened(editor, project / "gen" / "a.py") == []
        assert opened(editor, project / "old" / "a.py") == []
        assert len(opened(editor, project / "new" / "a.py")) == 1

    @pytest.mark.parametrize(
        "folder", [".venv/lib/python3.11/site-packages/x", "node_modules/x", "build", ".git"]
    )
    def test_code_of_others_is_left_alone(self, editor: Client, project: Path, folder: str):
        assert opened(editor, project / folder / "a.py") == []
        assert editor.actions((project / folder / "a.py").as_uri(), span(1, 0, 0)) == []

    def test_dialect(self, editor: Client, project: Path):
        (project / OWN).write_text('dialects = {"my/**" = "mysql"}\n')
        file = project / "my" / "a.sql"
        opened(editor, file, SQL)
        (fix, *_) = editor.actions(file.as_uri(), span(1, 13, 13))
        assert "AUTO_INCREMENT" in str(editor.resolve(fix)["edit"])

    def test_kinds_of_files_follow_from_paths_in_the_project(self, editor: Client, project: Path):
        assert opened(editor, project / "migrations" / "a.sql", "UPDATE a SET b = 1;\n") == []


class TestChanges:
    def test_a_watched_file_counts_at_once(self, editor: Client, project: Path):
        file = project / "a.py"
        assert len(opened(editor, file)) == 1
        for text, severity in [
            ('[severity]\nhttp-call-without-timeout = "hint"\n', [4]),
            ("ignore = ['all']", []),
            (None, [2]),
        ]:
            saved(editor, project / OWN, text)
            found = editor.published(file.as_uri())["diagnostics"]
            assert [one["severity"] for one in found] == severity

    def test_other_files_count_for_nothing(self, editor: Client, project: Path):
        file = project / "a.py"
        opened(editor, file)
        since = len(editor.messages)
        saved(editor, project / "poetry.toml", "x = 1\n")
        editor.catch_up()
        assert editor.count("textDocument/publishDiagnostics", since) == 0

    def test_changed_configuration_counts_at_once(self, editor: Client, project: Path):
        file = project / "a.py"
        opened(editor, file)
        (project / OWN).write_text("ignore = ['all']\n")
        editor.notify("workspace/didChangeConfiguration", {"settings": None})
        assert editor.published(file.as_uri())["diagnostics"] == []

    def test_the_text_of_the_editor_is_kept(self, editor: Client, project: Path):
        file = project / "a.py"
        opened(editor, file)
        editor.change(file.as_uri(), 2, {"text": f"\n\n{TEXT}"})
        editor.published(file.as_uri(), 2)
        saved(editor, project / OWN, "")
        published = editor.published(file.as_uri())
        assert published["version"] == 2
        assert [one["range"]["start"]["line"] for one in published["diagnostics"]] == [3]


class TestMistakes:
    def test_are_told_once_and_the_defaults_hold(self, editor: Client, project: Path):
        (project / OWN).write_text("\nselct = ['security']\n")
        assert len(opened(editor, project / "a.py")) == 1
        message = editor.await_notification(SHOW_MESSAGE)
        assert message["type"] == 2
        assert f"{OWN}:2: " in message["message"]
        assert "'select'" in message["message"], "what was meant is named"
        assert len(opened(editor, project / "b.py")) == 1
        assert editor.count(SHOW_MESSAGE) == 1

    def test_are_told_again_after_a_change_that_does_not_mend_them(self, editor: Client, project: Path):
        (project / OWN).write_text("dialect = 'x'\n")
        opened(editor, project / "a.py")
        assert "'x'" in editor.await_notification(SHOW_MESSAGE)["message"]
        saved(editor, project / OWN, "dialect = 'y'\n")
        assert "'y'" in editor.await_notification(SHOW_MESSAGE)["message"]
        saved(editor, project / OWN, "ignore = ['all']\n")
        assert editor.published((project / "a.py").as_uri(), 1)
        editor.catch_up()
        assert editor.count(SHOW_MESSAGE) == 2

    def test_bytes_that_are_no_text(self, editor: Client, project: Path):
        (project / "pyproject.toml").write_bytes(b"[tool.backend-architect]\n# \xff\n")
        assert len(opened(editor, project / "a.py")) == 1
        assert "not UTF-8" in editor.await_notification(SHOW_MESSAGE)["message"]


class TestFolders:
    def test_each_has_its_settings(self, tmp_path: Path):
        one, two = tmp_path / "one", tmp_path / "two"
        for folder, severity in ((one, "error"), (two, "hint")):
            folder.mkdir()
            (folder / OWN).write_text(f'[severity]\nhttp-call-without-timeout = "{severity}"\n')
        with Client.inside() as client:
            client.start("utf-16", one, two)
            assert [found["severity"] for found in opened(client, one / "a.py")] == [1]
            assert [found["severity"] for found in opened(client, two / "sub" / "a.py")] == [4]
            assert [found["severity"] for found in opened(client, tmp_path / "a.py")] == [2]
            saved(client, two / OWN, "ignore = ['all']\n")
            assert client.published((two / "sub" / "a.py").as_uri())["diagnostics"] == []

    def test_the_closest_file_counts(self, editor: Client, project: Path):
        (project / OWN).write_text("ignore = ['all']\n")
        (project / "sub").mkdir()
        (project / "sub" / OWN).write_text("")
        assert opened(editor, project / "a.py") == []
        assert len(opened(editor, project / "sub" / "a.py")) == 1

    def test_a_folder_that_is_opened_or_closed_later(self, editor: Client, tmp_path: Path):
        file = tmp_path / "other" / "build" / "a.py"
        assert len(opened(editor, file)) == 1
        folder = {"uri": (tmp_path / "other").as_uri(), "name": "other"}
        for added, removed, count in (([folder], [], 0), ([], [folder], 1)):
            event = {"event": {"added": added, "removed": removed}}
            editor.notify("workspace/didChangeWorkspaceFolders", event)
            assert len(editor.published(file.as_uri())["diagnostics"]) == count

    @pytest.mark.parametrize(
        "uri", ["untitled:Untitled-1", "vscode-notebook-cell:/a.ipynb#x", "git:/shop/a.py?x"]
    )
    def test_documents_that_are_no_files_have_the_defaults(self, editor: Client, project: Path, uri: str):
        (project / OWN).write_text("ignore = ['all']\n")
        editor.open(uri, TEXT)
        assert len(editor.published(uri)["diagnostics"]) == 1
        assert editor.actions(uri, span(1, 3, 3))

    def test_a_name_with_blanks_and_other_characters(self, editor: Client, project: Path):
        assert len(opened(editor, project / "ein häßlicher Name#1%20.py")) == 1
