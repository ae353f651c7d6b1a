"""The rules in real Emacs with Eglot, which has no snippets and lets servers create no files."""

from __future__ import annotations

from typing import Any

import pytest
from editor_cases import CASES, INDEX_CHECK, SNIPPET_CHECK, STOCK, Case
from editor_runs import BIN, HERE, HOME, ROOT, drive, fresh, required, workspace
from neovim_cases import CHECKS as PLUGIN_CHECKS
from neovim_cases import PARSE

CONFIGURATION = ROOT / "editors" / "emacs" / "backend-architect.el"
HALF, FIX_ALL = (
    next(check for check in PLUGIN_CHECKS if check["name"] == name) for name in ("half_typed", "fixall")
)
CHECKS: list[dict[str, Any]] = [
    HALF | {"name": "halfTyped"},
    FIX_ALL | {"file": "strict/repair.py"},
    SNIPPET_CHECK,
    INDEX_CHECK,
    {"name": "diagram", "file": "stock/models.py"},
]


@pytest.fixture(scope="module")
def session() -> dict[str, Any]:
    """One session of Emacs for all tests."""
    folder = fresh("emacs")
    required(BIN / "backend-architect")
    stock = {f"{INDEX_CHECK['folder']}/{name}": text for name, text in STOCK.items()}
    strict = {"strict/backend-architect.toml": f"select = {FIX_ALL['codes']}\n", "strict/repair.py": PARSE}
    space = workspace(folder, {HALF["file"]: "", SNIPPET_CHECK["file"]: ""} | stock | strict)
    plan = {
        "workspace": str(space),
        "cases": [case.plan() for case in CASES],
        "checks": CHECKS,
    }
    emacs = required(HOME / "bin" / "emacs")
    home = ["--init-directory", folder / "home"]
    driver = [emacs, "-Q", *home, "--batch", "-l", CONFIGURATION, "-l", HERE / "emacs.el"]
    return {"results": drive(driver, plan, folder, seconds=120), "workspace": space}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mistake_is_repaired_while_typing(session: dict[str, Any], case: Case) -> None:
    text = (session["workspace"] / case.file).read_bytes().decode()
    assert session["results"][case.name] == {"error": None}
    assert text == case.expected


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check["name"])
def test_rest(session: dict[str, Any], check: dict[str, Any]) -> None:
    assert session["results"][check["name"]] == {"error": None}


def test_snippet_is_plain_text(session: dict[str, Any]) -> None:
    assert session["results"]["snippet"] == {"error": None}
    text = (session["workspace"] / SNIPPET_CHECK["file"]).read_text()
    assert "\nasync def livez() -> JSONResponse:\n" in text
    assert "from fastapi.responses import JSONResponse\n" in text
    assert "$" not in text


def test_model_gets_its_index(session: dict[str, Any]) -> None:
    """The migration is for the person to save."""
    folder = session["workspace"] / INDEX_CHECK["folder"]
    assert (folder / "models.py").read_text() == INDEX_CHECK["expected"]
    assert [path.name for path in (folder / "migrations" / "versions").iterdir()] == ["4f1a09c2d7b3_parts.py"]
