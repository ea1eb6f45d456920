"""Why a nudge, when, what was sent, what is held and why: for staff who are asked "was I told?".

Codes and days only, never a name or an address; the words of what would be sent are given when they are asked for.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session, col, select

from bot.care.nudge_composer import compose_nudge
from bot.care.nudge_plan import planned
from bot.care.nudge_reading import calendar_on, read_files
from bot.care.plan_nudges import AGAIN, KINDS, NudgeSetup, situations_of
from bot.outreach.composing import Due, Part
from bot.outreach.muting import choices_of
from bot.outreach.outbox import place_of_content
from bot.outreach.outreach_rows import OutgoingRow
from bot.sealing import Keyring


@dataclass(frozen=True)
class Told:
    """One nudge in the outbox. `nudge`: rule, offset, version; `codes`: known while it waits.

    `planned`: the plan still holds it. `reason`: why it was not sent, or is held; None for none. Instants are UTC.
    """

    nudge: str
    codes: tuple[str, ...]
    state: str
    reason: str | None
    due_at: datetime
    next_try_at: datetime | None
    sent_at: datetime | None
    planned: bool
    part: Part | None = None


@dataclass(frozen=True)
class Explained:
    """All of one child for one caregiver (the first digits of the hidden address).

    `nothing_because`: why nothing is planned at all, None where nudges are planned. `started_on`, `since`: see
    `nudge_plan.Situation`, None where nothing is planned.
    """

    chat: str
    nothing_because: str | None
    started_on: date | None
    since: date | None
    told: tuple[Told, ...] = field(default=())


def explain(
    session: Session, keys: Keyring, setup: NudgeSetup, child_id: str, now: datetime, *, words: bool = False
) -> list[Explained]:
    """Every caregiver's nudges about a child; empty where there is no such child. `words`: what waits, worded as of now."""
    file = read_files(session, keys, [child_id], setup.day_of).get(child_id)
    if file is None:
        return []
    today = setup.day_of(now)
    chosen = choices_of(session, [(one.chat_key, child_id) for one in file.on_file.caring])
    rows: dict[str, list[OutgoingRow]] = {}
    statement = select(OutgoingRow).where(col(OutgoingRow.child_id) == child_id, col(OutgoingRow.kind).in_(KINDS))
    for row in session.exec(statement.order_by(col(OutgoingRow.due_at), col(OutgoingRow.key))).all():
        rows.setdefault(row.chat_key, []).append(row)
    explained = []
    for chat, situation in situations_of(file, calendar_on(file, setup.calendars, today), chosen, setup).items():
        found = None if isinstance(situation, str) else situation
        plan = {} if found is None else {one.name: one.codes for one in planned(found, setup.nudging.rules, today)}
        told = tuple(_told(session, keys, setup, row, plan, now, words=words) for row in rows.get(chat, ()))
        because = situation if isinstance(situation, str) else None
        started_on, since = (None, None) if found is None else (found.started_on, found.since)
        explained.append(Explained(chat[:8], because, started_on, since, told))
    return explained


def _told(
    session: Session,
    keys: Keyring,
    setup: NudgeSetup,
    row: OutgoingRow,
    plan: Mapping[str, tuple[str, ...]],
    now: datetime,
    *,
    words: bool,
) -> Told:
    name = row.key.partition(AGAIN)[0].removeprefix(f"{row.subject}:").removesuffix(f":{row.chat_key}")
    part = None
    if words and row.content is not None:
        content = json.loads(keys.open(row.content, place_of_content(row.id)))
        about = (row.id, row.chat_key, row.family_id, row.kind, row.subject, row.topic)
        due = Due(*about, "reminder", content, row.due_at, row.expires_at, "zh")
        composed = compose_nudge(session, keys, setup, due, now)
        part = composed if isinstance(composed, Part) else None
    held = plan.get(name)
    return Told(
        name, held or (), row.state, row.reason, row.due_at, row.next_try_at, row.sent_at, held is not None, part
    )
