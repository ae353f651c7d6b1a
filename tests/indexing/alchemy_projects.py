"""Small projects of SQLAlchemy and Alembic, and the indexes that they are to get."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from backend_architect.engine.language import nowhere
from backend_architect.engine.settings import Settings
from backend_architect.project.fact_store import FactStore
from backend_architect.project.picture import Picture
from backend_architect.schema.model import Index, IndexPart

if TYPE_CHECKING:
    from backend_architect.engine.project import Project


def project_of(files: dict[str, str]) -> Project:
    texts = {path: dedent(text) for path, text in files.items()}
    picture = Picture(texts.get, Settings(), lambda _: nowhere, FactStore(None))
    picture.expect(texts)
    for path in texts:
        picture.declare(path)
    return picture.project()


def index(*columns: str | IndexPart, **more: object) -> Index:
    parts = tuple(IndexPart(one) if isinstance(one, str) else one for one in columns)
    return Index("", parts, **more)  # pyright: ignore[reportArgumentType]
