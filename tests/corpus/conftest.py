"""The sources of real backends, downloaded once: six for all rules, six more with migrations in SQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "out" / "corpus"


def packages(file: str = "packages.txt") -> list[str]:
    """The packages that a file lists, each pinned to a version."""
    return (HERE / file).read_text(encoding="utf-8").split()


def migrated() -> list[str]:
    """All packages that have migrations: of Alembic, of Django, in SQL."""
    return [*packages(), *packages("sql_packages.txt")]


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder with one folder for each package, named after it; without network the tests fail."""
    return _fetched(packages())


@pytest.fixture(scope="session")
def migrations() -> Path:
    """The same, with the packages whose migrations are in SQL."""
    return _fetched(migrated())


def _fetched(names: list[str]) -> Path:
    for package in names:
        folder = OUT / package
        if folder.exists():
            continue
        partial = OUT / f"{package}.partial-{os.getpid()}"
        subprocess.run([sys.executable, HERE / "fetch.py", package, partial], check=True)
        try:
            partial.rename(folder)
        except OSError:  # another process of the tests was first
            shutil.rmtree(partial)
    return OUT
