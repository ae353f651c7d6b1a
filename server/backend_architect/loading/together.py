"""Asking once, before a loop, for all rows that it asks for one by one."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import Changes, Remedy, UnwritableError
from backend_architect.engine.text import newline_of
from backend_architect.fixes.imports import add_imports
from backend_architect.loading.chains import Script
from backend_architect.loading.lookups import FunctionNode, Looked, is_collection, looked_up
from backend_architect.loading.traces import place_of
from backend_architect.python.words import word_set
from backend_architect.schema.terms import Indexed, last_name

if TYPE_CHECKING:
    from backend_architect.engine.project import Project
    from backend_architect.loading.values import Run, Site
    from backend_architect.queries.mapping import Models
    from backend_architect.schema.mapped import MappedClass

_REASON: Final = (
    "all rows are in memory at once, also those that the loop would have left out; "
    "very long lists of keys should be asked for in slices"
)
_RAISES: Final = "; a missing row raises KeyError instead of DoesNotExist"
_WIDTH: Final = 88
"""The longest line that is written as one, with its indentation."""
_INTEGERS: Final = word_set("int integer bigint smallint serial bigserial smallserial int2 int4 int8")


@dataclass(frozen=True, slots=True)
class AskTogether:
    """Replaces the query for the row of each key by one for all of them."""

    site: Site
    key: str
    """The attribute of the primary key."""

    def changes(self, project: Project) -> Changes:
        """The edits of the loop, and of the imports of its file."""
        text = project.read(self.site.path)
        runs = (one for one in project.loads.runs() if one.query.site == self.site)
        node = project.loads.node(self.site)
        if text is None or node is None or all(_key(one, project) != self.key for one in runs):
            raise UnwritableError("the loop is not there any more")
        script = Script(text)
        functions = (one for top in script.body for one in ast.walk(top) if isinstance(one, FunctionNode))
        found = (
            one for each in functions for one in looked_up(each) if place_of(one.asking.root) == node.where
        )
        looked = next(found, None)
        if looked is None:
            raise UnwritableError("the loop is not there any more")
        start, _ = script.range_of(looked.statement)
        newline, indent = newline_of(script.source.lines), _indent(looked, script)
        imports = ["from sqlalchemy import select"] if _lacks_select(looked, script) else []
        edits = [
            script.edit(start, start, f"{_query(looked, self.key, script)}{newline}{indent}"),
            script.edit(*script.range_of(looked.whole), _row(looked, script)),
            *add_imports(script.source.lines, imports),
        ]
        return Changes({self.site.path: tuple(sorted(edits, key=lambda one: one.span))})


def ask_together(run: Run, project: Project) -> Remedy | None:
    """The remedy that asks for all rows before the loop; None where it is not certain which those are."""
    key = _key(run, project)
    if not key:
        return None
    cls = run.query.classes[0].rpartition(":")[2]
    how = "in_bulk" if run.query.library == "django" else "in_"
    raises = run.query.library == "django" and run.how == "get"
    reason = _REASON + _RAISES if raises else _REASON
    title = f"Ask for all `{cls}` before the loop (`{how}`)"
    return Remedy(title, "unsafe", reason, AskTogether(run.query.site, key))


def _query(looked: Looked, key: str, script: Script) -> str:
    asking, row = looked.asking, looked.row
    keys = looked.iterable
    if looked.attribute:
        keys = f"[{script.text_of(asking.key)} for {looked.target} in {looked.iterable}]"
    cls = script.text_of(asking.cls)
    if asking.session is None:
        return f"{looked.name} = {cls}.in_bulk({keys})"
    session = script.text_of(asking.session)
    wait = "await " if any(isinstance(one, ast.Await) for one in ast.walk(looked.whole)) else ""
    rows = f"{wait}{session}.scalars(select({cls}).where({cls}.{key}.in_({keys})))"
    parts = [f"{looked.name} = {{", f"{row}.{key}: {row}", f"for {row} in {rows}", "}"]
    indent = _indent(looked, script)
    line = f"{parts[0]}{parts[1]} {parts[2]}{parts[3]}"
    if len(indent) + len(line) <= _WIDTH:
        return line
    newline = newline_of(script.source.lines) + indent
    return f"{parts[0]}{newline}    {parts[1]}{newline}    {parts[2]}{newline}{parts[3]}"


def _indent(looked: Looked, script: Script) -> str:
    return script.source.lines[looked.statement.lineno - 1][: looked.statement.col_offset]


def _row(looked: Looked, script: Script) -> str:
    key = script.text_of(looked.asking.key)
    return f"{looked.name}[{key}]" if looked.asking.raises else f"{looked.name}.get({key})"


def _lacks_select(looked: Looked, script: Script) -> bool:
    imported = {
        alias.asname or alias.name
        for one in script.body
        if isinstance(one, ast.ImportFrom)
        for alias in one.names
    }
    return looked.asking.session is not None and "select" not in imported


def _key(run: Run, project: Project) -> str:
    """The attribute of the primary key by which all rows can be asked for; empty if they cannot."""
    models, function, node = project.loads.models, *project.loads.function_of(run.query.site)
    if models is None or function is None or node is None or run.within or run.outer:
        return ""
    lookup = next((one for one in function.lookups if one.root == node.where), None)
    cls = models.classes.get(run.query.classes[0])
    if lookup is None or cls is None or cls.parents or _is_joined(cls, models):
        return ""
    table = models.tables.get(cls.table)
    primary = table.primary_key if table is not None else ()
    names = [name for name, column in cls.columns.items() if (column,) == primary and name != "pk"]
    if not names or run.query.by_each.removesuffix("__exact") not in {"pk", *names}:
        return ""
    type_ = models.type_of(cls.table, cls.columns[names[0]]).lower()
    given = lookup.iterable in function.parameters
    annotation = dict(function.annotations).get(lookup.iterable) if given else None
    if given and not (isinstance(annotation, Indexed) and is_collection(annotation.of)):
        return ""
    if isinstance(annotation, Indexed) and lookup.by_item:
        has_integers = [last_name(one) for one in annotation.by[:1]] == ["int"]
        return names[0] if has_integers and type_ in _INTEGERS else ""
    return names[0] if _is_same(_type_of(run.query.column, models), type_) else ""


def _is_same(one: str, other: str) -> bool:
    """Whether equal values of two columns are equal in Python; texts may be compared in other ways."""
    return {one, other} <= _INTEGERS or one == other == "uuid"


def _type_of(column: str, models: Models) -> str:
    key, _, name = column.rpartition(".")
    cls = models.classes.get(key)
    return models.type_of(cls.table, cls.columns.get(name, "")).lower() if cls is not None else ""


def _is_joined(cls: MappedClass, models: Models) -> bool:
    """Whether the rows come several times, because a collection is joined."""
    own = (one.lazy for one in cls.relationships.values())
    return "joined" in {*own, *(one.back_lazy for _, one in models.leading_to(cls))}
