"""The statements of .sql files, kept while many of them are looked at one after the other."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from backend_architect.schema.migrations import forward
from backend_architect.sql.scanner import scan

if TYPE_CHECKING:
    from backend_architect.sql.scanner import Piece

_FILES = 8
"""How many texts are kept: a migration, and those that its repair looks at."""

run_forward = lru_cache(maxsize=_FILES)(forward)
"""What is run of a migration when it is applied; see `schema.migrations.forward`."""


@lru_cache(maxsize=_FILES)
def statements(text: str, dialect: str) -> tuple[Piece, ...]:
    """The pieces of a text, as the scanner cuts them."""
    return tuple(scan(text, dialect).pieces)
