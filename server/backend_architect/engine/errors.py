"""Errors that users are to mend in a file of theirs."""

from __future__ import annotations


class LocatedError(Exception):
    """Something in a file that cannot be used: says where, and what to write instead."""

    def __init__(self, path: str, line: int, message: str) -> None:
        """Takes the path of the file as the user knows it, the line (from 1) and a sentence."""
        super().__init__(path, line, message)
        self.path = path
        self.line = line
        self.message = message

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"
