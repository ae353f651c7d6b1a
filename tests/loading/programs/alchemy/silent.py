"""Programs whose statements do not grow."""

from __future__ import annotations

from shop.helpers import Orders, list_orders, list_orders_with_lines, number_of, total, total_of
from shop.models import Customer, Invoice, Line, Order, Product
from sqlalchemy import func, select
from sqlalchemy.orm import Load, Session, contains_eager, joinedload, selectinload, subqueryload


def joined(session: Session):
    query = select(Order).options(joinedload(Order.customer)).order_by(Order.id)
    return [order.customer.name for order in session.scalars(query)]


def selected_in(session: Session):
    return [len(order.lines) for order in session.query(Order).options(selectinload(Order.lines)).all()]


def subqueried(session: Session):
    return [len(order.lines) for order in session.query(Order).options(subqueryload(Order.lines)).all()]


def contained(session: Session):
    query = select(Order).join(Order.customer).options(contains_eager(Order.customer)).order_by(Order.id)
    return [order.customer.name for order in session.scalars(query)]


def nested(session: Session):
    query = select(Order).options(selectinload(Order.lines).joinedload(Line.product)).order_by(Order.id)
    return [line.product.name for order in session.scalars(query) for line in order.lines]


def nested_by_options(session: Session):
    query = select(Order).options(selectinload(Order.lines).options(joinedload(Line.product)))
    return [line.product.name for order in session.scalars(query) for line in order.lines]


def loaded_by_load(session: Session):
    query = select(Order).options(Load(Order).joinedload(Order.customer)).order_by(Order.id)
    return [order.customer.name for order in session.scalars(query)]


def options_of_a_list(session: Session):
    options = [joinedload(Order.customer), selectinload(Order.lines)]
    query = select(Order).options(*options).order_by(Order.id)
    return [(order.customer.name, len(order.lines)) for order in session.scalars(query)]


def options_in_a_branch(session: Session, more: bool = True):
    query = select(Order).order_by(Order.id)
    if more:
        query = query.options(joinedload(Order.customer))
    return [order.customer.name if more else "" for order in session.scalars(query)]


def lazy_selectin(session: Session):
    return [len(order.payments) for order in session.scalars(select(Order))]


def lazy_joined(session: Session):
    return [order.invoice.number for order in session.scalars(select(Order).order_by(Order.id))]


def columns_only(session: Session):
    return [(order.number, order.customer_id) for order in session.scalars(select(Order).order_by(Order.id))]


def columns_of_rows(session: Session):
    return [name for _, name in session.execute(select(Order.id, Customer.name).join(Order.customer))]


def way_back(session: Session):
    query = select(Customer).options(selectinload(Customer.orders)).order_by(Customer.id)
    return [order.customer.name for customer in session.scalars(query) for order in customer.orders]


def one_row(session: Session):
    order = session.get(Order, 1)
    return [order.customer.name, len(order.lines)]


def one_row_many_times(session: Session):
    order = session.scalars(select(Order).order_by(Order.id)).first()
    return [order.customer.name for _ in range(20)]


def lines_of_one_row(session: Session):
    order = session.query(Order).filter(Order.id == 1).one()
    return [line.amount for line in order.lines]


def all_at_once(session: Session):
    numbers = [1, 2, 3]
    customers = session.scalars(select(Customer).where(Customer.id.in_(numbers)))
    return sorted(customer.name for customer in customers)


def from_a_dict(session: Session):
    customers = {one.id: one for one in session.scalars(select(Customer))}
    return [customers[order.customer_id].name for order in session.scalars(select(Order).order_by(Order.id))]


def known_to_the_session(session: Session):
    customers = session.scalars(select(Customer)).all()
    names = [order.customer.name for order in session.scalars(select(Order).order_by(Order.id))]
    return [len(customers), *names]


def loaded_elsewhere(session: Session):
    return [len(order.lines) for order in list_orders_with_lines(session)]


def loaded_by_a_repository(session: Session):
    return [order.customer.name for order in Orders(session).with_customers()]


def helper_of_columns(session: Session):
    return [number_of(order) for order in list_orders(session)]


def helper_with_loaded_rows(session: Session):
    return [total(order) for order in session.query(Order).options(selectinload(Order.lines))]


def helper_with_what_it_needs(session: Session):
    lines = session.scalars(select(Line)).all()
    by_order = {}
    for line in lines:
        by_order.setdefault(line.order_id, []).append(line)
    orders = session.scalars(select(Order).order_by(Order.id))
    return [total_of(order, by_order[order.id]) for order in orders]


def property_of_columns(session: Session):
    return [order.label for order in session.scalars(select(Order).order_by(Order.id))]


def property_of_loaded_rows(session: Session):
    query = select(Order).options(joinedload(Order.customer)).order_by(Order.id)
    return [order.buyer for order in session.scalars(query)]


def left_at_the_first(session: Session):
    for order in session.scalars(select(Order).order_by(Order.id)):
        if order.number == "A1":
            return order.customer.name
    return None


def retried(session: Session):
    for _ in range(3):
        customer = session.get(Customer, 1)
        if customer is not None:
            return customer.name
    return None


def in_batches(session: Session):
    found = []
    for numbers in ([1, 2], [3]):
        found += session.scalars(select(Customer.name).where(Customer.id.in_(numbers))).all()
    return len(found)


def aggregated(session: Session):
    query = select(Order, func.count(Line.id)).join(Order.lines).group_by(Order.id).order_by(Order.id)
    return [(order.number, count) for order, count in session.execute(query)]


def joined_entities(session: Session):
    query = select(Order, Customer).join(Order.customer).order_by(Order.id)
    return [(order.customer.name, customer.id) for order, customer in session.execute(query)]


def counted(session: Session):
    return [
        count for count in session.scalars(select(func.count()).select_from(Line).group_by(Line.order_id))
    ]


def new_rows(session: Session):
    customer = Customer(name="new")
    orders = [Order(number=str(number), customer=customer) for number in range(3)]
    return [order.customer.name for order in orders]


def set_before(session: Session):
    found = []
    for order in session.scalars(select(Order).options(joinedload(Order.customer))):
        invoice = Invoice(number="x", order_id=order.id)
        found.append(invoice.number)
    return len(set(found))


def sold_products(session: Session):
    query = select(Product).options(selectinload(Product.sold)).order_by(Product.id)
    return [len(product.sold) for product in session.scalars(query)][:1]
