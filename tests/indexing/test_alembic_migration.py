"""A revision that makes an index is written as the project writes its revisions."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from textwrap import dedent, indent
from typing import TYPE_CHECKING

import pytest
from alchemy_projects import index, project_of

from backend_architect.engine.remedies import UnwritableError
from backend_architect.indexing.alembic_migration import find
from backend_architect.indexing.homes import Wanted
from backend_architect.schema.model import IndexPart

if TYPE_CHECKING:
    from backend_architect.engine.remedies import Changes
    from backend_architect.schema.model import Index

NOW = datetime(2025, 2, 3, 4, 5, 6, 7, UTC)
INI = "[alembic]\nscript_location = %(here)s/migrations\n"
ORDERS = """
op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("customer_id", sa.Integer()),
    sa.Column("created_at", sa.DateTime()),
)
"""


def revision(id_: str, down: str | tuple[str, ...] | None = None, upgrade: str = "pass", **more: str) -> str:
    """A revision in the way of old templates."""
    said = {"branch_labels": "None", "depends_on": "None", **more}
    return (
        f'"""change\n\nRevision ID: {id_}\nRevises: {down or ""}\nCreate Date: 2024-05-01 12:33:10\n\n"""\n'
        f"from alembic import op\nimport sqlalchemy as sa\n\n\n"
        f"revision = {id_!r}\ndown_revision = {down!r}\n"
        f"branch_labels = {said['branch_labels']}\ndepends_on = {said['depends_on']}\n\n\n"
        f"def upgrade():\n{indent(dedent(upgrade).strip(), '    ')}\n\n\ndef downgrade():\n    pass\n"
    )


def written(
    files: dict[str, str], wanted: Index | None = None, table: str = "orders", dialect: str = "postgres"
) -> tuple[str, str, Changes]:
    """The path and the text of the new revision."""
    wanted = index("customer_id") if wanted is None else wanted
    project = project_of(files)
    home = find(project, Wanted(table, wanted, dialect), lambda: NOW)
    assert home is not None
    named = replace(wanted, name=wanted.name or "ix_orders_customer_id")
    changes = home.write(named)
    (new,) = changes.creates
    compile(new.text, new.path, "exec")
    again = project_of({**files, new.path: new.text})
    made = next(schema.tables[table] for schema in again.schemas if table in schema.tables)
    assert [one.parts for one in made.indexes if one.name == named.name] == [named.parts]
    return new.path, new.text, changes


FIRST = {
    "alembic.ini": INI,
    "migrations/versions/a1b2c3d4e5f6_orders.py": revision("a1b2c3d4e5f6", None, ORDERS),
}


def test_a_revision():
    path, text, changes = written(FIRST)
    number = path.removeprefix("migrations/versions/")[:12]
    assert path == f"migrations/versions/{number}_add_index_ix_orders_customer_id.py"
    assert not changes.notes
    assert text == dedent(
        f'''
        """add index ix_orders_customer_id

        Revision ID: {number}
        Revises: a1b2c3d4e5f6
        Create Date: 2025-02-03 04:05:06

        """
        from alembic import op
        import sqlalchemy as sa


        revision = '{number}'
        down_revision = 'a1b2c3d4e5f6'
        branch_labels = None
        depends_on = None


        def upgrade():
            # CONCURRENTLY lets others write to the table meanwhile. If it fails, drop the INVALID
            # index that it leaves before the next try: IF NOT EXISTS would keep that one.
            with op.get_context().autocommit_block():
                op.create_index(
                    "ix_orders_customer_id",
                    "orders",
                    ["customer_id"],
                    unique=False,
                    postgresql_concurrently=True,
                    if_not_exists=True,
                )


        def downgrade():
            with op.get_context().autocommit_block():
                op.drop_index(
                    "ix_orders_customer_id",
                    table_name="orders",
                    postgresql_concurrently=True,
                    if_exists=True,
                )
        '''
    ).lstrip("\n")


def test_the_id_is_a_function_of_the_project():
    assert written(FIRST)[0] == written(FIRST)[0]
    assert written(FIRST)[0] != written(FIRST, index("customer_id", "id"))[0]


NAMES = {
    "hashes": (
        ["a1b2c3d4e5f6_orders", "b1b2c3d4e5f6_more"],
        ["a1b2c3d4e5f6", "b1b2c3d4e5f6"],
        "{rev}_{slug}",
    ),
    "numbers": (["0008_orders", "0009_more"], ["0008", "0009"], "0010_{slug}"),
    "numbered hashes": (["0001_orders", "0002_more"], ["a1b2c3d4e5f6", "b1b2c3d4e5f6"], "0003_{slug}"),
    "days": (
        ["2024_01_01-a1b2c3d4e5f6_orders", "2024_01_02-b1b2c3d4e5f6_more"],
        ["a1b2c3d4e5f6", "b1b2c3d4e5f6"],
        "2025_02_03-{rev}_{slug}",
    ),
    "seconds": (
        ["2024_01_01_120000_a1b2c3d4e5f6_orders", "2024_01_02_120000_b1b2c3d4e5f6_more"],
        ["a1b2c3d4e5f6", "b1b2c3d4e5f6"],
        "2025_02_03_040506_{rev}_{slug}",
    ),
    "minutes": (
        ["2024-01-01_12-00_a1b2c3d4e5f6_orders", "2024-01-02_12-00_b1b2c3d4e5f6_more"],
        ["a1b2c3d4e5f6", "b1b2c3d4e5f6"],
        "2025-02-03_04-05_{rev}_{slug}",
    ),
    "times": (
        ["20240101120000_orders", "20240101130000_more"],
        ["a1b2c3d4e5f6", "b1b2c3d4e5f6"],
        "20250203040506_{slug}",
    ),
    "names": (
        ["0001_orders", "0002_more"],
        ["0001_orders", "0002_more"],
        "{rev}",
    ),
}


@pytest.mark.parametrize("case", NAMES)
def test_files_are_named_as_those_that_are_there(case: str):
    (first, second), (one, two), expected = NAMES[case]
    files = {
        f"versions/{first}.py": revision(one, None, ORDERS),
        f"versions/{second}.py": revision(two, one),
    }
    path, text, _ = written(files)
    made = text.partition("Revision ID: ")[2].partition("\n")[0]
    slug = "add_index_ix_orders_customer_id"
    assert path == f"versions/{expected.format(rev=made, slug=slug)}.py"
    assert f"down_revision = '{two}'" in text


def test_a_file_that_was_renamed_does_not_make_the_others_less_strict():
    files = {
        f"versions/2024_01_01_{1200 + number}00_{number:012x}_more.py": revision(
            f"{number:012x}", f"{number - 1:012x}" if number else None, ORDERS if not number else "pass"
        )
        for number in range(11)
    }
    files["versions/2024_01_01_121100_other_name.py"] = revision(f"{11:012x}", f"{10:012x}")
    path, text, _ = written(files)
    made = text.partition("Revision ID: ")[2][:12]
    assert path.startswith(f"versions/2025_02_03_040506_{made}_add_index")


def test_a_file_that_is_there_is_not_written_over():
    first = {"versions/2024_01_01_orders.py": revision("aaa", None, ORDERS)}
    path, text, _ = written(first)
    other, _, _ = written(first | {path: text}, replace(index("id"), name="ix_orders_customer_id_too"))
    assert path == "versions/2025_02_03_add_index_ix_orders_customer_id.py"
    assert other != path
    long = {"alembic.ini": INI.replace("migrations", ".") + "truncate_slug_length = 12\n"}
    path, text, _ = written(first | long)
    other, _, _ = written(first | long | {path: text}, replace(index("id"), name="ix_orders_id"))
    assert path == "versions/2025_02_03_add_index_.py"
    assert other == "versions/2025_02_03_add_index__2.py"


def test_the_template_of_the_configuration_counts():
    ini = f"{INI}file_template = %%(epoch)s-%%(rev)s\ntruncate_slug_length = 10\n"
    files = {
        "alembic.ini": ini,
        "migrations/versions/1700000000-a1b2c3d4e5f6.py": FIRST["migrations/versions/a1b2c3d4e5f6_orders.py"],
    }
    path, _, _ = written(files)
    assert path.startswith(f"migrations/versions/{int(NOW.timestamp())}-")
    other = ini.replace("%(here)s/migrations", "elsewhere")
    path, _, _ = written({**FIRST, "alembic.ini": other})
    assert path.endswith("_add_index_ix_orders_customer_id.py")


def test_several_sections_of_a_configuration():
    ini = (
        "[billing]\nscript_location = billing\nfile_template = b_%%(rev)s\n\n"
        "[shop]\nscript_location = app:migrations\nfile_template = s_%%(rev)s\n"
    )
    text = FIRST["migrations/versions/a1b2c3d4e5f6_orders.py"]
    path, _, _ = written({"alembic.ini": ini, "app/migrations/versions/s_a1b2c3d4e5f6.py": text})
    assert path.startswith("app/migrations/versions/s_")


def branches(**labels: str) -> dict[str, str]:
    return {
        "versions/a.py": revision("aaa", None),
        "versions/b.py": revision("bbb", "aaa", ORDERS, branch_labels=labels.get("b", "None")),
        "versions/c.py": revision("ccc", "aaa", branch_labels=labels.get("c", "None")),
    }


def test_two_heads_are_refused():
    with pytest.raises(UnwritableError, match=r"bbb, ccc.*alembic merge heads"):
        written(branches())


def test_branches_with_labels():
    _, text, _ = written(branches(b="('shop',)", c="('billing',)"))
    assert "down_revision = 'bbb'" in text
    with pytest.raises(UnwritableError, match="heads"):
        written(branches(b="('shop',)"))


def test_a_branch_that_has_not_the_column_is_refused():
    files = branches(b="('shop',)", c="('billing',)")
    adds = 'op.add_column("orders", sa.Column("payer_id", sa.Integer()))'
    files["versions/d.py"] = revision("ddd", "ccc", adds)
    with pytest.raises(UnwritableError, match="heads"):
        written(files, index("payer_id"))
    files["versions/d.py"] = files["versions/d.py"].replace('"orders"', '"others"')
    with pytest.raises(UnwritableError, match=r"orders\.payer_id"):
        written(files, index("payer_id"))


def test_what_a_branch_depends_on_counts():
    files = {
        "core/a.py": revision("aaa", None, ORDERS, branch_labels="('core',)"),
        "core/b.py": revision("bbb", "aaa"),
        "shop/c.py": revision("ccc", None, branch_labels="('shop',)", depends_on="'core'"),
    }
    files["core/b.py"] = files["core/b.py"].replace(
        "    pass", '    op.add_column("orders", sa.Column("payer_id", sa.Integer()))', 1
    )
    path, text, _ = written(files, replace(index("payer_id"), name="ix_payer"))
    assert path.startswith("core/")
    assert "down_revision = 'bbb'" in text


def test_several_environments_are_refused():
    files = {
        "one/versions/a.py": revision("aaa", None, ORDERS),
        "two/versions/b.py": revision("bbb", None, ORDERS),
    }
    with pytest.raises(UnwritableError, match="one/versions and two/versions"):
        written(files)


def test_a_name_that_another_index_has_is_refused():
    made = ORDERS + 'op.create_index("ix_orders_customer_id", "orders", ["id", "customer_id"])\n'
    with pytest.raises(UnwritableError, match="ix_orders_customer_id"):
        written({"versions/a.py": revision("aaa", None, made)})


def test_without_a_model_the_name_follows_the_others():
    made = ORDERS + 'op.create_index(op.f("idx_orders_created_at"), "orders", ["created_at"])\n'
    project = project_of({"versions/a.py": revision("aaa", None, made)})
    home = find(project, Wanted("orders", index("customer_id")), lambda: NOW)
    assert home is not None
    assert 'op.f("idx_orders_customer_id")' in home.write(index("customer_id")).creates[0].text


ENV = """
from alembic import context

