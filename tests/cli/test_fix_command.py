"""The command `fix`."""

from __future__ import annotations

import codecs
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Run

TIMEOUT = "http-call-without-timeout"
STRINGS = "sql-built-from-strings"


class TestWriting:
    def test_safe_fixes_are_applied(self, words: Path, call: Run):
        (words / "a.py").write_text("x = BAD, BAD, RISKY\n")
        (words / "b.py").write_text("NOFIX\n")
        result = call("fix")
        assert (words / "a.py").read_text() == "x = GOOD, GOOD, RISKY\n"
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout == (
            "a.py: Make it good (2 times)\n"
            "Fixed 2 findings in 1 file; 2 left, 1 of them with an unsafe fix (--unsafe-fixes)\n"
        )

    def test_unsafe_fixes_by_choice(self, words: Path, call: Run):
        (words / "a.py").write_text("x = BAD, RISKY\n")
        result = call("fix", "--unsafe-fixes")
        assert (words / "a.py").read_text() == "x = GOOD, FINE\n"
        assert result.stdout == "a.py: Make it good; Take the risk\nFixed 2 findings in 1 file\n"

    def test_only_the_rule_that_was_named(self, words: Path, call: Run):
        (words / "backend-architect.toml").write_text("ignore = ['security']")
        (words / "a.py").write_text("x = BAD, RISKY\n")
        call("fix", "--unsafe-fixes", "--rule", STRINGS)
        assert (words / "a.py").read_text() == "x = BAD, FINE\n"
        result = call("fix", "--rule", "http-call-without-timeot")
        assert result.exit_code == 2
        assert f"unknown rule 'http-call-without-timeot'; did you mean '{TIMEOUT}'?" in result.stderr

    def test_nothing_to_fix_touches_nothing(self, words: Path, call: Run):
        (words / "a.py").write_text("x = 1\n")
        before = (words / "a.py").stat()
        assert call("fix").stdout == "Fixed 0 findings in 0 files\n"
        assert (words / "a.py").stat() == before

    @pytest.mark.parametrize(
        ("name", "content", "fixed"),
        [
            ("a.py", b"a\r\nBAD\r\nb\n\rc", b"a\r\nGOOD\r\nb\n\rc"),
            ("a.py", codecs.BOM_UTF8 + b"BAD # \xc3\xa9", codecs.BOM_UTF8 + b"GOOD # \xc3\xa9"),
            ("a.py", b"# coding: latin-1\n'\xe9', BAD", b"# coding: latin-1\n'\xe9', GOOD"),
            ("a.py", b"'\xe2\x80\xa8\x0c', BAD\n\x0cBAD", b"'\xe2\x80\xa8\x0c', GOOD\n\x0cGOOD"),
            (
                "a.sql",
                "\ufeff'\xe9', BAD\r\n".encode("utf-16-le"),
                "\ufeff'\xe9', GOOD\r\n".encode("utf-16-le"),
            ),
            ("a.sql", "\ufeffBAD".encode("utf-16-be"), "\ufeffGOOD".encode("utf-16-be")),
        ],
    )
    def test_bytes_that_are_not_fixed_stay(
        self, words: Path, call: Run, name: str, content: bytes, fixed: bytes
    ):
        (words / name).write_bytes(content)
        call("fix")
        assert (words / name).read_bytes() == fixed

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
    def test_the_mode_stays(self, words: Path, call: Run):
        (words / "a.py").write_text("BAD")
        (words / "a.py").chmod(0o751)
        call("fix")
        assert stat.S_IMODE((words / "a.py").stat().st_mode) == 0o751

    @pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
    def test_a_link_stays_a_link(self, words: Path, call: Run):
        (words / "a.txt").write_text("BAD")
        (words / "a.py").symlink_to("a.txt")
        call("fix", "a.py")
        assert (words / "a.py").is_symlink()
        assert (words / "a.txt").read_text() == "GOOD"

    def test_no_temporary_files_are_left(self, words: Path, call: Run):
        (words / "a.py").write_text("BAD")
        call("fix")
        assert sorted(entry.name for entry in words.iterdir()) == [".git", "a.py"]


