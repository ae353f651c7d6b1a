"""The rules in real Neovim, the current one and that of Debian 12: typed, explained, repaired, saved."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from editor_cases import CASES, IGNORE_CHECK, INDEX_CHECK, SNIPPET_CHECK, STOCK, Case
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
    with_snippet,
    workspace,
)

if TYPE_CHECKING:
    from pathlib import Path

README = ROOT / "editors" / "neovim" / "README.md"


@pytest.fixture(scope="module", params=["nvim", "nvim-0.7"])
def session(request: pytest.FixtureRequest) -> dict[str, Any]:
    """One session of one Neovim for all tests."""
    name = request.param
    folder = fresh(name)
    required(BIN / "backend-architect")
    stock = {f"{INDEX_CHECK['folder']}/{name}": text for name, text in STOCK.items()}
    files = {IGNORE_CHECK["file"]: IGNORE_CHECK["text"], SNIPPET_CHECK["file"]: ""} | stock
    space = workspace(folder, files)
    menu = folder / "menu.json"
    own = str(folder / "home")
    env = {f"XDG_{kind}_HOME": own for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
    plan = {
        "nvim": str(required(HOME / "bin" / name)),
        "init": str(HERE / "neovim_init.lua"),
        "env": env | {"EDITOR_TEST_PLUGIN": str(ROOT / "editors" / "neovim"), "EDITOR_TEST_MENU": str(menu)},
        "menu": str(menu),
        "workspace": str(space),
        "screenshots": str(SCREENSHOTS / folder.name),
        "cases": [case.plan() for case in CASES],
        "checks": [IGNORE_CHECK, INDEX_CHECK, *([SNIPPET_CHECK] if name == "nvim" else [])],
    }
    driver = [required(HOME / "bin" / "nvim"), "--clean", "-l", HERE / "neovim.lua"]
    return {"results": drive(driver, plan, folder, seconds=120), "workspace": space}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mistake_is_repaired_while_typing(session: dict[str, Any], case: Case) -> None:
    text = (session["workspace"] / case.file).read_bytes().decode()
    assert session["results"][case.name] == {"error": None}
    assert text == case.expected


def test_finding_is_ignored_on_its_line(session: dict[str, Any]) -> None:
    text = (session["workspace"] / IGNORE_CHECK["file"]).read_bytes().decode()
    assert session["results"][IGNORE_CHECK["name"]] == {"error": None}
    assert text == IGNORE_CHECK["expected"]


@pytest.mark.parametrize("session", ["nvim"], indirect=True)
def test_snippet_is_chosen_and_gone_through(session: dict[str, Any]) -> None:
    assert session["results"][SNIPPET_CHECK["name"]] == {"error": None}
    # The end of the last line is written by the editor.
    text = (session["workspace"] / SNIPPET_CHECK["file"]).read_text()
    assert text == f"{with_snippet(SNIPPET_CHECK)}\n"


def test_index_is_added_as_by_the_command_line(session: dict[str, Any], tmp_path: Path) -> None:
    assert session["results"][INDEX_CHECK["name"]] == {"error": None}
    made = python_files(session["workspace"] / INDEX_CHECK["folder"])
    assert made["models.py"] == INDEX_CHECK["expected"]
    assert made == repaired(tmp_path, STOCK)


def test_configuration_of_the_readme_is_that_of_the_file(tmp_path: Path) -> None:
    settings = re.search(
        r'vim\.lsp\.config\("backend_architect", (\{\n.*?\n\})\)', README.read_text(), re.DOTALL
    )
    assert settings
    script = tmp_path / "compare.lua"
    script.write_text(f"assert(vim.deep_equal({settings[1]}, dofile(arg[1])))")
    nvim = required(HOME / "bin" / "nvim")
    file = ROOT / "editors" / "neovim" / "lsp" / "backend_architect.lua"
    run = subprocess.run(
        [nvim, "--clean", "-l", script, file], capture_output=True, text=True, timeout=20, check=False
    )
    assert run.returncode == 0, run.stderr
