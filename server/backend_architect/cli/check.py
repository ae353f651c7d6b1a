"""The command `check`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from backend_architect.cli.formats import json_of, summary_of, text_of
from backend_architect.cli.options import (
    STDIN,
    Choice,
    chosen,
    color_option,
    in_colour,
    isolated_option,
    jobs_option,
    paths_argument,
    settings_errors,
)
from backend_architect.cli.run import Checked, check_file, check_read, job_of, run, unread
from backend_architect.engine.kinds import SUFFIXES
from backend_architect.knowledge.cards import load_cards
from backend_architect.project.configuration import Configurations
from backend_architect.project.files import SourceFile, fallback_root, find_files
from backend_architect.project.reading import UndecodableError, decode

if TYPE_CHECKING:
    from collections.abc import Sequence

_EPILOG = """
\b
Examples:
  backend-architect check
  backend-architect check app migrations/0042_orders.sql
  backend-architect check --select security,query-in-loop
  backend-architect check --format json > findings.json
  backend-architect check - --stdin-filename app/orders.py < app/orders.py

\b
Exit codes:
  0  nothing found
  1  findings, or files that could not be checked
  2  wrong use or crash
"""


@click.command(epilog=_EPILOG)
@paths_argument(dash=True)
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write the findings; json is an array with lines and columns from 1.",
)
@click.option(
    "--select", multiple=True, metavar="RULES", help="Only these rules or families; overrides the settings."
)
@click.option(
    "--ignore", multiple=True, metavar="RULES", help="Not these rules or families; adds to the settings."
)
@click.option(
    "--stdin-filename", type=click.Path(path_type=Path), help="With -: the path that the input stands for."
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even when there are findings or problems.")
@isolated_option
@jobs_option
@color_option
@click.pass_context
def command(  # noqa: PLR0913 - one parameter an option
    ctx: click.Context,
    *,
    paths: tuple[Path, ...],
    output: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    stdin_filename: Path | None,
    exit_zero: bool,
    isolated: bool,
    jobs: int | None,
    color: bool | None,
) -> NoReturn:
    """Find what endangers data, security or uptime.

    Checks the given Python and SQL files and those below the given folders; without any, those below the
    working directory. What .gitignore and the settings exclude is left out unless it is named itself. A PATH
    of - reads standard input. Findings go to standard output, problems to standard error.
    """
    rules = load_cards()
    choice = chosen(select, ignore, rules)
    configurations = Configurations(lambda: rules, isolated=isolated)
    if STDIN in paths:
        if len(paths) > 1 or stdin_filename is None:
            raise click.UsageError("- stands alone and needs --stdin-filename")
        problems: list[str] = []
        checked = [_check_standard_input(stdin_filename, configurations, choice)]
    else:
        with settings_errors():
            found = find_files(paths or (Path(),), configurations)
        problems = found.problems
        checked = run(check_file, [job_of(file, choice) for file in found.files], found.size, jobs)
    problems += [problem for file in checked for problem in file.report.problems]
    _write(checked, problems, output, in_colour(color))
    ctx.exit(_exit_code(checked, problems, exit_zero=exit_zero))


def _check_standard_input(name: Path, configurations: Configurations, choice: Choice) -> Checked:
    if name.suffix not in SUFFIXES:
        raise click.UsageError(f"--stdin-filename must end in {' or '.join(SUFFIXES)}")
    path = Path.cwd() / name
    with settings_errors():
        configuration = configurations.of(path.parent, fallback_root(path.parent))
    job = job_of(SourceFile(path, configuration, size=0), choice)
    try:
        text, _ = decode(sys.stdin.buffer.read(), job.shown)
    except UndecodableError as error:
        return unread(job, error)
    return check_read(job, text)


def _write(checked: Sequence[Checked], problems: Sequence[str], output: str, color: bool | None) -> None:
    for problem in problems:
        click.echo(problem, err=True)
    reports = [finding for file in checked for finding in file.report.findings]
    if output == "json":
        click.echo(json_of((finding, file.root) for file in checked for finding in file.report.findings))
        return
    for file in checked:
        for finding, source in zip(file.report.findings, file.excerpts, strict=True):
            click.echo(text_of(finding, source) + "\n", color=color)
    click.echo(summary_of(reports, len(checked), len(problems)))


def _exit_code(checked: Sequence[Checked], problems: Sequence[str], *, exit_zero: bool) -> int:
    if any(file.crashed for file in checked):
        return 2
    found = problems or any(file.report.findings for file in checked)
    return 1 if found and not exit_zero else 0