def run(connection):
    context.configure(connection=connection{more})
    with context.begin_transaction():
        context.run_migrations()
"""


@pytest.mark.parametrize(
    ("more", "dialect", "notes"),
    [
        ({"migrations/env.py": ENV.format(more=", render_as_batch=True")}, "postgres", 0),
        ({"alembic.ini": f"{INI}sqlalchemy.url = sqlite:///shop.db\n"}, "postgres", 0),
        ({}, "mysql", 0),
        (
            {"migrations/env.py": ENV.format(more="").replace("with context.begin_transaction()", "if 1")},
            "postgres",
            1,
        ),
    ],
)
def test_what_cannot_be_built_concurrently(more: dict[str, str], dialect: str, notes: int):
    _, text, changes = written({**FIRST, **more}, dialect=dialect)
    assert "CONCURRENTLY" not in text
    assert "autocommit" not in text
    assert '    op.create_index("ix_orders_customer_id", "orders", ["customer_id"], unique=False)\n' in text
    assert '    op.drop_index("ix_orders_customer_id", table_name="orders")\n' in text
    assert len(changes.notes) == notes


def test_batches_that_also_run_on_postgresql():
    ini = f"{INI}sqlalchemy.url = postgresql+asyncpg://shop\n"
    env = ENV.format(more=", render_as_batch=True")
    _, text, _ = written({**FIRST, "alembic.ini": ini, "migrations/env.py": env})
    assert "postgresql_concurrently=True" in text


def test_partitioned_tables_have_no_concurrent_indexes():
    made = 'op.execute("CREATE TABLE orders (id int, customer_id int) PARTITION BY HASH (id)")'
    _, text, changes = written({"versions/a.py": revision("aaa", None, made)})
    assert "CONCURRENTLY" not in text
    assert "orders" in changes.notes[0]


def test_all_that_an_index_may_have():
    wanted = index(
        "customer_id",
        IndexPart("created_at", descending=True, nulls="last"),
        IndexPart(None, "lower(id)"),
        unique=True,
        where="created_at IS NOT NULL",
        include=("id",),
    )
    made = ORDERS.replace("\n)", '\n    schema="sales",\n)')
    files = {"versions/a.py": revision("aaa", None, made)}
    _, text, _ = written(files, replace(wanted, name="i"), "sales.orders")
    assert '["customer_id", sa.text("created_at DESC NULLS LAST"), sa.text("lower(id)")],' in text
    for line in (
        "unique=True",
        'schema="sales"',
        'postgresql_include=["id"]',
        'postgresql_where=sa.text("created_at IS NOT NULL")',
    ):
        assert f"            {line},\n" in text


def test_the_style_of_the_revision_before():
    typed = '''"""orders"""

from typing import Sequence, Union

from alembic import context, op
from shop.models import Order
import datetime

LIMIT = 3

# revision identifiers, used by Alembic.
revision: str = "aaa"  # the first
down_revision: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.execute("CREATE TABLE orders (id int, customer_id int)")


def downgrade() -> None:
    """Take the table away."""
'''
    wanted = replace(index("customer_id", where="id IS NULL"), name="ix_orders_customer_id")
    _, text, _ = written({"versions/a.py": typed}, wanted)
    made = text.partition('revision: str = "')[2][:12]
    assert text.startswith(
        f'''"""add index ix_orders_customer_id"""

from typing import Sequence, Union

from alembic import context, op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = "{made}"
down_revision: Union[str, Sequence[str], None] = "aaa"


def upgrade() -> None:
    """Upgrade schema."""
'''
    )
    assert "\n\n\ndef downgrade() -> None:\n    with op" in text


def test_prose_about_the_revision_before_is_not_taken_over():
    first = revision("aaa", None, ORDERS)
    explained = first.replace(
        "12:33:10\n\n", "12:33:10\n\nAll orders were empty: see below.\n\nThey are made.\n"
    )
    _, text, _ = written({"versions/a.py": explained})
    assert text.partition("Create Date:")[2].partition("\n")[2].startswith('"""\nfrom alembic import op\n')
    _, text, _ = written({"versions/a.py": first.replace("12:33:10\n\n", "12:33:10\n")})
    assert text.partition("Create Date:")[2].partition("\n")[2].startswith('"""\nfrom alembic import op\n')


