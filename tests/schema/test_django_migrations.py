"""What Django's migrations do to a schema."""

from __future__ import annotations

from textwrap import indent

from tests.schema.declaring import columns, indexes, keys, migrated

from backend_architect.schema.changes import AddColumn, CreateTable, DropIndex, RenameColumn, RenameTable
from backend_architect.schema.model import Origin

FIRST = """
    migrations.CreateModel(
        name="Customer",
        fields=[
            ("id", models.BigAutoField(primary_key=True)),
            ("email", models.EmailField(max_length=254, unique=True)),
        ],
    ),
    migrations.CreateModel(
        name="Order",
        fields=[
            ("id", models.BigAutoField(primary_key=True)),
            ("total", models.IntegerField(db_index=True)),
            ("customer", models.ForeignKey(on_delete=models.deletion.CASCADE, to="shop.customer")),
            ("tags", models.ManyToManyField(to="shop.customer")),
        ],
    ),
"""


def migration(operations: str, *after: str, replaces: str = "[]", app: str = "shop") -> str:
    dependencies = ", ".join(f'("{app}", "{name}")' for name in after)
    return (
        "from django.db import migrations, models\n"
        "class Migration(migrations.Migration):\n"
        f"    replaces = {replaces}\n"
        f"    dependencies = [{dependencies}]\n"
        f"    operations = [\n{indent(operations, '        ')}\n    ]\n"
    )


def files(*operations: str) -> dict[str, str]:
    """Migrations one after the other."""
    names = [f"{number:04}_step" for number in range(1, len(operations) + 1)]
    return {
        f"shop/migrations/{name}.py": migration(said, *names[max(0, place - 1) : place])
        for place, (name, said) in enumerate(zip(names, operations, strict=True))
    }


def test_tables_are_created_with_all_that_belongs_to_them() -> None:
    schema = migrated(files(FIRST)).schema
    order = schema.tables["shop_order"]
    assert columns(order) == [
        "id bigint not null",
        "total integer not null",
        "customer_id bigint not null",
    ]
    assert indexes(order) == ["index (customer_id)", "index (total)", "primary (id)"]
    assert keys(order) == ["customer_id -> shop_customer(id) cascade"]
    assert list(schema.tables["shop_order_tags"].columns) == ["id", "order_id", "customer_id"]


def test_fields_come_change_and_go() -> None:
    schema = migrated(
        files(
            FIRST,
            """
            migrations.AddField("order", "note", models.CharField(max_length=20, null=True)),
            migrations.AddField(model_name="order", name="slug", field=models.SlugField(default="")),
            migrations.AlterField("order", "total", models.BigIntegerField(null=True)),
            migrations.RenameField("order", "note", "remark"),
            migrations.RemoveField("order", "tags"),
            """,
        )
    ).schema
    assert columns(schema.tables["shop_order"]) == [
        "id bigint not null",
        "total bigint",
        "customer_id bigint not null",
        "remark varchar(20)",
        "slug varchar(50) not null",
    ]
    assert indexes(schema.tables["shop_order"]) == [
        "index (customer_id)",
        "index (slug varchar_pattern_ops)",
        "index (slug)",
        "primary (id)",
    ]
    assert "shop_order_tags" not in schema.tables


def test_indexes_and_constraints_come_and_go_by_name() -> None:
    history = migrated(
        files(
            FIRST,
            """
            migrations.AddIndex("order", models.Index(fields=["total", "-id"], name="a")),
            AddIndexConcurrently("order", models.Index(fields=["id"], name="b")),
            migrations.AddConstraint("order", models.UniqueConstraint(fields=["total"], name="c")),
            migrations.AlterUniqueTogether("order", unique_together=set([("customer", "total")])),
            """,
            """
            migrations.RenameIndex("order", new_name="z", old_name="a"),
            migrations.RemoveIndex("order", "b"),
            migrations.RemoveConstraint("order", "c"),
            """,
        )
    )
    order = history.schema.tables["shop_order"]
    assert indexes(order) == [
        "index (customer_id)",
        "index (total)",
        "index (total, id desc)",
        "primary (id)",
        "unique (customer_id, total)",
    ]
    assert "z" in {one.name for one in order.indexes}


def test_models_and_their_tables_are_renamed() -> None:
    history = migrated(
        files(
            FIRST,
            """
            migrations.RenameModel("Customer", "Client"),
            migrations.AlterModelTable("order", "orders"),
            migrations.AlterField("order", "total", models.IntegerField()),
            """,
        )
    )
    schema = history.schema
    assert sorted(schema.tables) == ["orders", "orders_tags", "shop_client"]
    assert list(schema.tables["orders_tags"].columns) == ["id", "order_id", "client_id"]
    assert keys(schema.tables["orders"]) == ["customer_id -> shop_client(id) cascade"]
    # The index has kept the name that it got from the old table.
    assert indexes(schema.tables["orders"]) == ["index (customer_id)", "primary (id)"]
    assert RenameTable("shop_customer", "shop_client") in [step.change for step in history.steps]
    assert RenameColumn("shop_order_tags", "customer_id", "client_id") in [
        step.change for step in history.steps
    ]


