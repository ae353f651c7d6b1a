"""The tables that models of SQLAlchemy, SQLModel and Flask-SQLAlchemy declare."""

from __future__ import annotations

import pytest
from tests.schema.declaring import class_of, columns, declared, indexes, keys, mapped

MODERN = """
    import enum
    from datetime import datetime
    from typing import Annotated, Optional

    from sqlalchemy import Enum, ForeignKey, Index, MetaData, String, UniqueConstraint, func, text
    from sqlalchemy.dialects.postgresql import ARRAY, JSONB
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

    key = Annotated[int, mapped_column(primary_key=True)]

    class Base(DeclarativeBase):
        metadata = MetaData(naming_convention={"ix": "idx_%(table_name)s_%(column_0_name)s"})
        type_annotation_map = {str: String(100)}

    class State(enum.Enum):
        NEW = "new"
        PAID = "paid"

    class Customer(Base):
        __tablename__ = "customers"
        id: Mapped[key]
        email: Mapped[str] = mapped_column(unique=True)
        orders: Mapped[list["Order"]] = relationship(back_populates="customer", lazy="selectin")

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[key]
        customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), index=True)
        note: Mapped[Optional[str]]
        state: Mapped[State] = mapped_column(Enum(State))
        tags: Mapped[list[str] | None] = mapped_column(ARRAY(String(20)))
        data: Mapped[dict] = mapped_column("payload", JSONB, server_default=text("'{}'"))
        placed: Mapped[datetime] = mapped_column(server_default=func.now())
        customer: Mapped["Customer"] = relationship(back_populates="orders")
        __table_args__ = (
            UniqueConstraint("customer_id", "placed", name="once"),
            Index("recent", "customer_id", placed.desc()),
            Index("lower_note", func.lower(note), postgresql_where=text("note IS NOT NULL")),
            Index("by_data", data, postgresql_using="gin", postgresql_ops={"payload": "jsonb_path_ops"}),
            {"comment": "all orders"},
        )

    Index("by_state", Order.state, Order.placed.desc(), postgresql_include=["note"])
"""


def test_columns() -> None:
    order = mapped({"shop/models.py": MODERN})["orders"]
    assert columns(order) == [
        "id integer not null",
        "customer_id integer not null",
        "note varchar(100)",
        "state state not null",
        "tags varchar(20)[]",
        "payload jsonb not null default '{}'",
        "placed timestamp not null default now()",
    ]
    assert order.columns["state"].choices == ("NEW", "PAID")


def test_indexes_and_keys() -> None:
    tables = mapped({"shop/models.py": MODERN})
    assert indexes(tables["orders"]) == [
        "index ((lower(note))) where note is not null",
        "index (customer_id)",
        "index (customer_id, placed desc)",
        "index (payload jsonb_path_ops) using gin",
        "index (state, placed desc) include (note)",
        "primary (id)",
        "unique (customer_id, placed)",
    ]
    assert "idx_orders_customer_id" in {one.name for one in tables["orders"].indexes}
    assert keys(tables["orders"]) == ["customer_id -> customers(id) cascade"]
    assert indexes(tables["customers"]) == ["primary (id)", "unique (email)"]


def test_relationships() -> None:
    declaration = declared({"shop/models.py": MODERN})
    orders = class_of(declaration, "Customer").relationships["orders"]
    assert (orders.target, orders.collection, orders.back, orders.lazy) == (
        "shop/models.py:Order",
        True,
        "customer",
        "selectin",
    )
    order = class_of(declaration, "Order")
    assert not order.relationships["customer"].collection
    assert order.columns["data"] == "payload"


