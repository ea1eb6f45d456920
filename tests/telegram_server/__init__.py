"""A Bot API test server over real HTTP: what Telegram promises to a bot, as far as this product relies on it.

Map: `server` (the thread, the routes, delivery to a webhook, faults on demand), `bot_methods` (what each method does), `world` (chats, people,
updates and what was sent), `limits` (what Telegram refuses, with its words).
"""

TOKEN = "4242:test-token-of-the-suite"
