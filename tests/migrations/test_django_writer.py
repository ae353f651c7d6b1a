"""Safe sequences written into migrations of Django: layouts, moved operations, and what is refused."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from backend_architect.engine.remedies import UnwritableError
from backend_architect.migrations import sequences
from backend_architect.migrations.django_defaults import use_database_default
from backend_architect.migrations.django_undo import undo
from backend_architect.migrations.django_writer import limit_waiting
from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.walking import steps_of
from backend_architect.schema.actions import RunCode, WriteRows
from backend_architect.schema.changes import AddCheck, AddColumn, AddIndex, AlterColumn, ValidateConstraint
from project_texts import Texts, project_of, with_changes

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend_architect.engine.remedies import Remedy
    from backend_architect.migrations.phases import Phase
    from backend_architect.migrations.walking import MigrationStep

FIRST = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = []
    operations = [
        migrations.CreateModel(
            "Order",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("status", models.TextField()),
                ("note", models.TextField(null=True)),
            ],
        ),
    ]
"""
MODELS = """\
from django.db import models


class Order(models.Model):
    status = models.TextField()
    note = models.TextField(null=True)
"""
NEXT = "shop/migrations/0002_next.py"
INDEX = 'migrations.AddIndex("order", models.Index(fields=["status"], name="a"))'


def migration(*operations: str, head: str = "", after: str = "0001_initial") -> str:
    """A migration, with an operation on each line."""
    lines = "".join(f"        {one},\n" for one in operations)
    return (
        f"from django.db import migrations, models\n{head}\n\nclass Migration(migrations.Migration):\n"
        f'    dependencies = [("shop", "{after}")]\n\n    operations = [\n{lines}    ]\n'
    )


def files(text: str, **others: str) -> Texts:
    return {
        "shop/migrations/0001_initial.py": FIRST,
        NEXT: text,
        **{f"shop/migrations/{name}.py": other for name, other in others.items()},
    }


def step_of(texts: Texts, kind: type, path: str = NEXT) -> MigrationStep:
    for step in steps_of(project_of(texts)):
        if isinstance(step.change, kind) and step.script.path == path:
            return step
    raise AssertionError(f"nothing does this: {kind}")


def made(texts: Texts, step: MigrationStep, remedy: Remedy | None) -> Texts:
    """The files that a remedy changes, as they are then."""
    assert remedy is not None
    after = with_changes(texts, remedy.plan.changes(step.project))
    return {
        path.removeprefix("shop/migrations/"): one for path, one in after.items() if texts.get(path) != one
    }


def rewritten(
    texts: Texts, kind: type = AddIndex, sequence: Callable[..., tuple[Phase, ...]] = sequences.beside_writes
) -> Texts:
    step = step_of(texts, kind)
    return made(texts, step, rewrite("", step, sequence(step.change)))


def refused(
    texts: Texts, kind: type = AddIndex, sequence: Callable[..., tuple[Phase, ...]] = sequences.beside_writes
) -> str:
    with pytest.raises(UnwritableError) as caught:
        rewritten(texts, kind, sequence)
    return str(caught.value)


def test_an_operation_alone_is_changed_in_its_place() -> None:
    after = rewritten(files(migration(INDEX)))
    assert list(after) == ["0002_next.py"]
    assert after["0002_next.py"] == dedent("""\
        from django.contrib.postgres.operations import AddIndexConcurrently
        from django.db import migrations, models


        class Migration(migrations.Migration):
            atomic = False

            dependencies = [("shop", "0001_initial")]

            operations = [
                AddIndexConcurrently("order", models.Index(fields=["status"], name="a")),
            ]
    """)


def test_a_list_on_one_line_is_spread() -> None:
    one = migration("X").replace("[\n        X,\n    ]", f"[{INDEX}]")
    assert (
        "    operations = [\n"
        '        AddIndexConcurrently("order", models.Index(fields=["status"], name="a")),\n'
        "    ]\n"
    ) in rewritten(files(one))["0002_next.py"]


