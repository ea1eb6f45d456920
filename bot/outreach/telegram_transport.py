"""The transport to Telegram: python-telegram-bot's `Bot` as a client, never its updater.

What decides is whether a call can have reached Telegram. A connection that was never made, or none free in the pool: it
has not left, so later again. A time-out or a broken connection after that: it may have arrived, so doubtful. An answer
counts as an answer, also when it says 500.

A long reply is several calls. The first one's turn is the sender's; the further ones' are taken here, and once the first
has arrived the reply ends as sent, blocked or doubtful, because "later again" would repeat what has arrived.
The token stands in every address, so no address and no error's text of the library reaches a log.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import httpx
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, LinkPreviewOptions, Message
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bot.errors import Misconfigured
from bot.messages import Attachment
from bot.outreach.transport import LONGEST_SEND_S, Blocked, Doubtful, Outcome, Refused, RetryLater, Sent
from bot.rendered import RenderedReply
from bot.telegram_html import TelegramMessage, telegram_messages

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 5.0
POOL_TIMEOUT_S = 5.0
WRITE_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 20.0
"""Long: giving up on an answer makes a message doubtful, while waiting costs one of the connections only."""
UPLOAD_TIMEOUT_S = 30.0
LONGEST_CALL_S = 45.0
"""The time-outs above are of single steps; this one is of the whole call."""

IDLE_CONNECTION_S = 20.0
"""Shorter than servers keep an idle connection: one that was closed meanwhile would make a message doubtful."""

FURTHER_TRIES = 3
AGAIN_AFTER_S = 5.0
AGAIN_AFTER_FAULT_S = 30.0

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_KNOWN_ANSWERS = (400, 401, 403, 404, 409, 429)
_NOT_DONE = (500, 502, 503)
"""Telegram says itself that it did not do it; 504 says that it does not know."""
_NOBODY_THERE = ("chat not found", "user not found", "peer_id_invalid", "user is deactivated", "chat was deleted")


class FurtherTurns(Protocol):
    """What a long reply needs between its calls; see `turns_to_send.Pacer`."""

    async def turn(self, address: str) -> None:
        """Wait until one more call to this address may leave."""
        ...

    async def halt(self, after_s: float) -> None:
        """Telegram answered 429."""
        ...


class _OddAnswer(NetworkError):
    def __init__(self, code: int) -> None:
        super().__init__(f"HTTP {code}")
        self.code = code


class _Connections(HTTPXRequest):
    """The library's own connections; answers it has no error of its own for keep their number."""

    async def do_request(self, *args: Any, **named: Any) -> tuple[int, bytes]:
        code, content = await super().do_request(*args, **named)
        if code >= 300 and code not in _KNOWN_ANSWERS:
            raise _OddAnswer(code)
        return code, content


