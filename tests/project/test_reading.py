"""Bytes become text and text becomes the same bytes."""

from __future__ import annotations

import codecs

import pytest

from backend_architect.project.reading import UndecodableError, decode

REMEDY = "save the file as UTF-8 and declare nothing else"


@pytest.mark.parametrize(
    ("content", "path", "text"),
    [
        (b"", "a.py", ""),
        (b"a\r\nb\rc\n\x0cd", "a.py", "a\r\nb\rc\n\x0cd"),
        ("é = '\u2028'".encode(), "a.py", "é = '\u2028'"),
        (codecs.BOM_UTF8 + b"x = 1\n", "a.py", "x = 1\n"),
        (codecs.BOM_UTF8 + b"# coding: utf-8\n", "a.py", "# coding: utf-8\n"),
        (b"# -*- coding: latin-1 -*-\n'\xe9'\r\n", "a.py", "# -*- coding: latin-1 -*-\n'é'\r\n"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n'\x80'", "a.py", None),
        ("SELECT 'é'".encode(), "a.sql", "SELECT 'é'"),
        (codecs.BOM_UTF8 + b"SELECT 1;\r\n", "a.sql", "SELECT 1;\r\n"),
        (codecs.BOM_UTF16_LE + "SELECT 'é'\r\n".encode("utf-16-le"), "a.sql", "SELECT 'é'\r\n"),
        (codecs.BOM_UTF16_BE + "SELECT 'é'\r\n".encode("utf-16-be"), "a.sql", "SELECT 'é'\r\n"),
        (b"-- coding: latin-1 \xc3\xa9", "a.sql", "-- coding: latin-1 é"),
    ],
)
def test_both_ways(content: bytes, path: str, text: str | None):
    decoded, encoding = decode(content, path)
    assert text is None or decoded == text
    assert encoding.encode(decoded) == content


@pytest.mark.parametrize(
    ("content", "path", "message"),
    [
        (b"a\n\n\n'\xe9'", "app/a.py", "app/a.py:4: not UTF-8 (byte 0xE9); save the file as UTF-8"),
        (b"'\xe9'", "a.py", "a.py:1: not UTF-8 (byte 0xE9); save the file as UTF-8"),
        (b"SELECT\n\xff", "a.sql", "a.sql:2: not UTF-8 (byte 0xFF); save the file as UTF-8"),
        (codecs.BOM_UTF16_LE + b"a", "a.sql", "a.sql:1: not UTF-16-LE (byte 0x61); save the file as UTF-8"),
        (
            b"# coding: utf8000\n",
            "a.py",
            f"a.py:1: not in the encoding 'utf8000' that it declares; {REMEDY}",
        ),
        (
            codecs.BOM_UTF8 + b"# coding: latin-1\n",
            "a.py",
            f"a.py:1: not in the encoding 'latin-1' that it declares; {REMEDY}",
        ),
        (
            b"# coding: rot13\n",
            "a.py",
            f"a.py:1: 'rot13' is not an encoding of text; {REMEDY}",
        ),
    ],
)
def test_what_is_not_text(content: bytes, path: str, message: str):
    with pytest.raises(UndecodableError) as caught:
        decode(content, path)
    assert str(caught.value) == message
