"""Reads settings from TOML, and says on which line and how to mend what cannot be used."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from backend_architect.engine.findings import SEVERITIES, Severity
from backend_architect.engine.names import unknown, unknown_group, unknown_rule
from backend_architect.engine.settings import (
    ALL,
    DIALECTS,
    RECOMMENDED,
    RUNNERS,
    SNIPPET_FAMILIES,
    Settings,
    SettingsError,
    bad_pattern,
)

PYPROJECT_TABLE = ("tool", "backend-architect")
"""Where the settings stand in a pyproject.toml; in a backend-architect.toml they stand at the top."""

_EXPECTED = {
    "select": 'a list of rules, families and sets, as in ["recommended", "query-in-loop"]',
    "ignore": 'a list of rules, families and sets, as in ["performance", "query-in-loop"]',
    "severity": 'a table from rule to severity, as in {query-in-loop = "error"}',
    "exclude": 'a list of patterns, as in ["generated/", "*_pb2.py"]',
    "dialect": 'the name of a SQL dialect, as in "mysql"',
    "dialects": 'a table from pattern to SQL dialect, as in {"warehouse/**" = "snowflake"}',
    "runners": 'a table from pattern to the tool that runs SQL migrations, as in {"db/**" = "flyway"}',
    "per-file-ignores": 'a table from pattern to rules, families and sets, as in {"jobs/**" = ["security"]}',
    "per-file-severity": 'a table from pattern to severities, as in {"jobs/**" = {query-in-loop = "hint"}}',
    "snippets": 'a list of families of snippets, as in ["health", "auth"]; ["all"] and [] are all and none',
}

Keys = tuple[str, ...]
"""The way to a value: the keys from the top of the file."""


class _Table(BaseModel):
    """The shape of a configuration; the names and patterns in it are checked afterwards."""

    model_config = ConfigDict(
        extra="forbid", strict=True, alias_generator=lambda name: name.replace("_", "-")
    )

    select: list[str] = [RECOMMENDED]
    ignore: list[str] = []
    severity: dict[str, str] = {}
    exclude: list[str] = []
    dialect: str = Settings().dialect
    dialects: dict[str, str] = {}
    runners: dict[str, str] = {}
    per_file_ignores: dict[str, list[str]] = {}
    per_file_severity: dict[str, dict[str, str]] = {}
    snippets: list[str] = [ALL]


def parse_settings(
    text: str,
    path: str,
    rules: Collection[str],
    families: Collection[str] = (),
    beneath: Mapping[str, Any] | None = None,
) -> Settings | None:
    """Settings from the text of a configuration file.

    Args:
        text: the whole file.
        path: its path as the user knows it; a pyproject.toml has its settings in `[tool.backend-architect]`,
            every other file at its top.
        rules: the ids of all rules there are.
        families: the names of families besides those that everybody has.
        beneath: settings that hold where the file says nothing, as `usable` gives them; tables are joined.

    Returns:
        The settings, or None for a pyproject.toml that has none.

    Raises:
        SettingsError: the file is not TOML, or says what is not understood; the first such place.
    """
    prefix = PYPROJECT_TABLE if re.split(r"[/\\]", path)[-1] == "pyproject.toml" else ()
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(error, text, path) from error
    if not _holds(content, prefix):
        return None
    values = _at(content, prefix)
    if not isinstance(values, dict):
        raise SettingsError(path, _line_of(text, prefix), f"'{'.'.join(prefix)}' must be a table")
    try:
        table = _Table.model_validate(_joined(beneath or {}, cast("dict[str, Any]", values)))
    except ValidationError as error:
        mistakes = list(_shape_mistakes(error))
    else:
        mistakes = list(_name_mistakes(table, rules, families))
        if not mistakes:
            return _settings(table)
    raise min(
        (
            SettingsError(path, _line_of(text, prefix + keys, value), message)
            for keys, value, message in mistakes
        ),
        key=lambda mistake: mistake.line,
    )


def usable(
    values: Mapping[str, Any], rules: Collection[str], families: Collection[str] = ()
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Those of some settings that can be used, and for each of the others its name and what is wrong.

    `rules` and `families` are those of `parse_settings`.
    """
    kept: dict[str, Any] = {}
    wrong: list[str] = []
    for key, value in values.items():
        try:
            mistakes = list(_name_mistakes(_Table.model_validate({key: value}), rules, families))
        except ValidationError as error:
            mistakes = list(_shape_mistakes(error))
        if mistakes:
            wrong.append(f"{key}: {mistakes[0][2]}")
        else:
            kept[key] = value
    return kept, tuple(wrong)


def settings_of(values: Mapping[str, Any]) -> Settings:
    """Settings from what `usable` gives."""
    return _settings(_Table.model_validate(values))


