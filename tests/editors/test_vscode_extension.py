"""What the VS Code extension starts, and what is in its package."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from editor_runs import ROOT, required, vsix

from backend_architect.engine.settings import ALL, DIALECTS, SNIPPET_FAMILIES
from backend_architect.project.editor import DEFAULTS

SOURCES = ROOT / "editors" / "vscode"
HERE = ROOT / "tests" / "editors"

NAMES = {
    "command": ("expand", "find", "isWithin"),
    "installation": ("install", "installed", "remedy"),
    "location": ("locate",),
    "notices": ("Notices",),
    "recovery": ("MOST", "SPAN", "Recovery"),
}
"""What is tried, by module."""


def command(call: str, folder: Path, **env: str) -> Any:
    """What a call of one of the functions in command.ts gives, in a folder and with some environment."""
    return value("command", call, folder, **env)


def value(module: str, call: str, folder: Path, editor: str = "{}", **env: str) -> Any:
    """What an expression over a module of the server gives, in an editor, a folder and an environment."""
    address = json.dumps((SOURCES / "src" / "server" / f"{module}.ts").as_uri())
    script = f"""
        globalThis.editor = {editor};
        const own = await import({address});
        const {{ {", ".join(NAMES[module])} }} = own;
        console.log(JSON.stringify((await ({call})) ?? null));
    """
    node = required(ROOT / "out" / "node" / "bin" / "node")
    run = subprocess.run(
        [node, "--import", HERE / "extension_host.mjs", "--input-type=module", "--eval", script],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def program(path: Path, script: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}")
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


class TestLocation:
    """The order in which a server is looked for, and what is never found in an untrusted workspace."""

    @pytest.fixture
    def places(self, tmp_path: Path) -> dict[str, Path]:
        space = tmp_path / "space"
        return {
            "setting": program(tmp_path / "own" / "server"),
            "environment": program(tmp_path / "env" / "bin" / "backend-architect"),
            "path": program(tmp_path / "path" / "backend-architect"),
            "private": program(tmp_path / "private" / "backend-architect"),
            "within": program(space / ".venv" / "bin" / "backend-architect"),
            "linked": program(space / "tools" / "backend-architect"),
        }

    def found(
        self,
        folder: Path,
        configured: object = None,
        python: Path | None = None,
        private: Path | None = None,
        path: str = "",
        *,
        trusted: bool = True,
    ) -> Any:
        space = json.dumps(str(folder / "space"))
        editor = f"""{{ workspace: {{
            isTrusted: {json.dumps(trusted)}, workspaceFolders: [{{ uri: {{ fsPath: {space} }} }}],
            getConfiguration: () => ({{ get: () => ({json.dumps(configured)}) }}),
        }} }}"""
        selected, own = json.dumps(python and str(python)), json.dumps(private and str(private))
        call = f"""locate({{ executable: async () => {selected} ?? undefined }},
                          {{ program: async () => {own} ?? undefined }})
                   .then((one) => one?.command, (error) => error.message)"""
        return value("location", call, folder, editor, PATH=path)

    def test_order(self, tmp_path: Path, places: dict[str, Path]) -> None:
        python = places["environment"].with_name("python")
        everything: dict[str, Any] = {
            "configured": [str(places["setting"]), "serve"],
            "python": python,
            "path": str(places["path"].parent),
            "private": places["private"],
        }
        expected = [
            [str(places["setting"]), "serve"],
            *([str(places[name]), "server"] for name in ("environment", "path", "private")),
        ]
        for command in expected:
            assert self.found(tmp_path, **everything) == command
            everything.pop(next(iter(everything)))
        assert self.found(tmp_path) is None

    def test_environment_without_a_server_is_passed_over(self, tmp_path: Path, places: dict[str, Path]):
        python = program(tmp_path / "other" / "bin" / "python")
        found = self.found(tmp_path, python=python, path=str(places["path"].parent))
        assert found == [str(places["path"]), "server"]

    def test_a_setting_that_cannot_be_followed_is_told(self, tmp_path: Path, places: dict[str, Path]):
        path = str(places["path"].parent)
        assert "of-nobody" in self.found(tmp_path, ["of-nobody"], path=path)
        assert "backendArchitect.command" in self.found(tmp_path, "of-nobody", path=path)

    def test_nothing_of_an_untrusted_workspace_is_found(self, tmp_path: Path, places: dict[str, Path]):
        python, path = places["within"].with_name("python"), str(places["linked"].parent)
        (tmp_path / "link").symlink_to(places["linked"].parent)
        outside = str(tmp_path / "link")
        assert self.found(tmp_path, python=python) == [str(places["within"]), "server"]
        assert self.found(tmp_path, python=python, path=path, trusted=False) is None
        assert self.found(tmp_path, path=outside, trusted=False) is None
        found = self.found(tmp_path, python=places["environment"].with_name("python"), trusted=False)
        assert found == [str(places["environment"]), "server"]


class TestInstallation:
    """The private environment, made by programs that stand for uv and Python."""

    UV = """
