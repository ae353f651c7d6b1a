"""The order of things that come after others."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

T = TypeVar("T", bound=Any)


def ordered(after: Mapping[T, Collection[T]]) -> list[T]:
    """Everything, each behind what it comes after, the smaller first where both could be.

    What is named only as a predecessor is no part of it. What goes in circles comes last.
    """
    waits = {
        one: {other for other in others if other in after and other != one} for one, others in after.items()
    }
    followers: dict[T, list[T]] = {}
    for one, others in waits.items():
        for other in others:
            followers.setdefault(other, []).append(one)
    ready = [one for one, others in waits.items() if not others]
    heapify(ready)
    found: list[T] = []
    while ready:
        one = heappop(ready)
        found.append(one)
        for follower in followers.get(one, ()):
            waits[follower].discard(one)
            if not waits[follower]:
                heappush(ready, follower)
    done = set(found)
    return [*found, *sorted(one for one in after if one not in done)]
