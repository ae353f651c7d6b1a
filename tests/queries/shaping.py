"""Shapes as text, to be compared: what was asked, without the way in which it was said."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from backend_architect.queries.mapping import models_of
from backend_architect.queries.orm import statements_of_program
from backend_architect.queries.programs import program_of
from backend_architect.queries.sql import shapes_of
from backend_architect.queries.statements import Statement
from backend_architect.schema.assembling import schemas_of
from backend_architect.schema.facts import Facts
from backend_architect.schema.model import Origin
from backend_architect.schema.outlines import outline

if TYPE_CHECKING:
    from backend_architect.queries.shapes import Either, Key, Predicate, QueryShape
    from backend_architect.schema.model import Schema

PROGRAMS = Path(__file__).parent / "programs"


def without_idle_order(statement: str) -> str:
    """A statement without the order in which it gives all rows, as the models of Django ask for it."""
    if "DISTINCT ON" in statement:
        return statement
    return re.sub(r"\sORDER BY (?!.*(?:LIMIT|ORDER BY)).*", "", statement)


class Programs:
    """The functions of a file, each with the SQL that its docstring says, and what is read of it."""

    def __init__(self, name: str) -> None:
        text = (PROGRAMS / name).read_text(encoding="utf-8")
        path = f"shop/{name}"
        tree = ast.parse(text)
        outlines = [outline(text, path)]
        (self.schema,) = schemas_of(Facts(outlines=outlines))
        self.functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        self._statements = statements_of_program(program_of(text, path), models_of(outlines))

    def said(self, name: str) -> str:
        """The SQL of the docstring."""
        return ast.get_docstring(self.functions[name]) or ""

    def read(self, name: str) -> list[str]:
        """The statements that are read of a function."""
        node = self.functions[name]
        end = node.end_lineno or node.lineno
        return [one.text for one in self._statements if node.lineno <= one.origin.line <= end]

    def shapes(self, *statements: str) -> list[str]:
        """What statements ask, as text."""
        return shapes_as_text(statements, self.schema)


def shapes_as_text(statements: tuple[str, ...], schema: Schema) -> list[str]:
    """What statements ask, as text; the order of the uses of a query does not matter."""
    found: list[str] = []
    for text in statements:
        shapes = shapes_of(Statement(text, "postgres", Origin("q.sql", 1)), schema)
        found += [_shape(shape) for shape in shapes]
    return sorted(found)


def _shape(shape: QueryShape) -> str:
    uses: list[str] = []
    for use in shape.uses:
        conditions = sorted(map(_predicate, use.conditions)) + sorted(map(_either, use.either))
        marks = f"{' few' if use.few else ''}{' optional' if use.optional else ''}"
        uses.append(f"{use.table or '-'}{marks}: {conditions}")
    joins = sorted(
        "=".join(
            sorted(
                [
                    f"{shape.uses[join.left].table}.{_key(join.left_key)}",
                    f"{shape.uses[join.right].table}.{_key(join.right_key)}",
                ]
            )
        )
        for join in shape.joins
    )
    order = [f"{_key(one.key)}{' desc' if one.descending else ''} {one.nulls}".strip() for one in shape.order]
    extremes = [f"{_key(one.key)} {one.descending}" for _, one in shape.extremes]
    ends = [shape.removes_from, shape.updates, *shape.changes]
    return f"{sorted(uses)} joined {joins} order {order} limit {shape.limit} extremes {extremes} {ends}"


def _key(key: Key) -> str:
    return key.column or key.expression


def _predicate(one: Predicate) -> str:
    return f"{_key(one.key)} {one.kind} {one.constant} {one.values if one.kind == 'in' else ''}".strip()


def _either(one: Either) -> str:
    return f"either {sorted(str(sorted(map(_predicate, branch))) for branch in one.branches)}"
