"""The command `fix`."""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass
from difflib import unified_diff
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backend_architect.cli.formats.people import counted
from backend_architect.cli.options import (
    Choice,
    color_option,
    force_exclude_option,
    in_colour,
    isolated_option,
    jobs_option,
    known_rule,
    paths_argument,
    rule_names,
    settings_errors,
)
from backend_architect.cli.remedies import remedied
from backend_architect.cli.repair import Outcome, repair
from backend_architect.cli.run import (
    Job,
    UnreadableError,
    below,
    crash,
    elsewhere_of,
    job_of,
    read,
    renamed,
    run,
)
from backend_architect.cli.writing import create_file, replace_file
from backend_architect.knowledge.cards import load_cards
from backend_architect.project.configuration import Configurations
from backend_architect.project.files import find_files

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Treated:
    """What became of a file."""

    outcome: Outcome | None
    """None for a file that could not be read or analysed."""
    problems: tuple[str, ...] = ()
    crashed: bool = False


_EPILOG = """
\b
Examples:
  backend-architect fix --diff
  backend-architect fix app
  backend-architect fix --unsafe-fixes --rule http-call-without-timeout

\b
Exit codes:
  0  done, even when findings remain that have no such fix
  1  files that could not be read or fixed
  2  wrong use or crash
"""


@click.command(epilog=_EPILOG)
@paths_argument(dash=False)
@click.option("--diff", is_flag=True, help="Show the changes as a unified diff, and write nothing.")
@click.option("--unsafe-fixes", is_flag=True, help="Also apply fixes that may change what the code does.")
@click.option("--rule", "rules", multiple=True, metavar="RULE", help="Fix only what this rule finds.")
@force_exclude_option
@isolated_option
@jobs_option
@color_option
@click.pass_context
def command(  # noqa: PLR0913 - one parameter an option
    ctx: click.Context,
    *,
    paths: tuple[Path, ...],
    diff: bool,
    unsafe_fixes: bool,
    rules: tuple[str, ...],
    force_exclude: bool,
    isolated: bool,
    jobs: int | None,
    color: bool | None,
) -> None:
    """Repair what check finds.

    Applies the safe fixes in the given files and folders; without any, in the working directory. Encoding and
    line ends stay as they are, and a file that would not parse afterwards is not written.
    """
    configurations = Configurations(load_cards, isolated=isolated)
    known = rule_names(paths or (Path(),), configurations)
    choice = Choice(frozenset(known_rule(rule, known) for rule in rules), frozenset())
    with settings_errors():
        found = find_files(paths or (Path(),), configurations, force_exclude=force_exclude)
    work = [job_of(file, choice) for file in found.files]
    treated = run(partial(treat, unsafe=unsafe_fixes), work, found.size, jobs)
    problems = found.problems + [problem for file in treated for problem in file.problems]
    after = remedied(
        [file.outcome for file in treated if file.outcome], configurations, jobs, unsafe=unsafe_fixes
    )
    outcomes, problems = after.outcomes, problems + after.problems
    done: list[Outcome] = []
    for outcome in outcomes:
        if not outcome.is_changed:
            continue
        if diff:
            _show_diff(outcome, in_colour(color))
        elif problem := _write(outcome):
            problems.append(problem)
            continue
        else:
            _show(outcome)
        done.append(outcome)
    for sentence in (*problems, *after.notes):
        click.echo(sentence, err=True)
    click.echo(_summary(done, outcomes, diff=diff, unsafe=unsafe_fixes), err=diff)
    ctx.exit(2 if any(file.crashed for file in treated) else 1 if problems else 0)


def treat(job: Job, *, unsafe: bool) -> Treated:
    """Repairs the text of a file; writes nothing."""
    try:
        text, encoding = read(job)
        outcome = Outcome(
            job,
            text,
            encoding,
            repair(job.name, text, job.settings, unsafe=unsafe, elsewhere=elsewhere_of(job)),
        )
    except UnreadableError as error:
        return Treated(None, (str(error),))
    except Exception as error:  # noqa: BLE001 - the other files are fixed all the same
        return Treated(None, (crash(job, error),), crashed=True)
    problems = (*outcome.repair.report.problems, *outcome.repair.problems)
    return Treated(outcome, tuple(renamed(problem, job) for problem in problems))


def _write(outcome: Outcome) -> str | None:
    """Writes a file and those that its fixes create; a sentence when that is not possible."""
    job, repaired = outcome.job, outcome.repair
    try:
        content = outcome.encoding.encode(repaired.text)
        for new in repaired.creates:
            create_file(Path(below(job.root, new.path)), new.text.encode())
        replace_file(job.path, content)
    except UnicodeEncodeError as error:
        return f"{job.shown}: not fixed; {error.encoding} has no {error.object[error.start]!a}"
    except OSError as error:
        return f"{job.shown}: not fixed; {error.filename}: {error.strerror}"
    return None


def _show(outcome: Outcome) -> None:
    job, repaired = outcome.job, outcome.repair
    titles = Counter(finding.repair.title for finding in repaired.fixed if finding.repair)
    done = [title + f" ({count} times)" * (count > 1) for title, count in titles.items()]
    click.echo(f"{job.shown}: {'; '.join(done) or 'edited along'}")
    for new in repaired.creates:
        click.echo(f"{below(job.root, new.path)}: created")


def _show_diff(outcome: Outcome, color: bool | None) -> None:
    shown = outcome.job.shown
    lines = _diff(f"a/{shown}", f"b/{shown}", outcome.before, outcome.repair.text)
    for new in outcome.repair.creates:
        lines += _diff("/dev/null", f"b/{below(outcome.job.root, new.path)}", "", new.text)
    if color or (color is None and sys.stdout.isatty()):
        click.echo("".join(map(_coloured, lines)), nl=False, color=True)
    else:
        # As bytes, so that the line ends reach `git apply` as they are.
        click.echo("".join(lines).encode("utf-8", "surrogateescape"), nl=False)


def _diff(old_name: str, new_name: str, old: str, new: str) -> list[str]:
    lines = unified_diff(_lines(old), _lines(new), old_name, new_name)
    return [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]


def _lines(text: str) -> list[str]:
    """Lines as `git apply` counts them, with their ends."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _coloured(line: str) -> str:
    colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[0])
    return click.style(line, fg=colour) if colour else line


def _summary(done: Sequence[Outcome], outcomes: Sequence[Outcome], *, diff: bool, unsafe: bool) -> str:
    fixed = sum(len(outcome.repair.fixed) for outcome in done)
    left = [finding for outcome in outcomes for finding in outcome.repair.report.findings]
    text = f"{'Would fix' if diff else 'Fixed'} {counted(fixed, 'finding')} in {counted(len(done), 'file')}"
    if left:
        text += f"; {len(left)} left"
    fixable = sum(finding.repair is not None and finding.repair.safety == "unsafe" for finding in left)
    if fixable and not unsafe:
        text += f", {fixable} of them with an unsafe fix (--unsafe-fixes)"
    return text
