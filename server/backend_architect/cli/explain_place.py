"""What is found at a place, or who silences what would be found there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from backend_architect.cli.excerpt import excerpt
from backend_architect.cli.run import Job, UnreadableError, elsewhere_of, job_of, read
from backend_architect.detectors.registry import all_rules, rules_of
from backend_architect.engine.check import check_text
from backend_architect.engine.kinds import kinds_of
from backend_architect.engine.rules import Rule, RuleTable
from backend_architect.engine.settings import ALL, Settings
from backend_architect.engine.suppressions import MARK
from backend_architect.engine.text import split_lines
from backend_architect.project.files import find_files
from backend_architect.project.paths import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from backend_architect.cli.options import Choice
    from backend_architect.engine.findings import Report
    from backend_architect.project.configuration import Configuration, Configurations

_PLACE: Final = re.compile(r"(.+?):(\d+)(?::(\d+))?")
_COMMENT: Final = re.compile(rf"{MARK}|#\s*(?:noqa|nosec)\b", re.IGNORECASE)
"""What begins a comment that silences, ours or that of another linter."""

_LIFTED: Final[tuple[tuple[str, Callable[[Settings], Settings]], ...]] = (
    ("`select` and `ignore`", lambda of: replace(of, select=frozenset({ALL}), ignore=frozenset())),
    ("`severity`", lambda of: replace(of, severity=tuple(one for one in of.severity if one[1] != "off"))),
    ("`per-file-ignores`", lambda of: replace(of, per_file_ignores=())),
)
"""The settings that switch rules off, and how to do without each."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file or, with a column, a character; both from 0."""

    path: Path
    line: int
    column: int | None

    def __str__(self) -> str:
        """As users write it, from 1."""
        column = "" if self.column is None else f":{self.column + 1}"
        return f"{shown(self.path)}:{self.line + 1}{column}"

    def holds(self, report: Report) -> bool:
        """Whether a finding is about this place."""
        span = report.span
        if self.column is None or not span.line <= self.line <= span.end_line:
            return span.line <= self.line <= span.end_line
        here = self.line, self.column
        return (span.line, span.column) <= here <= (span.end_line, span.end_column)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What there is to say about a place."""

    place: Place
    found: tuple[tuple[Report, tuple[str, ...]], ...]
    """The findings, and the lines of source that each is about."""
    silent: tuple[tuple[Report, tuple[str, ...]], ...]
    """What would be found, and for each what silences it."""
    notes: tuple[str, ...]
    """What is to be known of the file."""


def parse_place(text: str) -> Place:
    """The place of `path:line` or `path:line:column`.

    Raises:
        click.UsageError: that is not how it is written, or there is no such file.
    """
    match = _PLACE.fullmatch(text)
    if match is None or not int(match[2]) or match[3] == "0":
        raise click.UsageError(
            f"'{text}' is not a place; write it as in app/orders.py:42 or app/orders.py:42:7"
        )
    path = Path(match[1])
    if not path.is_file():
        raise click.UsageError(f"there is no file '{match[1]}'")
    return Place(path, int(match[2]) - 1, int(match[3]) - 1 if match[3] else None)


def explain(place: Place, configurations: Configurations, choice: Choice) -> Explanation:
    """What is found at a place and, where some of it is silenced, by what.

    Raises:
        click.ClickException: the file cannot be read, or has no such line.
        SettingsError: its configuration cannot be used.
    """
    found = find_files([place.path], configurations)
    if not found.files:
        raise click.UsageError(found.problems[0])
    job = job_of(found.files[0], choice)
    try:
        text, _ = read(job)
    except UnreadableError as error:
        raise click.ClickException(str(error)) from error
    lines = split_lines(text)
    if place.line >= max(len(lines), 1):
        raise click.UsageError(f"{job.shown} has only {len(lines)} lines")
    report = check_text(job.name, text, job.settings, elsewhere=elsewhere_of(job))
    reported = [finding for finding in report.findings if place.holds(finding)]
    notes = [*found.problems, *report.problems]
    if not find_files([place.path], configurations, force_exclude=True).files:
        notes.append(
            f"{job.shown} is excluded, ignored by git, generated or very large: `check` leaves it out "
            "unless it is named itself"
        )
    silence = _Silence(job, text, found.files[0].configuration)
    silent = [f for f in silence.broken(text) if place.holds(f) and not _among(f, reported)]
    return Explanation(
        place,
        tuple((finding, excerpt(lines, finding.span)) for finding in reported),
        tuple((finding, tuple(silence.reasons(finding))) for finding in silent),
        tuple(notes),
    )


class _Silence:
    """What silences findings of a file: its kind, the settings, and comments in it."""

    def __init__(self, job: Job, text: str, configuration: Configuration) -> None:
        self._job = job
        self._lines = split_lines(text)
        self._file = shown(configuration.file) if configuration.file else "the command line or the defaults"
        self._settings = job.settings
        for _, lift in _LIFTED:
            self._settings = lift(self._settings)
        self._rules = {rule.id: rule for rule in (*all_rules(), *rules_of(job.settings.cards))}
        self._table = RuleTable(tuple(self._rules.values()))

    def broken(self, text: str) -> tuple[Report, ...]:
        """All that could be found in a text, if nothing silenced it."""
        return self._found("".join(_without_comment(line) for line in split_lines(text)))

    def reasons(self, finding: Report) -> Iterator[str]:
        """What silences a finding; each a phrase."""
        rule, path = self._rules[finding.rule], self._job.name
        for kind in sorted(kinds_of(path).intersection(rule.not_in)):
            yield f"its card: the rule is not for {kind}"
        for words, _ in _LIFTED:
            if not self._enabled_by(rule, words):
                yield f"{words} of {self._file}" + (
                    "; it is in preview, select it by its name" if "preview" in rule.sets else ""
                )
        for number, line in enumerate(self._lines):
            if _COMMENT.search(line) and not _among(finding, self._found(self._with_one_comment(number))):
                yield f"the comment on line {number + 1}"

    def _enabled_by(self, rule: Rule, words: str) -> bool:
        """Whether a rule is heard when of all settings only one is as it is configured."""
        settings = self._job.settings
        for other, lift in _LIFTED:
            if other != words:
                settings = lift(settings)
        return settings.enabled(rule.id, rule.family, self._job.name, rule.sets)

    def _with_one_comment(self, kept: int) -> str:
        lines = enumerate(self._lines)
        return "".join(line if number == kept else _without_comment(line) for number, line in lines)

    def _found(self, text: str) -> tuple[Report, ...]:
        job = self._job
        return check_text(job.name, text, self._settings, self._table, elsewhere_of(job)).findings


def _without_comment(line: str) -> str:
    """A line on which no comment silences anything; as long as before, so that places stay."""
    return _COMMENT.sub(lambda match: match[0][0] + "." * (len(match[0]) - 1), line)


def _among(finding: Report, others: list[Report] | tuple[Report, ...]) -> bool:
    return any((finding.rule, finding.span) == (other.rule, other.span) for other in others)
