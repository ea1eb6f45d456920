"""What is due leaves, in a test: the gate, what is muted, the composers and the phrases of the product, at once."""

import json
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from bot.care.nudge_composer import nudge_composers
from bot.care.plan_nudges import setup_for
from bot.conversation.render import render
from bot.database import Database
from bot.messages import Reply
from bot.outreach.composing import Due, Part
from bot.outreach.family_budget import Go, Limits, gate
from bot.outreach.muting import stopped
from bot.outreach.outbox import place_of_content
from bot.outreach.outgoing import WAITING
from bot.outreach.outreach_rows import OutgoingRow
from bot.outreach.part_joining import join_parts
from bot.rendered import RenderedReply
from tests.conftest import KEYS

SHANGHAI = ZoneInfo("Asia/Shanghai")


def deliver(database: Database, now: datetime, zone: ZoneInfo = SHANGHAI) -> dict[str, RenderedReply]:
    """Everything due leaves or is withheld or held. Returns the message of each chat that got one."""
    composers = nudge_composers(KEYS, setup_for(zone))
    left = {}
    with database.transaction() as session:
        for chat, rows in _due(session, now).items():
            since = [at for at in session.exec(_sent_to(chat)).all() if at is not None]
            verdict = gate(now, zone, "reminder", sorted(set(since)), chat, Limits())
            if not isinstance(verdict, Go):
                for row in rows:
                    row.next_try_at, row.reason = verdict.at, verdict.reason
                continue
            parts = _parts(session, rows, composers, now)
            if parts:
                joined = join_parts(parts)
                lines = tuple(line for part in joined for line in part.lines)
                buttons = tuple(row for part in joined for row in part.buttons)
                left[chat] = render(Reply(lines, buttons), "zh")
    return left


def rows_of(database: Database) -> list[OutgoingRow]:
    """Everything in the outbox, in the order of its day."""
    with database.transaction() as session:
        return list(session.exec(select(OutgoingRow).order_by(col(OutgoingRow.due_at), col(OutgoingRow.key))).all())


def _due(session: Session, now: datetime) -> dict[str, list[OutgoingRow]]:
    waiting = select(OutgoingRow).where(col(OutgoingRow.state).in_(WAITING), col(OutgoingRow.next_try_at) <= now)
    found: dict[str, list[OutgoingRow]] = {}
    for row in session.exec(waiting.order_by(col(OutgoingRow.due_at), col(OutgoingRow.key))).all():
        if row.expires_at <= now:
            row.state, row.next_try_at = "expired", None
        else:
            found.setdefault(row.chat_key, []).append(row)
    return found


def _sent_to(chat: str) -> object:
    return select(OutgoingRow.sent_at).where(col(OutgoingRow.chat_key) == chat, col(OutgoingRow.state) == "sent")


def _parts(session: Session, rows: list[OutgoingRow], composers: Mapping, now: datetime) -> list[Part]:
    parts = []
    for row in rows:
        content = json.loads(KEYS.open(row.content, place_of_content(row.id)))
        values = (row.id, row.chat_key, row.family_id, row.kind, row.subject, row.topic, row.lane, content)
        reason = stopped(session, row.chat_key, row.subject, row.topic)
        due = Due(*values, row.due_at, row.expires_at, "zh")
        part = reason or composers[row.kind](session, due, now)
        row.next_try_at = None
        if isinstance(part, Part):
            row.state, row.sent_at = "sent", now
            parts.append(part)
        else:
            row.state, row.reason = "withheld", reason or part.reason
    return parts
