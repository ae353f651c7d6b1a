"""What the API of VS Code says in its extension host, with exact values, in a workspace of two folders."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from editor_cases import CASES, card_texts
from editor_runs import BIN, HERE, ROOT, fresh, required
from vscode_runs import NOTEBOOK, drive_vscode

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT = "http-call-without-timeout"
UPDATE = "update-without-where"
EMOJI = next(case for case in CASES if case.name == "timeout-emoji")
SWEEP = "UPDATE accounts SET active = false;\n"
LINES = 20_000
LONG = "SELECT id FROM accounts WHERE id = 1;\n" * LINES
APP = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\nlivez"

ONE = {
    "emoji.py": EMOJI.typed,
    "app.py": APP,
    "long.sql": LONG,
    "locked.sql": SWEEP,
    "cells.ipynb": json.dumps(NOTEBOOK),
    "later.sql": SWEEP,
}
TWO = {"emoji.py": EMOJI.typed}
SETTINGS = {
    "one": {"backendArchitect.select": [TIMEOUT, UPDATE], "backendArchitect.severity": {TIMEOUT: "error"}},
    "two": {"backendArchitect.select": [TIMEOUT], "backendArchitect.severity": {TIMEOUT: "hint"}},
}


def prepared(folder: Path) -> Path:
    """The file of a workspace with two folders that have settings of their own."""
    for name, files in (("one", ONE), ("two", TWO)):
        (folder / name / ".vscode").mkdir(parents=True)
        (folder / name / ".vscode" / "settings.json").write_text(json.dumps(SETTINGS[name]))
        (folder / name / "pyproject.toml").write_text(f'[project]\nname = "{name}"\nversion = "1"\n')
        for file, text in files.items():
            (folder / name / file).write_text(text, encoding="utf-8")
    (folder / "one" / "locked.sql").chmod(0o444)
    (folder / "alone.sql").write_text(SWEEP)
    workspace = folder / "both.code-workspace"
    workspace.write_text(json.dumps({"folders": [{"path": "one"}, {"path": "two"}]}))
    return workspace


def observer(folder: Path) -> Path:
    """The package of the extension that looks."""
    package = folder / "inside.vsix"
    vsce = required(ROOT / "editors" / "vscode" / "node_modules" / "@vscode" / "vsce" / "vsce")
    options = ["--no-dependencies", "--allow-missing-repository", "--skip-license", "--out", str(package)]
    node = required(ROOT / "out" / "node" / "bin" / "node")
    run = [node, vsce, "package", *options]
    subprocess.run(run, cwd=HERE / "vscode" / "inside", check=True, capture_output=True, timeout=60)
    return package


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """What the extension has written down, by name."""
    folder = fresh("vscode-inside")
    space = folder / "workspace"
    workspace = prepared(space)
    one, two = space / "one", space / "two"
    observations: list[dict[str, Any]] = [
        {"name": "repaired", "what": "repaired", "file": one / "emoji.py"},
        {"name": "two", "what": "opened", "file": two / "emoji.py", "count": 1},
        {"name": "completed", "what": "completed", "file": one / "app.py", "label": "ba-liveness"},
        {"name": "outside", "what": "opened", "file": space / "alone.sql", "count": 1},
        {"name": "untitled", "what": "untitled", "language": "sql", "text": SWEEP, "count": 1},
        {"name": "locked", "what": "opened", "file": one / "locked.sql", "count": 1},
        {
            "name": "long",
            "what": "changed",
            "file": one / "long.sql",
            "line": LINES // 2,
            "text": SWEEP,
            "count": 1,
        },
        {
            "name": "notebook",
            "what": "notebook",
            "file": one / "cells.ipynb",
            "later": one / "later.sql",
            "count": 1,
        },
    ]
    told = folder / "told.json"
    plan = folder / "inside.json"
    plan.write_text(json.dumps({"observations": observations, "results": told}, default=str))
    session = {
        "opened": f"workspace={workspace}",
        "extensions": [str(observer(folder))],
        "environment": {"BACKEND_ARCHITECT_INSIDE": str(plan)},
        "settings": {"security.workspace.trust.enabled": False},
        "cases": [],
        "checks": [{"name": "inside", "told": str(told)}],
    }
    assert drive_vscode(folder, space, BIN, session) == {"inside": {"error": None}}
    return json.loads(told.read_text(encoding="utf-8"))


def place(text: str, part: str) -> list[int]:
    """The lines and UTF-16 columns between which a part of a text stands."""
    before = text[: text.index(part)]
    line, column = before.count("\n"), len(before.rpartition("\n")[2].encode("utf-16-le")) // 2
    return [line, column, line, column + len(part)]


def of(diagnostics: list[dict[str, Any]]) -> list[tuple[str, str, list[int]]]:
    return [(one["rule"], one["severity"], one["range"]) for one in diagnostics]


def test_finding_behind_an_emoji(seen: dict[str, Any]) -> None:
    (found,) = seen["repaired"]["diagnostics"]
    assert of([found]) == [(TIMEOUT, "Error", place(EMOJI.typed, "requests.get"))]
    assert found["card"].endswith(f"/{TIMEOUT}.md")
    assert "`requests.get` waits for ever" in found["message"]
    plain = seen["repaired"]["hover"].replace("`", "")
    assert all(text in plain for text in card_texts(TIMEOUT))


def test_actions_and_what_the_first_makes_of_the_text(seen: dict[str, Any]) -> None:
    first, *others = seen["repaired"]["actions"]
    assert first == ["Add timeout=10", "quickfix", True]
    assert [f"Ignore {TIMEOUT} on this line", "quickfix", False] in others
    assert seen["repaired"]["applied"]
    assert seen["repaired"]["text"] == EMOJI.expected


def test_each_folder_has_its_settings(seen: dict[str, Any]) -> None:
    assert of(seen["two"]) == [(TIMEOUT, "Hint", place(EMOJI.typed, "requests.get"))]


def test_snippet_among_the_completions(seen: dict[str, Any]) -> None:
    item = seen["completed"]
    assert (item["kind"], item["isSnippet"]) == ("Snippet", True)
    assert "async def livez" in item["text"]
    assert "${1" in item["text"]


@pytest.mark.parametrize("name", ["outside", "untitled", "locked"])
def test_files_that_are_special(seen: dict[str, Any], name: str) -> None:
    assert of(seen[name]) == [(UPDATE, "Warning", place(SWEEP, "accounts"))]


def test_middle_of_a_long_file(seen: dict[str, Any]) -> None:
    _, start, _, end = place(SWEEP, "accounts")
    line = LINES // 2
    assert of(seen["long"]) == [(UPDATE, "Warning", [line, start, line, end])]


def test_cells_of_a_notebook_are_left_alone(seen: dict[str, Any]) -> None:
    assert seen["notebook"] == [["python", []]]
