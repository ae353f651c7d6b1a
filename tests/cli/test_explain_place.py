"""The option `--at` of `explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend_architect.knowledge.cards import load_cards

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Run

TIMEOUT = "http-call-without-timeout"
STRINGS = "sql-built-from-strings"
CALL = "requests.get('https://example.com')"
HEAD = "import requests\n\n"


class TestFound:
    def test_the_finding_and_its_card(self, project: Path, call: Run):
        (project / "a.py").write_text(f"{HEAD}{CALL}\n")
        result = call("explain", "--at", "a.py:3")
        assert result.exit_code == 0
        assert result.stdout.startswith("a.py:3:1: warning: `requests.get` waits for ever")
        assert f"[{TIMEOUT}]\n3 | {CALL}\n" in result.stdout
        assert load_cards()[TIMEOUT].title in result.stdout
        assert result.stderr == ""

    def test_a_column_chooses(self, project: Path, call: Run):
        (project / "a.py").write_text(f"{HEAD}x = 1; {CALL}\n")
        assert f"[{TIMEOUT}]" in call("explain", "--at", "a.py:3:10").stdout
        assert call("explain", "--at", "a.py:3:1").stdout == "a.py:3:1: nothing is found here\n"

    def test_sql(self, project: Path, call: Run):
        (project / "a.sql").write_text("SELECT 1;\nUPDATE orders\nSET paid = true;\n")
        assert "[update-without-where]" in call("explain", "--at", "a.sql:2").stdout


class TestNothing:
    def test_is_said(self, project: Path, call: Run):
        (project / "a.py").write_text("x = 1\n")
        result = call("explain", "--at", "a.py:1")
        assert (result.exit_code, result.stdout) == (0, "a.py:1: nothing is found here\n")

    def test_problems_of_the_file_are_told(self, project: Path, call: Run):
        (project / "a.py").write_text("def (:\n")
        result = call("explain", "--at", "a.py:1")
        assert result.stdout == "a.py:1: nothing is found here\n"
        assert result.stderr.startswith("a.py:1: ")


class TestSilenced:
    def silenced(self, call: Run, place: str) -> list[str]:
        lines = call("explain", "--at", place).stdout.splitlines()
        assert f"[{TIMEOUT}]" in lines[0]
        assert lines[-1] == f"{place}: nothing is reported here"
        return [line.removeprefix("  silenced by ") for line in lines[1:-1]]

    @pytest.mark.parametrize(
        ("source", "place", "line"),
        [
            (f"{CALL}  # backend-architect: ignore[{TIMEOUT}] why\n", "a.py:3", 3),
            (f"# backend-architect: ignore[{TIMEOUT}] why\n{CALL}\n", "a.py:4", 3),
            (f"# backend-architect: ignore-file[{TIMEOUT}] why\n\n{CALL}\n", "a.py:5", 3),
            (f"{CALL}  # NOQA: S113\n", "a.py:3", 3),
            (f"{CALL}  # nosec B113\n", "a.py:3", 3),
        ],
    )
    def test_by_a_comment(self, project: Path, call: Run, source: str, place: str, line: int):
        (project / "a.py").write_text(HEAD + source)
        assert self.silenced(call, place) == [f"the comment on line {line}"]

    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            (f"ignore = ['{TIMEOUT}']", "`select` and `ignore`"),
            ("select = ['api']", "`select` and `ignore`"),
            (f"severity = {{{TIMEOUT} = 'off'}}", "`severity`"),
            ("per-file-ignores = {'*.py' = ['reliability']}", "`per-file-ignores`"),
        ],
    )
    def test_by_settings(self, project: Path, call: Run, settings: str, words: str):
        (project / "backend-architect.toml").write_text(settings)
        (project / "a.py").write_text(f"{HEAD}{CALL}\n")
        assert self.silenced(call, "a.py:3") == [f"{words} of backend-architect.toml"]
        assert f"[{TIMEOUT}]\n3 | " in call("explain", "--isolated", "--at", "a.py:3").stdout

    def test_by_several(self, project: Path, call: Run):
        (project / "backend-architect.toml").write_text(f"ignore = ['{TIMEOUT}']")
        (project / "a.py").write_text(f"{HEAD}{CALL}  # backend-architect: ignore[{TIMEOUT}]\n")
        assert self.silenced(call, "a.py:3") == [
            "`select` and `ignore` of backend-architect.toml",
            "the comment on line 3",
        ]

    def test_by_what_the_file_is_for(self, project: Path, call: Run):
        card = next(card for card in load_cards().values() if "tests" in card.not_in and card.id == TIMEOUT)
        assert card
        (project / "tests").mkdir()
        (project / "tests" / "test_a.py").write_text(f"{HEAD}{CALL}\n")
        assert "its card: the rule is not for tests" in self.silenced(call, "tests/test_a.py:3")


class TestFilesLeftOut:
    def test_are_explained_and_that_is_said(self, project: Path, call: Run):
        (project / "a.py").write_text(f"# @generated\n{HEAD}{CALL}\n")
        result = call("explain", "--at", "a.py:4")
        assert f"[{TIMEOUT}]" in result.stdout
        assert "`check` leaves it out unless it is named itself" in result.stderr


class TestWrongUse:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((), "name a rule, or a place with --at, as in --at app/orders.py:42"),
            ((TIMEOUT, "--at", "a.py:1"), "name a rule, or a place with --at"),
            (("--at", "a.py"), "'a.py' is not a place; write it as in app/orders.py:42"),
            (("--at", "a.py:0"), "'a.py:0' is not a place"),
            (("--at", "missing.py:1"), "there is no file 'missing.py'"),
            (("--at", "a.txt:1"), "a.txt: not checked; only .py and .sql files can be"),
            (("--at", "a.py:9"), "a.py has only 1 lines"),
        ],
    )
    def test_is_refused(self, project: Path, call: Run, arguments: tuple[str, ...], message: str):
        (project / "a.py").write_text("x = 1\n")
        (project / "a.txt").write_text("")
        result = call("explain", *arguments)
        assert result.exit_code == 2
        assert message in result.stderr
