"""What a project asks for: which rules, how severe, in which files, in which SQL dialect.

This module costs nothing to import, because the server starts with it; `settings_table` reads and checks
a configuration and is imported only where one exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from backend_architect.engine.errors import LocatedError

if TYPE_CHECKING:
    from collections.abc import Collection

    from pathspec import GitIgnoreSpec

    from backend_architect.engine.findings import Severity
    from backend_architect.knowledge.cards import Card

ALL: Final = "all"
"""The name that stands for every rule in `select`, `ignore` and `per-file-ignores`."""

RECOMMENDED: Final = "recommended"
"""The set that holds unless something else is selected."""

PREVIEW: Final = "preview"
"""The set of rules that are still being tried; neither their family nor another set selects them."""

SETS: Final = (RECOMMENDED, "security", PREVIEW)
"""The names of the sets of rules. `security` is a family as well: the name means the rules of both."""

FAMILIES: Final = (
    "api",
    "database",
    "migrations",
    "observability",
    "performance",
    "reliability",
    "security",
    "versioning",
)
"""The names of the families of rules."""

DIALECTS: Final = (
    "athena",
    "bigquery",
    "clickhouse",
    "databricks",
    "doris",
    "drill",
    "duckdb",
    "hive",
    "materialize",
    "mysql",
    "oracle",
    "postgres",
    "presto",
    "redshift",
    "risingwave",
    "snowflake",
    "spark",
    "sqlite",
    "starrocks",
    "teradata",
    "trino",
    "tsql",
)
"""The SQL dialects, by the names that sqlglot gives them."""

RUNNERS: Final = (
    "atlas",
    "dbmate",
    "diesel",
    "drizzle-kit",
    "flyway",
    "golang-migrate",
    "goose",
    "hasura",
    "liquibase",
    "mybatis",
    "node-pg-migrate",
    "play",
    "prisma",
    "psql",
    "psql-single-transaction",
    "refinery",
    "sql-migrate",
    "sqlx",
    "supabase",
    "yoyo",
)
"""What runs SQL migrations; `psql-single-transaction` is `psql -1`."""

BUILT_IN_EXCLUDES: Final = (
    ".git/",
    ".hg/",
    ".svn/",
    ".venv/",
    "venv/",
    "node_modules/",
    "__pycache__/",
    ".tox/",
    ".nox/",
    ".mypy_cache/",
    ".ruff_cache/",
    ".pytest_cache/",
    "build/",
    "dist/",
    "site-packages/",
    "*.egg-info/",
    ".eggs/",
)
"""Patterns of folders that hold nobody's own code; `exclude = ["!build/"]` takes one back."""


SNIPPET_FAMILIES: Final = ("api", "auth", "health", "migrations", "observability", "reliability")
"""The names of the families of snippets, which are those of the folders that hold them."""

LARGEST: Final = 1 << 20
"""The size in bytes above which a file that was not named is left out: it is data or generated."""


class SettingsError(LocatedError):
    """A configuration that cannot be used."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that hold for the files below one folder.

    Paths given to the methods are relative to that folder and separated by slashes. Patterns are those of
    .gitignore; tables are pairs in the order in which they were written, so that settings can be compared,
    hashed and sent to other processes.
    """

    select: frozenset[str] = frozenset({RECOMMENDED})
    ignore: frozenset[str] = frozenset()
    severity: tuple[tuple[str, Severity | Literal["off"]], ...] = ()
    exclude: tuple[str, ...] = ()
    dialect: str = "postgres"
    dialects: tuple[tuple[str, str], ...] = ()
    runners: tuple[tuple[str, str], ...] = ()
    per_file_ignores: tuple[tuple[str, frozenset[str]], ...] = ()
    per_file_severity: tuple[tuple[str, tuple[tuple[str, Severity], ...]], ...] = ()
    snippets: frozenset[str] = frozenset({ALL})
    """The families of snippets that are offered while somebody types, or all."""
    cards: tuple[Card, ...] = ()
    """The rules that the project brings along; not written in the configuration."""

    def enabled(self, rule: str, family: str, path: str, sets: Collection[str] = (RECOMMENDED,)) -> bool:
        """Whether a rule of a family and of some sets is to be heard on a file.

        Of `select` and `ignore` the one that names the rule more closely wins: its id before its family (and
        "security" for the rules of that set) before the other sets and "all"; `ignore` wins a draw. A rule in
        preview is selected only by its id, "preview" or "all". A severity of "off" and `per-file-ignores`
        always win.
        """
        if (rule, "off") in self.severity or not self._chosen(rule, family, sets):
            return False
        names = {rule, family, *sets, ALL}
        return not any(names & ignored for glob, ignored in self.per_file_ignores if _matches((glob,), path))

    def severity_of(self, rule: str, default: Severity, path: str = "") -> Severity | None:
        """The severity of a rule in a file, where its card says `default`; None when it is switched off.

        The last matching pattern of `per-file-severity` that names the rule wins over `severity`.
        """
        for glob, severities in reversed(self.per_file_severity):
            for name, severity in severities:
                if name == rule and _matches((glob,), path):
                    return severity
        for name, severity in self.severity:
            if name == rule:
                return None if severity == "off" else severity
        return default

    def dialect_of(self, path: str) -> str:
        """The SQL dialect of a file: that of the last matching pattern of `dialects`, else `dialect`."""
        for glob, dialect in reversed(self.dialects):
            if _matches((glob,), path):
                return dialect
        return self.dialect

    def runner_of(self, path: str) -> str:
        """What runs a SQL migration: the last matching pattern of `runners` says it; else empty."""
        return next((name for glob, name in reversed(self.runners) if _matches((glob,), path)), "")

    def excluded(self, path: str) -> bool:
        """Whether a file, or a folder when the path ends in a slash, is left out unless it is named."""
        return _matches(BUILT_IN_EXCLUDES + self.exclude, path)

    def _chosen(self, rule: str, family: str, sets: Collection[str]) -> bool:
        select = self.select & {rule, PREVIEW, ALL} if PREVIEW in sets else self.select
        topics = {family}.union(name for name in sets if name in FAMILIES)
        for names in ({rule}, topics, {ALL, *sets} - topics):
            if self.ignore & names:
                return False
            if select & names:
                return True
        return False


def bad_pattern(pattern: str) -> bool:
    """Whether a text is none of the patterns that .gitignore knows."""
    try:
        _spec((pattern,))
    except ValueError:
        return True
    return False


def _matches(patterns: tuple[str, ...], path: str) -> bool:
    return _spec(patterns).match_file(path)


@lru_cache(maxsize=256)
def _spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    # Fifty milliseconds that a server without patterns does not pay at its start.
    from pathspec import GitIgnoreSpec  # noqa: PLC0415

    return GitIgnoreSpec.from_lines(patterns)
