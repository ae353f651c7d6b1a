"""The sources of six real backends, downloaded once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "out" / "corpus"


def packages() -> list[str]:
    """The packages, each pinned to a version."""
    return (HERE / "packages.txt").read_text(encoding="utf-8").split()


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder with one folder for each package, named after it; without network the tests fail."""
    for package in packages():
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
