"""Everything that goes out unasked: whom we can reach, what waits to be sent, how it leaves, what became of it.

`outgoing` (pure) says which states a message has; `outbox` takes orders in the caller's transaction; `sender` sends
what is due; `composing` says how a feature words a message at the moment of sending; `contact` knows the addresses.
This room knows chats, rows and budgets, not what a nudge or a booking is.

Announcements: `announcement` (pure states), `audience_rule` (pure: who is meant), `audience` (who that is today),
`announcements` (what staff do), `announcement_recipients` (the frozen audience), `announcing` (the clockwork's part),
`announcement_composer` (the words). `alarms` (pure): what silence means; `watching` gathers what they look at.

Map: `transport` (what a transport promises) with `telegram_transport`, `web_inbox`, `console_transport`; `send_rate`
(pure: when may the next call leave), `rate_limit` (the same for all processes, through the database), `turns_to_send`
(for event loops).
"""
