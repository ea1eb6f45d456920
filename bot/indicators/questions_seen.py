"""Questions as they are counted: of agreed families and of chats that belong to none. See `counting`."""

import json
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from bot.families.family_rows import CaregiverRow
from bot.indicators.counted_rows import AskedOnce, group_of
from bot.questions.question_log import QuestionRow


def questions_between(
    session: Session,
    since: datetime,
    until: datetime,
    members: Sequence[CaregiverRow],
    district: dict[str, str],
    agreed: frozenset[str],
    zone: tzinfo,
) -> tuple[AskedOnce, ...]:
    """The questions of agreed families and of chats without a family."""
    home = {row.chat_key: row for row in reversed(members)}
    others = session.exec(select(CaregiverRow.chat_key, CaregiverRow.family_id)).all()
    silent = {chat for chat, family_id in others if family_id not in agreed} - set(home)
    columns: Any = (
        QuestionRow.chat_key, QuestionRow.asked_at, QuestionRow.topics, QuestionRow.decision, QuestionRow.helpful,
    )  # fmt: skip
    statement = select_columns(*columns).where(col(QuestionRow.asked_at) >= since, col(QuestionRow.asked_at) < until)
    first_topic: dict[str, str] = {}
    found = []
    for chat, asked_at, topics, decision, helpful in session.execute(statement).all():
        if chat in silent:
            continue
        if topics not in first_topic:
            first_topic[topics] = next(iter(json.loads(topics)), "")
        member = home.get(chat)
        found.append(
            AskedOnce(
                chat=chat,
                on=asked_at.astimezone(zone).date(),
                topic=first_topic[topics],
                decision=decision,
                group=group_of(member.kin) if member else "",
                district=district.get(member.family_id, "") if member else "",
                disliked=helpful is False,
            )
        )
    return tuple(found)
