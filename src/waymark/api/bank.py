"""The item bank over HTTP: what is on its shelves, one question as its author sees it, the audit of handed-in ones."""

from asyncio import Semaphore
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from waymark.actions.assess import bank
from waymark.actions.workspace import Workspace
from waymark.api.bank_shapes import AuditShape, BankShape, ShownShape
from waymark.api.receiving import list_problems, receive
from waymark.api.tables import answer
from waymark.errors import BadInput

MOST_VARIANTS: Final = 500
_SUBMISSION: Final = {
    "requestBody": {
        "required": True,
        "description": "Templates (TOML) or plain items (TOML, JSON or JSON Lines).",
        "content": {
            kind: {"schema": {"type": "string"}} for kind in ("application/toml", "application/json", "text/plain")
        },
    }
}


def add_bank(router: APIRouter, seats: Semaphore, workspace: Workspace) -> None:
    """Add the routes of the bank; they share the seats for work."""

    @router.get("/assess/bank", response_model=BankShape, responses=list_problems(503))
    async def describe_bank() -> Response:
        """Count the templates by skill, topic, format and band."""
        return await answer(bank.describe_bank, seats)

    @router.get("/assess/bank/{template}", response_model=ShownShape, responses=list_problems(404, 422, 503))
    async def show_template(
        template: Annotated[str, Path(description="Id of a template.", max_length=200)],
        *,
        seed: Annotated[int, Query(ge=0, le=2**53, description="Seed of the variant.")] = 1,
    ) -> Response:
        """Draw one question as its author sees it: stem, options, key, wrong answers, worked solution."""
        return await answer(lambda: bank.show(template, seed=seed), seats)

    @router.post(
        "/assess/audit",
        response_model=AuditShape,
        responses=list_problems(408, 413, 422, 503),
        openapi_extra=_SUBMISSION,
    )
    async def audit(
        request: Request,
        *,
        variants: Annotated[int, Query(ge=20, le=MOST_VARIANTS, description="Variants drawn of each template.")] = 200,
    ) -> Response:
        """Audit questions from elsewhere behind walls: a row a rule with its bar, and all findings."""
        body = await receive(request)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        text = _decode(body)
        name = "questions.toml" if _is_toml(kind, text) else "questions.json"

        def work() -> dict[str, Any]:
            return bank.describe_report(bank.audit_text(workspace, text, name=name, variants=variants))

        return await answer(work, seats)


def _decode(body: bytes) -> str:
    if not body.strip():
        raise BadInput("the request has no body", hint="send templates or plain items as the body")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"the body is not UTF-8 at byte {error.start}", hint="send UTF-8") from error


def _is_toml(kind: str, text: str) -> bool:
    return kind.endswith("toml") or (not kind.endswith("json") and text.lstrip()[:1] not in {"{", "["})