def test_state_and_database_are_kept_apart() -> None:
    schema = migrated(
        files(
            FIRST,
            """
            migrations.SeparateDatabaseAndState(
                database_operations=[migrations.AlterModelTable("Order", "basket_order")],
                state_operations=[migrations.DeleteModel("Order")],
            ),
            """,
            """
            migrations.SeparateDatabaseAndState(state_operations=[
                migrations.CreateModel("Basket", [
                    ("id", models.BigAutoField(primary_key=True)),
                    ("total", models.IntegerField(db_column="amount")),
                ], options={"db_table": "basket_order"}),
            ]),
            migrations.AddField("basket", "paid", models.BooleanField()),
            """,
        )
    ).schema
    assert "shop_order" not in schema.tables
    assert list(schema.tables["basket_order"].columns) == ["id", "total", "customer_id", "paid"]


def test_sql_changes_the_database_and_its_state_operations_the_models() -> None:
    history = migrated(
        files(
            FIRST,
            """
            migrations.RunSQL(
                sql=[("CREATE INDEX big ON shop_order (id, total)", []), "DROP TABLE shop_order_tags"],
                reverse_sql="DROP INDEX big",
                state_operations=[migrations.RemoveField("order", "tags")],
            ),
            migrations.RunPython(forwards),
            migrations.AddField("order", "paid", models.BooleanField()),
            """,
        )
    )
    assert "big" in {one.name for one in history.schema.tables["shop_order"].indexes}
    assert "shop_order_tags" not in history.schema.tables
    assert "paid" in history.schema.tables["shop_order"].columns


def test_the_order_is_that_of_the_dependencies_across_apps() -> None:
    project = {
        "a/migrations/0001_initial.py": migration(
            'migrations.CreateModel("A", [("b", models.ForeignKey("b.B", models.CASCADE))])',
            "0002_more",
            app="b",
        ),
        "b/migrations/0002_more.py": migration(
            'migrations.AlterField("B", "code", models.TextField(primary_key=True))', "__first__", app="b"
        ),
        "b/migrations/0001_initial.py": migration(
            'migrations.CreateModel("B", [("code", models.CharField(max_length=5, primary_key=True))])'
        ),
    }
    history = migrated(project)
    assert history.schema.sources == (
        "b/migrations/0001_initial.py",
        "b/migrations/0002_more.py",
        "a/migrations/0001_initial.py",
    )
    assert history.schema.tables["a_a"].columns["b_id"].type == "text"


def test_a_squashed_migration_runs_instead_of_those_that_it_replaces() -> None:
    project = files(FIRST, 'migrations.RemoveField("order", "total")')
    project["shop/migrations/0001_squashed.py"] = migration(
        'migrations.CreateModel("Thing", [("id", models.AutoField(primary_key=True))])',
        replaces='[("shop", "0001_step"), ("shop", "0002_step")]',
    )
    project["shop/migrations/0003_last.py"] = migration(
        'migrations.AddField("thing", "name", models.TextField())', "0002_step"
    )
    schema = migrated(project).schema
    assert list(schema.tables) == ["shop_thing"]
    assert list(schema.tables["shop_thing"].columns) == ["id", "name"]


def test_what_django_does_not_manage_is_left_alone() -> None:
    schema = migrated(
        files(
            """
            migrations.CreateModel("View", [("id", models.AutoField())], options={"managed": False}),
            migrations.CreateModel("Proxy", [], options={"proxy": True}, bases=("shop.view",)),
            migrations.AddField("view", "name", models.TextField()),
            """
        )
    ).schema
    assert schema.tables == {}


def test_steps_say_where_they_are_written() -> None:
    history = migrated(files(FIRST, 'migrations.AddField("order", "paid", models.BooleanField())'))
    first, last = history.steps[0], history.steps[-1]
    assert isinstance(first.change, CreateTable)
    assert first.origin == Origin("shop/migrations/0001_step.py", 7)
    assert isinstance(last.change, AddColumn)
    assert last.origin == Origin("shop/migrations/0002_step.py", 6)


def test_a_dropped_index_is_named_as_django_named_it() -> None:
    history = migrated(files(FIRST, 'migrations.AlterField("order", "total", models.IntegerField())'))
    assert history.steps[-1].change == DropIndex("shop_order_total_5d6d00f1", "shop_order", ("total",))
