"""What to tell about Python that could not be read."""

from __future__ import annotations

import re
import sys
from itertools import accumulate
from typing import TYPE_CHECKING

from backend_architect.python.syntax import WRAPPER, Unreadable, parse

if TYPE_CHECKING:
    from backend_architect.engine.blocks import Block
    from backend_architect.engine.document import Document

_PYTHON_2 = re.compile(r"^\s*except\b[^:\n]*,\s*[a-z_]\w*\s*:", re.MULTILINE)
"""`except Error, error:`, which Python 3.14 reads again, as two classes."""

_DEEP = 100
"""Python reads no more than 200 brackets inside each other; LibCST crashes at about a thousand."""


def problems_of(path: str, document: Document) -> list[str]:
    """One sentence about the first lines of a file that were not analysed, if any were not."""
    broken = [(start, block) for start, block in document.blocks() if block.broken]
    if not broken:
        return []
    start, block = broken[0]
    lines = sum(block.height for _, block in broken)
    rest = f"{lines} of {len(document.lines)} lines were not analysed"
    if is_newer(block):
        version = ".".join(map(str, sys.version_info[:2]))
        newer = f"written for a newer Python than {version}, which runs this check"
        return [f"{path}:{start + 1}: {newer}; {rest}; install backend-architect with that Python"]
    whole = parse(document.text)
    line, message = (
        (whole.line, whole.message) if isinstance(whole, Unreadable) else (start + 1, "nested too deeply")
    )
    return [f"{path}:{line}: not valid Python ({message}); {rest}; correct the syntax, or exclude the file"]


def is_newer(block: Block) -> bool:
    """Whether LibCST, which knows newer grammars, reads a block that this interpreter does not."""
    import libcst  # noqa: PLC0415 - takes a third of a second, and most files need it never

    if _PYTHON_2.search(block.text) or _depth(block.text) > _DEEP:
        return False
    for text in (block.text, WRAPPER + block.text):
        refusal = parse(text)
        if not isinstance(refusal, Unreadable) or not refusal.grammar:
            return False
        try:
            libcst.parse_module(text)
        except Exception:  # noqa: BLE001, S112 - its parser raises more than it documents
            continue
        return True
    return False


def _depth(text: str) -> int:
    """How many brackets of a text stand inside each other, at most."""
    return max(
        accumulate(1 if bracket in "([{" else -1 for bracket in re.findall(r"[][(){}]", text)), default=0
    )