def test_the_license_above_the_revision_before():
    first = revision("aaa", None, ORDERS)
    _, text, _ = written({"versions/a.py": f"# Copyright the shop.\n#\n# All rights reserved.\n{first}"})
    assert text.startswith('# Copyright the shop.\n#\n# All rights reserved.\n"""add index')
    _, text, _ = written({"versions/a.py": f"# Made in a hurry.\n{first}"})
    assert text.startswith('"""add index')


def test_revisions_that_mysql_runs_too_ask_for_nothing_that_it_does_not_know():
    first = revision("aaa", None, f'{ORDERS}if op.get_bind().dialect.name == "mysql":\n    pass\n')
    _, text, _ = written({"versions/a.py": first})
    assert "postgresql_concurrently=True,\n        )" in text
    assert "_exists" not in text


def test_each_database_that_has_a_history_of_its_own_gets_a_revision():
    files = {
        f"db/versions/{name}/2024_05_01_123310_{number * 3}_orders.py": revision(number * 3, None, ORDERS)
        for name, number in (("postgresql", "a"), ("sqlite", "b"))
    }
    wanted = Wanted("orders", index("customer_id"))
    home = find(project_of(files), wanted, lambda: NOW)
    assert home is not None
    big, small = home.write(replace(wanted.index, name="ix_orders_customer_id")).creates
    assert re.fullmatch(r"db/versions/postgresql/2025_02_03_040506_\w{12}_add_index_\w+\.py", big.path)
    assert small.path.startswith("db/versions/sqlite/2025_02_03_040506_")
    assert "down_revision = 'aaa'" in big.text
    assert "down_revision = 'bbb'" in small.text
    assert "concurrently" in big.text
    assert "concurrently" not in small.text
    partial = Wanted("orders", index("customer_id", where="id IS NULL"))
    home = find(project_of(files), partial, lambda: NOW)
    assert home is not None
    with pytest.raises(UnwritableError, match="postgres and sqlite do not all have such indexes"):
        home.write(partial.index)


def test_several_databases_at_once_are_refused():
    files = {"versions/a.py": revision("aaa", None, ORDERS).replace("upgrade():", "upgrade(engine_name=''):")}
    with pytest.raises(UnwritableError, match="several databases"):
        written(files)


def test_a_table_of_nobody():
    project = project_of({"versions/a.py": revision("aaa", None, ORDERS)})
    assert find(project, Wanted("invoices", index("id"))) is None
