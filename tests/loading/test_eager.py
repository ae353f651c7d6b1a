"""What the remedies write into queries, whose layout and comments stay."""

# ruff: noqa: ISC004 - texts of several lines

from __future__ import annotations

import pickle

import pytest
from tests.cards.fences import applied, project_of
from tests.loading.shops import PROGRAMS, findings_in

from backend_architect.engine.remedies import UnwritableError

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
    silent = project_of(texts("django", head + body))
    assert not [one for some in findings_in(silent).values() for one in some if one.remedy]
    body = "    return [list(one.lines.all()) for one in Order.objects.iterator()]\n"
    with pytest.raises(UnwritableError):
        repaired(texts("django", head + body))


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
