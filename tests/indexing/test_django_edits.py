"""Indexes in the models and migrations of Django projects."""

from __future__ import annotations

import re

import pytest

from backend_architect.engine.remedies import Changes, UnwritableError
from backend_architect.indexing.homes import Wanted
from backend_architect.indexing.plan import add_index
from backend_architect.schema.model import Index, IndexPart
from project_texts import Texts, changes_of, project_of, with_changes

FIELDS = """
    number = models.BigIntegerField()
    created_at = models.DateTimeField()
"""
VIEW = """
def latest(number):
    return list(Order.objects.filter(number=number).order_by("-created_at")[:10])
"""
FIRST = '("shop", "0001_initial")'
PARTS = (IndexPart("number"), IndexPart("created_at", descending=True))


def migration(fields: str = FIELDS, dependencies: str = "", name: str = "Order") -> str:
    listed = "".join(
        f'("{line.split(" = ")[0].strip()}", {line.split(" = ")[1]}), ' for line in fields.strip().split("\n")
    )
    key = '("id", models.BigAutoField(primary_key=True)), '
    return (
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        f"    dependencies = [{dependencies}]\n"
        f'    operations = [migrations.CreateModel("{name}", [{key}{listed}])]\n'
    )


def shop(models: str, **more: str) -> Texts:
    """A project of one app; more files are given by their names without the ending."""
    files = {
        "shop/__init__.py": "",
        "shop/models.py": models,
        "shop/views.py": f"from shop.models import Order\n\n{VIEW}",
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": migration(),
    }
    return files | {f"{name.replace('__', '/')}.py": text for name, text in more.items()}


def order(meta: str = "", head: str = "from django.db import models\n", models: str = "models.") -> str:
    """The model; `models` is how the file writes what is in `django.db.models`."""
    text = f"\n\nclass Order(models.Model):{FIELDS}{meta}"
    return head + text.replace("models.", models)


def with_base(base: str, head: str) -> str:
    """The model with another base."""
    return order(head=f"{head}from django.db import models\n").replace("models.Model", base)


