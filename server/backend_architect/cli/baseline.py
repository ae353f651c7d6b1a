"""The commands `baseline create`, `update` and `check`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backend_architect.cli.formats import FORMATS
from backend_architect.cli.formats.outcome import Outcome
from backend_architect.cli.formats.people import counted
from backend_architect.cli.options import chosen, jobs_option, paths_argument, settings_errors
from backend_architect.cli.project import hear
from backend_architect.cli.run import Checked, Job, check_file, job_of, run
from backend_architect.cli.writing import create_file, replace_file
from backend_architect.engine.baseline import beyond
from backend_architect.knowledge.cards import load_cards
from backend_architect.project.baselines import BASELINE, Baseline, baseline_of, read_baseline, text_of
from backend_architect.project.configuration import Configurations
from backend_architect.project.editor import settings_of_editor
from backend_architect.project.files import find_files

if TYPE_CHECKING:
    from collections.abc import Mapping

_EPILOG = """
\b
Examples:
  backend-architect baseline create     accept what is found today
  backend-architect check               finds only what is new
  backend-architect baseline update     forget what has been repaired
  backend-architect baseline check      in CI: nothing new, and nothing left that is repaired
"""


@click.group(epilog=_EPILOG)
def command() -> None:
    """Accept what is found today, and hear only of what is new.

    A baseline counts findings by rule, statement and enclosing function, so they stay accepted while the code
    around them moves; one more of the same is news. `check` and the language server respect the file
    .backend-architect/baseline.json at the root of the project.
    """


@command.command()
@paths_argument(dash=False)
@click.option("--force", is_flag=True, help="Replace a baseline that is there.")
@jobs_option
def create(*, paths: tuple[Path, ...], force: bool, jobs: int | None) -> None:
    """Accept all that is found now.

    With PATHS only what is found below them; the rest stays news.
    """
    for project in _projects(paths, jobs):
        file = project.root / BASELINE
        if file.exists() and not force:
            raise click.UsageError(f"{_shown(file)} is there; --force replaces it, 'update' only shortens it")
        _write(file, project.found)


@command.command()
@jobs_option
def update(*, jobs: int | None) -> None:
    """Forget what is not found any more; accepts nothing new."""
    for project in _projects((), jobs):
        known = project.known()
        left = {path: _fewer(rows, project.found.get(path, {})) for path, rows in known.items()}
        gone = _size(known) - _size(left)
        _write(project.root / BASELINE, left)
        click.echo(f"Forgot {counted(gone, 'finding')} that {'is' if gone == 1 else 'are'} repaired.")


@command.command()
@jobs_option
@click.pass_context
def check(ctx: click.Context, *, jobs: int | None) -> None:
    """Fail if something is new, or if something that is accepted is not there any more."""
    failed = False
    for project in _projects((), jobs):
        known = project.known()
        news = [_news(file, known.get(job.name, {})) for job, file in project.checked]
        left = {path: _fewer(rows, project.found.get(path, {})) for path, rows in known.items()}
        gone = _size(known) - _size(left)
        outcome = Outcome(news, [], load_cards())
        click.echo(FORMATS["concise"](outcome))
        if gone:
            click.echo(f"{counted(gone, 'accepted finding')} not there any more: run 'baseline update'")
        failed = failed or bool(outcome.reports) or gone > 0
    ctx.exit(int(failed))


@dataclass(frozen=True, slots=True)
class _Project:
    """A root, and all that is found below it, accepted or not."""

    root: Path
    checked: list[tuple[Job, Checked]]

    @property
    def found(self) -> Baseline:
        """The baseline that would accept all of it."""
        return baseline_of((job.name, one) for job, file in self.checked for one in file.report.findings)

    def known(self) -> Baseline:
        """The baseline that there is."""
        with settings_errors():
            known = read_baseline(self.root / BASELINE)
        if known is None:
            raise click.UsageError(f"there is no {_shown(self.root / BASELINE)}; 'baseline create' writes it")
        return known


def _projects(paths: tuple[Path, ...], processes: int | None) -> list[_Project]:
    """What is found below some paths, without regard to baselines, by root."""
    cards = load_cards()
    configurations = Configurations(lambda: cards, editor=settings_of_editor())
    with settings_errors():
        found = find_files(paths or (Path(),), configurations)
    choice = chosen((), (), cards)
    work = [job_of(file, choice) for file in found.files]
    heard = hear(work, configurations, processes)
    checked = run(check_file, heard.jobs, found.size, processes)
    for problem in [
        *found.problems,
        *heard.problems,
        *(problem for file in checked for problem in file.report.problems),
    ]:
        click.echo(problem, err=True)
    roots = dict.fromkeys(file.configuration.root for file in found.files)
    return [
        _Project(
            root,
            [
                (job, one)
                for file, job, one in zip(found.files, work, checked, strict=True)
                if file.configuration.root == root
            ],
        )
        for root in roots
    ]


def _news(file: Checked, accepted: Mapping[str, int]) -> Checked:
    """What was said of a file, without what is accepted."""
    new = beyond(accepted, (one.fingerprint for one in file.report.findings))
    findings = tuple(one for one, is_new in zip(file.report.findings, new, strict=True) if is_new)
    excerpts = tuple(one for one, is_new in zip(file.excerpts, new, strict=True) if is_new)
    return replace(file, report=replace(file.report, findings=findings), excerpts=excerpts)


def _fewer(accepted: Mapping[str, int], found: Mapping[str, int]) -> dict[str, int]:
    return dict(Counter(accepted) & Counter(found))


def _size(baseline: Baseline) -> int:
    return sum(sum(rows.values()) for rows in baseline.values())


def _write(file: Path, baseline: Baseline) -> None:
    content = text_of(baseline).encode()
    try:
        if file.exists():
            replace_file(file, content)
        else:
            create_file(file, content)
    except OSError as error:
        raise click.UsageError(f"{_shown(file)} cannot be written: {error.strerror}") from error
    click.echo(f"Wrote {_shown(file)}: {counted(_size(baseline), 'finding')} accepted.")


def _shown(file: Path) -> str:
    here = Path.cwd()
    return str(file.relative_to(here)) if file.is_relative_to(here) else str(file)
