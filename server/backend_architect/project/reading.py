"""Turns the bytes of a file into text and back, exactly."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from dataclasses import dataclass
from typing import Final

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_COOKIE: Final = re.compile(rb"(?:[^\n]*\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)")
_REMEDY: Final = "save the file as UTF-8 and declare nothing else"


class UndecodableError(Exception):
    """The bytes of a file are not text; the message is a sentence with path and line that says what to do."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a text was stored: a codec, and the byte order mark that stood before it."""

    codec: str
    bom: bytes = b""

    def encode(self, text: str) -> bytes:
        """The bytes of a text, stored in the same way.

        Raises:
            UnicodeEncodeError: the codec has no bytes for a character of the text.
        """
        return self.bom + text.encode(self.codec)


def decode(content: bytes, path: str) -> tuple[str, Encoding]:
    """The text of a file, without byte order mark and with its line ends as they are, and its encoding.

    Python is decoded as PEP 263 says, everything else as UTF-8 or, after a byte order mark, as UTF-16.

    Raises:
        UndecodableError: the bytes are not in that encoding.
    """
    encoding = _python_encoding(content, path) if path.endswith(".py") else _marked_encoding(content)
    body = content[len(encoding.bom) :]
    try:
        return body.decode(encoding.codec), encoding
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        what = f"not {encoding.codec.upper()} (byte 0x{body[error.start]:02X})"
        raise UndecodableError(f"{path}:{line}: {what}; save the file as UTF-8") from error
    except LookupError as error:
        raise UndecodableError(
            f"{path}:1: '{encoding.codec}' is not an encoding of text; {_REMEDY}"
        ) from error


def _marked_encoding(content: bytes) -> Encoding:
    for bom, codec in _BOMS:
        if content.startswith(bom):
            return Encoding(codec, bom)
    return Encoding("utf-8")


def _python_encoding(content: bytes, path: str) -> Encoding:
    try:
        codec, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    except SyntaxError as error:
        if cookie := _COOKIE.match(content.removeprefix(codecs.BOM_UTF8)):
            name = cookie[1].decode("ascii")
            raise UndecodableError(
                f"{path}:1: not in the encoding '{name}' that it declares; {_REMEDY}"
            ) from error
        # The first lines are not UTF-8; decoding them says where.
        return Encoding("utf-8")
    return Encoding("utf-8", codecs.BOM_UTF8) if codec == "utf-8-sig" else Encoding(codec)
