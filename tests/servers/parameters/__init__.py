"""The fix of sql-built-from-strings, for every driver and every form in which people build SQL.

To add a driver, add it to `drivers.DRIVERS`; to add a form, add it to `forms.FORMS`. Nothing else knows them.
`pytest tests/servers/test_parameters.py -k '[psycopg/'` runs one driver, `-k '/percent-tuple]'` one form.
"""
