"""An index is written into a model as the people of the project would write it."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from alchemy_projects import index, project_of

from backend_architect.engine.remedies import UnwritableError
from backend_architect.engine.text import apply_edits
from backend_architect.indexing.homes import Wanted
from backend_architect.indexing.sqlalchemy_model import find
from backend_architect.schema.model import IndexPart

if TYPE_CHECKING:
    from backend_architect.schema.model import Index

BASE = """
    from sqlalchemy.orm import DeclarativeBase


    class Base(DeclarativeBase):
        pass
"""


def written(files: dict[str, str], wanted: Index, table: str = "orders") -> tuple[str, str]:
    """The file of the model with the index, and the name of the index."""
    project = project_of(files)
    model = find(project, Wanted(table, wanted))
    assert model is not None
    changes, made = model.write()
    assert not changes.creates
    (path,) = changes.edits
    text = project.read(path)
    assert text is not None
    after = apply_edits(text, changes.edits[path])
    compile(after, path, "exec")
    again = project_of({**files, path: after})
    known = find(again, Wanted(table, wanted))
    assert known is not None
    nothing, same = known.write()
    assert (dict(nothing.edits), same.name) == ({}, made.name), "written twice"
    return after, made.name


def model(body: str, imports: str = "from sqlalchemy.orm import Mapped, mapped_column") -> dict[str, str]:
    return {"models.py": f"{imports}\nfrom db import Base\n\n\n{dedent(body).strip()}\n", "db.py": BASE}


RECENT = index("customer_id", IndexPart("created_at", descending=True))
CASES = {
    "annotation alone": (
        """
        class Order(Base):
            __tablename__ = "orders"
            id: Mapped[int] = mapped_column(primary_key=True)
            customer_id: Mapped[int]
        """,
        index("customer_id"),
        "    customer_id: Mapped[int] = mapped_column(index=True)\n",
        "ix_orders_customer_id",
    ),
    "a call": (
        """
        class Order(Base):
            __tablename__ = "orders"
            id: Mapped[int] = mapped_column(primary_key=True)
            customer: Mapped[int] = mapped_column("customer_id", index=False, nullable=False)  # who
        """,
        index("customer_id"),
        '    customer: Mapped[int] = mapped_column("customer_id", index=True, nullable=False)  # who\n',
        "ix_orders_customer_id",
    ),
    "a class that writes Index": (
        """
        class Order(Base):
            __tablename__ = "orders"
            __table_args__ = (
                Index("idx_orders_state", "state"),  # the shop asks for it
            )
            id: Mapped[int] = mapped_column(primary_key=True)
            state: Mapped[str]
            customer_id: Mapped[int]
        """,
        index("customer_id"),
        (
            '        Index("idx_orders_state", "state"),  # the shop asks for it\n'
            '        Index("idx_orders_customer_id", "customer_id"),\n    )\n'
        ),
        "idx_orders_customer_id",
    ),
    "a dictionary at the end": (
        """
        class Order(Base):
            __tablename__ = 'orders'
            __table_args__ = (Index('a', 'state', 'id'), {'comment': 'sold'})
            id: Mapped[int] = mapped_column(primary_key=True)
            state: Mapped[str]
            customer_id: Mapped[int]
        """,
        index("customer_id"),
        (
            "    __table_args__ = (\n        Index('a', 'state', 'id'),\n"
            "        Index('ix_orders_customer_id', 'customer_id'),\n        {'comment': 'sold'},\n    )\n"
        ),
        "ix_orders_customer_id",
    ),
    "lines and a dictionary at the end": (
        """
        class Order(Base):
            __tablename__ = "orders"
            __table_args__ = (
                Index("a", "state", "id"),
                # of the warehouse
                {"comment": "sold"},
            )
            id: Mapped[int] = mapped_column(primary_key=True)
            state: Mapped[str]
            customer_id: Mapped[int]
        """,
        index("customer_id"),
        (
            '        Index("a", "state", "id"),\n        # of the warehouse\n'
            '        Index("ix_orders_customer_id", "customer_id"),\n        {"comment": "sold"},\n    )\n'
        ),
        "ix_orders_customer_id",
    ),
    "a hanging indent": (
        """
        class Order(Base):
            __tablename__ = "orders"
            __table_args__ = (Index("a", "state", "id"),  # first
                              Index("b", "id", "state"),
                              {"comment": "sold"})
            id: Mapped[int] = mapped_column(primary_key=True)
            state: Mapped[str]
            customer_id: Mapped[int]
        """,
        index("customer_id"),
        (
            '                      Index("b", "id", "state"),\n'
            '                      Index("ix_orders_customer_id", "customer_id"),\n'
            '                      {"comment": "sold"})\n'
        ),
        "ix_orders_customer_id",
    ),
    "no comma at the end": (
        """
        class Order(Base):
            __tablename__ = "orders"
            __table_args__ = (
                Index("a", "state"),
                Index("b", "id", "state")  # both
            )
            id: Mapped[int] = mapped_column(primary_key=True)
            state: Mapped[str]
            customer_id: Mapped[int]
        """,
        index("customer_id"),
        (
            '        Index("b", "id", "state"),  # both\n'
            '        Index("ix_orders_customer_id", "customer_id")\n    )\n'
        ),
        "ix_orders_customer_id",
    ),
    "a dictionary": (
        """
        class Order(Base):
            __tablename__ = "orders"
            __table_args__ = {
                "comment": "sold",  # here
            }
            id: Mapped[int] = mapped_column(primary_key=True)
            customer_id: Mapped[int]
        """,
        index("customer_id", "id"),
        (
            '    __table_args__ = (\n        Index("ix_orders_customer_id_id", "customer_id", "id"),\n'
            "        {\n"
            '            "comment": "sold",  # here\n        },\n    )\n'
        ),
        "ix_orders_customer_id_id",
    ),
    "an empty tuple": (
        """
        class Order(Base):
            __tablename__ = "orders"
            __table_args__ = ()
            id: Mapped[int] = mapped_column(primary_key=True)
            customer_id: Mapped[int]
        """,
        index("customer_id", "id"),
        '    __table_args__ = (\n        Index("ix_orders_customer_id_id", "customer_id", "id"),\n    )\n',
        "ix_orders_customer_id_id",
    ),
    "a documented class of SQL": (
        '''
        class Order(Base):
            """What was sold."""

            __tablename__ = "orders"

            text: Mapped[str]
            id: Mapped[int] = mapped_column(primary_key=True)
            customer_id: Mapped[int]
            created_at: Mapped[int]
        ''',
        RECENT,
        (
            '    __tablename__ = "orders"\n    __table_args__ = (\n        Index(\n'
            '            "ix_orders_customer_id_created_at",\n            "customer_id",\n'
            '            sqlalchemy.text("created_at DESC"),\n        ),\n    )\n\n    text: Mapped[str]\n'
        ),
        "ix_orders_customer_id_created_at",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_class(case: str):
    body, wanted, expected, name = CASES[case]
    imports = "from sqlalchemy.orm import Mapped, mapped_column"
    if "Index(" in body:
        imports = f"from sqlalchemy import Index\n{imports}"
    text, made = written(model(body, imports), wanted)
    assert expected in text
    assert made == name


PLAIN = """
    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        customer_id: Mapped[int]
        created_at: Mapped[int]
        name: Mapped[str]
