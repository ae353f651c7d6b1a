"""Keeps the findings of one text up to date while it is edited.

What a block says depends on its own text and on what the names that it takes from outside of itself stand
for. Every look-up of such a name is recorded with its answer: a result holds as long as the answers stay.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from backend_architect.engine.document import Document
from backend_architect.engine.rules import Rule, RuleTable
from backend_architect.engine.suppressions import MARK, is_silenced, read_comments
from backend_architect.engine.text import split_lines

if TYPE_CHECKING:
    from backend_architect.engine.blocks import Block, Syntax
    from backend_architect.engine.findings import Finding, Span

log = logging.getLogger(__name__)

SUBJECTS = "sql-in-strings"
"""Stands for a rule in failures: what finds the subjects of the others has failed."""


Elsewhere = Callable[[str], Any]
"""Answers what a thing of another file stands for, by its path; None where nobody knows, or not yet."""


def nowhere(path: str) -> None:
    """Knows no other file."""


class Study(Protocol):
    """What a block tells the other blocks of its file; equal to another that tells the same."""

    @property
    def key(self) -> Any:
        """All that is told, as plain data."""
        ...

    @property
    def imports(self) -> frozenset[str]:
        """The top-level modules that the block imports."""
        ...


Told = Study | tuple[Study, ...]
"""What a block tells, or what the blocks told that a broken one stands for."""


class Names(Protocol):
    """What the names that the blocks of a file bind stand for."""

    def look(self, name: str) -> Any:
        """The answer for a name; None if nothing binds it. Answers can be compared."""
        ...

    @property
    def imports(self) -> frozenset[str]:
        """The top-level modules whose things the file may speak of."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule that raised."""

    rule: str
    error: str


@dataclass(slots=True, eq=False)
class Result:
    """What the rules said about a block, and on which answers from outside that rests."""

    findings: tuple[Finding, ...]
    rules: RuleTable
    owner: str | None
    reads: dict[str, Any]
    failures: tuple[Failure, ...] = ()

    def holds(self, rules: RuleTable, owner: str | None, names: Names) -> bool:
        """Whether the rules would say the same now."""
        return (
            self.rules is rules
            and self.owner == owner
            and all(names.look(name) == answer for name, answer in self.reads.items())
        )


@dataclass(slots=True)
class Recorder:
    """Looks names up and remembers what was asked and answered."""

    names: Names
    reads: dict[str, Any] = field(default_factory=dict[str, Any])

    def look(self, name: str) -> Any:
        """The answer for a name of the file; None if nothing binds it."""
        if name not in self.reads:
            self.reads[name] = self.names.look(name)
        return self.reads[name]


Subjects = Iterator[tuple[Rule, Any, Any]]
"""A rule, a subject for its detector, and the Place of the subject."""


class Language(Protocol):
    """What the engine must know of a language."""

    @property
    def syntax(self) -> Syntax:
        """How a text is cut into blocks."""
        ...

    def study(self, block: Block, rules: RuleTable) -> Study:
        """What a block tells the others; it may prepare what `rules` are to look at."""
        ...

    def owner(self, head: Block) -> str | None:
        """The name of the class whose head a block is."""
        ...

    def names(self, studies: Sequence[tuple[str | None, Any]], elsewhere: Elsewhere) -> Names:
        """What the names stand for that these blocks, each with the class it is a member of, bind."""
        ...

    def subjects(self, block: Block, owner: str | None, rules: RuleTable, recorder: Recorder) -> Subjects:
        """All that the rules are to look at in a block."""
        ...

    def statement(self, block: Block, span: Span) -> tuple[int, int]:
        """The first and the last line of the statement of a block that holds a span."""
        ...


