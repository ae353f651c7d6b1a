"""The front matter of a card: every field a card may have, and what may stand in it."""

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from backend_architect.engine.findings import Safety, Severity

_DOTTED_PATH = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$"
_PERSONA_ITEM = r"^[a-z0-9-]+/[a-z0-9-]+$"
_PEER_CODE = r"^[A-Z]+[0-9]+$"
_VERSION = r"^\d+\.\d+\.\d+$"

SHAPES = {
    _DOTTED_PATH: "the dotted name of a callable, as in requests.get",
    _PERSONA_ITEM: "a section and an item, as in security-by-default/use-parameterized-queries",
    _PEER_CODE: "the code of another linter's rule, as in S113",
    _VERSION: "a version, as in 0.1.0",
}
"""What each pattern asks for, in words."""

DottedPath = Annotated[str, StringConstraints(pattern=_DOTTED_PATH)]
PersonaItem = Annotated[str, StringConstraints(pattern=_PERSONA_ITEM)]
PeerCode = Annotated[str, StringConstraints(pattern=_PEER_CODE)]
Version = Annotated[str, StringConstraints(pattern=_VERSION)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


Sink = Literal[
    "code", "deserialize", "header", "html", "ldap", "log", "nosql", "path",
    "redirect", "regex", "shell", "sql", "template", "url", "xml", "xpath",
]  # fmt: skip
"""The kinds of places that data from requests must not reach as it is; the tables of flows have them."""


class CardModel(BaseModel):
    """Nothing but the declared fields, written with hyphens, as in the front matter of every card."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=lambda name: name.replace("_", "-")
    )


class LibraryTable(CardModel):
    """A table of libraries: the calls in it that have no default, and the positions of the argument."""

    library: Literal["timeouts"]


class CallWithoutKeyword(CardModel):
    """Calls that lack an argument."""

    kind: Literal["call-without-keyword"]
    calls: list[DottedPath] | LibraryTable
    keyword: Word
    position: int | None = Field(default=None, ge=0)
    """Where the argument may stand without its keyword; a library table knows that for each call."""


class CallOf(CardModel):
    """Calls of certain functions, methods or classes, whatever they are given."""

    kind: Literal["call-of"]
    calls: list[DottedPath] = Field(min_length=1)
    message: Word
    """What happens, in one sentence; `{call}` stands for the dotted name of what is called."""


class CallWithValue(CardModel):
    """Calls that give an argument one of certain constant values."""

    kind: Literal["call-with-value"]
    calls: list[DottedPath] = Field(min_length=1)
    keyword: Word
    position: int | None = Field(default=None, ge=0)
    """Where the argument may stand without its keyword."""
    values: list[bool | int | float | str | None] = Field(min_length=1)
    """The values as YAML writes them; `1` is not `true`."""
    message: Word
    """What happens, in one sentence; `{call}` and `{value}` stand for what is called and given."""


class RequestDataInCall(CardModel):
    """Request data that reaches a sink of a kind in a call, or through a helper of the module."""

    kind: Literal["request-data-in-call"]
    sink: Sink
    message: Word
    """What happens, in one sentence; `{source}` and `{sink}` stand for where data comes from and goes to."""


class PythonDetector(CardModel):
    """A function in `detectors/<family>/<rule_id>.py`."""

    kind: Literal["python"]


class AddKeyword(CardModel):
    """Writes the missing argument into the call."""

    kind: Literal["add-keyword"]
    keyword: Word
    value: Word
    safety: Safety
    reason: Word
    """Why the fix is safe, or what a person must decide before taking it; shown with the fix."""


class ReplaceCallee(CardModel):
    """Calls another function with the same arguments, and imports its module."""

    kind: Literal["replace-callee"]
    to: DottedPath
    safety: Safety
    reason: Word


class SetKeyword(CardModel):
    """Gives the argument another value, whether it is written by keyword or by position."""

    kind: Literal["set-keyword"]
    value: Word
    """A Python expression of names that need no import."""
    safety: Safety
    reason: Word


class RemoveKeyword(CardModel):
    """Takes the argument out of the call; what stands by position stays."""

    kind: Literal["remove-keyword"]
    safety: Safety
    reason: Word


class PythonFix(CardModel):
    """A fix that the detector offers beside its findings."""

    kind: Literal["python"]
    title: Word
    safety: Safety


FIXES = {
    "call-without-keyword": ("add-keyword",),
    "call-of": ("replace-callee",),
    "request-data-in-call": ("python",),
    "call-with-value": ("set-keyword", "remove-keyword"),
    "python": ("python",),
}
"""The kinds of fixes that can repair what each kind of detector finds."""


class FrontMatter(CardModel):
    """What a card says about its rule before its prose begins."""

    severity: Severity
    confidence: Literal["high", "medium", "low"]
    since: Version
    persona: list[PersonaItem] = Field(min_length=1)
    cwe: list[PositiveInt] = []
    sets: list[Literal["recommended", "security", "preview"]] = Field(default=["preview"], alias="set")
    not_in: list[Literal["tests", "migrations", "examples", "scripts", "development"]] = []
    same_as: list[PeerCode] = []
    """Codes of other linters: what silences them silences this rule."""
    detect: Annotated[
        CallWithoutKeyword | CallOf | CallWithValue | RequestDataInCall | PythonDetector,
        Field(discriminator="kind"),
    ]
    fix: (
        Annotated[
            AddKeyword | ReplaceCallee | SetKeyword | RemoveKeyword | PythonFix, Field(discriminator="kind")
        ]
        | None
    ) = None

    @field_validator("fix")
    @classmethod
    def _repairs_what_is_detected(cls, fix: BaseModel | None, others: ValidationInfo) -> BaseModel | None:
        detect = others.data.get("detect")
        if fix is not None and detect is not None:
            able = FIXES[detect.kind]
            if getattr(fix, "kind", "") not in able:
                message = "findings of kind '{detect}' are repaired by {fixes}"
                names = {"detect": detect.kind, "fixes": " or ".join(f"'{name}'" for name in able)}
                raise PydanticCustomError("unfitting_fix", message, names)
        return fix


class UserFrontMatter(FrontMatter):
    """Of the card of a project: it need not say what only this distribution asks of its rules."""

    confidence: Literal["high", "medium", "low"] = "medium"
    since: Version = "0.1.0"
    persona: list[PersonaItem] = []
    sets: list[Literal["recommended", "security", "preview"]] = Field(default=["recommended"], alias="set")

    @field_validator("detect")
    @classmethod
    def _runs_no_code(cls, detect: BaseModel) -> BaseModel:
        if isinstance(detect, PythonDetector):
            kinds = ", ".join(kind for kind in FIXES if kind != "python")
            message = "a project cannot bring code that runs in the editor; the kind is one of {kinds}"
            raise PydanticCustomError("own_code", message, {"kinds": kinds})
        return detect


PARTS: dict[tuple[str, ...], type[BaseModel]] = {
    (): FrontMatter,
    ("detect", "call-without-keyword"): CallWithoutKeyword,
    ("detect", "call-without-keyword", "calls", "LibraryTable"): LibraryTable,
    ("detect", "call-of"): CallOf,
    ("detect", "call-with-value"): CallWithValue,
    ("detect", "request-data-in-call"): RequestDataInCall,
    ("detect", "python"): PythonDetector,
    ("fix", "add-keyword"): AddKeyword,
    ("fix", "replace-callee"): ReplaceCallee,
    ("fix", "set-keyword"): SetKeyword,
    ("fix", "remove-keyword"): RemoveKeyword,
    ("fix", "python"): PythonFix,
}
"""The models by the way that pydantic gives to a mistake in them."""
