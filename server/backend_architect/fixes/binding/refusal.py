"""Why a statement is not rewritten."""

from __future__ import annotations


class RefusedError(Exception):
    """Raised where it is not certain what a rewritten statement would do.

    The text completes the sentence "No repair is offered: ...".
    """
