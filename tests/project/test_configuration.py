"""Where settings come from."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from backend_architect.engine.settings import Settings, SettingsError
from backend_architect.project.configuration import Configurations

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)


def dialect(folder: Path, *, isolated: bool = False) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    return Configurations(lambda: ("query-in-loop",), isolated=isolated).of(folder, folder).settings.dialect


def complaint(folder: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        Configurations(lambda: ("query-in-loop",)).of(folder, folder)
    return str(caught.value)


def test_the_closest_file_wins(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text("[tool.backend-architect]\ndialect = 'mysql'\n")
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "backend-architect.toml").write_text("dialect = 'sqlite'\n")
    (tmp_path / "a" / "b" / "pyproject.toml").write_text("[project]\nname = 'backend-architect-shop'\n")
    assert dialect(tmp_path) == dialect(tmp_path / "c" / "d") == "mysql"
    assert (
        dialect(tmp_path / "a")
        == dialect(tmp_path / "a" / "b")
        == dialect(tmp_path / "a" / "b" / "c")
        == "sqlite"
    )


def test_our_own_file_wins_over_pyproject(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text("[tool.backend-architect]\ndialect = 'mysql'\n")
    (tmp_path / "backend-architect.toml").write_text("dialect = 'sqlite'\n")
    assert dialect(tmp_path) == "sqlite"


def test_isolated_reads_nothing(tmp_path: Path):
    (tmp_path / "backend-architect.toml").write_text("nonsense")
    assert dialect(tmp_path, isolated=True) == "postgres"


def test_nothing_configured(tmp_path: Path):
    configuration = Configurations(lambda: ()).of(tmp_path, tmp_path)
    assert (configuration.settings, configuration.root, configuration.file) == (Settings(), tmp_path, None)


def test_the_file_is_known(tmp_path: Path):
    (tmp_path / "backend-architect.toml").write_text("")
    assert Configurations(lambda: ()).of(tmp_path, tmp_path).file == tmp_path / "backend-architect.toml"


def test_complaints_name_the_file_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "pyproject.toml").write_text("\n[tool.backend-architect]\nselct = 1\n")
    assert complaint(tmp_path / "a") == "pyproject.toml:3: unknown key 'selct'; did you mean 'select'?"
    monkeypatch.chdir(tmp_path / "a")
    assert complaint(tmp_path / "a").startswith("../pyproject.toml:3: ")


def test_files_that_cannot_be_read(tmp_path: Path):
    (tmp_path / "backend-architect.toml").write_bytes(b"\n\n# \xe9")
    assert complaint(tmp_path) == "backend-architect.toml:3: not UTF-8, as TOML has to be"
    (tmp_path / "backend-architect.toml").unlink()
    (tmp_path / "backend-architect.toml").mkdir()
    assert complaint(tmp_path).startswith("backend-architect.toml:1: cannot be read: ")


def test_a_byte_order_mark_does_no_harm(tmp_path: Path):
    (tmp_path / "backend-architect.toml").write_text("dialect = 'mysql'", encoding="utf-8-sig")
    assert dialect(tmp_path) == "mysql"


def test_without_a_file_nothing_is_imported(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'shop'\n")
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from backend_architect.project.configuration import Configurations\n"
        "Configurations(lambda: ()).of(Path.cwd(), Path.cwd())\n"
        "print(*{'pydantic', 'pathspec', 'tomllib'} & set(sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout.strip() == b""
    )
