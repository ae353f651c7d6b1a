"""Programs whose statements grow with the number of rows."""

from __future__ import annotations

from itertools import chain

from shop.helpers import Orders, described, list_orders, numbers, total, total_of
from shop.models import Customer, Line, Order
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from shop import models


def loop_over_scalars(session: Session):
    names = []
    for order in session.scalars(select(Order).where(Order.id > 0).order_by(Order.id)):
        names.append(order.customer.name)
    return names


def loop_over_all(session: Session):
    result = session.execute(select(Order).order_by(Order.id)).scalars().all()
    return [len(order.lines) for order in result]


def loop_over_query(session: Session):
    return [order.customer.name for order in session.query(Order).order_by(Order.id)]


def loop_over_query_in_lines(session: Session):
    orders = (
        session.query(Order)
        .filter(Order.id > 0)  # all of them
        .order_by(Order.id)
        .all()
    )
    return [[line.amount for line in order.lines] for order in orders]


def rows_of_tuples(session: Session):
    found = []
    for order, amount in session.execute(select(Order, Line.amount).join(Order.lines).order_by(Line.id)):
        found.append((order.customer.name, amount))
    return found


def two_levels(session: Session):
    found = []
    for order in session.scalars(select(Order).order_by(Order.id)):
        for line in order.lines:
            found.append(line.product.name)
    return found


def two_levels_in_a_comprehension(session: Session):
    orders = session.scalars(select(Order).order_by(Order.id)).all()
    return [line.product.name for order in orders for line in order.lines]


def second_level(session: Session):
    query = select(Order).options(selectinload(Order.lines)).order_by(Order.id)
    return [line.product.name for order in session.scalars(query) for line in order.lines]


def many_to_many(session: Session):
    return {order.number: [tag.name for tag in order.tags] for order in session.query(Order).all()}


def chain_of_scalars(session: Session):
    return [order.customer.region.name for order in session.scalars(select(Order).order_by(Order.id))]


def back_reference(session: Session):
    products = session.scalars(select(models.Product).order_by(models.Product.id))
    return [[line.amount for line in product.sold] for product in products]


def summed(session: Session):
    return sum(len(order.customer.name) for order in session.scalars(select(Order)).all())


def sorted_by_key(session: Session):
    orders = session.scalars(select(Order)).all()
    return [order.number for order in sorted(orders, key=lambda order: order.customer.name)]


def mapped(session: Session):
    return list(map(total, session.scalars(select(Order).order_by(Order.id))))


def mapped_by_lambda(session: Session):
    return list(map(lambda order: order.customer.name, session.query(Order).order_by(Order.id).all()))


def by_a_helper(session: Session):
    return [total(order) for order in session.query(Order).order_by(Order.id)]


def by_a_helper_of_a_helper(session: Session):
    return [described(order) for order in session.query(Order).order_by(Order.id)]


def by_a_helper_without_what_it_takes(session: Session):
    return [total_of(order) for order in session.query(Order).order_by(Order.id)]


def by_a_method(session: Session):
    return [order.total() for order in session.scalars(select(Order).order_by(Order.id))]


def by_a_property(session: Session):
    return [order.buyer for order in session.scalars(select(Order).order_by(Order.id))]


def asked_elsewhere(session: Session):
    return [order.customer.name for order in list_orders(session)]


def asked_by_a_repository(session: Session):
    return [len(order.lines) for order in Orders(session).newest()]


def query_of_steps(session: Session, number: int = 0):
    query = select(Order)
    if number:
        query = query.where(Order.id == number)
    query = query.order_by(Order.id)
    return [order.customer.name for order in session.scalars(query).all()]


def one_row_and_its_rows(session: Session):
    customers = session.query(Customer).all()
    regions = [customer.region.name for customer in customers]
    return sorted(regions)


def under_a_condition(session: Session):
    found = []
    for order in session.scalars(select(Order).order_by(Order.id)):
        if order.customer is not None:
            found.append(order.number)
    return found


def with_an_option_of_another(session: Session):
    query = select(Order).options(selectinload(Order.tags)).order_by(Order.id)
    return [(len(order.tags), order.customer.name) for order in session.scalars(query)]


def paged(session: Session):
    orders = session.scalars(select(Order).order_by(Order.id).limit(100)).all()
    return [(index, order.customer.name) for index, order in enumerate(orders)]


def two_relationships(session: Session):
    found = []
    for order in session.scalars(select(Order).order_by(Order.id)).unique():
        found.append(order.customer.name)
        found.append(len(order.lines))
    return found


def chained(session: Session):
    orders = session.scalars(select(Order).order_by(Order.id)).all()
    return [line.amount for line in chain.from_iterable(order.lines for order in orders)]


def key_of_a_row(session: Session):
    orders = session.scalars(select(Order).order_by(Order.id)).all()
    return [session.get(Customer, order.customer_id).name for order in orders]


def statement_of_a_row_without_fix(session: Session):
    found = []
    for number in numbers(session):
        found.append(session.scalars(select(Customer).where(Customer.id == number)).one().name)
    return found


def filter_by_a_value_without_fix(session: Session):
    return [session.query(Line).filter_by(order_id=number).count() for number in numbers(session)]


def keys_of_a_list(session: Session):
    def names(keys: list[int]):
        found = []
        for key in keys:
            customer = session.get(Customer, key)
            found.append(customer.name if customer is not None else "nobody")
        return found

    return names([*numbers(session), 99])


def key_of_each_row_with_a_name_that_is_taken(session: Session):
    customers = []
    orders = session.query(Order).order_by(Order.id).all()
    for order in orders:
        customers.append(session.get(Customer, order.customer_id).name)
    return customers


def first_of_a_statement(session: Session):
    orders = session.scalars(select(Order).order_by(Order.id)).all()
    found = {}
    for order in orders:
        customer = session.scalars(select(Customer).where(Customer.id == order.customer_id)).first()
        if customer:
            found[order.id] = customer.name
    return found


def scalar_of_keys(session: Session):
    orders = session.scalars(select(Order).order_by(Order.id)).all()
    keys = [order.customer_id for order in orders]
    return [session.scalar(select(Customer).where(Customer.id == key)).name for key in keys]


def one_or_none_of_keys(session: Session):
    def found(keys: tuple[int, ...]):
        return [
            session.execute(select(Customer).where(Customer.id == key)).scalar_one_or_none() is None
            for key in keys
        ]

    return found((*numbers(session), 99))


def key_in_a_query_that_runs_without_fix(session: Session):
    orders = session.scalars(select(Order).order_by(Order.id))
    return [session.get(Customer, order.customer_id).name for order in orders]


def keys_that_grow_without_fix(session: Session):
    def names(keys: list[int]):
        found = []
        for key in keys:
            found.append(session.get(Customer, key) is None)
            if key == 1:
                keys.append(99)
        return found

    return names(numbers(session))


def keys_of_any_kind_without_fix(session: Session):
    def names(keys):
        return [session.get(Customer, key).name for key in keys]

    return names(key for key in numbers(session))


def beside_what_nobody_knows_without_fix(session: Session):
    orders = session.scalars(select(Order).order_by(Order.id)).all()
    found = []
    for order in orders:
        found.append(session.get(Customer, order.customer_id).name)
        described(order)
    return found


def another_key_at_each_pass_without_fix(session: Session):
    orders = session.scalars(select(Order).order_by(Order.id)).all()
    found = []
    for order in orders:
        for _ in (1, 2):
            found.append(session.get(Customer, order.customer_id) is None)
        order.customer_id = 1
    session.expunge_all()
    return found
