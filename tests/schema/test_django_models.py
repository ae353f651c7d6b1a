"""The tables that Django's models declare."""

from __future__ import annotations

import pickle

import pytest
from tests.schema.declaring import class_of, columns, django, indexes, keys, outlines

from backend_architect.schema.django_models import django_models
from backend_architect.schema.outlines import outline

SHOP = """
    from django.db import models
    from django.db.models.functions import Lower

    class Customer(models.Model):
        email = models.EmailField(unique=True)
        name = models.CharField(max_length=80, db_index=True)

    class Status(models.TextChoices):
        NEW = "new", "New"
        PAID = "paid", "Paid"

    class Order(models.Model):
        customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
        status = models.CharField(max_length=10, choices=Status.choices)
        total = models.DecimalField(max_digits=10, decimal_places=2, null=True)
        placed = models.DateTimeField(auto_now_add=True)
        coupons = models.ManyToManyField("Coupon")

        class Meta:
            indexes = [
                models.Index(fields=["customer", "-placed"], name="recent"),
                models.Index(Lower("status"), name="by_lower"),
                models.Index(fields=["placed"], name="open", condition=models.Q(total__isnull=True)),
            ]
            unique_together = ("customer", "placed")

    class Coupon(models.Model):
        code = models.SlugField()
"""


def shop(text: str, **more: str) -> dict:
    return django({"shop/models.py": text, **{f"{name}.py": text for name, text in more.items()}})


def test_columns_are_those_of_postgresql() -> None:
    assert columns(shop(SHOP)["shop_order"]) == [
        "id integer not null",
        "customer_id integer not null",
        "status varchar(10) not null",
        "total numeric(10, 2)",
        "placed timestamp with time zone not null",
    ]


def test_indexes_are_those_that_django_makes_unasked_too() -> None:
    tables = shop(SHOP)
    assert indexes(tables["shop_customer"]) == [
        "index (email varchar_pattern_ops)",
        "index (name varchar_pattern_ops)",
        "index (name)",
        "primary (id)",
        "unique (email)",
    ]
    assert indexes(tables["shop_order"]) == [
        "index ((lower(status)))",
        "index (customer_id)",
        "index (customer_id, placed desc)",
        "index (placed) where total is null",
        "primary (id)",
        "unique (customer_id, placed)",
    ]
    assert indexes(tables["shop_coupon"]) == [
        "index (code varchar_pattern_ops)",
        "index (code)",
        "primary (id)",
    ]


def test_a_many_to_many_field_has_a_table_with_three_indexes() -> None:
    table = shop(SHOP)["shop_order_coupons"]
    assert list(table.columns) == ["id", "order_id", "coupon_id"]
    assert indexes(table) == [
        "index (coupon_id)",
        "index (order_id)",
        "primary (id)",
        "unique (order_id, coupon_id)",
    ]
    assert keys(table) == ["order_id -> shop_order(id) cascade", "coupon_id -> shop_coupon(id) cascade"]


def test_choices_are_the_values_of_the_column() -> None:
    assert shop(SHOP)["shop_order"].columns["status"].choices == ("new", "paid")


def test_a_foreign_key_has_the_type_of_what_it_points_to() -> None:
    tables = shop("""
        from django.db import models
        class Country(models.Model):
            code = models.CharField(max_length=2, primary_key=True)
            iso = models.CharField(max_length=3, unique=True)
        class City(models.Model):
            country = models.ForeignKey(Country, models.PROTECT, db_column="land")
            other = models.ForeignKey(Country, models.SET_NULL, null=True, to_field="iso", db_index=False)
            capital = models.OneToOneField("self", models.CASCADE)
    """)
    assert columns(tables["shop_city"]) == [
        "id integer not null",
        "land varchar(2) not null",
        "other_id varchar(3)",
        "capital_id integer not null",
    ]
    assert keys(tables["shop_city"]) == [
        "land -> shop_country(code) restrict",
        "other_id -> shop_country(iso) set null",
        "capital_id -> shop_city(id) cascade",
    ]
    assert indexes(tables["shop_city"]) == [
        "index (land varchar_pattern_ops)",
        "index (land)",
        "primary (id)",
        "unique (capital_id)",
    ]


