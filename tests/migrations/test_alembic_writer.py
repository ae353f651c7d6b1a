"""How safe sequences are written into revisions of Alembic, and where that is refused."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from tests.migrations.alembic_projects import (
    SECOND,
    bodies,
    rewritten,
    step_of,
    texts_of,
)
from tests.project_texts import project_of, with_changes

from backend_architect.engine.remedies import UnwritableError
from backend_architect.migrations import sequences
from backend_architect.migrations.alembic_writer import limit_waiting
from backend_architect.schema.actions import WriteRows
from backend_architect.schema.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddIndex,
    AlterColumn,
    DropIndex,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend_architect.migrations.phases import Phase

    Sequence = Callable[..., tuple[Phase, ...]]

VALIDATED = """
    # Reads all rows, while others read and write. The block commits what stands
    # before it, so that no lock is held meanwhile.
    op.execute("ALTER TABLE orders VALIDATE CONSTRAINT {}")
""".strip("\n")


def upgraded(upgrade: str, kind: type, sequence: Sequence, **more: str) -> str:
    after, _ = rewritten(texts_of(upgrade, more=more), kind, sequence)
    return bodies(after[SECOND])[0]


def expect(text: str, **said: str) -> str:
    return dedent(text).strip("\n").format(**said)


def test_an_index_is_built_behind_what_does_not_need_it_and_keeps_its_comments():
    upgrade = """
        # for the list
        op.create_index("ix_total", "orders", ["total"])  # not unique

        op.add_column("customers", sa.Column("name", sa.Text()))
    """
    after, notes = rewritten(
        texts_of(upgrade, 'op.drop_index("ix_total")'), AddIndex, sequences.beside_writes
    )
    up, down = bodies(after[SECOND])
    assert up == expect("""
        op.add_column("customers", sa.Column("name", sa.Text()))
        with op.get_context().autocommit_block():
            # for the list
            op.create_index(
                "ix_total",
                "orders",
                ["total"],
                postgresql_concurrently=True,
                if_not_exists=True,
            )  # not unique
    """)
    assert down == expect("""
        with op.get_context().autocommit_block():
            op.drop_index("ix_total", postgresql_concurrently=True, if_exists=True)
    """)
    assert any("INVALID" in one for one in notes)


def test_an_index_is_built_in_place_where_later_statements_are_about_its_table():
    upgrade = """
        op.create_index("ix", "orders", ["total"])
        op.drop_column("orders", "number")
    """
    assert upgraded(upgrade, AddIndex, sequences.beside_writes) == expect("""
        with op.get_context().autocommit_block():
            op.create_index(
                "ix",
                "orders",
                ["total"],
                postgresql_concurrently=True,
                if_not_exists=True,
            )
        op.drop_column("orders", "number")
    """)


@pytest.mark.parametrize("first", [True, False])
def test_an_operation_joins_the_block_beside_it(first: bool):
    own = 'op.drop_index("old")\n'
    block = 'with op.get_context().autocommit_block():\n    op.execute("REINDEX TABLE CONCURRENTLY orders")\n'
    up = upgraded(own + block if first else block + own, DropIndex, sequences.beside_writes)
    assert up.count("autocommit_block") == 1
    dropped = '    op.drop_index("old", postgresql_concurrently=True, if_exists=True)'
    lines = ["with op.get_context().autocommit_block():", block.splitlines()[1], dropped]
    assert up.splitlines() == ([lines[0], lines[2], lines[1]] if first else lines)


def test_out_of_a_batch_the_table_goes_before_the_keywords():
    batch = 'with op.batch_alter_table("orders") as batch_op:\n    batch_op.drop_index("old")\n'
    up = upgraded(batch, DropIndex, sequences.beside_writes)
    assert 'op.drop_index("old", "orders", postgresql_concurrently=True, if_exists=True)' in up


def test_within_a_block_of_its_own_a_sequence_needs_no_other():
    upgrade = """
        with op.get_context().autocommit_block():
            op.create_check_constraint("positive", "orders", "total >= 0")
    """
    assert upgraded(upgrade, AddCheck, sequences.check) == expect("""
        with op.get_context().autocommit_block():
            op.create_check_constraint(
                "positive",
                "orders",
                "total >= 0",
                postgresql_not_valid=True,
            )
            # Reads all rows, while others read and write.
            op.execute("ALTER TABLE orders VALIDATE CONSTRAINT positive")
    """)


def test_a_foreign_key_without_a_name_gets_the_one_of_the_database():
    upgrade = 'op.create_foreign_key(None, "orders", "customers", ["customer_id"], ["id"])'
    assert upgraded(upgrade, AddForeignKey, sequences.foreign_key) == expect(
        """
        op.create_foreign_key(
            "orders_customer_id_fkey",
            "orders",
            "customers",
            ["customer_id"],
            ["id"],
            postgresql_not_valid=True,
        )
        with op.get_context().autocommit_block():
        {validated}
        """,
        validated=VALIDATED.format("orders_customer_id_fkey"),
    )


CONVENTION = """
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention={
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    })


