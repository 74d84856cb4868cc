"""The shipped phrases, compiled once a process."""

from functools import cache

from waymark.demand.cues import Cues, compile_cues
from waymark.demand.lexicon import Lexicon, compile_lexicon, concepts_of
from waymark.framework.tables import read_tables

_CONCEPT_CUES = ("cues/narrowing",)
"""Cue files that hold concepts of their own (with reason and mend) rather than bare phrases."""


@cache
def load_lexicon() -> Lexicon:
    """Compile the shipped concepts: skills, tools, subtasks, roles and narrowing language."""
    tables = read_tables("phrases")
    return compile_lexicon(
        concept
        for family, table in tables.items()
        if not family.startswith("cues/") or family in _CONCEPT_CUES
        for concept in concepts_of(table, family=family)
    )


@cache
def load_cues() -> Cues:
    """Compile the shipped cues: headings, level words, negations, boilerplate, seniority."""
    tables = read_tables("phrases/cues")
    return compile_cues({name: table for name, table in tables.items() if f"cues/{name}" not in _CONCEPT_CUES})
