"""SQL as the tools that run migrations keep it, and what the rules about migrations say of it."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent
from typing import TYPE_CHECKING, Final, Literal

from backend_architect.detectors.registry import all_rules
from backend_architect.engine.language import nowhere
from backend_architect.engine.settings import Settings
from backend_architect.knowledge.cards import load_cards
from backend_architect.project.fact_store import FactStore
from backend_architect.project.picture import Picture, found_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend_architect.engine.findings import Finding

CARDS: Final = {name: card for name, card in load_cards().items() if card.family == "migrations"}
RULES: Final = [rule for rule in all_rules() if rule.id in CARDS and rule.id != "model-without-migration"]
PREVIEW: Final = {name for name, card in CARDS.items() if "preview" in card.sets}

ALEMBIC: Final = """\
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down}


def upgrade() -> None:
{body}
"""

DJANGO: Final = """\
from django.contrib.postgres.operations import (
    AddConstraintNotValid, AddIndexConcurrently, RemoveIndexConcurrently, ValidateConstraint,
)
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = {atomic}
    dependencies = {dependencies}
    operations = [
{operations}
    ]
"""


@dataclass(frozen=True)
class Runner:
    """A way to run SQL: where its file stands, what it looks like, and which transaction it is in."""

    name: str
    path: str
    text: str
    transaction: Literal["always", "several", "never"]
    """`several`: one as soon as the file has more than one statement."""

    def file(self, sql: str) -> dict[str, str]:
        """The file of a migration."""
        return {self.path: self.text.replace("<sql>", sql)}

    def runs_in_one(self, sql: str) -> bool:
        """Whether statements run in one transaction."""
        several = sql.rstrip(";\n").count(";") > 0
        return self.transaction == "always" or (self.transaction == "several" and several)


def alembic(body: str, revision: str = "0002", down: str | None = "0001") -> dict[str, str]:
    """A revision."""
    said = f'"{down}"' if down else "None"
    text = ALEMBIC.format(revision=revision, down=said, body=indent(body, " " * 4))
    return {f"alembic/versions/{revision}_change.py": text}


def django(
    operations: str, number: str = "0002", before: str | None = "0001", *, atomic: bool = True
) -> dict[str, str]:
    """A migration of the app `shop`."""
    dependencies = f'[("shop", "{before}")]' if before else "[]"
    text = DJANGO.format(atomic=atomic, dependencies=dependencies, operations=indent(operations, " " * 8))
    return {f"shop/migrations/{number}.py": text}


def _alembic(body: str) -> str:
    (text,) = alembic(body).values()
    return text


def _django(operations: str, *, atomic: bool = True) -> str:
    (text,) = django(operations, atomic=atomic).values()
    return text


_REVISION: Final = "alembic/versions/0002_change.py"
_MIGRATION: Final = "shop/migrations/0002.py"
_RUN_SQL: Final = 'migrations.RunSQL("""<sql>""", migrations.RunSQL.noop),'
_SEPARATE: Final = f"migrations.SeparateDatabaseAndState([{_RUN_SQL}], state_operations=[]),"

RUNNERS: Final = [
    Runner("psql", "change.sql", "<sql>", "never"),
    Runner("BEGIN and COMMIT", "change.sql", "BEGIN;\n<sql>\nCOMMIT;", "always"),
    Runner("goose", "migrations/00002_change.sql", "-- +goose Up\n<sql>\n-- +goose Down\n", "always"),
    Runner(
        "goose, NO TRANSACTION",
        "migrations/00002_change.sql",
        "-- +goose NO TRANSACTION\n-- +goose Up\n<sql>",
        "never",
    ),
    Runner(
        "dbmate",
        "db/migrations/20260102030405_change.sql",
        "-- migrate:up\n<sql>\n-- migrate:down\n",
        "always",
    ),
    Runner(
        "dbmate, transaction:false",
        "db/migrations/20260102030405_change.sql",
        # dbmate sends the text in one message (amacneil/dbmate#126).
        "-- migrate:up transaction:false\n<sql>",
        "several",
    ),
    Runner(
        "sql-migrate", "migrations/0002_change.sql", "-- +migrate Up\n<sql>\n-- +migrate Down\n", "always"
    ),
    Runner(
        "sql-migrate, notransaction",
        "migrations/0002_change.sql",
        "-- +migrate Up notransaction\n<sql>",
        "never",
    ),
    Runner("golang-migrate", "migrations/000002_change.up.sql", "<sql>", "several"),
    Runner("Prisma", "prisma/migrations/20260102030405_change/migration.sql", "<sql>", "several"),
    Runner("Alembic, op.execute", _REVISION, _alembic('op.execute("""<sql>""")'), "always"),
    Runner(
        "Alembic, autocommit_block",
        _REVISION,
        _alembic('with op.get_context().autocommit_block():\n    op.execute("""<sql>""")'),
        "never",
    ),
    Runner("Django, RunSQL", _MIGRATION, _django(_RUN_SQL), "always"),
    Runner("Django, RunSQL, atomic = False", _MIGRATION, _django(_RUN_SQL, atomic=False), "never"),
    Runner("Django, SeparateDatabaseAndState", _MIGRATION, _django(_SEPARATE), "always"),
]
FLYWAY: Final = Runner("Flyway", "sql/V2__change.sql", "<sql>", "always")
"""It finds out itself that statements with CONCURRENTLY must run without a transaction."""


def findings(files: Mapping[str, str], dialect: str = "postgres") -> list[Finding]:
    """What all rules about migrations say of the files of a project."""
    picture = Picture(files.get, Settings(dialect=dialect), lambda _: nowhere, FactStore(None))
    picture.expect(files)
    for path in files:
        picture.declare(path)
    found, problems = found_in(picture.project(), RULES)
    assert not problems, problems
    return [one for path in files for one in found.get(path, [])]


def heard(files: Mapping[str, str], dialect: str = "postgres") -> list[str]:
    """The rules that speak unasked, one for each finding, in the order of files and lines."""
    return [one.rule for one in findings(files, dialect) if one.rule not in PREVIEW]
