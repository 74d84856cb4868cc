"""The shipped templates: a file a topic, below `data/assess/bank/<skill>`."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from waymark.assess.difficulty.priors import Blueprint, Topic, load_blueprint
from waymark.assess.templates.reading import read_tables
from waymark.assess.templates.terms import Part, Template
from waymark.errors import NotFound
from waymark.framework.faults import Fault, Page, describe_faults
from waymark.framework.tables import Table, open_data, parse_table
from waymark.framework.tables import read_tables as read_folder

FOLDER = "assess/bank"


@cache
def load_templates() -> Mapping[str, Template]:
    """Load all shipped templates by id, in the order of the blueprint. Raise BadData for the first fault."""
    templates, faults = read_shelves(read_folder(FOLDER), load_blueprint())
    if faults:
        raise describe_faults(faults)
    return {template.id: template for template in templates}


@cache
def load_template(name: str) -> Template:
    """Load one shipped template by its id, reading its topic's file alone. Raise NotFound where there is none."""
    topics = {topic.id: topic for topic in load_blueprint().topics}
    topic = topics.get(".".join(name.split(".")[:2]))
    if topic is not None:
        path = f"{FOLDER}/{topic.skill}/{topic.id.partition('.')[2]}.toml"
        if open_data(path).is_file():
            templates, faults = _read_topic(parse_table(path), topic)
            if faults:
                raise describe_faults(faults)
            for template in templates:
                if template.id == name:
                    return template
    raise NotFound(f"there is no template {name!r}", hint="`waymark assess bank` lists them")


def read_shelves(tables: Mapping[str, Table], blueprint: Blueprint) -> tuple[list[Template], list[Fault]]:
    """Read the files of a bank by path `<skill>/<topic>`, and find all faults."""
    topics = {f"{topic.skill}/{topic.id.partition('.')[2]}": topic for topic in blueprint.topics}
    templates: list[Template] = []
    faults: list[Fault] = []
    for path in sorted(tables, key=[*topics, *sorted(tables)].index):
        page = Page(file=f"waymark/data/{FOLDER}/{path}.toml")
        if path not in topics:
            faults += page.find_unknown("(file)", [path], known=topics, what="topic")
            continue
        own, found = _read_topic(tables[path], topics[path])
        templates += own
        faults += found
    return templates, faults


def find_strays(templates: Sequence[Template], blueprint: Blueprint) -> Iterator[Fault]:
    """Yield a fault for each misconception, subtask or enemy that a template names and nobody knows."""
    misconceptions = {one for topic in blueprint.topics for one in topic.misconceptions}
    subtasks = {one for topic in blueprint.topics for one in topic.subtasks}
    ids = {template.id for template in templates}
    for template in templates:
        page = Page(file=template.id)
        sheets: list[Template | Part] = [template, *template.parts]
        named = [one.misconception for sheet in sheets for one in sheet.distractors]
        yield from page.find_unknown("distractors", named, known=misconceptions, what="misconception")
        yield from page.find_unknown("subtasks", template.subtasks, known=subtasks, what="subtask")
        yield from page.find_unknown("enemies", template.enemies, known=ids, what="template")


def _read_topic(table: Table, topic: Topic) -> tuple[list[Template], list[Fault]]:
    page = Page(file=f"waymark/data/{FOLDER}/{topic.skill}/{topic.id.partition('.')[2]}.toml")
    rows = [
        {**row, "id": f"{topic.id}.{row.get('id', '')}"} if isinstance(row, dict) else row
        for row in table.get("template", [])
    ]
    given = {"skill": topic.skill, "topic": topic.id}
    return read_tables({**table, "template": rows}, page=page, given=given)
