"""What other modules do with orders."""

from __future__ import annotations

from shop.models import Order


def list_orders():
    return Order.objects.filter(id__gt=0)


def list_orders_with_customers():
    orders = Order.objects.filter(id__gt=0)
    return orders.select_related("customer")


def total(order):
    return sum(line.amount for line in order.lines.all())


def described(order):
    return f"{order.number}: {total(order)}"


def number_of(order):
    return order.number


def numbers():
    return list(Order.objects.values_list("id", flat=True))
