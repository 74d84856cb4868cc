import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from waymark.web.guarding import HEADERS, MAX_BODY, Guard, _drain

from .conftest import Visit

FORM = {"content-type": "application/x-www-form-urlencoded"}


def send_behind_guard(endpoint: ASGIApp, method: str = "GET", **options: Any) -> Response:
    """Send a request to an endpoint that has nothing but a guard before it."""

    def refuse(_scope: Scope, status: int, incident: str) -> PlainTextResponse:
        return PlainTextResponse(incident or "refused", status_code=status)

    async def send() -> Response:
        guard = Guard(endpoint, refuse=refuse)
        async with AsyncClient(transport=ASGITransport(app=guard), base_url="https://waymark.test") as client:
            return await client.request(method, "/a%0Ab", **options)

    return asyncio.run(send())


async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ValueError("the pasted text: my secret")


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    size = 0
    more = True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await PlainTextResponse(str(size))(scope, receive, send)


@pytest.mark.parametrize("path", ["/", "/framework", "/nowhere", "/static/x/y.css"])
def test_every_response_bears_the_guarding_headers(visit: Visit, path: str) -> None:
    for method in ("GET", "HEAD", "PUT", "TRACE"):
        headers = visit(method, path).headers
        for name, value in HEADERS.items():
            assert name in headers
            assert name == "Cache-Control" or headers[name] == value


def test_the_policy_allows_nothing_inline_and_no_frame(visit: Visit) -> None:
    policy = visit("GET", "/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_nothing_is_shared_across_origins(visit: Visit) -> None:
    response = visit("OPTIONS", "/", headers={"origin": "https://evil.test"})
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT"])
def test_methods_that_echo_or_tunnel_are_refused(visit: Visit, method: str) -> None:
    response = visit(method, "/", headers={"x-secret": "abc"})
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST"
    assert "abc" not in response.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 422),
        ({"sec-fetch-site": "none"}, 422),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"origin": "http://waymark.test"}, 422),
        ({"origin": "http://waymark.test:81"}, 403),
        ({"origin": "null"}, 403),
        ({}, 422),
    ],
)
def test_a_form_is_taken_from_our_own_pages_only(visit: Visit, headers: dict[str, str], status: int) -> None:
    assert visit("POST", "/", data={"text": ""}, headers=headers).status_code == status


def test_reading_pages_are_open_to_links_from_anywhere(visit: Visit) -> None:
    assert visit("GET", "/", headers={"sec-fetch-site": "cross-site"}).status_code == 200


def test_a_body_that_says_it_is_too_large_is_refused_unread(visit: Visit) -> None:
    response = visit("POST", "/", content=b"text=" + b"a" * MAX_BODY, headers=FORM)
    assert response.status_code == 413
    assert "5 MB" in response.text


def test_a_body_that_hides_its_size_is_refused_where_it_grows_too_large(visit: Visit) -> None:
    async def pour() -> AsyncIterator[bytes]:
        yield b"text="
        for _ in range(60):
            yield b"a" * 100_000

    response = visit("POST", "/", content=pour(), headers=FORM)
    assert response.status_code == 413


def test_a_body_of_just_the_limit_gets_through() -> None:
    assert send_behind_guard(echo, "POST", content=b"a" * MAX_BODY).text == str(MAX_BODY)


@pytest.mark.parametrize("length", ["abc", "-1", "1_0", "٣"])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    headers = [(b"content-length", length.encode())]
    response = send_behind_guard(echo, "POST", headers=headers)
    assert response.status_code == 400


def test_draining_stops_when_nothing_more_comes() -> None:
    async def silent() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {}

    async def drain_in_time() -> None:
        async with asyncio.timeout(10):
            await _drain(silent)

    asyncio.run(drain_in_time())


def test_a_failure_is_told_by_number_and_logged_without_what_was_pasted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        response = send_behind_guard(fail)
    assert response.status_code == 500
    assert response.text in caplog.text
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text
    assert len(caplog.records[0].getMessage().splitlines()) == 1


def test_a_secure_site_asks_to_stay_secure() -> None:
    assert "strict-transport-security" in send_behind_guard(echo).headers


def test_other_protocols_pass_by() -> None:
    seen: list[str] = []

    async def note(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    asyncio.run(Guard(note, refuse=None)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert seen == ["lifespan"]
