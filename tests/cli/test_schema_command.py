"""The command `schema`."""

from __future__ import annotations

import base64
import hashlib
import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

SHOP = """\
CREATE TYPE state AS ENUM ('new', 'paid');
CREATE TABLE customers (id bigserial PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE TABLE orders (
    id bigserial PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    state state DEFAULT 'new',
    "Total" numeric(10, 2) CHECK ("Total" >= 0)
);
CREATE INDEX orders_open ON orders (customer_id, lower("Total"::text) DESC) WHERE state = 'new';
CREATE VIEW paid AS SELECT id FROM orders WHERE state = 'paid';
ALTER TABLE elsewhere ADD COLUMN a int;
"""


def shop(project: Path) -> None:
    (project / "db").mkdir()
    (project / "db" / "001_shop.sql").write_text(SHOP)


def test_text(project: Path, call: Run) -> None:
    shop(project)
    result = call("schema")
    assert result.exit_code == 0
    assert (
        result.stdout
        == """\
db/001_shop.sql: 3 tables

customers  db/001_shop.sql:2
  id     bigserial  not null
  email  text       not null
  indexes
    customers_pkey       primary key (id)
    customers_email_key  unique (email)

orders  db/001_shop.sql:3
  id           bigserial      not null
  customer_id  bigint         not null
  state        state          default 'new', one of new, paid
  Total        numeric(10,2)
  indexes
    orders_pkey  primary key (id)
    orders_open  (customer_id, lower("Total"::text) desc) where state = 'new'
  foreign keys
    orders_customer_id_fkey  (customer_id) to customers (id) on delete cascade
  checks
    orders_Total_check  "Total" >= 0

elsewhere  db/001_shop.sql:11
  nothing here creates it; it may have more columns than these
  a  integer

paid (view)
  SELECT id FROM orders WHERE state = 'paid'

types
  state  new, paid
"""
    )


def test_json(project: Path, call: Run) -> None:
    shop(project)
    (schema,) = json.loads(call("schema", "db", "--format", "json").stdout)
    assert schema["sources"] == ["db/001_shop.sql"]
    orders = schema["tables"][1]
    assert orders["columns"][1] == {
        "name": "customer_id",
        "type": "bigint",
        "nullable": False,
        "default": None,
        "choices": [],
        "origin": {"path": "db/001_shop.sql", "line": 5},
    }
    assert [part["column"] for part in orders["indexes"][1]["parts"]] == ["customer_id", None]
    assert orders["foreign_keys"][0]["on_delete"] == "cascade"
    assert schema["enums"] == [{"name": "state", "values": ["new", "paid"]}]
    assert schema["views"][0]["name"] == "paid"


def test_mermaid(project: Path, call: Run) -> None:
    shop(project)
    assert (
        call("schema", "--format", "mermaid").stdout
        == """\
erDiagram
    customers {
        bigserial id PK
        text email UK
    }
    orders {
        bigserial id PK
        bigint customer_id FK
        state state
        numeric(10_2) Total
    }
    elsewhere {
        integer a
    }
    customers ||--o{ orders : "customer_id"
"""
    )


def test_sql(project: Path, call: Run) -> None:
    shop(project)
    written = call("schema", "--format", "sql").stdout
    assert "create table orders (\n    id bigserial not null,\n" in written
    assert (
        "create index orders_open on orders (customer_id, lower(\"Total\"::text) desc) where state = 'new';\n"
        in written
    )
    (project / "db" / "001_shop.sql").write_text(written)
    assert call("schema", "--format", "sql").stdout == written


def test_no_schema(project: Path, call: Run) -> None:
    (project / "query.sql").write_text("SELECT 1;")
    result = call("schema")
    assert result.exit_code == 2
    assert "no schema found in .: none of 1 Python and SQL file creates or alters a table" in result.stderr
    assert result.stdout == ""