def test_another_operation_beside_it_stays_and_comments_go_along() -> None:
    other = 'migrations.AddField("order", "x", models.TextField(null=True))'
    after = rewritten(files(migration(other, f"# Read often.\n        {INDEX}")))
    assert after["0002_next.py"] == migration(other)
    assert after["0003_a.py"] == dedent("""\
        from django.contrib.postgres.operations import AddIndexConcurrently
        from django.db import migrations, models


        class Migration(migrations.Migration):

            atomic = False

            dependencies = [
                ("shop", "0002_next"),
            ]

            operations = [
                # Read often.
                AddIndexConcurrently("order", models.Index(fields=["status"], name="a")),
            ]
    """)


def test_the_quotes_are_those_of_the_file() -> None:
    text = migration('migrations.AlterField("order", "note", models.TextField())').replace('"', "'")
    after = rewritten(files(text), AlterColumn, sequences.not_null)
    assert "model_name='order'" in after["0002_next.py"]
    assert "('shop', '0002_next')" in after["0003_order_note_not_null.py"]


@pytest.mark.parametrize(
    ("said", "keyword"),
    [
        ("", "condition"),
        ("django==4.2.1\n", "check"),
        ("Django>=5.1\n", "condition"),
        ("django~=5.0\n", "check"),
    ],
)
def test_a_check_is_written_for_the_version_of_django(said: str, keyword: str) -> None:
    texts = files(migration('migrations.AlterField("order", "note", models.TextField())'))
    texts["requirements.txt"] = said
    after = rewritten(texts, AlterColumn, sequences.not_null)
    assert f"{keyword}=models.Q(note__isnull=False)" in after["0002_next.py"]


def test_new_migrations_come_behind_the_last_of_the_app() -> None:
    later = migration('migrations.AddField("order", "x", models.TextField(null=True))', after="0002_next")
    other = 'migrations.AddField("order", "y", models.TextField(null=True))'
    after = rewritten(files(migration(other, INDEX), **{"0003_more": later}))
    assert '("shop", "0003_more")' in after["0004_a.py"]


def test_what_a_later_migration_needs_is_not_moved_behind_it() -> None:
    later = migration('migrations.RemoveIndex("order", "a")', after="0002_next")
    other = 'migrations.AddField("order", "y", models.TextField(null=True))'
    assert "later migration" in refused(files(migration(other, INDEX), **{"0003_more": later}))


def test_two_ends_are_refused() -> None:
    other = 'migrations.AddField("order", "y", models.TextField(null=True))'
    fork = migration(after="0001_initial")
    assert "not one end" in refused(files(migration(other, INDEX), **{"0003_fork": fork}))


def test_operations_that_need_it_are_moved_behind_it() -> None:
    rename = 'migrations.RenameIndex("order", new_name="b", old_name="a")'
    other = 'migrations.AddField("order", "y", models.TextField(null=True))'
    after = rewritten(files(migration(other, INDEX, rename)))
    assert after["0002_next.py"] == migration(other)
    assert rename in after["0004_next_rest.py"]
    assert '("shop", "0003_a")' in after["0004_next_rest.py"]


FILL = '''\
from django.db.models import F

SIZE = 100


# One at a time.
def fill(apps, schema_editor):
    """All rows."""
    for order in apps.get_model("shop", "Order").objects.all()[:SIZE]:
        order.note = F("status")
        order.save()


def other(apps, schema_editor):
    pass
'''


