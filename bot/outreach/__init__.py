"""Messages that go out of our own accord: written once, sent once, and every one accounted for.

Announcements: `announcement` (pure states), `audience_rule` (pure: who is meant), `audience` (who that is today, frozen
at the start), `announcements` (the tables), `announcing` (from frozen audience to outbox, and the report).
`alarms` (pure): what silence means; `watching` gathers what they look at.
"""
