"""Receiving requests and refusing them: bodies in time, seats for work, problems for what went wrong."""

from asyncio import Semaphore, timeout
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import Request
from starlette.exceptions import HTTPException

from waymark.api.shapes import Problem
from waymark.errors import Unavailable

PROBLEM = "application/problem+json"
BODY_SECONDS = 15.0
SEAT_SECONDS = 10.0


def list_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the problems that an operation may answer with, as its OpenAPI document shows them."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM: {"schema": Problem.model_json_schema()}},
        }
        for status in (*statuses, 405)
    }


async def receive(request: Request) -> bytes:
    """Return the body; refuse one that comes too slowly."""
    try:
        async with timeout(BODY_SECONDS):
            return await request.body()
    except TimeoutError as error:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from error


@asynccontextmanager
async def seated(seats: Semaphore, *, busy: str) -> AsyncIterator[None]:
    """Wait for a seat and give it back; raise Unavailable with the sentence `busy` when none becomes free."""
    try:
        async with timeout(SEAT_SECONDS):
            await seats.acquire()
    except TimeoutError as error:
        raise Unavailable(busy, hint="try again shortly") from error
    try:
        yield
    finally:
        seats.release()
