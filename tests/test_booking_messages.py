"""What a family is told of its entry: once, in time, and only what is still true."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from bot.conversation.render import render
from bot.database import Database
from bot.events.booking_messages import compose_booking
from bot.events.bookings import cancel, confirm, say_coming
from bot.events.entries import Wish
from bot.events.event_sweep import sweep_events
from bot.events.events import cancel_event, move
from bot.events.seats import Party
from bot.events.waiting_list import join
from bot.families.consent import CONSENT_VERSION
from bot.families.family_rows import CaregiverRow, ConsentRow
from bot.messages import Reply
from bot.outreach.composing import Due, Part, Withhold
from bot.outreach.outbox import place_of_content
from bot.outreach.outreach_rows import OutgoingRow
from tests.conftest import KEYS
from tests.event_builders import NOW, START, an_event, at, books, families, state_of


@pytest.fixture
def homes(database: Database) -> list[str]:
    """Families that agreed to events, each with one chat."""
    ids = families(database, 4)
    with database.transaction() as session:
        for one in ids:
            session.add(CaregiverRow(id=one, family_id=one, chat_key=f"chat{one}", role="guardian", joined_at=NOW))
            session.add(
                ConsentRow(
                    family_id=one, purpose="events", version=CONSENT_VERSION, given_at=NOW, given_by=f"chat{one}"
                )
            )
    return ids


def orders(database: Database, booking: str, state: str = "queued") -> dict[str, OutgoingRow]:
    """What is planned about an entry, by rule and version."""
    with database.transaction() as session:
        where = (col(OutgoingRow.subject) == f"booking:{booking}", col(OutgoingRow.state) == state)
        rows = session.exec(select(OutgoingRow).where(*where)).all()
    return {":".join(row.key.split(":")[2::2][:2]): row for row in rows}


def words(database: Database, row: OutgoingRow, now, language: str = "zh") -> str | Withhold:
    import json

    content = json.loads(KEYS.open(row.content, place_of_content(row.id)))
    due = Due(
        row.id, row.chat_key, row.family_id, row.kind, row.subject, row.topic, row.lane, content,
        row.due_at, row.expires_at, language,
    )  # fmt: skip
    with database.transaction() as session:
        part = compose_booking(session, due, now)
    return part if isinstance(part, Withhold) else shown(part, language)


def shown(part: Part, language: str) -> str:
    reply = render(Reply(part.lines, part.buttons), language)
    return reply.plain_text + "\n" + " ".join(button.label for row in reply.buttons for button in row)


def test_a_booking_is_reminded_of_the_day_before_and_two_hours_before(database: Database, homes: list[str]) -> None:
    booking = books(database, an_event(database, bring="围兜"), homes[0])
    planned = orders(database, booking)
    assert {name: (row.lane, row.due_at) for name, row in planned.items()} == {
        "day_before:v1": ("reminder", START - timedelta(days=1)),
        "two_hours:v1": ("urgent", START - timedelta(hours=1)),  # not before nine in the morning
    }
    said = words(database, planned["day_before:v1"], START - timedelta(days=1))
    assert "明天有活动：辅食第一口" in said
    assert "要带：围兜" in said
    assert "一定来" in said
    assert "Tomorrow: First foods" in words(database, planned["day_before:v1"], START - timedelta(days=1), "en")


def test_a_cancelled_booking_is_never_reminded_of(database: Database, homes: list[str]) -> None:
    booking = books(database, an_event(database), homes[0])
    late = orders(database, booking)["two_hours:v1"]
    at(database, cancel, booking)
    assert orders(database, booking) == {}
    assert words(database, late, START - timedelta(hours=2)) == Withhold("cancelled")


def test_a_moved_event_is_told_once_and_the_old_reminder_never_leaves(database: Database, homes: list[str]) -> None:
    event = an_event(database)
    booking = books(database, event, homes[0])
    old = orders(database, booking)["day_before:v1"]
    assert at(database, move, event, START + timedelta(days=1), START + timedelta(days=1, hours=2)) == 1
    planned = orders(database, booking)
    assert set(planned) == {"moved:v2", "day_before:v2", "two_hours:v2"}
    assert words(database, old, START) == Withhold("moved")
    assert "2026年11月29日（周日）10:00" in words(database, planned["moved:v2"], NOW)
    assert planned["moved:v2"].on_doubt == "resend"


def test_a_cancelled_event_is_told_once(database: Database, homes: list[str]) -> None:
    event = an_event(database, capacity=1)
    booking = books(database, event, homes[0])
    waiting = at(database, join, Wish(event, homes[1], Party(1, 1), f"chat{homes[1]}")).entry.id
    at(database, cancel_event, event)
    at(database, cancel_event, event)
    for entry in (booking, waiting):
        planned = orders(database, entry)
        assert set(planned) == {"cancelled:v1"}
        assert "活动取消了" in words(database, planned["cancelled:v1"], NOW)


def test_an_offer_is_told_by_day_with_its_end_and_two_buttons(database: Database, homes: list[str]) -> None:
    event = an_event(database, capacity=1)
    booking = books(database, event, homes[0])
    waiting = at(database, join, Wish(event, homes[1], Party(1, 1), f"chat{homes[1]}")).entry.id
    evening = NOW + timedelta(hours=12)
    at(database, cancel, booking, now=evening)
    (offer,) = orders(database, waiting).values()
    assert offer.due_at == NOW + timedelta(hours=23), "nine in the morning"
    said = words(database, offer, offer.due_at)
    assert "位子给您留到2026年11月25日（周三）13:00" in said
    assert "确认报名 不要了" in said
    at(database, confirm, waiting, now=offer.due_at)
    assert words(database, offer, offer.due_at) == Withhold("answered")


def test_every_way_off_the_list_has_its_word(database: Database, homes: list[str]) -> None:
    event = an_event(database, capacity=1)
    booking = books(database, event, homes[0])
    waiting = at(database, join, Wish(event, homes[1], Party(1, 1), f"chat{homes[1]}")).entry.id
    other = at(
        database, join, Wish(event, homes[2], Party(1, 1), f"chat{homes[2]}"), now=NOW + timedelta(1e-6)
    ).entry.id
    at(database, cancel, booking)
    sweep_events(database, KEYS, NOW + timedelta(hours=5))
    assert "先问下一家了" in words(database, orders(database, waiting)["lapsed:v1"], NOW + timedelta(hours=5))
    sweep_events(database, KEYS, NOW + timedelta(hours=30))
    sweep_events(database, KEYS, NOW + timedelta(hours=55))
    assert "不再排了" in words(database, orders(database, waiting)["out:v1"], NOW + timedelta(hours=55))
    assert state_of(database, other) == "offered"
    late = at(database, join, Wish(event, homes[3], Party(1, 1), f"chat{homes[3]}"), now=START - timedelta(hours=3))
    sweep_events(database, KEYS, START)
    assert late.entry.id
    assert "往前排" in words(database, orders(database, late.entry.id)["turned_away:v1"], START) or (
        state_of(database, late.entry.id) == "out"
    )


def test_unconfirmed_places_are_given_on_the_evening_before_if_the_family_was_asked(
    database: Database, homes: list[str]
) -> None:
    event = an_event(database, capacity=3, reconfirm=True)
    asked, silent, coming = (books(database, event, one) for one in homes[:3])
    waiting = at(database, join, Wish(event, homes[3], Party(1, 1), f"chat{homes[3]}")).entry.id
    with database.transaction() as session:
        for booking in (asked, coming):
            where = col(OutgoingRow.key).startswith(f"booking:{booking}:day_before")
            for row in session.exec(select(OutgoingRow).where(where)).all():
                row.state = "sent"
                session.add(row)
    at(database, say_coming, coming, now=START - timedelta(hours=20))
    evening = START - timedelta(hours=14)
    assert sweep_events(database, KEYS, evening - timedelta(minutes=1)).released == 0
    assert sweep_events(database, KEYS, evening).released == 1
    states = [state_of(database, one) for one in (asked, silent, coming, waiting)]
    assert states == ["released", "confirmed", "confirmed", "offered"]
    assert "没等到您确认" in words(database, orders(database, asked)["released:v1"], evening)


def test_without_consent_nothing_is_said(database: Database, homes: list[str]) -> None:
    booking = books(database, an_event(database), homes[0])
    row = orders(database, booking)["day_before:v1"]
    with database.transaction() as session:
        for consent in session.exec(select(ConsentRow)).all():
            consent.withdrawn_at = NOW
            session.add(consent)
    assert words(database, row, START - timedelta(days=1)) == Withhold("no_consent")


def test_who_was_taken_out_of_the_family_hears_no_more_of_its_bookings(database: Database, homes: list[str]) -> None:
    booking = books(database, an_event(database), homes[0])
    row = orders(database, booking)["day_before:v1"]
    with database.transaction() as session:
        session.delete(session.get(CaregiverRow, homes[0]))
        session.add(CaregiverRow(id="other", family_id=homes[0], chat_key="grandma", role="guardian", joined_at=NOW))
    assert words(database, row, START - timedelta(days=1)) == Withhold("left")
