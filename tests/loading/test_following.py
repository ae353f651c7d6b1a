"""What is loaded row by row while files change: the same as a fresh look at the same texts tells."""

from __future__ import annotations

import random

import pytest
from tests.cards.fences import project_of
from tests.loading.shops import FOUND, RULES, Programs, findings_in

from backend_architect.engine.language import nowhere
from backend_architect.engine.settings import Settings
from backend_architect.project.fact_store import FactStore
from backend_architect.project.picture import Picture, found_in

EDITS = [
    ("shop/models.py", "relationship(", "relationship(lazy='joined', "),
    (
        "shop/models.py",
        "customer: Mapped[Customer] = relationship",
        "buyer_: Mapped[Customer] = relationship",
    ),
    ("shop/models.py", "customer = models.ForeignKey(Customer", "customer = models.OneToOneField(Customer"),
    ("shop/models.py", "name: Mapped[str]", "name: Mapped[str]\n    other: Mapped[str]"),
    ("shop/models.py", "order_by='Line.id'", ""),
    ("shop/models.py", "class Region(", "class Land("),
    ("shop/models.py", "return self.customer.name", "return self.number"),
    ("shop/models.py", 'related_name="lines"', 'related_name="parts"'),
    ("shop/models.py", "class Order(models.Model):", "class Order(models.Model):\n    objects = Full()"),
    ("shop/models.py", "class ", "class ("),
    ("shop/helpers.py", "return order.number", "return order.customer.name"),
    ("shop/helpers.py", "import Order", "import Customer as Order"),
    ("shop/helpers.py", "def total(", "def sum_of("),
]


@pytest.mark.parametrize("programs", FOUND, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_edits_lead_to_what_a_fresh_look_says(programs: Programs, seed: int) -> None:
    texts = programs.texts()
    picture = Picture(texts.get, Settings(), lambda _: nowhere, FactStore(None))
    for path in texts:
        picture.declare(path)
    for path in texts:
        picture.ask(path)
    before = dict(texts)
    chosen = random.Random(seed)
    for _ in range(25):
        path, old, new = chosen.choice(EDITS)
        if path not in texts:
            continue
        texts[path] = texts[path].replace(old, new) if chosen.random() < 0.6 else before[path]
        picture.declare(path)
        picture.ask(path)
        assert found_in(picture.project(), RULES)[0] == findings_in(project_of(texts))
