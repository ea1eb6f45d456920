"""Web chat: a page, links to events, a JSON call for each message, the messages that wait, calendars, `/healthz`.

Nothing is loaded from any other host.

A browser is known by a random cookie that only this site can read. A message carries its own number, so a repeated
call is answered once, with the same words.
"""

import base64
import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pydantic import Base64Bytes, BaseModel, Field
from sqlalchemy import text

from bot.care.record_table import MOST_BYTES
from bot.conversation.conversation import Conversation
from bot.conversation.render import render
from bot.conversation.router import language_from_hint, language_of
from bot.database import Database
from bot.messages import Attachment, Inbound, Reply, Say
from bot.rendered import RenderedReply
from index.manifest import Manifest

log = logging.getLogger(__name__)

PAGE = Path(__file__).parent / "web"
COOKIE = "qihui_chat"
COOKIE_AGE_S = 180 * 24 * 3600
MOST_BODY_BYTES = 1_000_000
MESSAGES_PER_MINUTE = 40
LOOKS_PER_MINUTE = 60
MESSAGES_PER_MINUTE_PER_ADDRESS = 600
"""A clinic's waiting room shares one address."""

_CHAT = re.compile(r"^[0-9a-f]{32}$")
_EVENT = re.compile(r"^[0-9a-f]{16}$")
_TOKEN = re.compile(r"^[0-9A-Za-z_-]{32}$")
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class MessageIn(BaseModel):
    """What the page sends: a text, a pressed button, a file (base64, `content` its name), or where the phone is.

    Each with a number of its own.
    """

    id: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{8,64}$")]
    kind: Literal["text", "button", "file", "location"] = "text"
    content: str
    file: Annotated[Base64Bytes, Field(max_length=MOST_BYTES)] = b""
    language: Annotated[str | None, Field(max_length=20)] = None
    again: bool = False


