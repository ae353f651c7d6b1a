"""The times of the probes of Kubernetes, beside those of the other snippets."""

from __future__ import annotations

import re

import pytest
from tests.snippets.running import manifest, text_of


def number(pattern: str, text: str) -> float:
    """The only number behind a pattern."""
    (found,) = set(re.findall(rf"{pattern}([0-9.]+)", text))
    return float(found)


@pytest.mark.parametrize("framework", ["fastapi", "flask", "django"])
class TestProbes:
    def test_they_ask_what_the_snippets_answer(self, framework: str):
        (container,) = manifest(text_of("health/kubernetes-probes", framework))["containers"]
        for probe, snippet in (("liveness", "liveness"), ("readiness", "readiness"), ("startup", "startup")):
            asked = container[f"{probe}Probe"]["httpGet"]
            assert asked["port"] in {one["name"] for one in container["ports"]}
            assert asked["path"].strip("/") in text_of(f"health/{snippet}", framework)
            assert ("httpHeaders" in asked) == (framework == "django")

    def test_they_wait_longer_than_what_they_ask(self, framework: str):
        (container,) = manifest(text_of("health/kubernetes-probes", framework))["containers"]
        readiness = text_of("health/readiness", framework)
        assert number("limit=", readiness) < container["readinessProbe"]["timeoutSeconds"]
        startup = text_of("health/startup", framework)
        limits = re.findall(r"limit=([0-9.]+)", startup)
        assert all(float(one) < container["startupProbe"]["timeoutSeconds"] for one in limits)

    def test_the_end_fits_into_its_time(self, framework: str):
        template = manifest(text_of("health/kubernetes-probes", framework))
        (container,) = template["containers"]
        words = container["command"]
        sleep = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        if framework == "fastapi":
            drain = number("loop.call_later, ", text_of("health/draining", framework))
            requests = drain + int(words[words.index("--timeout-graceful-shutdown") + 1])
        else:
            text = text_of("health/draining", framework)
            requests = int(words[words.index("--graceful-timeout") + 1])
            assert number(r"Timer\(", text) < number("graceful_timeout = ", text) == requests
        assert sleep + requests < template["terminationGracePeriodSeconds"]
