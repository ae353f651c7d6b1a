"""What is read of programs: which queries are certain, where they stand, and what is left alone."""

from __future__ import annotations

import pickle

import pytest

from backend_architect.queries.mapping import models_of
from backend_architect.queries.orm import statements_of_program
from backend_architect.queries.programs import program_of
from backend_architect.queries.reading import read
from backend_architect.schema.outlines import outline

ALCHEMY = """
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

class Base(DeclarativeBase):
    pass

class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))
    orders: Mapped[list["Order"]] = relationship(back_populates="user")

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship(back_populates="orders")
"""
DJANGO = """
from django.db import models

class Base(models.Model):
    created = models.DateTimeField()

class Author(Base):
    name = models.CharField(max_length=20)

class Book(models.Model):
    title = models.CharField(max_length=20)
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    drafts = models.Manager()
"""
FLASK = """
from flask_sqlalchemy import SQLAlchemy
db = SQLAlchemy()

class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(20))
"""
SQLMODEL = """
from sqlmodel import Field, SQLModel

class Hero(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
"""
MODELS = models_of(
    [
        outline(ALCHEMY, "shop/models.py"),
        outline(DJANGO, "library/models.py"),
        outline(FLASK, "site/models.py"),
        outline(SQLMODEL, "heroes/models.py"),
    ]
)


def found(text: str, handlers: frozenset[int] = frozenset()) -> list[str]:
    program = program_of(text, "app/queries.py")
    assert pickle.loads(pickle.dumps(program)) == program
    return [
        f"{one.origin.line}{' often' if one.often else ''}: {one.text.partition(' FROM ')[2]}"
        for one in statements_of_program(program, MODELS, handlers)
    ]


SQL = "from sqlalchemy import select\nfrom shop.models import Order, User\n"


def test_what_some_runs_add_is_looked_at_one_by_one():
    text = f"""{SQL}
def orders(session, state, user, flag):
    query = select(Order)
    if state:
        query = query.where(Order.state == state)
    if user:
        query = query.where(Order.user_id == user)
    if flag:
        return []
    return session.scalars(query.order_by(Order.id).limit(5)).all()
"""
    assert found(text) == [
        "12: orders ORDER BY orders.id LIMIT 5",
        "12: orders WHERE orders.user_id = :v ORDER BY orders.id LIMIT 5",
        "12: orders WHERE orders.state = :v ORDER BY orders.id LIMIT 5",
    ]


def test_one_of_two_ways_is_taken():
    text = f"""{SQL}
def orders(session, state, other):
    query = select(Order)
    if state:
        query = query.where(Order.state == state)
    else:
        query = query.where(Order.user_id == other)
    return session.scalars(query)
"""
    assert found(text) == [
        "9: orders WHERE orders.user_id = :v",
        "7: orders WHERE orders.state = :v",
    ]


def test_a_list_of_conditions_may_be_longer():
    text = f"""{SQL}
def orders(session, state, user):
    wanted = [Order.state == state]
    if user:
        wanted.append(Order.user_id == user)
    return session.scalars(select(Order).where(*wanted))
"""
    assert found(text) == [
        "8: orders WHERE orders.state = :v",
        "8: orders WHERE orders.state = :v AND orders.user_id = :v",
    ]


def test_queries_in_loops_and_handlers_are_asked_often():
    text = f"""{SQL}
def handler(session, names):
    for name in names:
        session.scalars(select(User).where(User.name == name))
    return [session.scalar(select(Order).where(Order.state == name)) for name in names]

def other(session):
    return session.query(User).filter_by(name="x").first()
"""
    assert found(text) == [
        "6 often: users WHERE users.name = :v",
        "7 often: orders WHERE orders.state = :v",
        "10: users WHERE users.name = 'x' LIMIT 1",
    ]
    assert found(text, frozenset({9}))[-1].startswith("10 often")


def test_the_functions_that_answer_requests_are_known():
    text = """
from fastapi import APIRouter
router = APIRouter()

@router.get("/users")
def users(session):
    return []

def helper():
    return []
"""
    assert read("app/api.py", text, "postgres").handlers == {6}


