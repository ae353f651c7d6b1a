"""What a statement asks of each table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend_architect.queries.shapes import Key, Predicate, QueryShape, TableUse

    Shapes = Callable[[str], list[QueryShape]]


def name(key: Key) -> str:
    return key.column or key.text


def asked(use: TableUse) -> list[tuple[str, str]]:
    return [(name(one.key), one.kind) for one in use.conditions]


def conditions(shapes: Shapes, condition: str) -> list[Predicate]:
    (shape,) = shapes(f"SELECT * FROM orders WHERE {condition}")
    return shape.uses[0].conditions


@pytest.mark.parametrize(
    ("condition", "key", "kind"),
    [
        ("state = 'new'", "state", "equal"),
        ("'new' = state", "state", "equal"),
        ("customer_id = %s", "customer_id", "equal"),
        ("customer_id IN (%s, %s)", "customer_id", "in"),
        ("customer_id = ANY(%(ids)s)", "customer_id", "in"),
        ("(state = 'a' OR state = 'b')", "state", "in"),
        ("total > 5", "total", "lower"),
        ("5 > total", "total", "upper"),
        ("total BETWEEN 1 AND 2", "total", "between"),
        ("total >= 1 AND total < 2", "total", "between"),
        ("(created_at, id) < (%s, %s)", "created_at", "upper"),
        ("state IS NULL", "state", "null"),
        ("state IS NOT NULL", "state", "not-null"),
        ("NOT state IS NULL", "state", "not-null"),
        ("state LIKE 'ab%%'", "state", "prefix"),
        ("state LIKE %s || '%%'", "state", "prefix"),
        ("state LIKE '%%' || %s || '%%'", "state", "infix"),
        ("state LIKE %s", "state", "infix"),
        ("state LIKE '%%ab'", "state", "other"),
        ("state ILIKE 'abc%%'", "state", "infix"),
        ("starts_with(state, %s)", "state", "prefix"),
        ("state NOT LIKE 'ab%%'", "state", "other"),
        ("state <> 'new'", "state", "other"),
        ("state NOT IN ('a', 'b')", "state", "other"),
        ("tags @> ARRAY['a']", "tags", "contains"),
        ("tags && %s", "tags", "overlaps"),
        ("data ? 'a'", "data", "has-key"),
        ("data ->> 'a' = 'b'", "data ->> 'a'", "equal"),
        ("LOWER(orders.state) = lower(%s)", "lower(state)", "equal"),
        ("to_tsvector('english', state) @@ to_tsquery(%s)", "to_tsvector('english', state)", "text-search"),
    ],
)
def test_a_condition_has_a_key_and_a_kind(shapes: Shapes, condition: str, key: str, kind: str):
    assert [(name(one.key), one.kind) for one in conditions(shapes, condition)] == [(key, kind)]


@pytest.mark.parametrize(
    "condition",
    ["total = id", "customer_id = %s OR %s IS NULL", "nobody = 5", "total + id = 5 OR random() < 0.5"],
)
def test_what_is_not_about_one_column_and_values_is_left_out(shapes: Shapes, condition: str):
    (shape,) = shapes(f"SELECT * FROM orders WHERE {condition}")
    kinds = {one.kind for one in shape.uses[0].conditions}
    assert kinds <= {"other"}
    assert not shape.uses[0].either


def test_rows_of_a_comparison_are_compared_column_by_column(shapes: Shapes):
    found = conditions(shapes, "(customer_id, state) IN ((1, 'a'), (2, 'b'))")
    assert [(name(one.key), one.kind, one.values) for one in found] == [
        ("customer_id", "in", 2),
        ("state", "in", 2),
    ]


def test_flags_are_equalities(shapes: Shapes):
    for condition, sql in [("active", "active"), ("active = true", "active"), ("NOT active", "NOT active")]:
        (shape,) = shapes(f"SELECT * FROM customers WHERE {condition}")
        (predicate,) = shape.uses[0].conditions
        assert (predicate.kind, predicate.sql) == ("equal", sql)


def test_only_what_is_the_same_at_every_run_is_constant(shapes: Shapes):
    assert [one.constant for one in conditions(shapes, "state = 'new' AND total = 5 AND id = %s")] == [
        "'new'",
        "5",
        None,
    ]
    assert conditions(shapes, "created_at > now()")[0].constant is None


def test_the_age_of_a_range_is_known(shapes: Shapes):
    for end, age in [
        ("now() - interval '2 hours'", 7200),
        ("CURRENT_TIMESTAMP - '1 day'::interval", 86400),
        ("current_date - 7", 7 * 86400),
        ("date_trunc('month', now())", 2629800),
        ("now() - '2 days'", 2 * 86400),
        ("now()", 0),
        ("'2024-01-01'", None),
    ]:
        assert conditions(shapes, f"created_at > {end}")[0].before_now == age


def test_conditions_of_or_are_kept_by_branch(shapes: Shapes):
    (shape,) = shapes("SELECT * FROM orders WHERE total = 1 AND (state = 'a' OR customer_id = %s)")
    (either,) = shape.uses[0].either
    assert [[name(one.key) for one in branch] for branch in either.branches] == [["state"], ["customer_id"]]
    assert asked(shape.uses[0]) == [("total", "equal")]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM orders o JOIN items i ON i.order_id = o.id",
        "SELECT * FROM orders o, items i WHERE i.order_id = o.id",
        "SELECT * FROM orders o LEFT JOIN items i ON o.id = i.order_id",
        "SELECT * FROM orders o WHERE EXISTS (SELECT 1 FROM items i WHERE i.order_id = o.id)",
        "SELECT * FROM orders o WHERE NOT EXISTS (SELECT 1 FROM items WHERE order_id = o.id)",
        "SELECT * FROM orders WHERE id IN (SELECT order_id FROM items)",
        "SELECT * FROM orders o, LATERAL (SELECT * FROM items i WHERE i.order_id = o.id) x",
        "SELECT * FROM (SELECT * FROM orders) o JOIN items i ON i.order_id = o.id",
        "WITH o AS (SELECT id FROM orders) SELECT * FROM o JOIN items i ON i.order_id = o.id",
        "UPDATE orders o SET total = 0 FROM items i WHERE i.order_id = o.id",
        "DELETE FROM orders o USING items i WHERE i.order_id = o.id",
    ],
)
def test_tables_are_joined_by_columns(shapes: Shapes, query: str):
    (shape,) = [one for one in shapes(query) if one.joins]
    (join,) = shape.joins
    ends = {
        (shape.uses[join.left].table, name(join.left_key)),
        (shape.uses[join.right].table, name(join.right_key)),
    }
    assert ends == {("orders", "id"), ("items", "order_id")}


def test_using_and_natural_joins_compare_what_is_on_both_sides(shapes: Shapes):
    for join in ("JOIN big_orders USING (id)", "JOIN orders b USING (id)"):
        shape = shapes(f"SELECT * FROM orders a {join} WHERE id = 5")[0]
        assert [(name(one.left_key), name(one.right_key)) for one in shape.joins] == [("id", "id")]
        assert asked(shape.uses[0]) == [("id", "equal")]
    (shape,) = shapes("SELECT * FROM items NATURAL JOIN customers")
    assert [name(one.left_key) for one in shape.joins] == ["id"]


def test_outer_joins_read_the_other_side_first(shapes: Shapes):
    (shape,) = shapes(
        "SELECT * FROM orders o LEFT JOIN items i ON i.order_id = o.id AND i.sku = 'x' AND o.total > 5"
    )
    assert [use.optional for use in shape.uses] == [False, True]
    assert asked(shape.uses[1]) == [("sku", "equal")]
    assert asked(shape.uses[0]) == []
    (shape,) = shapes("SELECT * FROM orders o LEFT JOIN items i ON i.order_id = o.id WHERE i.sku = 'x'")
    assert not shape.uses[1].optional
    (shape,) = shapes("SELECT * FROM orders o LEFT JOIN items i ON i.order_id = o.id WHERE i.id IS NULL")
    assert shape.uses[1].optional
    assert asked(shape.uses[1]) == []


def test_a_query_for_each_row_knows_that_row(shapes: Shapes):
    _, inner = shapes("SELECT id, (SELECT count(*) FROM items i WHERE i.order_id = o.id) FROM orders o")
    (join,) = inner.joins
    assert inner.uses[join.right].few
    assert name(join.left_key) == "order_id"


def test_recursion_goes_on_from_few_rows(schema_shapes: list[QueryShape]):
    recursive = schema_shapes[-1]
    assert [(use.table, use.few) for use in recursive.uses if use.few or use.table] == [
        ("items", False),
        ("", True),
    ]


@pytest.fixture
def schema_shapes(shapes: Shapes) -> list[QueryShape]:
    return shapes(
        "WITH RECURSIVE t AS (SELECT * FROM items WHERE id = 1 UNION ALL"
        " SELECT i.* FROM items i JOIN t ON i.order_id = t.id) SELECT * FROM t"
    )


def test_order_and_limit(shapes: Shapes):
    (shape,) = shapes(
        "SELECT o.id AS number FROM orders o ORDER BY o.total DESC NULLS LAST, number LIMIT 10 OFFSET 5"
    )
    assert [(name(one.key), one.descending, one.nulls) for one in shape.order] == [
        ("total", True, "last"),
        ("id", False, ""),
    ]
    assert shape.limit == 15
    (shape,) = shapes("SELECT total FROM orders ORDER BY 1 LIMIT %s")
    assert name(shape.order[0].key) == "total"
    assert shape.limit == 20


@pytest.mark.parametrize(
    "query",
    [
        "SELECT state, count(*) FROM orders GROUP BY state ORDER BY state LIMIT 5",
        "SELECT DISTINCT state FROM orders ORDER BY state LIMIT 5",
        "SELECT row_number() OVER (ORDER BY id), total FROM orders ORDER BY total LIMIT 5",
        "SELECT * FROM orders ORDER BY random() LIMIT 5",
    ],
)
def test_an_order_of_what_is_made_of_rows_is_none_of_the_table(shapes: Shapes, query: str):
    assert all(not shape.order for shape in shapes(query))


def test_the_first_value_may_be_all_that_is_wanted(shapes: Shapes):
    (shape,) = shapes("SELECT coalesce(max(total), 0), min(created_at) FROM orders")
    assert [(name(one.key), one.descending) for _, one in shape.extremes] == [
        ("total", True),
        ("created_at", False),
    ]
    (shape,) = shapes("SELECT max(total), count(*) FROM orders")
    assert not shape.extremes


def test_conditions_pass_into_queries_that_stand_for_tables(shapes: Shapes):
    for query in (
        "SELECT * FROM (SELECT customer_id AS c, state FROM orders) x WHERE x.c = 5",
        "SELECT * FROM (SELECT customer_id AS c, count(*) FROM orders GROUP BY customer_id) x WHERE c = 5",
        "WITH x AS (SELECT * FROM orders) SELECT * FROM x WHERE customer_id = 5",
    ):
        (use,) = [use for shape in shapes(query) for use in shape.uses if use.table]
        assert asked(use) == [("customer_id", "equal")]
    (shape,) = shapes("SELECT * FROM big_orders WHERE owner = 5")
    assert asked(shape.uses[0]) == [("total", "lower"), ("customer_id", "equal")]
    for query in (
        "SELECT * FROM (SELECT * FROM orders LIMIT 5) x WHERE x.customer_id = 5",
        "SELECT * FROM (SELECT customer_id, count(*) AS n FROM orders GROUP BY customer_id) x WHERE n = 5",
    ):
        assert not [
            use.conditions for shape in shapes(query) for use in shape.uses if use.table and use.conditions
        ]


def test_names_that_may_mean_several_things_mean_nothing(shapes: Shapes):
    (shape,) = shapes("SELECT * FROM customers, orders WHERE created_at = %s")
    assert not any(use.conditions for use in shape.uses)
    (shape,) = shapes("SELECT * FROM orders, unknown_things WHERE state = 'x'")
    assert not any(use.conditions for use in shape.uses)
    (shape,) = shapes("SELECT * FROM orders o, unknown_things u WHERE o.state = 'x'")
    assert asked(shape.uses[0]) == [("state", "equal")]


def test_quoted_names_keep_their_case(shapes: Shapes):
    (shape,) = shapes('SELECT * FROM "items" WHERE "inStock"')
    assert asked(shape.uses[0]) == [("inStock", "equal")]
    (shape,) = shapes("SELECT * FROM ITEMS WHERE SKU = 'x'")
    assert asked(shape.uses[0]) == [("sku", "equal")]


def test_changes_name_their_table(shapes: Shapes):
    (shape,) = shapes("DELETE FROM orders WHERE id = 5")
    assert shape.removes_from == "orders"
    (shape,) = shapes("UPDATE orders SET id = 7, state = 'x' WHERE id = 5")
    assert (shape.updates, shape.changes) == ("orders", ("id", "state"))
    shape = shapes("WITH gone AS (DELETE FROM orders WHERE state = 'x' RETURNING *) SELECT * FROM gone")[0]
    assert shape.removes_from == "orders"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT",
        "INSERT INTO orders (id) VALUES (5)",
        "SELECT * FROM (",
        "SELECT 1",
        "TRUNCATE orders",
        "nonsense",
    ],
)
def test_what_asks_nothing_of_a_table_has_no_shape(shapes: Shapes, query: str):
    assert shapes(query) == []


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("date(placed_at) = %s", "placed_at >= CAST(%s AS date) AND placed_at < CAST(%s AS date) + 1"),
        ("created_at::date >= current_date", "created_at >= CURRENT_DATE"),
        ("created_at + interval '1 day' > now()", "created_at > CURRENT_TIMESTAMP - INTERVAL '1 DAY'"),
        ("now() - created_at < interval '1 day'", "created_at > now() - INTERVAL '1 DAY'"),
        ("'a' = ANY(tags)", "tags @> ARRAY['a']"),
        ("id::text = %s", "id = CAST(%s AS bigint)"),
    ],
)
def test_conditions_that_hide_a_column_can_be_said_otherwise(shapes: Shapes, condition: str, text: str):
    (shape,) = shapes(f"SELECT * FROM orders WHERE {condition} AND total > 5")
    (rewrite,) = [one.rewrite for one in shape.uses[0].conditions if one.rewrite]
    assert rewrite.text == text
    assert shape.statement[rewrite.start : rewrite.end] == condition


def test_expressions_that_depend_on_settings_are_no_keys(shapes: Shapes):
    for condition, indexable in [
        ("date(placed_at) = %s", True),
        ("date(created_at) = %s", False),
        ("to_char(placed_at, 'YYYY') = %s", False),
        ("to_tsvector(state) @@ to_tsquery(%s)", False),
        ("(data ->> 'a')::int = 5", True),
        ("(data ->> 'a')::timestamptz = %s", False),
    ]:
        assert conditions(shapes, condition)[0].key.indexable is indexable, condition


def test_a_year_is_a_range_of_days(shapes: Shapes):
    (predicate,) = conditions(shapes, "extract(year from placed_at) = 2024")
    assert predicate.rewrite is not None
    first, last = predicate.rewrite.text.split(" AND ")
    assert first == "placed_at >= make_date(CAST(2024 AS integer), 1, 1)"
    assert last == "placed_at < make_date(CAST(2024 AS integer) + 1, 1, 1)"


@pytest.mark.parametrize(
    "expression",
    [
        "trim(lower(state))",
        "substring(state from 1 for 3)",
        "data -> 'a' ->> 'b'",
        "coalesce(state, '')",
        "total / 100",
        "(data ->> 'a')::int",
        "date_trunc('day', placed_at)",
    ],
)
def test_an_expression_is_kept_as_it_is_written(shapes: Shapes, expression: str):
    for query in (f"{expression} = %s", f"%s = {expression}", f"id > 5 AND {expression} = 'x' AND id < 9"):
        found = [one for one in conditions(shapes, query) if one.key.column is None]
        assert [one.key.text for one in found] == [expression]


def test_half_typed_statements_are_read_as_far_as_they_go(shapes: Shapes):
    query = (
        "WITH x AS (SELECT customer_id, max(created_at) AS last FROM orders"
        " WHERE tags @> ARRAY['a'] GROUP BY 1)"
        " SELECT c.*, x.last FROM customers c LEFT JOIN x ON x.customer_id = c.id, LATERAL (SELECT 1) y"
        " WHERE (c.created_at, c.id) < (%s, %s) AND NOT EXISTS (SELECT 1 FROM items i WHERE i.sku = c.name)"
        " AND c.created_at > now() - interval '1 day'"
        " OR date(c.created_at) = %s"
        " ORDER BY c.id DESC LIMIT 5 OFFSET 2"
    )
    for end in range(len(query)):
        shapes(query[:end])
    assert shapes(query)
