"""What the VS Code extension starts, and what is in its package."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from typing import TYPE_CHECKING, Any

from editor_runs import ROOT, required, vsix

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = ROOT / "editors" / "vscode"


def command(call: str, folder: Path, **env: str) -> Any:
    """What a call of one of the functions in command.ts gives, in a folder and with some environment."""
    module = json.dumps((SOURCES / "src" / "command.ts").as_uri())
    script = f"import {{ expand, find }} from {module}; console.log(JSON.stringify({call} ?? null))"
    node = required(ROOT / "out" / "node" / "bin" / "node")
    run = subprocess.run(
        [node, "--input-type=module", "--eval", script],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_program_is_looked_up_on_the_path(tmp_path: Path) -> None:
    (tmp_path / "first" / "architect").mkdir(parents=True)
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "architect").write_text("not executable")
    third = program(tmp_path / "third" / "architect")
    search = ":".join(str(tmp_path / name) for name in ("none", "first", "second", "third"))
    assert command("find('architect')", tmp_path, PATH=search) == str(third)
    assert command("find('other')", tmp_path, PATH=search) is None


def test_program_of_the_opened_folder_is_never_found(tmp_path: Path) -> None:
    program(tmp_path / "architect")
    program(tmp_path / "bin" / "architect")
    assert command("find('architect')", tmp_path, PATH=":.:bin:./bin") is None
    assert command("find('./architect')", tmp_path, PATH="") is None
    assert command("find('bin/architect')", tmp_path, PATH="") is None


def test_placeholders_of_the_command_are_replaced(tmp_path: Path) -> None:
    words = "['~/bin/x', '${workspaceFolder}/x', 'a~b', '~x']"
    assert command(f"expand({words}, '/space')", tmp_path, HOME="/home/me") == [
        "/home/me/bin/x",
        "/space/x",
        "a~b",
        "~x",
    ]
    assert command("expand(['${workspaceFolder}/x'], undefined)", tmp_path) == ["${workspaceFolder}/x"]


def test_what_is_no_command_is_refused(tmp_path: Path) -> None:
    for value in ("[]", "'x'", "[1]", "['']", "null", "undefined"):
        assert command(f"expand({value}, '/space')", tmp_path) is None


def test_workspace_cannot_name_the_program_before_it_is_trusted() -> None:
    manifest = json.loads((SOURCES / "package.json").read_text())
    settings = manifest["contributes"]["configuration"]["properties"]
    assert settings["backendArchitect.command"]["scope"] == "machine-overridable"
    trust = manifest["capabilities"]["untrustedWorkspaces"]
    assert trust["supported"] == "limited"
    assert trust["restrictedConfigurations"] == ["backendArchitect.command"]


def test_package_holds_what_it_needs_and_nothing_else() -> None:
    with zipfile.ZipFile(vsix()) as archive:
        names = {name.removeprefix("extension/") for name in archive.namelist()}
    pictures = {f"media/pictures/{one.name}" for one in (SOURCES / "media" / "pictures").glob("*.png")}
    assert len(pictures) == 10
    assert {name.lower() for name in names} == pictures | {
        "[content_types].xml",
        "changelog.md",
        "extension.vsixmanifest",
        "dist/extension.js",
        "license.txt",
        "media/icon.png",
        "media/walkthrough/configure.md",
        "media/walkthrough/server.md",
        "package.json",
        "readme.md",
        "schemas/backend-architect.schema.json",
    }


def test_what_the_manifest_and_the_readme_show_is_there() -> None:
    manifest = json.loads((SOURCES / "package.json").read_text())
    (walkthrough,) = manifest["contributes"]["walkthroughs"]
    media = [step["media"] for step in walkthrough["steps"]]
    shown = {one["markdown"] for one in media if "markdown" in one}
    shown |= {path for one in media if "image" in one for path in one["image"].values()}
    shown |= set(re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (SOURCES / "README.md").read_text()))
    assert [path for path in sorted(shown | {manifest["icon"]}) if not (SOURCES / path).is_file()] == []
    assert max(one.stat().st_size for one in (SOURCES / "media").rglob("*.png")) < 150_000


def test_commands_of_the_palette_are_described_and_exist() -> None:
    contributes = json.loads((SOURCES / "package.json").read_text())["contributes"]
    titles = {one["command"]: one["title"] for one in contributes["commands"]}
    readme = (SOURCES / "README.md").read_text()
    assert [title for title in titles.values() if f"*{title}*" not in readme] == []
    linked = set(re.findall(r"command:(backendArchitect\.\w+)", json.dumps(contributes["walkthroughs"])))
    conditions = {one["command"] for one in contributes["menus"]["commandPalette"]}
    assert linked | conditions <= titles.keys()


def test_locked_packages_are_exact_and_name_no_registry() -> None:
    manifest = json.loads((SOURCES / "package.json").read_text())
    for version in manifest["devDependencies"].values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    packages = json.loads((SOURCES / "package-lock.json").read_text())["packages"]
    for name, package in packages.items():
        assert not name or package["integrity"], name
        assert "resolved" not in package, name
