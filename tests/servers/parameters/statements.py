"""The forms in which people build SQL from strings: those that differ in the statement, or in the call."""

from __future__ import annotations

from parameters.form import (
    Form,
    among_ages,
    among_names,
    changed_city,
    like_form,
    number_form,
)
from parameters.people import Changes, Finds, FindsFirst, Person, matches

_BOTH = Finds(lambda person, given: person.name == given.value and person.city != "london")
_OLDER = Finds(
    lambda person, given: person.name == given.value and person.city != "london" and person.age > 20
)

LIKE = {
    "like-contains": like_form(
        """f"SELECT id FROM users WHERE name LIKE '<<%>>{name}<<%>>' ORDER BY id" """, "%{}%".format
    ),
    "like-prefix": like_form(
        """f"SELECT id FROM users WHERE name LIKE '{name}<<%>>' ORDER BY id" """, "{}%".format
    ),
    "like-suffix": like_form(
        """f"SELECT id FROM users WHERE name LIKE '<<%>>{name}' ORDER BY id" """, "%{}".format
    ),
    "like-whole": like_form("""f"SELECT id FROM users WHERE name LIKE '{name}' ORDER BY id" """, "{}".format),
    "like-around": like_form(
        """f"SELECT id FROM users WHERE name LIKE '<<%>>a{name}a<<%>>' ORDER BY id" """, "%a{}a%".format
    ),
    "like-twice": Form(
        """f"SELECT id FROM users WHERE name LIKE '<<%>>{name}<<%>>' OR city LIKE '{name}<<%>>'" """,
        Finds(
            lambda person, given: (
                matches(person.name, f"%{given.value}%", given.dialect)
                or matches(person.city, f"{given.value}%", given.dialect)
            )
        ),
    ),
    "like-format": like_form(
        """"SELECT id FROM users WHERE name LIKE '<<%>>{}<<%>>' ORDER BY id".format(name)""", "%{}%".format
    ),
    "like-plus": like_form(
        """"SELECT id FROM users WHERE name LIKE '<<%>>" + name + "<<%>>' ORDER BY id" """, "%{}%".format
    ),
    "like-percent": like_form(
        """"SELECT id FROM users WHERE name LIKE '%%%s%%' ORDER BY id" % name""", "%{}%".format, formats=True
    ),
}

LISTS = {
    "in-written": Form(
        """f"SELECT id FROM users WHERE name IN ('{name}', 'bob') ORDER BY id" """, Finds(among_names)
    ),
    "in-join-quoted": Form(
        '''f"""SELECT id FROM users WHERE name IN ('{"','".join(names)}') ORDER BY id"""''',
        Finds(among_names),
    ),
    "in-join-percent": Form(
        """"SELECT id FROM users WHERE name IN ('%s') ORDER BY id" % "','".join(names)""",
        Finds(among_names),
        formats=True,
    ),
    "in-join-plus": Form(
        """"SELECT id FROM users WHERE name IN ('" + "', '".join(names) + "') ORDER BY id" """,
        Finds(among_names),
    ),
    "in-comprehension": Form(
        """"SELECT id FROM users WHERE name IN ({})".format(", ".join(f"'{one}'" for one in names))""",
        Finds(among_names),
    ),
    "in-local": Form(
        'f"SELECT id FROM users WHERE name IN ({wanted}) ORDER BY id"',
        Finds(among_names),
        before="""
            wanted = ", ".join(f"'{one}'" for one in names)
        """,
    ),
    "in-numbers": number_form(
        """f"SELECT id FROM users WHERE age IN ({','.join(str(one) for one in ages)}) ORDER BY id" """,
        Finds(among_ages),
    ),
    "in-map": number_form(
        """"SELECT id FROM users WHERE age IN (%s) ORDER BY id" % ", ".join(map(str, ages))""",
        Finds(among_ages),
        formats=True,
    ),
    "in-not": number_form(
        """f"SELECT id FROM users WHERE age NOT IN ({','.join(map(str, ages))}) ORDER BY id" """,
        Finds(lambda person, given: not among_ages(person, given)),
    ),
    "in-and-value": Form(
        '''f"""SELECT id FROM users WHERE city <> '{city}' AND name IN ('{"','".join(names)}')"""''',
        Finds(lambda person, given: among_names(person, given) and person.city != "london"),
    ),
    "in-tuple-text": Form(
        'f"SELECT id FROM users WHERE name IN {tuple(names)} ORDER BY id"',
        Finds(among_names),
        hostile=("""x') OR 1=1 -- "x""",),
        dialects=frozenset({"sqlite", "postgres"}),
    ),
    "in-tuple-number": number_form(
        'f"SELECT id FROM users WHERE age IN {tuple(ages)} ORDER BY id"',
        Finds(among_ages),
        hostile=("""x') OR 1=1 -- "x""",),
        dialects=frozenset({"sqlite", "postgres"}),
        fails_only=frozenset({"postgres"}),
    ),
}

