"""Announcements as they are kept: made, tested, confirmed, started, paused, resumed, cancelled by staff.

Every move is `announcement`'s, carried out on the row under its lock, so that two people who press at once do so one
after the other. What goes out of a running one: `announcing`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from bot.errors import Refusal
from bot.families.family_rows import new_id
from bot.outreach import announcement as moves
from bot.outreach import outbox
from bot.outreach.announcement import Announcement, State, check_texts, check_topic
from bot.outreach.announcement_rows import AnnouncementRow
from bot.outreach.audience_rule import AudienceRule, plain_rule, rule_of
from bot.outreach.outbox import Order, enqueue
from bot.outreach.outreach_rows import OutgoingRow
from bot.sealing import Keyring

KIND = "announcement"
TEST_USEFUL_FOR = timedelta(hours=1)
MOST_NAME_CHARACTERS = 40
MOST_REASON_CHARACTERS = 80

BY_A_RULE = "the sender"
"""Who paused an announcement that no person paused."""


def subject_of(announcement_id: str) -> str:
    """What its messages are about, as the outbox calls it."""
    return f"{KIND}:{announcement_id}"


def subject_of_test(announcement_id: str) -> str:
    """What its test messages are about."""
    return f"{KIND}-test:{announcement_id}"


def create(
    session: Session, topic: str, texts: Mapping[str, str], rule: AudienceRule, by: str, now: datetime
) -> Announcement:
    """A draft.

    Raises: Refusal: a text, the topic or the name cannot be.
    """
    one = Announcement(new_id(), check_topic(topic), check_texts(texts), rule, _name(by))
    session.add(
        AnnouncementRow(
            id=one.id,
            topic=one.topic,
            state=one.state,
            text_zh=one.texts["zh"],
            text_en=one.texts["en"],
            rule=json.dumps(plain_rule(rule), ensure_ascii=False),
            made_by=one.made_by,
            created_at=now,
            changed_at=now,
        )
    )
    session.flush()
    return one


def the_announcement(session: Session, announcement_id: str) -> Announcement:
    """One announcement.

    Raises: Refusal: there is none of this id.
    """
    row = session.get(AnnouncementRow, announcement_id, populate_existing=True)
    if row is None:
        raise Refusal("announce.none_such", id=announcement_id[:40])
    return announcement_of(row)


def every_announcement(session: Session, most: int | None = None) -> list[Announcement]:
    """The newest first; all of them, or `most`."""
    rows = session.exec(select(AnnouncementRow).order_by(col(AnnouncementRow.created_at).desc()).limit(most)).all()
    return [announcement_of(row) for row in rows]


def rewrite(
    session: Session,
    announcement_id: str,
    now: datetime,
    texts: Mapping[str, str] | None = None,
    rule: AudienceRule | None = None,
) -> Announcement:
    """Other texts or another audience; what was tested and confirmed counts no more.

    Raises: Refusal: it has started, or a text cannot be.
    """
    return _moved(session, announcement_id, now, lambda one: moves.rewritten(one, texts, rule))


def send_test(
    session: Session, keys: Keyring, announcement_id: str, staff_chats: Sequence[str], now: datetime
) -> Announcement:
    """Send it to the staff's own chats, in both languages.

    Raises: Refusal: it has started, or there are no staff chats.
    """
    if not staff_chats:
        raise Refusal("announce.no_staff_chats")
    after = _moved(session, announcement_id, now, lambda one: moves.tried_out(one, now))
    for chat_key in staff_chats:
        subject = subject_of_test(announcement_id)
        order = Order(
            chat_key=chat_key,
            kind=KIND,
            subject=subject,
            key=f"{subject}:test:0:{int(now.timestamp())}:{chat_key}",
            topic="staff",
            lane="urgent",
            due_at=now,
            expires_at=now + TEST_USEFUL_FOR,
        )
        enqueue(session, keys, order, now)
    return after


def start(
    session: Session,
    announcement_id: str,
    by: str,
    size: int,
    largest_alone: int,
    now: datetime,
    starts_at: datetime | None = None,
) -> Announcement:
    """Start it now or later; `size` is what `audience.preview` counted.

    Raises: Refusal: it was not tested, has started, reaches nobody, or the start lies in the past.
    """
    name = _name(by)
    return _moved(
        session, announcement_id, now, lambda one: moves.started(one, name, size, largest_alone, now, starts_at)
    )


def confirm(session: Session, announcement_id: str, by: str, size: int, now: datetime) -> Announcement:
    """A second person confirms; `size` is what `audience.preview` counted for them.

    Raises: Refusal: nobody waits for that, or it is the person who made or started it.
    """
    name = _name(by)

    return _moved(session, announcement_id, now, lambda one: moves.confirmed(one, name, size, now))


def pause(session: Session, announcement_id: str, by: str, now: datetime, why: str = "") -> Announcement:
    """Nothing of it is sent from now on; what is in the hands of the network at this moment still arrives.

    Raises: Refusal: it does not run.
    """
    name = _name(by)
    after = _moved(session, announcement_id, now, lambda one: moves.paused(one, name, why))
    outbox.pause(session, subject_of(announcement_id), now)
    return after


def resume(session: Session, announcement_id: str, now: datetime) -> Announcement:
    """It goes on with exactly those who are left.

    Raises: Refusal: it is not paused.
    """
    after = _moved(session, announcement_id, now, moves.resumed)
    outbox.resume(session, subject_of(announcement_id), now)
    return after


def cancel(session: Session, announcement_id: str, now: datetime) -> Announcement:
    """Never sent to anyone from now on; what was sent stays sent.

    Raises: Refusal: it is over already.
    """
    after = _moved(session, announcement_id, now, lambda one: moves.cancelled(one, now))
    outbox.withdraw(session, subject_of(announcement_id), "cancelled", now)
    outbox.withdraw(session, subject_of_test(announcement_id), "cancelled", now)
    return after


def pause_poisoned(session: Session, subject: str, reason: str, now: datetime) -> bool:
    """The sender met the same error again and again: pause what causes it. False: this is no announcement of ours.

    Counted are the errors since the last move, so that one that was mended and resumed has its chances again.
    """
    row = announcement_row(session, subject)
    if row is None or subject != subject_of(row.id):
        return False
    alike = (col(OutgoingRow.state) == "failed", col(OutgoingRow.reason) == reason[:MOST_REASON_CHARACTERS])
    since = (col(OutgoingRow.subject) == subject, col(OutgoingRow.changed_at) > row.changed_at)
    count = session.exec(select(func.count()).select_from(OutgoingRow).where(*since, *alike)).one()
    if row.state == "running" and count >= moves.SAME_ERRORS_UNTIL_PAUSE:
        pause(session, row.id, BY_A_RULE, now, reason[:MOST_REASON_CHARACTERS])
    return True


def announcement_row(session: Session, subject: str) -> AnnouncementRow | None:
    """The row that messages of this subject belong to, as it is at this moment; None where it is none of ours."""
    kind, _, announcement_id = subject.partition(":")
    if kind not in {KIND, f"{KIND}-test"}:
        return None
    return session.get(AnnouncementRow, announcement_id, populate_existing=True)


def paused_by_itself(session: Session) -> list[str]:
    """The announcements that wait for a person since a rule has paused them."""
    waiting = (col(AnnouncementRow.state) == "paused", col(AnnouncementRow.paused_by) == BY_A_RULE)
    return list(session.exec(select(AnnouncementRow.id).where(*waiting)).all())


def announcement_of(row: AnnouncementRow) -> Announcement:
    """The row as a value."""
    state: State = next(state for state in moves.STATES if state == row.state)
    return Announcement(
        id=row.id,
        topic=check_topic(row.topic),
        texts={"zh": row.text_zh, "en": row.text_en},
        rule=rule_of(json.loads(row.rule)),
        made_by=row.made_by,
        state=state,
        tested_at=row.tested_at,
        started_by=row.started_by,
        confirmed_by=row.confirmed_by,
        size_confirmed=row.size_confirmed,
        starts_at=row.starts_at,
        audience_size=row.audience_size,
        paused_by=row.paused_by,
        why_paused=row.why_paused,
        ended_at=row.ended_at,
    )


def locked_row(session: Session, announcement_id: str) -> AnnouncementRow | None:
    """The row for whoever changes it, fresh and under its lock until the transaction ends; None where it is gone."""
    on_postgres = session.get_bind().dialect.name == "postgresql"
    return session.get(AnnouncementRow, announcement_id, populate_existing=True, with_for_update=on_postgres)


def keep(session: Session, row: AnnouncementRow, after: Announcement, now: datetime) -> None:
    """Write a move down on the row."""
    row.state, row.topic = after.state, after.topic
    row.text_zh, row.text_en = after.texts["zh"], after.texts["en"]
    row.rule = json.dumps(plain_rule(after.rule), ensure_ascii=False)
    row.tested_at, row.started_by, row.confirmed_by = after.tested_at, after.started_by, after.confirmed_by
    row.size_confirmed, row.starts_at, row.audience_size = after.size_confirmed, after.starts_at, after.audience_size
    row.paused_by, row.why_paused, row.ended_at = after.paused_by, after.why_paused, after.ended_at
    row.changed_at = now
    session.add(row)
    session.flush()


def _moved(
    session: Session, announcement_id: str, now: datetime, move: Callable[[Announcement], Announcement]
) -> Announcement:
    row = locked_row(session, announcement_id)
    if row is None:
        raise Refusal("announce.none_such", id=announcement_id[:40])
    after = move(announcement_of(row))
    keep(session, row, after, now)
    return after


def _name(by: str) -> str:
    plain = " ".join(by.split())
    if not plain or len(plain) > MOST_NAME_CHARACTERS or not plain.isprintable():
        raise Refusal("announce.who", most=MOST_NAME_CHARACTERS)
    return plain
