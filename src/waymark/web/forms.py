"""Forms: what a page sends, taken apart within limits and in memory, never on disk."""

import re
from asyncio import timeout
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl

from fastapi.concurrency import run_in_threadpool
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from waymark.errors import BadInput

BODY_SECONDS = 30.0
MAX_FIELDS = 20
NAME_LENGTH = 100
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f/\\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that was sent: its name without folders, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The fields of a form by name, and its files; of repeated names the last counts."""

    fields: Mapping[str, str]
    files: Mapping[str, Upload]

    def text(self, name: str) -> str:
        """Return a field with the line ends of the original; browsers send CR LF for each."""
        return self.fields.get(name, "").replace("\r\n", "\n")


async def receive_form(request: Request) -> Form:
    """Take the form of a request, whose body has to arrive in time; raises `BadInput` as `parse_form` does."""
    try:
        async with timeout(BODY_SECONDS):
            body = await request.body()
    except (TimeoutError, ClientDisconnect) as error:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from error
    return await run_in_threadpool(parse_form, body, content_type=request.headers.get("content-type", ""))


def parse_form(body: bytes, *, content_type: str) -> Form:
    """Take a form apart; raises `BadInput` for another content type, a broken form or too many fields."""
    if not body:
        return Form(fields={}, files={})
    kind, options = parse_options_header(content_type)
    if kind == b"application/x-www-form-urlencoded":
        return Form(fields=_parse_pairs(body), files={})
    if kind == b"multipart/form-data":
        return _parse_parts(body, boundary=options.get(b"boundary", b""))
    raise BadInput("this page takes a form", hint="send it with the form on the front page")


def _parse_pairs(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            errors="replace",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError as error:
        raise BadInput(f"a form has at most {MAX_FIELDS} fields", hint="send the form as it is") from error
    return dict(pairs)


class _Part:
    """A part of a multipart form while it is read."""

    def __init__(self) -> None:
        self.header = bytearray()
        self.value = bytearray()
        self.disposition = b""
        self.body = bytearray()


class _Collector:
    """The callbacks of the multipart parser; they gather parts in memory."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []

    def begin(self) -> None:
        if len(self.parts) >= MAX_FIELDS:
            raise BadInput(f"a form has at most {MAX_FIELDS} fields", hint="send the form as it is")
        self.parts.append(_Part())

    def add_header(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].header += data[start:end]

    def add_value(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].value += data[start:end]

    def end_header(self) -> None:
        part = self.parts[-1]
        if part.header.lower() == b"content-disposition":
            part.disposition = bytes(part.value)
        part.header.clear()
        part.value.clear()

    def add_body(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].body += data[start:end]


def _parse_parts(body: bytes, *, boundary: bytes) -> Form:
    collector = _Collector()
    if not boundary:
        raise BadInput("the form arrived broken", hint="send it again")
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": collector.begin,
                "on_header_field": collector.add_header,
                "on_header_value": collector.add_value,
                "on_header_end": collector.end_header,
                "on_part_data": collector.add_body,
            },
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise BadInput("the form arrived broken", hint="send it again") from error
    return _sort_parts(collector.parts)


def _sort_parts(parts: list[_Part]) -> Form:
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    for part in parts:
        _, options = parse_options_header(part.disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options:
            file = options[b"filename"].decode("utf-8", "replace")
            files[name] = Upload(name=clean_name(file), data=bytes(part.body))
        else:
            fields[name] = part.body.decode("utf-8", "replace")
    return Form(fields=fields, files=files)


def clean_name(name: str) -> str:
    r"""Return the last part of a file's name, without what could leave a folder or a line.

    >>> clean_name("../../etc/pass\nwd"), clean_name("C:\\ads\\one.html")
    ('pass wd', 'one.html')
    """
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return " ".join(_UNPRINTABLE.sub(" ", last).split())[:NAME_LENGTH]
