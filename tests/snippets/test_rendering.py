"""Tab stops, their escapes, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateError
from tests.snippets.reading import read

from backend_architect.snippets import rendering
from backend_architect.snippets.rendering import Rendered, TemplateMistakeError, render, render_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Rendered]]:
    """Renders a text as a template."""
    monkeypatch.setattr(rendering, "snippets_folder", lambda: tmp_path)
    rendering._environment.cache_clear()

    def function(text: str, **variables: Any) -> Rendered:
        (tmp_path / "a.py.j2").write_text(text, encoding="utf-8")
        return render("a.py.j2", variables)

    yield function
    rendering._environment.cache_clear()


def test_one_template_gives_two_texts(rendered: Callable[..., Rendered]):
    text = rendered(
        'x = [= stop(1, "10") =] + [= choice(2, ["a", "b"]) =]\n[= end =]y = [= same(1) =]\n', end=""
    )
    assert text.plain == "x = 10 + a\ny = 10\n"
    assert text.snippet == "x = ${1:10} + ${2|a,b|}\ny = ${1}\n$0"


def test_the_cursor_goes_where_the_template_says(rendered: Callable[..., Rendered]):
    text = rendered("def f():\n    [= end() =]\n")
    assert (text.plain, text.snippet) == ("def f():\n    \n", "def f():\n    $0\n")


def test_code_of_all_languages_stays_as_it_is(rendered: Callable[..., Rendered]):
    code = (
        'f"{a}" "{{ b }}" "{% c %}" {"d": {}} "${e}" "\\\\n" Callable[[], int] [[1], [2]] "[%s]" a[b[0]]\n'
        "`${js}` => {{}} <% %> <%= %> $$ $1 :name %(name)s @> <@ -> #>> '[]'\n"
    )
    text = rendered(code)
    assert text.plain == code
    assert read(text.snippet).text == code


def test_variables_are_text_whatever_they_hold(rendered: Callable[..., Rendered]):
    name = "a$1}b\\c,|\ue000" + "1\ue003"
    text = rendered('[= name =] [= stop(1, name) =] [= choice(2, [name, "x"]) =]', name=name)
    kept = "a$1}b\\c,|1"
    assert text.plain == read(text.snippet).text == f"{kept} {kept} {kept}"


@given(
    st.text(alphabet=st.sampled_from("a${}\\,| \n0:1"), max_size=12),
    st.text("ab$}\\,|", min_size=1, max_size=5),
)
def test_the_reader_gives_the_plain_text_back(literal: str, choice: str):
    stops = rendering.choice(1, [choice, "z"]), rendering.same(1), rendering.stop(2, choice)
    text = Rendered(literal.join(["", *stops, ""]))
    assert read(text.snippet).text == text.plain


@pytest.mark.parametrize(
    "template",
    ["[= missing =]", "[= a.b =]", "[@ if missing @]x[@ endif @]", "[= same(1) =]", '[= stop(0, "a") =]',
     '[= stop(1, "") =]', '[= stop(1, "a\\nb") =]', "[= choice(1, []) =]", "[@ nonsense @]"],
)  # fmt: skip
def test_mistakes_are_errors(rendered: Callable[..., Rendered], template: str):
    with pytest.raises((TemplateError, TemplateMistakeError)):
        _ = rendered(template, a=None).plain


def test_a_choice_of_what_the_project_has(rendered: Callable[..., Rendered]):
    template = '[= pick(1, tables, "orders") =]'
    assert rendered(template, tables=()).snippet == "${1:orders}$0"
    assert rendered(template, tables=("a", "b")).snippet == "${1|a,b|}$0"


def test_paths_have_variables_too():
    assert render_text("[= folder =]health.py", {"folder": "app/"}) == "app/health.py"


def test_all_lines_but_the_first_are_indented():
    assert Rendered("a:\n    b\n\nc").indented("  ").plain == "a:\n      b\n\n  c"
