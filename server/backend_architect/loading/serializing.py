"""Relationships that are touched where rows become answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend_architect.loading.frames import Frame
    from backend_architect.loading.values import Value


def answer(given: Value, frame: Frame) -> None:
    """Take in what becomes of the rows that a function gives."""
