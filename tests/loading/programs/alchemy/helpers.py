"""What other modules do with orders."""

from __future__ import annotations

from shop.models import Line, Order
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, joinedload, selectinload


def list_orders(session: Session) -> list[Order]:
    return list(session.scalars(select(Order).order_by(Order.id)))


def list_orders_with_lines(session: Session) -> list[Order]:
    query = select(Order).options(selectinload(Order.lines))
    return list(session.scalars(query.order_by(Order.id)).all())


class Orders:
    def __init__(self, session: Session) -> None:
        self.session = session

    def newest(self):
        return self.session.query(Order).order_by(Order.id.desc()).all()

    def with_customers(self):
        return self.session.query(Order).options(joinedload(Order.customer)).order_by(Order.id).all()


def total(order):
    return sum(line.amount for line in order.lines)


def described(order: Order) -> str:
    return f"{order.number}: {total(order)}"


def total_of(order, lines=None) -> int:
    if lines is None:
        lines = order.lines
    return sum(line.amount for line in lines)


def number_of(order) -> str:
    return order.number


async def lines(session: AsyncSession) -> list[Line]:
    return list((await session.scalars(select(Line).order_by(Line.id))).all())


def numbers(session: Session) -> list[int]:
    return list(session.scalars(select(Order.id).order_by(Order.id)))
