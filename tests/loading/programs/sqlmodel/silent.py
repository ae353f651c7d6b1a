"""Programs whose statements do not grow."""

from shop.models import Customer, Order
from sqlalchemy.orm import joinedload, selectinload
from sqlmodel import Session, select


def joined(session: Session):
    query = select(Order).options(joinedload(Order.customer)).order_by(Order.id)
    return [order.customer.name for order in session.exec(query)]


def selected_in(session: Session):
    query = select(Customer).options(selectinload(Customer.orders)).order_by(Customer.id)
    return [len(customer.orders) for customer in session.exec(query).all()]


def columns(session: Session):
    return [order.customer_id for order in session.exec(select(Order).order_by(Order.id))]


def one(session: Session):
    order = session.exec(select(Order).order_by(Order.id)).first()
    return order.customer.name