class TestRounds:
    def test_shared_edits_are_made_once(self, words: Path, call: Run):
        (words / "a.py").write_text("x = IMPORTS\ny = IMPORTS\n")
        call("fix")
        assert (words / "a.py").read_text() == "import good\nx = GOOD\ny = GOOD\n"

    def test_of_overlapping_fixes_the_first_wins_and_the_rest_comes_later(self, words: Path, call: Run):
        (words / "a.py").write_text("x = BAD, WIDE, BAD\n")
        result = call("fix")
        assert (words / "a.py").read_text() == "GOOD, GOOD\n"
        assert "Fixed 3 findings" in result.stdout

    def test_fixes_without_end_change_nothing(self, words: Path, call: Run):
        (words / "a.py").write_text("x = ENDLESS, BAD\n")
        result = call("fix")
        assert (words / "a.py").read_text() == "x = ENDLESS, BAD\n"
        assert result.exit_code == 1
        assert result.stderr == f"a.py: not fixed; the fixes of {TIMEOUT} do not come to an end\n"

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.py", "x = BREAKS\n"),
            ("a.sql", "SELECT BREAKS;\n"),
            ("b.sql", "UPDATE SET; SELECT (BREAKS FROM;\n"),
        ],
    )
    def test_what_would_not_parse_is_not_written(self, words: Path, call: Run, name: str, content: str):
        (words / name).write_text(content)
        (words / "b.py").write_text("BAD")
        result = call("fix")
        assert (words / name).read_text() == content
        assert (words / "b.py").read_text() == "GOOD"
        assert result.exit_code == 1
        assert f"{name}: not all is fixed; it would not parse after fixing {STRINGS}\n" in result.stderr

    def test_sql_around_what_does_not_parse_is_fixed(self, words: Path, call: Run):
        (words / "a.sql").write_text("SELECT FROM WHERE AND;\nSELECT BAD;\n")
        call("fix")
        assert (words / "a.sql").read_text() == "SELECT FROM WHERE AND;\nSELECT GOOD;\n"

    def test_python_that_does_not_parse_is_not_fixed(self, words: Path, call: Run):
        (words / "a.py").write_text("BAD (\n")
        result = call("fix")
        assert (words / "a.py").read_text() == "BAD (\n"
        assert result.exit_code == 1
        assert result.stderr == "a.py:1: cannot be read\n"


class TestNewFiles:
    def test_they_are_created_below_the_root(self, words: Path, call: Run, monkeypatch: pytest.MonkeyPatch):
        (words / "app").mkdir()
        (words / "app" / "a.py").write_text("CREATES")
        monkeypatch.chdir(words / "app")
        result = call("fix")
        assert (words / "new" / "made.py").read_text() == "made = 1\n"
        assert result.stdout == "a.py: Move it\n../new/made.py: created\nFixed 1 finding in 1 file\n"

    def test_none_is_overwritten(self, words: Path, call: Run):
        (words / "new").mkdir()
        (words / "new" / "made.py").write_text("mine")
        (words / "a.py").write_text("CREATES")
        result = call("fix")
        assert (words / "new" / "made.py").read_text() == "mine"
        assert (words / "a.py").read_text() == "CREATES"
        assert result.exit_code == 1
        assert result.stderr.startswith("a.py: not fixed; new/made.py: ")

    def test_one_file_is_created_once(self, words: Path, call: Run):
        (words / "a.py").write_text("CREATES, CREATES")
        call("fix")
        assert (words / "a.py").read_text() == "GOOD, CREATES"


class TestDiff:
    def test_nothing_is_written(self, words: Path, call: Run):
        (words / "a.py").write_text("a\nBAD")
        (words / "b.py").write_text("CREATES\n")
        result = call("fix", "--diff")
        assert result.stdout == (
            "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n a\n"
            "-BAD\n\\ No newline at end of file\n+GOOD\n\\ No newline at end of file\n"
            "--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-CREATES\n+GOOD\n"
            "--- /dev/null\n+++ b/new/made.py\n@@ -0,0 +1 @@\n+made = 1\n"
        )
        assert result.stderr == "Would fix 2 findings in 2 files\n"
        assert result.exit_code == 0
        assert (words / "a.py").read_text() == "a\nBAD"
        assert not (words / "new").exists()

    def test_git_applies_it(self, words: Path, call: Run):
        content = "a\r\n'\u2028' + BAD\r\nb\n\x0cBAD\nCREATES".encode()
        (words / "a.py").write_bytes(content)
        diff = call("fix", "--diff").stdout_bytes
        (words / ".git").rmdir()
        subprocess.run(["git", "apply", "-"], input=diff, check=True, cwd=words)
        fixed = (words / "a.py").read_bytes()
        assert fixed == content.replace(b"BAD", b"GOOD").replace(b"CREATES", b"GOOD")
        assert (words / "new" / "made.py").read_text() == "made = 1\n"

    def test_colour(self, words: Path, call: Run):
        (words / "a.py").write_text("BAD")
        assert "\x1b[32m+GOOD" in call("fix", "--diff", "--color").stdout
        assert "\x1b[" not in call("fix", "--diff").stdout


class TestProblems:
    def test_a_file_that_is_not_text(self, words: Path, call: Run):
        (words / "a.py").write_bytes(b"'\xe9'")
        (words / "b.py").write_text("BAD")
        result = call("fix")
        assert result.exit_code == 1
        assert result.stderr == "a.py:1: not UTF-8 (byte 0xE9); save the file as UTF-8\n"
        assert (words / "b.py").read_text() == "GOOD"

    def test_a_character_that_the_file_cannot_hold(self, words: Path, call: Run):
        (words / "a.py").write_text("# coding: latin-1\nEURO\n")
        result = call("fix")
        assert result.exit_code == 1
        assert result.stderr == "a.py: not fixed; latin-1 has no '\\u20ac'\n"
        assert (words / "a.py").read_text() == "# coding: latin-1\nEURO\n"

    def test_a_crash(self, words: Path, call: Run):
        (words / "a.py").write_text("CRASH")
        (words / "b.py").write_text("BAD")
        result = call("fix")
        assert result.exit_code == 2
        assert "RecursionError: too deep" in result.stderr
        assert (words / "b.py").read_text() == "GOOD"
