"""What all rules say about the code that cards call good: a report to be read.

A line of it is a rule that contradicts the advice of another, or an example to improve, or a finding that one
rule leaves to another. `python -m tests.cards.good_code` writes the errors and warnings to `good_code.txt`,
where whatever is new is read when it is merged, and shows the advice, which an example may leave aside.
"""

from __future__ import annotations

from pathlib import Path

from tests.cards.fences import fences_of, findings

from backend_architect.knowledge.cards import load_cards

REPORT = Path(__file__).with_name("good_code.txt")


def lines(*severities: str) -> list[str]:
    """The findings in all Fixed and Fine fences, in order."""
    return [
        f"{card.id}, {fence.section}: {found.severity} {found.rule}: "
        f"{fence.text.splitlines()[found.span.line].strip()}"
        for card in load_cards().values()
        for section in ("Fixed", "Fine")
        for fence in fences_of(card, section)
        for found in findings(fence.path, fence.text, fence.beside)
        if found.severity in severities and found.rule != card.id
    ]


def known() -> list[str]:
    """The lines that were read."""
    return REPORT.read_text(encoding="utf-8").splitlines() if REPORT.exists() else []


if __name__ == "__main__":
    REPORT.write_text("\n".join([*lines("error", "warning"), ""]), encoding="utf-8")
    print(*lines("information", "hint"), f"{REPORT.name}: {len(known())} lines", sep="\n")
