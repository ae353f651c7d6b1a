"""What the rules about whole projects say of the files that are checked."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from backend_architect.cli.options import Choice
from backend_architect.cli.run import Job, crash, elsewhere_of, job_of, run
from backend_architect.detectors.registry import all_rules
from backend_architect.engine.settings import SettingsError
from backend_architect.knowledge.caching import caches
from backend_architect.project.fact_store import FactStore
from backend_architect.project.facts import QueryFacts, may_ask, query_facts
from backend_architect.project.files import find_files
from backend_architect.project.modules import Modules
from backend_architect.project.picture import Picture, found_in, heard_in
from backend_architect.project.reading import UndecodableError, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from backend_architect.engine.findings import Finding
    from backend_architect.engine.language import Elsewhere
    from backend_architect.engine.rules import Rule
    from backend_architect.project.configuration import Configurations

log = logging.getLogger(__name__)

PROJECT_RULES: Final = tuple(rule for rule in all_rules() if rule.detector.of_project)
_OF_MIGRATIONS: Final = frozenset(rule.id for rule in PROJECT_RULES if rule.detector.of_migrations)
_AS_CONFIGURED: Final = Choice(frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class Heard:
    """Jobs with what the rules about their projects say of them."""

    jobs: list[Job]
    problems: list[str]
    """Sentences about rules that failed."""


def hear(
    jobs: Sequence[Job],
    configurations: Configurations,
    processes: int | None,
    *,
    cache: bool = True,
    texts: Mapping[Path, str] | None = None,
) -> Heard:
    """Run the rules about whole projects, over all files below the root of each configuration.

    Where none of these rules may speak in the files that are checked, no other file is read.

    Args:
        jobs: the files that are checked.
        configurations: those that the jobs come from.
        processes: how many processes to use; None for as many as pay.
        cache: whether facts of earlier runs are taken, and those of this run kept.
        texts: texts that count instead of the stored ones.
    """
    store = FactStore(caches() if cache else None)
    found: dict[str, Mapping[str, Sequence[Finding]]] = {}
    problems: list[str] = []
    for one in pictured(jobs, configurations, processes, problems, store, texts or {}):
        found[one.root], failed = found_in(one.picture.project(), one.rules())
        problems += [f"{one.root}: {problem}" for problem in failed]
    store.close()
    heard = [
        replace(job, project=tuple(found[job.root].get(job.name, ()))) if job.root in found else job
        for job in jobs
    ]
    return Heard(heard, list(dict.fromkeys(problems)))


@dataclass(frozen=True, slots=True)
class Pictured:
    """A project of which some files are named."""

    root: str
    """As in its jobs."""
    folder: Path
    """The same, absolute."""
    jobs: dict[str, Job]
    """Of all its files, by their paths below the root."""
    named: dict[str, Job]
    picture: Picture

    def rules(self) -> list[Rule]:
        """The rules about projects that may speak in one of the named files; the others need not run."""
        read = self.picture.read
        heard = _heard(self.named.values(), read)
        return [rule for rule in PROJECT_RULES if rule.id in heard]


def pictured(  # noqa: PLR0913, PLR0917 - all on which it depends what is read, and how
    jobs: Sequence[Job],
    configurations: Configurations,
    processes: int | None,
    problems: list[str],
    store: FactStore,
    texts: Mapping[Path, str],
    roots: Collection[str] = (),
) -> Iterator[Pictured]:
    """The projects of files in which a rule about the whole may speak, and those with one of the roots.

    Adds sentences to `problems`.
    """
    for root in dict.fromkeys(job.root for job in jobs):
        named = {job.name: job for job in jobs if job.root == root}
        try:
            folder = Path(os.path.abspath(root))  # noqa: PTH100 - Path.resolve would follow links
            files = _Files(folder, named, texts, Modules(folder))
            heard = _heard(named.values(), files.read)
            if not heard and root not in roots:
                continue
            files.jobs = there = _all_jobs(folder, configurations) | named
        except SettingsError as error:
            problems.append(f"{root}: rules about the project as a whole are silent; {error}")
            continue
        try:
            picture = _picture(files, named, store)
            if root in roots or not heard <= _OF_MIGRATIONS:
                _ask(picture, files, processes)
            picture.project()
        except Exception as error:  # noqa: BLE001 - the findings of the other rules must not be lost
            problems.append(crash(next(iter(named.values())), error))
            continue
        yield Pictured(root, folder, there, named, picture)


def _all_jobs(folder: Path, configurations: Configurations) -> dict[str, Job]:
    """The files of a project by their paths below its root."""
    found = find_files([folder], configurations, fallback=folder).files
    jobs = [job_of(file, _AS_CONFIGURED) for file in found if file.configuration.root == folder]
    return {job.name: job for job in jobs}


@dataclass(slots=True)
class _Files:
    """The files of a project, each of which is read once, and those beside them."""

    folder: Path
    jobs: dict[str, Job]
    texts: Mapping[Path, str]
    modules: Modules
    _read: dict[str, str | None] = field(default_factory=dict[str, "str | None"])

    def read(self, name: str) -> str | None:
        """The text of a file; None where there is none, of which those who check it say something."""
        path = self.folder / name
        if path in self.texts:
            return self.texts[path]
        if name not in self._read:
            try:
                self._read[name] = decode(path.read_bytes(), name)[0]
            except (OSError, UndecodableError):
                self._read[name] = None
        return self._read[name]

    def elsewhere(self, name: str) -> Elsewhere:
        """What answers for the things that a file imports."""
        return self.modules.elsewhere(self.folder / name)


def _heard(named: Iterable[Job], read: Callable[[str], str | None]) -> frozenset[str]:
    """The rules about projects that may speak in one of some files."""
    return frozenset[str]().union(*(heard_in(job.name, job.settings, read) for job in named))


def _picture(files: _Files, named: Mapping[str, Job], store: FactStore) -> Picture:
    """What all files of a project say of schemas; some of them are named."""
    settings = next(iter(named.values())).settings
    picture = Picture(files.read, settings, files.elsewhere, store)
    picture.expect(files.jobs)
    for name in files.jobs:
        picture.declare(name)
    return picture


def _ask(picture: Picture, files: _Files, processes: int | None) -> None:
    """Take in what all files ask of tables."""
    if not picture.has_schema:
        return
    unread: list[tuple[Job, str]] = []
    for name, job in files.jobs.items():
        text = files.read(name)
        if text is None or not may_ask(text):
            continue
        known = picture.stored(name, text)
        if known is not None and known.holds(files.elsewhere(name)):
            picture.learn(name, known)
        else:
            unread.append((job, text))
    # The rules about single files take three times as long for a text.
    size = sum(len(text) for _, text in unread) // 3
    facts = run(_query_facts, unread, size, processes)
    for (job, text), known in zip(unread, facts, strict=True):
        picture.learn(job.name, known)
        picture.keep(job.name, text, known)


def _query_facts(unread: tuple[Job, str]) -> QueryFacts:
    """What a file asks of tables; nothing where that cannot be told."""
    job, text = unread
    try:
        return query_facts(job.name, text, job.settings.dialect_of(job.name), elsewhere_of(job))
    except Exception as error:  # noqa: BLE001 - the findings of the other files must not be lost
        log.warning("%s", crash(job, error))
        return QueryFacts()