def test_a_diagram_shows_one_database(project: Path, call: Run) -> None:
    shop(project)
    (project / "other").mkdir()
    (project / "other" / "schema.sql").write_text("CREATE TABLE things (id int);")
    result = call("schema", "--format", "mermaid")
    assert result.exit_code == 2
    assert "2 databases" in result.stderr
    assert "things" in call("schema", "other", "--format", "mermaid").stdout
    assert "\n\nother/schema.sql: 1 table\n" in call("schema").stdout


def test_settings_hold(project: Path, call: Run) -> None:
    shop(project)
    (project / "schema.sql").write_text(
        "CREATE TABLE `t` (`id` int AUTO_INCREMENT PRIMARY KEY, KEY by_id (`id`));"
    )
    (project / "backend-architect.toml").write_text('exclude = ["db"]\ndialect = "mysql"\n')
    (schema,) = json.loads(call("schema", "--format", "json").stdout)
    assert schema["dialect"] == "mysql"
    assert [index["name"] for index in schema["tables"][0]["indexes"]] == ["PRIMARY", "by_id"]


def test_what_cannot_be_read_is_said(project: Path, call: Run) -> None:
    shop(project)
    (project / "broken.sql").write_bytes(b"CREATE TABLE \xff (id int);")
    result = call("schema")
    assert result.exit_code == 0
    assert result.stderr == "broken.sql:1: not UTF-8 (byte 0xFF); save the file as UTF-8\n"


def test_html_is_one_file_that_asks_for_nothing(project: Path, call: Run) -> None:
    shop(project)
    assert call("schema", "--format", "html", "--output-file", "shop.html").stdout == ""
    page = _Page((project / "shop.html").read_text("utf-8"))
    assert page.policy.startswith("default-src 'none'; script-src 'sha256-")
    for kind, text in (("script", page.texts["script"]), ("style", page.texts["style"])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in page.policy
    assert page.addresses == []
    assert page.drawn["title"] == project.name
    (schema,) = page.drawn["schemas"]
    customers, orders, elsewhere = schema["tables"]
    assert customers["columns"][1] == {
        "name": "email",
        "type": "text",
        "text": "not null",
        "keys": ["UK"],
    }
    assert orders["origin"] == {"path": "db/001_shop.sql", "line": 3}
    assert orders["references"] == [
        {
            "columns": ["customer_id"],
            "table": "customers",
            "to": ["id"],
            "text": "(customer_id) to customers (id) on delete cascade",
            "optional": False,
            "unique": False,
        }
    ]
    assert not elsewhere["complete"]


def test_html_shows_all_databases_the_largest_first(project: Path, call: Run) -> None:
    shop(project)
    (project / "a").mkdir()
    (project / "a" / "schema.sql").write_text("CREATE TABLE things (id int);")
    page = _Page(call("schema", "--format", "html").stdout)
    assert [schema["name"] for schema in page.drawn["schemas"]] == ["db/001_shop.sql", "a/schema.sql"]


def test_names_cannot_leave_the_data_of_the_page(project: Path, call: Run) -> None:
    name = "</script><img src=x onerror=alert(1)><!-- {{diagram}}"
    (project / "schema.sql").write_text(f'CREATE TABLE "{name}" (id int);')
    page = _Page(call("schema", "--format", "html").stdout)
    assert page.drawn["schemas"][0]["tables"][0]["name"] == name
    assert "img" not in page.tags


def test_a_page_that_cannot_be_written_is_named(project: Path, call: Run) -> None:
    shop(project)
    result = call("schema", "--format", "html", "--output-file", "no/such/folder.html")
    assert result.exit_code == 2
    assert "--output-file" in result.stderr


class _Page(HTMLParser):
    """What a browser finds in the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.texts: dict[str, str] = {}
        self.policy = ""
        self._inside = ""
        self.feed(text)
        self.close()
        self.drawn = json.loads(self.texts["application/json"])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.addresses += [given[name] or "" for name in ("src", "href", "srcset", "action") if name in given]
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""
        self._inside = given.get("type") or tag

    def handle_data(self, data: str) -> None:
        self.texts[self._inside] = self.texts.get(self._inside, "") + data

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's signature
        self._inside = ""
