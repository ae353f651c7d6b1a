"""Programs of SQLAlchemy. Each function gives a query, and says in its docstring the SQL that it equals.

The parameters of functions are what only the program knows; `:name` stands for them in SQL.
"""

# ruff: noqa: TC003, RET504, E501 - programs as people write them, with the SQL on one line

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    and_,
    any_,
    asc,
    between,
    case,
    cast,
    delete,
    desc,
    distinct,
    exists,
    extract,
    func,
    not_,
    nulls_last,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR, distinct_on
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, aliased, mapped_column, relationship


class Base(DeclarativeBase):
    pass


order_tags = Table(
    "order_tags",
    Base.metadata,
    Column("order_id", ForeignKey("orders.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class Customer(Base):
    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(200))
    name: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool]
    created_at: Mapped[dt.datetime]
    deleted_at: Mapped[dt.datetime | None]
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))

    orders: Mapped[list[Order]] = relationship(back_populates="customer")


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    state: Mapped[str] = mapped_column("status", String(20))
    total: Mapped[int]
    discount: Mapped[int]
    placed_at: Mapped[dt.datetime]
    shipped_at: Mapped[dt.datetime | None]
    labels: Mapped[list[str]] = mapped_column(ARRAY(Text))
    data: Mapped[dict[str, object]] = mapped_column(JSONB)
    words: Mapped[str] = mapped_column(TSVECTOR)

    customer: Mapped[Customer] = relationship(back_populates="orders")
    items: Mapped[list[Item]] = relationship(back_populates="order")
    tags: Mapped[list[Tag]] = relationship(secondary=order_tags)


class Item(Base):
    __tablename__ = "items"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    sku: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int]

    order: Mapped[Order] = relationship(back_populates="items")


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(Text)


audit = Table(
    "audit",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("actor", Text),
    Column("at", Date),
)


# Conditions of one column


def equality(session: Session, text: str):
    """SELECT * FROM customers WHERE email = :text"""
    return select(Customer).where(Customer.email == text)


def equality_the_other_way(session: Session, text: str):
    """SELECT * FROM customers WHERE email = :text"""
    return select(Customer).where(text == Customer.email)


def constant(session: Session):
    """SELECT * FROM orders WHERE status = 'new'"""
    return select(Order).where(Order.state == "new")


def attribute_with_another_name(session: Session, text: str):
    """SELECT status FROM orders WHERE status = :text"""
    return select(Order.state).where(Order.state == text)


def inequality(session: Session, text: str):
    """SELECT * FROM orders WHERE status <> :text"""
    return select(Order).where(Order.state != text)


def ranges(session: Session, number: int):
    """SELECT * FROM orders WHERE total > :number AND discount <= :number"""
    return select(Order).where(Order.total > number, Order.discount <= number)


def both_ends(session: Session, day: dt.datetime, other: dt.datetime):
    """SELECT * FROM orders WHERE placed_at >= :day AND placed_at < :other"""
    return select(Order).where(Order.placed_at >= day).where(Order.placed_at < other)


def between_two(session: Session, number: int):
    """SELECT * FROM orders WHERE total BETWEEN 5 AND :number"""
    return select(Order).where(Order.total.between(5, number))


def between_function(session: Session, number: int):
    """SELECT * FROM orders WHERE total BETWEEN 5 AND :number"""
    return select(Order).where(between(Order.total, 5, number))


def listed(session: Session):
    """SELECT * FROM orders WHERE status IN ('new', 'paid')"""
    return select(Order).where(Order.state.in_(["new", "paid"]))


def listed_by_the_program(session: Session, numbers: list[int]):
    """SELECT * FROM orders WHERE customer_id IN (:numbers)"""
    return select(Order).where(Order.customer_id.in_(numbers))


def not_listed(session: Session):
    """SELECT * FROM orders WHERE status NOT IN ('new', 'paid')"""
    return select(Order).where(Order.state.not_in(["new", "paid"]))


def null_by_method(session: Session):
    """SELECT * FROM customers WHERE deleted_at IS NULL"""
    return select(Customer).where(Customer.deleted_at.is_(None))


