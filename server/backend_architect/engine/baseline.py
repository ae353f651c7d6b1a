"""Findings that a project has accepted for the time being: what is older than the first check is not news."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Accepted = Mapping[str, int]
"""The fingerprints of one file, each with the number of findings that are accepted under it."""

NOTHING: Accepted = {}


def fingerprint(rule: str, enclosing: str, statement: str) -> str:
    """What a finding is known by while the code around it moves.

    Args:
        rule: the id of the rule.
        enclosing: the dotted name of the class or function that the finding stands in; empty for none.
        statement: the source of its statement; how it is laid out does not matter.
    """
    text = "\0".join((rule, enclosing, " ".join(statement.split())))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def beyond(accepted: Accepted, fingerprints: Iterable[str]) -> list[bool]:
    """For each finding, in the order of the file, whether it is one more than was accepted."""
    left = Counter(accepted)
    found: list[bool] = []
    for one in fingerprints:
        found.append(left[one] <= 0)
        left[one] -= 1
    return found
