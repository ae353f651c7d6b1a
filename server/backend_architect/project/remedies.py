"""What remedies do to the files of a project as it is now."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from backend_architect.engine.remedies import Changes, UnwritableError
from backend_architect.project.messages import Edited, Written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend_architect.project.messages import Write
    from backend_architect.project.picture import Picture

log = logging.getLogger(__name__)


def written(wanted: Write, picture: Picture, versions: Mapping[str, int]) -> Written:
    """What a remedy does, or why it does nothing.

    Args:
        wanted: the remedy.
        picture: the project.
        versions: those of the texts that stand in the editor, by their paths.
    """
    try:
        changes = wanted.plan.changes(picture.project())
    except UnwritableError as error:
        return Written(wanted.number, Changes(), {}, str(error))
    except Exception as error:
        log.exception("a remedy raised")
        refusal = f"it failed ({type(error).__name__}: {error}); please report it"
        return Written(wanted.number, Changes(), {}, refusal)
    files = {path: Edited(picture.read(path) or "", versions.get(path)) for path in changes.edits}
    return Written(wanted.number, changes, files)
