"""The programs of this folder, as they stand in its text files.

`pairs/*.txt`: a program before and after the fix, and lines that run it. In such a line `DB` is a
connection of the driver that the name of the program begins with, and each of these stands for a value,
harmless in the first two runs and hostile in the third: `$s` (a text), `$q` (a text that breaks out of
double quotes), `$n` (a number), `$t` (a number as a text), `$d` (a date), `$sl` and `$nl` (lists of texts and
of numbers). `$i` is a number in all runs, for what the program itself says to be one.

`untouched/*.txt`: a program that must stay as it is, why, and what has to be said about it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent

VALUES: Final = {
    "s": (
        ["ada", "grace", "joan", "mary", "ruth"],
        ["new york", "Oslo", "rome", "bonn", "kyiv"],
        "x' OR '1'='1",
    ),
    "n": ([3, 14, 15, 92, 65], [7, 20, 1, 8, 28], "0 OR 1=1"),
    "q": (["ada", "grace"], ["new york", "Oslo"], 'x" OR "1"="1'),
    "t": (["3", "14"], ["7", "20"], "0 OR 1=1"),
    "i": ([3, 14, 15, 92, 65], [7, 20, 1, 8, 28], [6, 7, 8, 9, 10]),
    "d": (["2024-05-01", "2024-06-30"], ["2023-01-31", "2023-02-28"], "2024-01-01' OR '1'='1"),
    "sl": ([["ada", "bob"], ["x", "y"]], [["grace"], ["z"]], ["x') OR ('1'='1"]),
    "nl": ([[3, 14, 15], [1, 2]], [[7], [9]], ["0) OR (1=1"]),
}


@dataclass(frozen=True)
class Pair:
    """A program before and after the fix."""

    name: str
    before: str
    after: str
    lines: tuple[str, ...]
    """Lines that run it, with the signs for values."""

    @property
    def driver(self) -> str:
        return self.name.partition(":")[0].partition(" ")[0]

    def runs(self, way: int) -> list[str]:
        """The lines with harmless values (0 and 1) or hostile ones (2)."""
        return [_filled(line, way) for line in self.lines]


@dataclass(frozen=True)
class Untouched:
    """A program that must not be edited."""

    name: str
    code: str
    reason: str
    finding: str
    """A pattern that the message of a finding matches, or `none` if there must be no finding.

    Behind a pattern, `, or none` says that silence is right as well.
    """


def _filled(line: str, way: int) -> str:
    counts = dict.fromkeys(VALUES, -1)

    def value(match: re.Match[str]) -> str:
        kind = match[1]
        counts[kind] += 1
        chosen = VALUES[kind][way]
        return repr(chosen if way == 2 and kind != "i" else chosen[counts[kind]])

    return re.sub(r"\$(sl|nl|s|q|t|n|d|i)\b", value, line)


def pairs() -> list[Pair]:
    """All pairs, in the order of the files."""
    return [_pair(name, text) for name, text in _programs("pairs")]


def untouched() -> list[Untouched]:
    """All programs that must not be edited, in the order of the files."""
    return [_untouched(name, text) for name, text in _programs("untouched")]


def _programs(folder: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for file in sorted((FOLDER / folder).glob("*.txt")):
        _, *parts = re.split(r"^### ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        found += [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]
    return found


def _pair(name: str, text: str) -> Pair:
    _, before, after, lines = re.split(r"^--- (?:before|after|run)\n", text, flags=re.MULTILINE)
    return Pair(
        name,
        before.rstrip() + "\n",
        after.rstrip() + "\n",
        tuple(lines.strip().splitlines()),
    )


def _untouched(name: str, text: str) -> Untouched:
    head, code = re.split(r"^--- code\n", text, flags=re.MULTILINE)
    fields = dict(line.split(": ", 1) for line in head.strip().splitlines())
    return Untouched(name, code.rstrip() + "\n", fields["because"], fields["finding"])
