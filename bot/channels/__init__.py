"""Where people write to us. A channel maps its update to an `Inbound`, calls the conversation, shows the replies.

Map: `terminal`; `batch` (files of questions); `web_chat` with its page in `web/`; `aiogram_channel` (Telegram) with `aiogram_updates`, `aiogram_replies` and `aiogram_rate`.
"""