def null_by_operator(session: Session):
    """SELECT * FROM customers WHERE deleted_at IS NULL"""
    return select(Customer).where(Customer.deleted_at == None)  # noqa: E711


def not_null(session: Session):
    """SELECT * FROM customers WHERE deleted_at IS NOT NULL"""
    return select(Customer).where(Customer.deleted_at.is_not(None))


def not_null_by_operator(session: Session):
    """SELECT * FROM customers WHERE deleted_at IS NOT NULL"""
    return select(Customer).where(Customer.deleted_at != None)  # noqa: E711


def flag(session: Session):
    """SELECT * FROM customers WHERE active"""
    return select(Customer).where(Customer.active)


def flag_that_is_compared(session: Session):
    """SELECT * FROM customers WHERE active = true"""
    return select(Customer).where(Customer.active == True)  # noqa: E712


def flag_by_method(session: Session):
    """SELECT * FROM customers WHERE active IS true"""
    return select(Customer).where(Customer.active.is_(True))


def flag_that_is_not(session: Session):
    """SELECT * FROM customers WHERE NOT active"""
    return select(Customer).where(~Customer.active)


def pattern(session: Session):
    """SELECT * FROM customers WHERE name LIKE 'An%'"""
    return select(Customer).where(Customer.name.like("An%"))


def pattern_in_any_case(session: Session):
    """SELECT * FROM customers WHERE name ILIKE '%ann%'"""
    return select(Customer).where(Customer.name.ilike("%ann%"))


def prefix(session: Session, text: str):
    """SELECT * FROM customers WHERE name LIKE :text || '%'"""
    return select(Customer).where(Customer.name.startswith(text))


def suffix(session: Session, text: str):
    """SELECT * FROM customers WHERE name LIKE '%' || :text"""
    return select(Customer).where(Customer.name.endswith(text))


def infix(session: Session, text: str):
    """SELECT * FROM customers WHERE name LIKE '%' || :text || '%'"""
    return select(Customer).where(Customer.name.contains(text))


def infix_in_any_case(session: Session, text: str):
    """SELECT * FROM customers WHERE name ILIKE '%' || :text || '%'"""
    return select(Customer).where(Customer.name.icontains(text))


# Functions and operators


def function_of_a_column(session: Session, text: str):
    """SELECT * FROM customers WHERE lower(email) = :text"""
    return select(Customer).where(func.lower(Customer.email) == text)


def function_of_both(session: Session, text: str):
    """SELECT * FROM customers WHERE lower(email) = lower(:text)"""
    return select(Customer).where(func.lower(Customer.email) == func.lower(text))


def day_of_a_moment(session: Session, day: dt.date):
    """SELECT * FROM orders WHERE date(placed_at) = :day"""
    return select(Order).where(func.date(Order.placed_at) == day)


def cast_to_a_day(session: Session, day: dt.date):
    """SELECT * FROM orders WHERE CAST(placed_at AS date) = :day"""
    return select(Order).where(cast(Order.placed_at, Date) == day)


def part_of_a_moment(session: Session):
    """SELECT * FROM orders WHERE EXTRACT(year FROM placed_at) = 2020"""
    return select(Order).where(extract("year", Order.placed_at) == 2020)


def arithmetic(session: Session, number: int):
    """SELECT * FROM orders WHERE total - discount > :number"""
    return select(Order).where(Order.total - Order.discount > number)


def columns_compared(session: Session):
    """SELECT * FROM orders WHERE discount > total"""
    return select(Order).where(Order.discount > Order.total)


def text_in_json(session: Session, text: str):
    """SELECT * FROM orders WHERE data ->> 'channel' = :text"""
    return select(Order).where(Order.data["channel"].astext == text)


def document_in_json(session: Session):
    """SELECT * FROM orders WHERE data @> :v"""
    return select(Order).where(Order.data.contains({"channel": "web"}))


def key_in_json(session: Session):
    """SELECT * FROM orders WHERE data ? 'channel'"""
    return select(Order).where(Order.data.has_key("channel"))


def elements_of_an_array(session: Session):
    """SELECT * FROM orders WHERE labels @> :v"""
    return select(Order).where(Order.labels.contains(["gift"]))


