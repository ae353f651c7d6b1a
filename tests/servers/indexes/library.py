"""Programs of Django on the tables of schema.sql; their docstrings name the indexes that they lack.

Parameters have typical values as their defaults.
"""

# ruff: noqa: RUF012 - programs as people write them, with the SQL on one line

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Q


class Customer(models.Model):
    tenant_id = models.BigIntegerField()
    email = models.TextField()
    phone = models.TextField(null=True)
    full_name = models.TextField()
    is_active = models.BooleanField()

    class Meta:
        app_label = "indexes"
        db_table = "customers"


class Product(models.Model):
    name = models.TextField()
    attributes = models.JSONField()

    class Meta:
        app_label = "indexes"
        db_table = "products"


class Order(models.Model):
    tenant_id = models.BigIntegerField()
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="orders")
    number = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        app_label = "indexes"
        db_table = "orders"
        ordering = ["-created_at"]


class Review(models.Model):
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    rating = models.SmallIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        app_label = "indexes"
        db_table = "reviews"


def equality(number: str = "ORD-777"):
    """orders(number)"""
    return Order.objects.filter(number=number)


def in_any_case(email: str = "user77@example.com"):
    """customers(upper(email))"""
    return Customer.objects.filter(email__iexact=email)


def infix_in_any_case(text: str = "olumn 77"):
    """customers(upper(full_name) gin_trgm_ops)"""
    return Customer.objects.filter(full_name__icontains=text)


def order_of_the_model(tenant: int = 7):
    """orders(tenant_id, created_at DESC)"""
    return Order.objects.filter(tenant_id=tenant)[:20]


def across(number: str = "ORD-777"):
    """orders(number)"""
    return Customer.objects.filter(orders__number=number)


def of_an_object(product: int = 77):
    """reviews(product_id)"""
    return Review.objects.filter(product=product)


def alternatives(email: str = "user77@example.com", phone: str = "+77"):
    """customers(email); customers(phone)"""
    return Customer.objects.filter(Q(email=email) | Q(phone=phone))


def existing(number: str = "ORD-777"):
    """orders(number)"""
    return Customer.objects.filter(Exists(Order.objects.filter(customer=OuterRef("pk"), number=number)))


def newest():
    """reviews(created_at DESC)"""
    return Review.objects.order_by("-created_at")[:10]


def by_key(key: int = 77):
    """"""
    return Order.objects.filter(pk=key)


def by_an_index(customer: int = 77):
    """"""
    return Order.objects.filter(customer=customer)


def active():
    """"""
    return Customer.objects.filter(is_active=True)
