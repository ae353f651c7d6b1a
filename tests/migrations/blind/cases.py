"""The cases of this folder as small projects: what their authors left out is filled in."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent

FIRST_REVISION = '''
"""first"""
from alembic import op
import sqlalchemy as sa

revision = "a1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("email", sa.String(254)),
        sa.Column("name", sa.String(100)),
        sa.Column("deleted_at", sa.DateTime()),
    )
    op.create_index("ix_users_name", "users", ["name"])
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("plan", sa.String(20)),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.Integer()),
        sa.Column("total", sa.Numeric(10, 2)),
        sa.Column("note", sa.Text()),
    )
    op.create_table("products", sa.Column("sku", sa.String(), nullable=False))


def downgrade():
    op.drop_table("products")
    op.drop_table("orders")
    op.drop_table("accounts")
    op.drop_table("users")
'''

REVISION_HEADER = '''
"""change"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "b2"
down_revision = "a1"
branch_labels = None
depends_on = None

'''

FIRST_MIGRATION = """
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("email", models.CharField(max_length=254)),
                ("points", models.IntegerField(null=True)),
                ("active", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("status", models.CharField(max_length=20, null=True)),
                ("total", models.DecimalField(decimal_places=2, max_digits=10)),
            ],
        ),EXTRA
    ]
"""

MIGRATION = """
import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
BEFORE

class Migration(migrations.Migration):
ATOMIC    dependencies = [("shop", "0001_initial")]

    operations = [
OPERATIONS    ]
"""


@dataclass(frozen=True)
class Case:
    """Files of a project, and what a reviewer says of them."""

    id: str
    kind: str
    """Of the problem, in a word; empty where the files are harmless."""
    files: dict[str, str]
    dialect: str


def cases() -> Iterator[Case]:
    """All cases, file by file."""
    for path in sorted(HERE.glob("*.toml")):
        for said in tomllib.loads(path.read_text("utf-8"))["case"]:
            yield Case(said["id"], said.get("kind", ""), _files(said), said.get("dialect", "postgres"))


def _files(said: dict[str, Any]) -> dict[str, str]:
    files = dict[str, str](said.get("files", {}))
    if "sql" in said:
        files[said.get("path", "migrations/0002_change.sql")] = said["sql"]
    if "body" in said:
        files["alembic/versions/a1_first.py"] = FIRST_REVISION
        files[
            "alembic/versions/b2_change.py" if "header" not in said else "alembic/versions/z9_change.py"
        ] = said.get("header", REVISION_HEADER) + "\n\n" + said["body"]
    if "operations" in said:
        extra = said.get("initial_extra", "").rstrip()
        files["shop/migrations/__init__.py"] = ""
        files["shop/migrations/0001_initial.py"] = FIRST_MIGRATION.replace("EXTRA", extra)
        files["shop/migrations/0002_change.py"] = (
            MIGRATION.replace("BEFORE", said.get("before", "") + "\n")
            .replace("ATOMIC", "" if said.get("atomic", True) else "    atomic = False\n\n")
            .replace("OPERATIONS", indent(said["operations"], " " * 8))
        )
    return files
