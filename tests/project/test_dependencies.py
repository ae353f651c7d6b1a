"""Which versions of libraries a project runs on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from backend_architect.project.dependencies import declared, versions
from backend_architect.project.modules import read_file

if TYPE_CHECKING:
    from pathlib import Path

LOCK = """
[[package]]
name = "PyJWT"
version = "2.9.0"

[[package]]
name = "app"
source = { editable = "." }
"""
FILES = {
    "uv.lock": LOCK,
    "poetry.lock": LOCK,
    "pdm.lock": LOCK,
    "pylock.toml": LOCK.replace("[[package]]", "[[packages]]"),
    "Pipfile.lock": json.dumps({"default": {"pyjwt": {"version": "==2.9.0"}, "app": {"path": "."}}}),
    "requirements.txt": "# pins\n-r more.txt\nPyJWT[crypto]==2.9.0 ; python_version > '3'  # why\nredis>=5\n",
    "requirements/production.txt": "pyjwt == 2.9.0 \\\n    --hash=sha256:0123\n",
    "requirements-dev.txt": "pyjwt==2.9.0 --hash=sha256:0123\n",
    "constraints.txt": "PyJWT==2.9.0\n",
    "pyproject.toml": '[project]\ndependencies = ["PyJWT==2.9.0", "redis==5.*"]\n',
}


@pytest.mark.parametrize("name", FILES)
def test_a_pin_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    assert versions(tmp_path, read_file) == {"pyjwt": "2.9.0"}


def test_a_lock_file_knows_better_than_a_requirement(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("pyjwt==1.7.1\nredis==5.0.1\n", encoding="utf-8")
    (tmp_path / "uv.lock").write_text(LOCK, encoding="utf-8")
    assert versions(tmp_path, read_file) == {"pyjwt": "2.9.0", "redis": "5.0.1"}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"\xff\xfe", b"[[[", b"[]", b'"x"', b"package = 1", b'{"default": 3}'])
def test_what_cannot_be_read_pins_nothing(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(content)
    assert versions(tmp_path, read_file) == {}


@pytest.mark.parametrize(
    ("required", "lowest"),
    [
        (">=3.11", "3.11"),
        (">=3.9,<4", "3.9"),
        ("~=3.12.1", "3.12.1"),
        ("==3.14.*", "3.14"),
        ("<4", None),
        ("new", None),
    ],
)
def test_the_lowest_python_counts(tmp_path: Path, required: str, lowest: str | None) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[project]\nrequires-python = "{required}"\n', encoding="utf-8")
    assert versions(tmp_path, read_file).get("python") == lowest


DECLARING = {
    "requirements.txt": "Stamina>=26\nredis[hiredis]\n-r more.txt\n",
    "requirements/base.txt": "stamina\nredis\n",
    "constraints.txt": "stamina==26.1.0\nredis\n",
    "pyproject.toml": '[project]\ndependencies = ["stamina", "redis>=5 ; python_version > \'3\'", "?"]\n',
    "Pipfile": '[packages]\nstamina = "*"\nredis = {version = ">=5"}\n',
}


@pytest.mark.parametrize("name", DECLARING)
def test_what_a_project_names_is_known_whether_it_is_pinned_or_not(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(DECLARING[name], encoding="utf-8")
    assert declared(tmp_path, read_file) == {"stamina", "redis"}


def test_poetry_has_a_table_of_its_own(tmp_path: Path) -> None:
    text = '[tool.poetry.dependencies]\npython = "^3.11"\nStamina = "*"\n'
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    assert declared(tmp_path, read_file) == {"python", "stamina"}


def test_what_others_bring_along_is_not_named(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text(LOCK, encoding="utf-8")
    assert declared(tmp_path, read_file) == frozenset()


@pytest.mark.parametrize("name", DECLARING)
@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"[[[", b"[]", b"tool = 1", b"packages = 3", b"project = 1"]
)
def test_what_cannot_be_read_names_nothing(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(content)
    assert declared(tmp_path, read_file) == frozenset()
