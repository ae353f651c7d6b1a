"""What the schema of a project says about a place in a file, in Markdown; and the diagram of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from backend_architect.schema.describing import column_text, index_text, key_text
from backend_architect.schema.drawing import drawing
from backend_architect.schema.mermaid import diagram

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.project.messages import Form
    from backend_architect.project.picture import Picture
    from backend_architect.schema.model import Schema, Table

_MOST_TABLES: Final = 4
"""How many tables of a query are described."""

_MOST_QUERIES: Final = 10
"""How many queries of a table are listed."""

_MOST_COLUMNS: Final = 30


def described(picture: Picture, path: str, line: int, word: str) -> str:
    """The tables of what stands at a place: a class of a model, the name of a table, or a query.

    Args:
        picture: of the project.
        path: of the file, below the root of the project.
        line: from 0.
        word: the name at the place; empty for none.
    """
    tables = list(_tables(picture, path, line, word))
    return "\n\n---\n\n".join(_described(picture, *one) for one in tables[:_MOST_TABLES])


def drawn(picture: Picture, form: Form, title: str) -> str:
    """The entity-relationship diagram of a project that has that title.

    Mermaid shows the schema with the most tables, and is empty if there is none; the page shows all of them.
    """
    if form == "page":
        return json.dumps(drawing(picture.project().schemas, title))
    schemas = sorted(picture.project().schemas, key=lambda schema: -len(schema.tables))
    if not schemas:
        return ""
    others = [f"%% the files describe {len(schemas)} databases; this is the largest"] * (len(schemas) > 1)
    return "\n".join([*others, diagram(schemas[0])])


def _tables(picture: Picture, path: str, line: int, word: str) -> Iterator[tuple[Schema, Table]]:
    project = picture.project()
    query = picture.adviser.at(path, line + 1)
    if query is not None and (not word or word in query[1].text):
        schema, _, names = query
        named = schema.table(word.lower())
        used = [schema.tables[name] for name in sorted(names) if name in schema.tables]
        yield from ((schema, table) for table in ([named] if named in used and named else used))
        return
    if path.endswith(".sql"):
        names = {word.lower()} if word else set[str]()
    else:
        classes = [one for one in picture.classes if one.name == word]
        here = [one for one in classes if one.origin.path == path]
        names = {one.table for one in here or classes}
    if len(names) == 1:
        name = names.pop()
        yield from ((schema, table) for schema in project.schemas if (table := schema.table(name)))


def _described(picture: Picture, schema: Schema, table: Table) -> str:
    queries = picture.adviser.queries(schema, table.name)
    places = [f"- {origin.path}:{origin.line}" for origin in queries[:_MOST_QUERIES]]
    if len(queries) > _MOST_QUERIES:
        places.append(f"- and {len(queries) - _MOST_QUERIES} more")
    sections = [
        _title(table),
        "\n".join(_columns(table)),
        "\n".join(["#### Indexes", *_indexes(table, schema.dialect)]) if table.indexes else "No indexes.",
        "\n".join(["#### Points to", *(f"- {key_text(key, schema.dialect)}" for key in table.foreign_keys)])
        if table.foreign_keys
        else "",
        "\n".join(["#### Asked by", *places]) if places else "",
    ]
    return "\n\n".join(section for section in sections if section)


def _title(table: Table) -> str:
    where = f" · {table.origin.path}:{table.origin.line}" if table.origin is not None else ""
    return f"### {table.name}{where}"


def _columns(table: Table) -> Iterator[str]:
    columns = list(table.columns.values())
    for column in columns[:_MOST_COLUMNS]:
        said = " ".join(piece for piece in (column.type, column_text(column)) if piece)
        yield f"- **{column.name}** {said}".rstrip()
    if len(columns) > _MOST_COLUMNS:
        yield f"- and {len(columns) - _MOST_COLUMNS} more"


def _indexes(table: Table, dialect: str) -> Iterator[str]:
    for index in table.indexes:
        name = f"`{index.name}` " if index.name else ""
        yield f"- {name}{index_text(index, dialect)}"
