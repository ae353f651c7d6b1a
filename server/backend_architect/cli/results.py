"""Results of earlier runs, so that what has not changed is not checked again.

A result holds while its file, its settings, this program and everything that was read of other files are as
they were. Which of the other files a result rests on is not known one by one: it rests on all that the run
looked into, because one answer serves many files. SQL files ask nobody.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from backend_architect.cli.run import Checked, Job, check_file, modules_of, run
from backend_architect.knowledge.caching import caches, load_own, program
from backend_architect.project.modules import Modules, read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

State = bytes | tuple[str, ...]
"""What is compared of a file, a hash, or of a folder: the names in it that imports can lead to."""

_WORTH: Final = 200_000
"""Bytes of source, a moment of work, below which nothing is kept."""

_KEPT: Final = 30 * 24 * 3600
"""Seconds for which the results of a working directory are kept that nobody asks for."""


@dataclass(frozen=True, slots=True)
class Result:
    """What was said of a file, and of which."""

    job: Job
    state: State
    checked: Checked


@dataclass(frozen=True, slots=True)
class Recorded:
    """A result with what its process has read of other files since the one before."""

    checked: Checked
    state: State
    world: dict[Path, State]


@dataclass(slots=True)
class Results:
    """What is kept between runs in one working directory."""

    program: Any
    world: dict[Path, State] = field(default_factory=dict[Path, State])
    """The files and folders that results rest on besides their own."""
    by_file: dict[Path, Result] = field(default_factory=dict[Path, Result])

    def fresh(self, jobs: Sequence[Job]) -> dict[Path, Checked]:
        """The results that still hold, of those that are asked for."""
        if any(_state(path) != state for path, state in self.world.items()):
            self.world.clear()
            self.by_file = {path: one for path, one in self.by_file.items() if path.suffix != ".py"}
        held: dict[Path, Checked] = {}
        for job in jobs:
            result = self.by_file.get(job.path)
            if result and result.job == job and result.state == _state(job.path):
                held[job.path] = result.checked
        return held

    def learn(self, jobs: Iterable[Job], recorded: Iterable[Recorded]) -> list[Checked]:
        """Take in what a run has found; gives it back."""
        found: list[Checked] = []
        for job, one in zip(jobs, recorded, strict=True):
            found.append(one.checked)
            self.world |= one.world
            if not one.checked.crashed and not one.checked.report.problems:
                self.by_file[job.path] = Result(job, one.state, one.checked)
            else:
                self.by_file.pop(job.path, None)
        return found


def run_changed(jobs: Sequence[Job], size: int, processes: int | None) -> list[Checked]:
    """Checks the files of which no result is known that still holds; gives the results of all in order."""
    if size < _WORTH:
        return run(check_file, jobs, size, processes)
    results = load()
    held = results.fresh(jobs)
    changed = [job for job in jobs if job.path not in held]
    if changed:
        size = size * len(changed) // len(jobs)
        recorded = run(check_file_recorded, changed, size, processes)
        held |= {job.path: one for job, one in zip(changed, results.learn(changed, recorded), strict=True)}
        store(results)
    return [held[job.path] for job in jobs]


def load() -> Results:
    """The results of earlier runs in this working directory; none if the program has changed since."""
    rests_on = program()
    try:
        results = load_own(_file().read_bytes())
        if isinstance(results, Results) and results.program == rests_on:
            return results
    except Exception:  # noqa: BLE001, S110 - whatever is wrong with it, it is no use
        pass
    return Results(rests_on)


def store(results: Results) -> None:
    """Keep results for the next run, written in one step; where that is not possible, nothing is kept."""
    with suppress(OSError):
        file = _file()
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(f".{os.getpid()}.tmp")
        try:
            fresh.write_bytes(pickle.dumps(results, pickle.HIGHEST_PROTOCOL))
            fresh.replace(file)
        finally:
            fresh.unlink(missing_ok=True)
        for other in file.parent.glob("results-*.pickle"):
            if time.time() - other.stat().st_mtime > _KEPT:
                other.unlink(missing_ok=True)


def check_file_recorded(job: Job) -> Recorded:
    """Reads and checks a file, and says what that rests on."""
    state = _state(job.path)
    modules = modules_of(job)
    if not isinstance(modules.read, _Recorder):
        modules.read = _Recorder()
    checked = check_file(job)
    return Recorded(checked, state, modules.read.taken(modules))


@dataclass(slots=True)
class _Recorder:
    """Reads files for `Modules`, and remembers what they were like before."""

    files: dict[Path, State] = field(default_factory=dict[Path, State])
    folders: set[Path] = field(default_factory=set[Path])
    """Those that were told already."""

    def __call__(self, path: Path) -> bytes | None:
        self.files[path] = _state(path)
        return read_file(path)

    def taken(self, modules: Modules) -> dict[Path, State]:
        """What was looked into since somebody last asked."""
        new = modules.folders - self.folders
        self.folders |= new
        world = self.files | {folder: _state(folder) for folder in new}
        self.files = {}
        return world


def _file() -> Path:
    folder = caches()
    if folder is None:
        raise FileNotFoundError
    return folder / f"results-{zlib.crc32(os.fsencode(Path.cwd())):08x}.pickle"


def _state(path: Path) -> State:
    try:
        return hashlib.blake2b(path.read_bytes(), digest_size=16).digest()
    except OSError:
        # On Windows a folder is one that may not be read.
        return tuple(sorted(_importable(path))) if path.is_dir() else b""


def _importable(folder: Path) -> Iterator[str]:
    with suppress(OSError), os.scandir(folder) as entries:
        yield from (entry.name for entry in entries if entry.name.endswith(".py") or entry.is_dir())
