"""What SARIF 2.1.0 allows in the objects that we write, as a JSON schema.

It is written down from the standard (OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0
Plus Errata 01"), whose own schema may not be copied here. Stricter than that one: an object may hold only
what we mean to write.
"""

from __future__ import annotations

from typing import Any

Shape = dict[str, Any]

STRING: Shape = {"type": "string"}
URI: Shape = {"type": "string", "format": "uri"}
POSITIVE: Shape = {"type": "integer", "minimum": 1}
INDEX: Shape = {"type": "integer", "minimum": 0}
LEVEL: Shape = {"enum": ["none", "note", "warning", "error"]}


def record(required: dict[str, Shape], optional: dict[str, Shape] | None = None) -> Shape:
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


def array(items: Shape, *, unique: bool = True, least: int = 0) -> Shape:
    return {"type": "array", "items": items, "uniqueItems": unique, "minItems": least}


def table(values: Shape) -> Shape:
    return {"type": "object", "additionalProperties": values}


MESSAGE = record({"text": STRING}, {"markdown": STRING})
COMPONENT = record({"name": STRING})
REFERENCE = record({"id": STRING, "toolComponent": COMPONENT})
REGION = record(dict.fromkeys(("startLine", "startColumn", "endLine", "endColumn"), POSITIVE))
ARTIFACT = record({"uri": {"type": "string", "format": "uri-reference"}}, {"uriBaseId": STRING})
LOCATION = record({"physicalLocation": record({"artifactLocation": ARTIFACT, "region": REGION})})
RULE = record(
    {"id": STRING},
    {
        "shortDescription": MESSAGE,
        "fullDescription": MESSAGE,
        "help": MESSAGE,
        "helpUri": URI,
        "defaultConfiguration": record({"level": LEVEL}),
        "relationships": array(record({"target": REFERENCE, "kinds": array(STRING)})),
        "properties": record({"tags": array(STRING), "precision": STRING}),
    },
)
REPLACEMENT = record({"deletedRegion": REGION, "insertedContent": record({"text": STRING})})
CHANGE = record({"artifactLocation": ARTIFACT, "replacements": array(REPLACEMENT, unique=False, least=1)})
FIX = record({"artifactChanges": array(CHANGE, least=1), "description": MESSAGE})
RESULT = record(
    {
        "ruleId": STRING,
        "ruleIndex": INDEX,
        "level": LEVEL,
        "message": MESSAGE,
        "locations": array(LOCATION, unique=False),
        "partialFingerprints": table(STRING),
        "taxa": array(REFERENCE),
    },
    {"fixes": array(FIX)},
)
DRIVER = record(
    {
        "name": STRING,
        "version": STRING,
        "semanticVersion": STRING,
        "informationUri": URI,
        "rules": array(RULE),
        "supportedTaxonomies": array(COMPONENT),
    }
)
TAXONOMY = record(
    {
        "name": STRING,
        "organization": STRING,
        "shortDescription": MESSAGE,
        "taxa": array(record({"id": STRING, "helpUri": URI})),
    }
)
INVOCATION = record(
    {
        "executionSuccessful": {"type": "boolean"},
        "toolExecutionNotifications": array(record({"message": MESSAGE, "level": LEVEL}), unique=False),
    }
)
RUN = record(
    {
        "tool": record({"driver": DRIVER}),
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "originalUriBaseIds": table(ARTIFACT),
        "invocations": array(INVOCATION, unique=False),
        "taxonomies": array(TAXONOMY),
        "results": array(RESULT, unique=False),
    }
)
LOG = record({"$schema": URI, "version": {"const": "2.1.0"}, "runs": array(RUN, unique=False)})
