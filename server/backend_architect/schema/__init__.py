"""The picture of a project's database: its schema, put together from the files that describe or change it."""
