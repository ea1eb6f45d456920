"""The web application of the staff pages: headers, sessions, forms, permissions; then the page's own handler in a thread.

Pages carry no script and load nothing but our own style, so the Content-Security-Policy forbids everything else; the
door of an event alone has a script of ours for the camera. Every
form carries a key of its session; without it, or from another site, nothing is done.
"""

import logging
import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from hmac import compare_digest
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route

from bot.admin.account_pages import COOKIE, LANGUAGE_COOKIE
from bot.admin.page_call import BASE, Call, House, Page
from bot.admin.pages_map import PAGES
from bot.admin.permissions import ANYONE, OWN
from bot.admin.staff_accounts import staff_of
from bot.admin.staff_sessions import is_seen_late, note_seen, open_session
from bot.admin.upload_form import UnreadableUpload, is_upload, read_upload
from bot.curation.reading_process import MOST_BYTES
from bot.errors import Refusal
from knowledge.topics import Language

log = logging.getLogger(__name__)

PAGES_FOLDER = Path(__file__).parent / "pages"
FORM_COOKIE = "qihui_staff_form"
MOST_FORM_BYTES = 1_000_000
MOST_FIELDS = 500
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}

CAMERA_HEADERS = {
    "Content-Security-Policy": f"{HEADERS['Content-Security-Policy']}; script-src 'self'; connect-src 'self'",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}
"""For the door of an event alone: our own script reads the picture, and nothing leaves but the code."""


def make_templates() -> Environment:
    """Everything is escaped; a name that a template misspells is an error, not an empty place."""
    loader = FileSystemLoader(PAGES_FOLDER)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def create_staff_app(house: House, *, https: bool) -> Starlette:
    """The application to mount at `/admin`. `https`: families and staff reach it by https, so cookies are secure."""
    routes: list[Any] = [Mount("/static", StaticFiles(directory=PAGES_FOLDER / "static"))]
    routes += [Route(page.path, _endpoint(page, house, https=https), methods=[page.method]) for page in PAGES]
    return Starlette(routes=routes)


def _endpoint(page: Page, house: House, *, https: bool) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    async def endpoint(request: Request) -> Response:
        if page.upload and is_upload(request):
            return await _with_files(page, house, request, https=https)
        form: Mapping[str, list[str]] = {}
        if page.method == "POST":
            with_file = page.file and request.headers.get("content-type", "").startswith("multipart/form-data")
            refused = _refused(request, with_file=with_file)
            if refused is None:
                try:
                    form = await _form_with_file(request) if with_file else await _form(request)
                except (ValueError, HTTPException):
                    refused = Response("the form cannot be read", 400)
            if refused is not None:
                refused.headers.update(HEADERS)
                return refused
        response = await run_in_threadpool(_answer, page, house, request, form, https=https)
        response.headers.update(HEADERS | CAMERA_HEADERS if page.camera else HEADERS)
        return response

    return endpoint


async def _with_files(page: Page, house: House, request: Request, *, https: bool) -> Response:
    """A form with files. They are read for those alone who may bring them."""
    if _is_foreign(request):
        return Response("cross-site", 403, HEADERS)
    call = await run_in_threadpool(_call, house, request, {}, secure=https)
    try:
        async with read_upload(request, MOST_BYTES if call.may(page.action) else 0) as upload:
            response = await run_in_threadpool(_answer, page, house, request, upload.form, upload.files, https=https)
    except UnreadableUpload:
        return Response("the form cannot be read", 400, HEADERS)
    response.headers.update(HEADERS)
    return response


async def _form(request: Request) -> Mapping[str, list[str]]:
    body = await request.body()
    return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)


async def _form_with_file(request: Request) -> Mapping[str, list[str]]:
    """Fields, and the text of a table that came as a file: UTF-8, or what Chinese spreadsheets write."""
    form: dict[str, list[str]] = {}
    async with request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=MOST_FORM_BYTES) as parts:
        for name, value in parts.multi_items():
            if isinstance(value, str):
                form.setdefault(name, []).append(value)
                continue
            content = await value.read()
            try:
                form["file"] = [_text_of(content)]
            except ValueError:
                form["file_fault"] = ["not_csv"]
    return form


