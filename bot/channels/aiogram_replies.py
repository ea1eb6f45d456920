"""Replies on their way to Telegram: one message or file at a time, tried again where that can help."""

import asyncio
import logging

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions

from bot.messages import Attachment
from bot.telegram_html import TelegramMessage

log = logging.getLogger(__name__)

SEND_TRIES = 4
LONGEST_BACKOFF_S = 30.0


class TelegramReplies:
    """Sends through one bot. The token never reaches a log: errors are logged by their class."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(self, chat: int, part: TelegramMessage | Attachment) -> bool:
        """Send one message or file. Returns False when the person cannot be reached (blocked us, left)."""
        markup: str | None = "HTML"
        for attempt in range(SEND_TRIES):
            try:
                await self._call(chat, part, markup)
            except TelegramRetryAfter as error:
                await asyncio.sleep(error.retry_after)
            except TelegramForbiddenError:
                log.info("a person has blocked the bot; nothing more is sent for now")
                return False
            except TelegramBadRequest as error:
                if markup is None or "parse" not in str(error):
                    log.warning("Telegram refused a message (%s)", type(error).__name__)
                    return False
                markup = None
            except (TelegramAPIError, TimeoutError, OSError) as error:
                log.warning("a message was not sent (%s); trying again", type(error).__name__)
                await asyncio.sleep(min(2.0**attempt, LONGEST_BACKOFF_S))
            else:
                return True
        log.error("a message was given up after %d tries", SEND_TRIES)
        return False

    async def _call(self, chat: int, part: TelegramMessage | Attachment, markup: str | None) -> None:
        if isinstance(part, TelegramMessage):
            await self._bot.send_message(
                chat,
                part.html if markup else part.plain,
                parse_mode=markup,
                reply_markup=_keyboard(part),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        elif part.media_type.startswith("image/"):
            await self._bot.send_photo(chat, BufferedInputFile(part.content, part.name))
        else:
            await self._bot.send_document(chat, BufferedInputFile(part.content, part.name))


def _keyboard(part: TelegramMessage) -> InlineKeyboardMarkup | None:
    if not part.buttons:
        return None
    rows = [[InlineKeyboardButton(text=one.label, callback_data=one.data) for one in row] for row in part.buttons]
    return InlineKeyboardMarkup(inline_keyboard=rows)
