"""Queries of Flask-SQLAlchemy, which begin at the models."""

from __future__ import annotations

import pytest
from tests.cards.fences import applied, project_of
from tests.loading.shops import findings_in

MODELS = """
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class Customer(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String)
    orders = db.relationship("Order", backref="customer")


class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    customer_id = db.Column(db.Integer, db.ForeignKey("customer.id"))
"""
HEAD = (
    "from shop.models import Customer, Order, db\nfrom sqlalchemy.orm import joinedload\n\n\ndef names():\n"
)


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ("Order.query", "Order.query.options(joinedload(Order.customer))"),
        ("Order.query.all()", "Order.query.options(joinedload(Order.customer)).all()"),
        (
            "Order.query.filter_by(id=3).paginate(page=1).items",
            "Order.query.filter_by(id=3).options(joinedload(Order.customer)).paginate(page=1).items",
        ),
        (
            "db.session.scalars(db.select(Order))",
            "db.session.scalars(db.select(Order).options(joinedload(Order.customer)))",
        ),
        ("db.session.query(Order)", "db.session.query(Order).options(joinedload(Order.customer))"),
    ],
)
def test_a_query_loads_what_is_touched(query: str, written: str) -> None:
    before = f"{HEAD}    return [order.customer.name for order in {query}]\n"
    files = {"shop/models.py": MODELS, "shop/views.py": before}
    project = project_of(files)
    (finding,) = findings_in(project)["shop/views.py"]
    assert finding.remedy is not None
    after = applied(finding.remedy.plan.changes(project).edits["shop/views.py"], before)
    assert after == f"{HEAD}    return [order.customer.name for order in {written}]\n"
    assert findings_in(project_of({**files, "shop/views.py": after})) == {}