def test_bases_and_mixins_of_other_files() -> None:
    tables = mapped(
        {
            "shop/base.py": """
                from sqlalchemy import Column, DateTime, Integer
                from sqlalchemy.ext.declarative import declarative_base, declared_attr
                from sqlalchemy import ForeignKey
                class Cls:
                    @declared_attr
                    def __tablename__(cls):
                        return cls.__name__.lower()
                    id = Column(Integer, primary_key=True)
                Base = declarative_base(cls=Cls)
                class Dated:
                    created = Column(DateTime(timezone=True), nullable=False, index=True)
                    @declared_attr
                    def author_id(cls):
                        return Column(ForeignKey("author.id"))
            """,
            "shop/__init__.py": "from .base import *",
            "shop/models.py": """
                from sqlalchemy import Column, String
                from shop import Base, Dated
                class Author(Base):
                    name = Column(String)
                class Article(Dated, Base):
                    title = Column(String(50))
                class Draft(Base):
                    __abstract__ = True
            """,
        }
    )
    assert sorted(tables) == ["article", "author"]
    assert sorted(columns(tables["article"])) == [
        "author_id integer",
        "created timestamp with time zone not null",
        "id integer not null",
        "title varchar(50)",
    ]
    assert indexes(tables["article"]) == ["index (created)", "primary (id)"]


def test_inheritance() -> None:
    tables = mapped(
        {
            "models.py": """
            from sqlalchemy import Column, ForeignKey, Integer, String
            from sqlalchemy.orm import declarative_base
            Base = declarative_base()
            class Employee(Base):
                __tablename__ = "employees"
                id = Column(Integer, primary_key=True)
                kind = Column(String)
            class Manager(Employee):
                budget = Column(Integer)
            class Engineer(Employee):
                __tablename__ = "engineers"
                id = Column(ForeignKey("employees.id"), primary_key=True)
                language = Column(String)
            """
        }
    )
    assert list(tables["employees"].columns) == ["id", "kind", "budget"]
    assert columns(tables["engineers"]) == ["id integer not null", "language varchar"]


def test_tables_without_classes() -> None:
    files = {
        "tables.py": """
            import sqlalchemy as sa
            metadata = sa.MetaData(schema="billing")
            authors = sa.Table(
                "authors", metadata,
                sa.Column("id", sa.BigInteger, primary_key=True),
                sa.Column("name", sa.Text, nullable=False),
                sa.CheckConstraint("length(name) > 1", name="long"),
                sa.Index("by_name", sa.text("lower(name) DESC")),
            )
            links = sa.Table(
                "links", metadata,
                sa.Column("author_id", sa.ForeignKey(authors.c.id, ondelete="SET NULL")),
                sa.Column("other_id", sa.BigInteger),
                sa.PrimaryKeyConstraint("author_id", "other_id"),
                sa.ForeignKeyConstraint(["other_id"], ["authors.id"]),
            )
            sa.Index("others", links.c.other_id)
        """
    }
    tables = mapped(files)
    assert sorted(tables) == ["billing.authors", "billing.links"]
    assert indexes(tables["billing.authors"]) == ["index ((lower(name)) desc)", "primary (id)"]
    assert columns(tables["billing.links"]) == ["author_id bigint not null", "other_id bigint not null"]
    assert keys(tables["billing.links"]) == [
        "author_id -> billing.authors(id) set null",
        "other_id -> billing.authors(id)",
    ]
    assert indexes(tables["billing.links"]) == ["index (other_id)", "primary (author_id, other_id)"]


def test_secondary_tables() -> None:
    declaration = declared(
        {
            "models.py": """
            from sqlalchemy import Column, ForeignKey, Integer, Table
            from sqlalchemy.orm import declarative_base, relationship
            Base = declarative_base()
            links = Table("links", Base.metadata, Column("a", ForeignKey("authors.id")), Column("b", Integer))
            class Author(Base):
                __tablename__ = "authors"
                id = Column(Integer, primary_key=True)
                books = relationship("Book", secondary=links, backref="authors")
            class Book(Base):
                __tablename__ = "books"
                id = Column(Integer, primary_key=True)
                author_id = Column(ForeignKey(Author.id))
                author = relationship(Author)
            """
        }
    )
    books = class_of(declaration, "Author").relationships["books"]
    assert (books.secondary, books.collection, books.back) == ("links", True, "authors")
    author = class_of(declaration, "Book").relationships["author"]
    assert (author.target, author.collection, author.columns) == ("models.py:Author", False, ("author_id",))


