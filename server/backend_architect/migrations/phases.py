"""Safe sequences: what a migration does instead of one statement that makes others wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from backend_architect.schema.changes import Effect


@dataclass(frozen=True, slots=True)
class Phase:
    """Changes that are made one after the other."""

    changes: tuple[Effect, ...]
    transaction: Literal["same", "next", "none"] = "same"
    """Where they run: in the transaction of the migration; in one that begins after the phase before is
    committed; outside of transactions."""
    why: str = ""
    """A sentence for the comment above them; empty where none is needed."""
