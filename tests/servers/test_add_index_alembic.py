"""Indexes that are written into models of SQLAlchemy and as revisions of Alembic, run on PostgreSQL."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING

import psycopg
import pytest
from test_schemas_of_models import url, write

from backend_architect.engine.language import nowhere
from backend_architect.engine.settings import Settings
from backend_architect.engine.text import apply_edits
from backend_architect.indexing.homes import Wanted
from backend_architect.indexing.plan import add_index
from backend_architect.project.fact_store import FactStore
from backend_architect.project.picture import Picture

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from backend_architect.engine.project import Project
    from backend_architect.engine.remedies import Changes

INI = "[alembic]\nscript_location = %(here)s/migrations\nprepend_sys_path = .\n"
ENV = """
    import sqlalchemy as sa
    from alembic import context
    from {models} import {metadata} as target

    with sa.create_engine("{url}").connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=getattr(target, "metadata", target),
            include_schemas=True,
        )
        with context.begin_transaction():
            context.run_migrations()
"""
PROGRAM = '''
"""Runs commands of Alembic, one for each argument; `compare` prints what models and database differ in."""

import json
import sys

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
import sqlalchemy as sa

config = Config("alembic.ini", toml_file="pyproject.toml")
for argument in sys.argv[1:]:
    name, _, to = argument.partition(" ")
    if name == "compare":
        from {models} import {metadata} as target
        with sa.create_engine("{url}").connect() as connection:
            context = MigrationContext.configure(connection, opts={{"include_schemas": True}})
            found = compare_metadata(context, getattr(target, "metadata", target))
        print(json.dumps([str(one) for one in found if str(one[0]).endswith("_index")]))
    else:
        getattr(command, name)(config, to)
'''


def revision(id_: str, down: str | tuple[str, ...] | None, upgrade: str, more: str = "") -> str:
    """A revision as Alembic wrote it for years."""
    return (
        f'"""change {id_}\n\nRevision ID: {id_}\nRevises: {down or ""}\n'
        "Create Date: 2024-05-01 12:33:10.123456\n\n"
        '"""\nfrom alembic import op\nimport sqlalchemy as sa\n\n\n'
        f"# revision identifiers, used by Alembic.\nrevision = {id_!r}\ndown_revision = {down!r}\n"
        f"branch_labels = None\ndepends_on = None\n{more}\n\n"
        f"def upgrade():\n{(dedent(upgrade).strip() and indented(upgrade)) or '    pass'}\n\n\n"
        "def downgrade():\n    pass\n"
    )


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in dedent(text).strip().splitlines())


ORDERS = """
op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("customer_id", sa.Integer(), nullable=False),
    sa.Column("email", sa.Text(), nullable=False),
    sa.Column("status", sa.Text(), nullable=False),
    sa.Column("created_at", sa.DateTime(), nullable=False),
    sa.Column("deleted_at", sa.DateTime(), nullable=True),
)
"""
MODEL = """
    from datetime import datetime

    from sqlalchemy import Text
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        customer_id: Mapped[int]  # of the shop
        email: Mapped[str] = mapped_column(Text)
        status: Mapped[str] = mapped_column(Text)
        created_at: Mapped[datetime]
        deleted_at: Mapped[datetime | None]
"""
BY_CUSTOMER = """
    from sqlalchemy import select

    from {models} import Order


    def orders_of(session, customer_id):
        return session.scalars(select(Order).where(Order.customer_id == customer_id)).all()
"""
ROWS = """
    INSERT INTO {table} (id, customer_id, email, status, created_at, deleted_at)
    SELECT n, n % 20000, 'user' || n || '@example.com', 'new',
        timestamp '2024-01-01' + n * interval '1 minute',
        CASE WHEN n % 500 = 0 THEN NULL ELSE timestamp '2025-01-01' END
    FROM generate_series(1, 100000) AS n
"""
PARTS_ROWS = """
    INSERT INTO {table} SELECT n, n % 30000, n % 20000, 'x' FROM generate_series(1, 100000) AS n
"""
FIRST = revision("3f2a1b9c8d7e", None, ORDERS)


@dataclass(frozen=True)
class Layout:
    """A project whose query lacks an index."""

    files: dict[str, str]
    query: str = BY_CUSTOMER
    proof: str = "SELECT * FROM orders WHERE customer_id = 7"
    table: str = "orders"
    models: str = "models"
    metadata: str = "Base"
    rows: str = ROWS
    expected: dict[str, str] = field(default_factory=dict[str, str])
    """What is written into files, by patterns of their paths."""
    target: str = "head"


