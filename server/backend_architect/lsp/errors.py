"""Answers to requests that cannot be met."""

from __future__ import annotations

from lsprotocol.types import LSPErrorCodes
from pygls.exceptions import JsonRpcException


class RefusedError(JsonRpcException):
    """A request that is well-formed and cannot be met; the message says why."""

    CODE = LSPErrorCodes.RequestFailed.value
    MESSAGE = "the request cannot be met"
