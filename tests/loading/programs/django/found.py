"""Programs whose statements grow with the number of rows."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from shop.helpers import described, list_orders, numbers, total
from shop.models import Customer, Line, Order, Product, Tag

from shop import models


def foreign_key():
    names = []
    for order in Order.objects.all():
        names.append(order.customer.name)
    return names


def foreign_key_of_a_filter():
    return [order.customer.name for order in Order.objects.filter(id__gt=0).order_by("id")]


def in_lines():
    orders = (
        Order.objects.filter(id__gt=0)
        .exclude(number="")  # none is
        .order_by("-id")
    )
    return [order.customer.name for order in orders]


def over_two_keys():
    return [order.customer.region.name for order in Order.objects.all()]


def beside_another_key():
    return [line.product.name for line in Line.objects.select_related("order").order_by("id")]


def reverse():
    return [len(order.lines.all()) for order in Order.objects.all()]


def reverse_by_default_name():
    found = []
    for customer in Customer.objects.order_by("id"):
        for wish in customer.wish_set.all():
            found.append(wish.id)
    return sorted(found)


def one_to_one():
    return [invoice.order.number for invoice in models.Invoice.objects.order_by("id")]


def reverse_one_to_one():
    return [order.invoice.number for order in Order.objects.all()]


def many_to_many():
    return {order.number: [tag.name for tag in order.tags.all()] for order in Order.objects.all()}


def reverse_many_to_many():
    return [[order.number for order in tag.tagged.all()] for tag in Tag.objects.order_by("id")]


def two_levels():
    found = []
    for order in Order.objects.all():
        for line in order.lines.all():
            found.append(line.product.name)
    return sorted(found)


def second_level_of_one():
    customers = list(Customer.objects.order_by("id"))
    return [wish.product.name for customer in customers[:1] for wish in customer.wish_set.all()] + [
        wish.product.name for wish in models.Wish.objects.order_by("id")
    ]


def two_ways():
    found = []
    for order in Order.objects.all():
        found.append(order.customer.name)
        found.append(len(order.lines.all()))
    return found


def summed():
    return sum(len(order.customer.name) for order in Order.objects.all())


def sorted_by_key():
    return [one.number for one in sorted(Order.objects.all(), key=lambda order: order.customer.name)]


def mapped():
    return list(map(total, Order.objects.all()))


def by_a_helper_of_a_helper():
    return [described(order) for order in Order.objects.all()]


def by_a_method():
    return [order.total() for order in Order.objects.all()]


def by_a_property():
    return [order.buyer for order in Order.objects.all()]


def asked_elsewhere():
    return [order.customer.name for order in list_orders()]


def query_of_steps(newest=False):
    orders = Order.objects.all()
    if newest:
        orders = orders.order_by("-id")
    return [order.customer.name for order in orders]


def iterated():
    return [order.customer.name for order in Order.objects.all().iterator()]


def sliced():
    return [order.customer.name for order in Order.objects.order_by("id")[:100]]


def of_a_row_found_or_404():
    product = get_object_or_404(Product, pk=2)
    return [line.order.number for line in Line.objects.filter(product__gte=product.pk).order_by("id")]


def prefetched_without_the_next():
    found = []
    for order in Order.objects.prefetch_related("lines"):
        found += [line.product.name for line in order.lines.all()]
    return found


def filtered_without_fix():
    return [order.lines.filter(amount__gt=0).count() for order in Order.objects.prefetch_related("lines")]


def counted_without_fix():
    return [order.lines.count() for order in Order.objects.all()]


def got_without_fix():
    return [Customer.objects.get(pk=number).name for number in numbers()]


def filtered_by_each_without_fix():
    return [list(Line.objects.filter(order=order)) for order in Order.objects.all()]


def first_of_each_without_fix():
    found = []
    for order in Order.objects.all():
        found.append(Line.objects.filter(order_id=order.id).order_by("id").first().amount)
    return found


def got_by_a_key():
    orders = list(Order.objects.all())
    return [Customer.objects.get(pk=order.customer_id).name for order in orders]


def first_with_a_key():
    def names(keys: list[int]):
        found = []
        for key in keys:
            customer = Customer.objects.filter(pk=key).first()
            found.append(customer.name if customer is not None else "nobody")
        return found

    return names([*numbers(), 99])


def key_of_a_queryset():
    orders = Order.objects.filter(id__gt=0).all()
    found = []
    for order in orders:
        found.append(Customer.objects.filter(id=order.customer_id).first().name)
    return found


def key_of_any_queryset_without_fix():
    orders = Order.objects.filter(id__gt=0)
    return [Customer.objects.filter(pk=order.customer_id).first().name for order in orders.iterator()]
