"""The site: what every page needs, made once when the application is built."""

from asyncio import Semaphore
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from starlette.requests import Request

from waymark.actions.workspace import Workspace
from waymark.framework import Edition
from waymark.web.assets import Asset
from waymark.web.rendering import Renderer
from waymark.web.samples import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The workspace behind the pages, and what they are made of; `seats` bounds readings at one time."""

    workspace: Workspace
    renderer: Renderer
    assets: Mapping[str, Asset]
    samples: Mapping[str, Sample]
    seats: Semaphore

    @property
    def edition(self) -> Edition:
        """Return the edition of the framework that the pages show."""
        return self.workspace.edition


def site_of(request: Request) -> Site:
    """Return the site that a request came to."""
    return cast("Site", request.app.state.site)
