"""The command `check`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, cast

import click

from backend_architect.cli.formats import FOR_PEOPLE, FORMATS
from backend_architect.cli.formats.json_list import json_statistics
from backend_architect.cli.formats.outcome import DEFAULT_FAIL_ON, FAIL_ON, FailOn, Outcome
from backend_architect.cli.formats.people import statistics as text_statistics
from backend_architect.cli.formats.people import summary
from backend_architect.cli.options import (
    STDIN,
    chosen,
    color_option,
    force_exclude_option,
    in_colour,
    isolated_option,
    jobs_option,
    paths_argument,
    rule_names,
    settings_errors,
)
from backend_architect.cli.project import hear
from backend_architect.cli.results import run_changed
from backend_architect.cli.run import Checked, Job, check_file, check_read, job_of, run, unread
from backend_architect.engine.kinds import SUFFIXES
from backend_architect.knowledge.cards import load_cards
from backend_architect.project.baselines import Baselines
from backend_architect.project.configuration import Configurations
from backend_architect.project.editor import settings_of_editor
from backend_architect.project.files import Found, SourceFile, fallback_root, find_files
from backend_architect.project.reading import UndecodableError, decode

if TYPE_CHECKING:
    from collections.abc import Sequence

_EPILOG = """
\b
Examples:
  backend-architect check
  backend-architect check app migrations/0042_orders.sql
  backend-architect check --select security,query-in-loop
  backend-architect check --format concise --statistics
  backend-architect check --format sarif --output-file findings.sarif
  backend-architect check - --stdin-filename app/orders.py < app/orders.py

\b
Exit codes:
  0  nothing found, or nothing as severe as --fail-on says
  1  findings of that severity, or files that could not be checked
  2  wrong use or crash