"""


def test_what_only_postgresql_has():
    wanted = index(
        IndexPart("name", opclass="text_pattern_ops"),
        include=("created_at",),
        where="name <> 'it''s' AND \"Name\" IS NULL",
        unique=True,
    )
    text, name = written(model(PLAIN), wanted)
    assert name == "ix_orders_name_partial"
    assert (
        '            "name",\n            unique=True,\n'
        '            postgresql_ops={"name": "text_pattern_ops"},\n'
        '            postgresql_include=["created_at"],\n'
        "            postgresql_where=text(\"name <> 'it''s' AND \\\"Name\\\" IS NULL\"),\n"
    ) in text


def test_an_expression():
    text, name = written(model(PLAIN), index("customer_id", IndexPart(None, "lower(name)")))
    assert 'Index("ix_orders_customer_id_lower_name", "customer_id", text("lower(name)"))' in text
    assert name == "ix_orders_customer_id_lower_name"


def test_names_come_from_where_the_file_has_them():
    imports = "import sqlalchemy as sa\nfrom sqlalchemy.orm import Mapped, mapped_column"
    text, _ = written(model(PLAIN, imports), RECENT)
    assert "sa.Index(" in text
    assert 'sa.text("created_at DESC")' in text
    assert text.startswith(imports)
    orm = "from sqlalchemy import orm\nfrom sqlalchemy.orm import Mapped"
    text, _ = written(model(PLAIN.replace("mapped_column", "orm.mapped_column"), orm), index("customer_id"))
    assert "customer_id: Mapped[int] = orm.mapped_column(index=True)\n" in text


def test_the_import_that_is_missing_is_added():
    text, _ = written(model(PLAIN), RECENT)
    assert text.startswith("from sqlalchemy import Index, text\nfrom sqlalchemy.orm import")
    annotated = model(
        PLAIN.replace(" = mapped_column(primary_key=True)", ""), "from sqlalchemy.orm import Mapped"
    )
    text, _ = written(annotated, index("customer_id"))
    assert text.startswith("from sqlalchemy.orm import Mapped, mapped_column\n")


def test_a_module_that_writes_index_elsewhere():
    other = """
        class User(Base):
            __tablename__ = "users"
            __table_args__ = (Index("name_idx", "name"),)
            id: Mapped[int] = mapped_column(primary_key=True)
            name: Mapped[str]


    """
    body = dedent(other).strip() + "\n\n\n" + dedent(PLAIN)
    imports = "from sqlalchemy import Index\nfrom sqlalchemy.orm import Mapped, mapped_column"
    text, _ = written(model(body, imports), index("customer_id"))
    assert '    __table_args__ = (Index("customer_id_idx", "customer_id"),)\n' in text


def test_columns_of_a_mixin_stand_in_the_table_args():
    body = """
        class Dated:
            created_at: Mapped[int] = mapped_column()


        class Order(Dated, Base):
            __tablename__ = "orders"
            id: Mapped[int] = mapped_column(primary_key=True)
    """
    text, name = written(model(body), index("created_at"))
    assert '    __table_args__ = (Index("ix_orders_created_at", "created_at"),)\n' in text
    assert name == "ix_orders_created_at"


def test_a_column_of_a_class_that_shares_the_table():
    body = """
        class Order(Base):
            __tablename__ = "orders"
            id: Mapped[int] = mapped_column(primary_key=True)


        class Gift(Order):
            giver_id: Mapped[int | None]
    """
    text, name = written(model(body), index("giver_id"))
    assert "    giver_id: Mapped[int | None] = mapped_column(index=True)\n" in text
    assert name == "ix_orders_giver_id"
    with pytest.raises(UnwritableError, match="giver_id"):
        written(model(body), index("giver_id", "id"))


def test_a_table_in_a_schema():
    body = PLAIN.replace('"orders"\n', '"orders"\n        __table_args__ = {"schema": "sales"}\n')
    text, name = written(model(body), index("customer_id"), "sales.orders")
    assert "customer_id: Mapped[int] = mapped_column(index=True)" in text
    assert name == "ix_sales_orders_customer_id"


def test_a_naming_convention():
    convention = '{"ix": "i_%(column_0_label)s"}'
    base = BASE.replace("pass", f"metadata = sa.MetaData(naming_convention={convention})")
    files = {**model(PLAIN), "db.py": "    import sqlalchemy as sa\n" + base}
    text, name = written(files, index("customer_id"))
    assert "mapped_column(index=True)" in text
    assert name == "i_orders_customer_id"
    own = base.replace(convention, '{"ix": "i_%(short)s", "short": abbreviated}')
    text, name = written({**files, "db.py": "    import sqlalchemy as sa\n" + own}, index("customer_id"))
    assert 'Index("ix_orders_customer_id", "customer_id")' in text
    more = base.replace(convention, '{"ix": "i_%(constraint_name)s"}')
    with pytest.raises(UnwritableError, match="naming convention"):
        written({**files, "db.py": "    import sqlalchemy as sa\n" + more}, RECENT)


def test_flask_sqlalchemy():
    files = {
        "app/__init__.py": "",
        "app/extensions.py": "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()  # Model\n",
        "app/models.py": """
            from app.extensions import db

            class Order(db.Model):
                id = db.Column(db.Integer, primary_key=True)
                customer_id = db.Column(db.Integer, nullable=False)
                created_at = db.Column(db.DateTime)
        """,
    }
    text, name = written(files, index("customer_id"), "order")
    assert "    customer_id = db.Column(db.Integer, nullable=False, index=True)\n" in text
    assert name == "ix_order_customer_id"
    text, _ = written(files, RECENT, "order")
    assert "        db.Index(\n" in text
    assert 'db.text("created_at DESC")' in text
    assert "import sqlalchemy" not in text
    files["app/extensions.py"] = """
        from flask_sqlalchemy import SQLAlchemy
        from sqlalchemy import MetaData
        db = SQLAlchemy(metadata=MetaData(naming_convention={"ix": "i_%(column_0_label)s"}))
    """
    assert written(files, index("customer_id"), "order")[1] == "i_order_customer_id"


def test_sqlmodel():
    files = {
        "models.py": """
            from sqlalchemy import Column, Integer
            from sqlmodel import Field, SQLModel


            class Order(SQLModel, table=True):
                __tablename__ = "orders"
                id: int | None = Field(default=None, primary_key=True)
                customer_id: int = Field(foreign_key="customers.id")
                payer_id: int = Field(sa_column=Column(Integer, nullable=False))
                state: str = "new"
        """
    }
    text, _ = written(files, index("customer_id"))
    assert '    customer_id: int = Field(foreign_key="customers.id", index=True)\n' in text
    text, _ = written(files, index("payer_id"))
    assert "    payer_id: int = Field(sa_column=Column(Integer, nullable=False, index=True))\n" in text
    text, _ = written(files, index("state"))
    assert '    __table_args__ = (Index("ix_orders_state", "state"),)\n' in text


TABLE = """
    import sqlalchemy as sa

    metadata = sa.MetaData()
    orders = sa.Table(
        "orders", metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("customer_id", sa.Integer),
        sa.Column("created_at", sa.DateTime),
        schema="sales",
    )
