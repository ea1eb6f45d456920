"""Messages that we send first. Knows chats, rows and budgets, not what a nudge or a booking is.

Map: `transport` (what a transport promises) with `telegram_transport`, `web_inbox`, `console_transport`; `send_rate`
(pure: when may the next call leave), `rate_limit` (the same for all processes, through the database), `turns_to_send`
(for event loops).
"""
