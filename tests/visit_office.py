"""A family that asks for a visit and the staff at their desk, for tests of home visits."""

import json
from datetime import UTC, datetime, timedelta

from sqlmodel import select

from bot.conversation.render import render
from bot.database import Database
from bot.events.visit_composer import visit_composer
from bot.events.visit_desk import (
    Listed,
    VisitDesk,
    waiting_visits,
)
from bot.events.visit_states import Slot
from bot.events.visitors import add_visitor
from bot.flow import FAMILY_ZONE
from bot.messages import Reply
from bot.outreach.composing import Due, Withhold
from bot.outreach.outbox import place_of_content
from bot.outreach.outreach_rows import OutgoingRow
from tests.conftest import KEYS, FixedClock
from tests.talk import Parent


class Office:
    """The staff at their desk, one move a transaction."""

    def __init__(self, database: Database, clock: FixedClock, by: str = "王老师") -> None:
        self.database, self.clock, self.by = database, clock, by

    def does(self, move, *arguments, **named):
        with self.database.transaction() as session:
            return move(VisitDesk(session, KEYS, self.clock.now(), FAMILY_ZONE, self.by), *arguments, **named)

    def hires(self, name: str, *, districts=("静安区",), streets=(), tongues=("zh",), most_a_day=4):
        with self.database.transaction() as session:
            return add_visitor(
                session, name=name, organisation="静安区指导站", card=f"JA-{name}", districts=districts, streets=streets,
                tongues=tongues, most_a_day=most_a_day, now=self.clock.now(),
            )  # fmt: skip

    def sees(self) -> list[Listed]:
        return self.does(waiting_visits)

    def would_send(self) -> list[str]:
        """What the sender would say now of everything that is due, or why not; as it stands in the outbox."""
        said, now = [], self.clock.now()
        with self.database.transaction() as session:
            for row in session.exec(
                select(OutgoingRow).where(OutgoingRow.state == "queued").order_by(OutgoingRow.due_at)
            ):
                if not row.due_at <= now < row.expires_at:
                    continue
                content = json.loads(KEYS.open(row.content, place_of_content(row.id)))
                due = Due(
                    row.id,
                    row.chat_key,
                    row.family_id,
                    row.kind,
                    row.subject,
                    row.topic,
                    row.lane,
                    content,
                    row.due_at,
                    row.expires_at,
                    "zh",
                )
                part = visit_composer(KEYS, FAMILY_ZONE)(session, due, now)
                said.append(
                    part.reason
                    if isinstance(part, Withhold)
                    else render(Reply(part.lines, part.buttons), "zh").plain_text
                )
        return said


def with_child(parent: Parent, nickname: str = "豆豆苗", born: str = "2026-11-10") -> Parent:
    parent.says("/children").presses("同意：用月龄").says("/consent").presses("同意：报名活动")
    return parent.says("/children").presses("加一个宝宝").says(nickname).says(born).presses("足月")


def asks(parent: Parent) -> Parent:
    parent.says("/visit").presses("静安区").says("南京西路街道").presses("喂奶").presses("妈妈的情绪").presses("选好了")
    return parent.presses("平日上午").presses("选好了").presses("普通话").presses("对，发出去")


TOMORROW_TEN = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def a_slot(start: datetime = TOMORROW_TEN, minutes: int = 45) -> Slot:
    return Slot(start, start + timedelta(minutes=minutes))
