"""Take announcements further: freeze the audience, put orders into the outbox, settle, finish. The job of the clockwork.

Each step is one short transaction under the announcement's lock, so that families write meanwhile, any number of
workers may do this at once, and a crash between two steps loses nothing and repeats nothing. The outbox holds no more
than `WINDOW` messages of one announcement that wait for the sender: memory and tables stay flat, and a pause has
little to hold back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import col, select

from bot.database import Database
from bot.outreach import announcement as moves
from bot.outreach.announcement_recipients import (
    any_open,
    forget_frozen,
    key_prefix,
    recipients_between,
    settle,
    skip_from,
    tally,
    waiting_in_outbox,
    write_recipients,
)
from bot.outreach.announcement_rows import AnnouncementRow
from bot.outreach.announcements import KIND, announcement_of, keep, locked_row, subject_of
from bot.outreach.audience import Attended, audience_page
from bot.outreach.outbox import Order, enqueue_many
from bot.sealing import Keyring

ORDERS_AT_ONCE = 250
WINDOW = 2000
STEPS_AT_ONCE = 40
"""So many short transactions for one announcement before the next one has its turn."""


@dataclass(frozen=True)
class Announcing:
    """What the job works with. `largest_alone`: the largest audience that one person may start alone.

    `day_of`: the families' calendar day of an instant.
    """

    database: Database
    keys: Keyring
    attended: Attended
    largest_alone: int
    day_of: Callable[[datetime], date]
    now: Callable[[], datetime]

    def tend(self, _started_at: datetime) -> Mapping[str, int]:
        """One round over everything that is under way. Returns how many steps were taken."""
        steps = 0
        for announcement_id, state in self._under_way():
            step = {"scheduled": self._freeze, "running": self._order_or_finish, "cancelled": self._settle_cancelled}
            for _ in range(STEPS_AT_ONCE):
                if not step[state](announcement_id):
                    break
                steps += 1
        return {"steps": steps}

    def _under_way(self) -> list[tuple[str, str]]:
        over = col(AnnouncementRow.settled_at).is_(None)
        wanted = select(AnnouncementRow.id, AnnouncementRow.state, AnnouncementRow.starts_at).where(
            col(AnnouncementRow.state).in_(("scheduled", "running", "cancelled")), over
        )
        with self.database.reading() as session:
            rows = session.execute(wanted.order_by(col(AnnouncementRow.created_at))).all()
        now = self.now()
        return [(one, state) for one, state, at in rows if state != "scheduled" or (at is not None and at <= now)]

    def _freeze(self, announcement_id: str) -> bool:
        """Write some more of the audience down; at its end the announcement runs. False: nothing is left to freeze.

        Whom it is for is read before the transaction, so that no writer waits for it; what changes between the two
        counts when the message is sent.
        """
        now = self.now()
        with self.database.reading() as session:
            seen = session.get(AnnouncementRow, announcement_id)
            if seen is None or seen.state != "scheduled":
                return False
            one, after = announcement_of(seen), seen.frozen_to or ""
            page = audience_page(session, self.keys, one.topic, one.rule, self.day_of(now), self.attended, after)
        with self.database.transaction() as session:
            row = locked_row(session, announcement_id)
            if row is None or row.state != "scheduled":
                return False
            read_for, one = (after, one.topic, one.rule), announcement_of(row)
            if (row.frozen_to or "", one.topic, one.rule) != read_for:
                return True  # another worker was faster, or it was rewritten: read again
            if page is not None:
                write_recipients(session, row, page.recipients)
                row.frozen_to = page.last
                session.add(row)
                return True
            begun = moves.begun(one, row.frozen_count, self.largest_alone, now)
            row.frozen_to = None  # somebody's address: not kept longer than it is needed
            keep(session, row, begun, now)
            if begun.state == "awaiting_second_person":
                forget_frozen(session, row)
            elif begun.state == "done":
                row.settled_at = now
                session.add(row)
            return False

    def _order_or_finish(self, announcement_id: str) -> bool:
        """Put some more orders into the outbox, or settle and finish. False: nothing to do at the moment."""
        with self.database.transaction() as session:
            row = locked_row(session, announcement_id)
            if row is None or row.state != "running" or row.audience_size is None:
                return False
            now = self.now()
            one = announcement_of(row)
            if row.ordered_to >= row.audience_size:
                if any_open(session, subject_of(one.id)):
                    return False
                if settle(session, one.id):
                    return True
                done = moves.finished(one, tally(session, row), now)
                keep(session, row, done, now)
                row.settled_at = now if done.state == "done" else None
                session.add(row)
                return False
            if one.expires_at is None or now >= one.expires_at:
                skip_from(session, one.id, row.ordered_to, "expired")
                row.ordered_to = row.audience_size
                session.add(row)
                return True
            if waiting_in_outbox(session, subject_of(one.id), now, WINDOW) >= WINDOW:
                return False
            to = min(row.ordered_to + ORDERS_AT_ONCE, row.audience_size)
            chats = recipients_between(session, one.id, row.ordered_to, to)
            enqueue_many(
                session, self.keys, [_order(one, one.expires_at, chat, family, now) for chat, family in chats], now
            )
            row.ordered_to = to
            session.add(row)
            return True

    def _settle_cancelled(self, announcement_id: str) -> bool:
        """Close the book of a cancelled announcement. False: done, or something is still in the sender's hands."""
        with self.database.transaction() as session:
            row = locked_row(session, announcement_id)
            if row is None or row.settled_at is not None:
                return False
            now = self.now()
            if row.audience_size is None:
                forget_frozen(session, row)
            else:
                skip_from(session, row.id, row.ordered_to, "cancelled")
                row.ordered_to = row.audience_size
                session.add(row)
                if any_open(session, subject_of(row.id)):
                    return False
                if settle(session, row.id):
                    return True
            row.settled_at = now
            session.add(row)
            return False


def _order(one: moves.Announcement, expires_at: datetime, chat_key: str, family_id: str | None, now: datetime) -> Order:
    return Order(
        chat_key=chat_key,
        kind=KIND,
        subject=subject_of(one.id),
        key=f"{key_prefix(one.id)}{chat_key}",
        topic=one.topic,
        lane="bulk",
        due_at=min(now, expires_at - timedelta(seconds=1)),
        expires_at=expires_at,
        family_id=family_id,
    )
