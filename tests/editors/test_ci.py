"""The examples for continuous integration: their commands are run, and what they write is valid."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from editor_runs import BIN, ROOT
from tests.cli.sarif_shape import LOG, array, record

if TYPE_CHECKING:
    from pathlib import Path

CI = ROOT / "editors" / "ci"
CLEAN = "x = 1\n"
CALL = "import requests\n\nrequests.get('https://example.com')\n"

PLACE = record({"line": {"type": "integer", "minimum": 1}}, {"column": {"type": "integer", "minimum": 1}})
ISSUE = record(
    {
        "description": {"type": "string"},
        "check_name": {"type": "string"},
        "fingerprint": {"type": "string", "minLength": 1},
        "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
        "location": record(
            {
                "path": {"type": "string", "pattern": "^[^./]"},
                "positions": record({"begin": PLACE}, {"end": PLACE}),
            }
        ),
    },
)
"""The fields of a code quality report, as GitLab documents them."""
VALID = {
    "findings.sarif": LOG,
    "gl-code-quality-report.json": array(ISSUE, unique=False),
}


def loaded(name: str) -> Any:
    return yaml.safe_load((CI / name).read_text(encoding="utf-8"))


def commands(name: str) -> list[str]:
    """What an example runs, without the installation."""
    if name == "github.yml":
        lines = [step["run"] for step in loaded(name)["jobs"]["check"]["steps"] if "run" in step]
    else:
        lines = loaded(name)["backend-architect"]["script"]
    installing, *rest = lines
    assert installing.startswith("pip install ")
    return rest


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-e", "-c", command],
        cwd=folder,
        env=os.environ | {"PATH": path, "GITHUB_WORKSPACE": str(folder), "CI_PROJECT_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("example", ["github.yml", "gitlab.yml"])
@pytest.mark.parametrize(("text", "code"), [(CALL, 1), (CLEAN, 0)], ids=["findings", "clean"])
def test_commands_of_workflow(tmp_path: Path, example: str, text: str, code: int) -> None:
    (tmp_path / "rates.py").write_text(text)
    check, *annotate = commands(example)
    assert shell(check, tmp_path).returncode == code
    (report,) = (tmp_path / name for name in VALID if (tmp_path / name).exists())
    content = json.loads(report.read_text(encoding="utf-8"))
    jsonschema.validate(content, VALID[report.name], jsonschema.Draft202012Validator)
    assert report.read_text().count("http-call-without-timeout") >= code
    for command in annotate:
        run = shell(command, tmp_path)
        assert run.returncode == 0
        assert run.stdout.count("::warning") == code


def test_workflow_uploads_what_it_writes() -> None:
    (upload,) = (s for s in loaded("github.yml")["jobs"]["check"]["steps"] if "upload" in s.get("uses", ""))
    assert upload["with"]["sarif_file"] in commands("github.yml")[0]
    assert upload["if"] == "always()"
    report = loaded("gitlab.yml")["backend-architect"]["artifacts"]["reports"]["codequality"]
    assert report in commands("gitlab.yml")[0]


def test_hooks_run_in_pre_commit(tmp_path: Path) -> None:
    """With the installed program; pre-commit would install one of its own from a tag."""
    if importlib.util.find_spec("pre_commit") is None:
        pytest.skip("pre-commit is missing: install the dependency group dev")
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    configuration = loaded("pre-commit.yaml")
    (repository,) = configuration["repos"]
    named = {hook["id"] for hook in repository["hooks"]}
    assert named == {hook["id"] for hook in hooks}
    local = [hook | {"language": "system"} for hook in hooks]
    settings = {"repos": [{"repo": "local", "hooks": local}]}
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (tmp_path / "rates.py").write_text(CALL)
    home = f"export PRE_COMMIT_HOME='{tmp_path / 'cache'}';"
    program = f"{home} {sys.executable} -m pre_commit"
    assert shell("git init -q && git add .", tmp_path).returncode == 0
    manifest = shell(f"{program} validate-manifest '{ROOT / '.pre-commit-hooks.yaml'}'", tmp_path)
    assert manifest.returncode == 0, manifest.stdout
    example = shell(f"{program} validate-config '{CI / 'pre-commit.yaml'}'", tmp_path)
    assert example.returncode == 0, example.stdout
    run = shell(f"{program} run --all-files", tmp_path)
    assert run.returncode == 1
    assert "http-call-without-timeout" in run.stdout
    (tmp_path / "rates.py").write_text(CLEAN)
    run = shell(f"git add . && {program} run --all-files", tmp_path)
    assert run.returncode == 0, run.stdout
