"""The lexicon: what advertisements call skills, tools, subtasks and roles, compiled into one automaton."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ahocorasick_rs import AhoCorasick, MatchKind
from numpy.typing import NDArray

from waymark.demand.cues import find_shorter
from waymark.demand.folding import flatten, fold_form
from waymark.errors import BadData

KINDS = ("skill", "tool", "subtask", "role", "cue")
_FOLDERS = {"skills": "skill", "tools": "tool", "subtasks": "subtask", "roles": "role", "cues": "cue"}
_KEYS = frozenset(
    re.findall(
        r"\w+",
        "name forms case plural not_before not_after skills subtasks since combine reason instead source",
    )
)
_SIBILANT = re.compile(r"(?:s|x|z|ch|sh)$")
_CONSONANT_Y = re.compile(r"[^aeiou]y$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """One thing that advertisements name in many ways.

    `verbs` and `objects` are a second way to name it: any of the verbs a few words before any of the objects.
    `kind` is one of `KINDS`; `family` is the file it stands in, `tools/query` say. `skills` and `subtasks` are the
    ids for which a mention is evidence. `since` is the year of a tool's first public release. `vetoes_before` and
    `vetoes_after` are strings in small letters that, next to a match, say that it means something else.
    """

    id: str
    kind: str
    family: str
    name: str
    forms: tuple[str, ...]
    plural: bool = True
    case: bool = False
    skills: tuple[str, ...] = ()
    subtasks: tuple[str, ...] = ()
    since: int | None = None
    vetoes_before: tuple[bytes, ...] = ()
    vetoes_after: tuple[bytes, ...] = ()
    verbs: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    reason: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What to look at where a form was found: its letters in their case (empty: any), and vetoes beside it."""

    size: int
    letters: str
    after: tuple[bytes, ...]
    before: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Concepts and the automaton over all their forms.

    `form_concept[i]` is the index of the concept that form `i` belongs to; `form_shorter[i]` is the longest other
    form that begins form `i` and ends at a blank of it (-1: none), to fall back on where `i` ends inside a word;
    `form_checked[i]` says that letter case or neighbours must be looked at, and `checks[i]` how. Where form `i` is (or
    ends in) the object of verbs, `form_object[i]` is its row (else -1) in `pairs`, which holds the concept of each
    object and verb.
    """

    concepts: tuple[Concept, ...]
    forms: tuple[str, ...]
    form_concept: NDArray[np.int32]
    form_length: NDArray[np.int32]
    form_shorter: NDArray[np.int32]
    form_checked: NDArray[np.bool_]
    checks: Mapping[int, Check] = field(repr=False)
    form_object: NDArray[np.int32]
    verbs: Mapping[bytes, int]
    pairs: NDArray[np.int32]
    automaton: AhoCorasick = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Which concepts are evidence for which skills (C, K) and subtasks (C, S): 1 where they are, else 0."""

    skills: NDArray[np.float32]
    subtasks: NDArray[np.float32]


def find_members(lexicon: Lexicon, *, skills: Sequence[str], subtasks: Sequence[str]) -> Members:
    """Tabulate what the concepts are evidence for; raise BadData for an id that is not in the edition."""
    tables = []
    for ids, attribute in ((skills, "skills"), (subtasks, "subtasks")):
        place = {name: number for number, name in enumerate(ids)}
        table = np.zeros((len(lexicon.concepts), len(ids)), np.float32)
        for number, concept in enumerate(lexicon.concepts):
            for name in getattr(concept, attribute):
                if name not in place:
                    raise BadData(
                        f"{concept.family}.toml: [{concept.id}] names {name!r} in {attribute}",
                        hint=f"there is no such id in the edition; `waymark framework show` lists the {attribute}",
                    )
                table[number, place[name]] = 1
        tables.append(table)
    return Members(skills=tables[0], subtasks=tables[1])


def concepts_of(table: Mapping[str, Any], *, family: str) -> Iterator[Concept]:
    """Yield the concepts of one phrase file (`family` is its path without the ending, `tools/query` say).

    Raise BadData naming the file, the key and the mend.
    """
    kind = _FOLDERS.get(family.split("/", 1)[0])
    if kind is None:
        raise BadData(f"{family}: no such folder of phrases", hint=f"use one of {', '.join(_FOLDERS)}")
    for key, body in table.items():
        if key == "case":
            continue
        if not isinstance(body, dict):
            raise BadData(f"{family}.toml: {key} is not a table", hint=f"write [{key}] with forms = [...]")
        unknown = set(body) - _KEYS
        if unknown:
            raise BadData(f"{family}.toml: [{key}] has the unknown key {min(unknown)}", hint=f"known: {sorted(_KEYS)}")
        yield _concept(key, body, kind=kind, family=family)