HOLES = {
    "two-holes": Form(
        """f"SELECT id FROM users WHERE name = '{name}' AND city <> '{city}' ORDER BY id" """, _BOTH
    ),
    "same-hole-twice": Form(
        """f"SELECT id FROM users WHERE name = '{name}' OR city = '{name}' ORDER BY id" """,
        Finds(lambda person, given: given.value in {person.name, person.city}),
    ),
    "between": number_form(
        'f"SELECT id FROM users WHERE age BETWEEN {age} AND {age} + 5 ORDER BY id"',
        Finds(lambda person, given: isinstance(given.value, int) and 0 <= person.age - given.value <= 5),
        hostile=("99 AND 60 OR 1=1 -- x",),
    ),
    "limit": number_form(
        'f"SELECT id FROM users ORDER BY id LIMIT {age}"',
        FindsFirst(lambda _: 0, lambda limit: limit),
        honest=(1, 3),
        hostile=("0 + (SELECT count(*) FROM users)", "0, 5"),
    ),
    "limit-offset": number_form(
        'f"SELECT id FROM users ORDER BY id LIMIT 2 OFFSET {age}"',
        FindsFirst(lambda offset: offset, lambda _: 2),
        honest=(0, 3),
        hostile=("0 + (SELECT 0)", "0 -- x"),
    ),
    "cast": Form(
        """f"SELECT id FROM users WHERE name = CAST('{name}' AS <<text>>) ORDER BY id" """,
        hostile=("x' AS char(9)) OR 1=1 -- x", "x' AS char(9)) OR ('1' = '1"),
    ),
    "cast-colons": Form(
        """f"SELECT id FROM users WHERE name = '{name}'::text ORDER BY id" """,
        dialects=frozenset({"postgres"}),
    ),
    "subquery": Form(
        """f"SELECT id FROM users WHERE id IN (SELECT id FROM users WHERE name = '{name}') ORDER BY id" """,
        hostile=("x') OR ('1'='1",),
    ),
    "function": Form(
        """f"SELECT id FROM users WHERE name = lower('{name}') ORDER BY id" """,
        Finds(lambda person, given: person.name == given.value.lower()),
        hostile=("x') OR ('1'='1",),
    ),
    "number-in-quotes": number_form("""f"SELECT id FROM users WHERE age = '{age}' ORDER BY id" """),
    "beside-percent": Form(
        """f"SELECT id FROM users WHERE city <> '<<%>>' AND name = '{name}' ORDER BY id" """
    ),
    "beside-question-mark": Form(
        """f"SELECT id FROM users WHERE city <> 'who?' AND name = '{name}' ORDER BY id" """
    ),
    "beside-colon": Form(
        """f"SELECT id FROM users WHERE city <> '09:15' AND name = '{name}' ORDER BY id" """
    ),
    "beside-dollar": Form("""f"SELECT id FROM users WHERE city <> '$1' AND name = '{name}' ORDER BY id" """),
    "beside-quote": Form(
        """f"SELECT id FROM users WHERE city <> 'l''or' AND name = '{name}' ORDER BY id" """
    ),
    "beside-braces": Form(
        """f"SELECT id FROM users WHERE city <> '{{}}' AND name = '{name}' ORDER BY id" """
    ),
    "beside-no-space": Form("""f"SELECT id FROM users WHERE name='{name}'AND id>0 ORDER BY id" """),
}

