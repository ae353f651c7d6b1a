"""Starts the drivers of the editors and brings back what they saw."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from editor_cases import CASES, ROOT
from tests.lsp.client import Client, applied, capabilities
from tests.snippets.reading import read

HOME = ROOT / "out" / "editors"
HERE = ROOT / "tests" / "editors"
SCREENSHOTS = HOME / "screenshots"
BIN = Path(sys.executable).parent


RULES = sorted({case.rule for case in CASES})

PYPROJECT = f"""
[project]
name = "sample"
version = "1"

[tool.backend-architect]
select = {json.dumps(RULES)}
"""
"""Only the rules that are tried: what others come to say of the same lines is tested elsewhere."""


def required(path: Path) -> Path:
    """A tool that these tests cannot do without; where an editor is not installed, they are skipped."""
    if path.exists():
        return path
    if BIN in path.parents:
        pytest.fail(f"{path} is missing: install the project")
    pytest.skip(f"{path} is missing: run `bash tests/editors/install.sh`")


def vsix() -> Path:
    """The package of the extension in the version of the sources."""
    manifest = json.loads((ROOT / "editors" / "vscode" / "package.json").read_text(encoding="utf-8"))
    return required(ROOT / "out" / f"backend-architect-{manifest['version']}.vsix")


def fresh(name: str) -> Path:
    """An empty folder for one session, kept afterwards to be looked at."""
    folder = HOME / "sessions" / name
    for used in (folder, SCREENSHOTS / name):
        shutil.rmtree(used, ignore_errors=True)
        used.mkdir(parents=True)
    return folder


def workspace(folder: Path, files: dict[str, str]) -> Path:
    """A repository as a person would open it: empty files for what is typed, and others with text."""
    return written(folder, {"pyproject.toml": PYPROJECT} | {case.file: "" for case in CASES} | files)


def written(folder: Path, files: dict[str, str]) -> Path:
    """A workspace below a folder with these files."""
    space = folder / "workspace"
    for name, text in files.items():
        (space / name).parent.mkdir(parents=True, exist_ok=True)
        (space / name).write_text(text, encoding="utf-8", newline="")
    return space


def repaired(folder: Path, sources: dict[str, str]) -> dict[str, str]:
    """What the command line makes of a project: the texts of its Python files by path, without dates."""
    for name, text in sources.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    command = [BIN / "backend-architect", "fix", "--unsafe-fixes"]
    subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL)
    return python_files(folder)


def python_files(folder: Path) -> dict[str, str]:
    """The Python files below a folder, without the dates that are written into them."""
    date = re.compile(r"^Create Date: .*", re.MULTILINE)
    return {
        path.relative_to(folder).as_posix(): date.sub("", path.read_text(encoding="utf-8"))
        for path in folder.rglob("*.py")
    }


def with_snippet(check: dict[str, str]) -> str:
    """The text after a snippet was taken at its end, with what was typed at the last tab stop."""
    known = capabilities("utf-16")
    known["textDocument"]["completion"] = {"completionItem": {"snippetSupport": True}}
    text = check["before"] + check["word"]
    at = {"line": text.count("\n"), "character": len(check["word"])}
    with Client.inside() as client:
        client.start("utf-16", capabilities=known)
        uri = f"untitled:{check['file']}"
        client.open(uri, text, "python")
        params = {"textDocument": {"uri": uri}, "position": at}
        items = client.request("textDocument/completion", params)["items"]
        (item,) = [one for one in items if one["label"] == check["label"]]
    snippet = item["textEdit"]["newText"]
    edit = item["textEdit"] | {"newText": read(snippet.replace("$0", check["last"] + "$0")).text}
    return applied(text, [edit, *item.get("additionalTextEdits", [])])


def drive(command: list[str | Path], plan: dict[str, Any], folder: Path, seconds: int) -> dict[str, Any]:
    """Runs a driver to its end; its output comes with the failure if it has none."""
    results = folder / "results.json"
    plan_file = folder / "plan.json"
    plan = plan | {"results": str(results), "seconds": seconds}
    plan_file.write_text(json.dumps(plan), encoding="utf-8")
    log = folder / "driver.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*map(str, command), str(plan_file)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
            start_new_session=True,
        )
        try:
            status = process.wait(seconds + 20)
        except subprocess.TimeoutExpired:
            status = None
            # A driver that is asked first takes its editor with it.
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    told = log.read_text(encoding="utf-8", errors="replace")
    print(told)
    assert status == 0, f"the driver ended with {status}:\n{told}"
    return json.loads(results.read_text(encoding="utf-8"))