def _concept(key: str, body: Mapping[str, Any], *, kind: str, family: str) -> Concept:
    forms = tuple(body.get("forms", ()))
    combine = body.get("combine", {})
    if not (forms or combine) or not all(isinstance(form, str) and form.strip() for form in forms):
        raise BadData(f"{family}.toml: [{key}] has no forms", hint='give forms = ["..."] of at least one phrase')
    own = family.split("/", 1)[1]
    skills = tuple(body.get("skills", (own,) if kind == "skill" else ()))
    subtasks = tuple(body.get("subtasks", (own,) if kind == "subtask" else ()))
    return Concept(
        id=key,
        kind=kind,
        family=family,
        name=body.get("name", key.replace("_", " ")),
        forms=forms,
        plural=body.get("plural", True),
        case=body.get("case", False),
        skills=skills,
        subtasks=subtasks,
        since=body.get("since"),
        vetoes_before=tuple(flatten(veto).lower() for veto in body.get("not_after", ())),
        vetoes_after=tuple(flatten(veto).lower() for veto in body.get("not_before", ())),
        verbs=tuple(dict.fromkeys(fold_form(verb).split(" ")[0] for verb in combine.get("verbs", ()))),
        objects=tuple(combine.get("objects", ())),
        reason=body.get("reason", ""),
        instead=body.get("instead", ""),
    )


def pluralize(form: str) -> str:
    """Return the simple English plural of a phrase's last word; a form that ends in no letter comes back as it is."""
    if not form[-1:].isalpha() or len(form) < 3:
        return form
    if _SIBILANT.search(form):
        return form if form.endswith("s") else form + "es"
    return form[:-1] + "ies" if _CONSONANT_Y.search(form) else form + "s"


def compile_lexicon(concepts: Iterable[Concept]) -> Lexicon:
    """Compile concepts into one automaton; raise BadData where two concepts claim one form."""
    known = tuple(concepts)
    owner, written = _claim_forms(known)
    objects = _claim_objects(known)
    owner = {**{thing: _owner_within(thing, owner) for thing in objects}, **owner}
    for thing in objects:
        written.setdefault(thing, thing)
    forms = tuple(owner)
    index = {form: number for number, form in enumerate(forms)}
    verbs = {verb: number for number, verb in enumerate(sorted({verb for pairs in objects.values() for verb in pairs}))}
    rows = [_pairs_of(form, objects) for form in forms]
    with_pairs = [number for number, row in enumerate(rows) if row]
    pairs = np.full((len(with_pairs), len(verbs)), -1, np.int32)
    form_object = np.full(len(forms), -1, np.int32)
    for place, number in enumerate(with_pairs):
        form_object[number] = place
        for verb, concept in rows[number].items():
            pairs[place, verbs[verb]] = concept
    concept_of = np.fromiter(owner.values(), np.int32, len(forms))
    checked = np.array([*(c.case or bool(c.vetoes_before) or bool(c.vetoes_after) for c in known), False], bool)
    return Lexicon(
        concepts=known,
        forms=forms,
        form_concept=concept_of,
        form_length=np.array([len(form) for form in forms], np.int32),
        form_shorter=np.array([find_shorter(form, index) for form in forms], np.int32),
        form_checked=checked[concept_of],
        checks={
            number: _check(known[concept_of[number]], form, written[form])
            for number, form in enumerate(forms)
            if checked[concept_of[number]]
        },
        form_object=form_object,
        verbs={verb.encode(): number for verb, number in verbs.items()},
        pairs=pairs,
        automaton=AhoCorasick(forms, matchkind=MatchKind.LeftmostLongest),
    )


def _check(concept: Concept, form: str, written: str) -> Check:
    return Check(
        size=len(form) - 1,
        letters="".join(filter(str.isalpha, written)) if concept.case else "",
        after=concept.vetoes_after,
        before=concept.vetoes_before,
    )


def _claim_forms(known: tuple[Concept, ...]) -> tuple[dict[str, int], dict[str, str]]:
    """Return the concept that owns each folded form, and the form as written; what is written beats a plural."""
    owner: dict[str, int] = {}
    written: dict[str, str] = {}
    for number, concept in enumerate(known):
        for form in concept.forms:
            folded = " " + fold_form(form)
            if owner.setdefault(folded, number) != number:
                other = known[owner[folded]]
                raise BadData(
                    f"{concept.family}.toml: [{concept.id}] claims {form!r}, as does {other.family}.toml: [{other.id}]",
                    hint="a form may stand in one concept only; move it to the closer one",
                )
            written.setdefault(folded, form)
    for number, concept in enumerate(known):
        for form in map(pluralize, concept.forms if concept.plural else ()):
            folded = " " + fold_form(form)
            owner.setdefault(folded, number)
            written.setdefault(folded, form)
    return owner, written


def _claim_objects(known: tuple[Concept, ...]) -> dict[str, dict[str, int]]:
    """Return, for each folded object, the concept that each verb makes of it; the first concept keeps a pair."""
    objects: dict[str, dict[str, int]] = {}
    for number, concept in enumerate(known):
        for thing in concept.objects:
            for form in {thing, pluralize(thing)}:
                pairs = objects.setdefault(" " + fold_form(form), {})
                for verb in concept.verbs:
                    pairs.setdefault(verb, number)
    return objects


def _owner_within(thing: str, owner: Mapping[str, int]) -> int:
    """Return who owns the longest form that begins or ends an object (-1: nobody), since the object covers it."""
    words = thing.split(" ")[1:]
    for size in range(len(words), 0, -1):
        for part in (words[:size], words[-size:]):
            number = owner.get(" " + " ".join(part))
            if number is not None:
                return number
    return -1


def _pairs_of(form: str, objects: Mapping[str, dict[str, int]]) -> dict[str, int]:
    """Collect the verbs of a form and of the objects it ends in; the longer object wins."""
    pairs: dict[str, int] = {}
    begin = 0
    while begin >= 0:
        pairs = {**objects.get(form[begin:], {}), **pairs}
        begin = form.find(" ", begin + 1)
    return pairs
