"""Snippets: their cards, what they know of the place where they are put, and their two forms."""
