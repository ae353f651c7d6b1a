"""Applies every fix and every refactoring that is offered in a file, and looks at what becomes of it.

Fixes are applied alone and then all together, refactorings alone.

`python -m tests.corpus.fixing FOLDER...` does so in other sources than those of the corpus.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from backend_architect.cli.options import Choice
from backend_architect.cli.repair import apply_edits, repair
from backend_architect.cli.run import Job, UnreadableError, elsewhere_of, job_of, read, run
from backend_architect.engine.check import check_text, reporter_for, rules_for, start
from backend_architect.engine.findings import Edit, Span
from backend_architect.engine.settings import ALL, Settings
from backend_architect.engine.text import split_lines
from backend_architect.knowledge.cards import load_cards
from backend_architect.project.configuration import Configurations
from backend_architect.project.files import find_files
from backend_architect.project.reading import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.engine.analysis import Analysis
    from backend_architect.engine.findings import BuiltFix, Finding, Report
    from backend_architect.project.reading import Encoding

NEAR = 60
"""Lines around a finding beyond which a fix changes nothing but imports."""

REMOVES_COMMENTS = {"unused-suppression"}

CLIENTS = (
    *("get", "post", "put", "patch", "delete", "head", "options", "request", "urlopen"),
    *("Session", "session", "Client", "AsyncClient", "PoolManager", "ProxyManager"),
)
"""How calls end at whose lines somebody asks for refactorings."""

EVERY_RULE = Choice(frozenset({ALL}), frozenset())


@dataclass
class Tried:
    """What became of a file."""

    fixes: Counter[str] = field(default_factory=Counter[str])
    """How many fixes of each rule were applied alone."""
    together: Counter[str] = field(default_factory=Counter[str])
    """How many findings of each rule `fix --unsafe-fixes` repaired."""
    failures: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        rows = [
            f"{rule}: {count} ({self.together[rule]} together)" for rule, count in self.fixes.most_common()
        ]
        return f"{self.fixes.total()} fixes alone, {self.together.total()} together; {', '.join(rows)}"

    def add(self, other: Tried) -> None:
        """Count what became of another file."""
        self.fixes += other.fixes
        self.together += other.together
        self.failures += other.failures


def jobs_below(folders: list[Path]) -> tuple[list[Job], int]:
    """The files below some folders as `fix` sees them with all rules on, and their bytes together."""
    found = find_files(folders, Configurations(load_cards, isolated=True))
    return [job_of(file, EVERY_RULE) for file in found.files], found.size


def try_fixes(job: Job) -> Tried:
    """Apply what is offered in one file; nothing is written."""
    warnings.simplefilter("ignore")  # "\d" warns at every parse
    try:
        text, encoding = read(job)
    except UnreadableError:
        return Tried()
    tried = Tried()
    if not job.name.endswith(".py") or not _parses(text):
        return tried
    rules = rules_for(job.name, job.settings)
    analysis = start("python", job.name, text, job.settings, rules, elsewhere_of(job))
    offered = [
        (finding, first) for first, _, found in analysis.findings() for finding in found if finding.fix
    ]
    reporter = reporter_for("python", job.name, job.settings, rules)
    for finding, first in offered:
        assert finding.fix is not None
        fix = reporter.build(finding.fix, first, analysis.document.lines)
        tried.fixes[finding.rule] += 1
        where = f"{job.shown}:{finding.span.line + first + 1}: {finding.rule}"
        tried.failures += [f"{where}: {what}" for what in _alone(job, analysis, text, finding, first, fix)]
    if offered:
        tried.failures += [f"{job.shown}: {what}" for what in _together(job, text, encoding, tried)]
    return tried


def try_refactorings(job: Job) -> Tried:
    """Apply what is offered at the calls of one file, whatever the rules say of them; nothing is written."""
    warnings.simplefilter("ignore")
    tried = Tried()
    for row, title, text, after, analysis in refactorings(job):
        tried.fixes[title] += 1
        where = f"{job.shown}:{row + 1}: {title}"
        tried.failures += [f"{where}: {what}" for what in _rewritten(job, analysis, text, after)]
    return tried


def refactorings(job: Job) -> Iterator[tuple[int, str, str, str, Analysis]]:
    """What is offered at some calls of a file: line, title, the text before and after, and the analysis."""
    try:
        text, _ = read(job)
    except UnreadableError:
        return
    if not job.name.endswith(".py") or not _parses(text):
        return
    rules = rules_for(job.name, job.settings)
    analysis = start("python", job.name, text, job.settings, rules, elsewhere_of(job))
    reporter = reporter_for("python", job.name, job.settings, rules)
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    rows = sorted({call.lineno - 1 for call in calls if ast.unparse(call.func).endswith(CLIENTS)})
    seen: set[str] = set()
    for row in rows:
        for first, fix in tuple(analysis.refactorings(row)):
            after = apply_edits(text, reporter.build(fix, first, analysis.document.lines).edits)
            if after not in seen:
                seen.add(after)
                yield row, fix.title, text, after, analysis


def _rewritten(job: Job, analysis: Analysis, text: str, after: str) -> Iterator[str]:
    """What is wrong with one refactoring; the analysis has the text of the file before and afterwards."""
    if not _parses(after):
        yield "does not parse"
        return
    yield from lost(text, after, set())
    before_counts = _rules(analysis)
    _become(analysis, after)
    yield from _new(job, before_counts, _rules(analysis))
    _become(analysis, text)


def _alone(  # noqa: PLR0917
    job: Job, analysis: Analysis, text: str, finding: Finding, first: int, fix: BuiltFix
) -> Iterator[str]:
    """What is wrong with one fix; the analysis has the text of the file before and afterwards."""
    span = finding.span.moved(first)
    for edit in fix.edits:
        distance = max(span.line - edit.span.end_line, edit.span.line - span.end_line)
        if distance > NEAR and not _is_import(edit, text):
            yield f"changes something {distance} lines away: {edit}"
    after = apply_edits(text, fix.edits)
    if not _parses(after):
        yield "does not parse"
        return
    yield from lost(text, after, {finding.rule})
    before_counts = _rules(analysis)
    before = _count(finding, analysis)
    _become(analysis, after)
    after_counts = _rules(analysis)
    if _count(finding, analysis) >= before:
        yield "is found again"
    yield from _new(job, before_counts, after_counts)
    _become(analysis, text)
    if _rules(analysis) != before_counts:
        yield "undoing it leads elsewhere"


def _together(job: Job, text: str, encoding: Encoding, tried: Tried) -> Iterator[str]:
    """What is wrong with all fixes of a file together, as `fix --unsafe-fixes` applies them."""
    elsewhere = elsewhere_of(job)
    repaired = repair(job.name, text, job.settings, unsafe=True, elsewhere=elsewhere)
    tried.together = Counter(one.rule for one in repaired.fixed)
    yield from repaired.problems
    if not repaired.fixed:
        yield "nothing is fixed together"
        return
    if not _parses(repaired.text):
        yield "does not parse"
        return
    if decode(encoding.encode(repaired.text), job.shown) != (repaired.text, encoding):
        yield "is read in another way than it was written"
    yield from lost(text, repaired.text, set(tried.together))
    before = check_text(job.name, text, job.settings, elsewhere=elsewhere).findings
    yield from _new(job, Counter(one.rule for one in before), _of(repaired.report.findings))
    again = repair(job.name, repaired.text, job.settings, unsafe=True, elsewhere=elsewhere)
    if again.text != repaired.text:
        yield f"fixing once more changes it: {sorted({one.rule for one in again.fixed})}"


def _of(findings: tuple[Report, ...]) -> Counter[str]:
    return Counter(one.rule for one in findings)


def _rules(analysis: Analysis) -> Counter[str]:
    return Counter(one.rule for _, _, found in analysis.findings() for one in found)


def _count(finding: Finding, analysis: Analysis) -> int:
    """How often the same is said; behind one finding another of its rule may have been left unsaid."""
    said = [one for _, _, found in analysis.findings() for one in found]
    return sum((one.rule, one.message) == (finding.rule, finding.message) for one in said)


def _new(job: Job, before: Counter[str], after: Counter[str]) -> Iterator[str]:
    """The errors and warnings that people would hear of unasked and that were not there before."""
    rules = {rule.id: rule for rule in rules_for(job.name, Settings()).rules}
    for name, count in (after - before).items():
        if name in rules and rules[name].severity in {"error", "warning"}:
            yield f"brings {count} of {name}"


def lost(before: str, after: str, rules: set[str]) -> Iterator[str]:
    """What a fix must keep: comments and line ends."""
    if not rules & REMOVES_COMMENTS and (gone := _comments(before, after)):
        yield f"loses the comments {gone}"
    if _line_ends(after) - _line_ends(before):
        yield f"has other line ends: {_line_ends(after) - _line_ends(before)}"


def _comments(before: str, after: str) -> list[str]:
    first, old_end, _ = _changed(split_lines(before), split_lines(after))
    if not any("#" in line for line in split_lines(before)[first:old_end]):
        return []
    return sorted((_comments_in(before) - _comments_in(after)).elements())


def _become(analysis: Analysis, text: str) -> None:
    """Edit the text of an analysis so that it is another, where the two differ."""
    new = split_lines(text)
    first, old_end, new_end = _changed(analysis.document.lines, new)
    analysis.document.edit(Span(first, 0, old_end, 0), "".join(new[first:new_end]))
    analysis.refresh()
    assert analysis.document.text == text


def _changed(old: Sequence[str], new: Sequence[str]) -> tuple[int, int, int]:
    """The first line in which two texts differ, and where in each of them the last one ends."""
    most = min(len(old), len(new))
    first = next((at for at in range(most) if old[at] != new[at]), most)
    same = next((at for at in range(most - first) if old[-1 - at] != new[-1 - at]), most - first)
    return first, len(old) - same, len(new) - same


def _comments_in(text: str) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


def _line_ends(text: str) -> set[str]:
    return set(re.findall(r"\r\n|\r|\n", text))


def _is_import(edit: Edit, text: str) -> bool:
    """Whether an edit adds imports, or a name to one."""
    line = split_lines(text)[edit.span.line]
    if edit.span.column and line.startswith("from "):
        return edit.text.strip(", ").isidentifier()
    try:
        return all(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.parse(edit.text).body)
    except SyntaxError:
        return False


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def main(folders: list[Path]) -> None:
    """Print what fails below some folders, and how many fixes of each rule and refactorings were applied."""
    for trying in (try_fixes, try_refactorings):
        total = Tried()
        for tried in run(trying, *jobs_below(folders), None):
            total.add(tried)
        print(*total.failures, total, sep="\n")


if __name__ == "__main__":
    main([Path(name).resolve() for name in sys.argv[1:]])
