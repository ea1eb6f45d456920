"""A town of families for the tests of announcements, and a hand that sends what is due, one message after another."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from bot.database import Database
from bot.families.consent import CONSENT_VERSION
from bot.families.family_rows import CaregiverRow, ChildRow, ConsentRow, FamilyRow
from bot.outreach.announcement import Tally
from bot.outreach.announcement_composer import announcement_composer
from bot.outreach.announcement_recipients import tally
from bot.outreach.announcement_rows import AnnouncementRow
from bot.outreach.announcements import create, send_test, start, the_announcement
from bot.outreach.announcing import Announcing
from bot.outreach.audience_rule import AudienceRule
from bot.outreach.composing import Due, Part, Wait, Withhold
from bot.outreach.contact import remember_contact
from bot.outreach.muting import choose_topic, stop_child
from bot.outreach.outreach_rows import ContactRow, OutgoingRow
from bot.sealing import place_of
from tests.announce_words import TEXTS, hidden
from tests.conftest import KEYS, FixedClock


@dataclass
class Town:
    """Families in a database. Who came where is set by the test."""

    database: Database
    clock: FixedClock
    guests: dict[str, set[str]] = field(default_factory=dict)

    def family(
        self,
        name: str,
        *,
        born_on: date | None = date(2026, 3, 24),
        district: str | None = None,
        purposes: tuple[str, ...] = ("news",),
        members: tuple[str, ...] = ("mother",),
        language: str = "zh",
        version: str = CONSENT_VERSION,
        reachable: bool = True,
    ) -> list[str]:
        """A family with one child, none for `born_on` None. Returns the hidden addresses of its members."""
        now, family_id = self.clock.now(), hidden(name)[:16]
        chats = [hidden(f"{name}/{member}") for member in members]
        with self.database.transaction() as session:
            session.add(FamilyRow(id=family_id, created_at=now))
            session.flush()
            for chat in chats:
                session.add(
                    CaregiverRow(id=chat[:16], family_id=family_id, chat_key=chat, role="guardian", joined_at=now)
                )
                remember_contact(session, KEYS, chat, "telegram", name, language, now)  # type: ignore[arg-type]
                if not reachable:
                    contact = session.get_one(ContactRow, chat)
                    contact.reachable_since, contact.unreachable_since = None, now
            for purpose in purposes:
                session.add(ConsentRow(family_id=family_id, purpose=purpose, version=version, given_at=now))
            if born_on is not None:
                self._child(session, family_id, born_on, district)
        return chats

    def _child(self, session: Session, family_id: str, born_on: date, district: str | None) -> None:
        def sealed(value: str, column: str) -> str:
            return KEYS.seal(value, place_of("child", family_id, column))

        session.add(
            ChildRow(
                id=family_id,
                family_id=family_id,
                nickname=sealed("小宝", "nickname"),
                born_on=sealed(born_on.isoformat(), "born_on"),
                district=None if district is None else sealed(district, "district"),
                added_at=self.clock.now(),
            )
        )

    def families(self, count: int) -> list[str]:
        return [self.family(f"family {number}")[0] for number in range(count)]

    def attended(self, _session: Session, event: str, chats: Sequence[str]) -> frozenset[str]:
        return frozenset(self.guests.get(event, set()) & set(chats))

    def mutes(self, chat: str, topic: str = "announcements") -> None:
        with self.database.transaction() as session:
            choose_topic(session, chat, topic, self.clock.now(), wanted=False)

    def stops(self, name: str, chat: str | None = None) -> None:
        """Everything about the child of a family is stopped, for one chat or for all."""
        with self.database.transaction() as session:
            stop_child(session, chat, hidden(name)[:16], self.clock.now())

    def announcing(self, largest_alone: int = 1_000_000) -> Announcing:
        clock = self.clock
        return Announcing(self.database, KEYS, self.attended, largest_alone, clock.day_of, clock.now)

    def started(self, rule: AudienceRule | None = None, topic: str = "announcements", size: int = 1) -> str:
        """An announcement that was made, tested and started by Li. Returns its id."""
        now = self.clock.now()
        with self.database.transaction() as session:
            one = create(session, topic, TEXTS, rule or AudienceRule(), "Li", now)
            send_test(session, KEYS, one.id, [hidden("staff")], now)
            start(session, one.id, "Li", size, 1_000_000, now)
        return one.id


@dataclass
class Hand:
    """Sends what is due as the sender does, but one message at a time and without limits."""

    town: Town
    sent: list[tuple[str, str]] = field(default_factory=list)
    fails: dict[str, str] = field(default_factory=dict)

    def sends(self, most: int = 1_000_000) -> int:
        """Take up to `most` messages that are due to their end. Returns how many were taken."""
        town, taken = self.town, 0
        compose = announcement_composer(KEYS, town.clock.day_of)
        while taken < most:
            now = town.clock.now()
            with town.database.transaction() as session:
                due = (col(OutgoingRow.next_try_at) <= now, col(OutgoingRow.kind) == "announcement")
                row = session.exec(select(OutgoingRow).where(*due).order_by(col(OutgoingRow.next_try_at))).first()
                if row is None:
                    return taken
                taken += 1
                self._take(session, row, compose(session, self._due(session, row), now), now)
        return taken

    def _take(self, session: Session, row: OutgoingRow, part: Part | Withhold | Wait, now: datetime) -> None:
        row.next_try_at, row.changed_at = None, now
        if isinstance(part, Wait):
            row.next_try_at, row.reason = part.until, part.reason
        elif isinstance(part, Withhold):
            row.state, row.reason = "withheld", part.reason
        elif row.chat_key in self.fails:
            row.state, row.reason = self.fails[row.chat_key], "failed alike"
        elif row.expires_at <= now:
            row.state = "expired"
        else:
            row.state, row.sent_at = "sent", now
            if row.subject.startswith("announcement:"):
                self.sent.append((row.chat_key, str(part.lines[0].text)))  # type: ignore[union-attr]
        session.add(row)

    def _due(self, session: Session, row: OutgoingRow) -> Due:
        contact: Any = session.get(ContactRow, row.chat_key)
        return Due(
            id=row.id,
            chat_key=row.chat_key,
            family_id=row.family_id,
            kind=row.kind,
            subject=row.subject,
            topic=row.topic,
            lane=row.lane,  # type: ignore[arg-type]
            content={},
            due_at=row.due_at,
            expires_at=row.expires_at,
            language=contact.language if contact else "zh",
        )


def counted(town: Town, announcement_id: str) -> Tally:
    """Where everyone of its audience stands."""
    with town.database.transaction() as session:
        return tally(session, session.get_one(AnnouncementRow, announcement_id))


def state(town: Town, announcement_id: str) -> str:
    """The state of an announcement."""
    with town.database.transaction() as session:
        return the_announcement(session, announcement_id).state


def finish(town: Town, announcement_id: str, hand: Hand, rounds: int = 50) -> None:
    """Let clockwork and sender take turns until it is done."""
    for _ in range(rounds):
        town.announcing().tend(town.clock.now())
        hand.sends()
        if state(town, announcement_id) == "done":
            return
