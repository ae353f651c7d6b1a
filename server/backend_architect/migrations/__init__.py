"""Migrations as they run: what each statement does to a schema and to those who use it meanwhile."""
