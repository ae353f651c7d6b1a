"""Keeps the findings of one text up to date while it is edited.

What a block says depends on its own text and on what the names that it takes from outside of itself stand
for. Every look-up of such a name is recorded with its answer: a result holds as long as the answers stay.
"""

from __future__ import annotations

import logging
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from backend_architect.engine.baseline import NOTHING, Accepted, beyond, fingerprint
from backend_architect.engine.document import Document
from backend_architect.engine.language import (
    Elsewhere,
    Language,
    Names,
    Recorder,
    Study,
    Subjects,
    Told,
    nowhere,
)
from backend_architect.engine.project import Given, Seen, given, seen_in
from backend_architect.engine.refactorings import all_refactorings
from backend_architect.engine.suppressions import (
    Silences,
    Suppressions,
    SuppressionsPlace,
    may_silence,
    silences_of,
)
from backend_architect.engine.text import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.engine.blocks import Block
    from backend_architect.engine.findings import Finding, Fix, Span
    from backend_architect.engine.rules import RuleTable

log = logging.getLogger(__name__)

SUBJECTS = "sql-in-strings"
"""Stands for a rule in failures: what finds the subjects of the others has failed."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule that raised."""

    rule: str
    error: str


@dataclass(slots=True, eq=False)
class Result:
    """What the rules said about a block, and on which answers from outside that rests."""

    findings: tuple[Finding, ...]
    """What users are to see."""
    heard: tuple[Finding, ...]
    """What comments beside the statements let pass."""
    rules: RuleTable
    owner: str | None
    reads: dict[str, Any]
    deep: tuple[str, ...] = ()
    """Those of the reads whose answers may change while all names stay."""
    failures: tuple[Failure, ...] = ()
    silences: Silences | None = None
    """The comments of the block that silence rules."""
    given: tuple[Finding, ...] = ()
    """Those of the findings that the whole project gave, before comments were read."""

    def holds(self, rules: RuleTable, owner: str | None, names: Names) -> bool:
        """Whether the rules would say the same now."""
        return (
            self.rules is rules
            and self.owner == owner
            and all(names.look(name) == answer for name, answer in self.reads.items())
        )


