"""Floor 5: the pages for people with a browser."""

from waymark.web.app import build_pages

__all__ = ["build_pages"]