class Analysis:
    """The findings of one text. After edits, `refresh` brings them up to date."""

    def __init__(
        self, language: Language, text: str, rules: RuleTable, elsewhere: Elsewhere = nowhere
    ) -> None:
        self.language = language
        self.rules = rules
        self.elsewhere = elsewhere
        self.document = Document(language.syntax, text)
        self._told: tuple[list[Told], list[str | None]] = [], []
        self._names: Names = language.names([], elsewhere)
        self._rules = rules.narrowed(())
        self._failures: list[Failure] = []

    def refresh(self) -> None:
        """Run the rules on every block for which their last word does not hold any more."""
        blocks, owners = self._owned_blocks()
        new = [at for at, block in enumerate(blocks) if block.result is None and self._study(block)]
        if self._learn([block.study or _remembered(block) for block in blocks], owners):
            self._rules = self.rules.narrowed(self._names.imports)
            new = [at for at, block in enumerate(blocks) if self._asks_again(block, owners[at])]
        for at in new:
            blocks[at].result = self._run(blocks[at], owners[at], self._rules)
            blocks[at].memory = None
        if self._failures or any(blocks[at].result.failures for at in new):
            self._failures = [one for block in blocks if block.result for one in block.result.failures]

    def _study(self, block: Block) -> bool:
        """Learn what a block tells, if it can be read; one that is too deep for that cannot."""
        if block.content is not None and block.study is None:
            try:
                block.study = self.language.study(block, self.rules)
            except RecursionError:
                block.content = None
        return block.content is not None

    def _asks_again(self, block: Block, owner: str | None) -> bool:
        """Whether the rules must look at a block again, now that names stand for something else."""
        result: Result | None = block.result
        if block.content is None:
            return False
        return result is None or not result.holds(self._rules, owner, self._names)

    def others_changed(self) -> None:
        """Ask again for what stands in other files, at the next `refresh`."""
        self._told = [], []

    def settle(self) -> bool:
        """Read the whole text where that can heal broken blocks; whether anything may have changed."""
        if not self.document.settle():
            return False
        self.refresh()
        return True

    def findings(self) -> Iterator[tuple[int, Block, tuple[Finding, ...]]]:
        """Every block with its first line and its findings; those of broken blocks are their last ones."""
        for start, block in self.document.blocks():
            yield start, block, found(block)

    def failures(self) -> list[Failure]:
        """The rules that raised, once for each block in which they did."""
        return self._failures

    def facts(self) -> list[Any]:
        """What all blocks tell, in their order; equal for texts that bind the same names to the same."""
        blocks, owners = self._owned_blocks()
        told = [block.study or _remembered(block) for block in blocks]
        return [(owner, study.key) for owner, study in _each(told, owners)]

    def _owned_blocks(self) -> tuple[list[Block], list[str | None]]:
        """All blocks, and for each the name of the class it is a member of."""
        blocks: list[Block] = []
        owners: list[str | None] = []
        for block in self.document.level.blocks:
            if block.members is None:
                blocks.append(block)
                owners.append(None)
            else:
                members = block.members.blocks
                blocks += members
                owners += [None, *[self.language.owner(members[0])] * (len(members) - 1)]
        return blocks, owners

    def _learn(self, told: list[Told], owners: list[str | None]) -> bool:
        """Take in what the blocks tell; whether that differs from the last time."""
        if (told, owners) == self._told:
            return False
        self._told = told, owners
        studies = list(_each(told, owners))
        self._names = self.language.names(studies, self.elsewhere)
        return True

    def _run(self, block: Block, owner: str | None, rules: RuleTable) -> Result:
        recorder = Recorder(self._names)
        findings, failures = _detect(self.language.subjects(block, owner, rules, recorder))
        if findings and MARK in block.text:
            comments = read_comments(split_lines(block.text))
            findings = [
                f for f in findings if not is_silenced(f, comments, self.language.statement(block, f.span))
            ]
        findings.sort(key=lambda finding: (finding.span, finding.rule))
        return Result(tuple(findings), rules, owner, recorder.reads, failures)


def _detect(subjects: Subjects) -> tuple[list[Finding], tuple[Failure, ...]]:
    """What the rules say about their subjects; a rule that raises has said nothing."""
    findings: list[Finding] = []
    failures: dict[str, Failure] = {}
    try:
        for rule, subject, place in subjects:
            try:
                findings += rule.detector.detect(subject, place)
            except Exception as error:
                log.warning("rule %s raised", rule.id, exc_info=True)
                failures[rule.id] = Failure(rule.id, f"{type(error).__name__}: {error}")
    except Exception as error:
        log.warning("looking for subjects of the rules raised", exc_info=True)
        failures[SUBJECTS] = Failure(SUBJECTS, f"{type(error).__name__}: {error}")
    return [finding for finding in findings if finding.rule not in failures], tuple(failures.values())


def found(block: Block) -> tuple[Finding, ...]:
    """What is known to be wrong in a block."""
    if block.result is not None:
        return block.result.findings
    return block.memory.findings if block.memory is not None else ()


def _remembered(block: Block) -> tuple[Study, ...]:
    """What the blocks told that a broken one stands for."""
    return block.memory.studies if block.memory is not None else ()


def _each(told: list[Told], owners: list[str | None]) -> Iterator[tuple[str | None, Study]]:
    for one, owner in zip(told, owners, strict=True):
        if isinstance(one, tuple):
            yield from ((owner, study) for study in one)
        else:
            yield owner, one