"""


def test_a_table_call():
    text, name = written({"tables.py": TABLE}, index("customer_id"), "sales.orders")
    assert '    sa.Column("customer_id", sa.Integer, index=True),\n' in text
    assert name == "ix_sales_orders_customer_id"
    text, name = written({"tables.py": TABLE}, index("customer_id", "id"), "sales.orders")
    assert '    sa.Index("ix_orders_customer_id_id", "customer_id", "id"),\n    schema="sales",\n' in text
    assert name == "ix_orders_customer_id_id"


def test_a_table_that_is_imported_under_another_name():
    plain = """
        from sqlalchemy import Column as Col, Integer, MetaData, Table as DBTable

        metadata = MetaData()
        orders = DBTable("orders", metadata, Col("id", Integer), Col("customer_id", Integer))
    """
    text, _ = written({"tables.py": plain}, index("customer_id"))
    assert 'Col("customer_id", Integer, index=True)' in text
    text, _ = written({"tables.py": plain}, index("customer_id", "id"))
    assert 'Index("ix_orders_customer_id_id", "customer_id", "id")' in text


def test_long_names_are_cut_as_sqlalchemy_cuts_them():
    column = "a_column_with_a_name_that_nobody_would_ever_want_to_write_out"
    body = PLAIN.replace("customer_id", column)
    _, name = written(model(body), index(column))
    assert len(name) == 60
    assert name.startswith(f"ix_orders_{column}"[:55])


def test_a_name_that_is_taken_is_not_given_again():
    migration = """
        revision = "1"
        down_revision = None
        from alembic import op
        import sqlalchemy as sa
        def upgrade():
            op.create_table("orders", sa.Column("id", sa.Integer()), sa.Column("customer_id", sa.Integer()))
            op.create_index("ix_orders_customer_id", "orders", ["id", "customer_id"])
    """
    text, name = written({**model(PLAIN), "versions/1.py": migration}, index("customer_id"))
    assert 'Index("ix_orders_customer_id_2", "customer_id")' in text
    assert name == "ix_orders_customer_id_2"


def test_line_ends_and_tabs_stay():
    body = dedent(PLAIN).replace("    ", "\t")
    files = model(body)
    files["models.py"] = files["models.py"].replace("\n", "\r\n")
    text, _ = written(files, RECENT)
    assert "\n" not in text.replace("\r\n", "")
    assert '\t__table_args__ = (\r\n\t\tIndex("ix_orders_customer_id_created_at", "customer_id", ' in text


REFUSED = {
    "a function": (
        PLAIN.replace(
            "        id:",
            "        @declared_attr\n        def __table_args__(cls):\n            return ({},)\n        id:",
        ),
        "function",
    ),
    "a sum": (
        PLAIN.replace("        id:", "        __table_args__ = COMMON + ()\n        id:"),
        "written out",
    ),
    "of a base": (
        'class Common:\n    __table_args__ = {"comment": "sold"}\n\n\n'
        + dedent(PLAIN).replace("(Base)", "(Common, Base)"),
        "Common",
    ),
    "two classes": (
        dedent(PLAIN) + dedent(PLAIN).replace("class Order", "class Purchase"),
        "Order and models.py:Purchase",
    ),
    "a column that is not there": (PLAIN.replace("created_at", "made_at"), "created_at"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_certain_is_refused(case: str):
    body, reason = REFUSED[case]
    with pytest.raises(UnwritableError, match=reason):
        written(model(body), RECENT)


def test_copies_that_migrations_keep_are_left_alone():
    copies = {f"migrations/{path}": text for path, text in model(PLAIN).items()}
    assert find(project_of(copies), Wanted("orders", RECENT)) is None
    text, _ = written({**copies, **model(PLAIN)}, index("customer_id"))
    assert "index=True" in text


def test_args_that_a_function_makes_leave_the_column():
    made = """
        @declared_attr
        def __table_args__(cls):
            return (Index("a", "name", "id"),)
    """.lstrip("\n").rstrip(" ")
    imports = "from sqlalchemy import Index\nfrom sqlalchemy.orm import Mapped, declared_attr, mapped_column"
    body = PLAIN.replace("        id:", f"{made}        id:")
    text, _ = written(model(body, imports), index("customer_id"))
    assert "customer_id: Mapped[int] = mapped_column(index=True)\n" in text
    with pytest.raises(UnwritableError, match="function"):
        written(model(body, imports), RECENT)


def test_a_table_of_nobody():
    assert find(project_of(model(PLAIN)), Wanted("invoices", index("id"))) is None
