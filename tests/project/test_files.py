"""Which files are checked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from backend_architect.engine.kinds import is_generated
from backend_architect.project import files
from backend_architect.project.configuration import Configurations
from backend_architect.project.files import LARGEST, Found, find_files


@pytest.fixture(autouse=True)
def _in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)


def write(files: dict[str, str]) -> None:
    for name, content in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(content)


def found(*paths: str) -> Found:
    return find_files(map(Path, paths or (".",)), Configurations(lambda: ()))


def names(*paths: str) -> list[str]:
    return [file.path.relative_to(Path.cwd()).as_posix() for file in found(*paths).files]


class TestWalk:
    def test_python_and_sql_in_the_order_of_their_names(self):
        write(dict.fromkeys(["b.py", "a/z.sql", "a/B.py", "a/b/c.py", "a.md", "a.pyi", "c.sql", "py"], ""))
        assert names() == ["a/B.py", "a/b/c.py", "a/z.sql", "b.py", "c.sql"]

    def test_paths_come_in_the_order_in_which_they_were_named(self):
        write(dict.fromkeys(["b.py", "a/z.sql", "a/b.py"], ""))
        assert names("b.py", "a/z.sql", "a", "b.py", ".") == ["b.py", "a/z.sql", "a/b.py"]

    def test_folders_of_tools_are_left_out(self):
        write(
            dict.fromkeys(
                [".venv/a.py", "x/node_modules/b/c.sql", "d.egg-info/e.py", "f/dist/g.py", "h.py"], ""
            )
        )
        assert names() == ["h.py"]

    def test_settings_exclude(self):
        write(
            {
                "backend-architect.toml": "exclude = ['/generated', '*_pb2.py', '!build/']",
                **dict.fromkeys(["generated/a.py", "app/generated/b.py", "app/c_pb2.py", "build/d.py"], ""),
            }
        )
        assert names() == ["app/generated/b.py", "build/d.py"]

    @pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
    def test_links_are_not_followed(self):
        write({"a/b.py": ""})
        Path("a/loop").symlink_to("..")
        Path("a/c.py").symlink_to("b.py")
        Path("d").symlink_to("a")
        assert names() == ["a/b.py"]
        assert names("d") == ["d/b.py"]
        assert names("a/c.py") == ["a/c.py"]

    def test_large_files_are_told(self):
        write({"a.sql": "-" * (LARGEST + 60_000), "b.sql": "-" * LARGEST})
        result = found()
        assert [file.path.name for file in result.files] == ["b.sql"]
        assert result.problems == [
            "a.sql: not checked, 1.1 MiB are too many; name the file to check it, or exclude it"
        ]
        assert names("a.sql") == ["a.sql"]
        assert found("a.sql").problems == []

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
    def test_a_folder_that_cannot_be_read_is_told(self, monkeypatch: pytest.MonkeyPatch):
        write({"a/b.py": "", "c.py": ""})

        def scandir(folder: Path):
            if Path(folder).name == "a":
                raise PermissionError(13, "Permission denied")
            return real(folder)

        real = files.os.scandir
        monkeypatch.setattr(files.os, "scandir", scandir)
        result = found()
        assert [file.path.name for file in result.files] == ["c.py"]
        assert result.problems == ["a: cannot be read (Permission denied); nothing in it is checked"]


class TestNamed:
    def test_what_is_named_is_checked_always(self):
        write(
            {
                ".gitignore": "*.py\n",
                "a.py": "",
                ".venv/b.py": "",
                "backend-architect.toml": "exclude = ['*.sql']",
            }
        )
        write({"c.sql": ""})
        assert names("a.py", ".venv/b.py", "c.sql") == ["a.py", ".venv/b.py", "c.sql"]

    def test_a_folder_that_is_left_out_otherwise(self):
        write(
            {"a/.git/HEAD": "", "a/.gitignore": "vendor/\n", "a/vendor/x.py": "", "a/vendor/build/y.py": ""}
        )
        write(
            {
                "a/vendor/.gitignore": "z.py",
                "a/vendor/z.py": "",
                "a/.venv/lib/x.py": "",
                "a/.venv/build/y.py": "",
            }
        )
        assert names("a") == []
        assert names("a/vendor") == ["a/vendor/x.py"]
        assert names("a/.venv") == ["a/.venv/lib/x.py"]

    def test_other_files_are_told(self):
        write({"a.md": ""})
        assert found("a.md").problems == ["a.md: not checked; only .py and .sql files can be"]


class TestGitignore:
    @pytest.fixture(autouse=True)
    def _repository(self):
        write({".git/HEAD": ""})

    def test_patterns(self):
        write({".gitignore": "# comment\nlocal_*.py\n/top.py\nlogs/\n!local_but_kept.py\n\n"})
        write(
            dict.fromkeys(
                ["local_a.py", "a/local_b.py", "local_but_kept.py", "top.py", "a/top.py", "a/logs/b.py"], ""
            )
        )
        assert names() == ["a/top.py", "local_but_kept.py"]

    def test_closer_files_decide(self):
        write({".gitignore": "*.sql\n", "a/.gitignore": "!b.sql\n/c.py\n"})
        write(dict.fromkeys(["b.sql", "a/b.sql", "a/c.py", "a/d/c.py", "a/d/b.sql", "a/d/e.sql"], ""))
        assert names() == ["a/b.sql", "a/d/b.sql", "a/d/c.py"]

    def test_nothing_comes_back_from_a_folder_that_is_ignored(self):
        write({".gitignore": "out/\n!out/keep.py\n", "out/keep.py": "", "out/.gitignore": "!*.py"})
        assert names() == []

    def test_everything_but(self):
        write({".gitignore": "/*\n!/src/\n", "src/a.py": "", "src/b/c.py": "", "d.py": "", "e/f.py": ""})
        assert names() == ["src/a.py", "src/b/c.py"]

    def test_files_above_the_named_folder_count(self):
        write({".gitignore": "*_local.py\n/a/b/x.py\n", "a/.gitignore": "y.py\n"})
        write(dict.fromkeys(["a/b/x.py", "a/b/y.py", "a/b/z_local.py", "a/b/ok.py"], ""))
        assert names("a/b") == ["a/b/ok.py"]

    def test_the_exclude_file_of_the_repository(self):
        write({".git/info/exclude": "mine.py\n", "mine.py": "", "a/mine.py": "", "b.py": ""})
        assert names() == ["b.py"]
        assert names("a") == []

    def test_another_repository_inside_has_its_own(self):
        write({".gitignore": "*.sql\n", "sub/.git/HEAD": "", "sub/a.sql": "", "a.sql": ""})
        assert names() == ["sub/a.sql"]
        assert names("sub") == ["sub/a.sql"]

    def test_patterns_that_make_no_sense_are_passed_over(self):
        write({".gitignore": "!\na.py\n\\\n", "a.py": "", "b.py": ""})
        assert names() == ["b.py"]

    def test_it_counts_without_a_repository_too(self):
        Path(".git/HEAD").unlink()
        Path(".git").rmdir()
        write({".gitignore": "a.py", "a.py": "", "b/.gitignore": "c.py", "b/c.py": "", "b/d.py": ""})
        assert names() == ["b/d.py"]


class TestRoots:
    def roots(self, *paths: str) -> dict[str, tuple[str, str]]:
        """For each file its root, and its path from there."""
        return {
            file.path.relative_to(Path.cwd()).as_posix(): (
                file.configuration.root.relative_to(Path.cwd()).as_posix(),
                file.configuration.relative(file.path),
            )
            for file in found(*paths).files
        }

    def test_the_closest_configuration(self):
        table = "[tool.backend-architect]\n"
        write({"pyproject.toml": table, "a/pyproject.toml": "[project]", "b/pyproject.toml": table})
        write(dict.fromkeys(["x.py", "a/x.py", "b/c/x.py"], ""))
        expected = {"x.py": (".", "x.py"), "a/x.py": (".", "a/x.py"), "b/c/x.py": ("b", "c/x.py")}
        assert self.roots() == self.roots("a", "b", "x.py") == expected

    def test_without_configuration_the_top_of_the_project(self):
        write({"a/pyproject.toml": "[project]", "b/.git/HEAD": ""})
        write(dict.fromkeys(["x.py", "a/c/x.py", "b/c/x.py", "d/e/x.py"], ""))
        expected = {
            "a/c/x.py": ("a", "c/x.py"),
            "b/c/x.py": ("b", "c/x.py"),
            "d/e/x.py": (".", "d/e/x.py"),
            "x.py": (".", "x.py"),
        }
        assert self.roots() == self.roots("a/c", "b", "d/e/x.py", "x.py") == expected

    def test_without_any_mark_what_was_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        write({"tests/a/b.py": "", "elsewhere/x.py": ""})
        monkeypatch.chdir(tmp_path / "elsewhere")
        [file] = found("../tests").files
        assert (file.configuration.root, file.configuration.relative(file.path)) == (
            tmp_path / "tests",
            "a/b.py",
        )


class TestGenerated:
    def test_is_left_out_unless_it_is_named(self):
        write(
            {
                "a.py": "# @generated\nx = 1\n",
                "b.sql": "-- DO NOT EDIT\nSELECT 1;\n",
                "c_pb2.py": "",
                "d.py": "",
            }
        )
        assert names() == ["d.py"]
        assert names("a.py", "b.sql", "c_pb2.py") == ["a.py", "b.sql", "c_pb2.py"]

    @pytest.mark.parametrize(
        ("name", "head"),
        [
            (
                "a.py",
                "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n\n# Code generated by tool. DO NOT EDIT.\n",
            ),
            ("a.py", '"""This file was generated by a tool.\n\nDo not edit it by hand.\n"""\n'),
            ("a.py", "\ufeff# @generated SignedSource<<abc>>\n"),
            ("a.sql", "/* Automatically generated;\n * do not modify */\nSELECT 1;\n"),
            ("a_pb2_grpc.py", ""),
        ],
    )
    def test_says_so_in_its_first_comment(self, name: str, head: str):
        assert is_generated(name, head.encode())

    @pytest.mark.parametrize(
        "head",
        [
            "",
            "# Generated by Django 5.0 on 2026-01-01 10:00\n\nfrom django.db import migrations\n",
            '"""orders\n\nRevision ID: 1\n"""\n# ### auto generated by Alembic ###\n',
            'HEADER = """\n# @generated\n# DO NOT EDIT\n"""\n',
            "import sys\n\n# @generated\n",
            "# Sends mail@generated.example\n# Do not edit lightly.\n",
        ],
    )
    def test_others_do_not(self, head: str):
        assert not is_generated("a.py", head.encode())


class TestForceExclude:
    @pytest.mark.parametrize(
        "name", ["gen/a.py", "gen/deep/b.py", ".venv/c.py", "d.py", "made.py", "large.sql"]
    )
    def test_what_a_walk_leaves_out_stays_out(self, name: str):
        write(
            {"backend-architect.toml": "exclude = ['gen/']", ".gitignore": "/d.py\n", name: "# @generated\n"}
        )
        if name != "made.py":
            Path(name).write_text("-" * (LARGEST + 1) if name == "large.sql" else "")
        Path(".git").mkdir()
        assert names(name) == [name]
        assert find_files([Path(name)], Configurations(lambda: ()), force_exclude=True).files == []

    def test_the_others_are_checked(self):
        write({".gitignore": "/b.py\n", "a.py": "", "sub/b.py": ""})
        Path(".git").mkdir()
        kept = find_files([Path("a.py"), Path("sub/b.py")], Configurations(lambda: ()), force_exclude=True)
        assert [file.path.name for file in kept.files] == ["a.py", "b.py"]