def _joined(beneath: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    joined = {**beneath, **values}
    for key, lower in beneath.items():
        upper = values.get(key)
        if isinstance(lower, dict) and isinstance(upper, dict):
            # Of patterns the last counts, so those of the file stand behind the others.
            others = {name: one for name, one in cast("dict[str, Any]", lower).items() if name not in upper}
            joined[key] = others | cast("dict[str, Any]", upper)
    return joined


def shape() -> dict[str, Any]:
    """The JSON schema of a configuration without what is checked afterwards."""
    return _Table.model_json_schema()


def _settings(table: _Table) -> Settings:
    return Settings(
        select=frozenset(table.select),
        ignore=frozenset(table.ignore),
        severity=tuple(cast("dict[str, Severity]", table.severity).items()),
        exclude=tuple(table.exclude),
        dialect=table.dialect,
        dialects=tuple(table.dialects.items()),
        runners=tuple(table.runners.items()),
        per_file_ignores=tuple((glob, frozenset(names)) for glob, names in table.per_file_ignores.items()),
        per_file_severity=tuple(
            (glob, tuple(cast("dict[str, Severity]", severities).items()))
            for glob, severities in table.per_file_severity.items()
        ),
        snippets=frozenset(table.snippets),
    )


Mistake = tuple[Keys, str | None, str]
"""The way to a mistake, the element of the list there that is meant, and a sentence."""


def _shape_mistakes(error: ValidationError) -> Iterator[Mistake]:
    for detail in error.errors(include_url=False):
        keys = tuple(key for key in detail["loc"] if isinstance(key, str))
        key = keys[0]
        if detail["type"] == "extra_forbidden":
            yield keys, None, unknown("key", key, _EXPECTED, f"known are {', '.join(_EXPECTED)}")
        else:
            yield keys, None, f"'{key}' must be {_EXPECTED[key]}"


def _name_mistakes(table: _Table, rules: Collection[str], families: Collection[str]) -> Iterator[Mistake]:
    lists: list[tuple[Keys, list[str]]] = [(("select",), table.select), (("ignore",), table.ignore)]
    lists += [(("per-file-ignores", glob), names) for glob, names in table.per_file_ignores.items()]
    for keys, names in lists:
        for name in names:
            if message := unknown_group(name, (*families, *rules)):
                yield keys, name, message
    yield from _severity_mistakes(("severity",), table.severity, rules, (*SEVERITIES, "off"))
    for glob, severities in table.per_file_severity.items():
        yield from _severity_mistakes(("per-file-severity", glob), severities, rules, SEVERITIES)
    for name in table.snippets:
        if name not in {ALL, *SNIPPET_FAMILIES}:
            choices = (ALL, *SNIPPET_FAMILIES)
            yield ("snippets",), name, unknown("family of snippets", name, choices, _one_of(choices))
    yield from _dialect_mistakes(table)
    for glob, runner in table.runners.items():
        if runner not in RUNNERS:
            yield ("runners", glob), None, unknown("runner", runner, RUNNERS, _one_of(RUNNERS))
    yield from _pattern_mistakes(table)


def _one_of(choices: Sequence[str]) -> str:
    return f"known are {', '.join(choices)}"


def _severity_mistakes(
    keys: Keys, severities: dict[str, str], rules: Collection[str], levels: Sequence[str]
) -> Iterator[Mistake]:
    for rule, level in severities.items():
        if rule not in rules:
            yield (*keys, rule), None, unknown_rule(rule, rules)
        if level not in levels:
            choices = f"it is one of {', '.join(levels)}"
            if level == "off":
                choices += "; 'per-file-ignores' switches rules off"
            yield (*keys, rule), None, unknown("severity", level, levels, choices)


def _dialect_mistakes(table: _Table) -> Iterator[Mistake]:
    named: list[tuple[Keys, str]] = [(("dialect",), table.dialect)]
    named += [(("dialects", glob), dialect) for glob, dialect in table.dialects.items()]
    for keys, dialect in named:
        if dialect not in DIALECTS:
            yield keys, None, unknown("SQL dialect", dialect, DIALECTS, f"known are {', '.join(DIALECTS)}")


def _pattern_mistakes(table: _Table) -> Iterator[Mistake]:
    places: list[tuple[Keys, str | None, str]] = [
        (("exclude",), pattern, pattern) for pattern in table.exclude
    ]
    places += [(("dialects", glob), None, glob) for glob in table.dialects]
    places += [(("runners", glob), None, glob) for glob in table.runners]
    places += [(("per-file-ignores", glob), None, glob) for glob in table.per_file_ignores]
    places += [(("per-file-severity", glob), None, glob) for glob in table.per_file_severity]
    for keys, element, pattern in places:
        if bad_pattern(pattern):
            yield keys, element, f"'{pattern}' is not a pattern; write it as in .gitignore"


def _syntax_error(error: tomllib.TOMLDecodeError, text: str, path: str) -> SettingsError:
    place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    line = int(place[1]) if place else text.rstrip().count("\n") + 1
    message = re.sub(r" \(at [^()]*\)$", "", str(error))
    return SettingsError(
        path, line, f"not valid TOML: {message}" + (f" in column {place[2]}" if place else "")
    )


def _at(content: Any, keys: Keys) -> Any:
    for key in keys:
        content = content[key]
    return content


def _holds(content: Any, keys: Keys) -> bool:
    for key in keys:
        if not isinstance(content, Mapping) or key not in content:
            return False
        content = cast("Mapping[str, Any]", content)[key]
    return True


def _line_of(text: str, keys: Keys, element: str | None = None) -> int:
    """The line (from 1) on which a key is written, or below it an element of the list that is its value.

    `tomllib` gives no positions. But the line of a key is the one which, added to those before it, first
    makes the key appear; only lines that contain its name are tried. A key that is spelled with escapes
    is reported at the line of the table around it.
    """
    lines = text.split("\n")
    while keys:
        for number, line in enumerate(lines, 1):
            if keys[-1] in line and _introduces(lines, number, keys):
                return number if element is None else _line_of_element(lines, number, element)
        keys = keys[:-1]
    return 1


def _line_of_element(lines: list[str], start: int, element: str) -> int:
    quoted = (f'"{element}"', f"'{element}'")
    for number, line in enumerate(lines[start - 1 :], start):
        if any(spelling in line for spelling in quoted):
            return number
    return start


def _introduces(lines: list[str], number: int, keys: Keys) -> bool:
    before = _parsed(lines[: number - 1])
    if before is None or _holds(before, keys):
        return False
    for end in range(number, len(lines) + 1):
        # A value may go on over several lines; until it is complete the text does not parse.
        content = _parsed(lines[:end])
        if content is not None:
            return _holds(content, keys)
    return False


def _parsed(lines: list[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError:
        return None
