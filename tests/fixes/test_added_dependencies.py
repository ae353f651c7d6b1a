"""Adding dependencies in the layout that a project has."""

from __future__ import annotations

import pytest

from backend_architect.engine.text import apply_edits
from backend_architect.fixes.dependencies import add_dependency

HEAD = '[project]\nname = "a"\n'


def added(name: str, text: str) -> str | None:
    edit = add_dependency(name, text, "flask", "3.1")
    return apply_edits(text, [edit]) if edit is not None else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'{HEAD}dependencies = ["b"]\n', f'{HEAD}dependencies = ["b", "flask>=3.1"]\n'),
        (f"{HEAD}dependencies = []\n", f'{HEAD}dependencies = ["flask>=3.1"]\n'),
        (
            f'{HEAD}dependencies = [\n    "b[c]>=1",\n]\n[tool.x]\ny = 1\n',
            f'{HEAD}dependencies = [\n    "b[c]>=1",\n    "flask>=3.1",\n]\n[tool.x]\ny = 1\n',
        ),
        (
            '[project]\r\ndependencies = [\r\n  "b"\r\n]\r\n',
            '[project]\r\ndependencies = [\r\n  "b",\r\n  "flask>=3.1",\r\n]\r\n',
        ),
        (
            '[tool.poetry.dependencies]\npython = "^3.11"\n\n[tool.x]\n',
            '[tool.poetry.dependencies]\npython = "^3.11"\nflask = ">=3.1"\n\n[tool.x]\n',
        ),
    ],
)
def test_pyproject(text: str, expected: str):
    assert added("pyproject.toml", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD,
        f'{HEAD}dynamic = ["dependencies"]\n',
        f'{HEAD}optional-dependencies = {{x = ["b"]}}\n',
        f'{HEAD}dependencies = ["b"] # ]\n',
        f'{HEAD}dependencies = [\n  "b" # c\n]\n',
        '[tool.x]\ndependencies = ["b"]\n',
        "[project\n",
    ],
)
def test_nothing_is_written_where_it_is_not_certain(text: str):
    assert added("pyproject.toml", text) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("b==1\n", "b==1\nflask>=3.1\n"), ("b==1", "b==1\nflask>=3.1\n")]
)
def test_requirements(text: str, expected: str):
    assert added("requirements.txt", text) == expected
