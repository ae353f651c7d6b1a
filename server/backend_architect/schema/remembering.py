"""Results of parts of the work that hold while their inputs are the very same objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import is_
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
Result = TypeVar("Result")


@dataclass(slots=True)
class Memory:
    """The last result of each part; whoever takes one must not change it."""

    _known: dict[str, tuple[tuple[Any, ...], Any]] = field(
        default_factory=dict[str, "tuple[tuple[Any, ...], Any]"]
    )

    def result(self, part: str, inputs: Sequence[T], work: Callable[[Sequence[T]], Result]) -> Result:
        """What `work` makes of the inputs, or has made of the same before."""
        known = self._known.get(part)
        if known is None or len(known[0]) != len(inputs) or not all(map(is_, known[0], inputs)):
            known = self._known[part] = tuple(inputs), work(inputs)
        return known[1]
