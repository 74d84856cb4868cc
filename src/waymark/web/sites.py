"""The site: what every page needs, made once when the application is built."""

from asyncio import Semaphore
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar, cast

from starlette.applications import Starlette
from starlette.requests import Request

from waymark.actions.watching import Crowd, Scene, Watched
from waymark.actions.workspace import Workspace
from waymark.framework import Edition
from waymark.web.assets import Asset
from waymark.web.rendering import Renderer
from waymark.web.samples import Sample
from waymark.web.seating import Warmth, run_seated

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The workspace behind the pages, and what they are made of.

    `seats` bounds readings at one time, `engine_seats` what the engine of assess works out once it is warm (`warmth`).
    `watch` and `simulate` remember what was asked lately: the same question has the same answer.
    """

    workspace: Workspace
    renderer: Renderer
    assets: Mapping[str, Asset]
    samples: Mapping[str, Sample]
    seats: Semaphore
    engine_seats: Semaphore
    warmth: Warmth
    watch: Callable[[Scene], Watched]
    simulate: Callable[[Crowd], Mapping[str, Any]]

    @property
    def edition(self) -> Edition:
        """Return the edition of the framework that the pages show."""
        return self.workspace.edition

    async def work_out(self, work: Callable[P, R], *given: P.args, **named: P.kwargs) -> R:
        """Let the engine of assess work something out; raise Unavailable where it is not ready or too busy."""
        await self.warmth.demand()
        return await run_seated(self.engine_seats, work, *given, **named)


def site_of(request: Request) -> Site:
    """Return the site that a request came to."""
    return site_in(request.app)


def site_in(pages: Starlette) -> Site:
    """Return the site that an application of pages shows."""
    return cast("Site", pages.state.site)
