"""What is built from the checkout works without it."""

from __future__ import annotations

import json
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from environments import ROOT, Environment, environment, run
from wire import Client

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.xdist_group("packaging")
"""One process runs all of them, so that the wheel is built once."""

RULES = sorted(file.relative_to(ROOT).as_posix() for file in ROOT.glob("rules/*/*.md"))
SNIPPETS = sorted(file.relative_to(ROOT).as_posix() for file in ROOT.glob("snippets/*/*/*"))
IDS = {Path(rule).stem for rule in RULES}


def _names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as file:
        return file.namelist()


def _tops(names: Iterable[str]) -> set[str]:
    return {name.split("/")[0] for name in names}


class TestWheel:
    def test_has_one_package_and_its_metadata(self, wheel: Path):
        version = wheel.name.split("-")[1]
        assert _tops(_names(wheel)) == {"backend_architect", f"backend_architect-{version}.dist-info"}

    def test_has_all_sources_and_all_cards(self, wheel: Path):
        sources = (ROOT / "server").glob("backend_architect/**/*")
        expected = {file.relative_to(ROOT / "server").as_posix() for file in sources if file.is_file()}
        expected = {name for name in expected if "__pycache__" not in name}
        expected |= {f"backend_architect/{rule}" for rule in RULES}
        expected |= {f"backend_architect/{snippet}" for snippet in SNIPPETS}
        assert RULES
        assert SNIPPETS
        assert expected <= set(_names(wheel))

    def test_has_no_tests_and_no_editors(self, wheel: Path):
        inside = [Path(name).parts[1] for name in _names(wheel) if name.startswith("backend_architect/")]
        assert not {"tests", "editors", "server", "__pycache__"} & set(inside)

    def test_brings_its_readme_and_licence(self, wheel: Path):
        with zipfile.ZipFile(wheel) as file:
            (metadata,) = [name for name in file.namelist() if name.endswith("/METADATA")]
            text = file.read(metadata).decode()
        assert "License-Expression: MIT" in text
        assert "Requires-Python: >=3.11" in text
        assert "# backend-architect" in text
        assert any(name.endswith("/licenses/LICENSE") for name in _names(wheel))


