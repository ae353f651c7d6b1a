"""How a text is cut into blocks, and what an edit does to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend_architect.engine.document import Document
from backend_architect.engine.findings import Span
from backend_architect.python.syntax import CLASS_HEIGHT, PythonSyntax
from backend_architect.sql.syntax import SqlSyntax

if TYPE_CHECKING:
    from backend_architect.engine.blocks import Block


def python(text: str) -> Document:
    return Document(PythonSyntax(), text)


def texts(document: Document) -> list[str]:
    """The texts of all blocks; a broken one begins with an exclamation mark."""
    return ["!" * block.broken + block.text for _, block in document.blocks()]


def shop(height: int) -> str:
    """A class of so many lines, with a method at its start and one at its end."""
    filling = "    # nothing\n" * (height - 5)
    return f"class Shop:\n    def a(self):\n        return 1\n{filling}    def b(self):\n        return 2\n"


def replaced(document: Document, old: str, new: str) -> None:
    """Edit the first place where a text stands."""
    text = document.text
    start = text.index(old)
    end = start + len(old)

    def position(offset: int) -> tuple[int, int]:
        above = text[:offset]
        return above.count("\n"), offset - (above.rfind("\n") + 1)

    document.edit(Span(*position(start), *position(end)), new)


class TestBlocks:
    def test_are_the_statements_with_what_leads_them(self):
        text = '"""Doc."""\n\n# why\nimport a\nx = 1; y = 2\n@d\ndef f():\n    pass\n\n\n# end\n'
        assert texts(python(text)) == [
            '"""Doc."""\n',
            "\n# why\nimport a\n",
            "x = 1; y = 2\n",
            "@d\ndef f():\n    pass\n",
            "\n\n# end\n",
        ]

    @pytest.mark.parametrize(
        "text", ["", "\n", "# only\n", "x", "x = 1 \\\n\n", "x\\\n", "\x0c\nx = 1\n\x0c"]
    )
    def test_cover_every_text(self, text: str):
        assert "".join(texts(python(text))).replace("!", "") == text

    def test_a_large_class_is_cut_into_its_members(self):
        assert len(texts(python(shop(CLASS_HEIGHT)))) == 1
        head, first, last = texts(python(shop(CLASS_HEIGHT + 1)))
        assert head == "class Shop:\n"
        assert first.startswith("    def a")
        assert last.startswith("    # nothing\n")
        assert last.endswith("    def b(self):\n        return 2\n")

    def test_functions_are_never_cut(self):
        assert len(texts(python("def f():\n" + "    x = 1\n" * 500))) == 1

    @pytest.mark.parametrize(
        "text",
        [
            "class Shop:\n" + "\n" * 50 + "    x = 1; y = 2\n",
            "class Shop(\n    Base,\n):\n" + "    x = 1\n" * 50,
            "@d\nclass Shop:\n" + '    """\n left\n    """\n' * 20,
            "class Shop: x = (" + "\n" * 50 + ")\n",
            "if True:\n    class Shop:\n" + "        x = 1\n" * 50,
        ],
        ids=["blank", "bases", "strings", "one line", "nested"],
    )
    def test_unusual_classes_are_covered_too(self, text: str):
        document = python(text)
        assert "".join(texts(document)) == text
        assert not document.broken

    def test_a_class_that_shrinks_is_one_block_again(self):
        document = python(shop(CLASS_HEIGHT + 1))
        replaced(document, "    # nothing\n", "")
        assert len(texts(document)) == 1
        replaced(document, "    # nothing\n", "    # nothing\n" * 2)
        assert len(texts(document)) == 3

    def test_what_follows_a_large_class_leads_the_next_statement(self):
        document = python(shop(60) + "\n\n# of x\nx = 1\n")
        assert texts(document)[-1] == "\n\n# of x\nx = 1\n"
        replaced(document, "        return 2\n", "        return 2\n    # inside\n")
        assert texts(document)[-1] in {"    # inside\n\n\n# of x\nx = 1\n", "\n\n# of x\nx = 1\n"}
        assert not document.broken

    def test_sql_statements(self):
        document = Document(SqlSyntax("postgres"), "-- a\nSELECT 1;\n\nSELECT 2; SELECT 3;\nSELECT 4")
        assert "".join(texts(document)) == document.text
        assert [text.strip().splitlines()[-1] for text in texts(document)] == [
            "SELECT 1;",
            "SELECT 2; SELECT 3;",
            "SELECT 4",
        ]


TEXT = "import a\n\n\ndef f():\n    return 1\n\n\ndef g():\n    return 2\n"


def identities(document: Document) -> list[Block]:
    return [block for _, block in document.blocks()]


class TestEdits:
    def test_leave_other_blocks_as_they_are(self):
        document = python(TEXT)
        before = identities(document)
        replaced(document, "return 1", "return 10")
        after = identities(document)
        assert [one is other for one, other in zip(before, after, strict=True)] == [True, False, True]

    @pytest.mark.parametrize("piece", ['"""', "(", "[", "{", "'", "\\", "else:\n", "@", "\x00", "\ud800"])
    def test_a_broken_statement_breaks_alone_and_heals(self, piece: str):
        document = python(TEXT)
        replaced(document, "    return 1", f"    {piece}return 1")
        broken = [text for text in texts(document) if text.startswith("!")]
        assert len(broken) == 1
        assert "def f" in broken[0]
        assert texts(document)[0] == "import a\n"
        assert texts(document)[-1] == "\n\ndef g():\n    return 2\n"
        replaced(document, f"    {piece}return 1", "    return 1")
        document.settle()
        assert texts(document) == texts(python(TEXT))

    def test_a_quote_that_is_closed_further_down_takes_all_between(self):
        document = python(TEXT)
        replaced(document, "import a\n", 'x = """\nimport a\n')
        assert document.broken
        replaced(document, "def g", '"""\ndef g')
        document.settle()
        assert not document.broken
        assert texts(document) == texts(python(document.text))

    def test_settling_tells_whether_it_replaced_anything(self):
        document = python(TEXT)
        assert not document.settle()
        replaced(document, "return 1", "return (")
        assert not document.settle()

    def test_a_broken_member_breaks_alone(self):
        document = python(shop(60))
        replaced(document, "return 1", "return (")
        broken = [text for text in texts(document) if text.startswith("!")]
        assert len(broken) == 1
        assert "def b" not in broken[0]
        assert "class Shop" not in broken[0]

    def test_else_at_the_margin_breaks_the_class_and_not_its_wrapper(self):
        document = python(shop(60))
        replaced(document, "    # nothing\n", "else:\n    # nothing\n")
        assert document.broken
        replaced(document, "else:\n", "")
        document.settle()
        assert texts(document) == texts(python(shop(60)))

    def test_everything_can_be_deleted_and_typed_again(self):
        document = python(TEXT)
        document.edit(Span(0, 0, 99, 0), "")
        assert document.text == ""
        document.edit(Span(0, 0, 0, 0), TEXT)
        assert texts(document) == texts(python(TEXT))

    @pytest.mark.parametrize(
        ("text", "span", "new", "expected"),
        [
            ("a", Span(0, 1, 0, 1), "b", "ab"),
            ("a", Span(0, 9, 0, 9), "b", "ab"),
            ("a", Span(1, 0, 1, 0), "b", "ab"),
            ("a\n", Span(1, 0, 1, 0), "b", "a\nb"),
            ("a\n", Span(9, 9, 9, 9), "b", "a\nb"),
            ("a\r\nb", Span(0, 9, 0, 9), "x", "ax\r\nb"),
            ("a\nb", Span(0, 0, 1, 0), "", "b"),
            ("a\rb", Span(1, 0, 1, 0), "\n", "a\r\nb"),
            ("a\r\nb", Span(0, 1, 1, 0), "", "ab"),
            ("", Span(0, 0, 0, 0), "a\x0cb\u2028c", "a\x0cb\u2028c"),
        ],
    )
    def test_reach_what_the_client_means(self, text: str, span: Span, new: str, expected: str):
        document = python(text)
        document.edit(span, new)
        assert document.text == expected
        assert document.lines == python(expected).lines

    def test_a_comment_between_blocks_leads_the_next(self):
        document = python("x = 1\ny = 2\n")
        document.edit(Span(1, 0, 1, 0), "# of y\n")
        assert texts(document) == ["x = 1\n", "# of y\ny = 2\n"]
        replaced(document, "y = 2\n", "")
        assert texts(document) == ["x = 1\n", "# of y\n"]
        document.edit(Span(2, 0, 2, 0), "z = 3\n")
        assert texts(document) == ["x = 1\n", "# of y\nz = 3\n"]

    def test_a_backslash_joins_and_parts(self):
        document = python("x = 1\ny = 2\n")
        replaced(document, "1", "1 + \\")
        assert document.broken
        replaced(document, "y = 2", "2")
        document.settle()
        assert texts(document) == ["x = 1 + \\\n2\n"]
