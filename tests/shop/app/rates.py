"""Exchange rates, from a service that is not ours."""

import time

import requests

URL = "https://rates.example/v1/latest"


def latest(base: str) -> dict[str, float]:
    """The rates of today."""
    response = requests.get(URL, params={"base": base})
    response.raise_for_status()
    return response.json()["rates"]


async def wait_until_published(base: str) -> dict[str, float]:
    """The rates of today, as soon as there are any."""
    while True:
        rates = requests.get(URL, params={"base": base}, timeout=5).json().get("rates")
        if rates:
            return rates
        time.sleep(30)
