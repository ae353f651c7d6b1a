"""What the remedies write into queries, whose layout and comments stay."""

# ruff: noqa: ISC004 - texts of several lines

from __future__ import annotations

import pickle

import pytest
from tests.cards.fences import applied, project_of
from tests.loading.shops import PROGRAMS, findings_in

from backend_architect.engine.remedies import Remedy, UnwritableError

IMPORTS = """\
from shop.models import Order
from sqlalchemy import select
from sqlalchemy.orm import Session


"""
LOADING = IMPORTS.replace("Session", "Session, joinedload")


def texts(folder: str, text: str, **others: str) -> dict[str, str]:
    models = (PROGRAMS / folder / "models.py").read_text(encoding="utf-8")
    return {
        "shop/models.py": models,
        "shop/program.py": text,
        **{f"shop/{name}.py": one for name, one in others.items()},
    }


def remedies_of(files: dict[str, str]) -> list[Remedy | None]:
    """The remedies of all findings, or None where one has none."""
    return [one.remedy for some in findings_in(project_of(files)).values() for one in some]


def repaired(files: dict[str, str]) -> str:
    """The program after its first remedy."""
    project = project_of(files)
    remedies = [one.remedy for some in findings_in(project).values() for one in some if one.remedy]
    changes = remedies[0].plan.changes(project)
    return applied(changes.edits["shop/program.py"], files["shop/program.py"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "    query = select(Order).options(selectinload(Order.tags)).order_by(Order.id)\n",
            "    query = select(Order)"
            ".options(selectinload(Order.tags), joinedload(Order.customer)).order_by(Order.id)\n",
        ),
        (
            "    query = (\n        select(Order)\n        .where(Order.id > 0)  # all\n    )\n",
            "    query = (\n        select(Order)\n        .where(Order.id > 0)  # all\n"
            "        .options(joinedload(Order.customer))\n    )\n",
        ),
        (
            "    query = select(Order).options(\n        selectinload(Order.tags),  # few\n    )\n",
            "    query = select(Order).options(\n        selectinload(Order.tags),  # few\n"
            "        joinedload(Order.customer),\n    )\n",
        ),
        (
            "    query = select(Order).with_for_update()\n",
            "    query = select(Order).with_for_update().options(selectinload(Order.customer))\n",
        ),
    ],
)
def test_options_are_put_where_they_belong(before: str, after: str) -> None:
    head = IMPORTS.replace("Session", "Session, joinedload, selectinload") + "def names(session: Session):\n"
    tail = "    return [order.customer.name for order in session.scalars(query)]\n"
    assert repaired(texts("alchemy", head + before + tail)) == head + after + tail


def test_an_option_goes_on_where_it_ends() -> None:
    head = LOADING + "def names(session: Session):\n    query = select(Order).options("
    tail = ")\n    return [order.customer.region.name for order in session.scalars(query)]\n"
    text = repaired(texts("alchemy", f"{head}joinedload(Order.customer){tail}"))
    assert "options(joinedload(Order.customer).joinedload(Customer.region))" in text
    assert "from shop.models import Customer, Order\n" in text


def test_a_class_that_is_only_imported_for_types_is_imported() -> None:
    guarded = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shop.models import Line\n"
    body = (
        "def names(session: Session):\n    for order in session.query(Order):\n"
        "        for line in order.lines:\n            print(line.product.name)\n"
    )
    text = repaired(texts("alchemy", IMPORTS + guarded + body))
    assert "from shop.models import Line, Order\n" in text
    assert "session.query(Order).options(selectinload(Order.lines).joinedload(Line.product))" in text


def test_names_of_imports_that_stand_on_lines_of_their_own() -> None:
    head = IMPORTS.replace("import Session", "import (\n    Session,\n    undefer,\n)")
    body = "def names(session: Session):\n    return [one.customer.name for one in session.query(Order)]\n"
    text = repaired(texts("alchemy", head + body))
    assert "import (\n    Session,\n    joinedload,\n    undefer,\n)\n" in text


def test_a_module_of_models_names_the_classes() -> None:
    head = "from shop import models\n\n\n"
    body = (
        "def names(session):\n    for order in session.query(models.Order):\n"
        "        print([line.product.name for line in order.lines])\n"
    )
    text = repaired(texts("alchemy", head + body))
    assert "options(selectinload(models.Order.lines).joinedload(models.Line.product))" in text
    assert text.startswith("from shop import models\nfrom sqlalchemy.orm import selectinload\n")


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ("Order.objects.select_related('invoice')", "Order.objects.select_related('invoice', 'customer')"),
        ("Order.objects.all()[:9]", 'Order.objects.all().select_related("customer")[:9]'),
        ("Order.objects.iterator()", 'Order.objects.select_related("customer").iterator()'),
        (
            "Order.objects.select_for_update()",
            'Order.objects.select_for_update().prefetch_related("customer")',
        ),
    ],
)
def test_queries_of_django(query: str, written: str) -> None:
    head = "from shop.models import Order\n\n\ndef names():\n    return [one.customer.name for one in "
    assert repaired(texts("django", f"{head}{query}]\n")) == f"{head}{written}]\n"


def test_an_iterator_does_not_prefetch() -> None:
    head = "from shop.models import Order\n\n\ndef names():\n"
    body = "    return [one.lines.all()[0] for one in Order.objects.iterator()]\n"
    assert remedies_of(texts("django", head + body)) == [None]
    body = "    return [list(one.lines.all()) for one in Order.objects.iterator()]\n"
    assert remedies_of(texts("django", head + body)) == [None]


