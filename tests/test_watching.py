"""Alarms from the database to the staff's chats: gathered, said once a day, shown by `qihui status`."""

from datetime import timedelta

import pytest
from sqlmodel import select

from bot.conversation.reaching import let_go_of_contacts
from bot.conversation.render import render
from bot.database import Database
from bot.errors import Misconfigured
from bot.job_book import register
from bot.jobs import Job
from bot.messages import Reply
from bot.outreach.alarms import ALARMS, Alarm, alarms
from bot.outreach.announcements import BY_A_RULE, pause
from bot.outreach.composing import Due
from bot.outreach.contact import contact_of
from bot.outreach.outreach_rows import OutgoingRow
from bot.outreach.staff_chats import keep_staff_chats, read_staff_chats
from bot.outreach.watching import compose_alarm, take_snapshot, tell_staff
from knowledge.topics import LANGUAGES
from tests.announce_town import Town
from tests.announce_words import hidden
from tests.conftest import KEYS, FixedClock

STAFF = hidden("staff")


@pytest.fixture
def town(any_database: Database, clock: FixedClock) -> Town:
    return Town(any_database, clock)


def standing(town: Town) -> list[str]:
    with town.database.transaction() as session:
        return [f"{one.name} {one.about}".strip() for one in alarms(take_snapshot(session, town.clock.now()))]


def tell(town: Town) -> int:
    now = town.clock.now()
    with town.database.transaction() as session:
        return tell_staff(session, KEYS, [STAFF], now, town.clock.day_of(now))["told"]


def test_silence_is_seen_in_the_database_and_said_once_a_day(town: Town) -> None:
    job = Job("sweep", timedelta(days=1), lambda _now: {})
    with town.database.transaction() as session:
        register(session, [job], town.clock.now())
    for number in range(50):
        town.family(f"family {number}", purposes=("calendar",))
    assert standing(town) == []
    assert tell(town) == 0
    town.clock.passes(hours=25)
    assert standing(town) == ["no_nudge"]
    assert (tell(town), tell(town)) == (1, 0)
    town.clock.passes(hours=24)
    assert standing(town) == ["no_nudge", "queue_old", "job_silent sweep"]
    assert tell(town) == 3, "the next day it is said again, and the alarm that waits is itself in an old queue"


def test_what_waits_too_long_and_what_stays_in_doubt_is_seen(town: Town) -> None:
    town.families(2)
    announcement_id = town.started()
    for _ in range(2):
        town.announcing().tend(town.clock.now())
    town.clock.passes(minutes=11)
    assert standing(town) == ["queue_old"]
    with town.database.transaction() as session:
        for row in session.exec(select(OutgoingRow)).all():
            row.next_try_at, row.state = None, "unknown"
            row.lease_until = town.clock.now() + timedelta(seconds=20)
            row.changed_at = town.clock.now()
            session.add(row)
        pause(session, announcement_id, BY_A_RULE, town.clock.now(), "400")
    town.clock.passes(minutes=6)
    assert standing(town) == ["unknown_open", f"announcement_paused {announcement_id}"]


def test_what_is_held_for_later_is_no_old_queue(town: Town) -> None:
    town.families(1)
    town.started()
    for _ in range(2):
        town.announcing().tend(town.clock.now())
    with town.database.transaction() as session:
        for row in session.exec(select(OutgoingRow)).all():
            row.next_try_at = town.clock.now() + timedelta(hours=11)
            session.add(row)
    town.clock.passes(hours=10)
    assert standing(town) == []
    assert standing(town) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_has_words(name: str, language: str, database: Database, clock: FixedClock) -> None:
    values = {"hours": "25", "families": "60", "minutes": "11", "queued": "3", "count": "1"}
    values |= {"job": "sweep", "error": "LookupError", "id": "a1", "label": "T-ABCDEF", "now": "0.60", "before": "0.80"}
    now = clock.now()
    about = ("bulk", values, now, now + timedelta(hours=1), language)
    due = Due("r1", STAFF, None, "staff", f"alarm:{name}:sweep", "staff", *about)  # type: ignore[arg-type]
    with database.transaction() as session:
        part = compose_alarm(session, due, now)
    text = render(Reply(part.lines), language).plain_text  # type: ignore[arg-type]
    assert "{" not in text
    assert len(text.splitlines()) == 3


def test_staff_stay_reachable_while_the_settings_name_them(town: Town) -> None:
    with town.database.transaction() as session:
        keep_staff_chats(session, KEYS, {STAFF: ("telegram", "123456")}, town.clock.now())
    let_go_of_contacts(town.database)
    with town.database.transaction() as session:
        contact = contact_of(session, KEYS, STAFF)
        assert contact is not None
        assert (contact.channel, contact.address) == ("telegram", "123456")
        keep_staff_chats(session, KEYS, {}, town.clock.now())
        assert contact_of(session, KEYS, STAFF) is None


def test_staff_chats_are_read_or_refused() -> None:
    assert read_staff_chats(" telegram:1, web:abc ,") == [("telegram", "1"), ("web", "abc")]
    assert read_staff_chats("") == []
    for written in ("123456", "fax:1", "telegram:"):
        with pytest.raises(Misconfigured, match="QIHUI_STAFF_CHATS"):
            read_staff_chats(written)


def test_an_alarm_is_a_value() -> None:
    assert Alarm("no_nudge") == Alarm("no_nudge", "", {})
