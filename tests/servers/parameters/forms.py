"""The forms in which people build SQL from strings: those that put the statement together."""

from __future__ import annotations

from parameters.form import SAME_AGE, Form, number_form
from parameters.people import Finds
from parameters.statements import STATEMENTS

BUILT = {
    "f-string": Form("""f"SELECT id FROM users WHERE name = '{name}' ORDER BY id" """),
    "f-string-number": number_form('f"SELECT id FROM users WHERE age = {age} ORDER BY id"'),
    "f-string-raw": Form("""rf"SELECT id FROM users WHERE name = '{name}' ORDER BY id" """),
    "f-string-single": Form("""f'SELECT id FROM users WHERE name = \\'{name}\\' ORDER BY id' """),
    "f-string-conversion": Form("""f"SELECT id FROM users WHERE name = '{name!s}' ORDER BY id" """),
    "f-string-expression": Form("""f"SELECT id FROM users WHERE name = '{name.strip()}' ORDER BY id" """),
    "f-string-subscript": Form(
        """f"SELECT id FROM users WHERE name = '{names[0]}' ORDER BY id" """,
    ),
    "f-string-triple": Form(
        '''f"""
        SELECT id
        FROM users
        WHERE name = '{name}'
        ORDER BY id
    """'''
    ),
    "percent-single": Form(
        """"SELECT id FROM users WHERE name = '%s' ORDER BY id" % name""",
        formats=True,
    ),
    "percent-number": number_form('"SELECT id FROM users WHERE age = %s ORDER BY id" % age', formats=True),
    "percent-tuple": Form(
        """"SELECT id FROM users WHERE name = '%s' ORDER BY id" % (name,)""",
        formats=True,
    ),
    "percent-tuple-two": Form(
        """"SELECT id FROM users WHERE name = '%s' AND city = '%s' ORDER BY id" % (name, city)""",
        Finds(lambda person, given: (person.name, person.city) == (given.value, "london")),
        formats=True,
    ),
    "percent-expression": Form(
        """"SELECT id FROM users WHERE name = '%s' AND city <> '%s' ORDER BY id" % (name, city + "x")""",
        formats=True,
    ),
    "percent-dict": Form(
        """"SELECT id FROM users WHERE name = '%(who)s' ORDER BY id" % {"who": name}""",
        formats=True,
    ),
    "percent-lines": Form(
        '''"""
        SELECT id
        FROM users
        WHERE name = '%s'
        ORDER BY id
    """ % name''',
        formats=True,
    ),
    "percent-literal": Form(
        """"SELECT id FROM users WHERE city <> '100%%' AND name = '%s' ORDER BY id" % name""",
        formats=True,
    ),
    "format-auto": Form(""""SELECT id FROM users WHERE name = '{}' ORDER BY id".format(name)"""),
    "format-number": number_form('"SELECT id FROM users WHERE age = {} ORDER BY id".format(age)'),
    "format-numbered": Form(
        """"SELECT id FROM users WHERE city <> '{1}' AND name = '{0}' ORDER BY id".format(name, city)""",
        Finds(lambda person, given: person.name == given.value and person.city != "london"),
    ),
    "format-named": Form(""""SELECT id FROM users WHERE name = '{who}' ORDER BY id".format(who=name)"""),
    "format-twice": Form(
        """"SELECT id FROM users WHERE name = '{0}' OR city = '{0}' ORDER BY id".format(name)""",
        Finds(lambda person, given: given.value in {person.name, person.city}),
    ),
    "format-lines": Form(
        '''"""
        SELECT id
        FROM users
        WHERE name = '{who}'
        ORDER BY id
    """.format(
        who=name,
    )'''
    ),
    "plus": Form(""""SELECT id FROM users WHERE name = '" + name + "' ORDER BY id" """),
    "plus-number": number_form('"SELECT id FROM users WHERE age = " + str(age) + " ORDER BY id"'),
    "plus-last": Form(""""SELECT id FROM users WHERE name = '" + name + "'" """),
    "plus-lines": Form(
        """(
            "SELECT id "  # the number
            + "FROM users "
            + "WHERE name = '" + name + "' "  # whose
            + "ORDER BY id"
        )"""
    ),
    "plus-f-string": Form(
        """"SELECT id FROM users WHERE " + f"name = '{name}'" + " ORDER BY id" """,
    ),
    "plus-equals": Form(
        "query",
        before="""
            query = "SELECT id FROM users"
            query += " WHERE name = '" + name + "'"  # whose
            query += " ORDER BY id"
        """,
    ),
    "plus-equals-f-string": Form(
        "query",
        before="""
            query = "SELECT id FROM users WHERE id > 0"
            # only those of that name
            query += f" AND name = '{name}'"
        """,
    ),
    "plus-equals-two": Form(
        "query",
        Finds(lambda person, given: person.name == given.value and person.city != "london"),
        before="""
            query = f"SELECT id FROM users WHERE name = '{name}'"
            query += f" AND city <> '{city}'"
        """,
    ),
    "plus-equals-if": Form(
        "query",
        Finds(lambda person, given: given.value in {"", person.name}),
        before="""
            query = "SELECT id FROM users WHERE id > 0"
            if name:
                query += f" AND name = '{name}'"  # whose
            query += " ORDER BY id"
        """,
        honest=("",),
    ),
    "plus-equals-if-two": Form(
        "query",
        Finds(lambda person, given: given.value in {"", person.name} and person.city != "london"),
        before="""
            query = "SELECT id FROM users WHERE id > 0"
            if name:
                query += f" AND name = '{name}'"
            if city:
                query += f" AND city <> '{city}'"
        """,
        honest=("",),
    ),
    "adjacent": Form(
        """(
            "SELECT id FROM users "
            f"WHERE name = '{name}' "
            "ORDER BY id"
        )"""
    ),
    "adjacent-comments": Form(
        """(
            "SELECT id "  # only the number
            "FROM users "
            # whoever is meant
            f"WHERE name = '{name}' "  # whose
            "ORDER BY id"
        )"""
    ),
    "adjacent-no-space": Form(
        """(
            "SELECT id FROM users "
            f"WHERE name = '{name}'"
            "ORDER BY id"
        )"""
    ),
    "dedent": Form(
        '''dedent(f"""
            SELECT id
            FROM users
            WHERE name = '{name}'
            ORDER BY id
        """)''',
        imports="from textwrap import dedent",
    ),
    "dedent-local": Form(
        "query",
        before='''
            query = textwrap.dedent(
                f"""\\
                SELECT id
                FROM users
                WHERE name = '{name}'
                """
            )
        ''',
        imports="import textwrap",
    ),
    "local": Form(
        "query",
        before="""
            # who it is
            query = f"SELECT id FROM users WHERE name = '{name}' ORDER BY id"  # in order
        """,
    ),
    "local-triple": Form(
        "query",
        before='''
            query = f"""
                SELECT id
                FROM users  -- it's everybody's
                WHERE name = '{name}'
            """
        ''',
    ),
    "local-percent": Form(
        "query % name",
        before="""
            query = "SELECT id FROM users WHERE name = '%s' ORDER BY id"
        """,
        formats=True,
    ),
    "local-format": Form(
        "query",
        before="""
            template = "SELECT id FROM users WHERE name = '{}' ORDER BY id"
            query = template.format(name)
        """,
    ),
    "local-condition": Form(
        """f"SELECT id FROM users WHERE {condition} ORDER BY id" """,
        before="""
            condition = f"name = '{name}'"
        """,
    ),
    "constant-percent": Form(
        "BY_NAME % name",
        module="""
            BY_NAME = "SELECT id FROM users WHERE name = '%s' ORDER BY id"  # one value
        """,
        formats=True,
    ),
    "constant-format": Form(
        "BY_AGE.format(age=age)",
        SAME_AGE,
        module='''
            BY_AGE = """
                SELECT id FROM users
                WHERE age = {age}
            """
        ''',
        kind="number",
    ),
    "constant-plus": Form(
        """SELECT + " WHERE name = '" + name + "'" """,
        module="""
            SELECT = "SELECT id FROM users"
        """,
    ),
    "constant-head": Form(
        """f"{SELECT} WHERE name = '{name}' ORDER BY id" """,
        module="""
            SELECT = "SELECT id FROM users"
        """,
    ),
}

CORE = frozenset(
    {
        "f-string",
        "f-string-number",
        "percent-tuple",
        "percent-dict",
        "format-named",
        "plus",
        "plus-equals-if",
        "adjacent-comments",
        "dedent",
        "local",
        "constant-percent",
        "like-contains",
        "in-join-quoted",
        "in-numbers",
        "two-holes",
        "same-hole-twice",
        "bound-around",
        "bound-mapping",
        "keyword",
        "beside-percent",
        "beside-colon",
        "insert",
        "update-where",
        "delete",
        "executemany-first",
    }
)
"""The forms that are tried with every driver; the others need only one driver of each paramstyle."""

FORMS: dict[str, Form] = BUILT | STATEMENTS
"""All forms, by name."""
