"""What is read of models and migrations is what the libraries make of them in PostgreSQL."""

from __future__ import annotations

import re
import subprocess
import sys
from textwrap import dedent
from typing import TYPE_CHECKING

from postgres import database, url
from tests.corpus.schemas import Agreement, compare, of_database, of_files, readings, without

if TYPE_CHECKING:
    from pathlib import Path

OTHERS = re.compile("^(django_|alembic_)")
"""The tables of the libraries."""

DJANGO_MODELS = """
    from django.contrib.contenttypes.fields import GenericForeignKey
    from django.contrib.contenttypes.models import ContentType
    from django.contrib.postgres.fields import ArrayField
    from django.contrib.postgres.indexes import GinIndex
    from django.db import models
    from django.db.models import F, Q
    from django.db.models.functions import Lower

    class Dated(models.Model):
        created = models.DateTimeField(auto_now_add=True, db_index=True)
        class Meta:
            abstract = True

    class Country(models.Model):
        code = models.CharField(max_length=2, primary_key=True)
        slug = models.SlugField(unique=True)

    class Customer(Dated):
        class Kind(models.TextChoices):
            SHOP = "shop"
            PERSON = "person"
        email = models.EmailField(unique=True)
        kind = models.CharField(max_length=10, choices=Kind.choices, db_index=True)
        country = models.ForeignKey(Country, models.SET_NULL, null=True)
        friends = models.ManyToManyField("self")

    class Company(Customer):
        number = models.UUIDField(null=True)

    class Order(Dated):
        customer = models.ForeignKey("Customer", models.CASCADE, related_name="orders")
        invoice = models.OneToOneField("Invoice", models.PROTECT, null=True, db_column="bill")
        tags = ArrayField(models.CharField(max_length=20), null=True)
        data = models.JSONField(default=dict)
        note = models.TextField(blank=True)
        countries = models.ManyToManyField(Country, db_table="order_lands")
        content_type = models.ForeignKey(ContentType, models.CASCADE)
        object_id = models.PositiveIntegerField()
        content = GenericForeignKey()
        class Meta:
            db_table = "orders"
            unique_together = [("customer", "created")]
            indexes = [
                models.Index(fields=["customer", "-created"], name="recent"),
                models.Index(Lower("note").desc(), name="by_note"),
                GinIndex(fields=["tags"], name="by_tags"),
                models.Index(fields=["object_id"], name="open", condition=Q(note="")),
            ]
            constraints = [
                models.UniqueConstraint(fields=["content_type", "object_id"], name="one", include=["note"]),
                models.CheckConstraint(condition=Q(object_id__gt=0), name="more"),
            ]

    class Invoice(models.Model):
        number = models.BigIntegerField(unique=True)
        country = models.ForeignKey(Country, models.CASCADE)
        class Meta:
            order_with_respect_to = "country"
"""
DJANGO_CHANGES = [
    """
    migrations.AddField("customer", "phone", models.CharField(max_length=20, null=True, db_index=True)),
    migrations.AlterField("country", "slug", models.SlugField(null=True)),
    migrations.RenameField("order", "data", "payload"),
    migrations.RemoveField("company", "number"),
    migrations.AddIndex("order", models.Index(fields=["object_id", "-id"], name="added")),
    migrations.RemoveIndex("order", "recent"),
    """,
    """
    migrations.RenameModel("Country", "Land"),
    migrations.AlterModelTable("order", "purchases"),
    migrations.AlterUniqueTogether("order", set()),
    migrations.RenameIndex("order", new_name="tagged", old_name="by_tags"),
    migrations.RemoveConstraint("order", "one"),
    migrations.RunSQL("CREATE INDEX by_hand ON purchases (object_id, id)", "DROP INDEX by_hand"),
    migrations.AlterField("customer", "phone", models.TextField(default="")),
    """,
]
DJANGO_SETTINGS = """
    SECRET_KEY = "x"
    USE_TZ = True
    DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
    INSTALLED_APPS = ["django.contrib.contenttypes", "shop"]
    DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", {connection}}}}}
"""

