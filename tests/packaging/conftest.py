"""Distributions of the checkout, and where they are installed."""

from __future__ import annotations

import sys
from shutil import copytree, ignore_patterns
from typing import TYPE_CHECKING

import pytest
from environments import BESIDE, ROOT, SOURCES, Environment, environment, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment in which the wheel is installed."""
    fresh = environment(tmp_path_factory.mktemp("installed"))
    fresh.install(wheel)
    return fresh


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What of the checkout is needed to install it, elsewhere."""
    folder = tmp_path / "copy"
    for name in SOURCES:
        copytree(ROOT / name, folder / name, ignore=ignore_patterns("__pycache__"))
    for name in BESIDE:
        (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The sample service, outside the checkout."""
    return copytree(ROOT / "tests" / "shop", tmp_path / "shop")
