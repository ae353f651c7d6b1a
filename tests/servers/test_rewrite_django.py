"""Safe sequences in migrations of Django, on a table of 200,000 rows that others read and write."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from migrating import filled_shop
from psycopg.conninfo import conninfo_to_dict
from rewriting import rewritten, schema_in, watched

from backend_architect.migrations import sequences
from backend_architect.migrations.django_defaults import use_database_default
from backend_architect.migrations.django_undo import undo
from backend_architect.migrations.django_writer import limit_waiting
from backend_architect.migrations.walking import steps_of
from backend_architect.schema.actions import RunCode, WriteRows
from backend_architect.schema.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddIndex,
    AlterColumn,
    DropIndex,
    ValidateConstraint,
)
from project_texts import project_of, with_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from migrating import Shop

    from backend_architect.engine.remedies import Remedy
    from backend_architect.migrations.phases import Phase
    from backend_architect.migrations.walking import MigrationStep
    from project_texts import Texts

PROGRAM = Path(__file__).with_name("manage.py")
ID = "models.BigAutoField(primary_key=True, serialize=False)"
FIELDS = {
    "id": ID,
    "tenant_id": "models.BigIntegerField()",
    "customer_id": "models.BigIntegerField(null=True)",
    "number": "models.TextField(null=True)",
    "status": "models.TextField()",
    "note": 'models.TextField(db_default="none")',
    "total": "models.IntegerField(db_default=0)",
    "created_at": "models.DateTimeField(null=True)",
}
HEAD = """\
import django.db.models.deletion
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
"""
MIGRATION = """

class Migration(migrations.Migration):
    dependencies = [{after}]

    operations = [
{operations}
    ]
"""
CREATED = """\
        migrations.CreateModel(
            "Customer",
            [("id", models.BigIntegerField(primary_key=True, serialize=False))],
            options={{"db_table": "customers"}},
        ),
        migrations.CreateModel("Order", [{fields}], options={{"db_table": "orders"}}),
"""
SETTINGS = """
INSTALLED_APPS = ["orders"]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
OPTIONS = {{"options": "-c lock_timeout=5s"}}
DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", "OPTIONS": OPTIONS, **{database}}}}}
"""


@dataclass(frozen=True)
class Case:
    """A migration, the model after it, and the change in whose place a sequence is put."""

    name: str
    operations: str
    replaced: type
    sequence: Callable[..., tuple[Phase, ...]]
    fields: dict[str, str] = field(default_factory=dict[str, str])
    """Those that differ from the model before."""
    meta: str = ""
    head: str = ""
    """What stands above the class of the migration."""
    blocks: bool = True
    """Whether the original keeps others from the table for as long as it reads it."""
    breaks: bool = False
    """Whether the original breaks those who write meanwhile."""
    same: bool = True
    """Whether the schema is the same in the end."""
    files: int = 1
    """How many migrations are there then, besides the first."""
    before: str = ""
    """Operations of the migration before."""


def add_index(term: str) -> str:
    return f'        migrations.AddIndex("order", models.Index({term})),'


NOTHING = '        migrations.AlterModelOptions("customer", options={}),'
STATUS = 'fields=["status", "-total"], name="orders_status_idx"'
UNIQUE = 'models.UniqueConstraint(fields=["number", "id"], name="orders_number_uniq")'
OPEN = 'models.UniqueConstraint(fields=["number"], condition=models.Q(status="new"), name="orders_open_idx")'
CHECK = 'models.CheckConstraint(condition=models.Q(total__gte=0), name="orders_total_check")'
KEY = 'models.ForeignKey("orders.customer", null=True, on_delete=models.deletion.PROTECT, related_name="+")'
CODE = "models.CharField(max_length=9, unique=True, null=True)"
FILL = """

def fill(apps, schema_editor):
    apps.get_model("orders", "Order").objects.filter(total__gt=0).update(remark="x")
