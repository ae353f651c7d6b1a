"""Safe sequences that are written into revisions of Alembic, run on a table that a program uses."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from textwrap import dedent, indent
from typing import TYPE_CHECKING

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from migrating import TABLES, blocking_scans, in_use, reading_log
from postgres import database, url
from rewriting import rewritten, schema_in
from sqlalchemy.exc import OperationalError
from tests.project_texts import project_of, with_changes

from backend_architect.migrations import sequences
from backend_architect.migrations.alembic_downgrade import undo
from backend_architect.migrations.alembic_writer import limit_waiting
from backend_architect.migrations.walking import steps_of
from backend_architect.schema.actions import WriteRows
from backend_architect.schema.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddIndex,
    AlterColumn,
    DropIndex,
    ValidateConstraint,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager
    from pathlib import Path

    Shop = Callable[[str], AbstractContextManager[str]]

REVISION = "changes/versions/0002.py"
ENVIRONMENT = """
from alembic import context
from sqlalchemy import NullPool, create_engine

URL = context.config.get_main_option("sqlalchemy.url")
LIMIT = {{"options": "-c lock_timeout=2s"}}
with create_engine(URL, poolclass=NullPool, connect_args=LIMIT).connect() as connection:
    context.configure(connection=connection, transaction_per_migration={apart})
    with context.begin_transaction():
        context.run_migrations()
"""
FIRST = """
from alembic import op
import sqlalchemy as sa

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("customers", sa.Column("id", sa.BigInteger(), primary_key=True))
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger()),
        sa.Column("number", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, server_default="none"),
        sa.Column("total", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("created_at", sa.DateTime(timezone=True)),
    )
"""
SECOND = """from alembic import op
import sqlalchemy as sa

revision = "0002"
down_revision = "0001"


def upgrade():
{upgrade}

