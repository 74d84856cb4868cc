"""Engines: where we call the world: files, tables, child processes."""
