"""Relationships that are touched where rows become answers: by response models and serializers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend_architect.loading.annotations import COLLECTIONS
from backend_architect.loading.frames import each
from backend_architect.loading.traces import Node
from backend_architect.loading.values import Instance, Many, Pending, Result, Row
from backend_architect.python.words import word_set
from backend_architect.schema.terms import UNKNOWN, Call, Combined, Indexed, Name, Term, last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.loading.frames import Frame
    from backend_architect.loading.values import Value

_ROUTES: Final = word_set("get post put patch delete api_route")
_LISTING: Final = word_set("ModelViewSet ReadOnlyModelViewSet ListAPIView ListCreateAPIView ListModelMixin")
"""Classes of Django REST framework whose views give all rows of their queryset."""
_DEEPEST: Final = 4


def answer(given: Value, frame: Frame) -> None:
    """Take in what becomes of the rows that a function gives, if it is a route with a response model."""
    function = frame.function
    for term in function.decorators:
        if isinstance(term, Call) and term.name in _ROUTES:
            said = term.keyword("response_model")
            model = function.returns if said is UNKNOWN else said
            if not isinstance(model, str | int | float | bytes | None):
                line = function.nodes[function.returned[-1]].where[0] if function.returned else function.line
                _serialized(_row_of(given), model, _Reading(frame, line))


def views(rows: Value, frame: Frame) -> None:
    """Take in what the serializer of a view touches on the rows of its queryset."""
    function = frame.function
    serializer = function.attribute("serializer_class")
    if serializer is None or not any(map(_lists, function.bases)):
        return
    cls = frame.values[serializer]
    if isinstance(rows, Pending) and isinstance(cls, Instance):
        reading = _Reading(frame, function.nodes[serializer].where[0])
        _serialize(each(_row_of(rows)), cls, reading, 0)


def _lists(base: Term) -> bool:
    return isinstance(base, Name) and base.path.rpartition(".")[2] in _LISTING


class _Reading:
    """Where rows become an answer."""

    def __init__(self, frame: Frame, line: int) -> None:
        self.frame = frame
        self.node = Node("other", "", (), (), (line, 0, line, 0), 1, leaves=False)


def _row_of(given: Value) -> Value:
    match given:
        case Many(of=of):
            return each(of)
        case Pending(query=query) | Result(query=query):
            return each(Row(query.classes[0], query)) if query.classes[0] else given
        case _:
            return given


def _serialized(row: Value, model: Term, reading: _Reading, depth: int = 0) -> None:
    """Take in that a row becomes what a response model says."""
    frame = reading.frame
    for one in _models_in(model):
        found = frame.workspace.named(one, frame.traced, frame.effects.asked)
        if isinstance(found, Instance) and _reads_attributes(found, frame, 0):
            _validated(row, found, reading, depth)


def _validated(row: Value, model: Instance, reading: _Reading, depth: int) -> None:
    """Touch what a model of pydantic reads from the attributes of a row."""
    frame = reading.frame
    if not isinstance(row, Row) or depth > _DEEPEST:
        return
    for one in (model, *frame.workspace.bases(model, frame.effects.asked)):
        for name, annotation in one.cls.annotations:
            relation = frame.workspace.relation(row.cls, name, frame.effects.asked)
            if relation is None:
                continue
            reached = _touch(row, name, reading)
            for inner in _models_in(annotation):
                nested = frame.workspace.named(inner, one.traced, frame.effects.asked)
                if isinstance(nested, Instance) and reached is not None:
                    _validated(reached, nested, reading, depth + 1)


def _touch(row: Row, name: str, reading: _Reading) -> Row | None:
    """Touch a relationship; gives the row to which it leads."""
    frame = reading.frame
    relation = frame.workspace.relation(row.cls, name, frame.effects.asked)
    if relation is None:
        return None
    if not frame.is_loaded(row, relation):
        frame.touch(row, relation, reading.node)
    reached = row.over(relation)
    found = each(reached) if relation.collection else reached
    return found if isinstance(found, Row) else None


def _models_in(annotation: Term) -> Iterator[Name]:
    """The classes of the values of an annotation."""
    match annotation:
        case Name():
            yield annotation
        case Indexed(of=of, by=by) if last_name(of) in {*COLLECTIONS, "Optional", "Annotated", "Page"}:
            yield from _models_in(by[0])
        case Combined(operator="|", operands=operands):
            for one in operands:
                yield from _models_in(one)
        case _:
            pass


def _reads_attributes(model: Instance, frame: Frame, depth: int) -> bool:
    """Whether a model of pydantic reads the attributes of objects."""
    number = model.cls.attribute("model_config")
    nodes = model.cls.nodes
    names = {name for name, _ in nodes[number].keywords} if number is not None and nodes else set[str]()
    texts = {node.text for node in nodes if node.kind == "constant"} if number is not None else set[str]()
    if "from_attributes" in names | texts:
        return True
    inner = frame.workspace.function(model.traced, f"{model.cls.name}.Config")
    if inner is not None and {"orm_mode", "from_attributes"} & {name for name, _ in inner.attributes}:
        return True
    bases = frame.workspace.bases(model, frame.effects.asked)
    return depth < _DEEPEST and any(_reads_attributes(base, frame, depth + 1) for base in bases)


# Django REST framework


def _serialize(row: Value, serializer: Instance, reading: _Reading, depth: int) -> None:
    """Touch what a serializer reads from a row."""
    frame = reading.frame
    if not isinstance(row, Row) or depth > _DEEPEST:
        return
    traced, nodes = serializer.traced, serializer.cls.nodes
    shown = _shown(serializer, frame)
    for name, number in serializer.cls.attributes:
        node = nodes[number]
        if node.kind != "call" or (shown is not None and name not in shown):
            continue
        keywords = {key: nodes[one] for key, one in node.keywords}
        if "write_only" in keywords:
            continue
        source = keywords["source"].text if "source" in keywords else name
        reached: Row | None = row
        *before, last = source.split(".")
        for step in before:
            reached = _touch(reached, step, reading) if reached is not None else None
        if reached is None or last == "*":
            continue
        called = nodes[node.parts[0]]
        if called.kind == "attribute" and called.text in {"SerializerMethodField", "PrimaryKeyRelatedField"}:
            relation = frame.workspace.relation(reached.cls, last, frame.effects.asked)
            if relation is not None and relation.collection:
                _touch(reached, last, reading)
            continue
        end = _touch(reached, last, reading)
        nested = (
            frame.workspace.find(called.text, traced, frame.effects.asked) if called.kind == "name" else None
        )
        if end is not None and isinstance(nested, Instance):
            _serialize(end, nested, reading, depth + 1)


def _shown(serializer: Instance, frame: Frame) -> set[str] | None:
    """The fields that `Meta` names; None where it names all."""
    meta = frame.workspace.function(serializer.traced, f"{serializer.cls.name}.Meta")
    number = meta.attribute("fields") if meta is not None else None
    node = meta.nodes[number] if meta is not None and number is not None and meta.nodes else None
    if meta is None or node is None or node.kind != "list":
        return None
    return {meta.nodes[one].text for one in node.parts}