def downgrade():
{downgrade}"""


@dataclass(frozen=True)
class Case:
    """A change, the sequence in its place, and how it is taken back."""

    name: str
    upgrade: str
    kind: type
    sequence: Callable[..., object]
    downgrade: str
    before: str = "SELECT 1"
    """What makes the database ready."""
    blocks: bool = True
    """Whether the original is seen to read or write all rows while others wait."""
    same: bool = True
    """Whether the schema is the same in the end, and not only later, in another migration."""


KEY = 'op.drop_constraint("orders_customer_id_fkey", "orders", type_="foreignkey")'
UNIQUE = 'op.drop_constraint("orders_number_key", "orders", type_="unique")'
NUMBERED = (
    "UPDATE orders SET number = id::text; ALTER TABLE orders ALTER number SET DEFAULT gen_random_uuid()"
)
CASES = [
    Case(
        "index",
        'op.create_index("ix_orders_total", "orders", ["total"])',
        AddIndex,
        sequences.beside_writes,
        'op.drop_index("ix_orders_total", table_name="orders")',
    ),
    Case(
        "unique index in a batch",
        """
        op.add_column("orders", sa.Column("remark", sa.Text(), nullable=True))
        with op.batch_alter_table("orders", schema=None) as batch_op:
            batch_op.create_index(batch_op.f("ix_orders_number"), ["number", "id"], unique=True)
        """,
        AddIndex,
        sequences.beside_writes,
        """
        op.drop_index(op.f("ix_orders_number"), table_name="orders")
        op.drop_column("orders", "remark")
        """,
    ),
    Case(
        "index in SQL",
        'op.execute("create index ix_orders_total on orders (total)")',
        AddIndex,
        sequences.beside_writes,
        'op.execute("drop index ix_orders_total")',
    ),
    Case(
        "index of a column",
        'op.add_column("orders", sa.Column("remark", sa.Text(), index=True))',
        AddIndex,
        sequences.beside_writes,
        'op.drop_column("orders", "remark")',
    ),
    Case(
        "drop index",
        'op.drop_index("old", table_name="orders")',
        DropIndex,
        sequences.beside_writes,
        'op.create_index("old", "orders", ["status"])',
        before="CREATE INDEX old ON orders (status)",
        blocks=False,
    ),
    Case(
        "foreign key",
        'op.create_foreign_key(None, "orders", "customers", ["customer_id"], ["id"], ondelete="SET NULL")',
        AddForeignKey,
        sequences.foreign_key,
        KEY,
    ),
    Case(
        "foreign key in a batch",
        """
        with op.batch_alter_table("orders") as batch_op:
            batch_op.create_foreign_key("orders_customer_id_fkey", "customers", ["customer_id"], ["id"])
        """,
        AddForeignKey,
        sequences.foreign_key,
        KEY,
    ),
    Case(
        "foreign key of a column",
        """
        op.add_column(
            "orders",
            sa.Column(
                "seller_id",
                sa.BigInteger(),
                sa.ForeignKey("customers.id", ondelete="CASCADE", deferrable=True),
                nullable=True,
            ),
        )
        """,
        AddForeignKey,
        sequences.foreign_key,
        'op.drop_column("orders", "seller_id")',
    ),
    Case(
        "check",
        'op.create_check_constraint("positive", "orders", "total >= 0")',
        AddCheck,
        sequences.check,
        'op.drop_constraint("positive", "orders", type_="check")',
    ),
    Case(
        "check in SQL",
        'op.execute("ALTER TABLE orders ADD CHECK (total >= 0);")',
        AddCheck,
        sequences.check,
        'op.execute("ALTER TABLE orders DROP CONSTRAINT orders_total_check")',
    ),
    Case(
        "validation",
        """
        op.add_column("orders", sa.Column("remark", sa.Text()))
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT positive")
        """,
        ValidateConstraint,
        sequences.validated_later,
        'op.drop_column("orders", "remark")',
        before="ALTER TABLE orders ADD CONSTRAINT positive CHECK (total >= 0) NOT VALID",
        blocks=False,
        same=False,
    ),
    Case(
        "not null",
        'op.alter_column("orders", "number", existing_type=sa.Text(), nullable=False)',
        AlterColumn,
        sequences.not_null,
        'op.alter_column("orders", "number", existing_type=sa.Text(), nullable=True)',
        before=NUMBERED,
    ),
    Case(
        "not null in a batch",
        """
        with op.batch_alter_table("orders") as batch_op:
            batch_op.add_column(sa.Column("remark", sa.Text()))
            batch_op.alter_column("number", existing_type=sa.Text(), nullable=False)
        """,
        AlterColumn,
        sequences.not_null,
        """
        op.alter_column("orders", "number", existing_type=sa.Text(), nullable=True)
        op.drop_column("orders", "remark")
        """,
        before=NUMBERED,
    ),
    Case(
        "unique constraint",
        'op.create_unique_constraint("orders_number_key", "orders", ["number", "id"])',
        AddIndex,
        sequences.through_index,
        UNIQUE,
    ),
    Case(
        "unique column",
        'op.add_column("orders", sa.Column("code", sa.Text(), unique=True))',
        AddIndex,
        sequences.through_index,
        'op.drop_column("orders", "code")',
    ),
    Case(
        "primary key",
        'op.create_primary_key("orders_pkey", "orders", ["id"])',
        AddIndex,
        sequences.through_index,
        'op.drop_constraint("orders_pkey", "orders", type_="primary")',
        before="ALTER TABLE orders DROP CONSTRAINT orders_pkey; CREATE INDEX old ON orders (id)",
    ),
    Case(
        "nullable first",
        'op.add_column("orders", sa.Column("remark", sa.Text(), nullable=False))',
        AddColumn,
        sequences.nullable_first,
        'op.drop_column("orders", "remark")',
        blocks=False,
        same=False,
    ),
    Case(
        "default later",
        """
        op.add_column(
            "orders",
            sa.Column("code", sa.Uuid(), nullable=True, server_default=sa.func.gen_random_uuid()),
        )
        """,
        AddColumn,
        sequences.default_later,
        'op.drop_column("orders", "code")',
    ),
    Case(
        "rows apart",
        """
        op.add_column("orders", sa.Column("remark", sa.Text()))
        op.execute("UPDATE orders SET remark = 'none' WHERE id % 10 = 0")
        """,
        WriteRows,
        sequences.apart,
        'op.drop_column("orders", "remark")',
    ),
]


WRITES = "UPDATE orders SET remark"


def body(text: str) -> str:
    return indent(dedent(text).strip("\n"), "    ") + "\n"


def texts_of(case: Case, *, apart: bool) -> dict[str, str]:
    return {
        "alembic.ini": "[alembic]\nscript_location = %(here)s/changes\n",
        "changes/env.py": ENVIRONMENT.format(apart=apart),
        "changes/versions/0001.py": FIRST,
        REVISION: SECOND.format(upgrade=body(case.upgrade), downgrade=body(case.downgrade)),
    }


def configured(texts: dict[str, str], folder: Path, conninfo: str) -> Config:
    """The files of a project in a folder, as Alembic knows them."""
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    config = Config(str(folder / "alembic.ini"))
    config.set_main_option("sqlalchemy.url", url(conninfo))
    return config


@pytest.fixture(scope="module")
def shop(postgres: str) -> Generator[Shop]:
    """Gives databases of their own with all rows in them, made ready by SQL."""
    with database(postgres, "alembic_shop") as filled:
        with psycopg.connect(filled, autocommit=True) as connection:
            connection.execute(TABLES.encode())

        @contextmanager
        def copy(before: str) -> Generator[str]:
            with database(postgres, "alembic_copy", "TEMPLATE alembic_shop STRATEGY file_copy") as conninfo:
                with psycopg.connect(conninfo, autocommit=True) as connection:
                    connection.execute(before.encode())
                    for setting in ("log_min_messages = debug1", "log_statement = 'all'"):
                        connection.execute(f"ALTER DATABASE alembic_copy SET {setting}".encode())
                yield conninfo

        yield copy


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_rewritten_revision_blocks_nobody(shop: Shop, tmp_path: Path, case: Case):
    apart = CASES.index(case) % 2 == 0
    texts = texts_of(case, apart=apart)
    fixed = rewritten(texts, case.kind, case.sequence, REVISION)
    wanted = ""
    if case.same:
        with shop(case.before) as conninfo:
            with reading_log(conninfo) as log, in_use(conninfo) as seen:
                command.upgrade(configured(texts, tmp_path, conninfo), "head")
            wanted = schema_in(conninfo)
        blocked = [*blocking_scans(log[0]), *seen.held_while(WRITES)]
        assert blocked or not case.blocks
    with shop(case.before) as conninfo:
        first = schema_in(conninfo)
        config = configured(fixed, tmp_path, conninfo)
        with reading_log(conninfo) as log, in_use(conninfo) as seen:
            command.upgrade(config, "head")
        assert [*blocking_scans(log[0])] == []
        assert seen.held_while(f"CONCURRENTLY|VALIDATE|{WRITES}") == []
        assert seen.longest < 2
        found = schema_in(conninfo)
        assert not case.same or found == wanted
        command.downgrade(config, "0001")
        assert schema_in(conninfo) == first or not case.same
        command.upgrade(config, "head")
        assert schema_in(conninfo) == found


def test_several_sequences_follow_each_other_in_one_revision(shop: Shop, tmp_path: Path):
    several = [case for case in CASES if case.name in {"index", "foreign key", "not null"}]
    case = Case(
        "several",
        "\n".join(one.upgrade for one in several),
        AddIndex,
        sequences.beside_writes,
        "\n".join(one.downgrade for one in reversed(several)),
        before=NUMBERED,
    )
    texts = texts_of(case, apart=False)
    fixed = texts
    for one in several:
        fixed = rewritten(fixed, one.kind, one.sequence, REVISION)
    with shop(case.before) as conninfo:
        command.upgrade(configured(texts, tmp_path, conninfo), "head")
        wanted = schema_in(conninfo)
    with shop(case.before) as conninfo:
        first = schema_in(conninfo)
        config = configured(fixed, tmp_path, conninfo)
        with reading_log(conninfo) as log, in_use(conninfo):
            command.upgrade(config, "head")
        assert [*blocking_scans(log[0])] == []
        assert schema_in(conninfo) == wanted
        command.downgrade(config, "0001")
        assert schema_in(conninfo) == first


def test_a_revision_with_a_limit_gives_up(shop: Shop, tmp_path: Path):
    case = next(case for case in CASES if case.name == "drop index")
    texts = texts_of(case, apart=True)
    project = project_of(texts)
    remedy = limit_waiting(next(one for one in steps_of(project) if one.script.path == REVISION))
    assert remedy is not None
    texts = with_changes(texts, remedy.plan.changes(project))
    texts["changes/env.py"] = texts["changes/env.py"].replace("lock_timeout=2s", "lock_timeout=0")
    with shop(case.before) as conninfo, psycopg.connect(conninfo) as other:
        other.execute("LOCK TABLE orders IN ACCESS SHARE MODE")
        config = configured(texts, tmp_path, conninfo)
        with pytest.raises(OperationalError, match="lock timeout"):
            command.upgrade(config, "head")
        other.rollback()
        command.upgrade(config, "head")
        assert "INDEX old" not in schema_in(conninfo)


FORWARD = {
    "tables": """
        op.create_table(
            "carts",
            sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
            sa.Column("order_id", sa.BigInteger(), sa.ForeignKey("orders.id"), index=True),
            sa.Column("state", sa.Enum("open", "paid", name="cart_state"), nullable=False),
        )
        op.create_index("ix_carts_state", "carts", ["state"])
        op.rename_table("carts", "baskets")
    """,
    "columns": """
        op.add_column("orders", sa.Column("remark", sa.Text(), nullable=True))
        op.execute("UPDATE orders SET remark = note")
        op.alter_column("orders", "remark", nullable=False)
        op.alter_column("orders", "total", type_=sa.BigInteger(), server_default="1", nullable=True)
        op.alter_column("orders", "note", new_column_name="memo")
    """,
    "constraints": """
        op.create_foreign_key(None, "orders", "customers", ["customer_id"], ["id"])
        op.create_check_constraint("total_positive", "orders", "total > 0")
        op.create_unique_constraint(None, "orders", ["number", "id"])
        with op.batch_alter_table("orders") as batch_op:
            batch_op.create_index("ix_orders_total", ["total"], postgresql_where=sa.text("total > 5"))
    """,
    "drops": """
        with op.get_context().autocommit_block():
            op.drop_index("old", table_name="orders", postgresql_concurrently=True)
        op.drop_constraint("positive", "orders", type_="check")
        op.drop_column("orders", "created_at")
        op.drop_table("sellers")
    """,
    "SQL": """
        op.execute("create type mood as enum ('good', 'bad')")
        op.execute("alter table orders add column remark text, add constraint total_max check (total < 1000)")
        op.execute("create index ix_remark on orders (lower(remark) desc)")
        op.execute("alter table orders rename constraint positive to total_positive")
    """,
}
THERE = """
    op.create_index("old", "orders", [sa.text("lower(status)"), "total"], unique=False)
    op.create_check_constraint("positive", "orders", "total >= 0")
    op.create_table(
        "sellers",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(20), nullable=False, server_default="nobody"),
        sa.Column("tags", sa.ARRAY(sa.Text())),
        sa.Column("order_id", sa.BigInteger(), sa.ForeignKey("orders.id", ondelete="CASCADE")),
        sa.UniqueConstraint("name", "order_id"),
        sa.CheckConstraint("name <> ''", name="named"),
    )
    op.create_index("ix_sellers_name", "sellers", ["name"])
"""


def undone(texts: dict[str, str], path: str) -> dict[str, str]:
    """The files after the downgrade of a revision has been written."""
    project = project_of(texts)
    step = next(one for one in steps_of(project) if one.script.path == path)
    remedy = undo(step)
    assert remedy is not None
    return with_changes(texts, remedy.plan.changes(project))


@pytest.mark.parametrize("name", FORWARD)
def test_a_written_downgrade_takes_everything_back(database: str, tmp_path: Path, name: str):
    apart = len(name) % 2 == 0
    texts = {
        "alembic.ini": "[alembic]\nscript_location = %(here)s/changes\n",
        "changes/env.py": ENVIRONMENT.format(apart=apart),
        "changes/versions/0001.py": FIRST + THERE,
        REVISION: SECOND.format(upgrade=body(FORWARD[name]), downgrade="    pass\n"),
    }
    config = configured(undone(texts, REVISION), tmp_path, database)
    command.upgrade(config, "0001")
    first = schema_in(database)
    command.upgrade(config, "head")
    second = schema_in(database)
    command.downgrade(config, "0001")
    assert schema_in(database) == first
    command.upgrade(config, "head")
    assert schema_in(database) == second
