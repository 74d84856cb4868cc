"""Cues: headings, level words, negations and the like, which say how to take the terms around them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ahocorasick_rs import AhoCorasick, MatchKind
from numpy.typing import NDArray

from waymark.demand.folding import fold_form
from waymark.errors import BadData

SECTIONS = ("about", "duties", "required", "preferred", "benefits", "legal")
SENIORITIES = ("entry", "junior", "mid", "senior", "lead", "principal", "manager")

# One bit a cue, since one phrase can be several: "1+ years" says both level and seniority.
CUES = (
    *(f"heading {section}" for section in SECTIONS),
    "sentence preferred",
    "level 1",
    "level 2",
    "level 3",
    "negation before",
    "negation after",
    "negation never",
    "boilerplate",
    *(f"seniority {step}" for step in SENIORITIES),
    "terms pay",
    "terms place",
    "terms currency",
    "terms years",
)
BIT = {cue: 1 << number for number, cue in enumerate(CUES)}
HEADING = sum(BIT[f"heading {section}"] for section in SECTIONS)
SENIORITY = sum(BIT[f"seniority {step}"] for step in SENIORITIES)
LEVEL = BIT["level 1"] | BIT["level 2"] | BIT["level 3"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """All cue phrases (folded, with a leading blank), what each says as bits of `CUES`, and their automaton."""

    forms: tuple[str, ...]
    bits: NDArray[np.int32]
    length: NDArray[np.int32]
    shorter: NDArray[np.int32]
    automaton: AhoCorasick = field(repr=False)


def compile_cues(tables: Mapping[str, Mapping[str, Any]]) -> Cues:
    """Compile the cue files, given by name (`sections`, `levels`, ...); raise BadData for a missing one."""
    bits: dict[str, int] = {}
    for cue, phrases in _phrases(tables):
        for phrase in phrases:
            folded = " " + fold_form(phrase)
            bits[folded] = bits.get(folded, 0) | BIT[cue]
    years = {form for form, own in bits.items() if own & BIT["terms years"]}
    for form in bits:
        words = form.split(" ")  # "2+ years" is a level word, and ends in the word "years"
        if {" " + words[-1], " " + words[1]} & years:
            bits[form] |= BIT["terms years"]
        if any(bits.get(part, 0) & BIT["boilerplate"] for part in _parts(words)):
            bits[form] |= BIT["boilerplate"]  # the heading "are an equal opportunity employer" is boilerplate too
    forms = tuple(bits)
    index = {form: number for number, form in enumerate(forms)}
    return Cues(
        forms=forms,
        bits=np.fromiter(bits.values(), np.int32, len(forms)),
        length=np.array([len(form) for form in forms], np.int32),
        shorter=np.array([find_shorter(form, index) for form in forms], np.int32),
        automaton=AhoCorasick(forms, matchkind=MatchKind.LeftmostLongest),
    )


def _parts(words: list[str]) -> Iterable[str]:
    """Yield the phrases within a split form."""
    for begin in range(1, len(words)):
        for end in range(begin + 1, len(words) + 1):
            yield " " + " ".join(words[begin:end])


def find_shorter(form: str, index: Mapping[str, int]) -> int:
    """Return the longest other form that begins this one and ends at a blank of it, -1 where there is none."""
    end = form.rfind(" ")
    while end > 0:
        if form[:end] in index:
            return index[form[:end]]
        end = form.rfind(" ", 0, end)
    return -1


def _phrases(tables: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[str, list[str]]]:
    for section in SECTIONS:
        body = _table(tables, "sections", section)
        yield f"heading {section}", [*body.get("headings", ()), *body.get("inline", ())]
    yield "sentence preferred", _table(tables, "sections", "preferred").get("sentence", [])
    for level in (1, 2, 3):
        yield f"level {level}", _table(tables, "levels", f"level_{level}")["forms"]
    for side in ("before", "after", "never"):
        yield f"negation {side}", _table(tables, "negation", side)["forms"]
    for kind, body in tables.get("boilerplate", {}).items():
        if kind != "case":
            yield "boilerplate", body["forms"]
    for term in ("pay", "place", "currency", "years"):
        yield f"terms {term}", _table(tables, "terms", term)["forms"]
    for step in SENIORITIES:
        yield f"seniority {step}", _table(tables, "seniority", step)["forms"]


def _table(tables: Mapping[str, Mapping[str, Any]], name: str, key: str) -> Mapping[str, Any]:
    try:
        body = tables[name][key]
    except KeyError:
        raise BadData(f"cues/{name}.toml: [{key}] is missing", hint=f"write [{key}] with its phrases") from None
    if not isinstance(body, dict):
        raise BadData(f"cues/{name}.toml: {key} is not a table", hint=f"write [{key}] with its phrases")
    return body
