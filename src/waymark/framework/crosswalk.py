"""The crosswalk: the concepts of ESCO and O*NET that stand beside the terms of the framework."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias

from waymark.framework.decoding import Ledger, decode
from waymark.framework.faults import Fault, Page, describe_faults

Scheme: TypeAlias = Literal["esco", "onet"]
Kind: TypeAlias = Literal["skill", "subtask", "role", "variant"]
Relation: TypeAlias = Literal["exact", "close", "broader", "narrower"]
Concept: TypeAlias = Literal["skill", "knowledge", "occupation", "technology", "commodity"]

SCHEMES: tuple[Scheme, ...] = ("esco", "onet")
"""The classifications that are linked; each has one file, `data/crosswalk/<scheme>.toml`."""

_SHOWN = "waymark/data/crosswalk"
_WORK: tuple[Kind, ...] = ("skill", "subtask")
_PEOPLE: tuple[Kind, ...] = ("role", "variant")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SOC = re.compile(r"[0-9]{2}-[0-9]{4}\.[0-9]{2}")
_COMMODITY = re.compile(r"[0-9]{8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One concept of a classification beside one term.

    `relation` says what the concept is to the term, as in SKOS: `broader` is a concept wider than the term.
    `code` is the UUID of ESCO, or the occupation code or commodity code of O*NET; `label` is the name that
    the classification gives, word for word. A technology of O*NET has no code of its own: it is known by
    its name within a `commodity`, whose code it bears.
    """

    scheme: Scheme
    term: str
    kind: Kind
    type: Concept
    code: str
    label: str
    relation: Relation
    commodity: str = ""
    note: str = ""

    @property
    def uri(self) -> str:
        """Return the public address of the concept; empty for technologies and commodities."""
        match (self.scheme, self.type):
            case ("esco", "occupation"):
                return f"http://data.europa.eu/esco/occupation/{self.code}"
            case ("esco", _):
                return f"http://data.europa.eu/esco/skill/{self.code}"
            case ("onet", "occupation"):
                return f"https://www.onetonline.org/link/summary/{self.code}"
            case _:
                return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlinked:
    """A term that has no counterpart, and why."""

    term: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Crosswalk:
    """All links to one classification, with the credit that whoever shows them must give."""

    scheme: Scheme
    source: str
    version: str
    licence: str
    credit: str
    changes: str
    checked_on: date
    links: tuple[Link, ...]
    unlinked: tuple[Unlinked, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _EscoRow:
    term: str
    kind: Kind
    uuid: str
    label: str
    type: Literal["skill", "knowledge", "occupation"]
    relation: Relation
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnetRow:
    term: str
    kind: Kind
    type: Literal["occupation", "technology", "commodity"]
    relation: Relation
    soc: str = ""
    title: str = ""
    example: str = ""
    commodity_code: str = ""
    commodity: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _EscoRows:
    link: tuple[_EscoRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnetRows:
    link: tuple[_OnetRow, ...]


_ONET_KEYS: Mapping[str, tuple[str, ...]] = {
    "occupation": ("soc", "title"),
    "technology": ("example", "commodity_code", "commodity"),
    "commodity": ("commodity_code", "commodity"),
}
_SHAPES: Mapping[tuple[Scheme, str], tuple[str, re.Pattern[str]]] = {
    ("esco", "skill"): ("uuid", _UUID),
    ("esco", "knowledge"): ("uuid", _UUID),
    ("esco", "occupation"): ("uuid", _UUID),
    ("onet", "occupation"): ("soc", _SOC),
    ("onet", "technology"): ("commodity_code", _COMMODITY),
    ("onet", "commodity"): ("commodity_code", _COMMODITY),
}
_KINDS: Mapping[tuple[Scheme, str], tuple[Kind, ...]] = {
    ("esco", "skill"): _WORK,
    ("esco", "knowledge"): _WORK,
    ("esco", "occupation"): _PEOPLE,
    ("onet", "occupation"): (*_WORK, *_PEOPLE),
    ("onet", "technology"): _WORK,
    ("onet", "commodity"): _WORK,
}


def _read_esco(rows: Mapping[str, object], ledger: Ledger) -> list[Link]:
    read = decode(_EscoRows, rows, given={}, ledger=ledger)
    return [
        Link(
            scheme="esco",
            term=row.term,
            kind=row.kind,
            type=row.type,
            code=row.uuid,
            label=row.label,
            relation=row.relation,
            note=row.note,
        )
        for row in (read.link if read else ())
    ]


def _read_onet(rows: Mapping[str, object], ledger: Ledger) -> list[Link]:
    read = decode(_OnetRows, rows, given={}, ledger=ledger)
    links: list[Link] = []
    for place, row in enumerate(read.link if read else (), start=1):
        _check_onet_keys(row, f"link[{place}]", ledger)
        label = {"occupation": row.title, "technology": row.example, "commodity": row.commodity}[row.type]
        links.append(
            Link(
                scheme="onet",
                term=row.term,
                kind=row.kind,
                type=row.type,
                code=row.soc or row.commodity_code,
                label=label,
                relation=row.relation,
                commodity=row.commodity if row.type == "technology" else "",
                note=row.note,
            )
        )
    return links


def _check_onet_keys(row: _OnetRow, key: str, ledger: Ledger) -> None:
    wanted = _ONET_KEYS[row.type]
    for name in ("soc", "title", "example", "commodity_code", "commodity"):
        if name in wanted and not getattr(row, name):
            ledger.blame(f"{key}.{name}", "this key is missing", f'add {name} = "..."')
        if name not in wanted and getattr(row, name):
            mend = f"delete it; the keys of this type are {', '.join(wanted)}"
            ledger.blame(f"{key}.{name}", f"this key is not for the type {row.type}", mend)


_READERS: Mapping[Scheme, Callable[[Mapping[str, object], Ledger], list[Link]]] = {
    "esco": _read_esco,
    "onet": _read_onet,
}


def _check_links(crosswalk: Crosswalk, page: Page) -> Iterator[Fault]:
    seen: dict[tuple[str, str, str, str], str] = {}
    for place, link in enumerate(crosswalk.links, start=1):
        key = f"link[{place}]"
        first = seen.setdefault((link.term, link.type, link.code, link.label), key)
        if first != key:
            message = f"{link.term} is linked to {link.label!r} in {first} already"
            yield page.fault(key, message, "delete one of the two")
        name, shape = _SHAPES[link.scheme, link.type]
        if not shape.fullmatch(link.code):
            mend = "copy the code as the classification writes it"
            yield page.fault(f"{key}.{name}", f"{link.code!r} is no code of this type", mend)
        kinds = _KINDS[link.scheme, link.type]
        if link.kind not in kinds:
            message = f"the type {link.type} is not for a {link.kind}"
            yield page.fault(f"{key}.type", message, f"use it for one of {', '.join(kinds)}")


def _check_unlinked(crosswalk: Crosswalk, page: Page) -> Iterator[Fault]:
    taken = {link.term for link in crosswalk.links}
    for place, entry in enumerate(crosswalk.unlinked, start=1):
        if entry.term in taken:
            message = f"{entry.term} has a link or stands here twice"
            yield page.fault(f"unlinked[{place}].term", message, "delete this entry or the other")
        taken.add(entry.term)


def _parse(text: str, page: Page) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        fault = page.fault("(file)", f"this is not TOML: {error}", "see https://toml.io")
        raise describe_faults([fault]) from error


def read_crosswalk(text: str, *, scheme: Scheme) -> Crosswalk:
    """Read the text of the crosswalk file of a scheme.

    Raises `BadData` with file, key and mend of the first fault.
    """
    page = Page(file=f"{_SHOWN}/{scheme}.toml")
    ledger = Ledger(page=page, faults=[])
    table = _parse(text, page)
    links = _READERS[scheme]({"link": table.pop("link", [])}, ledger)
    given = {"scheme": scheme, "links": tuple(links)}
    crosswalk = decode(Crosswalk, table, given=given, ledger=ledger)
    if crosswalk is None or ledger.faults:
        raise describe_faults(ledger.faults)
    faults = [*_check_links(crosswalk, page), *_check_unlinked(crosswalk, page)]
    if faults:
        raise describe_faults(faults)
    return crosswalk


@cache
def load_crosswalks() -> tuple[Crosswalk, ...]:
    """Load the shipped crosswalks, one for each of the `SCHEMES`; they are read once and kept.

    Raises `BadData` with file, key and mend of the first fault.
    """
    folder = files("waymark") / "data" / "crosswalk"
    return tuple(
        read_crosswalk((folder / f"{scheme}.toml").read_text(encoding="utf-8"), scheme=scheme) for scheme in SCHEMES
    )


def load_crosswalk() -> tuple[Link, ...]:
    """Load all links, scheme by scheme and in the order of their files.

    Raises `BadData` with file, key and mend of the first fault.
    """
    return tuple(link for crosswalk in load_crosswalks() for link in crosswalk.links)


def links_of(term: str) -> tuple[Link, ...]:
    """Return the links of a term, ESCO first; there are none for an id that is no linked term."""
    return tuple(link for link in load_crosswalk() if link.term == term)
