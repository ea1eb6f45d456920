"""The words of messages about entries, made at the moment of sending from what is true then.

What is no longer true is withheld: an entry that ended, an event that moved or was cancelled, a consent taken back.
"""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session, col, select

from bot.events.entry_silence import silent_about
from bot.events.event_pages import title_of, when_place, when_say
from bot.events.event_rows import LIVE_STATES, BookingRow, EventRow
from bot.families.consent import agreed_around
from bot.families.family_rows import CaregiverRow
from bot.flow import button
from bot.messages import Button, Quote, Say
from bot.outreach.composing import Due, Part, Withhold

Lines = tuple[Say | Quote, ...]
Rows = tuple[tuple[Button, ...], ...]


def compose_booking(session: Session, due: Due, now: datetime) -> Part | Withhold:
    """The part of a message for one order of `booking_notices`; see `outreach.composing.Composer`."""
    row = session.get(BookingRow, due.subject.partition(":")[2], populate_existing=True)
    event = None if row is None else session.get(EventRow, row.event_id, populate_existing=True)
    if row is None or event is None or row.chat_key != due.chat_key:
        return Withhold("erased")
    if not _in_family(session, row.family_id, due.chat_key):
        return Withhold("left")
    reason = silent_about(session, row, due.chat_key, row.created_at)
    if reason is not None:
        return Withhold(reason)
    if "events" not in agreed_around(session, due.chat_key):
        return Withhold("no_consent")
    if due.content.get("version") != str(event.version):
        return Withhold("moved")
    rule = due.content.get("rule", "")
    if event.status == "cancelled" and rule != "cancelled":
        return Withhold("cancelled")
    word = _WORDS.get(rule)
    if word is None:
        return Withhold("unknown rule")
    return word(event, row, due, now)


def _in_family(session: Session, family_id: str, chat_key: str) -> bool:
    """Whoever left a family, or was taken out of it, hears no more of its bookings."""
    mine = (col(CaregiverRow.family_id) == family_id, col(CaregiverRow.chat_key) == chat_key)
    return session.exec(select(CaregiverRow.id).where(*mine)).first() is not None


def _reminder(event: EventRow, row: BookingRow, due: Due, now: datetime) -> Part | Withhold:
    if row.state != "confirmed" or row.checked_in_at is not None:
        return Withhold("done" if row.checked_in_at is not None else "cancelled")
    if now >= event.starts_at:
        return Withhold("started")
    tomorrow = due.content["rule"] == "day_before"
    lines: list[Say | Quote] = [_head("notice.tomorrow" if tomorrow else "notice.soon", event, due), when_place(event)]
    if event.bring:
        lines.append(Say("event.bring", {"things": event.bring}))
    if tomorrow and event.reconfirm and row.coming_at is None:
        lines.append(Say("notice.reconfirm"))
    first = (button("button.coming", f"event:coming:{row.id}"),) if tomorrow else ()
    drop = button("button.cannot_come", f"event:drop:{row.id}")
    return Part(tuple(lines), ((*first, drop), (button("button.event_mine", f"event:entry:{row.id}"),)))


def _offer(event: EventRow, row: BookingRow, due: Due, now: datetime) -> Part | Withhold:
    if row.state != "offered" or row.held_until is None or row.held_until <= now:
        return Withhold("answered" if row.state == "confirmed" else "expired")
    until = when_say(row.held_until, event.zone)
    lines: Lines = (_head("notice.offer", event, due), when_place(event), Say("notice.offer_until", {"until": until}))
    accept = button("button.confirm_booking", f"event:yes:{row.id}")
    return Part(lines, ((accept, button("button.decline_offer", f"event:no:{row.id}")),))


def _moved(event: EventRow, row: BookingRow, due: Due, now: datetime) -> Part | Withhold:
    if row.state not in LIVE_STATES or now >= event.starts_at:
        return Withhold("cancelled")
    buttons = (
        button("button.event_mine", f"event:entry:{row.id}"),
        button("button.cannot_come", f"event:drop:{row.id}"),
    )
    file = ((button("button.event_ics", f"event:ics:{row.id}"),),) if row.state == "confirmed" else ()
    return Part((_head("notice.moved", event, due), when_place(event)), (buttons, *file))


def _cancelled(event: EventRow, row: BookingRow, due: Due, _now: datetime) -> Part | Withhold:
    if event.status != "cancelled" or row.state != "cancelled":
        return Withhold("reopened")
    buttons = [button("button.all_events", "event:list:0")]
    if row.confirmed_at is not None:  # who saved it takes it out of the calendar the same way
        buttons.append(button("button.event_ics_off", f"event:ics:{row.id}"))
    return Part((_head("notice.cancelled", event, due), when_place(event)), (tuple(buttons),))


def _ended(state: str) -> Callable[[EventRow, BookingRow, Due, datetime], Part | Withhold]:
    def word(event: EventRow, row: BookingRow, due: Due, _now: datetime) -> Part | Withhold:
        if row.state != state:
            return Withhold("changed")
        others = (button("button.all_events", "event:list:0"),)
        return Part((_head(f"notice.{due.content['rule']}", event, due),), (others,))

    return word


def _head(key: str, event: EventRow, due: Due) -> Say:
    return Say(key, {"title": title_of(event, due.language)})


_WORDS: dict[str, Callable[[EventRow, BookingRow, Due, datetime], Part | Withhold]] = {
    "day_before": _reminder,
    "two_hours": _reminder,
    "offer": _offer,
    "moved": _moved,
    "cancelled": _cancelled,
    "lapsed": _ended("waiting"),
    "out": _ended("out"),
    "released": _ended("released"),
    "turned_away": _ended("turned_away"),
}
