"""The front matter of the card of a snippet: every field it may have, and what may stand in it."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from backend_architect.knowledge.models import CardModel, PersonaItem, Version, Word

FrameworkName = Literal[
    "aiohttp", "alembic", "celery", "django", "fastapi", "flask", "httpx",
    "python", "requests", "sql", "sqlalchemy", "starlette",
]  # fmt: skip
"""The frameworks of `snippets/frameworks.py`."""

Where = Literal["empty", "module", "class", "function", "async-function"]
"""Where in a file a snippet may stand: alone, among the statements of the module, in a body."""

Files = Literal["code", "migrations", "tests"]
"""The kinds of files: what is for migrations or tests is no place for code, nor the other way round."""

Landmark = Literal["application", "session", "settings", "user"]
"""The objects of a project that snippets build upon."""

Template = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.-]+\.j2$")]


class Unless(CardModel):
    """What makes a snippet needless where it is there already."""

    routes: list[Word] = Field(default=[])
    """The ends of the paths of routes, as in `/livez`."""
    names: list[Word] = Field(default=[])
    """What the file defines or imports."""


class Action(CardModel):
    """Several files at once, as a code action at the application object."""

    title: Word
    creates: dict[Word, Template] = Field(default={})
    """The template of each new file by its path below the root of the project; variables may stand in it."""
    edits: dict[Literal["application", "settings"], Template] = Field(default={})
    """What is written behind the application object, or into the settings class."""


class FrameworkTable(CardModel):
    """What holds for the template of one framework."""

    where: list[Where] = Field(min_length=1)
    files: list[Files] = Field(default=["code"], min_length=1)
    libraries: dict[Word, Word] = Field(default={})
    """The distributions that the code needs, with the versions that it was checked with."""
    databases: dict[Word, Word] = Field(default={})
    """The same for databases."""
    dialects: list[Word] = Field(default=[])
    """The dialects of SQL that it is for; empty for all."""
    requires: list[Landmark] = Field(default=[])
    """What the project must have, because the template cannot do without."""
    unless: Unless = Unless()
    action: Action | None = None


class SnippetFrontMatter(CardModel):
    """What a card says about its snippet before its prose begins."""

    prefix: list[Word] = Field(min_length=1)
    """Words that find it, besides its name."""
    since: Version
    persona: list[PersonaItem] = Field(min_length=1)
    fixes: list[Word] = Field(default=[])
    """The rules whose findings its action repairs."""
    frameworks: dict[FrameworkName, FrameworkTable] = Field(min_length=1)


PARTS: dict[tuple[str, ...], type[BaseModel]] = {
    (): SnippetFrontMatter,
    **{("frameworks", name): FrameworkTable for name in FrameworkName.__args__},
    **{("frameworks", name, "unless"): Unless for name in FrameworkName.__args__},
    **{("frameworks", name, "action"): Action for name in FrameworkName.__args__},
}
"""The models by the way that pydantic gives to a mistake in them."""
