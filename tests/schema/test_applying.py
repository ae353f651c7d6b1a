"""What changes do to a schema where the files at hand do not say everything, or say it twice."""

from __future__ import annotations

from tests.schema.reading import read, table

from backend_architect.schema.applying import apply
from backend_architect.schema.changes import AddForeignKey, AddIndex, DropConstraint, DropIndex, Step
from backend_architect.schema.model import ForeignKey, Index, IndexPart, Origin, Schema

HERE = Origin("somewhere.py", 1)


def names(text: str) -> list[str]:
    return [index.name for index in table(text).indexes]


def test_a_table_that_nobody_creates_is_incomplete() -> None:
    found = table("ALTER TABLE orders ADD COLUMN state text; CREATE INDEX i ON orders (state);")
    assert not found.complete
    assert list(found.columns) == ["state"]
    assert [index.name for index in found.indexes] == ["i"]
    assert found.origin == Origin("schema.sql", 1)


def test_what_does_not_exist_cannot_go() -> None:
    schema = read(
        "DROP TABLE a; DROP INDEX b, c; DROP VIEW d; DROP TYPE e; DROP SCHEMA f; ALTER TYPE g RENAME TO h;"
    )
    assert schema == Schema()


def test_what_is_there_is_not_there_twice() -> None:
    text = "CREATE TABLE t (id int, a int); CREATE INDEX i ON t (a); ALTER TABLE t ADD b int, ADD UNIQUE (a);"
    once, twice = table(text), table(text + "ALTER TABLE t ADD b text; CREATE INDEX i ON t (id);")
    assert twice == once


def test_names_find_tables_in_other_schemas() -> None:
    schema = read(
        "CREATE TABLE public.a (id int); CREATE TABLE x.b (id int);"
        "ALTER TABLE a ADD c int; ALTER TABLE b ADD d int;"
    )
    assert {name: list(one.columns) for name, one in schema.tables.items()} == {
        "public.a": ["id", "c"],
        "x.b": ["id", "d"],
    }


def test_keys_point_to_the_table_beside() -> None:
    schema = read(
        "CREATE TABLE x.a (id int PRIMARY KEY); CREATE TABLE y.a (id int PRIMARY KEY);"
        "CREATE TABLE y.b (a int REFERENCES a, c int REFERENCES x.a);"
    )
    assert [key.table for key in schema.tables["y.b"].foreign_keys] == ["y.a", "x.a"]


def test_an_index_without_a_name_goes_by_its_columns() -> None:
    schema = read("CREATE TABLE t (a int UNIQUE, b int);")
    index = Index("", (IndexPart("a"),))
    apply(schema, Step(AddIndex("t", index), HERE))
    apply(schema, Step(DropIndex("", "t", ("a",)), HERE))
    assert [(one.name, one.kind) for one in schema.tables["t"].indexes] == [("t_a_key", "unique")]
    apply(schema, Step(DropIndex("", "t", ("a",)), HERE))
    assert schema.tables["t"].indexes == []


def test_a_constraint_of_a_kind_goes_by_its_name() -> None:
    schema = read("CREATE TABLE t (a int UNIQUE); CREATE TABLE p (id int PRIMARY KEY);")
    apply(schema, Step(AddForeignKey("t", ForeignKey(("a",), "p", name="t_a_key")), HERE))
    apply(schema, Step(DropConstraint("t", "t_a_key", "unique"), HERE))
    assert schema.tables["t"].indexes == []
    assert [key.name for key in schema.tables["t"].foreign_keys] == ["t_a_key"]


def test_no_foreign_key_points_to_what_is_not_unique_any_more() -> None:
    text = """
        CREATE TABLE p (id int PRIMARY KEY, code int UNIQUE, name int UNIQUE);
        ALTER TABLE p ADD CONSTRAINT again UNIQUE (name);
        CREATE TABLE c (a int REFERENCES p, b int REFERENCES p (code), d int REFERENCES p (name));
    """
    assert [key.columns for key in read(text).tables["c"].foreign_keys] == [("a",), ("b",), ("d",)]
    schema = read(text + "ALTER TABLE p DROP CONSTRAINT p_pkey, DROP CONSTRAINT p_name_key;")
    assert [key.columns for key in schema.tables["c"].foreign_keys] == [("b",), ("d",)]


def test_origins_of_changes_are_those_of_their_steps() -> None:
    schema = Schema()
    apply(schema, Step(AddIndex("t", Index("i", (IndexPart("a"),))), HERE))
    assert schema.tables["t"].indexes[0].origin == HERE
    assert schema.tables["t"].origin == HERE


def test_names_are_those_of_the_dialect() -> None:
    text = "CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE, b int, UNIQUE (b, a));"
    assert names(text) == ["t_pkey", "t_a_key", "t_b_a_key"]
    assert [index.name for index in table(text, "mysql").indexes] == ["PRIMARY", "a", "b"]
    assert [index.name for index in table(text, "sqlite").indexes] == ["", "", ""]


def test_only_one_primary_key() -> None:
    found = table(
        "CREATE TABLE t (a int PRIMARY KEY, b int); ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (b);"
    )
    assert found.primary_key == ("b",)
    assert not found.columns["b"].nullable


def test_types_of_other_schemas_are_found() -> None:
    found = table(
        "CREATE TYPE x.mood AS ENUM ('sad'); CREATE TABLE t (a mood, b mood[]);"
        "ALTER TYPE x.mood ADD VALUE 'ok';"
    )
    assert [column.choices for column in found.columns.values()] == [("sad", "ok"), ()]
    assert [column.type for column in found.columns.values()] == ["x.mood", "x.mood[]"]


def test_values_of_columns() -> None:
    found = table(
        "CREATE TYPE mood AS ENUM ('sad', 'ok'); ALTER TYPE mood ADD VALUE 'mad' BEFORE 'ok';"
        "CREATE TABLE t (a mood, b text CHECK (b IN ('x', 'y''z')),"
        " c text CHECK (c::text = ANY (ARRAY['p'::text, 'q'::text])),"
        " d text CHECK (d <> 'x'), e text CHECK (e IN (lower('X'))), f int CHECK (f IN (1, 2)));"
        "ALTER TYPE mood ADD VALUE 'glad'; ALTER TABLE t ADD CHECK (d IN ('only'));"
    )
    assert {name: column.choices for name, column in found.columns.items()} == {
        "a": ("sad", "mad", "ok", "glad"),
        "b": ("x", "y'z"),
        "c": ("p", "q"),
        "d": ("only",),
        "e": (),
        "f": (),
    }
