"""Reading the shipped edition and overlays on it: the only module of this floor that touches files.

An edition is a folder: `edition.toml`, and for each kind of term a folder with one file a term, whose path is
its id. An overlay is such a folder with any of these files; each replaces or adds the term of the same path.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from waymark.errors import MissingInput
from waymark.framework.decoding import Ledger, decode
from waymark.framework.editions import About, Edition
from waymark.framework.faults import Fault, Page, describe_faults
from waymark.framework.linking import find_loose_links
from waymark.framework.proofing import find_misprints
from waymark.framework.terms import LifeCycle, OrgType, Role, Skill, Structure, Subtask, Task, Term, Variant

FIRST_PAGE = "edition.toml"
FOLDERS = ("org_types", "structures", "life_cycles", "tasks", "subtasks", "skills", "roles", "variants")
SHIPPED = "waymark/data/framework"
"""How faults name the folder of the shipped edition."""

_ID = re.compile(r"[a-z][a-z0-9_]*")
_SUBTASK_ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_IGNORED = re.compile(r"\..*|README.*|LICENSE.*", re.IGNORECASE)

T = TypeVar("T", bound=Term)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """One file as read: its page as faults show it, its content, and its table or why there is none."""

    page: Page
    content: bytes = b""
    table: Mapping[str, object] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stack:
    """Layers of files by their path within an edition, and what came since its first page."""

    sheets: Mapping[str, _Sheet]
    overlaid: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()


def load_edition(*overlays: Path) -> Edition:
    """Load the shipped edition, with folders laid over it in their order.

    The shipped edition alone is read once and kept. Raises `BadData` with file, key and mend of the first
    fault, and `MissingInput` for an overlay that is no folder.
    """
    if not overlays:
        return _load_shipped()
    return _demand_sound(*read_edition(*overlays))


def read_edition(*overlays: Path) -> tuple[Edition | None, list[Fault]]:
    """Read the shipped edition with overlays and find all faults.

    There is no edition when a file is faulty by itself. Raises `MissingInput` for an overlay that is no
    folder.
    """
    stack = _Stack(sheets=_read_shipped_sheets())
    for overlay in overlays:
        stack = _lay(stack, _read_overlay(overlay))
    edition, faults = _assemble(stack.sheets)
    if edition is None:
        return None, faults
    names = tuple(str(overlay) for overlay in overlays)
    edition = replace(edition, overlays=names, overlaid=stack.overlaid, added=stack.added, digest=_digest(stack.sheets))
    found = [*find_loose_links(edition), *find_misprints(edition)]
    return edition, [replace(fault, file=stack.sheets[fault.file].page.file) for fault in found]


@cache
def _load_shipped() -> Edition:
    return _demand_sound(*read_edition())


def _demand_sound(edition: Edition | None, faults: list[Fault]) -> Edition:
    if edition is None or faults:
        raise describe_faults(faults)
    return edition


@cache
def _read_shipped_sheets() -> Mapping[str, _Sheet]:
    return dict(_read_folder(files("waymark") / "data" / "framework", shown=SHIPPED))


def _read_overlay(overlay: Path) -> dict[str, _Sheet]:
    if not overlay.is_dir():
        raise MissingInput(f"there is no folder {overlay}", hint="name a folder laid out like an edition")
    return dict(_read_folder(overlay, shown=str(overlay)))


def _lay(stack: _Stack, layer: Mapping[str, _Sheet]) -> _Stack:
    sheets = {**stack.sheets, **layer}
    if FIRST_PAGE in layer:
        return _Stack(sheets=sheets)
    added = layer.keys() - stack.sheets.keys()
    return _Stack(sheets=sheets, overlaid=stack.overlaid | layer.keys(), added=stack.added | added)


def _read_folder(root: Traversable, *, shown: str) -> Iterator[tuple[str, _Sheet]]:
    """Yield each file of an edition or overlay with its path; a file that is none has a fault."""
    for entry in _list_entries(root):
        if entry.is_dir() and entry.name in FOLDERS:
            for file in _list_entries(entry):
                path = f"{entry.name}/{file.name}"
                yield path, _read_sheet(file, path, shown=shown)
        else:
            yield entry.name, _read_sheet(entry, entry.name, shown=shown)


def _list_entries(folder: Traversable) -> list[Traversable]:
    entries = [entry for entry in folder.iterdir() if not _IGNORED.fullmatch(entry.name)]
    return sorted(entries, key=lambda entry: entry.name)


def _read_sheet(file: Traversable, path: str, *, shown: str) -> _Sheet:
    page = Page(file=f"{shown}/{path}")
    if not _is_place(path) or not file.is_file():
        mend = f"name it {FIRST_PAGE} or <kind>/<id>.toml, with a kind of {', '.join(FOLDERS)}"
        return _Sheet(page=page, faults=(page.fault("(file)", "this is no file of an edition", mend),))
    try:
        content = file.read_bytes()
    except OSError as error:
        fault = page.fault("(file)", f"the file cannot be read: {error.strerror}", "make it readable")
        return _Sheet(page=page, faults=(fault,))
    return _parse(page, content)


def _is_place(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    if not folder:
        return path == FIRST_PAGE
    pattern = _SUBTASK_ID if folder == "subtasks" else _ID
    return name.endswith(".toml") and pattern.fullmatch(name.removesuffix(".toml")) is not None


def _parse(page: Page, content: bytes) -> _Sheet:
    try:
        return _Sheet(page=page, content=content, table=tomllib.loads(content.decode()))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        fault = page.fault(f"(line {line})", "the file is not UTF-8", "save it as UTF-8")
    except RecursionError:
        fault = page.fault("(file)", "the file is nested too deeply", "write flat tables")
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).rpartition(" (at ")
        fault = page.fault(f"({place.rstrip(')')})", f"this is not TOML: {message}", "see https://toml.io")
    return _Sheet(page=page, content=content, faults=(fault,))


def _assemble(sheets: Mapping[str, _Sheet]) -> tuple[Edition | None, list[Fault]]:
    faults = [fault for sheet in sheets.values() for fault in sheet.faults]
    about = _decode_first_page(sheets[FIRST_PAGE], faults)
    org_types = _decode_folder(OrgType, "org_types", sheets, faults=faults)
    structures = _decode_folder(Structure, "structures", sheets, faults=faults)
    life_cycles = _decode_folder(LifeCycle, "life_cycles", sheets, faults=faults)
    tasks = _decode_folder(Task, "tasks", sheets, faults=faults)
    subtasks = _decode_folder(Subtask, "subtasks", sheets, faults=faults)
    skills = _decode_folder(Skill, "skills", sheets, faults=faults)
    roles = _decode_folder(Role, "roles", sheets, faults=faults)
    variants = _decode_folder(Variant, "variants", sheets, faults=faults)
    if about is None or faults:
        return None, faults
    edition = Edition(
        about=about,
        org_types=org_types,
        structures=structures,
        life_cycles=life_cycles,
        tasks=tasks,
        subtasks=_sort_by_task(subtasks, tasks),
        skills=skills,
        roles=roles,
        variants=variants,
    )
    return edition, faults


def _decode_first_page(sheet: _Sheet, faults: list[Fault]) -> About | None:
    if sheet.faults:
        return None
    return decode(About, sheet.table, given={}, ledger=Ledger(page=sheet.page, faults=faults))


def _decode_folder(kind: type[T], folder: str, sheets: Mapping[str, _Sheet], *, faults: list[Fault]) -> dict[str, T]:
    """Decode the files of a folder that were read, in the order that they give."""
    terms: list[T] = []
    for path, sheet in sheets.items():
        if path.startswith(f"{folder}/") and not sheet.faults:
            given = {"id": path.removeprefix(f"{folder}/").removesuffix(".toml")}
            term = decode(kind, sheet.table, given=given, ledger=Ledger(page=sheet.page, faults=faults))
            terms += [term] if term is not None else []
    return {term.id: term for term in sorted(terms, key=lambda term: (term.order, term.id))}


def _sort_by_task(subtasks: Mapping[str, Subtask], tasks: Mapping[str, Task]) -> dict[str, Subtask]:
    """Sort by the order of the task, then by their own; those of an unknown task come last."""
    places = {task: place for place, task in enumerate(tasks)}
    ordered = sorted(subtasks.values(), key=lambda subtask: places.get(subtask.task, len(places)))
    return {subtask.id: subtask for subtask in ordered}


def _digest(sheets: Mapping[str, _Sheet]) -> str:
    total = sha256()
    for path, sheet in sorted(sheets.items()):
        total.update(f"{path}\n{len(sheet.content)}\n".encode())
        total.update(sheet.content)
    return total.hexdigest()
