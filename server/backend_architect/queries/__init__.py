"""The queries of a project: where they stand, and which rows of which tables they ask for."""
