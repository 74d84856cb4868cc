"""Waymark: open skills intelligence for AI teams."""
