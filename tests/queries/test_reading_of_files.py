"""Where statements stand in files."""

from __future__ import annotations

from backend_architect.queries.reading import statements_of


def found(path: str, text: str) -> list[tuple[int, str, bool]]:
    return [(one.origin.line, one.text, one.often) for one in statements_of(path, text, "postgres")]


def test_statements_of_sql_files():
    text = "CREATE TABLE a (id int);\n-- all\nSELECT *\nFROM a;\nDELETE FROM a WHERE id = 1"
    assert found("q.sql", text) == [(3, "SELECT *\nFROM a", False), (5, "DELETE FROM a WHERE id = 1", False)]


def test_statements_that_are_handed_to_a_database():
    text = """
def names(cursor, who):
    sql = "SELECT name FROM users"
    sql += " WHERE id = %s"
    cursor.execute(sql, (who,))
"""
    assert found("app.py", text) == [(3, "SELECT name FROM users WHERE id = %s", False)]


def test_strings_that_are_statements_and_stand_alone():
    text = '''
"""SELECT is a word."""
ALL = "SELECT * FROM users"
def one():
    """SELECT one."""
    return """
        SELECT *
        FROM users
        WHERE id = %s
    """
def other(who):
    return f"SELECT * FROM users WHERE id = {who}"
message = "select something from the menu " + ALL
'''
    lines = [line for line, _, _ in found("app.py", text)]
    assert lines == [3, 7, 12]


def test_a_constant_that_is_handed_over_counts_once():
    text = 'Q = "SELECT * FROM users"\ndef f(cursor):\n    cursor.execute(Q)\n'
    assert [text for _, text, _ in found("app.py", text)] == ["SELECT * FROM users"]


def test_what_is_run_often():
    text = """
from fastapi import FastAPI
app = FastAPI()

@app.get("/")
def handler(cursor):
    cursor.execute("SELECT 1 FROM users")

def job(cursor, ids):
    for one in ids:
        cursor.execute("SELECT 2 FROM users")
    cursor.execute("SELECT 3 FROM users")
"""
    assert [(text[7], often) for _, text, often in found("app.py", text)] == [
        ("1", True),
        ("2", True),
        ("3", False),
    ]
