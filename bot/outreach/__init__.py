"""Everything that goes out unasked: whom we can reach, what waits to be sent, how it leaves, what became of it.

`outgoing` (pure) says which states a message has; `outbox` takes orders in the caller's transaction; `sender` sends
what is due; `composing` says how a feature words a message at the moment of sending; `contact` knows the addresses.
This room knows chats, rows and budgets, not what a nudge or a booking is.
"""
