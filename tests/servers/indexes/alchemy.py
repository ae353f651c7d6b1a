"""Programs of SQLAlchemy on the tables of schema.sql; their docstrings name the indexes that they lack.

Parameters have typical values as their defaults.
"""

# ruff: noqa: TC003 - programs as people write them, with the SQL on one line

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Text, delete, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int]
    email: Mapped[str] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    full_name: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool]

    orders: Mapped[list[Order]] = relationship(back_populates="customer")


class Product(Base):
    __tablename__ = "products"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    attributes: Mapped[dict[str, object]] = mapped_column(JSONB)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    number: Mapped[str] = mapped_column(Text)
    created_at: Mapped[dt.datetime]

    customer: Mapped[Customer] = relationship(back_populates="orders")
    items: Mapped[list[OrderItem]] = relationship(back_populates="order")


class OrderItem(Base):
    __tablename__ = "order_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    quantity: Mapped[int]

    order: Mapped[Order] = relationship(back_populates="items")


class Message(Base):
    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int]
    sent_at: Mapped[dt.datetime]


def equality(number: str = "ORD-777"):
    """orders(number)"""
    return select(Order).where(Order.number == number)


def function(email: str = "user77@example.com"):
    """customers(lower(email))"""
    return select(Customer).where(func.lower(Customer.email) == email)


def page_of_a_tenant(tenant: int = 7, more: bool = False):
    """orders(tenant_id, created_at DESC); orders(tenant_id, number, created_at DESC)"""
    query = select(Order).where(Order.tenant_id == tenant)
    if more:
        query = query.where(Order.number == "x")
    return query.order_by(Order.created_at.desc()).limit(20)


def lines_of_an_order(number: str = "ORD-777"):
    """orders(number); order_items(order_id)"""
    return select(OrderItem).join(OrderItem.order).where(Order.number == number)


def infix(text: str = "olumn 77"):
    """customers(full_name gin_trgm_ops)"""
    return select(Customer).where(Customer.full_name.contains(text))


def elements():
    """products(tags)"""
    return select(Product).where(Product.tags.contains(["tag7"]))


def alternatives(email: str = "user77@example.com", phone: str = "+77"):
    """customers(email); customers(phone)"""
    return select(Customer).where(or_(Customer.email == email, Customer.phone == phone))


def latest():
    """orders(created_at DESC)"""
    return select(func.max(Order.created_at))


def removed(number: str = "ORD-777"):
    """orders(number); order_items(order_id)"""
    return delete(Order).where(Order.number == number)


def by_key(key: int = 77):
    """"""
    return select(Order).where(Order.id == key)


def by_an_index(customer: int = 77):
    """"""
    return select(Order).where(Order.customer_id == customer)


def thread(number: int = 77):
    """"""
    return select(Message).where(Message.thread_id == number).order_by(Message.sent_at.desc()).limit(50)


def active():
    """"""
    return select(Customer).where(Customer.is_active)
