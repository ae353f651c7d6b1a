"""Who may import whom, so that the command line never waits for the protocol, and nothing prints into it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "server" / "backend_architect"
MODULES = sorted(PACKAGE.rglob("*.py"))
FREE = (
    "engine",
    "python",
    "sql",
    "schema",
    "queries",
    "loading",
    "advice",
    "project",
    "detectors",
    "fixes",
    "knowledge",
    "indexing",
    "snippets",
)
"""The packages that know nothing of the protocol."""
PROTOCOL = ("pygls", "lsprotocol", "backend_architect.lsp")


def imports(tree: ast.AST) -> set[str]:
    """The modules that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=name)
class TestModule:
    def test_speaks_of_the_protocol_in_lsp_only(self, path: Path):
        package = name(path).partition("/")[0]
        tree = parsed(path)
        if package in FREE:
            assert not any(one.startswith(("backend_architect.cli", *PROTOCOL)) for one in imports(tree))
        elif package != "lsp":
            for node in tree.body:
                assert _is_definition(node) or not any(one.startswith(PROTOCOL) for one in imports(node))

    def test_prints_nothing(self, path: Path):
        printed = [
            node.lineno
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        ]
        assert printed == []

    def test_has_no_stdout_but_the_processes_that_give_it_away(self, path: Path):
        uses = {
            node.attr
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sys"
        }
        assert "stdout" not in uses or name(path).startswith(("cli/", "lsp/server.py", "project/index.py"))


def _is_definition(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


@pytest.mark.parametrize(
    "module", ["cli.main", "cli.check", "cli.server", "engine.check", "detectors.registry"]
)
def test_importing_it_imports_no_protocol(module: str):
    code = f"import sys, backend_architect.{module}; print([m for m in {PROTOCOL!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"