def simple(models: str = MODEL, **more: str) -> dict[str, str]:
    return {
        "alembic.ini": INI,
        "migrations/versions/3f2a1b9c8d7e_orders.py": FIRST,
        "models.py": models,
        **more,
    }


BASE = """
    from sqlalchemy.orm import DeclarativeBase


    class Base(DeclarativeBase):
        pass
"""
NAMED_BASE = """
    import sqlalchemy as sa
    from sqlalchemy.orm import DeclarativeBase


    class Base(DeclarativeBase):
        metadata = sa.MetaData(
            naming_convention={"ix": "index_%(table_name)s_on_%(column_0_N_name)s", "pk": "pk_%(table_name)s"}
        )
"""
MODULE = """
    import sqlalchemy as sa
    from sqlalchemy.orm import Mapped, mapped_column

    from shop.db import Base


    class Order(Base):
        __tablename__ = 'orders'

        id: Mapped[int] = mapped_column(primary_key=True)
        customer_id: Mapped[int] = mapped_column(
            sa.Integer,
            nullable=False,  # who pays
        )
        email: Mapped[str] = mapped_column(sa.Text)
        status: Mapped[str] = mapped_column(sa.Text)
        created_at = mapped_column(sa.DateTime, nullable=False)
        deleted_at = mapped_column(sa.DateTime)
"""
LEGACY = """
    from sqlalchemy import (
        Column,
        DateTime,
        Integer,
        Text,
        UniqueConstraint,
    )
    from sqlalchemy.orm import declarative_base

    Base = declarative_base()


    class Order(Base):
        __tablename__ = "orders"
        __table_args__ = (UniqueConstraint("id", "email", name="one"),)

        id = Column(Integer, primary_key=True)
        customer_id = Column(Integer, nullable=False)
        email = Column(Text, nullable=False)
        status = Column(Text, nullable=False)
        created_at = Column(DateTime, nullable=False)
        deleted_at = Column(DateTime)
"""
CORE = """
    import sqlalchemy as sa

    metadata = sa.MetaData(schema="sales")

    orders = sa.Table(
        "orders",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("customer_id", sa.Integer, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("deleted_at", sa.DateTime),
        sa.Index("idx_orders_id_status", "id", "status"),
        comment="what was sold",
    )
"""
SQLMODEL = """
    from datetime import datetime

    from sqlmodel import Field, SQLModel


    class Order(SQLModel, table=True):
        __tablename__ = "orders"

        id: int | None = Field(default=None, primary_key=True)
        customer_id: int
        email: str
        status: str
        created_at: datetime
        deleted_at: datetime | None = None
"""
TYPED = '''"""orders

Revision ID: 0001
Revises:
Create Date: 2024-05-01 12:33:10.123456+00:00

"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

TYPE: Any = sa.Integer()

# revision identifiers, used by Alembic.
revision: str = "0001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Upgrade schema."""
{upgrade}


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_table("orders")
'''


PARTS = """
    import sqlalchemy as sa
    from sqlalchemy import Integer, Text
    from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column

    class Base(MappedAsDataclass, DeclarativeBase):
        metadata = sa.MetaData(naming_convention={"ix": "ix_%(column_0_label)s"})


    class Dated(MappedAsDataclass, init=False):
        createdAt: Mapped[int] = mapped_column("createdAt", Integer)


    class Order(Dated, Base):
        __tablename__ = "orders"
        __table_args__ = {"schema": "sales"}

        id: Mapped[int] = mapped_column(primary_key=True)
        customer: Mapped[int] = mapped_column("a_column_with_a_name_that_is_too_long_for_an_index")
        note: Mapped[str] = mapped_column(Text)
"""
PARTS_MADE = revision(
    "3f2a1b9c8d7e",
    None,
    """
    op.execute("CREATE SCHEMA sales")
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("createdAt", sa.Integer(), nullable=False),
        sa.Column("a_column_with_a_name_that_is_too_long_for_an_index", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        schema="sales",
    )
    """,
)


def ordered(query: str) -> str:
    return f"""
        from sqlalchemy import func, select

        from {{models}} import Order


        def found(session, customer_id, email):
            return session.scalars({query}).all()
    """


