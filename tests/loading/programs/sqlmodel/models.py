"""A shop."""

from sqlmodel import Field, Relationship, Session, SQLModel

Base = SQLModel

__all__ = ["Base", "Customer", "Line", "Order", "Session", "fill"]


class Customer(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    orders: list["Order"] = Relationship(back_populates="customer")


class Order(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    number: str
    customer_id: int = Field(foreign_key="customer.id")
    customer: Customer = Relationship(back_populates="orders")
    lines: list["Line"] = Relationship(back_populates="order")


class Line(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    amount: int
    order_id: int = Field(foreign_key="order.id")
    order: Order = Relationship(back_populates="lines")


def fill(session: Session, number: int) -> None:
    """As many orders as said, each with a customer of its own."""
    for n in range(1, number + 1):
        session.add(Customer(id=n, name=f"customer {n}"))
        session.add(Order(id=n, number=f"A{n}", customer_id=n))
        session.add(Line(id=n, amount=n, order_id=n))
    session.commit()
