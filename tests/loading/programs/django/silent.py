"""Programs whose statements do not grow."""

from __future__ import annotations

from django.db.models import Count, Prefetch, prefetch_related_objects
from django.shortcuts import get_object_or_404
from shop.helpers import list_orders, list_orders_with_customers, number_of, total
from shop.models import Customer, Line, Order, Parcel, Product


def selected():
    return [order.customer.name for order in Order.objects.select_related("customer")]


def selected_over_two():
    return [order.customer.region.name for order in Order.objects.select_related("customer__region")]


def prefetched():
    return [len(order.lines.all()) for order in Order.objects.prefetch_related("lines")]


def prefetched_and_counted():
    return [order.lines.count() for order in Order.objects.prefetch_related("lines")]


def prefetched_over_two():
    orders = Order.objects.prefetch_related("lines__product")
    return [line.product.name for order in orders for line in order.lines.all()]


def prefetched_by_a_query():
    lines = Prefetch("lines", queryset=Line.objects.select_related("product").order_by("id"))
    orders = Order.objects.prefetch_related(lines)
    return [line.product.name for order in orders for line in order.lines.all()]


def prefetched_as_a_list():
    orders = Order.objects.prefetch_related(Prefetch("lines", to_attr="rows"))
    return [len(order.rows) for order in orders]


def prefetched_later():
    orders = list(Order.objects.all())
    prefetch_related_objects(orders, "lines", "customer")
    return [(order.customer.name, len(order.lines.all())) for order in orders]


def key_only():
    return [order.customer_id for order in Order.objects.all()]


def values():
    return [row["customer__name"] for row in Order.objects.values("number", "customer__name")]


def values_of_lists():
    return [name for _, name in Order.objects.values_list("number", "customer__name")]


def way_back():
    customers = Customer.objects.prefetch_related("wish_set").order_by("id")
    return [wish.customer.name for customer in customers for wish in customer.wish_set.all()]


def way_back_of_one():
    customer = Customer.objects.get(pk=1)
    return [wish.customer.name for wish in customer.wish_set.all()]


def one_row():
    order = Order.objects.get(pk=1)
    return [order.customer.name, len(order.lines.all())]


def one_row_many_times():
    order = Order.objects.first()
    return [order.customer.name for _ in range(20)]


def lines_of_one():
    order = get_object_or_404(Order, pk=1)
    return [line.amount for line in order.lines.all()]


def filtered_lines_of_one():
    order = get_object_or_404(Order, pk=1)
    lines = order.lines.filter(amount__gt=0).select_related("product")
    return [line.product.name for line in lines]


def in_bulk():
    customers = Customer.objects.in_bulk([1, 2, 3])
    return [customers[number].name for number in (1, 2, 3)]


def all_at_once():
    return [customer.name for customer in Customer.objects.filter(pk__in=[1, 2, 3]).order_by("id")]


def from_a_dict():
    customers = {one.pk: one for one in Customer.objects.all()}
    return [customers[order.customer_id].name for order in Order.objects.all()]


def loaded_elsewhere():
    return [order.customer.name for order in list_orders_with_customers()]


def loaded_behind():
    return [order.customer.name for order in list_orders().select_related("customer")]


def helper_of_columns():
    return [number_of(order) for order in Order.objects.all()]


def helper_with_loaded_rows():
    return [total(order) for order in Order.objects.prefetch_related("lines")]


def property_of_columns():
    return [order.label for order in Order.objects.all()]


def property_of_loaded_rows():
    return [order.buyer for order in Order.objects.select_related("customer")]


def by_its_manager():
    return [parcel.order.number for parcel in Parcel.objects.order_by("id")]


def annotated():
    return [order.number_of_lines for order in Order.objects.annotate(number_of_lines=Count("lines"))]


def left_at_the_first():
    for order in Order.objects.all():
        if order.number == "A1":
            return order.customer.name
    return None


def retried():
    for _ in range(3):
        customer = Customer.objects.filter(pk=1).first()
        if customer is not None:
            return customer.name
    return None


def few_values():
    return [Customer.objects.get(name=name).pk for name in ("customer 1", "customer 2")]


def in_batches():
    found = []
    for numbers in ([1, 2], [3]):
        found += Customer.objects.filter(pk__in=numbers).values_list("name", flat=True)
    return found


def known_by_name():
    return sorted(str(product) for product in Product.objects.none())


def new_rows():
    customer = Customer(name="new")
    orders = [Order(number=str(number), customer=customer) for number in range(3)]
    return [order.customer.name for order in orders]


def select_all():
    return [order.customer.name for order in Order.objects.select_related()]