SALES = (
    ORDERS.replace(
        'sa.Column("deleted_at"',
        'sa.Index("idx_orders_id_status", "id", "status"),\n    sa.Column("deleted_at"',
    )
    .rstrip()
    .removesuffix(")")
    + '    schema="sales",\n    comment="what was sold",\n)\n'
)

TIMES = "%(year)d_%(month).2d_%(day).2d_%(hour).2d%(minute).2d"
LAYOUTS = {
    "flat": Layout(
        simple(),
        expected={
            r"models\.py": r"    customer_id: Mapped\[int\] = mapped_column\(index=True\)  # of the shop\n",
            r"migrations/versions/[0-9a-f]{12}_add_index_ix_orders_customer_id\.py": (
                r'"""add index ix_orders_customer_id\n\nRevision ID: [0-9a-f]{12}\nRevises: 3f2a1b9c8d7e\n'
            ),
        },
    ),
    "package": Layout(
        {
            "alembic.ini": INI,
            "migrations/versions/3f2a1b9c8d7e_orders.py": FIRST,
            "shop/__init__.py": "",
            "shop/db.py": BASE,
            "shop/models/__init__.py": "from shop.models.order import Order\nfrom shop.db import Base\n",
            "shop/models/order.py": MODULE,
        },
        models="shop.models",
        expected={r"shop/models/order\.py": r"nullable=False,  # who pays\n        index=True,\n"},
    ),
    "version folders": Layout(
        {
            "alembic.ini": INI
            + "version_locations = %(here)s/core/versions %(here)s/shop/versions\npath_separator = space\n",
            "core/versions/aaaaaaaaaaa1_core.py": revision(
                "aaaaaaaaaaa1",
                None,
                'op.create_table("users", sa.Column("id", sa.Integer(), primary_key=True))',
            ).replace("branch_labels = None", "branch_labels = ('core',)"),
            "shop/versions/bbbbbbbbbbb1_orders.py": revision("bbbbbbbbbbb1", None, ORDERS)
            .replace("branch_labels = None", "branch_labels = ('shop',)")
            .replace("depends_on = None", "depends_on = 'aaaaaaaaaaa1'"),
            "models.py": MODEL,
        },
        target="heads",
        expected={r"shop/versions/[0-9a-f]{12}_add_index\w+\.py": "(?s).*down_revision = 'bbbbbbbbbbb1'\n"},
    ),
    "merged": Layout(
        simple(
            **{
                "migrations/versions/aaaaaaaaaaa2_a.py": revision("aaaaaaaaaaa2", "3f2a1b9c8d7e", ""),
                "migrations/versions/bbbbbbbbbbb2_b.py": revision("bbbbbbbbbbb2", "3f2a1b9c8d7e", ""),
                "migrations/versions/ccccccccccc3_merge.py": revision(
                    "ccccccccccc3", ("aaaaaaaaaaa2", "bbbbbbbbbbb2"), ""
                ),
            }
        ),
        expected={r"migrations/versions/\w+_add\w+\.py": r"\ndown_revision = 'ccccccccccc3'\n"},
    ),
    "naming convention": Layout(
        {
            "alembic.ini": INI,
            "migrations/versions/3f2a1b9c8d7e_orders.py": FIRST,
            "shop/__init__.py": "",
            "shop/db.py": NAMED_BASE,
            "shop/models.py": MODULE,
        },
        query=ordered(
            "select(Order).where(Order.customer_id == customer_id).order_by(Order.created_at).limit(3)"
        ),
        proof="SELECT * FROM orders WHERE customer_id = 7 ORDER BY created_at LIMIT 3",
        models="shop.models",
        expected={
            r"shop/models\.py": r"    __tablename__ = 'orders'\n    __table_args__ = \(\n"
            r"        sa\.Index\('index_orders_on_customer_id_created_at', 'customer_id', 'created_at'\),\n",
        },
    ),
    "timestamps": Layout(
        {
            "alembic.ini": f"{INI}file_template = {TIMES.replace('%', '%%')}-%%(rev)s_%%(slug)s\n",
            "migrations/versions/2024_05_01_1233-3f2a1b9c8d7e_orders.py": FIRST,
            "models.py": MODEL,
        },
        expected={r"migrations/versions/\d{4}_\d\d_\d\d_\d{4}-[0-9a-f]{12}_add_index\w+\.py": ""},
    ),
    "pyproject": Layout(
        {
            "alembic.ini": "[alembic]\n",
            "pyproject.toml": (
                '[tool.alembic]\nscript_location = "%(here)s/migrations"\nprepend_sys_path = ["."]\n'
                'file_template = "%%(year)d/%%(month).2d_%%(rev)s_%%(slug)s"\n'
                "recursive_version_locations = true\n"
            ),
            "migrations/versions/2024/05_3f2a1b9c8d7e_orders.py": FIRST,
            "models.py": MODEL,
        },
        expected={r"migrations/versions/\d{4}/\d\d_[0-9a-f]{12}_add_index\w+\.py": ""},
    ),
    "numbered": Layout(
        {
            "alembic.ini": INI,
            "migrations/versions/0001_orders.py": TYPED.format(upgrade=indented(ORDERS)),
            "models.py": MODEL,
        },
        expected={
            r"migrations/versions/0002_add_index_ix_orders_customer_id\.py": (
                r"(?s)Create Date: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00:00\n\n"
                r'"""\n\nfrom __future__ import annotations\n\n'
                r"from collections.abc import Sequence\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n"
                r'# revision identifiers, used by Alembic.\nrevision: str = "0002"\n'
                r'down_revision: str \| Sequence\[str\] \| None = "0001"\n'
            )
        },
    ),
    "schema and Table": Layout(
        {
            "alembic.ini": INI,
            "migrations/versions/3f2a1b9c8d7e_orders.py": revision(
                "3f2a1b9c8d7e", None, 'op.execute("CREATE SCHEMA sales")\n' + SALES
            ),
            "models.py": CORE,
        },
        query="""
            from sqlalchemy import text

            NEWEST = text(
                "SELECT id FROM sales.orders WHERE customer_id = :customer "
                "ORDER BY created_at DESC, id LIMIT 5"
            )


            def newest(connection, customer):
                return connection.execute(NEWEST, {{"customer": customer}}).all()
        """,
        proof="SELECT * FROM sales.orders WHERE customer_id = 7 ORDER BY created_at DESC, id LIMIT 5",
        table="sales.orders",
        metadata="metadata",
        expected={r"models\.py": ""},
    ),
    "sqlmodel": Layout(
        simple(
            SQLMODEL,
            **{"migrations/versions/3f2a1b9c8d7e_orders.py": FIRST.replace("sa.Text()", "sa.String()")},
        ),
        metadata="SQLModel",
        expected={r"models\.py": r"    customer_id: int = Field\(index=True\)\n"},
    ),
    "legacy": Layout(
        simple(
            LEGACY,
            **{
                "migrations/versions/3f2a1b9c8d7e_orders.py": FIRST.replace(
                    "    )\n\n", '        sa.UniqueConstraint("id", "email", name="one"),\n    )\n\n'
                )
            },
        ),
        query=ordered(
            "select(Order).where(Order.customer_id == customer_id)"
            ".order_by(Order.created_at.desc(), Order.id).limit(3)"
        ),
        proof="SELECT * FROM orders WHERE customer_id = 7 ORDER BY created_at DESC, id LIMIT 3",
        expected={r"models\.py": ""},
    ),
    "partial": Layout(
        simple(),
        query=ordered("select(Order).where(Order.deleted_at.is_(None)).order_by(Order.created_at).limit(3)"),
        proof="SELECT * FROM orders WHERE deleted_at IS NULL ORDER BY created_at LIMIT 3",
        expected={r"models\.py": ""},
    ),
    "expression": Layout(
        simple(),
        query=ordered("select(Order).where(func.lower(Order.email) == email)"),
        proof="SELECT * FROM orders WHERE lower(email) = 'user7@example.com'",
        expected={r"models\.py": ""},
    ),
    "a long name in a schema": Layout(
        simple(PARTS, **{"migrations/versions/3f2a1b9c8d7e_orders.py": PARTS_MADE}),
        query=ordered("select(Order).where(Order.customer == customer_id)"),
        proof="SELECT * FROM sales.orders WHERE a_column_with_a_name_that_is_too_long_for_an_index = 7",
        table="sales.orders",
        rows=PARTS_ROWS,
        expected={r"models\.py": r'_for_an_index", index=True\)'},
    ),
    "a column of a mixin in quotes": Layout(
        simple(PARTS, **{"migrations/versions/3f2a1b9c8d7e_orders.py": PARTS_MADE}),
        query=ordered("select(Order).order_by(Order.createdAt.desc(), Order.id).limit(3)"),
        proof='SELECT * FROM sales.orders ORDER BY "createdAt" DESC, id LIMIT 3',
        table="sales.orders",
        rows=PARTS_ROWS,
        expected={r"models\.py": r"""sa\.text\('"createdAt" DESC'\)"""},
    ),
    "words": Layout(
        simple(),
        query=ordered('select(Order).where(Order.email.ilike("%" + email + "%"))'),
        proof="SELECT * FROM orders WHERE email ILIKE '%user777%'",
        expected={r"models\.py": ""},
    ),
}


