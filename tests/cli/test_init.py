"""The command `init`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from backend_architect.cli.init import _DRIVERS
from backend_architect.engine.settings import DIALECTS, Settings
from backend_architect.engine.settings_table import parse_settings
from backend_architect.knowledge.cards import load_cards

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Run

PROJECT = '[project]\nname = "shop"\ndependencies = [\n  "flask",  # web\n]\n'


def settings(file: Path) -> Settings:
    parsed = parse_settings(file.read_text(), file.name, load_cards())
    assert parsed is not None
    return parsed


class TestFile:
    def test_pyproject_is_kept_and_gets_a_table(self, project: Path, call: Run):
        (project / "pyproject.toml").write_text(PROJECT)
        result = call("init")
        assert result.exit_code == 0
        assert result.stdout == (
            "Added a table [tool.backend-architect] to pyproject.toml; the SQL dialect is postgres, "
            "which is the default; no database driver was found.\nNext: backend-architect check\n"
        )
        text = (project / "pyproject.toml").read_text()
        assert text.startswith(PROJECT + "\n[tool.backend-architect]\n")
        assert settings(project / "pyproject.toml") == Settings()
        assert call("check").exit_code == 0

    def test_without_pyproject_it_is_a_file_of_its_own(self, project: Path, call: Run):
        assert call("init").stdout.startswith("Wrote backend-architect.toml; ")
        assert settings(project / "backend-architect.toml") == Settings()
        assert not (project / "pyproject.toml").exists()

    @pytest.mark.parametrize("name", ["pyproject.toml", "backend-architect.toml"])
    def test_what_is_commented_out_is_right(self, project: Path, call: Run, name: str):
        if name == "pyproject.toml":
            (project / name).write_text(PROJECT)
        call("init")
        text = (project / name).read_text()
        (project / name).write_text(re.sub(r"(?m)^# (?!The)", "", text))
        assert settings(project / name).per_file_ignores == (("scripts/**", frozenset({"reliability"})),)

    @pytest.mark.parametrize(
        ("before", "added"),
        [
            (b'[project]\r\nname = "shop"\r\n', b"\r\n[tool.backend-architect]\r\n"),
            (b'[project]\nname = "shop"', b"\n\n[tool.backend-architect]\n"),
            (b"", b"[tool.backend-architect]\n"),
            (b'\xef\xbb\xbf[project]\nname = "shop"\n', b"\n[tool.backend-architect]\n"),
            (b"[tool.ruff]\nline-length = 100\n", b"\n[tool.backend-architect]\n"),
        ],
    )
    def test_line_ends_stay(self, project: Path, call: Run, before: bytes, added: bytes):
        (project / "pyproject.toml").write_bytes(before)
        assert call("init").exit_code == 0
        after = (project / "pyproject.toml").read_bytes()
        assert after.startswith(before + added)
        assert after.count(b"\r\n") in {0, after.count(b"\n")}

    def test_a_closed_table_is_left_alone(self, project: Path, call: Run):
        (project / "pyproject.toml").write_text("tool = {ruff = {line-length = 100}}\n")
        assert call("init").stdout.startswith("Wrote backend-architect.toml; ")
        assert (project / "pyproject.toml").read_text() == "tool = {ruff = {line-length = 100}}\n"

    def test_dry_run_writes_nothing(self, project: Path, call: Run):
        assert call("init", "--dry-run").stdout.startswith(
            "Would write backend-architect.toml:\n\n# The settings"
        )
        (project / "pyproject.toml").write_text(PROJECT)
        result = call("init", "--dry-run")
        assert result.stdout.startswith("Would add to pyproject.toml:\n\n[tool.backend-architect]\n")
        assert (project / "pyproject.toml").read_text() == PROJECT
        assert not (project / "backend-architect.toml").exists()


class TestRefusal:
    @pytest.mark.parametrize(
        ("name", "text", "message"),
        [
            (
                "pyproject.toml",
                "[tool.backend-architect]\n",
                "pyproject.toml has a table [tool.backend-architect] already; change them there",
            ),
            ("backend-architect.toml", "", "backend-architect.toml has settings already; change them there"),
            ("pyproject.toml", "[project\n", "pyproject.toml:1: not valid TOML"),
            ("pyproject.toml", "\xe9", "pyproject.toml:1: not UTF-8, as TOML has to be"),
        ],
    )
    def test_nothing_is_written(self, project: Path, call: Run, name: str, text: str, message: str):
        (project / name).write_bytes(text.encode("latin-1"))
        result = call("init")
        assert result.exit_code == 2
        assert message in result.stderr
        assert [file.name for file in project.iterdir() if file.is_file()] == [name]


class TestDialect:
    def test_all_have_names_of_dialects(self):
        assert set(_DRIVERS) <= set(DIALECTS)

    @pytest.mark.parametrize(
        ("files", "dialect", "words"),
        [
            ({"pyproject.toml": '[project]\ndependencies = ["psycopg[binary]>=3"]\n'}, "postgres", "psycopg"),
            ({"pyproject.toml": '[dependency-groups]\nprod = ["PyMySQL~=1.1"]\n'}, "mysql", "pymysql"),
            (
                {"pyproject.toml": "[project.optional-dependencies]\ndb = ['mysql_connector.python']\n"},
                "mysql",
                "mysql-connector-python",
            ),
            ({"pyproject.toml": "[tool.poetry.dependencies]\naiosqlite = '^0.20'\n"}, "sqlite", "aiosqlite"),
            (
                {"pyproject.toml": "[tool.poetry.group.db.dependencies]\noracledb = '*'\n"},
                "oracle",
                "oracledb",
            ),
            ({"requirements.txt": "# drivers\n\n-r more.txt\nasyncpg==0.30 # fast\n"}, "postgres", "asyncpg"),
            ({"requirements/prod.in": "pymssql\n"}, "tsql", "pymssql"),
        ],
    )
    def test_is_that_of_the_driver(
        self, project: Path, call: Run, files: dict[str, str], dialect: str, words: str
    ):
        for name, text in files.items():
            (project / name).parent.mkdir(exist_ok=True)
            (project / name).write_text(text)
        assert f"the SQL dialect is {dialect}, because of {words}.\n" in call("init").stdout
        name = "pyproject.toml" if "pyproject.toml" in files else "backend-architect.toml"
        assert settings(project / name).dialect == dialect

    def test_others_are_named(self, project: Path, call: Run):
        (project / "requirements.txt").write_text("aiosqlite\npsycopg2-binary\n")
        call("init")
        text = (project / "backend-architect.toml").read_text()
        assert (
            'dialect = "postgres"  # because of psycopg2-binary; there is also aiosqlite (sqlite)\n' in text
        )
