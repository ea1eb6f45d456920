"""Everything that goes out unasked: whom we can reach, what waits to be sent, how it leaves, what became of it.

`outgoing` (pure) says which states a message has; `outbox` takes orders in the caller's transaction; `sender` sends
what is due; `composing` says how a feature words a message at the moment of sending; `contact` knows the addresses.
`transport` is what a transport promises, kept by `telegram_transport`, `web_inbox` and `console_transport`; `send_rate`
(pure) says when a call may leave, `rate_limit` says it to all processes, `turns_to_send` to an event loop.
This room knows chats, rows and budgets, not what a nudge or a booking is.

Announcements: `announcement` (pure states), `audience_rule` (pure: who is meant), `audience` (who that is today),
`announcements` (what staff do), `announcement_recipients` (the frozen audience), `announcing` (the clockwork's part),
`announcement_composer` (the words). `alarms` (pure): what silence means; `watching` gathers what they look at.
"""
