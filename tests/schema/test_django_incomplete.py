"""What a migration of Django does to a model that no migration at hand makes."""

from __future__ import annotations

import pytest
from tests.schema.declaring import migrated
from tests.schema.test_django_migrations import files

from backend_architect.schema.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddIndex,
    Change,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    RenameColumn,
    RenameIndex,
    RenameTable,
    ValidateConstraint,
)
from backend_architect.schema.model import Check, Column, Index, IndexPart


def done_by(*operations: str) -> list[object]:
    """The changes of migrations, without the places where they stand."""
    found: list[object] = []
    for step in migrated(files(*operations)).steps:
        change = step.change
        match change:
            case AddColumn(table, column):
                change = AddColumn(table, Column(column.name, column.type, column.nullable))
            case AddIndex(table, index):
                change = AddIndex(table, Index(index.name, index.parts, index.unique, kind=index.kind))
            case AddForeignKey(table, key):
                found.append((table, key.columns, key.table, key.to))
                continue
            case _:
                pass
        found.append(change)
    return found


def on(*columns: str) -> tuple[IndexPart, ...]:
    return tuple(map(IndexPart, columns))


@pytest.mark.parametrize(
    ("operation", "change"),
    [
        (
            'migrations.AddField("order", "note", models.TextField(null=True))',
            AddColumn("shop_order", Column("note", "text")),
        ),
        ('migrations.RemoveField("Order", "note")', DropColumn("shop_order", "note")),
        ('migrations.RenameField("order", "note", "remark")', RenameColumn("shop_order", "note", "remark")),
        (
            'migrations.AddIndex("order", models.Index(fields=["-note"], name="a"))',
            AddIndex("shop_order", Index("a", (IndexPart("note", descending=True),))),
        ),
        (
            'migrations.AddConstraint("order", models.UniqueConstraint(fields=["a", "b"], name="c"))',
            AddIndex("shop_order", Index("c", on("a", "b"), unique=True, kind="unique")),
        ),
        (
            'migrations.AddConstraint("order", models.CheckConstraint(check=models.Q(a__gt=0), name="c"))',
            AddCheck("shop_order", Check("c", "a > 0")),
        ),
        (
            'migrations.AlterUniqueTogether("order", unique_together={("a", "b")})',
            AddIndex("shop_order", Index("shop_order_a_b_f3cc0da1_uniq", on("a", "b"), True, kind="unique")),
        ),
        ('migrations.RemoveIndex("order", "a")', DropIndex("a", "shop_order")),
        ('migrations.RemoveConstraint("order", "c")', DropConstraint("shop_order", "c")),
        ('migrations.RenameIndex("order", new_name="b", old_name="a")', RenameIndex("a", "b", "shop_order")),
        ('ValidateConstraint("order", "c")', ValidateConstraint("shop_order", "c")),
        ('migrations.DeleteModel("Order")', DropTable("shop_order")),
        ('migrations.RenameModel("Order", "Sale")', RenameTable("shop_order", "shop_sale")),
        ('migrations.AlterModelTable("order", "orders")', RenameTable("shop_order", "orders")),
    ],
)
def test_a_file_alone_says_what_it_changes(operation: str, change: Change) -> None:
    assert done_by(operation) == [change]


@pytest.mark.parametrize(
    "operation",
    [
        'migrations.AlterField("order", "note", models.TextField(null=True, unique=True))',
        'migrations.AlterModelOptions("order", {"ordering": ["note"]})',
        "migrations.AddField(NAME, 'note', models.TextField())",
    ],
)
def test_what_nobody_can_tell_does_nothing(operation: str) -> None:
    assert done_by(operation) == []


def test_a_foreign_key_takes_the_other_model_for_granted_too() -> None:
    field = 'models.ForeignKey("people.Customer", models.CASCADE, db_index=False)'
    assert done_by(f'migrations.AddField("order", "customer", {field})') == [
        AddColumn("shop_order", Column("customer_id", "", nullable=False)),
        ("shop_order", ("customer_id",), "people_customer", ("id",)),
    ]


def test_what_has_been_learned_of_a_model_is_kept() -> None:
    assert done_by(
        'migrations.AlterField("order", "note", models.TextField(null=True))',
        """
        migrations.AlterModelTable("order", "orders"),
        migrations.RemoveField("order", "note"),
        """,
    ) == [RenameTable("shop_order", "orders"), DropColumn("orders", "note")]


def test_a_model_that_is_made_later_gets_its_table() -> None:
    first, *others = done_by(
        'migrations.DeleteModel("Order")',
        'migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True))])',
        'migrations.RemoveField("order", "id")',
    )
    assert first == DropTable("shop_order")
    assert isinstance(others[0], CreateTable)


def test_the_table_is_known_in_part_only() -> None:
    schema = migrated(files('migrations.AddField("order", "note", models.TextField())')).schema
    assert not schema.tables["shop_order"].complete