def test_flask_sqlalchemy_names_tables() -> None:
    tables = mapped(
        {
            "app/extensions.py": "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()  # Model",
            "app/models.py": """
                from app.extensions import db
                class OrderLine(db.Model):
                    id = db.Column(db.Integer, primary_key=True)
                    name = db.Column(db.String(20), unique=True, index=True)
            """,
        }
    )
    assert columns(tables["order_line"]) == ["id integer not null", "name varchar(20)"]
    assert indexes(tables["order_line"]) == ["primary (id)", "unique index (name)"]


def test_sqlmodel() -> None:
    tables = mapped(
        {
            "models.py": """
            from sqlalchemy import Column, Text
            from sqlmodel import Field, Relationship, SQLModel
            class HeroBase(SQLModel):
                name: str = Field(index=True, max_length=20)
                age: int | None = None
            class Hero(HeroBase, table=True):
                id: int | None = Field(default=None, primary_key=True)
                team_id: int = Field(foreign_key="team.id", ondelete="CASCADE", unique=True)
                bio: str | None = Field(sa_column=Column(Text, nullable=False))
                team: "Team" = Relationship(back_populates="heroes")
            class Team(SQLModel, table=True):
                id: int = Field(primary_key=True)
                heroes: list[Hero] = Relationship(back_populates="team")
            class HeroCreate(HeroBase):
                secret: str
            """
        }
    )
    assert sorted(tables) == ["hero", "team"]
    assert columns(tables["hero"]) == [
        "name varchar(20) not null",
        "age integer",
        "id integer not null",
        "team_id integer not null",
        "bio text not null",
    ]
    assert indexes(tables["hero"]) == ["index (name)", "primary (id)", "unique (team_id)"]
    assert keys(tables["hero"]) == ["team_id -> team(id) cascade"]


def test_types_of_the_project() -> None:
    tables = mapped(
        {
            "models.py": """
            from sqlalchemy import Column, Integer, Text, TypeDecorator
            from sqlalchemy.orm import declarative_base
            from library import Strange
            Base = declarative_base()
            class Json(TypeDecorator):
                impl = Text
            def stamp():
                return Column(Integer, nullable=False)
            class Thing(Base):
                __tablename__ = "things"
                id = Column(Integer, primary_key=True)
                data = Column(Json())
                strange = Column(Strange())
                at = stamp()
            """
        }
    )
    assert columns(tables["things"]) == [
        "id integer not null",
        "data text",
        "strange ",
        "at integer not null",
    ]


def test_the_side_of_postgresql_is_taken() -> None:
    tables = mapped(
        {
            "models.py": """
            import sqlalchemy as sa
            from settings import engine
            t = sa.Table("t", sa.MetaData(), sa.Column("a", sa.JSON().with_variant(sa.Text(), "mysql")))
            if engine.dialect.name == "sqlite":
                sa.Index("no", t.c.a)
            else:
                sa.Index("yes", t.c.a)
            """
        }
    )
    assert [one.name for one in tables["t"].indexes] == ["yes"]


def test_what_cannot_be_read_is_never_a_condition_that_is_met() -> None:
    tables = mapped(
        {
            "models.py": """
            import sqlalchemy as sa
            t = sa.Table("t", sa.MetaData(), sa.Column("a"), sa.Index("x", "a", postgresql_where=made()),
                         sa.Index("y", other()))
            """
        }
    )
    assert indexes(tables["t"]) == ["index ((?))", "index (a) where ?"]


@pytest.mark.parametrize(
    "text",
    [
        "class A(A): __tablename__ = 'a'; x = Column(1)",
        "Table()\nTable(1, 2, *x)\nx = Table('a', *y)",
        "class A(Base):\n __tablename__ = 1\n x: Mapped = relationship()\n y: Mapped[None] = mapped_column()",
        "Index()\nIndex(*x)\nIndex(name='x')",
    ],
)
def test_anything_is_read_of_sqlalchemy(text: str) -> None:
    declared({"models.py": text})
