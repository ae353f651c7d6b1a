"""The servers that the fixed code talks to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from postgres import serving

if TYPE_CHECKING:
    from collections.abc import Generator


@pytest.fixture(scope="session")
def postgres() -> Generator[str]:
    """The connection string of a PostgreSQL started for these tests."""
    with serving() as conninfo:
        yield conninfo
