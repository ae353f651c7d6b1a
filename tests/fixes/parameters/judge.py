"""Judges the fix of `sql-built-from-strings` by what reaches the driver.

`python -m tests.fixes.parameters.judge [-k NAME] [-v]` prints a line for each pair and for each program that
must stay as it is.
"""

from __future__ import annotations

import argparse
import difflib
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.fixes.parameters import fakes
from tests.fixes.parameters.data import Pair, Untouched, pairs, untouched
from tests.fixes.parameters.databases import Database, recorded
from tests.fixes.parameters.tokens import same_lists, shown, unbound

from backend_architect.cli.repair import repair
from backend_architect.engine.check import check_text
from backend_architect.engine.settings import Settings

if TYPE_CHECKING:
    from tests.fixes.parameters.tokens import Tokens

RULE: Final = "sql-built-from-strings"
NAMES_RULE: Final = "identifier-built-from-strings"
PATH: Final = "shop/example.py"
PLAIN: Final = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class Run:
    """What happened when a program ran."""

    statements: tuple[Tokens, ...]
    result: Any
    """What it gave back, if that is plain data."""
    problem: str = ""


@dataclass(frozen=True)
class Verdict:
    """What became of a program."""

    word: str
    detail: str = ""
    text: str = ""
    """The program after the fix."""


def ran(code: str, driver: str, line: str) -> Run:
    """Runs a program with stand-ins for its drivers."""
    recorded.clear()
    try:
        result = fakes.run(code, {"DB": Database(driver)}, line)
        statements = tuple(statement() for statement in recorded)
    except Exception as error:  # noqa: BLE001 - whatever the program does wrong is the verdict
        return Run((), None, f"{type(error).__name__}: {error}")
    return Run(statements, result if isinstance(result, PLAIN) else None)


def fixed(code: str, dialect: str = "postgres") -> str:
    """A program after all fixes of the rule."""
    settings = Settings(select=frozenset({RULE}), dialect=dialect)
    return repair(PATH, code, settings, unsafe=True).text


def judged(pair: Pair) -> Verdict:
    """Compares what the fixed program tells its driver with what the reference tells it."""
    text = fixed(pair.before)
    if text == pair.before:
        return Verdict("NOT EDITED", _said(text))
    different = ""
    for way in range(3):
        for line in pair.runs(way):
            expected, got = ran(pair.after, pair.driver, line), ran(text, pair.driver, line)
            word, detail = _compared(expected, got)
            if word == "WRONG":
                return Verdict(word, f"{line}: {detail}", text)
            if word == "EQUIVALENT":
                different = detail
    return Verdict("EQUIVALENT" if different else "SAME", different, text)


def _compared(expected: Run, got: Run) -> tuple[str, str]:
    if got.problem:
        return "WRONG", got.problem
    if got.result != expected.result:
        return "WRONG", f"gives {got.result!r} and not {expected.result!r}"
    if [same_lists(one) for one in got.statements] == [same_lists(one) for one in expected.statements]:
        return "SAME", ""
    if [unbound(one) for one in got.statements] == [unbound(one) for one in expected.statements]:
        return "EQUIVALENT", _difference(expected, got)
    return "WRONG", _difference(expected, got)


def _difference(expected: Run, got: Run) -> str:
    told = "; ".join(shown(one) for one in got.statements)
    return f"{told}\n        and not {'; '.join(shown(one) for one in expected.statements)}"


def trusted(pair: Pair) -> str:
    """Why the pair itself is wrong; empty if its reference does what the program did and binds all values."""
    for way in range(3):
        before = [ran(pair.before, pair.driver, line) for line in pair.runs(way)]
        after = [ran(pair.after, pair.driver, line) for line in pair.runs(way)]
        for line, old, new in zip(pair.runs(way), before, after, strict=True):
            if new.problem or not new.statements or (way < 2 and old.problem):
                return f"{line}: {new.problem or old.problem or 'nothing reached the driver'}"
            if way < 2 and _compared(new, old)[0] == "WRONG":
                return f"{line}: {_compared(new, old)[1]}"
        if way == 2 and all(map(_same, before, after)):
            return "the program is safe before the fix"
    return ""


def _same(old: Run, new: Run) -> bool:
    return not old.problem and _compared(new, old)[0] != "WRONG"


def kept(program: Untouched) -> Verdict:
    """Whether a program stayed as it is, and what was said about it."""
    text = fixed(program.code)
    if text != program.code:
        return Verdict("EDITED", program.reason, text)
    said = _said(program.code)
    pattern = program.finding.removesuffix(", or none")
    if not said and program.finding.endswith("none"):
        return Verdict("KEPT")
    if pattern == "none":
        return Verdict("MESSAGE", f"nothing is to be said, but: {said}")
    if re.search(pattern, said, re.IGNORECASE):
        return Verdict("KEPT")
    return Verdict("MESSAGE", f"/{pattern}/ is not in: {said or 'nothing'}")


def _said(code: str) -> str:
    settings = Settings(select=frozenset({RULE, NAMES_RULE}), dialect="postgres")
    return " | ".join(finding.message for finding in check_text(PATH, code, settings).findings)


def main() -> None:
    """Prints the verdicts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-k", default="", metavar="NAME", help="only programs in whose name this stands")
    parser.add_argument("-v", action="store_true", help="show what the fix wrote where it is not the same")
    options = parser.parse_args()
    counts = Counter[str]()
    for program in (*pairs(), *untouched()):
        if options.k not in program.name:
            continue
        verdict = judged(program) if isinstance(program, Pair) else kept(program)
        counts[verdict.word] += 1
        print(f"{verdict.word:<11} {program.name}")
        if verdict.detail:
            print(f"            {verdict.detail}")
        if options.v and verdict.word not in ("SAME", "KEPT") and verdict.text:
            code = program.before if isinstance(program, Pair) else program.code
            lines = code.splitlines(), verdict.text.splitlines()
            print(*difflib.unified_diff(*lines, lineterm="", n=0), sep="\n")
    print("\n" + ", ".join(f"{count} {word}" for word, count in sorted(counts.items())))


if __name__ == "__main__":
    main()