SQLALCHEMY_MODELS = """
    import enum
    from typing import Annotated, Optional

    import sqlalchemy as sa
    from sqlalchemy.dialects.postgresql import ARRAY, JSONB
    from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship
    from sqlmodel import Field, SQLModel

    key = Annotated[int, mapped_column(primary_key=True)]

    class Base(DeclarativeBase):
        names = {"ix": "ix_%(column_0_label)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
        metadata = sa.MetaData(naming_convention=names)

    class Dated:
        created = sa.Column(sa.DateTime(timezone=True), nullable=False, index=True)
        @declared_attr
        def author_id(cls):
            return sa.Column(sa.ForeignKey("people.id"), unique=True)

    class Kind(enum.Enum):
        A = 1
        B = 2

    class Person(Base):
        __tablename__ = "people"
        id: Mapped[key]
        name: Mapped[Optional[str]] = mapped_column(sa.String(50))
        type: Mapped[str]
        __mapper_args__ = {"polymorphic_on": "type"}

    class Boss(Person):
        bonus: Mapped[int | None]
        __mapper_args__ = {"polymorphic_identity": "boss"}

    class Clerk(Person):
        __tablename__ = "clerks"
        id: Mapped[int] = mapped_column(sa.ForeignKey("people.id"), primary_key=True)
        desk: Mapped[int]
        __mapper_args__ = {"polymorphic_identity": "clerk"}

    links = sa.Table(
        "links", Base.metadata,
        sa.Column("person_id", sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("article_id", sa.ForeignKey("articles.id"), primary_key=True, index=True),
    )

    class Article(Dated, Base):
        __tablename__ = "articles"
        id: Mapped[key]
        kind: Mapped[Kind] = mapped_column(sa.Enum(Kind))
        title: Mapped[str] = mapped_column(index=True, unique=True)
        tags: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
        data: Mapped[dict] = mapped_column("payload", JSONB, nullable=True)
        people: Mapped[list[Person]] = relationship(secondary=links)
        __table_args__ = (
            sa.UniqueConstraint("kind", "title"),
            sa.Index("by_tags", "tags", postgresql_using="gin"),
            sa.Index("by_lower", sa.func.lower(title), "id"),
            sa.CheckConstraint("id > 0", name="ck"),
        )

    sa.Index("late", Article.kind, Article.id.desc(), postgresql_where=Article.data.is_(None))

    class Hero(SQLModel, table=True):
        metadata = Base.metadata
        id: int | None = Field(default=None, primary_key=True)
        name: str = Field(index=True, max_length=20)
        person_id: int | None = Field(default=None, foreign_key="people.id", unique=True)
"""
REVISIONS = [
    """
    op.create_table(
        "people",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("mail", sa.String(80), nullable=False, index=True, unique=True),
        sa.Column("name", sa.Text()),
        sa.UniqueConstraint("name", name="one_name"),
    )
    for table in TABLES:
        op.create_table(
            table,
            sa.Column("id", sa.BigInteger(), primary_key=True),
            sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id")),
        )
        op.create_index(f"by_person_{table}", table, ["person_id"])
    """,
    """
    op.rename_table("letters", "mails")
    with op.batch_alter_table("people") as batch_op:
        batch_op.alter_column("name", new_column_name="title", nullable=False)
        batch_op.add_column(sa.Column("age", sa.Integer(), unique=True))
        batch_op.drop_constraint("one_name", type_="unique")
        batch_op.create_index("by_title", [sa.text("lower(title)"), "id"], unique=False)
    op.drop_index("by_person_parcels", table_name="parcels")
    op.drop_column("mails", "person_id")
    op.execute("CREATE UNIQUE INDEX partly ON people (age DESC) WHERE age > 3")
    if op.get_bind().dialect.name == "sqlite":
        op.drop_table("people")
    """,
]


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(text))


def run(folder: Path, *args: str) -> None:
    """Runs a program of Python among the files of a project."""
    done = subprocess.run(
        [sys.executable, *args], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def agreement(folder: Path, way: str, conninfo: str) -> dict[str, Agreement]:
    texts = {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*.py"))}
    files = without(of_files(readings(texts)[way]), OTHERS)
    assert files
    return compare(files, without(of_database(url(conninfo)), OTHERS))


def differences(found: dict[str, Agreement]) -> list[str]:
    return [one for agreement in found.values() for one in agreement.differences]


def test_django(postgres: str, tmp_path: Path) -> None:
    with database(postgres, "of_django") as conninfo:
        said = dict(word.split("=") for word in conninfo.split())
        names = {"HOST": said["host"], "PORT": said["port"], "USER": said["user"], "NAME": said["dbname"]}
        connection = ", ".join(f'"{name}": "{value}"' for name, value in names.items())
        write(
            tmp_path,
            {
                "settings.py": DJANGO_SETTINGS.format(connection=connection),
                "shop/__init__.py": "",
                "shop/models.py": DJANGO_MODELS,
            },
        )
        manage = ("-m", "django", "{}", "--settings=settings", "--pythonpath=.")
        run(tmp_path, *(word.format("makemigrations") for word in manage), "shop")
        run(tmp_path, *(word.format("migrate") for word in manage))
        assert differences(agreement(tmp_path, "django models", conninfo)) == []
        assert differences(agreement(tmp_path, "django migrations", conninfo)) == []
        for number, operations in enumerate(DJANGO_CHANGES, 2):
            before = max((tmp_path / "shop/migrations").glob("0*.py")).stem
            text = (
                "from django.db import migrations, models\n"
                "class Migration(migrations.Migration):\n"
                f"    dependencies = [('shop', '{before}')]\n"
                f"    operations = [{operations}]\n"
            )
            write(tmp_path, {f"shop/migrations/{number:04}_changes.py": text})
            run(tmp_path, *(word.format("migrate") for word in manage))
            assert differences(agreement(tmp_path, "django migrations", conninfo)) == []


def test_sqlalchemy(postgres: str, tmp_path: Path) -> None:
    with database(postgres, "of_sqlalchemy") as conninfo:
        write(
            tmp_path,
            {
                "models.py": SQLALCHEMY_MODELS,
                "create.py": f"""
                    import sqlalchemy as sa
                    from models import Base
                    Base.metadata.create_all(sa.create_engine("{url(conninfo)}"))
                """,
            },
        )
        run(tmp_path, "create.py")
        assert differences(agreement(tmp_path, "sqlalchemy models", conninfo)) == []


def test_alembic(postgres: str, tmp_path: Path) -> None:
    with database(postgres, "of_alembic") as conninfo:
        files = {
            "alembic.ini": "[alembic]\nscript_location = changes\n",
            "changes/env.py": f"""
                import sqlalchemy as sa
                from alembic import context
                with sa.create_engine("{url(conninfo)}").begin() as connection:
                    context.configure(connection=connection)
                    context.run_migrations()
            """,
        }
        for number, upgrade in enumerate(REVISIONS):
            down = f'"{number - 1}"' if number else None
            files[f"changes/versions/{number}.py"] = (
                "from alembic import op\nimport sqlalchemy as sa\n"
                f'revision = "{number}"\ndown_revision = {down}\n'
                f'TABLES = ("letters", "parcels")\ndef upgrade():\n{upgrade}'
            )
        write(tmp_path, files)
        run(tmp_path, "-m", "alembic", "upgrade", "head")
        assert differences(agreement(tmp_path, "alembic changes/versions", conninfo)) == []
