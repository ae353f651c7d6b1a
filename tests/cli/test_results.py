"""Results of earlier runs: they are used while they hold, and no longer."""

from __future__ import annotations

import json
import os
import pickle
from typing import TYPE_CHECKING

import pytest

from backend_architect.cli import results

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from backend_architect.cli.run import Job

    from .conftest import Run

TIMEOUT = "http-call-without-timeout"
CALL = "import requests\n\nrequests.get('https://example.com')\n"


class _Harm:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (self.path,)


@pytest.fixture
def checked(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were really checked; results are kept in the project's own folder for caches."""
    names: list[str] = []
    check = results.check_file_recorded

    def noted(job: Job) -> results.Recorded:
        names.append(job.shown)
        return check(job)

    monkeypatch.setattr(results, "check_file_recorded", noted)
    monkeypatch.setattr(results, "_WORTH", 0)
    monkeypatch.setattr(results, "caches", lambda: project / ".cache")
    return names


class TestUnchanged:
    def test_is_not_checked_again(self, project: Path, call: Run, checked: list[str]):
        (project / "a.py").write_text(CALL)
        (project / "b.sql").write_text("UPDATE orders SET paid = true;\n")
        (project / "c.py").write_text("x = 1\n")
        first = call("check")
        assert checked == ["a.py", "b.sql", "c.py"]
        checked.clear()
        second = call("check")
        assert checked == []
        assert (first.stdout, first.exit_code) == (second.stdout, second.exit_code)
        assert "2 findings" in first.stdout

    def test_is_checked_again_when_asked(self, project: Path, call: Run, checked: list[str]):
        (project / "a.py").write_text(CALL)
        assert call("check").stdout == call("check", "--no-cache").stdout
        assert call("check", "--profile").stdout == call("check").stdout
        assert checked == ["a.py"]

    def test_formats_are_of_this_run(self, project: Path, call: Run, checked: list[str]):
        (project / "a.py").write_text(CALL)
        call("check")
        assert len(json.loads(call("check", "--format", "json").stdout)) == 1
        assert call("check", "--fail-on", "error").exit_code == 0
        assert checked == ["a.py"]


class TestChanged:
    def test_file(self, project: Path, call: Run, checked: list[str]):
        for name in ("a.py", "b.py"):
            (project / name).write_text(CALL)
        call("check")
        checked.clear()
        (project / "b.py").write_text(CALL.replace("get(", "put("))
        assert "`requests.put`" in call("check").stdout
        assert checked == ["b.py"]

    @pytest.mark.usefixtures("checked")
    def test_same_size_and_time(self, project: Path, call: Run):
        (project / "a.py").write_text(CALL)
        call("check")
        stat = (project / "a.py").stat()
        (project / "a.py").write_text(CALL.replace("get(", "put("))
        os.utime(project / "a.py", ns=(stat.st_atime_ns, stat.st_mtime_ns))
        assert "`requests.put`" in call("check").stdout

    @pytest.mark.parametrize(
        "arguments", [("--select", "security"), ("--ignore", TIMEOUT), ("--select", TIMEOUT)]
    )
    def test_choice(self, project: Path, call: Run, checked: list[str], arguments: tuple[str, ...]):
        (project / "a.py").write_text(CALL)
        call("check")
        assert call("check", *arguments).stdout == call("check", "--no-cache", *arguments).stdout
        assert checked == ["a.py", "a.py"]

    @pytest.mark.usefixtures("checked")
    def test_settings(self, project: Path, call: Run):
        (project / "a.py").write_text(CALL)
        call("check")
        (project / "backend-architect.toml").write_text(f"severity = {{{TIMEOUT} = 'hint'}}")
        assert "hint: " in call("check").stdout

    def test_what_another_file_says(self, project: Path, call: Run, checked: list[str]):
        (project / "client.py").write_text("import requests as http\n")
        (project / "a.py").write_text("from client import http\n\nhttp.get('https://example.com')\n")
        (project / "b.sql").write_text("SELECT 1;\n")
        assert "a.py:3:1: warning: `requests.get` waits" in call("check").stdout
        checked.clear()
        (project / "client.py").write_text("import httpx as http\n")
        assert "No findings" in call("check").stdout
        assert checked == ["a.py", "client.py"]

    @pytest.mark.usefixtures("checked")
    def test_another_file_appears(self, project: Path, call: Run):
        (project / "a.py").write_text("from client import http\n\nhttp.get('https://example.com')\n")
        assert "No findings" in call("check").stdout
        (project / "client.py").write_text("import requests as http\n")
        assert "1 finding " in call("check").stdout

    @pytest.mark.usefixtures("checked")
    def test_another_file_that_is_not_checked(self, project: Path, call: Run):
        (project / ".gitignore").write_text("client.py\n")
        (project / "client.py").write_text("import requests as http\n")
        (project / "a.py").write_text("from client import http\n\nhttp.get('https://example.com')\n")
        assert "1 finding " in call("check").stdout
        (project / "client.py").write_text("import httpx as http\n")
        assert "No findings" in call("check").stdout

    def test_program(self, project: Path, call: Run, checked: list[str], monkeypatch: pytest.MonkeyPatch):
        (project / "a.py").write_text(CALL)
        call("check")
        monkeypatch.setattr(results, "program", lambda: "another version")
        call("check")
        assert checked == ["a.py", "a.py"]


class TestTrouble:
    def test_problems_are_told_each_time(self, project: Path, call: Run, checked: list[str]):
        (project / "a.py").write_text("def (:\n")
        assert call("check").stderr == call("check").stderr != ""
        assert checked == ["a.py", "a.py"]

    @pytest.mark.parametrize("content", [b"", b"\x80\x05garbage", b"not a pickle"])
    def test_a_broken_cache_is_no_cache(self, project: Path, call: Run, checked: list[str], content: bytes):
        (project / "a.py").write_text(CALL)
        call("check")
        [file] = (project / ".cache").iterdir()
        file.write_bytes(content)
        assert "1 finding " in call("check").stdout
        assert checked == ["a.py", "a.py"]

    def test_a_cache_runs_no_code(self, project: Path, call: Run, checked: list[str]):
        (project / "a.py").write_text(CALL)
        call("check")
        [file] = (project / ".cache").iterdir()
        file.write_bytes(pickle.dumps(_Harm(str(project / "harm"))))
        assert "1 finding " in call("check").stdout
        assert not (project / "harm").exists()
        assert checked == ["a.py", "a.py"]

    def test_without_a_folder_nothing_is_kept(
        self, project: Path, call: Run, checked: list[str], monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(results, "caches", lambda: None)
        (project / "a.py").write_text(CALL)
        assert call("check").stdout == call("check").stdout
        assert checked == ["a.py", "a.py"]

    def test_little_source_is_not_worth_it(self, project: Path, call: Run, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(results, "caches", lambda: project / ".cache")
        (project / "a.py").write_text(CALL)
        call("check")
        assert not (project / ".cache").exists()
