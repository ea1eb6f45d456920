"""Offline events: who gets a seat, in which order, and what families are told.

`seats` is the one rule of capacity and order (pure); `offer_clock` how long an offer lasts (pure). `event_rows` are the
tables, `events` and `event_table` what operators do. `bookings` and `waiting_list` carry out what the rule decides,
`event_sweep` lets time pass. `booking_notices` asks the outbox for reminders, `booking_messages` words them when they
leave. `booking_flow` and `event_pages` are the dialogue.
"""
