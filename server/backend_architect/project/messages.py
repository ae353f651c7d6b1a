"""What the server and the process beside it tell each other; plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from backend_architect.engine.findings import Finding
    from backend_architect.engine.remedies import Changes, Plan
    from backend_architect.project.editor import EditorSettings
    from backend_architect.python.values import Value
    from backend_architect.snippets.context import Surroundings

Form = Literal["mermaid", "page"]
"""Of a diagram: the text of Mermaid, or a `Drawing` as JSON."""

Answers = dict[str, "Value | None"]
"""What paths stand for."""

# From the server


@dataclass(frozen=True, slots=True)
class Ask:
    """Asks what paths stand for in a file, now and whenever that changes."""

    root: Path
    file: Path
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A file is another one now; with a text, that counts and not what is stored."""

    file: Path
    text: str | None = None
    version: int = 0
    """Of the text, as findings about it name it."""


@dataclass(frozen=True, slots=True)
class Look:
    """Asks for what the project below a root says of a file, now and whenever that changes."""

    root: Path
    file: Path
    alone: bool = False
    """Whether nobody has opened the folder, so that its other files are none of our business."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Takes `Look` back."""

    file: Path


@dataclass(frozen=True, slots=True)
class Reconfigured:
    """Settings have changed: everything is to be read anew, under these of the editor."""

    editor: EditorSettings


@dataclass(frozen=True, slots=True)
class Cancel:
    """The person does not want the files of a project to be read."""

    root: Path


@dataclass(frozen=True, slots=True)
class Describe:
    """Asks what the schema says of what stands at a place; the answer is `Described`."""

    number: int
    root: Path
    file: Path
    line: int
    """From 0."""
    word: str
    """The name at the place; empty for none."""


@dataclass(frozen=True, slots=True)
class Draw:
    """Asks for the diagram of the schema of a project; the answer is `Described`.

    It is empty while the files are being read.
    """

    number: int
    root: Path
    form: Form


@dataclass(frozen=True, slots=True)
class Write:
    """Asks for what a remedy does to the files of a project; the answer is `Written`."""

    number: int
    root: Path
    plan: Plan


@dataclass(frozen=True, slots=True)
class Survey:
    """Asks what a project says to snippets in a file; the answer is `Surveyed`."""

    number: int
    root: Path
    file: Path
    dialect: str
    """Of the SQL in the file."""


Message = Ask | Changed | Look | Forget | Reconfigured | Cancel | Describe | Draw | Write | Survey

# From the process beside it


@dataclass(frozen=True, slots=True)
class Answered:
    """What has become known of the things of other files that a file asked for."""

    file: Path
    answers: Answers


@dataclass(frozen=True, slots=True)
class Found:
    """What the project says of a version of a text; the places are those in that text."""

    root: Path
    file: Path
    version: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the files of a project are read."""

    root: Path
    stage: Literal["begin", "report", "end"]
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence for the person."""

    text: str


@dataclass(frozen=True, slots=True)
class Described:
    """The answer to `Describe` or `Draw`; empty where there is nothing to say."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Edited:
    """A file that is to be edited, as it was read."""

    text: str
    version: int | None
    """That of the text if it stands in the editor; None for a stored one."""


@dataclass(frozen=True, slots=True)
class Written:
    """The answer to `Write`."""

    number: int
    changes: Changes
    files: dict[str, Edited]
    """Those that are edited, by their paths."""
    refusal: str = ""
    """Why there are no changes."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """The answer to `Survey`."""

    number: int
    file: Path
    surroundings: Surroundings


Reply = Answered | Found | Progress | Problem | Described | Written | Surveyed