@pytest.mark.parametrize("layout", [pytest.param(one, id=name) for name, one in LAYOUTS.items()])
def test_the_index_is_made_and_used(layout: Layout, postgres: str, tmp_path: Path) -> None:
    with database(postgres) as conninfo:
        prepare(layout, tmp_path, conninfo)
        run(tmp_path, f"upgrade {layout.target}")
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(layout.rows.format(table=layout.table))  # pyright: ignore[reportArgumentType]
            connection.execute(f"ANALYZE {layout.table}")  # pyright: ignore[reportArgumentType]
        before = read(tmp_path)
        changes = remedy(before)
        apply(changes, tmp_path)
        check_texts(layout, changes, tmp_path)
        names = index_names(conninfo)
        run(tmp_path, f"upgrade {layout.target}")
        made = index_names(conninfo) - names
        assert len(made) == 1
        run(tmp_path, "downgrade -1")
        assert index_names(conninfo) == names
        assert run(tmp_path, f"upgrade {layout.target}", "compare") == []
        assert index_names(conninfo) - names == made
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(f"ANALYZE {layout.table}")  # pyright: ignore[reportArgumentType]
            plan = connection.execute(f"EXPLAIN {layout.proof}").fetchall()  # pyright: ignore[reportArgumentType]
        assert made.pop() in str(plan)
        after = read(tmp_path)
        assert not after.advice
        assert not after.unmade


