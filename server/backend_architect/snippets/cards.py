"""The cards of all snippets, as the editor and the command line know them.

They are read when somebody first asks for a completion, a code action or a list, and never at the start of
the server; pydantic and YAML are imported only if a card has changed since they were read last.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from backend_architect.knowledge.caching import Cache, snippets_folder
from backend_architect.knowledge.cards import REPOSITORY, CardError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from backend_architect.snippets.models import FrameworkTable

CARD = "card.md"

LANGUAGES = {"py": "python", "sql": "sql"}
"""The languages of templates, by what stands before the `.j2` of their names."""


@dataclass(frozen=True, slots=True)
class Action:
    """Files that are created, and edits of others, all at once."""

    title: str
    creates: tuple[tuple[str, str], ...]
    """The path of each new file, below the root of the project and itself a template, and its template."""
    edits: tuple[tuple[str, str], ...]
    """The landmark behind or in which is written, and the template of what."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A snippet for one framework."""

    framework: str
    template: str
    """The path of the file below the folder of all snippets, with slashes."""
    language: str
    where: tuple[str, ...]
    files: tuple[str, ...]
    libraries: tuple[tuple[str, str], ...]
    databases: tuple[tuple[str, str], ...]
    dialects: tuple[str, ...]
    requires: tuple[str, ...]
    routes: tuple[str, ...]
    """Ends of paths; where a route has one of them, the snippet is there already."""
    names: tuple[str, ...]
    """The same for names that the file binds."""
    action: Action | None

    @property
    def checked(self) -> str:
        """What it was checked with, as in `FastAPI 0.165.0`."""
        return ", ".join(f"{name} {version}" for name, version in (*self.databases, *self.libraries))


@dataclass(frozen=True, slots=True)
class Snippet:
    """One snippet with its documentation."""

    id: str
    """Its family and its name, as in `health/liveness`."""
    family: str
    name: str
    title: str
    summary: str
    body: str
    """Markdown, from the title on."""
    prefix: tuple[str, ...]
    since: str
    persona: tuple[str, ...]
    fixes: tuple[str, ...]
    url: str
    path: str
    variants: tuple[Variant, ...]

    def variant(self, framework: str) -> Variant | None:
        """That for a framework."""
        return next((one for one in self.variants if one.framework == framework), None)


@cache
def load_snippets() -> dict[str, Snippet]:
    """All snippets, ordered by id.

    Raises:
        CardError: a card is not understood, or a template is missing; the first such place.
    """
    folder = snippets_folder()
    cards = sorted(folder.glob(f"*/*/{CARD}"))
    kept = Cache("snippets", folder, [*cards, *sorted(folder.glob("*/*/*.j2"))])
    snippets = _restored(kept.load())
    if snippets is None:
        snippets = [read_snippet(card, card.read_text(encoding="utf-8")) for card in cards]
        kept.store([asdict(snippet) for snippet in snippets])
    return {snippet.id: snippet for snippet in snippets}


def read_snippet(path: Path, text: str) -> Snippet:
    """The snippet of a card.

    Args:
        path: of the card; its folders are the name and the family, and hold the templates.
        text: the whole card.

    Raises:
        CardError: a field of the card is not understood, or a template is missing.
    """
    from backend_architect.knowledge.reading import read_written  # noqa: PLC0415  (pydantic and YAML)
    from backend_architect.snippets.models import PARTS, SnippetFrontMatter  # noqa: PLC0415

    written = read_written(path, text, SnippetFrontMatter, PARTS)
    fields, (family, name) = written.fields, path.parts[-3:-1]
    return Snippet(
        id=f"{family}/{name}",
        family=family,
        name=name,
        title=written.title,
        summary=written.summary,
        body=written.body,
        prefix=tuple(fields.prefix),
        since=fields.since,
        persona=tuple(fields.persona),
        fixes=tuple(fields.fixes),
        url=f"{REPOSITORY}/blob/main/snippets/{family}/{name}/{CARD}",
        path=str(path),
        variants=tuple(_variants(path, fields.frameworks)),
    )


def _variants(path: Path, tables: dict[Any, FrameworkTable]) -> Iterator[Variant]:
    text = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for framework, table in tables.items():
        line = next((at for at, one in enumerate(text, 1) if one.strip() == f"{framework}:"), 1)
        found = [(f"{framework}.{end}.j2", language) for end, language in LANGUAGES.items()]
        found = [(name, language) for name, language in found if (path.parent / name).is_file()]
        if len(found) != 1:
            names = " or ".join(f"'{framework}.{end}.j2'" for end in LANGUAGES)
            raise CardError(
                str(path), line, f"the template of '{framework}' is one file, {names}, beside the card"
            )
        action = table.action
        named = [] if action is None else [*action.creates.values(), *action.edits.values()]
        for name in named:
            if not (path.parent / name).is_file():
                raise CardError(str(path), line, f"'{name}' is no template beside the card")
        folder = "/".join(path.parts[-3:-1])
        (template, language), *_ = found
        yield Variant(
            framework=framework,
            template=f"{folder}/{template}",
            language=language,
            where=tuple(table.where),
            files=tuple(table.files),
            libraries=tuple(table.libraries.items()),
            databases=tuple(table.databases.items()),
            dialects=tuple(table.dialects),
            requires=tuple(table.requires),
            routes=tuple(table.unless.routes),
            names=tuple(table.unless.names),
            action=action
            and Action(
                action.title,
                tuple((target, f"{folder}/{name}") for target, name in action.creates.items()),
                tuple((landmark, f"{folder}/{name}") for landmark, name in action.edits.items()),
            ),
        )


def _restored(content: Any) -> list[Snippet] | None:
    """Snippets from the cache; None where it does not hold them as they are now."""
    try:
        return [_snippet(one) for one in content]
    except (TypeError, KeyError, AttributeError):
        return None


def _snippet(fields: dict[str, Any]) -> Snippet:
    known = _frozen(fields)
    known["variants"] = tuple(_variant(one) for one in fields["variants"])
    return Snippet(**known)


def _variant(fields: dict[str, Any]) -> Variant:
    known = _frozen(fields)
    known["action"] = Action(**_frozen(fields["action"])) if fields["action"] else None
    return Variant(**known)


def _frozen(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _tuple(value) for name, value in fields.items()}


def _tuple(value: Any) -> Any:
    return tuple(map(_tuple, cast("list[Any]", value))) if isinstance(value, list) else value
