"""The names that SQLAlchemy gives to what nobody named, by the convention of a `MetaData`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend_architect.schema.model import Table

_KINDS: Final = {"index": "ix", "primary": "pk", "unique": "uq", "exclusion": "ex"}


@dataclass(frozen=True, slots=True)
class Convention:
    """A naming convention: templates by `ix`, `uq`, `fk`, `pk`."""

    templates: Mapping[str, str] = field(default_factory=dict[str, str])

    def name(self, table: Table) -> None:
        """Names what has no name in a table."""
        default = "ix_" + table.name.replace(".", "_") + "_"
        for place, index in enumerate(table.indexes):
            template = self.templates.get(_KINDS[index.kind], "")
            columns = [column for column in index.columns if column is not None]
            own = index.name == default + "_".join(columns) and len(columns) == 1
            if template and (not index.name or (own and index.kind == "index")):
                name = self._filled(template, table.name, columns) or index.name
                table.indexes[place] = replace(index, name=name)

    def index_name(self, table: str, columns: list[str]) -> str:
        """The name of an index of columns that nobody named; empty where the convention calls functions."""
        return self._filled(self.templates.get("ix", "ix_%(column_0_label)s"), table, columns)

    def filled(self, kind: str, table: str, columns: list[str], referred: str = "") -> str:
        """The name by the template of a kind, which there is; empty where that calls functions.

        `referred` is the table to which a foreign key points.
        """
        return self._filled(self.templates[kind], table, columns, referred.rpartition(".")[2])

    def _filled(self, template: str, table: str, columns: list[str], referred: str = "") -> str:
        bare, label = table.rpartition(".")[2], table.replace(".", "_")
        first = columns[0] if columns else ""
        values = {
            "table_name": bare,
            "column_0_name": first,
            "column_0_key": first,
            "column_0_label": f"{label}_{first}",
            "column_0_N_name": "_".join(columns),
            "column_0N_name": "".join(columns),
            "column_0_N_label": "_".join(f"{label}_{column}" for column in columns),
            "referred_table_name": referred,
            "constraint_name": first,
        }
        try:
            return template % values
        except (KeyError, ValueError):
            return ""
