"""Writing the comment that silences a rule at one place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, Span
from backend_architect.engine.suppressions import MARK
from backend_architect.engine.text import line_end

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIGNS = {"python": "#", "sql": "--"}
_BRACKET = re.compile(rf"(?:#|--)\s*{MARK}\s*ignore\[([^\]]*)(?=\])")


def ignore_comment(
    lines: Sequence[str], span: Span, rule: str, language: str, statement: tuple[int, int]
) -> Edit:
    """The edit that silences a rule for the statement that holds a span.

    The comment goes to the end of a statement of one line, and on a line above any other: a statement may end
    its first line inside of a string, or with a backslash. An ignore comment that is already there takes the
    rule in.
    """
    first, last = statement
    for line in dict.fromkeys((span.line, first, last, first - 1)):
        known = _BRACKET.search(lines[line]) if 0 <= line < len(lines) else None
        above = line < first
        if known is not None and not (above and lines[line][: known.start()].strip()):
            return Edit(Span(line, known.end(), line, known.end()), f", {rule}" if known[1].strip() else rule)
    comment = f"{_SIGNS[language]} {MARK} ignore[{rule}]"
    end = line_end(lines[first])
    if first == last and not lines[first][:end].endswith("\\"):
        return Edit(Span(first, len(lines[first][:end].rstrip()), first, end), f"  {comment}")
    line = lines[first]
    indent = line[: len(line) - len(line.lstrip())]
    return Edit(Span(first, 0, first, 0), f"{indent}{comment}{line[end:] or chr(10)}")