class Order(Base):
    __tablename__ = "orders"
"""


def test_names_follow_the_convention_of_the_models():
    key = 'op.create_foreign_key(None, "orders", "customers", ["customer_id"], ["id"])'
    up = upgraded(key, AddForeignKey, sequences.foreign_key, **{"models.py": CONVENTION})
    assert up.count("fk_orders_customer_id_customers") == 2
    unique = 'op.add_column("orders", sa.Column("code", sa.Text(), unique=True))'
    up = upgraded(unique, AddIndex, sequences.through_index, **{"models.py": CONVENTION})
    assert up.count("uq_orders_code") == 3
    null = 'op.alter_column("orders", "number", nullable=False)'
    up = upgraded(null, AlterColumn, sequences.not_null, **{"models.py": CONVENTION})
    assert up.count('op.f("orders_number_not_null")') == 2
    check = 'op.create_check_constraint("positive", "orders", "total >= 0")'
    with pytest.raises(UnwritableError, match="convention"):
        upgraded(check, AddCheck, sequences.check, **{"models.py": CONVENTION})


def test_a_column_leaves_its_foreign_key_to_an_operation_of_its_own():
    upgrade = """
        op.add_column(
            'orders',
            sa.Column(
                'owner_id',
                sa.BigInteger(),
                sa.ForeignKey('customers.id', ondelete='SET NULL', deferrable=True),
                nullable=True,
            ),
        )
    """
    assert upgraded(upgrade, AddForeignKey, sequences.foreign_key) == expect("""
        op.add_column(
            'orders',
            sa.Column(
                'owner_id',
                sa.BigInteger(),
                nullable=True,
            ),
        )
        op.create_foreign_key(
            'orders_owner_id_fkey',
            'orders',
            'customers',
            ['owner_id'],
            ['id'],
            postgresql_not_valid=True,
            ondelete='SET NULL',
            deferrable=True,
        )
        with op.get_context().autocommit_block():
            # Reads all rows, while others read and write. The block commits what stands
            # before it, so that no lock is held meanwhile.
            op.execute('ALTER TABLE orders VALIDATE CONSTRAINT orders_owner_id_fkey')
    """)


def test_not_null_finds_a_validated_check():
    upgrade = 'op.alter_column("orders", "number", existing_type=sa.Text(), nullable=False)  # since 2.0'
    assert upgraded(upgrade, AlterColumn, sequences.not_null) == expect(
        """
        op.create_check_constraint(
            "orders_number_not_null",
            "orders",
            "number IS NOT NULL",
            postgresql_not_valid=True,
        )
        with op.get_context().autocommit_block():
        {validated}
        op.alter_column("orders", "number", existing_type=sa.Text(), nullable=False)  # since 2.0
        op.drop_constraint("orders_number_not_null", "orders", type_="check")
        """,
        validated=VALIDATED.format("orders_number_not_null"),
    )


def test_an_operation_leaves_its_batch_with_the_table_in_its_place():
    upgrade = """
        with op.batch_alter_table("orders", schema=None) as batch_op:
            batch_op.create_index(batch_op.f("ix_number"), ["number"], unique=False)
    """
    assert upgraded(upgrade, AddIndex, sequences.beside_writes) == expect("""
        with op.get_context().autocommit_block():
            op.create_index(
                op.f("ix_number"),
                "orders",
                ["number"],
                unique=False,
                postgresql_concurrently=True,
                if_not_exists=True,
            )
    """)


def test_a_key_in_a_batch_stays_there_and_is_validated_behind_it():
    upgrade = """
        with op.batch_alter_table("orders") as batch_op:
            batch_op.create_foreign_key("fk", "a", ["b"], ["c"])
            batch_op.drop_column("number")
    """
    up = upgraded(upgrade, AddForeignKey, sequences.foreign_key)
    assert up.splitlines()[1:4] == [
        '    batch_op.create_foreign_key("fk", "a", ["b"], ["c"], postgresql_not_valid=True)',
        '    batch_op.drop_column("number")',
        "with op.get_context().autocommit_block():",
    ]


def test_sql_keeps_its_case_and_lines():
    upgrade = '''
        op.execute("""
            create unique index ix_number
            on orders (number)
        """)
        op.execute("alter table orders add constraint positive check (total >= 0);")
    '''
    assert upgraded(upgrade, AddIndex, sequences.beside_writes) == expect('''
        with op.get_context().autocommit_block():
            op.execute("""
            create unique index concurrently if not exists ix_number
            on orders (number)
        """)
        op.execute("alter table orders add constraint positive check (total >= 0);")
    ''')
    up = upgraded(upgrade, AddCheck, sequences.check)
    assert 'op.execute("alter table orders add constraint positive check (total >= 0) not valid;")' in up
    assert 'op.execute("alter table orders validate constraint positive")' in up


def test_a_default_comes_behind_its_column_in_the_words_of_the_author():
    upgrade = (
        'op.add_column("orders", sa.Column("code", sa.Uuid(), server_default=sa.func.gen_random_uuid()))'
    )
    assert upgraded(upgrade, AddColumn, sequences.default_later) == expect("""
        op.add_column("orders", sa.Column("code", sa.Uuid()))
        op.alter_column("orders", "code", server_default=sa.func.gen_random_uuid())
    """)


def test_a_column_is_nullable_first():
    upgrade = 'op.add_column("orders", sa.Column("code", sa.Text(), nullable=False))'
    expected = 'op.add_column("orders", sa.Column("code", sa.Text(), nullable=True))'
    assert upgraded(upgrade, AddColumn, sequences.nullable_first) == expected


def test_comments_within_an_operation_stay():
    upgrade = """
        op.create_index(
            "ix",  # the name
            "orders",
            ["total"]  # what is due
        )
    """
    assert upgraded(upgrade, AddIndex, sequences.beside_writes) == expect("""
        with op.get_context().autocommit_block():
            op.create_index(
                "ix",  # the name
                "orders",
                ["total"],  # what is due
                postgresql_concurrently=True,
                if_not_exists=True
            )
    """)


def test_rows_are_written_apart_and_what_that_commits_is_said():
    upgrade = """
        op.add_column("orders", sa.Column("code", sa.Text()))
        op.execute("UPDATE orders SET code = number")
    """
    after, notes = rewritten(texts_of(upgrade), WriteRows, sequences.apart)
    assert bodies(after[SECOND])[0].splitlines()[1:] == [
        "with op.get_context().autocommit_block():",
        '    op.execute("UPDATE orders SET code = number")',
    ]
    assert any("committed" in one for one in notes)


def test_databases_without_if_not_exists_are_not_asked_for_it():
    more = {"migrations/versions/0000.py": 'revision = "0000"\ndown_revision = None\n# as on mysql\n'}
    up = upgraded('op.drop_index("old")', DropIndex, sequences.beside_writes, **more)
    assert up.endswith('    op.drop_index("old", postgresql_concurrently=True)')


def test_lines_may_end_as_on_windows():
    texts = texts_of('op.drop_index("old")\nop.drop_column("orders", "number")')
    texts[SECOND] = texts[SECOND].replace("\n", "\r\n")
    after, _ = rewritten(texts, DropIndex, sequences.beside_writes)
    assert after[SECOND].count("\n") == after[SECOND].count("\r\n")
    assert "\r\n    with op.get_context().autocommit_block():\r\n        op.drop_index" in after[SECOND]


BATCH = 'with op.batch_alter_table({}) as batch_op:\n    batch_op.create_index("ix", ["total"])'
INDEX = 'op.create_index("ix", "orders", ["total"])'


@pytest.mark.parametrize(
    ("upgrade", "kind", "sequence", "more"),
    [
        (f"for table in ['orders']:\n    {INDEX}", AddIndex, sequences.beside_writes, {}),
        (f"if op.get_bind():\n    {INDEX}", AddIndex, sequences.beside_writes, {}),
        (f"{INDEX}; print()", AddIndex, sequences.beside_writes, {}),
        (f"done = {INDEX}", AddIndex, sequences.beside_writes, {}),
        ('conn = op.get_bind()\nconn.execute("DELETE FROM orders")', WriteRows, sequences.apart, {}),
        (INDEX, AddIndex, sequences.beside_writes, {"migrations/env.py": "context.run_migrations()\n"}),
        (
            INDEX,
            AddIndex,
            sequences.beside_writes,
            {"alembic.ini": "[alembic]\nscript_location = migrations\nsqlalchemy.url = sqlite:///shop.db\n"},
        ),
        (
            'op.alter_column("orders", "number", nullable=False, type_=sa.String(9))',
            AlterColumn,
            sequences.not_null,
            {},
        ),
        (
            'op.create_unique_constraint("u", "orders", ["number"], deferrable=True)',
            AddIndex,
            sequences.through_index,
            {},
        ),
        (
            'op.execute("ALTER TABLE orders ADD COLUMN x text, ADD CHECK (total > 0)")',
            AddCheck,
            sequences.check,
            {},
        ),
        (
            BATCH.format('"orders", schema="shop"'),
            AddIndex,
            sequences.beside_writes,
            {},
        ),
        (
            BATCH.format('"orders"') + '\n    batch_op.drop_column("total")',
            AddIndex,
            sequences.beside_writes,
            {},
        ),
        (
            'op.add_column("orders", sa.Column("x", sa.ForeignKey("customers.id")), inline_references=True)',
            AddForeignKey,
            sequences.foreign_key,
            {},
        ),
    ],
)
def test_what_is_not_certain_is_refused(upgrade: str, kind: type, sequence: Sequence, more: dict[str, str]):
    with pytest.raises(UnwritableError):
        rewritten(texts_of(upgrade, more=more), kind, sequence)


def limited(upgrade: str, kind: type) -> str:
    texts = texts_of(upgrade)
    project = project_of(texts)
    remedy = limit_waiting(step_of(project, kind))
    assert remedy is not None
    return bodies(with_changes(texts, remedy.plan.changes(project))[SECOND])[0]


def test_a_revision_stops_waiting_at_its_first_statement():
    assert limited('"""Orders."""\n# new\nop.drop_column("orders", "number")', object) == expect('''
        """Orders."""
        op.execute("SET LOCAL lock_timeout = '2s'")
        # new
        op.drop_column("orders", "number")
    ''')


def test_a_limit_is_set_in_the_transaction_that_it_is_for():
    block = "with op.get_context().autocommit_block():\n    op.drop_index('old')\n"
    assert (
        limited(block + INDEX, AddIndex) == f"{block}op.execute(\"SET LOCAL lock_timeout = '2s'\")\n{INDEX}"
    )
    assert limit_waiting(step_of(project_of(texts_of(block + INDEX)), DropIndex)) is None


def test_no_limit_is_set_twice():
    upgrade = f"op.execute(\"SET lock_timeout = '1s'\")\n{INDEX}"
    assert limit_waiting(step_of(project_of(texts_of(upgrade)), AddIndex)) is None
