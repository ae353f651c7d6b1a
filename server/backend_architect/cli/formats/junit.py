"""For continuous integration that shows tests: JUnit's XML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

if TYPE_CHECKING:
    from backend_architect.cli.formats.outcome import Found, Outcome

_NOT_IN_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(outcome: Outcome) -> str:
    """A suite for each file with findings, and in it a test for each; it fails if the finding fails the run.

    Findings below `--fail-on` are tests that pass with an output. Where nothing is found, one test passes,
    because a report without tests counts as broken.
    """
    by_file: dict[str, list[Found]] = {}
    for found in outcome.found():
        by_file.setdefault(found.report.path, []).append(found)
    suites = [_suite(outcome, path, findings) for path, findings in by_file.items()]
    if outcome.problems:
        suites.append(_problems(outcome))
    root = Element("testsuites", name="backend-architect")
    root.extend(suites or [_clean()])
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=False)


def _suite(outcome: Outcome, path: str, findings: list[Found]) -> Element:
    failures = sum(outcome.fails(found.report.severity) for found in findings)
    suite = _suite_element(path, len(findings), failures=failures)
    for found in findings:
        report, span = found.report, found.report.span
        place = f"{span.line + 1}:{span.column + 1}"
        case = SubElement(
            suite, "testcase", name=f"{report.rule} at {place}", classname=_clean_text(path), time="0"
        )
        case.set("file", _clean_text(path))
        case.set("line", str(span.line + 1))
        told = "\n".join([f"{path}:{place}: {report.severity}: {report.message}", *found.source, report.url])
        if outcome.fails(report.severity):
            element = SubElement(case, "failure", type=report.severity, message=_clean_text(report.message))
        else:
            element = SubElement(case, "system-out")
        element.text = _clean_text(told)
    return suite


def _problems(outcome: Outcome) -> Element:
    suite = _suite_element("backend-architect", len(outcome.problems), errors=len(outcome.problems))
    for problem in outcome.problems:
        path = problem.partition(":")[0]
        case = SubElement(suite, "testcase", name=_clean_text(path), classname="not checked", time="0")
        SubElement(case, "error", type="problem", message=_clean_text(problem))
    return suite


def _clean() -> Element:
    suite = _suite_element("backend-architect", 1)
    SubElement(suite, "testcase", name="no findings", classname="backend-architect", time="0")
    return suite


def _suite_element(name: str, tests: int, *, failures: int = 0, errors: int = 0) -> Element:
    counts = {"tests": str(tests), "failures": str(failures), "errors": str(errors)}
    return Element("testsuite", {"name": _clean_text(name), "time": "0", **counts})


def _clean_text(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
