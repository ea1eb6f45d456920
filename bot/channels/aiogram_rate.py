"""Live replies keep to the token's rate, and obey "too many requests".

A reply goes in the lane `live`, which has a share of its own, so a bulk message never makes a parent wait. While a halt
holds nothing leaves but the asking for updates. What Telegram answers with 429 is sent again when its time is over.
"""

import logging
from collections.abc import Callable
from typing import Any

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import GetUpdates, Response, TelegramMethod
from aiogram.methods.base import TelegramType
from sqlalchemy.exc import SQLAlchemyError

from bot.outreach.turns_to_send import Pacer

log = logging.getLogger(__name__)

TRIES = 5


class LiveRate(BaseRequestMiddleware):
    """Every call of the dialogue's bot passes here. `chat_key_of` hides a chat's address."""

    def __init__(self, pacer: Pacer, chat_key_of: Callable[[str], str]) -> None:
        self._pacer = pacer
        self._chat_key_of = chat_key_of

    async def __call__(
        self, make_request: NextRequestMiddlewareType[TelegramType], bot: Bot, method: TelegramMethod[TelegramType]
    ) -> Response[TelegramType]:
        """Make one call when it may leave.

        Raises: TelegramRetryAfter: of a call for updates at once; of others when Telegram goes on refusing.
        """
        tries = 1 if isinstance(method, GetUpdates) else TRIES
        while True:
            tries -= 1
            await self._turn(method)
            try:
                return await make_request(bot, method)
            except TelegramRetryAfter as error:
                await self._halt(error.retry_after)
                if tries <= 0:
                    raise

    async def _turn(self, method: TelegramMethod[Any]) -> None:
        """A reply must not be lost for want of bookkeeping: where the rate cannot be asked, it goes out."""
        if isinstance(method, GetUpdates):
            return
        chat = getattr(method, "chat_id", None)
        try:
            if chat is None:
                await self._pacer.silence_over()
            else:
                await self._pacer.turn(self._chat_key_of(str(chat)), "live", is_group=str(chat).startswith("-"))
        except SQLAlchemyError as error:
            log.warning("a reply goes out unpaced: the rate cannot be asked (%s)", type(error).__name__)

    async def _halt(self, after_s: float) -> None:
        log.warning("Telegram asks for %s s of silence", after_s)
        try:
            await self._pacer.halt(after_s)
        except SQLAlchemyError as error:
            log.warning("other processes do not hear of it (%s)", type(error).__name__)
