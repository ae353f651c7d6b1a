"""What revisions of Alembic do to a schema, and their order."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest
from tests.schema.declaring import columns, indexes, keys, upgraded

from backend_architect.schema.alembic import heads, in_order, revision_of, roots
from backend_architect.schema.model import Origin

TABLE = """
op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("email", sa.String(length=80), nullable=False, index=True),
    sa.Column("customer_id", sa.Integer(), sa.ForeignKey("customers.id", ondelete="CASCADE")),
    sa.UniqueConstraint("email", name=op.f("uq_orders_email")),
)
"""


def revision(
    upgrade: str, name: str = "1", down: str = "None", before: str = "", downgrade: str = "op.drop_table('x')"
) -> str:
    return (
        "from alembic import op\nimport sqlalchemy as sa\n"
        f'revision = "{name}"\ndown_revision = {down}\n{dedent(before)}\n'
        f"def upgrade():\n{indent(dedent(upgrade), '    ')}\n"
        f"def downgrade():\n    {downgrade}\n"
    )


def after(*upgrades: str, before: str = ""):
    files = {
        f"versions/{place}.py": revision(said, str(place), f'"{place - 1}"' if place else "None", before)
        for place, said in enumerate(upgrades)
    }
    return upgraded(files)


def test_a_table_is_created() -> None:
    orders = after(TABLE).tables["orders"]
    assert columns(orders) == [
        "id integer not null",
        "email varchar(80) not null",
        "customer_id integer",
    ]
    assert indexes(orders) == ["index (email)", "primary (id)", "unique (email)"]
    assert keys(orders) == ["customer_id -> customers(id) cascade"]


def test_columns_come_change_and_go() -> None:
    orders = after(
        TABLE,
        """
        op.add_column("orders", sa.Column("note", sa.Text(), unique=True))
        op.alter_column("orders", "email", new_column_name="mail", nullable=True, type_=sa.Text())
        op.alter_column("orders", "note", server_default="x")
        op.drop_column("orders", "customer_id")
        """,
    ).tables["orders"]
    assert columns(orders) == ["id integer not null", "mail text", "note text default 'x'"]
    assert indexes(orders) == ["index (mail)", "primary (id)", "unique (mail)", "unique (note)"]
    assert keys(orders) == []


def test_indexes_and_constraints_come_and_go() -> None:
    orders = after(
        TABLE,
        """
        columns = ["email", sa.text("id DESC")]
        op.create_index(op.f("a"), "orders", columns, unique=True, postgresql_where=sa.text("id > 1"))
        op.create_index("b", "orders", [sa.text("lower(email)")], postgresql_using="gin")
        op.create_foreign_key("fk", "orders", "others", ["id"], ["key"], ondelete="SET NULL")
        op.create_check_constraint("ck", "orders", "id > 0")
        op.drop_constraint("uq_orders_email", "orders", type_="unique")
        op.drop_index("ix_orders_email", table_name="orders")
        """,
    ).tables["orders"]
    assert indexes(orders) == [
        "index ((lower(email))) using gin",
        "primary (id)",
        "unique index (email, id desc) where id > 1",
    ]
    assert keys(orders)[-1] == "id -> others(key) set null"
    assert [(one.name, one.expression) for one in orders.checks] == [("ck", "id > 0")]


def test_batches_speak_of_their_table() -> None:
    orders = after(
        TABLE,
        """
        with op.batch_alter_table("orders", schema=None) as batch_op:
            batch_op.add_column(sa.Column("note", sa.Text()))
            batch_op.create_index(batch_op.f("n"), ["note"], unique=False)
            batch_op.alter_column("note", nullable=False)
            batch_op.drop_constraint("orders_pkey", type_="primary")
            batch_op.create_primary_key(constraint_name="pk", columns=["id", "email"])
            batch_op.create_foreign_key("fk", "notes", ["note"], ["text"])
        """,
    ).tables["orders"]
    assert columns(orders)[-1] == "note text not null"
    assert indexes(orders) == ["index (email)", "index (note)", "primary (id, email)", "unique (email)"]
    assert keys(orders)[-1] == "note -> notes(text)"


def test_tables_are_renamed_and_dropped_and_sql_is_executed() -> None:
    schema = after(
        TABLE,
        """
        op.rename_table("orders", "old_orders")
        op.execute("CREATE INDEX CONCURRENTLY by_mail ON old_orders (lower(email))")
        op.get_bind().execute(sa.text("CREATE TABLE logs (id bigint PRIMARY KEY)"))
        op.create_table("gone", sa.Column("id", sa.Integer()))
        op.drop_table("gone")
        """,
    )
    assert sorted(schema.tables) == ["logs", "old_orders"]
    assert "index ((lower(email)))" in indexes(schema.tables["old_orders"])


def test_what_a_string_creates_stands_where_it_is_executed() -> None:
    schema = after(
        '''
        op.execute(
            """
            CREATE TABLE logs (
                id bigint PRIMARY KEY,
                email text
            );
            CREATE INDEX by_email ON logs (email)
            """
        )
        '''
    )
    logs = schema.tables["logs"]
    places = [logs.origin, logs.columns["email"].origin, *(index.origin for index in logs.indexes)]
    assert {one.line for one in places if one is not None} == {8}


def test_constants_loops_and_helpers_are_followed() -> None:
    schema = after(
        """
        for name in TABLES:
            make(name, sa.Column("extra", kind()))
        for table, columns in {"a": ["x", "y"], "b": ["z"]}.items():
            for column in columns:
                op.add_column(table, sa.Column(column, sa.Integer, nullable=False))
        add(*[sa.Column(name, sa.Date) for name in ("c", "d")], table="b")
        """,
        before="""
        PREFIX = "t"
        TABLES = ["a", "b"]
        def kind():
            if op.get_bind().dialect.name == "sqlite":
                return sa.Text()
            return sa.BigInteger()
        def make(name, *columns, key="id"):
            op.create_table(name, sa.Column(key, sa.Integer, primary_key=True), *columns)
            op.create_index(f"ix_{PREFIX}_{name}", name, ["extra"])
        def add(*columns, table):
            with op.batch_alter_table(table) as batch:
                for column in columns:
                    batch.add_column(column)
        """,
    )
    assert columns(schema.tables["a"]) == [
        "id integer not null",
        "extra bigint",
        "x integer not null",
        "y integer not null",
    ]
    assert list(schema.tables["b"].columns) == ["id", "extra", "z", "c", "d"]
    assert "ix_t_a" in {one.name for one in schema.tables["a"].indexes}


def test_conditions_take_the_way_of_postgresql_and_guards_are_passed() -> None:
    schema = after(
        """
        bind = op.get_bind()
        inspector = sa.inspect(bind)
        if bind.dialect.name != "postgresql":
            op.create_table("other", sa.Column("id", sa.Integer))
            return
        if "guarded" in inspector.get_table_names():
            return
        if not inspector.has_table("guarded"):
            op.create_table("guarded", sa.Column("id", sa.Integer))
        """
    )
    assert list(schema.tables) == ["guarded"]


def test_helpers_of_other_files_are_followed() -> None:
    schema = upgraded(
        {
            "app/helpers.py": """
            from alembic import op
            from app.names import COLUMN
            def add_columns(table, *columns):
                missing = []
                for column in columns:
                    if exists(table, column.name):
                        print("there")
                    else:
                        missing.append(column)
                with op.batch_alter_table(table) as batch:
                    for column in missing:
                        batch.add_column(column)
            """,
            "app/versions/1.py": """
            import sqlalchemy as sa
            from alembic import op
            from app.helpers import add_columns
            revision = "1"
            down_revision = None
            def upgrade():
                op.create_table("t", sa.Column("id", sa.Integer, primary_key=True))
                add_columns("t", sa.Column("a", sa.Text), sa.Column("b", sa.Text, nullable=False))
            """,
        }
    )
    assert columns(schema.tables["t"]) == ["id integer not null", "a text", "b text not null"]


def test_what_a_helper_of_another_file_makes_stands_where_it_is_called() -> None:
    schema = upgraded(
        {
            "app/helpers.py": """
            import sqlalchemy as sa
            from alembic import op



            def create(name, *columns):
                _create(name, sa.Column("id", sa.Integer, primary_key=True), *columns)
            def _create(name, *columns):
                op.create_table(name, *columns)
            """,
            "app/versions/1.py": """
            import sqlalchemy as sa
            from alembic import op
            from app.helpers import create
            revision = "1"
            down_revision = None
            def upgrade():
                create(
                    "t",
                    sa.Column("a", sa.Text),
                )
            """,
        }
    )
    made = schema.tables["t"]
    assert made.origin == Origin("app/versions/1.py", 8)
    assert made.columns["id"].origin == Origin("app/versions/1.py", 8)
    assert made.columns["a"].origin == Origin("app/versions/1.py", 10)


def test_tables_of_classes_in_the_revision_are_created() -> None:
    schema = after(
        "Tag.__table__.create(op.get_bind())",
        before="""
        from sqlalchemy.orm import declarative_base
        Base = declarative_base()
        class Tag(Base):
            __tablename__ = "tags"
            id = sa.Column(sa.Integer, primary_key=True)
        class Other(Base):
            __tablename__ = "others"
            id = sa.Column(sa.Integer, primary_key=True)
        """,
    )
    assert list(schema.tables) == ["tags"]


def read(name: str, down: str, more: str = "", folder: str = "v"):
    found = revision_of(revision("pass", name, down, more), f"{folder}/{name}.py")
    assert found is not None
    return found


def test_the_order_is_that_of_the_graph() -> None:
    revisions = [
        read("merge", '("left", "right")'),
        read("left", '"base"'),
        read("right", '"base"', 'depends_on = "other"'),
        read("other", "None", 'branch_labels = ("side",)'),
        read("base", "None"),
        read("end", '"mer"'),
    ]
    order = [one.id for one in in_order(revisions)]
    assert order == ["base", "left", "other", "right", "merge", "end"]
    assert heads(revisions) == ["end", "other"]


def test_every_folder_is_an_environment_of_its_own_unless_it_goes_on() -> None:
    revisions = [
        read("1", "None", folder="one"),
        read("1", "None", folder="two"),
        read("2", '"1"', folder="two"),
        read("3", '"2"', folder="two/late"),
    ]
    found = [[one.path for one in root] for root in roots(revisions)]
    assert found == [["one/1.py"], ["two/1.py", "two/2.py", "two/late/3.py"]]


@pytest.mark.parametrize(
    "text",
    [
        "revision = down_revision = None",
        "revision = '1'\ndown_revision = None",
        "revision = '1'\ndown_revision = None\ndef upgrade(): upgrade()",
        """revision = '1'; down_revision = None; from alembic import op
def upgrade():
    op.add_column(); op.create_table(x, *y); op.create_index(None, None, None)
    op.execute(); op.alter_column('a'); op.batch_alter_table(); op.drop_index(1, 2, 3)
    while True: pass
    [a, *b] = 1, 2
    with x as (y, z): y.add_column(1)
""",
        "revision = '1' down_revision",
    ],
)
def test_anything_is_read_of_alembic(text: str) -> None:
    found = revision_of(text, "versions/1.py")
    assert found is None or found.steps == ()