class Received(BaseModel):
    """The page has shown the replies to these messages."""

    ids: Annotated[list[Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{8,64}$")]], Field(max_length=50)]


class Look(BaseModel):
    """The page asks what waits for it: the messages, or only how many while nobody looks."""

    count_only: bool = False


class Shown(BaseModel):
    """The page has shown these messages."""

    ids: Annotated[list[Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]], Field(max_length=50)]


def create_app(conversation: Conversation, database: Database, manifest: Manifest) -> FastAPI:
    """The web application around a conversation."""
    app = FastAPI(title="qihui", docs_url=None, redoc_url=None, openapi_url=None)
    limiter = MovingWindowRateLimiter(MemoryStorage())
    per_chat = RateLimitItemPerMinute(MESSAGES_PER_MINUTE)
    per_look = RateLimitItemPerMinute(LOOKS_PER_MINUTE)
    per_address = RateLimitItemPerMinute(MESSAGES_PER_MINUTE_PER_ADDRESS)
    app.mount("/static", StaticFiles(directory=PAGE), name="static")

    @app.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        refused = _refusal(request)
        response = refused if refused is not None else await call_next(request)
        response.headers.update(_HEADERS)
        return response

    _add_pages(app)

    @app.post("/api/messages")
    def message(request: Request, body: MessageIn) -> JSONResponse:
        chat = request.cookies.get(COOKIE, "")
        if not _CHAT.match(chat):
            return JSONResponse({"error": "cookie"}, status_code=401)
        inbound = Inbound(
            "web", chat, f"{chat[:8]}-{body.id}", body.kind, body.content, body.language, body.again, body.file
        )
        address = request.client.host if request.client else "unknown"
        if not (limiter.hit(per_chat, chat) and limiter.hit(per_address, address)):
            language = language_of(body.content) or language_from_hint(body.language)
            return JSONResponse({"replies": [_as_json(render(Reply((Say("slow_down"),)), language))]}, status_code=429)
        try:
            replies = conversation.handle(inbound)
        except Exception:
            log.exception("a web message could not be answered")
            return JSONResponse({"replies": [_as_json(reply) for reply in conversation.apology(inbound)]})
        return JSONResponse({"replies": [_as_json(reply) for reply in replies]})

    @app.post("/api/received")
    def received(request: Request, body: Received) -> Response:
        chat = request.cookies.get(COOKIE, "")
        if _CHAT.match(chat):
            for number in body.ids:
                conversation.delivered(Inbound("web", chat, f"{chat[:8]}-{number}", "text"))
        return Response(status_code=204)

    @app.post("/api/inbox")
    def inbox(request: Request, body: Look) -> JSONResponse:
        chat = request.cookies.get(COOKIE, "")
        if not _CHAT.match(chat):
            return JSONResponse({"error": "cookie"}, status_code=401)
        if not limiter.hit(per_look, "look", chat):
            return JSONResponse({"error": "slow down"}, status_code=429)
        waiting = [] if body.count_only else conversation.waiting("web", chat)
        messages = [{"id": one.id, "at": one.arrived_at.isoformat(), **_as_json(one.reply)} for one in waiting]
        return JSONResponse({"unread": conversation.unread("web", chat), "messages": messages})

    @app.post("/api/shown")
    def shown(request: Request, body: Shown) -> Response:
        chat = request.cookies.get(COOKIE, "")
        if _CHAT.match(chat):
            conversation.shown("web", chat, body.ids)
        return Response(status_code=204)

    @app.get("/calendar/{token}.ics")
    def calendar_feed(request: Request, token: str) -> Response:
        address = request.client.host if request.client else "unknown"
        if not limiter.hit(per_address, "calendar", address):
            return JSONResponse({"error": "slow down"}, status_code=429)
        content = conversation.calendar_feed(token) if _TOKEN.match(token) else None
        if content is None:
            return JSONResponse({"error": "not found"}, status_code=404)
        return Response(content, media_type="text/calendar; charset=utf-8")

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        with database.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        return JSONResponse(
            {
                "status": "ok",
                "version": version("qihui"),
                "edition": conversation.edition,
                "index": {"encoder": manifest.encoder, "entries": manifest.entries, "wordings": manifest.wordings},
                "database": database.engine.dialect.name,
            }
        )

    return app


def _add_pages(app: FastAPI) -> None:
    """The page, and the same page under the address of a shared event."""

    @app.get("/")
    def page(request: Request) -> FileResponse:
        response = FileResponse(PAGE / "chat.html", media_type="text/html; charset=utf-8")
        # who comes from another site shows no cookie even where there is one: the page asks once more by itself
        from_elsewhere = request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}
        if not from_elsewhere and not _CHAT.match(request.cookies.get(COOKIE, "")):
            response.set_cookie(COOKIE, secrets.token_hex(16), max_age=COOKIE_AGE_S, httponly=True, samesite="strict")
        return response

    @app.get("/e/{event_id}")
    def event_link(event_id: str) -> Response:
        """The page of a shared event; the page itself opens the conversation at the event."""
        if not _EVENT.match(event_id):
            return JSONResponse({"error": "not found"}, status_code=404)
        return FileResponse(PAGE / "chat.html", media_type="text/html; charset=utf-8")


def _refusal(request: Request) -> Response | None:
    """Calls from other sites, and bodies too large to be a message, are turned away before they are read."""
    if request.method == "POST":
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return JSONResponse({"error": "cross-site"}, status_code=403)
        if not request.headers.get("content-type", "").startswith("application/json"):
            return JSONResponse({"error": "content-type"}, status_code=415)
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > MOST_BODY_BYTES:
            return JSONResponse({"error": "too large"}, status_code=413)
    return None


def _as_json(reply: RenderedReply) -> dict[str, Any]:
    return {
        "language": reply.language,
        "urgent": reply.urgent,
        "large": reply.large_type,
        "file": _file_as_json(reply.attachment),
        "lines": [{"text": line.text, "look": line.look} for line in reply.lines],
        "buttons": [[{"label": button.label, "data": button.data} for button in row] for row in reply.buttons],
    }


def _file_as_json(attachment: Attachment | None) -> dict[str, str] | None:
    if attachment is None:
        return None
    content = base64.b64encode(attachment.content).decode()
    return {"name": attachment.name, "type": attachment.media_type, "content": content}
