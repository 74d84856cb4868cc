"""The pages of the item bank: its shelves, and the variants of a template side by side for its author."""

from dataclasses import dataclass
from typing import Any, Final

from fastapi.responses import Response
from starlette.requests import Request

from waymark.actions.assess.bank import describe_bank, show
from waymark.actions.assess.rulebooks import load_rules
from waymark.errors import BadInput, Invalid
from waymark.framework.scale import score_of_theta
from waymark.web.refusing import status_of
from waymark.web.sites import site_of

VARIANTS: Final = 3
MOST_SEED: Final = 999_999
FORMATS: Final = {
    "mcq_single": "one option",
    "mcq_multi": "several options",
    "numeric": "a number",
    "code_output": "what code gives",
    "matching": "pairs",
    "ordering": "an order",
    "case_testlet": "a case",
    "code_write": "code to write",
    "code_debug": "code to mend",
    "code_review_choice": "code to review",
    "sql_query": "a query",
    "dataframe_task": "a data frame",
    "model_build": "a model to build",
    "git_scenario": "a repository",
    "api_design": "an API",
    "label_task": "labels",
    "chart_critique": "a chart to judge",
}
"""How each format is called on pages."""

_BANDS: Final = ("beginning", "developing", "accomplished")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The templates of a skill, by topic."""

    skill: str
    counts: dict[str, Any]
    topics: list[dict[str, Any]]


async def show_shelves(request: Request) -> Response:
    """Show what is on the shelves, skill by skill."""
    site = site_of(request)
    told = describe_bank()
    items: dict[str, list[dict[str, Any]]] = {}
    for item in told["items"]:
        items.setdefault(".".join(item["id"].split(".")[:2]), []).append(item)
    shelves = [_fill_shelf(row, told["topics"], items) for row in told["skills"]]
    return site.renderer.page(request, "bank.html", told=told, shelves=shelves, bands=_BANDS, formats=FORMATS)


def _fill_shelf(row: dict[str, Any], topics: list[dict[str, Any]], items: dict[str, list[dict[str, Any]]]) -> Shelf:
    own = [topic | {"items": items.get(topic["topic"], [])} for topic in topics if topic["skill"] == row["skill"]]
    return Shelf(skill=row["skill"], counts=row, topics=own)


async def show_template(request: Request) -> Response:
    """Show variants of a template side by side, with key, wrong answers and what is believed of its difficulty."""
    site = site_of(request)
    name, asked = request.path_params["template"], request.query_params.get("seed", "1")
    problem, seed = None, 1
    try:
        seed = _read_seed(asked)
    except Invalid as error:
        problem = error
    variants = [show(name, seed=seed + place) for place in range(VARIANTS)]
    first = variants[0]
    given = {
        "sheet": first,
        "formats": FORMATS,
        "variants": variants,
        "seed": seed,
        "most_seed": MOST_SEED,
        "score": _spread(first["difficulty"]),
        "cap": load_rules(None, changes={}).exposure_cap,
        "problem": problem,
    }
    if problem is not None:
        return site.renderer.answer("bank_template.html", status=status_of(problem), **given)
    return site.renderer.page(request, "bank_template.html", **given)


def _read_seed(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:12]) > MOST_SEED:
        raise BadInput("that is no seed", hint=f"give a whole number from 0 to {MOST_SEED}")
    return int(text)


def _spread(difficulty: dict[str, Any]) -> tuple[int, int, int]:
    """Return difficulty on the scale of scores with its 90% interval."""
    half = 1.6448536269514722 * difficulty["sd"]
    low, middle, high = (score_of_theta(difficulty["b"] + step) for step in (-half, 0.0, half))
    return round(low), round(middle), round(high)
