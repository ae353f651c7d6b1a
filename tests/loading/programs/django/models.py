"""A shop."""

from __future__ import annotations

from django.db import models


class Region(models.Model):
    name = models.CharField(max_length=20)


class Customer(models.Model):
    name = models.CharField(max_length=20)
    region = models.ForeignKey(Region, models.CASCADE)


class Tag(models.Model):
    name = models.CharField(max_length=20)


class Product(models.Model):
    name = models.CharField(max_length=20)


class Order(models.Model):
    number = models.CharField(max_length=20)
    customer = models.ForeignKey(Customer, models.CASCADE)
    tags = models.ManyToManyField(Tag, related_name="tagged")

    class Meta:
        ordering = ["id"]

    def total(self):
        return sum(line.amount for line in self.lines.all())

    @property
    def buyer(self):
        return self.customer.name

    @property
    def label(self):
        return f"order {self.number}"


class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.CASCADE)
    amount = models.IntegerField()


class Invoice(models.Model):
    order = models.OneToOneField(Order, models.CASCADE)
    number = models.CharField(max_length=20)


class Wish(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE)
    product = models.ForeignKey(Product, models.CASCADE)


class Full(models.Manager):
    def get_queryset(self):
        return super().get_queryset().select_related("order")


class Parcel(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
    objects = Full()


def fill(number):
    """As many orders as said, each with a customer, products and a tag of its own."""
    for n in range(1, number + 1):
        region = Region.objects.create(id=n, name=f"region {n}")
        customer = Customer.objects.create(id=n, name=f"customer {n}", region=region)
        order = Order.objects.create(id=n, number=f"A{n}", customer=customer)
        order.tags.add(Tag.objects.create(id=n, name=f"tag {n}"))
        Invoice.objects.create(id=n, order=order, number=f"I{n}")
        Parcel.objects.create(id=n, order=order)
        for half in (0, 1):
            product = Product.objects.create(id=2 * n + half, name=f"product {2 * n + half}")
            Line.objects.create(id=2 * n + half, order=order, product=product, amount=n)
            Wish.objects.create(id=2 * n + half, customer=customer, product=product)
