"""Accepting what is found today, and hearing of what is new."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

OLD = """import requests


def rates():
    return requests.get("https://rates.example")
"""
MOVED = OLD.replace("\n\n\ndef", "\nimport os\n\n\n# more\n\n\ndef")
TWICE = OLD + '    return requests.get("https://rates.example")\n'
ELSEWHERE = OLD + OLD.partition("\n\n\n")[2].replace("rates():", "latest():")
SECOND = "import requests\n\nrequests.get('https://rates.example')\n"
FILE = ".backend-architect/baseline.json"


@pytest.fixture
def shop(project: Path, call: Run) -> Path:
    """A project with one finding, which is accepted."""
    (project / "rates.py").write_text(OLD, encoding="utf-8")
    done = call("baseline", "create")
    assert done.exit_code == 0, done.output
    assert "1 finding accepted" in done.output
    return project


def found(call: Run, *options: str) -> int:
    done = call("check", "--format", "json", *options)
    return len(json.loads(done.stdout))


def test_what_was_there_is_not_news(shop: Path, call: Run):
    assert found(call) == 0
    assert call("check").exit_code == 0
    assert found(call, "--no-baseline") == found(call, "--isolated") == 1


@pytest.mark.parametrize(("text", "news"), [(OLD, 0), (MOVED, 0), (TWICE, 1), (ELSEWHERE, 1), ("", 0)])
def test_findings_are_known_by_rule_statement_and_function(shop: Path, call: Run, text: str, news: int):
    (shop / "rates.py").write_text(text, encoding="utf-8")
    assert found(call) == news
    assert call("check").exit_code == (1 if news else 0)


def test_the_layout_of_a_statement_does_not_matter(shop: Path, call: Run):
    text = OLD.replace("    return", "    if True:\n        return")
    (shop / "rates.py").write_text(text, encoding="utf-8")
    assert found(call) == 0


def test_other_files_are_news(shop: Path, call: Run):
    (shop / "latest.py").write_text(OLD, encoding="utf-8")
    assert found(call) == 1
    done = call("baseline", "check")
    assert done.exit_code == 1
    assert "latest.py:5" in done.output


def test_check_fails_when_something_accepted_is_gone(shop: Path, call: Run):
    assert call("baseline", "check").exit_code == 0
    (shop / "rates.py").write_text("", encoding="utf-8")
    done = call("baseline", "check")
    assert done.exit_code == 1
    assert "baseline update" in done.output


def test_update_forgets_and_accepts_nothing(shop: Path, call: Run):
    (shop / "rates.py").write_text("", encoding="utf-8")
    (shop / "latest.py").write_text(OLD, encoding="utf-8")
    done = call("baseline", "update")
    assert done.exit_code == 0
    assert "Forgot 1 finding" in done.output
    assert json.loads((shop / FILE).read_text())["files"] == {}
    assert found(call) == 1


def test_create_leaves_what_is_there(shop: Path, call: Run):
    before = (shop / FILE).read_bytes()
    (shop / "latest.py").write_text(OLD, encoding="utf-8")
    done = call("baseline", "create")
    assert done.exit_code == 2
    assert "--force" in done.output
    assert (shop / FILE).read_bytes() == before
    assert call("baseline", "create", "--force").exit_code == 0
    assert found(call) == 0


def test_create_accepts_what_is_named(project: Path, call: Run):
    (project / "a").mkdir()
    (project / "a" / "rates.py").write_text(OLD, encoding="utf-8")
    (project / "rates.py").write_text(SECOND, encoding="utf-8")
    assert call("baseline", "create", "a").exit_code == 0
    assert found(call) == 1


@pytest.mark.parametrize("command", ["update", "check"])
def test_without_one_they_say_how_to_begin(project: Path, call: Run, command: str):
    (project / "rates.py").write_text(OLD, encoding="utf-8")
    done = call("baseline", command)
    assert done.exit_code == 2
    assert "baseline create" in done.output


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"version": 2, "files": {}}', '{"version": 1, "files": {"a": 1}}']
)
def test_a_broken_one_is_named_with_its_line(shop: Path, call: Run, content: str):
    (shop / FILE).write_text(content, encoding="utf-8")
    done = call("check")
    assert done.exit_code == 2
    assert f"{FILE}:1:" in done.output
    assert "baseline create --force" in done.output


def test_sql_has_one_too(project: Path, call: Run):
    (project / "nightly.sql").write_text("UPDATE accounts SET balance = 0;\n", encoding="utf-8")
    assert call("baseline", "create").exit_code == 0
    (project / "nightly.sql").write_text(
        "-- more\nSELECT 1;\nUPDATE accounts\nSET balance = 0;\nUPDATE users SET state = 0;\n",
        encoding="utf-8",
    )
    assert found(call) == 1