"""


STATISTICS: Final = {"text": text_statistics, "concise": text_statistics, "json": json_statistics}
"""The formats of `--statistics`."""


@click.command(epilog=_EPILOG)
@paths_argument(dash=True)
@click.option(
    "--format",
    "output",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="How to write the findings: for people (text, concise), for programs (json, sarif), "
    "or for a forge (github, gitlab, junit).",
)
@click.option(
    "--output-file",
    "target",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the findings to this file; a line that counts them still goes to standard output.",
)
@click.option(
    "--statistics",
    is_flag=True,
    help="Show how many findings each rule has instead of the findings (text, concise, json).",
)
@click.option(
    "--select",
    multiple=True,
    metavar="RULES",
    help="Only these rules, families or sets; overrides the settings.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="RULES",
    help="Not these rules, families or sets; adds to the settings.",
)
@click.option(
    "--stdin-filename", type=click.Path(path_type=Path), help="With -: the path that the input stands for."
)
@force_exclude_option
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default=DEFAULT_FAIL_ON,
    show_default=True,
    help="The least severe findings that make the command exit with 1.",
)
@click.option(
    "--profile",
    is_flag=True,
    help="Show on standard error where the time went, rule by rule; of all processes together.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even when there are findings or problems.")
@click.option(
    "--cache/--no-cache",
    default=True,
    help="Whether to take the results of an earlier run for files that have not changed. [default: cache]",
)
@click.option("--no-baseline", is_flag=True, help="Show what the baseline of the project accepts, too.")
@isolated_option
@jobs_option
@color_option
@click.pass_context
def command(  # noqa: PLR0913 - one parameter an option
    ctx: click.Context,
    *,
    paths: tuple[Path, ...],
    output: str,
    target: Path | None,
    statistics: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    stdin_filename: Path | None,
    force_exclude: bool,
    fail_on: str,
    profile: bool,
    exit_zero: bool,
    cache: bool,
    no_baseline: bool,
    isolated: bool,
    jobs: int | None,
    color: bool | None,
) -> NoReturn:
    """Find what endangers data, security or uptime.

    Checks the given Python and SQL files and those below the given folders; without any, those below the
    working directory. What .gitignore and the settings exclude is left out, and so is code that says in its
    first comment that it is generated, unless it is named itself. A PATH of - reads standard input. Findings
    go to standard output, problems to standard error.
    """
    if statistics and output not in STATISTICS:
        raise click.UsageError(f"--statistics is for the formats {', '.join(STATISTICS)}; choose one of them")
    cards = load_cards()
    configurations = Configurations(lambda: cards, isolated=isolated, editor=settings_of_editor())
    named = (stdin_filename or Path() if path == STDIN else path for path in paths or (Path(),))
    choice = chosen(select, ignore, rule_names(named, configurations))
    baselines = None if isolated or no_baseline else Baselines()
    if STDIN in paths:
        if len(paths) > 1 or stdin_filename is None:
            raise click.UsageError("- stands alone and needs --stdin-filename")
        file = _standard_input(stdin_filename, configurations)
        found = Found([file], [*file.configuration.problems])
        times = None
        with settings_errors():
            job = job_of(file, choice, baselines)
        checked, failed = _check_standard_input(job, configurations)
        found.problems += failed
    else:
        with settings_errors():
            found = find_files(paths or (Path(),), configurations, force_exclude=force_exclude)
            work = [job_of(file, choice, baselines) for file in found.files]
        heard = hear(work, configurations, jobs, cache=cache)
        work = heard.jobs
        found.problems += heard.problems
        checked, times = _run(work, found.size, jobs, profile=profile, cache=cache)
    problems = found.problems + [problem for file in checked for problem in file.report.problems]
    own = {card.id: card for one in found.configurations for card in one.settings.cards}
    outcome = Outcome(checked, problems, cards | own, cast("FailOn", fail_on))
    for problem in problems:
        click.echo(problem, err=True)
    _write(
        outcome, (STATISTICS if statistics else FORMATS)[output](outcome), output, target, in_colour(color)
    )
    if times:
        click.echo(times, err=True)
    ctx.exit(0 if exit_zero and not outcome.crashed else outcome.exit_code)


def _run(
    work: Sequence[Job], size: int, processes: int | None, *, profile: bool, cache: bool
) -> tuple[list[Checked], str | None]:
    """Checks all files; with `profile` also a table of where the time went."""
    if not profile:
        return (run_changed if cache else partial(run, check_file))(work, size, processes), None
    # It knows all of the engine.
    from backend_architect.cli.profile import check_file_timed, profile_of, summed  # noqa: PLC0415

    timed = run(check_file_timed, work, size, processes)
    lines = sum(checked.report.lines for checked, _ in timed)
    return [checked for checked, _ in timed], profile_of(summed(timings for _, timings in timed), lines)


def _standard_input(name: Path, configurations: Configurations) -> SourceFile:
    if name.suffix not in SUFFIXES:
        raise click.UsageError(f"--stdin-filename must end in {' or '.join(SUFFIXES)}")
    path = Path.cwd() / name
    with settings_errors():
        return SourceFile(path, configurations.of(path.parent, fallback_root(path.parent)), size=0)


def _check_standard_input(job: Job, configurations: Configurations) -> tuple[list[Checked], list[str]]:
    try:
        text, _ = decode(sys.stdin.buffer.read(), job.shown)
    except UndecodableError as error:
        return [unread(job, error)], []
    heard = hear([job], configurations, 1, texts={job.path: text})
    return [check_read(heard.jobs[0], text)], heard.problems


def _write(outcome: Outcome, text: str, output: str, target: Path | None, color: bool | None) -> None:
    if target is None:
        click.echo(text, color=color)
        return
    written = text if output not in FOR_PEOPLE or color else click.unstyle(text)
    try:
        target.write_bytes(f"{written}\n".encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise click.BadParameter(
            f"cannot be written: {error.strerror}", param_hint="--output-file"
        ) from error
    click.echo(summary(outcome), color=color)