def test_classes_that_the_file_cannot_name_are_not_loaded() -> None:
    models = (PROGRAMS / "alchemy" / "models.py").read_text(encoding="utf-8")
    body = (
        "from shop.asks import all_of\n\n\n"
        "def names(session):\n"
        "    for parcel in all_of(session):\n        print(parcel.customer.region.name)\n"
    )
    parcels = (
        "from sqlalchemy.orm import relationship\nfrom shop.models import Base, Customer\n"
        "from sqlalchemy import Column, ForeignKey, Integer\n\n\nclass Parcel(Base):\n"
        "    __tablename__ = 'parcels'\n    id = Column(Integer, primary_key=True)\n"
        "    customer_id = Column(ForeignKey('customers.id'))\n    customer = relationship(Customer)\n"
    )
    asks = (
        "from shop.parcels import Parcel\n\n\ndef all_of(session):\n    return session.query(Parcel).all()\n"
    )
    files = {
        "shop/models.py": models,
        "shop/parcels.py": parcels,
        "shop/asks.py": asks,
        "shop/program.py": body,
    }
    assert remedies_of(files) == [None]
    files["shop/asks.py"] = "from shop.models import Customer\n" + asks
    (remedy,) = remedies_of(files)
    assert remedy is not None
    (edits,) = remedy.plan.changes(project_of(files)).edits.values()
    assert "joinedload(Parcel.customer).joinedload(Customer.region)" in applied(edits, files["shop/asks.py"])


def test_a_plan_travels_and_is_given_up_when_the_program_has_changed() -> None:
    body = "def names(session):\n    return [one.customer.name for one in session.query(Order)]\n"
    files = texts("alchemy", IMPORTS + body)
    (finding,) = findings_in(project_of(files))["shop/program.py"]
    assert finding.remedy is not None
    plan = pickle.loads(pickle.dumps(finding.remedy.plan))
    assert plan == finding.remedy.plan
    changed = {**files, "shop/program.py": IMPORTS + body.replace("customer.name", "number")}
    with pytest.raises(UnwritableError):
        plan.changes(project_of(changed))


def test_helpers_need_no_word_that_tells_of_rows() -> None:
    helper = "def cost(order):\n    return sum(line.amount for line in order.lines)\n"
    body = "def costs(session):\n    return [cost(one) for one in session.query(Order)]\n"
    files = texts("alchemy", "from shop.pricing import cost\n" + IMPORTS + body, pricing=helper)
    assert "options(selectinload(Order.lines))" in repaired(files)


LOOKUPS = """\
from shop.models import Customer, Order
{imports}

async def names(session, orders: list[Order]):
    found = []
    for order in orders:
        customer = {lookup}
        found.append(customer)
    return found
"""


@pytest.mark.parametrize(
    "lookup",
    [
        "await session.get(Customer, order.customer_id)",
        "(await session.scalars(select(Customer).where(Customer.id == order.customer_id))).first()",
        "(\n            await session.execute(select(Customer).where(Customer.id == order.customer_id))\n"
        "        ).scalar_one_or_none()",
        "await session.scalar(select(Customer).where(Customer.id == order.customer_id))",
    ],
)
def test_rows_are_asked_for_before_the_loop(lookup: str) -> None:
    imports = "from sqlalchemy import select\n"
    before = LOOKUPS.format(imports=imports if "select" in lookup else "", lookup=lookup)
    query = (
        "    customers = {\n        customer.id: customer\n        for customer in await session.scalars("
        "select(Customer).where(Customer.id.in_([order.customer_id for order in orders])))\n    }\n"
    )
    after = LOOKUPS.format(imports=imports, lookup="customers.get(order.customer_id)")
    written = repaired(texts("alchemy", before))
    assert written.replace("\n\n\n", "\n\n") == after.replace(
        "    for order in orders:\n", f"{query}    for order in orders:\n"
    ).replace("\n\n\n", "\n\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("list[Order]", "Iterable[Order]"),
        ("(Customer, order.customer_id)", "(Customer, order.number)"),
        ("(Customer, order.customer_id)", "(Customer, order.customer_id, populate_existing=True)"),
        ("found.append(customer)", "found.append(await sent(customer))"),
        ("found.append(customer)", "orders.append(customer)"),
        ("found.append(customer)", "order.customer_id = 1"),
        ("found.append(customer)", "order = customer"),
        ("found.append(customer)", "session = customer.session"),
        ("    return found", "        yield found"),
        ("    found = []\n", "    found = []\n    orders = orders[1:]\n"),
        ("    found = []\n", "    found = []\n    customers = customers_by_key = 1\n"),
    ],
)
def test_loops_of_which_it_is_not_certain_have_no_remedy(old: str, new: str) -> None:
    text = LOOKUPS.format(imports="", lookup="await session.get(Customer, order.customer_id)")
    assert old in text
    assert not any(remedies_of(texts("alchemy", text.replace(old, new))))


def test_a_missing_row_that_is_caught_has_no_remedy() -> None:
    text = (
        "from shop.models import Customer, Order\n\n\ndef names(orders: list[Order]):\n"
        "    return [Customer.objects.get(pk=order.customer_id) for order in orders]\n"
    )
    caught = (
        "\n\ndef all_names():\n    try:\n        names([])\n    except Customer.DoesNotExist:\n        pass\n"
    )
    assert all(remedies_of(texts("django", text)))
    assert remedies_of(texts("django", text + caught)) == [None]
