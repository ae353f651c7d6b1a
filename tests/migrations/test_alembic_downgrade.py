"""How `downgrade()` of a revision of Alembic is written, and where that is refused."""

from __future__ import annotations

from textwrap import dedent

import pytest
from tests.migrations.alembic_projects import SECOND, bodies, step_of, texts_of
from tests.project_texts import project_of, with_changes

from backend_architect.engine.remedies import UnwritableError
from backend_architect.migrations.alembic_downgrade import undo


def undone(texts: dict[str, str]) -> str:
    project = project_of(texts)
    remedy = undo(step_of(project, object))
    assert remedy is not None
    return with_changes(texts, remedy.plan.changes(project))[SECOND]


def down(upgrade: str, downgrade: str = "pass") -> str:
    return bodies(undone(texts_of(upgrade, downgrade)))[1]


def test_operations_are_taken_back_in_reverse_order():
    upgrade = """
        op.add_column("orders", sa.Column("code", sa.Text(), unique=True))
        op.create_index("ix_code", "orders", ["code", "number"])
        op.create_foreign_key("fk", "orders", "customers", ["customer_id"], ["id"])
        op.rename_table("customers", "clients")
    """
    assert down(upgrade).splitlines() == [
        'op.rename_table("clients", "customers")',
        'op.drop_constraint("fk", "orders", type_="foreignkey")',
        'op.drop_column("orders", "code")',
    ]


def test_what_was_there_before_is_read_from_the_revisions_before():
    upgrade = """
        op.alter_column("orders", "total", nullable=True, server_default=None)
        op.drop_index("old")
        op.drop_column("orders", "status")
    """
    assert down(upgrade) == dedent("""
        # The column comes back without its values, which fails where there are rows.
        op.add_column("orders", sa.Column("status", sa.Text(), nullable=False))
        op.create_index("old", "orders", ["status"], unique=False)
        op.alter_column("orders", "total", nullable=False, server_default=sa.text("'0'"))
    """).strip("\n")


def test_what_is_built_beside_writes_is_dropped_beside_writes():
    upgrade = """
        with op.get_context().autocommit_block():
            op.create_index("ix", "orders", ["total"], postgresql_concurrently=True)
    """
    assert down(upgrade) == dedent("""
        with op.get_context().autocommit_block():
            op.drop_index(
                "ix",
                table_name="orders",
                postgresql_concurrently=True,
                if_exists=True,
            )
    """).strip("\n")


@pytest.mark.parametrize(
    ("upgrade", "reason"),
    [
        ('op.execute("UPDATE orders SET total = 0")', "it writes rows of orders"),
        ('op.execute("TRUNCATE orders")', "the rows of orders are gone"),
        ("op.execute(\"ALTER TYPE mood ADD VALUE 'fine'\")", "does not take a value out of a type (mood)"),
    ],
)
def test_what_is_lost_is_said(upgrade: str, reason: str):
    text = down(upgrade)
    assert text.startswith('raise NotImplementedError("This revision cannot be undone: ')
    assert reason in text


def test_rows_of_new_columns_go_with_them():
    upgrade = """
        op.add_column("orders", sa.Column("code", sa.Text()))
        op.execute("UPDATE orders SET code = number WHERE number IS NOT NULL;")
    """
    assert down(upgrade) == 'op.drop_column("orders", "code")'
    assert "NotImplementedError" in down(upgrade.replace("SET code", "SET number = '', code"))


@pytest.mark.parametrize(
    ("written", "function"),
    [
        ("", "\n\ndef downgrade():\n    op.drop_table('a')\n"),
        ("\n\ndef downgrade() -> None: pass\n", "def downgrade() -> None:\n    op.drop_table('a')\n"),
        ('\n\ndef downgrade():\n    """Nothing."""\n', '    """Nothing."""\n    op.drop_table(\'a\')\n'),
        ("\n\ndef downgrade():\n    # later\n    ...\n", "    # later\n    op.drop_table('a')\n"),
    ],
)
def test_the_function_is_written_or_filled(written: str, function: str):
    texts = texts_of("op.create_table('a', sa.Column('id', sa.Integer()), sa.Column('b', sa.Text()))")
    texts[SECOND] = texts[SECOND].partition("\n\ndef downgrade")[0].replace('"', "'") + written
    assert undone(texts).endswith(function)


@pytest.mark.parametrize(
    "upgrade",
    [
        'op.execute("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS \'SELECT 1\'")\nop.drop_index("old")',
        'if op.get_bind().dialect:\n    op.drop_index("old")',
        'fill()\nop.drop_index("old")',
        'rows = op.get_bind().execute(sa.text("UPDATE orders SET total = 0"))\nop.drop_index("old")',
        'op.drop_index("unknown")',
        'op.drop_constraint("unknown", "orders")',
        'op.drop_column("users", "name")',
    ],
)
def test_nothing_is_written_that_may_leave_something(upgrade: str):
    with pytest.raises(UnwritableError):
        down(upgrade)


def test_a_downgrade_that_is_there_stays():
    with pytest.raises(UnwritableError, match="already"):
        down('op.drop_index("old")', 'op.create_index("old", "orders", ["status"])')


def test_names_that_are_written_do_not_follow_the_convention():
    models = """
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={"ix": "%(column_0_label)s_idx", "uq": "%(table_name)s_%(column_0_name)s"}
    )
"""
    upgrade = """
        op.create_index("ix_orders_number", "orders", ["number"])
        op.create_unique_constraint(None, "orders", ["total"])
    """
    assert bodies(undone(texts_of(upgrade, more={"models.py": models})))[1].splitlines() == [
        'op.drop_constraint("orders_total", "orders", type_="unique")',
        'op.drop_index("ix_orders_number", table_name="orders")',
    ]


def test_what_passes_is_not_made_again_and_what_is_replaced_comes_back():
    upgrade = """
        op.create_check_constraint("passing", "orders", "number is not null", postgresql_not_valid=True)
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT passing")
        op.alter_column("orders", "number", nullable=False)
        op.drop_constraint("passing", "orders", type_="check")
        op.drop_index("old")
        op.create_index("old", "orders", ["total"])
    """
    assert down(upgrade).splitlines() == [
        'op.drop_index("old", table_name="orders")',
        'op.create_index("old", "orders", ["status"], unique=False)',
        'op.alter_column("orders", "number", nullable=True)',
    ]
