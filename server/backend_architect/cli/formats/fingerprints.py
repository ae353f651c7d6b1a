"""Names for findings that stay the same while the code around them moves."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend_architect.cli.formats.outcome import Outcome


def fingerprints(outcome: Outcome) -> list[str]:
    """A name for each finding, unlike all others.

    It tells the rule, the path and the lines of source without their indentation; equal ones in a file are
    numbered. So it does not depend on line numbers, nor on the words of the message.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    names: list[str] = []
    for found in outcome.found():
        identity = (found.report.rule, found.report.path, *(" ".join(line.split()) for line in found.source))
        text = "\0".join((*identity, str(seen[identity])))
        seen[identity] += 1
        names.append(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    return names