def test_abstract_bases_of_other_files_give_their_fields_and_meta() -> None:
    tables = django(
        {
            "core/models.py": """
                from django.db import models
                class Dated(models.Model):
                    created = models.DateTimeField(db_index=True)
                    removed = models.BooleanField()
                    class Meta:
                        abstract = True
                        indexes = [models.Index(fields=["created", "id"], name="%(class)s_created")]
            """,
            "shop/models/__init__.py": "from .orders import Order",
            "shop/models/orders.py": """
                from core.models import Dated
                from django.db import models
                class Order(Dated):
                    removed = None
                    total = models.IntegerField()
                class Refund(Dated):
                    class Meta(Dated.Meta):
                        db_table = "refunds"
            """,
        }
    )
    assert sorted(tables) == ["refunds", "shop_order"]
    assert list(tables["shop_order"].columns) == ["id", "created", "total"]
    assert [one.name for one in tables["refunds"].indexes if one.columns == ("created", "id")] == [
        "refund_created"
    ]


def test_a_model_that_extends_another_has_a_table_that_points_to_it() -> None:
    tables = shop("""
        from django.db import models
        class Place(models.Model):
            name = models.TextField()
        class Restaurant(Place):
            stars = models.IntegerField()
        class Cafe(Place):
            class Meta:
                proxy = True
    """)
    assert sorted(tables) == ["shop_place", "shop_restaurant"]
    assert columns(tables["shop_restaurant"]) == ["place_ptr_id integer not null", "stars integer not null"]
    assert keys(tables["shop_restaurant"]) == ["place_ptr_id -> shop_place(id) cascade"]


def test_settings_and_configurations_say_what_keys_and_apps_are_called() -> None:
    tables = django(
        {
            "project/settings.py": """
                AUTH_USER_MODEL = "people.Person"
                DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
            """,
            "tests/settings.py": 'DEFAULT_AUTO_FIELD = "django.db.models.SmallAutoField"',
            "src/people/apps.py": """
                from django.apps import AppConfig
                class PeopleConfig(AppConfig):
                    name = "src.people"
                    default_auto_field = "django.db.models.AutoField"
            """,
            "src/people/models.py": """
                from django.contrib.auth.models import AbstractUser
                class Person(AbstractUser):
                    pass
            """,
            "src/stock/apps.py": """
                from django.apps import AppConfig
                class StockConfig(AppConfig):
                    name = "src.stock"
                    label = "warehouse"
            """,
            "src/stock/models.py": """
                from django.conf import settings
                from django.db import models
                class Item(models.Model):
                    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
            """,
        }
    )
    assert columns(tables["warehouse_item"]) == ["id bigint not null", "owner_id integer not null"]
    assert keys(tables["warehouse_item"]) == ["owner_id -> people_person(id) cascade"]
    assert "unique (username)" in indexes(tables["people_person"])
    assert "people_person_groups" in tables


def test_constraints() -> None:
    table = shop("""
        from django.db import models
        from django.db.models import F, Q
        class Seat(models.Model):
            row = models.IntegerField()
            number = models.PositiveIntegerField()
            state = models.TextField()
            class Meta:
                constraints = [
                    models.UniqueConstraint(fields=["row", "number"], name="one"),
                    models.UniqueConstraint(
                        fields=["row"], condition=Q(state="x") & ~Q(number__in=[1, 2]), name="two"
                    ),
                    models.UniqueConstraint(F("number").desc(), name="three", include=["state"]),
                    models.CheckConstraint(condition=Q(number__gte=1), name="four"),
                    models.UniqueConstraint(fields=["state"], condition=unknown(), name="five"),
                ]
    """)["shop_seat"]
    assert indexes(table) == [
        "primary (id)",
        "unique (row, number)",
        "unique index (number desc) include (state)",
        "unique index (row) where (state = 'x') and (not (number in (1, 2)))",
        "unique index (state) where ?",
    ]
    assert [(one.name, one.expression) for one in table.checks] == [("four", "number >= 1")]


