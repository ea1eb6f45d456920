"""The server itself: a thread of its own, real HTTP, and faults on demand."""

import asyncio
import contextlib
import functools
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, web

from tests.telegram_server import TOKEN
from tests.telegram_server.bot_methods import METHODS
from tests.telegram_server.limits import ApiError
from tests.telegram_server.world import BOT, Call, Sent, World


@dataclass
class Fault:
    """The next `count` calls of a method fail: 429 with `retry_after`, 5xx, a dropped connection, or a late answer."""

    method: str
    kind: str
    count: int
    retry_after: int = 1
    slow_s: float = 0.0


@dataclass
class Flood:
    """Every n-th message is answered 429; `early` are the messages that came while the bot had to be silent.

    What had left before the bot could know of it does not count: `under_way_s` after the 429.
    """

    every: int
    retry_after: int = 1
    under_way_s: float = 0.5
    silent_from: float = -1.0
    silent_until: float = -1.0
    count: int = 0
    refused: int = 0
    early: list[float] = field(default_factory=list)

    def refuses(self) -> bool:
        now = time.monotonic()
        if now < self.silent_until:
            if now > self.silent_from + self.under_way_s:
                self.early.append(now - self.silent_from)
            return True
        self.count += 1
        if self.count % self.every:
            return False
        self.refused += 1
        self.silent_from, self.silent_until = now, now + self.retry_after
        return True


@dataclass
class TestServer:
    """What a test holds: its people, what was sent to them, and the switches for faults."""

    __test__ = False
    world: World
    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    flood: Flood | None = None

    def user(self, language_code: str | None = "zh-hans") -> "Person":
        """A new person with a private chat."""
        return Person(self, self.world.new_user(language_code))

    def fails(self, method: str, kind: str, count: int = 1, retry_after: int = 1, slow_s: float = 0.0) -> None:
        """Let the next calls of a method fail: kind is a number such as "429", "drop" (nothing is done), or "slow"
        (done, and answered after `slow_s`)."""
        self.faults.append(Fault(method.lower(), kind, count, retry_after, slow_s))

    def group(self) -> int:
        """A new group that the bot is in; returns its address."""
        number = -500_000 - len(self.world.chats)
        self.world.chats[number] = {"id": number, "type": "group", "title": "妈妈群"}
        return number

    def moves(self, group: int) -> int:
        """The group becomes a supergroup; returns its new address."""
        new = -1_000_000_000_000 + group
        self.world.chats[new] = {"id": new, "type": "supergroup", "title": "妈妈群"}
        self.world.moved[group] = new
        return new

    def calls(self, method: str) -> list[Call]:
        """Every call of a method, in order."""
        return [call for call in self.world.calls if call.method == method.lower()]

    def fault_for(self, method: str) -> Fault | None:
        """The fault that the next call of a method meets, used up by it."""
        for fault in self.faults:
            if fault.method == method and fault.count > 0:
                fault.count -= 1
                return fault
        return None


