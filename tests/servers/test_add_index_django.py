"""Indexes that are added to Django projects: migrated by Django, and used by PostgreSQL."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from psycopg.conninfo import conninfo_to_dict

from backend_architect.engine.remedies import UnwritableError
from backend_architect.indexing.homes import Wanted
from backend_architect.indexing.plan import add_index
from backend_architect.schema.model import Index, IndexPart
from project_texts import Texts, changes_of, project_of, with_changes

if TYPE_CHECKING:
    from pathlib import Path

CUSTOMER = """
class Customer(models.Model):
    name = models.TextField()
"""
FIELDS = """
    customer = models.ForeignKey({customer}, on_delete=models.CASCADE, db_index=False)
    email = models.CharField(max_length=254)
    note = models.TextField()
    paid = models.BooleanField(default=False)
    shipped_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    status = models.CharField(max_length=20)
    data = models.JSONField(default=dict)
"""
METHOD = """
    def __str__(self):
        return self.email
"""
LATEST = "Order.objects.filter(customer_id=7).order_by('-created_at')[:10]"
SETTINGS = """
import json
import os

SECRET_KEY = "not one"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [{apps}]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", **json.loads(os.environ["DATABASE"])}}}}
"""


def order(head: str = "models.Model", meta: str = "", customer: str = "Customer") -> str:
    """The model whose rows are asked for."""
    return f"\n\nclass Order({head}):{FIELDS.format(customer=customer)}{meta}{METHOD}"


MODELS = f"from django.db import models\n\n{CUSTOMER}{order()}"


@dataclass(frozen=True)
class Case:
    """A project of Django, and what is to come of it."""

    name: str
    files: Texts = field(default_factory=lambda: {"shop/models.py": MODELS})
    apps: tuple[str, ...] = ("shop",)
    query: str = LATEST
    module: str = "shop.models"
    migration: str = "shop/migrations/0002_order_customer_created_at_idx.py"
    model: str = ""
    """What stands in the file of the model afterwards."""
    says: str = ""
    """What stands in the migration."""
    settings: str = ""
    prepare: tuple[tuple[str, ...], ...] = ()
    """The commands that make the migrations which are there, after the first ones."""
    label: str = "shop"


def of_meta(meta: str, model: str, head: str = "", bases: str = "models.Model", **given: str) -> Case:
    """A project in which `Meta` says something already."""
    text = f"from django.db import models\n\n{CUSTOMER}{head}{order(bases, meta)}"
    return Case(files={"shop/models.py": text}, model=model, **given)  # pyright: ignore[reportArgumentType]


STAMPED = """

class Stamped(models.Model):
    class Meta:
        abstract = True
        ordering = ["pk"]
