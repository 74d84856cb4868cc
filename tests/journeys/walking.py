"""Walking through the pages: a window of a browser, and a witness of everything it asked for."""

from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page, Request

WIDTHS = (320, 375, 768, 850, 1280)


@dataclass
class Witness:
    """Everything that a browser asked for and complained of."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("request", self.note_request)
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def note_request(self, request: Request) -> None:
        self.requests.append(request.url)


def open_page(browser: Browser, witness: Witness, *, scripts: bool = True, theme: str = "light") -> Page:
    context: BrowserContext = browser.new_context(
        java_script_enabled=scripts,
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        viewport={"width": 1280, "height": 900},
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    witness.watch(page)
    return page
