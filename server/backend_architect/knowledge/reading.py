"""Reads the text of a card and says, on which line, what in it is not understood."""

from __future__ import annotations

import re
import reprlib
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError

from backend_architect.knowledge.cards import REPOSITORY, Card, CardError
from backend_architect.knowledge.models import PARTS, SHAPES, FrontMatter

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

_FRONT_MATTER = re.compile(r"---\n(.*?\n)---\n", re.DOTALL)
_TITLE = re.compile(r"\s*# (.+)\n\s*\n((?:.+\n?)+)")
_HARMLESS = 1024
"""Characters in which nothing can be nested so deep that the parser of YAML, written in C, crashes."""
_DEEPEST = 20
_SENTENCE = re.compile(r".+?[.!?](?=\s|$)")


Fields = TypeVar("Fields", bound=BaseModel)

Parts = Mapping[tuple[str, ...], type[BaseModel]]
"""The models by the way that pydantic gives to a mistake in them."""


@dataclass(frozen=True, slots=True)
class Written(Generic[Fields]):
    """What a Markdown file with front matter says."""

    fields: Fields
    title: str
    summary: str
    """The first sentence after the title."""
    body: str
    """Markdown, from the title on."""


def read_card(path: Path, text: str, model: type[FrontMatter] = FrontMatter) -> Card:
    """The card in a text; its id is the stem of the path and its family the folder.

    Args:
        path: where it stands.
        text: the whole file.
        model: what its front matter may say.

    Raises:
        CardError: the front matter or the title is not as it must be; the first such place.
    """
    written = read_written(path, text, model, PARTS)
    fields, family = written.fields, path.parent.name
    return Card(
        id=path.stem,
        family=family,
        severity=fields.severity,
        confidence=fields.confidence,
        since=fields.since,
        persona=tuple(fields.persona),
        cwe=tuple(fields.cwe),
        sets=tuple(fields.sets),
        not_in=tuple(fields.not_in),
        same_as=tuple(fields.same_as),
        detect=fields.detect.model_dump(by_alias=True),
        fix=fields.fix and fields.fix.model_dump(by_alias=True),
        title=written.title,
        summary=written.summary,
        body=written.body,
        url=f"{REPOSITORY}/blob/main/rules/{family}/{path.name}",
        path=str(path),
    )


def read_written(path: Path, text: str, model: type[Fields], parts: Parts) -> Written[Fields]:
    """The front matter, the title and the prose of a text.

    Args:
        path: where it stands.
        text: the whole file.
        model: what the front matter may say.
        parts: the models in it, for the names of the fields that somebody may have meant.

    Raises:
        CardError: the front matter or the title is not as it must be; the first such place.
    """
    front = _FRONT_MATTER.match(text)
    if front is None:
        raise CardError(str(path), 1, "a card begins with its front matter between two lines of '---'")
    fields = _front_matter(front[1], str(path), model, parts)
    body = text[front.end() :]
    title = _TITLE.match(body)
    summary = title and _SENTENCE.match(" ".join(title[2].split()))
    if title is None or summary is None:
        line = text[: front.end()].count("\n") + 1
        raise CardError(
            str(path), line, "after the front matter comes '# Title' and a sentence that stands alone"
        )
    return Written(fields, title[1].strip(), summary[0], body.lstrip())


def _front_matter(text: str, path: str, model: type[Fields], parts: Parts) -> Fields:
    node, fields = _yaml(text, path)
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise _mistake(error, node, path, parts) from error