def common_elements(session: Session):
    """SELECT * FROM orders WHERE labels && :v"""
    return select(Order).where(Order.labels.overlap(["gift", "express"]))


def element_of_an_array(session: Session, text: str):
    """SELECT * FROM orders WHERE :text = ANY (labels)"""
    return select(Order).where(Order.labels.any(text))


def element_by_function(session: Session, text: str):
    """SELECT * FROM orders WHERE :text = ANY (labels)"""
    return select(Order).where(text == any_(Order.labels))


def operator_by_name(session: Session, text: str):
    """SELECT * FROM orders WHERE words @@ to_tsquery('english', :text)"""
    return select(Order).where(Order.words.op("@@")(func.to_tsquery("english", text)))


def rows_of_columns(session: Session):
    """SELECT * FROM orders WHERE (customer_id, status) IN ((1, 'new'), (2, 'paid'))"""
    return select(Order).where(tuple_(Order.customer_id, Order.state).in_([(1, "new"), (2, "paid")]))


def rows_after_another(session: Session, day: dt.datetime, number: int):
    """SELECT * FROM orders WHERE (placed_at, id) < (:day, :number) ORDER BY placed_at DESC, id DESC LIMIT 50"""
    return (
        select(Order)
        .where(tuple_(Order.placed_at, Order.id) < (day, number))
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(50)
    )


# Conditions together


def alternatives(session: Session, text: str):
    """SELECT * FROM customers WHERE email = :text OR name = :text"""
    return select(Customer).where(or_(Customer.email == text, Customer.name == text))


def alternatives_by_operator(session: Session, text: str):
    """SELECT * FROM customers WHERE email = :text OR name = :text"""
    return select(Customer).where((Customer.email == text) | (Customer.name == text))


def alternatives_of_several(session: Session, text: str, number: int):
    """SELECT * FROM orders WHERE (status = :text AND total > :number) OR customer_id = :number"""
    return select(Order).where(
        or_(and_(Order.state == text, Order.total > number), Order.customer_id == number)
    )


def negation(session: Session, text: str):
    """SELECT * FROM orders WHERE NOT (status = :text AND total > 5)"""
    return select(Order).where(not_(and_(Order.state == text, Order.total > 5)))


def by_keywords(session: Session, text: str):
    """SELECT * FROM customers WHERE email = :text AND deleted_at IS NULL"""
    return select(Customer).filter_by(email=text, deleted_at=None)


def in_a_list(session: Session, text: str, number: int):
    """SELECT * FROM orders WHERE status = :text AND customer_id = :number"""
    conditions = [Order.state == text]
    conditions.append(Order.customer_id == number)
    return select(Order).where(*conditions)


def over_several_statements(session: Session, text: str):
    """SELECT * FROM orders WHERE status = :text ORDER BY placed_at LIMIT 10"""
    query = select(Order)
    query = query.where(Order.state == text)
    query = query.order_by(Order.placed_at).limit(10)
    return query


# Joins


def join_by_relationship(session: Session, text: str):
    """SELECT o.* FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email = :text"""
    return select(Order).join(Order.customer).where(Customer.email == text)


def join_of_many(session: Session, text: str):
    """SELECT o.* FROM orders o JOIN items i ON o.id = i.order_id WHERE i.sku = :text"""
    return select(Order).join(Order.items).where(Item.sku == text)


def join_by_foreign_key(session: Session, text: str):
    """SELECT o.* FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email = :text"""
    return select(Order).join(Customer).where(Customer.email == text)


def join_by_condition(session: Session, text: str):
    """SELECT o.* FROM orders o JOIN items i ON i.order_id = o.id AND i.quantity > 1 WHERE o.status = :text"""
    return (
        select(Order)
        .join(Item, and_(Item.order_id == Order.id, Item.quantity > 1))
        .where(Order.state == text)
    )


def outer_join(session: Session, text: str):
    """SELECT c.*, o.* FROM customers c LEFT JOIN orders o ON c.id = o.customer_id WHERE c.email = :text"""
    return select(Customer, Order).outerjoin(Customer.orders).where(Customer.email == text)


def join_through_a_table(session: Session, text: str):
    """SELECT o.* FROM orders o JOIN order_tags ot ON o.id = ot.order_id JOIN tags t ON t.id = ot.tag_id
    WHERE t.label = :text"""
    return select(Order).join(Order.tags).where(Tag.label == text)


