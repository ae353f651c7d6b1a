"""Programs whose statements grow with the number of rows."""

from shop.models import Line, Order
from sqlmodel import Session, select


def executed(session: Session):
    return [order.customer.name for order in session.exec(select(Order).order_by(Order.id))]


def all_of_them(session: Session):
    orders = session.exec(select(Order).where(Order.id > 0)).all()
    return [[line.amount for line in order.lines] for order in orders]


def two_steps(session: Session):
    return [line.order.customer.name for line in session.exec(select(Line).order_by(Line.id)).all()]


def of_pairs(session: Session):
    query = select(Order, Line).join(Line).order_by(Order.id)
    return [(order.customer.name, line.amount) for order, line in session.exec(query)]
