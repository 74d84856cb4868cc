"""The whole application on a free port of this machine, and a real browser to walk through it."""

import os
import shutil
import threading
import time
from collections.abc import Iterator

import httpx2
import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from waymark.server import build

from .walking import Witness

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
)


def find_chromium() -> str:
    """Return the path of a Chromium; skip where there is none, unless one is required."""
    found = next((path for name in NAMES if (path := shutil.which(name))), "")
    if not found and os.environ.get("WAYMARK_REQUIRE_BROWSER") == "1":  # noqa: TID251 - the test run's own switch
        pytest.fail("no Chromium was found and WAYMARK_REQUIRE_BROWSER=1: install Debian's chromium")
    if not found:
        pytest.skip("no Chromium was found; install one to try the pages in a browser")
    return found


@pytest.fixture(scope="package")
def address() -> Iterator[str]:
    """Serve the whole application on a free port of this machine."""
    server = uvicorn.Server(uvicorn.Config(build(), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline, "the server took more than a minute to start"
        time.sleep(0.05)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    deadline = time.monotonic() + 300  # the engine is compiled once after an installation
    while httpx2.get(f"{url}/assess", timeout=60).status_code != 200:
        assert time.monotonic() < deadline, "the engine was not ready within five minutes"
    yield url
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture
def witness(address: str) -> Iterator[Witness]:
    """Watch a walk; at its end no request has left the machine and nothing was complained of."""
    seen = Witness()
    yield seen
    assert seen.requests
    assert [url for url in seen.requests if not url.startswith(address)] == []
    assert seen.complaints == []