def _yaml(text: str, path: str) -> tuple[yaml.MappingNode, object]:
    """The fields, and the node that knows their lines."""
    loader: Any = None
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        if "*" in text or len(text) > _HARMLESS:
            _refuse_traps(text, path)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise CardError(path, 2, "the front matter is a list of fields, as in 'severity: warning'")
        _refuse_duplicates(node, path)
        return node, loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise CardError(path, _line(line), f"not valid YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CardError(path, 2, f"not valid YAML: {' '.join(str(error).split())}") from error
    finally:
        if loader is not None:
            loader.dispose()


def _refuse_traps(text: str, path: str) -> None:
    """Refuse what is small to write and more than memory holds: names for other values, and deep nesting."""
    loader: Any = yaml.SafeLoader(text)
    depth = 0
    while loader.check_event():
        event: Any = loader.get_event()
        line: int = event.start_mark.line
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise CardError(path, _line(line), "nested deeper than any field of a card")
        if isinstance(event, yaml.AliasEvent):
            raise CardError(path, _line(line), f"'*{event.anchor}' stands for something else; write that")


def _line(yaml_line: int) -> int:
    """The line of the file, from 1 and below the opening '---'."""
    return yaml_line + 2


def _refuse_duplicates(node: yaml.Node, path: str) -> None:
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise CardError(path, _line(key.start_mark.line), "the name of a field is a word")
        if key.value in seen:
            raise CardError(path, _line(key.start_mark.line), f"'{key.value}' is given twice; keep one")
        seen.add(key.value)
        _refuse_duplicates(value, path)


def _mistake(error: ValidationError, node: yaml.MappingNode, path: str, parts: Parts) -> CardError:
    """The first mistake; a misspelled field is one, and not that the right one is missing as well."""
    details = error.errors(include_url=False)
    # A field that may be a list or a table is complained about as both; what is inside tells which was meant.
    telling = [detail for detail in details if detail["type"] not in {"list_type", "model_type"}] or details
    places = [(detail["type"] == "missing", *_place(node, _way(detail)), detail) for detail in telling]
    _, line, name, detail = min(places, key=lambda place: place[:2])
    return CardError(path, _line(line), _sentence(name, detail, parts))


def _way(detail: ErrorDetails) -> tuple[int | str, ...]:
    return (*detail["loc"], "kind") if detail["type"] == "union_tag_invalid" else detail["loc"]


def _place(node: yaml.Node, way: tuple[int | str, ...]) -> tuple[int, str]:
    """The line of YAML on which a field or else its parent stands, and its name as written in the card."""
    name, line = "", node.start_mark.line
    for step in way:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == step:
                    name, line, node = f"{name}.{step}".lstrip("."), key.start_mark.line, value
                    break
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line = node.start_mark.line
    return line, name


def _sentence(name: str, detail: ErrorDetails, parts: Parts) -> str:
    """What is wrong with a field and what to write instead."""
    way, context = detail["loc"], detail.get("ctx", {})
    given: Any = context.get("tag", detail["input"])
    said = f"'{textwrap.shorten(given, 80)}'" if isinstance(given, str) else reprlib.repr(given)
    match detail["type"]:
        case "extra_forbidden":
            return f"unknown field '{name}'; {_suggestion(str(way[-1]), _fields(parts, way[:-1]))}"
        case "missing" | "union_tag_not_found":
            last = "kind" if detail["type"] == "union_tag_not_found" else str(way[-1])
            return f"'{f'{name}.{last}'.lstrip('.')}' is missing; add it"
        case "literal_error" | "union_tag_invalid":
            choices = re.findall(r"'([^']+)'", str(context.get("expected") or context.get("expected_tags")))
            return f"'{name}' cannot be {said}; {_suggestion(said, choices)}"
        case "string_pattern_mismatch":
            return f"'{name}' cannot be {said}; it must be {SHAPES[str(context['pattern'])]}"
        case "own_code":
            return f"'{name}.kind' cannot be 'python' here; {detail['msg']}"
        case "unfitting_fix":
            kind = cast("dict[str, str]", given)["kind"]
            return f"'{name}' is of kind '{kind}'; {detail['msg']}"
        case _:
            return f"'{name}' cannot be {said}; {detail['msg'][0].lower()}{detail['msg'][1:]}"


def _fields(parts: Parts, way: tuple[int | str, ...]) -> list[str]:
    model = parts[cast("tuple[str, ...]", way)]
    return [field.alias or name for name, field in model.model_fields.items()]


def _suggestion(wrong: str, choices: list[str]) -> str:
    close: list[Any] = get_close_matches(wrong, choices, n=1)
    return f"did you mean '{close[0]}'?" if close else f"it is one of {', '.join(choices)}"
