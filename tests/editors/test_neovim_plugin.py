"""What the folder for Neovim brings beside the start of the server, in the current one and in 0.7."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from editor_runs import BIN, HERE, HOME, ROOT, SCREENSHOTS, drive, fresh, required, written
from neovim_cases import CHECKS, FILES

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "editors" / "neovim"
EDITORS = ["nvim", "nvim-0.7"]


def environment(folder: Path) -> dict[str, str]:
    """Of a Neovim that knows nothing of its user and has our folder."""
    own = str(folder / "home")
    return {f"XDG_{kind}_HOME": own for kind in ("CONFIG", "DATA", "STATE", "CACHE")} | {
        "EDITOR_TEST_PLUGIN": str(FOLDER),
        "EDITOR_TEST_MENU": str(folder / "menu.json"),
    }


@pytest.fixture(scope="module", params=EDITORS)
def session(request: pytest.FixtureRequest) -> dict[str, Any]:
    """One session of one Neovim for all checks."""
    name = request.param
    folder = fresh(f"{name}-plugin")
    required(BIN / "backend-architect")
    space = written(folder, FILES)
    (space / "locked.sql").chmod(0o444)
    plan = {
        "nvim": str(required(HOME / "bin" / name)),
        "init": str(HERE / "neovim_init.lua"),
        "env": environment(folder),
        "menu": str(folder / "menu.json"),
        "workspace": str(space),
        "screenshots": str(SCREENSHOTS / folder.name),
        "checks": CHECKS,
    }
    driver = [required(HOME / "bin" / "nvim"), "--clean", "-l", HERE / "neovim_plugin.lua"]
    return drive(driver, plan, folder, seconds=180)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check["name"])
def test_plugin(session: dict[str, Any], check: dict[str, Any]) -> None:
    assert session[check["name"]] == {"error": None}


def run(name: str, folder: Path, *commands: str, path: str | None = None) -> str:
    """What a Neovim prints that runs commands of its command line and ends."""
    nvim = required(HOME / "bin" / name)
    arguments = [part for command in (*commands, "qall!") for part in ("-c", command)]
    process = subprocess.run(
        [nvim, "--headless", "--clean", "-n", "-i", "NONE", "-u", HERE / "neovim_init.lua", *arguments],
        cwd=folder,
        env=os.environ | environment(folder) | {"PATH": path or f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout + process.stderr


@pytest.mark.parametrize("name", EDITORS)
def test_health_says_how_to_get_what_is_missing(name: str, tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    run(name, tmp_path, "checkhealth backend_architect", f"write! {report}", path="/usr/bin:/bin")
    text = report.read_text(encoding="utf-8")
    assert 'ERROR the program "backend-architect" was not found' in re.sub(
        r"[❌:]? ?ERROR:? ", "ERROR ", text
    )
    assert "pipx install ." in text
    assert "Open a Python or SQL file" in text


@pytest.mark.parametrize("name", EDITORS)
def test_help_has_its_tags(name: str, tmp_path: Path) -> None:
    doc = tmp_path / "doc"
    doc.mkdir()
    source = (FOLDER / "doc" / "backend_architect.txt").read_text(encoding="utf-8")
    (doc / "backend_architect.txt").write_text(source, encoding="utf-8")
    assert run(name, tmp_path, f"helptags {doc}").strip() == ""
    tags = {line.split("\t")[0] for line in (doc / "tags").read_text(encoding="utf-8").splitlines()}
    linked = set(re.findall(r"\|(backend-architect[^|]*)\|", source))
    assert linked <= tags
    assert ":BackendArchitect" in tags
    (command,) = (check for check in CHECKS if check["name"] == "completion")
    assert {f"backend-architect-{one}" for one in command["names"]} <= tags


def test_safe_repairs_are_made_on_saving(tmp_path: Path) -> None:
    """With the example of the help file."""
    source = (FOLDER / "doc" / "backend_architect.txt").read_text(encoding="utf-8")
    examples = re.findall(r">\n\n(.*?)\n<", source, re.DOTALL)
    (example,) = (one for one in examples if "BufWritePre" in one)
    script = tmp_path / "on_saving.lua"
    script.write_text(example, encoding="utf-8")
    (fixed,) = (check for check in CHECKS if check["name"] == "fixall")
    space = written(tmp_path, {"backend-architect.toml": FILES["backend-architect.toml"]})
    file = space / "saved.py"
    file.write_text(FILES[fixed["file"]], encoding="utf-8")
    known = "lua assert(vim.wait(9000, function() return #vim.diagnostic.get(0) > 0 end, 10))"
    run("nvim", space, f"luafile {script}", f"edit {file}", known, "write")
    assert file.read_text(encoding="utf-8") == fixed["expected"]
