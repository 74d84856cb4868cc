"""Labels: what a careful reader says a posting asks, by the posting's id."""

from dataclasses import dataclass

from waymark.errors import BadData

COLUMNS = ("id", "role", "second", "fit", "tasks", "skills", "need", "flags", "subtasks", "drawn")
FITS = ("clear", "near_tie", "weak", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One reading of one posting.

    `skills` holds ten levels 0-3 in the edition's order and `need` says of each whether it is required (`r`), only
    preferred (`p`) or not asked (`.`). `subtasks` is None where that reading did not mark them. `drawn` is
    `stratified` for postings drawn at random within titles and sources, `chosen` for those picked because a
    draft reader was unsure of them.
    """

    id: str
    role: str
    second: str | None
    fit: str
    tasks: frozenset[str]
    skills: tuple[int, ...]
    need: str
    flags: frozenset[str]
    subtasks: frozenset[str] | None
    drawn: str


def parse_labels(text: str, *, name: str) -> list[Label]:
    """Parse a table of labels, tab-separated under the header `COLUMNS`.

    Raise BadData naming the file, the line and the mend.
    """
    lines = text.splitlines()
    if not lines or tuple(lines[0].split("\t")) != COLUMNS:
        raise BadData(f"{name}: line 1 is not the header", hint=f"tab-separated: {' '.join(COLUMNS)}")
    return [_parse_line(line, where=f"{name}: line {number}") for number, line in enumerate(lines[1:], start=2)]


def _parse_line(line: str, *, where: str) -> Label:
    cells = line.split("\t")
    if len(cells) != len(COLUMNS):
        raise BadData(f"{where} has {len(cells)} cells", hint=f"{len(COLUMNS)} are wanted")
    row = dict(zip(COLUMNS, cells, strict=True))
    if row["fit"] not in FITS:
        raise BadData(f"{where}: fit {row['fit']!r}", hint=f"one of {', '.join(FITS)}")
    if not row["skills"].isdigit() or set(row["skills"]) - set("0123") or len(row["skills"]) != len(row["need"]):
        raise BadData(f"{where}: skills {row['skills']!r}", hint="one digit 0-3 a skill, and one of r p . in need")
    return Label(
        id=row["id"],
        role=row["role"],
        second=None if row["second"] == "-" else row["second"],
        fit=row["fit"],
        tasks=_members(row["tasks"]),
        skills=tuple(map(int, row["skills"])),
        need=row["need"],
        flags=_members(row["flags"]),
        subtasks=None if row["subtasks"] == "?" else _members(row["subtasks"]),
        drawn=row["drawn"],
    )


def _members(cell: str) -> frozenset[str]:
    return frozenset() if cell == "-" else frozenset(cell.split(","))


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceLabel:
    """What a reader says a sentence of a posting does: `start` and `end` are its code points, `section` its section."""

    start: int
    end: int
    section: str


def parse_sentence_labels(text: str, *, name: str, sections: tuple[str, ...]) -> dict[str, list[SentenceLabel]]:
    """Parse a table of sentence labels (id, start, end, section) into lists by posting id; raise BadData."""
    labels: dict[str, list[SentenceLabel]] = {}
    for number, line in enumerate(text.splitlines()[1:], start=2):
        cells = line.split("\t")
        if len(cells) != 4 or not (cells[1].isdigit() and cells[2].isdigit()) or cells[3] not in sections:
            raise BadData(f"{name}: line {number} is no sentence label", hint=f"id, start, end, one of {sections}")
        label = SentenceLabel(start=int(cells[1]), end=int(cells[2]), section=cells[3])
        labels.setdefault(cells[0], []).append(label)
    return labels
