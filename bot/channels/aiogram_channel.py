"""The Telegram dialogue by long polling: one update in, the conversation's replies out.

The library's own polling confirms updates before they are answered, so a crash would lose them. This loop confirms an
update only when it and every earlier one have been answered: after a crash Telegram delivers again, and the
conversation answers each delivery once. Chats run side by side; the messages of one chat keep their order.
The token never reaches a log: errors are logged by their class.
"""

import asyncio
import contextlib
import logging
from dataclasses import replace
from typing import Protocol

import aiohttp
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ChatMemberStatus
from aiogram.exceptions import AiogramError, TelegramAPIError, TelegramRetryAfter, TelegramUnauthorizedError
from aiogram.types import BotCommand, CallbackQuery, ChatMemberUpdated, Document, Update

from bot.channels.aiogram_rate import LiveRate
from bot.channels.aiogram_replies import LONGEST_BACKOFF_S, TelegramReplies
from bot.channels.aiogram_updates import chat_of, inbound_of
from bot.errors import Misconfigured
from bot.messages import Inbound
from bot.rendered import RenderedReply
from bot.telegram_html import telegram_messages
from knowledge.topics import Language

log = logging.getLogger(__name__)

POLL_TIMEOUT_S = 25
UPDATES_AT_ONCE = 8
FILE_TIMEOUT_S = 30


class TalksWithPeople(Protocol):
    """What the channel needs of the conversation."""

    def handle(self, inbound: Inbound) -> list[RenderedReply]:
        """The replies to a delivery; blocking."""
        ...

    def delivered(self, inbound: Inbound) -> None:
        """Every reply has been sent; blocking."""
        ...

    def reachable(self, channel: str, chat: str, *, now_reachable: bool) -> None:
        """A chat has blocked us, or has let us in again; blocking."""
        ...

    def apology(self, inbound: Inbound) -> list[RenderedReply]:
        """What a person hears when something of ours broke."""
        ...

    def commands(self) -> dict[Language, list[tuple[str, str]]]:
        """The command menu by language."""
        ...

    def introduce(self, bot_name: str | None) -> None:
        """Learn the bot's user name, for links to it."""
        ...


