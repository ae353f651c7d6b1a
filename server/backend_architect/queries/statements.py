"""Where statements stand: in .sql files, and in strings of Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend_architect.schema.model import Origin


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of SQL, as a file has it."""

    text: str
    dialect: str
    origin: Origin
    holes: tuple[tuple[int, int], ...] = ()
    """Where the text is filler for what only the program knows."""
    often: bool = False
    """Whether it stands in a loop or in a function that answers requests."""