def test_a_function_goes_with_its_operation() -> None:
    add = 'migrations.AddField("order", "y", models.TextField(null=True))'
    text = migration("migrations.RunPython(other)", add, "migrations.RunPython(fill)", head=FILL)
    step = next(one for one in steps_of(project_of(files(text))) if one.change == RunCode("fill"))
    after = made(files(text), step, rewrite("", step, sequences.apart(step.change)))
    kept = (
        "from django.db import migrations, models\n\n\ndef other(apps, schema_editor):\n    pass\n\n\nclass "
    )
    assert after["0002_next.py"].startswith(kept)
    assert after["0003_fill.py"] == dedent('''\
        from django.db import migrations
        from django.db.models import F


        SIZE = 100


        # One at a time.
        def fill(apps, schema_editor):
            """All rows."""
            for order in apps.get_model("shop", "Order").objects.all()[:SIZE]:
                order.note = F("status")
                order.save()


        class Migration(migrations.Migration):

            dependencies = [
                ("shop", "0002_next"),
            ]

            operations = [
                migrations.RunPython(fill),
            ]
    ''')


def test_rows_are_not_moved_behind_a_migration_that_may_need_them() -> None:
    later = migration('migrations.AlterField("order", "y", models.TextField())', after="0002_next")
    texts = files(
        migration(
            'migrations.AddField("order", "y", models.TextField(null=True))',
            "migrations.RunSQL(\"UPDATE shop_order SET y = 'x'\", migrations.RunSQL.noop)",
        ),
        **{"0003_more": later},
    )
    assert "later migration" in refused(texts, WriteRows, sequences.apart)


@pytest.mark.parametrize(
    "operation",
    [
        "own.AddIndex('order', models.Index(fields=['status'], name='a'))",
        f"migrations.SeparateDatabaseAndState([{INDEX}])",
    ],
)
def test_operations_of_others_are_not_offered(operation: str) -> None:
    texts = files(migration(operation, head="from shop import own\n"))
    steps = [one for one in steps_of(project_of(texts)) if isinstance(one.change, AddIndex)]
    remedies = [
        rewrite("", one, sequences.beside_writes(one.change)) for one in steps if one.script.path == NEXT
    ]
    assert remedies == [None] * len(remedies)


UNIQUE = 'migrations.AddConstraint("order", models.UniqueConstraint({}))'


@pytest.mark.parametrize(
    ("operation", "kind", "sequence", "why"),
    [
        (
            'migrations.AlterField("order", "note", models.CharField(max_length=9))',
            AlterColumn,
            sequences.not_null,
            "more of the field",
        ),
        (
            'migrations.AlterField("order", "note", models.TextField(default=str))',
            AlterColumn,
            sequences.not_null,
            "not a constant",
        ),
        (
            UNIQUE.format('fields=["note"], name="u", nulls_distinct=False'),
            AddIndex,
            sequences.through_index,
            "more than a unique index",
        ),
        (
            UNIQUE.format('models.functions.Left("note", 2), name="u"'),
            AddIndex,
            sequences.beside_writes,
            "cannot be said in SQL",
        ),
        (
            'migrations.RunSQL("CREATE INDEX a ON shop_order (note); CREATE INDEX b ON shop_order (id)")',
            AddIndex,
            sequences.beside_writes,
            "not one statement",
        ),
    ],
)
def test_what_is_not_certain_is_refused(
    operation: str, kind: type, sequence: Callable[..., tuple[Phase, ...]], why: str
) -> None:
    assert why in refused(files(migration(operation)), kind, sequence)


def test_a_squashed_migration_is_left_alone() -> None:
    check = 'models.CheckConstraint(check=models.Q(id__gt=0), name="c")'
    text = migration(f'migrations.AddConstraint("order", {check})')
    texts = files(text.replace("    dependencies", '    replaces = [("shop", "0002_a")]\n    dependencies'))
    assert "replaces others" in refused(texts, AddCheck, sequences.check)


def test_a_validation_takes_its_import_along() -> None:
    text = migration(
        'AddConstraintNotValid("order", models.CheckConstraint(check=models.Q(id__gt=0), name="c"))',
        'ValidateConstraint("order", "c")',
        head="from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint\n",
    )
    after = rewritten(files(text), ValidateConstraint, sequences.validated_later)
    assert "import AddConstraintNotValid\n" in after["0002_next.py"]
    assert "import ValidateConstraint\n" in after["0003_validate_c.py"]


