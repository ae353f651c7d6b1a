"""Runs work over many files, on all cores when that pays."""

from __future__ import annotations

import gc
import os
import posixpath
import sys
import traceback
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from backend_architect.cli.excerpt import excerpt
from backend_architect.engine.baseline import NOTHING
from backend_architect.engine.check import check_text
from backend_architect.engine.findings import FileReport
from backend_architect.engine.text import split_lines
from backend_architect.project.modules import Modules
from backend_architect.project.paths import shown
from backend_architect.project.reading import Encoding, UndecodableError, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from backend_architect.cli.options import Choice
    from backend_architect.engine.findings import Finding, Related
    from backend_architect.engine.language import Elsewhere
    from backend_architect.engine.settings import Settings
    from backend_architect.project.baselines import Baselines
    from backend_architect.project.files import SourceFile

PARALLEL_FROM: Final = 1_000_000
"""Bytes of source, a second of work, from which other processes, half a second of start, save time."""

_MOST_PROCESSES: Final = 60
"""Windows waits for 63 handles at most."""

Work = TypeVar("Work")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Job:
    """One file to work on; plain data that other processes can be sent."""

    path: Path
    """Absolute."""
    name: str
    """Relative to the root of its configuration: what engine and settings know it by."""
    shown: str
    """Relative to the working directory: what users know it by."""
    root: str
    """The root of its configuration, relative to the working directory."""
    settings: Settings
    accepted: tuple[tuple[str, int], ...] = ()
    """What the baseline of the project says of the file."""
    project: tuple[Finding, ...] | None = None
    """What the rules about the project as a whole say of the file; None if they were not asked."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What there is to say about one file."""

    report: FileReport
    """With paths as users know them, and findings in the order of their places."""
    excerpts: tuple[tuple[str, ...], ...]
    """For each finding the lines of source that it is about."""
    root: str
    """As in the job."""
    crashed: bool = False
    """Whether the analysis itself failed; a problem in the report tells how."""


class UnreadableError(Exception):
    """A file that cannot be read; the message is a sentence with its path."""


def job_of(file: SourceFile, choice: Choice, baselines: Baselines | None = None) -> Job:
    """The job for a file, under the settings of its configuration and what the command line asks for."""
    configuration = file.configuration
    name = configuration.relative(file.path)
    return Job(
        path=file.path,
        name=name,
        shown=shown(file.path),
        root=shown(configuration.root),
        settings=choice.applied(configuration.settings),
        accepted=tuple(baselines.of(configuration.root).get(name, NOTHING).items()) if baselines else (),
    )


def read(job: Job) -> tuple[str, Encoding]:
    """The text of a job's file and how it is stored.

    Raises:
        UnreadableError: there is no way to read it.
    """
    try:
        return decode(job.path.read_bytes(), job.shown)
    except OSError as error:
        raise UnreadableError(f"{job.shown}: cannot be read: {error.strerror}") from error
    except UndecodableError as error:
        raise UnreadableError(str(error)) from error


def check_file(job: Job) -> Checked:
    """Reads and checks a file; what goes wrong is a problem in its report."""
    try:
        text, _ = read(job)
    except UnreadableError as error:
        return unread(job, error)
    return check_read(job, text)


def unread(job: Job, error: Exception) -> Checked:
    """What there is to say about a file that is not text."""
    return Checked(FileReport(job.shown, (), (str(error),)), (), job.root)


def check_read(job: Job, text: str) -> Checked:
    """Checks the text of a file; what goes wrong is a problem in its report."""
    try:
        report = as_shown(
            check_text(
                job.name,
                text,
                job.settings,
                elsewhere=elsewhere_of(job),
                accepted=dict(job.accepted),
                project=job.project,
            ),
            job,
        )
    except Exception as error:  # noqa: BLE001 - the findings of the other files must not be lost
        return Checked(FileReport(job.shown, (), (crash(job, error),)), (), job.root, crashed=True)
    lines = split_lines(text)
    excerpts = tuple(excerpt(lines, finding.span) for finding in report.findings)
    return Checked(report, excerpts, job.root)


def elsewhere_of(job: Job) -> Elsewhere:
    """What answers for the things of other files that a job's file imports."""
    return modules_of(job).elsewhere(job.path)


def modules_of(job: Job) -> Modules:
    """The modules of the project that a job's file belongs to, as this process knows them."""
    return _modules(Path(os.path.abspath(job.root)))  # noqa: PTH100 - Path.absolute keeps `..`


@lru_cache(maxsize=4)
def _modules(root: Path) -> Modules:
    """One for each root and process: a command sees the project as it was when it began."""
    return Modules(root)


def crash(job: Job, error: Exception) -> str:
    """A sentence about an analysis that failed."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__}: {error} ({Path(frame.filename).name}:{frame.lineno})"
    return f"{job.shown}: not checked, the analysis failed with {what}; please report this"


def as_shown(report: FileReport, job: Job) -> FileReport:
    """A report of the engine with the path that users know, its findings in the order of their places."""
    findings = sorted(report.findings, key=lambda finding: (finding.span, finding.rule))
    return replace(
        report,
        path=job.shown,
        findings=tuple(
            replace(finding, path=job.shown, related=tuple(_related(one, job) for one in finding.related))
            for finding in findings
        ),
        problems=tuple(renamed(problem, job) for problem in report.problems),
    )


def _related(one: Related, job: Job) -> Related:
    return replace(one, path=below(job.root, one.path))


def below(root: str, path: str) -> str:
    """The path, from here, of a file that is given relative to a root given from here."""
    return posixpath.normpath(f"{root}/{path}")


def renamed(problem: str, job: Job) -> str:
    """A sentence of the engine about a file, with the path that users know."""
    return job.shown + problem.removeprefix(job.name) if problem.startswith(f"{job.name}:") else problem


def run(
    work: Callable[[Work], Result], jobs: Sequence[Work], size: int, processes: int | None
) -> list[Result]:
    """The results of `work`, a function of a module, for all jobs in their order.

    Args:
        work: what to do.
        jobs: what is done for each, mostly files.
        size: their bytes together; decides whether other processes pay when `processes` is None.
        processes: how many processes to use; with 1 only this one.
    """
    _modules.cache_clear()
    if processes is None:
        processes = _cores() if size >= PARALLEL_FROM else 1
    processes = min(processes, len(jobs), _MOST_PROCESSES)
    if processes <= 1:
        _collect_rarely()
        return _collected(map(work, jobs), len(jobs))
    chunk = max(1, min(32, len(jobs) // (processes * 8)))
    with ProcessPoolExecutor(processes, get_context("spawn"), _collect_rarely) as pool:
        try:
            return _collected(pool.map(work, jobs, chunksize=chunk), len(jobs))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _collect_rarely() -> None:
    """Let Python look for garbage less often: syntax trees are many objects at once, and none of them is."""
    gc.set_threshold(100_000)


def _collected(results: Iterator[Result], length: int) -> list[Result]:
    with _progress(results, length) as shown_results:
        return list(shown_results)


def _progress(results: Iterator[Result], length: int) -> AbstractContextManager[Iterator[Result]]:
    if not sys.stderr.isatty():
        return nullcontext(results)
    return click.progressbar(results, length=length, label="Checking", file=sys.stderr)


def _cores() -> int:
    if sys.platform == "linux":
        # In a container fewer than the machine has.
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
