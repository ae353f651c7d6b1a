"""Commands of a shell as lists of arguments, which no shell reads."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.fixes.arguments import name_of, remove_argument
from backend_architect.fixes.holes import f_string, quoted, text_source, the_only_value
from backend_architect.python.folded import Chunk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.python.folded import Hole
    from backend_architect.python.place import Place


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_REASON = "The program is started without a shell, so what only a shell understands is none of its arguments."

_SYNTAX = frozenset("|&;<>()$`\\*?[]{}!\r\n")
"""What a shell does not hand on as it is."""

_SYNTAX_IN_QUOTES = frozenset("$`\\!")
_SYNTAX_AT_START = frozenset("~#")

_OF_THE_SHELL = _set(
    ". : alias bg cd command eval exec exit export fg for if jobs read set shift source time trap type "
    "ulimit umask unalias unset wait while"
)
"""Commands that are no programs."""

_SUBPROCESS = frozenset(f"subprocess.{one}" for one in ("run", "call", "check_call", "check_output", "Popen"))


def without_shell(call: ast.Call, command: ast.expr, path: str, at: Place) -> Fix | None:
    """The fix that starts the program itself with a list of arguments; none where the shell does more."""
    written = the_only_value(command, at)
    listed = _listed(written, at) if at.f_string(call) is None else None
    if listed is None:
        return None
    edits: list[Edit] = []
    imports: tuple[str, ...] = ()
    if path in _SUBPROCESS:
        removed = remove_argument(call, "shell", at)
        edits = [at.edit(*at.range_of(written), listed), removed] if removed is not None else []
    elif written is command and len(call.args) == 1 and not call.keywords:
        edits, imports = _of_os(call, listed, path, at)
    return (
        Fix("Start the program without a shell", "unsafe", _REASON, lambda: edits, imports) if edits else None
    )


def _listed(command: ast.expr, at: Place) -> str | None:
    """A command as a list of arguments."""
    folded = at.fold(command)
    words = _split(folded.parts, at) if folded is not None and not folded.ambiguous else None
    if not words or not _is_program(words[0]):
        return None
    arguments = [_source(word, at) for word in words]
    known = [one for one in arguments if one is not None]
    return f"[{', '.join(known)}]" if len(known) == len(arguments) else None


def _of_os(call: ast.Call, listed: str, path: str, at: Place) -> tuple[list[Edit], tuple[str, ...]]:
    """The edits that make `subprocess.run` of `os.system` and `os.popen`."""
    named = name_of("subprocess.run", at)
    parent = at.view.parent(call)
    if named is None:
        return [], ()
    if path == "os.system":
        result = "" if isinstance(parent, ast.Expr) else ".returncode"
        return [at.edit(*at.range_of(call), f"{named[0]}({listed}, check=False){result}")], named[1]
    read = at.view.parent(parent) if isinstance(parent, ast.Attribute) and parent.attr == "read" else None
    if path != "os.popen" or not isinstance(read, ast.Call) or read.args or read.keywords:
        return [], ()
    text = f"{named[0]}({listed}, capture_output=True, text=True, check=False).stdout"
    return [at.edit(*at.range_of(read), text)], named[1]


def _is_program(word: Sequence[str | Hole]) -> bool:
    """Whether the first word names a program that is known, and no other shell."""
    match word:
        case [str() as name]:
            return "=" not in name and name not in _OF_THE_SHELL
        case _:
            return False


def _source(word: Sequence[str | Hole], at: Place) -> str | None:
    if all(isinstance(part, str) for part in word):
        return quoted("".join(part for part in word if isinstance(part, str)))
    match word:
        case [part] if not isinstance(part, str):
            return text_source(part, at)
        case _:
            return f_string(word, at)


@dataclass(slots=True)
class _Words:
    """The words of a command line, as a shell splits it."""

    words: list[list[str | Hole]] = field(default_factory=list["list[str | Hole]"])
    quote: str = ""
    inside: bool = False

    def add(self, part: str | Hole) -> None:
        """Put something behind what the last word has."""
        if not self.inside:
            self.words.append([])
            self.inside = True
        word = self.words[-1]
        if isinstance(part, str) and word and isinstance(word[-1], str):
            word[-1] += part
        elif part != "" or not word:
            word.append(part)

    def read(self, text: str) -> bool:
        """Split some text; False where a shell would do more than that."""
        for char in text:
            if self.quote:
                if self.quote == '"' and char in _SYNTAX_IN_QUOTES:
                    return False
                if char == self.quote:
                    self.quote = ""
                else:
                    self.add(char)
            elif char in "'\"":
                self.quote = char
                self.add("")
            elif char in " \t":
                self.inside = False
            elif char in _SYNTAX or (not self.inside and char in _SYNTAX_AT_START):
                return False
            else:
                self.add(char)
        return True


def _split(parts: Sequence[Chunk | Hole], at: Place) -> list[list[str | Hole]] | None:
    found = _Words()
    for part in parts:
        if isinstance(part, Chunk):
            if not found.read(part.text):
                return None
        elif not part.plain or _is_quoted(part, at):
            return None
        else:
            found.add(part)
    words = [[one for one in word if one != "" or len(word) == 1] for word in found.words]
    return None if found.quote else words


def _is_quoted(hole: Hole, at: Place) -> bool:
    """Whether a value is written for a shell already."""
    return isinstance(hole.node, ast.Call) and at.path(hole.node.func) in {"shlex.quote", "shlex.join"}