class TestInstalled:
    def test_is_not_the_checkout(self, installed: Environment, tmp_path: Path):
        code = "import backend_architect; print(backend_architect.__file__)"
        where = Path(run(installed.scripts / "python", "-c", code, cwd=tmp_path).strip())
        assert where.is_relative_to(installed.folder)

    def test_all_rules_are_there(self, installed: Environment, tmp_path: Path):
        rules = json.loads(run(installed.command, "rules", "--format", "json", cwd=tmp_path))
        assert {rule["id"] for rule in rules} == IDS

    def test_all_snippets_are_there(self, installed: Environment, tmp_path: Path):
        snippets = json.loads(run(installed.command, "snippets", "--format", "json", cwd=tmp_path))
        assert {snippet["id"] for snippet in snippets} == {
            "/".join(one.split("/")[1:3]) for one in SNIPPETS if one.endswith("/card.md")
        }
        assert "livez" in run(installed.command, "snippet", "liveness", "--framework", "flask", cwd=tmp_path)

    def test_checks_a_project(self, installed: Environment, shop: Path):
        findings = json.loads(run(installed.command, "check", "--format", "json", "--exit-zero", cwd=shop))
        assert {finding["rule"] for finding in findings} >= {
            "blocking-call-in-async",
            "http-call-without-timeout",
            "sql-built-from-strings",
            "table-without-primary-key",
            "update-without-where",
        }
        assert all(finding["fix"] for finding in findings)

    def test_repairs_a_project(self, installed: Environment, shop: Path):
        run(installed.command, "fix", "--unsafe-fixes", cwd=shop)
        left = json.loads(run(installed.command, "check", "--format", "json", cwd=shop))
        assert left == []
        assert (shop / "app" / "health.py").is_file()

    def test_checks_on_several_cores(self, installed: Environment, shop: Path):
        one = run(installed.command, "check", "--exit-zero", "--jobs", "1", cwd=shop)
        assert run(installed.command, "check", "--exit-zero", "--jobs", "2", cwd=shop) == one

    def test_knows_its_version(self, installed: Environment, wheel: Path, tmp_path: Path):
        version = wheel.name.split("-")[1]
        assert run(installed.command, "--version", cwd=tmp_path) == f"backend-architect {version}\n"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
    def test_says_hello_to_an_editor(self, installed: Environment, shop: Path, encoding: str):
        file = shop / "app" / "rates.py"
        uri = file.as_uri()
        with Client([installed.command, "server"], cwd=shop.parent) as client:
            answer = client.request(
                "initialize",
                {
                    "processId": None,
                    "rootUri": shop.as_uri(),
                    "workspaceFolders": [{"uri": shop.as_uri(), "name": "shop"}],
                    "capabilities": {"general": {"positionEncodings": [encoding]}},
                },
            )
            assert answer["serverInfo"]["name"] == "backend-architect"
            assert answer["capabilities"]["positionEncoding"] == encoding
            client.notify("initialized", {})
            document = {"uri": uri, "languageId": "python", "version": 1, "text": file.read_text()}
            client.notify("textDocument/didOpen", {"textDocument": document})
            published = client.wait_for("textDocument/publishDiagnostics")
            assert published["uri"] == uri
            diagnostics = published["diagnostics"]
            codes = [diagnostic["code"] for diagnostic in diagnostics]
            assert sorted(codes) == ["blocking-call-in-async"] * 2 + ["http-call-without-timeout"]
            place = diagnostics[codes.index("http-call-without-timeout")]["range"]["start"]
            hover = client.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": place})
            assert "timeout" in json.dumps(hover)
            assert client.request("shutdown", None) is None
            client.notify("exit", None)
            code, errors = client.wait()
        assert (code, errors) == (0, "")


class TestCheckout:
    def test_an_editable_install_sees_a_new_card_at_once(self, copy: Path, tmp_path: Path):
        fresh = environment(tmp_path / "editable")
        fresh.install("--no-build-isolation", "--editable", copy)
        assert _ids(fresh) == IDS
        card = copy / "rules" / "reliability" / "http-call-without-timeout.md"
        card.with_name("http-call-that-waits.md").write_text(card.read_text())
        assert _ids(fresh) == {*IDS, "http-call-that-waits"}

    def test_the_source_package_is_enough_to_build_the_wheel(self, wheel: Path, tmp_path: Path):
        run(
            sys.executable,
            "-m",
            "build",
            "--sdist",
            "--no-isolation",
            "--outdir",
            tmp_path,
            ROOT,
            cwd=tmp_path,
        )
        (packed,) = tmp_path.glob("*.tar.gz")
        with tarfile.open(packed) as file:
            names = file.getnames()
            file.extractall(tmp_path / "unpacked", filter="data")
        (unpacked,) = (tmp_path / "unpacked").iterdir()
        out = tmp_path / "wheel"
        run(
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            out,
            unpacked,
            cwd=tmp_path,
        )
        (again,) = out.glob("*.whl")
        assert sorted(_names(again)) == sorted(_names(wheel))
        inside = {"/".join(Path(name).parts[1:]) for name in names}
        assert {"Makefile", "constraints.txt", "CHANGELOG.md", "README.md", "LICENSE"} <= inside
        assert "tests/shop/app/main.py" in inside
        assert not any({".venv", "out", "node_modules", "__pycache__"} & set(Path(n).parts) for n in names)


def _ids(fresh: Environment) -> set[str]:
    rules = json.loads(run(fresh.command, "rules", "--format", "json", cwd=fresh.folder))
    return {rule["id"] for rule in rules}
