"""Settings: what they decide, and what is said about a configuration that cannot be used."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest
from sqlglot.dialects.dialect import Dialect

from backend_architect.engine.settings import DIALECTS, FAMILIES, RUNNERS, Settings, SettingsError
from backend_architect.engine.settings_table import parse_settings
from backend_architect.indexing.sql_runners import NAMED

RULES = ("http-call-without-timeout", "query-in-loop", "sql-built-from-strings")


def parsed(text: str, path: str = "backend-architect.toml", rules: tuple[str, ...] = RULES) -> Settings:
    settings = parse_settings(text, path, rules)
    assert settings is not None
    return settings


def complaint(text: str, path: str = "backend-architect.toml") -> str:
    with pytest.raises(SettingsError) as caught:
        parse_settings(text, path, RULES)
    return str(caught.value)


class TestDefaults:
    def test_recommended_rules_are_heard_everywhere(self):
        assert Settings().enabled("query-in-loop", "performance", "app/orders.py", ("recommended",))
        assert not Settings().enabled("query-in-loop", "performance", "app/orders.py", ("preview",))
        assert not Settings().enabled("query-in-loop", "performance", "app/orders.py", ())

    def test_severities_are_those_of_the_cards(self):
        assert Settings().severity_of("query-in-loop", "warning") == "warning"

    def test_sql_is_postgres(self):
        assert Settings().dialect_of("schema.sql") == "postgres"

    @pytest.mark.parametrize(
        "path",
        [
            ".venv/",
            "venv/lib/x.py",
            "node_modules/",
            "app/__pycache__/",
            "x.egg-info/",
            "lib/site-packages/a/b.py",
        ],
    )
    def test_folders_of_tools_are_excluded(self, path: str):
        assert Settings().excluded(path)

    @pytest.mark.parametrize("path", ["app/", "app/build.py", "distribution/", "environment/venv.py"])
    def test_other_paths_are_not(self, path: str):
        assert not Settings().excluded(path)

    def test_they_can_be_compared_hashed_and_sent(self):
        settings = parsed(
            'select = ["security"]\n[severity]\nquery-in-loop = "off"\n'
            '[per-file-severity]\n"a/**" = {query-in-loop = "hint"}\n'
        )
        assert pickle.loads(pickle.dumps(settings)) == settings
        assert hash(pickle.loads(pickle.dumps(settings))) == hash(settings)

    def test_importing_them_is_cheap(self):
        program = (
            "import sys, backend_architect.engine.settings as s\n"
            "s.Settings().enabled('a', 'security', 'b.py')\n"
            "print(*{'pydantic', 'pathspec', 'tomllib'} & set(sys.modules))"
        )
        assert (
            subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout.strip()
            == b""
        )


class TestSelection:
    @pytest.mark.parametrize(
        ("text", "loop", "timeout"),
        [
            ('select = ["performance"]', True, False),
            ('select = ["query-in-loop"]', True, False),
            ('ignore = ["performance"]', False, True),
            ('ignore = ["all"]\nselect = ["query-in-loop"]', True, False),
            ('ignore = ["performance"]\nselect = ["query-in-loop"]', True, False),
            ('ignore = ["query-in-loop"]\nselect = ["performance"]', False, False),
            ('ignore = ["performance"]\nselect = ["performance", "reliability"]', False, True),
            ("select = []", False, False),
            ('[severity]\nquery-in-loop = "off"', False, True),
            ('select = ["query-in-loop"]\n[severity]\nquery-in-loop = "off"', False, False),
        ],
    )
    def test_the_closest_name_wins(self, text: str, loop: bool, timeout: bool):
        settings = parsed(text)
        assert settings.enabled("query-in-loop", "performance", "a.py") is loop
        assert settings.enabled("http-call-without-timeout", "reliability", "a.py") is timeout

    @pytest.mark.parametrize(
        ("text", "stable", "tried", "opinion"),
        [
            ("", True, False, False),
            ('select = ["recommended"]', True, False, False),
            ('select = ["all"]', True, True, True),
            ('select = ["preview"]', False, True, False),
            ('ignore = ["all"]', False, False, False),
            ('ignore = ["all"]\nselect = ["security"]', True, False, True),
            ('select = ["tried"]', False, True, False),
            ('select = ["security"]', True, False, True),
            ('select = ["api"]', False, False, False),
            ('select = ["recommended", "preview"]', True, True, False),
            ('select = ["recommended"]\nignore = ["recommended"]', False, False, False),
            ('select = ["all"]\nignore = ["preview"]', True, False, True),
            ('select = ["security"]\nignore = ["recommended"]', True, False, True),
            ('select = ["all"]\nignore = ["security"]', False, False, False),
            ('select = ["tried", "recommended"]\nignore = ["security"]', False, True, False),
        ],
    )
    def test_sets(self, text: str, stable: bool, tried: bool, opinion: bool):
        settings = parsed(text, rules=("stable", "tried", "opinion"))
        assert settings.enabled("stable", "security", "a.py", ("recommended", "security")) is stable
        assert settings.enabled("tried", "security", "a.py", ("preview",)) is tried
        assert settings.enabled("opinion", "security", "a.py", ()) is opinion

    @pytest.mark.parametrize(
        ("text", "heard"),
        [
            ('select = ["security"]', True),
            ('select = ["reliability"]\nignore = ["security"]', False),
            ('ignore = ["all"]\nselect = ["security"]', True),
            ('select = ["security"]\nignore = ["reliability"]', False),
            ('select = ["recommended"]\nignore = ["security"]', False),
            ('[per-file-ignores]\n"*.py" = ["security"]', False),
            ('[per-file-ignores]\n"*.py" = ["preview"]', True),
        ],
    )
    def test_the_set_security_goes_beyond_the_family(self, text: str, heard: bool):
        settings = parsed(text)
        sets = ("recommended", "security")
        assert settings.enabled("http-call-without-timeout", "reliability", "a.py", sets) is heard

    @pytest.mark.parametrize(
        ("path", "loop", "timeout"),
        [
            ("tests/deep/test_a.py", False, False),
            ("scripts/load.py", False, True),
            ("app/scripts.py", True, True),
            ("app/load_once.py", True, False),
        ],
    )
    def test_per_file(self, path: str, loop: bool, timeout: bool):
        settings = parsed(
            '[per-file-ignores]\n"tests/**" = ["all"]\n"/scripts/" = ["performance"]\n'
            '"*_once.py" = ["http-call-without-timeout"]\n'
        )
        assert settings.enabled("query-in-loop", "performance", path) is loop
        assert settings.enabled("http-call-without-timeout", "reliability", path) is timeout

    def test_severity_is_overridden(self):
        settings = parsed('[severity]\nquery-in-loop = "error"\nsql-built-from-strings = "off"\n')
        assert settings.severity_of("query-in-loop", "warning") == "error"
        assert settings.severity_of("sql-built-from-strings", "error") is None
        assert settings.severity_of("http-call-without-timeout", "hint") == "hint"

    @pytest.mark.parametrize(
        ("path", "severity"),
        [("app/a.py", "error"), ("jobs/a.py", "information"), ("jobs/old/a.py", "hint"), ("", "error")],
    )
    def test_severity_is_overridden_for_paths(self, path: str, severity: str):
        settings = parsed(
            '[severity]\nquery-in-loop = "error"\n[per-file-severity]\n'
            '"jobs/**" = {query-in-loop = "information"}\n"jobs/old/" = {query-in-loop = "hint"}\n'
        )
        assert settings.severity_of("query-in-loop", "warning", path) == severity
        assert settings.severity_of("sql-built-from-strings", "warning", path) == "warning"


class TestPaths:
    def test_the_last_pattern_decides_the_dialect(self):
        settings = parsed(
            'dialect = "mysql"\n[dialects]\n"db/**" = "sqlite"\n"db/warehouse/*.sql" = "snowflake"\n'
        )
        assert settings.dialect_of("db/a.sql") == "sqlite"
        assert settings.dialect_of("db/warehouse/a.sql") == "snowflake"
        assert settings.dialect_of("app/a.py") == "mysql"

    def test_the_last_pattern_decides_what_runs_migrations(self):
        settings = parsed('[runners]\n"db/**" = "flyway"\n"db/by_hand/*.sql" = "psql-single-transaction"\n')
        assert settings.runner_of("db/V1__a.sql") == "flyway"
        assert settings.runner_of("db/by_hand/1.sql") == "psql-single-transaction"
        assert settings.runner_of("app/1.sql") == ""

    def test_runners_are_those_that_are_known(self):
        assert set(NAMED) == set(RUNNERS)

    def test_exclude_adds_to_the_built_in_patterns(self):
        settings = parsed('exclude = ["generated/", "*_pb2.py"]')
        assert settings.excluded("app/generated/")
        assert settings.excluded("app/orders_pb2.py")
        assert settings.excluded(".venv/")

    def test_exclude_takes_a_built_in_pattern_back(self):
        assert not parsed('exclude = ["!build/"]').excluded("build/")

    def test_dialects_are_those_of_sqlglot(self):
        assert [name for name in DIALECTS if Dialect.get(name) is None] == []


class TestWhere:
    def test_pyproject_has_a_table_of_its_own(self):
        text = '[project]\nname = "x"\n[tool.backend-architect]\nselect = ["api"]\n'
        assert parsed(text, "services/pyproject.toml").select == {"api"}

    def test_pyproject_without_the_table_is_no_configuration(self):
        assert parse_settings("[tool.ruff]\n", "pyproject.toml", RULES) is None

    def test_an_empty_table_is_one(self):
        assert parsed("[tool.backend-architect]\n", "pyproject.toml") == Settings()
        assert parsed("") == Settings()

    def test_families_can_be_named_before_they_have_rules(self):
        assert parsed(f"select = {list(FAMILIES)}").select == set(FAMILIES)


class TestComplaints:
    def test_unknown_key(self):
        text = '[project]\nname = "x"\n\n[tool.backend-architect]\n# selct\nselct = ["api"]\n'
        assert (
            complaint(text, "pyproject.toml")
            == "pyproject.toml:6: unknown key 'selct'; did you mean 'select'?"
        )

    def test_unknown_key_like_no_other(self):
        assert complaint("\nxyz = 1\n") == (
            "backend-architect.toml:2: unknown key 'xyz'; "
            "known are select, ignore, severity, exclude, dialect, dialects, runners, per-file-ignores, "
            "per-file-severity, snippets"
        )

    def test_the_key_of_another_table_is_not_meant(self):
        text = '[tool.other]\nselct = 1\n[tool."backend-architect"]\nselect = []\nselct = 2\n'
        assert complaint(text, "pyproject.toml").startswith("pyproject.toml:5: ")

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                'select = "api"',
                "1: 'select' must be a list of rules, families and sets, as in [\"recomm",
            ),
            (
                "ignore = [\n 1]",
                "1: 'ignore' must be a list of rules, families and sets, as in [\"perform",
            ),
            ("[severity]\nquery-in-loop = 3", "2: 'severity' must be a table from rule to severity, as in "),
            ("exclude = true", "1: 'exclude' must be a list of patterns, as in "),
            ("dialect = 9", "1: 'dialect' must be the name of a SQL dialect, as in "),
            ("runners = []", "1: 'runners' must be a table from pattern to the tool that runs SQL migr"),
            ("dialects = []", "1: 'dialects' must be a table from pattern to SQL dialect, as in "),
            (
                "\n[per-file-ignores]\na = 'x'",
                "3: 'per-file-ignores' must be a table from pattern to rules, ",
            ),
            (
                "\n[per-file-severity]\na = 'hint'",
                "3: 'per-file-severity' must be a table from pattern to severities, as in ",
            ),
        ],
    )
    def test_wrong_types(self, text: str, message: str):
        assert complaint(text).startswith(f"backend-architect.toml:{message}")

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                'select = [\n  "api",\n  "query-in-lop",\n]',
                "3: unknown rule, family or set 'query-in-lop'; did you mean 'query-in-loop'?",
            ),
            ("ignore = ['securty']", "1: unknown rule, family or set 'securty'; did you mean 'security'?"),
            (
                'ignore = ["zzz"]',
                "1: unknown rule, family or set 'zzz'; 'backend-architect rules' lists them",
            ),
            (
                '[per-file-ignores]\n"a" = [\n"api",\n"apj"]',
                "4: unknown rule, family or set 'apj'; did you mean 'api'?",
            ),
            (
                '[severity]\nquery-in-loup = "off"',
                "2: unknown rule 'query-in-loup'; did you mean 'query-in-loop'?",
            ),
            (
                '[severity]\nsecurity = "off"',
                "2: unknown rule 'security'; 'backend-architect rules' lists them",
            ),
            ('severity.query-in-loop = "eror"', "1: unknown severity 'eror'; did you mean 'error'?"),
            (
                '\n[severity]\n\nquery-in-loop = "loud"',
                "4: unknown severity 'loud'; it is one of error, warning, information, hint, off",
            ),
            (
                '[per-file-severity]\n"a" = {query-in-loup = "hint"}',
                "2: unknown rule 'query-in-loup'; did you mean 'query-in-loop'?",
            ),
            (
                '[per-file-severity."a/**"]\nquery-in-loop = "hint"\nsql-built-from-strings = "eror"',
                "3: unknown severity 'eror'; did you mean 'error'?",
            ),
            ('[per-file-severity]\n"!" = {}', "2: '!' is not a pattern; write it as in .gitignore"),
            (
                'ignore = ["recomended"]',
                "1: unknown rule, family or set 'recomended'; did you mean 'recommended'?",
            ),
            ('dialect = "postgresql"', "1: unknown SQL dialect 'postgresql'; did you mean 'postgres'?"),
            ('[runners]\n"a/**" = "flyaway"', "2: unknown runner 'flyaway'; did you mean 'flyway'?"),
            ('[runners]\n"!" = "psql"', "2: '!' is not a pattern; write it as in .gitignore"),
            ('[dialects]\n"a/**" = "sqlit"', "2: unknown SQL dialect 'sqlit'; did you mean 'sqlite'?"),
            ('exclude = [\n"a",\n"!",\n]', "3: '!' is not a pattern; write it as in .gitignore"),
            ('[dialects]\n"!" = "mysql"', "2: '!' is not a pattern; write it as in .gitignore"),
            ('[per-file-ignores]\n"!" = []', "2: '!' is not a pattern; write it as in .gitignore"),
        ],
    )
    def test_unknown_names(self, text: str, message: str):
        assert complaint(text) == f"backend-architect.toml:{message}"

    def test_rules_are_not_switched_off_by_their_severity_in_a_path(self):
        assert complaint('per-file-severity.a.query-in-loop = "off"') == (
            "backend-architect.toml:1: unknown severity 'off'; it is one of "
            "error, warning, information, hint; 'per-file-ignores' switches rules off"
        )

    def test_the_first_mistake_is_reported(self):
        text = (
            '[severity]\nquery-in-loop = "eror"\n[dialects]\n"a" = "b"\n[per-file-ignores]\n"a" = ["zzz"]\n'
        )
        assert complaint(text).startswith("backend-architect.toml:2: ")

    def test_a_key_spelled_with_escapes_is_reported_at_its_table(self):
        assert complaint('\n[tool.backend-architect]\n\n"sel\\u0063t" = 1\n', "pyproject.toml") == (
            "pyproject.toml:2: unknown key 'selct'; did you mean 'select'?"
        )

    def test_the_table_is_none(self):
        assert complaint("[tool]\nbackend-architect = 1\n", "pyproject.toml") == (
            "pyproject.toml:2: 'tool.backend-architect' must be a table"
        )

    @pytest.mark.parametrize(
        ("text", "line"), [("\nselect = [\n", 2), ("select = ]", 1), ("\n\nselect\n", 3), ('a = "x\n', 1)]
    )
    def test_not_toml(self, text: str, line: int):
        assert complaint(text).startswith(f"backend-architect.toml:{line}: not valid TOML: ")

    def test_not_toml_says_why(self):
        assert (
            complaint("\nselect = ]")
            == "backend-architect.toml:2: not valid TOML: Invalid value in column 10"
        )
