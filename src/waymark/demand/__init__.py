"""Demand: read what a posting really asks, with evidence, and say which role it is."""
