"""The option `--profile`."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from backend_architect.cli import profile
from backend_architect.cli.profile import Timing, profile_of, summed
from backend_architect.engine import check

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Run

TIMEOUT = "http-call-without-timeout"
CALLS = "import requests\n\nrequests.get('https://example.com')\nrequests.get('https://example.org')\n"


def rows(table: str) -> dict[str, list[str]]:
    """The columns of each line, by the name at its end."""
    lines = [re.fullmatch(r" *([\d,.]+) +([\d,]+) +([\d,.]+)  (.+)", line) for line in table.splitlines()[1:]]
    return {line[4]: [line[1], line[2], line[3]] for line in lines if line}


@pytest.fixture
def files(project: Path) -> Path:
    for number in range(4):
        (project / f"a{number}.py").write_text(CALLS)
    (project / "b.sql").write_text("UPDATE orders SET paid = true;\n")
    return project


@pytest.mark.usefixtures("files")
class TestProfile:
    def test_findings_are_the_same(self, call: Run):
        plain, timed = call("check"), call("check", "--profile")
        assert (plain.stdout, plain.exit_code) == (timed.stdout, timed.exit_code)
        assert plain.stderr == ""

    def test_rules_and_what_they_share(self, call: Run):
        table = rows(call("check", "--profile").stderr)
        assert table[TIMEOUT][1] == "8"
        assert {"(parsing)", "(names)", "(writing fixes)", "update-without-where", "all"} <= set(table)

    def test_the_longest_come_first_and_make_the_sum(self, call: Run):
        *times, total = (
            float(row[0].replace(",", "")) for row in rows(call("check", "--profile").stderr).values()
        )
        assert times == sorted(times, reverse=True)
        assert sum(times) == pytest.approx(total, abs=0.1 * len(times))

    def test_processes_are_summed(self):
        command = [sys.executable, "-m", "backend_architect.cli.main", "check", "--profile", "-j", "2"]
        result = subprocess.run(command, capture_output=True, check=False, text=True)
        assert result.returncode == 1
        assert rows(result.stderr)[TIMEOUT][1] == "8"

    def test_nothing_is_left_behind(self, call: Run):
        before = [getattr(owner, name) for owner, name, _ in profile._WATCHED], check.rules_for
        call("check", "--profile")
        after = [getattr(owner, name) for owner, name, _ in profile._WATCHED], check.rules_for
        assert before == after


def test_times_are_those_of_the_lines():
    total = summed([{"a": Timing(0.5, 1)}, {"a": Timing(1.5, 2), "b": Timing(0.25, 1)}])
    assert rows(profile_of(total, 4000)) == {
        "a": ["2,000.0", "3", "500.00"],
        "b": ["250.0", "1", "62.50"],
        "all": ["2,250.0", "4", "562.50"],
    }