def join_of_joins(session: Session, text: str):
    """SELECT c.* FROM customers c JOIN orders o ON c.id = o.customer_id JOIN items i ON o.id = i.order_id
    WHERE i.sku = :text"""
    return select(Customer).join(Customer.orders).join(Order.items).where(Item.sku == text)


def keywords_of_the_last_join(session: Session, text: str):
    """SELECT o.* FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email = :text"""
    return select(Order).join(Order.customer).filter_by(email=text)


def join_in_where(session: Session, text: str):
    """SELECT o.* FROM orders o, customers c WHERE o.customer_id = c.id AND c.email = :text"""
    return select(Order).where(Order.customer_id == Customer.id, Customer.email == text)


def join_of_a_table_with_itself(session: Session, text: str):
    """SELECT c.* FROM customers c JOIN customers m ON m.id = c.manager_id WHERE m.email = :text"""
    manager = aliased(Customer)
    return select(Customer).join(manager, manager.id == Customer.manager_id).where(manager.email == text)


def relationship_compared(session: Session, customer: Customer):
    """SELECT * FROM orders WHERE customer_id = :customer"""
    return select(Order).where(Order.customer == customer)


# Queries in queries


def any_of_many(session: Session, text: str):
    """SELECT o.* FROM orders o WHERE EXISTS (SELECT 1 FROM items i WHERE o.id = i.order_id AND i.sku = :text)"""
    return select(Order).where(Order.items.any(Item.sku == text))


def has_one(session: Session, text: str):
    """SELECT o.* FROM orders o WHERE EXISTS
    (SELECT 1 FROM customers c WHERE c.id = o.customer_id AND c.email = :text)"""
    return select(Order).where(Order.customer.has(Customer.email == text))


def has_none(session: Session):
    """SELECT c.* FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE c.id = o.customer_id)"""
    return select(Customer).where(~Customer.orders.any())


def existing(session: Session, text: str):
    """SELECT c.* FROM customers c WHERE EXISTS
    (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.status = :text)"""
    return select(Customer).where(exists().where(Order.customer_id == Customer.id, Order.state == text))


def existing_select(session: Session, text: str):
    """SELECT c.* FROM customers c WHERE EXISTS
    (SELECT o.id FROM orders o WHERE o.customer_id = c.id AND o.status = :text)"""
    found = select(Order.id).where(Order.customer_id == Customer.id, Order.state == text)
    return select(Customer).where(found.exists())


def listed_by_a_query(session: Session, text: str):
    """SELECT c.* FROM customers c WHERE c.id IN (SELECT o.customer_id FROM orders o WHERE o.status = :text)"""
    return select(Customer).where(Customer.id.in_(select(Order.customer_id).where(Order.state == text)))


def query_in_from(session: Session, text: str):
    """SELECT s.id FROM (SELECT id, customer_id FROM orders WHERE status = :text) s WHERE s.customer_id = 7"""
    inner = select(Order.id, Order.customer_id).where(Order.state == text).subquery()
    return select(inner.c.id).where(inner.c.customer_id == 7)


def scalar_of_each_row(session: Session, text: str):
    """SELECT c.id, (SELECT count(o.id) FROM orders o WHERE o.customer_id = c.id) FROM customers c
    WHERE c.email = :text"""
    counted = select(func.count(Order.id)).where(Order.customer_id == Customer.id).scalar_subquery()
    return select(Customer.id, counted).where(Customer.email == text)


# The whole


def order_and_limit(session: Session):
    """SELECT * FROM orders ORDER BY placed_at DESC, id LIMIT 20"""
    return select(Order).order_by(desc(Order.placed_at), asc(Order.id)).limit(20)


def order_with_nulls(session: Session):
    """SELECT * FROM orders ORDER BY shipped_at DESC NULLS LAST LIMIT 20"""
    return select(Order).order_by(nulls_last(Order.shipped_at.desc())).limit(20)


def page(session: Session, text: str):
    """SELECT * FROM orders WHERE status = :text ORDER BY placed_at LIMIT 20 OFFSET 40"""
    return select(Order).where(Order.state == text).order_by(Order.placed_at).limit(20).offset(40)


