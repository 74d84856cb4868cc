"""Guarding: what holds for every request, whatever it asks: headers, methods, size, origin, no leaks."""

import logging
import secrets
from asyncio import timeout
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from waymark.errors import TooLarge

MAX_BODY = 5_000_000
"""Bytes that a request may carry; more is refused unread."""

DRAIN_SECONDS = 3.0
DRAIN_BYTES = 256_000_000
"""How long, and how much, a body too large is thrown away so that its sender gets to see the refusal."""

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
"""Headers of every response that does not set its own."""

REFUSED_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Refuse = Callable[[Scope, int, str], Response]
"""Make the response of a refusal from the request, its status and the number of an incident, if any."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Guard:
    """Stand before an application and let only sound requests in, and only guarded responses out."""

    app: ASGIApp
    refuse: Refuse
    same_origin: bool = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sender = _Sender(send=send, secure=scope.get("scheme") == "https")
        status = await self._examine(scope, receive)
        if status:
            await self.refuse(scope, status, "")(scope, receive, sender)
            return
        try:
            await self.app(scope, _limit(receive), sender)
        except Exception as error:  # noqa: BLE001 - whatever it is, no one outside may see it
            incident = _report(scope, error)
            if not sender.started:
                await self.refuse(scope, 500, incident)(scope, receive, sender)

    async def _examine(self, scope: Scope, receive: Receive) -> int:
        """Return the status to refuse a request with before it is read, or 0."""
        headers = Headers(scope=scope)
        if scope["method"] in REFUSED_METHODS:
            return 405
        if self.same_origin and scope["method"] not in SAFE_METHODS and not is_same_origin(headers):
            return 403
        length = headers.get("content-length", "0")
        if not length.isdecimal():
            return 400
        if int(length) > MAX_BODY:
            if "expect" not in headers:
                await _drain(receive)
            return 413
        return 0


class _Sender:
    """Send a response with the headers that every response bears."""

    def __init__(self, *, send: Send, secure: bool) -> None:
        self.send = send
        self.secure = secure
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if self.secure:
                headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        await self.send(message)


def is_same_origin(headers: Headers) -> bool:
    """Say whether a request comes from our own pages, or from no page at all (a script, a terminal)."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _limit(receive: Receive) -> Receive:
    """Count what is received; `TooLarge` beyond the limit, for bodies that do not say their length."""
    total = 0

    async def receive_limited() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > MAX_BODY:
            if message.get("more_body", False):
                await _drain(receive)
            raise TooLarge("the request is larger than 5 MB", hint="send one posting at a time")
        return message

    return receive_limited


async def _drain(receive: Receive) -> None:
    """Throw away what is still coming, within limits."""
    total = 0
    with suppress(TimeoutError):
        async with timeout(DRAIN_SECONDS):
            more = True
            while more and total < DRAIN_BYTES:
                message = await receive()
                total += len(message.get("body", b""))
                more = message.get("more_body", False)


def _report(scope: Scope, error: Exception) -> str:
    """Log a failure without its message, which may quote what was pasted; return the incident's number."""
    incident = secrets.token_hex(6)
    frames = reversed(extract_tb(error.__traceback__)[-6:])
    trail = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    log.error("incident %s: %s %r: %s in %s", incident, scope["method"], scope["path"], type(error).__name__, trail)
    return incident