@pytest.mark.parametrize(
    "query",
    [
        "select(Order).where(Order.nothing == 5)",
        "select(Order).where(Missing.id == Order.user_id)",
        "select(Order).where(condition)",
        "select(Order).where(make(Order.state) == 5)",
        "select(Order).join(Missing)",
        "select(Order).join()",
        "select(Order).where(Order.state.between(1))",
        "select(Order).filter_by(**given)",
        "select(Order).something_new()",
        "select(Order).where(Order.state == 1 if x else Order.user_id == 2)",
        "select(Missing).where(Missing.id == 5)",
        "given.get('name')",
        "session.query(User).get(5)",
    ],
)
def test_what_is_not_known_is_left_alone(query: str):
    assert (
        found(
            f"{SQL}from elsewhere import Missing\ndef f(session, given, condition, x):\n    return {query}\n"
        )
        == []
    )


@pytest.mark.parametrize(
    "query",
    [
        "Book.objects.filter(nothing=5)",
        "Book.objects.filter(title__soundslike='x')",
        "Book.objects.filter(**given)",
        "Book.objects.filter(condition)",
        "Book.objects.recent()",
        "Book.objects.extra(where=['1 = 1'])",
        "Book.objects.filter(title='x').union(Book.objects.all())",
        "Missing.objects.filter(title='x')",
        "Book(title='x').save()",
        "Book.objects.create(title='x')",
    ],
)
def test_what_is_not_known_of_django_is_left_alone(query: str):
    head = "from library.models import Book\nfrom elsewhere import Missing\n"
    text = f"{head}def f(given, condition):\n    return {query}\n"
    assert found(text) == []


def test_managers_that_a_model_names_are_managers():
    text = "from library.models import Book\nBook.drafts.filter(title='x').count()\n"
    assert found(text) == ["2: library_book WHERE library_book.title = 'x'"]


def test_fields_of_a_model_that_is_extended_are_in_its_table():
    text = "from library.models import Book, Author\nAuthor.objects.filter(created=now).exists()\n"
    joined = "library_author JOIN library_base ON library_author.base_ptr_id = library_base.id"
    assert found(text) == [f"2: {joined} WHERE library_base.created = :v LIMIT 1"]


def test_objects_are_known_by_how_they_were_found():
    text = """
from library.models import Author, Book

def titles(name):
    author = Author.objects.get(name=name)
    author.book_set.filter(title="x").exists()
    for book in Book.objects.filter(title="y"):
        book.author.book_set.count()
    return author.name
"""
    assert found(text) == [
        "5: library_author WHERE library_author.name = :v LIMIT 21",
        "6: library_book WHERE library_book.author_id = :v AND library_book.title = 'x' LIMIT 1",
        "7: library_book WHERE library_book.title = 'y'",
    ]


def test_what_has_been_found_is_a_value():
    text = f"""{SQL}
def orders(session, name, given: User):
    user = session.query(User).filter_by(name=name).one()
    session.scalars(select(Order).where(Order.user_id == user.id)).all()
    return session.query(Order).filter(Order.user_id == given.id).all()
"""
    assert found(text) == [
        "5: users WHERE users.name = :v",
        "6: orders WHERE orders.user_id = :v",
        "7: orders WHERE orders.user_id = :v",
    ]
    text = """
from library.models import Author, Book
def books(name):
    author = Author.objects.unheard_of(name).get()
    return Book.objects.filter(author=author)
"""
    assert found(text) == ["5: library_book WHERE library_book.author_id = :v"]


def test_flask_asks_through_classes():
    text = """
from site.models import User, db

def user(name):
    User.query.filter_by(name=name).first_or_404()
    return db.session.scalar(db.select(User).where(db.func.lower(User.name) == name))
"""
    assert found(text) == [
        '5: "user" WHERE "user".name = :v LIMIT 1',
        '6: "user" WHERE lower("user".name) = :v',
    ]


def test_sqlmodel_asks_as_sqlalchemy_does():
    text = """
from sqlmodel import col, select
from heroes.models import Hero

def hero(session, name):
    return session.exec(select(Hero).where(col(Hero.name) == name)).first()
"""
    assert found(text) == ["6: hero WHERE hero.name = :v"]


def test_what_is_loaded_beside_is_asked_too():
    text = f"""{SQL}from sqlalchemy.orm import selectinload
def users(session):
    return session.scalars(select(User).options(selectinload(User.orders))).all()
"""
    assert found(text)[-1] == "5: orders WHERE orders.user_id IN (:v)"


def test_a_recent_moment_is_known_to_be_one():
    text = """
from datetime import datetime, timedelta
from library.models import Base
Base.objects.filter(created__gte=datetime.now() - timedelta(days=7)).count()
"""
    assert found(text) == ["4: library_base WHERE library_base.created >= now() - interval '7 days'"]


def test_a_file_that_cannot_be_read_asks_nothing():
    assert found("select(\n") == []
    assert found(f"{SQL}x = 1\n") == []
