"""The documents that are measured: generated, so that a run needs nothing but this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HANDLER = '''
def handler_{i}(request, user_id, db: sqlite3.Connection):
    """Serve request {i}."""
    total = {i}
    values = [item.amount for item in request.items if item.amount > total]
    if not values:
        logger.info("nothing to do for %s", user_id)
        return None
    payload = {{"user": user_id, "total": sum(values), "kind": "order-{i}"}}
    {call}
    return payload
'''

_METHOD = '''
    def method_{i}(self, limit, factor={i}):
        """Do step {i}."""
        total = limit * factor + {i}
        for item in self.items_{i}:
            if item.value > total and item.name != "step-{i}":
                total += item.value
        return requests.get("https://steps.example/{i}") if total else None
'''

_STEP = """    if state == {i}:
        rows = [row for row in source.rows({i}) if row.amount > limit]
        logger.debug("step %s: %s rows", {i}, len(rows))
        total += sum(row.amount for row in rows)
        state = {i} + 1
"""

_MONTH = """-- Orders of month {i}
CREATE TABLE orders_{i} (
    {column},
    customer_id bigint NOT NULL,
    amount numeric(12, 2) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX orders_{i}_customer_idx ON orders_{i} (customer_id);
SELECT o.id, o.amount, c.name
FROM orders_{i} AS o
JOIN customers AS c ON c.id = o.customer_id
WHERE o.amount > 100 AND c.country = 'DE'
ORDER BY o.created_at DESC LIMIT 20;
UPDATE orders_{i} SET amount = amount * 1.1{condition};

"""


_CHANGE = """CREATE TABLE month_{i} (id bigint PRIMARY KEY, total numeric(12, 2));
CREATE INDEX month_{i}_total ON month_{i} (total);
ALTER TABLE orders ADD COLUMN total_{i} numeric(12, 2);
CREATE INDEX orders_total_{i} ON orders (total_{i});
ALTER TABLE orders
    ADD CONSTRAINT positive_{i} CHECK (total_{i} >= 0);
ALTER TABLE orders ALTER COLUMN total_{i} SET NOT NULL;
"""


def handlers(lines: int) -> str:
    """A module of many functions; five of nine call another service without a timeout."""

    def part(i: int) -> str:
        remote = f'response = requests.post("https://billing.example/orders/{i}", json=payload)'
        local = f'db.execute("INSERT INTO orders (id, total) VALUES (?, ?)", (user_id, {i}))'
        return _HANDLER.format(i=i, call=local if i % 9 % 2 else remote)

    head = "import logging\nimport sqlite3\n\nimport requests\n\nlogger = logging.getLogger(__name__)\n"
    return head + _parts(part, lines)


def large_class(lines: int) -> str:
    """A module of one class."""
    return 'import requests\n\n\nclass Steps:\n    """All steps."""\n' + _parts(
        lambda i: _METHOD.format(i=i), lines
    )


def large_function(lines: int) -> str:
    """A module of one function."""
    head = "import logging\n\nlogger = logging.getLogger(__name__)\n\n\n"
    head += "def run(source, state, limit):\n    total = 0\n"
    return head + _parts(lambda i: _STEP.format(i=i), lines) + "    return total\n"


def script(lines: int) -> str:
    """A SQL script; three of eight tables have no key, three of eight updates no condition."""

    def part(i: int) -> str:
        key = (
            "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY" if i % 8 > 2 else "order_no bigint NOT NULL"
        )
        return _MONTH.format(i=i, column=key, condition="" if i % 8 > 4 else f" WHERE customer_id = {i}")

    return _parts(part, lines)


def migration(lines: int) -> str:
    """A migration as long as a history; three of five statements make others wait."""
    return _parts(lambda i: _CHANGE.format(i=i), lines)


def _parts(part: Callable[[int], str], lines: int) -> str:
    return "".join(_until(part, lines))


def _until(part: Callable[[int], str], lines: int) -> Iterator[str]:
    number = height = 0
    while height < lines:
        text = part(number)
        yield text
        number += 1
        height += text.count("\n")