# The extras.


def defaulted(field: str, model: str, version: str = "django==5.2") -> Texts:
    texts = files(migration(f'migrations.AddField(\n            "order", "x", {field}\n        )'))
    return {**texts, "shop/models.py": f"{MODELS}    x = {model}\n", "requirements.txt": version}


@pytest.mark.parametrize(
    ("field", "model", "in_model"),
    [
        ('models.TextField(default="")', 'models.TextField(default="")', 'default="", db_default=""'),
        ("models.IntegerField(default=0, preserve_default=False)", "models.IntegerField()", "db_default=0"),
    ],
)
def test_a_default_of_the_database_is_said_in_both_places(field: str, model: str, in_model: str) -> None:
    texts = defaulted(field, model)
    step = step_of(texts, AddColumn)
    after = made(texts, step, use_database_default(step))
    assert f"x = {model.partition('(')[0]}({in_model})" in after["shop/models.py"]
    assert "db_default=" in after["0002_next.py"]


@pytest.mark.parametrize(
    ("field", "version"),
    [("models.TextField(default='')", "django==4.2"), ("models.TextField(default=str)", "django==5.2")],
)
def test_no_default_of_the_database_where_there_can_be_none(field: str, version: str) -> None:
    step = step_of(defaulted(field, field, version), AddColumn)
    assert use_database_default(step) is None


def test_different_defaults_are_refused() -> None:
    texts = defaulted("models.IntegerField(default=0)", "models.IntegerField(default=1)")
    step = step_of(texts, AddColumn)
    remedy = use_database_default(step)
    assert remedy is not None
    with pytest.raises(UnwritableError, match="different defaults"):
        remedy.plan.changes(step.project)


@pytest.mark.parametrize(
    ("operation", "after"),
    [
        ("migrations.RunPython(fill)", "migrations.RunPython(fill, migrations.RunPython.noop)"),
        ("migrations.RunPython(code=fill)", "(code=fill, reverse_code=migrations.RunPython.noop)"),
        (
            "migrations.RunSQL('CREATE INDEX a ON shop_order (note)')",
            "migrations.RunSQL('CREATE INDEX a ON shop_order (note)', \"DROP INDEX IF EXISTS a\")",
        ),
        (
            'migrations.RunSQL(sql="UPDATE shop_order SET note = 1")',
            'migrations.RunSQL(sql="UPDATE shop_order SET note = 1", reverse_sql=migrations.RunSQL.noop)',
        ),
    ],
)
def test_an_operation_gets_a_way_back(operation: str, after: str) -> None:
    texts = files(migration(operation, head="\n\ndef fill(apps, schema_editor):\n    pass\n"))
    step = next(one for one in steps_of(project_of(texts)) if one.script.path == NEXT)
    assert after in made(texts, step, undo(step))["0002_next.py"]


def test_what_has_a_way_back_keeps_it() -> None:
    texts = files(migration("migrations.RunSQL('CREATE INDEX a ON shop_order (note)', '')"))
    assert undo(step_of(texts, AddIndex)) is None


def test_a_migration_gives_up_waiting() -> None:
    texts = files(migration(f"# Read often.\n        {INDEX}"))
    step = step_of(texts, AddIndex)
    after = made(texts, step, limit_waiting(step))
    limit = "migrations.RunSQL(\"SET LOCAL lock_timeout = '2s'\", migrations.RunSQL.noop)"
    assert after["0002_next.py"] == migration(limit, f"# Read often.\n        {INDEX}")
    loose = files(migration(INDEX).replace("    dependencies", "    atomic = False\n    dependencies"))
    assert limit_waiting(step_of(loose, AddIndex)) is None