if [ "$1" = venv ]; then for folder; do :; done; mkdir -p "$folder/bin"; exit 0; fi
for wheel; do :; done
[ "$(cat "$wheel")" = broken ] && { echo 'error: dns error: no such host' >&2; exit 1; }
while [ "$1" != --python ]; do shift; done
printf '#!/bin/sh\\n' > "${2%/python}/backend-architect"
"""

    def install(self, folder: Path, wheel: str, tools: dict[str, Any]) -> Any:
        (folder / "a.whl").write_text(wheel)
        names = json.dumps([str(folder / "storage"), str(folder / "a.whl")])[1:-1]
        call = f"""install({names}, {json.dumps(tools)}, {{ step() {{}}, log() {{}} }},
                           new AbortController().signal)
                   .then(() => installed({names}), (error) => error.message)"""
        return value("installation", call, folder, PATH="/usr/bin:/bin")

    def installed(self, folder: Path) -> Any:
        names = json.dumps([str(folder / "storage"), str(folder / "a.whl")])[1:-1]
        return value("installation", f"installed({names})", folder)

    def test_uv_makes_it_of_the_wheel(self, tmp_path: Path):
        tools = {"uv": str(program(tmp_path / "uv", self.UV)), "pythons": []}
        made = self.install(tmp_path, "one", tools)
        assert made["current"]
        assert made["program"].endswith("/bin/backend-architect")
        (tmp_path / "a.whl").write_text("two")
        assert self.installed(tmp_path) == made | {"current": False}, "that of another wheel is out of date"
        again = self.install(tmp_path, "two", tools)
        assert again["current"]
        assert again["program"] != made["program"], "another window may still run the one before"
        third = self.install(tmp_path, "three", tools)
        kept = {one.name for one in (tmp_path / "storage").glob("environment-*")}
        assert kept == {Path(one["program"]).parent.parent.name for one in (again, third)}

    def test_a_failure_leaves_the_one_before_and_names_the_remedy(self, tmp_path: Path):
        tools = {"uv": str(program(tmp_path / "uv", self.UV)), "pythons": []}
        made = self.install(tmp_path, "one", tools)
        assert "Check the network" in self.install(tmp_path, "broken", tools)
        assert self.installed(tmp_path) == made | {"current": False}
        assert len(list((tmp_path / "storage").glob("environment-*"))) == 1

    def test_no_python_is_new_enough(self, tmp_path: Path):
        pythons = [str(program(tmp_path / "python", "exit 1\n")), str(tmp_path / "none")]
        assert "Python 3.11 or newer" in self.install(tmp_path, "one", {"pythons": pythons})
        assert self.installed(tmp_path) is None

    @pytest.mark.parametrize(
        ("printed", "said"),
        [
            ("The virtual environment was not created: ensurepip is not available.", "python3-venv"),
            ("ERROR: No matching distribution found for click>=8.1", "package index"),
            ("error: Failed to fetch: `...`", "package index"),
            ("error: No interpreter found for Python >=3.11", "Python 3.11 or newer"),
            ("Segmentation fault", "The output says"),
        ],
    )
    def test_remedies(self, tmp_path: Path, printed: str, said: str):
        assert said in value("installation", f"remedy({json.dumps(printed)})", tmp_path)


def test_server_that_ends_again_and_again_is_not_started_for_ever(tmp_path: Path) -> None:
    call = """(() => {
        const one = new Recovery();
        const soon = [...Array(MOST + 1).keys()].map((at) => one.allows(at));
        const late = one.allows(SPAN + MOST + 1);
        for (let at = 0; at < MOST; at += 1) one.allows(SPAN + MOST + 2);
        one.reset();
        return [soon, late, one.allows(SPAN + MOST + 3)];
    })()"""
    soon, late, asked = value("recovery", call, tmp_path)
    assert soon == [True] * (len(soon) - 1) + [False]
    assert late
    assert asked


def test_one_cause_is_told_once_until_it_has_passed(tmp_path: Path) -> None:
    editor = "{ window: { showErrorMessage: async (...all) => { shown.push(all); return 'Retry'; } } }"
    call = """(async () => {
        const notices = new Notices({ error() {} });
        let retried = 0;
        const tell = (cause) => notices.complain(cause, `${cause}!`, { Retry: () => { retried += 1; } });
        tell('a'); tell('a'); tell('b');
        notices.forget('b');
        tell('a'); tell('b');
        await new Promise(setImmediate);
        return [shown.map(([message]) => message), shown[0][1], retried];
    })()"""
    result = value("notices", call, tmp_path, f"(globalThis.shown = [], {editor})")
    assert result == [["a!", "b!", "a!"], "Retry", 3]


def test_settings_are_those_of_a_project_with_their_defaults() -> None:
    manifest = json.loads((SOURCES / "package.json").read_text())
    properties = manifest["contributes"]["configuration"]["properties"]
    shown = {name.removeprefix("backendArchitect."): one for name, one in properties.items()}
    assert all(one["markdownDescription"] and "default" in one for one in shown.values())
    own = {"command", "trace.server"}
    assert {name: one["default"] for name, one in shown.items() if name not in own} == dict(DEFAULTS)
    assert shown["command"]["default"] is None
    assert all(one["scope"] == "resource" for name, one in shown.items() if name not in own)
    assert shown["dialect"]["enum"] == list(DIALECTS)
    assert shown["snippets"]["items"]["enum"] == [ALL, *SNIPPET_FAMILIES]


def test_settings_page_lists_all() -> None:
    properties = json.loads((SOURCES / "package.json").read_text())["contributes"]["configuration"][
        "properties"
    ]
    page = (SOURCES / "README.md").read_text()
    assert re.findall(r"^\| `(backendArchitect\.[\w.-]+)` \|", page, re.MULTILINE) == list(properties)


def test_only_python_and_sql_wake_it() -> None:
    manifest = json.loads((SOURCES / "package.json").read_text())
    assert manifest["activationEvents"] == ["onLanguage:python", "onLanguage:sql"]


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
        (wheel,) = (name for name in names if name.endswith(".whl"))
        with zipfile.ZipFile(io.BytesIO(archive.read(f"extension/{wheel}"))) as inner:
            packed = set(inner.namelist())
    version = json.loads((SOURCES / "package.json").read_text())["version"]
    assert wheel == f"dist/backend_architect-{version}-py3-none-any.whl"
    for folder in ("rules", "snippets"):
        files = (file.relative_to(ROOT).as_posix() for file in (ROOT / folder).glob("*/**/*.*"))
        assert {f"backend_architect/{file}" for file in files} <= packed
    pictures = {f"media/pictures/{one.name}" for one in (SOURCES / "media" / "pictures").glob("*.png")}
    assert len(pictures) == 12
    assert {name.lower() for name in names - {wheel}} == pictures | {
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


def test_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    made: list[bytes] = []
    for name, zone in (("one", "Asia/Tokyo"), ("another one", "America/Lima")):
        copy = tmp_path / name
        ignored = shutil.ignore_patterns("node_modules", "dist", "__pycache__")
        for folder in ("server", "rules", "snippets", "editors/vscode", "editors/diagram"):
            shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
        for file in ("pyproject.toml", "constraints.txt", "README.md", "LICENSE"):
            (copy / file).write_bytes((ROOT / file).read_bytes())
        extension = copy / "editors" / "vscode"
        (extension / "node_modules").symlink_to(required(SOURCES / "node_modules"))
        node = required(ROOT / "out" / "node" / "bin" / "node")
        own = {"SOURCE_DATE_EPOCH": "1700000000", "PYTHON": sys.executable, "TZ": zone}
        own |= {"PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
        subprocess.run(
            [node, extension / "scripts" / "package.mjs"], env=os.environ | own, check=True, timeout=120
        )
        (built,) = (copy / "out").glob("*.vsix")
        made.append(built.read_bytes())
    assert made[0] == made[1]


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


@pytest.mark.parametrize("sources", [SOURCES, ROOT / "editors" / "diagram"], ids=lambda path: path.name)
def test_locked_packages_are_exact_and_name_no_registry(sources: Path) -> None:
    manifest = json.loads((sources / "package.json").read_text())
    for version in manifest["devDependencies"].values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    packages = json.loads((sources / "package-lock.json").read_text())["packages"]
    for name, package in packages.items():
        assert not name or package["integrity"], name
        assert "resolved" not in package, name
    assert "registry" not in (SOURCES / "package-lock.json").read_text() + (SOURCES / ".npmrc").read_text()
