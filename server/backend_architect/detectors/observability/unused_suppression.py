"""Comments of our own that silence nothing."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, Finding, Fix, Span
from backend_architect.engine.rules import detector
from backend_architect.engine.suppressions import Suppressions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.suppressions import Named, Silence, SuppressionsPlace

_REASON = "The comment silences nothing, and no code is touched."


@detector(on=Suppressions)
def detect(subject: Suppressions, at: SuppressionsPlace) -> Iterator[Finding]:
    """Look at each name in brackets; a rule that does not speak in the file is not judged."""
    for comment in subject.comments:
        if not comment.names:
            message = f"no rule is named, so nothing is silenced: write `{comment.scope}[rule-id]`"
            yield at.finding(comment.span, message)
        for named in comment.names:
            if subject.known and named.name not in subject.known:
                yield at.finding(named.span, f"`{named.name}` is no rule{_hint(named, subject)}")
            elif named.name in subject.active and named not in subject.used:
                message = f"`{named.name}` finds nothing here, so there is nothing to silence"
                yield at.finding(named.span, message, _fix(comment, named))


def _hint(named: Named, subject: Suppressions) -> str:
    close = get_close_matches(named.name, subject.known, n=1)
    return f", so nothing is silenced; did you mean `{close[0]}`?" if close else ", so nothing is silenced"


def _fix(comment: Silence, named: Named) -> Fix:
    title = "Remove the comment"
    span = comment.whole
    if len(comment.names) > 1:
        title = f"Remove `{named.name}` from the comment"
        at = comment.names.index(named)
        first, last = comment.names[at - 1 : at + 1] if at else comment.names[:2]
        span = (
            Span(last.span.line, first.span.end_column, last.span.line, last.span.end_column)
            if at
            else Span(first.span.line, first.span.column, first.span.line, last.span.column)
        )
    return Fix(title, "safe", _REASON, lambda: [Edit(span, "")])
