"""The fixes of queries, run by SQLAlchemy and by Django on SQLite."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import django_settings  # noqa: F401 - configures Django before its models are defined
import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from running import fixed, versions
from sqlalchemy import create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool

if TYPE_CHECKING:
    from collections.abc import Generator


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]


class Line(models.Model):
    sku = models.CharField(max_length=20)
    amount = models.IntegerField(default=1)

    class Meta:
        app_label = "shop"


@pytest.fixture
def session() -> Generator[Session]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Order(state="new"), Order(state="new"), Order(state="paid")])
        session.commit()
        yield session
    engine.dispose()


@pytest.fixture
def lines() -> Generator[None]:
    with connection.schema_editor() as editor:
        editor.create_model(Line)
    Line.objects.bulk_create([Line(sku="a"), Line(sku="b", amount=5)])
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(Line)


def statements(session: Session, function: Any, *arguments: object) -> tuple[list[str], Any]:
    """What a function says to the database, and what it returns."""
    said: list[str] = []

    def note(*given: Any) -> None:
        said.append(given[2])

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    result = function(session, *arguments)
    event.remove(engine, "before_cursor_execute", note)
    return said, result


def _versions(text: str, rule: str, **names: object) -> tuple[Any, Any]:
    """A function `work` as it was written and after the fix."""
    both = versions(textwrap.dedent(text), rule)
    both.written.update(names)
    both.fixed.update(names)
    return both.written["work"], both.fixed["work"]


class TestSqlAlchemy:
    @pytest.mark.parametrize("state", ["new", "paid", "lost"])
    def test_the_database_counts(self, session: Session, state: str):
        written, repaired = _versions(
            """
            from sqlalchemy.orm import Session

            def work(session: Session, state: str) -> int:
                return len(
                    session.query(Order)
                    .filter(Order.state == state)
                    .all()
                )
            """,
            "count-by-len",
            Order=Order,
        )
        said, result = statements(session, repaired, state)
        assert result == written(session, state)
        assert "count(*)" in said[0]

    @pytest.mark.parametrize("state", ["new", "lost"])
    @pytest.mark.parametrize("condition", ["{} > 0", "0 < {}", "{} == 0", "not {}", "bool({})", "{} < 1"])
    def test_one_row_answers(self, session: Session, state: str, condition: str):
        asked = condition.format("session.query(Order).filter(Order.state == state).count()")
        text = (
            "from sqlalchemy.orm import Session\n\n"
            f"def work(session: Session, state: str) -> bool:\n    return {asked}\n"
        )
        written, repaired = _versions(text, "exists-by-count", Order=Order)
        said, result = statements(session, repaired, state)
        assert result is written(session, state)
        assert "LIMIT" in said[0]
        assert "count" not in said[0]

    def test_one_commit(self, session: Session):
        _, repaired = _versions(
            """
            from sqlalchemy.orm import Session

            def work(session: Session, states: list[str]) -> None:
                for state in states:
                    session.add(Order(state=state))
                    session.commit()
            """,
            "commit-in-loop",
            Order=Order,
        )
        commits: list[object] = []
        event.listen(session, "after_commit", commits.append)
        repaired(session, ["a", "b", "c"])
        assert len(commits) == 1
        assert session.query(Order).count() == 6

    def test_the_session_can_be_used_after_the_failure(self, session: Session):
        written, repaired = _versions(
            """
            from sqlalchemy.exc import IntegrityError
            from sqlalchemy.orm import Session

            def work(session: Session) -> bool:
                try:
                    session.add(Order(id=1, state="twice"))
                    session.commit()
                except IntegrityError:
                    return False
                return True
            """,
            "transaction-without-rollback",
            Order=Order,
        )
        assert repaired(session) is False
        assert session.query(Order).count() == 3
        assert written(session) is False
        with pytest.raises(Exception, match="rolled back"):
            session.query(Order).count()
        session.rollback()

    def test_the_engine_pings(self):
        text = """
from sqlalchemy import create_engine

engine = create_engine("postgresql+psycopg://db.example/shop")
"""
        names: dict[str, Any] = {}
        exec(fixed(text, "pool-without-pre-ping"), names)
        assert names["engine"].pool._pre_ping is True

    def test_rows_come_in_portions(self, session: Session):
        written, repaired = _versions(
            """
            from sqlalchemy.orm import Session

            def shared_task(function):
                return function

            @shared_task
            def work(session: Session) -> list[str]:
                states = []
                for order in session.query(Order).order_by(Order.id).all():
                    states.append(order.state)
                return states
            """,
            "unbounded-query",
            Order=Order,
        )
        assert repaired(session) == written(session) == ["new", "new", "paid"]


@pytest.mark.usefixtures("lines")
class TestDjango:
    @pytest.mark.parametrize("sku", ["a", "lost"])
    @pytest.mark.parametrize("condition", ["{} > 0", "0 < {}", "{} == 0", "not {}", "bool({})", "{} < 1"])
    @pytest.mark.parametrize("counted", ["{}.count()", "len({})"])
    def test_one_row_answers(self, sku: str, condition: str, counted: str):
        asked = condition.format(counted.format("Line.objects.filter(sku=sku)"))
        text = f"from django.db import models\n\ndef work(sku):\n    return {asked}\n"
        written, repaired = _versions(text, "exists-by-count", Line=Line)
        with CaptureQueriesContext(connection) as said:
            result = repaired(sku)
        assert result is written(sku)
        assert "LIMIT 1" in said[0]["sql"]

    def test_the_database_counts(self):
        counted = "len(list(Line.objects.exclude(sku='a')))"
        text = f"from django.db import models\n\ndef work():\n    return {counted}\n"
        written, repaired = _versions(text, "count-by-len", Line=Line)
        with CaptureQueriesContext(connection) as said:
            assert repaired() == written() == 1
        assert "COUNT(*)" in said[0]["sql"]

    @pytest.mark.parametrize("skus", [[], ["c", "d", "e"]])
    def test_one_insert(self, skus: list[str]):
        _, repaired = _versions(
            """
            from django.db import models

            def work(skus):
                for number, sku in enumerate(skus):
                    Line.objects.create(sku=sku, amount=number)
            """,
            "save-in-loop",
            Line=Line,
        )
        with CaptureQueriesContext(connection) as said:
            repaired(skus)
        assert sum("INSERT" in one["sql"] for one in said) == bool(skus)
        written = [("a", 1), ("b", 5), *((sku, number) for number, sku in enumerate(skus))]
        assert list(Line.objects.order_by("id").values_list("sku", "amount")) == written

    def test_one_update(self):
        _, repaired = _versions(
            """
            from django.db import models

            def work():
                for line in Line.objects.filter(amount__gt=0):
                    line.amount += 1
                    line.sku = line.sku.upper()
                    line.save()
            """,
            "save-in-loop",
            Line=Line,
        )
        with CaptureQueriesContext(connection) as said:
            repaired()
        assert sum("UPDATE" in one["sql"] for one in said) == 1
        assert list(Line.objects.order_by("id").values_list("sku", "amount")) == [("A", 2), ("B", 6)]

    def test_all_or_nothing(self):
        written, repaired = _versions(
            """
            from django.db import models

            def work(first, second):
                first.amount -= 1
                second.amount += 1
                first.save()
                second.save()
            """,
            "write-without-transaction",
        )
        for work, kept in ((repaired, 1), (written, 0)):
            first, second = Line.objects.order_by("id")
            second.sku = None
            with pytest.raises(Exception, match="NOT NULL"):
                work(first, second)
            assert Line.objects.get(sku="a").amount == kept
