"""What annotations say of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend_architect.loading.values import NOTHING, Instance, Many, Mapped, Row, Value
from backend_architect.schema.terms import Combined, Indexed, Name, Term, last_name

if TYPE_CHECKING:
    from backend_architect.loading.frames import Frame
    from backend_architect.loading.traces import Traced

COLLECTIONS: Final = frozenset(
    {"list", "List", "Sequence", "Iterable", "Collection", "set", "Set", "tuple", "Tuple", "QuerySet"}
)


def annotated(term: Term, frame: Frame, near: Traced | None = None) -> Value:
    """What is known of something by its annotation: rows of which nobody knows how they were loaded."""
    match term:
        case Indexed(of=of, by=(first, *_)) if last_name(of) in COLLECTIONS:
            inner = annotated(first, frame, near)
            return Many(inner) if isinstance(inner, Row) else NOTHING
        case Indexed(of=of, by=(first, *_)) if last_name(of) in {"Optional", "Annotated"}:
            return annotated(first, frame, near)
        case Combined(operator="|", operands=operands):
            inner = [annotated(one, frame, near) for one in operands if one is not None]
            return inner[0] if len(inner) == 1 else NOTHING
        case Name():
            found = frame.workspace.named(term, near or frame.traced, frame.effects.asked)
            if isinstance(found, Mapped):
                return Row(found.key, None)
            return found if isinstance(found, Instance) else NOTHING
        case _:
            return NOTHING
