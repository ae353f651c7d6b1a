"""A shop."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.ext.asyncio import AsyncAttrs
from sqlalchemy.orm import DeclarativeBase, Mapped, backref, mapped_column, relationship


class Base(AsyncAttrs, DeclarativeBase):
    pass


order_tags = Table(
    "order_tags",
    Base.metadata,
    Column("order_id", ForeignKey("orders.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class Region(Base):
    __tablename__ = "regions"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Customer(Base):
    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"))
    region: Mapped[Region] = relationship()
    orders: Mapped[list[Order]] = relationship(back_populates="customer", order_by="Order.id")


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    number: Mapped[str]
    customer: Mapped[Customer] = relationship(back_populates="orders")
    lines: Mapped[list[Line]] = relationship(back_populates="order", order_by="Line.id")
    tags: Mapped[list[Tag]] = relationship(secondary=order_tags, order_by="Tag.id")
    payments: Mapped[list[Payment]] = relationship(lazy="selectin", order_by="Payment.id")
    invoice: Mapped[Invoice] = relationship(back_populates="order", lazy="joined")
    history: Mapped[list[Event]] = relationship(lazy="raise_on_sql")

    def total(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def buyer(self) -> str:
        return self.customer.name

    @property
    def label(self) -> str:
        return f"order {self.number}"


class Line(Base):
    __tablename__ = "lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    amount: Mapped[int]
    order: Mapped[Order] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship(backref=backref("sold", order_by="Line.id"))


class Product(Base):
    __tablename__ = "products"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Payment(Base):
    __tablename__ = "payments"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    amount: Mapped[int]


class Invoice(Base):
    __tablename__ = "invoices"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    number: Mapped[str]
    order: Mapped[Order] = relationship(back_populates="invoice")


class Event(Base):
    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


def fill(session, number: int) -> None:
    """As many orders as said, each with a customer, products and a tag of its own."""
    for n in range(1, number + 1):
        session.add(Region(id=n, name=f"region {n}"))
        session.add(Customer(id=n, name=f"customer {n}", region_id=n))
        session.add(Order(id=n, customer_id=n, number=f"A{n}", tags=[Tag(id=n, name=f"tag {n}")]))
        session.add(Invoice(id=n, order_id=n, number=f"I{n}"))
        session.add(Payment(id=n, order_id=n, amount=n))
        for half in (0, 1):
            session.add(Product(id=2 * n + half, name=f"product {2 * n + half}"))
            session.add(Line(id=2 * n + half, order_id=n, product_id=2 * n + half, amount=n))
    session.commit()
