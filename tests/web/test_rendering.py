import pytest
from fastapi import FastAPI
from jinja2 import UndefinedError

from waymark.web.rendering import TEMPLATES, Renderer


@pytest.fixture
def renderer(app: FastAPI) -> Renderer:
    found: Renderer = app.state.site.renderer
    return found


def test_everything_is_escaped(renderer: Renderer) -> None:
    template = renderer.environment.from_string("<p title='{{ text }}'>{{ text }}</p>")
    assert template.render(text="<b a='1'>") == ("<p title='&lt;b a=&#39;1&#39;&gt;'>&lt;b a=&#39;1&#39;&gt;</p>")


def test_no_template_switches_escaping_off() -> None:
    files = list(TEMPLATES.glob("*.html"))
    assert len(files) > 5
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert "|safe" not in text.replace(" ", "")
        assert "autoescape" not in text


def test_a_name_that_is_not_there_is_an_error(renderer: Renderer) -> None:
    with pytest.raises(UndefinedError):
        renderer.environment.from_string("{{ nothing }}").render()


def test_lone_surrogates_cannot_break_a_page(renderer: Renderer) -> None:
    response = renderer.answer("refusal.html", refusal=REFUSAL, detail="a\ud800b", hint="", incident="")
    assert "a\ufffdb" in bytes(response.body).decode("utf-8")


class REFUSAL:
    status = 404
    title = "Not here."
    advice = "Look elsewhere."
