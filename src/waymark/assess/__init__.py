"""Assess: from answers to a profile with honest error."""