class TelegramChannel:
    """Polls one bot. Only one process may do so for a token."""

    def __init__(
        self,
        conversation: TalksWithPeople,
        token: str,
        api_base: str,
        poll_timeout_s: int = POLL_TIMEOUT_S,
        rate: LiveRate | None = None,
    ) -> None:
        session = AiohttpSession(api=TelegramAPIServer.from_base(api_base.rstrip("/")))
        if rate is not None:
            session.middleware(rate)
        self._bot = Bot(token, session=session, default=DefaultBotProperties(parse_mode="HTML"))
        self._replies = TelegramReplies(self._bot)
        self._conversation = conversation
        self._poll_timeout_s = poll_timeout_s
        self._room = asyncio.Semaphore(UPDATES_AT_ONCE)
        self._chats: dict[int, asyncio.Task[None]] = {}
        self._unfinished: set[int] = set()
        self._newest = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until `stop` is set and what is in hand has been answered.

        Raises: Misconfigured: Telegram refuses the token.
        """
        try:
            await self._introduce(stop)
            while not stop.is_set():
                for update in await self._next_updates(stop):
                    self._take(update)
            await asyncio.gather(*self._chats.values(), return_exceptions=True)
            await self._confirm_all()
        except TelegramUnauthorizedError as error:
            raise Misconfigured("Telegram refuses the token; check QIHUI_TELEGRAM_TOKEN") from error
        finally:
            await self._bot.session.close()

    async def _introduce(self, stop: asyncio.Event) -> None:
        """Take over from a webhook and set the command menu in both languages."""
        backoff_s = 1.0
        while not stop.is_set():
            try:
                await self._bot.delete_webhook(drop_pending_updates=False)
                self._conversation.introduce((await self._bot.get_me()).username)
                for language, commands in self._conversation.commands().items():
                    menu = [BotCommand(command=name, description=text) for name, text in commands]
                    await self._bot.set_my_commands(menu, language_code=language)
                    if language == "zh":
                        await self._bot.set_my_commands(menu)
            except TelegramUnauthorizedError:
                raise
            except (TelegramAPIError, TimeoutError, OSError) as error:
                log.warning("Telegram cannot be reached (%s); trying again", type(error).__name__)
                await _pause(stop, backoff_s)
                backoff_s = min(backoff_s * 2, LONGEST_BACKOFF_S)
            else:
                log.info("Telegram dialogue is on")
                return

    async def _next_updates(self, stop: asyncio.Event) -> list[Update]:
        """Updates not seen yet. Asks from the lowest unanswered one, which confirms all before it."""
        offset = min(self._unfinished, default=self._newest + 1) if self._newest else None
        # while something is unanswered Telegram would return it at once, again and again: ask at a walking pace
        timeout_s = 0 if self._unfinished else self._poll_timeout_s
        asking = asyncio.create_task(
            self._bot.get_updates(
                offset=offset,
                timeout=timeout_s,
                allowed_updates=["message", "callback_query", "my_chat_member"],
                request_timeout=timeout_s + 20,
            )
        )
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not asking.done():
            asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asking
            return []
        try:
            updates = asking.result()
        except TelegramUnauthorizedError:
            raise
        except TelegramRetryAfter as error:
            await _pause(stop, error.retry_after)
            return []
        except (TelegramAPIError, TimeoutError, OSError) as error:
            log.warning("no updates from Telegram (%s); trying again", type(error).__name__)
            await _pause(stop, 2.0)
            return []
        fresh = [update for update in updates if update.update_id > self._newest]
        if not fresh and self._unfinished:
            await _pause(stop, 0.05)
        return fresh

    def _take(self, update: Update) -> None:
        """Queue an update behind the ones of the same chat."""
        self._newest = max(self._newest, update.update_id)
        self._unfinished.add(update.update_id)
        chat = chat_of(update)
        before = self._chats.get(chat)
        self._chats[chat] = asyncio.create_task(self._answer_after(before, update, chat))

    async def _answer_after(self, before: "asyncio.Task[None] | None", update: Update, chat: int) -> None:
        if before is not None:
            await asyncio.wait({before})
        try:
            async with self._room:
                await self._answer(update)
        except Exception as error:  # noqa: BLE001 - one update must never stop the polling
            log.error("an update could not be answered (%s)", type(error).__name__)  # noqa: TRY400 - a trace may hold words
        finally:
            self._unfinished.discard(update.update_id)
            if self._chats.get(chat) is asyncio.current_task():
                del self._chats[chat]

    async def _answer(self, update: Update) -> None:
        if update.callback_query is not None:
            await self._stop_spinner(update.callback_query)
        if update.my_chat_member is not None:
            await self._note_reachable(update.my_chat_member)
            return
        inbound = inbound_of(update)
        if inbound is None:
            return
        if inbound.kind == "file" and update.message is not None and update.message.document is not None:
            inbound = replace(inbound, file=await self._file(update.message.document))
        try:
            replies = await asyncio.to_thread(self._conversation.handle, inbound)
        except Exception as error:  # noqa: BLE001 - the person hears an apology, the operator the class of the fault
            log.error("a message could not be answered (%s)", type(error).__name__)  # noqa: TRY400 - a trace may hold words
            replies = self._conversation.apology(inbound)
        for part in [part for reply in replies for part in (*telegram_messages(reply), reply.attachment)]:
            if part is not None and not await self._replies.send(int(inbound.chat), part):
                return
        await asyncio.to_thread(self._conversation.delivered, inbound)

    async def _file(self, document: Document) -> bytes:
        """What a document holds; empty where it cannot be had, which is then no table."""
        try:
            content = await self._bot.download(document, timeout=FILE_TIMEOUT_S)
        except (AiogramError, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("a file could not be fetched (%s)", type(error).__name__)
            return b""
        return b"" if content is None else content.read()

    async def _note_reachable(self, change: ChatMemberUpdated) -> None:
        """In a private chat the bot's own membership changes only when the person blocks it or lets it in again."""
        if change.chat.type == "private":
            here = change.new_chat_member.status not in {ChatMemberStatus.KICKED, ChatMemberStatus.LEFT}
            chat = str(change.chat.id)
            await asyncio.to_thread(self._conversation.reachable, "telegram", chat, now_reachable=here)

    async def _stop_spinner(self, query: CallbackQuery) -> None:
        try:
            await self._bot.answer_callback_query(query.id)
        except TelegramAPIError as error:
            log.info("a button press was too old to confirm (%s)", type(error).__name__)

    async def _confirm_all(self) -> None:
        """Tell Telegram at the end that everything taken was answered."""
        if self._newest and not self._unfinished:
            with contextlib.suppress(TelegramAPIError, TimeoutError, OSError):
                await self._bot.get_updates(offset=self._newest + 1, limit=1, timeout=0, request_timeout=5)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
