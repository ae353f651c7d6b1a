"""Shapes of queries against a small shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend_architect.queries.sql import shapes_of
from backend_architect.queries.statements import Statement
from backend_architect.schema.applying import apply
from backend_architect.schema.ddl import changes_of_sql
from backend_architect.schema.model import Origin, Schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend_architect.queries.shapes import QueryShape

SHOP = """
CREATE TABLE customers (id bigint PRIMARY KEY, email text, name text, active boolean, created_at timestamptz);
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id bigint REFERENCES customers (id) ON DELETE CASCADE, state text,
    total numeric, placed_at timestamp, created_at timestamptz, tags text[], data jsonb
);
CREATE TABLE items (
    id bigint PRIMARY KEY, order_id bigint REFERENCES orders (id), sku text, "inStock" boolean
);
CREATE VIEW big_orders AS SELECT o.id, o.customer_id AS owner FROM orders o WHERE o.total > 100;
"""


@pytest.fixture(scope="session")
def schema() -> Schema:
    found = Schema()
    for step in changes_of_sql(SHOP, "postgres", "schema.sql"):
        apply(found, step)
    return found


@pytest.fixture
def shapes(schema: Schema) -> Callable[[str], list[QueryShape]]:
    return lambda query: shapes_of(Statement(query, "postgres", Origin("q.sql", 1)), schema)
