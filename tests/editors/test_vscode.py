"""The rules in real VS Code: typed, marked, explained, repaired by the menu, saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from editor_cases import CASES, IGNORE_CHECK, INDEX_CHECK, SEVERAL, SNIPPET_CHECK, STOCK, Case
from editor_commands import CHECKS as COMMAND_CHECKS
from editor_commands import FILES as COMMAND_FILES
from editor_runs import (
    BIN,
    HERE,
    HOME,
    ROOT,
    SCREENSHOTS,
    drive,
    fresh,
    python_files,
    repaired,
    required,
    vsix,
    with_snippet,
    workspace,
)

CHECKS: list[dict[str, Any]] = [
    {"name": "problems", "file": "several.py", "count": 4},
    IGNORE_CHECK,
    {"name": "fixAll", "file": "several.py"},
    {"name": "untitled", "typed": CASES[0].typed},
    INDEX_CHECK,
    SNIPPET_CHECK,
    {"name": "diagram", "file": "tables.sql", "tables": ["author", "book"]},
    *COMMAND_CHECKS,
    {"name": "restart", "file": "several.py"},
    {"name": "missing", "file": "several.py"},
    {"name": "failing", "file": "several.py"},
    {"name": "trust", "file": "several.py", "trace": "ran"},
]

TABLES = """CREATE TABLE author (id bigint PRIMARY KEY);
CREATE TABLE book (id bigint PRIMARY KEY, author_id bigint NOT NULL REFERENCES author (id));
"""


@pytest.fixture(scope="module")
def session() -> dict[str, Any]:
    """One session for all tests: a start of the editor costs more than everything that is done in it."""
    folder = fresh("vscode")
    required(BIN / "backend-architect")
    files = {
        "several.py": SEVERAL,
        IGNORE_CHECK["file"]: IGNORE_CHECK["text"],
        "tables.sql": TABLES,
        SNIPPET_CHECK["file"]: "",
    }
    files |= COMMAND_FILES
    files |= {f"{INDEX_CHECK['folder']}/{name}": text for name, text in STOCK.items()}
    space = workspace(folder, files)
    # A repository that would like its own program to be started.
    program = space / "program.sh"
    program.write_text(f'#!/bin/sh\ntouch "{space}/ran"\nexec "{BIN}/backend-architect" server\n')
    program.chmod(0o755)
    (space / ".vscode").mkdir()
    (space / ".vscode" / "settings.json").write_text(json.dumps({"backendArchitect.command": [str(program)]}))
    plan = {
        "home": str(HOME),
        "node": str(required(ROOT / "out" / "node" / "bin")),
        "chromium": str(required(Path("/usr/bin/chromium"))),
        "bin": str(BIN),
        "vsix": str(vsix()),
        "state": str(folder / "state"),
        "workspace": str(space),
        "screenshots": str(SCREENSHOTS / folder.name),
        "cases": [case.plan() for case in CASES],
        "checks": CHECKS,
    }
    required(HOME / "npm" / "node_modules" / "code-server")
    node = ROOT / "out" / "node" / "bin" / "node"
    results = drive([node, HERE / "vscode.mjs"], plan, folder, seconds=200)
    return {"results": results, "workspace": space}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mistake_is_repaired_while_typing(session: dict[str, Any], case: Case) -> None:
    text = (session["workspace"] / case.file).read_bytes().decode()
    assert session["results"][case.name] == {"error": None}
    assert text == case.expected


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check["name"])
def test_rest_of_the_shell(session: dict[str, Any], check: dict[str, Any]) -> None:
    assert session["results"][check["name"]] == {"error": None}
    if check is IGNORE_CHECK:
        text = (session["workspace"] / check["file"]).read_bytes().decode()
        assert text == check["expected"]


def test_snippet_is_chosen_and_gone_through(session: dict[str, Any]) -> None:
    text = (session["workspace"] / SNIPPET_CHECK["file"]).read_bytes().decode()
    assert text == with_snippet(SNIPPET_CHECK)


def test_index_is_added_as_by_the_command_line(session: dict[str, Any], tmp_path: Path) -> None:
    made = python_files(session["workspace"] / INDEX_CHECK["folder"])
    assert made["models.py"] == INDEX_CHECK["expected"]
    assert made == repaired(tmp_path, STOCK)
