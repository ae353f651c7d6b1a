"""The rules in real VS Code: typed, marked, explained, repaired by the menu, saved."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from editor_cases import CASES, IGNORE_CHECK, INDEX_CHECK, SEVERAL, SNIPPET_CHECK, STOCK, Case
from editor_commands import CHECKS as COMMAND_CHECKS
from editor_commands import FILES as COMMAND_FILES
from editor_runs import (
    BIN,
    ROOT,
    fresh,
    python_files,
    repaired,
    required,
    with_snippet,
    workspace,
)
from vscode_runs import NOTEBOOK, drive_vscode

CHECKS: list[dict[str, Any]] = [
    {"name": "problems", "file": "several.py", "count": 4},
    IGNORE_CHECK,
    {"name": "fixAll", "file": "several.py"},
    {"name": "untitled", "typed": CASES[0].typed},
    INDEX_CHECK,
    SNIPPET_CHECK,
    {
        "name": "diagram",
        "file": "tables.sql",
        "tables": ["audit", "author", "book"],
        "line": 2,
        "typed": "CREATE TABLE shelf (id bigint PRIMARY KEY);\n",
        "added": "shelf",
    },
    {"name": "status", "file": "several.py", "notebook": "cells.ipynb", "count": 4},
    {
        "name": "settings",
        "file": "settings.py",
        "rule": "http-call-without-timeout",
        "count": 1,
        "typed": "requests.post('b')\n",
    },
    {
        "name": "killed",
        "file": "killed.py",
        "before": "requests.get('b')\nrequests.",
        "after": "post('c')\n",
    },
    *COMMAND_CHECKS,
    {"name": "restart", "file": "several.py"},
    {"name": "missing", "file": "several.py"},
    {"name": "failing", "file": "several.py"},
    {"name": "killedOften", "file": "several.py"},
    {"name": "trust", "file": "several.py", "trace": "ran"},
]

PRIVATE_CHECK: dict[str, Any] = {"name": "privately", "file": "several.py", "count": 4}

CALL = "import requests\nrequests.get('a')\n"

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
        "settings.py": CALL,
        "killed.py": CALL,
        "cells.ipynb": json.dumps(NOTEBOOK),
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
    checks = {"cases": [case.plan() for case in CASES], "checks": CHECKS}
    return {"results": drive_vscode(folder, space, BIN, checks), "workspace": space}


@pytest.fixture(scope="module")
def bare_session() -> tuple[dict[str, Any], Path]:
    """What a session saw on whose PATH there is Python and no server, and the folder of its state."""
    folder = fresh("vscode-bare")
    programs = folder / "bin"
    programs.mkdir()
    (programs / "python3").symlink_to(Path(sys.executable).resolve())
    space = workspace(folder, {"several.py": SEVERAL})
    results = drive_vscode(folder, space, programs, {"cases": [], "checks": [PRIVATE_CHECK]})
    return results, folder / "state"


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


def test_server_is_installed_where_there_is_none(bare_session: tuple[dict[str, Any], Path]) -> None:
    results, state = bare_session
    assert results[PRIVATE_CHECK["name"]] == {"error": None}
    (marker,) = state.glob("data/User/globalStorage/*/server.json")
    environment = marker.parent / json.loads(marker.read_text())["environment"]
    version = json.loads((ROOT / "editors" / "vscode" / "package.json").read_text())["version"]
    run = [environment / "bin" / "backend-architect", "--version"]
    assert subprocess.check_output(run, text=True).split()[-1] == version