"""
INDEXED = STAMPED.replace(
    "ordering = [",
    'indexes = [models.Index(fields=["email"], name="%(class)s_email_idx")]\n        ordering = [',
)

CASES = [
    Case("one app", says="AddIndexConcurrently("),
    Case(
        "several apps",
        {
            "people/models.py": f"from django.db import models\n\n{CUSTOMER}",
            "shop/models.py": "from django.db import models\n\n"
            f"from people.models import Customer\n{order()}",
        },
        apps=("people", "shop"),
    ),
    Case(
        "a package of models",
        {
            "shop/models/__init__.py": "from .orders import Customer, Order\n",
            "shop/models/orders.py": MODELS,
        },
    ),
    Case(
        "a nested app with a label of its own",
        {
            "apps/__init__.py": "",
            "apps/store/models.py": MODELS,
            "apps/store/apps.py": "from django.apps import AppConfig\n\n\nclass StoreConfig(AppConfig):\n"
            '    name = "apps.store"\n    label = "store_front"\n',
        },
        apps=("apps.store",),
        module="apps.store.models",
        migration="apps/store/migrations/0002_order_customer_created_at_idx.py",
        label="store_front",
    ),
    Case(
        "numbers with gaps",
        prepare=(("makemigrations", "shop", "--empty", "-n", "rows"), ("rename", "0002_rows", "0017_rows")),
        migration="shop/migrations/0018_order_customer_created_at_idx.py",
    ),
    Case(
        "squashed migrations",
        prepare=(
            ("makemigrations", "shop", "--empty", "-n", "rows"),
            ("makemigrations", "shop", "--empty", "-n", "more"),
            ("squashmigrations", "shop", "0002", "0003", "--no-input"),
        ),
        migration="shop/migrations/0004_order_customer_created_at_idx.py",
        says='("shop", "0002_rows_squashed_0003_more")',
    ),
    Case(
        "merged migrations",
        prepare=(
            ("makemigrations", "shop", "--empty", "-n", "rows"),
            ("fork", "0002_rows", "0002_others"),
            ("makemigrations", "shop", "--merge", "--no-input"),
        ),
        migration="shop/migrations/0004_order_customer_created_at_idx.py",
        says='("shop", "0003_merge_',
    ),
    Case(
        "migrations in a folder of another name",
        settings='MIGRATION_MODULES = {"shop": "shop.history"}\n',
        migration="shop/history/0002_order_customer_created_at_idx.py",
    ),
    Case("double quotes", prepare=(("quotes",),), says='("shop", "0001_initial")'),
    of_meta(
        '\n    class Meta:\n        ordering = ["pk"]\n',
        '        ordering = ["pk"]\n        indexes = [\n            models.Index(\n',
        name="Meta with options",
    ),
    of_meta(
        "\n    class Meta:\n        pass\n",
        "    class Meta:\n        indexes = [\n            models.Index(\n",
        name="an empty Meta",
    ),
    of_meta(
        '\n    class Meta:\n        indexes = [models.Index(fields=["email"], name="ix_order_email")]\n',
        'models.Index(fields=["email"], name="ix_order_email"),\n            models.Index(\n',
        name="a list of indexes",
        migration="shop/migrations/0002_order_ix_order_customer_created_at.py",
    ),
    of_meta(
        "\n    class Meta:\n        indexes = (\n"
        '            models.Index(fields=["email"]),  # for the login\n        )\n',
        '["email"]),  # for the login\n            models.Index(fields=["customer", "-created_at"]),\n',
        name="a tuple of indexes without names",
        migration="shop/migrations/0002_order_shop_order_custome_da1929_idx.py",
    ),
    of_meta(
        "\n    class Meta(Stamped.Meta):\n        verbose_name = 'order'\n",
        "        indexes = [\n            *Stamped.Meta.indexes,\n            models.Index(\n",
        head=INDEXED,
        bases="Stamped",
        name="indexes of an abstract base",
    ),
    of_meta(
        "",
        "    class Meta(Stamped.Meta):\n        indexes = [\n            models.Index(\n",
        head=STAMPED,
        bases="Stamped",
        name="options of an abstract base",
    ),
    Case(
        "a partial index",
        query="Order.objects.filter(customer_id=7, shipped_at__isnull=True)",
        migration="shop/migrations/0002_order_customer_partial_idx.py",
        says="condition=models.Q(shipped_at__isnull=True)",
    ),
    Case(
        "a partial index for yes and no",
        query="Order.objects.filter(paid=False).order_by('created_at')[:10]",
        migration="shop/migrations/0002_order_created_at_partial_idx.py",
        says="condition=models.Q(paid=False)",
    ),
    Case(
        "an expression",
        query="Order.objects.filter(email__iexact='needle')",
        migration="shop/migrations/0002_order_upper_email_idx.py",
        says='models.Index(Upper("email"), name="order_upper_email_idx")',
    ),
    Case(
        "NULLs last",
        query="Order.objects.order_by(models.F('shipped_at').desc(nulls_last=True))[:10]",
        migration="shop/migrations/0002_order_shipped_at_idx.py",
        says='models.F("shipped_at").desc(nulls_last=True)',
    ),
    Case(
        "a class of operators",
        query="Order.objects.filter(email__startswith='needle')",
        migration="shop/migrations/0002_order_email_idx.py",
        says='opclasses=["text_pattern_ops"]',
    ),
    Case(
        "a class of operators for one of two columns",
        query="Order.objects.filter(customer_id=7, email__startswith='needle')",
        migration="shop/migrations/0002_order_customer_email_idx.py",
        says='opclasses=["", "text_pattern_ops"]',
    ),
    Case(
        "another kind of index",
        query="Order.objects.filter(data__contains={'key': 7})",
        migration="shop/migrations/0002_order_data_idx.py",
        says='index=GinIndex(\n                fields=["data"],\n                opclasses=["jsonb_path',
    ),
    Case(
        "a partial index for a state",
        query="Order.objects.filter(status='new').order_by('created_at')[:10]",
        migration="shop/migrations/0002_order_created_at_partial_idx.py",
        says='condition=models.Q(status="new")',
    ),
    Case(
        "an extension",
        query="Order.objects.filter(note__contains='needle')",
        migration="shop/migrations/0002_order_note_idx.py",
        says="        TrigramExtension(),\n        AddIndexConcurrently(",
    ),
    Case(
        "an extension and an expression",
        query="Order.objects.filter(note__icontains='needle')",
        apps=("django.contrib.postgres", "shop"),
        migration="shop/migrations/0002_order_upper_note_idx.py",
        says='OpClass(Upper("note"), name="gin_trgm_ops")',
    ),
]

RUN = """
import json, sys
import django
from django.core.management import call_command
from django.db import connection, migrations, models

