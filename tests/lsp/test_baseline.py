"""What the project has accepted is not shown in the editor either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner
from tests.lsp.client import Client, edit

from backend_architect.cli.main import cli

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TEXT = "import requests\n\nrequests.get('https://rates.example')\n"


def test_only_what_is_new_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "rates.py").write_text(TEXT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli, ["baseline", "create"]).exit_code == 0
    uri = (tmp_path / "rates.py").as_uri()
    with Client.spawn(tmp_path) as client:
        client.start("utf-16", tmp_path)
        client.open(uri, TEXT)
        assert client.published(uri)["diagnostics"] == []
        client.change(uri, 2, edit(3, 0, 0, "requests.get('https://rates.example')\n"))
        (again,) = client.published(uri, 2)["diagnostics"]
        assert again["range"]["start"]["line"] == 3
        baseline = tmp_path / ".backend-architect" / "baseline.json"
        baseline.unlink()
        changes = [{"uri": baseline.as_uri(), "type": 3}]
        client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
        assert len(client.published(uri)["diagnostics"]) == 2
        client.request("shutdown")
        client.notify("exit")