def _text_of(content: bytes) -> str:
    if content.startswith(b"PK") or b"\x00" in content:
        message = "no text"
        raise ValueError(message)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _refused(request: Request, *, with_file: bool = False) -> Response | None:
    """Forms from other sites, and bodies too large to be a form, are turned away before they are read."""
    if _is_foreign(request):
        return Response("cross-site", 403)
    kind = request.headers.get("content-type", "")
    if not with_file and not kind.startswith("application/x-www-form-urlencoded"):
        return Response("content-type", 415)
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > MOST_FORM_BYTES:
        return Response("too large", 413)
    return None


def _is_foreign(request: Request) -> bool:
    return request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}


def _answer(
    page: Page,
    house: House,
    request: Request,
    form: Mapping[str, list[str]],
    files: Sequence[tuple[str, Path]] = (),
    *,
    https: bool,
) -> Response:
    call = _call(house, request, form, secure=https or request.url.scheme == "https")
    call.files = files
    fresh_key = "" if call.form_key else secrets.token_urlsafe(32)
    call.form_key = call.form_key or fresh_key
    response = _permitted(page, call, has_key=not fresh_key)
    if fresh_key:
        response.set_cookie(FORM_COOKIE, fresh_key, path=BASE, httponly=True, samesite="strict", secure=call.secure)
    return response


def _permitted(page: Page, call: Call, *, has_key: bool) -> Response:
    if page.action != ANYONE:
        if call.staff is None:
            return RedirectResponse(f"{BASE}/sign-in", status_code=303)
        if call.staff.must_change and page.action != OWN:
            return call.go("/account")
        if page.action != OWN and not call.may(page.action):
            return call.show("told.html", 403, sentence=call.w("told.not_yours"))
    if page.method == "POST":
        given = call.form.get("form_key", "")
        if not has_key or not compare_digest(given.encode(), call.form_key.encode()):
            return call.show("told.html", 403, sentence=call.w("told.form_too_old"))
    return _carried_out(page, call)


def _carried_out(page: Page, call: Call) -> Response:
    try:
        return page.handler(call)
    except Refusal as refusal:
        sentence = call.sentence(refusal)
        if page.again is None:
            return call.show("told.html", 422, sentence=sentence)
        try:
            return page.again(replace(call, refused=sentence))
        except Refusal:
            return call.show("told.html", 422, sentence=sentence)
    except Exception:
        log.exception("a staff page broke: %s %s", page.method, page.path)
        return call.show("told.html", 500, sentence=call.w("told.broken"))


def _call(house: House, request: Request, form: Mapping[str, list[str]], *, secure: bool) -> Call:
    now = house.clock.now()
    token = request.cookies.get(COOKIE, "")
    found = None
    if token:
        with house.database.reading() as session:
            found = open_session(session, token, now)
        if found is not None and is_seen_late(found[0], now):
            with house.database.transaction() as session:
                note_seen(session, found[0].token_hash, now)
    staff = staff_of(found[1]) if found else None
    lists = {
        name: [value.replace("\r\n", "\n").replace("\x00", "") for value in values] for name, values in form.items()
    }
    return Call(
        house=house,
        language=staff.language if staff else _language(request),
        staff=staff,
        session_hash=found[0].token_hash if found else "",
        form_key=found[0].form_key if found else request.cookies.get(FORM_COOKIE, ""),
        path=request.path_params,
        query=request.query_params,
        form={name: values[-1] for name, values in lists.items()},
        form_lists=lists,
        address=request.client.host if request.client else "unknown",
        agent=request.headers.get("user-agent", ""),
        now=now,
        today=house.clock.today(),
        secure=secure,
        here=request.url.path.removeprefix(BASE) or "/",
    )


def _language(request: Request) -> Language:
    chosen = request.cookies.get(LANGUAGE_COOKIE) or request.headers.get("accept-language", "zh")
    return "zh" if chosen.lower().startswith("zh") else "en"