class TelegramTransport:
    """Sends as one bot. `at_once`: how many calls run side by side; `paid`: the paid-broadcast rate is in use."""

    def __init__(
        self, token: str, api_base: str, turns: FurtherTurns, at_once: int = 32, *, paid: bool = False
    ) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every address, and the token with it
        logging.getLogger("telegram").setLevel(logging.CRITICAL)
        base = api_base.rstrip("/")
        self._connections = _Connections(
            connection_pool_size=at_once,
            connect_timeout=CONNECT_TIMEOUT_S,
            pool_timeout=POOL_TIMEOUT_S,
            write_timeout=WRITE_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            media_write_timeout=UPLOAD_TIMEOUT_S,
            httpx_kwargs={
                "limits": httpx.Limits(
                    max_connections=at_once, max_keepalive_connections=at_once, keepalive_expiry=IDLE_CONNECTION_S
                )
            },
        )
        self._bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._connections,
            get_updates_request=self._connections,
        )
        self._turns = turns
        self._paid = True if paid else None

    async def send(self, address: str, reply: RenderedReply) -> Outcome:
        """See `Transport`.

        Raises: Misconfigured: Telegram refuses the token.
        """
        parts: list[TelegramMessage | Attachment] = [*telegram_messages(reply)]
        if reply.attachment is not None:
            parts.append(reply.attachment)
        try:
            async with asyncio.timeout(LONGEST_SEND_S):
                return await self._send_all(address, parts)
        except TimeoutError:
            return Doubtful("not sent in time, or in part only")

    async def close(self) -> None:
        """See `Transport`."""
        await self._connections.shutdown()

    async def _send_all(self, address: str, parts: list[TelegramMessage | Attachment]) -> Outcome:
        first, *further = parts
        outcome = await self._follow(address, first)
        for part in further:
            if not isinstance(outcome, Sent):
                break
            outcome = await self._further(outcome.new_address or address, part, outcome)
        return outcome

    async def _further(self, address: str, part: TelegramMessage | Attachment, before: Sent) -> Outcome:
        """Send what follows a part that has arrived: tried again here, since the whole must not be."""
        outcome: Outcome = RetryLater(0, "not tried")
        for _ in range(FURTHER_TRIES):
            await self._turns.turn(address)
            outcome = await self._follow(address, part)
            if not isinstance(outcome, RetryLater):
                break
            if outcome.halts:
                await self._turns.halt(outcome.after_s)
            else:
                await asyncio.sleep(outcome.after_s)
        match outcome:
            case Sent(ref, new_address):
                return Sent(ref, new_address or before.new_address)
            case RetryLater(_, reason, _) | Refused(reason):
                return Doubtful(f"arrived in part only: {reason}")
            case _:
                return outcome

    async def _follow(self, address: str, part: TelegramMessage | Attachment) -> Outcome:
        """Send one part, to where the chat has moved if it has."""
        outcome = await self._try(address, part)
        if not isinstance(outcome, _Moved):
            return outcome
        await self._turns.turn(outcome.address)
        after = await self._try(outcome.address, part)
        if isinstance(after, _Moved):
            return Refused("the chat moves in a circle")
        return Sent(after.ref, outcome.address) if isinstance(after, Sent) else after

    async def _try(self, address: str, part: TelegramMessage | Attachment) -> "Outcome | _Moved":
        try:
            async with asyncio.timeout(LONGEST_CALL_S):
                message = await self._call(address, part)()
        except TimeoutError:
            return Doubtful("no answer in time")
        except TelegramError as error:
            return _meaning(error)
        return Sent(str(message.message_id))

    def _call(self, address: str, part: TelegramMessage | Attachment) -> Callable[[], Awaitable[Message]]:
        if isinstance(part, TelegramMessage):
            return lambda: self._bot.send_message(
                address,
                part.html,
                parse_mode="HTML",
                reply_markup=_keyboard(part),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                allow_paid_broadcast=self._paid,
            )
        file = InputFile(part.content, filename=part.name)
        if part.media_type.startswith("image/"):
            return lambda: self._bot.send_photo(address, file, allow_paid_broadcast=self._paid)
        return lambda: self._bot.send_document(address, file, allow_paid_broadcast=self._paid)


class _Moved:
    def __init__(self, address: str) -> None:
        self.address = address


def _meaning(error: TelegramError) -> "Outcome | _Moved":
    """What an error of the library says about the message.

    Raises: Misconfigured: Telegram refuses the token.
    """
    cause = error.__cause__
    match error:
        case RetryAfter():
            return RetryLater(_seconds(error), "too many requests", halts=True)
        case ChatMigrated(new_chat_id=new):
            return _Moved(str(new))
        case Forbidden():
            return Blocked(error.message)
        case InvalidToken():
            message = "Telegram refuses the token; check QIHUI_TELEGRAM_TOKEN"
            raise Misconfigured(message) from None
        case BadRequest():  # before NetworkError: in the library it is one
            gone = any(words in error.message.lower() for words in _NOBODY_THERE)
            return Blocked(error.message) if gone else Refused(error.message)
        case _OddAnswer(code=code) if code in _NOT_DONE:
            return RetryLater(AGAIN_AFTER_FAULT_S, f"Telegram answered {code}")
        case _OddAnswer(code=code) if code < 500:
            return Refused(f"Telegram answered {code}")
        case _OddAnswer(code=code):
            return Doubtful(f"Telegram answered {code}")
        case NetworkError() if isinstance(cause, _NEVER_LEFT):
            return RetryLater(AGAIN_AFTER_S, type(cause).__name__)
        case NetworkError():
            return Doubtful(type(cause or error).__name__)
        case _:  # among them an answer of 200 that cannot be read
            return Doubtful(type(error).__name__)


def _seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()


def _keyboard(part: TelegramMessage) -> InlineKeyboardMarkup | None:
    if not part.buttons:
        return None
    rows = [[InlineKeyboardButton(one.label, callback_data=one.data) for one in row] for row in part.buttons]
    return InlineKeyboardMarkup(rows)
