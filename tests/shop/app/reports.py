"""Numbers for the bookkeeping, read at night."""

import psycopg


def turnover(conninfo: str, country: str, month: str) -> list[tuple]:
    """What was sold to a country in a month (2026-10)."""
    with psycopg.connect(conninfo) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT day, sum(total) FROM orders"
            " WHERE country = '%s' AND to_char(day, 'YYYY-MM') = '%s'"
            " GROUP BY day ORDER BY day" % (country, month)
        )
        return cursor.fetchall()


def best_sellers(conninfo: str, limit: int) -> list[tuple]:
    """The products that sold best."""
    with psycopg.connect(conninfo) as connection:
        return connection.execute(
            "SELECT product_id, sum(quantity) FROM order_lines GROUP BY product_id ORDER BY 2 DESC LIMIT %s",
            (limit,),
        ).fetchall()