@contextmanager
def database(postgres: str) -> Generator[str]:
    """A database of its own, as the words of a connection string."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE add_index")
    try:
        yield postgres.replace("dbname=postgres", "dbname=add_index")
    finally:
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("DROP DATABASE add_index WITH (FORCE)")


def prepare(layout: Layout, folder: Path, conninfo: str) -> None:
    names = {"models": layout.models, "metadata": layout.metadata, "url": url(conninfo)}
    write(folder, {"migrations/env.py": ENV.format(**names), "run.py": PROGRAM.format(**names)})
    write(folder, {**layout.files, "queries.py": layout.query.format(models=layout.models)})


def run(folder: Path, *steps: str) -> list[str]:
    """Runs commands of Alembic among the files of a project; the differences that it sees at the end."""
    done = subprocess.run(
        [sys.executable, "run.py", *steps],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]) if steps[-1] == "compare" else []


def read(folder: Path) -> Project:
    texts = {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*.*"))
        if path.suffix in {".py", ".ini", ".toml"} and path.name != "run.py"
    }
    picture = Picture(texts.get, Settings(), lambda _: nowhere, FactStore(None))
    paths = [path for path in texts if path.endswith(".py")]
    picture.expect(paths)
    for path in paths:
        picture.declare(path)
    for path in paths:
        picture.ask(path)
    return picture.project()


def remedy(project: Project) -> Changes:
    assert len(project.advice) == 1
    schema, advice = project.advice[0]
    index = advice.needs[0].candidate.index
    found = add_index(project, Wanted(advice.table, index, schema.dialect, advice.extension))
    assert found is not None
    return found.plan.changes(project)


def apply(changes: Changes, folder: Path) -> None:
    for path, edits in changes.edits.items():
        (folder / path).write_text(apply_edits((folder / path).read_text(), edits))
    for new in changes.creates:
        assert not (folder / new.path).exists()
        (folder / new.path).parent.mkdir(exist_ok=True)
        (folder / new.path).write_text(new.text)


def check_texts(layout: Layout, changes: Changes, folder: Path) -> None:
    paths = [*changes.edits, *(new.path for new in changes.creates)]
    for pattern, text in layout.expected.items():
        found = [path for path in paths if re.fullmatch(pattern, path)]
        assert found, paths
        written = (folder / found[0]).read_text()
        assert re.search(text, written), written


def index_names(conninfo: str) -> set[str]:
    with psycopg.connect(conninfo) as connection:
        rows = connection.execute(
            "SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
            "JOIN pg_namespace ON pg_namespace.oid = relnamespace "
            "WHERE indisvalid AND nspname NOT LIKE 'pg\\_%'"
        ).fetchall()
    return {name for (name,) in rows}