@dataclass
class Person:
    """Someone who writes to the bot and looks at what comes back."""

    server: TestServer
    raw: dict[str, Any]
    seen: int = 0

    @property
    def id(self) -> int:
        return int(self.raw["id"])

    def sends(self, text: str) -> int:
        return self._message(text=text)

    def sends_voice(self) -> int:
        return self._message(voice={"file_id": "v", "file_unique_id": "uv", "duration": 3})

    def sends_photo(self) -> int:
        return self._message(photo=[{"file_id": "p", "file_unique_id": "up", "width": 9, "height": 9}])

    def sends_sticker(self) -> int:
        kind = {"type": "regular", "width": 9, "height": 9, "is_animated": False, "is_video": False}
        return self._message(sticker={"file_id": "s", "file_unique_id": "us", **kind})

    def sends_location(self) -> int:
        return self._message(location={"latitude": 31.2, "longitude": 121.5})

    def sends_document(self, name: str, content: bytes, mime_type: str = "text/csv") -> int:
        file_id = f"sent-{len(self.server.world.files)}"
        self.server.world.files[file_id] = content
        document = {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_name": name, "mime_type": mime_type}
        return self._message(document={**document, "file_size": len(content)})

    def presses(self, label: str) -> int:
        for message in reversed(self._mine()):
            for button in [button for row in message.buttons for button in row]:
                if label in button["text"]:
                    shown = self.server.world.message(self._chat(), self.raw, text="…")
                    query = {"id": f"q{message.message_id}", "from": self.raw, "chat_instance": "1", "message": shown}
                    return self.server.world.push(callback_query={**query, "data": button["callback_data"]})
        raise AssertionError(f"no button {label!r}")

    def writes_in_a_group(self, text: str) -> int:
        group = {"id": -100_000 - self.id, "type": "supergroup", "title": "妈妈群"}
        self.server.world.chats[group["id"]] = group
        return self.server.world.push(message=self.server.world.message(group, self.raw, text=text))

    def blocks_the_bot(self) -> None:
        self.server.world.blocked.add(self.id)
        self._membership("member", "kicked")

    def unblocks_the_bot(self) -> None:
        self.server.world.blocked.discard(self.id)
        self._membership("kicked", "member")

    def leaves_telegram(self) -> None:
        self.server.world.deactivated.add(self.id)

    def received(self, count: int = 1, timeout_s: float = 15) -> list[Sent]:
        """The next `count` messages to this person."""
        world = self.server.world
        world.wait_for(lambda: len(self._mine()) >= self.seen + count, timeout_s)
        new = self._mine()[self.seen : self.seen + count]
        assert len(new) == count, f"{len(new)} of {count} messages within {timeout_s} s: {[m.text[:40] for m in new]}"
        self.seen += count
        return new

    def _mine(self) -> list[Sent]:
        return [message for message in self.server.world.sent if message.chat == self.id]

    def _membership(self, before: str, after: str) -> int:
        def member(status: str) -> dict[str, Any]:
            return {"status": status, "user": BOT} | ({"until_date": 0} if status == "kicked" else {})

        change = {"chat": self._chat(), "from": self.raw, "date": 1_790_000_000}
        return self.server.world.push(
            my_chat_member={**change, "old_chat_member": member(before), "new_chat_member": member(after)}
        )

    def _chat(self) -> dict[str, Any]:
        return self.server.world.chats[self.id]

    def _message(self, **content: Any) -> int:
        return self.server.world.push(message=self.server.world.message(self._chat(), self.raw, **content))


@contextlib.contextmanager
def running_server() -> Iterator[TestServer]:
    """Start the server on a free port of this machine; stops it at the end."""
    server = TestServer(World(TOKEN))
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    async def serve() -> None:
        app = web.Application(client_max_size=60_000_000)
        app.router.add_route("*", "/bot{token}/{method}", functools.partial(_call, server))
        app.router.add_get("/file/bot{token}/{path:.+}", functools.partial(_download, server))
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
        delivering = asyncio.create_task(_deliver_to_webhook(server.world))
        ready.set()
        try:
            await stopped.wait()
        finally:
            delivering.cancel()
            await runner.cleanup()

    stopped = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(10)
        loop.close()


async def _fields(request: web.Request) -> dict[str, Any]:
    fields: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        fields |= await request.json()
    elif request.method == "POST":
        for name, value in (await request.post()).items():
            fields[name] = value.file.read() if isinstance(value, web.FileField) else value
    return fields


async def _call(server: TestServer, request: web.Request) -> web.StreamResponse:
    world, name = server.world, request.match_info["method"].lower()
    if request.match_info["token"] != world.token:
        return _answer(ApiError(401, "Unauthorized"))
    fields = await _fields(request)
    world.calls.append(Call(name, fields))
    if server.flood is not None and name.startswith("send") and server.flood.refuses():
        return _answer(ApiError(429, "Too Many Requests: retry after", server.flood.retry_after))
    fault = server.fault_for(name)
    slow_s = 0.0
    if fault is not None and fault.kind == "slow":
        slow_s, fault = fault.slow_s, None
    if fault is not None and fault.kind == "drop":
        request.transport.close()
        return web.Response()
    if fault is not None:
        code = int(fault.kind)
        wait = fault.retry_after if code == 429 else None
        return _answer(
            ApiError(code, f"Too Many Requests: retry after {wait}" if wait else "Internal Server Error", wait)
        )
    try:
        if name == "getupdates":
            return _answer(await _get_updates(world, fields))
        if name not in METHODS:
            raise ApiError(404, "Not Found")
        done = METHODS[name](world, fields)
        await asyncio.sleep(slow_s)
        return _answer(done)
    except ApiError as error:
        return _answer(error)


async def _get_updates(world: World, fields: dict[str, Any]) -> list[dict[str, Any]]:
    if world.webhook.get("url"):
        raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first")
    offset = int(fields["offset"]) if fields.get("offset") not in {None, ""} else None
    limit, left_s = int(fields.get("limit") or 100), float(fields.get("timeout") or 0)
    while True:
        found = world.pending(offset, limit)
        if found or left_s <= 0:
            return found
        await asyncio.sleep(0.02)
        left_s -= 0.02


async def _download(server: TestServer, request: web.Request) -> web.StreamResponse:
    content = server.world.files.get(request.match_info["path"].rsplit("/", 1)[-1])
    return web.Response(body=content) if content is not None else web.Response(status=404)


async def _deliver_to_webhook(world: World) -> None:
    """POST each update in order with the secret; again after a refusal, as Telegram does."""
    async with ClientSession() as client:
        while True:
            await asyncio.sleep(0.02)
            if not world.webhook.get("url"):
                continue
            for update in world.pending(None, 1):
                headers = {"X-Telegram-Bot-Api-Secret-Token": world.webhook["secret"]}
                try:
                    async with client.post(world.webhook["url"], json=update, headers=headers) as answer:
                        delivered = answer.status < 300
                except OSError:
                    delivered = False
                if delivered:
                    world.confirmed = max(world.confirmed, update["update_id"])
                else:
                    await asyncio.sleep(0.1)


def _answer(result: Any) -> web.Response:
    if isinstance(result, ApiError):
        body: dict[str, Any] = {"ok": False, "error_code": result.code, "description": result.description}
        if result.retry_after is not None:
            body["parameters"] = {"retry_after": result.retry_after}
        if result.moved_to is not None:
            body["parameters"] = {"migrate_to_chat_id": result.moved_to}
        return web.Response(status=result.code, text=json.dumps(body), content_type="application/json")
    text = json.dumps({"ok": True, "result": result}, ensure_ascii=False)
    return web.Response(text=text, content_type="application/json")
