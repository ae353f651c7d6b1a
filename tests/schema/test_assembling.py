"""One picture out of migrations, models and dumps."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from backend_architect.schema.assembling import schemas_of
from backend_architect.schema.facts import Source, facts_of

if TYPE_CHECKING:
    from backend_architect.schema.model import Schema

ALEMBIC = """
    import sqlalchemy as sa
    from alembic import op
    revision = "a1"
    down_revision = None

    def upgrade():
        op.create_table(
            "orders",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("state", sa.Text, nullable=False),
        )
        op.create_index("orders_state", "orders", ["state"])
"""
MODELS = """
    from sqlalchemy import Index
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        customer_id: Mapped[int] = mapped_column(index=True)
"""
OTHER = """
    class Other(Base):
        __tablename__ = "others"
        id: Mapped[int] = mapped_column(primary_key=True)
"""
DJANGO_MODELS = """
    from django.db import models

    class Line(models.Model):
        sku = models.CharField(max_length=20, db_index=True)
"""
DJANGO = """
    from django.db import migrations, models

    class Migration(migrations.Migration):
        operations = [
            migrations.CreateModel(
                "Line",
                fields=[
                    ("id", models.BigAutoField(primary_key=True)),
                    ("sku", models.CharField(max_length=20)),
                ],
            ),
        ]
"""


def schemas(files: dict[str, str]) -> list[Schema]:
    return schemas_of(
        facts_of(Source(path, textwrap.dedent(text), "postgres") for path, text in files.items())
    )


def columns(schema: Schema) -> dict[str, list[list[str | None]]]:
    return {table.name: [list(index.columns) for index in table.indexes] for table in schema.tables.values()}


def test_an_index_of_models_or_migrations_is_there() -> None:
    (schema,) = schemas({"db/versions/a1.py": ALEMBIC, "shop/models.py": MODELS})
    assert columns(schema) == {"orders": [["id"], ["state"], ["customer_id"]]}
    assert list(schema.tables["orders"].columns) == ["id", "state", "customer_id"]
    assert schema.sources == ("db/versions/a1.py", "shop/models.py")


def test_models_alone_are_a_schema() -> None:
    (schema,) = schemas({"shop/models.py": MODELS})
    assert [index.name for index in schema.tables["orders"].indexes] == [
        "orders_pkey",
        "ix_orders_customer_id",
    ]
    assert schema.sources == ("shop/models.py",)


def test_django() -> None:
    (schema,) = schemas(
        {
            "shop/models.py": DJANGO_MODELS,
            "shop/migrations/0001_initial.py": DJANGO,
            "shop/migrations/__init__.py": "",
        }
    )
    assert list(schema.tables) == ["shop_line"]
    assert ["sku"] in columns(schema)["shop_line"]


def test_models_are_joined_with_sql() -> None:
    (schema,) = schemas(
        {
            "db/1_a.sql": "CREATE TABLE orders (id int PRIMARY KEY, note text);",
            "shop/models.py": MODELS + OTHER,
        }
    )
    assert list(schema.tables) == ["orders", "others"]
    assert list(schema.tables["orders"].columns) == ["id", "note", "customer_id"]


def test_models_go_where_their_neighbours_are() -> None:
    found = schemas({
        "a/1_a.sql": "CREATE TABLE orders (id int);",
        "b/1_a.sql": "CREATE TABLE things (id int);",
        "shop/models.py": MODELS + OTHER,
        "things/models.py": MODELS.replace('"orders"', '"things"'),
    })  # fmt: skip
    assert [list(schema.tables) for schema in found] == [["orders", "others"], ["things"]]


def test_a_dump_beside_revisions() -> None:
    dump = "CREATE TABLE orders (id int PRIMARY KEY, state text, gone int);"
    (schema,) = schemas({"db/versions/a1.py": ALEMBIC, "schema.sql": dump})
    assert list(schema.tables["orders"].columns) == ["id", "state"]
    (schema,) = schemas({"db/versions/a1.py": ALEMBIC, "schema.sql": dump + "CREATE TABLE old (id int);"})
    assert list(schema.tables) == ["orders", "old"]


def test_tests_do_not_count_beside_others() -> None:
    (schema,) = schemas({"tests/schema.sql": "CREATE TABLE t (id int);", "shop/models.py": MODELS})
    assert list(schema.tables) == ["orders"]
    assert [list(one.tables) for one in schemas({"tests/models.py": MODELS})] == [["orders"]]


def test_nothing() -> None:
    assert schemas({"a.py": "import os", "b.py": "def (", "c.sql": "SELECT 1"}) == []
