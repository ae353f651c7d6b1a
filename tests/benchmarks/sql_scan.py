"""Prints how long the scanner takes for files of 1,000 and 10,000 lines."""

from __future__ import annotations

from statistics import median
from time import perf_counter

from backend_architect.sql.scanner import scan

BLOCK = """-- accounts of {n}; the owner's
CREATE TABLE account_{n} (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner_id bigint NOT NULL REFERENCES owner (id),
  name text NOT NULL DEFAULT 'it''s new',
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX CONCURRENTLY IF NOT EXISTS account_{n}_owner ON account_{n} (owner_id) WHERE name <> '';

INSERT INTO account_{n} (owner_id, name) VALUES (1, 'a;b'), (2, 'c "d"'), (3, '😀');
UPDATE account_{n} SET name = lower(name) || '-x' /* why; not */ WHERE id IN (1, 2, 3) AND owner_id = $1;
CREATE FUNCTION touch_{n}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END $$;
SELECT a.id, a.name, o.name FROM account_{n} AS a
  JOIN owner AS o ON o.id = a.owner_id
  WHERE a.name LIKE 'x%' AND o.created_at > now() - interval '1 day'
  ORDER BY a.id DESC LIMIT 10;
"""


def milliseconds(text: str, dialect: str) -> float:
    """The median time of one scan."""
    times: list[float] = []
    for _ in range(15):
        start = perf_counter()
        scan(text, dialect)
        times.append(1000 * (perf_counter() - start))
    return median(times)


def main() -> None:
    """Measures every dialect on the same text, then texts that invite quadratic time."""
    for blocks in (50, 500):
        text = "".join(BLOCK.format(n=n) for n in range(blocks))
        for dialect in ("postgres", "mysql", "sqlite", "tsql"):
            print(f"{dialect:10} {text.count(chr(10)):6} lines {milliseconds(text, dialect):7.2f} ms")
    for line in (
        "\\'\n",
        "'\\'';\n",
        "it's; \"\n",
        "$a$b\n",
        "/* ;\n",
        "CREATE RULE (;\n",
        ";--;--\n",
        "[;`\n",
        "('it\\'s;', ",
        "; /* */ ",
    ):
        for dialect in ("postgres", "mysql", "sqlite", "tsql"):
            short, long = milliseconds(line * 2_000, dialect), milliseconds(line * 20_000, dialect)
            print(f"{dialect:10} 10 x {line!r:20} takes {long / short:5.1f} times as long ({long:.1f} ms)")


if __name__ == "__main__":
    main()
