"""Environments in which the project is installed without a network."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

SOURCES = ("server", "rules", "snippets")
BESIDE = ("pyproject.toml", "README.md", "LICENSE")


def run(*command: str | Path, cwd: Path) -> str:
    """The standard output of a command, which must succeed, without anything the tests' shell exports."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Environment:
    """A virtual environment with all dependencies but not the project."""

    folder: Path

    @property
    def scripts(self) -> Path:
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    @property
    def command(self) -> Path:
        return self.scripts / "backend-architect"

    def install(self, *arguments: str | Path) -> None:
        run(
            self.scripts / "python",
            *("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--ignore-installed"),
            *arguments,
            cwd=self.folder,
        )


def environment(folder: Path) -> Environment:
    """A new environment that sees the packages beside which the tests run.

    It sees them through a path entry, whose own path entries do not count: a checkout that is installed
    editable there is not to be seen.
    """
    venv.create(folder, symlinks=os.name != "nt")
    site = next(folder.glob("lib/python*/site-packages"), folder / "Lib" / "site-packages")
    (site / "beside.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Environment(folder)
