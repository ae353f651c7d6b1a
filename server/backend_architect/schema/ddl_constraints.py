"""Constraints as CREATE TABLE and ALTER TABLE write them, and the lists of columns of indexes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from backend_architect.schema.changes import AddCheck, AddForeignKey, AddIndex, UseIndex
from backend_architect.schema.ddl_words import UnreadableError
from backend_architect.schema.model import Check, ForeignKey, Index, IndexPart

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.schema.ddl_words import Words
    from backend_architect.schema.model import Origin

Constraint = AddIndex | AddForeignKey | AddCheck | UseIndex

_AFTER_PART = frozenset({"COLLATE", "ASC", "DESC", "NULLS", "WITH"})
_INDEX_WORDS = frozenset({"KEY", "INDEX"})
_SPECIAL = frozenset({"FULLTEXT", "SPATIAL"})
_ACTIONS = {
    ("CASCADE",): "cascade",
    ("RESTRICT",): "restrict",
    ("NO", "ACTION"): "",
    ("SET", "NULL"): "set null",
    ("SET", "DEFAULT"): "set default",
}


def table_constraint(words: Words, table: str) -> Constraint | None:
    """The constraint or index that the words of one entry of a table are; None if they are a column.

    Raises:
        UnreadableError: it begins like one and goes on otherwise.
    """
    origin = words.origin
    name = ""
    if words.takes("CONSTRAINT"):
        # MySQL lets the name out.
        unnamed = words.word in {"PRIMARY", "UNIQUE", "FOREIGN", "CHECK"} and words.ahead(1) in {"KEY", "("}
        name = "" if unnamed else words.identifier()
    mysql = words.dialect == "mysql"
    if words.takes("PRIMARY", "KEY"):
        return _key(words, table, name, "primary", origin)
    if words.word == "UNIQUE":
        words.skip()
        words.takes_one(_INDEX_WORDS if mysql else frozenset())
        return _key(words, table, name, "unique", origin)
    if words.takes("FOREIGN", "KEY"):
        if words.word != "(":
            name = name or words.identifier()
        columns = words.columns()
        words.wants("REFERENCES")
        return AddForeignKey(table, reference(words, columns, name, origin))
    if words.takes("CHECK"):
        return AddCheck(table, check(words, name))
    if words.word == "EXCLUDE" and words.ahead(1) in {"USING", "("}:
        words.skip()
        return AddIndex(table, _exclusion(words, name, origin))
    if mysql and (words.word in _INDEX_WORDS or (words.word in _SPECIAL)):
        return AddIndex(table, _mysql_index(words, origin))
    if name:
        raise UnreadableError(words.word)
    return None


def _key(
    words: Words, table: str, name: str, kind: Literal["primary", "unique"], origin: Origin | None
) -> AddIndex | UseIndex:
    if words.takes("USING", "INDEX"):
        return UseIndex(table, words.identifier(), kind, name)
    distinct = not words.takes("NULLS", "NOT", "DISTINCT")
    words.takes("NULLS", "DISTINCT")
    if words.word not in {"(", "USING"}:
        name = words.identifier()
    using = words.identifier() if words.takes("USING") else "btree"
    parts = tuple(index_part(part) for part in words.group().parts())
    include = words.columns() if words.takes("INCLUDE") else ()
    index = Index(name, parts, unique=True, nulls_distinct=distinct, using=using, include=include)
    return AddIndex(table, replace(index, kind=kind, origin=origin))


def _mysql_index(words: Words, origin: Origin | None) -> Index:
    using = words.takes_one(_SPECIAL).lower() or "btree"
    words.takes_one(_INDEX_WORDS)
    name = "" if words.word in {"(", "USING"} else words.identifier()
    if words.takes("USING"):
        using = words.identifier()
    return Index(name, tuple(index_part(part) for part in words.group().parts()), using=using, origin=origin)


def _exclusion(words: Words, name: str, origin: Origin | None) -> Index:
    using = words.identifier() if words.takes("USING") else "btree"
    parts = tuple(index_part(part) for part in words.group().parts())
    include = words.columns() if words.takes("INCLUDE") else ()
    where = ""
    while not words.done:
        if words.takes("WHERE"):
            where = condition(words.group())
        else:
            words.skip()
    return Index(name, parts, using=using, where=where, include=include, kind="exclusion", origin=origin)


def index_part(words: Words) -> IndexPart:
    """One entry of the list of an index: a column or expression and how it is sorted.

    Raises:
        UnreadableError: there is none.
    """
    column: str | None = None
    expression = ""
    if words.word == "(":
        expression = condition(words.group())
        if words.dialect != "mysql" and expression.isidentifier():
            column, expression = expression, ""
    elif words.ahead(1) == "." or (words.ahead(1) == "(" and words.dialect != "mysql"):
        expression = words.call()
    else:
        column = words.identifier()
        if words.word == "(":
            words.skip()  # the length of a prefix in MySQL
    collation = words.name() if words.takes("COLLATE") else ""
    opclass = ""
    if not words.done and words.word not in _AFTER_PART:
        opclass = words.name()
        if words.word == "(":
            words.skip()
    descending = words.takes_one(frozenset({"ASC", "DESC"})) == "DESC"
    nulls: Literal["", "first", "last"] = ""
    if words.takes("NULLS", "FIRST"):
        nulls = "first"
    elif words.takes("NULLS", "LAST"):
        nulls = "last"
    operator = words.text() if words.takes("WITH") else ""
    return IndexPart(column, expression, descending, nulls, opclass, collation, operator)


def reference(words: Words, columns: tuple[str, ...], name: str, origin: Origin | None) -> ForeignKey:
    """What follows REFERENCES.

    Raises:
        UnreadableError: no table is named.
    """
    table = words.name()
    to = words.columns() if words.word == "(" else ()
    actions = {"DELETE": "", "UPDATE": ""}
    validated = True
    while not words.done:
        if words.takes("MATCH"):
            words.skip()
        elif words.word == "ON" and words.ahead(1) in actions:
            words.skip()
            event = words.word
            words.skip()
            actions[event] = _action(words)
        elif words.takes("NOT", "VALID"):
            validated = False
        elif not (
            words.takes("DEFERRABLE")
            or words.takes("NOT", "DEFERRABLE")
            or words.takes("INITIALLY", "DEFERRED")
            or words.takes("INITIALLY", "IMMEDIATE")
        ):
            break
    return ForeignKey(columns, table, to, actions["DELETE"], actions["UPDATE"], name, validated, origin)


def _action(words: Words) -> str:
    for said, action in _ACTIONS.items():
        if words.takes(*said):
            if said[0] == "SET" and words.word == "(":
                words.skip()
            return action
    raise UnreadableError(words.word)


def check(words: Words, name: str) -> Check:
    """What follows CHECK.

    Raises:
        UnreadableError: there is no condition.
    """
    expression = condition(words.group())
    validated = True
    while not words.done:
        if words.takes("NOT", "VALID"):
            validated = False
        elif not (words.takes("NO", "INHERIT") or words.takes("NOT", "ENFORCED") or words.takes("ENFORCED")):
            break
    return Check(name, expression, validated)


def condition(words: Words) -> str:
    """All that is left as one condition, without the parentheses around it."""
    while words.is_one_group:
        words = words.group()
    return words.text()


def separate(constraints: Iterable[Constraint]) -> list[Constraint]:
    """Without the unique constraints that PostgreSQL does not make twice, such as that of a primary key."""
    kept: list[Constraint] = []
    for one in constraints:
        if isinstance(one, AddIndex) and one.index.kind in {"primary", "unique"}:
            twin = next(
                (old for old in kept if isinstance(old, AddIndex) and _alike(old.index, one.index)), None
            )
            if twin:
                if one.index.kind == "primary":
                    kept[kept.index(twin)] = one
                continue
        kept.append(one)
    return kept


def _alike(one: Index, two: Index) -> bool:
    return {one.kind, two.kind} <= {"primary", "unique"} and (one.parts, one.include) == (
        two.parts,
        two.include,
    )