"""
REMARK = '        migrations.AddField("order", "remark", models.TextField(null=True)),\n'

CASES = [
    Case(
        "an index",
        add_index(STATUS),
        AddIndex,
        sequences.beside_writes,
        meta=f"indexes = [models.Index({STATUS})]",
    ),
    Case(
        "an index beside another operation",
        f"{NOTHING}\n        # For the list.\n{add_index(STATUS)}",
        AddIndex,
        sequences.beside_writes,
        meta=f"indexes = [models.Index({STATUS})]",
        files=2,
    ),
    Case(
        "an index of a field",
        '        migrations.AlterField("order", "number", models.TextField(db_index=True, null=True)),',
        AddIndex,
        sequences.beside_writes,
        {"number": "models.TextField(db_index=True, null=True)"},
    ),
    Case(
        "an index in SQL",
        '        migrations.RunSQL("CREATE INDEX by_status ON orders (status)", "DROP INDEX by_status"),',
        AddIndex,
        sequences.beside_writes,
    ),
    Case(
        "an index that goes",
        '        migrations.RemoveIndex("order", "orders_status_idx"),',
        DropIndex,
        sequences.beside_writes,
        before=add_index(STATUS),
        blocks=False,
    ),
    Case(
        "an index of a field that goes",
        '        migrations.AlterField("order", "tenant_id", models.BigIntegerField()),',
        DropIndex,
        sequences.beside_writes,
        before='        migrations.AlterField("order", "tenant_id", models.BigIntegerField(db_index=True)),',
        blocks=False,
    ),
    Case(
        "a new foreign key",
        f'        migrations.AddField("order", "payer", {KEY}),',
        AddIndex,
        sequences.beside_writes,
        {"payer": KEY},
        files=3,
    ),
    Case(
        "a foreign key on a column that is there",
        '        migrations.RunSQL(\n            "ALTER TABLE orders ADD CONSTRAINT by_customer "\n'
        '            "FOREIGN KEY (customer_id) REFERENCES customers",\n'
        '            reverse_sql="ALTER TABLE orders DROP CONSTRAINT by_customer",\n        ),',
        AddForeignKey,
        sequences.foreign_key,
        files=2,
    ),
    Case(
        "a check",
        f'        migrations.AddConstraint("order", {CHECK}),',
        AddCheck,
        sequences.check,
        meta=f"constraints = [{CHECK}]",
        files=2,
    ),
    Case(
        "a validation",
        f'        AddConstraintNotValid("order", {CHECK}),\n'
        '        ValidateConstraint("order", "orders_total_check"),',
        ValidateConstraint,
        sequences.validated_later,
        meta=f"constraints = [{CHECK}]",
        files=2,
    ),
    Case(
        "NOT NULL",
        '        migrations.AlterField("order", "number", models.TextField()),',
        AlterColumn,
        sequences.not_null,
        {"number": "models.TextField()"},
        files=2,
    ),
    Case(
        "NOT NULL with a default",
        '        migrations.AlterField("order", "number", models.TextField(default="none")),',
        AlterColumn,
        sequences.not_null,
        {"number": 'models.TextField(default="none")'},
        files=3,
    ),
    Case(
        "NOT NULL in SQL",
        '        migrations.RunSQL("ALTER TABLE orders ALTER COLUMN number SET NOT NULL",\n'
        '                          "ALTER TABLE orders ALTER COLUMN number DROP NOT NULL"),',
        AlterColumn,
        sequences.not_null,
        files=2,
    ),
    Case(
        "a unique constraint",
        f'        migrations.AddConstraint("order", {UNIQUE}),',
        AddIndex,
        sequences.through_index,
        meta=f"constraints = [{UNIQUE}]",
    ),
    Case(
        "a unique constraint beside another operation",
        f'        migrations.AddConstraint("order", {UNIQUE}),\n{NOTHING}',
        AddIndex,
        sequences.through_index,
        meta=f"constraints = [{UNIQUE}]",
        files=2,
    ),
    Case(
        "a unique constraint with a condition",
        f'        migrations.AddConstraint("order", {OPEN}),',
        AddIndex,
        sequences.beside_writes,
        meta=f"constraints = [{OPEN}]",
    ),
    Case(
        "a unique field",
        '        migrations.AlterField("order", "number", models.TextField(null=True, unique=True)),',
        AddIndex,
        sequences.through_index,
        {"number": "models.TextField(null=True, unique=True)"},
    ),
    Case(
        "a new unique field",
        f'        migrations.AddField("order", "code", {CODE}),',
        AddIndex,
        sequences.through_index,
        {"code": CODE},
        files=2,
    ),
    Case(
        "fields that are unique together",
        '        migrations.AlterUniqueTogether("order", {("number", "id")}),',
        AddIndex,
        sequences.through_index,
        meta='unique_together = {("number", "id")}',
    ),
    Case(
        "a unique constraint in SQL",
        '        migrations.RunSQL("ALTER TABLE orders ADD CONSTRAINT by_number UNIQUE (number)",\n'
        '                          "ALTER TABLE orders DROP CONSTRAINT by_number"),',
        AddIndex,
        sequences.through_index,
    ),
    Case(
        "a primary key in SQL",
        '        migrations.RunSQL("ALTER TABLE lines ADD CONSTRAINT lines_pkey PRIMARY KEY (id)",\n'
        '                          "ALTER TABLE lines DROP CONSTRAINT lines_pkey"),',
        AddIndex,
        sequences.through_index,
        blocks=False,
    ),
    Case(
        "a column that may be empty first",
        '        migrations.AddField("order", "remark", models.TextField(default="x")),',
        AddColumn,
        sequences.nullable_first,
        {"remark": 'models.TextField(default="x")'},
        blocks=False,
        breaks=True,
        same=False,
    ),
    Case(
        "a default for later rows",
        '        migrations.AddField("order", "key", models.UUIDField(db_default=RandomUUID(), null=True)),',
        AddColumn,
        sequences.default_later,
        {"key": "models.UUIDField(db_default=RandomUUID(), null=True)"},
    ),
    Case(
        "rows of a function",
        f"{REMARK}        migrations.RunPython(fill, migrations.RunPython.noop),",
        RunCode,
        sequences.apart,
        {"remark": "models.TextField(null=True)"},
        head=FILL,
        files=2,
    ),
    Case(
        "rows of a statement, and NOT NULL behind them",
        f"{REMARK}        migrations.RunSQL(\"UPDATE orders SET remark = 'x'\", migrations.RunSQL.noop),\n"
        f'        migrations.AlterModelOptions("order", options={{}}),',
        WriteRows,
        sequences.apart,
        {"remark": "models.TextField(null=True)"},
        files=3,
    ),
]


def project(case: Case, conninfo: str) -> Texts:
    """The files before anything is rewritten."""
    said = conninfo_to_dict(conninfo)
    names = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}
    created = ", ".join(f'("{name}", {text})' for name, text in FIELDS.items())
    first = CREATED.format(fields=created)
    fields = "".join(f"    {name} = {text}\n" for name, text in {**FIELDS, **case.fields}.items())
    before = {"orders/migrations/0002_before.py": case.before} if case.before else {}
    last = f"orders/migrations/{len(before) + 2:04}_next.py"
    migrations = {"orders/migrations/0001_initial.py": first, **before, last: case.operations}
    written: Texts = {}
    after = ""
    for path, operations in migrations.items():
        head = case.head if path == last else ""
        text = MIGRATION.format(after=after, operations=operations)
        written[path] = HEAD + head + text
        after = f'("orders", "{Path(path).stem}")'
    return {
        "settings.py": SETTINGS.format(database={key: said[word] for key, word in names.items()}),
        "orders/__init__.py": "",
        "orders/migrations/__init__.py": "",
        "orders/models.py": "from django.contrib.postgres.functions import RandomUUID\n"
        "from django.db import models\n\n\nclass Customer(models.Model):\n"
        "    id = models.BigIntegerField(primary_key=True)\n\n"
        '    class Meta:\n        db_table = "customers"\n\n\n'
        f'class Order(models.Model):\n{fields}\n    class Meta:\n        db_table = "orders"\n'
        + (f"        {case.meta}\n" if case.meta else ""),
        **written,
    }


@contextmanager
def running(folder: Path, texts: Texts) -> Generator[Callable[..., None]]:
    """Runs commands of Django, which must succeed."""
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-B", PROGRAM]
    with subprocess.Popen(
        command, cwd=folder, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, answers = process.stdin, process.stdout

        def run(*command: str) -> None:
            print(json.dumps(command), file=asked, flush=True)
            answer = answers.readline().strip()
            assert answer == "done", answer

        yield run
        asked.close()
        process.wait(30)


@pytest.fixture(scope="module")
def shop(postgres: str) -> Generator[Shop]:
    lines = "CREATE TABLE lines (id bigint NOT NULL); INSERT INTO lines SELECT generate_series(1, 1000)"
    with filled_shop(postgres, lines) as copy:
        yield copy


def base(case: Case) -> str:
    """The migration before the one that is rewritten."""
    return "0002" if case.before else "0001"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_rewritten_migration_blocks_nobody_and_ends_the_same(shop: Shop, tmp_path: Path, case: Case):
    with shop() as conninfo:
        texts = project(case, conninfo)
        with running(tmp_path / "original", texts) as run:
            run("migrate", "orders", base(case))
            before = schema_in(conninfo)
            with (
                pytest.raises(AssertionError) if case.breaks else nullcontext(),
                watched(conninfo) as blocking,
            ):
                run("migrate", "orders")
            wanted = schema_in(conninfo)
            run("makemigrations", "--check", "--dry-run")
            run("migrate", "orders", base(case))
        assert blocking or not case.blocks
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("DELETE FROM orders WHERE number LIKE 'new %'")
        after = rewritten(texts, case.replaced, case.sequence)
        assert len([name for name in after if "/0" in name]) == case.files + 1 + bool(case.before)
        with running(tmp_path / "rewritten", after) as run:
            with watched(conninfo) as blocking:
                run("migrate", "orders")
            assert blocking == []
            assert (schema_in(conninfo) == wanted) == case.same
            run("makemigrations", "--check", "--dry-run")
            run("migrate", "orders", base(case))
        assert schema_in(conninfo) == before


def remedied(texts: Texts, make: Callable[[MigrationStep], Remedy | None]) -> Texts:
    """The files after the remedy of the first step of the last migration."""
    read = project_of(texts)
    step = next(one for one in steps_of(read) if one.script.path.endswith("_next.py"))
    remedy = make(step)
    assert remedy is not None
    return with_changes(texts, remedy.plan.changes(read))


def extra(operation: str, head: str = "", **fields: str) -> Case:
    return Case("", f"        {operation},", AddColumn, sequences.apart, fields, head=head)


def adding(field: str) -> Case:
    return extra(f'migrations.AddField("order", "remark", {field})', remark=field)


INSERT = "INSERT INTO orders (tenant_id, status) VALUES (1, 'new')"


def test_code_that_does_not_know_a_column_goes_on(shop: Shop, tmp_path: Path):
    field = 'models.TextField(default="x")'
    with shop() as conninfo:
        texts = project(adding(field), conninfo)
        texts["requirements.txt"] = "django==5.2\n"
        with running(tmp_path, remedied(texts, use_database_default)) as run:
            run("migrate", "orders", "0001")
            with watched(conninfo) as blocking:
                run("migrate", "orders")
            assert blocking == []
            run("makemigrations", "--check", "--dry-run")
            with psycopg.connect(conninfo, autocommit=True) as connection:
                connection.execute(INSERT)
                found = connection.execute("SELECT DISTINCT remark FROM orders").fetchall()
            assert found == [("x",)]
            run("migrate", "orders", "0001")


@pytest.mark.parametrize(
    "operation",
    [
        "migrations.RunPython(fill)",
        'migrations.RunSQL("CREATE VIEW few AS SELECT id FROM orders")',
        'migrations.RunSQL("ALTER TABLE orders ADD COLUMN remark text")',
        'migrations.RunSQL("UPDATE customers SET id = id WHERE id = 1")',
    ],
)
def test_what_had_no_way_back_is_taken_back(shop: Shop, tmp_path: Path, operation: str):
    head = "\n\ndef fill(apps, schema_editor):\n    pass\n"
    with shop() as conninfo:
        texts = project(extra(operation, head), conninfo)
        with running(tmp_path, remedied(texts, undo)) as run:
            run("migrate", "orders", "0001")
            before = schema_in(conninfo)
            run("migrate", "orders")
            run("migrate", "orders", "0001")
        assert schema_in(conninfo) == before


def test_a_migration_gives_up_where_it_would_wait(shop: Shop, tmp_path: Path):
    with shop() as conninfo:
        texts = project(adding("models.TextField(null=True)"), conninfo)
        with running(tmp_path, remedied(texts, limit_waiting)) as run:
            run("migrate", "orders", "0001")
            with psycopg.connect(conninfo) as connection:
                connection.execute(INSERT)
                begin = time.monotonic()
                with pytest.raises(AssertionError, match="lock timeout"):
                    run("migrate", "orders")
                assert time.monotonic() - begin < 4, "the settings would let it wait for 5 seconds"
            run("migrate", "orders")
            run("makemigrations", "--check", "--dry-run")