django.setup()
for command in json.loads(sys.argv[1]):
    if command[0] == "explain":
        module = __import__(command[1], fromlist=["Order"])
        table, customers = module.Order._meta.db_table, module.Customer._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {customers} SELECT i, 'name' FROM generate_series(1, 20000) AS i")
            cursor.execute(
                f"INSERT INTO {table} (customer_id, email, note, paid, shipped_at, created_at, status, data) "
                "SELECT i % 20000 + 1, md5(i::text), md5(i::text), i % 50 > 0, "
                "CASE WHEN i % 50 > 0 THEN now() END, now() - i * interval '1 s', "
                "CASE i % 50 WHEN 0 THEN 'new' ELSE 'done' END, jsonb_build_object('key', i) "
                "FROM generate_series(1, 100000) AS i"
            )
            cursor.execute(f"ANALYZE {table}")
        print(eval(command[2], {"Order": module.Order, "models": models}).explain())
    else:
        call_command(*command, verbosity=0)
"""


@dataclass(frozen=True)
class Folder:
    """The files of a project where Django finds them."""

    path: Path
    database: str
    """The connection string of its database."""

    def write(self, texts: Texts) -> None:
        for name, text in texts.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def read(self) -> Texts:
        files = [*self.path.rglob("*.py")]
        return {file.relative_to(self.path).as_posix(): file.read_text(encoding="utf-8") for file in files}

    def _settings(self) -> str:
        told = conninfo_to_dict(self.database)
        names = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}
        return json.dumps({name: told[of] for name, of in names.items()})

    def run(self, *commands: tuple[str, ...]) -> str:
        """What Django prints when it runs commands, which must succeed."""
        done = subprocess.run(
            [sys.executable, "-W", "error", "-B", "-c", RUN, json.dumps(commands)],
            cwd=self.path,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "settings",
                "PYTHONPATH": str(self.path),
                "DATABASE": self._settings(),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout


def prepared(case: Case, folder: Folder) -> Texts:
    """The files of a case, with the migrations that Django makes."""
    apps = {
        f"{app.replace('.', '/')}/__init__.py": "" for app in case.apps if "." not in app or "apps" in app
    }
    history = case.migration.rpartition("/")[0]
    packages = {
        f"{app.replace('.', '/')}/migrations/__init__.py": "" for app in case.apps if "django" not in app
    }
    if "history" in history:
        packages = {f"{history}/__init__.py": ""}
    settings = SETTINGS.format(apps=", ".join(map(repr, case.apps))) + case.settings
    views = f"from django.db import models\n\nfrom {case.module} import Order\n\n\ndef latest(request):\n"
    where = f"{case.module.partition('.models')[0].replace('.', '/')}/views.py"
    folder.write(
        {
            **apps,
            **packages,
            "settings.py": settings,
            where: f"{views}    return list({case.query})\n",
            **case.files,
        }
    )
    folder.run(("makemigrations",))
    migrations = folder.path / history
    for command in case.prepare:
        if command[0] == "rename":
            (migrations / f"{command[1]}.py").rename(migrations / f"{command[2]}.py")
        elif command[0] == "fork":
            text = (migrations / f"{command[1]}.py").read_text(encoding="utf-8")
            (migrations / f"{command[2]}.py").write_text(text, encoding="utf-8")
        elif command[0] == "quotes":
            file = migrations / "0001_initial.py"
            file.write_text(file.read_text(encoding="utf-8").replace("'", '"'), encoding="utf-8")
        else:
            folder.run(command)
    return folder.read()


def quote_of(case: Case, texts: Texts) -> str:
    """The quotes that the migrations which are there are written with."""
    history = case.migration.rpartition("/")[0]
    return "'" if "'" in texts[f"{history}/0001_initial.py"] else '"'


@pytest.mark.parametrize("case", [pytest.param(one, id=one.name) for one in CASES])
def test_the_index_is_migrated_and_used_and_nothing_is_left_to_migrate(
    case: Case, database: str, tmp_path: Path
):
    folder = Folder(tmp_path, database)
    texts = prepared(case, folder)
    changes = changes_of(texts)
    (created,) = changes.creates
    after = with_changes(texts, changes)
    (edited,) = changes.edits
    assert created.path == case.migration
    assert case.model in after[edited]
    assert case.says.replace('"', quote_of(case, texts)) in created.text
    assert not project_of(after).advice
    folder.write(after)

    last = re.findall(r"\(['\"]\w+['\"], ['\"](\w+)['\"]\)", created.text)[0]
    folder.run(("migrate",), ("migrate", case.label, last), ("migrate",), ("makemigrations", "--check"))
    name = re.findall(r"\bname=['\"](\w+)['\"]", created.text)[-1]
    assert name in folder.run(("explain", case.module, case.query))


def test_what_the_model_has_already_is_migrated_under_the_name_that_django_gives(
    database: str, tmp_path: Path
):
    folder = Folder(tmp_path, database)
    prepared(Case("declared"), folder)
    meta = '\n    class Meta:\n        indexes = [models.Index(fields=["customer", "-created_at"])]\n'
    folder.write({"shop/models.py": f"from django.db import models\n\n{CUSTOMER}{order(meta=meta)}"})
    project = project_of(folder.read())
    parts = (IndexPart("customer_id"), IndexPart("created_at", descending=True))
    remedy = add_index(project, Wanted("shop_order", Index("", parts)))
    assert remedy is not None
    changes = remedy.plan.changes(project)
    assert not changes.edits
    folder.write({one.path: one.text for one in changes.creates})
    folder.run(("migrate",), ("makemigrations", "--check"))


def test_two_ends_of_a_history_are_not_chosen_between(database: str, tmp_path: Path):
    case = Case(
        "forked",
        prepare=(("makemigrations", "shop", "--empty", "-n", "rows"), ("fork", "0002_rows", "0002_others")),
    )
    texts = prepared(case, Folder(tmp_path, database))
    with pytest.raises(UnwritableError, match="makemigrations --merge"):
        changes_of(texts)
