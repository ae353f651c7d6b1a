"""The command `check`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Run

TIMEOUT = "http-call-without-timeout"
STRINGS = "sql-built-from-strings"


class TestExitCodes:
    def test_clean(self, words: Path, call: Run):
        (words / "a.py").write_text("fine = 1\n")
        result = call("check")
        assert (result.exit_code, result.stdout, result.stderr) == (0, "No findings in 1 file\n", "")

    def test_findings(self, words: Path, call: Run):
        (words / "a.py").write_text("BAD\n")
        assert call("check").exit_code == 1

    def test_findings_are_accepted(self, words: Path, call: Run):
        (words / "a.py").write_text("BAD\n")
        result = call("check", "--exit-zero")
        assert result.exit_code == 0
        assert "BAD is bad" in result.stdout

    def test_problems_alone_are_not_clean(self, words: Path, call: Run):
        (words / "a.sql").write_bytes(b"\n\xe9\n")
        result = call("check")
        assert result.exit_code == 1
        assert result.stdout == "No findings in 1 file; 1 problem\n"
        assert result.stderr == "a.sql:2: not UTF-8 (byte 0xE9); save the file as UTF-8\n"
        assert call("check", "--exit-zero").exit_code == 0

    def test_a_crash_is_told_and_the_other_files_are_checked(self, words: Path, call: Run):
        (words / "a.py").write_text("CRASH\n")
        (words / "b.py").write_text("BAD\n")
        result = call("check", "--exit-zero")
        assert result.exit_code == 2
        assert "b.py:1:1: warning: BAD is bad" in result.stdout
        assert result.stderr.startswith(
            "a.py: not checked, the analysis failed with RecursionError: too deep (conftest.py:"
        )
        assert result.stderr.endswith("; please report this\n")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("missing.py",), "Path 'missing.py' does not exist"),
            (("--format", "xml"), "'xml' is not one of 'text', 'concise', 'json', 'sarif'"),
            (("--jobs", "0"), "0 is not in the range x>=1"),
            (("--select", "securty"), "unknown rule, family or set 'securty'; did you mean 'security'?"),
            (("--ignore", "zzz"), "unknown rule, family or set 'zzz'; 'backend-architect rules' lists them"),
            (("-",), "- stands alone and needs --stdin-filename"),
            (("-", "a.py", "--stdin-filename", "b.py"), "- stands alone and needs --stdin-filename"),
            (("-", "--stdin-filename", "a.txt"), "--stdin-filename must end in .py or .sql"),
        ],
    )
    def test_wrong_use(self, words: Path, call: Run, arguments: tuple[str, ...], message: str):
        (words / "a.py").write_text("fine = 1\n")
        result = call("check", *arguments)
        assert result.exit_code == 2
        assert message in result.stderr

    def test_unusable_settings(self, words: Path, call: Run):
        (words / "a.py").write_text("fine = 1\n")
        (words / "pyproject.toml").write_text("[tool.backend-architect]\nselct = []\n")
        result = call("check")
        assert result.exit_code == 2
        assert result.stderr == "Error: pyproject.toml:2: unknown key 'selct'; did you mean 'select'?\n"
        assert call("check", "--isolated").exit_code == 0


class TestText:
    def test_findings_stand_with_the_source(self, words: Path, call: Run):
        (words / "app").mkdir()
        (words / "app" / "a.py").write_text("x = 1\ny = RISKY, BAD\n")
        assert call("check").stdout == (
            f"app/a.py:2:5: error: RISKY is bad [{STRINGS}]\n"
            "2 | y = RISKY, BAD\n"
            "  |     ^^^^^\n"
            "  = fix (unsafe): Take the risk\n"
            "\n"
            f"app/a.py:2:12: warning: BAD is bad [{TIMEOUT}]\n"
            "2 | y = RISKY, BAD\n"
            "  |            ^^^\n"
            "  = fix: Make it good\n"
            "\n"
            "2 findings (1 error, 1 warning) in 1 file, 2 with a fix\n"
        )

    def test_everything_is_counted(self, words: Path, call: Run):
        (words / "a.py").write_text("NOFIX BAD BAD HINT HINT INFO INFO (\n")
        (words / "b.py").write_text("")
        result = call("check")
        assert result.stdout.endswith(
            "\n7 findings (1 error, 2 warnings, 2 information, 2 hints) in 2 files, 2 with a fix; 1 problem\n"
        )
        assert result.stderr == "a.py:1: cannot be read\n"

    def test_files_come_in_the_order_of_their_names(self, words: Path, call: Run):
        for name in ("b.py", "a/z.py", "a/b/c.py", "c.sql"):
            (words / name).parent.mkdir(parents=True, exist_ok=True)
            (words / name).write_text("BAD")
        lines = call("check").stdout.splitlines()
        assert [line.split(":")[0] for line in lines if "is bad" in line] == [
            "a/b/c.py",
            "a/z.py",
            "b.py",
            "c.sql",
        ]

    def test_paths_are_relative_to_the_working_directory(
        self, words: Path, call: Run, monkeypatch: pytest.MonkeyPatch
    ):
        (words / "sub").mkdir()
        (words / "a.py").write_text("BAD (")
        monkeypatch.chdir(words / "sub")
        result = call("check", "..")
        assert result.stdout.startswith("../a.py:1:1: ")
        assert result.stderr == "../a.py:1: cannot be read\n"

    @pytest.mark.parametrize(
        ("arguments", "env", "coloured"),
        [
            ((), {}, False),
            (("--color",), {}, True),
            (("--color",), {"NO_COLOR": "1"}, True),
            (("--no-color",), {}, False),
        ],
    )
    def test_colour(
        self, words: Path, call: Run, arguments: tuple[str, ...], env: dict[str, str], coloured: bool
    ):
        (words / "a.py").write_text("BAD")
        assert ("\x1b[" in call("check", *arguments, env=env).stdout) is coloured


class TestJson:
    def test_nothing_found(self, words: Path, call: Run):
        (words / "a.py").write_text("fine = 1\n")
        assert json.loads(call("check", "--format", "json").stdout) == []

    def test_a_finding(self, words: Path, call: Run):
        (words / "a.py").write_text("x = 1\r\ny = '\N{GRINNING FACE}', BAD\r\n", newline="")
        (words / "b.py").write_text("NOFIX")
        place = {"start": {"line": 2, "column": 10}, "end": {"line": 2, "column": 13}}
        assert json.loads(call("check", "--format", "json").stdout) == [
            {
                "rule": TIMEOUT,
                "family": "reliability",
                "severity": "warning",
                "message": "BAD is bad",
                "path": "a.py",
                **place,
                "url": f"https://rules.example/{TIMEOUT}",
                "cwe": [1088],
                "related": [],
                "fix": {
                    "title": "Make it good",
                    "safety": "safe",
                    "edits": [{"path": "a.py", **place, "text": "GOOD"}],
                    "creates": [],
                },
            },
            {
                "rule": STRINGS,
                "family": "security",
                "severity": "error",
                "message": "NOFIX is bad",
                "path": "b.py",
                "start": {"line": 1, "column": 1},
                "end": {"line": 1, "column": 6},
                "url": f"https://rules.example/{STRINGS}",
                "cwe": [1088],
                "related": [],
                "fix": None,
            },
        ]

    def test_created_files_relate_to_the_working_directory(
        self, words: Path, call: Run, monkeypatch: pytest.MonkeyPatch
    ):
        (words / "app").mkdir()
        (words / "app" / "a.py").write_text("CREATES")
        monkeypatch.chdir(words / "app")
        [finding] = json.loads(call("check", "--format", "json").stdout)
        assert finding["path"] == "a.py"
        assert finding["fix"]["creates"] == [{"path": "../new/made.py", "text": "made = 1\n"}]

    def test_problems_do_not_spoil_it(self, words: Path, call: Run):
        (words / "a.py").write_text("CRASH")
        result = call("check", "--format", "json")
        assert json.loads(result.stdout) == []
        assert "please report this" in result.stderr


class TestChoice:
    @pytest.fixture(autouse=True)
    def _files(self, words: Path):
        (words / "a.py").write_text("BAD NOFIX")

    @pytest.mark.parametrize(
        ("arguments", "configuration", "words_found"),
        [
            ((), "", ["BAD", "NOFIX"]),
            (("--select", TIMEOUT), "", ["BAD"]),
            (("--select", "security"), "", ["NOFIX"]),
            (("--select", f"security,{TIMEOUT}"), "", ["BAD", "NOFIX"]),
            (("--select", "security", "--select", TIMEOUT), "", ["BAD", "NOFIX"]),
            (("--ignore", "reliability"), "", ["NOFIX"]),
            (("--select", "all", "--ignore", STRINGS), "", ["BAD"]),
            ((), "select = ['security']", ["NOFIX"]),
            ((), "ignore = ['security']", ["BAD"]),
            (("--select", "reliability"), "select = ['security']", ["BAD"]),
            (("--select", "security"), "ignore = ['security']", ["NOFIX"]),
            (("--ignore", "reliability"), "ignore = ['security']", []),
            (("--select", "all"), f"severity = {{{STRINGS} = 'off'}}", ["BAD", "NOFIX"]),
            (("--isolated",), "ignore = ['security']", ["BAD", "NOFIX"]),
        ],
    )
    def test_options_and_settings(
        self, words: Path, call: Run, arguments: tuple[str, ...], configuration: str, words_found: list[str]
    ):
        (words / "backend-architect.toml").write_text(configuration)
        found = json.loads(call("check", "--format", "json", *arguments).stdout)
        assert [finding["message"].split()[0] for finding in found] == words_found

    def test_severities_of_the_settings(self, words: Path, call: Run):
        (words / "backend-architect.toml").write_text(f"severity = {{{TIMEOUT} = 'hint', {STRINGS} = 'off'}}")
        assert [f["severity"] for f in json.loads(call("check", "--format", "json").stdout)] == ["hint"]


class TestStandardInput:
    def test_it_stands_for_a_file(self, words: Path, call: Run):
        (words / "app").mkdir()
        (words / "app" / "backend-architect.toml").write_text("ignore = ['security']")
        result = call("check", "-", "--stdin-filename", "app/new.py", stdin=b"BAD NOFIX")
        assert result.exit_code == 1
        assert result.stdout.startswith("app/new.py:1:1: warning: BAD is bad")
        assert "NOFIX is bad" not in result.stdout

    @pytest.mark.usefixtures("words")
    def test_it_is_decoded_like_a_file(self, call: Run):
        latin = "# coding: latin-1\n'\xe9', BAD".encode("latin-1")
        assert "a.py:2:6: " in call("check", "-", "--stdin-filename", "a.py", stdin=latin).stdout
        result = call("check", "-", "--stdin-filename", "a.sql", stdin=latin)
        assert result.exit_code == 1
        assert result.stderr == "a.sql:2: not UTF-8 (byte 0xE9); save the file as UTF-8\n"
