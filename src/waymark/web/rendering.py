"""Rendering: the template environment, and responses made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request

from waymark.framework import Edition, name_level
from waymark.web import wording
from waymark.web.assets import Asset
from waymark.web.prose import render_prose

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """Make pages from templates."""

    environment: Environment

    def page(self, request: Request, template: str, **values: object) -> Response:
        """Return a page that a browser may keep and ask about again; 304 when it has not changed."""
        body = self.write(template, **values)
        tag = f'"{sha256(body).hexdigest()[:20]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return HTMLResponse(body, headers=headers)

    def answer(self, template: str, *, status: int = 200, **values: object) -> Response:
        """Return a page that nobody may keep: it holds what was pasted, or a refusal."""
        return HTMLResponse(self.write(template, **values), status_code=status, headers={"Cache-Control": "no-store"})

    def write(self, template: str, **values: object) -> bytes:
        """Return a template's text with its values, in UTF-8."""
        return self.environment.get_template(template).render(**values).encode("utf-8", "replace")


def make_renderer(edition: Edition, *, assets: Mapping[str, Asset]) -> Renderer:
    """Make the template environment: everything is escaped, and a name that is not there is an error."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=wording.speak_percent,
        count=wording.speak_count,
        in_sentence=wording.in_sentence,
        with_article=wording.with_article,
        words=wording.spell_code,
        listed=wording.join_words,
        clean=wording.replace_controls,
        level=name_level,
        points=wording.speak_points,
        band=wording.speak_band,
        prose=render_prose,
    )
    environment.globals.update(
        edition=edition,
        assets={name: asset.path for name, asset in assets.items()},
        involvement_words=wording.INVOLVEMENT_WORDS,
        evidence_words=wording.EVIDENCE_WORDS,
    )
    return Renderer(environment=environment)
