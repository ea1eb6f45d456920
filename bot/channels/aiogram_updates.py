"""What Telegram's updates say, as the conversation reads it."""

from aiogram.types import Document, Message, Update

from bot.care.record_table import MOST_BYTES
from bot.messages import Inbound

TABLE_ENDINGS = frozenset({"csv", "tsv", "txt", "json"})
_UNKNOWN_KINDS = ("voice", "audio", "video_note", "video", "photo", "animation", "sticker", "dice")


def inbound_of(update: Update) -> Inbound | None:
    """What an update asks of us; None for what is not a person's message to the bot alone."""
    query, message = update.callback_query, update.message
    if query is not None:
        if query.message is None or query.message.chat.type != "private":
            return None
        chat = str(query.message.chat.id)
        hint = query.from_user.language_code
        return Inbound("telegram", chat, str(update.update_id), "button", query.data or "", hint)
    if message is None or message.chat.type != "private" or message.from_user is None:
        return None
    hint = message.from_user.language_code
    if message.text is not None:
        return Inbound("telegram", str(message.chat.id), str(update.update_id), "text", message.text, hint)
    document = message.document
    if document is not None and _may_be_table(document):
        return Inbound("telegram", str(message.chat.id), str(update.update_id), "file", document.file_name or "", hint)
    if message.location is not None:  # a venue carries one too
        where = f"{message.location.latitude},{message.location.longitude}"
        return Inbound("telegram", str(message.chat.id), str(update.update_id), "location", where, hint)
    return Inbound("telegram", str(message.chat.id), str(update.update_id), "unknown", _kind_of(message), hint)


def _may_be_table(document: Document) -> bool:
    """Whether a document may be a table of records; others are not fetched."""
    ending = (document.file_name or "").lower().rpartition(".")[2]
    return ending in TABLE_ENDINGS and 0 < (document.file_size or 0) <= MOST_BYTES


def _kind_of(message: Message) -> str:
    if message.document is not None and (message.document.mime_type or "").startswith("image/"):
        return "photo"
    return next((kind for kind in _UNKNOWN_KINDS if getattr(message, kind, None)), "other")


def chat_of(update: Update) -> int:
    """The chat whose order an update keeps; 0 for what belongs to none."""
    if update.callback_query is not None:
        return update.callback_query.from_user.id
    if update.my_chat_member is not None:
        return update.my_chat_member.chat.id
    return update.message.chat.id if update.message is not None else 0
