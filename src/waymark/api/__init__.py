"""The HTTP API: everything the command line does, as JSON under /api/v1."""

from waymark.api.app import build_api, refuse

__all__ = ["build_api", "refuse"]
