"""Tests of floor 1, a file for each module."""