def test_indexes_of_postgresql() -> None:
    table = shop("""
        from django.contrib.postgres.fields import ArrayField
        from django.contrib.postgres.indexes import GinIndex, OpClass
        from django.db import models
        from django.db.models.functions import Upper
        class Page(models.Model):
            tags = ArrayField(models.CharField(max_length=20))
            body = models.JSONField()
            title = models.TextField()
            class Meta:
                indexes = [
                    GinIndex(fields=["tags"], name="a"),
                    GinIndex(fields=["title"], opclasses=["gin_trgm_ops"], name="b"),
                    GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="c"),
                ]
    """)["shop_page"]
    assert table.columns["tags"].type == "varchar(20)[]"
    assert indexes(table) == [
        "index ((upper(title)) gin_trgm_ops) using gin",
        "index (tags) using gin",
        "index (title gin_trgm_ops) using gin",
        "primary (id)",
    ]


def test_fields_of_the_project_are_what_they_extend() -> None:
    tables = django(
        {
            "core/fields.py": """
                from django.db import models
                class Code(models.CharField):
                    def __init__(self, *args, **kwargs):
                        kwargs.setdefault("max_length", 12)
                        kwargs["null"] = kwargs["unique"] = True
                        super().__init__(*args, **kwargs)
            """,
            "shop/models.py": """
                from core.fields import Code
                from django.contrib.contenttypes.fields import GenericForeignKey
                from django.contrib.contenttypes.models import ContentType
                from django.db import models
                from library.fields import FancyForeignKey, MagicField
                class Thing(models.Model):
                    code = Code()
                    magic = MagicField(null=True)
                    parent = FancyForeignKey("self", models.CASCADE)
                    content_type = models.ForeignKey(ContentType, models.CASCADE)
                    content = GenericForeignKey()
            """,
        }
    )
    assert columns(tables["shop_thing"]) == [
        "id integer not null",
        "code varchar(12)",
        "magic ",
        "parent_id integer not null",
        "content_type_id integer not null",
    ]
    assert "unique (code)" in indexes(tables["shop_thing"])


def test_a_primary_key_of_several_columns() -> None:
    table = shop("""
        from django.db import models
        class Line(models.Model):
            pk = models.CompositePrimaryKey("order_id", "number")
            order = models.ForeignKey("Order", models.CASCADE)
            number = models.IntegerField()
        class Order(models.Model):
            pass
    """)["shop_line"]
    assert list(table.columns) == ["order_id", "number"]
    assert table.primary_key == ("order_id", "number")


def test_a_table_below_an_unknown_class_is_not_complete() -> None:
    tables = shop("""
        from django.db import models
        from library import AbstractThing
        class Thing(AbstractThing):
            name = models.TextField()
        class Other(models.Model):
            name = models.TextField()
    """)
    assert not tables["shop_thing"].complete
    assert tables["shop_other"].complete


def test_relations_of_classes() -> None:
    declaration = django_models(outlines({"shop/models.py": SHOP}))
    order = class_of(declaration, "Order")
    assert order.columns == {
        "pk": "id",
        "id": "id",
        "customer": "customer_id",
        "customer_id": "customer_id",
        "status": "status",
        "total": "total",
        "placed": "placed",
    }
    customer, coupons = order.relationships["customer"], order.relationships["coupons"]
    assert (customer.target, customer.back, customer.collection) == (
        "shop/models.py:Customer",
        "order_set",
        False,
    )
    assert (coupons.collection, coupons.secondary) == (True, "shop_order_coupons")


@pytest.mark.parametrize(
    "text", ["", "def f(:\n models", "class Model(Model): models = 1", "from . import *\nclass A(A.B): pass"]
)
def test_anything_is_read(text: str) -> None:
    assert django_models([outline(text, "shop/models.py")]).tables == []


def test_outlines_are_data() -> None:
    (one,) = outlines({"shop/models.py": SHOP})
    assert pickle.loads(pickle.dumps(one)) == one
