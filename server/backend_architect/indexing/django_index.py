"""An index as Django writes it: `models.Index(fields=["customer", "-created_at"], name="...")`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from backend_architect.engine.remedies import UnwritableError
from backend_architect.knowledge import libraries
from backend_architect.queries.expressions import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from backend_architect.indexing.python_file import PythonFile
    from backend_architect.schema.django_tables import Model, Tables
    from backend_architect.schema.model import Index, IndexPart

_MODELS: Final = "django.db.models"
_POSTGRES: Final = "django.contrib.postgres.indexes"

_FUNCTIONS: Final[Mapping[type[exp.Expr], str]] = {
    exp.Lower: "Lower",
    exp.Upper: "Upper",
    exp.Length: "Length",
    exp.Reverse: "Reverse",
    exp.MD5: "MD5",
    exp.Trim: "Trim",
}
"""Functions of texts with one argument, and the classes in `django.db.models.functions` that send them."""
_NAMED: Final = {"ltrim": "LTrim", "rtrim": "RTrim"}
_TEXTS: Final = ("varchar", "text", "citext", "char")
_WHOLE: Final = ("smallint", "integer", "bigint")


@dataclass(frozen=True, slots=True)
class IndexWriter:
    """Writes indexes of a model into a module."""

    model: Model
    tables: Tables
    file: PythonFile

    def call(self, index: Index, indent: str, lead: str = "") -> str:
        """The call that declares an index, behind what leads a line with an indentation, in front of a comma.

        Raises:
            UnwritableError: Django has no certain way to say it.
        """
        if index.unique or index.kind != "index" or any(part.collation for part in index.parts):
            raise UnwritableError("it is more than an index that Django's `Index` declares")
        arguments = list(self._fields(index) if _has_fields(index) else map(self._expression, index.parts))
        if index.where:
            arguments.append(f"condition={self._condition(index.where)}")
        if index.include:
            arguments.append(f"include={self._listed(self.field(name) for name in index.include)}")
        arguments += [f"name={self._text(index.name)}"] if index.name else []
        return self.file.style.call(self.file.name(_class(index)), arguments, indent, beside=len(f"{lead},"))

    def field(self, column: str) -> str:
        """The field that holds the values of a column.

        Raises:
            UnwritableError: the model has none.
        """
        for one in self.model.fields.values():
            if one.relation in {"", "many-to-one", "one-to-one"} and self.tables.column_name(one) == column:
                return one.name
        if column == self.tables.key_column(self.model) == "id":
            return "id"
        raise UnwritableError(f"the model {self.model.name} has no field for the column {column}")

    def _fields(self, index: Index) -> Iterator[str]:
        fields = [f"{'-' if one.descending else ''}{self.field(one.column or '')}" for one in index.parts]
        yield f"fields={self._listed(fields)}"
        if any(part.opclass for part in index.parts):
            yield f"opclasses={self._listed(part.opclass for part in index.parts)}"

    def _listed(self, texts: Iterator[str] | list[str]) -> str:
        return f"[{', '.join(map(self._text, texts))}]"

    def _text(self, value: str) -> str:
        return self.file.style.string(value)

    def _expression(self, part: IndexPart) -> str:
        written = self._text(self.field(part.column)) if part.column else self._function(part.expression)
        if part.opclass:
            opclass = self.file.name(f"{_POSTGRES}.OpClass")
            written = f"{opclass}({written}, name={self._text(part.opclass)})"
        elif part.column and (part.descending or _sorts_nulls(part)):
            written = f"{self.file.name(f'{_MODELS}.F')}({written})"
        nulls = f"nulls_{part.nulls}=True" if _sorts_nulls(part) else ""
        if part.descending or nulls:
            written = f"{written}.{'desc' if part.descending else 'asc'}({nulls})"
        return written

    def _function(self, text: str) -> str:
        tree = parsed(text)
        if tree is None:
            raise UnwritableError(f"the expression {text} cannot be read")
        return self._called(tree)

    def _called(self, tree: exp.Expr) -> str:
        tree = tree.unnest()
        match tree:
            case exp.Column():
                if not self._type(tree.name).startswith(_TEXTS):
                    raise UnwritableError(f"nobody says that {tree.name} is a text")
                return self._text(self.field(tree.name))
            case exp.Cast() if tree.to.this in exp.DataType.TEXT_TYPES and isinstance(tree.this, exp.Column):
                return self._called(tree.this)
            case exp.Anonymous(expressions=[inner]) if tree.name.lower() in _NAMED:
                return f"{self._django_function(_NAMED[tree.name.lower()])}({self._called(inner)})"
            case _:
                name = _FUNCTIONS.get(type(tree))
                others = [key for key, value in tree.args.items() if key != "this" and value]
                if name is None or others:
                    raise UnwritableError(f"Django has no certain way to say {tree.sql('postgres')}")
                return f"{self._django_function(name)}({self._called(tree.this)})"

    def _django_function(self, name: str) -> str:
        return self.file.name(f"{_MODELS}.functions.{name}")

    def _type(self, column: str) -> str:
        """The type of a column; empty where nobody says it."""
        name = self.field(column)
        one = self.model.fields.get(name)
        return self.tables.type_of(self.model, one) if one is not None else "bigint"

    # Predicates.

    def _condition(self, where: str) -> str:
        tree = parsed(where)
        if tree is None:
            raise UnwritableError(f"the predicate {where} cannot be read")
        lookups = [self._lookup(one) for one in _conjuncts(tree)]
        names = [name for name, _ in lookups]
        if len(set(names)) != len(names):
            raise UnwritableError(f"the predicate {where} says two things of one field")
        given = ", ".join(f"{name}={value}" for name, value in lookups)
        return f"{self.file.name(f'{_MODELS}.Q')}({given})"

    def _lookup(self, tree: exp.Expr) -> tuple[str, str]:
        """The keyword of `Q` that says a condition, and its value."""
        match tree:
            case exp.Column():
                return self._flag(tree), "True"
            case exp.Not(this=inner):
                return self._negated(inner.unnest())
            case exp.Is(this=exp.Column() as column, expression=exp.Null()):
                return f"{self.field(column.name)}__isnull", str(not tree.args.get("negate"))
            case exp.Is(this=exp.Column() as column, expression=exp.Boolean() as value):
                if value.this:
                    return self._flag(column), "True"
            case exp.EQ(this=exp.Column() as column, expression=value):
                return self.field(column.name), self._constant(value, column.name)
            case exp.In(this=exp.Column() as column, expressions=values) if values:
                listed = ", ".join(self._constant(one, column.name) for one in values)
                return f"{self.field(column.name)}__in", f"[{listed}]"
            case _:
                pass
        raise UnwritableError(f"Django has no certain way to say {tree.sql('postgres')}")

    def _negated(self, tree: exp.Expr) -> tuple[str, str]:
        match tree:
            case exp.Is(this=exp.Column() as column, expression=exp.Null()):
                return f"{self.field(column.name)}__isnull", "False"
            case exp.Column():
                return self._flag(tree), "False"
            case _:
                raise UnwritableError(f"Django has no certain way to say NOT {tree.sql('postgres')}")

    def _flag(self, column: exp.Column) -> str:
        if self._type(column.name) != "boolean":
            raise UnwritableError(f"nobody says that {column.name} is a boolean")
        return self.field(column.name)

    def _constant(self, value: exp.Expr, column: str) -> str:
        kind = self._type(column)
        value = value.this if isinstance(value, exp.Cast) else value
        match value:
            case exp.Literal(is_string=True) if kind.startswith(_TEXTS):
                return self._text(value.this)
            case exp.Literal(is_int=True) if kind.startswith(_WHOLE):
                return value.this
            case exp.Boolean() if kind == "boolean":
                return str(value.this)
            case _:
                raise UnwritableError(f"{value.sql('postgres')} may be no value of {column} in Django")


def _conjuncts(tree: exp.Expr) -> Iterator[exp.Expr]:
    tree = tree.unnest()
    if isinstance(tree, exp.And):
        yield from _conjuncts(tree.this)
        yield from _conjuncts(tree.expression)
    else:
        yield tree


def _has_fields(index: Index) -> bool:
    """Whether fields say what an index sorts by."""
    return all(part.column is not None and not _sorts_nulls(part) for part in index.parts)


def needs_app(index: Index) -> bool:
    """Whether it is written with `OpClass`, which works only where `django.contrib.postgres` is installed."""
    return not _has_fields(index) and any(part.opclass for part in index.parts)


def _sorts_nulls(part: IndexPart) -> bool:
    """Whether NULLs are elsewhere than PostgreSQL has them without a word."""
    return part.nulls not in {"", "first" if part.descending else "last"}


def _class(index: Index) -> str:
    if index.using == "btree":
        return f"{_MODELS}.Index"
    for path in libraries.paths("django-indexes"):
        if (libraries.entry("django-indexes", path) or {}).get("using") == index.using:
            return path
    raise UnwritableError(f"Django has no class for indexes of the kind {index.using}")