class Analysis:
    """The findings of one text. After edits, `refresh` brings them up to date."""

    def __init__(
        self,
        language: Language,
        text: str,
        rules: RuleTable,
        elsewhere: Elsewhere = nowhere,
        accepted: Accepted = NOTHING,
    ) -> None:
        self.language = language
        self.rules = rules
        self.elsewhere = elsewhere
        self.accepted = accepted
        self.document = Document(language.syntax, text)
        self._told: tuple[list[Told], list[str | None]] = [], []
        self._names: Names = language.names([], elsewhere)
        self._rules = rules.narrowed(())
        self._failures: list[Failure] = []
        self._hushed: frozenset[str] = frozenset()
        """The rules that a comment silences in the whole file."""
        self._given = Given()
        self._heard_project = False
        """Whether the project has said all about the text as it is."""
        self._judged_project = False
        """Whether it had when comments were judged last."""

    def give(self, findings: Iterable[Finding], seen: Seen | None = None) -> None:
        """Take in, for the next `refresh`, what the whole project says of the text.

        With `seen`, the places are those of an earlier text that had these blocks.
        """
        now = seen_in(self.document.blocks())
        self._given = given(findings, now if seen is None else seen, self.rules.of_project)
        self._heard_project = seen is None or seen == now

    def edited(self) -> None:
        """Hear that the text is not the one any more of which the project has spoken."""
        self._heard_project = False

    def refresh(self) -> None:
        """Run the rules on every block for which their last word does not hold any more."""
        blocks, owners = self._owned_blocks()
        new = [at for at, block in enumerate(blocks) if block.result is None and self._study(block)]
        told = [block.study or _remembered(block) for block in blocks]
        if self._learn(told, owners):
            self._rules = self.rules.narrowed(self._names.imports)
            new = [at for at, block in enumerate(blocks) if self._asks_again(block, owners[at])]
        elif self._renew(told, owners):
            readers = [at for at, block in enumerate(blocks) if block.result and block.result.deep]
            new += [at for at in readers if at not in new and self._reads_others(blocks[at])]
        given = self._given.to(blocks)
        new += [at for at in self._given_others(blocks, given) if at not in new]
        for at in new:
            blocks[at].result = self._run(blocks[at], owners[at], self._rules, given[at])
            blocks[at].memory = None
        if new or self._heard_project != self._judged_project:
            self._judged_project = self._heard_project
            self._hush(blocks, owners)
        if self._failures or any(blocks[at].result.failures for at in new):
            self._failures = [one for block in blocks if block.result for one in block.result.failures]

    def _given_others(self, blocks: list[Block], given: list[tuple[Finding, ...]]) -> list[int]:
        """The blocks of which the project says something else than when they were looked at."""
        return [
            at
            for at, block in enumerate(blocks)
            if block.content is not None and block.result is not None and block.result.given != given[at]
        ]

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

    def _reads_others(self, block: Block) -> bool:
        """Whether a block has read something of another one that says something else now."""
        result: Result = block.result
        changed = (self._names.look(name) != result.reads[name] for name in result.deep)
        return block.content is not None and any(changed)

    def others_changed(self) -> None:
        """Ask again for what stands in other files, at the next `refresh`."""
        self._told = [], []

    def refactorings(self, line: int) -> Iterator[tuple[int, Fix]]:
        """What can be done at a line that no rule asks for, each with the first line of its block.

        A block that cannot be read has none, and what raises offers nothing.
        """
        start, block, owner = self.standing(line)
        if block is None or block.content is None:
            return
        wanted = [one for one in all_refactorings() if not one.imports or one.imports & self._names.imports]
        found = self.language.cursor(block, owner, line - start, Recorder(self._names)) if wanted else None
        if found is None:
            return
        for one in wanted:
            try:
                yield from ((start, fix) for fix in tuple(one.offer(*found)))
            except Exception:
                log.warning("a refactoring raised", exc_info=True)

    def standing(self, line: int) -> tuple[int, Block | None, str | None]:
        """The block at a line, with its first line and the class it is a member of."""
        starts = [start for start, _ in self.document.blocks()]
        at = bisect_right(starts, line) - 1
        if at < 0:
            return 0, None, None
        blocks, owners = self._owned_blocks()
        return starts[at], blocks[at], owners[at]

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

    def subjects(self) -> Iterator[tuple[int, Any, Any]]:
        """What the rules look at: the first line of its block, the subject, and its place.

        For those who gather facts and not findings.
        """
        blocks, owners = self._owned_blocks()
        starts = [start for start, _ in self.document.blocks()]
        for start, block, owner in zip(starts, blocks, owners, strict=True):
            if block.content is not None:
                recorder = Recorder(self._names)
                for _, subject, place in self.language.subjects(block, owner, self._rules, recorder):
                    yield start, subject, place

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

    def _renew(self, told: list[Told], owners: list[str | None]) -> bool:
        """Take in blocks that tell the same names as before in another way; whether there are any."""
        pairs = zip(self._told[0], told, owners, strict=True)
        renewed = [(old, new, owner) for old, new, owner in pairs if old is not new]
        for old, new, owner in renewed:
            for (_, before), (_, after) in zip(_each([old], [owner]), _each([new], [owner]), strict=True):
                self._names.renew(owner, before, after)
        self._told = told, owners
        return bool(renewed)

    def _run(
        self, block: Block, owner: str | None, rules: RuleTable, given: tuple[Finding, ...] = ()
    ) -> Result:
        recorder = Recorder(self._names)
        findings, failures = _detect(self.language.subjects(block, owner, rules, recorder))
        findings += given
        silences = None
        if may_silence(block.text, findings):
            silences = silences_of(self.language.comments(block))
        if silences is not None:
            findings = silences.pass_on(
                findings, rules.codes, lambda span: self.language.statement(block, span)
            )
        findings.sort(key=_place)
        heard = tuple(findings)
        deep = tuple(name for name in recorder.reads if self._names.is_deep(name))
        return Result(heard, heard, rules, owner, recorder.reads, deep, failures, silences, given)

    def _hush(self, blocks: list[Block], owners: list[str | None]) -> None:
        """Leave out what comments silence in the whole file and what is accepted, and judge the comments."""
        silencing = [block for block in blocks if block.result and block.result.silences]
        hushed = frozenset[str]().union(*(block.result.silences.of_file for block in silencing))
        if not (silencing or self._hushed or self.accepted):
            return
        self._hushed = hushed
        heard = {one.rule for block in blocks if block.result for one in block.result.heard}
        shown: list[list[Finding]] = []
        for block in blocks:
            result: Result | None = block.result
            findings = [one for one in result.heard if one.rule not in hushed] if result else []
            if result and result.silences:
                findings = sorted([*findings, *self._about_comments(result.silences, heard)], key=_place)
            shown.append(findings)
        prints = [
            [self.fingerprint(block, owner, one) for one in findings] if self.accepted else []
            for block, owner, findings in zip(blocks, owners, shown, strict=True)
        ]
        news = iter(beyond(self.accepted, chain.from_iterable(prints)))
        for block, findings in zip(blocks, shown, strict=True):
            told = tuple(one for one in findings if not self.accepted or next(news))
            if block.result and block.result.findings != told:
                block.result = replace(block.result, findings=told)

    def fingerprint(self, block: Block, owner: str | None, finding: Finding) -> str:
        """What a finding of a block, of whose class `owner` is the name, is known by."""
        first, last = self.language.statement(block, finding.span)
        statement = "".join(split_lines(block.text)[first : last + 1])
        return fingerprint(finding.rule, self.language.enclosing(block, owner, finding.span.line), statement)

    def fingerprints(self) -> Iterator[str]:
        """What the findings are known by, in the order of `findings`; those of broken blocks by nothing."""
        for block, owner in zip(*self._owned_blocks(), strict=True):
            for one in found(block):
                yield self.fingerprint(block, owner, one) if block.content is not None else ""

    def _about_comments(self, silences: Silences, heard: set[str]) -> list[Finding]:
        used = {
            named
            for one in silences.comments
            for named in one.names
            if named in silences.used or (one.scope == "ignore-file" and named.name in heard)
        }
        own = tuple(one for one in silences.comments if one.own)
        silent = frozenset[str]() if self._heard_project else self.rules.of_project
        active = frozenset(rule.id for rule in self.rules.rules) - silent
        subject = Suppressions(own, frozenset(used), active, self.rules.known)
        rules = self._rules.by_subject.get(Suppressions, ())
        return [one for rule in rules for one in rule.detector.detect(subject, SuppressionsPlace(rule.id))]


def _place(finding: Finding) -> tuple[Span, str]:
    return finding.span, finding.rule


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