def first_of_each(session: Session):
    """SELECT DISTINCT ON (customer_id) * FROM orders ORDER BY customer_id, placed_at DESC"""
    return select(Order).distinct(Order.customer_id).order_by(Order.customer_id, Order.placed_at.desc())


def first_of_each_by_extension(session: Session):
    """SELECT DISTINCT ON (customer_id) * FROM orders ORDER BY customer_id, placed_at DESC"""
    query = select(Order).order_by(Order.customer_id, Order.placed_at.desc())
    return query.ext(distinct_on(Order.customer_id))


def different_values(session: Session, text: str):
    """SELECT DISTINCT customer_id FROM orders WHERE status = :text"""
    return select(Order.customer_id).where(Order.state == text).distinct()


def latest(session: Session):
    """SELECT max(placed_at) FROM orders"""
    return select(func.max(Order.placed_at))


def counted(session: Session, text: str):
    """SELECT count(*) FROM orders WHERE status = :text"""
    return select(func.count()).select_from(Order).where(Order.state == text)


def different_counted(session: Session, text: str):
    """SELECT count(DISTINCT customer_id) FROM orders WHERE status = :text"""
    return select(func.count(distinct(Order.customer_id))).where(Order.state == text)


def grouped(session: Session, text: str):
    """SELECT customer_id, count(id) FROM orders WHERE status = :text GROUP BY customer_id HAVING count(id) > 3"""
    return (
        select(Order.customer_id, func.count(Order.id))
        .where(Order.state == text)
        .group_by(Order.customer_id)
        .having(func.count(Order.id) > 3)
    )


def removed(session: Session, text: str):
    """DELETE FROM items WHERE sku = :text"""
    return delete(Item).where(Item.sku == text)


def changed(session: Session, text: str):
    """UPDATE orders SET status = 'old' WHERE status = :text"""
    return update(Order).where(Order.state == text).values(state="old")


def table_without_a_class(session: Session, text: str):
    """SELECT * FROM audit WHERE actor = :text ORDER BY at LIMIT 5"""
    return select(audit).where(audit.c.actor == text).order_by(audit.c.at).limit(5)


# The older way


def old_filter(session: Session, text: str):
    """SELECT * FROM customers WHERE email = :text LIMIT 1"""
    return session.query(Customer).filter(Customer.email == text).first()


def old_keywords(session: Session, text: str):
    """SELECT * FROM customers WHERE email = :text AND active = true"""
    return session.query(Customer).filter_by(email=text, active=True).one_or_none()


def old_join(session: Session, text: str):
    """SELECT o.* FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email = :text"""
    return session.query(Order).join(Order.customer).filter(Customer.email == text).all()


def old_page(session: Session, text: str):
    """SELECT * FROM orders WHERE status = :text ORDER BY placed_at DESC LIMIT 10"""
    return session.query(Order).filter(Order.state == text).order_by(Order.placed_at.desc())[:10]


def old_count(session: Session, text: str):
    """SELECT count(*) FROM (SELECT * FROM orders WHERE status = :text) a"""
    return session.query(Order).filter(Order.state == text).count()


def old_delete(session: Session, text: str):
    """DELETE FROM items WHERE sku = :text"""
    return session.query(Item).filter(Item.sku == text).delete()


def old_update(session: Session, text: str):
    """UPDATE orders SET status = 'old' WHERE status = :text"""
    return session.query(Order).filter(Order.state == text).update({"state": "old"})


def old_exists(session: Session, text: str):
    """SELECT EXISTS (SELECT 1 FROM customers WHERE email = :text)"""
    return session.query(session.query(Customer).filter(Customer.email == text).exists()).scalar()


def executed(session: Session, text: str):
    """SELECT * FROM customers WHERE email = :text"""
    return session.execute(select(Customer).where(Customer.email == text)).scalars().first()


def expression_of_cases(session: Session, text: str):
    """SELECT id, CASE WHEN total > 5 THEN 1 ELSE 0 END FROM orders WHERE status = :text"""
    return select(Order.id, case((Order.total > 5, 1), else_=0)).where(Order.state == text)