BOUND = {
    "bound-before": Form(
        """f"SELECT id FROM users WHERE city <> <<city>> AND name = '{name}' ORDER BY id" """, _BOTH
    ),
    "bound-after": Form(
        """f"SELECT id FROM users WHERE name = '{name}' AND city <> <<city>> ORDER BY id" """, _BOTH
    ),
    "bound-around": Form(
        """f"SELECT id FROM users WHERE city <> <<city>> AND name = '{name}' AND age > <<years>>" """, _OLDER
    ),
    "bound-number": number_form(
        'f"SELECT id FROM users WHERE city <> <<city>> AND age = {age} ORDER BY id"',
        Finds(lambda person, given: person.age == given.value and person.city != "london"),
    ),
    "bound-variable": Form(
        """f"SELECT id FROM users WHERE city <> <<city>> AND name = '{name}' ORDER BY id" """,
        _BOTH,
        before="""
            given = <<given>>  # what is bound already
        """,
        bound="variable",
    ),
    "bound-mapping": Form(
        """f"SELECT id FROM users WHERE city <> <<city>> AND name = '{name}' ORDER BY id" """,
        _BOTH,
        bound="mapping",
    ),
    "keyword": Form("""f"SELECT id FROM users WHERE name = '{name}' ORDER BY id" """, call="keyword"),
    "keyword-bound": Form(
        """f"SELECT id FROM users WHERE city <> <<city>> AND name = '{name}' ORDER BY id" """,
        _BOTH,
        call="keyword",
    ),
}

_HIRED = Changes(
    new=lambda given: (Person(21, given.value, "oslo", 30), Person(22, given.value, "bern", 31)),
)

WRITES = {
    "insert": Form(
        """f"INSERT INTO users (id, name, city, age) VALUES (20, '{name}', 'rome', 30)" """,
        Changes(new=lambda given: (Person(20, given.value, "rome", 30),)),
        hostile=("x', 'y', 1) -- x", "x', 'y', 1), (21, 'y', 'z"),
    ),
    "insert-two": Form(
        """f"INSERT INTO users (id, name, city, age) VALUES (20, '{name}', '{city}', 30)" """,
        Changes(new=lambda given: (Person(20, given.value, "london", 30),)),
        hostile=("x', 'y', 1) -- x", "x', 'y', 1), (21, 'y"),
    ),
    "update-set": Form(
        """f"UPDATE users SET city = '{name}' WHERE id = 2" """,
        Changes(lambda person, given: changed_city(person, given.value, where=person.id == 2)),
    ),
    "update-where": Form(
        """f"UPDATE users SET city = 'oslo' WHERE name = '{name}'" """,
        Changes(lambda person, given: changed_city(person, "oslo", where=person.name == given.value)),
    ),
    "update-number": number_form(
        """f"UPDATE users SET city = 'oslo' WHERE age = {age}" """,
        Changes(lambda person, given: changed_city(person, "oslo", where=person.age == given.value)),
    ),
    "delete": Form(
        """f"DELETE FROM users WHERE name = '{name}'" """,
        Changes(lambda person, given: None if person.name == given.value else person),
    ),
    "delete-in": number_form(
        """f"DELETE FROM users WHERE age IN ({','.join(str(one) for one in ages)})" """,
        Changes(lambda person, given: None if among_ages(person, given) else person),
    ),
    "executemany-first": Form(
        """f"INSERT INTO users (name, id, city, age) VALUES ('{name}', <<id>>, <<city>>, <<age>>)" """,
        _HIRED,
        call="many",
        hostile=("x' || 'y",),
    ),
    "executemany-middle": Form(
        """f"INSERT INTO users (id, name, city, age) VALUES (<<id>>, '{name}', <<city>>, <<age>>)" """,
        _HIRED,
        call="many",
        hostile=("x' || 'y",),
    ),
    "executemany-where": Form(
        """f"UPDATE users SET city = <<city>> WHERE id + 20 = <<id>> AND name <> '{name}'" """,
        Changes(
            lambda person, given: changed_city(
                person,
                "oslo" if person.id == 1 else "bern",
                where=person.id in {1, 2} and person.name != given.value,
            )
        ),
        call="many",
        hostile=("x' OR name = '",),
    ),
}

STATEMENTS = LIKE | LISTS | HOLES | BOUND | WRITES
