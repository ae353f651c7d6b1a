"""How right the rules are on real backends: `judged/<rule-id>.toml` holds what somebody read and judged.

`python -m tests.corpus.judged` writes the table for a report. A file looks like this:

    findings = 37               # on the packages that were looked at
    packages = ["dispatch-2.0.6", "wagtail-8.0.1"]

    [[sample]]
    at = "dispatch-2.0.6/src/dispatch/plugin.py:31"
    right = true
    note = "..."                # needed where the rule was wrong

A rule without any finding has `findings = 0` and no samples. Up to twenty findings of a rule are read, spread
over the packages; `tests/cards/test_judged.py` asks for nine in ten that are right.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend_architect.knowledge.cards import load_cards

FOLDER = Path(__file__).with_name("judged")

_FIELDS = {"findings", "packages", "sample"}
_SAMPLE_FIELDS = {"at", "right", "note"}
_PLACE = re.compile(r"(?P<package>[^/]+)/.+:\d+")


class JudgementError(Exception):
    """A file that does not say what it has to."""


@dataclass(frozen=True)
class Judgement:
    """What was found on real code by one rule, and how much of what was read of it is right."""

    rule: str
    findings: int
    sampled: int
    right: int

    @property
    def share(self) -> float:
        return self.right / self.sampled if self.sampled else 1.0


def judgements() -> list[Judgement]:
    """All judgements, by the names of the rules.

    Raises:
        JudgementError: for the first file that is not as it has to be.
    """
    return [judgement(file.stem, file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.toml"))]


def judgement(rule: str, text: str) -> Judgement:
    """The judgement in the text of a file."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise JudgementError(f"{rule}.toml: {error}") from error
    for mistake in _mistakes(content):
        raise JudgementError(f"{rule}.toml: {mistake}")
    samples = content.get("sample", [])
    right = sum(sample["right"] for sample in samples)
    return Judgement(rule, content["findings"], len(samples), right)


def _mistakes(content: dict[str, Any]):
    yield from (f"unknown field '{name}'" for name in content.keys() - _FIELDS)
    if not isinstance(content.get("findings"), int):
        yield "'findings' must be the number of findings on the packages"
        return
    packages, samples = content.get("packages"), content.get("sample", [])
    if not isinstance(packages, list) or not all(isinstance(package, str) for package in packages):
        yield "'packages' must be a list of packages, as in [\"dispatch-2.0.6\"]"
        return
    if len(samples) > content["findings"]:
        yield f"{len(samples)} samples of {content['findings']} findings"
    for sample in samples:
        yield from (f"unknown field 'sample.{name}'" for name in sample.keys() - _SAMPLE_FIELDS)
        place = _PLACE.fullmatch(str(sample.get("at")))
        if place is None or place["package"] not in packages:
            yield f"'at' must be a line in one of the packages, not {sample.get('at')!r}"
        if not isinstance(sample.get("right"), bool):
            yield f"'right' of {sample.get('at')} must be true or false"
        elif not sample["right"] and not sample.get("note"):
            yield f"'note' of {sample['at']} must say why it is wrong"


def table() -> str:
    """The judgements in Markdown."""
    cards = load_cards()
    rows = [("rule", "severity", "findings", "sampled", "right")]
    for one in judgements():
        severity = cards[one.rule].severity if one.rule in cards else "?"
        rows.append((one.rule, severity, str(one.findings), str(one.sampled), str(one.right)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    head, *body = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    return "\n".join([head, "|" + "|".join("-" * (width + 2) for width in widths) + "|", *body])


if __name__ == "__main__":
    print(table())
