"""Finds what endangers the data, security or uptime of a Python backend, and repairs it."""

__version__ = "0.1.0"