INDEXES = """\
        indexes = [
            models.Index(
                fields=["number", "-created_at"],
                name="order_number_created_at_idx",
            ),
        ]
"""
SHORT = """\
        indexes = [
            models.Index(fields=["number", "-created_at"], name="order_number_created_at_idx"),
        ]
"""
NAMES = "from django.db.models import BigIntegerField, DateTimeField, "
ORDERING = '\n    class Meta:\n        ordering = ["pk"]  # stable\n'
ELEMENT = INDEXES.partition("[\n")[2].rpartition("        ]")[0]
BARE = ELEMENT.removesuffix(",\n")
EMAIL = 'models.Index(fields=["created_at"], name="of_time")'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (order(), order(f"\n    class Meta:\n{INDEXES}")),
        (
            order("\n    def total(self):\n        return 1\n"),
            order(f"\n    class Meta:\n{INDEXES}\n    def total(self):\n        return 1\n"),
        ),
        (
            order("    def total(self):\n        return 1\n"),
            order(f"\n    class Meta:\n{INDEXES}\n    def total(self):\n        return 1\n"),
        ),
        (
            order('\n    class Meta:\n        ordering = ["pk"]  # stable\n\n    def total(self): ...\n'),
            order(f"{ORDERING}{INDEXES}\n    def total(self): ...\n"),
        ),
        (order("\n    class Meta:\n        indexes = []\n"), order(f"\n    class Meta:\n{INDEXES}")),
        (
            order(f"\n    class Meta:\n        indexes = [\n            {EMAIL},\n        ]\n"),
            order(f"\n    class Meta:\n        indexes = [\n            {EMAIL},\n{ELEMENT}        ]\n"),
        ),
        (
            order(f"\n    class Meta:\n        indexes = [\n            {EMAIL}  # new\n        ]\n"),
            order(
                f"\n    class Meta:\n        indexes = [\n            {EMAIL},  # new\n{BARE}\n        ]\n"
            ),
        ),
        (
            order(f"\n    class Meta:\n        indexes = ({EMAIL},)\n"),
            order(f"\n    class Meta:\n        indexes = (\n            {EMAIL},\n{ELEMENT}        )\n"),
        ),
        (
            order(f"\n    class Meta:\n        indexes = OLD + [\n            {EMAIL},\n        ]\n"),
            order(
                f"\n    class Meta:\n        indexes = OLD + [\n            {EMAIL},\n{ELEMENT}        ]\n"
            ),
        ),
        (
            order(head="from django.contrib.gis.db import models\n"),
            order(f"\n    class Meta:\n{INDEXES}", head="from django.contrib.gis.db import models\n"),
        ),
        (
            order(head="from django.db import models as m\n", models="m."),
            order(f"\n    class Meta:\n{INDEXES}", head="from django.db import models as m\n", models="m."),
        ),
        (
            order(head=f"{NAMES}Model\n", models=""),
            order(f"\n    class Meta:\n{SHORT}", head=f"{NAMES}Index, Model\n", models=""),
        ),
        (
            order(head=f"{NAMES}Model\n\n\nclass Index: ...\n", models=""),
            order(head=f"import django.db.models\n{NAMES}Model\n\n\nclass Index: ...\n", models="")
            + f"\n    class Meta:\n{INDEXES.replace('models', 'django.db.models')}",
        ),
        (
            order(f"\n    class Meta:\n        indexes = [{EMAIL}, OLD]\n"),
            order(
                f"\n    class Meta:\n        indexes = [\n            {EMAIL},\n            OLD,\n"
                f"{ELEMENT}        ]\n"
            ),
        ),
        (
            order(
                "\n    class Meta:\n        indexes = [models.Index(\n"
                '            "created_at", name="of"\n        )]\n'
            ),
            order(
                "\n    class Meta:\n        indexes = [\n            models.Index(\n"
                f'                "created_at", name="of"\n            ),\n{ELEMENT}        ]\n'
            ),
        ),
        (order().replace("\n", "\r\n"), order(f"\n    class Meta:\n{INDEXES}").replace("\n", "\r\n")),
        (order().rstrip("\n"), order(f"\n    class Meta:\n{INDEXES}")),
    ],
)
def test_the_index_stands_in_meta_in_the_layout_of_the_class(before: str, after: str):
    texts = shop(before)
    changed = with_changes(texts, changes_of(texts))
    assert changed["shop/models.py"] == after
    assert not project_of(changed).advice


@pytest.mark.parametrize(
    ("models", "reason"),
    [
        (order("\n    class Meta:\n        indexes = INDEXES\n"), "no list that is written out"),
        (order("\n    class Meta:\n        indexes = [\n            # none\n        ]\n"), "a comment"),
        (order("\n    class Meta: ordering = ['pk']\n"), "`Meta` of Order is one line"),
        (order("\n    Meta = make_meta()\n"), "`Meta` of Order is no class"),
        (order("\n    class Meta(Other.Meta):\n        pass\n"), "which indexes Other.Meta has"),
        (
            with_base("TimeStampedModel", "from lib.models import TimeStampedModel\n"),
            "options lib.models.TimeStampedModel gives",
        ),
        (
            order(head=f"{NAMES}Model\n\n\nclass Index: ...\n\n\ndef django(): ...\n", models=""),
            "the name Index means something else",
        ),
    ],
)
def test_a_model_that_cannot_be_edited_with_certainty_is_left_alone(models: str, reason: str):
    with pytest.raises(UnwritableError, match=reason):
        changes_of(shop(models))


def settings(*engines: str) -> Texts:
    return {
        f"settings/{engine}.py": f'DATABASES = {{"default": {{"ENGINE": "django.db.backends.{engine}"}}}}\n'
        for engine in engines
    }


