"""Projects with two revisions of Alembic, the second of which is rewritten."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import TYPE_CHECKING

from tests.project_texts import project_of, with_changes

from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.walking import steps_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from backend_architect.engine.project import Project
    from backend_architect.migrations.phases import Phase
    from backend_architect.migrations.walking import MigrationStep

SECOND = "migrations/versions/0002.py"
_FIRST = """
from alembic import op
import sqlalchemy as sa

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("customers", sa.Column("id", sa.BigInteger(), primary_key=True))
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("customer_id", sa.BigInteger()),
        sa.Column("number", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False, server_default="0"),
    )
    op.create_index("old", "orders", ["status"])
"""
_TEXT = """from alembic import op
import sqlalchemy as sa

revision = "0002"
down_revision = "0001"


def upgrade():
{upgrade}

def downgrade():
{downgrade}"""
_ENVIRONMENT = "with context.begin_transaction():\n    context.run_migrations()\n"


def body(text: str) -> str:
    """Statements as the body of a function."""
    return indent(dedent(text).strip("\n"), "    ") + "\n"


def texts_of(upgrade: str, downgrade: str = "pass", more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The files of a project whose second revision has these bodies."""
    return {
        "alembic.ini": "[alembic]\nscript_location = migrations\n",
        "migrations/env.py": _ENVIRONMENT,
        "migrations/versions/0001.py": _FIRST,
        SECOND: _TEXT.format(upgrade=body(upgrade), downgrade=body(downgrade)),
        **(more or {}),
    }


def bodies(text: str) -> tuple[str, str]:
    """What `upgrade` and `downgrade` of a revision do."""
    _, _, rest = text.partition("def upgrade():\n")
    up, _, down = rest.partition("\n\ndef downgrade():\n")
    return dedent(up).strip("\n"), dedent(down).strip("\n")


def step_of(project: Project, kind: type, number: int = 0) -> MigrationStep:
    """A step of the second revision that makes a change of a kind."""
    found = (one for one in steps_of(project) if one.script.path == SECOND and isinstance(one.change, kind))
    for _ in range(number):
        next(found)
    return next(found)


def rewritten(
    texts: dict[str, str], kind: type, sequence: Callable[..., tuple[Phase, ...]], number: int = 0
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The files after a change of a kind has become a safe sequence, and what is said about that."""
    project = project_of(texts)
    step = step_of(project, kind, number)
    remedy = rewrite("rewrite", step, sequence(step.change))
    assert remedy is not None
    changes = remedy.plan.changes(project)
    return with_changes(texts, changes), changes.notes
