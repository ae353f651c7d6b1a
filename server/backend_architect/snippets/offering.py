"""Which snippets fit at a place, and what they would write there."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jinja2 import TemplateError

from backend_architect.engine.names import unknown
from backend_architect.snippets.context import lacking, variables
from backend_architect.snippets.frameworks import FRAMEWORKS, in_use
from backend_architect.snippets.pieces import Pieces, pieces
from backend_architect.snippets.places import kind_of
from backend_architect.snippets.rendering import Rendered, TemplateMistakeError, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from backend_architect.snippets.cards import Action, Snippet, Variant
    from backend_architect.snippets.context import Surroundings
    from backend_architect.snippets.landmarks import FileFacts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Offer:
    """A snippet that fits, and what it writes."""

    snippet: Snippet
    variant: Variant
    whole: Rendered
    """A file of its own, with imports."""
    pieces: Pieces
    """The same for a file that has something in it already."""
    missing: tuple[str, ...]
    """The distributions that it needs and the project does not name."""

    @property
    def label(self) -> str:
        """What completion lists call it."""
        return f"ba-{self.snippet.name}"

    @property
    def framework(self) -> str:
        """The name of its framework for people."""
        return FRAMEWORKS[self.variant.framework].label


def offers(
    snippets: Iterable[Snippet], language: str, where: str, file: FileFacts, around: Surroundings
) -> Iterator[Offer]:
    """The snippets that fit at a place and are not there already.

    Args:
        snippets: those that the settings switch on.
        language: of the file, python or sql.
        where: module, class, function or async-function.
        file: what the file says.
        around: what its project says.
    """
    place = "empty" if where == "module" and file.bare else where
    for snippet in snippets:
        for variant in snippet.variants:
            if variant.language == language and _fits(variant, place, file, around):
                offer = _offer(snippet, variant, place, file, around)
                if offer is not None and offer.pieces.binds.isdisjoint(file.binds):
                    yield offer


def _fits(variant: Variant, place: str, file: FileFacts, around: Surroundings) -> bool:
    return (
        in_use(variant.framework, file.imports, around.declared)
        and (place in variant.where or (place == "empty" and "module" in variant.where))
        and kind_of(around.path) in variant.files
        and (not variant.dialects or around.dialect in variant.dialects)
        and not is_there(variant, file, around)
    )


def is_there(variant: Variant, file: FileFacts, around: Surroundings) -> bool:
    """Whether the project has what a variant would write."""
    paths = {path.rstrip("/") for path in (*file.routes, *around.routes)}
    return any(path.endswith(variant.routes) for path in paths) or not file.binds.isdisjoint(variant.names)


def _offer(
    snippet: Snippet, variant: Variant, place: str, file: FileFacts, around: Surroundings
) -> Offer | None:
    known = variables(variant, place, file, around)
    if lacking(variant, known):
        return None
    try:
        whole = render(variant.template, known)
    except (TemplateError, TemplateMistakeError):
        log.exception("the template %s cannot be rendered", variant.template)
        return None
    parts = pieces(whole) if variant.language == "python" else Pieces((), whole, frozenset())
    imports = (one for one in parts.imports if not one.startswith(f"from {around.module} import "))
    return Offer(snippet, variant, whole, replace(parts, imports=tuple(imports)), missing(variant, around))


def missing(variant: Variant, around: Surroundings) -> tuple[str, ...]:
    """The distributions that a variant needs and a project that names any does not."""
    return tuple(name for name, _ in variant.libraries if around.declared and name not in around.declared)


def with_actions(snippets: Iterable[Snippet]) -> Iterator[tuple[Snippet, Variant, Action]]:
    """The snippets that write several files at once."""
    for snippet in snippets:
        for variant in snippet.variants:
            if variant.action is not None:
                yield snippet, variant, variant.action


def find(name: str, snippets: Mapping[str, Snippet]) -> Snippet:
    """The snippet of an id, or of a name that only one has.

    Raises:
        KeyError: there is none; the argument is a sentence for the person.
    """
    named = [one for one in snippets.values() if name in {one.id, one.name}]
    if len(named) == 1:
        return named[0]
    if named:
        raise KeyError(f"'{name}' is one of {', '.join(one.id for one in named)}")
    known = [*snippets, *(one.name for one in snippets.values())]
    raise KeyError(unknown("snippet", name, known, "'backend-architect snippets' lists them"))