@pytest.mark.parametrize(
    ("engines", "operation", "notes"),
    [
        ([], "AddIndexConcurrently", 0),
        (["postgresql"], "AddIndexConcurrently", 0),
        (["sqlite3"], "migrations.AddIndex", 0),
        (["mysql"], "migrations.AddIndex", 0),
        (["postgresql", "sqlite3"], "migrations.AddIndex", 1),
    ],
)
def test_the_operation_is_one_that_all_databases_of_the_settings_know(
    engines: list[str], operation: str, notes: int
):
    changes = changes_of(shop(order()) | settings(*engines))
    text = changes.creates[0].text
    assert f"        {operation}(\n" in text
    assert ("atomic = False" in text) is (operation == "AddIndexConcurrently")
    assert len(changes.notes) == notes


@pytest.mark.parametrize(
    ("text", "operation", "notes"),
    [
        (
            """
LITE = {"ENGINE": "django.db.backends.sqlite3"}
BIG = {"ENGINE": "django.db.backends.postgresql"}
DATABASES = {"default": {"lite": LITE, "big": BIG}[os.environ["KIND"]]}
""",
            "migrations.AddIndex",
            1,
        ),
        (
            'DATABASES = {"default": {"ENGINE": os.environ.get("ENGINE", "django.db.backends.sqlite3")}}\n',
            "migrations.AddIndex",
            0,
        ),
        (
            'DATABASES = {"default": env.db("URL", default="postgres://localhost/shop")}\n',
            "AddIndexConcurrently",
            0,
        ),
    ],
)
def test_a_run_of_the_settings_may_choose_each_database_that_they_speak_of(
    text: str, operation: str, notes: int
):
    changes = changes_of(shop(order()) | {"shop/settings.py": f"import os\n\n{text}"})
    assert f"        {operation}(\n" in changes.creates[0].text
    assert len(changes.notes) == notes


def test_an_app_without_migrations_gets_the_index_in_its_model_alone():
    texts = shop(order(), blog__migrations__0001_initial=migration(name="Post"))
    for path in ("shop/migrations/0001_initial.py", "shop/migrations/__init__.py"):
        del texts[path]
    remedy = add_index(project_of(texts), Wanted("shop_order", Index("", PARTS)))
    assert remedy is not None
    assert remedy.title == "Add the index to `Order`"
    changes = remedy.plan.changes(project_of(texts))
    assert INDEXES in with_changes(texts, changes)["shop/models.py"]
    assert not changes.creates


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        (
            {
                "shop__migrations__0002_a": migration(
                    "\n a = models.TextField()\n", '("shop", "0001_initial")', "A"
                ),
                "shop__migrations__0002_b": migration(
                    "\n b = models.TextField()\n", '("shop", "0001_initial")', "B"
                ),
            },
            r"several \(0002_a, 0002_b\); `makemigrations --merge` joins them",
        ),
        (
            {"shop__migrations__0001_initial": migration("\n    number = models.BigIntegerField()\n")},
            "no migration makes created_at of shop_order yet",
        ),
    ],
)
def test_a_history_that_does_not_lead_to_the_models_gets_no_migration(others: dict[str, str], reason: str):
    with pytest.raises(UnwritableError, match=reason):
        changes_of(shop(order(), **others))


def added(texts: Texts, index: Index) -> Changes:
    project = project_of(texts)
    remedy = add_index(project, Wanted("shop_order", index))
    assert remedy is not None
    return remedy.plan.changes(project)


@pytest.mark.parametrize(
    ("declared", "name"),
    [
        ('models.Index(fields=["number", "-created_at"], name="mine")', "mine"),
        ('models.Index(fields=["number", "-created_at"])', "shop_order_number_[0-9a-f]{6}_idx"),
        ('models.Index("number", models.F("created_at").desc(), name="mine")', "mine"),
    ],
)
def test_what_the_model_declares_already_is_only_migrated(declared: str, name: str):
    texts = shop(order(f"\n    class Meta:\n        indexes = [{declared}]\n"))
    changes = added(texts, Index("", PARTS))
    assert not changes.edits
    assert re.search(f'name="{name}"', changes.creates[0].text)


