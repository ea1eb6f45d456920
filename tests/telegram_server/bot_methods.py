"""What each method of the Bot API does. A method takes the call's fields and the world, and gives the result."""

import itertools
import json
from collections.abc import Callable
from typing import Any

from tests.telegram_server.limits import ApiError, check_keyboard, visible_text
from tests.telegram_server.world import BOT, Sent, World

Method = Callable[[World, dict[str, Any]], Any]
METHODS: dict[str, Method] = {}
_file_numbers = itertools.count(1)


def method(function: Method) -> Method:
    """Register under the API's camelCase name, which ignores case."""
    METHODS[function.__name__.replace("_", "").lower()] = function
    return function


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value


def _deliver(world: World, fields: dict[str, Any], shown: str, name: str, **content: Any) -> dict[str, Any]:
    chat = world.chat(fields.get("chat_id"))
    keyboard = check_keyboard(_json(fields.get("reply_markup")))
    extra = {"reply_markup": keyboard} if keyboard else {}
    message = world.message(chat, BOT, **content, **extra)
    buttons = (keyboard or {}).get("inline_keyboard", [])
    with world.changed:
        world.sent.append(Sent(chat["id"], message["message_id"], shown, fields.get("parse_mode"), buttons, name))
        world.changed.notify_all()
    return message


@method
def get_me(world: World, fields: dict[str, Any]) -> Any:
    return {**BOT, "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}


@method
def send_message(world: World, fields: dict[str, Any]) -> Any:
    if not fields.get("chat_id"):
        raise ApiError(400, "Bad Request: chat_id is empty")
    shown = visible_text(str(fields.get("text", "")), fields.get("parse_mode"))
    return _deliver(world, fields, shown, "sendMessage", text=shown)


@method
def edit_message_text(world: World, fields: dict[str, Any]) -> Any:
    shown = visible_text(str(fields.get("text", "")), fields.get("parse_mode"))
    before = _sent(world, fields)
    keyboard = check_keyboard(_json(fields.get("reply_markup")))
    buttons = (keyboard or {}).get("inline_keyboard", [])
    if before.text == shown and before.buttons == buttons:
        raise ApiError(400, "Bad Request: message is not modified")
    before.text, before.buttons = shown, buttons
    return world.message(world.chat(fields["chat_id"]), BOT, text=shown) | {"message_id": before.message_id}


@method
def edit_message_reply_markup(world: World, fields: dict[str, Any]) -> Any:
    before = _sent(world, fields)
    before.buttons = (check_keyboard(_json(fields.get("reply_markup"))) or {}).get("inline_keyboard", [])
    return world.message(world.chat(fields["chat_id"]), BOT, text=before.text) | {"message_id": before.message_id}


@method
def delete_message(world: World, fields: dict[str, Any]) -> Any:
    world.sent.remove(_sent(world, fields))
    return True


def _sent(world: World, fields: dict[str, Any]) -> Sent:
    chat = world.chat(fields.get("chat_id"))
    for message in world.sent:
        if message.chat == chat["id"] and message.message_id == int(fields.get("message_id", 0)):
            return message
    raise ApiError(400, "Bad Request: message to edit not found")


@method
def answer_callback_query(world: World, fields: dict[str, Any]) -> Any:
    if not fields.get("callback_query_id"):
        raise ApiError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    return True


@method
def send_chat_action(world: World, fields: dict[str, Any]) -> Any:
    world.chat(fields.get("chat_id"))
    return True


@method
def send_location(world: World, fields: dict[str, Any]) -> Any:
    where = {"latitude": float(fields["latitude"]), "longitude": float(fields["longitude"])}
    return _deliver(world, fields, "[location]", "sendLocation", location=where)


def _store(world: World, fields: dict[str, Any], name: str) -> tuple[str, int]:
    upload = fields.get(name)
    if isinstance(upload, str) and upload.startswith("attach://"):
        upload = fields.get(upload.removeprefix("attach://"))
    if isinstance(upload, bytes):
        file_id = f"file-{next(_file_numbers):06}"
        world.files[file_id] = upload
        return file_id, len(upload)
    if isinstance(upload, str) and upload in world.files:
        return upload, len(world.files[upload])
    raise ApiError(400, "Bad Request: wrong file identifier/HTTP URL specified")


@method
def send_photo(world: World, fields: dict[str, Any]) -> Any:
    file_id, size = _store(world, fields, "photo")
    photo = [{"file_id": file_id, "file_unique_id": f"u{file_id}", "width": 90, "height": 90, "file_size": size}]
    return _deliver(world, fields, str(fields.get("caption", "")), "sendPhoto", photo=photo)


@method
def send_document(world: World, fields: dict[str, Any]) -> Any:
    file_id, size = _store(world, fields, "document")
    document = {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": size}
    return _deliver(world, fields, str(fields.get("caption", "")), "sendDocument", document=document)


@method
def get_file(world: World, fields: dict[str, Any]) -> Any:
    file_id = fields.get("file_id")
    if file_id not in world.files:
        raise ApiError(400, "Bad Request: invalid file_id")
    return {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_path": f"documents/{file_id}"}


@method
def set_my_commands(world: World, fields: dict[str, Any]) -> Any:
    commands = _json(fields.get("commands")) or []
    if any(not 1 <= len(command["description"]) <= 256 for command in commands):
        raise ApiError(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
    world.commands[str(fields.get("language_code", ""))] = commands
    return True


@method
def get_my_commands(world: World, fields: dict[str, Any]) -> Any:
    return world.commands.get(str(fields.get("language_code", "")), [])


@method
def delete_my_commands(world: World, fields: dict[str, Any]) -> Any:
    world.commands.pop(str(fields.get("language_code", "")), None)
    return True


@method
def set_webhook(world: World, fields: dict[str, Any]) -> Any:
    world.webhook = {"url": fields.get("url", ""), "secret": fields.get("secret_token", "")}
    with world.changed:
        world.changed.notify_all()
    return True


@method
def delete_webhook(world: World, fields: dict[str, Any]) -> Any:
    world.webhook = {}
    if str(fields.get("drop_pending_updates", "")).lower() == "true":
        world.pending(offset=2**31, limit=1)
    return True


@method
def get_webhook_info(world: World, fields: dict[str, Any]) -> Any:
    waiting = len(world.pending(None, 1000))
    return {"url": world.webhook.get("url", ""), "has_custom_certificate": False, "pending_update_count": waiting}
