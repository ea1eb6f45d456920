"""The people, chats, updates and messages of the test server. Guarded by one condition, so tests can wait for events."""

import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from aiogram.types import Message, Update

from tests.telegram_server.limits import ApiError

BOT_ID = 4242
BOT = {"id": BOT_ID, "is_bot": True, "first_name": "七会", "username": "qihui_test_bot"}
_START = 1_790_000_000


@dataclass
class Sent:
    """A message that the bot sent: what a person sees, and how it was sent."""

    chat: int
    message_id: int
    text: str
    parse_mode: str | None
    buttons: list[list[dict[str, Any]]]
    method: str = "sendMessage"


@dataclass
class Call:
    """One call of the bot, in order."""

    method: str
    fields: dict[str, Any]
    at: float = field(default_factory=time.monotonic)


@dataclass
class World:
    """Everything that the server knows."""

    token: str
    changed: threading.Condition = field(default_factory=threading.Condition)
    updates: list[dict[str, Any]] = field(default_factory=list)
    confirmed: int = 0
    sent: list[Sent] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    commands: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    blocked: set[int] = field(default_factory=set)
    deactivated: set[int] = field(default_factory=set)
    moved: dict[int, int] = field(default_factory=dict)
    chats: dict[int, dict[str, Any]] = field(default_factory=dict)
    webhook: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._update_ids = itertools.count(1001)
        self._message_ids = itertools.count(1)
        self._user_ids = itertools.count(700_001)
        self._seconds = itertools.count(_START)

    def new_user(self, language_code: str | None) -> dict[str, Any]:
        """A person with a private chat."""
        number = next(self._user_ids)
        user = {"id": number, "is_bot": False, "first_name": f"家长{number}"}
        if language_code:
            user["language_code"] = language_code
        self.chats[number] = {"id": number, "type": "private", "first_name": user["first_name"]}
        return user

    def chat(self, chat_id: Any) -> dict[str, Any]:
        """The chat of an id, refused as Telegram refuses it."""
        try:
            chat = self.chats[int(chat_id)]
        except (KeyError, TypeError, ValueError):
            raise ApiError(400, "Bad Request: chat not found") from None
        if chat["id"] in self.moved:
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, words, moved_to=self.moved[chat["id"]])
        if chat["id"] in self.deactivated:
            raise ApiError(403, "Forbidden: user is deactivated")
        if chat["id"] in self.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        return chat

    def message(self, chat: dict[str, Any], sender: dict[str, Any], **content: Any) -> dict[str, Any]:
        """A message as the API shows it, checked against aiogram's own types."""
        raw = {
            "message_id": next(self._message_ids),
            "date": next(self._seconds),
            "chat": chat,
            "from": sender,
            **content,
        }
        Message.model_validate(raw)
        return raw

    def push(self, **content: Any) -> int:
        """A new update; returns its number."""
        raw = {"update_id": next(self._update_ids), **content}
        Update.model_validate(raw)
        with self.changed:
            self.updates.append(raw)
            self.changed.notify_all()
        return raw["update_id"]

    def redeliver(self, update_id: int) -> None:
        """Deliver an update once more, as after a lost confirmation."""
        with self.changed:
            self.confirmed = min(self.confirmed, update_id - 1)
            self.changed.notify_all()

    def pending(self, offset: int | None, limit: int) -> list[dict[str, Any]]:
        """Updates that are not confirmed; an offset confirms all before it, a negative one all but the last."""
        if offset is not None and offset > 0:
            self.confirmed = max(self.confirmed, offset - 1)
        elif offset is not None and offset < 0 and self.updates:
            self.confirmed = max(self.confirmed, self.updates[max(0, len(self.updates) + offset)]["update_id"] - 1)
        return [update for update in self.updates if update["update_id"] > self.confirmed][:limit]

    def wait_for(self, condition: Any, timeout_s: float) -> bool:
        """Wait until a condition over this world holds."""
        deadline = time.monotonic() + timeout_s
        with self.changed:
            while not condition():
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self.changed.wait(left)
        return True
