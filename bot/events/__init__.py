"""Meeting in person: who gets a seat at an event and who was there, home visits, service points.

Events: `seats` is the one rule of capacity and order (pure); `offer_clock` how long an offer lasts (pure). `event_rows`
are the tables, `events` and `event_table` what operators do. `bookings` and `waiting_list` carry out what the rule
decides, `event_sweep` lets time pass. `booking_notices` asks the outbox for reminders, `booking_messages` words them
when they leave. The dialogue: `booking_flow`, with `event_browsing`, `booking_steps`, and the pages `event_pages`.
Home visits: `visit_states` and `visit_request` are the rules (pure), `visit_slots` claims, `home_visits` is the family's
side and `visit_desk` the staff's, `visit_messages` orders and `visit_composer` words.
Service points: `place_flow`, `place_pages`, `map_link`.
"""
