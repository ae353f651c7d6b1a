"""What is there before and after the migrations of snippets."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """A snippet, and questions that PostgreSQL answers with true."""

    snippet: str
    after: str
    back: str = ""
    """When it was taken back; empty where it refuses."""
    before: str = ""
    """Statements that make what it builds upon, or what an interrupted attempt has left."""
    left: tuple[str, ...] = ()
    """The indexes that an interrupted build has left."""
    edits: dict[str, dict[str, str]] = field(default_factory=dict)
    """The words that are others, by framework."""


def _column(name: str) -> str:
    return f"SELECT count(*) = 1 FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = '{name}'"


def _no_column(name: str) -> str:
    return _column(name).replace("= 1", "= 0")


VALID = "SELECT count(*) FROM pg_index WHERE indrelid = 'orders'::regclass AND indisvalid"
CONSTRAINTS = (
    "SELECT {} FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype = '{}' AND convalidated"
)
REQUIRED = "(SELECT attnotnull FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = '{}')"
REQUIRED_ONCE = f"SELECT {REQUIRED.format('number')} <> {REQUIRED.format('customer_id')}"
CHECKS = "(SELECT count(*) FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype = 'c')"
MIRROR = "CREATE FUNCTION orders_remark_mirror() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"

CASES = [
    Case(
        "add-column",
        "SELECT count(*) = count(priority) AND sum(priority) = 0 FROM orders",
        _no_column("priority"),
    ),
    Case(
        "not-null-in-steps",
        f"{REQUIRED_ONCE} AND ({CHECKS} = 1)",
        f"SELECT NOT ({REQUIRED.format('number')} OR {REQUIRED.format('customer_id')})",
        before=(
            "ALTER TABLE orders ADD CONSTRAINT orders_customer_id_set CHECK (customer_id > 0) NOT VALID;"
            "ALTER TABLE orders ADD CONSTRAINT orders_number_set CHECK (number <> '') NOT VALID"
        ),
    ),
    Case(
        "foreign-key-not-valid",
        CONSTRAINTS.format("count(*) = 1", "f"),
        CONSTRAINTS.format("count(*) = 0", "f"),
        edits={"django": {"orders_customer": "customers", "customers_id": "orders_customer_id"}},
    ),
    Case(
        "concurrent-index",
        f"SELECT ({VALID}) = 2",
        f"SELECT ({VALID}) = 1",
        left=("ix_orders_customer_id", "ix_orders_customer"),
    ),
    Case(
        "unique-through-index",
        CONSTRAINTS.format("count(*) = 1", "u"),
        CONSTRAINTS.format("count(*) = 0", "u"),
        left=("orders_number_key",),
    ),
    Case("rename-column", _column("remark"), _no_column("remark")),
    Case("change-type", _column("total_big"), _no_column("total_big")),
    Case(
        "contract-column",
        f"{_no_column('note')} AND to_regproc('orders_remark_mirror') IS NULL",
        before=(
            f"ALTER TABLE orders ADD COLUMN remark text; {MIRROR}; CREATE TRIGGER orders_remark_mirror"
            " BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION orders_remark_mirror()"
        ),
    ),
    Case("ignore-column", f"SELECT NOT {REQUIRED.format('note')}", f"SELECT NOT {REQUIRED.format('note')}"),
    Case("drop-column", _no_column("note")),
    Case("enum-change", "SELECT enum_range(NULL::order_status)::text = '{new,paid,refunded}'"),
    Case(
        "data-fix",
        "SELECT status = 'paid' AND (SELECT old_value = 'payed' FROM data_fixes) FROM orders WHERE id = 7",
        "SELECT status = 'payed' AND NOT EXISTS (SELECT 1 FROM data_fixes) FROM orders WHERE id = 7",
    ),
    Case(
        "row-level-security",
        f"SELECT relrowsecurity AND relforcerowsecurity AND ({VALID}) = 2"
        " FROM pg_class WHERE relname = 'orders'",
        f"SELECT NOT relrowsecurity AND ({VALID}) = 1 AND NOT EXISTS (SELECT 1 FROM pg_policy)"
        " FROM pg_class WHERE relname = 'orders'",
        left=("ix_orders_tenant_id",),
    ),
    Case(
        "materialized-view",
        "SELECT sum(number) >= 200000 FROM orders_by_day",
        "SELECT to_regclass('orders_by_day') IS NULL",
    ),
    Case(
        "partition-table",
        "SELECT count(*) >= 200000 AND count(*) = (SELECT count(*) FROM orders_before) FROM orders",
        left=("orders_before_pkey",),
        before="ALTER TABLE orders ADD CONSTRAINT orders_before_bound CHECK (id > 0) NOT VALID",
    ),
]
