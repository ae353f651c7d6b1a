"""Compares the schema that is read from a project's files with the database that the project itself makes.

    python -m tests.corpus.schemas SOURCES URL [--exclude PATHS] [--others TABLES] [--show]

SOURCES is the folder of a source package (`python tests/corpus/fetch.py wagtail==8.0.1 FOLDER`). URL is that
of a database as SQLAlchemy writes it, in which the project's own migrations were run (`django migrate`,
`alembic upgrade heads`) or its models created (`migrate --run-syncdb`, `metadata.create_all`). Printed is how
many tables, columns (with their nullability) and indexes agree, for each of what the files hold: models of
SQLAlchemy and of Django, migrations of Django, every environment of Alembic.

`--exclude` leaves out files, such as those of tests; `--others` tables that other packages make. Both are
regular expressions. `--show` prints every difference.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy

from backend_architect.schema.alembic import revision_of, roots, schema_of
from backend_architect.schema.alembic_helpers import Helpers
from backend_architect.schema.django_migrations import django_history
from backend_architect.schema.django_models import django_models
from backend_architect.schema.outlines import outline
from backend_architect.schema.sqlalchemy_models import sqlalchemy_models

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.schema.model import Index, Table

EXPRESSION = "(expression)"

IndexKey = tuple[tuple[str, ...], bool]
"""The columns of an index, and whether it is unique."""


@dataclass(slots=True)
class Shape:
    """A table, as far as it is compared."""

    complete: bool = True
    """Whether all of it is known; what is not is compared by its name alone."""
    columns: dict[str, bool] = field(default_factory=dict)
    """Whether a column may be null."""
    indexes: list[IndexKey] = field(default_factory=list)


@dataclass(slots=True)
class Agreement:
    """What agrees of all that either side has."""

    agree: int = 0
    all: int = 0
    differences: list[str] = field(default_factory=list)

    def add(self, here: object, there: object, what: str) -> None:
        """Counts one thing."""
        self.all += 1
        if here == there:
            self.agree += 1
        else:
            self.differences.append(f"{what}: files {here}, database {there}")

    def __str__(self) -> str:
        share = 100 * self.agree / self.all if self.all else 0
        return f"{self.agree} of {self.all} ({share:.1f})"


def of_files(tables: Iterable[Table]) -> dict[str, Shape]:
    """The shapes of tables that were read from files."""
    found: dict[str, Shape] = {}
    for table in tables:
        shape = found.setdefault(table.name.rpartition(".")[2], Shape())
        shape.complete &= table.complete
        shape.columns.update({name: one.nullable for name, one in table.columns.items()})
        shape.indexes += [key(one) for one in table.indexes if one.kind != "exclusion"]
    return found


def key(index: Index) -> IndexKey:
    """What tells an index from others."""
    return tuple(column or EXPRESSION for column in index.columns), index.unique


def of_database(url: str) -> dict[str, Shape]:
    """The shapes of the tables in a database."""
    engine = sqlalchemy.create_engine(url)
    inspector = sqlalchemy.inspect(engine)
    found: dict[str, Shape] = {}
    default = inspector.default_schema_name
    for schema in inspector.get_schema_names():
        if schema == "information_schema":
            continue
        for name in inspector.get_table_names(schema=schema):
            shape = found.setdefault(name, Shape()) if schema == default or name not in found else found[name]
            shape.columns = {
                one["name"]: one["nullable"] for one in inspector.get_columns(name, schema=schema)
            }
            primary = tuple(inspector.get_pk_constraint(name, schema=schema)["constrained_columns"])
            if primary:
                shape.indexes.append((primary, True))
            unique = {one["name"] for one in inspector.get_unique_constraints(name, schema=schema)}
            for one in inspector.get_unique_constraints(name, schema=schema):
                shape.indexes.append((tuple(one["column_names"]), True))
            for one in inspector.get_indexes(name, schema=schema):
                if one["name"] not in unique:
                    columns = tuple(column or EXPRESSION for column in one["column_names"])
                    shape.indexes.append((columns, bool(one["unique"])))
    engine.dispose()
    return found


def without(shapes: dict[str, Shape], others: re.Pattern[str]) -> dict[str, Shape]:
    """The tables whose names do not match."""
    return {name: shape for name, shape in shapes.items() if not others.search(name)}


def compare(files: dict[str, Shape], database: dict[str, Shape]) -> dict[str, Agreement]:
    """How far two sides agree."""
    found = {name: Agreement() for name in ("tables", "columns", "indexes")}
    for name in sorted({*files, *database}):
        here, there = files.get(name), database.get(name)
        found["tables"].add(here is not None, there is not None, name)
        if here is None or there is None or not here.complete:
            continue
        for column in sorted({*here.columns, *there.columns}):
            found["columns"].add(
                here.columns.get(column, "missing"),
                there.columns.get(column, "missing"),
                f"{name}.{column} nullable",
            )
        for index in sorted({*here.indexes, *there.indexes}):
            many = max(here.indexes.count(index), there.indexes.count(index))
            for position in range(many):
                found["indexes"].add(
                    position < here.indexes.count(index),
                    position < there.indexes.count(index),
                    f"{name} {index}",
                )
    return found


def texts_of(folder: Path, exclude: str) -> dict[str, str]:
    """The texts of the Python files of a folder, by their paths below it."""
    files = {one.relative_to(folder).as_posix(): one for one in sorted(folder.rglob("*.py"))}
    kept = {path: one for path, one in files.items() if not exclude or not re.search(exclude, path)}
    return {path: one.read_text(errors="replace") for path, one in kept.items()}


def main() -> None:
    """Prints the table of agreement."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sources", type=Path)
    parser.add_argument("url")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--exclude", default="", help="a regular expression of paths to leave out")
    parser.add_argument("--others", default="$^", help="a regular expression of tables to leave out")
    options = parser.parse_args()
    texts = texts_of(options.sources, options.exclude)
    others = re.compile(options.others)
    database = without(of_database(options.url), others)
    for way, tables in readings(texts).items():
        files = without(of_files(tables), others)
        if files:
            result = compare(files, database)
            print(way, *(f"{name} {agreement}" for name, agreement in result.items()), sep=" | ")
            if options.show:
                print(
                    *(f"  {one}" for agreement in result.values() for one in agreement.differences), sep="\n"
                )


def readings(texts: dict[str, str]) -> dict[str, Iterable[Table]]:
    """What is read from the files, by what was read."""
    outlines = [outline(text, path) for path, text in texts.items()]
    history = django_history(outlines)
    found: dict[str, Iterable[Table]] = {
        "sqlalchemy models": sqlalchemy_models(outlines).tables,
        "django models": django_models(outlines).tables,
        "django migrations": history.schema.tables.values() if history is not None else [],
    }
    helpers = Helpers(texts)
    revisions = [
        one for path, text in texts.items() if (one := revision_of(text, path, helpers.of)) is not None
    ]
    for root in roots(revisions):
        found[f"alembic {Path(root[0].path).parent}"] = schema_of(root).tables.values()
    return found


if __name__ == "__main__":
    main()