def test_a_name_that_would_be_too_long_is_the_one_that_django_gives():
    models = order().replace("created_at", "created_at_the_counter")
    texts = shop(
        models,
        shop__migrations__0001_initial=migration(FIELDS.replace("created_at", "created_at_the_counter")),
    )
    changes = added(
        texts, Index("", (IndexPart("number"), IndexPart("created_at_the_counter", descending=True)))
    )
    assert 'name="shop_order_number_' in changes.creates[0].text


def test_a_long_name_of_a_part_of_the_rows_is_made_in_the_same_way():
    models = order().replace("created_at", "created_at_the_counter")
    texts = shop(
        models,
        shop__migrations__0001_initial=migration(FIELDS.replace("created_at", "created_at_the_counter")),
    )
    part = Index("", (IndexPart("created_at_the_counter"),), where="number = 1")
    created = added(texts, part).creates[0].text
    assert re.search('name="shop_order_created_[0-9a-f]{6}_idx"', created)


def test_names_follow_those_of_other_models():
    other = "\n\nclass Cart(models.Model):\n    email = models.TextField()\n\n"
    other += "    class Meta:\n        indexes = ["
    texts = shop(order(f'{other}models.Index(fields=["email"], name="ix_cart_email")]\n'))
    changes = added(texts, Index("", (IndexPart("number"),)))
    assert 'name="ix_order_number"' in changes.creates[0].text


def test_what_needs_an_app_that_is_not_installed_is_not_offered():
    index = Index("", (IndexPart("number", opclass="int8_ops", nulls="first"),))
    assert add_index(project_of(shop(order())), Wanted("shop_order", index)) is None
    texts = shop(order(), settings='INSTALLED_APPS = ["django.contrib.postgres", "shop"]\n')
    assert "OpClass(" in added(texts, index).creates[0].text


def test_the_style_of_names_is_found_in_whole_words():
    other = "\n\nclass Cart(models.Model):\n    owner = models.ForeignKey(Order, models.CASCADE)\n\n"
    other += "    class Meta:\n        indexes = ["
    texts = shop(order(f'{other}models.Index(fields=["owner"], name="cart_owner_idx")]\n'))
    changes = added(texts, Index("", (IndexPart("number"),)))
    assert 'name="order_number_idx"' in changes.creates[0].text


def test_a_project_that_leaves_names_to_django_goes_on_to_do_so():
    texts = shop(order('\n    class Meta:\n        indexes = [models.Index(fields=["created_at"])]\n'))
    changes = added(texts, Index("", (IndexPart("number"),)))
    assert 'models.Index(fields=["number"])]' in with_changes(texts, changes)["shop/models.py"]
    assert re.search('name="shop_order_number_[0-9a-f]{6}_idx"', changes.creates[0].text)


def test_the_name_of_a_partial_index_that_would_be_too_long_is_cut_as_those_of_django():
    texts = shop(order().replace("number", "number_of_order"))
    texts["shop/migrations/0001_initial.py"] = migration(FIELDS.replace("number", "number_of_order"))
    changes = added(texts, Index("", (IndexPart("number_of_order"),), where="created_at IS NULL"))
    assert re.search('name="shop_order_number__[0-9a-f]{6}_idx"', changes.creates[0].text)


@pytest.mark.parametrize(
    ("index", "reason"),
    [
        (Index("", PARTS, where="number > 5"), "no certain way to say number > 5"),
        (Index("", PARTS, where="number = 'x'"), "may be no value of number"),
        (Index("", (IndexPart(None, "date_trunc('day', created_at)"),)), "no certain way"),
        (Index("", (IndexPart(None, "lower(number)"),)), "nobody says that number is a text"),
        (Index("", (IndexPart("gone"),)), "no field for the column gone"),
        (Index("", PARTS, unique=True), "more than an index"),
    ],
)
def test_what_django_cannot_say_with_certainty_is_not_written(index: Index, reason: str):
    with pytest.raises(UnwritableError, match=reason):
        added(shop(order()), index)
