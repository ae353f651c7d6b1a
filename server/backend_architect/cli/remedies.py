"""Applies the repairs that reach over the files of a project, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from backend_architect.cli.project import Pictured, pictured
from backend_architect.cli.repair import Outcome, Repair, apply_edits, broken
from backend_architect.cli.run import UnreadableError, elsewhere_of, read
from backend_architect.engine.check import check_text
from backend_architect.engine.findings import FileReport, Report
from backend_architect.engine.remedies import Changes, UnwritableError
from backend_architect.knowledge.caching import caches
from backend_architect.project.fact_store import FactStore
from backend_architect.project.picture import found_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from backend_architect.cli.run import Job
    from backend_architect.engine.findings import Finding
    from backend_architect.engine.remedies import Plan, Remedy
    from backend_architect.project.configuration import Configurations

_NOTHING: Final = Repair("", (), (), FileReport("", ()), ())


@dataclass(frozen=True, slots=True)
class Remedied:
    """Files after remedies."""

    outcomes: list[Outcome]
    problems: list[str]
    """Sentences about remedies that did not work."""
    notes: list[str]
    """Sentences about what is left to the person."""


def remedied(
    outcomes: Sequence[Outcome], configurations: Configurations, processes: int | None, *, unsafe: bool
) -> Remedied:
    """The outcomes after the remedies of what is left to find.

    Files that nobody named are edited along where a remedy needs it.
    """
    known = {outcome.job.path: outcome for outcome in outcomes}
    texts = {path: outcome.repair.text for path, outcome in known.items()}
    problems: list[str] = []
    notes: list[str] = []
    store = FactStore(caches())
    jobs = [outcome.job for outcome in outcomes]
    roots = {
        outcome.job.root
        for outcome in outcomes
        for finding in outcome.repair.report.findings
        if finding.remedy is not None and (unsafe or finding.remedy.safety == "safe")
    }
    for project in pictured(jobs, configurations, processes, problems, store, texts, roots):
        work = _Work(project, known, texts, problems, notes, unsafe)
        work.run()
    store.close()
    return Remedied(list(known.values()), problems, notes)


@dataclass(slots=True)
class _Work:
    """The remedies of one project."""

    project: Pictured
    known: dict[Path, Outcome]
    texts: dict[Path, str]
    """What the picture reads instead of what is stored."""
    problems: list[str]
    notes: list[str]
    unsafe: bool
    _tried: set[tuple[str, Plan]] = field(default_factory=set["tuple[str, Plan]"])
    _checked: dict[str, tuple[str, tuple[Finding, ...], FileReport]] = field(
        default_factory=dict[str, "tuple[str, tuple[Finding, ...], FileReport]"]
    )

    def run(self) -> None:
        """Apply what can be applied; each remedy is written into the project as the one before left it."""
        while self._one_applied():
            pass

    def _one_applied(self) -> bool:
        """Apply the first remedy that can be; whether there was one. A refusal leaves all as it is."""
        for job, finding, remedy in self._wanted():
            self._tried.add((finding.rule, remedy.plan))
            try:
                self._apply(job, finding, remedy.plan.changes(self.project.picture.project()))
            except UnwritableError as error:
                self.problems.append(
                    f"{job.shown}:{finding.span.line + 1}: {finding.rule}: not fixed; {error}"
                )
            else:
                return True
        return False

    def _wanted(self) -> Iterator[tuple[Job, Report, Remedy]]:
        """The findings with a remedy that was not tried yet, in their order."""
        found, failed = found_in(self.project.picture.project(), self.project.rules())
        self.problems += [one for one in failed if one not in self.problems]
        for name, job in self.project.named.items():
            report = self._check(job, tuple(found.get(name, ())))
            for finding in report.findings:
                remedy = finding.remedy
                if remedy is None or (finding.rule, remedy.plan) in self._tried:
                    continue
                if self.unsafe or remedy.safety == "safe":
                    yield job, finding, remedy

    def _check(self, job: Job, given: tuple[Finding, ...]) -> FileReport:
        """What there is to say about a file; the same as the last time if nothing has changed."""
        text = self.texts[job.path]
        known = self._checked.get(job.name)
        if known is None or known[:2] != (text, given):
            report = check_text(job.name, text, job.settings, elsewhere=elsewhere_of(job), project=given)
            self._checked[job.name] = known = text, given, report
            outcome = self.known[job.path]
            self.known[job.path] = replace(outcome, repair=replace(outcome.repair, report=report))
        return known[2]

    def _apply(self, job: Job, finding: Report, changes: Changes) -> None:
        """Take changes over, all or none."""
        edited = {path: self._edited(path, changes) for path in changes.edits}
        for path, outcome in edited.items():
            self._take(path, outcome)
        for new in changes.creates:
            self.texts[self.project.folder / new.path] = new.text
            self._read_again(new.path)
        outcome = self.known[job.path]
        repaired = replace(
            outcome.repair,
            fixed=(*outcome.repair.fixed, finding),
            creates=(*outcome.repair.creates, *changes.creates),
        )
        self.known[job.path] = replace(outcome, repair=repaired)
        self.notes += [note for note in changes.notes if note not in self.notes]

    def _edited(self, name: str, changes: Changes) -> Outcome:
        """A file after its edits.

        Raises:
            UnwritableError: it would not be what it was any more: text of its language.
        """
        job = self.project.jobs.get(name)
        if job is None:
            raise UnwritableError(f"{name} is not one of the files that are looked at")
        outcome = self.known.get(job.path) or _unchanged(job)
        before, settings = outcome.repair.text, job.settings
        after = apply_edits(before, changes.edits[name])
        if broken(name, after, settings) > broken(name, before, settings):
            raise UnwritableError(f"{job.shown} would not parse any more")
        return replace(outcome, repair=replace(outcome.repair, text=after))

    def _take(self, name: str, outcome: Outcome) -> None:
        self.known[outcome.job.path] = outcome
        self.texts[outcome.job.path] = outcome.repair.text
        self._read_again(name)

    def _read_again(self, name: str) -> None:
        picture = self.project.picture
        picture.declare(name)
        picture.declare_dependent()
        picture.ask(name)


def _unchanged(job: Job) -> Outcome:
    """A file to which nothing has happened yet.

    Raises:
        UnwritableError: it cannot be read.
    """
    try:
        text, encoding = read(job)
    except UnreadableError as error:
        raise UnwritableError(str(error)) from error
    return Outcome(job, text, encoding, replace(_NOTHING, text=text))
