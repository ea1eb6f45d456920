"""What sends messages, put together from the settings: the pace of the token, and a transport for each channel."""

from collections.abc import Callable

from bot.clock import SystemClock
from bot.conversation.session import chat_key
from bot.database import Database
from bot.messages import Inbound
from bot.outreach.rate_limit import RateLimiter, token_key
from bot.outreach.send_rate import MOST_PER_SECOND, limits_of
from bot.outreach.transport import Transport
from bot.outreach.turns_to_send import ChatTurns, Pacer
from bot.outreach.web_transport import WebInbox
from bot.sealing import Keyring
from bot.settings import Settings
from bot.wiring import read_secret


def open_pacer(settings: Settings, database: Database, token: str) -> Pacer:
    """What paces this process's calls to Telegram; every process that sends has one, on one database."""
    limits = limits_of(settings.telegram_rate)
    return Pacer(RateLimiter(database, SystemClock(settings.timezone), token_key(token), limits))


def chat_key_by(secret: bytes, channel: str) -> Callable[[str], str]:
    """The hidden address of a chat of a channel, by its address."""
    return lambda address: chat_key(Inbound(channel, address, "", "unknown"), secret)


def open_transports(
    settings: Settings, database: Database, keys: Keyring, telegram_pacer: Pacer | None
) -> dict[str, Transport]:
    """The transports of this process by channel; Telegram's only with a token and its pacer."""
    secret = read_secret(settings)
    clock = SystemClock(settings.timezone)
    transports: dict[str, Transport] = {"web": WebInbox(database, keys, clock, chat_key_by(secret, "web"))}
    if settings.telegram_token is not None and telegram_pacer is not None:
        from bot.outreach.telegram_transport import TelegramTransport

        turns = ChatTurns(telegram_pacer, chat_key_by(secret, "telegram"))
        token = settings.telegram_token.get_secret_value()
        paid = settings.telegram_rate > MOST_PER_SECOND
        transports["telegram"] = TelegramTransport(token, settings.telegram_api, turns, paid=paid)
    return transports
