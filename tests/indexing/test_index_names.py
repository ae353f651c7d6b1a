"""New indexes are called as those that a project has."""

from __future__ import annotations

import pytest
from alchemy_projects import index

from backend_architect.indexing.index_names import IndexNames, is_like, learned
from backend_architect.schema.model import Index, IndexPart

DEFAULT = "ix_{table}_{words}"
EMAIL = (IndexPart("email"),)
CUSTOMER = (IndexPart("customer_id"), IndexPart("state"))


@pytest.mark.parametrize(
    ("names", "pattern"),
    [
        ({}, DEFAULT),
        ({"shop_order_email_idx": EMAIL}, "{table}_{words}_idx"),
        ({"order_email_idx": EMAIL}, "{short}_{words}_idx"),
        ({"index_shop_order_on_email": EMAIL}, "index_{table}_on_{words}"),
        ({"IDX_shop_order_customer_id_state": CUSTOMER}, "IDX_{table}_{words}"),
        ({"idx_shop_order_customer_state": CUSTOMER}, "idx_{table}_{words}"),
        ({"idx_email": EMAIL}, "idx_{words}"),
        ({"shop_order_emails_idx": EMAIL}, "{table}_{words}_idx"),
        ({"idx_latest": CUSTOMER}, "idx_{table}_{words}"),
        ({"latest_idx": CUSTOMER}, "{table}_{words}_idx"),
        ({"latest": CUSTOMER, "email": EMAIL}, DEFAULT),
        ({"idx_latest": CUSTOMER, "idx_mine": EMAIL, "shop_order_email_ix": EMAIL}, "{table}_{words}_ix"),
        ({"idx_lower": (IndexPart(None, "lower(email)"),)}, "idx_{table}_{words}"),
    ],
)
def test_the_pattern_is_that_of_most_names(names: dict[str, tuple[IndexPart, ...]], pattern: str):
    known = [(Index(name, parts), "shop_order", "order") for name, parts in names.items()]
    assert learned(known, DEFAULT) == pattern


def test_a_name_is_free_and_short_enough():
    names = IndexNames([DEFAULT, "{short}_{words}"], {"ix_shop_order_email", "mine", "mine_2"}, 30)
    assert names.choose(Index("", EMAIL), "shop_order", "order") == "order_email"
    assert names.free("mine") == "mine_3"
    wide = Index("", (IndexPart("a_column_of_many_words"),))
    assert names.fitting(wide, "shop_order", "order") == "order_a_column_of_many_words"
    wider = Index("", (*wide.parts, *CUSTOMER))
    assert names.fitting(wider, "shop_order", "order") is None
    assert names.choose(wider, "shop_order", "order").startswith("ix_shop_order_a_column")
    assert len(names.choose(wider, "shop_order", "order")) <= 30


def test_bytes_count_and_characters_stay_whole():
    name = IndexNames([DEFAULT], frozenset()).choose(Index("", (IndexPart("é" * 60),)), "orders")
    assert len(name.encode()) <= 63
    assert name.startswith("ix_orders_é")


def test_words_say_what_is_special():
    names = IndexNames([DEFAULT], frozenset())
    lower = index(IndexPart(None, "lower(Email)"), where="deleted_at IS NULL")
    assert names.choose(lower, "users") == "ix_users_lower_email_partial"


def test_indexes_are_alike_whatever_they_are_called():
    one = index(IndexPart("a", descending=True, nulls="first"), where="b is null", include=("c", "d"))
    other = Index("x", (IndexPart("a", descending=True),), where="b IS NULL", include=("d", "c"))
    assert is_like(one, other)
    assert not is_like(one, index(IndexPart("a"), where="b is null", include=("c", "d")))
