"""Programs that load rows one by one, run before and after they were repaired: statements are counted.

And programs of which nothing is said: their statements do not grow with the rows.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.loading import running
from tests.loading.shops import FOUND, SILENT, WITHOUT_FIX, Programs, repaired

Outcome = tuple[list[int], list[str]]
"""How many statements were sent, and what came of it, for each size of the database."""


@cache
def outcomes(programs: Programs, *, after: bool) -> dict[str, Outcome]:
    """What each program does."""
    texts = repaired(programs) if after else programs.texts()
    with TemporaryDirectory() as folder:
        package = Path(folder) / "shop"
        package.mkdir()
        (package / "__init__.py").touch()
        for path, text in texts.items():
            (Path(folder) / path).write_text(text, encoding="utf-8")
        command = [sys.executable, running.__file__, programs.kind, folder, programs.name]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    few, many = json.loads(done.stdout)
    return {name: ([few[name][0], many[name][0]], [few[name][1], many[name][1]]) for name in few}


@pytest.mark.parametrize("programs", FOUND, ids=str)
def test_what_is_found_is_true(programs: Programs) -> None:
    for name, (sent, results) in outcomes(programs, after=False).items():
        if programs.kind == "async":
            assert results == ["MissingGreenlet"] * 2, name
        else:
            assert sent[0] + 5 <= sent[1], f"{name} does not grow"


@pytest.mark.parametrize("programs", FOUND, ids=str)
def test_a_repaired_program_sends_as_many_statements_for_more_rows(programs: Programs) -> None:
    before, after = outcomes(programs, after=False), outcomes(programs, after=True)
    for name, (sent, results) in after.items():
        if not name.endswith(WITHOUT_FIX):
            assert sent[0] == sent[1], f"{name} still grows"
        if programs.kind == "async":
            assert "MissingGreenlet" not in results, name
        else:
            assert results == before[name][1], f"{name} gives something else"


@pytest.mark.parametrize("programs", SILENT, ids=str)
def test_what_is_not_found_does_not_grow(programs: Programs) -> None:
    for name, (sent, results) in outcomes(programs, after=False).items():
        assert sent[0] == sent[1], f"{name} grows"
        assert "MissingGreenlet" not in results, name
